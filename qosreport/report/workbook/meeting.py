"""The sheets of a meeting's workbook."""

import datetime as dt
from collections.abc import Iterator

from qosreport.report.result import MeetingResult, Participant
from qosreport.report.workbook.causes import causes_sheet, explained_facts
from qosreport.report.workbook.common import (
    FLAG,
    LIMITING,
    SUMMARY,
    band_facts,
    coverage_sheet,
    flag_cells,
    limiting_cells,
    rate_cells,
    spans_text,
    summary_facts,
)
from qosreport.report.workbook.common import RATE as INTERVAL
from qosreport.report.workbook.sheets import Cell, Column, Sheet

PERSON = (
    Column("Connection", "Reference of the join, the same on all sheets."),
    Column("Name", "Display name; empty where Zoom withholds it.", width=28),
)
MEASURES = {
    "latency_ms": Column("Latency, ms", "Worst stream of the minute.", "decimal"),
    "jitter_ms": Column("Jitter, ms", "Worst stream of the minute.", "decimal"),
    "avg_loss_pct": Column("Loss, %", "Worst stream of the minute.", "decimal"),
    "max_loss_pct": Column("Loss peak, %", "Worst stream of the minute.", "decimal"),
    "frame_rate_fps": Column("Frame rate, fps", "Worst stream of the minute.", "decimal"),
    "system_cpu_pct": Column("Machine CPU, %", "Highest figure of the minute.", "decimal"),
}
MINUTES = (
    *PERSON,
    Column("Minute", "Local time.", "minute", 18),
    Column("Band", "Band of the minute.", width=10),
    Column("Network band", "Band of the minute without frame rate.", width=10),
    *MEASURES.values(),
)
PARTICIPANTS = (
    *PERSON,
    Column("User id", "Zoom's id in this meeting.", width=12),
    Column("External", "Never signed in to this account.", "yes_no", 10),
    Column("Role", "Host, attendee or panelist.", width=10),
    Column("Joined", "Local time.", "instant", 20),
    Column("Left", "Local time.", "instant", 20),
    Column("Leave reason", "Zoom's words.", width=30),
    Column("Breakout", "Whether the join was to a breakout room.", "yes_no", 10),
    Column("Basis", "minutes, or a summary of the whole meeting.", width=10),
    Column("Band", "Verdict.", width=10),
    Column("Network band", "Verdict without frame rate.", width=10),
    Column("Score (eMOS)", "Pooled over the minutes; an estimate.", "decimal"),
    Column("Network score (eMOS)", "Pooled, without frame rate.", "decimal"),
    Column("Present, min", "Minutes with any sample.", "count"),
    Column("Scored, min", "Minutes that could be scored.", "count"),
    Column("Poor, min", "Minutes below the poor mark.", "count"),
    Column("Poor, %", "Poor of scored minutes.", "rate"),
    *INTERVAL,
    Column("Longest poor run, min", "Consecutive poor minutes.", "count"),
    *LIMITING,
    Column("CPU flags", "Codes of the CPU flags raised.", width=30),
    Column("Place", "Site, or Zoom's location.", width=20),
    Column("Network", "Wired, Wi-Fi, …", width=12),
    Column("Device", "Kind of device.", width=16),
    Column("Operating system", "As Zoom says.", width=20),
    Column("Client version", "Of the Zoom client.", width=18),
    Column("Data centre", "Of Zoom.", width=20),
    Column("Audio transport", "UDP, TCP, SSL, …"),
    Column("Microphone", "As Zoom says.", width=24),
    Column("Camera", "As Zoom says.", width=24),
    Column("Zoom: audio", "Zoom's own label."),
    Column("Zoom: video", "Zoom's own label."),
    Column("Zoom: share", "Zoom's own label."),
)
FLAGS = (
    *PERSON,
    *FLAG,
    Column("When", "Flagged minutes, local time.", width=50),
)
SHARES = (
    Column("Name", "Who shared.", width=28),
    Column("Content", "What was shared.", width=20),
    Column("Start", "Local time.", "instant", 20),
    Column("End", "Local time.", "instant", 20),
)
RATINGS = (
    Column("Name", "Who rated.", width=28),
    Column("Rating", "good or not_good."),
    Column("At", "Local time.", "instant", 20),
    Column("Comment", "What the person wrote.", width=60),
)


