"""Store → what a report is made from: the tables and scores of a period or of one meeting.

A week is compared with the eight before it: of these only what comparisons need is read.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from qosreport.diagnosis.followup import WEEKS_BEFORE
from qosreport.diagnosis.places import Directory, located
from qosreport.diagnosis.weeks import back
from qosreport.periods import Period
from qosreport.pipeline.run import partitions
from qosreport.pipeline.score import key_of
from qosreport.report.numbers.facts import PAST_SCORES, PAST_SESSIONS, PastTables
from qosreport.report.numbers.weekly import LedgerCounts, Tables
from qosreport.scoring import Policy
from qosreport.scoring.engine import Scannable
from qosreport.store import Source, States, Store
from qosreport.tables import MINUTE_SCORES

PULLED = ("sessions", "ratings", "shares", "rejects")
SCORED = ("participant_scores", "meeting_scores", "flags")


@dataclass(frozen=True)
class Scored:
    """The tables and scores of some meetings."""

    tables: Tables
    streams: pl.LazyFrame
    """May hold further meetings."""
    devices: pl.LazyFrame
    """May hold further meetings."""
    parts: Sequence[Scannable]
    """What these two are read from: whole meetings each; a meeting is in one of them."""
    listed: int
    """Meetings that Zoom named."""
    incomplete: Mapping[str, int]
    """Listed and not whole in the store, by reason."""
    sources: Mapping[str, Source]
    """Where each meeting's data is from."""
    part_minutes: Sequence[pl.LazyFrame] = ()
    """`minute_scores` of each of `parts`; may hold further meetings."""
    earlier: Mapping[str, PastTables] = field(default_factory=dict)
    """The weeks before a week that have meetings, by label."""

    def ledger(self) -> LedgerCounts:
        """What a document on all of these meetings rests on."""
        return counts_of(self.tables.meetings, self.sources, self.listed, self.incomplete)

    def ledger_of(self, uuid: str) -> LedgerCounts:
        """What a document on one of them rests on."""
        return self.ledgers([uuid])[uuid]

    def ledgers(self, uuids: Sequence[str]) -> dict[str, LedgerCounts]:
        """What a document on each of some meetings rests on."""
        own = self.tables.meetings.filter(pl.col("meeting_uuid").is_in(uuids))
        return {
            uuid: counts_of(one, self.sources, 1, {})
            for (uuid,), one in own.partition_by("meeting_uuid", as_dict=True).items()
        }


def of_week(store: Store, period: Period, policy: Policy, places: Directory) -> Scored:
    """Everything that the weekly report is made from: the period, and the weeks before a week."""
    now = of_period(store, period, policy, places)
    return replace(now, earlier=earlier(store, period, policy, places))


def of_period(store: Store, period: Period, policy: Policy, places: Directory) -> Scored:
    """The meetings of a period with all that is known of them."""
    weeks = partitions(period)
    inside = pl.col("start_time").is_between(period.start, period.end, closed="left")
    meetings = store.scan("meetings", weeks).filter(inside).collect()
    states = store.ledger.states(period.start, period.end)
    return _scored(store, meetings, weeks, policy, places, states=states)


