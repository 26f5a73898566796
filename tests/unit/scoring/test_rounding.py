"""Two decimals: half up on every machine, and never another band than the printed one."""

import polars as pl
import pytest

from qosreport.scoring.rounding import band_name, band_of, cents, round_score, two_decimals
from tests.unit.scoring.support import default


def test_halves_are_rounded_up_although_floats_lie_below_them() -> None:
    halves = [k / 1000 for k in range(1005, 4500, 10)]
    found = pl.DataFrame({"x": halves}).select(two_decimals(pl.col("x")))["x"].to_list()
    assert 1.005 * 100 < 100.5  # why 1e-9 is added
    assert found == [(k + 5) // 10 / 100 for k in range(1005, 4500, 10)]
    assert found == [round_score(x) for x in halves]


@pytest.mark.parametrize(("x", "printed"), [(2.99499, 2.99), (3.0, 3.0), (3.9982, 4.0), (1.0, 1.0)])
def test_printed_is_the_nearest(x, printed) -> None:
    assert pl.select(two_decimals(pl.lit(x))).item() == round_score(x) == printed


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (4.5, "Good"), (4.0, "Good"), (3.99, "Fair"), (3.0, "Fair"), (2.99, "Poor"), (2.0, "Poor"),
        (1.99, "Bad"), (1.0, "Bad"), (None, "Unscored"),
    ],
)  # fmt: skip
def test_a_band_holds_its_lower_edge(score, band) -> None:
    assert pl.select(band_of(pl.lit(score, pl.Float64), default())).item() == band
    assert band_name(score, default()) == band


def test_hundredths_are_exact() -> None:
    scores = [k / 100 for k in range(100, 451)]
    found = pl.DataFrame({"x": scores}).select(cents(pl.col("x")))["x"].to_list()
    assert found == list(range(100, 451))
