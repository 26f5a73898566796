"""Store → what a report is made from: the tables and scores of a period or of one meeting."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.places import Directory, located
from qosreport.periods import Period
from qosreport.pipeline.run import partitions
from qosreport.pipeline.score import key_of
from qosreport.report.numbers.weekly import LedgerCounts, Tables
from qosreport.scoring import Policy
from qosreport.store import Source, States, Store

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
    listed: int
    """Meetings that Zoom named."""
    incomplete: Mapping[str, int]
    """Listed and not whole in the store, by reason."""
    sources: Mapping[str, Source]
    """Where each meeting's data is from."""

    def ledger(self) -> LedgerCounts:
        """What a document on all of these meetings rests on."""
        return counts_of(self.tables.meetings, self.sources, self.listed, self.incomplete)

    def ledger_of(self, uuid: str) -> LedgerCounts:
        """What a document on one of them rests on."""
        own = self.tables.meetings.filter(pl.col("meeting_uuid") == uuid)
        return counts_of(own, self.sources, 1, {})


def of_period(store: Store, period: Period, policy: Policy, places: Directory) -> Scored:
    """Everything that a report of the period is made from."""
    weeks = partitions(period)
    inside = pl.col("start_time").is_between(period.start, period.end, closed="left")
    meetings = store.scan("meetings", weeks).filter(inside).collect()
    states = store.ledger.states(period.start, period.end)
    return _scored(store, meetings, weeks, policy, places, states=states)


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
    minutes = store.scan_scores("minute_scores", key, weeks)
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
