"""Bytes of an answer → a frame of texts, by the fast reader or, where that refuses, a patient one.

`pl.read_json` with a schema reads well-formed pages at a few hundred megabytes a second and
refuses the whole page otherwise. A refused page is read with the standard library instead, put
into the form the schema expects with everything that did not fit counted, and read again; so there
is one way from texts to tables. What cannot be read even so is an `UnreadablePage`.
"""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from qosreport.errors import UnreadablePage
from qosreport.store.raw import RawPage
from qosreport.zoom.parse.forms import LIST, Form
from qosreport.zoom.parse.rejects import BAD_ENCODING, WRONG_TYPE
from qosreport.zoom.parse.text import without_surrogates
from qosreport.zoom.parse.values import shape_of

Note = Callable[[str, str, str], None]
"""Takes field, rule and shape of something that did not fit."""

_BEGIN: Final = b'{"' + LIST.encode() + b'":['
_END: Final = b"]}"
_BLANKS: Final = b" \t\r\n"


def read_page(page: RawPage, form: Form, note: Note) -> pl.DataFrame:
    """One answer as a frame of one row.

    Raises:
        UnreadablePage: It is not JSON, or not the JSON it should be.
    """
    frame = _read(_BEGIN + page.body + _END if form.bare else page.body, form)
    if frame is not None and _is_whole(frame, page.body, form):
        return frame
    frame = _read(_mended(page.body, form, note), form)
    if frame is None:
        raise _unreadable(form, "JSON that cannot be read")
    return frame


def read_together(pages: Sequence[RawPage], form: Form) -> pl.DataFrame | None:
    """Answers with envelopes as a frame of one row each; None unless all are what they should be.

    Half of the price of reading small answers one by one.
    """
    frame = _read(b"[" + b",".join(page.body for page in pages) + b"]", form)
    if frame is None or frame.height != len(pages) or frame[LIST].null_count():
        return None
    return frame if all(_is_object(page.body) for page in pages) else None


def read_bare_pages(
    pages: Sequence[RawPage], form: Form, note_of: Callable[[RawPage], Note]
) -> tuple[pl.DataFrame, list[int], Mapping[int, UnreadablePage]]:
    """Answers that are one entry each, read together where possible.

    Returns:
        One row per readable page, the position of its page, and the errors of the others by
        position.
    """
    together = _read(_BEGIN + b",".join(page.body for page in pages) + _END, form)
    if together is not None:
        rows = together[LIST].explode(empty_as_null=False, keep_nulls=True)
        # Two broken entries could only by accident make one whole list with as many rows.
        if len(rows) == len(pages) and _all_telling(rows, form):
            return rows.struct.unnest(), list(range(len(pages))), {}
    frames: list[pl.DataFrame] = []
    read: list[int] = []
    errors: dict[int, UnreadablePage] = {}
    for position, page in enumerate(pages):
        try:
            frame = read_page(page, form, note_of(page))
        except UnreadablePage as error:
            errors[position] = error
        else:
            rows = frame[LIST].explode(empty_as_null=False, keep_nulls=False)
            frames.append(rows.struct.unnest())
            read.append(position)
    empty = pl.DataFrame(schema=form.row.to_schema())
    return pl.concat([empty, *frames]), read, errors


