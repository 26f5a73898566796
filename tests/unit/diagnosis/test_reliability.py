"""Drops, returns and second devices, from hand-written joins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport import tables
from qosreport.diagnosis import leaving, reliability
from tests.unit.diagnosis.frames import minute, rows_of, session

LOST = "Network connection error."
LEFT = "left the meeting."


def join(number, start, end, reason=LEFT, **facts):
    leave = None if end is None else minute(end)
    return session(number, join=minute(start), leave_time=leave, leave_reason=reason, **facts)


def stays(*joins):
    return reliability.stays(rows_of(tables.SESSIONS, joins))


def only(*joins):
    table = stays(*joins)
    assert table.height == 1
    return table.row(0, named=True)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("Network connection error.", "lost"),
        ("got disconnected from the meeting.", "lost"),
        ("left the webinar. Reason: Network connection error.", "lost"),
        ("Host ended the meeting.", "ended"),
        ("left the meeting. Reason: Host ended the meeting.", "ended"),
        ("Exceeded free meeting minutes limit.", "ended"),
        ("Removed by host.", "removed"),
        ("left the meeting.", "left"),
        ("Unknown reason.", "missing"),
        (None, "missing"),
    ],
)
def test_zooms_words_fall_into_groups(reason, kind):
    assert leaving.kind_of(reason) == kind
    assert leaving.is_drop(reason) == (kind == "lost")


def test_a_stay_without_trouble_has_none():
    row = only(join(1, 0, 60, "Host ended the meeting."))
    assert (row["joins"], row["drops"], row["rejoins"], row["lost_s"]) == (1, 0, 0, 0)
    assert (row["known"], row["dropped"], row["gone"]) == (True, False, False)


def test_the_time_between_a_drop_and_the_return_is_lost():
    row = only(join(1, 0, 10, LOST), join(2, 12, 60))
    assert (row["drops"], row["rejoins"], row["returns"], row["lost_s"]) == (1, 1, 0, 120)
    assert row["dropped"]
    assert not row["gone"]


def test_who_leaves_and_comes_back_has_not_dropped():
    row = only(join(1, 0, 10), join(2, 30, 60))
    assert (row["drops"], row["rejoins"], row["returns"], row["lost_s"]) == (0, 0, 1, 0)
    assert not row["dropped"]


def test_who_drops_last_is_gone():
    row = only(join(1, 0, 10, LOST))
    assert row["gone"]
    assert row["rejoins"] == 0


def test_a_second_device_is_no_return():
    row = only(join(1, 0, 60), join(2, 20, 30, device="iOS"))
    assert (row["joins"], row["second_devices"], row["returns"], row["rejoins"]) == (2, 1, 0, 0)


def test_a_drop_while_there_on_another_device_loses_no_time():
    row = only(join(1, 0, 20, LOST), join(2, 5, 40, device="iOS"), join(3, 25, 60))
    assert (row["drops"], row["lost_s"], row["gone"]) == (1, 0, False)


def test_after_a_drop_of_the_second_device_the_first_goes_on():
    row = only(join(1, 0, 60), join(2, 20, 30, LOST, device="iOS"))
    assert (row["drops"], row["rejoins"], row["gone"]) == (1, 0, False)


def test_who_is_back_before_zoom_noticed_lost_nothing():
    row = only(join(1, 0, 10, LOST), join(2, 9, 60))
    assert (row["rejoins"], row["second_devices"], row["lost_s"]) == (1, 0, 0)


def test_a_second_device_is_no_return_though_the_first_drops_later():
    row = only(join(1, 0, 40, LOST), join(2, 20, 30, device="iOS"))
    assert (row["rejoins"], row["second_devices"], row["gone"]) == (0, 1, True)


def test_a_way_to_a_breakout_room_and_back_is_a_move():
    row = only(join(1, 0, 10), join(2, 11, 30, breakout_id="room"), join(3, 31, 60))
    assert (row["moves"], row["returns"], row["rejoins"]) == (2, 0, 0)


def test_a_drop_out_of_a_breakout_room_is_a_drop():
    row = only(join(1, 0, 30, LOST, breakout_id="room"), join(2, 31, 60))
    assert (row["moves"], row["rejoins"], row["lost_s"]) == (0, 1, 60)


def test_without_a_reason_nothing_is_known_but_a_drop_is():
    assert not only(join(1, 0, 10, None))["known"]
    row = only(join(1, 0, 10, None), join(2, 20, 30, LOST))
    assert row["known"]
    assert row["missing"] == 1


def test_a_join_without_an_end_does_no_harm():
    row = only(join(1, 0, None, None), join(2, 20, 30))
    assert (row["joins"], row["returns"], row["missing"]) == (2, 1, 1)


def test_people_and_meetings_are_kept_apart():
    table = stays(
        join(1, 0, 10, LOST),
        join(2, 11, 20, person="bea"),
        join(3, 12, 20, meeting="m2"),
    )
    assert table["rejoins"].to_list() == [0, 0, 0]
    assert table["dropped"].sum() == 1


def test_rankings_put_most_drops_first_and_leave_out_those_without():
    table = stays(
        join(1, 0, 10, LOST),
        join(2, 11, 20, LOST),
        join(3, 0, 20, LOST, person="bea", meeting="m2"),
        join(4, 0, 20, person="cid", meeting="m3"),
    )
    meetings = reliability.by_meeting(table)
    assert meetings["meeting_uuid"].to_list() == ["m1", "m2"]
    assert meetings["drops"].to_list() == [2, 1]
    people = reliability.by_person(table)
    assert people["person_key"].to_list() == ["ada", "bea"]
    assert people["gone"].to_list() == [1, 1]


def test_meetings_without_reasons_are_counted():
    table = stays(join(1, 0, 10, None), join(2, 0, 10, person="bea"), join(3, 0, 9, meeting="m2"))
    assert reliability.without_reasons(table).rows() == [("m1", 2, 1)]


def test_every_join_has_one_kind_of_reason():
    rows = rows_of(tables.SESSIONS, [join(1, 0, 10, None), join(2, 0, 10, LOST), join(3, 0, 9)])
    found = dict(reliability.reasons(rows).iter_rows())
    assert found == {"lost": 1, "ended": 0, "removed": 0, "left": 1, "missing": 1}


def test_absences_are_those_after_drops():
    rows = [join(1, 0, 10, LOST), join(2, 13, 20), join(3, 40, 50)]
    assert reliability.absences(rows_of(tables.SESSIONS, rows)).to_list() == [180]


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 30), st.sampled_from([LOST, LEFT, None])),
        min_size=1,
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_joins_add_up_in_any_order(joins, random):
    rows = [join(n, start, start + length, why) for n, (start, length, why) in enumerate(joins)]
    row = only(*rows)
    first = row["joins"] - row["rejoins"] - row["returns"] - row["moves"] - row["second_devices"]
    assert first == 1
    assert row["rejoins"] <= row["drops"]
    random.shuffle(rows)
    assert only(*rows) == row
