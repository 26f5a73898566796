"""Which weeks are made: the last complete one, after those that were missed."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport import periods
from qosreport.pipeline import due
from qosreport.pipeline.run import Run
from qosreport.settings import ReportSettings, Settings
from qosreport.store import Ledger, Weeks

NOW = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)
LAST = "2026-W46"


@pytest.fixture
def weeks(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    yield Weeks(ledger)
    ledger.close()


def run_with(limit=8, zone="UTC", now=NOW):
    settings = Settings(report=ReportSettings(timezone=zone, catch_up_weeks=limit))
    return Run(settings, now, None)


def week(label, zone="UTC"):
    return periods.week(label, zone=zone, now=NOW)


def plan(weeks, out, *, run=None, only=None, offline=False):
    found = due.plan(weeks, run or run_with(), out, only=only, offline=offline)
    return [one.label for one in found.make], list(found.passed)


def test_the_first_run_ever_makes_one(weeks, tmp_path):
    assert plan(weeks, tmp_path) == ([LAST], [])


def test_missed_weeks_come_first_in_order(weeks, tmp_path):
    weeks.note("2026-W43", "done", NOW)
    assert plan(weeks, tmp_path) == (["2026-W44", "2026-W45", LAST], [])


def test_a_week_that_was_begun_is_finished_and_one_given_up_is_not(weeks, tmp_path):
    states = {"2026-W42": "done", "2026-W43": "begun", "2026-W44": "passed", "2026-W45": "done"}
    for label, state in states.items():
        weeks.note(label, state, NOW)
    assert plan(weeks, tmp_path) == (["2026-W43", LAST], [])
    assert weeks.states() == states


def test_what_is_reported_is_not_made_again_while_its_report_is_there(weeks, tmp_path):
    weeks.note(LAST, "done", NOW)
    assert plan(weeks, tmp_path) == ([LAST], []), "its report is gone"
    (tmp_path / f"weekly-{LAST}.json").touch()
    assert plan(weeks, tmp_path) == ([], [])


def test_no_more_than_so_many_are_made_up_and_the_others_are_given_up_once(weeks, tmp_path):
    weeks.note("2026-W40", "done", NOW)
    few = run_with(limit=2)
    given_up = ["2026-W41", "2026-W42", "2026-W43"]
    made_up = ["2026-W44", "2026-W45", LAST]
    assert plan(weeks, tmp_path, run=few) == (made_up, given_up)
    assert plan(weeks, tmp_path, run=few) == (made_up, [])
    assert plan(weeks, tmp_path, run=run_with(limit=0)) == ([LAST], ["2026-W44", "2026-W45"])


def test_a_week_asked_for_is_made_whatever_the_ledger_says(weeks, tmp_path):
    weeks.note("2026-W40", "done", NOW)
    assert plan(weeks, tmp_path, only=week("2026-W40")) == (["2026-W40"], [])


def test_offline_nothing_is_made_up(weeks, tmp_path):
    weeks.note("2026-W40", "done", NOW)
    assert plan(weeks, tmp_path, offline=True) == ([LAST], [])


def test_new_year_is_no_gap(weeks, tmp_path):
    weeks.note("2026-W52", "done", NOW)
    later = run_with(now=dt.datetime(2027, 1, 20, tzinfo=dt.UTC))
    assert plan(weeks, tmp_path, run=later)[0] == ["2026-W53", "2027-W01", "2027-W02"]


def test_only_weeks_that_are_over_count_and_none_from_before_the_first(weeks):
    assert due.counts(weeks, week(LAST), run_with())
    assert not due.counts(weeks, week("2026-W47"), run_with()), "still open"
    assert not due.counts(weeks, week("2026-W40"), run_with()), "begins no series"
    weeks.note("2026-W39", "done", NOW)
    assert due.counts(weeks, week("2026-W40"), run_with())
    days = periods.dates(dt.date(2026, 11, 9), dt.date(2026, 11, 15), zone="UTC", now=NOW)
    assert not due.counts(weeks, days, run_with())


def test_a_week_that_is_done_is_not_begun_again(weeks):
    due.begin(weeks, week(LAST), run_with())
    assert weeks.states() == {LAST: "begun"}
    weeks.note(LAST, "done", NOW)
    due.begin(weeks, week(LAST), run_with())
    assert weeks.states() == {LAST: "done"}


@given(st.lists(st.integers(0, 20), min_size=1), st.integers(0, 25))
def test_every_missed_week_is_either_made_or_given_up(tmp_path_factory, gaps_days, limit):
    """A machine that is switched on now and then, for a year."""
    ledger = Ledger(tmp_path_factory.mktemp("due") / "ledger")
    weeks, now, seen = Weeks(ledger), NOW, []
    for days in gaps_days:
        now += dt.timedelta(days=days)
        found = due.plan(weeks, run_with(limit, now=now), tmp_path_factory.getbasetemp(), only=None,
                         offline=False)  # fmt: skip
        made = [one.label for one in found.make]
        assert len(made) <= limit + 1
        seen += [*found.passed, *(label for label in made if label not in seen)]
        for label in made:
            weeks.note(label, "done", now)
    ledger.close()
    last = periods.week("last", zone="UTC", now=now)
    assert seen == [one.label for one in periods.weeks_since(seen[0], last)]
