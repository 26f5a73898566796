import datetime as dt

import pytest

from qosreport.simulator.windows import BadWindow, months_from, window_of

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def ask(first, last):
    return window_of({"from": first, "to": last}, NOW)


def seconds(*parts):
    return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp())


def test_a_date_means_its_whole_day():
    window = ask("2026-11-09", "2026-11-15")
    assert (window.start_s, window.end_s) == (seconds(2026, 11, 9), seconds(2026, 11, 16))


def test_a_time_means_its_whole_second():
    window = ask("2026-11-09 01:00:00", "2026-11-09 02:00:00")
    assert (window.start_s, window.end_s) == (
        seconds(2026, 11, 9, 1),
        seconds(2026, 11, 9, 2, 0, 1),
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-10-16", "2026-11-16"), ("2026-11-16", "2026-11-16"), ("2026-05-20", "2026-06-20")],
)
def test_a_month_within_the_last_six_is_answered(first, last):
    assert ask(first, last).first == first


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("", "2026-11-16", "from"),
        ("2026-11-09", "", "to"),
        ("09.11.2026", "2026-11-16", "from"),
        ("2026-11-09", "2026-13-01", "to"),
        ("2026-11-09", "2026-11-08", "to"),
        ("2026-10-15", "2026-11-16", "to"),
        ("2026-04-20", "2026-05-10", "from"),
    ],
)
def test_other_windows_are_refused_by_the_parameter_that_is_wrong(first, last, name):
    with pytest.raises(BadWindow) as caught:
        ask(first, last)
    assert caught.value.args[0] == name


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [((2026, 1, 31), 1, (2026, 2, 28)), ((2024, 3, 31), -1, (2024, 2, 29)),
     ((2026, 12, 15), 1, (2027, 1, 15)), ((2026, 1, 15), -6, (2025, 7, 15))],
)  # fmt: skip
def test_months_are_those_of_the_calendar(day, months, expected):
    moment = dt.datetime(*day, tzinfo=dt.UTC)
    assert months_from(moment, months) == dt.datetime(*expected, tzinfo=dt.UTC)
