import base64
import datetime as dt
import zoneinfo
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.simulator.schedule import WEEK_S, monday_of, week_of
from tests.unit.simulator.support import organisation

SIMULATION = organisation()
SCHEDULE = SIMULATION.schedule
WEEKS = SIMULATION.weeks


def numbers(week=None):
    week = week or WEEKS[0]
    return range(week * SCHEDULE.per_week, (week + 1) * SCHEDULE.per_week)


def test_a_week_begins_on_monday_at_midnight_utc():
    monday = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
    assert monday_of(week_of(int(monday.timestamp()))) == monday.timestamp()
    assert week_of(int(monday.timestamp()) - 1) == week_of(int(monday.timestamp())) - 1


@given(st.integers(0, 4_000 * 5_000))
def test_uuid_and_number_belong_together(number):
    uuid = SCHEDULE.uuid(number)
    assert len(uuid) == 24
    assert len(base64.b64decode(uuid, validate=True)) == 16
    assert SCHEDULE.number(uuid) == number


@pytest.mark.parametrize("uuid", ["", "x", "====", "AAAAAAAAAAAAAAAAAAAAAA==", "é" * 24, "AA=="])
def test_a_uuid_that_was_never_given_out_has_no_number(uuid):
    assert SCHEDULE.number(uuid) is None


def test_changing_one_sign_of_a_uuid_makes_it_unknown():
    uuid = SCHEDULE.uuid(119_000)
    for place in range(21):
        other = uuid[:place] + ("A" if uuid[place] != "A" else "B") + uuid[place + 1 :]
        assert SCHEDULE.number(other) is None


def test_some_uuids_begin_with_a_slash_and_some_hold_two():
    uuids = [SCHEDULE.uuid(number) for number in range(3000)]
    assert 60 < sum(one.startswith("/") for one in uuids) < 250
    assert 50 < sum("//" in one[1:] for one in uuids) < 200
    assert len(set(uuids)) == 3000


def test_every_meeting_begins_in_its_week():
    for week in range(WEEKS[0] - 40, WEEKS[0] + 20):
        for number in numbers(week):
            start_s = SCHEDULE.start_s(number)
            assert monday_of(week) <= start_s < monday_of(week) + WEEK_S


def test_numbers_come_by_start_and_only_from_the_window():
    start_s = monday_of(WEEKS[0]) + 86_400
    found = list(SCHEDULE.numbers(start_s, start_s + 2 * 86_400))
    starts = [SCHEDULE.start_s(number) for number in found]
    assert starts == sorted(starts)
    everyone = [SCHEDULE.start_s(number) for number in numbers()]
    assert len(found) == sum(start_s <= one < start_s + 2 * 86_400 for one in everyone) > 0


def test_windows_cut_at_any_instant_give_every_meeting_once():
    start_s, end_s = monday_of(WEEKS[0]), monday_of(WEEKS[-1] + 1)
    whole = list(SCHEDULE.numbers(start_s, end_s))
    cut = whole and SCHEDULE.start_s(whole[len(whole) // 2])
    parts = [*SCHEDULE.numbers(start_s, cut), *SCHEDULE.numbers(cut, end_s)]
    assert parts == whole
    assert len(whole) == SCHEDULE.per_week * len(WEEKS)


def test_a_daily_series_meets_at_the_same_hour_on_every_working_day_under_one_number():
    key = next(kind for kind in SCHEDULE.kinds if kind >= 1_000_000)
    found = SCHEDULE.instances(SCHEDULE.meeting_id(key), WEEKS)
    assert len(found) == 5 * len(WEEKS)
    series = SCHEDULE.series(key)
    zone = zoneinfo.ZoneInfo(series.host.site.zone)
    starts = [dt.datetime.fromtimestamp(SCHEDULE.start_s(one), zone) for one in found]
    assert {one.weekday() for one in starts} == set(series.host.site.workdays)
    for one in starts:
        minute = one.hour * 60 + one.minute + one.second / 60
        assert abs(minute - series.minute_of_day) <= 2.5


def test_a_weekly_series_meets_once_a_week_with_one_number_and_a_uuid_each():
    key = next(kind for kind in SCHEDULE.kinds if 0 < kind < 1_000_000)
    found = SCHEDULE.instances(SCHEDULE.meeting_id(key), WEEKS)
    assert [one // SCHEDULE.per_week for one in found] == list(WEEKS)
    assert len({SCHEDULE.uuid(one) for one in found}) == len(WEEKS)


def test_meeting_ids_are_eleven_digits_and_differ_between_series():
    keys = {SCHEDULE.key(number) for week in WEEKS for number in numbers(week)}
    ids = {SCHEDULE.meeting_id(key) for key in keys}
    assert len(ids) == len(keys)
    assert all(len(str(one)) == 11 for one in ids)


@pytest.mark.parametrize("meeting_id", [1, 80_000_000_000, 99_999_999_999])
def test_a_number_nobody_has_has_no_instances(meeting_id):
    assert SCHEDULE.instances(meeting_id, WEEKS) == []


def test_meetings_follow_office_hours_and_weekdays():
    simulation = organisation(meetings_per_week=400)
    schedule = simulation.schedule
    days, hours = Counter(), Counter()
    for number in schedule.numbers(simulation.start_s, simulation.end_s):
        series = schedule.series(schedule.key(number))
        zone = zoneinfo.ZoneInfo(series.host.site.zone)
        local = dt.datetime.fromtimestamp(schedule.start_s(number), zone)
        days[local.weekday() in series.host.site.workdays] += 1
        hours[local.hour] += 1
    assert days[False] / sum(days.values()) < 0.04
    assert hours[10] > 2 * hours[12]
    assert sum(hours[hour] for hour in range(8, 18)) > 0.85 * sum(hours.values())
    assert not any(hours[hour] for hour in range(5))


def test_the_largest_webinar_is_as_large_as_asked_for():
    simulation = organisation(meetings_per_week=20, weeks=1, largest_webinar=1000)
    sizes = [len(one.joins) for one in simulation.everything() if one.kind == "webinar"]
    assert 850 < max(sizes) < 1150
