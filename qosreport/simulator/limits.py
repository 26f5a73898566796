"""Zoom's rate limits, as a server counts them: by label, in whole seconds, minutes and days.

Numbers by plan: reference/zoom-api.md §3. Heavy and resource-intensive calls share a day's quota.
"""

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from qosreport.simulator.endpoints import Label

DAY_S = 86_400
Window = Literal["second", "minute", "day"]


@dataclass(frozen=True)
class PlanLimits:
    """What an account may ask; none is not limited."""

    heavy_per_second: int | None = None
    intensive_per_minute: int | None = None
    per_day: int | None = None
    """Both labels together; begins anew at 00:00 GMT."""


UNLIMITED = PlanLimits()
BUSINESS = PlanLimits(40, 20, 60_000)
PRO = PlanLimits(10, 10, 30_000)
FREE = PlanLimits(1, 10, 1_000)


@dataclass(frozen=True)
class Allowance:
    """What the limits say about one call."""

    refused: Window | None
    limit: int | None
    """The limit that counts for it: the day's if that refused it, else the label's."""
    remaining: int


class Gate:
    """Counts the calls of one account. Safe to ask from several threads."""

    def __init__(self, limits: PlanLimits) -> None:
        self.limits = limits
        self._counts: Counter[tuple[Window, Label | None, int]] = Counter()
        self._lock = threading.Lock()

    def call(self, label: Label, now_s: float) -> Allowance:
        """Counts a call at that instant, unless it is one too many."""
        window: Window = "second" if label == "heavy" else "minute"
        most = self.limits.heavy_per_second
        if label != "heavy":
            most = self.limits.intensive_per_minute
        own = (window, label, int(now_s // (1 if label == "heavy" else 60)))
        day: tuple[Window, Label | None, int] = ("day", None, int(now_s // DAY_S))
        with self._lock:
            if self.limits.per_day is not None and self._counts[day] >= self.limits.per_day:
                return Allowance("day", self.limits.per_day, 0)
            if most is not None and self._counts[own] >= most:
                return Allowance(window, most, 0)
            self._counts[own] += 1
            self._counts[day] += 1
            return Allowance(None, most, 0 if most is None else most - self._counts[own])
