import datetime as dt
import random
import threading
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.errors import BudgetSpent
from qosreport.zoom.limits import (
    HEAVY,
    PLANS,
    RESOURCE_INTENSIVE,
    Budget,
    Pacer,
    SystemClock,
    as_text,
    next_gmt_day,
)
from tests.unit.zoom.support import START, UNHURRIED, FakeClock, Spending


def pacer(clock, plan="business", label=HEAVY):
    return Pacer(PLANS[plan].rates[label], clock, wait=clock.sleep)


def release_times(pacer, clock, calls):
    times = []
    for _ in range(calls):
        pacer.acquire()
        times.append(clock.monotonic())
    return times


def most_in(times, period_s):
    """The most calls in any period that begins with a call, its end left out."""
    return max(bisect_left(times, at + period_s - 1e-9) - i for i, at in enumerate(times))


@pytest.mark.parametrize(
    ("plan", "label", "calls", "period_s", "a_day"),
    [
        ("business", HEAVY, 40, 1, 60_000),
        ("business", RESOURCE_INTENSIVE, 20, 60, 60_000),
        ("pro", HEAVY, 10, 1, 30_000),
        ("pro", RESOURCE_INTENSIVE, 10, 60, 30_000),
        ("free", HEAVY, 1, 1, 1_000),
        ("free", RESOURCE_INTENSIVE, 10, 60, 1_000),
    ],
)
def test_plans_hold_zooms_published_limits(plan, label, calls, period_s, a_day):
    rate = PLANS[plan].rates[label]
    assert (rate.calls, rate.period_s, PLANS[plan].daily_calls) == (calls, period_s, a_day)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("label", [HEAVY, RESOURCE_INTENSIVE])
def test_no_period_sees_more_than_the_plan_allows_and_95_percent_are_used(plan, label):
    clock = FakeClock()
    pace = pacer(clock, plan, label)
    times = release_times(pace, clock, 1200)
    rate = pace.rate
    assert most_in(times, rate.period_s) <= rate.calls
    steady = times[200:]
    per_period = (len(steady) - 1) / (steady[-1] - steady[0]) * rate.period_s
    assert 0.95 * rate.calls <= per_period <= rate.calls


@UNHURRIED
@given(seed=st.integers(0, 2**32), late_ms=st.floats(0, 20), way_ms=st.floats(0, 15))
def test_late_wakes_and_uneven_ways_to_the_server_break_no_second(seed, late_ms, way_ms):
    dice = random.Random(seed)
    clock = FakeClock(late=lambda: dice.random() * late_ms / 1000)
    sent = release_times(pacer(clock), clock, 300)
    arrived = sorted(at + dice.random() * way_ms / 1000 for at in sent)
    assert most_in(arrived, 1.0) <= 40


@pytest.mark.parametrize("late_ms", [10, 26, 45, 51, 60, 200])
def test_what_is_made_up_for_never_makes_a_second_too_full(late_ms):
    lateness = [late_ms / 1000 if number % 45 == 7 else 0.0 for number in range(1000)]
    clock = FakeClock(late=lateness.pop)
    assert most_in(release_times(pacer(clock), clock, 400), 1.0) <= 40


def test_late_wakes_are_made_up_for():
    dice = random.Random(7)
    clock = FakeClock(late=lambda: dice.random() * 0.004)
    times = release_times(pacer(clock), clock, 2000)
    assert (len(times) - 1) / (times[-1] - times[0]) >= 0.95 * 40


def test_after_a_pause_there_is_no_burst():
    clock = FakeClock()
    pace = pacer(clock)
    release_times(pace, clock, 100)
    clock.advance(60)
    times = release_times(pace, clock, 60)
    assert most_in(times, 0.1) <= 5
    assert most_in(times, 1.0) <= 40


def test_a_minutes_calls_need_not_wait_for_one_another():
    clock = FakeClock()
    times = release_times(pacer(clock, label=RESOURCE_INTENSIVE), clock, 21)
    assert times[19] == times[0]
    assert times[20] >= times[0] + 60


def test_a_refusal_pauses_slows_down_and_is_forgotten_in_time():
    clock = FakeClock()
    pace = pacer(clock)
    release_times(pace, clock, 100)
    refused_at = clock.monotonic()
    pace.slow_down(2.0)
    slow = release_times(pace, clock, 40)
    assert slow[0] >= refused_at + 2.0
    assert most_in(slow, 1.0) <= 0.85 * 40
    release_times(pace, clock, 600)
    recovered = release_times(pace, clock, 80)
    assert most_in(recovered, 1.0) >= 38


