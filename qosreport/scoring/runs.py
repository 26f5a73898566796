"""Runs of consecutive minutes."""

from collections.abc import Sequence

import polars as pl

from qosreport.scoring.keys import MINUTE_NUMBER


def longest_runs(minutes: pl.LazyFrame, by: Sequence[str], name: str) -> pl.LazyFrame:
    """The longest run of consecutive minute stamps of each group; a gap breaks a run.

    Args:
        minutes: One row per group and minute that counts, in any order.
        by: The groups.
        name: The result's column, Int64.
    """
    return longest_sorted_runs(
        minutes.select(*by, MINUTE_NUMBER).sort(*by, MINUTE_NUMBER), by, name
    )


def longest_sorted_runs(minutes: pl.LazyFrame, by: Sequence[str], name: str) -> pl.LazyFrame:
    """As `longest_runs`, of minutes sorted by group and minute."""
    # Counting on, a minute number and its row number grow alike within a run and only there.
    run = pl.col(MINUTE_NUMBER) - pl.int_range(pl.len(), dtype=pl.Int32)
    return (
        minutes.select(*by, MINUTE_NUMBER)
        .with_columns(run.alias("__run"))
        .group_by(*by, "__run")
        .agg(pl.len().cast(pl.Int64).alias(name))
        .group_by(by)
        .agg(pl.col(name).max())
    )
