"""Two decimals and bands: rounded once, then compared, so that print and band cannot disagree."""

import math

import polars as pl

from qosreport.scoring.policy import Policy
from qosreport.tables import BAND, BANDS


def two_decimals(score: pl.Expr) -> pl.Expr:
    """Half up, with 1e-9 for sums that should be exact: 2.995 prints as 3.00 on every machine."""
    # Polars divides by multiplying with 0.01, which is an ulp off; `round` takes it back.
    return ((score * 100.0 + (0.5 + 1e-9)).floor() / 100.0).round(2)


def cents(score: pl.Expr) -> pl.Expr:
    """A score of two decimals as an exact integer, for sums that do not depend on order."""
    return (score * 100.0).round().cast(pl.Int32)


def band_of(score: pl.Expr, policy: Policy) -> pl.Expr:
    """The band of a printed score; null is Unscored."""
    chain: pl.Expr = pl.lit(BANDS.index("Bad"), pl.UInt8)
    for name, edge in reversed(policy.bands[:-1]):
        code = pl.lit(BANDS.index(name), pl.UInt8)
        chain = pl.when(score >= float(edge)).then(code).otherwise(chain)
    unscored = pl.lit(BANDS.index("Unscored"), pl.UInt8)
    return pl.when(score.is_null()).then(unscored).otherwise(chain).cat.to(BAND)


def round_score(score: float) -> float:
    """`two_decimals` of a plain number."""
    return math.floor(score * 100 + 0.5 + 1e-9) / 100


def band_name(score: float | None, policy: Policy) -> str:
    """`band_of` of a plain, printed score."""
    if score is None:
        return "Unscored"
    return next((name for name, edge in policy.bands if score >= edge), "Bad")
