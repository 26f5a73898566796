"""Putting whole meetings into a store: files first, then one transaction that names them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from qosreport.periods import iso_week
from qosreport.store import raw
from qosreport.store.disk import Disk, NewFiles
from qosreport.store.layout import (
    RAW,
    SCORES,
    TABLES,
    digest,
    fingerprint,
    raw_name,
    score_name,
    sorted_table,
    table_name,
    to_parquet,
)
from qosreport.store.ledger import FileRow, Ledger, micros
from qosreport.store.parts import Part
from qosreport.store.raw import RawPage
from qosreport.tables import DEVICES, MEETINGS, PULLED, SCORED, STREAMS


@dataclass(frozen=True)
class PolicyKey:
    """Which policy scores are by."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Shelf:
    """Where a store keeps things, and the ledger that says what they are."""

    root: Path
    disk: Disk
    ledger: Ledger

    def next_number(self) -> int:
        """The number of the next commit; recovery knows by it what an interrupted one left."""
        return number_reached(self.ledger) + 1


@dataclass(frozen=True)
class NewPart:
    """A part whose files are written but not committed."""

    part_id: str
    week: str
    minutes: Mapping[str, int]
    """Participant-minutes by meeting; every meeting of the part is in it."""
    files: tuple[FileRow, ...]


def number_reached(ledger: Ledger) -> int:
    """The number of the last commit."""
    rows = ledger.read("SELECT value FROM fact WHERE name = 'number'")
    return int(rows[0][0]) if rows else 0


def note_number(ledger: Ledger, number: int) -> None:
    """Remember the number of a commit; inside its transaction."""
    ledger.write("INSERT OR REPLACE INTO fact VALUES ('number', ?)", [(str(number),)])


def store_meetings(
    shelf: Shelf,
    tables: Mapping[str, pl.DataFrame],
    *,
    pages: Sequence[RawPage] = (),
    raw_paths: Mapping[str, str] | None = None,
) -> None:
    """Commit whole meetings; a version that was there before is superseded.

    Args:
        shelf: The store.
        tables: By name; a table not given is empty. Which meetings there are, `meetings` says.
        pages: Their raw pages, to be written as well.
        raw_paths: Instead, the raw file of each meeting whose pages the store has already.

    Raises:
        DiskTrouble: Nothing of it is in the store.
    """
    frames = _declared(tables)
    listed = _listed(shelf.ledger, frames[MEETINGS.name])
    week_of = _weeks(frames[MEETINGS.name], listed)
    frames[MEETINGS.name] = _with_alone(frames[MEETINGS.name], listed)
    number = shelf.next_number()
    files = NewFiles(shelf.root, shelf.disk)
    try:
        raw_files: list[FileRow] = []
        found = dict(raw_paths or {})
        parts = []
        for week in sorted(set(week_of.values())):
            uuids = [uuid for uuid, its_week in week_of.items() if its_week == week]
            of_week = [page for page in pages if week_of.get(page.meeting_uuid) == week]
            if of_week:
                raw_files.append(_write_raw(files, week, number, of_week))
                found |= dict.fromkeys(uuids, raw_files[-1].path)
            mine = frames if len(uuids) == len(week_of) else only_meetings(frames, uuids)
            parts.append(write_part(files, week, number, mine.items()))
        files.settle()
        with shelf.ledger.transaction():
            note_number(shelf.ledger, number)
            insert_files(shelf.ledger, raw_files)
            for part in parts:
                name_part(shelf.ledger, part, number)
            _name_meetings(shelf.ledger, frames[MEETINGS.name], week_of, parts, found)
            retire_empty_parts(shelf.ledger)
    except BaseException:
        files.undo()
        raise


def write_part(
    files: NewFiles, week: str, number: int, frames: Iterable[tuple[str, pl.DataFrame]]
) -> NewPart:
    """Write the tables of some meetings, one at a time; tables without rows have no file."""
    contents: dict[str, bytes] = {}
    rows: dict[str, int] = {}
    minutes: dict[str, int] = {}
    for name, frame in frames:
        if not frame.is_empty():
            ordered = sorted_table(PULLED[name], frame)
            contents[name] = to_parquet(ordered)
            rows[name] = ordered.height
            for uuid, count in _minutes(name, ordered):
                minutes[uuid] = max(minutes.get(uuid, 0), count)
    part_id = digest("".join(digest(data) for _, data in sorted(contents.items())).encode())[:16]
    written = [
        FileRow(
            path=(path := table_name(week, number, part_id, name)),
            role=TABLES,
            name=name,
            week=week,
            sha256=files.add(path, data),
            size=len(data),
            rows=rows[name],
            layout=fingerprint(PULLED[name]),
            part_id=part_id,
        )
        for name, data in contents.items()
    ]
    return NewPart(part_id, week, minutes, tuple(written))