def meeting_sheets(result: MeetingResult) -> list[Sheet]:
    """All sheets but the method."""
    people = result.participants
    return [
        Sheet("Summary", SUMMARY, list(_summary(result))),
        causes_sheet(result),
        Sheet("Participants", PARTICIPANTS, [_participant(person) for person in people]),
        Sheet("Minutes", MINUTES, list(_minutes(result))),
        Sheet("Flags", FLAGS, list(_flags(result))),
        Sheet("Shares", SHARES, [(s.name, s.content, s.start, s.end) for s in result.shares]),
        Sheet("Ratings", RATINGS, [(r.name, r.rating, r.at, r.comment) for r in result.ratings]),
        coverage_sheet(_coverage(result), result.gaps, result.rejects),
    ]


def _summary(result: MeetingResult) -> Iterator[tuple[Cell, ...]]:
    head = result.head
    yield from summary_facts(
        [
            ("Organisation", head.organisation),
            ("Meeting", result.ref),
            ("Meeting number", result.meeting_id),
            ("Kind", result.meeting_kind),
            ("Topic", result.topic),
            ("Host", result.host),
            ("Department", result.department),
            ("Date", head.label),
            ("Start (UTC)", f"{head.start:%Y-%m-%d %H:%M:%S}"),
            ("End (UTC)", f"{head.end:%Y-%m-%d %H:%M:%S}"),
            ("Time zone", head.zone),
            ("Snapshot of a running meeting", "yes" if result.live else "no"),
            ("Only the connection", result.only_participant),
            ("Completeness", result.completeness),
            ("Why not complete", result.completeness_reason),
            ("Band", result.band),
            ("Score (eMOS)", result.score),
            ("People", result.people),
            ("Connections", result.connections),
            ("Connections scored", result.classified),
            ("Connections affected", result.affected),
            ("Connections affected by network", result.net_affected),
            *band_facts("Connections", result.connections_by_band),
            ("Participant-minutes scored", result.scored_minutes),
            ("Participant-minutes poor", result.poor_minutes),
            ("Participant-minutes harmed", result.harmed_minutes),
            *explained_facts(result.explained),
            ("Zoom's label for audio", result.zoom_audio),
            ("Zoom's label for video", result.zoom_video),
            ("Zoom's label for share", result.zoom_share),
        ]
    )


def _participant(row: Participant) -> tuple[Cell, ...]:
    return (
        row.ref,
        row.name,
        row.user_id,
        row.is_external,
        row.role,
        row.stay.join,
        row.stay.leave,
        row.stay.leave_reason,
        row.stay.breakout,
        row.basis,
        row.band,
        row.net_band,
        row.score,
        row.net_score,
        row.present_minutes,
        row.scored_minutes,
        row.poor.k,
        row.poor.pct,
        *rate_cells(row.poor),
        row.longest_poor_run_min,
        *limiting_cells(row.limiting),
        ", ".join(row.cpu_flags) or None,
        row.place,
        row.network,
        row.device,
        row.os,
        row.client_version,
        row.data_center,
        row.connection_type,
        row.microphone,
        row.camera,
        row.zoom_audio,
        row.zoom_video,
        row.zoom_share,
    )


def _minutes(result: MeetingResult) -> Iterator[tuple[Cell, ...]]:
    """A row per connection and minute with a sample, the worst connections first."""
    for person in result.participants:
        values = {series.measure: series.values for series in person.series}
        for at, band in enumerate(person.minute_bands):
            measured = tuple(values[name][at] if name in values else None for name in MEASURES)
            if band is None and all(value is None for value in measured):
                continue
            minute = result.first_minute + dt.timedelta(minutes=at)
            yield (person.ref, person.name, minute, band, person.minute_net_bands[at], *measured)


def _flags(result: MeetingResult) -> Iterator[tuple[Cell, ...]]:
    for person in result.participants:
        for flag in person.flags:
            spans = [span for part in flag.occurrences for span in part.spans]
            yield (person.ref, person.name, *flag_cells(flag), spans_text(spans, result.head.zone))


def _coverage(result: MeetingResult) -> list[tuple[str, str, int]]:
    return [
        ("connections", "all", result.connections),
        ("connections", "scored", result.classified),
        ("participant-minutes", "present", sum(p.present_minutes for p in result.participants)),
        ("participant-minutes", "scored", result.scored_minutes),
    ]
