"""When which meeting takes place: number ↔ week and slot ↔ UUID, and what a series shares.

Every week has the same number of slots. A slot holds a webinar, an instance of a series that meets
daily or weekly, or a single meeting. All follows from the seed and the meeting's number.
"""

import base64
import binascii
import datetime as dt
import hashlib
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from qosreport.simulator.company import Organisation
from qosreport.simulator.dice import Dice, Weighted
from qosreport.simulator.names import TOPICS, WEBINAR_TOPICS
from qosreport.simulator.people import Person

MONDAY_ZERO = dt.date(1970, 1, 5)
DAY_S = 86_400
WEEK_S = 7 * DAY_S
_DAILY = 1_000_000
_SINGLE = 10_000_000
_PRIME = 9_999_999_967
_FACTOR, _OFFSET, _FIRST_ID = 4_294_967_311, 271_828_182, 80_000_000_000

_HOURS = Weighted(
    (7, 1), (8, 4), (9, 12), (10, 16), (11, 14), (12, 5), (13, 8), (14, 15), (15, 13), (16, 9),
    (17, 6), (18, 4), (19, 2), (20, 1),
)  # fmt: skip
_MINUTES = Weighted((0, 68), (30, 25), (15, 4), (45, 3))
_DAYS = Weighted((0, 19), (1, 23), (2, 22), (3, 21), (4, 13), (5, 1.2), (6, 0.8))
"""Counted in the site's own working week; 5 and 6 are its days off."""
_LENGTHS_MIN = Weighted((15, 8), (30, 34), (45, 13), (60, 31), (90, 9), (120, 5))
_SIZES = Weighted(
    ((1, 1), 4), ((2, 2), 25), ((3, 5), 34), ((6, 12), 24), ((13, 29), 10), ((30, 70), 2.7),
    ((71, 100), 0.3),
)  # fmt: skip


@dataclass(frozen=True)
class Series:
    """What all instances of a meeting share; a single meeting is a series of one."""

    key: int
    webinar: bool
    recurring: bool
    topic: str
    host: Person
    minute_of_day: int
    """Local start at the host's site."""
    weekday: int | None
    """Monday is 0; none for a series that meets every working day."""
    length_min: int
    size: int
    """People expected, the host included."""


