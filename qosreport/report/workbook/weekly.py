"""The sheets of the weekly workbook."""

from collections.abc import Iterator

from qosreport.report.result import Coverage, Flag, MachineRow, PersonRow, Rate, WeeklyResult
from qosreport.report.workbook.causes import MEETING, causes_sheet, explained_facts, meeting_cells
from qosreport.report.workbook.change import trend_sheets
from qosreport.report.workbook.common import (
    FLAG,
    LIMITING,
    RATE,
    SUMMARY,
    band_facts,
    coverage_sheet,
    flag_cells,
    limiting_cells,
    rate_cells,
    spans_text,
    summary_facts,
    summary_rate,
)
from qosreport.report.workbook.sheets import Cell, Column, Sheet
from qosreport.report.workbook.trust import drop_facts, trust_sheets

FIGURES = {
    "poor_connections": "Poor connections (network), of those scored",
    "poor_meetings": "Poor or Bad meetings, of those scored",
    "poor_audio_minutes": "Poor audio minutes, of those scored",
    "poor_video_minutes": "Poor video minutes (network), of those scored",
    "high_cpu": "Connections with high CPU, of those with CPU figures",
    "scored_minutes": "Participant-minutes scored, of those present",
    "drops": "Stays with a drop, of those whose reasons to leave are known",
}
MEETINGS = (
    Column("Meeting", "Reference: 12 hex digits of the SHA-256 of the UUID."),
    Column("Page", "Its page, beside the weekly page.", width=36),
    Column("Kind", "Meeting or webinar.", width=10),
    Column("Topic", "Topic as shown by Zoom.", width=40),
    Column("Host", "Display name of the host.", width=24),
    Column("Start", "Local start.", "instant", 20),
    Column("End", "Local end.", "instant", 20),
    Column("Duration, min", "From start to end.", "count"),
    Column("Band", "Verdict on the meeting.", width=10),
    Column("Connections", "Joins.", "count"),
    Column("Scored", "Joins with a band.", "count"),
    Column("Affected", "Joins Poor or Bad.", "count"),
    Column("Affected by network", "Joins Poor or Bad by the network score.", "count"),
    Column("Harmed, participant-min", "Minutes with a network score below the mark.", "count"),
    *LIMITING,
    *MEETING,
)
POOR = (
    Column("Poor connections", "Poor or Bad by the network score.", "count"),
    Column("Of scored", "Connections with a band.", "count"),
    Column("In meetings", "Meetings these were in.", "count"),
    Column("Poor, %", "Poor of scored.", "rate"),
    *RATE,
)
PERSON = (
    Column("Person", "Reference of the person, also on the sheet Flags."),
    Column("Name", "Display name; empty where Zoom withholds it.", width=28),
)
PEOPLE = (
    *PERSON,
    Column("External", "Never signed in to this account.", "yes_no", 10),
    *POOR,
    Column("Rate for ranking, %", "Drawn towards the average by how little is known.", "rate"),
    Column("Days", "Local days with a poor connection.", "count", 8),
    Column("Harmed, participant-min", "Minutes with a network score below the mark.", "count"),
    Column("Others', min", "Minutes of others that fit what the person sent.", "count"),
    Column("Place", "Of most poor connections.", width=20),
    Column("Network", "Of most poor connections.", width=12),
    Column("Poor from there", "Poor connections from that place and network.", "count"),
    Column("Device", "Of most poor connections.", width=16),
    Column("Operating system", "Of most poor connections.", width=20),
    Column("Client version", "Of most poor connections.", width=14),
    *LIMITING,
)
LINKS = (
    *PERSON,
    Column("Meeting", "Reference of the meeting."),
    Column("Page", "Its page, beside the weekly page.", width=36),
    Column("Topic", "Topic as shown by Zoom.", width=40),
    Column("Start", "Local start of the meeting.", "instant", 20),
    Column("Band", "The person's band in it.", width=10),
    Column("Network band", "The person's band by the network score.", width=10),
    Column("Harmed, min", "The person's harmed minutes in it.", "count"),
    Column("Scored, min", "The person's scored minutes in it.", "count"),
)
FLAGS = (
    Column("List", "People: all their connections. CPU: one person's devices of one kind."),
    *PERSON,
    *FLAG,
    Column("Meeting", "Reference of the meeting of this row; empty: meetings not listed singly."),
    Column("Topic", "Its topic, or how many meetings are not listed.", width=40),
    Column("Worst in meeting", "Worst value in this meeting.", "decimal"),
    Column("Minutes in meeting", "Flagged minutes in this meeting.", "count"),
    Column("Run in meeting, min", "Longest run in this meeting.", "count"),
    Column("When", "Flagged minutes, local time.", width=50),
)
MACHINES = (
    Column("Machine", "Reference of one person's devices of one kind."),
    Column("Name", "Display name of the person.", width=28),
    Column("Device", "Kind of device.", width=16),
    Column("Operating system", "Of most flagged connections.", width=20),
    Column("Client version", "Of most flagged connections.", width=14),
    Column("Flagged connections", "With a CPU flag other than elevated.", "count"),
    Column("Of connections", "Connections with CPU figures.", "count"),
    Column("Machine high, min", "Minutes with the whole machine high.", "count"),
    Column("Zoom high, min", "Minutes with Zoom alone high.", "count"),
    Column("Longest run, min", "Longest run of minutes with the whole machine high.", "count"),
    Column("Cost, min", "Minutes in which frame rate was limited while CPU was high.", "count"),
    Column("Machine peak, %", "Highest figure of the whole machine.", "rate"),
    Column("Zoom mean, %", "Mean of Zoom's own figure.", "rate"),
)
SEGMENTS = (
    Column("By", "The property.", width=16),
    Column("Value", "Its value; empty where Zoom did not say.", width=30),
    *POOR,
    Column("Harmed, participant-min", "Minutes with a network score below the mark.", "count"),
    Column("Largest person, %", "Share of scored connections that are one person's.", "rate"),
)
HOURS = (
    Column("Weekday", "Local; 1 is Monday.", "count", 10),
    Column("Hour", "Local hour in which the connection began.", "count", 8),
    Column("Poor connections", "Poor or Bad by the network score.", "count"),
    Column("Of scored", "Connections with a band.", "count"),
)


