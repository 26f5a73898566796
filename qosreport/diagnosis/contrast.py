"""Two groups of connections compared, as if both had the same mix of sites and network types.

Direct standardisation to the mix of the group in question: the other group's rate is taken within
each cell of site and network type, and the cells are weighted as in the group in question. So that
group keeps its own rate, the one the reader sees, and a week with more people at home is not taken
for a worse network. Formulas: docs/scoring.md, "Change".
"""

from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.tally import CELL, Tally

LEAST_IN_CELL = 5
"""A cell with fewer connections in either group is pooled with other small ones."""

_PLACE = ("pooled", *CELL)
_SIZES = ("n_own", "n_other")
_OWN = pl.col("side") == 0
_UNIT = 2.0**45


@dataclass(frozen=True)
class Contrasts:
    """What `contrast` found."""

    found: pl.DataFrame
    """One row per segment that has connections in the group in question."""
    unmatched: pl.DataFrame
    """One row per cell left out, since one of the two groups has nobody in it."""


def contrast(tally: Tally) -> Contrasts:
    """The rates of two groups within each segment, and their difference.

    The standard error is of both groups together: what the people of one meeting share, and what
    one person brings to all of their meetings in both groups, is counted as what it is. Variances
    clustered by meeting and by person are added as Cameron, Gelbach and Miller (2011) do it, never
    less than by meeting alone. Residuals are from the cell's common rate, so that a cell with few
    connections is not taken for a sure one.

    Args:
        tally: Judged connections; side 0 is the group in question, the others are the other group.

    Returns:
        `found`, sorted by segment: `segment`; `k_own`, `n_own`, `k_other`, `n_other`,
        `meetings_own`, `meetings_other` of the cells that both groups have (Int64); `covered_pct`
        (share of the group's connections in them); `rate_own`, `rate_other` (shares, the latter
        standardised), `difference`, `se` (Float64; null if no cell is shared), and `df`: degrees of
        freedom, the meetings of both groups less two, at least 1 (Int64).

        `unmatched`, sorted: `segment`, `site`, `network_type`, `pooled` (0: the cell itself; 1: the
        small sites of that network type; 2: all that is small), `n_own`, `n_other`.
    """
    pools, of_cell = _pooled(tally)
    by_meeting = tally.meetings.select("cluster", pool=of_cell.gather(tally.meetings["cell"]))
    meetings = by_meeting.group_by("pool").agg(meetings=pl.col("cluster").n_unique().cast(pl.Int64))
    sized = pools.join(meetings, on="pool")
    shared = (pl.min_horizontal(_SIZES) > 0) & (pl.col("meetings") > 1)
    matched = sized.filter(shared)
    spread = _spread(tally, _Moves.of(of_cell, _influences(matched)))
    found = _rates(pools, matched).join(spread, on="segment", how="left")
    found = found.with_columns(pl.col("meetings_own", "meetings_other").fill_null(0))
    unmatched = sized.filter(~shared).select("segment", *CELL, "pooled", *_SIZES)
    return Contrasts(
        found.sort("segment"), unmatched.sort("segment", "pooled", *CELL, nulls_last=True)
    )


def _pooled(tally: Tally) -> tuple[pl.DataFrame, pl.Series]:
    """The cells with small ones pooled, and their sizes; and of every cell its `pool`."""
    counts = {
        f"{what}_{whose}": pl.col(what).filter(which).sum()
        for whose, which in {"own": _OWN, "other": ~_OWN}.items()
        for what in ("k", "n")
    }
    cells = tally.cells.with_row_index("cell")
    placed = _placed(tally.people.group_by("cell").agg(**counts).join(cells, on="cell"))
    pools = placed.group_by("segment", *_PLACE).agg(pl.col(*counts).sum()).with_row_index("pool")
    members = placed.join(pools, on=["segment", *_PLACE], nulls_equal=True)
    of_cell = cells.join(
        members.select("cell", "pool"), on="cell", how="left", maintain_order="left"
    )
    return pools, of_cell["pool"]


def _placed(cells: pl.DataFrame) -> pl.DataFrame:
    """Small cells are pooled by network type, or else altogether."""
    least, most = pl.min_horizontal(_SIZES), pl.max_horizontal(_SIZES)
    stands = (least >= LEAST_IN_CELL) | ((least == 0) & (most >= LEAST_IN_CELL))
    small = [pl.col(size).filter(~stands).sum().over("segment", "network_type") for size in _SIZES]
    pooled = (
        pl.when(stands).then(0).when(pl.min_horizontal(small) >= LEAST_IN_CELL).then(1).otherwise(2)
    )
    return cells.with_columns(pooled=pooled).with_columns(
        site=pl.when(pl.col("pooled") == 0).then("site"),
        network_type=pl.when(pl.col("pooled") < 2).then("network_type"),
    )


