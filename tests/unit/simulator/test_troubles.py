"""Each known cause touches whom it should, when it should, and shows in the numbers."""

import datetime as dt
import itertools
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.simulator.causes import NOISE, Cause
from qosreport.simulator.dice import Dice
from qosreport.simulator.pages import qos_rows, qos_text
from qosreport.simulator.surroundings import Scene
from qosreport.simulator.troubles import SPELL_S, spells_within
from tests.unit.simulator import judge
from tests.unit.simulator.support import organisation

FIRST, LAST = dt.date(2026, 11, 9), dt.date(2026, 11, 15)
BASE = organisation(meetings_per_week=90, weeks=1, causes=(), odd_values=0)


def only(kind, where, **other):
    """The organisation with this one cause."""
    cause = Cause(**({"id": "it", "kind": kind, "where": where, "strength": 1.2,
                      "first_day": FIRST, "last_day": LAST} | other))  # fmt: skip
    return organisation(meetings_per_week=90, weeks=1, causes=(cause,), odd_values=0)


def touched(simulation):
    """(meeting, join, touch) of the cause."""
    return [
        (meeting, join, touch)
        for meeting in simulation.everything()
        for join in meeting.sessions
        for touch in join.touches
        if touch.cause != NOISE
    ]


def everybody(simulation):
    return [join for meeting in simulation.everything() for join in meeting.qos_sessions]


def scores(simulation, *, frames=False):
    """Scores of touched minutes, and of some of all other ones."""
    inside, outside = [], []
    for meeting in simulation.everything():
        scene = Scene(meeting)
        for number, join in enumerate(meeting.qos_sessions):
            marked = {
                at
                for touch in join.touches
                if touch.cause != NOISE
                for at in range(touch.first, touch.last + 1)
            }
            noisy = any(touch.cause == NOISE for touch in join.touches)
            if not marked and (noisy or (meeting.number + number) % 10):
                continue
            for at, sample in enumerate(json.loads(qos_text(meeting, join, scene))["user_qos"]):
                score = judge.minute_score(sample, frames=frames)
                if score is not None and not (noisy and at not in marked):
                    (inside if at in marked else outside).append(score)
    return inside, outside


def poor_share(found):
    return sum(one < 3 for one in found) / len(found)


def test_poor_wifi_touches_only_people_on_wifi_at_the_site_and_their_signal_is_weak():
    simulation = only("site_wifi", "Leeds", from_hour=9, to_hour=17, zone="Europe/London")
    found = touched(simulation)
    assert len(found) > 20
    assert {(join.place.site, join.place.network_type) for _, join, _ in found} == {
        ("Leeds", "Wifi")
    }
    weak = strong = 0
    for meeting in simulation.everything():
        for join, row in zip(meeting.qos_sessions, qos_rows(meeting), strict=True):
            for touch in join.touches:
                if touch.cause == "it" and join.person.kind == "member":
                    for sample in row["user_qos"][touch.first : touch.last + 1]:
                        weak += sample["wifi_rssi"]["avg_rssi"] < -75
                        strong += sample["wifi_rssi"]["avg_rssi"] >= -75
    assert weak > 100
    assert strong == 0


def test_minutes_on_poor_wifi_really_are_worse():
    inside, outside = scores(only("site_wifi", "Leeds", from_hour=9, to_hour=17))
    assert poor_share(inside) > 0.7
    assert poor_share(outside) < 0.02


def test_an_isps_bad_evenings_touch_its_customers_at_home_in_the_evening_as_they_receive():
    simulation = only("isp_evening", "Northbeck Broadband", from_hour=16, to_hour=22,
                      zone="Europe/London")  # fmt: skip
    found = touched(simulation)
    assert found
    assert {join.place.isp for _, join, _ in found} == {"Northbeck Broadband"}
    assert {touch.direction for _, _, touch in found} == {"received"}
    inside, outside = scores(simulation)
    assert poor_share(inside) > 0.6
    assert poor_share(outside) < 0.02


