import datetime as dt

import polars as pl
import pytest

from qosreport import tables
from qosreport.diagnosis.connections import connections, most_common
from tests.unit.diagnosis.frames import joined, rows_of, score, session


def only(sessions, scores, zone="UTC"):
    return joined([sessions], scores, zone).row(0, named=True)


def test_a_connection_without_scores_is_unscored_with_no_minutes():
    row = only(session(1), [])

    assert (row["band"], row["net_band"], row["judged"], row["poor"]) == (
        "Unscored",
        "Unscored",
        False,
        False,
    )
    assert (row["present_minutes"], row["harmed_minutes"], row["cpu_flagged"]) == (0, 0, False)


@pytest.mark.parametrize(
    ("band", "net_band", "poor", "by_frame_rate"),
    [
        ("Good", "Good", False, False),
        ("Fair", "Fair", False, False),
        ("Poor", "Poor", True, False),
        ("Bad", "Poor", True, False),
        ("Bad", "Fair", False, True),
        ("Poor", "Good", False, True),
        ("Unscored", "Unscored", False, False),
    ],
)
def test_poor_is_said_by_the_network_score(band, net_band, poor, by_frame_rate):
    row = only(session(1), [score(1, band, net_band)])

    assert (row["poor"], row["poor_by_frame_rate"]) == (poor, by_frame_rate)
    assert row["judged"] == (band != "Unscored")


@pytest.mark.parametrize(
    ("device", "shown"), [("WIN", "Windows"), ("MAC", "Mac"), ("Windows", "Windows"), (None, None)]
)
def test_both_of_zooms_words_for_a_device_are_one(device, shown):
    assert only(session(1, device=device), [])["device"] == shown


def test_a_verdict_from_a_summary_counts_for_nothing():
    row = only(session(1, has_qos=False), [score(1, "Bad", basis="summary")])

    assert (row["band"], row["judged"], row["poor"], row["poor_by_frame_rate"]) == (
        "Bad",
        False,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("6.2.5 (11223)", "6.2.5"),
        ("6.2.5", "6.2.5"),
        ("5.17.11.34827", "5.17.11"),
        ("Chrome 120.0.6099.109", "Chrome 120.0.6099"),
        ("web", "web"),
        (None, None),
    ],
)
def test_a_release_is_the_first_three_parts_of_a_version(version, release):
    assert only(session(1, client_version=version), [])["release"] == release


@pytest.mark.parametrize(
    ("flags", "high", "flagged"),
    [
        ([], False, False),
        (["CPU_SYSTEM_ELEVATED"], False, False),
        (["CPU_SYSTEM_ELEVATED", "CPU_LIKELY_CAUSE"], False, True),
        (["CPU_ZOOM_HIGH"], True, True),
        (["CPU_SYSTEM_HIGH", "CPU_SYSTEM_ELEVATED"], True, True),
    ],
)
def test_elevated_cpu_is_no_flag_of_a_machine(flags, high, flagged):
    row = only(session(1), [score(1, cpu_flags=flags)])

    assert (row["cpu_high"], row["cpu_flagged"]) == (high, flagged)


def test_day_and_hour_are_those_of_the_clock_on_the_wall():
    join = dt.datetime(2026, 11, 8, 23, 30, tzinfo=dt.UTC)

    row = only(session(1, join=join), [], zone="Europe/Berlin")

    assert (row["day"], row["weekday"], row["hour"]) == (dt.date(2026, 11, 9), 1, 0)


def test_a_score_that_comes_twice_is_refused_and_not_counted_twice():
    sessions = rows_of(tables.SESSIONS, [session(1)])
    scores = rows_of(tables.PARTICIPANT_SCORES, [score(1), score(1)])

    with pytest.raises(pl.exceptions.ComputeError):
        connections(sessions, scores, zone="UTC")


def test_of_equally_common_values_the_first_in_order_wins_and_null_comes_last():
    rows = pl.DataFrame({"by": [1, 1, 1, 1, 2], "what": ["b", None, "a", None, None]})
    rows = rows.vstack(pl.DataFrame({"by": [1, 1], "what": ["b", "a"]}))

    found = most_common(rows, "by", ["what"]).sort("by")

    assert found.rows() == [(1, "a", 2), (2, None, 1)]


def test_the_most_common_value_can_be_weighed():
    rows = pl.DataFrame({"by": [1, 1, 1], "what": ["a", "a", "b"], "minutes": [1, 1, 3]})

    assert most_common(rows, "by", ["what"], weight="minutes").rows() == [(1, "b", 3)]
