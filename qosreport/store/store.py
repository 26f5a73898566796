"""The store: raw pages, tables and scores of whole meetings, and the ledger that names them."""

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl

from qosreport.errors import StoreDamaged
from qosreport.store import checking, raw, retention, rewriting
from qosreport.store.checking import Damage, Parse, Repaired
from qosreport.store.compaction import compact
from qosreport.store.deliveries import Deliveries
from qosreport.store.disk import Disk, trouble
from qosreport.store.layout import (
    LEDGER,
    SCORES,
    TABLES,
    fingerprint,
    number_of,
    table_named,
)
from qosreport.store.ledger import FileRow, Ledger
from qosreport.store.outbox import Outbox
from qosreport.store.parts import Part, scan_files, scan_parts
from qosreport.store.raw import RawPage
from qosreport.store.recovery import files_on_disk, is_raw, recover
from qosreport.store.rewriting import ChangeItem, ChangePage, ChangeTable
from qosreport.store.site import Mounts, find_store, locked, reading
from qosreport.store.weeks import Weeks
from qosreport.store.writing import PolicyKey, Shelf, note_number, store_meetings, store_scores
from qosreport.tables import MEETINGS

COMPACT_ROWS = 250_000
"""Participant-minutes of a part after compaction, the unit that scoring is spread over.

Merging this many takes some 540 MB at its peak, half as many 370 MB and more CPU to score.
"""


@dataclass(frozen=True)
class Source:
    """Where the data of one meeting is from."""

    sha256: str
    """Of the raw file."""
    calls: int | None
    """Answers of the API; None if the file cannot be read."""


