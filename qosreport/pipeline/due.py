"""Which weeks `weekly` is to make: the last complete one, after those that were missed.

The ledger knows which weeks a run began and which were reported whole; the first run ever makes
one. A week asked for by name is made whatever the ledger says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qosreport import periods
from qosreport.periods import Period
from qosreport.pipeline.run import Run
from qosreport.store import Weeks, WeekState


@dataclass(frozen=True)
class Plan:
    """What a run of `weekly` is to make."""

    last: Period
    """The week asked for, or the last complete one."""
    make: tuple[Period, ...]
    """The oldest first; none if `last` is reported already."""
    passed: tuple[str, ...] = ()
    """Labels of missed weeks that are too many, given up now."""


def plan(weeks: Weeks, run: Run, out: Path, *, only: Period | None, offline: bool) -> Plan:
    """What to make now; notes in the ledger what is given up.

    Args:
        weeks: What the ledger knows.
        run: Settings and clock.
        out: Where reports lie.
        only: The week asked for; else all that are due.
        offline: Zoom is not asked, so nothing can be made up.
    """
    if only is not None:
        return Plan(only, (only,))
    last = periods.week("last", zone=run.settings.report.timezone, now=run.now)
    if offline:
        return Plan(last, (last,))
    states = weeks.states()
    missed = _unfinished(states, last)
    limit = run.settings.report.catch_up_weeks
    passed, made_up = missed[: max(0, len(missed) - limit)], missed[max(0, len(missed) - limit) :]
    for week in passed:
        weeks.note(week.label, "passed", run.clock.now())
    there = (out / f"weekly-{last.label}.json").exists()
    newest = () if states.get(last.label) == "done" and there else (last,)
    return Plan(last, (*made_up, *newest), tuple(week.label for week in passed))


def counts(weeks: Weeks, period: Period, run: Run) -> bool:
    """Whether a week belongs to those that are made one after the other.

    One still open does not, nor one from before the first: asked for once, it begins no series.
    """
    if period.is_open(run.now) or not period.is_week:
        return False
    last = periods.week("last", zone=period.zone, now=run.now)
    return period.label == last.label or period.label >= min(weeks.states(), default=last.label)


def begin(weeks: Weeks, period: Period, run: Run) -> None:
    """Remember that a week is begun, so that a later run finishes what this one cannot."""
    if weeks.states().get(period.label) != "done":
        weeks.note(period.label, "begun", run.clock.now())


def _unfinished(states: Mapping[str, WeekState], last: Period) -> list[Period]:
    """The weeks before `last` that no run reported whole or gave up, since the first one made."""
    return [
        week
        for week in periods.weeks_since(min(states, default=last.label), last)
        if week != last and states.get(week.label, "begun") == "begun"
    ]
