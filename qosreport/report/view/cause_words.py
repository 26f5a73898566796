"""The words of causes: what to look at, what fits, what speaks for it, who owns it, what to check.

Wording is "consistent with", never more: nothing here has been proven.
"""

from collections.abc import Sequence
from dataclasses import replace

from qosreport.report.result import CauseId, CauseMinutes, Finding, OwnerId, Spell
from qosreport.report.view import phrases, words
from qosreport.report.view.words import Prose, Run, name, prose, strong

OWNERS: dict[OwnerId, str] = {
    "zoom": "Zoom support",
    "site_network": "Network team of the site",
    "provider": "Internet provider",
    "person": "The person, with the help desk",
    "desktop_team": "Desktop team",
    "nobody": "Nobody yet",
}
CHECKS: dict[CauseId, str] = {
    "remote_sender": "Try the same call by cable, and with the camera off.",
    "data_center": "Compare the times with Zoom’s status page, and send them with a ticket.",
    "site": "Look at the load of the link and of the access points.",
    "isp": "Ask for a speed test by cable, then ask the provider about the times.",
    "participant_uplink": "Test the line by cable, and see what else uploads at the time.",
    "participant_downlink": "Test the line by cable, and see what else downloads at the time.",
    "participant_access": "Test the line by cable; if that does not help, try another line.",
    "participant_wifi": "Try a cable, or a place nearer the access point.",
    "device": "See what else runs on these machines during meetings.",
    "undetermined": "None.",
}
_LINES: dict[CauseId, tuple[str, str]] = {
    "participant_uplink": ("people’s own uplinks", "poor as sent"),
    "participant_downlink": ("people’s own downlinks", "poor as received"),
    "participant_access": ("people’s own lines", "poor both ways"),
    "participant_wifi": ("a weak Wi-Fi signal", "poor while the signal was weak"),
}
_DEVICE = "busy machines"


def short(causes: Sequence[CauseMinutes]) -> Prose:
    """What more than half of a meeting's poor minutes fit, in a few words; empty for no minute."""
    total = sum(part.harmed_minutes for part in causes)
    first = max(causes, key=lambda part: part.harmed_minutes, default=None)
    if first is None:
        return ()
    if 2 * first.harmed_minutes <= total:
        return prose("fits several causes")
    if first.cause == "undetermined":
        return prose("cause not known")
    return prose("fits ", object_of(first))


def headline(share: str, finding: Finding) -> Prose:
    """How much fits a cause: 40 % of the poor minutes fit the network of Leeds."""
    return prose(f"{share} of the poor minutes fit ", object_of(finding))


def object_of(finding: CauseMinutes) -> Prose:
    """A cause within a sentence: Zoom’s data centre in London, busy machines."""
    if finding.cause == "device":
        return prose(_DEVICE)
    if finding.cause in _LINES:
        return prose(_LINES[finding.cause][0])
    what = {
        "remote_sender": prose("the uplink of ", _sender(finding)),
        "data_center": prose("Zoom’s data centre ", _place(finding)),
        "site": prose("the network of ", _place(finding)),
    }
    return what.get(finding.cause) or provider(finding.subject)


def provider(subject: str | None) -> Prose:
    """A provider within a sentence; without a name it is known by a network of its customers."""
    network = phrases.home_network(subject)
    shown = name(words.clean(subject) or "a place without a name")
    return prose("the provider of network " if network else "the provider ", shown)


def opened(sentence: Prose) -> Prose:
    """Beginning with a capital, unless it begins with a name."""
    first, *others = sentence
    return (replace(first, text=words.opening(first.text)), *others)


def title(finding: Finding) -> Prose:
    """What to look at, as an imperative."""
    if finding.cause == "remote_sender":
        return prose("Look at the uplink of ", _sender(finding))
    if finding.cause == "data_center":
        return prose("Ask Zoom about the data centre ", _place(finding))
    if finding.cause == "site":
        return prose("Look at the network of ", _place(finding))
    if finding.cause == "isp":
        return prose("Look at home connections with ", provider(finding.subject))
    what = _DEVICE if finding.cause == "device" else _LINES[finding.cause][0]
    of = words.plural(finding.people, "person", "people")
    return prose(f"Look at {what}: {of}")


def check(finding: Finding) -> str:
    """The next check; the uplink of a sender is checked once, whoever suffered from it."""
    return CHECKS["remote_sender" if is_senders(finding) else finding.cause]


def is_senders(finding: Finding) -> bool:
    """Whether it is only what senders suffered from their own uplinks, named elsewhere."""
    return finding.cause == "participant_uplink" and (
        finding.sender_minutes == finding.harmed_minutes
    )