def replace_parts(
    shelf: Shelf,
    week: str,
    old: Sequence[Part],
    new: Iterable[Iterable[tuple[str, pl.DataFrame]]],
) -> None:
    """Put new parts in the place of those that held their meetings, in one transaction.

    Args:
        shelf: The store.
        week: Of all of them.
        old: Retired.
        new: The tables of each, one part at a time; one without meetings is not named.

    Raises:
        DiskTrouble: Everything is as it was.
    """
    number = shelf.next_number()
    files = NewFiles(shelf.root, shelf.disk)
    try:
        parts = [write_part(files, week, number, frames) for frames in new]
        files.settle()
        with shelf.ledger.transaction():
            note_number(shelf.ledger, number)
            retire_parts(shelf.ledger, [part.part_id for part in old])
            for part in parts:
                if part.minutes:
                    name_part(shelf.ledger, part, number)
                shelf.ledger.write(
                    "UPDATE instance SET part_id = ? WHERE uuid = ?",
                    [(part.part_id, uuid) for uuid in part.minutes],
                )
    except BaseException:
        files.undo()
        raise


def name_part(ledger: Ledger, part: NewPart, number: int) -> None:
    """Commit a part; inside a transaction. An equal one, written before, gives way."""
    retire_parts(ledger, [part.part_id])
    ledger.write(
        "INSERT INTO part VALUES (?, ?, ?, ?)",
        [(part.part_id, part.week, number, sum(part.minutes.values()))],
    )
    ledger.write(
        "INSERT INTO part_meeting VALUES (?, ?, ?)",
        [(part.part_id, uuid, minutes) for uuid, minutes in part.minutes.items()],
    )
    insert_files(ledger, part.files)


def retire_parts(ledger: Ledger, part_ids: Iterable[str]) -> None:
    """Forget parts; their files are removed at a later start, when nobody can be reading them."""
    ids = [(part_id,) for part_id in part_ids]
    ledger.write("INSERT OR IGNORE INTO retired SELECT path FROM file WHERE part_id = ?", ids)
    for statement in (
        "DELETE FROM file WHERE part_id = ?",
        "DELETE FROM scored WHERE part_id = ?",
        "DELETE FROM part_meeting WHERE part_id = ?",
        "DELETE FROM part WHERE part_id = ?",
    ):
        ledger.write(statement, ids)


def retire_empty_parts(ledger: Ledger) -> None:
    """Forget parts of which every meeting is superseded."""
    empty = ledger.read(
        "SELECT part_id FROM part WHERE part_id NOT IN "
        "(SELECT part_id FROM instance WHERE part_id IS NOT NULL)"
    )
    retire_parts(ledger, [part_id for (part_id,) in empty])


def store_scores(
    shelf: Shelf, part: Part, policy: PolicyKey, tables: Mapping[str, pl.DataFrame]
) -> None:
    """Commit the scores of a part by a policy; earlier ones by the same policy are replaced.

    Raises:
        DiskTrouble: Nothing of it is in the store.
        ValueError: The part is not in the store.
    """
    ledger = shelf.ledger
    if not ledger.read("SELECT 1 FROM part WHERE part_id = ?", part.part_id):
        raise ValueError(f"part {part.part_id} is not in the store")
    number = shelf.next_number()
    files = NewFiles(shelf.root, shelf.disk)
    facts = {"policy": policy.name, "version": policy.version, "sha256": policy.sha256}
    try:
        rows = []
        for name, frame in tables.items():
            table = SCORED[name]
            if frame.is_empty():
                continue
            data = to_parquet(sorted_table(table, table.conform(frame)), facts)
            path = score_name(part.week, number, part.part_id, policy.sha256, name)
            rows.append(
                FileRow(
                    path, SCORES, name, part.week, files.add(path, data), len(data), frame.height,
                    fingerprint(table), part.part_id, policy.sha256,
                )
            )  # fmt: skip
        files.settle()
        with ledger.transaction():
            note_number(ledger, number)
            retire_scores(ledger, [(part.part_id, policy.sha256)])
            insert_files(ledger, rows)
            ledger.write(
                "INSERT INTO scored VALUES (?, ?, ?, ?)",
                [(part.part_id, policy.sha256, policy.name, policy.version)],
            )
    except BaseException:
        files.undo()
        raise


def retire_scores(ledger: Ledger, keys: Iterable[tuple[str, str]]) -> None:
    """Forget the scores of parts by policies; inside a transaction."""
    keys = list(keys)
    where = "WHERE part_id = ? AND policy_sha256 = ?"
    ledger.write(f"INSERT OR IGNORE INTO retired SELECT path FROM file {where}", keys)  # noqa: S608 -- a constant
    for table in ("file", "scored"):
        ledger.write(f"DELETE FROM {table} {where}", keys)  # noqa: S608 -- constants


def only_meetings(
    frames: Mapping[str, pl.DataFrame], uuids: Sequence[str]
) -> dict[str, pl.DataFrame]:
    """The rows of some meetings."""
    return {
        name: frame.filter(pl.col("meeting_uuid").is_in(list(uuids)))
        for name, frame in frames.items()
    }


