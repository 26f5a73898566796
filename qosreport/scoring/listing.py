"""Lists of the texts whose condition holds, as reasons and flags are."""

from collections.abc import Sequence
from functools import cache

import polars as pl

_NO = pl.lit(0, pl.UInt32)


def texts_where(pairs: Sequence[tuple[pl.Expr, str]]) -> pl.Expr:
    """The texts whose condition holds, in order; List(String), never null.

    Takes the list out of those of all combinations: making each by itself costs ten times as much.
    For few pairs only.
    """
    combination = pl.sum_horizontal(
        pl.when(condition).then(pl.lit(1 << place, pl.UInt32)).otherwise(_NO)
        for place, (condition, _) in enumerate(pairs)
    )
    return pl.lit(_combinations(tuple(text for _, text in pairs))).gather(combination)


@cache
def _combinations(texts: Sequence[str]) -> pl.Series:
    """Each subset of the texts, at the place whose bits say which are in it."""
    return pl.Series(
        [
            [text for place, text in enumerate(texts) if number >> place & 1]
            for number in range(1 << len(texts))
        ],
        dtype=pl.List(pl.String),
    )
