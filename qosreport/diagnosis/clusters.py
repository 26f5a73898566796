"""Rates of groups of connections, in per cent, with the word on whether they may be printed."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.rates import clustered_rates


@dataclass(frozen=True)
class Minimums:
    """How much it takes before a rate is printed, and how sure its interval is."""

    sessions: int
    meetings: int
    confidence: float
    """Of the interval, as a share."""


def rate_by(
    rows: pl.DataFrame,
    by: Sequence[str],
    minimums: Minimums,
    *,
    k: str,
    n: str,
    sessions: str | None = None,
) -> pl.DataFrame:
    """Rates clustered by meeting (`rates.clustered_rates`): one row per group, sorted by it.

    Args:
        rows: Any number of rows per group and meeting, with `meeting_uuid`.
        by: The columns that make a group; none is one group, even of no rows.
        minimums: What `enough` is measured by.
        k: Column of cases, integer or Boolean.
        n: Column of how many they are out of.
        sessions: Column of how many connections a row stands for; by default a row is one
            connection if it has anything to count.

    Returns:
        The columns of `by`; `k`, `n`, `meetings`, `sessions` (Int64); `pct`, `low_pct`, `high_pct`
        (Float64, null when n is 0); `enough` (Boolean).
    """
    counted = (pl.col(n).cast(pl.Int64) > 0) if sessions is None else pl.col(sessions)
    found = clustered_rates(
        rows, by, k=k, n=n, confidence=minimums.confidence, sums={"sessions": counted}
    ).collect()
    enough = (pl.col("sessions") >= minimums.sessions) & (pl.col("meetings") >= minimums.meetings)
    percentages = {"pct": "rate", "low_pct": "low", "high_pct": "high"}
    return found.select(
        *by,
        *("k", "n", "meetings", "sessions"),
        *((100 * pl.col(share)).alias(name) for name, share in percentages.items()),
        enough=enough,
    )
