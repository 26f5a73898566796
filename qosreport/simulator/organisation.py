"""The simulated organisation: what is asked of it, its meetings, and the truth about its troubles.

A meeting is made when it is asked for, from the seed and its number alone, so a week of any size
costs no more memory than one meeting, and the order of asking changes nothing.
"""

import datetime as dt
import math
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from qosreport.errors import BadSimulation
from qosreport.simulator import drawing
from qosreport.simulator.causes import Cause, CauseKind
from qosreport.simulator.company import Organisation, build
from qosreport.simulator.meetings import MeetingKind, SimMeeting
from qosreport.simulator.pages import qos_pages_json, qos_rows
from qosreport.simulator.parameters import SimulationSettings
from qosreport.simulator.people import LAPTOP_MODELS
from qosreport.simulator.planning import Planner
from qosreport.simulator.rows import (
    list_item,
    participant_rows,
    satisfaction_rows,
    sharing_rows,
)
from qosreport.simulator.schedule import WEEK_S, Schedule, week_of
from qosreport.simulator.summaries import summary_rows
from qosreport.simulator.truth import truth_of

__all__ = [
    "Simulation",
    "SimulationSettings",
    "list_item",
    "participant_rows",
    "qos_pages_json",
    "qos_rows",
    "satisfaction_rows",
    "sharing_rows",
    "summary_rows",
]

KEPT_MEETINGS = 64
"""Enough for as many clients as ask at once, each page by page."""


class Simulation:
    """An organisation and all its meetings.

    Raises:
        BadSimulation: A cause is at a place there is not.
    """

    def __init__(self, settings: SimulationSettings | None = None) -> None:
        self.settings = settings = settings or SimulationSettings()
        self.organisation = build(settings.seed, staff_for(settings.meetings_per_week))
        self.end_s = int(settings.last_week_end.timestamp())
        self.start_s = self.end_s - settings.weeks * WEEK_S
        self.schedule = Schedule(
            settings.seed, self.organisation, settings.meetings_per_week, settings.largest_webinar
        )
        self.causes = self._causes() if settings.causes is None else settings.causes
        self._check_causes()
        planner = Planner(self.schedule, self.causes, self.end_s, settings.odd_values)
        # One meeting by number; the latest few are kept, since pages are asked for one by one.
        self.plan = lru_cache(maxsize=KEPT_MEETINGS)(planner.plan)

    def _causes(self) -> tuple[Cause, ...]:
        period = drawing.Period(
            dt.datetime.fromtimestamp(self.start_s, dt.UTC).date(),
            self.settings.weeks,
            self.schedule.daily(),
        )
        return drawing.draw(self.settings.seed, self.organisation, period)

    def _check_causes(self) -> None:
        """Sees that every cause touches something there is: a misspelt one would touch nothing."""
        places = places_of(self.organisation)
        for cause in self.causes:
            if cause.where not in places[cause.kind]:
                raise BadSimulation(why=f"cause {cause.id}: there is no {cause.where!r}")

    @property
    def weeks(self) -> range:
        """The simulated weeks, counted from Monday 5 January 1970."""
        return range(week_of(self.start_s), week_of(self.end_s))

    def numbers(self, kind: MeetingKind, start: dt.datetime, end: dt.datetime) -> Iterator[int]:
        """Numbers of the meetings or webinars that start in [start, end), by start."""
        first_s, end_s = (math.ceil(moment.timestamp()) for moment in (start, end))
        webinars, per_week = self.schedule.webinars, self.settings.meetings_per_week
        numbers = self.schedule.numbers(max(first_s, self.start_s), min(end_s, self.end_s))
        return (one for one in numbers if (one % per_week < webinars) == (kind == "webinar"))

    def meetings(
        self, kind: MeetingKind, start: dt.datetime, end: dt.datetime
    ) -> Iterator[SimMeeting]:
        """All meetings (one-person ones, too) or webinars that start in [start, end), by start."""
        return map(self.plan, self.numbers(kind, start, end))

    def meeting(self, uuid: str) -> SimMeeting | None:
        """The meeting or webinar with that UUID; none if there is none."""
        number = self.schedule.number(uuid)
        if number is None or number // self.settings.meetings_per_week not in self.weeks:
            return None
        return self.plan(number)

    def instances(self, meeting_id: int) -> list[SimMeeting]:
        """All meetings or webinars with that number, by start."""
        return [self.plan(one) for one in self.schedule.instances(meeting_id, self.weeks)]

    def everything(self) -> Iterator[SimMeeting]:
        """All meetings and webinars, by start."""
        return map(self.plan, self.schedule.numbers(self.start_s, self.end_s))

    def truth(self) -> dict[str, Any]:
        """Every cause with its parameters and all it touched; see `truth.py` for the shape."""
        return truth_of(self.settings, self.organisation, self.causes, self.everything())


def places_of(organisation: Organisation) -> dict[CauseKind, Collection[str]]:
    """Where each kind of cause can be."""
    sites = {site.name for site in organisation.sites}
    return {
        "site_wifi": sites,
        "site_link": sites,
        "isp_evening": {isp.name for isp in organisation.isps},
        "data_centre": {centre.code for centre in organisation.data_centres},
        "sender_uplink": {person.key for person in organisation.members},
        "overloaded_laptops": LAPTOP_MODELS,
        "client_version": {release.version for release in organisation.releases},
    }


def staff_for(meetings_per_week: int) -> int:
    """So many people that everybody is in some eight meetings a week."""
    return min(8000, max(70, round(1.15 * meetings_per_week)))