def _declared(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables in their schemas."""
    return {MEETINGS.name: MEETINGS.empty()} | {
        name: frame if frame.schema == PULLED[name].schema else PULLED[name].conform(frame)
        for name, frame in tables.items()
    }


def _listed(ledger: Ledger, meetings: pl.DataFrame) -> dict[str, tuple[bool, str]]:
    """Whether only one person was there, and the week, of meetings that Zoom's list named."""
    statement = "SELECT one_person, week FROM instance WHERE uuid = ? AND listed_at IS NOT NULL"
    return {
        uuid: (bool(alone), week)
        for uuid in meetings["meeting_uuid"]
        for alone, week in ledger.read(statement, uuid)
    }


def _with_alone(meetings: pl.DataFrame, listed: Mapping[str, tuple[bool, str]]) -> pl.DataFrame:
    """Whether only one person was there: the list says so by its kind, not in the item."""
    alone = [listed[uuid][0] if uuid in listed else None for uuid in meetings["meeting_uuid"]]
    return meetings.with_columns(
        pl.coalesce(pl.Series(alone, dtype=pl.Boolean), "one_person").alias("one_person")
    )


def _weeks(meetings: pl.DataFrame, listed: Mapping[str, tuple[bool, str]]) -> dict[str, str]:
    """The partition of each meeting: the week of its start, else that it was listed in."""
    rows = meetings.select("meeting_uuid", "start_time", "pulled_at").iter_rows()
    return {
        uuid: listed[uuid][1] if start is None and uuid in listed else iso_week(start or pulled_at)
        for uuid, start, pulled_at in rows
    }


def _write_raw(files: NewFiles, week: str, number: int, pages: Sequence[RawPage]) -> FileRow:
    together = sorted(pages, key=lambda page: page.meeting_uuid)
    data = raw.to_bytes(together)
    path = raw_name(week, number, data)
    return FileRow(path, RAW, RAW, week, files.add(path, data), len(data), len(pages))


def _minutes(name: str, ordered: pl.DataFrame) -> Iterator[tuple[str, int]]:
    """Joins times instants, by meeting, of a table that is sorted by both; 0 of others."""
    if name == MEETINGS.name:
        yield from ((uuid, 0) for uuid in ordered["meeting_uuid"])
    if name in {STREAMS.name, DEVICES.name}:
        new = pl.any_horizontal(
            pl.col(column) != pl.col(column).shift() for column in ("session_id", "sampled_at")
        )
        counts = ordered.group_by("meeting_uuid").agg(new.fill_null(value=True).sum())
        yield from ((uuid, int(count)) for uuid, count in counts.iter_rows())


def insert_files(ledger: Ledger, files: Iterable[FileRow]) -> None:
    """Commit files; inside a transaction."""
    ledger.write(
        "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                f.path, f.role, f.name, f.week, f.sha256, f.size, f.rows, f.layout, f.part_id,
                f.policy_sha256,
            )
            for f in files
        ],
    )  # fmt: skip


def _name_meetings(
    ledger: Ledger,
    meetings: pl.DataFrame,
    week_of: Mapping[str, str],
    parts: Iterable[NewPart],
    raw_paths: Mapping[str, str],
) -> None:
    part_of = {uuid: part.part_id for part in parts for uuid in part.minutes}
    rows = []
    for m in meetings.iter_rows(named=True):
        uuid = m["meeting_uuid"]
        partial = m["completeness"] == "incomplete"
        near = m["start_time"] or m["pulled_at"]
        rows.append(
            (
                uuid, m["meeting_id"], m["kind"], micros(m["start_time"]), micros(m["end_time"]),
                m["participants_reported"], m["one_person"], week_of[uuid], micros(near),
                "partial" if partial else "whole", m["completeness_reason"], int(partial),
                part_of[uuid], raw_paths.get(uuid), micros(m["pulled_at"]),
            )
        )  # fmt: skip
    ledger.write(_NAME_MEETING, rows)


_NAME_MEETING = """
INSERT INTO instance (uuid, meeting_id, kind, start_time, end_time, participants_reported,
                      one_person, week, near, state, reason, retry, attempts, part_id, raw_path,
                      pulled_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
ON CONFLICT (uuid) DO UPDATE SET
    meeting_id = coalesce(meeting_id, excluded.meeting_id),
    near = iif(start_time IS NULL AND excluded.start_time IS NOT NULL, excluded.near, near),
    start_time = coalesce(start_time, excluded.start_time),
    end_time = coalesce(excluded.end_time, end_time),
    participants_reported = coalesce(excluded.participants_reported, participants_reported),
    week = excluded.week,
    state = excluded.state,
    reason = excluded.reason,
    attempts = attempts + excluded.attempts,
    part_id = excluded.part_id,
    raw_path = coalesce(excluded.raw_path, raw_path),
    pulled_at = excluded.pulled_at
"""
