"""The E-model of ITU-T G.107 as staged polars expressions, for audio.

Staged means one `with_columns` for each shared sub-expression: polars repeats what stands in one
expression, which costs several times as much.
"""

import polars as pl

from qosreport.scoring import reference
from qosreport.scoring.policy import Emodel

DELAY, COST_DELAY, COST_LOSS, RATING, MOS = (
    "emodel_delay_ms", "emodel_cost_delay_r", "emodel_cost_loss_r", "emodel_r", "__emodel",
)  # fmt: skip
"""Columns `with_emodel` adds: mouth-to-ear delay, what it costs, what loss costs, R, MOS."""

_LN2 = 0.6931471805599453
_LOWEST_RATED = reference.mos_to_r(1.0)
"""Below this rating the cubic of MOS dips under 1."""


def with_emodel(rows: pl.LazyFrame, emodel: Emodel, applies: pl.Expr) -> pl.LazyFrame:
    """Rows with `latency_ms`, `jitter_ms`, `avg_loss_pct` (cleaned) → the same with the rating.

    Without latency, delay costs nothing and `DELAY` is null: listening quality (LQ) only. Without
    jitter, the buffer is taken to be empty. Without loss, there is no rating. Rows to which the
    model does not apply get numbers without meaning, cheaply. RATING is not yet kept within 0 and
    100: `within_scale`.
    """
    latency, jitter, loss = pl.col("latency_ms"), pl.col("jitter_ms"), pl.col("avg_loss_pct")
    buffer_ms = (jitter * float(emodel.jitter_multiplier)).fill_null(0.0)
    heard = _times(latency, float(emodel.latency_factor)) + buffer_ms + float(emodel.fixed_delay_ms)
    rows = rows.with_columns(heard.alias(DELAY), _ie_eff(loss, emodel).alias(COST_LOSS))
    rows = _with_delay_cost(rows, emodel, applies)
    best = float(emodel.r0) + float(emodel.a)
    rows = rows.with_columns((best - pl.col(COST_DELAY) - pl.col(COST_LOSS)).alias(RATING))
    return rows.with_columns(_mos(pl.col(RATING)).alias(MOS))


def within_scale(rating: pl.Expr) -> pl.Expr:
    """A rating within 0 and 100."""
    return pl.when(rating < 0.0).then(0.0).when(rating > 100.0).then(100.0).otherwise(rating)


def _times(value: pl.Expr, factor: float) -> pl.Expr:
    """The product, without work where the factor is 1, as it mostly is."""
    return value if factor == 1.0 else value * factor


def _ie_eff(loss: pl.Expr, emodel: Emodel) -> pl.Expr:
    ie = float(emodel.ie)
    cost = loss * (float(emodel.ceiling) - ie)
    cost = cost / (_times(loss, 1.0 / float(emodel.burst_r)) + float(emodel.bpl))
    return cost + ie if ie else cost


def _with_delay_cost(rows: pl.LazyFrame, emodel: Emodel, applies: pl.Expr) -> pl.LazyFrame:
    """What delay costs: Idd of G.107, or the lines of Cole and Rosenbluth.

    Idd with X = lg(delay / mT) / lg 2 and k = 6 sT is written here as
    25 ((1 + X^k)^(1/k) - (3^k + X^k)^(1/k) + 2): the same, one division less.
    """
    if emodel.delay_model == "cole_rosenbluth":
        late = pl.col(DELAY) - 177.3
        late = pl.when(late > 0).then(late).otherwise(0.0)
        cost = (pl.col(DELAY) * 0.024 + late * 0.11).fill_null(0.0)
        return rows.with_columns(cost.alias(COST_DELAY))
    k = 6.0 * float(emodel.s_t)
    # Below mT the cost is 0; the log must not see less than 1. A null delay takes this way, too,
    # and so do rows to which the model does not apply: logs of 1 are quick.
    ratio = pl.col(DELAY) / float(emodel.m_t)
    guarded = pl.when(applies & (ratio > 1.0)).then(ratio).otherwise(1.0)
    rows = rows.with_columns(guarded.log().alias("__ln"))
    rows = _with_power(rows, k)
    near, far = _root(pl.col("__xk") + 1.0, k), _root(pl.col("__xk") + 3.0**k, k)
    return rows.with_columns(((near - far + 2.0) * 25.0).alias(COST_DELAY))


def _with_power(rows: pl.LazyFrame, k: float) -> pl.LazyFrame:
    """X^k from the natural logarithm."""
    ln = pl.col("__ln")
    if k != 6.0:
        return rows.with_columns(((ln / _LN2).pow(k)).alias("__xk"))
    rows = rows.with_columns((ln * ln * ln).alias("__ln3"))
    return rows.with_columns((pl.col("__ln3") * pl.col("__ln3") * _LN2**-6).alias("__xk"))


def _root(value: pl.Expr, k: float) -> pl.Expr:
    """The k-th root of a positive value; a power costs half as much again, a cube root twice."""
    return (value.log() * (1.0 / k)).exp()


def _mos(r: pl.Expr) -> pl.Expr:
    """1 + 0.035 R + R (R - 60) (100 - R) 7e-6, multiplied out for fewer steps; at least 1."""
    cubic = ((r * -7e-6 + 0.00112) * r - 0.007) * r + 1.0
    return pl.when(r > _LOWEST_RATED).then(cubic).otherwise(1.0)
