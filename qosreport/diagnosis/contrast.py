"""Two groups of connections compared, as if both had the same mix of sites and network types.

Direct standardisation to the mix of the group in question: the other group's rate is taken within
each cell of site and network type, and the cells are weighted as in the group in question. So that
group keeps its own rate, the one the reader sees, and a week with more people at home is not taken
for a worse network. Formulas: docs/scoring.md, "Change".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

CELL = ("site", "network_type")
LEAST_IN_CELL = 5
"""A cell with fewer connections in either group is pooled with other small ones."""

_PLACE = ("pooled", *CELL)
_SIZES = ("n_own", "n_other")
_CLUSTERS = ("meeting_uuid", "person_key")
_UNIT = 2.0**45


@dataclass(frozen=True)
class Contrasts:
    """What `contrast` found."""

    found: pl.DataFrame
    """One row per segment that has connections in the group in question."""
    unmatched: pl.DataFrame
    """One row per cell left out, since one of the two groups has nobody in it."""


def contrast(rows: pl.DataFrame) -> Contrasts:
    """The rates of two groups within each segment, and their difference.

    The standard error is of both groups together: what the people of one meeting share, and what
    one person brings to all of their meetings in both groups, is counted as what it is. Variances
    clustered by meeting and by person are added as Cameron, Gelbach and Miller (2011) do it, never
    less than by meeting alone. Residuals are from the cell's common rate, so that a cell with few
    connections is not taken for a sure one.

    Args:
        rows: Judged connections: `segment` (UInt32); `own` (Boolean: of the group in question);
            `site`, `network_type`; `meeting_uuid`, `person_key` (numbers instead of names); `poor`
            (Boolean). A connection may stand in several segments. `alone` (Boolean: the only row of
            its person in its meeting, in any segment) may be given, if it is known.

    Returns:
        `found`, sorted by segment: `segment`; `k_own`, `n_own`, `k_other`, `n_other`,
        `meetings_own`, `meetings_other` of the cells that both groups have (Int64); `covered_pct`
        (share of the group's connections in them); `rate_own`, `rate_other` (shares, the latter
        standardised), `difference`, `se` (Float64; null if no cell is shared), and `df`: degrees of
        freedom, the meetings of both groups less two, at least 1 (Int64).

        `unmatched`, sorted: `segment`, `site`, `network_type`, `pooled` (0: the cell itself; 1: the
        small sites of that network type; 2: all that is small), `n_own`, `n_other`.
    """
    if "alone" not in rows.columns:
        rows = rows.with_columns(alone=alone(["segment", *_CLUSTERS]))
    cells, members = _celled(rows)
    meetings = members.group_by("cell").agg(meetings=pl.col("meeting_uuid").n_unique())
    sized = cells.join(meetings.with_columns(pl.col("meetings").cast(pl.Int64)), on="cell")
    shared = (pl.min_horizontal(_SIZES) > 0) & (pl.col("meetings") > 1)
    matched = sized.filter(shared)
    spread = _spread(members, matched)
    found = _rates(cells, matched).join(spread, on="segment", how="left")
    found = found.with_columns(pl.col("meetings_own", "meetings_other").fill_null(0))
    unmatched = sized.filter(~shared).select("segment", *CELL, "pooled", *_SIZES)
    return Contrasts(
        found.sort("segment"), unmatched.sort("segment", "pooled", *CELL, nulls_last=True)
    )


def alone(key: Sequence[str] = _CLUSTERS) -> pl.Expr:
    """Whether a row is the only one with that key."""
    return pl.len().over(key) == 1


def _celled(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells with their sizes, and each connection's cell."""
    own, poor = pl.col("own"), pl.col("poor")
    counts = {"k_own": own & poor, "n_own": own, "k_other": ~own & poor, "n_other": ~own}
    small = rows.group_by("segment", *CELL).agg(
        **{name: which.sum().cast(pl.Int64) for name, which in counts.items()}
    )
    place = {f"{name}_as_is": name for name in CELL}
    placed = _placed(small.with_columns(**place))
    cells = placed.group_by("segment", *_PLACE).agg(pl.col(*counts).sum()).with_row_index("cell")
    numbers = placed.join(cells, on=["segment", *_PLACE], nulls_equal=True)
    members = rows.join(
        numbers.select("segment", *place, "cell"),
        left_on=["segment", *CELL],
        right_on=["segment", *place],
        nulls_equal=True,
    )
    return cells, members.select("segment", "cell", *_CLUSTERS, "own", "poor", "alone")


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


def _spread(members: pl.DataFrame, matched: pl.DataFrame) -> pl.DataFrame:
    """Per segment the meetings of each group, the standard error, and what it rests on."""
    meeting, person = (pl.col(name).cast(pl.UInt64) for name in _CLUSTERS)
    moved = members.join(_influences(matched), on="cell").select(
        "segment",
        "own",
        "alone",
        meeting=meeting,
        person=person,
        influence=pl.when("own")
        .then(pl.col("own_good") + pl.col("poor") * pl.col("own_step"))
        .otherwise(pl.col("other_good") + pl.col("poor") * pl.col("other_step")),
    )
    people = _span(moved, pl.col("person"))
    sides = {"own": pl.col("own").any(), "other": (~pl.col("own")).any()}
    by_meeting = _clusters(moved, pl.col("meeting"), **sides)
    found = by_meeting.group_by("segment").agg(
        meetings_own=pl.col("own").sum().cast(pl.Int64),
        meetings_other=pl.col("other").sum().cast(pl.Int64),
        meetings=pl.len().cast(pl.Int64),
        by_meeting=_variance(),
    )
    pair = pl.col("meeting") * people + pl.col("person")
    # Nearly every connection is the only one of its person in its meeting: no need to add it up.
    pairs = pl.concat(
        [
            moved.filter("alone").select("segment", "influence"),
            _clusters(moved.filter(~pl.col("alone")), pair).select("segment", "influence"),
        ]
    )
    for name, clusters in {
        "by_person": _clusters(moved, pl.col("person")),
        "by_pair": pairs,
    }.items():
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


def _clusters(moved: pl.DataFrame, which: pl.Expr, **more: pl.Expr) -> pl.DataFrame:
    """What each cluster of each segment moves the difference by."""
    # One number instead of two: grouping by it takes a third of the time.
    span = _span(moved, which)
    return (
        moved.group_by(key=pl.col("segment").cast(pl.UInt64) * span + which)
        .agg(pl.col("influence").sum(), **more)
        .with_columns(segment=(pl.col("key") // span).cast(pl.UInt32))
    )


def _span(rows: pl.DataFrame, number: pl.Expr) -> int:
    """One more than the greatest."""
    greatest: int | None = rows.select(number.max()).item()
    return 1 + (greatest or 0)


def _influences(matched: pl.DataFrame) -> pl.DataFrame:
    """By cell: what one good connection of each group moves the difference by, and a poor one more.

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
    return matched.select("cell", **whole)


def _variance() -> pl.Expr:
    """Sum of the squares of the clusters of a segment, in an order of its own."""
    return ((pl.col("influence") / _UNIT) ** 2).sort().sum()
