"""Processor use: which marks, for how long, and what stands in for per cent."""

import polars as pl
import pytest

from qosreport.scoring import cpu_flags, score_minutes, score_streams
from tests.unit.scoring.support import default, devices, streams

HIGH, ELEVATED, ZOOM, COST = (
    "CPU_SYSTEM_HIGH", "CPU_SYSTEM_ELEVATED", "CPU_ZOOM_HIGH", "CPU_LIKELY_CAUSE",
)  # fmt: skip


def flagged(*rows: dict, minutes: pl.LazyFrame | None = None) -> dict:
    return cpu_flags(devices(*rows), default(), minutes).collect().row(0, named=True)


def system(*values: float | None) -> list[dict]:
    return [{"minute": i, "system": value} for i, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ((79.9, 79.9), []),
        ((80.0,), [ELEVATED]),
        ((89.9, 89.9, 89.9), [ELEVATED]),
        ((90.0, 50.0, 50.0, 50.0, 50.0, 50.0), [ELEVATED]),  # one in six
        ((90.0, 50.0, 50.0, 50.0, 50.0), [HIGH]),  # one in five
        ((90.0, 50.0, 50.0, 50.0), [ELEVATED]),  # a share among fewer than five is none
        ((90.0, 90.0, 50.0, 50.0), [HIGH]),
        ((90.0, None, 90.0, 50.0), [ELEVATED]),
        ((101.0, 101.0), []),
        ((None, None), []),
    ],
)
def test_how_much_makes_a_machine_busy(values, flags) -> None:
    assert flagged(*system(*values))["cpu_flags"] == flags


def test_two_minutes_with_a_gap_are_not_in_a_row() -> None:
    rows = [{"minute": 0, "system": 95.0}, {"minute": 2, "system": 95.0}]
    found = flagged(*rows)
    assert found["cpu_longest_high_run_min"] == 1
    assert found["cpu_flags"] == [ELEVATED]


def test_samples_of_one_minute_are_one_minute_and_count_as_the_busiest() -> None:
    rows = [
        {"minute": m, "system": s, "zoom": 10.0} for m, s in ((0, 30.0), (0.5, 95.0), (0.9, 85))
    ]
    found = flagged(*rows)
    assert (found["cpu_minutes"], found["cpu_high_minutes"]) == (1, 1)
    assert found["system_cpu_peak_pct"] == 95.0


@pytest.mark.parametrize(("values", "flags"), [((60.0, 60.0), [ZOOM]), ((60.0, 59.9), [])])
def test_zoom_itself_is_high_in_two_minutes_anywhere(values, flags) -> None:
    rows = [{"minute": 5 * i, "zoom": value} for i, value in enumerate(values)]
    found = flagged(*rows)
    assert found["cpu_flags"] == flags
    assert found["zoom_cpu_mean_pct"] == pytest.approx(sum(values) / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("pressure", "pct"), [("normal", 20), ("fair", 50), ("serious", 80), ("critical", 100)]
)
def test_pressure_stands_in_for_per_cent_only_where_that_is_missing(pressure, pct) -> None:
    assert flagged({"pressure": pressure})["system_cpu_peak_pct"] == pct
    assert flagged({"pressure": pressure, "system": 33.0})["system_cpu_peak_pct"] == 33.0


def test_nothing_measured_is_no_figure_and_no_minute() -> None:
    found = flagged({"minute": 0})
    assert found["cpu_minutes"] == 0
    assert found["system_cpu_peak_pct"] is None
    assert found["zoom_cpu_mean_pct"] is None


def picture(*rates: float, **more: float) -> pl.LazyFrame:
    rows = [{"minute": i, "frame_rate_fps": rate, **more} for i, rate in enumerate(rates)]
    return score_streams(streams(*rows), default())


@pytest.mark.parametrize(
    ("load", "rates", "more", "cost"),
    [
        ((95.0, 20.0), (6.0, 25.0), {}, 1),  # in the same minute
        ((95.0, 20.0), (25.0, 6.0), {}, 1),  # in the one before
        ((20.0, 95.0), (6.0, 25.0), {}, 0),  # afterwards is no cause
        ((89.0, 89.0), (6.0, 6.0), {}, 0),
        ((95.0, 95.0), (15.0, 15.0), {}, 0),  # still Good
        ((95.0, 95.0), (14.0, 6.0), {}, 2),
        ((95.0, 95.0), (6.0, 6.0), {"avg_loss_pct": 3.0, "max_loss_pct": 3.0}, 0),  # network, too
    ],
)
def test_cpu_is_the_likely_cause_of_low_frame_rate_alone(load, rates, more, cost) -> None:
    used = devices(*system(*load))
    minutes = score_minutes(picture(*rates, **more), default(), used)
    found = cpu_flags(used, default(), minutes).collect().row(0, named=True)
    assert found["cpu_cost_minutes"] == cost
    assert (COST in found["cpu_flags"]) == (cost > 0)


def test_a_busy_minute_before_a_gap_is_no_cause() -> None:
    used = devices({"minute": 0, "system": 95.0}, {"minute": 2, "system": 20.0})
    scored = score_streams(streams({"minute": 2, "frame_rate_fps": 6.0}), default())
    assert (
        cpu_flags(used, default(), score_minutes(scored, default(), used))
        .collect()
        .row(0, named=True)["cpu_cost_minutes"]
        == 0
    )


def test_another_sessions_busy_minute_is_no_cause() -> None:
    used = devices(
        {"session_id": 1, "minute": 0, "system": 95.0},
        {"session_id": 2, "minute": 1, "system": 20.0},
    )
    row = {"session_id": 2, "minute": 1, "frame_rate_fps": 6.0}
    minutes = score_minutes(score_streams(streams(row), default()), default(), used)
    found = cpu_flags(used, default(), minutes).collect()
    assert found["cpu_cost_minutes"].to_list() == [0, 0]
    assert found["session_id"].to_list() == [1, 2]


def test_without_the_columns_of_pressure_and_session_the_natural_key_serves() -> None:
    used = devices(*system(95.0, 95.0)).drop("session_id", "cpu_pressure")
    found = cpu_flags(used, default()).collect()
    assert found.columns[:3] == ["meeting_uuid", "user_id", "join_time"]
    assert found["cpu_flags"].to_list() == [[HIGH]]