def test_a_data_centre_incident_touches_everybody_on_it_at_several_sites():
    simulation = only("data_centre", "LHR", first_day=dt.date(2026, 11, 11),
                      last_day=dt.date(2026, 11, 11), from_hour=9, to_hour=12)  # fmt: skip
    found = touched(simulation)
    assert {join.data_centre for _, join, _ in found} == {"LHR"}
    assert len({join.place.site or join.place.isp for _, join, _ in found}) > 3
    start_s = int(dt.datetime(2026, 11, 11, 9, tzinfo=dt.UTC).timestamp())
    expected = [
        join
        for join in everybody(simulation)
        if join.data_centre == "LHR" and join.samples
        and max(join.join_s, start_s) // 60 < min(join.leave_s, start_s + 10_800) // 60
    ]  # fmt: skip
    assert {join.seed for join in expected} == {join.seed for _, join, _ in found}
    assert poor_share(scores(simulation)[0]) > 0.8


def test_a_senders_bad_uplink_is_sent_by_one_and_received_by_all_who_were_in_with_them():
    host = BASE.schedule.daily()[0][0]
    simulation = only("sender_uplink", host.key)
    found = touched(simulation)
    sent = [(m, join, touch) for m, join, touch in found if touch.direction == "sent"]
    received = [(m, join, touch) for m, join, touch in found if touch.direction == "received"]
    assert {join.person.key for _, join, _ in sent} == {host.key}
    assert host.key not in {join.person.key for _, join, _ in received}
    assert len(received) > 2 * len(sent) > 4
    senders = {meeting.uuid for meeting, _, _ in sent}
    for meeting, join, touch in received:
        assert meeting.uuid in senders
        start = join.first_minute + touch.first
        assert any(
            one.first_minute <= start <= one.first_minute + one.samples
            for one in meeting.joins
            if one.person.key == host.key
        )


def test_who_listens_to_a_bad_uplink_receives_badly_and_sends_well():
    host = BASE.schedule.daily()[0][0]
    heard, said = [], []
    for meeting in only("sender_uplink", host.key, strength=1.4).everything():
        for join, row in zip(meeting.qos_sessions, qos_rows(meeting), strict=True):
            for touch in join.touches:
                if touch.cause == "it" and touch.direction == "received":
                    for sample in row["user_qos"][touch.first : touch.last + 1]:
                        heard.append(judge.minute_score(sample, only="_output"))
                        said.append(judge.minute_score(sample, only="_input"))
    assert poor_share([one for one in heard if one is not None]) > 0.85
    assert poor_share([one for one in said if one is not None]) < 0.1


def test_overloaded_laptops_lose_frames_while_their_network_stays_clean():
    simulation = only("overloaded_laptops", "Merlin X2", share=0.5)
    found = touched(simulation)
    assert {join.device.model for _, join, _ in found} == {"Merlin X2"}
    owners = [one for one in everybody(simulation) if one.device.model == "Merlin X2"]
    assert 0.3 < len({join.seed for _, join, _ in found}) / len(owners) < 0.7
    assert poor_share(scores(simulation)[0]) < 0.02
    assert poor_share(scores(simulation, frames=True)[0]) > 0.5


def test_a_bad_client_version_touches_only_those_who_run_it():
    simulation = only("client_version", "6.6.2.30145", share=0.4)
    found = touched(simulation)
    assert {join.version for _, join, _ in found} == {"6.6.2.30145"}
    assert {join.person.kind for _, join, _ in found} <= {"member", "guest"}
    inside, outside = scores(simulation)
    assert poor_share(inside) > 0.5
    assert poor_share(outside) < 0.02


def test_a_saturated_link_touches_wire_wifi_and_rooms_of_the_site_in_its_hour_only():
    simulation = only("site_link", "Leeds", from_hour=10, to_hour=11, zone="Europe/London")
    found = touched(simulation)
    assert {join.place.site for _, join, _ in found} == {"Leeds"}
    assert {"Wired", "Wifi"} <= {join.place.network_type for _, join, _ in found}
    for _, join, touch in found:
        for at in (touch.first, touch.last):
            stamp = dt.datetime.fromtimestamp(60 * (join.first_minute + at), dt.UTC)
            assert dt.time(10, 0) < stamp.time() <= dt.time(11, 0)


