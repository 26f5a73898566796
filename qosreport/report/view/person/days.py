"""Days × hours: a lane for each day with its meetings, the worse the taller."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from qosreport.report.result import Band, PersonResult, Visit
from qosreport.report.view import phrases, strips, words
from qosreport.report.view.layout import Layout
from qosreport.report.view.meeting.strip import LaneRow, Strip
from qosreport.report.view.pieces import Heading, KeyItem
from qosreport.report.view.strips import Timeline, severity
from qosreport.report.view.words import Clock, prose, quiet

STEP_H = (1, 2, 3, 4, 6)
MOST_TICKS = 9
POOR = ("Poor", "Bad")


@dataclass(frozen=True)
class Days:
    """One person's document about to be shown, day by day."""

    result: PersonResult
    layout: Layout

    @property
    def clock(self) -> Clock:
        """The report's time zone."""
        return Clock(self.result.head.zone)

    @cached_property
    def by_day(self) -> dict[dt.date, list[Visit]]:
        """Meetings by the local day they were joined on, newest first."""
        found: dict[dt.date, list[Visit]] = {}
        for visit in self.result.visits:
            found.setdefault(self.clock.local(visit.start).date(), []).append(visit)
        return found

    @cached_property
    def hours(self) -> tuple[int, int]:
        """The hours of the day in which anything was sampled, past the last."""
        moments = [self.span(visit) for visit in self.result.visits if visit.minute_bands]
        first = min((begin for begin, _ in moments), default=9 * 60) // 60
        last = -(-max((end for _, end in moments), default=17 * 60) // 60)
        return first, max(last, first + 1)

    def span(self, visit: Visit) -> tuple[int, int]:
        """From which minute of the local day to which; cut at midnight."""
        local = self.clock.local(visit.first_minute or visit.start)
        begin = local.hour * 60 + local.minute
        return begin, min(begin + len(visit.minute_bands), 24 * 60)

    @cached_property
    def timeline(self) -> Timeline:
        """The hours as an axis."""
        first, last = self.hours
        step = next((step for step in STEP_H if (last - first) / step <= MOST_TICKS), 6)
        ticks = range(-first % step * 60, (last - first) * 60 + 1, step * 60)
        return Timeline((last - first) * 60, tuple(ticks) or (0,), None)


def strip(days: Days) -> Strip | None:
    """The section; None where nothing was sampled."""
    if not any(visit.minute_bands for visit in days.result.visits):
        return None
    shown = list(days.by_day.items())[: days.layout.lanes]
    left = len(days.by_day) - len(shown)
    first = days.hours[0]
    return Strip(
        heading=Heading("time", "Day by day", prose(_finding(days))),
        sub=prose(
            "Each block is a meeting, the worse the taller. Trouble at one hour of every day looks "
            "like a column; a good time is a quiet blue line."
        ),
        corner="Days, newest first",
        ticks=tuple(f"{first + tick // 60:02d}:00" for tick in days.timeline.ticks),
        rows=tuple(_day(days, day, visits, i) for i, (day, visits) in enumerate(shown)),
        key=_key(),
        note=prose(f"{words.plural(left, 'earlier day')} not drawn." if left else ""),
    )


def _finding(days: Days) -> str:
    poor = [
        day
        for day, visits in days.by_day.items()
        if any(visit.net_band in POOR for visit in visits)
    ]
    if not poor:
        return "No day had a poor meeting"
    of = words.plural(len(days.by_day), "day")
    return f"Poor meetings on {words.spelt(len(poor))} of {of} with meetings"


def _day(days: Days, day: dt.date, visits: Sequence[Visit], index: int) -> LaneRow:
    worst = max((visit.net_band for visit in visits), key=severity)
    poor, scored = (
        sum(getattr(v, f"{kind}_minutes") for v in visits) for kind in ("poor", "scored")
    )
    label = days.clock.day(visits[0].start)
    met = words.plural(len(visits), "meeting")
    counts = f"{words.count(poor)} of {words.minutes(scored)} poor"
    lane = strips.lane(
        days.layout.surface,
        days.timeline,
        ident=f"day-{index}",
        title=f"{label}: {met}, {counts}",
        bands=_bands(days, visits),
    )
    del day
    return LaneRow(prose(label), phrases.mark(worst), prose(f"{met}, {counts}"), lane, "")


def _bands(days: Days, visits: Iterable[Visit]) -> list[Band | None]:
    """Each minute of the hours shown; where meetings overlap, the worse one."""
    first = days.hours[0] * 60
    bands: list[Band | None] = [None] * days.timeline.minutes
    for visit in visits:
        begin, end = days.span(visit)
        for at, band in zip(range(begin - first, end - first), visit.minute_bands, strict=False):
            if severity(band) > severity(bands[at]):
                bands[at] = band
    return bands


def _key() -> tuple[KeyItem, ...]:
    items = [KeyItem((), band=phrases.mark(band)) for band in ("Good", "Fair", "Poor", "Bad")]
    dashed = KeyItem(prose("dashed: muted, camera off"), band=phrases.mark("Unscored"))
    return (*items, dashed, KeyItem(prose(quiet("The word is the worst of the day."))))