def weekly_sheets(result: WeeklyResult) -> list[Sheet]:
    """All sheets but the method."""
    people = result.people
    return [
        Sheet("Summary", SUMMARY, list(_summary(result))),
        *trend_sheets(result),
        causes_sheet(result),
        *trust_sheets(result),
        Sheet("Meetings", MEETINGS, list(_meetings(result))),
        Sheet("People", PEOPLE, [_person(person) for person in people]),
        Sheet("Person meetings", LINKS, [row for person in people for row in _links(person)]),
        Sheet("Flags", FLAGS, list(_flags(result))),
        Sheet("CPU", MACHINES, [_machine(machine) for machine in result.machines]),
        Sheet("Segments", SEGMENTS, list(_segments(result))),
        Sheet("Hours", HOURS, [(h.weekday, h.hour, h.poor, h.connections) for h in result.hours]),
        coverage_sheet(_coverage(result.coverage), result.coverage.gaps, result.coverage.rejects),
    ]


def _summary(result: WeeklyResult) -> Iterator[tuple[Cell, ...]]:
    head, volume = result.head, result.volume
    yield from summary_facts(
        [
            ("Organisation", head.organisation),
            ("Period", head.label),
            ("From", f"{head.start:%Y-%m-%d %H:%M} UTC"),
            ("To, not included", f"{head.end:%Y-%m-%d %H:%M} UTC"),
            ("Time zone", head.zone),
            ("Hours", head.hours),
            ("Still open when pulled", "yes" if head.to_date else "no"),
        ]
    )
    for figure in result.figures:
        yield summary_rate(FIGURES[figure.id], figure.rate)
    yield from summary_facts(
        [
            ("Meetings and webinars", volume.meetings),
            ("Webinars", volume.webinars),
            ("Connections", volume.connections),
            ("People", volume.people),
            ("Participant-minutes present", volume.present_minutes),
            ("Participant-minutes scored", volume.scored_minutes),
            ("Participant-minutes harmed", volume.harmed_minutes),
            *explained_facts(result.explained),
            *drop_facts(result.reliability),
            *band_facts("Connections", result.connections_by_band),
            ("Connections Poor or Bad by network", result.connections_poor_by_network),
            ("Connections Poor or Bad by frame rate alone", result.connections_poor_by_frame_rate),
            *band_facts("Connections judged by summary only", result.connections_by_summary),
            *band_facts("Meetings", result.meetings_by_band),
            ("Meetings Poor or Bad", result.meetings_affected),
            ("Meetings Poor, Bad or with a harmed minute", result.meetings_harmed),
            ("… of these on the sheet Meetings", len(result.worst_meetings)),
            ("People with a poor connection", result.people_affected),
            ("… of these on the sheet People", len(result.people)),
            ("People with three or more", result.people_repeated),
            ("Machines with high CPU", result.machines_flagged),
            ("… of these on the sheet CPU", len(result.machines)),
        ]
    )


