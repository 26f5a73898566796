"""What a report came to, in a few lines for whoever ran the command.

Labels and figures, and places; no person, no topic: these lines may end in a log. Whoever wants
names opens the page.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from qosreport.report.result import (
    BandCounts,
    CauseMinutes,
    Explained,
    Finding,
    FollowUp,
    MeetingResult,
    WeeklyResult,
)
from qosreport.report.view import cause_words
from qosreport.report.view.words import Clock, plain

Lines = list[tuple[str, str]]
"""Label and text of each line."""
MOST = 3
PLACES = {
    "data_center": "Zoom's data centre {}",
    "site": "the network of {}",
}
KINDS = {
    "remote_sender": "one sender's uplink",
    "participant_uplink": "people's own uplinks",
    "participant_downlink": "people's own downlinks",
    "participant_access": "people's own lines",
    "participant_wifi": "people's own Wi-Fi",
    "device": "busy machines",
    "undetermined": "undetermined",
}
CHECKED = {
    "person": ("person", "people"),
    "machine": ("machine", "machines"),
    "site": ("site", "sites"),
    "data_center": ("data centre", "data centres"),
    "provider": ("provider", "providers"),
}


def weekly(result: WeeklyResult) -> Lines:
    """A week: bands, likely causes, the worst meetings, what to follow up."""
    if not result.volume.meetings:
        return []
    lines = [("Connections", _bands(result.connections_by_band))]
    lines += _causes(result.explained, result.findings)
    clock = Clock(result.head.zone)
    for i, row in enumerate(result.worst_meetings[:MOST]):
        when = f"{clock.day(row.start)} {clock.time(row.start)}" if row.start else "time not known"
        page = f", {row.page}" if row.page else ""
        text = f"{when}: {row.band}, {_n(row.harmed_minutes, 'harmed minute')}{page}"
        lines.append(("Worst meetings" if not i else "", text))
    if result.followup is not None:
        lines.append(("To follow up", _standing(result.followup.rows)))
    return [(label, _plain(text)) for label, text in lines]


def meeting(result: MeetingResult) -> Lines:
    """A meeting: bands, when it was worst, likely causes."""
    if not result.classified:
        return []
    lines = [("Connections", _bands(result.connections_by_band))]
    worst = max(result.people_poor, key=lambda minute: minute.poor, default=None)
    if worst is not None and worst.poor:
        after = dt.timedelta(minutes=result.people_poor.index(worst))
        when = Clock(result.head.zone).time(result.first_minute + after)
        lines.append(("Worst minute", f"{when}: {worst.poor} of {worst.people} people poor"))
    lines += _causes(result.explained, result.findings)
    return [(label, _plain(text)) for label, text in lines]


def _bands(counts: BandCounts) -> str:
    return ", ".join(f"{count:,} {band.capitalize()}" for band, count in counts if count)


def _causes(explained: Explained | None, findings: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    if explained is None or not explained.poor_minutes:
        return
    for i, finding in enumerate(findings[:MOST]):
        minutes = _n(finding.harmed_minutes, "minute")
        text = f"{_cause(finding)}: {minutes} ({finding.share_pct:.0f} % of the poor ones)"
        yield ("Consistent with" if not i else "", text)


def _cause(finding: CauseMinutes) -> str:
    if finding.cause == "isp":
        return plain(cause_words.provider(finding.subject))
    if finding.cause in PLACES:
        return PLACES[finding.cause].format(finding.subject or "a place without a name")
    return KINDS[finding.cause]


def _standing(rows: Sequence[FollowUp]) -> str:
    shared = sum(row.status == "this_week" for row in rows)
    parts = []
    if shared:
        kinds = ", ".join(_kinds(rows, "this_week"))
        parts.append(f"{_n(shared, 'shared cause')} ({kinds})")
    for status in ("new", "continuing"):
        parts += [f"{counted} {status}" for counted in _kinds(rows, status)]
    return ", ".join(parts) or "nobody and nothing flagged"


def _kinds(rows: Sequence[FollowUp], status: str) -> Iterator[str]:
    for kind, (one, many) in CHECKED.items():
        count = sum(row.status == status and row.kind == kind for row in rows)
        if count:
            yield f"{count} {one if count == 1 else many}"


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _plain(text: str) -> str:
    """Without what is for the eye on a page."""
    return text.replace("\u202f", " ").replace("\u2013", "-")