@pytest.mark.parametrize("kind", ["site_link", "data_centre"])
def test_a_stronger_cause_does_more_harm(kind):
    where = {"site_link": "Leeds", "data_centre": "LHR"}[kind]
    shares = [
        poor_share(scores(only(kind, where, from_hour=9, to_hour=12, strength=strength))[0])
        for strength in (0.4, 0.75, 1.2)
    ]
    assert shares == sorted(shares)
    assert shares[0] < 0.25
    assert shares[2] > 0.8


def test_touches_lie_within_the_samples_of_their_join():
    for _, join, touch in touched(organisation(meetings_per_week=90, weeks=1)):
        assert 0 <= touch.first <= touch.last < join.samples


def test_who_has_no_quality_is_touched_by_nothing():
    simulation = organisation(meetings_per_week=90, weeks=1)
    without = [join for m in simulation.everything() for join in m.sessions if not join.samples]
    assert without
    assert not any(join.touches for join in without)


def test_one_persons_bad_line_is_noise_and_comes_mostly_from_home():
    noisy = [
        join
        for join in everybody(BASE)
        for touch in join.touches
        if touch.last - touch.first + 1 > 0.3 * join.samples
    ]
    assert noisy
    assert sum(not join.place.site for join in noisy) > 0.5 * len(noisy)


def test_a_few_people_have_a_bad_line_again_and_again():

    bad = Counter(
        join.person.key
        for join in everybody(organisation(meetings_per_week=300, weeks=2, causes=()))
        if any(touch.last - touch.first > 0.3 * join.samples for touch in join.touches)
    )
    assert bad.most_common(1)[0][1] >= 4


def test_trouble_on_the_line_breaks_it_more_often():
    def drop_rate(simulation, wanted):
        joins = [one for one in everybody(simulation) if wanted(one)]
        return sum("onnect" in one.leave_reason for one in joins) / len(joins)

    simulation = only("data_centre", "LHR", strength=1.4)
    troubled = drop_rate(simulation, lambda one: any(t.cause == "it" for t in one.touches))
    assert troubled > 2.5 * drop_rate(simulation, lambda one: not one.touches)


@given(st.integers(), st.floats(0.2, 0.95), st.integers(1, 12))
def test_spells_come_in_order_within_their_hours(seed, activity, hours):
    spells = list(spells_within(1000, 1000 + 3600 * hours, activity, Dice(seed)))
    assert spells == sorted(spells)
    for one, other in itertools.pairwise(spells):
        assert one[1] <= other[0]
    assert all(start < end <= 1000 + 3600 * hours for start, end in spells)
    assert all(start >= 1000 - SPELL_S for start, _ in spells)


@pytest.mark.parametrize("activity", [0.3, 0.6, 0.9, 1.0])
def test_spells_cover_their_share_of_the_hours(activity):
    covered = sum(
        min(end, 36_000) - max(start, 0)
        for seed in range(40)
        for start, end in spells_within(0, 36_000, activity, Dice(seed))
    )
    assert covered / (40 * 36_000) == pytest.approx(activity, abs=0.06)


def minutes_touched(simulation):
    """Minutes of the day touched, by join, of joins that were in throughout them."""
    return [
        (join, {join.first_minute + at for at in range(touch.first, touch.last + 1)})
        for _, join, touch in touched(simulation)
    ]


def test_a_cause_of_a_place_comes_and_goes_for_all_at_once():
    simulation = only("data_centre", "LHR", from_hour=9, to_hour=15, activity=0.5)
    at_work = set().union(*(minutes for _, minutes in minutes_touched(simulation)))
    concerned = [one for one in everybody(simulation) if one.data_centre == "LHR" and one.samples]
    assert concerned
    for join in concerned:
        mine = set().union(
            *(set(range(join.first_minute + t.first, join.first_minute + t.last + 1))
              for t in join.touches if t.cause == "it"),
        )  # fmt: skip
        present = set(range(join.first_minute, join.first_minute + join.samples))
        assert mine == present & at_work


def test_a_cause_of_a_machine_comes_to_each_at_its_own_time():
    simulation = only("overloaded_laptops", "Merlin X2", activity=0.5)
    whole = [
        (join, minutes)
        for join, minutes in minutes_touched(simulation)
        if len(minutes) < 0.9 * join.samples
    ]
    assert len(whole) > 20
