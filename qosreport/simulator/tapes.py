"""Noise recorded once: series that remember their last value, from which every join takes a piece.

Drawing anew for each of two million minutes would cost more than all the rest together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qosreport.simulator.dice import Dice

LENGTH = 16_384
LONGEST = 2_048
"""The longest piece that may be taken: minutes of one join."""
MEMORY = 0.82
"""Correlation of one minute with the next."""


@dataclass(frozen=True)
class Tapes:
    """One set of tapes; whole numbers, so that they can be looked up in tables of ready text."""

    latency: dict[str, Sequence[int]]
    """ms above the base, by roughness: calm, lively, rough."""
    jitter: dict[str, Sequence[int]]
    """ms, by roughness."""
    loss: dict[str, Sequence[int]]
    """Tenths of a per cent, by roughness."""
    wobble: Sequence[float]
    """Around 1: how much of a trouble's strength a minute feels."""
    peak: Sequence[float]
    """Largest loss as a multiple of the mean."""
    small: Sequence[int]
    """-3 to 3."""
    rate: Sequence[float]
    """Around 1, for bit rates."""
    load: Sequence[int]
    """Per cent around the usual processor use, with a peak now and then."""


def record(seed: int) -> Tapes:
    """The tapes of a seed."""
    latency, jitter, loss = (_wave(seed, name) for name in ("latency", "jitter", "loss"))
    load = _wave(seed, "load")
    dice = Dice(seed, "tape", "plain")
    return Tapes(
        latency={
            kind: [max(-3, round(reach * (x + 0.35 * max(0.0, x) ** 2))) for x in latency]
            for kind, reach in (("calm", 1.2), ("lively", 4.0), ("rough", 14.0))
        },
        jitter={
            kind: [max(0, round(reach * math.exp(0.45 * x))) for x in jitter]
            for kind, reach in (("calm", 2.2), ("lively", 6.5), ("rough", 15.0))
        },
        loss={
            kind: [min(45, int(reach * math.exp(1.15 * x))) for x in loss]
            for kind, reach in (("calm", 0.18), ("lively", 0.9), ("rough", 2.4))
        },
        wobble=[min(1.5, max(0.62, 1.0 + 0.16 * x)) for x in _wave(seed, "wobble")],
        peak=[dice.between(1.6, 3.0) for _ in range(LENGTH + LONGEST)],
        small=[dice.whole(-3, 3) for _ in range(LENGTH + LONGEST)],
        rate=[min(1.6, max(0.55, 1.0 + 0.14 * x)) for x in _wave(seed, "rate")],
        load=[round(6 * x + (14 if x > 2.3 else 0)) for x in load],
    )


def _wave(seed: int, name: str) -> list[float]:
    """A series of mean 0 and spread 1 in which neighbours are alike."""
    dice, value, values = Dice(seed, "tape", name), 0.0, []
    fresh = math.sqrt(1 - MEMORY**2)
    for _ in range(LENGTH + LONGEST):
        value = MEMORY * value + fresh * dice.normal()
        values.append(value)
    return values
