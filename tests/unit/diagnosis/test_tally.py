import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.diagnosis.tally import tally

SCHEMA = {
    "side": pl.UInt8, "one": pl.UInt32, "other": pl.UInt32, "site": pl.String,
    "network_type": pl.String, "meeting": pl.UInt32, "person": pl.UInt32, "poor": pl.Boolean,
}  # fmt: skip
CONNECTION = st.tuples(
    st.integers(0, 2), st.sampled_from([0, 1, None]), st.sampled_from([2, None]),
    st.sampled_from(["Leeds", "York", None]), st.sampled_from(["Wifi", None]),
    st.integers(0, 5), st.integers(0, 3), st.booleans(),
)  # fmt: skip


def frame(rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def by_cell(cells, rows):
    """(segment, site, network, side) → [n, k], added up anew."""
    found = {}
    for row in rows.iter_rows(named=True):
        key = (*cells.row(row["cell"]), row["side"])
        n, k = found.get(key, (0, 0))
        found[key] = (n + row["n"], k + row["k"])
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(CONNECTION, max_size=40))
def test_every_way_to_add_up_counts_each_connection_once_in_each_segment(rows):
    found = tally(frame(rows), ["one", "other"])

    expected = {}
    for side, one, other, site, network, _, _, poor in rows:
        for segment in (one, other):
            if segment is not None:
                n, k = expected.get((segment, site, network, side), (0, 0))
                expected[segment, site, network, side] = (n + 1, k + poor)
    assert by_cell(found.cells, found.meetings) == expected
    assert by_cell(found.cells, found.people) == expected
    assert (
        by_cell(found.cells, pl.concat([found.pairs.drop("cluster"), found.single.drop("cluster")]))
        == expected
    )


def test_who_joined_a_meeting_twice_is_a_pair():
    place = ("Leeds", "Wifi")
    rows = [(0, 0, None, *place, 1, 1, True), (0, 0, None, *place, 1, 1, False)]
    rows += [(1, 0, None, *place, 2, 1, False), (2, 0, None, *place, 3, 1, False)]

    found = tally(frame(rows), ["one"])

    assert found.pairs.select("side", "n", "k").rows() == [(0, 2, 1)]
    assert sorted(found.single.select("side", "n", "k").rows()) == [(1, 1, 0), (2, 1, 0)]
    assert found.meetings["cluster"].n_unique() == 3
    assert found.people["cluster"].n_unique() == 1
    assert found.within(1).meetings["side"].to_list() == [0, 1]
    assert found.others().select("n", "k").rows() == [(1, 0), (1, 0)]
