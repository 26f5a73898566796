"""Brings the tables of both sides of the scoring benchmark into one form, to be compared."""

import numpy as np
import polars as pl

KEYS = ("session_id", "minute", "code", "medium", "direction", "component", "meeting_uuid")


def as_polars(frame, like: pl.DataFrame) -> pl.DataFrame:
    """A pandas frame with the columns, order and types of ours; a column it lacks is null."""
    columns = {}
    for name, dtype in like.schema.items():
        if name not in frame.columns:
            values = [None] * len(frame)
        elif isinstance(dtype, pl.Float64):
            values = frame[name].to_numpy(np.float64, na_value=np.nan)
        else:
            values = [None if _missing(v) else _plain(v) for v in frame[name].astype(object)]
        column = pl.Series(name, values, strict=False, dtype=_plain_type(dtype))
        columns[name] = column.fill_nan(None) if isinstance(dtype, pl.Float64) else column
    return pl.DataFrame(columns)


def comparable(frame: pl.DataFrame) -> pl.DataFrame:
    """Plain types, sorted by whatever of the keys there is.

    pandas knows no summaries, so it has no `basis`; "device" is its word for no medium.
    """
    frame = frame.with_columns(
        _comparable_column(name, dtype) for name, dtype in frame.schema.items()
    )
    frame = frame.drop("basis", strict=False)
    if "medium" in frame.columns:
        frame = frame.with_columns(pl.col("medium").replace("device", None))
    return frame.sort([key for key in KEYS if key in frame.columns], nulls_last=True)


def _comparable_column(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Enum):
        return column.cast(pl.String)
    if dtype == pl.List(pl.Datetime("us", "UTC")):
        return column.list.eval(pl.element().to_physical())
    return column.cast(pl.Datetime("us", "UTC")) if dtype == pl.Datetime else column


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN


def _plain(value):
    return [v.astype("int64").item() for v in value] if isinstance(value, np.ndarray) else value


def _plain_type(dtype: pl.DataType) -> pl.DataType:
    if isinstance(dtype, pl.Enum):
        return pl.String
    return pl.List(pl.Int64) if dtype == pl.List(pl.Datetime("us", "UTC")) else dtype
