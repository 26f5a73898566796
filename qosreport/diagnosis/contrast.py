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
        rows: Judged connections: `segment` (integer); `own` (Boolean: of the group in question);
            `site`, `network_type`, `meeting_uuid`, `person_key`, `poor` (Boolean). A connection may
            stand in several segments.

    Returns:
        `found`, sorted by segment: `segment`; `k_own`, `n_own`, `meetings_own` and `k_other`,
        `n_other`, `meetings_other` of the cells that both groups have (Int64); `covered_pct` (share
        of the group's connections in them); `rate_own`, `rate_other` (shares, the latter
        standardised), `difference`, `se` (Float64; null if no cell is shared), and `df`: degrees of
        freedom, the meetings of both groups less two, at least 1 (Int64).

        `unmatched`, sorted: `segment`, `site`, `network_type`, `pooled` (0: the cell itself; 1: the
        small sites of that network type; 2: all that is small), `n_own`, `n_other`.
    """
    cells = _sized(_placed(_tallies(rows)))
    shared = (pl.min_horizontal(_SIZES) > 0) & (pl.col("meetings") > 1)
    matched = cells.filter(shared)
    found = _differences(cells, matched).join(_spread(matched), on="segment", how="left")
    unmatched = cells.filter(~shared).select("segment", *CELL, "pooled", *_SIZES).unique()
    return Contrasts(
        found.sort("segment"),
        unmatched.sort("segment", "pooled", *CELL, nulls_last=True),
    )


def _tallies(rows: pl.DataFrame) -> pl.DataFrame:
    """Counts by group, cell, meeting and person; sorted, so that sums do not depend on order."""
    key = ["segment", "own", *CELL, *_CLUSTERS]
    return (
        rows.group_by(key)
        .agg(k=pl.col("poor").sum().cast(pl.Int64), n=pl.len().cast(pl.Int64))
        .sort(key, nulls_last=True)
    )


def _of(group: str, what: str) -> pl.Expr:
    own = pl.col("own") if group == "own" else ~pl.col("own")
    return pl.col(what).filter(own).sum()


def _placed(tallies: pl.DataFrame) -> pl.DataFrame:
    """Each tally with its cell; small cells are pooled by network type, or else altogether."""
    sizes = {size: _of(size.removeprefix("n_"), "n") for size in _SIZES}
    cells = tallies.group_by("segment", *CELL).agg(**sizes)
    least, most = pl.min_horizontal(_SIZES), pl.max_horizontal(_SIZES)
    stands = (least >= LEAST_IN_CELL) | ((least == 0) & (most >= LEAST_IN_CELL))
    small = [pl.col(size).filter(~stands).sum().over("segment", "network_type") for size in _SIZES]
    pooled = (
        pl.when(stands).then(0).when(pl.min_horizontal(small) >= LEAST_IN_CELL).then(1).otherwise(2)
    )
    cells = cells.select("segment", *CELL, pooled=pooled)
    return tallies.join(
        cells, on=["segment", *CELL], nulls_equal=True, maintain_order="left"
    ).with_columns(
        site=pl.when(pl.col("pooled") == 0).then("site"),
        network_type=pl.when(pl.col("pooled") < 2).then("network_type"),
    )


def _sized(tallies: pl.DataFrame) -> pl.DataFrame:
    """Each tally with the sizes and the common rate of its cell."""
    cells = tallies.group_by("segment", *_PLACE).agg(
        n_own=_of("own", "n"),
        n_other=_of("other", "n"),
        meetings=pl.col("meeting_uuid").n_unique().cast(pl.Int64),
        common=pl.col("k").sum() / pl.col("n").sum(),
    )
    return tallies.join(cells, on=["segment", *_PLACE], nulls_equal=True, maintain_order="left")


def _differences(cells: pl.DataFrame, matched: pl.DataFrame) -> pl.DataFrame:
    """The rates of both groups, over the cells that both have."""
    meetings = pl.col("meeting_uuid")
    counts = {
        "k_own": _of("own", "k"),
        "n_own": _of("own", "n"),
        "meetings_own": meetings.filter(pl.col("own")).n_unique().cast(pl.Int64),
        "k_other": _of("other", "k"),
        "n_other": _of("other", "n"),
        "meetings_other": meetings.filter(~pl.col("own")).n_unique().cast(pl.Int64),
    }
    # Each of the other group counts as often as it takes to have this group's mix.
    expected = (pl.col("k") * pl.col("n_own") / pl.col("n_other")).filter(~pl.col("own")).sum()
    sums = matched.group_by("segment", maintain_order=True).agg(**counts, expected=expected)
    everyone = cells.group_by("segment").agg(everyone=_of("own", "n"))
    return (
        everyone.filter(pl.col("everyone") > 0)
        .join(sums, on="segment", how="left")
        .with_columns(pl.col(*counts).fill_null(0))
        .select(
            "segment",
            *counts,
            covered_pct=100 * pl.col("n_own") / pl.col("everyone"),
            rate_own=pl.when(pl.col("n_own") > 0).then(pl.col("k_own") / pl.col("n_own")),
            rate_other=pl.col("expected") / pl.col("n_own"),
        )
        .with_columns(difference=pl.col("rate_own") - pl.col("rate_other"))
    )


def _spread(matched: pl.DataFrame) -> pl.DataFrame:
    """Per segment the standard error of the difference, and what it rests on."""
    whole = pl.col("n").filter(pl.col("own")).sum().over("segment")
    # A common rate fitted to m meetings leaves them closer together than they are.
    correction = (pl.col("meetings") / (pl.col("meetings") - 1)).sqrt()
    residual = (pl.col("k") - pl.col("n") * pl.col("common")) * correction / whole
    weight = pl.when("own").then(1.0).otherwise(-pl.col("n_own") / pl.col("n_other"))
    influence = matched.select("segment", *_CLUSTERS, influence=residual * weight)
    found = _variance(influence, _CLUSTERS, "pairs")
    for cluster, name in zip(_CLUSTERS, ("meetings", "people"), strict=True):
        own = _variance(influence, [cluster], name)
        found = found.join(own, on="segment")
    by_meeting = pl.col("variance_meetings")
    both = by_meeting + pl.col("variance_people") - pl.col("variance_pairs")
    return found.select(
        "segment",
        se=pl.max_horizontal(by_meeting, both).sqrt(),
        df=(pl.col("meetings") - 2).clip(lower_bound=1),
    )


def _variance(influence: pl.DataFrame, by: Sequence[str], name: str) -> pl.DataFrame:
    """Per segment the sum of squares over clusters, and how many clusters there are."""
    clusters = influence.group_by("segment", *by, maintain_order=True).agg(
        pl.col("influence").sum()
    )
    return clusters.group_by("segment", maintain_order=True).agg(
        (pl.col("influence") ** 2).sum().alias(f"variance_{name}"),
        pl.len().cast(pl.Int64).alias(name),
    )
