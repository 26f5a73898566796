"""Store → what a report is made from: the tables and scores of a period or of one meeting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from qosreport.periods import Period
from qosreport.pipeline.run import partitions
from qosreport.pipeline.score import key_of
from qosreport.report.numbers.weekly import LedgerCounts, Tables
from qosreport.scoring import Policy
from qosreport.store import Store

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
    ledger: LedgerCounts


def of_period(store: Store, period: Period, policy: Policy) -> Scored:
    """Everything that a report of the period is made from."""
    weeks = partitions(period)
    inside = pl.col("start_time").is_between(period.start, period.end, closed="left")
    meetings = store.scan("meetings", weeks).filter(inside).collect()
    states = store.ledger.states(period.start, period.end)
    ledger = _counts(store, meetings, weeks, states.listed, states.incomplete)
    return _scored(store, meetings, weeks, policy, ledger)


def of_meeting(store: Store, uuid: str, week: str, policy: Policy) -> Scored:
    """Everything that the report of one meeting is made from; it lies in this partition."""
    meetings = store.scan("meetings", [week]).filter(pl.col("meeting_uuid") == uuid).collect()
    ledger = _counts(store, meetings, [week], 1, {})
    return _scored(store, meetings, [week], policy, ledger)


def _scored(
    store: Store, meetings: pl.DataFrame, weeks: list[str], policy: Policy, ledger: LedgerCounts
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
    sessions = named["sessions"].lazy().select("session_id")
    return Scored(
        tables=Tables(
            meetings=meetings,
            minute_scores=minutes.join(sessions, on="session_id", how="semi"),
            **named,
        ),
        streams=store.scan("streams", weeks),
        devices=store.scan("devices", weeks),
        ledger=ledger,
    )


def _counts(
    store: Store,
    meetings: pl.DataFrame,
    weeks: Iterable[str],
    listed: int,
    incomplete: Mapping[str, int],
) -> LedgerCounts:
    pulled_at = meetings["pulled_at"].drop_nulls().to_list()
    files, sha256 = store.ledger.fingerprint(list(weeks))
    return LedgerCounts(
        listed=listed,
        incomplete=incomplete,
        api_calls=store.calls(meetings["meeting_uuid"].to_list()),
        files=files,
        files_sha256=sha256,
        data_as_of=max(pulled_at, default=None),
    )
