"""The sheet of causes, of a week and of a meeting."""

from zoneinfo import ZoneInfo

from qosreport.report.result import (
    Explained,
    Finding,
    MeetingResult,
    MeetingRow,
    Span,
    WeeklyResult,
)
from qosreport.report.workbook.common import spans_text
from qosreport.report.workbook.sheets import Cell, Column, Sheet

CAUSES = (
    Column("Cause", "What the minutes are consistent with, as in docs/scoring.md.", width=22),
    Column("Subject", "The data centre, the site or the provider's network.", width=26),
    Column("Person", "Reference of the sender others suffered from.", width=14),
    Column("Name", "Display name of that sender; empty where Zoom withholds it.", width=28),
    Column("Owner", "Who most likely can do something about it.", width=14),
    Column("Harmed, participant-min", "Minutes poor by the network or by frame rate.", "count"),
    Column("Of all poor, %", "Share of all poor participant-minutes.", "rate"),
    Column("People", "Those harmed.", "count", 8),
    Column("Meetings", "Meetings with a harmed minute.", "count", 10),
    Column("Days", "Local days with a harmed minute.", "count", 8),
    Column("First", "First harmed minute, local time.", "minute", 18),
    Column("Last", "Last harmed minute, local time.", "minute", 18),
    Column("Poor here", "Participant-minutes of the group that were poor meanwhile.", "count"),
    Column("Of here", "Participant-minutes of the group meanwhile.", "count"),
    Column("Poor elsewhere", "The same of people elsewhere.", "count"),
    Column("Of elsewhere", "The same of people elsewhere; 0: nothing to compare.", "count"),
    Column("Worst person, min", "Minutes of the person harmed most.", "count"),
    Column("Stands", "Whether a shared cause is seen without that person.", "yes_no", 8),
    Column("Spells", "How many times of trouble a place had.", "count", 8),
    Column("Main spells", "Up to 20, those with most harmed minutes first, local time.", width=60),
    Column("Poor people", "In the first of these: different people poor.", "count"),
    Column("Of people", "In the first of these: different people there.", "count"),
    Column("Poor people elsewhere", "In the first of these: elsewhere.", "count"),
    Column("Of people elsewhere", "In the first of these: elsewhere.", "count"),
)

MEETING = (
    Column("Largest cause", "What most of its poor minutes are consistent with.", width=22),
    Column("Its subject", "The data centre, the site, the network or the sender.", width=26),
    Column("Its minutes", "Poor participant-minutes consistent with it.", "count"),
    Column("Of poor, participant-min", "Poor by the network or by frame rate alone.", "count"),
)


def meeting_cells(row: MeetingRow) -> tuple[Cell, ...]:
    """The cells of the columns `MEETING`; empty where no minute was poor."""
    if not row.causes:
        return (None,) * len(MEETING)
    first = row.causes[0]
    total = sum(part.harmed_minutes for part in row.causes)
    return (first.cause, first.subject or first.name, first.harmed_minutes, total)


def causes_sheet(result: WeeklyResult | MeetingResult) -> Sheet:
    """One row per finding, most harmed minutes first."""
    zone = result.head.zone
    return Sheet("Causes", CAUSES, [_row(finding, zone) for finding in result.findings])


def explained_facts(explained: Explained | None) -> list[tuple[str, int]]:
    """Rows of the summary: where the poor minutes went."""
    if explained is None:
        return []
    return [
        ("Participant-minutes poor by the network or by frame rate", explained.poor_minutes),
        ("… of these by frame rate alone", explained.by_frame_rate),
        ("… consistent with a cause that people share", explained.shared),
        ("… consistent with the person's own line", explained.own_lines),
        ("… consistent with the person's device", explained.devices),
        ("… undetermined", explained.undetermined),
    ]


def _row(finding: Finding, zone: str) -> tuple[Cell, ...]:
    return (
        finding.cause,
        finding.subject,
        finding.person,
        finding.name,
        finding.owner,
        finding.harmed_minutes,
        finding.share_pct,
        finding.people,
        finding.meetings,
        finding.days,
        finding.span.first,
        finding.span.last,
        finding.poor_here,
        finding.people_here,
        finding.poor_elsewhere,
        finding.people_elsewhere,
        finding.worst_person_minutes,
        finding.stands,
        finding.spells_known,
        *_spells(finding, zone),
    )


def _spells(finding: Finding, zone: str) -> tuple[Cell, ...]:
    """When, and who was in the main spell; empty where the cause is no place."""
    if not finding.spells:
        return (None,) * 5
    main = finding.spells[0]
    when = "; ".join(_when(spell.span, zone) for spell in finding.spells)
    elsewhere = (main.poor_people_elsewhere, main.people_elsewhere)
    return (when, main.poor_people, main.people, *elsewhere)


def _when(span: Span, zone: str) -> str:
    day = span.first.astimezone(ZoneInfo(zone)).date()
    return f"{day} {spans_text([span], zone)}"
