"""The table of meetings: what Zoom's list says of each, and how much of it there is."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from qosreport.tables import INSTANT, KIND, ZOOM_LABEL
from qosreport.zoom.parse.batch import Batch
from qosreport.zoom.parse.columns import COUNTS, FLAGS, INSTANTS, Plan, read_columns, words
from qosreport.zoom.parse.forms import LIST_ITEM, MEETING_FIELDS
from qosreport.zoom.parse.sessions import LABELS
from qosreport.zoom.parse.text import clean_text, clean_texts

NO_PARTICIPANTS = "no-participants"
"""Zoom gives nobody who was in the meeting."""
NO_QOS = "no-qos"
"""Zoom gives people, but no per-minute data for any of them."""
ROWS_MISSING = "rows-missing"
"""Zoom counted more entries than it gave."""
NO_START_TIME = "no-start-time"
"""Neither the list nor any join says when the meeting began."""

_TEXTS = {
    "id": "meeting_id",
    "topic": "topic",
    "host": "host_name",
    "email": "host_email",
    "dept": "department",
}
_PLAN = Plan(
    {
        "start_time": INSTANTS,
        "end_time": INSTANTS,
        "participants": COUNTS,
        **dict.fromkeys(LABELS, words(ZOOM_LABEL)),
        **dict.fromkeys((f for f in MEETING_FIELDS if f.startswith("has_")), FLAGS),
    }
)
_NAMES = {"participants": "participants_reported", **LABELS}
"""Columns that are not called as Zoom calls them."""


@dataclass(frozen=True)
class Coverage:
    """What came of a batch's meetings, by their place."""

    first_join: Mapping[int, dt.datetime]
    """A meeting without joins is not in it."""
    with_qos: frozenset[int]
    """Meetings with a join that has per-minute data."""
    short: frozenset[int]
    """Meetings of which entries are missing."""


def host_names(items: pl.DataFrame) -> dict[int, str]:
    """The host's display name by meeting, as Zoom writes it."""
    return dict(items.select("meeting", "host").drop_nulls().iter_rows())


def build_meetings(
    batch: Batch, items: pl.DataFrame, numbers: Mapping[int, str], coverage: Coverage
) -> pl.DataFrame:
    """One row per meeting of the batch, `meeting` instead of the UUID.

    Args:
        batch: Whose meetings, and whose rejects take what cannot be read.
        items: Items of Zoom's list of meetings, as texts.
        numbers: The meeting's number by place, from answers that name it.
        coverage: What came of each.
    """
    latest = items.unique(subset="meeting", keep="last", maintain_order=True)
    places = pl.DataFrame({"meeting": pl.int_range(len(batch.uuids), dtype=pl.UInt32, eager=True)})
    known = places.join(_listed(batch, latest), on="meeting", how="left", maintain_order="left")
    other = pl.DataFrame(
        {
            "number": [numbers.get(place) for place in known["meeting"]],
            "first_join": [coverage.first_join.get(place) for place in known["meeting"]],
        },
        schema={"number": pl.String, "first_join": INSTANT},
    )
    known = known.hstack(other).with_columns(
        pl.coalesce("meeting_id", clean_text(other["number"])),
        pl.coalesce("start_time", "first_join"),
        *_from_pages(batch),
    )
    verdicts = [
        _completeness(place, coverage, start is not None)
        for place, start in known.select("meeting", "start_time").iter_rows()
    ]
    return known.with_columns(
        pl.Series("completeness", [v[0] for v in verdicts], dtype=pl.String),
        pl.Series("completeness_reason", [v[1] for v in verdicts], dtype=pl.String),
    )


def _listed(batch: Batch, items: pl.DataFrame) -> pl.DataFrame:
    columns = [items["meeting"], *clean_texts(items.select(_TEXTS.keys())).rename(_TEXTS)]
    for field, column in read_columns(items, _PLAN).items():
        batch.rejects.note_unread(column.unread, items["meeting"], f"{LIST_ITEM.endpoint}.{field}")
        columns.append(column.values.alias(_NAMES.get(field, field)))
    return pl.DataFrame(columns).with_columns(pl.col("host_email").str.to_lowercase())


def _from_pages(batch: Batch) -> tuple[pl.Series, pl.Series]:
    """Kind, and when the last page was pulled."""
    kinds: dict[int, str] = {}
    pulled: dict[int, dt.datetime] = {}
    for pages in batch.pages.values():
        for page in pages:
            place = batch.place(page)
            kinds.setdefault(place, page.kind)
            pulled[place] = max(pulled.get(place, page.pulled_at), page.pulled_at)
    places = range(len(batch.uuids))
    return (
        pl.Series("kind", [kinds[place] for place in places], dtype=KIND),
        pl.Series("pulled_at", [pulled[place] for place in places], dtype=INSTANT),
    )


def _completeness(place: int, coverage: Coverage, has_start: bool) -> tuple[str, str | None]:
    """How much of a meeting there is, and the gravest gap. Whoever has joins has a start."""
    if place in coverage.short:
        return "incomplete", ROWS_MISSING
    if place not in coverage.first_join:
        return "no_qos", NO_PARTICIPANTS if has_start else NO_START_TIME
    if place not in coverage.with_qos:
        return "no_qos", NO_QOS
    return "complete", None