def earlier(
    store: Store, period: Period, policy: Policy, places: Directory
) -> Mapping[str, PastTables]:
    """The weeks before a week that have whole meetings, by label; of other periods none."""
    if not period.is_week:
        return {}
    weeks = partitions(_before(period))
    # A meeting belongs to the week in whose days it began where the report is at home.
    label = pl.col("start_time").dt.convert_time_zone(period.zone).dt.strftime("%G-W%V")
    meetings = (
        store.scan("meetings", weeks)
        .filter(pl.col("completeness") != "incomplete")
        .select("meeting_uuid", week=label)
        .filter(pl.col("week").is_in(back(period.label, WEEKS_BEFORE)))
        .collect()
    )
    if meetings.is_empty():
        return {}
    key = key_of(policy)
    found = pl.collect_all(
        [
            store.scan("sessions", weeks).select(PAST_SESSIONS),
            store.scan_scores("participant_scores", key, weeks).select(
                "meeting_uuid", *PAST_SCORES
            ),
            store.scan_scores("meeting_scores", key, weeks).select("meeting_uuid", "band"),
        ]
    )
    found[0] = located(found[0], places).drop("ip_address")
    sessions, participants, scores = (
        frame.join(meetings, on="meeting_uuid").partition_by(
            "week", as_dict=True, include_key=False
        )
        for frame in found
    )
    empty = [frame.clear() for frame in found]
    return {
        week: PastTables(
            meetings=own.select("meeting_uuid"),
            sessions=sessions.get((week,), empty[0]),
            participant_scores=participants.get((week,), empty[1]).drop("meeting_uuid"),
            meeting_scores=scores.get((week,), empty[2]),
        )
        for (week,), own in meetings.partition_by("week", as_dict=True).items()
    }


def reach(period: Period) -> list[str]:
    """The store's partitions a report of a period rests on: with the weeks before a week."""
    return sorted({*partitions(period), *(partitions(_before(period)) if period.is_week else [])})


def _before(period: Period) -> Period:
    return replace(period, start=period.start - dt.timedelta(weeks=WEEKS_BEFORE), end=period.start)


def of_meeting(store: Store, uuid: str, week: str, policy: Policy, places: Directory) -> Scored:
    """Everything that the report of one meeting is made from; it lies in this partition."""
    meetings = store.scan("meetings", [week]).filter(pl.col("meeting_uuid") == uuid).collect()
    return _scored(store, meetings, [week], policy, places)


def _scored(
    store: Store,
    meetings: pl.DataFrame,
    weeks: list[str],
    policy: Policy,
    places: Directory,
    *,
    states: States | None = None,
) -> Scored:
    uuids = meetings.lazy().select("meeting_uuid")
    key = key_of(policy)

    def pulled(name: str) -> pl.LazyFrame:
        return store.scan(name, weeks).join(uuids, on="meeting_uuid", how="semi")

    def scores(name: str) -> pl.LazyFrame:
        return store.scan_scores(name, key, weeks).join(uuids, on="meeting_uuid", how="semi")

    frames = pl.collect_all([*map(pulled, PULLED), *map(scores, SCORED)])
    named = dict(zip((*PULLED, *SCORED), frames, strict=True))
    parts = store.parts(weeks)
    minutes = store.scan_scores("minute_scores", key, weeks)
    by_part = store.scores_by_part("minute_scores", key, weeks)
    devices = store.scan("devices", weeks)
    named["sessions"] = located(named["sessions"], places)
    sessions = named["sessions"].lazy().select("session_id")
    return Scored(
        tables=Tables(
            meetings=meetings,
            minute_scores=minutes.join(sessions, on="session_id", how="semi"),
            devices=devices,
            sites_listed=bool(places.sites),
            **named,
        ),
        streams=store.scan("streams", weeks),
        devices=devices,
        parts=parts,
        part_minutes=[by_part.get(part.part_id, MINUTE_SCORES.empty().lazy()) for part in parts],
        listed=states.listed if states else meetings.height,
        incomplete=states.incomplete if states else {},
        sources=store.sources(meetings["meeting_uuid"].to_list()),
    )


def counts_of(
    meetings: pl.DataFrame,
    sources: Mapping[str, Source],
    listed: int,
    incomplete: Mapping[str, int],
) -> LedgerCounts:
    """What a document on these meetings rests on."""
    own = [sources[uuid] for uuid in meetings["meeting_uuid"] if uuid in sources]
    calls = [source.calls for source in own]
    files = sorted({source.sha256 for source in own})
    return LedgerCounts(
        listed=listed,
        incomplete=incomplete,
        api_calls=None if None in calls else sum(count or 0 for count in calls),
        files=len(files),
        files_sha256=hashlib.sha256("".join(files).encode()).hexdigest(),
        data_as_of=max(meetings["pulled_at"].drop_nulls().to_list(), default=None),
    )
