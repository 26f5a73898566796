"""Lists of texts by condition: equal to asking each condition by itself."""

import itertools

import polars as pl

from qosreport.scoring.listing import texts_where

TEXTS = ("a", "b", "c")


def test_each_combination_has_its_texts_in_order_and_unknown_is_not_true() -> None:
    rows = list(itertools.product((True, False, None), repeat=3))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(TEXTS, pl.Boolean), orient="row")
    plan = frame.lazy().select(texts_where([(pl.col(text), text) for text in TEXTS]).alias("found"))
    expected = [[text for text, holds in zip(TEXTS, row, strict=True) if holds] for row in rows]
    for engine in ("in-memory", "streaming"):
        assert plan.collect(engine=engine)["found"].to_list() == expected


def test_no_rows_have_no_lists() -> None:
    frame = pl.DataFrame(schema={"a": pl.Boolean})
    found = frame.select(texts_where([(pl.col("a"), "a")]).alias("found"))
    assert found.schema == {"found": pl.List(pl.String)}
    assert found.is_empty()