def fits(finding: Finding) -> Prose:
    """What it is consistent with."""
    if finding.cause == "remote_sender":
        what = prose("the uplink of ", _sender(finding), ", as the others received it")
    elif finding.cause == "data_center":
        what = prose("trouble in Zoom’s data centre ", _place(finding), " or on the way there")
    elif finding.cause == "site":
        what = prose("the link or the Wi-Fi of ", _place(finding))
    elif finding.cause == "isp":
        what = provider(finding.subject)
    elif is_senders(finding):
        what = prose("the same uplink that the others suffered from")
    elif finding.cause == "device":
        what = prose("processors too busy to show or send video smoothly")
    else:
        what = prose(_LINES[finding.cause][0])
    return prose(strong("Consistent with"), " ", what, ".")


def evidence(finding: Finding) -> Prose:
    """What speaks for it and what might speak against it."""
    if finding.cause == "remote_sender":
        return prose(_listeners(finding), _twice(finding), _without_worst(finding))
    if finding.cause == "device":
        return prose(
            f"{_each(finding)}with a poor frame rate while the processor was busy; the network "
            "was not poor then."
        )
    if finding.cause in _LINES:
        return _own(finding)
    spell = next(iter(finding.spells), None)
    return prose(
        _spell(spell) if spell else "", _week(finding), _twice(finding), _without_worst(finding)
    )


def _place(finding: CauseMinutes) -> Run:
    return name(words.clean(finding.subject) or "a place without a name")


def _sender(finding: CauseMinutes) -> Run:
    known = words.clean(finding.name)
    if known is not None:
        return name(known)
    return Run("a guest" if finding.is_external else f"somebody ({phrases.WITHHELD.lower()})")


def _spell(spell: Spell) -> str:
    """9 of 11 people there were poor in the same 14 minutes; 2 of 63 elsewhere were."""
    if spell.people < 2:
        return (
            "Nobody else was in a call there at the time; around this time of day others there "
            "were poor, too. "
        )
    were = "was" if spell.poor_people == 1 else "were"
    there = words.plural(spell.people, "person", "people")
    said = (
        f"{words.count(spell.poor_people)} of {there} there {were} poor within the same "
        f"{words.plural(spell.minutes, 'minute')}; "
    )
    if not spell.people_elsewhere:
        return f"{said}nobody was elsewhere. "
    poor, everybody = spell.poor_people_elsewhere, words.count(spell.people_elsewhere)
    were = "were" if poor > 1 else "was"
    return f"{said}{words.count(poor) if poor else 'none'} of {everybody} elsewhere {were}. "


def _week(finding: Finding) -> str:
    here = _of(finding.poor_here, finding.people_here)
    said = f"While it lasted, {here} participant-minutes there were poor"
    if not finding.people_elsewhere:
        return f"{said}. "
    return f"{said}, and {_of(finding.poor_elsewhere, finding.people_elsewhere)} elsewhere. "


def _of(k: int, n: int) -> str:
    return f"{words.count(k)} of {words.count(n)}"


def _listeners(finding: Finding) -> str:
    people = words.plural(finding.people, "listener")
    return (
        f"{words.opening(people)} suffered: whenever this was poor as sent, "
        f"{_of(finding.poor_here, finding.people_here)} of the listeners’ minutes were poor as "
        "received; at other times they were mostly well. "
    )


def _each(finding: Finding) -> str:
    """3 people, each; to be gone on with."""
    who = words.plural(finding.people, "person", "people")
    return f"{who}, {'each ' if finding.people > 1 else ''}"


def _own(finding: Finding) -> Prose:
    said = f"{_each(finding)}{_LINES[finding.cause][1]}"
    if is_senders(finding):
        return prose(f"{said}: the sender’s own minutes, of the uplink named as a cause already.")
    own = _of_senders(finding)
    if not finding.people_elsewhere:
        return prose(f"{said}.{own}")
    others = _of(finding.poor_elsewhere, finding.people_elsewhere)
    return prose(
        f"{said}; beside them {others} minutes of the others in the same meetings were poor "
        f"without fitting a wider cause.{own}"
    )


def _of_senders(finding: Finding) -> str:
    if not finding.sender_minutes:
        return ""
    own = _of(finding.sender_minutes, finding.harmed_minutes)
    return f" {own} minutes are of people whose sending is a cause by itself."


def _twice(finding: Finding) -> str:
    """What the minutes claimed have beyond the evidence, which counts people."""
    more = finding.harmed_minutes - finding.poor_here
    if more <= 0:
        return ""
    return (
        f"The {words.plural(finding.harmed_minutes, 'minute')} claimed count people on two "
        f"connections at once twice: {words.count(more)} of them. "
    )


def _without_worst(finding: Finding) -> str:
    if finding.worst_person_minutes is None:
        stands = "would not stand" if finding.stands is False else "stands"
        return f"Without the person harmed most it {stands}."
    worst = words.minutes(finding.worst_person_minutes)
    if finding.stands is False:
        return f"Without the person harmed most ({worst}) it would not stand."
    return f"It stands without the person harmed most ({worst})."
