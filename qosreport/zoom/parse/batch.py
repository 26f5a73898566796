"""Pages of whole meetings, read together: rows of texts by endpoint, and who turned out broken."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from qosreport.errors import SkipMeeting, UnreadablePage
from qosreport.store.raw import RawPage
from qosreport.zoom.parse.columns import COUNTS, read_column
from qosreport.zoom.parse.decode import (
    Note,
    explode_rows,
    read_bare_pages,
    read_page,
    read_together,
)
from qosreport.zoom.parse.forms import ENDPOINTS, LIST, QOS, Form
from qosreport.zoom.parse.rejects import Rejects

CHUNK_PAGES = 96
"""Pages read at once: fewer cost more time, more cost memory (reference/engine.md §6.1)."""
CHUNK_BYTES = 32 * 2**20
TOGETHER_BYTES = 2**16
"""Small answers are read together up to this size; large ones are read faster one by one."""
_NO_ENVELOPES = pl.DataFrame(schema={"meeting": pl.UInt32}).hstack(QOS.schema.to_frame().drop(LIST))
Numbered = tuple[int, RawPage]
"""A page and its place in the fixed order."""


@dataclass
class Batch:
    """Meetings and their pages in one fixed order, whatever order they came in."""

    uuids: list[str]
    """Sorted; everywhere else a meeting goes by its place here."""
    pages: dict[str, list[RawPage]]
    """By endpoint; by meeting, then time of the pull, so that of two alike the later one stays."""
    rejects: Rejects = field(default_factory=Rejects)
    broken: dict[int, SkipMeeting] = field(default_factory=dict)

    @classmethod
    def of(cls, pages: Sequence[RawPage]) -> "Batch":
        """Sort pages into a batch.

        Raises:
            ValueError: A page is of an endpoint that nobody reads.
        """
        ordered = sorted(
            pages,
            key=lambda p: (p.meeting_uuid, p.pulled_at, p.page, p.participant_id or "", p.body),
        )
        by_endpoint: dict[str, list[RawPage]] = {endpoint: [] for endpoint in ENDPOINTS}
        for page in ordered:
            if page.endpoint not in by_endpoint:
                raise ValueError(f"no such endpoint: {page.endpoint}")
            by_endpoint[page.endpoint].append(page)
        return cls(sorted({page.meeting_uuid for page in pages}), by_endpoint)

    def __post_init__(self) -> None:
        self._places = {uuid: place for place, uuid in enumerate(self.uuids)}

    def place(self, page: RawPage) -> int:
        """The meeting of a page."""
        return self._places[page.meeting_uuid]

    def note(self, page: RawPage) -> Note:
        """Counts what does not fit in a page."""
        place = self.place(page)
        return lambda field, rule, shape: self.rejects.note(place, field, rule, shape)

    def reject(self, page: RawPage, error: UnreadablePage) -> None:
        """Give up the meeting of a page; its first error is the one that is told."""
        self.broken.setdefault(self.place(page), error)


@dataclass(frozen=True)
class Rows:
    """The entries of one endpoint's lists, as texts."""

    entries: pl.DataFrame
    """One row per entry: meeting, page (its place in the fixed order), then its fields."""
    envelopes: pl.DataFrame
    """One row per answer: meeting, total_records, and the meeting's number if it is there."""


def read_rows(batch: Batch, form: Form) -> Rows:
    """All entries of an endpoint; meetings with an unreadable answer are given up."""
    pages = batch.pages[form.endpoint]
    if form.bare:
        return _read_bare(batch, form, pages)
    return read_enveloped(batch, form, list(enumerate(pages)))


def read_enveloped(batch: Batch, form: Form, pages: Sequence[Numbered]) -> Rows:
    """The entries of some answers, each with an envelope around its list."""
    frames: list[pl.DataFrame] = []
    places: list[int] = []
    order: list[int] = []
    for some in _small_groups(pages):
        together = read_together([page for _, page in some], form) if len(some) > 1 else None
        if together is not None:
            frames.append(together)
            places += [batch.place(page) for _, page in some]
            order += [number for number, _ in some]
            continue
        for number, page in some:
            try:
                frames.append(read_page(page, form, batch.note(page)))
            except UnreadablePage as error:
                batch.reject(page, error)
            else:
                places.append(batch.place(page))
                order.append(number)
    answers = pl.concat([pl.DataFrame(schema=form.schema), *frames], rechunk=True)
    meetings = pl.Series("meeting", places, dtype=pl.UInt32)
    entries, owners = explode_rows(answers[LIST])
    numbers = pl.Series("page", order, dtype=pl.UInt32)[owners]
    return Rows(
        entries.insert_column(0, meetings[owners]).insert_column(1, numbers),
        answers.drop(LIST).insert_column(0, meetings),
    )


def _read_bare(batch: Batch, form: Form, pages: Sequence[RawPage]) -> Rows:
    rows, read, errors = read_bare_pages(pages, form, batch.note)
    for position, error in errors.items():
        batch.reject(pages[position], error)
    meetings = pl.Series("meeting", [batch.place(pages[i]) for i in read], dtype=pl.UInt32)
    order = pl.Series("page", read, dtype=pl.UInt32)
    rows = rows.insert_column(0, meetings).insert_column(1, order)
    return Rows(rows, _NO_ENVELOPES)


def chunks(pages: Sequence[RawPage]) -> Iterator[list[Numbered]]:
    """Pages in order, few enough at a time to bound what is in memory."""
    return _bounded(enumerate(pages), CHUNK_PAGES, CHUNK_BYTES)


def _small_groups(pages: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """Pages in order, together as long as they are small."""
    return _bounded(pages, CHUNK_PAGES, TOGETHER_BYTES)


def _bounded(pages: Iterable[Numbered], most: int, most_bytes: int) -> Iterator[list[Numbered]]:
    """Pages in order, in groups of so many pages and bytes at most; a larger page is alone."""
    group: list[Numbered] = []
    size = 0
    for number, page in pages:
        if group and (len(group) == most or size + len(page.body) > most_bytes):
            yield group
            group, size = [], 0
        group.append((number, page))
        size += len(page.body)
    if group:
        yield group


def expected_rows(batch: Batch, envelopes: pl.DataFrame, endpoint: str) -> dict[int, int]:
    """How many entries Zoom counted, by meeting; the largest where answers differ."""
    meetings = envelopes["meeting"]
    totals = read_column(envelopes["total_records"], COUNTS)
    batch.rejects.note_unread(totals.unread, meetings, f"{endpoint}.total_records")
    largest = (
        pl.DataFrame({"meeting": meetings, "total": totals.values})
        .drop_nulls()
        .group_by("meeting")
        .agg(pl.col("total").max())
    )
    return dict(largest.iter_rows())
