"""What identifies a session in a frame, and the minute of an instant."""

from collections.abc import Sequence

import polars as pl

from qosreport.tables import INSTANT, Table

NATURAL = ("meeting_uuid", "user_id", "join_time")
MINUTE_NUMBER = "__minute"
"""Private column: minutes since 1970, an Int32, so that neighbours differ by one."""

_MICROSECONDS = 60_000_000


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


def same_session(keys: Sequence[str], shift: int) -> pl.Expr:
    """In a frame sorted by session: whether the row `shift` rows back is of the same session."""
    return pl.all_horizontal(pl.col(key) == pl.col(key).shift(shift) for key in keys)


def with_absent(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """The frame with every column of the table; those it lacks are null."""
    names = frame.collect_schema().names()
    absent = [c for c in table.columns if c.name not in names]
    return frame.with_columns(pl.lit(None, c.dtype).alias(c.name) for c in absent)