def test_refusals_of_calls_under_way_together_count_once():
    clock = FakeClock()
    one, many = pacer(clock), pacer(clock)
    one.slow_down(1.0)
    for _ in range(24):
        many.slow_down(1.0)
    clock.advance(1.0)
    alone = release_times(one, clock, 50)
    together = release_times(many, clock, 50)
    assert together[-1] - together[0] == pytest.approx(alone[-1] - alone[0], rel=0.05)


def test_refusals_without_end_never_stop_it_wholly():
    clock = FakeClock()
    pace = pacer(clock)
    for _ in range(100):
        pace.slow_down(1.0)
        clock.advance(2.0)
    pace.slow_down(1.0)
    clock.advance(1.0)
    times = release_times(pace, clock, 5)
    assert times[-1] - times[0] <= 4 / (0.1 * 0.97 * 40)


class Noting(Pacer):
    """Notes when calls go, where a thread noting it itself could be overtaken."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.times = []

    def _go(self, now, speed):
        self.times.append(now)
        super()._go(now, speed)


def test_many_threads_share_one_pace():
    clock = FakeClock()
    pace = Noting(PLANS["business"].rates[HEAVY], clock, wait=clock.sleep)

    def work():
        for _ in range(10):
            pace.acquire()

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pace.times) == 640
    assert most_in(pace.times, 1.0) <= 40
    assert pace.times[-1] - pace.times[0] >= 640 / 40 * 0.95


def budget(clock, spending, *, share=0.5, plan="pro"):
    return Budget(PLANS[plan], share, clock, spent=spending.total, spend=spending.add)


def test_budget_counts_both_labels_together_and_writes_each_call_down():
    clock, spending = FakeClock(), Spending()
    calls = budget(clock, spending)
    for label in (HEAVY, RESOURCE_INTENSIVE, HEAVY):
        calls.take(label)
    day = START.date()
    assert spending.spent == {(day, HEAVY): 2, (day, RESOURCE_INTENSIVE): 1}
    assert calls.left() == 14_997


def test_budget_goes_on_from_what_an_earlier_run_spent():
    clock, spending = FakeClock(), Spending({(START.date(), HEAVY): 14_999})
    calls = budget(clock, spending)
    calls.take(HEAVY)
    with pytest.raises(BudgetSpent) as caught:
        calls.take(RESOURCE_INTENSIVE)
    assert caught.value.facts == {
        "budget": 15_000,
        "share": "50",
        "resume": "2026-11-19 00:00 UTC",
    }
    assert spending.total(START.date()) == 15_000


def test_budget_begins_anew_at_midnight_gmt():
    clock = FakeClock(dt.datetime(2026, 11, 18, 23, 59, 59, tzinfo=dt.UTC))
    spending = Spending({(dt.date(2026, 11, 18), HEAVY): 15_000})
    calls = budget(clock, spending)
    with pytest.raises(BudgetSpent):
        calls.take(HEAVY)
    clock.advance(1)
    calls.take(HEAVY)
    assert spending.spent[dt.date(2026, 11, 19), HEAVY] == 1


def test_budget_holds_in_many_threads():
    clock, spending = FakeClock(), Spending()
    calls = budget(clock, spending, plan="free", share=0.3)
    refused = []

    def work():
        for _ in range(20):
            try:
                calls.take(HEAVY)
            except BudgetSpent:
                refused.append(1)

    threads = [threading.Thread(target=work) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spending.total(START.date()) == 300
    assert len(refused) == 32 * 20 - 300


@UNHURRIED
@given(
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2090, 1, 1)),  # noqa: DTZ001 -- hypothesis wants them bare
    st.integers(-14 * 60, 14 * 60),
)
def test_zooms_next_day_is_the_next_midnight_in_gmt(moment, offset_min):
    now = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=offset_min)))
    day = next_gmt_day(now)
    assert dt.timedelta(0) < day - now <= dt.timedelta(days=1)
    assert (day.hour, day.minute, day.second, day.utcoffset()) == (0, 0, 0, dt.timedelta(0))


def test_times_in_messages_are_utc():
    zone = dt.timezone(dt.timedelta(hours=2))
    assert as_text(dt.datetime(2026, 11, 21, 2, 0, tzinfo=zone)) == "2026-11-21 00:00 UTC"


def test_system_clock_tells_utc_and_only_moves_on():
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before
    assert clock.now().utcoffset() == dt.timedelta(0)
