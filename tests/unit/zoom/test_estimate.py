from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.zoom.estimate import calls_of_meeting, estimate, list_calls
from tests.unit.zoom.support import UNHURRIED


@UNHURRIED
@given(st.integers(1, 10_000))
def test_a_meeting_is_estimated_at_the_fewest_calls_that_bring_it(people):
    assert calls_of_meeting(people) == ceil(people / 300) + ceil(people / 10)


def test_a_meeting_without_participants_still_has_to_be_asked_for():
    assert calls_of_meeting(0) == 2


def test_five_thousand_meetings_take_what_the_reference_says():
    # engine.md §5.1: 12.4 k requests and 5.2 minutes at 40/s for 1.47 QoS pages a meeting.
    sizes = [10] * 2650 + [20] * 2350
    cost = estimate(sizes, plan="business", list_calls=17)
    assert cost.calls == {"heavy": 12_350, "resource_intensive": 17}
    assert 5.2 * 60 <= cost.seconds <= 5.6 * 60
    assert cost.days == 1


def test_few_workers_or_slow_answers_make_it_longer():
    quick = estimate([10] * 100, plan="business", workers=24)
    slow = estimate([10] * 100, plan="business", workers=2)
    assert slow.seconds == pytest.approx(200 * 0.4 / 2)
    assert quick.seconds == pytest.approx(200 / 40 / 0.97)


def test_lists_beyond_a_minutes_calls_wait_for_the_next():
    few = estimate([], plan="business", list_calls=20)
    more = estimate([], plan="business", list_calls=21)
    assert few.seconds == pytest.approx(8)
    assert more.seconds == pytest.approx(8.4 + 60 / 0.97)


@pytest.mark.parametrize(
    ("meetings", "share", "spent", "days"),
    [
        (0, 0.5, 0, 0),
        (15_000, 0.5, 0, 1),
        (15_001, 0.5, 0, 2),
        (15_000, 0.5, 2, 2),
        (15_000, 0.5, 30_000, 1),
        (15_000, 0.5, 99_999, 1),
        (60_000, 1.0, 30_000, 3),
    ],
)
def test_days_are_counted_by_the_budget_and_what_is_spent(meetings, share, spent, days):
    cost = estimate([1] * meetings, plan="business", budget_share=share, spent_today=spent)
    assert cost.calls["heavy"] == 2 * meetings
    assert cost.days == days
    assert cost.daily_calls == 60_000 * share


def test_extras_are_one_call_a_meeting_each():
    assert estimate([5, 15], plan="pro", extras=2).calls["heavy"] == 2 + 3 + 4


@pytest.mark.parametrize(
    ("meetings", "windows", "calls"), [(0, 0, 0), (0, 3, 3), (120, 3, 3), (5000, 2, 17)]
)
def test_list_calls_are_at_least_one_a_window(meetings, windows, calls):
    assert list_calls(meetings, windows) == calls
