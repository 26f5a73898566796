"""What identifies a session in a frame, and the minute of an instant."""

from collections.abc import Sequence

import polars as pl

from qosreport.tables import INSTANT, Table

NATURAL = ("meeting_uuid", "user_id", "join_time")
MINUTE_NUMBER = "__minute"
"""Private column: minutes since 1970, an Int32, so that neighbours differ by one."""

_MICROSECONDS = 60_000_000
_PLACE = "__place"
_MINUTES = 2**32
"""As many as an Int32 can number."""


def session_keys(frame: pl.LazyFrame, keys: Sequence[str] | None) -> list[str]:
    """The columns that identify a session: those given, else session_id, else the natural key.

    Raises:
        ValueError: The frame has none of them.
    """
    names = frame.collect_schema().names()
    for candidate in (keys,) if keys else (("session_id",), NATURAL):
        if all(name in names for name in candidate):
            return list(candidate)
    wanted = ", ".join(keys) if keys else f"session_id, nor all of {', '.join(NATURAL)}"
    raise ValueError(f"the frame lacks {wanted}")


def minute_number(instant: str) -> pl.Expr:
    """The minute an instant lies in, as a number."""
    micros = pl.col(instant).dt.cast_time_unit("us").to_physical()
    return (micros // _MICROSECONDS).cast(pl.Int32).alias(MINUTE_NUMBER)


def minute_instant() -> pl.Expr:
    """The first instant of a numbered minute."""
    return (pl.col(MINUTE_NUMBER).cast(pl.Int64) * _MICROSECONDS).cast(INSTANT).alias("minute")


def place(rows: pl.LazyFrame, by: Sequence[str]) -> list[pl.Expr]:
    """What identifies a minute of a session, in rows with numbered minutes; neither is null.

    Where the session is one integer, both become one: what is one column is grouped and sorted at
    two thirds of the price of two.
    """
    names = [*by, MINUTE_NUMBER]
    if len(by) > 1 or rows.collect_schema()[by[0]] != pl.Int64:
        return [pl.col(name) for name in names]
    session, minute = (pl.col(name).cast(pl.Int128) for name in names)
    return [(session * _MINUTES + (minute + _MINUTES // 2)).alias(_PLACE)]


def sorted_by_place(rows: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """Rows grouped by their `place` → the same with session and minute, and sorted by them."""
    if _PLACE not in rows.collect_schema():
        return rows.sort(*by, MINUTE_NUMBER)
    packed = pl.col(_PLACE)
    return (
        rows.sort(_PLACE)
        .with_columns(
            (packed // _MINUTES).cast(pl.Int64).set_sorted().alias(by[0]),
            (packed % _MINUTES - _MINUTES // 2).cast(pl.Int32).alias(MINUTE_NUMBER),
        )
        .drop(_PLACE)
    )


def same_session(keys: Sequence[str], shift: int) -> pl.Expr:
    """In a frame sorted by session: whether the row `shift` rows back is of the same session."""
    return pl.all_horizontal(pl.col(key) == pl.col(key).shift(shift) for key in keys)


def with_absent(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """The frame with every column of the table; those it lacks are null."""
    names = frame.collect_schema().names()
    absent = [c for c in table.columns if c.name not in names]
    return frame.with_columns(pl.lit(None, c.dtype).alias(c.name) for c in absent)
