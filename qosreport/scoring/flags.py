"""Flags: every rule a session broke, with what it takes to check it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl
from polars._typing import PolarsDataType

from qosreport.scoring import cpu
from qosreport.scoring.emodel import COST_DELAY, COST_LOSS, DELAY, RATING
from qosreport.scoring.keys import (
    MINUTE_NUMBER,
    minute_instant,
    minute_number,
    same_session,
    session_keys,
    with_absent,
)  # fmt: skip
from qosreport.scoring.minutes import score_minutes
from qosreport.scoring.names import COMPONENTS, MEASURE_OF, MEDIA, UNIT_OF
from qosreport.scoring.policy import NO_SOURCE, Policy
from qosreport.scoring.rounding import band_of, two_decimals
from qosreport.scoring.runs import longest_sorted_runs
from qosreport.tables import BAND, DIRECTION, FLAGS, INSTANT, MEDIUM

CODE_OF = {
    "avg_loss_pct": "LOSS",
    "emodel": "AUDIO_EMODEL",
    "fps_large": "FPS",
    "fps_small": "FPS",
    "jitter_ms": "JITTER",
    "latency_ms": "LATENCY",
    "max_loss_pct": "LOSS_PEAK",
}
"""The code of each component's flag."""
POOR_ROW = (
    "sampled_at", "medium", "direction", "latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct",
    "frame_rate_fps", *(f"{name}_score" for name in COMPONENTS),
    DELAY, COST_DELAY, COST_LOSS, RATING,
)  # fmt: skip
"""What flags need of a scored stream, besides its session."""

HARM = "__harm"
"""Private column: the larger, the worse, also where scores end."""
GROUP = ("code", "medium", "direction", "component")
"""With the session, what identifies a flag."""

_PARTS = {
    "loss_pct": "avg_loss_pct", "latency_ms": "latency_ms", "jitter_ms": "jitter_ms",
    "delay_ms": DELAY, "cost_loss_r": COST_LOSS, "cost_delay_r": COST_DELAY, "rating_r": RATING,
}  # fmt: skip
"""Columns of an E-model flag and where they come from."""
_COMPONENT = pl.Enum(COMPONENTS)
"""Sorts as the words do, at a fraction of the price."""
_IDS = {"session_id", "meeting_uuid", "user_id", "join_time"}


def score_flags(
    scored_streams: pl.LazyFrame | pl.DataFrame,
    devices: pl.LazyFrame | pl.DataFrame | None,
    policy: Policy,
    *,
    minutes: pl.LazyFrame | pl.DataFrame | None = None,
    keys: Sequence[str] | None = None,
) -> pl.LazyFrame:
    """Name every component below the Fair/Poor edge, and every rule of processor use broken.

    Args:
        scored_streams: As from `score_streams`, with session keys and `sampled_at`.
        devices: The `devices` table, or None.
        policy: The rules.
        minutes: As from `score_minutes` with the same devices; made here if not given.
        keys: Columns that identify a session; by default session_id, else the natural key.

    Returns:
        The `flags` table without `meeting_uuid` (join it from the sessions), sorted: one row per
        session, code, medium, direction and component. Only minutes beyond the edge count, by the
        component's own printed score. The E-model's value is the mean loss or the mouth-to-ear
        delay, whichever costs more R in the worst minute.
    """
    streams = scored_streams.lazy()
    by = session_keys(streams, keys)
    found = [stream_flags(poor_rows(streams, policy, by), policy, by)]
    if devices is not None:
        device = devices.lazy()
        scored = score_minutes(streams, policy, device, keys=by) if minutes is None else minutes
        used = cpu.device_minutes(device, policy, by)
        sums = cpu.flagged(cpu.sum_up(used, policy, by), policy, scored.lazy(), by)
        found.append(device_flags(used, scored.lazy(), sums, policy, by))
    return pl.concat(found).sort(*by, *GROUP, nulls_last=True)


