"""From the scores of a period to its result document."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.people import machines, people
from qosreport.diagnosis.segments import PROPERTIES, hours, segment
from qosreport.periods import Period
from qosreport.report.numbers.causes import Why, why
from qosreport.report.numbers.change import changed, to_follow_up, with_signal
from qosreport.report.numbers.coverage import coverage
from qosreport.report.numbers.facts import Facts, PageOf, PastTables, Tables, Week, gather, past
from qosreport.report.numbers.figures import figures
from qosreport.report.numbers.listings import (
    machine_rows,
    meeting_rows,
    person_rows,
    ranked_meetings,
)
from qosreport.report.numbers.method import method
from qosreport.report.numbers.parts import (
    LedgerCounts,
    band_counts,
    period_head,
    provenance,
    rate,
    rounded,
)
from qosreport.report.numbers.trust import Enough, agreed, reliable
from qosreport.report.refs import meeting_ref, page_name
from qosreport.report.result import (
    Changes,
    HourCell,
    Segment,
    SegmentRow,
    Standings,
    Volume,
    WeeklyResult,
)
from qosreport.scoring import Policy
from qosreport.tables import BAND

__all__ = ["LedgerCounts", "PageOf", "Tables", "build_weekly", "meeting_ref", "page_name"]

ENOUGH = Enough(labels=200, ratings=50)
"""The settings' defaults."""
REPEATED = 3
"""Poor connections of one person from which on they are no accident …"""
REPEATED_MEETINGS = 2
"""… if they are not all rejoins of one meeting."""


def build_weekly(
    tables: Tables,
    *,
    period: Period,
    policy: Policy,
    ledger: LedgerCounts,
    organisation: str,
    now: dt.datetime,
    page_of: PageOf,
    earlier: Mapping[str, PastTables] | None = None,
    enough: Enough = ENOUGH,
    causes: Why | None = None,
) -> WeeklyResult:
    """The result document of a week, or of any period.

    A connection is a session, and poor when the network score makes it Poor or Bad; rates are of
    those judged by their own minutes, clustered by meeting. Meetings that are not whole take part
    in nothing but the coverage. The same tables in any order of rows give the same document.

    Args:
        tables: The period's tables.
        period: Which period, in which time zone.
        policy: The policy the scores were made by.
        ledger: What was listed, what is missing, what the tables rest on.
        organisation: Whose data; printed at the head.
        now: The clock, where the ledger does not say when its data is from.
        page_of: Asked once for every meeting that the document links.
        earlier: Up to eight weeks before, by label; those without meetings are left out.
        enough: What it takes to call the scores calibrated.
        causes: As from `why_of` of the same tables; found here if not given.
    """
    facts = gather(tables, policy=policy, zone=period.zone, page_of=page_of)
    joined, meetings = facts.connections, facts.meetings
    ranked = ranked_meetings(facts)
    people_found = people(joined, facts.minimums)
    machines_found = machines(joined)
    causes = causes or why(facts, tables)
    weeks = {label: past(one, zone=period.zone) for label, one in (earlier or {}).items()}
    weeks[period.label] = facts.week
    trend = _trend(weeks, period, facts, tables, causes)
    return WeeklyResult(
        head=period_head(period, organisation, ledger.data_as_of or now),
        volume=_volume(facts),
        connections_by_band=band_counts(_own_bands(joined)),
        connections_poor_by_network=_count(joined, "poor"),
        connections_poor_by_frame_rate=_count(joined, "poor_by_frame_rate"),
        connections_by_summary=band_counts(joined.filter(basis="summary")["band"]),
        meetings_by_band=band_counts(meetings["band"]),
        figures=figures(weeks, period.label, policy.stats, trend.changes),
        changes=trend.changes,
        followup=trend.followup,
        reliability=reliable(facts),
        agreement=agreed(facts, tables, enough),
        explained=causes.explained,
        findings=causes.findings,
        worst_meetings=meeting_rows(facts, ranked, tables.minute_scores, causes.by_meeting),
        meetings_affected=_count(meetings, "affected_meeting"),
        meetings_harmed=ranked.height,
        people=person_rows(facts, people_found, tables.flags, causes.caused),
        people_affected=people_found.height,
        people_repeated=_count(
            people_found,
            (pl.col("k") >= REPEATED) & (pl.col("poor_meetings") >= REPEATED_MEETINGS),
        ),
        machines=machine_rows(facts, machines_found, tables.flags),
        machines_flagged=machines_found.height,
        segments=[_segment(facts, name) for name in PROPERTIES],
        hours=[HourCell(**row) for row in hours(joined).iter_rows(named=True)],
        coverage=coverage(
            listed=ledger.listed,
            incomplete=ledger.incomplete,
            meetings=meetings,
            connections=joined,
            minute_scores=tables.minute_scores,
            rejects=tables.rejects,
            sites_listed=tables.sites_listed,
        ),
        method=method(policy),
        provenance=provenance(ledger),
    )


@dataclass(frozen=True)
class _Trend:
    """What only a week has, for other periods have no weeks before them."""

    changes: Changes | None
    followup: Standings | None


def _trend(
    weeks: Mapping[str, Week], period: Period, facts: Facts, tables: Tables, causes: Why
) -> _Trend:
    if not period.is_week:
        return _Trend(None, None)
    frames = {label: week.connections for label, week in weeks.items()}
    changes = changed(frames, period.label, facts)
    frames[period.label] = with_signal(frames[period.label], tables)
    return _Trend(changes, to_follow_up(frames, period.label, facts, changes, causes))


def _volume(facts: Facts) -> Volume:
    rows = facts.connections
    return Volume(
        meetings=facts.meetings.height,
        webinars=facts.meetings.filter(kind="webinar").height,
        connections=rows.height,
        people=rows["person_key"].n_unique(),
        present_minutes=rows["present_minutes"].sum(),
        scored_minutes=rows["scored_minutes"].sum(),
        harmed_minutes=rows["harmed_minutes"].sum(),
    )


def _own_bands(connections: pl.DataFrame) -> pl.Series:
    """Bands by minutes; those by summary are counted apart."""
    own = pl.when(pl.col("basis") == "minutes").then("band")
    return connections.select(own.fill_null(pl.lit("Unscored", dtype=BAND)))["band"]


def _count(rows: pl.DataFrame, which: str | pl.Expr) -> int:
    return rows.filter(which).height


def _segment(facts: Facts, segment_id: str) -> Segment:
    found = segment(facts.connections, segment_id, facts.minimums)
    return Segment(
        id=segment_id,
        rows=[
            SegmentRow(
                name=row["name"],
                poor=rate(row),
                harmed_minutes=row["harmed_minutes"],
                top_person_pct=rounded(row["top_person_pct"]),
                people=row["people"],
            )
            for row in found.iter_rows(named=True)
        ],
    )
