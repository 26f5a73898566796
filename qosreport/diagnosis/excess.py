"""Whether a segment is worse than elsewhere, and still is without its worst person."""

import polars as pl

from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.segments import PROPERTIES
from qosreport.scoring.policy import Stats

_SLACK = 1e-9


def excess(connections: pl.DataFrame, segment_id: str, stats: Stats) -> pl.DataFrame:
    """Each segment against everybody else, with and without the person it owes most to.

    An excess stands if the segment has enough connections to say, the lower bound of its rate is
    above the rate elsewhere, and the difference is as large as the policy asks (`min_effect_pp`,
    `min_ratio`). The worst person is who has most poor connections there (then most harmed minutes,
    then the first by key).

    Args:
        connections: As of `connections`.
        segment_id: One of `segments.PROPERTIES`.
        stats: Minimums, confidence and marks of the policy.

    Returns:
        One row per name, sorted, null last: `name`; `k`, `n`, `pct`, `low_pct`; `enough` (Boolean:
        as of `rate_by`); `elsewhere_pct`
        (null if there is nobody else) and `excess_pp`; `worst_person`, `worst_k`, `worst_n` (null
        if nothing was poor); `without_pct`, `without_excess_pp` (without that person; null if
        nobody is left); `stands`, `survives` (Boolean; the latter: without that person, too).
    """
    columns = ["person_key", "meeting_uuid", "judged", "poor", "harmed_minutes"]
    rows = connections.select(*columns, name=PROPERTIES[segment_id])
    least = Minimums(stats.min_sessions, stats.min_meetings, stats.confidence)
    worst = _worst(rows)
    rest = rows.join(worst, on=["name", "person_key"], how="anti", nulls_equal=True)
    rates = rate_by(rows, ["name"], least, k="poor", n="judged")
    without = rate_by(rest, ["name"], least, k="poor", n="judged").select(
        "name", without_pct="pct", without_low_pct="low_pct"
    )
    all_k, all_n = pl.col("k").sum(), pl.col("n").sum()
    elsewhere = 100 * (all_k - pl.col("k")) / (all_n - pl.col("n"))
    table = rates.with_columns(elsewhere_pct=pl.when(all_n > pl.col("n")).then(elsewhere))
    for more in (worst.rename({"person_key": "worst_person"}), without):
        table = table.join(more, on="name", how="left", nulls_equal=True, maintain_order="left")
    stands = pl.col("enough") & _is_more("pct", "low_pct", stats)
    return table.select(
        *("name", "k", "n", "pct", "low_pct", "enough", "elsewhere_pct"),
        *("worst_person", "worst_k", "worst_n", "without_pct"),
        excess_pp=pl.col("pct") - pl.col("elsewhere_pct"),
        without_excess_pp=pl.col("without_pct") - pl.col("elsewhere_pct"),
        stands=stands,
        survives=stands & _is_more("without_pct", "without_low_pct", stats),
    )


def _worst(rows: pl.DataFrame) -> pl.DataFrame:
    """Per name the person with most poor connections; none where nothing was poor."""
    return (
        rows.group_by("name", "person_key")
        .agg(
            worst_k=pl.col("poor").sum().cast(pl.Int64),
            worst_n=pl.col("judged").sum().cast(pl.Int64),
            harm=pl.col("harmed_minutes").sum(),
        )
        .filter(pl.col("worst_k") > 0)
        .sort("worst_k", "harm", "person_key", descending=[True, True, False])
        .unique("name", keep="first", maintain_order=True)
        .drop("harm")
    )


def _is_more(rate: str, low: str, stats: Stats) -> pl.Expr:
    """Surely and by enough above the rate elsewhere; never where one of them is unknown."""
    elsewhere = pl.col("elsewhere_pct")
    return (
        (pl.col(low) > elsewhere)
        & (pl.col(rate) - elsewhere >= stats.min_effect_pp - _SLACK)
        & (pl.col(rate) >= stats.min_ratio * elsewhere - _SLACK)
    ).fill_null(value=False)
