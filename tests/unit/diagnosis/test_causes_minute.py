"""One minute of one meeting: attribution over a period says what `attribute_minute` says."""

from hypothesis import given
from hypothesis import strategies as st

from qosreport.diagnosis.attribution import attribute_minute
from tests.unit.diagnosis.causes_frames import Week

PLACES = st.tuples(st.sampled_from(["A", "B", "C", None]), st.sampled_from(["FR", "LH"]))


def observation(name, site, dc):
    return {
        "id": name, "site": site, "dc": dc, "sent_poor": False, "recv_poor": False,
        "device_poor": False, "cpu_high": False, "sending": True,
    }  # fmt: skip


@st.composite
def full_strength(draw):
    """A meeting in which at most one cause is at work, and all whom it touches are poor."""
    places = draw(st.lists(PLACES, min_size=1, max_size=9))
    people = [observation(f"p{i}", *place) for i, place in enumerate(places)]
    one = draw(st.sampled_from(people))
    kind = draw(st.sampled_from(["sender", "dc", "site", "up", "down", "access", "slow", "busy"]))
    for person in people:
        mine = person is one
        both = {"dc": person["dc"] == one["dc"], "access": mine}.get(kind, False) or (
            kind == "site" and person["site"] == one["site"] is not None
        )
        person["sent_poor"] = both or (kind in {"sender", "up"} and mine)
        person["recv_poor"] = both or (kind == "down" and mine) or (kind == "sender" and not mine)
        person["device_poor"] = kind in {"slow", "busy"} and mine
        person["cpu_high"] = kind == "busy" and mine
    return people


def in_a_week(people):
    week = Week()
    for person in people:
        week.join(
            person["id"], "m", [0],
            sent=[0] if person["sent_poor"] else [],
            received=[0] if person["recv_poor"] else [],
            slow=[0] if person["device_poor"] else [],
            busy=[0] if person["cpu_high"] else [],
            site=person["site"], data_center=person["dc"],
        )  # fmt: skip
    return week


@given(full_strength())
def test_a_minute_of_one_meeting_alone_is_explained_as_by_the_rule_for_one(people):
    found = in_a_week(people).everybody()
    assert {person: cause for (person, _), cause in found.items()} == attribute_minute(people)
