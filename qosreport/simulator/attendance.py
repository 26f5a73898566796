"""Who comes to a meeting, when they join and leave, and on what device."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from qosreport.simulator.dice import Dice, Weighted
from qosreport.simulator.meetings import Role
from qosreport.simulator.people import Device, Person
from qosreport.simulator.places import Place
from qosreport.simulator.schedule import Schedule, Series

ENDED = "Host ended the meeting."
LEFT = "$name left the meeting."
NETWORK = "Network connection error."
DISCONNECTED = "$name got disconnected from the meeting."
REMOVED = "Removed by host."
WAITED = "Leave waiting room."

_LATE_S = Weighted(((0, 45), 45), ((45, 150), 33), ((150, 420), 14), ((420, 1200), 8))
_EARLY_S = Weighted(((0, 0), 66), ((1, 40), 16), ((40, 420), 12), ((420, 1800), 6))
_DROPS = Weighted((NETWORK, 6), (DISCONNECTED, 4))


@dataclass(frozen=True)
class Visit:
    """One stay of one person in the meeting, before it is known what their line was like."""

    person: Person
    device: Device
    place: Place
    role: Role
    which: int
    """Number of the person and device in this meeting."""
    join_s: int
    leave_s: int
    reason: str
    breakout: int = 0
    """Number of the breakout room; 0 is the main one."""
    waiting: bool = False

    def split(self, at_s: int, gap_s: int, reason: str) -> Iterator["Visit"]:
        """Two stays of it, with a gap between, or the whole if one would be too short."""
        if self.join_s + 60 > at_s or at_s + gap_s + 60 > self.leave_s:
            yield self
            return
        yield replace(self, leave_s=at_s, reason=reason)
        yield replace(self, join_s=at_s + gap_s)


class Attendance:
    """The people of each series and their habits."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.organisation = schedule.organisation
        self.team = lru_cache(maxsize=20_000)(self._team)

    def _team(self, key: int) -> tuple[Person, ...]:
        """Everybody the series with that key expects besides its host."""
        series = self.schedule.series(key)
        dice = Dice(self.schedule.seed, "team", key)
        outside = self._outside_share(dice, series)
        wanted: dict[str, Person] = {}
        for _ in range(series.size - 1):
            person = self._one(dice, series, outside)
            if series.webinar and person.key in wanted:
                person = self._guest(dice, series)
            wanted.setdefault(person.key, person)
        wanted.pop(series.host.key, None)
        return tuple(wanted.values())

    def _outside_share(self, dice: Dice, series: Series) -> float:
        """Share of guests."""
        if series.webinar:
            return dice.between(0.4, 0.8)
        return dice.between(0.15, 0.6) if dice.chance(0.2) else 0.0

    def _one(self, dice: Dice, series: Series, outside: float) -> Person:
        organisation = self.organisation
        if dice.chance(outside):
            return self._guest(dice, series)
        site = series.host.site
        if site and dice.chance(0.5):
            return dice.pick(organisation.members_of[site.name])
        return dice.pick(organisation.members)

    def _guest(self, dice: Dice, series: Series) -> Person:
        """A guest: to meetings the same few come again and again, to webinars the whole world."""
        pool = 100_000 if series.webinar else 3 * len(self.organisation.members)
        return self.organisation.guest(dice.whole(0, pool))

    def visits(self, dice: Dice, series: Series, start_s: int, end_s: int) -> list[Visit]:
        """All stays, the host's first."""
        hours = _Hours(start_s, end_s)
        visits = [hours.stay(dice, series.host, 0, "host")]
        come = 0.87 if series.recurring else 0.96
        people = [one for one in self.team(series.key) if dice.chance(come)]
        people += self._rooms(dice, series)
        for which, person in enumerate(people, 1):
            role: Role = "panelist" if series.webinar and which <= 3 else "attendee"
            visits.append(hours.stay(dice, person, which, role))
        visits += list(_second_devices(dice, visits))
        if series.webinar:
            return visits
        visits += list(_waiting(dice, visits))
        return list(_breakouts(dice, visits, start_s, end_s))

    def _rooms(self, dice: Dice, series: Series) -> list[Person]:
        site = series.host.site
        if series.size < 3 or site is None or not dice.chance(0.2):
            return []
        return [dice.pick(self.organisation.rooms_of(site.name))]


