"""Documents that say nothing of fewer than five people.

A group is the people that a figure is of: those at a site, on a network, in a meeting, in an hour.
Smaller groups are left out and counted. What is left out could be worked out where a total stands
beside all other groups; so wherever one is left out, the smallest of the others goes, too: what is
missing is then never of fewer than five. Rows of single people are left out whatever their number.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from qosreport.errors import TooFewPeople
from qosreport.report.result import (
    Bin,
    Changes,
    EvidenceResult,
    Explained,
    Figure,
    Finding,
    MeetingResult,
    MeetingRow,
    Reliability,
    Segment,
    Spell,
    WeeklyResult,
    WhatIfResult,
)
from qosreport.report.result.about import Head, Privacy, Withheld, WithheldId
from qosreport.report.result.rows import WITHHELD

LEAST = 5
"""People in the smallest group shown."""
_OWN = {"participant_uplink", "participant_downlink", "participant_access", "participant_wifi"}
_EMPTY = Bin(poor=0, people=0)
T = TypeVar("T")


class Left:
    """What was left out, counted."""

    def __init__(self) -> None:
        self._counts: dict[WithheldId, int] = {}

    def note(self, what: WithheldId, count: int) -> None:
        """Count some more."""
        self._counts[what] = self._counts.get(what, 0) + count

    def large(self, what: WithheldId, rows: Sequence[T], people: Callable[[T], int]) -> list[T]:
        """Those of at least `LEAST` people; the smallest of them less where any is left out."""
        kept = [row for row in rows if people(row) >= LEAST]
        if kept and len(kept) < len(rows):
            kept.remove(min(kept, key=people))
        self.note(what, len(rows) - len(kept))
        return kept

    def head(self, head: Head) -> Head:
        """The head of the document, which says so."""
        withheld = [Withheld(what=what, count=n) for what, n in self._counts.items() if n]
        said = Privacy(mode="aggregate", least_people=LEAST, withheld=withheld)
        return head.model_copy(update={"privacy": said})


def weekly(result: WeeklyResult) -> WeeklyResult:
    """A week, without rows of people, of meetings and groups under five.

    Raises:
        TooFewPeople: So few met.
    """
    if 0 < result.volume.people < LEAST:
        raise TooFewPeople(what="report")
    left = Left()
    explained, findings = _causes(result.explained, result.findings, left)
    worst = left.large("meetings", result.worst_meetings, _in_meeting)
    update = {
        "figures": _figures(result.figures, left),
        "changes": _changes(result, left),
        "followup": None,
        "reliability": _reliability(result.reliability, left),
        # Nobody counts whose connections Zoom labelled, or who rated.
        "agreement": None,
        "explained": explained,
        "findings": findings,
        "worst_meetings": [_meeting_row(row) for row in worst],
        "people": [],
        "machines": [],
        "segments": [_segment(one, left) for one in result.segments],
        "hours": left.large("hours", result.hours, lambda cell: cell.people or 0),
        "coverage": result.coverage.model_copy(update={"located": None}),
    }
    return result.model_copy(update={**update, "head": left.head(result.head)})


def meeting(result: MeetingResult) -> MeetingResult:
    """A meeting as a whole, without a row of anybody.

    Raises:
        TooFewPeople: So few were there, or one participant was asked for.
    """
    if result.people < LEAST or result.only_participant is not None:
        raise TooFewPeople(what="meeting")
    left = Left()
    explained, findings = _causes(result.explained, result.findings, left)
    minutes = [one if one.people >= LEAST else _EMPTY for one in result.people_poor]
    left.note("minutes", sum(0 < one.people < LEAST for one in result.people_poor))
    update = {
        "people_poor": minutes,
        "explained": explained,
        "findings": findings,
        "participants": [],
        "shares": [],
        "ratings": [],
    }
    return result.model_copy(update={**update, "head": left.head(result.head)})


def evidence(result: EvidenceResult) -> EvidenceResult:
    """A place.

    Raises:
        TooFewPeople: Fewer were there, elsewhere, or harmed.
    """
    sizes = (result.here.people, result.elsewhere.people, result.people_harmed)
    if any(0 < people < LEAST for people in sizes):
        raise TooFewPeople(what="place")
    left = Left()
    spells = [one for one in result.spells if _is_large(one)]
    left.note("spells", len(result.spells) - len(spells))
    return result.model_copy(update={"spells": spells, "head": left.head(result.head)})


def whatif(result: WhatIfResult) -> WhatIfResult:
    """A what-if: how much would move, not which meetings."""
    left = Left()
    left.note("meetings", len(result.changed))
    return result.model_copy(update={"changed": [], "head": left.head(result.head)})


def _in_meeting(row: MeetingRow) -> int:
    """At least so many: those sampled in one slice."""
    return max((one.people for one in row.bins), default=0)


def _meeting_row(row: MeetingRow) -> MeetingRow:
    bins = [one if one.people >= LEAST else _EMPTY for one in row.bins]
    return row.model_copy(update={"bins": bins, "causes": []})


def _segment(segment: Segment, left: Left) -> Segment:
    rows = left.large(WITHHELD[segment.id], segment.rows, lambda row: row.people or 0)
    shown = [row.model_copy(update={"top_person_pct": None}) for row in rows]
    return segment.model_copy(update={"rows": shown})


def _figures(figures: Sequence[Figure], left: Left) -> list[Figure]:
    kept = [one for one in figures if one.people == 0 or (one.people or 0) >= LEAST]
    left.note("figures", len(figures) - len(kept))
    alone: dict[str, object] = {"history": [], "compared": []}
    return [one if _comparable(one) else one.model_copy(update=alone) for one in kept]


def _comparable(figure: Figure) -> bool:
    """Whether every week that it is compared with is of enough people, as far as anybody knows."""
    return all(one.people == 0 or (one.people or 0) >= LEAST for one in figure.history)


def _changes(result: WeeklyResult, left: Left) -> Changes | None:
    """Of the organisation: of smaller groups nobody counts how many people they once were."""
    changes = result.changes
    if changes is None:
        return None
    same = all(_comparable(one) for one in result.figures if one.id == "poor_connections")
    whole = [one for one in changes.segments if same and one.kind == "organisation"]
    left.note("comparisons", len(changes.segments) - len(whole) + len(changes.versions))
    return changes.model_copy(update={"segments": whole, "versions": [], "left_out": []})


def _reliability(found: Reliability | None, left: Left) -> Reliability | None:
    if found is None:
        return None
    update = {
        "by_place": left.large("sites", found.by_place, lambda row: row.people or 0),
        "meetings": left.large("meetings", found.meetings, lambda row: row.people),
        "people": [],
        "silent": [],
    }
    left.note("meetings", len(found.silent))
    return found.model_copy(update=update)


def _causes(
    explained: Explained | None, findings: Sequence[Finding], left: Left
) -> tuple[Explained | None, list[Finding]]:
    """Findings on enough people; none, and no totals, where a total would be of fewer."""
    kinds = {_kind(one) for one in findings}
    by_kind = {kind: [one for one in findings if _kind(one) == kind] for kind in kinds}
    if any(max(one.people for one in some) < LEAST for some in by_kind.values()):
        left.note("causes", len(findings))
        return None, []
    kept = [one for some in by_kind.values() for one in left.large("causes", some, _harmed)]
    order = {id(one): place for place, one in enumerate(findings)}
    return explained, [_finding(one, left) for one in sorted(kept, key=lambda one: order[id(one)])]


def _kind(finding: Finding) -> str:
    """Which total of `Explained` it is part of."""
    if finding.cause in _OWN:
        return "own_lines"
    return finding.cause if finding.cause in {"device", "undetermined"} else "shared"


def _harmed(finding: Finding) -> int:
    """Of a sender it tells of one person, however many suffered."""
    return 0 if finding.cause == "remote_sender" else finding.people


def _finding(finding: Finding, left: Left) -> Finding:
    spells = [one for one in finding.spells if _is_large(one)]
    left.note("spells", len(finding.spells) - len(spells))
    hidden = {"worst_person_minutes": None, "sender_minutes": 0}
    return finding.model_copy(update={"spells": spells, **hidden})


def _is_large(spell: Spell) -> bool:
    return spell.people >= LEAST and not 0 < spell.people_elsewhere < LEAST
