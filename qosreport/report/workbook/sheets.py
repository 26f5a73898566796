"""Tables as sheets of a workbook: declared columns in, bytes out.

The same sheets give the same bytes: the only time inside is the one handed in.
"""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import xlsxwriter

Kind = Literal["text", "count", "decimal", "rate", "instant", "minute", "yes_no", "any"]
Cell = str | float | bool | dt.datetime | None

FORMATS: dict[Kind, str] = {
    "text": "@",
    "count": "#,##0",
    "decimal": "0.00",
    "rate": "0.0",
    "instant": "yyyy-mm-dd hh:mm:ss",
    "minute": "yyyy-mm-dd hh:mm",
    "yes_no": "@",
    "any": "General",
}
LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_575
"""What Excel can hold in a cell, and in a sheet below its header."""
FIRST_YEAR = 1900
"""Before it Excel has no dates."""
EPOCH = dt.datetime(2000, 1, 1)  # noqa: DTZ001 -- Excel knows no time zones
"""Creation date of a workbook whose data has none."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet."""

    title: str
    """With its unit, as `Loss, %`."""
    meaning: str
    """One line for the legend."""
    kind: Kind = "text"
    width: int = 14
    """In characters."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: a header and rows below it."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    """As many cells each as there are columns; null leaves a cell empty."""


LEGEND = (
    Column("Sheet", "The sheet the column is on.", width=18),
    Column("Column", "Its header.", width=30),
    Column("Meaning", "What its cells say.", width=100),
)


def workbook(
    sheets: Sequence[Sheet], *, title: str, zone: str, created: dt.datetime | None
) -> bytes:
    """An XLSX file of the sheets and, last, a legend of all their columns.

    Args:
        sheets: What to write, in order.
        title: Title among the properties of the file.
        zone: Time zone in which instants are shown; Excel has none of its own.
        created: Creation date among the properties of the file.
    """
    tz = ZoneInfo(zone)
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        stamp = _local(created, ZoneInfo("UTC")) if created else EPOCH
        book.set_properties({"title": clean(title), "author": "qosreport", "created": stamp})
        for sheet in [*sheets, _legend(sheets)]:
            _write(book, sheet, tz)
    return buffer.getvalue()


def clean(text: str) -> str:
    """Text as a cell can hold it: no lone surrogates, not longer than Excel allows."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _legend(sheets: Iterable[Sheet]) -> Sheet:
    rows = [(sheet.name, c.title, c.meaning) for sheet in sheets for c in sheet.columns]
    return Sheet("Legend", LEGEND, rows)


def _write(book: xlsxwriter.Workbook, sheet: Sheet, tz: ZoneInfo) -> None:
    page = book.add_worksheet(sheet.name)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width)
        page.write_string(0, number, column.title, head)
    formats = [book.add_format({"num_format": FORMATS[column.kind]}) for column in sheet.columns]
    rows = _fitting(sheet)
    for at, row in enumerate(rows, start=1):
        for number, (cell, form) in enumerate(zip(row, formats, strict=True)):
            _put(page, (at, number), cell, form, tz)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows), 1), len(sheet.columns) - 1)


def _fitting(sheet: Sheet) -> Sequence[Sequence[Cell]]:
    """All rows; of more than a sheet can hold the first, and last how many are left out."""
    if len(sheet.rows) <= MOST_ROWS:
        return sheet.rows
    kept = MOST_ROWS - 1
    note = f"{len(sheet.rows) - kept} more rows are in the JSON document only"
    return [*sheet.rows[:kept], (note, *[None] * (len(sheet.columns) - 1))]


def _put(
    page: xlsxwriter.worksheet.Worksheet,
    at: tuple[int, int],
    cell: Cell,
    form: xlsxwriter.format.Format,
    tz: ZoneInfo,
) -> None:
    """Write by the type of the cell; text is never anything but text."""
    row, column = at
    if cell is None:
        return
    if isinstance(cell, bool):
        page.write_string(row, column, "yes" if cell else "no", form)
    elif isinstance(cell, str):
        page.write_string(row, column, clean(cell), form)
    elif isinstance(cell, dt.datetime):
        local = _local(cell, tz)
        if local.year < FIRST_YEAR:
            page.write_string(row, column, local.isoformat(" "), form)
        else:
            page.write_datetime(row, column, local, form)
    else:
        page.write_number(row, column, cell, form)


def _local(moment: dt.datetime, tz: ZoneInfo) -> dt.datetime:
    return moment.astimezone(tz).replace(tzinfo=None)
