"""What a report is made from: the weeks before a week, read from a real store."""

import dataclasses
import datetime as dt

import pytest

from qosreport import periods
from qosreport.diagnosis.places import UNLISTED
from qosreport.pipeline import gather
from qosreport.report.numbers.facts import past
from qosreport.scoring import load_policy
from qosreport.scoring.engine import run as score
from qosreport.store import Store
from tests.unit.store.support import LOCAL, MONDAY, commit

POLICY = load_policy("zoom-network-quality")
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
WEEK = periods.week("2026-W46", zone="Europe/London", now=NOW)


def weeks_before(count):
    return MONDAY - dt.timedelta(weeks=count)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        commit(store, "now")
        commit(store, "one", "two", start=weeks_before(1))
        commit(store, "gap", start=weeks_before(2), completeness="incomplete")
        commit(store, "eight", start=weeks_before(8))
        commit(store, "nine", start=weeks_before(9))
        yield store


def scored(store):
    parts = store.unscored_parts(gather.key_of(POLICY))
    for part, tables in score(parts, POLICY):
        store.put_scores(part, gather.key_of(POLICY), tables)
    return store


def test_the_eight_weeks_before_are_read_if_they_have_whole_meetings(store):
    found = gather.earlier(scored(store), WEEK, POLICY, UNLISTED)
    assert set(found) == {"2026-W45", "2026-W38"}
    assert sorted(found["2026-W45"].meetings["meeting_uuid"]) == ["one", "two"]
    assert found["2026-W45"].sessions.height == 4
    assert found["2026-W38"].participant_scores.height == 2


def test_what_is_read_is_enough_to_compare_with(store):
    week = past(gather.earlier(scored(store), WEEK, POLICY, UNLISTED)["2026-W45"], zone=WEEK.zone)
    assert week.connections.height == 4
    assert week.meetings["band"].to_list() == ["Unscored"] * 2


def test_a_week_without_scores_is_a_week_of_unscored_connections(store):
    found = gather.earlier(store, WEEK, POLICY, UNLISTED)["2026-W45"]
    assert found.participant_scores.is_empty()
    assert not past(found, zone=WEEK.zone).connections["judged"].any()


def test_a_meeting_belongs_to_the_week_of_its_local_start(tmp_path):
    midnight = dt.datetime(2026, 11, 8, 20, tzinfo=dt.UTC)
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        commit(store, "late", start=midnight)
        assert set(gather.earlier(store, WEEK, POLICY, UNLISTED)) == {"2026-W45"}
        auckland = periods.week("2026-W47", zone="Pacific/Auckland", now=NOW)
        assert set(gather.earlier(store, auckland, POLICY, UNLISTED)) == {"2026-W46"}


def test_other_periods_have_no_weeks_before_them(store):
    days = periods.dates(WEEK.first_day, WEEK.last_day, zone="UTC", now=NOW)
    assert gather.earlier(store, days, POLICY, UNLISTED) == {}
    assert len(gather.reach(days)) == 3


def test_a_week_reaches_back_for_all_it_compares_with():
    reach = gather.reach(WEEK)
    assert {"2026-W38", "2026-W45", "2026-W46"} <= set(reach)
    assert len(reach) <= 12
    assert gather.reach(dataclasses.replace(WEEK)) == reach
