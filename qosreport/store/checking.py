"""Whether every committed file is what was committed, and making again what is not."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import polars as pl

from qosreport.errors import StoreDamaged
from qosreport.store import raw
from qosreport.store.disk import remove
from qosreport.store.layout import LEDGER, RAW, SCORES, TABLES, digest
from qosreport.store.ledger import FileRow, micros
from qosreport.store.raw import RawPage
from qosreport.store.recovery import files_on_disk, is_raw, name_of
from qosreport.store.writing import (
    Shelf,
    retire_empty_parts,
    retire_parts,
    retire_scores,
    store_meetings,
)
from qosreport.tables import MEETINGS

Parse = Callable[[Sequence[RawPage]], Mapping[str, pl.DataFrame]]
RAW_DAMAGED = "raw-damaged"
"""Reason of a meeting whose raw pages are lost: it is asked for again."""
_CHUNK = 2**20


@dataclass(frozen=True)
class Damage:
    """A file that is not as it was committed."""

    path: Path
    kind: Literal["missing", "changed", "unreadable", "orphan"]
    """orphan: it lies in the store and the ledger does not name it."""
    table: str | None
    """Which table; raw for raw files; None for the ledger."""
    repairable: bool
    """Without asking Zoom again."""


@dataclass(frozen=True)
class Repaired:
    """What a repair did."""

    remade: int
    """Meetings whose tables were made again from raw pages."""
    unscored: int
    """Parts whose scores were dropped; scoring makes them again."""
    adopted: int
    """Meetings taken in from raw files that the ledger did not name."""
    lost: tuple[str, ...]
    """Meetings whose raw pages are lost: the next pull asks for them again."""


def verify(shelf: Shelf, weeks: Collection[str] | None = None) -> list[Damage]:
    """Read every committed file again and compare it with the ledger."""
    found = []
    if not shelf.ledger.is_sound():
        found.append(Damage(shelf.root / LEDGER, "changed", None, repairable=False))
    for file in shelf.ledger.files(weeks):
        kind = _damage(shelf.root / file.path, file)
        if kind is not None:
            path = shelf.root / file.path
            found.append(Damage(path, kind, file.name, repairable=file.role != RAW))
    return found if weeks is not None else found + list(_orphans(shelf))


def repair(shelf: Shelf, parse: Parse) -> Repaired:
    """Make again what can be made again, take in what the ledger does not name, drop the rest.

    Scores are dropped, to be made by scoring. Of damaged raw files the meetings are asked for
    again by the next pull; until then their tables stand.

    Raises:
        DiskTrouble: It cannot be finished; what is done is committed.
    """
    damages = verify(shelf)
    rows = {shelf.root / file.path: file for file in shelf.ledger.files()}
    bad = [rows[damage.path] for damage in damages if damage.path in rows]
    unscored = _drop_scores(shelf, [file for file in bad if file.role == SCORES])
    lost = _give_up_raw(shelf, [file for file in bad if file.role == RAW])
    parts = {file.part_id for file in bad if file.role == TABLES and file.part_id}
    remade = _remake(shelf, parts, parse)
    adopted = 0
    for damage in damages:
        if damage.kind == "orphan":
            adopted += _adopt(shelf, damage.path, parse) if is_raw(shelf.root, damage.path) else 0
            if not shelf.ledger.read("SELECT 1 FROM file WHERE path = ?", _name(shelf, damage)):
                remove(shelf.disk, damage.path)
    return Repaired(remade, unscored, adopted, tuple(lost))


def rebuild(shelf: Shelf, parse: Parse, weeks: Collection[str] | None = None) -> int:
    """Make the tables of weeks again from raw pages; how many meetings that was.

    Raises:
        StoreDamaged: A raw file cannot be read; what was made before it is committed.
        DiskTrouble: It cannot be written; what was made before is committed.
    """
    return sum(_store_again(shelf, path, pages, parse) for path, pages in raw_batches(shelf, weeks))


def raw_batches(
    shelf: Shelf, weeks: Collection[str] | None = None
) -> Iterator[tuple[str, list[RawPage]]]:
    """The current pages of whole meetings, a bounded many at a time, with their file."""
    for file in shelf.ledger.files(weeks, role=RAW):
        current = shelf.ledger.read("SELECT uuid FROM instance WHERE raw_path = ?", file.path)
        uuids = {uuid for (uuid,) in current}
        if uuids:
            for pages in raw.read_batches(shelf.root / file.path, uuids):
                yield file.path, pages


def _store_again(shelf: Shelf, raw_path: str, pages: Sequence[RawPage], parse: Parse) -> int:
    tables = parse(pages)
    uuids = tables[MEETINGS.name]["meeting_uuid"].to_list()
    store_meetings(shelf, tables, raw_paths=dict.fromkeys(uuids, raw_path))
    return len(uuids)


def _damage(path: Path, file: FileRow) -> Literal["missing", "changed", "unreadable"] | None:
    try:
        if path.stat(follow_symlinks=False).st_size != file.size:
            return "changed"
        found = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                found.update(chunk)
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
    return None if found.hexdigest() == file.sha256 else "changed"


def _orphans(shelf: Shelf) -> Iterator[Damage]:
    known = {
        path
        for (path,) in shelf.ledger.read("SELECT path FROM file UNION SELECT path FROM retired")
    }
    for path in files_on_disk(shelf.root):
        if name_of(shelf.root, path) not in known:
            table = RAW if is_raw(shelf.root, path) else None
            yield Damage(path, "orphan", table, repairable=True)


def _drop_scores(shelf: Shelf, files: Sequence[FileRow]) -> int:
    keys = {(file.part_id or "", file.policy_sha256 or "") for file in files}
    with shelf.ledger.transaction():
        retire_scores(shelf.ledger, sorted(keys))
    return len(keys)


def _give_up_raw(shelf: Shelf, files: Sequence[FileRow]) -> list[str]:
    """Forget damaged raw files; their meetings are to be asked for again."""
    lost: list[str] = []
    with shelf.ledger.transaction():
        for file in files:
            rows = shelf.ledger.read("SELECT uuid FROM instance WHERE raw_path = ?", file.path)
            lost += [uuid for (uuid,) in rows]
            shelf.ledger.write(
                "UPDATE instance SET raw_path = NULL, state = 'partial', reason = ?, retry = 1, "
                "attempts = 0 WHERE raw_path = ?",
                [(RAW_DAMAGED, file.path)],
            )
            shelf.ledger.write("DELETE FROM file WHERE path = ?", [(file.path,)])
            shelf.ledger.write("INSERT OR IGNORE INTO retired VALUES (?)", [(file.path,)])
    return sorted(lost)


def _remake(shelf: Shelf, part_ids: Collection[str], parse: Parse) -> int:
    """Make the tables of damaged parts again; meetings without raw pages leave the store."""
    damaged = _numbered(shelf, part_ids)
    rows = shelf.ledger.read("SELECT raw_path, uuid, part_id FROM instance ORDER BY raw_path, uuid")
    wanted = [(path, uuid) for path, uuid, part_id in rows if part_id in part_ids]
    remade = 0
    for path, group in groupby((row for row in wanted if row[0]), key=lambda row: row[0]):
        uuids = {uuid for _, uuid in group}
        for pages in raw.read_batches(shelf.root / path, uuids):
            remade += _store_again(shelf, path, pages, parse)
    # What was made again may be equal, and so have the same id, but not the same number.
    left = sorted(part_id for part_id, _ in damaged & _numbered(shelf, part_ids))
    with shelf.ledger.transaction():
        shelf.ledger.write(
            "UPDATE instance SET part_id = NULL, state = 'failed' WHERE part_id = ?",
            [(part_id,) for part_id in left],
        )
        retire_parts(shelf.ledger, left)
        retire_empty_parts(shelf.ledger)
    return remade


def _numbered(shelf: Shelf, part_ids: Collection[str]) -> set[tuple[str, int]]:
    rows = shelf.ledger.read("SELECT part_id, number FROM part")
    return {(part_id, number) for part_id, number in rows if part_id in part_ids}


def _adopt(shelf: Shelf, path: Path, parse: Parse) -> int:
    """Take in the meetings of a raw file that the ledger lacks or has in an older version."""
    name = name_of(shelf.root, path)
    try:
        uuids = {uuid for uuid, at in raw.pulled_at_of(path).items() if _is_news(shelf, uuid, at)}
        if not uuids:
            return 0
        data = path.read_bytes()
        week = path.parent.name.removeprefix("week=")
        row = (name, RAW, RAW, week, digest(data), len(data), 0, "", None, None)
        adopted = 0
        for pages in raw.read_batches(path, uuids):
            adopted += _store_again(shelf, name, pages, parse)
        with shelf.ledger.transaction():
            shelf.ledger.write("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [row])
    except StoreDamaged:
        return 0
    return adopted


def _is_news(shelf: Shelf, uuid: str, pulled_at: dt.datetime) -> bool:
    known = shelf.ledger.read(
        "SELECT 1 FROM instance WHERE uuid = ? AND raw_path IS NOT NULL AND pulled_at >= ?",
        uuid,
        micros(pulled_at),
    )
    return not known


def _name(shelf: Shelf, damage: Damage) -> str:
    return name_of(shelf.root, damage.path)
