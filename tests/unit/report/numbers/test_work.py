"""What is to be done first: shared causes take their minutes from those who suffered them."""

import dataclasses

import polars as pl
import pytest

from qosreport import tables
from qosreport.report.refs import person_ref
from tests.unit.diagnosis.causes_frames import Week
from tests.unit.diagnosis.frames import rows_of, score
from tests.unit.report.build import weekly
from tests.unit.report.numbers.test_causes import frames_of

HOUR = range(60)
BAD = range(10, 30)


def followed(week):
    """What a hand-written week says to follow up, by kind and reference or name."""
    frames = frames_of(week)
    poor = (pl.col("net_score") < 3).sum().cast(pl.Int64)
    counted = frames.minute_scores.group_by("session_id").agg(poor=poor, n=pl.len())
    scores = [
        score(number, "Bad" if harmed else "Good", net_poor_minutes=harmed, scored_minutes=n)
        for number, harmed, n in counted.sort("session_id").iter_rows()
    ]
    banded = dataclasses.replace(
        frames, participant_scores=rows_of(tables.PARTICIPANT_SCORES, scores)
    )
    return weekly(banded).followup


def by_subject(found):
    return {(row.kind, row.ref or row.name): row for row in found.rows}


@pytest.fixture(scope="module")
def found():
    """Leeds fails in three meetings, one sender harms six listeners, Bea has a bad line."""
    week = Week()
    for meeting in range(3):
        for n in range(4):
            week.join(f"leeds{n}", f"m{meeting}", HOUR, received=BAD, site="Leeds")
            week.join(f"x{n}", f"m{meeting}", HOUR, site="Porto")
        week.join("bea", f"n{meeting}", HOUR, received=range(40, 52))
        for n in range(4):
            week.join(f"y{n}", f"n{meeting}", HOUR)
    for n in range(6):
        week.join(f"l{n}", "s", HOUR, received=BAD)
    week.join("sender", "s", HOUR, sent=BAD, name="Ada Example")
    return followed(week)


@pytest.fixture(scope="module")
def rows(found):
    return by_subject(found)


def test_what_wins_back_most_comes_first(found):
    assert [row.name for row in found.rows[:2]] == ["Leeds", "Ada Example"]
    stake = [row.at_stake_minutes for row in found.rows]
    assert stake == sorted(stake, reverse=True)


def test_a_sender_is_to_be_seen_to_at_once_for_what_others_suffered(rows):
    sender = rows["person", person_ref("sender")]
    assert sender.status == "this_week"
    assert (sender.harmed_minutes, sender.shared_minutes, sender.caused_minutes) == (20, 0, 120)
    assert sender.at_stake_minutes == 140
    assert (sender.next_check, sender.owner) == ("check_uplink", "person")
    assert (sender.k, sender.n) == (1, 1)


def test_a_site_that_is_a_cause_has_the_minutes_that_fit_it_at_stake(rows):
    site = rows["site", "Leeds"]
    assert site.status == "this_week"
    assert (site.harmed_minutes, site.shared_minutes, site.at_stake_minutes) == (240, 0, 240)
    assert (site.next_check, site.owner) == ("ask_site_network", "site_network")
    assert (site.k, site.n, site.ref, site.shared_cause) == (12, 12, None, None)


def test_who_suffered_only_from_others_is_sent_to_their_cause(rows):
    victim = rows["person", person_ref("leeds0")]
    assert (victim.harmed_minutes, victim.shared_minutes, victim.at_stake_minutes) == (60, 60, 0)
    assert (victim.next_check, victim.owner) == ("see_shared_cause", "site_network")
    assert (victim.shared_cause.cause, victim.shared_cause.subject) == ("site", "Leeds")
    assert victim.shared_cause.harmed_minutes == 60


def test_a_line_of_ones_own_stays_ones_own(rows):
    bea = rows["person", person_ref("bea")]
    assert (bea.harmed_minutes, bea.shared_minutes, bea.at_stake_minutes) == (36, 0, 36)
    assert bea.next_check == "check_access_line"


def test_statuses_are_counted_with_the_causes(found):
    assert found.this_week == 2
    assert found.watch == sum(row.status == "watch" for row in found.rows) == 5


def test_a_shared_cause_of_a_few_minutes_is_no_work():
    week = Week()
    for n in range(4):
        week.join(f"leeds{n}", "m", HOUR, received=range(10, 15), site="Leeds")
        week.join(f"x{n}", "m", HOUR, site="Porto")
    assert followed(week).rows == []


def test_a_data_centre_has_a_row_of_its_own():
    week = Week()
    for n in range(6):
        place = {"data_center": "Canada (YYZ Top)", "site": ("Leeds", "Porto")[n % 2]}
        week.join(f"a{n}", "m", HOUR, received=BAD, **place)
    for n in range(3):
        week.join(f"b{n}", "other", HOUR, data_center="Germany (FRA)", site="Osaka")
    centre = by_subject(followed(week))["data_center", "Canada (YYZ)"]
    assert (centre.next_check, centre.owner, centre.status) == ("ask_zoom", "zoom", "this_week")
    assert (centre.k, centre.n, centre.at_stake_minutes) == (6, 6, 120)
