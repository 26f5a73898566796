import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.diagnosis.student import MANY, quantile, two_sided_p

# Tables of the t distribution, two-sided 5 % and 1 %.
FIVE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 11: 2.201, 30: 2.042}
ONE = {1: 63.657, 2: 9.925, 3: 5.841, 4: 4.604, 7: 3.499, 10: 3.169, 60: 2.660}


@pytest.mark.parametrize(("level", "table"), [(0.05, FIVE), (0.01, ONE)])
def test_published_tables(level, table):
    for df, t in table.items():
        assert two_sided_p(t, df) == pytest.approx(level, rel=2e-3)
        assert quantile(1 - level, df) == pytest.approx(t, abs=6e-4)


def test_one_and_two_degrees_have_a_formula_of_their_own():
    for t in (0.1, 1.0, 3.0, 40.0):
        assert two_sided_p(t, 1) == pytest.approx(1 - 2 / math.pi * math.atan(t))
        assert two_sided_p(t, 2) == pytest.approx(1 - t / math.sqrt(2 + t * t))


def test_with_many_degrees_it_is_the_normal_distribution():
    assert quantile(0.95, MANY) == pytest.approx(1.959964, abs=1e-6)
    assert two_sided_p(2.5, MANY) == pytest.approx(2 * NormalDist().cdf(-2.5))
    assert two_sided_p(2.5, MANY - 1) == pytest.approx(two_sided_p(2.5, MANY), rel=0.12)


@given(st.floats(0, 50), st.floats(0, 50), st.integers(1, MANY + 5))
def test_further_out_is_never_likelier(a, b, df):
    near, far = sorted((a, b))

    assert 0 <= two_sided_p(far, df) <= two_sided_p(near, df) + 1e-12 <= 1 + 1e-12
    assert two_sided_p(-far, df) == two_sided_p(far, df)


@given(st.integers(1, MANY), st.sampled_from([0.8, 0.95, 0.99]))
def test_more_clusters_never_widen_an_interval(df, confidence):
    assert quantile(confidence, df + 1) <= quantile(confidence, df) + 1e-9
