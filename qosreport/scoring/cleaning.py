"""From whatever frame of streams to columns the rules can rely on.

Codes are small integers (the physical values of the enums in tables.py), so that comparisons are
cheap; they are private columns with two leading underscores.
"""

import polars as pl

from qosreport.scoring.policy import Feed, Policy
from qosreport.tables import FLOW, LEG, MEDIUM, STREAMS

MEASURES = (
    "bitrate_kbps", "latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct", "frame_rate_fps",
)  # fmt: skip
MEDIUM_CODE, SENT = "__medium", "__sent"
"""Private columns: the medium as a number; whether the stream is sent (else received)."""
RAISED = "__max_loss_raised"
ZERO_LATENCY = "__zero_latency"

_CLIENT = LEG.categories.to_list().index("client")


def missing_columns(streams: pl.LazyFrame) -> list[pl.Expr]:
    """Columns of the streams table that may be absent, as nulls: measures, picture height, leg.

    Raises:
        ValueError: `medium` or `flow` is absent: nothing can be said of such rows.
    """
    present = streams.collect_schema().names()
    absent = {"medium", "flow"} - set(present)
    if absent:
        raise ValueError(f"streams lack the column(s) {', '.join(sorted(absent))}")
    optional = (*MEASURES, "height_px")
    added = [
        pl.lit(None, STREAMS.schema[name]).alias(name) for name in optional if name not in present
    ]
    return added if "leg" in present else [*added, pl.lit("client", LEG).alias("leg")]


def out_of_range(name: str) -> str:
    """The private column that says a measure was outside the policy's range."""
    return f"__{name}_out_of_range"


def code_of(name: str, dtype: pl.DataType, enum: pl.Enum) -> pl.Expr:
    """The position of a word in an enum, whatever type the column has; null if it is not in it."""
    word = pl.col(name)
    if dtype != enum:
        word = word.cast(pl.String).cast(enum, strict=False)
    return word.to_physical()


def with_codes(streams: pl.LazyFrame, policy: Policy, feed: Feed) -> pl.LazyFrame:
    """Streams → the same with `MEDIUM_CODE` and `SENT`; null where a word is not known."""
    schema = streams.collect_schema()
    words = {"medium": MEDIUM, "flow": FLOW, "leg": LEG}
    medium, flow, leg = (code_of(name, schema[name], enum) for name, enum in words.items())
    input_is_sent = policy.direction.of(feed).input == "sent"
    streams = streams.with_columns(
        medium.alias(MEDIUM_CODE), flow.alias("__flow"), leg.alias("__leg")
    )
    # From-legs have odd codes and are sent whatever the map says: their names are plain.
    by_map = pl.col("__flow") == (0 if input_is_sent else 1)
    sent = pl.when(pl.col("__leg") == _CLIENT).then(by_map).otherwise(pl.col("__leg") % 2 == 1)
    return streams.with_columns(sent.alias(SENT))


def with_clean_measures(streams: pl.LazyFrame, policy: Policy) -> pl.LazyFrame:
    """Streams → the same with every measure Float64 and possible, or null.

    Outside the policy's range (NaN and infinity, too) is null, never clipped. A latency of zero is
    missing. A largest loss below the mean loss is the mean loss.
    """
    streams = streams.with_columns(
        *(_is_outside(name, policy).alias(out_of_range(name)) for name in MEASURES),
        *(_inside(name, policy).alias(name) for name in MEASURES),
    )
    latency, largest, mean = (pl.col(c) for c in ("latency_ms", "max_loss_pct", "avg_loss_pct"))
    zero = latency == 0 if policy.zero_latency_is_missing else pl.lit(value=False)
    return streams.with_columns(
        pl.when(~zero).then(latency).alias("latency_ms"),
        pl.when(largest < mean).then(mean).otherwise(largest).alias("max_loss_pct"),
        zero.fill_null(value=False).alias(ZERO_LATENCY),
        (largest < mean).fill_null(value=False).alias(RAISED),
    )


def _range(name: str, policy: Policy) -> tuple[float, float]:
    low, high = getattr(policy.valid, "fps" if name == "frame_rate_fps" else name)
    return float(low), float(high)


def _inside(name: str, policy: Policy) -> pl.Expr:
    value = pl.col(name).cast(pl.Float64)
    return pl.when(value.is_between(*_range(name, policy))).then(value)


def _is_outside(name: str, policy: Policy) -> pl.Expr:
    value = pl.col(name).cast(pl.Float64)
    return ~value.is_between(*_range(name, policy)).fill_null(value=True)
