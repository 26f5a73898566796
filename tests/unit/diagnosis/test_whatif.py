import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from qosreport.diagnosis.whatif import counted, moves
from qosreport.tables import BAND, BANDS

bands = st.dictionaries(st.integers(0, 20), st.sampled_from(BANDS), max_size=12)


def frame(judged):
    return pl.DataFrame(
        {"session_id": list(judged), "band": list(judged.values())},
        schema={"session_id": pl.Int64, "band": BAND},
    )


@given(bands, bands)
def test_everything_known_to_either_is_there_once(before, after):
    moved = moves(frame(before), frame(after), "session_id")
    assert moved["session_id"].to_list() == sorted(before.keys() | after.keys())
    expected = [
        (before.get(key, "Unscored"), after.get(key, "Unscored")) for key in moved["session_id"]
    ]
    assert moved.select("before", "after").rows() == expected
    assert counted(moved)["count"].sum() == moved.height


@given(bands)
def test_the_same_rules_move_nothing(judged):
    moved = counted(moves(frame(judged), frame(judged), "session_id"))
    assert (moved["before"] == moved["after"]).all()


@given(bands, bands)
def test_swapping_the_policies_swaps_the_bands(before, after):
    one = moves(frame(before), frame(after), "session_id")
    other = moves(frame(after), frame(before), "session_id")
    assert one.select("before", "after").rows() == other.select("after", "before").rows()
