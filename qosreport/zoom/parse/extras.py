"""The answers that not every account or pull has: QoS summaries, screen shares, ratings."""

from collections.abc import Mapping

import polars as pl

from qosreport.tables import DEVICE_SUMMARIES, RATING, RATINGS, SHARES, SUMMARIES, Table
from qosreport.zoom.parse.batch import Batch, read_rows
from qosreport.zoom.parse.columns import INSTANTS, Plan, numbers, read_columns, read_sizes, words
from qosreport.zoom.parse.decode import explode_rows
from qosreport.zoom.parse.forms import (
    CPU_FIELDS,
    QOS_SUMMARY,
    SATISFACTION,
    SHARING,
    SPREAD_FIELDS,
    STREAMS,
)
from qosreport.zoom.parse.rejects import CONFLICT, MISSING
from qosreport.zoom.parse.samples import DEVICE_MEASURES
from qosreport.zoom.parse.text import clean_text, clean_texts
from qosreport.zoom.parse.values import UNKNOWN_WORD, Kind, shape_of

_KIND_OF: dict[str, Kind] = {
    "bitrate": "kbps",
    "latency": "ms",
    "jitter": "ms",
    "loss": "%",
    "frame_rate": "fps",
}
_UNIT_IN_NAME = {"kbps": "kbps", "ms": "ms", "%": "pct", "fps": "fps"}
_CPU_TYPE = "cpu_usage"
_STREAM_OF = pl.DataFrame(
    {
        "type": [s.key for s in STREAMS],
        "medium": [s.medium for s in STREAMS],
        "flow": [s.flow for s in STREAMS],
        "leg": [s.leg for s in STREAMS],
    }
)
_SPREAD_PLAN = Plan({f: numbers(_KIND_OF[f.partition("_")[2]]) for f in SPREAD_FIELDS})
_CPU_PLAN = Plan(dict.fromkeys(CPU_FIELDS, numbers("%")))
_TIME_PLAN = Plan({"start_time": INSTANTS, "end_time": INSTANTS})
_RATING_PLAN = Plan({"date_time": INSTANTS, "quality": words(RATING)})


def read_extras(batch: Batch) -> dict[str, pl.DataFrame]:
    """The tables of the answers that are there, with `meeting` instead of the UUID."""
    tables: dict[str, pl.DataFrame] = {}
    if batch.pages[QOS_SUMMARY.endpoint]:
        tables |= _read_summaries(batch)
    if batch.pages[SHARING.endpoint]:
        tables[SHARES.name] = _read_shares(batch)
    if batch.pages[SATISFACTION.endpoint]:
        tables[RATINGS.name] = _read_ratings(batch)
    return tables


def _read_summaries(batch: Batch) -> dict[str, pl.DataFrame]:
    rows = read_rows(batch, QOS_SUMMARY)
    people = clean_text(rows.entries["participant_id"])
    _note_nobody(batch, rows.entries["meeting"], people, f"{QOS_SUMMARY.endpoint}.participant_id")
    parts, owners = explode_rows(rows.entries["qos"])
    frame = pl.DataFrame(
        {
            "meeting": rows.entries["meeting"][owners],
            "user_id": people[owners],
            "type": parts["type"].str.strip_chars().str.to_lowercase(),
        }
    ).hstack(parts["details"].struct.unnest())
    return {
        SUMMARIES.name: _streams(batch, frame),
        DEVICE_SUMMARIES.name: _devices(batch, frame),
    }


def _read_shares(batch: Batch) -> pl.DataFrame:
    rows = read_rows(batch, SHARING)
    people = clean_text(rows.entries["user_id"])
    _note_nobody(batch, rows.entries["meeting"], people, f"{SHARING.endpoint}.user_id")
    parts, owners = explode_rows(rows.entries["details"])
    meetings = rows.entries["meeting"][owners]
    times = read_columns(parts, _TIME_PLAN)
    for field, column in times.items():
        batch.rejects.note_unread(column.unread, meetings, f"{SHARING.endpoint}.{field}")
    frame = pl.DataFrame(
        {
            "meeting": meetings,
            "user_id": people[owners],
            "content": clean_text(parts["content"]),
            **{field: column.values for field, column in times.items()},
        }
    )
    return _unique(batch, frame.drop_nulls("user_id"), SHARES, SHARING.endpoint)


