import math
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from qosreport.diagnosis.contrast import LEAST_IN_CELL, contrast
from qosreport.diagnosis.tally import tally

SCHEMA = {
    "segment": pl.UInt32, "own": pl.Boolean, "site": pl.String, "network_type": pl.String,
    "meeting_uuid": pl.String, "person_key": pl.String, "poor": pl.Boolean,
}  # fmt: skip


def frame(*parts):
    """Connections of some parts, each a list of them."""
    rows = [row for part in parts for row in part]
    named = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return named.with_columns(pl.col("meeting_uuid", "person_key").rank("dense"))


def group(own, meeting, poor, n, *, site="Leeds", network="Wifi", person=None):
    """n connections of one meeting, the first of them poor; each of a person of its own."""
    return [
        (0, own, site, network, meeting, person or f"{meeting}-{site}-{network}-{i}", i < poor)
        for i in range(n)
    ]


def compare(rows):
    side = pl.when("own").then(0).otherwise(1)
    named = {"meeting_uuid": "meeting", "person_key": "person"}
    return contrast(tally(rows.with_columns(side=side).rename(named), ["segment"]))


def only(found):
    (row,) = found.found.rows(named=True)
    return row


def test_a_difference_of_two_rates_by_hand():
    now = group(True, "a", 1, 2), group(True, "b", 0, 2)
    before = group(False, "c", 0, 2), group(False, "d", 0, 2)
    rows = frame(*now, *before)

    row = only(compare(rows))

    assert (row["k_own"], row["n_own"], row["meetings_own"]) == (1, 4, 2)
    assert (row["k_other"], row["n_other"], row["meetings_other"]) == (0, 4, 2)
    assert (row["rate_own"], row["rate_other"], row["difference"]) == (0.25, 0, 0.25)
    # The common rate is 1/8. Sums of residuals by meeting, over 4: 3/16, -1/16, and twice 1/16.
    squares = (9 + 1 + 1 + 1) / 256
    assert row["se"] == pytest.approx(math.sqrt(squares * 4 / 3))


def test_the_other_group_gets_this_groups_mix():
    """Before, 10 % at the office and 50 % at home, as many in each; now four of five at home."""
    office, home = {"site": "Leeds", "network": "Wired"}, {"site": "York", "network": "Wifi"}
    rows = frame(
        *(group(False, f"b{i}", 1, 10, **office) for i in range(2)),
        *(group(False, f"h{i}", 5, 10, **home) for i in range(2)),
        group(True, "n0", 1, 10, **office),
        *(group(True, f"n{i}", 5, 10, **home) for i in range(1, 5)),
    )

    row = only(compare(rows))

    assert row["rate_own"] == pytest.approx(21 / 50)
    assert row["rate_other"] == pytest.approx((10 * 0.1 + 40 * 0.5) / 50)
    assert row["difference"] == pytest.approx(0)
    assert row["covered_pct"] == 100


def test_a_cell_of_one_side_only_is_left_out_and_named():
    now = group(True, "a", 1, 6), group(True, "a", 5, 6, site="Porto")
    before = group(False, "b", 0, 6), group(False, "c", 6, 9, site="Osaka")
    rows = frame(*now, *before)

    found = compare(rows)

    row = only(found)
    assert (row["n_own"], row["n_other"], row["covered_pct"]) == (6, 6, 50)
    assert row["difference"] == pytest.approx(1 / 6)
    named = found.unmatched.select("site", "network_type", "pooled", "n_own", "n_other")
    assert named.rows() == [("Osaka", "Wifi", 0, 0, 9), ("Porto", "Wifi", 0, 6, 0)]


def test_small_cells_are_pooled_by_network_and_then_altogether():
    few = LEAST_IN_CELL - 2
    rows = frame(
        *(group(True, "a", 1, few, site=site) for site in "AB"),
        *(group(False, "b", 0, few, site=site) for site in "AB"),
        group(True, "a", 1, 1, site="C", network="Wired"),
        group(False, "c", 0, 1, site="D", network="PPP"),
    )

    found = compare(rows)

    row = only(found)
    assert (row["n_own"], row["n_other"]) == (2 * few + 1, 2 * few + 1)
    assert row["covered_pct"] == 100
    assert found.unmatched.is_empty()


