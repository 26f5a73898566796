"""From a document to its entry in the archive's index."""

from collections.abc import Mapping

from qosreport.report.result import MeetingResult, WeeklyResult
from qosreport.report.result.catalogue import (
    ListedMeeting,
    ListedPerson,
    ListedSite,
    MeetingEntry,
    WeekEntry,
)
from qosreport.report.view import words
from qosreport.report.view.layout import SCREEN_PAGE
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.meeting.verdict import verdict as meeting_verdict
from qosreport.report.view.week.verdict import poor_connections, verdict


def week_entry(result: WeeklyResult, forms: Mapping[str, str]) -> WeekEntry:
    """A week; `forms`: its files by ending."""
    rate = poor_connections(result)
    sites = [row for segment in result.segments if segment.id == "site" for row in segment.rows]
    line = words.period_line(result.head)
    return WeekEntry(
        organisation=words.clean(result.head.organisation) or "",
        label=result.head.label,
        title=words.period_title(result.head),
        verdict=words.plain(verdict(result)),
        dates=line.partition(": ")[2] or line,
        start=result.head.start,
        poor=rate.k if rate else 0,
        connections=rate.n if rate else 0,
        enough=rate.enough if rate else False,
        bands=result.connections_by_band,
        forms=dict(forms),
        sites=[
            ListedSite(
                name=row.name, poor=row.poor.k, connections=row.poor.n, enough=row.poor.enough
            )
            for row in sites
            if row.name is not None
        ],
        people=[
            ListedPerson(
                ref=row.ref,
                name=row.name,
                is_external=row.is_external,
                poor=row.poor.k,
                connections=row.poor.n,
            )
            for row in result.people[: SCREEN_PAGE.rows + SCREEN_PAGE.more_rows]
        ],
        meetings=[
            ListedMeeting(
                ref=row.ref,
                topic=row.topic,
                start=row.start,
                zone=result.head.zone,
                band=row.band,
                affected=row.affected,
                classified=row.classified,
                page=row.page,
            )
            for row in result.worst_meetings
            if row.page is not None
        ],
    )


def one_meeting_entry(result: MeetingResult, forms: Mapping[str, str]) -> MeetingEntry:
    """A meeting; `forms`: its files by ending."""
    return MeetingEntry(
        organisation=words.clean(result.head.organisation) or "",
        verdict=words.plain(meeting_verdict(Room(result, SCREEN_PAGE))),
        forms=dict(forms),
        meeting=ListedMeeting(
            ref=result.ref,
            topic=result.topic,
            start=result.head.start,
            zone=result.head.zone,
            band=result.band,
            affected=result.affected,
            classified=result.classified,
            page=forms["html"],
        ),
    )