class Store:
    """An open store. Close it, or use it in a `with` statement."""

    def __init__(self, shelf: Shelf, open_things: ExitStack, *, read_only: bool) -> None:
        self._shelf = shelf
        self._open_things = open_things
        self._read_only = read_only

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = True,
        lock: bool = True,
        disk: Disk | None = None,
        mounts: Mounts | None = None,
    ) -> Self:
        """Open the store at a path.

        Args:
            path: Its directory.
            create: Make a new store where nothing is.
            lock: Hold it for this run, and recover it first; without, it can only be read, also
                while another run writes.
            disk: The file operations.
            mounts: What the system says of file systems.

        Raises:
            StoreLocked: Another run holds it.
            NoStore: There is none, and none may be made.
            StoreForeign: It is no store, another version's, or on a network file system.
            StoreDamaged: Its ledger is gone or no data base any more: `salvage` makes a new one.
            DiskTrouble: The disk refuses.
        """
        disk = disk or Disk()
        mounts = mounts or Mounts.of_this_machine()
        root = find_store(path, create=create and lock, disk=disk, mounts=mounts)
        with ExitStack() as stack:
            stack.enter_context(locked(root, path) if lock else reading(root))
            if not (root / LEDGER).exists() and any(files_on_disk(root)):
                raise StoreDamaged(count=1, first=root / LEDGER)
            ledger = Ledger(root / LEDGER, read_only=not lock)
            stack.callback(ledger.close)
            shelf = Shelf(root, disk, ledger)
            if lock:
                recover(shelf)
            return cls(shelf, stack.pop_all(), read_only=not lock)

    @classmethod
    def salvage(cls, path: Path, parse: Parse, *, disk: Disk | None = None) -> Repaired:
        """Make a new ledger from the raw files; the old one, if any, is set aside.

        What only the ledger knew is lost: listings, failed attempts, calls spent.

        Raises:
            StoreLocked, StoreForeign, DiskTrouble: As `open`.
        """
        disk = disk or Disk()
        root = find_store(path, create=False, disk=disk, mounts=Mounts.of_this_machine())
        with locked(root, path):
            _set_aside(root, disk)
            ledger = Ledger(root / LEDGER)
            try:
                shelf = Shelf(root, disk, ledger)
                with ledger.transaction():
                    note_number(ledger, _highest_number(root))
                return checking.repair(shelf, parse)
            finally:
                ledger.close()

    @property
    def ledger(self) -> Ledger:
        """What is known, committed and spent."""
        return self._shelf.ledger

    @property
    def outbox(self) -> Outbox:
        """What was mailed, and what is still to be."""
        return Outbox(self._shelf.ledger)

    @property
    def weeks(self) -> Weeks:
        """Which weeks were reported."""
        return Weeks(self._shelf.ledger)

    def deliveries(self, target: str) -> Deliveries:
        """What was brought to an archive, and what is still to be."""
        return Deliveries(self._shelf.ledger, target)

    @property
    def root(self) -> Path:
        """Its directory."""
        return self._shelf.root

    def close(self) -> None:
        """Let go of the store; what was committed is on the disk already."""
        self._open_things.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    # --- Writing ---

    def commit(self, pages: Sequence[RawPage], tables: Mapping[str, pl.DataFrame]) -> None:
        """Keep whole meetings: those in the table `meetings`, with their raw pages and tables.

        A meeting committed again supersedes its older version. Pages of meetings that are not in
        the tables (broken ones) are not kept.

        Raises:
            DiskTrouble: Nothing of it is kept; everything committed before is.
        """
        self._check_writable()
        if MEETINGS.name in tables and not tables[MEETINGS.name].is_empty():
            store_meetings(self._shelf, tables, pages=pages)

    def put_scores(self, part: Part, policy: PolicyKey, tables: Mapping[str, pl.DataFrame]) -> None:
        """Keep the scores of a part by a policy; earlier ones by the same policy are replaced.

        Raises:
            DiskTrouble: Nothing of it is kept.
            ValueError: The part is not in the store.
        """
        self._check_writable()
        store_scores(self._shelf, part, policy, tables)

    def compact(self, week: str, *, target_rows: int = COMPACT_ROWS) -> None:
        """Merge the small files of a week into some of at most so many participant-minutes.

        Raises:
            DiskTrouble: Everything is as it was.
        """
        self._check_writable()
        compact(self._shelf, week, self.parts([week]), target_rows=target_rows)

    def rebuild(self, parse: Parse, weeks: Collection[str] | None = None) -> int:
        """Make the tables of weeks again from raw pages; how many meetings that was.

        Raises:
            StoreDamaged: A raw file cannot be read; what was made before it is committed.
            DiskTrouble: It cannot be written; what was made before is committed.
        """
        self._check_writable()
        meetings = checking.rebuild(self._shelf, parse, weeks)
        for week in sorted({part.week for part in self.parts(weeks)}):
            self.compact(week)
        return meetings

    def repair(self, parse: Parse) -> Repaired:
        """Make again what `verify` finds and can be made again; see `checking.repair`."""
        self._check_writable()
        return checking.repair(self._shelf, parse)

    def rewrite(self, page: ChangePage, table: ChangeTable, item: ChangeItem) -> dict[str, int]:
        """Change everything that is kept of meetings, for good; how much of what was replaced.

        Done again after an interruption, it goes on with what is left.

        Raises:
            StoreDamaged: A raw file cannot be read.
            StoreInUse: Somebody reads the old files.
            DiskTrouble: Something cannot be written or removed.
        """
        self._check_writable()
        done = {
            "raw": rewriting.rewrite_raw(self._shelf, page),
            "tables": rewriting.rewrite_tables(self._shelf, self.parts(), table),
            "items": rewriting.rewrite_items(self._shelf, item),
        }
        rewriting.scrub(self._shelf)
        return done

    def older(self, moment: dt.datetime, role: str | None = None) -> list[str]:
        """Weeks with files (raw, tables or scores) that had ended by a moment."""
        held = retention.weeks_held(self._shelf, role)
        return [week for week in held if retention.is_over_by(week, moment)]

    def drop_raw(self, weeks: Collection[str]) -> int:
        """Remove the raw files of weeks; see `retention.drop_raw`."""
        self._check_writable()
        return retention.drop_raw(self._shelf, weeks)

    def drop_weeks(self, weeks: Collection[str]) -> int:
        """Remove everything of weeks; see `retention.drop_weeks`."""
        self._check_writable()
        return retention.drop_weeks(self._shelf, weeks)

    # --- Reading ---

    def parts(self, weeks: Collection[str] | None = None) -> list[Part]:
        """The committed parts of weeks, in the order of their commits."""
        chosen = None if weeks is None else json.dumps(sorted(weeks))
        files: dict[str, list[FileRow]] = {}
        for file in self.ledger.files(weeks, role=TABLES):
            files.setdefault(file.part_id or "", []).append(file)
        superseded: dict[str, list[str]] = {}
        for part_id, uuid in self.ledger.read(_SUPERSEDED, chosen, chosen):
            superseded.setdefault(part_id, []).append(uuid)
        return [
            self._part(row, files.get(row[0], []), superseded.get(row[0], []))
            for row in self.ledger.read(_PARTS, chosen, chosen)
        ]

    def _part(
        self, row: tuple[Any, ...], files: Sequence[FileRow], superseded: Sequence[str]
    ) -> Part:
        part_id, week, number, minutes, meetings = row
        return Part(
            part_id=part_id,
            week=week,
            number=number,
            paths={file.name: str(self.root / file.path) for file in files},
            rows={file.name: file.rows for file in files},
            superseded=tuple(superseded),
            meetings=meetings - len(superseded),
            minutes=minutes,
            older=frozenset(f.name for f in files if f.layout != fingerprint(table_named(f.name))),
        )

    def scan(self, table: str, weeks: Collection[str] | None = None) -> pl.LazyFrame:
        """A table of all whole meetings of weeks: only what is committed and not superseded.

        Raises:
            KeyError: There is no such table.
        """
        return scan_parts(self.parts(weeks), table_named(table))

    def unscored_parts(self, policy: PolicyKey, weeks: Collection[str] | None = None) -> list[Part]:
        """Parts of weeks that have no scores by a policy."""
        rows = self.ledger.read("SELECT part_id FROM scored WHERE policy_sha256 = ?", policy.sha256)
        scored = {part_id for (part_id,) in rows}
        return [part for part in self.parts(weeks) if part.part_id not in scored]

    def scan_scores(
        self, table: str, policy: PolicyKey, weeks: Collection[str] | None = None
    ) -> pl.LazyFrame:
        """A table of scores by a policy, of all whole meetings of weeks that are scored by it.

        Raises:
            KeyError: There is no such table.
        """
        frames = list(self.scores_by_part(table, policy, weeks).values())
        return pl.concat(frames) if frames else table_named(table).empty().lazy()

    def scores_by_part(
        self, table: str, policy: PolicyKey, weeks: Collection[str] | None = None
    ) -> dict[str, pl.LazyFrame]:
        """As `scan_scores`, for each part by its id; parts that are not scored are left out.

        Raises:
            KeyError: There is no such table.
        """
        declared = table_named(table)
        layout = fingerprint(declared)
        files = {
            file.part_id: file
            for file in self.ledger.files(weeks, role=SCORES)
            if file.name == table and file.policy_sha256 == policy.sha256
        }
        frames = {}
        for part in self.parts(weeks):
            file = files.get(part.part_id)
            if file is not None:
                path = str(self.root / file.path)
                frame = scan_files([path], declared, older=file.layout != layout)
                frames[part.part_id] = part.without_superseded(frame, declared)
        return frames

    def raw_pages(self, meeting_uuid: str) -> list[RawPage]:
        """The pages of one meeting; none if it is not in the store.

        Raises:
            StoreDamaged: Its file is missing or unreadable.
        """
        rows = self.ledger.read(
            "SELECT raw_path FROM instance WHERE uuid = ? AND raw_path IS NOT NULL", meeting_uuid
        )
        return raw.read_pages(self.root / rows[0][0], meeting_uuid) if rows else []

    def sources(self, meeting_uuids: Collection[str]) -> dict[str, Source]:
        """Where the data of meetings is from; those not in the store are left out."""
        rows = self.ledger.read(
            "SELECT i.uuid, f.path, f.sha256 FROM instance i JOIN file f ON f.path = i.raw_path "
            "WHERE i.uuid IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(meeting_uuids)),
        )
        calls = {path: self._answers(path) for path in {path for _, path, _ in rows}}
        return {uuid: Source(sha256, calls[path].get(uuid)) for uuid, path, sha256 in rows}

    def _answers(self, raw_path: str) -> Mapping[str, int]:
        """Empty where the file is damaged: what rests on it can still be reported."""
        try:
            return raw.answers_of(self.root / raw_path)
        except StoreDamaged:
            return {}

    def raw_batches(self, weeks: Collection[str] | None = None) -> Iterator[list[RawPage]]:
        """The pages of weeks, whole meetings, a bounded many at a time.

        Raises:
            StoreDamaged: A file is missing or unreadable.
        """
        for _, pages in checking.raw_batches(self._shelf, weeks):
            yield pages

    def verify(self, weeks: Collection[str] | None = None) -> list[Damage]:
        """Read every committed file (of weeks) again and compare it with the ledger."""
        return checking.verify(self._shelf, weeks)

    def _check_writable(self) -> None:
        if self._read_only:
            raise ValueError("the store was opened without its lock, for reading only")


