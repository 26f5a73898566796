import datetime as dt
from collections import Counter

import pytest

from qosreport.simulator.organisation import Simulation, SimulationSettings
from tests.unit.simulator.support import END, START, organisation

LARGE = organisation(meetings_per_week=400, weeks=1, causes=())
MEETINGS = list(LARGE.everything())
JOINS = [join for meeting in MEETINGS for join in meeting.joins]


def test_a_meeting_is_the_same_whatever_was_asked_for_before():
    settings = SimulationSettings(meetings_per_week=40, weeks=1)
    in_order = [one.uuid for one in Simulation(settings).everything()]
    backwards = Simulation(settings)
    for uuid in reversed(in_order):
        assert backwards.meeting(uuid) == Simulation(settings).meeting(uuid)


def test_a_week_is_the_same_however_many_weeks_come_before_it():
    short = organisation(weeks=1, causes=())
    long = organisation(weeks=3, causes=())
    last_week = [one for one in long.everything() if one.start >= END - dt.timedelta(weeks=1)]
    assert list(short.everything()) == last_week


def test_another_seed_makes_another_organisation():
    topics = [[one.topic for one in organisation(seed=seed).everything()] for seed in (1, 2)]
    assert topics[0] != topics[1]


def test_people_join_while_the_meeting_is_on_and_leave_later_than_they_join():
    for meeting in MEETINGS:
        for join in meeting.joins:
            assert meeting.start_s <= join.join_s < join.leave_s <= meeting.end_s
            assert join.samples >= 0


def test_the_meeting_begins_with_its_host():
    for meeting in MEETINGS:
        if meeting.joins:
            assert min(one.join_s for one in meeting.joins) == meeting.start_s
            assert Counter(one.role for one in meeting.joins)["host"] >= 1


def test_sizes_are_mostly_small_with_some_large_ones():
    sizes = [one.people for one in MEETINGS if one.kind == "meeting"]
    assert sum(2 <= one <= 12 for one in sizes) > 0.7 * len(sizes)
    assert sum(30 <= one <= 110 for one in sizes) >= 3
    assert 8 < len(JOINS) / len(MEETINGS) < 13


def test_one_person_meetings_and_meetings_without_anybody_occur():
    assert sum(one.one_person for one in MEETINGS) >= 3
    assert sum(not one.sessions for one in MEETINGS) >= 1
    assert not any(one.one_person for one in MEETINGS if not one.sessions)


def test_every_kind_of_participant_occurs():
    kinds = Counter(one.person.kind for one in JOINS)
    assert set(kinds) == {"member", "guest", "web", "room", "phone"}
    assert kinds["member"] > 0.7 * len(JOINS)


def test_rejoins_come_after_the_leave_under_the_same_user_id_with_a_reason_of_the_network():
    rejoined = 0
    for meeting in MEETINGS:
        last = {}
        for join in meeting.joins:
            before = last.get(join.user_id)
            if before is not None and not (join.breakout or before.breakout):
                assert before.leave_s < join.join_s
                if "onnect" in before.leave_reason:
                    rejoined += 1
                    assert 15 <= join.join_s - before.leave_s <= 110
            last[join.user_id] = join
    assert rejoined > 10


def test_a_person_who_comes_back_does_so_from_the_same_place_to_the_same_data_centre():
    again = 0
    for meeting in MEETINGS:
        seen = {}
        for join in meeting.joins:
            here = (join.data_centre, join.place, join.camera, join.version)
            again += join.user_id in seen
            assert seen.setdefault(join.user_id, here) == here
    assert again > 30


def test_leave_reasons_are_zooms_and_some_have_the_older_form_with_a_break():
    reasons = [one.leave_reason for one in JOINS]
    assert any("<br>Reason: " in one for one in reasons)
    assert any(one.startswith("Network connection error.") for one in reasons)
    assert any(one == "Host ended the meeting." for one in reasons)
    assert any(one.endswith(" the webinar.") for one in reasons)
    assert not any("$name" in one for one in reasons)


def test_second_devices_are_the_same_person_under_another_user_id():
    twice = 0
    for meeting in MEETINGS:
        ids = {}
        for join in meeting.joins:
            ids.setdefault(join.person.key, set()).add(join.user_id)
        twice += sum(len(mine) > 1 for mine in ids.values())
    assert twice > 20


def test_breakouts_take_everybody_out_of_the_main_room_and_back():
    found = [one for one in MEETINGS if any(join.breakout for join in one.joins)]
    assert found
    for meeting in found:
        for join in meeting.joins:
            if join.breakout:
                mine = [one for one in meeting.joins if one.user_id == join.user_id]
                assert any(not one.breakout and one.leave_s <= join.join_s for one in mine)


