"""Raw pages → typed tables, exactly those of `tables.PULLED`.

Pages come as whole meetings, any number of them in any order; the same pages give the same tables
however they are ordered and batched. What cannot be read is null or absent, and counted in
`rejects`; a meeting with an answer that is no answer is left out whole and named in `broken`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from qosreport.errors import SkipMeeting, UnreadablePage
from qosreport.store.raw import RawPage
from qosreport.tables import (
    DEVICES,
    FLOW,
    LEG,
    MEDIUM,
    MEETINGS,
    PULLED,
    REJECTS,
    SESSIONS,
    STREAMS,
)
from qosreport.zoom.parse.batch import Batch, Rows, expected_rows, read_rows
from qosreport.zoom.parse.extras import read_extras
from qosreport.zoom.parse.forms import LIST_ITEM, PARTICIPANTS, PERSON_FIELDS, QOS, ROLE_FIELDS
from qosreport.zoom.parse.forms import STREAMS as ZOOM_STREAMS
from qosreport.zoom.parse.meetings import Coverage, build_meetings, host_names
from qosreport.zoom.parse.placing import Placed, place_rows, place_samples
from qosreport.zoom.parse.samples import Samples, read_samples
from qosreport.zoom.parse.sessions import join_sessions
from qosreport.zoom.parse.unknown import note_unknown_keys

_STREAM_WORDS = {
    "medium": pl.Series([s.medium for s in ZOOM_STREAMS], dtype=MEDIUM),
    "flow": pl.Series([s.flow for s in ZOOM_STREAMS], dtype=FLOW),
    "leg": pl.Series([s.leg for s in ZOOM_STREAMS], dtype=LEG),
}
_EMPTY = {name: table.empty() for name, table in PULLED.items()}
_DATA_ERRORS = (
    pl.exceptions.ComputeError,
    pl.exceptions.InvalidOperationError,
    pl.exceptions.PanicException,
)
_KIND_WHEN_READER_FAILS = "JSON that cannot be read"


@dataclass(frozen=True)
class Parsed:
    """What some pages hold."""

    tables: dict[str, pl.DataFrame]
    """Every table of tables.PULLED by name, in its schema and sorted by its key; streams and
    devices by session_id and sampled_at."""
    broken: dict[str, SkipMeeting]
    """Meetings that cannot be read, by UUID, and why; none of their rows are in the tables."""


def parse_pages(pages: Sequence[RawPage]) -> Parsed:
    """Read the pages of whole meetings.

    Raises:
        ValueError: A page is of an endpoint that nobody reads.
    """
    batch = Batch.of(pages)
    try:
        return _parse(batch)
    except _DATA_ERRORS:
        # No input known does this; should one, only its own meeting is to suffer.
        if len(batch.uuids) == 1:
            return _all_broken(batch)
        half = set(batch.uuids[: len(batch.uuids) // 2])
        return _merged(
            parse_pages([page for page in pages if page.meeting_uuid in half]),
            parse_pages([page for page in pages if page.meeting_uuid not in half]),
        )


def _parse(batch: Batch) -> Parsed:
    note_unknown_keys(batch)
    items = read_rows(batch, LIST_ITEM).entries
    people = read_rows(batch, PARTICIPANTS)
    samples = read_samples(batch)
    sessions = join_sessions(batch, people.entries, samples.entries, host_names(items))
    placed = place_samples(samples.samples, sessions)
    streams = _streams(batch, samples, placed)
    devices = place_rows(batch, samples.devices, placed)
    with_qos = pl.concat([streams["session"], devices["session"]]).unique()
    joins = sessions.table.with_columns(has_qos=pl.col("session").is_in(with_qos.implode()))
    numbers = _numbers(people.envelopes, samples.envelopes)
    coverage = Coverage(
        first_join=dict(joins.group_by("meeting").agg(pl.col("join_time").min()).iter_rows()),
        with_qos=frozenset(joins.filter("has_qos")["meeting"]),
        short=_short(batch, people, samples),
    )
    return _finished(
        batch,
        {
            MEETINGS.name: build_meetings(batch, items, numbers, coverage),
            SESSIONS.name: joins,
            STREAMS.name: streams,
            DEVICES.name: devices,
            **read_extras(batch),
        },
    )


def _streams(batch: Batch, samples: Samples, placed: Placed) -> pl.DataFrame:
    rows = place_rows(batch, samples.streams, placed)
    stream = rows["stream"]
    return rows.hstack([words[stream].alias(name) for name, words in _STREAM_WORDS.items()])


def _numbers(*envelopes: pl.DataFrame) -> dict[int, str]:
    """The number of each meeting that an answer names."""
    named = pl.concat(envelopes, how="diagonal").select(
        "meeting",
        pl.coalesce(
            pl.when(pl.col(key) != "").then(pl.col(key))
            for key in ("meeting_number", "webinar_number")
        ).alias("number"),
    )
    return dict(named.drop_nulls().unique("meeting", keep="first", maintain_order=True).iter_rows())


def _short(batch: Batch, people: Rows, samples: Samples) -> frozenset[int]:
    """Meetings of which fewer entries came than Zoom counted, each counted once."""
    streams = samples.entries.filter(pl.col("endpoint") == QOS.endpoint)
    short: set[int] = set()
    for form, envelopes, entries, telling in (
        (PARTICIPANTS, people.envelopes, people.entries, ROLE_FIELDS),
        (QOS, samples.envelopes, streams, ("samples", "first_sample")),
    ):
        came = dict(_without_twins(entries, telling)["meeting"].value_counts().iter_rows())
        expected = expected_rows(batch, envelopes, form.endpoint)
        short |= {meeting for meeting, rows in expected.items() if came.get(meeting, 0) < rows}
    return frozenset(short)


def _without_twins(entries: pl.DataFrame, telling: Sequence[str]) -> pl.DataFrame:
    """Each entry once, however often pages repeat it."""
    joins = entries.select(pl.struct("meeting", "user_id", "join_time").n_unique()).item()
    if joins == entries.height:
        return entries
    return entries.unique(subset=["meeting", *PERSON_FIELDS, *telling])


def _finished(batch: Batch, made: Mapping[str, pl.DataFrame]) -> Parsed:
    """The tables in their schemas, with UUIDs, without broken meetings."""
    uuids = pl.Series("meeting_uuid", batch.uuids, dtype=pl.String)
    broken = sorted(batch.broken)
    tables: dict[str, pl.DataFrame] = {}
    for name, table in PULLED.items():
        frame = made.get(name)
        if frame is None:
            tables[name] = _EMPTY[name].clone()
            continue
        if broken:
            frame = frame.filter(
                ~pl.col("meeting").is_in(pl.Series(broken, dtype=pl.UInt32).implode())
            )
        if "meeting_uuid" not in frame.columns:
            frame = frame.with_columns(uuids[frame["meeting"]])
        frame = table.conform(frame)
        tables[name] = frame if name in {STREAMS.name, DEVICES.name} else frame.sort(table.key)
    tables[REJECTS.name] = batch.rejects.table(batch.uuids, broken)
    return Parsed(tables, {batch.uuids[place]: batch.broken[place] for place in broken})


def _all_broken(batch: Batch) -> Parsed:
    error = UnreadablePage(endpoint="the meeting", kind=_KIND_WHEN_READER_FAILS)
    tables = {name: frame.clone() for name, frame in _EMPTY.items()}
    return Parsed(tables, dict.fromkeys(batch.uuids, error))


def _merged(first: Parsed, second: Parsed) -> Parsed:
    tables = {
        name: pl.concat([first.tables[name], second.tables[name]]).sort(_order(name))
        for name in PULLED
    }
    return Parsed(tables, first.broken | second.broken)


def _order(name: str) -> list[str]:
    if name in {STREAMS.name, DEVICES.name}:
        return ["session_id", "sampled_at", *PULLED[name].key[4:]]
    return list(PULLED[name].key)