def explode_rows(lists: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """The entries of a column of lists, and for each the row of its list (UInt32).

    Null lists and empty lists hold none; a null entry is left in as a row of nulls.
    """
    numbered = lists.alias("entry").to_frame().with_row_index("row")
    entries = numbered.explode("entry", empty_as_null=False, keep_nulls=False)
    return entries["entry"].struct.unnest(), entries["row"]


def _read(body: bytes, form: Form) -> pl.DataFrame | None:
    try:
        return pl.read_json(body, schema=form.schema)
    except pl.exceptions.PolarsError:
        return None


def _is_whole(frame: pl.DataFrame, body: bytes, form: Form) -> bool:
    """Whether this is one object that has its list, not a list around it."""
    if frame.height != 1 or frame[LIST].null_count() or not _is_object(body):
        return False
    if not form.bare:
        return True
    rows = frame[LIST].explode(empty_as_null=False, keep_nulls=False)
    return len(rows) == 1 and _all_telling(rows, form)


def _is_object(body: bytes) -> bool:
    return body.lstrip(_BLANKS).startswith(b"{")


def _all_telling(rows: pl.Series, form: Form) -> bool:
    """Whether each entry has one of the keys that make it what it should be."""
    keys = rows.struct.unnest().select(form.telling)
    return bool(keys.select(pl.any_horizontal(pl.all().is_not_null()).all()).item())


def _mended(body: bytes, form: Form, note: Note) -> bytes:
    """The answer once more, in exactly the form the schema expects."""
    answer = _loaded(body, form, note)
    if not isinstance(answer, dict):
        raise _unreadable(form, "JSON but no object")
    if answer.keys().isdisjoint(form.telling):
        known = {"code", "message"} <= answer.keys()
        raise _unreadable(form, "an error message" if known else "JSON without what was asked for")
    if form.bare:
        answer = {LIST: [answer]}
    fitted = _fit_struct(answer, _outline(form), form.endpoint, note)
    fitted[LIST] = fitted[LIST] or []
    return json.dumps(fitted, ensure_ascii=False).encode()


def _loaded(body: bytes, form: Form, note: Note) -> Any:  # noqa: ANN401 -- whatever JSON holds
    encoding = json.detect_encoding(body)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        text = body.decode(encoding, "replace")
        note(form.endpoint, BAD_ENCODING, encoding)
    try:
        # Numbers stay text, so that none is too long to read and NaN is judged like any other.
        return json.loads(
            text,
            strict=False,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=_first_of_each,
        )
    except RecursionError:
        raise _unreadable(form, "JSON nested too deeply") from None
    except ValueError:
        looks = text.lstrip("\ufeff \t\r\n")[:1]
        kind = "empty" if not looks else "HTML" if looks == "<" else "broken JSON"
        raise _unreadable(form, kind) from None


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The first of keys that come twice, as the fast reader takes it."""
    return dict(reversed(pairs))


_Outline = None | list[Any] | dict[str, Any]
"""What stands where in an answer: None is a text, a list holds the outline of its entries."""


@functools.cache
def _outline(form: Form) -> dict[str, _Outline]:
    return {key: _outline_of(dtype) for key, dtype in form.schema.items()}


def _outline_of(dtype: Any) -> _Outline:  # noqa: ANN401 -- polars names types by class and instance
    if isinstance(dtype, pl.List):
        return [_outline_of(dtype.inner)]
    if isinstance(dtype, pl.Struct):
        return {field.name: _outline_of(field.dtype) for field in dtype.fields}
    return None


def _fit(value: Any, outline: _Outline, path: str, note: Note) -> Any:  # noqa: ANN401
    """The value in the form the outline expects; None, noted, where it has none."""
    if outline is None:
        return _fit_text(value, path, note)
    if isinstance(outline, list):
        return _fit_list(value, outline[0], path, note)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        return _fit_struct(value, outline, path, note)
    if not _is_blank(value):
        note(path, WRONG_TYPE, _shape(value))
    return None


def _fit_text(value: Any, path: str, note: Note) -> str | None:  # noqa: ANN401
    if isinstance(value, str):
        return value if value.isascii() else without_surrogates(value)
    if isinstance(value, bool):
        return str(value).lower()
    if not _is_blank(value):
        note(path, WRONG_TYPE, _shape(value))
    return None


def _fit_list(value: Any, inner: _Outline, path: str, note: Note) -> list[Any] | None:  # noqa: ANN401
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, list):
        return [_fit(entry, inner, path, note) for entry in value]
    if not _is_blank(value):
        note(path, WRONG_TYPE, _shape(value))
    return None


def _fit_struct(
    value: Mapping[str, Any], outline: Mapping[str, _Outline], path: str, note: Note
) -> dict[str, Any]:
    stem = path.rpartition(".")[2]
    return {
        key: _fit(value.get(key), inner, key if key == LIST else f"{stem}.{key}", note)
        for key, inner in outline.items()
    }


def _is_blank(value: Any) -> bool:  # noqa: ANN401
    return value is None or value in ("", [], {})


def _shape(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return shape_of(str(value))


def _unreadable(form: Form, kind: str) -> UnreadablePage:
    return UnreadablePage(endpoint=form.endpoint, kind=kind)
