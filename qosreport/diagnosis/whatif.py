"""What other rules would judge differently: the bands by one policy against those by another."""

import polars as pl

from qosreport.tables import BAND


def moves(before: pl.DataFrame, after: pl.DataFrame, key: str) -> pl.DataFrame:
    """Each thing's band by two policies.

    Args:
        before: `key` and `band`, by the usual policy.
        after: The same things by the other.
        key: What names a thing: meeting_uuid or session_id.

    Returns:
        One row per thing, sorted by key: the key, `before`, `after` (Enum of bands). A thing that
        one of them does not know is Unscored there.
    """
    both = before.select(key, pl.col("band").alias("before")).join(
        after.select(key, pl.col("band").alias("after")), on=key, how="full", coalesce=True
    )
    return both.with_columns(
        pl.col("before", "after").cast(BAND).fill_null(pl.lit("Unscored", BAND))
    ).sort(key)


def counted(moved: pl.DataFrame) -> pl.DataFrame:
    """`moves` counted: one row per pair of bands that occurs, sorted: before, after, count."""
    return (
        moved.group_by("before", "after").agg(pl.len().alias("count")).sort("before", "after")
    )  # fmt: skip
