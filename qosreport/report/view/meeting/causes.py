"""What a meeting's poor minutes are consistent with, by all that met at the time."""

from qosreport.report.result import Explained, Finding
from qosreport.report.view import cause_words, words
from qosreport.report.view.causes import Causes, named, note, rest, row
from qosreport.report.view.meeting.panels import with_panels
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.pieces import Heading
from qosreport.report.view.words import Prose, prose

LEAST_MINUTES = 5
"""Fewer poor minutes are chance: no cause is named."""


def causes(room: Room) -> Causes | None:
    """The section; absent where nobody asked, or no minute was poor."""
    result = room.result
    explained = result.explained
    if explained is None or not explained.poor_minutes:
        return None
    known = named(result.findings)
    heading = Heading("causes", "Likely causes", _finding(explained, known))
    if explained.poor_minutes < LEAST_MINUTES:
        return Causes(heading, _sub(explained), (), prose("A few minutes are chance."), ())
    listed = known[: room.layout.causes]
    surface, clock = room.layout.surface, room.clock
    rows = tuple(
        row(finding, i, surface, clock, href=_href(room, finding), until=result.head.end)
        for i, finding in enumerate(listed)
    )
    others = known[len(listed) :]
    left = rest(explained, others, "in the JSON")
    return Causes(heading, _sub(explained), rows, left, note(explained))


def _finding(explained: Explained, known: list[Finding]) -> Prose:
    if explained.poor_minutes < LEAST_MINUTES:
        poor = words.plural(explained.poor_minutes, "poor minute")
        return prose(f"{poor} in all: insufficient evidence for a cause")
    first = next(iter(known), None)
    if first is None or 2 * first.harmed_minutes <= explained.poor_minutes:
        if not known:
            return prose("Insufficient evidence: the data cannot tell one cause from another")
        return prose("No single cause fits half of the poor minutes")
    share = words.part_of(first.harmed_minutes, explained.poor_minutes, 0)
    return cause_words.headline(share, first)


def _sub(explained: Explained) -> Prose:
    poor = words.plural(explained.poor_minutes, "poor minute")
    return prose(
        f"{words.opening(poor)}, each compared with everybody who met at the same time. A good "
        "meeting has none."
    )


def _href(room: Room, finding: Finding) -> str:
    """The sender's panel, where the page has it."""
    if not room.layout.links or finding.person is None:
        return ""
    shown = [person.person for person in with_panels(room)]
    return f"#p{shown.index(finding.person)}" if finding.person in shown else ""