_PARTS = """
SELECT p.part_id, p.week, p.number, p.minutes, count(m.uuid)
FROM part p JOIN part_meeting m ON m.part_id = p.part_id
WHERE ? IS NULL OR p.week IN (SELECT value FROM json_each(?))
GROUP BY p.part_id ORDER BY p.week, p.number, p.part_id
"""
_SUPERSEDED = """
SELECT m.part_id, m.uuid
FROM part p JOIN part_meeting m ON m.part_id = p.part_id JOIN instance i ON i.uuid = m.uuid
WHERE (? IS NULL OR p.week IN (SELECT value FROM json_each(?))) AND i.part_id IS NOT m.part_id
ORDER BY m.part_id, m.uuid
"""


def _set_aside(root: Path, disk: Disk) -> None:
    """Keep a damaged ledger under another name; the files SQLite keeps beside it go with it."""
    for suffix in ("", "-wal", "-shm"):
        old = root / f"{LEDGER}{suffix}"
        if old.exists():
            try:
                disk.rename(old, root / f"damaged-{LEDGER}{suffix}")
            except OSError as error:
                raise trouble(old, error) from error


def _highest_number(root: Path) -> int:
    numbers = [number_of(path) or 0 for path in files_on_disk(root) if is_raw(root, path)]
    return max(numbers, default=0)