class _Hours:
    """The time of one meeting, and what weekday and hour it is where people are."""

    def __init__(self, start_s: int, end_s: int) -> None:
        self.start_s = start_s
        self.end_s = end_s
        self._local: dict[str, tuple[int, float]] = {}

    def local(self, zone: str) -> tuple[int, float]:
        """Weekday and hour at the start."""
        if zone not in self._local:
            moment = dt.datetime.fromtimestamp(self.start_s, zoneinfo.ZoneInfo(zone))
            self._local[zone] = moment.weekday(), moment.hour + moment.minute / 60
        return self._local[zone]

    def stay(self, dice: Dice, person: Person, which: int, role: Role) -> Visit:
        """How long somebody is in: the host throughout, others later and shorter."""
        place = person.place(*(self.local(person.site.zone) if person.site else (0, 12.0)))
        join_s, leave_s, reason = self.start_s, self.end_s, ENDED
        if role != "host":
            join_s += dice.whole(*dice.weighted(_LATE_S))
            early_s = dice.whole(*dice.weighted(_EARLY_S))
            leave_s -= early_s
            if leave_s < join_s + 90:
                join_s, leave_s, early_s = min(join_s, self.end_s - 90), self.end_s, 0
            reason = LEFT if early_s else ENDED
            if early_s > 40 and dice.chance(0.01):
                reason = REMOVED
        join_s = max(join_s, self.start_s)
        return Visit(person, person.device, place, role, which, join_s, leave_s, reason)


def _second_devices(dice: Dice, visits: list[Visit]) -> Iterator[Visit]:
    """Some people join again on their telephone, for the way to the next room or the camera."""
    which = len(visits)
    for visit in visits:
        mobile = visit.person.mobile
        if mobile is None or visit.leave_s - visit.join_s < 600 or not dice.chance(0.03):
            continue
        place = replace(visit.place, network_type="Wifi", internal_address="")
        begin_s = visit.join_s + dice.whole(60, (visit.leave_s - visit.join_s) // 2)
        leave_s = begin_s + dice.whole(180, max(200, visit.leave_s - begin_s - 60))
        leave_s = min(leave_s, visit.leave_s)
        role: Role = "panelist" if visit.role == "panelist" else "attendee"
        yield Visit(visit.person, mobile, place, role, which, begin_s, leave_s, LEFT)
        which += 1


def _waiting(dice: Dice, visits: list[Visit]) -> Iterator[Visit]:
    """Guests may have to wait to be let in."""
    if not dice.chance(0.3):
        return
    for visit in visits:
        if visit.person.kind in {"guest", "web"}:
            begin_s = visit.join_s - dice.whole(10, 200)
            yield replace(
                visit, join_s=begin_s, leave_s=visit.join_s - 1, waiting=True, reason=WAITED
            )


def _breakouts(dice: Dice, visits: list[Visit], start_s: int, end_s: int) -> Iterator[Visit]:
    """In some meetings everybody goes to breakout rooms for a while, and comes back."""
    if len(visits) < 6 or end_s - start_s < 1500 or not dice.chance(0.07):
        yield from visits
        return
    length_s = end_s - start_s
    out_s = start_s + int(length_s * dice.between(0.3, 0.45))
    back_s = out_s + int(length_s * dice.between(0.2, 0.35))
    rooms = max(2, len(visits) // 4)
    for visit in visits:
        if visit.waiting or visit.join_s + 60 > out_s or back_s + 60 > visit.leave_s:
            yield visit
            continue
        yield replace(visit, leave_s=out_s, reason=LEFT)
        room = dice.whole(1, rooms)
        yield replace(
            visit, join_s=out_s + dice.whole(3, 9), leave_s=back_s, reason=LEFT, breakout=room
        )
        yield replace(visit, join_s=back_s + dice.whole(3, 9))


def dropped(dice: Dice, visit: Visit, chance: float) -> Iterator[Visit]:
    """The stay, cut in two with some chance because the connection was lost for a while."""
    if visit.waiting or visit.leave_s - visit.join_s < 240 or not dice.chance(chance):
        yield visit
        return
    at_s = dice.whole(visit.join_s + 90, visit.leave_s - 90)
    yield from visit.split(at_s, dice.whole(15, 110), dice.weighted(_DROPS))
