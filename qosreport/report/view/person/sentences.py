"""The answer of a person's page: how often, consistent with what, and what to look at next."""

from collections.abc import Sequence

from qosreport.report.result import CauseId, CauseMinutes, PersonResult
from qosreport.report.view import cause_words, words
from qosreport.report.view.words import Prose, Run, name, prose, strong

OWN: dict[CauseId, str] = {
    "participant_uplink": "the person’s own uplink",
    "participant_downlink": "the person’s own downlink",
    "participant_access": "the person’s own line",
    "participant_wifi": "a weak Wi-Fi signal",
    "device": "a busy machine",
}
CHECKS: dict[CauseId, str] = {
    "undetermined": "Ask the person what they noticed, and at which times below.",
    "device": "See what else runs on the machine during meetings.",
    "remote_sender": "Not the person’s to mend: look at the line of whoever sent.",
}
"""Where one person’s page asks for something else than a week’s."""
LEAST_SHARE = 0.5
"""Of the poor minutes, before one cause is named for all of them."""


def label(result: PersonResult) -> Run:
    """What to call the person."""
    shown = words.clean(result.name)
    return Run("This person") if shown is None else name(shown)


def fits(causes: Sequence[CauseMinutes]) -> Prose:
    """What more than half of the poor minutes are consistent with; empty for no minute."""
    first = main_cause(causes)
    if first is None:
        return prose("several causes") if causes else ()
    if first.cause == "undetermined":
        return prose("undetermined")
    if first.cause in OWN:
        return prose(OWN[first.cause])
    return cause_words.object_of(first)


def main_cause(causes: Sequence[CauseMinutes]) -> CauseMinutes | None:
    """The one of at least half of the poor minutes."""
    total = sum(part.harmed_minutes for part in causes)
    first = max(causes, key=lambda part: part.harmed_minutes, default=None)
    return None if first is None or first.harmed_minutes < LEAST_SHARE * total else first


def verdict(result: PersonResult) -> Prose:
    """At most two sentences."""
    who, span = label(result), words.plural(result.weeks, "week")
    if not result.meetings_scored:
        met = words.plural(result.meetings, "meeting")
        return prose(who, f" was in {met} in {span}, none of which could be scored.")
    scored = words.plural(result.meetings_scored, "scored meeting")
    if not result.meetings_poor:
        return prose(who, f" had no poor meeting in {span}.")
    were = "was" if result.meetings_poor == 1 else "were"
    whose = who if who.kind == "name" else Run("this person")
    return prose(f"{words.count(result.meetings_poor)} of {scored} of ", whose, f" {were} poor.")


def lede(result: PersonResult) -> Prose:
    """Scale, what it is consistent with, and whether anything changed."""
    if not result.poor.n:
        return prose("Unscored is not good: nothing is known about how these meetings were.")
    minutes = f"{words.count(result.poor.k)} of {words.plural(result.poor.n, 'scored minute')}"
    parts = [prose(strong(minutes), " were poor by the network.")]
    main = main_cause(result.causes)
    if main is not None and main.cause != "undetermined":
        total = sum(part.harmed_minutes for part in result.causes)
        share = words.part_of(main.harmed_minutes, total, 0)
        parts.append(prose(f" {share} are consistent with ", fits(result.causes), "."))
    elif result.causes:
        parts.append(prose(" No single cause stands out."))
    return prose(*parts)


def next_check(result: PersonResult) -> str:
    """What to look at, by what the poor minutes are mostly consistent with."""
    main = main_cause(result.causes)
    if not result.causes:
        return ""
    cause = main.cause if main is not None else "undetermined"
    theirs = "Not the person’s to mend. " if cause in ("site", "data_center") else ""
    return CHECKS.get(cause) or f"{theirs}{cause_words.CHECKS[cause]}"
