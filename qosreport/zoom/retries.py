"""How long to wait between tries, and stopping while waiting."""

import random
import threading

from qosreport.errors import PullStopped
from qosreport.zoom.limits import Clock

ATTEMPTS = 5
"""Of one call that the server or the network fails."""
UNREADABLE_ATTEMPTS = 3
"""Of one call that is answered by something that is no page."""
RATE_ATTEMPTS = 8
"""Of one call that is refused for its rate."""
FIRST_WAIT_S = 0.5
LONGEST_BACKOFF_S = 30.0


class Waits:
    """Lets time pass between tries. Thread-safe; ends every wait when told to stop."""

    SLICE_S = 1.0
    """How soon a stop is noticed."""

    def __init__(self, clock: Clock, *, seed: int | None = None) -> None:
        """`seed` makes the jitter repeatable."""
        self._clock = clock
        # Jitter spreads tries out; nothing secret hangs on it.
        self._random = random.Random(seed)  # noqa: S311
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End every wait, now and later."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def check(self) -> None:
        """Go on unless stopped.

        Raises:
            PullStopped: `stop` was called.
        """
        if self._stopped.is_set():
            raise PullStopped

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass.

        Raises:
            PullStopped: `stop` was called.
        """
        until = self._clock.monotonic() + seconds
        self.check()
        while (left := until - self._clock.monotonic()) > 0:
            self._clock.sleep(min(left, self.SLICE_S))
            self.check()

    def back_off(self, tries: int, *, at_least_s: float = 0.0) -> None:
        """Wait after the `tries`th failure: twice as long each time, with jitter."""
        wait_s = min(LONGEST_BACKOFF_S, FIRST_WAIT_S * 2 ** (tries - 1))
        self.sleep(max(at_least_s, self.jittered(wait_s)))

    def jittered(self, seconds: float) -> float:
        """Up to half as long again, so that threads do not come back in step."""
        return seconds * (1 + 0.5 * self._random.random())
