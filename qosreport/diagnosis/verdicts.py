"""From two compared rates to a word: worse, better, no detectable change, or too few to say."""

import polars as pl

from qosreport.diagnosis.rates import benjamini_hochberg
from qosreport.diagnosis.student import quantile, two_sided_p
from qosreport.scoring.policy import Stats

LEAST_EVENTS = 5
"""Poor connections that both sides must have before a difference is tested."""

WORSE, BETTER, SAME, TOO_FEW = "worse", "better", "no_detectable_change", "too_few"
REASONS = (
    "no_earlier_week",
    "not_there_before",
    "few_now",
    "few_before",
    "mix_differs",
    "few_events",
)
"""Why there are too few, in the order in which they are looked at."""

_SLACK = 1e-9


def judged(compared: pl.DataFrame, stats: Stats, *, any_earlier: bool) -> pl.DataFrame:
    """Differences in percentage points, tested as one family, with the word on each.

    Args:
        compared: One row per segment: `kind`, `name`, `own_pct`, `own_enough`; of the other side
            `k`, `n`, `meetings`, `pct`, `low_pct`, `high_pct` as in `rate_by`; and the columns of
            `contrast`; null where there is nothing to compare.
        stats: Minimums, confidence and marks of the policy.
        any_earlier: Whether the other side has any connection at all.

    Returns:
        The columns of `change.changes`' `compared`, but for `comparison`; order kept.
    """
    return _verdicts(_differences(compared, stats, any_earlier=any_earlier), stats)


def _differences(joined: pl.DataFrame, stats: Stats, *, any_earlier: bool) -> pl.DataFrame:
    """Differences in percentage points, with their interval and p-value where tested."""
    reason = _reason(stats, any_earlier=any_earlier)
    table = joined.with_columns(pl.col("k", "n", "meetings").fill_null(0)).select(
        "kind",
        "name",
        "df",
        k_before="k",
        n_before="n",
        meetings_before="meetings",
        before_pct="pct",
        before_low_pct="low_pct",
        before_high_pct="high_pct",
        raw_pp=pl.col("own_pct") - pl.col("pct"),
        standard_pct=100 * pl.col("rate_other"),
        covered_pct="covered_pct",
        change_pp=100 * pl.col("difference"),
        se_pp=100 * pl.col("se"),
        reason=reason,
    )
    numbers = table.select("change_pp", "se_pp", "df", "reason").rows()
    tests = [
        _tested(change, se, df, stats.confidence) if reason is None else (None, None)
        for change, se, df, reason in numbers
    ]
    p_values, reach = zip(*tests, strict=True) if tests else ((), ())
    half = pl.Series(reach, dtype=pl.Float64)
    return table.with_columns(
        low_pp=pl.col("change_pp") - half,
        high_pp=pl.col("change_pp") + half,
        p=pl.Series(p_values, dtype=pl.Float64),
    )


def _tested(change: float, se: float, df: int, confidence: float) -> tuple[float, float]:
    """The p-value of a change, and how far its interval reaches."""
    # Meetings that are all alike in both groups have no spread, and no difference either.
    p_value = two_sided_p(change / se, df) if se > _SLACK else 1.0
    return p_value, se * quantile(confidence, df)


def _reason(stats: Stats, *, any_earlier: bool) -> pl.Expr:
    """Why a difference is not tested; null if it is."""
    enough_before = (pl.col("n") >= stats.min_sessions) & (pl.col("meetings") >= stats.min_meetings)
    matched = pl.all_horizontal(
        pl.min_horizontal("n_own", "n_other") >= stats.min_sessions,
        pl.min_horizontal("meetings_own", "meetings_other") >= stats.min_meetings,
    )
    few_events = pl.min_horizontal("k_own", "k_other") < LEAST_EVENTS
    lacks = dict(
        zip(
            REASONS,
            (
                pl.lit(not any_earlier),
                pl.col("n").fill_null(0) == 0,
                ~pl.col("own_enough"),
                ~enough_before,
                ~matched,
                few_events,
            ),
            strict=True,
        )
    )
    return pl.coalesce(pl.when(lack).then(pl.lit(code)) for code, lack in lacks.items())


def _verdicts(table: pl.DataFrame, stats: Stats) -> pl.DataFrame:
    """The word on each difference: real by its p-value, and large enough to matter."""
    tested = table.with_row_index().filter(pl.col("p").is_not_null())
    adjusted, rejected = benjamini_hochberg(tested["p"].to_list(), q=stats.fdr_q)
    marks = tested.select("index").with_columns(
        p_adjusted=pl.Series(adjusted, dtype=pl.Float64),
        real=pl.Series(rejected, dtype=pl.Boolean),
    )
    change, standard = pl.col("change_pp"), pl.col("standard_pct")
    now = standard + change
    high, low = pl.max_horizontal(now, standard), pl.min_horizontal(now, standard)
    large = (change.abs() >= stats.min_effect_pp - _SLACK) & (
        high >= stats.min_ratio * low - _SLACK
    )
    arrow = pl.when(change > 0).then(pl.lit(WORSE)).otherwise(pl.lit(BETTER))
    return (
        table.with_row_index()
        .join(marks, on="index", how="left", maintain_order="left")
        .with_columns(
            verdict=pl.when(pl.col("reason").is_not_null())
            .then(pl.lit(TOO_FEW))
            .when(pl.col("real").fill_null(value=False) & large)
            .then(arrow)
            .otherwise(pl.lit(SAME))
        )
        .drop("index", "real", "df")
    )
