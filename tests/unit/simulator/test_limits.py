import threading

import pytest

from qosreport.simulator.limits import BUSINESS, UNLIMITED, Gate, PlanLimits


def test_a_second_lets_so_many_heavy_calls_through_and_no_more():
    gate = Gate(PlanLimits(heavy_per_second=3))
    assert [gate.call("heavy", 100 + n / 10).refused for n in range(5)] == [
        None, None, None, "second", "second",
    ]  # fmt: skip
    assert gate.call("heavy", 101).refused is None


def test_a_minute_lets_so_many_lists_through_and_no_more():
    gate = Gate(PlanLimits(intensive_per_minute=2))
    assert [gate.call("resource_intensive", 60 + n).refused for n in (0, 30, 59)] == [
        None, None, "minute",
    ]  # fmt: skip
    assert gate.call("resource_intensive", 120).refused is None


def test_each_label_has_its_own_limit_but_both_share_the_day():
    gate = Gate(PlanLimits(heavy_per_second=1, intensive_per_minute=1, per_day=2))
    assert gate.call("heavy", 0).refused is None
    assert gate.call("resource_intensive", 0).refused is None
    assert gate.call("heavy", 5).refused == "day"
    assert gate.call("resource_intensive", 300).refused == "day"
    assert gate.call("heavy", 86_400).refused is None


def test_a_refused_call_does_not_count_towards_the_day():
    gate = Gate(PlanLimits(heavy_per_second=1, per_day=2))
    found = [gate.call("heavy", second).refused for second in (0, 0, 0, 1, 2)]
    assert found == [None, "second", "second", None, "day"]


def test_what_is_left_counts_down():
    gate = Gate(BUSINESS)
    assert [gate.call("heavy", 0).remaining for _ in range(3)] == [39, 38, 37]
    assert gate.call("heavy", 0).limit == 40


def test_without_limits_everything_passes():
    gate = Gate(UNLIMITED)
    assert all(gate.call("heavy", 0).refused is None for _ in range(1000))


@pytest.mark.parametrize("threads", [8])
def test_threads_together_get_no_more_than_one_would(threads):
    gate = Gate(PlanLimits(heavy_per_second=100))
    passed = []

    def ask():
        passed.extend(gate.call("heavy", 7).refused is None for _ in range(50))

    workers = [threading.Thread(target=ask) for _ in range(threads)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sum(passed) == 100