def _read_ratings(batch: Batch) -> pl.DataFrame:
    entries = read_rows(batch, SATISFACTION).entries
    read = read_columns(entries, _RATING_PLAN)
    for field, column in read.items():
        batch.rejects.note_unread(
            column.unread, entries["meeting"], f"{SATISFACTION.endpoint}.{field}"
        )
    texts = clean_texts(entries.select("user_id", "email", "comment"))
    frame = pl.DataFrame(
        {
            "meeting": entries["meeting"],
            "account_user_id": texts["user_id"],
            "email": texts["email"].str.to_lowercase(),
            "rated_at": read["date_time"].values,
            "rating": read["quality"].values,
            "comment": texts["comment"],
        }
    )
    return _unique(batch, frame, RATINGS, SATISFACTION.endpoint)


def _streams(batch: Batch, frame: pl.DataFrame) -> pl.DataFrame:
    known = [*_STREAM_OF["type"], _CPU_TYPE]
    others = frame.filter(~pl.col("type").fill_null("").is_in(known))
    for meeting, word in others.select("meeting", "type").iter_rows():
        batch.rejects.note(
            meeting, f"{QOS_SUMMARY.endpoint}.type", UNKNOWN_WORD, shape_of(word or "")
        )
    named = frame.drop_nulls("user_id").join(
        _STREAM_OF, on="type", how="inner", maintain_order="left"
    )
    measures = [
        values.alias(_column_of(field))
        for field, values in _numbers(batch, named, _SPREAD_PLAN).items()
    ]
    width, height, unread = read_sizes(named["resolution"])
    batch.rejects.note_unread(unread, named["meeting"], "resolution", named["type"])
    measures += [width.alias("width_px"), height.alias("height_px")]
    columns = [named[name] for name in ("meeting", "user_id", "medium", "flow", "leg")]
    return _told(batch, columns, measures, SUMMARIES)


def _column_of(field: str) -> str:
    """avg_loss → avg_loss_pct."""
    return f"{field}_{_UNIT_IN_NAME[_KIND_OF[field.partition('_')[2]]]}"


def _devices(batch: Batch, frame: pl.DataFrame) -> pl.DataFrame:
    cpu = frame.filter(pl.col("type") == _CPU_TYPE).drop_nulls("user_id")
    measures = [
        values.alias(DEVICE_MEASURES[field])
        for field, values in _numbers(batch, cpu, _CPU_PLAN).items()
    ]
    return _told(batch, [cpu["meeting"], cpu["user_id"]], measures, DEVICE_SUMMARIES)


def _numbers(batch: Batch, frame: pl.DataFrame, plan: Plan) -> dict[str, pl.Series]:
    columns = read_columns(frame, plan)
    for field, column in columns.items():
        batch.rejects.note_unread(column.unread, frame["meeting"], field, frame["type"])
    return {field: column.values for field, column in columns.items()}


def _note_nobody(batch: Batch, meetings: pl.Series, people: pl.Series, field: str) -> None:
    batch.rejects.note_rows(meetings.filter(people.is_null()), field, MISSING)


def _told(
    batch: Batch, columns: list[pl.Series], measures: list[pl.Series], table: Table
) -> pl.DataFrame:
    """The rows that say anything, one per key."""
    frame = pl.DataFrame([*columns, *measures])
    told = frame.filter(pl.any_horizontal(pl.col(m.name).is_not_null() for m in measures))
    return _unique(batch, told, table, QOS_SUMMARY.endpoint)


def _unique(batch: Batch, frame: pl.DataFrame, table: Table, endpoint: str) -> pl.DataFrame:
    """One row per key, the later of two; those that differ are counted."""
    key = ["meeting", *table.key[1:]]
    different = frame.unique()
    for meeting, rows in _surplus(different, key).items():
        batch.rejects.note(meeting, endpoint, CONFLICT, values=rows)
    return frame.unique(subset=key, keep="last", maintain_order=True)


def _surplus(different: pl.DataFrame, key: list[str]) -> Mapping[int, int]:
    """By meeting, how many different rows there are more than keys."""
    counts = (
        different.group_by(key)
        .agg((pl.len().cast(pl.Int64) - 1).alias("more"))
        .group_by("meeting")
        .agg(pl.col("more").sum())
        .filter(pl.col("more") > 0)
    )
    return dict(counts.iter_rows())
