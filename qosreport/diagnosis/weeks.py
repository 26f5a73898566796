"""ISO week labels, counted back."""

import datetime as dt

from qosreport.periods import week_of


def back(week: str, count: int) -> list[str]:
    """The `count` weeks before a week, the latest first; `week` and result as 2026-W46."""
    year, number = week.split("-W")
    monday = dt.date.fromisocalendar(int(year), int(number), 1)
    return [week_of(monday - dt.timedelta(weeks=weeks)) for weeks in range(1, count + 1)]
