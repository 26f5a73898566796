"""Scored streams → minutes: the worst stream of each minute of each participant."""

from collections.abc import Sequence
from functools import cache

import polars as pl

from qosreport.scoring import cpu
from qosreport.scoring.cleaning import code_of
from qosreport.scoring.keys import (
    MINUTE_NUMBER,
    minute_instant,
    minute_number,
    place,
    same_session,
    session_keys,
    sorted_by_place,
)
from qosreport.scoring.names import COMPONENTS, NO_STREAM, UNSCORED
from qosreport.scoring.policy import Policy
from qosreport.scoring.rounding import band_of
from qosreport.scoring.streams import LIMITING
from qosreport.tables import DIRECTION, FLOW, MEDIUM, MINUTE_SCORES

STREAMS = tuple(sorted(f"{m}_{f}" for m in MEDIUM.categories for f in FLOW.categories))
"""Names of streams in the order in which the first of several lowest is named."""
NEARNESS = (
    "avg_loss_missing", "measures_missing", "low_activity", "not_in_policy", "inactive",
    "unknown_stream",
)  # fmt: skip
"""Reasons for no score, from what came nearest to one; a minute without a score has the first."""

SPLIT = ("score_sent", "score_received", "net_score_sent", "net_score_received")
BY_MEDIUM = tuple(f"{medium}_score" for medium in MEDIUM.categories)

_WORST, _OUTSIDE = "__worst", "out_of_range_samples"
_PLACES = 128
"""Codes of stream, component and direction fit below it."""
_NO_SCORE = 10_000 * _PLACES
"""Above the number of any scored stream."""


def score_minutes(
    scored_streams: pl.LazyFrame | pl.DataFrame,
    policy: Policy,
    devices: pl.LazyFrame | pl.DataFrame | None = None,
    *,
    keys: Sequence[str] | None = None,
) -> pl.LazyFrame:
    """Judge each minute of each session by its worst stream.

    Args:
        scored_streams: As from `score_streams`, with session keys and `sampled_at`.
        policy: The rules.
        devices: The `devices` table. Its minutes count as present, and it says when CPU was high.
        keys: Columns that identify a session; by default session_id, else the natural key.

    Returns:
        The `minute_scores` table, sorted by session and minute: one row per session and minute in
        which a stream or the device was sampled. Several samples in one minute count as the worst.
        Without `session_id`, the keys stand in its place.
    """
    streams = scored_streams.lazy()
    by = session_keys(streams, keys)
    device = None if devices is None else devices.lazy()
    minutes = finish_minutes(worst_of_minutes(streams, device, policy, by), policy, by)
    return minutes.select(*by, *(c.name for c in MINUTE_SCORES.columns[1:]))


def worst_of_minutes(
    scored: pl.LazyFrame, devices: pl.LazyFrame | None, policy: Policy, by: Sequence[str]
) -> pl.LazyFrame:
    """One row per `place` with any sample, in no order: minima, and maxima of CPU.

    The worst stream is one whole number, hundredths of score before stream before component, so
    that one minimum finds all three and equal scores are named in a fixed order. Streams without a
    score come after all others, those nearest to one first.
    """
    rows = _packed(scored, by)
    if devices is not None:
        # As further rows of the same grouping: a join of two large frames costs twice as much.
        rows = pl.union([rows, cpu.device_rows(devices, policy, by)], how="diagonal")
        busiest = [pl.col(cpu.SYSTEM, cpu.ZOOM).max()]
    else:
        busiest = [pl.lit(None, pl.Float64).alias(name) for name in (cpu.SYSTEM, cpu.ZOOM)]
    return rows.group_by(place(scored, by)).agg(
        pl.col(_WORST, *SPLIT, *BY_MEDIUM).min(), pl.col(_OUTSIDE).sum().cast(pl.Int64), *busiest
    )


