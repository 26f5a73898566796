"""Processor use: flagged, never mixed into a score."""

from collections.abc import Sequence

import polars as pl

from qosreport.scoring.cleaning import code_of
from qosreport.scoring.keys import MINUTE_NUMBER, minute_number, session_keys
from qosreport.scoring.listing import texts_where
from qosreport.scoring.policy import Policy
from qosreport.scoring.runs import longest_runs
from qosreport.tables import PRESSURE

SYSTEM, ZOOM = "system_cpu_pct", "zoom_cpu_pct"
"""Columns of device minutes: per cent, the highest sample of the minute."""
PRESSURE_PCT = {"normal": 20.0, "fair": 50.0, "serious": 80.0, "critical": 100.0}
"""A browser's level of CPU pressure as per cent; Zoom QSS API, cpu_pressure_level."""
SHARE_LEAST_MINUTES = 5
"""A share of high minutes counts only among this many; docs/scoring.md."""
FLAGS = ("CPU_SYSTEM_HIGH", "CPU_SYSTEM_ELEVATED", "CPU_ZOOM_HIGH", "CPU_LIKELY_CAUSE")

COUNTS = (
    "cpu_minutes", "cpu_high_minutes", "cpu_elevated_minutes", "zoom_cpu_high_minutes",
    "cpu_longest_high_run_min", "cpu_cost_minutes",
)  # fmt: skip
COLUMNS = (*COUNTS, "system_cpu_peak_pct", "zoom_cpu_mean_pct", "cpu_flags")
"""What a session's processor use comes to, as in participant_scores."""

_MICRO = 1_000_000
_SLACK = 1e-9


def cpu_flags(
    devices: pl.LazyFrame | pl.DataFrame,
    policy: Policy,
    minutes: pl.LazyFrame | pl.DataFrame | None = None,
    *,
    keys: Sequence[str] | None = None,
) -> pl.LazyFrame:
    """Sum up each session's processor use and flag it.

    Args:
        devices: The `devices` table, with session keys and `sampled_at`.
        policy: The rules.
        minutes: As from `score_minutes` with the same devices; without it, nothing is known of
            what CPU may have cost.
        keys: Columns that identify a session; by default session_id, else the natural key.

    Returns:
        One row per session in `devices`, sorted: the columns of participant_scores from
        `cpu_minutes` on: counts of minutes, `system_cpu_peak_pct`, `zoom_cpu_mean_pct` (null
        without a figure) and `cpu_flags`.
    """
    rows = devices.lazy()
    by = session_keys(rows, keys)
    found = None if minutes is None else minutes.lazy()
    sums = sum_up(device_minutes(rows, policy, by), policy, by)
    return flagged(sums, policy, found, by).select(*by, *COLUMNS).sort(by)


def device_rows(devices: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """Device samples, cleaned: session, numbered minute, SYSTEM and ZOOM.

    A browser's pressure level stands for per cent only where per cent is missing.
    """
    schema = devices.collect_schema()
    system = _clean("system_cpu_max_pct", policy)
    if "cpu_pressure" in schema:
        system = system.fill_null(
            _of_pressure(code_of("cpu_pressure", schema["cpu_pressure"], PRESSURE))
        )
    zoom = _clean("zoom_cpu_avg_pct", policy)
    return devices.select(*by, minute_number("sampled_at"), system.alias(SYSTEM), zoom.alias(ZOOM))


def _of_pressure(level: pl.Expr) -> pl.Expr:
    """A code of PRESSURE → per cent."""
    chain: pl.Expr = pl.lit(None, pl.Float64)
    for code, name in enumerate(PRESSURE.categories):
        chain = pl.when(level == code).then(pl.lit(PRESSURE_PCT[name])).otherwise(chain)
    return chain


def device_minutes(devices: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """One row per session and minute: SYSTEM and ZOOM, the highest sample of the minute."""
    rows = device_rows(devices, policy, by)
    return rows.group_by(*by, MINUTE_NUMBER).agg(pl.col(SYSTEM, ZOOM).max())


def sum_up(minutes: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """Minutes with SYSTEM and ZOOM → one row per session: counts, peak, mean and longest run."""
    rules = policy.cpu
    system, zoom = pl.col(SYSTEM), pl.col(ZOOM)
    high = system >= float(rules.system_high)
    # Sums of whole millionths do not depend on the order of rows.
    sessions = minutes.group_by(by).agg(
        (system.is_not_null() | zoom.is_not_null()).sum().cast(pl.Int64).alias("cpu_minutes"),
        system.count().cast(pl.Int64).alias("__system_minutes"),
        high.sum().cast(pl.Int64).alias("cpu_high_minutes"),
        (system >= float(rules.system_elevated)).sum().cast(pl.Int64).alias("cpu_elevated_minutes"),
        (zoom >= float(rules.zoom_high)).sum().cast(pl.Int64).alias("zoom_cpu_high_minutes"),
        system.max().alias("system_cpu_peak_pct"),
        (zoom * _MICRO).round().cast(pl.Int64).sum().alias("__zoom_sum"),
        zoom.count().cast(pl.Int64).alias("__zoom_minutes"),
    )
    runs = longest_runs(minutes.filter(high), by, "cpu_longest_high_run_min")
    mean = (pl.col("__zoom_sum") / _MICRO / pl.col("__zoom_minutes")).round(6)
    return sessions.join(runs, on=by, how="left", nulls_equal=True).with_columns(
        pl.col("cpu_longest_high_run_min").fill_null(0),
        pl.when(pl.col("__zoom_minutes") > 0).then(mean).alias("zoom_cpu_mean_pct"),
    )


def flagged(
    sums: pl.LazyFrame, policy: Policy, scored: pl.LazyFrame | None, by: Sequence[str]
) -> pl.LazyFrame:
    """Sums as from `sum_up` → the same with `cpu_cost_minutes` and `cpu_flags`."""
    if scored is None:
        sums = sums.with_columns(pl.lit(0, pl.Int64).alias("cpu_cost_minutes"))
    else:
        cost = scored.filter(pl.col("cpu_cost")).group_by(by)
        cost_minutes = cost.agg(pl.len().cast(pl.Int64).alias("cpu_cost_minutes"))
        sums = sums.join(cost_minutes, on=by, how="left", nulls_equal=True).with_columns(
            pl.col("cpu_cost_minutes").fill_null(0)
        )
    return sums.with_columns(_flags(policy).alias("cpu_flags"))


def _flags(policy: Policy) -> pl.Expr:
    rules = policy.cpu
    high, of = pl.col("cpu_high_minutes"), pl.col("__system_minutes")
    often = (of >= SHARE_LEAST_MINUTES) & (high >= of * float(rules.share) - _SLACK)
    is_high = (pl.col("cpu_longest_high_run_min") >= rules.consecutive) | often
    conditions = (
        is_high,
        ~is_high & (pl.col("cpu_elevated_minutes") > 0),
        pl.col("zoom_cpu_high_minutes") >= rules.consecutive,
        pl.col("cpu_cost_minutes") > 0,
    )
    return texts_where(list(zip(conditions, FLAGS, strict=True)))


def _clean(name: str, policy: Policy) -> pl.Expr:
    low, high = policy.valid.cpu_pct
    value = pl.col(name).cast(pl.Float64)
    return pl.when(value.is_between(float(low), float(high))).then(value)