def _rates(cells: pl.DataFrame, matched: pl.DataFrame) -> pl.DataFrame:
    """The rates of both groups, over the cells that both have."""
    counts = ("k_own", "n_own", "k_other", "n_other")
    # Each of the other group counts as often as it takes to have this group's mix.
    expected = (pl.col("k_other") * pl.col("n_own") / pl.col("n_other")).sort().sum()
    sums = matched.group_by("segment").agg(pl.col(counts).sum(), expected=expected)
    everyone = cells.group_by("segment").agg(everyone=pl.col("n_own").sum())
    return (
        everyone.filter(pl.col("everyone") > 0)
        .join(sums, on="segment", how="left")
        .with_columns(pl.col(counts).fill_null(0))
        .select(
            "segment",
            *counts,
            covered_pct=100 * pl.col("n_own") / pl.col("everyone"),
            rate_own=pl.when(pl.col("n_own") > 0).then(pl.col("k_own") / pl.col("n_own")),
            rate_other=pl.col("expected") / pl.col("n_own"),
        )
        .with_columns(difference=pl.col("rate_own") - pl.col("rate_other"))
    )


@dataclass(frozen=True)
class _Moves:
    """What one connection moves the difference by; by cell, first of this group, then the other."""

    good: pl.Series
    step: pl.Series
    """How much more a poor one does."""

    @classmethod
    def of(cls, pool_of_cell: pl.Series, influences: pl.DataFrame) -> "_Moves":
        """Of the influences by pool; null in pools that are not compared."""
        every = pool_of_cell.to_frame("pool").join(
            influences, on="pool", how="left", maintain_order="left"
        )
        good, step = (
            pl.concat([every[f"own_{one}"], every[f"other_{one}"]]) for one in ("good", "step")
        )
        return cls(good, step)

    def by(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of compared cells, with `good` and `step`."""
        place = pl.col("cell") + pl.when(_OWN).then(0).otherwise(self.good.len() // 2)
        at = rows.select(place).to_series()
        return rows.with_columns(good=self.good.gather(at), step=self.step.gather(at)).drop_nulls(
            "good"
        )


def _spread(tally: Tally, moves: _Moves) -> pl.DataFrame:
    """Per segment the meetings of each group, the standard error, and what it rests on."""
    segments = tally.cells["segment"]
    by_meeting = _clusters(moves.by(tally.meetings), segments)
    found = by_meeting.group_by("segment").agg(
        meetings_own=pl.col("own").sum().cast(pl.Int64),
        meetings_other=pl.col("other").sum().cast(pl.Int64),
        meetings=pl.len().cast(pl.Int64),
        by_meeting=_variance(),
    )
    by_person = _clusters(moves.by(tally.people), segments)
    by_pair = pl.concat(
        [_clusters(moves.by(tally.pairs), segments), *_each(moves.by(tally.single), segments)],
        how="diagonal",
    )
    for name, clusters in {"by_person": by_person, "by_pair": by_pair}.items():
        variance = clusters.group_by("segment").agg(_variance().alias(name))
        found = found.join(variance, on="segment")
    both = pl.col("by_meeting") + pl.col("by_person") - pl.col("by_pair")
    return found.select(
        "segment",
        "meetings_own",
        "meetings_other",
        se=pl.max_horizontal("by_meeting", both).sqrt(),
        df=(pl.col("meetings") - 2).clip(lower_bound=1),
    )


def _clusters(rows: pl.DataFrame, segments: pl.Series) -> pl.DataFrame:
    """What each cluster moves the difference by: one row each; the rows are in their order."""
    influence = (pl.col("n") * pl.col("good") + pl.col("k") * pl.col("step")).sum()
    found = (
        rows.set_sorted("cluster")
        .group_by("cluster", maintain_order=True)
        .agg(pl.col("cell").first(), influence=influence, own=_OWN.any(), other=(~_OWN).any())
    )
    return found.with_columns(segment=segments.gather(found["cell"]), times=pl.lit(1, pl.Int64))


def _each(rows: pl.DataFrame, segments: pl.Series) -> list[pl.DataFrame]:
    """What single connections move the difference by, and how many of them do so."""
    good, poor = pl.col("good"), pl.col("good") + pl.col("step")
    own = rows.with_columns(segment=segments.gather(rows["cell"]))
    return [
        own.select("segment", influence=influence, times=times)
        for influence, times in ((good, pl.col("n") - pl.col("k")), (poor, pl.col("k")))
    ]


def _influences(matched: pl.DataFrame) -> pl.DataFrame:
    """By pool: what one good connection of each group moves the difference by, and a poor one more.

    In whole units of 1 / `_UNIT`, so that sums do not depend on their order.
    """
    common = (pl.col("k_own") + pl.col("k_other")) / (pl.col("n_own") + pl.col("n_other"))
    # A common rate fitted to m meetings leaves them closer together than they are.
    correction = (pl.col("meetings") / (pl.col("meetings") - 1)).sqrt()
    own = correction / pl.col("n_own").sum().over("segment")
    other = -own * pl.col("n_own") / pl.col("n_other")
    moves = {
        "own_good": -own * common,
        "own_step": own,
        "other_good": -other * common,
        "other_step": other,
    }
    whole = {name: (_UNIT * move).round().cast(pl.Int64) for name, move in moves.items()}
    return matched.select("pool", **whole)


def _variance() -> pl.Expr:
    """Sum of the squares of the clusters of a segment, in an order of its own."""
    return (pl.col("times") * (pl.col("influence") / _UNIT) ** 2).sort().sum()
