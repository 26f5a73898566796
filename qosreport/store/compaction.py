"""Many small parts of a week made few large ones, each still of whole meetings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from qosreport.store.parts import Part
from qosreport.store.writing import Shelf, replace_parts
from qosreport.tables import PULLED


@dataclass(frozen=True)
class _Piece:
    """Meetings of one part that go together."""

    part: Part
    minutes: int
    meetings: tuple[str, ...] | None
    """None: all that the part stands for."""

    def scan(self, table: str) -> pl.LazyFrame:
        frame = self.part.scan(table)
        if self.meetings is None:
            return frame
        return frame.filter(pl.col("meeting_uuid").is_in(list(self.meetings)))


def compact(shelf: Shelf, week: str, parts: Sequence[Part], *, target_rows: int) -> None:
    """Merge the small parts of a week, and those that hold superseded meetings.

    New files under new names, one transaction that puts them in the place of the old ones; who
    reads the old ones can go on, they are removed at a later start.

    Args:
        shelf: The store.
        week: Which week.
        parts: All its parts.
        target_rows: Participant-minutes of a part; one meeting alone may have more.

    Raises:
        DiskTrouble: Everything is as it was.
    """
    old = [part for part in parts if part.superseded or part.minutes < target_rows / 2]
    pieces = [piece for part in old for piece in _pieces(shelf, part, target_rows)]
    bins = list(_bins(pieces, target_rows))
    if len(bins) >= len(old) and not any(part.superseded for part in old):
        return
    replace_parts(shelf, week, old, map(_merged, bins))


def _pieces(shelf: Shelf, part: Part, target: int) -> Iterator[_Piece]:
    """A part, or where it is too large by itself, its meetings."""
    minutes = shelf.ledger.read(
        "SELECT m.uuid, m.minutes FROM part_meeting m JOIN instance i "
        "ON i.uuid = m.uuid AND i.part_id = m.part_id WHERE m.part_id = ? ORDER BY i.near, m.uuid",
        part.part_id,
    )
    total = sum(count for _, count in minutes)
    if total <= target:
        yield _Piece(part, total, None)
    else:
        yield from (_Piece(part, count, (uuid,)) for uuid, count in minutes)


def _bins(pieces: Sequence[_Piece], target: int) -> Iterator[list[_Piece]]:
    """Pieces in order, so many together as stay within the target."""
    found: list[_Piece] = []
    minutes = 0
    for piece in pieces:
        if found and minutes + piece.minutes > target:
            yield found
            found, minutes = [], 0
        found.append(piece)
        minutes += piece.minutes
    if found:
        yield found


def _merged(pieces: Sequence[_Piece]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each table of the pieces together, one after the other: only one is in memory."""
    for name in PULLED:
        found = [piece.scan(name) for piece in pieces if piece.part.path(name)]
        if found:
            yield name, pl.concat(found).collect()
