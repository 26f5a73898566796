"""How numbers, times and lists are written."""

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.report.result import Head, Span
from qosreport.report.view import words
from qosreport.report.view.words import THIN, Clock, Run, name, plain, prose, quiet, strong


def at(hour: int, minute: int, day: int = 11) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)


def head(label: str, first: dt.date, last: dt.date, zone: str = "UTC") -> Head:
    start = dt.datetime.combine(first, dt.time(), dt.UTC)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), dt.UTC)
    return Head(
        organisation="", label=label, start=start, end=end, zone=zone, hours=1.0, to_date=False
    )


def test_thousands_are_grouped_by_thin_no_break_spaces():
    assert words.count(149878) == f"149{THIN}878"
    assert words.count(999) == "999"


def test_a_minus_is_a_minus_and_zero_has_no_sign():
    assert words.decimal(-1.4, 1) == "\u22121.4"
    assert words.decimal(-0.01, 1) == "0.0"


@pytest.mark.parametrize(
    ("pct", "digits", "text"),
    [
        (0.0, 1, "0"),
        (100.0, 1, "100"),
        (0.01, 1, "<0.1"),
        (99.99, 1, ">99.9"),
        (0.4, 0, "<1"),
        (99.6, 0, ">99"),
        (6.94, 1, "6.9"),
        (50.0, 1, "50.0"),
    ],
)
def test_a_percentage_never_claims_all_or_none_by_rounding(pct, digits, text):
    assert words.share(pct, digits) == text


@given(n=st.integers(1, 10**6), data=st.data(), digits=st.integers(0, 2))
def test_zero_and_hundred_per_cent_are_exact_for_any_counts(n, data, digits):
    k = data.draw(st.integers(0, n))
    text = words.part_of(k, n, digits)
    assert (text == f"0{THIN}%") == (k == 0)
    assert (text == f"100{THIN}%") == (k == n)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (19.1, "%", f"19.1{THIN}%"),
        (68.0, "ms", f"68{THIN}ms"),
        (3.0, "fps", f"3{THIN}fps"),
        (2.6, "", "2.60"),
        (1500.0, "ms", f"1{THIN}500{THIN}ms"),
    ],
)
def test_a_measured_value_is_rounded_as_its_unit_deserves(value, unit, text):
    assert words.fixed(value, unit) == text


def test_small_numbers_are_spelt_and_large_ones_written():
    assert words.spelt(3, "person", "people") == "three people"
    assert words.spelt(1, "person", "people") == "one person"
    assert words.spelt(14, "person", "people") == "14 people"
    assert words.spelt(0, "meeting") == "no meetings"


def test_lists_read_as_english():
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"


def test_long_durations_are_written_in_hours():
    assert words.duration(45) == f"45{THIN}min"
    assert words.duration(125) == f"2{THIN}h 05{THIN}min"
    assert words.duration(120) == f"2{THIN}h"


@given(st.floats(1e-6, 1e9))
def test_a_scale_ends_at_a_round_number_not_far_above_the_value(value):
    top = words.nice_ceiling(value)
    assert value * (1 - 1e-6) <= top <= value * 2


@given(st.text())
def test_cleaned_text_is_short_printable_and_trimmed(text):
    shown = words.clean(text, 20)
    if shown is None:
        return
    assert 0 < len(shown) <= 20
    assert shown == shown.strip()
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cs", "Co", "Cn"}
    shown.encode("utf-8")


def test_nothing_left_to_show_is_no_text():
    assert words.clean("\x00\x0b\ue000") is None
    assert words.clean(None) is None
    assert words.clean("  ") is None


def test_ten_thousand_characters_are_cut_with_an_ellipsis():
    assert words.clean("x" * 10_000, 12) == "x" * 11 + "…"


def test_prose_keeps_emphasis_and_drops_empty_parts():
    sentence = prose("Half of ", strong("12"), "", prose(quiet(" people")))
    assert sentence == (Run("Half of "), Run("12", "strong"), Run(" people", "quiet"))
    assert plain(sentence) == "Half of 12 people"


def test_plain_text_holds_no_bidirectional_controls():
    assert plain(prose(name("\u202eevil\u2066"))) == "evil"


def test_a_span_of_one_minute_is_one_time():
    clock = Clock("Europe/London")
    assert clock.span(at(14, 19), at(14, 41)) == "14:19–14:42"
    assert clock.span(at(14, 50), at(14, 50)) == "14:50"


def test_at_most_three_runs_are_listed_and_the_rest_counted():
    spans = [Span(first=at(14, m), last=at(14, m + 1)) for m in (0, 10, 20, 30, 40)]
    assert Clock("UTC").spans(spans) == "14:00–14:02, 14:10–14:12, 14:20–14:22 and 2 more"
    assert Clock("UTC").spans(spans[:2]) == "14:00–14:02, 14:10–14:12"


def test_times_are_those_of_the_report_zone_and_stamps_are_utc():
    clock = Clock("Asia/Kathmandu")
    assert clock.time(at(14, 0)) == "19:45"
    assert clock.day(at(20, 0)) == "Thu 12 Nov"
    assert clock.date(at(20, 0)) == "Thursday 12 November 2026"
    assert clock.stamp(at(20, 5)) == "11 Nov 2026, 20:05 UTC"


@pytest.mark.parametrize(
    ("label", "first", "last", "line"),
    [
        (
            "2026-W46",
            dt.date(2026, 11, 9),
            dt.date(2026, 11, 15),
            "Week 46: Monday 9 to Sunday 15 November 2026, UTC",
        ),
        (
            "2026-W44",
            dt.date(2026, 10, 26),
            dt.date(2026, 11, 1),
            "Week 44: Monday 26 October to Sunday 1 November 2026, UTC",
        ),
        (
            "2026-W53",
            dt.date(2026, 12, 28),
            dt.date(2027, 1, 3),
            "Week 53: Monday 28 December 2026 to Sunday 3 January 2027, UTC",
        ),
        (
            "2026-11-09--2026-11-09",
            dt.date(2026, 11, 9),
            dt.date(2026, 11, 9),
            "Monday 9 November 2026, UTC",
        ),
    ],
)
def test_a_period_names_its_days_without_repeating_month_or_year(label, first, last, line):
    assert words.period_line(head(label, first, last)) == line


def test_a_period_that_is_no_week_is_titled_by_its_dates():
    days = head("2026-11-09--2026-11-12", dt.date(2026, 11, 9), dt.date(2026, 11, 12))
    assert words.period_title(days) == "2026-11-09 – 2026-11-12"
    week = head("2026-W06", dt.date(2026, 2, 2), dt.date(2026, 2, 8))
    assert words.period_title(week) == "Week 6 of 2026"