def poor_rows(scored: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """The scored streams in which some component is below the Fair/Poor edge."""
    return scored.filter(pl.col("score") < policy.poor_score).select(*by, *POOR_ROW)


def stream_flags(poor: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """Rows as from `poor_rows` → flags of streams."""
    poor = poor.with_columns(
        minute_number("sampled_at"),
        pl.col("medium").cast(pl.String).cast(MEDIUM),
        pl.col("direction").cast(pl.String).cast(DIRECTION),
    )
    rows = pl.concat(_samples(poor, name, policy, by) for name in COMPONENTS)
    flags = _gathered(rows, [*by, "medium", "direction", "component"], list(_PARTS))
    flags = flags.with_columns(pl.col("component").cast(pl.String))
    flags = flags.with_columns(
        pl.col("component").replace_strict(CODE_OF, return_dtype=pl.String).alias("code"),
        band_of(pl.col("worst_score"), policy).alias("band"),
        (pl.col("cost_delay_r") > pl.col("cost_loss_r")).fill_null(value=False).alias("by_delay"),
    )
    rules = pl.LazyFrame(_rules(policy), schema=_RULE, orient="row")
    flags = flags.join(rules, on=["medium", "component", "by_delay"], how="left")
    return _as_table(flags, by)


def device_flags(
    minutes: pl.LazyFrame,
    scored: pl.LazyFrame,
    sums: pl.LazyFrame,
    policy: Policy,
    by: Sequence[str],
) -> pl.LazyFrame:
    """Minutes with CPU, scored minutes, sums as from `cpu.flagged` → flags of processor use."""
    raised = sums.select(*by, "cpu_flags").filter(pl.col("cpu_flags").list.len() > 0)
    used = minutes.select(*by, MINUTE_NUMBER, cpu.SYSTEM, cpu.ZOOM)
    used = used.join(raised, on=by, how="inner", nulls_equal=True).sort(*by, MINUTE_NUMBER)
    marks = (
        ("CPU_SYSTEM_HIGH", pl.col(cpu.SYSTEM), policy.cpu.system_high),
        ("CPU_SYSTEM_ELEVATED", pl.col(cpu.SYSTEM), policy.cpu.system_elevated),
        ("CPU_ZOOM_HIGH", pl.col(cpu.ZOOM), policy.cpu.zoom_high),
    )
    parts = [
        used.filter((value >= float(mark)) & pl.col("cpu_flags").list.contains(code)).select(
            *by,
            MINUTE_NUMBER,
            pl.lit(code).alias("code"),
            value.alias("worst_value"),
            pl.lit(None, pl.Float64).alias("worst_score"),
            value.alias(HARM),
        )
        for code, value, mark in marks
    ]
    rows = pl.concat([*parts, _cost(used, scored, by)])
    flags = _gathered(rows, [*by, "code"])
    facts = pl.LazyFrame(_device_facts(policy), schema=_DEVICE_FACT, orient="row")
    return _as_table(flags.join(facts, on="code", how="left"), by)


def _samples(poor: pl.LazyFrame, name: str, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """One row per poor sample of one component.

    Scores end at 1; beyond, the lower rating or the larger value is the worse.
    """
    score = two_decimals(pl.col(f"{name}_score"))
    is_emodel = name == "emodel"
    if is_emodel:
        by_loss = pl.col(COST_LOSS) >= pl.col(COST_DELAY)
        value = pl.when(by_loss).then(pl.col("avg_loss_pct")).otherwise(pl.col(DELAY))
        harm = -pl.col(RATING)
    else:
        value = pl.col(MEASURE_OF[name])
        harm = -value if name.startswith("fps") else value
    nothing = pl.lit(None, pl.Float64)
    return poor.filter(score < policy.poor_score).select(
        *by,
        MINUTE_NUMBER,
        "medium",
        "direction",
        pl.lit(name, _COMPONENT).alias("component"),
        value.alias("worst_value"),
        score.alias("worst_score"),
        harm.alias(HARM),
        *((pl.col(column) if is_emodel else nothing).alias(p) for p, column in _PARTS.items()),
    )


def _gathered(rows: pl.LazyFrame, group: Sequence[str], ties: Sequence[str] = ()) -> pl.LazyFrame:
    """Samples beyond an edge → one row per group: worst sample, minutes, longest run.

    Within a group more harm never scores better, so the worst sample is the one with most harm, of
    such the earliest, of such the one with most in the columns `ties`.
    """
    most = rows.filter(pl.col(HARM) == pl.col(HARM).max().over(group))
    worse = dict.fromkeys(("worst_value", *ties), True)
    worst = _first(most, group, {MINUTE_NUMBER: False, **worse})
    each = _first(rows.select(*group, MINUTE_NUMBER), [*group, MINUTE_NUMBER])
    minutes = each.group_by(group, maintain_order=True).agg(
        pl.col(MINUTE_NUMBER).alias("minutes"), pl.len().cast(pl.Int64).alias("flagged_minutes")
    )
    for part in (minutes, longest_sorted_runs(each, group, "longest_run_min")):
        worst = worst.join(part, on=group, how="left", nulls_equal=True)
    return worst.drop(HARM)


def _first(
    rows: pl.LazyFrame, place: Sequence[str], then: Mapping[str, bool] = MappingProxyType({})
) -> pl.LazyFrame:
    """Sorted rows, of each place only the first. Further columns map to whether they descend."""
    order = {**dict.fromkeys(place, False), **then}
    is_new = pl.any_horizontal(pl.col(key).ne_missing(pl.col(key).shift()) for key in place)
    rows = rows.sort(list(order), descending=list(order.values()), nulls_last=True)
    return rows.filter(is_new)


def _as_table(flags: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    minute = pl.element().cast(pl.Int64) * 60_000_000
    flags = flags.with_columns(
        minute_instant().alias("worst_at"), pl.col("minutes").list.eval(minute.cast(INSTANT))
    )
    flags = with_absent(flags, FLAGS)
    return flags.select(
        *by, *(pl.col(c.name).cast(c.dtype) for c in FLAGS.columns if c.name not in _IDS)
    )


_RULE: dict[str, PolarsDataType] = {
    "medium": MEDIUM, "component": pl.String, "by_delay": pl.Boolean, "unit": pl.String,
    "threshold": pl.Float64, "source": pl.String,
}  # fmt: skip


def _rules(policy: Policy) -> list[tuple[str, str, bool, str, float | None, str]]:
    """Unit, edge and source of every component; the E-model by loss and by delay."""
    edges = {(e.medium, e.component, e.measure): e for e in policy.thresholds() if e.band == "Poor"}
    wanted = [("audio", "emodel", "avg_loss_pct"), ("audio", "emodel", "delay_ms")]
    for medium in MEDIA:
        names = policy.components.of(medium).named()
        wanted += [(medium, name, MEASURE_OF[name]) for name in names]
    rules = []
    for key in wanted:
        edge = edges.get(key)
        value, source = (edge.value, edge.source) if edge else (None, NO_SOURCE)
        rules.append((key[0], key[1], key[2] == "delay_ms", UNIT_OF[key[2]], value, source))
    return rules


_DEVICE_FACT: dict[str, PolarsDataType] = {
    "code": pl.String, "component": pl.String, "band": BAND, "unit": pl.String,
    "threshold": pl.Float64, "source": pl.String,
}  # fmt: skip


def _device_facts(policy: Policy) -> list[tuple[str, str, str, str, float, str]]:
    """Measure, band, unit, mark and source of every flag of processor use."""
    keys = {
        "CPU_SYSTEM_HIGH": ("system_high", "system_cpu_max_pct", "Poor"),
        "CPU_SYSTEM_ELEVATED": ("system_elevated", "system_cpu_max_pct", "Fair"),
        "CPU_ZOOM_HIGH": ("zoom_high", "zoom_cpu_avg_pct", "Poor"),
        "CPU_LIKELY_CAUSE": ("system_high", "system_cpu_max_pct", "Poor"),
    }
    return [
        (code, measure, band, UNIT_OF[measure], float(getattr(policy.cpu, key)),
         policy.source(f"cpu.{key}"))
        for code, (key, measure, band) in keys.items()
    ]  # fmt: skip


def _cost(used: pl.LazyFrame, scored: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """Minutes in which CPU likely cost frame rate; the value is the busier of it and the last."""
    adjacent = same_session(by, 1) & (pl.col(MINUTE_NUMBER).diff() == 1)
    before = pl.when(adjacent).then(pl.col(cpu.SYSTEM).shift(1))
    busiest = used.select(
        *by, MINUTE_NUMBER, pl.max_horizontal(cpu.SYSTEM, before).alias("worst_value")
    )
    cost = scored.filter(pl.col("cpu_cost")).select(
        *by, minute_number("minute"), pl.col("score").alias("worst_score")
    )
    place = [*by, MINUTE_NUMBER]
    return cost.join(busiest, on=place, how="left", nulls_equal=True).select(
        *place,
        pl.lit("CPU_LIKELY_CAUSE").alias("code"),
        "worst_value",
        "worst_score",
        (-pl.col("worst_score")).alias(HARM),
    )
