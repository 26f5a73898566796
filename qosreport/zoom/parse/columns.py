"""Columns of texts → columns of values, in the usual spelling first, checked by counting.

Each reader has a form for a single text, which defines what is read (`values`), and one or two
spellings that are read for a whole column at once with equal results. Only what those do not read
goes text by text through the single form (reference/engine.md §1.3).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from qosreport.tables import INSTANT
from qosreport.zoom.parse.values import (
    BLANK,
    BLANKS,
    FIRST_INSTANT,
    LARGEST_COUNT,
    LAST_INSTANT,
    UNKNOWN_WORD,
    Kind,
    Reading,
    read_count,
    read_flag,
    read_instant,
    read_number,
    read_size,
    shape_of,
)

_USUAL_SUFFIX: dict[Kind, str] = {
    "kbps": " kbps",
    "ms": " ms",
    "%": "%",
    "fps": " fps",
    "dbm": " dBm",
}
_TO_THE_SECOND = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]"
_FIRST_LITERAL, _LAST_LITERAL = pl.lit(FIRST_INSTANT), pl.lit(LAST_INSTANT)
_NONE = pl.DataFrame(schema={"row": pl.UInt32, "rule": pl.String, "shape": pl.String})
"""No text unread."""


@dataclass(frozen=True)
class Column:
    """A column read."""

    values: pl.Series
    """One per text; null for blank and unreadable."""
    unread: pl.DataFrame
    """One row per unreadable text: row (its position), rule, shape."""


@dataclass(frozen=True)
class Spelling:
    """One way in which values are written, read for a whole column at once."""

    value: Callable[[pl.Expr], pl.Expr]
    """Values of texts in this spelling, anything for others."""
    sound: Callable[[pl.Expr, pl.Expr], pl.Expr]
    """From text and value: whether the text was in this spelling, so that the value holds."""


@dataclass(frozen=True)
class Reader:
    """How a kind of value is read: common spellings column by column, anything text by text."""

    single: Callable[[str | None], Reading]
    """Defines what is read."""
    dtype: pl.DataType
    usual: Spelling
    second: Spelling | None = None
    """Tried on what is not in the usual spelling."""


def _is_finite(_text: pl.Expr, value: pl.Expr) -> pl.Expr:
    return value.is_finite()


def _is_there(_text: pl.Expr, value: pl.Expr) -> pl.Expr:
    return value.is_not_null()


def numbers(kind: Kind) -> Reader:
    """A reader of numbers of a kind: strip the unit and cast; then without blank and in any case.

    The cast takes exactly the grammar of `read_number`, and words for infinity and NaN besides.
    """
    suffix = _USUAL_SUFFIX[kind]
    return Reader(
        single=lambda text: read_number(text, kind),
        dtype=pl.Float64(),
        usual=Spelling(
            lambda text: text.str.strip_suffix(suffix).cast(pl.Float64, strict=False), _is_finite
        ),
        second=Spelling(
            lambda text: (
                text.str.to_lowercase()
                .str.strip_suffix(kind)
                .str.strip_chars(" ")
                .cast(pl.Float64, strict=False)
            ),
            _is_finite,
        ),
    )


def _instants(written: str, form: str) -> Spelling:
    """Instants in UTC that match a pattern, read by a format."""
    return Spelling(
        lambda text: text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False),
        lambda text, value: (
            text.str.contains(written) & (value >= _FIRST_LITERAL) & (value < _LAST_LITERAL)
        ),
    )


INSTANTS = Reader(
    single=read_instant,
    dtype=INSTANT,
    usual=_instants(f"^{_TO_THE_SECOND}Z$", "%Y-%m-%dT%H:%M:%SZ"),
    second=_instants(f"^{_TO_THE_SECOND}[.][0-9]{{1,6}}Z$", "%Y-%m-%dT%H:%M:%S%.fZ"),
)
COUNTS = Reader(
    single=read_count,
    dtype=pl.Int64(),
    usual=Spelling(
        lambda text: text.cast(pl.Int64, strict=False),
        lambda _text, value: value.is_between(0, LARGEST_COUNT),
    ),
)
FLAGS = Reader(
    single=read_flag,
    dtype=pl.Boolean(),
    usual=Spelling(
        lambda text: pl.when(text == "true").then(True).when(text == "false").then(False),
        _is_there,
    ),
)


def words(known: pl.Enum) -> Reader:
    """A reader of one of the known words, in any case, blanks and hyphens as underscores."""
    categories = frozenset(known.categories)

    def single(text: str | None) -> Reading:
        word = re.sub(r"[\s-]+", "_", (text or "").strip().casefold())
        if word in categories:
            return Reading(word, None)
        return BLANK if word.replace("_", "-") in BLANKS else Reading(None, UNKNOWN_WORD)

    return Reader(
        single=single,
        dtype=known,
        usual=Spelling(lambda text: text.cast(known, strict=False), _is_there),
    )


class Plan:
    """Readers by column, and the expressions made of them once for every batch."""

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self.readers = dict(readers)
        texts = {name: pl.col(f"{name}_text") for name in readers}
        sound = {
            name: reader.usual.sound(texts[name], pl.col(name)).fill_null(value=False)
            for name, reader in readers.items()
        }
        self.values = [
            pl.col(*readers).name.suffix("_text"),
            *(r.usual.value(pl.col(name)).alias(name) for name, r in readers.items()),
        ]
        self.counts = [
            *((text != "").sum().alias(f"{name}_text") for name, text in texts.items()),
            *(sound[name].sum().alias(name) for name in readers),
        ]
        self.odd = {name: ~sound[name] & (texts[name] != "") for name in readers}
        self.mended = {
            name: _mended(texts[name], pl.col(name), sound[name], reader.second).alias(name)
            for name, reader in readers.items()
        }
        self.left = {
            name: ((texts[name] != "") & pl.col(name).is_null()).alias(name) for name in readers
        }


def _mended(text: pl.Expr, value: pl.Expr, sound: pl.Expr, second: Spelling | None) -> pl.Expr:
    """The value of the usual spelling where it is sound, else of the second where that is."""
    usual = pl.when(sound).then(value)
    if second is None:
        return usual.otherwise(None)
    other = second.value(text)
    return usual.when(second.sound(text, other)).then(other).otherwise(None)


def read_column(texts: pl.Series, reader: Reader) -> Column:
    """Read one column."""
    return read_columns(texts.alias("text").to_frame(), _plan_of(reader))["text"]


@cache
def _plan_of(reader: Reader) -> Plan:
    return Plan({"text": reader})


def read_columns(texts: pl.DataFrame, plan: Plan) -> dict[str, Column]:
    """Read columns of texts, each with its reader: the usual spelling first, checked by counting.

    Where fewer values are sound than texts are filled, the others go through the next spelling
    and then, each different text once, through the reader of single texts (reference/engine.md
    §1.3).
    """
    readers = plan.readers
    if texts.is_empty():
        return {name: Column(pl.Series(name, [], r.dtype), _NONE) for name, r in readers.items()}
    both = texts.select(plan.values)
    counts = both.select(plan.counts).row(0)
    columns = {name: Column(both[name], _NONE) for name in readers}
    pairs = zip(readers, counts[: len(readers)], counts[len(readers) :], strict=True)
    rest = [name for name, filled, sound in pairs if filled != sound]
    return columns | _read_rest(both, plan, rest) if rest else columns


def read_sizes(texts: pl.Series) -> tuple[pl.Series, pl.Series, pl.DataFrame]:
    """Read a column of sizes: width, height (Int32), and what could not be read.

    Sizes are few, so each different text is read once.
    """
    different = texts.drop_nulls().unique()
    readings = [read_size(text) for text in different]
    width, height = (
        pl.Series([r.value[axis] if r.value else None for r in readings], dtype=pl.Int32)
        for axis in (0, 1)
    )
    code = texts.replace_strict(
        different, pl.int_range(len(different), dtype=pl.UInt32, eager=True), default=None
    )
    unread = _NONE
    if any(reading.rule for reading in readings):
        broken = pl.Series([reading.rule is not None for reading in readings])
        rows = broken[code].fill_null(value=False).arg_true()
        unread = _read_texts(texts[rows], rows, read_size, pl.Null())[1]
    return width[code], height[code], unread


def _read_rest(both: pl.DataFrame, plan: Plan, names: list[str]) -> dict[str, Column]:
    """Read what the usual spelling did not, in the few rows where it did not."""
    odd = both.with_row_index("row").filter(pl.any_horizontal(plan.odd[name] for name in names))
    mended = odd.with_columns(plan.mended[name] for name in names)
    left = mended.select(plan.left[name] for name in names)
    columns = {}
    for name in names:
        values = both[name].scatter(odd["row"], mended[name])
        unread = _NONE
        if left[name].any():
            rows = left[name].fill_null(value=False).arg_true()
            reader = plan.readers[name]
            found, unread = _read_texts(
                odd[f"{name}_text"][rows], odd["row"][rows], reader.single, reader.dtype
            )
            values = values.scatter(odd["row"][rows], found)
        columns[name] = Column(values, unread)
    return columns


def _read_texts(
    texts: pl.Series,
    rows: pl.Series,
    single: Callable[[str | None], Reading],
    dtype: pl.DataType,
) -> tuple[pl.Series, pl.DataFrame]:
    """Read each different text once: values for all, and the rows that cannot be read."""
    different = texts.unique()
    readings = {text: single(text) for text in different}
    known = pl.DataFrame(
        {
            "text": different,
            "value": pl.Series([readings[t].value for t in different], dtype=dtype),
            "rule": pl.Series([readings[t].rule for t in different], dtype=pl.String),
            "shape": pl.Series([shape_of(t) for t in different], dtype=pl.String),
        },
    )
    frame = pl.DataFrame({"row": rows.cast(pl.UInt32), "text": texts}).join(
        known, on="text", how="left", maintain_order="left"
    )
    unread = frame.filter(pl.col("rule").is_not_null()).select("row", "rule", "shape")
    return frame["value"], unread
