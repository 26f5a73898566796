"""What could not be read, counted by meeting, field, rule and shape; never the value itself."""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from qosreport.tables import REJECTS
from qosreport.zoom.parse.columns import Column

MISSING = "missing"
"""A record without what identifies it: user id, or time."""
WAITING_ROOM = "waiting-room"
"""A stay in the waiting room, which is no part of the meeting."""
CONFLICT = "conflict"
"""Two records of the same key that differ; the later one is kept."""
UNKNOWN_KEY = "unknown-key"
"""A key that Zoom does not document."""
WRONG_TYPE = "wrong-type"
"""A list, object or word where Zoom documents another kind of value."""
BAD_ENCODING = "bad-encoding"
"""Bytes that are not the UTF-8 they should be."""

_KEY = ("meeting", "field", "rule", "shape")
_EMPTY = {
    "meeting": pl.UInt32,
    "field": pl.String,
    "rule": pl.String,
    "shape": pl.String,
    "values": pl.Int64,
}


class Rejects:
    """Gathers rejects while pages are read; meetings go by their place in the batch."""

    def __init__(self) -> None:
        self._single: Counter[tuple[int, str, str, str]] = Counter()
        self._frames: list[pl.DataFrame] = []

    def note(self, meeting: int, field: str, rule: str, shape: str = "", values: int = 1) -> None:
        """Count one reject, or several alike."""
        self._single[meeting, field, rule, shape] += values

    def note_unread(
        self, unread: pl.DataFrame, meetings: pl.Series, field: str, stems: pl.Series | None = None
    ) -> None:
        """Count the unread texts of a column (`values.Column.unread`).

        Args:
            unread: One row per text: row, rule, shape.
            meetings: The meeting of each row of the column.
            field: The field, or its part after the dot where `stems` are given.
            stems: The part before the dot, for each row of the column.
        """
        if unread.is_empty():
            return
        rows = unread["row"]
        fields = pl.Series([field]).new_from_index(0, len(rows))
        if stems is not None:
            fields = stems[rows].cast(pl.String) + "." + fields
        self._frames.append(
            unread.select(meetings[rows].alias("meeting"), fields.alias("field"), "rule", "shape")
            .group_by(_KEY)
            .agg(pl.len().cast(pl.Int64).alias("values"))
        )

    def note_missing(self, column: Column, meetings: pl.Series, field: str) -> None:
        """Count the blank texts of a column that must not be blank."""
        blank = column.values.is_null().scatter(column.unread["row"], values=False)
        self.note_rows(meetings.filter(blank), field, MISSING)

    def note_rows(self, meetings: pl.Series, field: str, rule: str) -> None:
        """Count one reject for each meeting given."""
        for meeting, count in meetings.value_counts().iter_rows():
            self.note(meeting, field, rule, values=count)

    def table(self, uuids: Sequence[str], broken: Sequence[int]) -> pl.DataFrame:
        """The table of rejects, without those of broken meetings."""
        single = pl.DataFrame(
            [(*key, count) for key, count in self._single.items()], schema=_EMPTY, orient="row"
        )
        names = pl.Series(list(uuids), dtype=pl.String)
        frames = [single, *(frame.select(_EMPTY.keys()) for frame in self._frames)]
        everything = (
            pl.concat(frames)
            .filter(~pl.col("meeting").is_in(pl.Series(broken, dtype=pl.UInt32).implode()))
            .group_by(_KEY)
            .agg(pl.col("values").sum())
        )
        named = everything.with_columns(names[everything["meeting"]].alias("meeting_uuid"))
        return REJECTS.conform(named).sort(REJECTS.key)
