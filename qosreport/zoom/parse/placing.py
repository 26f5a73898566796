"""Samples given their joins: which row of streams and devices belongs to whom and when."""

from dataclasses import dataclass

import polars as pl

from qosreport.zoom.parse.batch import Batch
from qosreport.zoom.parse.forms import STREAMS
from qosreport.zoom.parse.rejects import CONFLICT
from qosreport.zoom.parse.sessions import Sessions

_SESSION_COLUMNS = ("session_id", "meeting_uuid", "user_id", "join_time", "session", "meeting")
_ROOM = 32
"""More than there are streams: instant and stream make one sortable number."""


@dataclass(frozen=True)
class Placed:
    """Instants of joins at which samples were taken, in the order of the tables."""

    instants: pl.DataFrame
    """One row per join and instant: its session, sampled_at; by session_id, then time."""
    of_sample: pl.Series
    """For each sample the place of its instant, null where it has none."""
    page_of_sample: pl.Series


def place_samples(samples: pl.DataFrame, sessions: Sessions) -> Placed:
    """Sort out which samples are of the same join and instant.

    Samples without instant or of entries without join have no place: both are counted already.
    """
    session = sessions.of_entry[samples["entry"]]
    ordered = (
        pl.LazyFrame(
            {
                "session_id": sessions.table["session_id"][session],
                "session": session,
                "sampled_at": samples["sampled_at"],
            }
        )
        .with_row_index("sample")
        .drop_nulls(["session", "sampled_at"])
        .sort("session_id", "sampled_at")
        .with_columns(
            new=pl.any_horizontal(
                pl.col("session") != pl.col("session").shift(),
                pl.col("sampled_at") != pl.col("sampled_at").shift(),
            ).fill_null(value=True)
        )
        .with_columns(place=pl.col("new").cum_sum().cast(pl.Int64) - 1)
        .collect(engine="in-memory")
    )
    first = ordered.select("session", "sampled_at")[ordered["new"].arg_true()]
    joins = sessions.table.select(_SESSION_COLUMNS)[first["session"]]
    nowhere = pl.Series([None], dtype=pl.Int64).new_from_index(0, samples.height)
    return Placed(
        joins.hstack([first["sampled_at"]]),
        nowhere.scatter(ordered["sample"], ordered["place"]),
        samples["page"],
    )


def place_rows(batch: Batch, rows: pl.DataFrame, placed: Placed) -> pl.DataFrame:
    """Rows with the join and instant of their samples, in the order of the tables.

    Args:
        batch: Whose rejects count rows of the same join, instant and stream that differ.
        rows: `sample`, for streams `stream`, and the measures.
        placed: Where samples belong.
    """
    stream = rows["stream"].cast(pl.Int64) if "stream" in rows.columns else 0
    key = (placed.of_sample[rows["sample"]] * _ROOM + stream).alias("key")
    order = key.arg_sort(nulls_last=True).head(len(key) - key.null_count())
    keyed = rows.hstack([key])[order]
    if (keyed["key"].diff() == 0).any():
        keyed = _latest(batch, keyed, placed)
    joins = placed.instants[keyed["key"] // _ROOM]
    measures = [column for column in keyed if column.name not in {"sample", "key"}]
    return joins.hstack(measures)


def _latest(batch: Batch, keyed: pl.DataFrame, placed: Placed) -> pl.DataFrame:
    """Of rows with the same key the one from the later page; those that differ are counted."""
    different = keyed.drop("sample").unique().group_by("key").agg(pl.len().alias("rows"))
    for key, rows in different.filter(pl.col("rows") > 1).iter_rows():
        name = STREAMS[key % _ROOM].key if "stream" in keyed.columns else "cpu_usage"
        meeting = placed.instants["meeting"][key // _ROOM]
        batch.rejects.note(meeting, name, CONFLICT, values=int(rows) - 1)
    page = placed.page_of_sample[keyed["sample"]].alias("page")
    return (
        keyed.with_columns(page)
        .sort("key", "page", "sample")
        .unique(subset="key", keep="last", maintain_order=True)
        .drop("page")
    )
