"""Connections added up by cell and meeting, and by cell and person, before they are compared.

Weeks are compared more than once and by many properties. Whoever goes through their connections
once, and adds up what is alike, has few rows left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

CELL = ("site", "network_type")
"""What the mix is of; with the segment it makes a cell."""
_SUMS = ("n", "k")


@dataclass(frozen=True)
class Tally:
    """Connections by cell: all frames but `cells` have `cell`, `side`, `n` and `k` (poor ones).

    Those with `cluster`, a number that is of one segment only, are sorted by it.
    """

    cells: pl.DataFrame
    """`segment` and the columns of `CELL`; a cell is a row of this one."""
    meetings: pl.DataFrame
    """A cluster is a meeting in a segment."""
    people: pl.DataFrame
    """A cluster is a person in a segment."""
    pairs: pl.DataFrame
    """A cluster is a person in a meeting, joined more than once, in a segment."""
    single: pl.DataFrame
    """All connections not in `pairs`: each is a cluster of its own."""

    def within(self, side: int) -> "Tally":
        """Without the sides beyond."""
        near = pl.col("side") <= side
        frames = (self.meetings, self.people, self.pairs, self.single)
        return Tally(self.cells, *(frame.filter(near) for frame in frames))

    def others(self) -> pl.DataFrame:
        """All but side 0 by `segment` and `meeting_uuid` (a number): n and k."""
        rows = self.meetings.filter(pl.col("side") > 0)
        segment = self.cells["segment"].gather(rows["cell"])
        return rows.select("n", "k", segment=segment, meeting_uuid="cluster")


def tally(rows: pl.DataFrame, segments: Sequence[str]) -> Tally:
    """Add up connections.

    Args:
        rows: Judged connections: `side` (a small number; 0: the group in question); the columns of
            `CELL`; `meeting`, `person` (numbers instead of names); `poor` (Boolean); and the
            columns of `segments`.
        segments: Columns with the number of the segment that the connection is in, or null. A
            number belongs to one column only.
    """
    places = rows.select(CELL).unique().sort(CELL, nulls_last=True).with_row_index("place")
    numbered = rows.join(places, on=CELL, nulls_equal=True).select(
        "side", "place", "meeting", "person", *segments,
        n=pl.lit(1, pl.UInt32), k=pl.col("poor").cast(pl.UInt32),
    )  # fmt: skip
    pair = pl.struct("meeting", "person")
    again = numbered.select(pair.is_duplicated()).to_series()
    # Who is in many meetings mostly is at the same place, with the same machine.
    alike = ["side", "place", *segments]
    people = numbered.group_by("person", *alike).agg(pl.col(_SUMS).sum())
    single = numbered.filter(~again).group_by(alike).agg(pl.col(_SUMS).sum())
    numbers = {
        "meeting": numbered,
        "person": people,
        "pair": numbered.filter(again).with_columns(pair=pair.rank("dense")),
        "nobody": single.with_columns(nobody=pl.lit(0, pl.UInt32)),
    }
    found = [
        _added_up(frame.rename({one: "cluster"}), segments, places.height)
        for one, frame in numbers.items()
    ]
    many = max(_span(rows[one]) for one in segments)
    every = pl.DataFrame({"segment": pl.int_range(many, dtype=pl.UInt32, eager=True)})
    return Tally(every.join(places.drop("place"), how="cross", maintain_order="left_right"), *found)


def _added_up(rows: pl.DataFrame, segments: Sequence[str], places: int) -> pl.DataFrame:
    """Sums by cell, cluster and side, for every column of segments."""
    clusters, sides = (_span(rows[one]) for one in ("cluster", "side"))
    places = max(1, places)
    segment, place, cluster, side = (
        pl.col(one).cast(pl.UInt64) for one in ("segment", "place", "cluster", "side")
    )
    # One number instead of four, and sorted: to group by it takes a tenth of the time.
    key = ((segment * clusters + cluster) * places + place) * sides + side
    parts = [
        rows.select("cluster", "place", "side", *_SUMS, segment=one)
        .drop_nulls("segment")
        .select(*_SUMS, key=key)
        .sort("key")
        .group_by("key", maintain_order=True)
        .agg(pl.col(_SUMS).sum())
        for one in segments
    ]
    key = pl.col("key")
    cluster, place = key // (sides * places), key // sides % places
    return pl.concat(parts).select(
        cell=(cluster // clusters * places + place).cast(pl.UInt32),
        cluster=cluster,
        side=(key % sides).cast(pl.UInt8),
        n=pl.col("n").cast(pl.Int64),
        k=pl.col("k").cast(pl.Int64),
    )


def _span(numbers: pl.Series) -> int:
    """One more than the greatest; 1 of none."""
    greatest = numbers.max()
    return 1 + greatest if isinstance(greatest, int) else 1
