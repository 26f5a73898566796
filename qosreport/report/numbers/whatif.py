"""From the scores by two policies to the document of a what-if."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from qosreport.diagnosis.whatif import counted, moves
from qosreport.periods import Period
from qosreport.report.numbers.facts import PageOf
from qosreport.report.numbers.parts import LedgerCounts, period_head, provenance
from qosreport.report.refs import meeting_ref
from qosreport.report.result import Difference, Move, MovedMeeting, PolicyName, WhatIfResult
from qosreport.scoring import Policy, diff_policies


@dataclass(frozen=True)
class Judged:
    """A policy and what it makes of the meetings of a period."""

    policy: Policy
    meetings: pl.DataFrame
    """The table meeting_scores."""
    connections: pl.DataFrame
    """The table participant_scores."""


def build_whatif(
    meetings: pl.DataFrame,
    before: Judged,
    after: Judged,
    *,
    period: Period,
    ledger: LedgerCounts,
    organisation: str,
    now: dt.datetime,
    page_of: PageOf,
) -> WhatIfResult:
    """The document of a what-if.

    Args:
        meetings: The table `meetings` of the period.
        before: By the usual policy.
        after: By the other.
        period: Which time.
        ledger: What the ledger knows of it.
        organisation: Whose data.
        now: When it is made: tells an open period from a closed one.
        page_of: The page of a meeting by its reference and local date.
    """
    moved = moves(before.meetings, after.meetings, "meeting_uuid")
    connections = moves(before.connections, after.connections, "session_id")
    whose = before.connections.select("session_id", "meeting_uuid")
    by_meeting = (
        connections.join(whose, on="session_id", how="left")
        .group_by("meeting_uuid")
        .agg(
            (pl.col("before") != pl.col("after")).sum().alias("changed"),
            pl.len().alias("connections"),
        )
    )
    fall = pl.col("after").to_physical().cast(pl.Int8) - pl.col("before").to_physical()
    rows = (
        moved.filter(pl.col("before") != pl.col("after"))
        .with_columns(fall.alias("fall"))
        .join(meetings.select("meeting_uuid", "topic", "start_time"), on="meeting_uuid", how="left")
        .join(by_meeting, on="meeting_uuid", how="left")
        .sort("fall", "start_time", "meeting_uuid", descending=[True, False, False])
    )
    return WhatIfResult(
        head=period_head(period, organisation, ledger.data_as_of or now),
        before=_name(before.policy),
        after=_name(after.policy),
        differences=[
            Difference(key=key, before=_text(old), after=_text(new))
            for key, old, new in diff_policies(before.policy, after.policy)
            if key not in {"name", "version"}
        ],
        meetings=[Move(**row) for row in counted(moved).iter_rows(named=True)],
        connections=[Move(**row) for row in counted(connections).iter_rows(named=True)],
        changed=[
            MovedMeeting(
                ref=meeting_ref(row["meeting_uuid"]),
                page=_page(page_of, row["meeting_uuid"], row["start_time"], period),
                topic=row["topic"],
                start=row["start_time"],
                before=row["before"],
                after=row["after"],
                connections_changed=row["changed"] or 0,
                connections=row["connections"] or 0,
            )
            for row in rows.iter_rows(named=True)
        ],
        provenance=provenance(ledger),
    )


def _name(policy: Policy) -> PolicyName:
    return PolicyName(name=policy.name, version=policy.version, sha256=policy.sha256)


def _text(value: object) -> str | None:
    """A number as the policy file has it; anchors as points of a line."""
    if isinstance(value, list):
        points = [" → ".join(map(str, v)) if isinstance(v, list) else str(v) for v in value]
        return ", ".join(points)
    return None if value is None else str(value)


def _page(page_of: PageOf, uuid: str, start: dt.datetime | None, period: Period) -> str | None:
    if start is None:
        return None
    return page_of(meeting_ref(uuid), start.astimezone(ZoneInfo(period.zone)).date())
