"""Draws that are equal in every process, on every machine and under every Python version.

A seed is a text, so that what is drawn for one meeting depends on nothing drawn before. Only
`random()` is used of `random.Random`: Python promises that sequence for ever, and no other.
"""

import bisect
import random
import statistics
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

_STEPS = 4096
NORMAL = tuple(statistics.NormalDist().inv_cdf((step + 0.5) / _STEPS) for step in range(_STEPS))
"""Quantiles of the standard normal distribution, evenly spaced in probability."""


class Dice:
    """Draws from the seed made of `parts`."""

    def __init__(self, *parts: object) -> None:
        self.random = random.Random("/".join(map(str, parts))).random

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to `high`."""
        return low + self.random() * (high - low)

    def normal(self, mean: float = 0.0, spread: float = 1.0) -> float:
        """A number from the normal distribution."""
        return mean + spread * NORMAL[int(self.random() * _STEPS)]

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.random() * len(items))]

    def weighted(self, choices: "Weighted[T]") -> T:
        """One of the items, by weight."""
        return choices.at(self.random())

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Up to `count` different items, in the order drawn."""
        pool = list(items)
        count = min(count, len(pool))
        for place in range(count):
            other = place + int(self.random() * (len(pool) - place))
            pool[place], pool[other] = pool[other], pool[place]
        return pool[:count]

    def rounded(self, number: float) -> int:
        """A whole number that is `number` on average."""
        return int(number + self.random())

    def hexadecimal(self, digits: int) -> str:
        """So many hexadecimal digits."""
        return "".join("0123456789abcdef"[int(self.random() * 16)] for _ in range(digits))


class Weighted(Generic[T]):
    """Items with weights, ready to draw from."""

    def __init__(self, *items: tuple[T, float]) -> None:
        self.items = tuple(item for item, _ in items)
        total = sum(weight for _, weight in items)
        self.edges, so_far = [], 0.0
        for _, weight in items[:-1]:
            so_far += weight / total
            self.edges.append(so_far)

    def at(self, point: float) -> T:
        """The item at `point` of the way through all weights, 0 up to 1."""
        return self.items[bisect.bisect_right(self.edges, point)]
