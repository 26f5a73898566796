"""What a pull would take, before a single call is spent."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from qosreport.periods import Period
from qosreport.pipeline.pull import extras, kinds
from qosreport.pipeline.run import Run
from qosreport.store import Known, Store
from qosreport.zoom.estimate import Estimate, list_calls
from qosreport.zoom.estimate import estimate as cost_of
from qosreport.zoom.listing import types_of, windows_of

HISTORY = dt.timedelta(weeks=8)
GUESS_A_WEEK = 500
"""Meetings a week, where nothing is known."""
GUESS_PEOPLE = 8
"""People in each of them."""


@dataclass(frozen=True)
class Basis:
    """The meetings an estimate is for, and how they are known."""

    participants: Sequence[int]
    words: str


def estimate(store: Store | None, period: Period, run: Run) -> str:
    """What a pull of the period would take, in words."""
    basis = _basis(store, period, run)
    settings = run.settings.zoom
    now = run.now
    end = min(period.end, now)
    alone = settings.one_person_meetings
    windows = [
        window
        for kind in kinds(settings)
        for window in windows_of(period.start, end, types_of(kind, one_person=alone))
    ]
    cost = cost_of(
        basis.participants,
        plan=settings.plan,
        budget_share=settings.budget_share,
        spent_today=store.ledger.spent(now.date()) if store else 0,
        workers=settings.workers,
        list_calls=list_calls(len(basis.participants), len(windows)),
        extras=len(extras(settings)),
    )
    return "\n".join([basis.words, *_lines(cost)])


def _basis(store: Store | None, period: Period, run: Run) -> Basis:
    """Known from the list, else from the weeks before, else a guess."""
    end = min(period.end, run.now)
    asked = kinds(run.settings.zoom)
    if store is not None and all(store.ledger.is_listed(period.start, end, kind) for kind in asked):
        waiting = store.ledger.pending(period.start, period.end, run.now)
        people = [one.participants_reported or GUESS_PEOPLE for one in waiting]
        return Basis(people, f"{period.label}: {len(people):,} meetings listed and not yet whole.")
    weeks = (end - period.start) / dt.timedelta(weeks=1)
    before = _before(store, period.start) if store is not None else []
    if before:
        a_week = len(before) / (HISTORY / dt.timedelta(weeks=1))
        people = [one.participants_reported or GUESS_PEOPLE for one in before]
        some = [people[n % len(people)] for n in range(round(a_week * weeks))]
        words = f"{period.label}: about {len(some):,} meetings, judged by the eight weeks before."
        return Basis(some, words)
    some = [GUESS_PEOPLE] * round(GUESS_A_WEEK * weeks)
    words = (
        f"{period.label}: nothing pulled yet, so this is for a guess of {len(some):,} meetings "
        f"of {GUESS_PEOPLE} people; it grows in proportion."
    )
    return Basis(some, words)


def _before(store: Store, start: dt.datetime) -> Sequence[Known]:
    return store.ledger.states(start - HISTORY, start).meetings


def _lines(cost: Estimate) -> list[str]:
    calls = ", ".join(f"{count:,} {label}" for label, count in cost.calls.items())
    minutes, seconds = divmod(round(cost.seconds), 60)
    days = f", over {cost.days} days of the daily budget" if cost.days > 1 else ""
    return [
        f"Calls: {calls}; budget {cost.daily_calls:,} a day.",
        f"Time: about {minutes} min {seconds:02d} s{days}.",
    ]