def test_segments_do_not_touch_each_other():
    one = frame(group(True, "a", 1, 6), group(False, "b", 2, 6), group(True, "c", 3, 6))
    two = frame(group(True, "a", 5, 6), group(False, "b", 0, 6))
    both = pl.concat([one, two.with_columns(segment=pl.lit(1, pl.UInt32))])

    found = compare(both).found

    assert_frame_equal(found[:1], compare(one).found)
    assert_frame_equal(found[1:].drop("segment"), compare(two).found.drop("segment"))


def test_a_group_without_counterpart_has_a_rate_of_nothing():
    found = compare(frame(group(True, "a", 1, 6)))

    row = only(found)
    assert (row["n_own"], row["covered_pct"], row["difference"], row["se"]) == (0, 0, None, None)
    assert found.unmatched["n_own"].to_list() == [6]
    assert compare(frame(group(False, "a", 1, 6))).found.is_empty()
    assert compare(frame([])).found.is_empty()


def test_one_bad_meeting_is_less_sure_than_as_many_in_many():
    before = [group(False, f"b{i}", int(i < 4), 8) for i in range(20)]
    bundled = [group(True, f"n{i}", 8 if i < 2 else 0, 8) for i in range(20)]
    spread = [group(True, f"n{i}", int(i < 16), 8) for i in range(20)]

    together, apart = (
        only(compare(frame(*before, *bundled))),
        only(compare(frame(*before, *spread))),
    )

    assert together["difference"] == apart["difference"]
    assert together["se"] > 1.5 * apart["se"]
    assert together["df"] == apart["df"] == 38


def test_one_persons_bad_week_is_less_sure_than_as_much_of_many_people():
    before = [group(False, f"b{i}", int(i < 3), 4) for i in range(30)]
    many = [row for i in range(30) for row in group(True, f"n{i}", int(i < 12), 4)]
    one = [(*row[:5], "ada" if row[6] else row[5], row[6]) for row in many]

    his, theirs = (only(compare(frame(*before, now))) for now in (one, many))

    assert his["difference"] == theirs["difference"]
    assert his["se"] > 1.5 * theirs["se"]


CONNECTION = st.tuples(
    st.sampled_from([0, 1]), st.booleans(), st.sampled_from(["Leeds", "York", None]),
    st.sampled_from(["Wifi", None]), st.sampled_from("abcdef"), st.sampled_from("xyz"),
    st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(CONNECTION, max_size=60), st.randoms(use_true_random=False))
def test_order_changes_nothing_to_the_last_bit(rows, dice):
    shuffled = list(rows)
    dice.shuffle(shuffled)

    one, two = compare(frame(rows)), compare(frame(shuffled))

    assert one.found.equals(two.found)
    assert one.unmatched.equals(two.unmatched)


@settings(max_examples=60, deadline=None)
@given(st.lists(CONNECTION, max_size=60))
def test_every_connection_is_compared_or_named(rows):
    data = frame(rows)
    found = compare(data)

    for segment in found.found["segment"]:
        mine = data.filter(segment=segment)
        row = found.found.filter(segment=segment).row(0, named=True)
        left_out = found.unmatched.filter(segment=segment)
        assert row["n_own"] + left_out["n_own"].sum() == mine["own"].sum()
        assert row["n_other"] + left_out["n_other"].sum() == (~mine["own"]).sum()
        if row["n_own"]:
            assert row["se"] >= 0
            assert 0 <= row["rate_other"] <= 1


@settings(max_examples=30, deadline=None)
@given(st.lists(CONNECTION.map(lambda row: (0, True, *row[2:])), min_size=1, max_size=40))
def test_the_same_connections_in_both_groups_do_not_differ(rows):
    other = [(0, False, *row[2:4], f"{row[4]}2", *row[5:]) for row in rows]

    row = only(compare(frame(rows, other)))

    assert row["difference"] == pytest.approx(0, abs=1e-12)
    assert row["covered_pct"] == 100


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_a_further_poor_connection_never_lowers_the_difference(seed):
    dice = random.Random(seed)
    rows = [
        (0, dice.random() < 0.5, dice.choice(["Leeds", "York"]), "Wifi",
         str(dice.randrange(8)), str(dice.randrange(5)), dice.random() < 0.3)
        for _ in range(60)
    ]  # fmt: skip
    good = [i for i, row in enumerate(rows) if row[1] and not row[6]]
    chosen = dice.choice(good)
    worse = [(*row[:6], True) if i == chosen else row for i, row in enumerate(rows)]

    assert only(compare(frame(worse)))["difference"] >= only(compare(frame(rows)))["difference"]
