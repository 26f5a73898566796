"""Which streams may be poor at all, by what was measured alone.

A necessary condition, cheap enough to ask of every row: flags then look closer at the few it finds
instead of carrying every component of every row.
"""

import polars as pl

from qosreport.scoring import reference
from qosreport.scoring.names import MEASURE_OF, MEDIA
from qosreport.scoring.policy import Anchors, Emodel, Policy
from qosreport.scoring.thresholds import delay_cost_r, loss_cost_r, worst_with_score

_LONGEST_DELAY_MS = 60_000.0


def may_be_poor(policy: Policy) -> pl.Expr:
    """True of every raw row of `streams` whose score could be below the poor mark, and of others.

    A component of any medium counts for all, except frame rate, which shares have low by nature.
    """
    edges: dict[str, float] = {}
    low_fps = pl.lit(value=False)
    for medium in MEDIA:
        for name, anchors in policy.components.of(medium).named().items():
            if name.startswith("fps"):
                low_fps |= pl.col("frame_rate_fps") < _edge(anchors, policy)
            else:
                measure = MEASURE_OF[name]
                edges[measure] = min(edges.get(measure, float("inf")), _edge(anchors, policy))
    if "max_loss_pct" in edges:  # the mean stands in where it is the larger
        edges["avg_loss_pct"] = min(edges.get("avg_loss_pct", float("inf")), edges["max_loss_pct"])
    beyond = [pl.col(measure) > edge for measure, edge in edges.items()]
    low_video = (pl.col("medium") == "video") & low_fps
    return pl.any_horizontal(*beyond, low_video, _emodel(policy.emodel, policy.poor_score))


def _edge(anchors: Anchors, policy: Policy) -> float:
    """The worst measure that is not yet poor; minus or plus infinity if all or none are."""
    score = float(policy.poor_score)
    falling = anchors[0][1] >= anchors[-1][1]
    found = worst_with_score(anchors, score)
    if found is not None:
        return found
    always = max(y for _, y in anchors) < score
    return float("-inf") if always == falling else float("inf")


def _emodel(emodel: Emodel, poor_score: float) -> pl.Expr:
    """Loss or delay costs more than half of what both may cost together."""
    half = (float(emodel.r0) + float(emodel.a) - reference.mos_to_r(float(poor_score))) / 2
    loss = reference.first_above(lambda x: loss_cost_r(emodel, x), half, lowest=0.0, highest=100.0)
    delay = reference.first_above(
        lambda x: delay_cost_r(emodel, x), half, lowest=0.0, highest=_LONGEST_DELAY_MS
    )
    jitter = pl.col("jitter_ms")
    # Cleaning takes an impossible jitter as missing: it must not make up for latency here.
    held = pl.when(jitter > 0).then(jitter).otherwise(0.0) * float(emodel.jitter_multiplier)
    heard = (
        pl.col("latency_ms") * float(emodel.latency_factor) + held + float(emodel.fixed_delay_ms)
    )
    return (pl.col("avg_loss_pct") >= loss) | (heard >= delay)