def test_guests_sometimes_wait_and_who_waits_has_no_quality():
    waiting = [one for m in MEETINGS for one in m.sessions if one.waiting_room]
    assert waiting
    assert not any(one.samples or one.listed_in_qos for one in waiting)
    assert all(one.person.kind in {"guest", "web"} for one in waiting)


def test_a_few_joins_have_no_quality_and_telephones_never_do():
    assert 0.001 < sum(one.listed_in_qos and not one.has_qos for one in JOINS) / len(JOINS) < 0.03
    phones = [one for one in JOINS if one.person.kind == "phone"]
    assert phones
    assert not any(one.listed_in_qos for one in phones)


def test_about_a_third_of_the_people_have_their_camera_off():
    staff = [one for m in MEETINGS if m.kind == "meeting" for one in m.joins]
    staff = [one for one in staff if one.person.kind == "member"]
    assert 0.25 < sum(not one.camera for one in staff) / len(staff) < 0.45


def test_attendees_of_webinars_only_listen():
    for meeting in MEETINGS:
        if meeting.kind == "webinar":
            attendees = [one for one in meeting.joins if one.role == "attendee"]
            assert attendees
            assert not any(one.talks or one.camera for one in attendees)


def test_some_people_come_late():
    late = [one.join_s - m.start_s for m in MEETINGS for one in m.joins if m.people > 2]
    assert sum(one > 300 for one in late) > 0.03 * len(late)
    assert sum(one < 180 for one in late) > 0.5 * len(late)


def test_ratings_are_of_people_on_the_account_who_were_there():
    rated = [(m, one) for m in MEETINGS for one in m.ratings]
    assert rated
    for meeting, rating in rated:
        assert rating.person.account_id
        assert rating.person.key in {one.person.key for one in meeting.joins}
        assert rating.moment_s > meeting.end_s
        assert not (rating.good and rating.comment)


def test_shares_lie_within_the_join_of_their_owner():
    shares = [(m, one) for m in MEETINGS for one in m.shares]
    assert shares
    for meeting, share in shares:
        owner = meeting.sessions[share.session]
        assert owner.join_s <= share.start_s < share.end_s <= owner.leave_s


def test_series_meet_again_with_mostly_the_same_people():
    simulation = organisation(weeks=2, causes=())
    by_id = {}
    for meeting in simulation.everything():
        by_id.setdefault(meeting.meeting_id, []).append(meeting)
    weekly = [pair for pair in by_id.values() if len(pair) == 2 and pair[0].people >= 4]
    assert weekly
    for one, other in weekly:
        assert one.topic == other.topic
        assert one.host == other.host
        people = [{join.person.key for join in each.joins} for each in (one, other)]
        assert len(people[0] & people[1]) >= 0.5 * len(people[0])


def test_a_running_meeting_shows_nothing_that_is_still_to_come():
    meeting = next(one for one in MEETINGS if one.people >= 5 and one.shares)
    moment_s = (meeting.start_s + meeting.end_s) // 2
    look = meeting.at(moment_s)
    assert look.running
    assert {one.user_id for one in look.sessions} <= {one.user_id for one in meeting.sessions}
    for join in look.sessions:
        assert join.join_s <= moment_s
        assert join.left == (join.leave_s <= moment_s)
        assert join.shown_samples <= max(0, moment_s // 60 - join.join_s // 60)
        assert join.shown_samples <= join.samples
    assert all(one.start_s < moment_s and one.end_s <= moment_s for one in look.shares)


@pytest.mark.parametrize("weeks", [1, 2])
def test_every_meeting_lies_in_the_simulated_weeks(weeks):
    simulation = organisation(weeks=weeks)
    start = END - dt.timedelta(weeks=weeks)
    found = list(simulation.everything())
    assert len(found) == weeks * 40
    assert all(start <= one.start < END for one in found)


def test_meetings_and_webinars_are_listed_apart():
    simulation = organisation()
    meetings = list(simulation.meetings("meeting", START, END))
    webinars = list(simulation.meetings("webinar", START, END))
    assert {one.kind for one in meetings} == {"meeting"}
    assert {one.kind for one in webinars} == {"webinar"}
    assert len(meetings) + len(webinars) == 80


def test_a_meeting_outside_the_simulated_weeks_does_not_exist():
    short, long = organisation(weeks=1), organisation(weeks=2)
    earlier = next(iter(long.everything()))
    assert long.meeting(earlier.uuid) == earlier
    assert short.meeting(earlier.uuid) is None
    assert all(
        one.start >= END - dt.timedelta(weeks=1) for one in short.instances(earlier.meeting_id)
    )
    assert long.meeting("nonsense") is None
