"""ISO weeks and dates in the report's time zone, as half-open UTC intervals."""

import datetime as dt
import difflib
import re
import zoneinfo
from dataclasses import dataclass

from qosreport.errors import BadPeriod, BadWeek, FutureWeek, UnknownTimeZone

WEEK_FORM = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True)
class Period:
    """Local midnights of one time zone, as the UTC interval [start, end)."""

    label: str
    """2026-W46 for a week, 2026-11-09--2026-11-15 for dates; safe in a file name."""
    start: dt.datetime
    end: dt.datetime
    zone: str
    first_day: dt.date
    last_day: dt.date

    @property
    def hours(self) -> float:
        """Length in hours: 167 or 169 in a week when clocks change."""
        return (self.end - self.start) / dt.timedelta(hours=1)

    @property
    def is_week(self) -> bool:
        """Whether this is one ISO week."""
        return WEEK_FORM.fullmatch(self.label) is not None

    def is_open(self, now: dt.datetime) -> bool:
        """Whether meetings can still begin in it."""
        return now < self.end


def time_zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone called `name`.

    Raises:
        UnknownTimeZone: No such zone, with the nearest name as a hint.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(name, sorted(zoneinfo.available_timezones()), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UnknownTimeZone(name=name, hint=hint) from None


def week(text: str, *, zone: str, now: dt.datetime) -> Period:
    """The ISO week written as 2026-W46, or `last`: the last one complete at `now`.

    Raises:
        BadWeek: `text` is no week, or a week that year does not have.
        FutureWeek: The week has not begun.
        UnknownTimeZone: No such zone.
    """
    tz = time_zone(zone)
    if text == "last":
        today = now.astimezone(tz).date()
        return _week_of_monday(today - dt.timedelta(days=today.weekday() + 7), tz)
    match = WEEK_FORM.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        monday = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
        period = _week_of_monday(monday, tz)
    except (ValueError, OverflowError):
        raise BadWeek(text=text) from None
    if period.start > now:
        raise FutureWeek(label=period.label, start=period.first_day.isoformat())
    return period


def weeks_since(label: str, last: Period) -> list[Period]:
    """The weeks from the one of that label to `last`, both included, the oldest first."""
    tz = time_zone(last.zone)
    found = []
    monday = last.first_day
    while week_of(monday) >= label:
        found.append(_week_of_monday(monday, tz))
        monday -= dt.timedelta(days=7)
    return found[::-1]


def dates(first: dt.date, last: dt.date, *, zone: str, now: dt.datetime) -> Period:
    """The days from `first` to `last`, both included.

    Raises:
        BadPeriod: `last` is before `first`, or `first` lies in the future.
        UnknownTimeZone: No such zone.
    """
    tz = time_zone(zone)
    if last < first:
        raise BadPeriod(why=f"The period ends ({last}) before it begins ({first}).")
    period = Period(
        label=f"{first}--{last}",
        start=_midnight(first, tz),
        end=_midnight(last + dt.timedelta(days=1), tz),
        zone=zone,
        first_day=first,
        last_day=last,
    )
    if period.start > now:
        raise BadPeriod(why=f"The period begins {first}, which lies in the future.")
    return period


def iso_week(moment: dt.datetime) -> str:
    """The ISO week of an instant in UTC, the store's partition: 2026-W46."""
    return week_of(moment.astimezone(dt.UTC).date())


def week_of(day: dt.date) -> str:
    """The ISO week of a day: 2026-W46."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"


def _week_of_monday(monday: dt.date, tz: zoneinfo.ZoneInfo) -> Period:
    return Period(
        label=week_of(monday),
        start=_midnight(monday, tz),
        end=_midnight(monday + dt.timedelta(days=7), tz),
        zone=tz.key,
        first_day=monday,
        last_day=monday + dt.timedelta(days=6),
    )


def _midnight(day: dt.date, tz: zoneinfo.ZoneInfo) -> dt.datetime:
    """The first instant of a day. Where clocks skip midnight, that is after the gap."""
    return dt.datetime.combine(day, dt.time(), tz).astimezone(dt.UTC)
