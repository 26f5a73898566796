"""The `from` and `to` of a list: what may be asked, and which instants it means."""

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

MONTHS_KEPT = 6


@dataclass(frozen=True)
class Window:
    """What a list was asked for."""

    first: str
    """As written."""
    last: str
    start_s: int
    end_s: int
    """Exclusive: a date means its whole day, a time its whole second."""


class BadWindow(ValueError):
    """A window that cannot be; holds the name of the parameter, and why."""


def window_of(params: Mapping[str, str], now: dt.datetime) -> Window:
    """The window asked for.

    Raises:
        BadWindow: It is missing, misspelt, longer than a month or older than six.
    """
    first, last = _instant(params, "from"), _instant(params, "to")
    if last < first:
        raise BadWindow("to", "Must not be before from.")
    if last > months_from(first, 1):
        raise BadWindow("to", "The range must not be longer than one month.")
    if first < months_from(now, -MONTHS_KEPT) - dt.timedelta(days=1):
        raise BadWindow("from", "Must be within the last six months.")
    whole = dt.timedelta(days=1) if len(params["to"]) == 10 else dt.timedelta(seconds=1)
    end_s = int((last + whole).timestamp())
    return Window(params["from"], params["to"], int(first.timestamp()), end_s)


def months_from(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day so many months later, or the last day of a shorter month."""
    count = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(count, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _instant(params: Mapping[str, str], name: str) -> dt.datetime:
    text = params.get(name, "")
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    raise BadWindow(name, "Must be written as yyyy-MM-dd or yyyy-MM-dd HH:mm:ss.")
