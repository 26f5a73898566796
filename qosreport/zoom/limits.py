"""How fast and how much may be asked: Zoom's limits by label and plan, our own daily budget.

Limits are per account and shared by all its apps; figures: developers.zoom.us, "Rate limits".
"""

import datetime as dt
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

from qosreport.errors import BudgetSpent

Label = Literal["heavy", "resource_intensive"]
HEAVY: Label = "heavy"
RESOURCE_INTENSIVE: Label = "resource_intensive"


class Clock(Protocol):
    """Where the time comes from and goes to."""

    def now(self) -> dt.datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only ever grow, whatever is done to the machine's clock."""

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        """The time of day, in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        time.sleep(seconds)


@dataclass(frozen=True)
class Rate:
    """So many calls in so many seconds."""

    calls: int
    period_s: float
    even: bool
    """Spread evenly. A limit per minute is not: the first calls need not wait for seconds."""


@dataclass(frozen=True)
class Plan:
    """What Zoom allows an account."""

    rates: Mapping[Label, Rate]
    daily_calls: int
    """Of both labels together."""


def _plan(heavy_per_second: int, resource_intensive_per_minute: int, daily_calls: int) -> Plan:
    rates = {
        HEAVY: Rate(heavy_per_second, 1.0, even=True),
        RESOURCE_INTENSIVE: Rate(resource_intensive_per_minute, 60.0, even=False),
    }
    return Plan(MappingProxyType(rates), daily_calls)


PLANS: Mapping[str, Plan] = MappingProxyType(
    {"free": _plan(1, 10, 1_000), "pro": _plan(10, 10, 30_000), "business": _plan(40, 20, 60_000)}
)


def next_gmt_day(now: dt.datetime) -> dt.datetime:
    """When Zoom begins to count anew: the next midnight in GMT."""
    tomorrow = now.astimezone(dt.UTC).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), dt.UTC)


def as_text(moment: dt.datetime) -> str:
    """An instant as messages write it: 2026-11-21 00:00 UTC."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


class Pacer:
    """Lets calls of one label go, never more than the plan's rate, whichever second it counts from.

    Two rules hold at once. No more than the rate's calls go within any period, stretched by a
    little: that keeps whole seconds and sliding ones below the limit. And an even rate lets calls
    go at equal distances, because a burst that is legal here may meet the burst before it at the
    server; a little lateness is made up for, a pause is not.

    After a per-second refusal it slows down and then recovers step by step. Thread-safe: callers
    queue, and one that wakes late delays nobody but itself.
    """

    SHARE = 0.97
    """Of the plan's rate aimed at."""
    WINDOW_SHARE = 0.985
    """Of the plan's rate never exceeded in any period, counted by when calls go. Above SHARE: the
    lateness of single calls must not add up."""
    LATE = 2.0
    """Distances that a call may go late and the next still be due as if it had not."""
    SLOWER = 0.8
    SLOWEST = 0.1
    RECOVERY = 0.02
    """Regained each period."""

    def __init__(self, rate: Rate, clock: Clock, *, wait: Callable[[float], None]) -> None:
        """Pace at `rate`; `wait` lets seconds pass and may raise to end it."""
        self.rate = rate
        self._clock = clock
        self._wait = wait
        self._queue = threading.Lock()
        self._state = threading.Lock()
        self._gone: deque[float] = deque(maxlen=rate.calls)
        self._due = -math.inf
        self._held_until = -math.inf
        self._speed = 1.0
        self._slowed_at = -math.inf
        # Without even distances the window alone keeps the room for calls that overtake others.
        self._window_share = self.WINDOW_SHARE if rate.even else self.SHARE

    def acquire(self) -> None:
        """Wait until a call may go."""
        with self._queue:
            # Waiting with the queue held keeps the order; the state stays free for `slow_down`.
            while (seconds := self._try()) > 0:
                self._wait(seconds)

    def slow_down(self, pause_s: float) -> None:
        """After a refusal: let nothing go for `pause_s`, then go on more slowly."""
        with self._state:
            now = self._clock.monotonic()
            self._held_until = max(self._held_until, now + pause_s)
            # Calls already under way are refused for the same cause: they count once.
            if now - self._slowed_at >= self.rate.period_s:
                self._speed = max(self.SLOWEST, self._speed_at(now) * self.SLOWER)
                self._slowed_at = now + pause_s

    def _try(self) -> float:
        """Let a call go and return 0, or return the seconds to wait before asking again."""
        with self._state:
            now = self._clock.monotonic()
            speed = self._speed_at(now)
            free_at = self._held_until
            if len(self._gone) == self.rate.calls:
                window_s = self.rate.period_s / (speed * self._window_share)
                free_at = max(free_at, self._gone[0] + window_s)
            if self.rate.even:
                free_at = max(free_at, self._due)
            if free_at > now:
                return free_at - now
            self._go(now, speed)
            return 0.0

    def _go(self, now: float, speed: float) -> None:
        self._gone.append(now)
        if self.rate.even:
            distance = self.rate.period_s / self.rate.calls / (speed * self.SHARE)
            # Counted from when the call was due, not from when it went, so that lateness is made up
            # for; after a longer pause from now on, so that a pause is not.
            late = now - self._due > self.LATE * distance
            self._due = (now if late else self._due) + distance

    def _speed_at(self, now: float) -> float:
        periods = max(0.0, now - self._slowed_at) / self.rate.period_s
        return min(1.0, self._speed + periods * self.RECOVERY)


class Budget:
    """This account's share of the day's calls, of all labels together; days are Zoom's, in GMT."""

    def __init__(
        self,
        plan: Plan,
        share: float,
        clock: Clock,
        *,
        spent: Callable[[dt.date], int],
        spend: Callable[[dt.date, str, int], None],
    ) -> None:
        """Hold calls to `share` of the plan's.

        Args:
            plan: The account's plan.
            share: 0 to 1.
            clock: Tells the day.
            spent: Calls already spent on a day; asked once a day.
            spend: Writes down calls before they are made. Called by whichever thread makes the
                call, one at a time.
        """
        self.calls = int(plan.daily_calls * share)
        self._share = share
        self._clock = clock
        self._spent = spent
        self._spend = spend
        self._lock = threading.Lock()
        self._day: dt.date | None = None
        self._used = 0

    def take(self, label: Label) -> None:
        """Spend one call.

        Raises:
            BudgetSpent: Nothing is left today.
        """
        with self._lock:
            now = self._clock.now()
            self._begin(now.date())
            if self._used >= self.calls:
                share_pct = f"{100 * self._share:g}"
                resume = as_text(next_gmt_day(now))
                raise BudgetSpent(budget=self.calls, share=share_pct, resume=resume)
            self._spend(now.date(), label, 1)
            self._used += 1

    def left(self) -> int:
        """Calls left today."""
        with self._lock:
            self._begin(self._clock.now().date())
            return max(0, self.calls - self._used)

    def _begin(self, day: dt.date) -> None:
        if day != self._day:
            self._used = self._spent(day)
            self._day = day