def finish_minutes(worst: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """As from `worst_of_minutes` → minute_scores with CPU and minute numbers besides, sorted."""
    minutes = _unpacked(sorted_by_place(worst, by), policy)
    return _with_cpu(minutes, policy, by).with_columns(minute_instant())


def _packed(scored: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """Rows with their number, and their scores by direction and medium.

    As Float32, which holds two decimals and halves what has to be grouped and sorted.
    """
    schema = scored.collect_schema()
    rows = scored.select(
        *by,
        minute_number("sampled_at"),
        "score",
        pl.col("score").cast(pl.Float32).alias("__score"),
        pl.col("net_score").cast(pl.Float32).alias("__net"),
        code_of("medium", schema["medium"], MEDIUM).alias("__medium"),
        code_of("flow", schema["flow"], FLOW).alias("__flow"),
        code_of("limiting", schema["limiting"], LIMITING).alias("__limiting"),
        code_of("direction", schema["direction"], DIRECTION).alias("__direction"),
        pl.col("is_out_of_range").alias(_OUTSIDE),
    )
    sent = pl.col("__direction") == 0
    return rows.select(
        *by,
        MINUTE_NUMBER,
        _number().cast(pl.Float32).alias(_WORST),
        *(
            pl.when(sent if name.endswith("sent") else ~sent)
            .then(pl.col("__net" if name.startswith("net") else "__score"))
            .alias(name)
            for name in SPLIT
        ),
        *(
            pl.when(pl.col("__medium") == code).then(pl.col("__net")).alias(name)
            for code, name in enumerate(BY_MEDIUM)
        ),
        _OUTSIDE,
    )


def _number() -> pl.Expr:
    """Whole but for rounding, and below 2^24: a Float32 holds it, and needs no costly cast."""
    medium = pl.col("__medium")
    first = [STREAMS.index(f"{m}_{FLOW.categories[0]}") for m in MEDIUM.categories]
    rank: pl.Expr = pl.lit(first[-1], pl.UInt8)
    for code, position in enumerate(first[:-1]):
        rank = pl.when(medium == code).then(pl.lit(position, pl.UInt8)).otherwise(rank)
    codes = ((rank + pl.col("__flow")) * 8 + pl.col("__limiting")) * 2 + pl.col("__direction")
    scored = pl.col("score") * (100.0 * _PLACES) + codes
    none = _nearness(pl.col("__limiting")) + float(_NO_SCORE)
    return pl.when(pl.col("score").is_not_null()).then(scored).otherwise(none)


def _nearness(limiting: pl.Expr) -> pl.Expr:
    chain: pl.Expr = pl.lit(len(NEARNESS), pl.UInt8)
    for i, reason in enumerate(UNSCORED):
        rank = pl.lit(NEARNESS.index(reason), pl.UInt8)
        chain = pl.when(limiting == len(COMPONENTS) + i).then(rank).otherwise(chain)
    return chain


def _unpacked(minutes: pl.LazyFrame, policy: Policy) -> pl.LazyFrame:
    worst = pl.col(_WORST)
    minutes = minutes.with_columns(
        pl.col(*SPLIT, *BY_MEDIUM).cast(pl.Float64).round(2),
        worst.round().cast(pl.Int32).alias(_WORST),
    )
    minutes = minutes.with_columns(
        pl.min_horizontal("score_sent", "score_received").alias("score"),
        pl.min_horizontal("net_score_sent", "net_score_received").alias("net_score"),
    )
    scored = pl.col("score").is_not_null()
    codes = pl.when(scored).then(worst & (_PLACES - 1))
    nearest = pl.when(~scored).then((worst - _NO_SCORE).fill_null(len(NEARNESS)))
    limiting = (
        pl.lit(names).gather(codes).alias(f"limiting_{what}") for what, names in _names().items()
    )
    return minutes.with_columns(
        band_of(pl.col("score"), policy).alias("band"),
        *limiting,
        pl.lit(pl.Series([*NEARNESS, NO_STREAM])).gather(nearest).alias("unscored_reason"),
        pl.col(_OUTSIDE).fill_null(0),
    )


@cache
def _names() -> dict[str, pl.Series]:
    """Stream, reason and direction of every code: taking a name out costs less than making it."""
    parts = [(code // 16, code // 2 % 8, code % 2) for code in range(len(STREAMS) * 16)]
    streams, reasons, directions = zip(*parts, strict=True)
    components = dict(enumerate(COMPONENTS))
    return {
        "stream": pl.Series([STREAMS[i] for i in streams]),
        "reason": pl.Series([components.get(i) for i in reasons]),
        "direction": pl.Series([DIRECTION.categories[i] for i in directions], dtype=DIRECTION),
    }


def _with_cpu(minutes: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """When the machine was busy, and when that likely cost frame rate.

    Likely means: frame rate alone took the minute below Good, and the machine was busy in this
    minute or the one before.
    """
    good = policy.edge("Good")
    by_frame_rate = (
        pl.col("limiting_reason").str.starts_with("fps")
        & (pl.col("net_score") >= good)
        & (pl.col("score") < good)
    )
    busy = pl.col(cpu.SYSTEM) >= float(policy.cpu.system_high)
    minutes = minutes.with_columns(busy.alias("cpu_high"))
    adjacent = same_session(by, 1) & (pl.col(MINUTE_NUMBER).diff() == 1)
    before = pl.when(adjacent).then(pl.col("cpu_high").shift(1))
    known = pl.col("cpu_high").is_not_null() | before.is_not_null()
    either = pl.col("cpu_high").fill_null(value=False) | before.fill_null(value=False)
    cost = by_frame_rate.fill_null(value=False) & either
    return minutes.with_columns(pl.when(known).then(cost).alias("cpu_cost"))
