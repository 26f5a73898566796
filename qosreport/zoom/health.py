"""Whether going on makes sense: what stops a run for all its threads at once."""

import datetime as dt
import threading
from collections import deque

from qosreport.errors import (
    DailyLimit,
    MeetingErrors,
    NoNetwork,
    NotZoom,
    QosreportError,
    SkipMeeting,
    UnreadablePage,
    ZoomDown,
)
from qosreport.zoom.limits import Clock
from qosreport.zoom.transport import Broken

MEETINGS_IN_A_ROW = 10
"""So many meetings failing one after the other are no longer those meetings' trouble."""
ANSWERS_WATCHED = 200
ANSWERS_ENOUGH = 100
REFUSED_SHARE = 0.5
"""Zoom disables apps with a high share of errors; no share is published."""


class Health:
    """Watches answers and meetings, and stops every thread at its next call. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        """Healthy."""
        self._clock = clock
        self._lock = threading.Lock()
        self._stopped: QosreportError | None = None
        self._stopped_until: dt.datetime | None = None
        self._failures_in_a_row = 0
        self._refused: deque[bool] = deque(maxlen=ANSWERS_WATCHED)

    def check(self) -> None:
        """Go on unless the run is stopped.

        Raises:
            QosreportError: What stopped it, anew.
        """
        with self._lock:
            until = self._stopped_until
            if self._stopped is None or (until is not None and self._clock.now() >= until):
                return
            raise type(self._stopped)(**self._stopped.facts)

    def stop(self, error: QosreportError, *, until: dt.datetime | None = None) -> None:
        """Let no further call go, for good or `until` then."""
        with self._lock:
            if self._stopped is None or isinstance(self._stopped, DailyLimit):
                self._stopped, self._stopped_until = error, until

    def answered(self, status: int, last: str) -> None:
        """Note an answer; too many refusals stop the run.

        Raises:
            ZoomDown: Most of the latest answers were refusals.
        """
        with self._lock:
            # 401 and 429 are part of the protocol: a stale token, a pace to find.
            self._refused.append(400 <= status < 500 and status not in {401, 408, 429})
            count, refused = len(self._refused), sum(self._refused)
        if count >= ANSWERS_ENOUGH and refused > REFUSED_SHARE * count:
            error = ZoomDown(endpoint="most requests", attempts=refused, last=last)
            self.stop(error)
            raise error

    def meeting_worked(self) -> None:
        """A meeting came whole, or its trouble is its own."""
        with self._lock:
            self._failures_in_a_row = 0

    def meeting_failed(self, error: SkipMeeting) -> None:
        """Note a meeting that the server or the network failed; too many in a row stop the run.

        Raises:
            NoNetwork, ZoomDown, NotZoom: The last of too many.
        """
        with self._lock:
            self._failures_in_a_row += 1
            row = self._failures_in_a_row
        if row >= MEETINGS_IN_A_ROW:
            stop = _trouble_of_all(error, row)
            self.stop(stop)
            raise stop from error


def is_servers_fault(error: SkipMeeting) -> bool:
    """Whether a meeting failed for a reason that may be that of all meetings."""
    return isinstance(error, MeetingErrors | UnreadablePage)


def _trouble_of_all(error: SkipMeeting, row: int) -> QosreportError:
    cause = error.__cause__
    if isinstance(cause, Broken) and not cause.reached:
        return NoNetwork(host=cause.host, why=cause.why)
    if isinstance(error, UnreadablePage):
        host, endpoint, kind = "The API", f"{row} meetings in a row", error.facts["kind"]
        return NotZoom(host=host, endpoint=endpoint, kind=kind)
    return ZoomDown(endpoint="meetings in a row", attempts=row, last=error.facts["last"])