def _meetings(result: WeeklyResult) -> Iterator[tuple[Cell, ...]]:
    for row in result.worst_meetings:
        yield (
            row.ref,
            row.page,
            row.kind,
            row.topic,
            row.host,
            row.start,
            row.end,
            row.duration_min,
            row.band,
            row.connections,
            row.classified,
            row.affected,
            row.net_affected,
            row.harmed_minutes,
            *limiting_cells(row.limiting),
            *meeting_cells(row),
        )


def _poor(rate: Rate) -> tuple[Cell, ...]:
    return (rate.k, rate.n, rate.meetings, rate.pct, *rate_cells(rate))


def _person(row: PersonRow) -> tuple[Cell, ...]:
    return (
        row.ref,
        row.name,
        row.is_external,
        *_poor(row.poor),
        row.shrunk_pct,
        row.days,
        row.harmed_minutes,
        row.caused_minutes,
        row.place,
        row.network,
        row.place_connections,
        row.device,
        row.os,
        row.client_version,
        *limiting_cells(row.limiting),
    )


def _links(person: PersonRow) -> Iterator[tuple[Cell, ...]]:
    for link in person.meetings:
        yield (
            person.ref,
            person.name,
            link.ref,
            link.page,
            link.topic,
            link.start,
            link.band,
            link.net_band,
            link.poor_minutes,
            link.scored_minutes,
        )


def _flags(result: WeeklyResult) -> Iterator[tuple[Cell, ...]]:
    owners: list[tuple[str, PersonRow | MachineRow]] = [
        *(("People", person) for person in result.people),
        *(("CPU", machine) for machine in result.machines),
    ]
    for name, owner in owners:
        for flag in owner.flags:
            for row in _occurrences(flag, result.head.zone):
                yield (name, owner.ref, owner.name, *flag_cells(flag), *row)


def _occurrences(flag: Flag, zone: str) -> Iterator[tuple[Cell, ...]]:
    """A row per meeting; those that the document does not list share the last one."""
    listed = flag.occurrences
    for part in listed:
        when = spans_text(part.spans, zone)
        yield (
            part.meeting,
            part.topic,
            part.worst_value,
            part.minutes,
            part.longest_run_min,
            when,
        )
    if flag.meetings > len(listed):
        rest = flag.minutes - sum(part.minutes for part in listed)
        yield (None, f"{flag.meetings - len(listed)} more meetings", None, rest, None, None)


def _machine(row: MachineRow) -> tuple[Cell, ...]:
    return (
        row.ref,
        row.name,
        row.device,
        row.os,
        row.client_version,
        row.flagged,
        row.connections,
        row.high_minutes,
        row.zoom_high_minutes,
        row.longest_run_min,
        row.cost_minutes,
        row.system_peak_pct,
        row.zoom_mean_pct,
    )


def _segments(result: WeeklyResult) -> Iterator[tuple[Cell, ...]]:
    for segment in result.segments:
        for row in segment.rows:
            yield (
                segment.id,
                row.name,
                *_poor(row.poor),
                row.harmed_minutes,
                row.top_person_pct,
            )


def _coverage(coverage: Coverage) -> list[tuple[str, str, int]]:
    silent = coverage.silent_minutes
    return [
        ("meetings", "listed", coverage.listed),
        ("meetings", "whole", coverage.whole),
        ("meetings", "incomplete", coverage.incomplete),
        ("meetings", "without quality data", coverage.no_qos),
        ("meetings", "scored", coverage.scored),
        ("connections", "all", coverage.connections),
        ("connections", "with quality data", coverage.connections_with_qos),
        ("connections", "scored", coverage.connections_scored),
        ("participant-minutes", "present", coverage.present_minutes),
        ("participant-minutes", "scored", coverage.scored_minutes),
        *(
            []
            if silent is None
            else [("participant-minutes", "without data, from join to leave", silent)]
        ),
    ]
