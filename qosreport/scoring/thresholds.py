"""Where a measure by itself leaves a band: the policy's edges in the measures' own units."""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qosreport.scoring import reference
from qosreport.scoring.names import MEASURE_OF, MEDIA, UNIT_OF

if TYPE_CHECKING:  # the policy offers its thresholds, so it imports this module
    from qosreport.scoring.policy import Anchors, Emodel, Policy

USUAL_LATENCY_MS = 100.0
USUAL_JITTER_MS = 10.0
"""The E-model weighs measures together; its edge of one is stated with the others like this."""


@dataclass(frozen=True)
class Threshold:
    """One edge: beyond `value` the measure alone is in `band`."""

    medium: str
    """audio, video, share; or device."""
    component: str
    """The policy's component; for a device the measure's own name."""
    measure: str
    """Column of the tables, as jitter_ms; delay_ms is the E-model's mouth-to-ear delay."""
    unit: str
    band: str
    """The band beyond the value: Fair, Poor or Bad."""
    value: float
    below: bool
    """Worse is below the value (frame rate), not above."""
    source: str

    @property
    def word(self) -> str:
        """On which side of the value it is worse, as "Poor above 60 ms"."""
        if self.medium == "device":
            return "from"
        return "below" if self.below else "above"


def thresholds(policy: "Policy") -> Iterator[Threshold]:
    """Every edge of the policy: media in order, components by name, best band first."""
    for medium in MEDIA:
        if medium == "audio":
            yield from _emodel(policy)
        for component, anchors in policy.components.of(medium).named().items():
            yield from _anchored(policy, medium, component, anchors)
    yield from _device(policy)


def _edges(policy: "Policy") -> Iterator[tuple[str, float]]:
    """The band one falls into, and the score at which."""
    for (_, edge), (lower, _) in zip(policy.bands[:-1], policy.bands[1:], strict=True):
        yield lower, float(edge)


def _anchored(
    policy: "Policy", medium: str, component: str, anchors: "Anchors"
) -> Iterator[Threshold]:
    measure = MEASURE_OF[component]
    for band, score in _edges(policy):
        value = worst_with_score(anchors, score)
        if value is not None:
            key = f"components.{medium}.{component}"
            yield Threshold(
                medium=medium,
                component=component,
                measure=measure,
                unit=UNIT_OF[measure],
                band=band,
                value=value,
                below=measure == "frame_rate_fps",
                source=policy.source(key, _point(anchors, score)),
            )


def worst_with_score(anchors: "Anchors", score: float) -> float | None:
    """The worst measure that still has the score; None if none has exactly that score."""
    segments = list(itertools.pairwise(anchors))
    falling = anchors[0][1] >= anchors[-1][1]
    for (x0, y0), (x1, y1) in reversed(segments) if falling else segments:
        if min(y0, y1) <= score <= max(y0, y1) and y0 != y1:
            return float(x0 + (score - y0) * (x1 - x0) / (y1 - y0))
    return None


def _point(anchors: "Anchors", score: float) -> int | None:
    """The anchor that stands at the score; None between anchors."""
    return next((i for i, (_, y) in enumerate(anchors) if y == score), None)


def _emodel(policy: "Policy") -> Iterator[Threshold]:
    model = policy.emodel
    usual = delay_cost_r(model, delay_ms(model, USUAL_LATENCY_MS, USUAL_JITTER_MS))

    def by_loss(loss_pct: float) -> float:
        return usual + loss_cost_r(model, loss_pct)

    def by_latency(latency: float) -> float:
        return by_delay(delay_ms(model, latency, USUAL_JITTER_MS))

    def by_delay(delay: float) -> float:
        return delay_cost_r(model, delay) + loss_cost_r(model, 0.0)

    key = "emodel.Bpl"
    delays = "emodel.delay_model"
    yield from _rated(policy, "avg_loss_pct", by_loss, highest=100.0, digits=1, key=key)
    yield from _rated(policy, "latency_ms", by_latency, highest=60_000.0, digits=0, key=delays)
    yield from _rated(policy, "delay_ms", by_delay, highest=60_000.0, digits=0, key=delays)


def _rated(
    policy: "Policy",
    measure: str,
    cost: Callable[[float], float],
    *,
    highest: float,
    digits: int,
    key: str,
) -> Iterator[Threshold]:
    """Edges of one measure by the E-model, to the precision in which Zoom states the measure."""
    best = float(policy.emodel.r0) + float(policy.emodel.a)
    for band, score in _edges(policy):
        budget = best - reference.mos_to_r(score)
        value = reference.first_above(cost, budget, lowest=0.0, highest=highest)
        if math.isfinite(value) and value > 0:
            yield Threshold(
                medium="audio",
                component="emodel",
                measure=measure,
                unit=UNIT_OF[measure],
                band=band,
                value=round(value, digits),
                below=False,
                source=policy.source(key),
            )


def _device(policy: "Policy") -> Iterator[Threshold]:
    for measure, band, key in (
        ("system_cpu_max_pct", "Fair", "system_elevated"),
        ("system_cpu_max_pct", "Poor", "system_high"),
        ("zoom_cpu_avg_pct", "Poor", "zoom_high"),
    ):
        yield Threshold(
            medium="device",
            component=measure,
            measure=measure,
            unit=UNIT_OF[measure],
            band=band,
            value=float(getattr(policy.cpu, key)),
            below=False,
            source=policy.source(f"cpu.{key}"),
        )


def delay_ms(emodel: "Emodel", latency_ms: float, jitter_ms: float) -> float:
    """Mouth-to-ear delay of the model, as a plain number."""
    return (
        latency_ms * float(emodel.latency_factor)
        + jitter_ms * float(emodel.jitter_multiplier)
        + float(emodel.fixed_delay_ms)
    )


def delay_cost_r(emodel: "Emodel", delay: float) -> float:
    """What a mouth-to-ear delay costs of R, as a plain number."""
    if emodel.delay_model == "cole_rosenbluth":
        return reference.cole_rosenbluth_id(delay)
    return reference.idd(delay, s_t=float(emodel.s_t), m_t=float(emodel.m_t))


def loss_cost_r(emodel: "Emodel", loss_pct: float) -> float:
    """What a mean loss costs of R, as a plain number."""
    return reference.ie_eff(
        loss_pct,
        bpl=float(emodel.bpl),
        ie=float(emodel.ie),
        burst_r=float(emodel.burst_r),
        ceiling=float(emodel.ceiling),
    )
