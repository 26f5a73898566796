"""What listeners suffer from one bad sender."""

import pytest

from tests.unit.diagnosis.causes_frames import Week

HOUR = range(60)


def meeting(*, bad, listeners, sender=None, more=()):
    """A sender whose minutes `bad` are poor, and listeners by their poor minutes."""
    week = Week()
    week.join("sender", "m", HOUR, **{"sent": bad, **(sender or {})})
    for number, poor in enumerate(listeners):
        week.join(f"l{number}", "m", HOUR, received=poor, muted=True)
    for name, facts in more:
        week.join(name, "m", HOUR, **facts)
    return week


def test_listeners_are_taken_out_and_the_sender_keeps_the_uplink():
    week = meeting(bad=range(20, 30), listeners=[range(20, 30)] * 3)
    assert week.cause("l0") == "remote_sender:sender"
    assert week.cause("sender") == "participant_uplink"
    row = week.attributed().filter(blamed_person_key="sender").row(0, named=True)
    assert (row["poor_here"], row["people_here"]) == (3, 3)


@pytest.mark.parametrize(
    ("harmed", "well", "blamed"),
    [(2, 2, True), (2, 3, False), (1, 1, False), (3, 3, True), (3, 4, False)],
)
def test_two_and_half_of_the_listeners_must_suffer(harmed, well, blamed):
    bad = range(20, 30)
    week = meeting(bad=bad, listeners=[bad] * harmed + [[]] * well)
    assert (week.cause("l0") == "remote_sender:sender") is blamed


def test_minutes_beside_the_sender_s_poor_ones_are_the_same_trouble():
    week = meeting(bad=[20, 24, 28], listeners=[[20, 22, 26, 32], [21, 24, 28], [20, 33]])
    assert week.causes("l0") == dict.fromkeys([20, 22, 26, 32], "remote_sender:sender")
    assert week.causes("l2") == {20: "remote_sender:sender", 33: "participant_downlink"}


def test_listeners_who_suffer_all_the_time_do_not_suffer_from_the_sender():
    week = meeting(bad=range(20, 30), listeners=[HOUR, HOUR, HOUR])
    assert week.cause("l0") == "undetermined"


def test_a_sender_who_hears_badly_has_a_bad_line_and_is_no_witness():
    bad = range(20, 30)
    for heard, blamed in ((range(20, 23), True), (range(20, 24), False)):
        week = meeting(bad=bad, listeners=[bad] * 3, sender={"received": heard})
        assert ("remote_sender:sender" in week.causes("l0").values()) is blamed


def test_two_senders_at_once_cannot_be_told_apart():
    bad = range(20, 30)
    week = meeting(bad=bad, listeners=[bad] * 4, more=[("rival", {"sent": bad})])
    assert week.cause("l0") == "undetermined"


def test_a_sender_of_another_time_is_no_rival():
    week = meeting(
        bad=range(10, 20),
        listeners=[[*range(10, 20), *range(40, 50)]] * 6,
        more=[("rival", {"sent": range(40, 43)})],
    )
    found = week.causes("l0")
    assert found[12] != found[42] or found[12] == "undetermined"


def test_who_sends_poorly_as_well_is_not_explained():
    bad = range(20, 30)
    week = meeting(bad=bad, listeners=[bad] * 8, more=[("both", {"sent": [25], "received": [25]})])
    assert week.causes("both") == {25: "participant_access"}
