"""Rates and intervals beyond the vectors: ends, empty groups, and what must hold of all."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.diagnosis.rates import (
    benjamini_hochberg,
    cluster_bootstrap,
    clustered_rate,
    clustered_rates,
    shrink,
    wilson,
    z_of,
)

CLUSTER = st.integers(0, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
repeatable = settings(max_examples=50, deadline=None, derandomize=True)


def test_z_of_the_usual_confidence() -> None:
    assert z_of(0.95) == pytest.approx(1.959963984540054)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(0, 10, 0.0, 0.277533), (10, 10, 0.722467, 1.0), (0, 0, 0.0, 1.0), (1, 2, 0.094531, 0.905469)],
)
def test_wilson_at_its_ends(k, n, low, high) -> None:
    found = wilson(k, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)
    assert 0 <= found.low <= found.high <= 1


@repeatable
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_mirrors_and_narrows(case) -> None:
    k, n = case
    found, mirrored, more = wilson(k, n), wilson(n - k, n), wilson(4 * k, 4 * n)
    assert found.low <= k / n <= found.high
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))
    assert more.high - more.low < found.high - found.low
    surer = wilson(k, n, confidence=0.99)
    assert surer.high - surer.low > found.high - found.low


def test_cases_that_stand_alone_have_no_design_effect() -> None:
    found = clustered_rate([(1, 1), (0, 1), (0, 1), (1, 1)])
    plain = wilson(2, 4)
    assert (found.deff, found.n_eff) == (pytest.approx(4 / 3), pytest.approx(3))
    even = clustered_rate([(1, 2)] * 10)
    assert (even.deff, even.se) == (1.0, 0.0)
    assert (even.low, even.high) == (wilson(10, 20).low, wilson(10, 20).high)
    assert found.low < plain.low


def test_people_who_share_a_meetings_trouble_count_as_one_case() -> None:
    together = clustered_rate([(5, 5), (0, 5), (0, 5), (0, 5)])
    apart = clustered_rate([(1, 5)] * 2 + [(2, 5), (1, 5)])
    assert together.rate == apart.rate == 0.25
    assert together.deff > 5
    assert together.n_eff < 4
    assert together.high - together.low > apart.high - apart.low


@pytest.mark.parametrize(
    ("clusters", "rate", "se", "n_eff"),
    [
        ([(0, 9), (0, 1)], 0.0, 0.0, 2.0),
        ([(9, 9), (1, 1)], 1.0, 0.0, 2.0),
        ([(3, 9)], 1 / 3, None, 1.0),
    ],
)
def test_where_spread_cannot_be_told_each_meeting_is_one_case(clusters, rate, se, n_eff) -> None:
    found = clustered_rate(clusters)
    assert (found.rate, found.se, found.deff, found.n_eff) == (rate, se, None, n_eff)
    bounds = wilson(rate * n_eff, n_eff)
    assert (found.low, found.high) == (bounds.low, bounds.high)


def test_nothing_to_count_is_no_rate() -> None:
    found = clustered_rate([(0, 0)])
    assert (found.k, found.n, found.meetings, found.n_eff) == (0, 0, 0, 0.0)
    assert found.rate is found.se is found.deff is found.low is found.high is None


@repeatable
@given(
    st.dictionaries(
        st.sampled_from(["a", "b", None]), st.lists(CLUSTER, min_size=1, max_size=6), min_size=1
    ),
    st.sampled_from([0.8, 0.95]),
)
def test_many_groups_in_one_pass_are_as_one_by_one(groups, confidence) -> None:
    rows = [
        (name, f"m{i}", part, size)
        for name, clusters in groups.items()
        for i, (k, n) in enumerate(clusters)
        # A meeting may come in several rows.
        for part, size in ((k, k), (0, n - k))
    ]
    schema = {"site": pl.String, "meeting_uuid": pl.String, "k": pl.Int64, "n": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    found = clustered_rates(frame, ["site"], confidence=confidence).collect()
    assert found["site"].to_list() == [name for name in ("a", "b", None) if name in groups]
    for row in found.rows(named=True):
        one = vars(clustered_rate(groups[row["site"]], confidence=confidence))
        for field, value in one.items():
            assert row[field] == (None if value is None else pytest.approx(value, abs=1e-12)), field


def test_cases_may_be_truth_values_and_columns_have_any_name() -> None:
    frame = pl.DataFrame({"room": [1, 1, 2], "poor": [True, False, True], "judged": [True] * 3})
    (row,) = (
        clustered_rates(frame, [], meeting="room", k="poor", n="judged").collect().rows(named=True)
    )
    assert (row["k"], row["n"], row["meetings"]) == (2, 3, 2)


def test_a_bootstrap_is_repeatable_and_near_the_formula() -> None:
    clusters = [(i % 3 == 0, 2) for i in range(60)]
    first, again = (cluster_bootstrap(clusters, seed=7, rounds=400) for _ in range(2))
    assert first == again != cluster_bootstrap(clusters, seed=8, rounds=400)
    formula = clustered_rate(clusters)
    assert (first.low, first.high) == pytest.approx((formula.low, formula.high), abs=0.03)
    assert cluster_bootstrap([(0, 0)], seed=1) is None


def test_false_discoveries_are_held_in_any_order() -> None:
    p = [0.001, 0.02, 0.03, 0.6]
    adjusted, rejected = benjamini_hochberg(p, q=0.05)
    assert adjusted == pytest.approx([0.004, 0.04, 0.04, 0.6])
    assert rejected == [True, True, True, False]
    backwards, _ = benjamini_hochberg(p[::-1], q=0.05)
    assert backwards == adjusted[::-1]
    # A larger p-value lends its adjustment to the smaller ones before it.
    stepped, _ = benjamini_hochberg([0.01, 0.039, 0.04, 0.9], q=0.05)
    assert stepped == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.9])
    assert benjamini_hochberg([], q=0.05) == ([], [])
    assert benjamini_hochberg([0.05], q=0.05)[1] == [True]


@repeatable
@given(st.lists(CLUSTER, max_size=12))
def test_a_shrunk_rate_lies_between_its_own_and_the_common_one(groups) -> None:
    found = shrink(groups)
    total = sum(n for _, n in groups)
    assert found.mu == (sum(k for k, _ in groups) / total if total else 0.0)
    assert 0 <= found.rho <= 1
    assert len(found.rates) == len(groups)
    for (k, n), rate in zip(groups, found.rates, strict=True):
        own = k / n if n else found.mu
        assert min(own, found.mu) - 1e-12 <= rate <= max(own, found.mu) + 1e-12


def test_the_less_is_known_of_a_group_the_more_it_is_drawn() -> None:
    found = shrink([(3, 3), (24, 30), (0, 40), (8, 40), (10, 30)])
    assert found.rho > 0
    assert found.alpha / (found.alpha + found.beta) == pytest.approx(found.mu)
    assert 1 - found.rates[0] > 5 * (24 / 30 - found.rates[1]) > 0
    assert found.rates[2] > 0


def test_groups_that_differ_as_much_as_can_be_are_not_drawn_and_an_empty_one_is() -> None:
    found = shrink([(30, 30), (0, 30), (0, 0)])
    assert found.rho == 1.0
    assert found.rates == [1.0, 0.0, 0.5]


@pytest.mark.parametrize(
    "groups", [[], [(1, 4)], [(0, 5), (0, 9)], [(2, 8), (1, 4)], [(0, 0)], [(1, 1), (0, 1)]]
)
def test_groups_that_differ_no_more_than_by_chance_get_the_common_rate(groups) -> None:
    found = shrink(groups)
    assert found.rho == 0.0
    assert found.alpha is found.beta is None
    assert found.rates == [found.mu] * len(groups)
    assert math.isfinite(found.mu)