class Schedule:
    """The meetings of every week."""

    def __init__(
        self, seed: int, organisation: Organisation, per_week: int, largest_webinar: int | None
    ) -> None:
        self.seed = seed
        self.organisation = organisation
        self.per_week = per_week
        self.largest_webinar = largest_webinar
        self.webinars = max(1, round(0.016 * per_week))
        self.kinds = [self._kind(slot) for slot in range(per_week)]
        self.series = lru_cache(maxsize=4 * per_week)(self._series)

    def _kind(self, slot: int) -> int:
        """Key of the daily or weekly series of a slot; 0 for single meetings and webinars."""
        if slot < self.webinars:
            return 0
        block = (slot - self.webinars) // 5
        whole = self.webinars + 5 * block + 4 < self.per_week
        if whole and (block == 0 or Dice(self.seed, "block", block).chance(0.2)):
            return _DAILY + block
        return slot if Dice(self.seed, "slot", slot).chance(0.5) else 0

    def key(self, number: int) -> int:
        """Key of the series to which a meeting belongs."""
        return self.kinds[number % self.per_week] or _SINGLE + number

    def daily(self) -> tuple[tuple[Person, float], ...]:
        """Who holds a meeting every working day, and its local hour."""
        keys = dict.fromkeys(key for key in self.kinds if _DAILY <= key < _SINGLE)
        series = (self.series(key) for key in keys)
        return tuple((one.host, one.minute_of_day / 60) for one in series)

    def _series(self, key: int) -> Series:
        dice = Dice(self.seed, "series", key)
        webinar = key >= _SINGLE and (key - _SINGLE) % self.per_week < self.webinars
        host = dice.pick(self.organisation.members)
        daily = _DAILY <= key < _SINGLE
        day = dice.weighted(_DAYS)
        return Series(
            key=key,
            webinar=webinar,
            recurring=key < _SINGLE,
            topic=_topic(dice, host, webinar=webinar, daily=daily),
            host=host,
            minute_of_day=60 * dice.weighted(_HOURS) + dice.weighted(_MINUTES),
            weekday=None if daily else _weekday(host, day),
            length_min=15 * dice.whole(1, 2) if daily else self._length_min(dice, webinar=webinar),
            size=dice.whole(4, 10) if daily else self._size(dice, key, webinar=webinar),
        )

    def _length_min(self, dice: Dice, *, webinar: bool) -> int:
        return dice.pick((45, 60, 60, 90)) if webinar else dice.weighted(_LENGTHS_MIN)

    def _size(self, dice: Dice, key: int, *, webinar: bool) -> int:
        if not webinar:
            return dice.whole(*dice.weighted(_SIZES))
        if self.largest_webinar and (key - _SINGLE) % self.per_week == 0:
            return self.largest_webinar
        return dice.whole(20, min(280, 30 + self.per_week))

    def start_s(self, number: int) -> int:
        """When a meeting begins, in seconds since 1970; always within its week in UTC."""
        week, slot = divmod(number, self.per_week)
        series = self.series(self.key(number))
        site = series.host.site or self.organisation.sites[0]
        weekday = series.weekday
        if weekday is None:
            weekday = site.workdays[(slot - self.webinars) % 5]
        monday_s = monday_of(week)
        for shift in (0, 7, -7):
            day = MONDAY_ZERO + dt.timedelta(days=7 * week + weekday + shift)
            start_s = _local_s(day, series.minute_of_day, site.zone)
            if monday_s <= start_s < monday_s + WEEK_S:
                break
        late_s = Dice(self.seed, "late", number).whole(-150, 150)
        return min(max(start_s + late_s, monday_s), monday_s + WEEK_S - 60)

    def numbers(self, start_s: int, end_s: int) -> Iterator[int]:
        """Numbers of the meetings that start in [start, end), by start."""
        for week in range(week_of(start_s), week_of(end_s - 1) + 1):
            first = week * self.per_week
            starts = ((self.start_s(one), one) for one in range(first, first + self.per_week))
            yield from (one for moment, one in sorted(starts) if start_s <= moment < end_s)

    def meeting_id(self, key: int) -> int:
        """Zoom's number of a series: eleven digits."""
        return _FIRST_ID + (_FACTOR * key + _OFFSET) % _PRIME

    def instances(self, meeting_id: int, weeks: range) -> list[int]:
        """Numbers of all instances of a meeting id in those weeks, by start."""
        key = (meeting_id - _FIRST_ID - _OFFSET) * pow(_FACTOR, -1, _PRIME) % _PRIME
        if self.meeting_id(key) != meeting_id:
            return []
        if key >= _SINGLE:
            numbers = [key - _SINGLE]
        else:
            slots = [slot for slot, kind in enumerate(self.kinds) if kind == key]
            numbers = [week * self.per_week + slot for week in weeks for slot in slots]
        numbers = [one for one in numbers if one // self.per_week in weeks and self.key(one) == key]
        return sorted(numbers, key=self.start_s)

    def uuid(self, number: int) -> str:
        """Zoom's UUID of a meeting. Some begin with a slash, some hold two, as Zoom's do."""
        form = bytearray(_digest(self.seed, "form", number)[:4])
        if form[3] < 8:
            form[0] |= 0xFC
        elif form[3] < 14:
            form[0] |= 0x03
            form[1] = 0xFF
            form[2] |= 0xC0
        head = bytes(form[:3])
        hidden = int.from_bytes(_digest(self.seed, "mask", head.hex())[:5], "big") ^ number
        tail = _digest(self.seed, "tail", number)[:8]
        return base64.b64encode(head + hidden.to_bytes(5, "big") + tail).decode("ascii")

    def number(self, uuid: str) -> int | None:
        """Number of the meeting with that UUID; none if there is no such meeting."""
        try:
            raw = base64.b64decode(uuid, validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != 16:
            return None
        mask = _digest(self.seed, "mask", raw[:3].hex())[:5]
        number = int.from_bytes(raw[3:8], "big") ^ int.from_bytes(mask, "big")
        return number if self.uuid(number) == uuid else None


def week_of(moment_s: int) -> int:
    """Weeks from Monday 5 January 1970 to an instant in seconds since 1970."""
    return (moment_s - 4 * DAY_S) // WEEK_S


def monday_of(week: int) -> int:
    """First second of a week, in UTC."""
    return week * WEEK_S + 4 * DAY_S


def _weekday(host: Person, day: int) -> int:
    workdays = host.site.workdays if host.site else (0, 1, 2, 3, 4)
    return workdays[day] if day < 5 else sorted(set(range(7)) - set(workdays))[day - 5]


def _topic(dice: Dice, host: Person, *, webinar: bool, daily: bool) -> str:
    if webinar:
        return dice.pick(WEBINAR_TOPICS)
    return f"{host.department}: {'Stand-up' if daily else dice.pick(TOPICS)}"


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


def _local_s(day: dt.date, minute_of_day: int, zone: str) -> int:
    """A local time of day as an instant, in seconds since 1970."""
    hour, minute = divmod(minute_of_day, 60)
    moment = dt.datetime.combine(day, dt.time(hour, minute), zoneinfo.ZoneInfo(zone))
    return int(moment.timestamp())
