import datetime as dt
import itertools
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport import periods
from qosreport.errors import BadPeriod, BadWeek, FutureWeek, UnknownTimeZone

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
ZONES = sorted(zoneinfo.available_timezones())


def test_an_iso_week_runs_from_local_monday_to_local_monday():
    week = periods.week("2026-W46", zone="Europe/London", now=NOW)
    assert week.label == "2026-W46"
    assert week.first_day == dt.date(2026, 11, 9)
    assert week.start == dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
    assert week.end == dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
    assert week.is_week


@pytest.mark.parametrize(
    ("label", "zone", "hours"),
    [
        ("2026-W13", "Europe/Berlin", 167),
        ("2026-W43", "Europe/Berlin", 169),
        ("2026-W10", "America/New_York", 167),
        ("2026-W44", "America/New_York", 169),
        ("2026-W40", "Australia/Lord_Howe", 167.5),
        ("2026-W14", "Australia/Lord_Howe", 168.5),
        ("2011-W52", "Pacific/Apia", 144),
    ],
)
def test_a_week_with_a_clock_change_has_its_true_length(label, zone, hours):
    assert periods.week(label, zone=zone, now=NOW).hours == hours


def test_last_is_the_last_complete_week_also_on_monday_and_sunday():
    monday = dt.datetime(2026, 11, 16, 0, 0, tzinfo=dt.UTC)
    sunday = dt.datetime(2026, 11, 22, 23, 59, 59, tzinfo=dt.UTC)
    assert periods.week("last", zone="UTC", now=monday).label == "2026-W46"
    assert periods.week("last", zone="UTC", now=sunday).label == "2026-W46"


def test_last_is_judged_in_the_zone_of_the_report():
    still_sunday_in_new_york = dt.datetime(2026, 11, 16, 3, 0, tzinfo=dt.UTC)
    assert periods.week("last", zone="America/New_York", now=still_sunday_in_new_york).label == (
        "2026-W45"
    )


def test_new_year_belongs_to_week_53():
    assert periods.iso_week(dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)) == "2026-W53"


@pytest.mark.parametrize("text", ["2026-W54", "2026-46", "W46", "", "2026-W00", "0000-W01", "x"])
def test_what_is_no_week_is_refused(text):
    with pytest.raises(BadWeek):
        periods.week(text, zone="UTC", now=NOW)


def test_a_week_in_the_future_is_refused_and_the_current_one_is_open():
    with pytest.raises(FutureWeek):
        periods.week("2026-W48", zone="UTC", now=NOW)
    assert periods.week("2026-W47", zone="UTC", now=NOW).is_open(NOW)
    assert not periods.week("2026-W46", zone="UTC", now=NOW).is_open(NOW)


def test_an_unknown_zone_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownTimeZone, match="Did you mean Europe/London"):
        periods.week("last", zone="Europe/Londn", now=NOW)
    with pytest.raises(UnknownTimeZone):
        periods.week("last", zone="../etc/passwd", now=NOW)


def test_dates_include_both_ends():
    period = periods.dates(dt.date(2026, 11, 9), dt.date(2026, 11, 9), zone="UTC", now=NOW)
    assert period.hours == 24
    assert period.label == "2026-11-09--2026-11-09"
    assert not period.is_week


def test_dates_the_wrong_way_round_or_in_the_future_are_refused():
    with pytest.raises(BadPeriod, match="ends"):
        periods.dates(dt.date(2026, 11, 9), dt.date(2026, 11, 8), zone="UTC", now=NOW)
    with pytest.raises(BadPeriod, match="future"):
        periods.dates(dt.date(2026, 12, 1), dt.date(2026, 12, 2), zone="UTC", now=NOW)


@given(
    zone=st.sampled_from(ZONES),
    monday=st.dates(dt.date(2015, 1, 5), dt.date(2026, 10, 1)),
)
def test_weeks_of_every_zone_follow_one_another_without_gap_or_overlap(zone, monday):
    monday -= dt.timedelta(days=monday.weekday())
    year, number, _ = monday.isocalendar()
    this = periods.week(f"{year}-W{number:02d}", zone=zone, now=NOW)
    year, number, _ = (monday + dt.timedelta(days=7)).isocalendar()
    following = periods.week(f"{year}-W{number:02d}", zone=zone, now=NOW)
    assert this.end == following.start
    assert 140 < this.hours < 193


def test_weeks_since_one_are_in_order_and_meet_at_their_ends():
    last = periods.week(
        "2027-W02", zone="Europe/London", now=dt.datetime(2027, 2, 1, tzinfo=dt.UTC)
    )
    found = periods.weeks_since("2026-W51", last)
    labels = ["2026-W51", "2026-W52", "2026-W53", "2027-W01", "2027-W02"]
    assert [week.label for week in found] == labels
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    assert periods.weeks_since("2027-W02", last) == [last]
    assert periods.weeks_since("2027-W03", last) == []
