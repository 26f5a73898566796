import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.rates import clustered_rate
from tests.unit.diagnosis.frames import LOW

SCHEMA = {"group": pl.String, "meeting_uuid": pl.String, "k": pl.Int64, "n": pl.Int64}


def frame(rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_a_rate_of_nothing_at_all_is_one_row_of_noughts():
    (row,) = rate_by(frame([]), [], LOW, k="k", n="n").rows(named=True)

    assert row == {
        "k": 0, "n": 0, "meetings": 0, "sessions": 0, "pct": None, "low_pct": None,
        "high_pct": None, "enough": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sessions", "meetings", "enough"), [(3, 2, True), (4, 2, False), (3, 3, False)]
)
def test_enough_takes_connections_and_meetings(sessions, meetings, enough):
    rows = frame([("a", "m1", 1, 1), ("a", "m1", 0, 1), ("a", "m2", 0, 1), ("a", "m3", 0, 0)])

    found = rate_by(rows, ["group"], Minimums(sessions, meetings, 0.95), k="k", n="n")

    assert found.select("sessions", "meetings", "enough").rows() == [(3, 2, enough)]


def test_a_row_can_stand_for_many_connections():
    rows = frame([("a", "m1", 1, 1), ("a", "m2", 0, 1)]).with_columns(people=pl.Series([20, 30]))

    found = rate_by(rows, [], LOW, k="k", n="n", sessions="people")

    assert found.select("sessions", "enough", "pct").rows() == [(50, True, 50.0)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]),
            st.sampled_from(["m1", "m2", "m3"]),
            st.integers(0, 4),
            st.integers(0, 4),
        ).map(lambda t: (t[0], t[1], min(t[2], t[3]), t[3])),
        min_size=1,
    ),
    st.sampled_from([0.8, 0.95]),
)
def test_every_group_has_the_rate_of_its_clusters(rows, confidence):
    found = rate_by(frame(rows), ["group"], Minimums(1, 1, confidence), k="k", n="n")

    assert found["group"].to_list() == [g for g in ("a", "b", None) if g in {r[0] for r in rows}]
    for row in found.rows(named=True):
        own = [r for r in rows if r[0] == row["group"]]
        clusters = [
            (sum(r[2] for r in own if r[1] == m), sum(r[3] for r in own if r[1] == m))
            for m in {r[1] for r in own}
        ]
        expected = clustered_rate(clusters, confidence=confidence)
        assert (row["k"], row["n"], row["meetings"]) == (expected.k, expected.n, expected.meetings)
        for name, share in (("pct", expected.rate), ("low_pct", expected.low)):
            assert row[name] == (None if share is None else pytest.approx(100 * share))
