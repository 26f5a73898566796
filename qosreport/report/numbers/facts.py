"""The two frames that every number of the weekly document is counted from, and its links."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from qosreport.diagnosis.clusters import Minimums
from qosreport.diagnosis.connections import AFFECTED, connections
from qosreport.diagnosis.people import limiting, names
from qosreport.report.numbers.method import minimums
from qosreport.report.refs import meeting_ref
from qosreport.report.result import MeetingName
from qosreport.scoring import Policy
from qosreport.tables import BAND, MEETING_SCORES

PageOf = Callable[[str, dt.date], str | None]
"""From a meeting's reference and local date to its page beside the weekly one, if it gets one."""


@dataclass(frozen=True)
class Tables:
    """The store's tables and their scores, limited to the meetings of one period."""

    meetings: pl.DataFrame
    sessions: pl.DataFrame
    """As from `diagnosis.places.located`."""
    participant_scores: pl.DataFrame
    meeting_scores: pl.DataFrame
    flags: pl.DataFrame
    ratings: pl.DataFrame
    shares: pl.DataFrame
    rejects: pl.DataFrame
    minute_scores: pl.LazyFrame
    """May hold further sessions; they are left out."""
    devices: pl.LazyFrame | None = None
    """Likewise; without it nothing is known of Wi-Fi signals."""
    sites_listed: bool = False
    """Whether the settings name sites."""


@dataclass(frozen=True)
class PastTables:
    """Of an earlier week, limited to what comparisons need (`PAST_SESSIONS`, `PAST_SCORES`)."""

    meetings: pl.DataFrame
    """`meeting_uuid` of the whole ones."""
    sessions: pl.DataFrame
    participant_scores: pl.DataFrame
    meeting_scores: pl.DataFrame
    """`meeting_uuid`, `band`."""


PAST_SESSIONS = (
    "session_id", "meeting_uuid", "join_time", "leave_time", "leave_reason", "breakout_id",
    "person_key", "name", "is_external", "device", "os", "client_version", "network_type",
    "data_center", "location", "ip_address",
)  # fmt: skip
"""Columns of the sessions that comparisons with earlier weeks need."""
PAST_SCORES = (
    "session_id", "basis", "present_minutes", "scored_minutes", "poor_minutes", "band",
    "net_poor_minutes", "net_band", "audio_scored_minutes", "audio_poor_minutes",
    "video_scored_minutes", "video_poor_minutes", "limiting_stream", "limiting_reason",
    "limiting_direction", "cpu_minutes", "cpu_high_minutes", "zoom_cpu_high_minutes",
    "cpu_cost_minutes", "cpu_flags",
)  # fmt: skip
"""Columns of the participants' scores that these need."""


@dataclass(frozen=True)
class Week:
    """One week, ready to be compared with others."""

    connections: pl.DataFrame
    """`diagnosis.connections`, in an earlier week without the columns nobody compares."""
    meetings: pl.DataFrame
    """The whole ones: `meeting_uuid`, `band`, `affected_meeting`, `judged` connections."""


@dataclass(frozen=True)
class Facts:
    """What the parts of the weekly document share."""

    meetings: pl.DataFrame
    """The whole ones, with their scores, `connections`, `harmed_minutes` and what limited them."""
    connections: pl.DataFrame
    """`diagnosis.connections` of these."""
    policy: Policy
    minimums: Minimums
    zone: str
    page_of: PageOf

    @property
    def week(self) -> Week:
        """This week, to be compared with earlier ones."""
        return Week(self.connections, self.meetings)

    @cached_property
    def topics(self) -> dict[str, str | None]:
        """Topic of each meeting by its UUID."""
        return dict(self.meetings.select("meeting_uuid", "topic").iter_rows())

    @cached_property
    def _starts(self) -> dict[str, dt.datetime | None]:
        return dict(self.meetings.select("meeting_uuid", "start_time").iter_rows())

    def meeting(self, uuid: str) -> MeetingName:
        """A meeting as it is mentioned."""
        return MeetingName(
            ref=meeting_ref(uuid),
            page=self.page(uuid),
            topic=self.topics[uuid],
            start=self._starts[uuid],
        )

    @cached_property
    def people(self) -> dict[str, dict[str, Any]]:
        """`name` and `is_external` (never signed in) of everybody, by person key."""
        return people_of([self.connections])

    def page(self, uuid: str) -> str | None:
        """The page of a meeting; none for one that nobody knows the date of."""
        start = self._starts[uuid]
        if start is None:
            return None
        return self.page_of(meeting_ref(uuid), start.astimezone(ZoneInfo(self.zone)).date())


def gather(tables: Tables, *, policy: Policy, zone: str, page_of: PageOf) -> Facts:
    """Join the tables of all meetings that are whole in the store."""
    whole = tables.meetings.filter(pl.col("completeness") != "incomplete")
    sessions = tables.sessions.join(whole, on="meeting_uuid", how="semi")
    joined = connections(sessions, tables.participant_scores, zone=zone)
    return Facts(
        meetings=_meetings(whole, tables.meeting_scores, joined),
        connections=joined,
        policy=policy,
        minimums=minimums(policy),
        zone=zone,
        page_of=cache(page_of),
    )


def people_of(frames: Sequence[pl.DataFrame]) -> dict[str, dict[str, Any]]:
    """`name` and `is_external` by person key; of several frames the first that knows a person."""
    found: dict[str, dict[str, Any]] = {}
    for frame in reversed(frames):
        guests = frame.group_by("person_key").agg(pl.col("is_external").all(ignore_nulls=False))
        known = guests.join(names(frame), on="person_key", how="left")
        found |= {row["person_key"]: row for row in known.iter_rows(named=True)}
    return found


def past(tables: PastTables, *, zone: str) -> Week:
    """An earlier week from its tables."""
    joined = connections(tables.sessions, tables.participant_scores, zone=zone)
    judged = joined.group_by("meeting_uuid").agg(pl.col("judged").sum().cast(pl.Int64))
    meetings = (
        tables.meetings.join(tables.meeting_scores, on="meeting_uuid", how="left")
        .join(judged, on="meeting_uuid", how="left")
        .with_columns(
            pl.col("band").fill_null(pl.lit("Unscored", dtype=BAND)), pl.col("judged").fill_null(0)
        )
        .with_columns(affected_meeting=pl.col("band").is_in(AFFECTED))
    )
    return Week(joined, meetings)


def _meetings(whole: pl.DataFrame, scores: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """Whole meetings in order of start; those without scores are Unscored."""
    counts = [c.name for c in MEETING_SCORES.columns if c.required and c.dtype == pl.Int64]
    per_meeting = joined.group_by("meeting_uuid").agg(
        connections=pl.len().cast(pl.Int64),
        harmed_minutes=pl.col("harmed_minutes").sum(),
        judged=pl.col("judged").sum().cast(pl.Int64),
    )
    return (
        whole.join(scores, on="meeting_uuid", how="left", validate="1:1")
        .join(per_meeting, on="meeting_uuid", how="left")
        .join(limiting(joined, "meeting_uuid"), on="meeting_uuid", how="left")
        .with_columns(
            pl.col("band").fill_null(pl.lit("Unscored", dtype=BAND)),
            pl.col(*counts, "connections", "harmed_minutes", "judged").fill_null(0),
        )
        .with_columns(affected_meeting=pl.col("band").is_in(AFFECTED))
        .sort("start_time", "meeting_uuid", nulls_last=True)
    )
