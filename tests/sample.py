"""Make sample_output/: a simulated week with two before it, and its worst meeting.

It is the same to the byte every time.

`make sample` writes it; `tests/test_sample.py` makes it again and compares.
"""

import datetime as dt
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qosreport import periods
from qosreport.pipeline import demo, jobs, ondemand
from qosreport.pipeline.meeting import Wanted
from qosreport.pipeline.run import Run
from qosreport.report.pdf_worker import start_worker
from qosreport.simulator.organisation import Simulation, SimulationSettings
from qosreport.simulator.server import Server

WEEKS = 3
"""Two before the one that is reported, so that there is change to be told."""
WEEK_END = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 11, 16, 6, 30, tzinfo=dt.UTC)


class StoppedClock:
    """A clock that stands still, so that two samples do not differ by when they were made."""

    def __init__(self) -> None:
        self._slept_s = 0.0

    def now(self) -> dt.datetime:
        """Monday morning."""
        return NOW

    def monotonic(self) -> float:
        """Only waiting moves it."""
        return self._slept_s

    def sleep(self, seconds: float) -> None:
        """Nobody waits."""
        self._slept_s += seconds


class Silence:
    """Tells nobody anything but gaps, of which a sample has none."""

    def say(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """A sample with gaps is no sample."""
        raise AssertionError(text)

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """Nothing."""
        del label, total
        yield lambda _done: None


def make(out: Path) -> None:
    """Pull three weeks, report the last of them, then its worst meeting."""
    simulation = Simulation(SimulationSettings(seed=demo.SEED, weeks=WEEKS, last_week_end=WEEK_END))
    with (
        start_worker() as worker,
        Server(simulation, now=lambda: NOW) as server,
        tempfile.TemporaryDirectory() as store,
    ):
        chosen = demo.settings_for(server, Path(store))
        settings = chosen.model_copy(
            update={
                # One worker: answers come, and are filed, in one order.
                "zoom": chosen.zoom.model_copy(update={"workers": 1}),
                "report": chosen.report.model_copy(update={"worst_pages": 1}),
            }
        )
        run = Run(settings, NOW, Silence(), clock=StoppedClock())
        weeks = [periods.iso_week(WEEK_END - dt.timedelta(weeks=n)) for n in range(WEEKS, 0, -1)]
        *earlier, period = (periods.week(week, zone=demo.ZONE, now=NOW) for week in weeks)
        outcomes = [jobs.pull(run, one) for one in earlier]
        outcomes.append(jobs.weekly(run, period, out, worker, offline=False))
        worst = demo.worst_meeting(run, period)
        assert worst is not None
        outcomes.append(ondemand.meeting(run, Wanted(worst, offline=True), out, worker))
    for outcome in outcomes:
        assert outcome.failure is None, outcome.failure
        assert not outcome.gaps, outcome.gaps


if __name__ == "__main__":
    make(Path(sys.argv[1]))
