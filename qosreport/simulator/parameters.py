"""What is asked of a simulation: its seed, size, weeks and causes."""

import datetime as dt
from dataclasses import dataclass

from qosreport.errors import BadSimulation
from qosreport.simulator.causes import Cause
from qosreport.simulator.schedule import monday_of, week_of

DEFAULT_END = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)


@dataclass(frozen=True)
class SimulationSettings:
    """What kind of organisation, how large, and when.

    Raises:
        BadSimulation: A value lies outside its limits, or the last week ends on no Monday.
    """

    seed: int = 1
    meetings_per_week: int = 120
    weeks: int = 2
    last_week_end: dt.datetime = DEFAULT_END
    """A Monday, 00:00 UTC: the last simulated week ends there."""
    causes: tuple[Cause, ...] | None = None
    """None draws them from the seed; none at all is an empty tuple."""
    odd_values: float = 0.005
    """Share of values in odd spellings."""
    largest_webinar: int | None = None
    """People in the largest webinar of every week; None lets it grow with the organisation."""

    def __post_init__(self) -> None:
        end = self.last_week_end
        if end.tzinfo is None or end.timestamp() != monday_of(week_of(int(end.timestamp()))):
            raise BadSimulation(why="the last week must end on a Monday at 00:00 UTC")
        for name, low, high in (
            ("meetings_per_week", 20, 20_000),
            ("weeks", 1, 52),
            ("odd_values", 0, 0.1),
        ):
            if not low <= getattr(self, name) <= high:
                raise BadSimulation(why=f"{name} must be between {low} and {high}")
