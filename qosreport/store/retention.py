"""Letting go of what is older than it may be: whole weeks, files first unnamed and then removed."""

import datetime as dt
from collections.abc import Collection

from qosreport.store.layout import RAW
from qosreport.store.recovery import remove_retired
from qosreport.store.writing import Shelf, retire_parts


def weeks_held(shelf: Shelf, role: str | None = None) -> list[str]:
    """Partitions that have files (of one role), in order."""
    return sorted({file.week for file in shelf.ledger.files(role=role)})


def is_over_by(week: str, moment: dt.datetime) -> bool:
    """Whether a partition, a UTC ISO week, had ended by a moment."""
    year, number = week.split("-W")
    monday = dt.date.fromisocalendar(int(year), int(number), 1)
    end = dt.datetime.combine(monday + dt.timedelta(days=7), dt.time(), dt.UTC)
    return end <= moment


def drop_raw(shelf: Shelf, weeks: Collection[str]) -> int:
    """Remove the raw files of weeks, and what the ledger holds of Zoom's lists; how many files.

    Their tables stay, and cannot be made again.

    Raises:
        DiskTrouble: Something cannot be removed; a later start removes it.
    """
    old = [file.path for file in shelf.ledger.files(weeks, role=RAW)] if weeks else []
    with shelf.ledger.transaction():
        shelf.ledger.write("INSERT OR IGNORE INTO retired VALUES (?)", [(path,) for path in old])
        shelf.ledger.write(
            "UPDATE instance SET raw_path = NULL, item = NULL WHERE raw_path = ?",
            [(path,) for path in old],
        )
        shelf.ledger.write("DELETE FROM file WHERE path = ?", [(path,) for path in old])
    remove_retired(shelf)
    return len(old)


def drop_weeks(shelf: Shelf, weeks: Collection[str]) -> int:
    """Remove everything of weeks, as if they had never been pulled; how many meetings that was.

    Raises:
        DiskTrouble: Something cannot be removed; a later start removes it.
    """
    drop_raw(shelf, weeks)
    chosen = [(week,) for week in sorted(weeks)]
    meetings = sum(
        shelf.ledger.read("SELECT count(*) FROM instance WHERE week = ?", week)[0][0]
        for (week,) in chosen
    )
    parts = [part for (part, week) in shelf.ledger.read("SELECT part_id, week FROM part")
             if week in weeks]  # fmt: skip
    with shelf.ledger.transaction():
        retire_parts(shelf.ledger, parts)
        shelf.ledger.write("DELETE FROM instance WHERE week = ?", chosen)
    remove_retired(shelf)
    shelf.ledger.compact()
    return int(meetings)
