"""Raw pages: what Zoom answered, byte for byte, in Parquet files of whole meetings."""

import datetime as dt
import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from qosreport.errors import StoreDamaged

GROUP_ROWS = 64
"""Pages a row group: one page is found without reading many others (engine.md §2.3)."""
BATCH_PAGES = 192
BATCH_BYTES = 48 * 2**20
"""Pages handed out at a time; whole meetings, so a large one makes a larger batch."""

LIST_ITEM = "list_item"
"""A piece of an answer that names many meetings; every other endpoint's page is an answer."""

_COLUMNS: dict[str, pl.DataType] = {
    "meeting_uuid": pl.String(),
    "kind": pl.String(),
    "endpoint": pl.String(),
    "page": pl.Int32(),
    "participant_id": pl.String(),
    "pulled_at": pl.Datetime("us", "UTC"),
    "bytes": pl.Int64(),
    "body": pl.Binary(),
}
_SCHEMA = pl.Schema(_COLUMNS)


@dataclass(frozen=True)
class RawPage:
    """One answer of Zoom about one meeting."""

    meeting_uuid: str
    kind: str
    endpoint: str
    """list_item, participants, qos, participant_qos, qos_summary, sharing or satisfaction."""
    page: int
    participant_id: str | None
    pulled_at: datetime
    body: bytes
    """Exactly as Zoom sent it, after content encoding."""

    @property
    def is_answer(self) -> bool:
        """Whether it is an answer of its own, not a piece of one."""
        return self.endpoint != LIST_ITEM


def to_bytes(pages: Sequence[RawPage]) -> bytes:
    """Pages as a Parquet file, meeting by meeting in the order given."""
    frame = pl.DataFrame(
        {
            "meeting_uuid": [page.meeting_uuid for page in pages],
            "kind": [page.kind for page in pages],
            "endpoint": [page.endpoint for page in pages],
            "page": [page.page for page in pages],
            "participant_id": [page.participant_id for page in pages],
            "pulled_at": [page.pulled_at.astimezone(dt.UTC) for page in pages],
            "bytes": [len(page.body) for page in pages],
            "body": [page.body for page in pages],
        },
        schema=_SCHEMA,
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=3, row_group_size=GROUP_ROWS)
    return buffer.getvalue()


def read_pages(path: Path, meeting_uuid: str) -> list[RawPage]:
    """The pages of one meeting.

    Raises:
        StoreDamaged: The file is missing or unreadable.
    """
    with _telling(path):
        frame = _scan(path).filter(pl.col("meeting_uuid") == meeting_uuid).collect()
        return _pages(frame)


def read_batches(path: Path, wanted: Collection[str]) -> Iterator[list[RawPage]]:
    """The pages of the wanted meetings of a file, whole meetings, a bounded many at a time.

    Raises:
        StoreDamaged: The file is missing or unreadable.
    """
    with _telling(path):
        index = _scan(path).select("meeting_uuid", "bytes").with_row_index("row").collect()
    for first, rows in _runs(index):
        with _telling(path):
            frame = _scan(path).slice(first, rows).collect()
            pages = _pages(frame.filter(pl.col("meeting_uuid").is_in(list(wanted))))
        if pages:
            yield pages


def answers_of(path: Path) -> dict[str, int]:
    """The meetings whose pages a file holds, and how many answers of the API each rests on.

    Raises:
        StoreDamaged: The file is missing or unreadable.
    """
    with _telling(path):
        answers = (pl.col("endpoint") != LIST_ITEM).sum()
        counts = _scan(path).group_by("meeting_uuid").agg(answers)
        return dict(counts.collect().iter_rows())


def pulled_at_of(path: Path) -> dict[str, datetime]:
    """The meetings whose pages a file holds, and when the last page of each was pulled.

    Raises:
        StoreDamaged: The file is missing or unreadable.
    """
    with _telling(path):
        last = _scan(path).group_by("meeting_uuid").agg(pl.col("pulled_at").max())
        return dict(last.collect().iter_rows())


def _runs(index: pl.DataFrame) -> Iterator[tuple[int, int]]:
    """First row and number of rows of each batch."""
    first = rows = size = 0
    before: str | None = None
    for row, uuid, page_bytes in index.select("row", "meeting_uuid", "bytes").iter_rows():
        full = rows >= BATCH_PAGES or size >= BATCH_BYTES
        if full and uuid != before:
            yield first, rows
            first, rows, size = row, 0, 0
        before, rows, size = uuid, rows + 1, size + page_bytes
    if rows:
        yield first, rows


def _pages(frame: pl.DataFrame) -> list[RawPage]:
    return [RawPage(**row) for row in frame.drop("bytes").iter_rows(named=True)]


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, schema=_SCHEMA, glob=False, hive_partitioning=False)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what the reader raises into the failure that it is."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise StoreDamaged(count=1, first=path) from error
