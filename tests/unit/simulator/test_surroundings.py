from hypothesis import given
from hypothesis import strategies as st

from qosreport.simulator.surroundings import Scene, at_least
from tests.unit.simulator.support import first, organisation

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda p: (p[0], p[0] + p[1])), max_size=8
)


@given(st.integers(1, 3), SPANS)
def test_runs_hold_exactly_where_so_many_spans_hold(count, spans):
    runs = at_least(count, spans)
    for moment in range(62):
        held = sum(start <= moment < end for start, end in spans) >= count
        assert held == any(start <= moment < end for start, end in runs)
    assert runs == sorted(runs)
    assert all(start < end for start, end in runs)


def test_nobody_sees_their_own_camera_or_hears_their_own_voice_alone():
    meeting = first(organisation(meetings_per_week=400, weeks=1), lambda one: one.one_person)
    around = Scene(meeting).around(meeting.joins[0])
    assert around.company == []
    assert around.faces == []
    assert around.other_shares == []


def test_a_share_is_sent_by_its_owner_and_seen_by_the_others():
    meeting = first(organisation(), lambda one: one.shares and one.people > 3)
    scene, owner = Scene(meeting), meeting.sessions[meeting.shares[0].session]
    span = (meeting.shares[0].start_s, meeting.shares[0].end_s)
    assert span in scene.around(owner).own_shares
    others = [one for one in meeting.joins if one.user_id != owner.user_id]
    assert all(span in scene.around(one).other_shares for one in others)
    assert not any(span in scene.around(one).own_shares for one in others)
