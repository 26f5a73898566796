"""One SQLite file, and what its errors mean to whoever runs the store."""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qosreport.errors import DiskTrouble, StoreDamaged, StoreForeign, StoreLocked
from qosreport.store.schema import APPLICATION_ID, MIGRATIONS


class Base:
    """A data base of ours (WAL, synchronous=FULL, secure_delete), safe to use from threads."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, made anew if it is not there, brought up to date if it is older.

        Raises:
            StoreForeign: It is another program's, or of a later version.
            StoreDamaged: It is no data base any more.
            DiskTrouble: It cannot be read or written.
        """
        self.path = path
        self._guard = threading.RLock()
        with telling(path):
            if not path.exists() and not read_only:
                # SQLite would leave it to the umask who can read it.
                os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
            self._connection = sqlite3.connect(
                # Without "c" in the mode, a reader leaves no empty file behind where none was.
                f"{path.absolute().as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=10,
            )
            try:
                self._prepare(read_only=read_only)
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self, *, read_only: bool) -> None:
        version = self._pragma("user_version")
        if version > len(MIGRATIONS):
            why = f"its ledger is of version {version}, this qosreport knows {len(MIGRATIONS)}"
            raise StoreForeign(path=self.path.parent, why=why)
        if version and self._pragma("application_id") != APPLICATION_ID:
            raise StoreForeign(path=self.path.parent, why="its ledger is another program's")
        if read_only:
            if version < len(MIGRATIONS):
                why = "its ledger is of an earlier version; run any command that pulls or scores"
                raise StoreForeign(path=self.path.parent, why=why)
            self._connection.execute("PRAGMA query_only=ON")
            return
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        for number in range(version, len(MIGRATIONS)):
            with self.transaction():
                for statement in MIGRATIONS[number]:
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version={number + 1}")

    def close(self) -> None:
        """Close it; what was written is on the disk already."""
        with self._guard, telling(self.path):
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within, or nothing of it."""
        with self._guard, telling(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def write(self, statement: str, values: Iterable[tuple[Any, ...]] = ((),)) -> None:
        """Run a statement once for each tuple of values; inside `transaction`."""
        self._connection.executemany(statement, values)

    def read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._guard, telling(self.path):
            return self._connection.execute(statement, values).fetchall()

    def write_soon(self, statement: str, values: tuple[Any, ...]) -> None:
        """Write without waiting for the disk: safe from a crash of this process, not of power."""
        with self._guard, telling(self.path):
            self._connection.execute("PRAGMA synchronous=NORMAL")
            try:
                self._connection.execute(statement, values)
            finally:
                self._connection.execute("PRAGMA synchronous=FULL")

    def compact(self) -> None:
        """Write the file anew without what was deleted, and empty the log beside it."""
        with self._guard, telling(self.path):
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def is_sound(self) -> bool:
        """Whether SQLite finds no damage in it."""
        try:
            return self.read("PRAGMA integrity_check") == [("ok",)]
        except StoreDamaged:
            return False

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])


_SQLITE_WHYS: Mapping[str, str] = {
    "unable to open database file": "its directory cannot be opened or written",
    "database or disk is full": "no space left on device",
    "disk i/o error": "the disk reports an error, or a limit on file size",
    "attempt to write a readonly database": "read-only file system or file",
}


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into the failure that it is."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error).lower()
        if "locked" in words or "busy" in words:
            raise StoreLocked(path=path.parent) from error
        why = next((why for text, why in _SQLITE_WHYS.items() if text in words), None)
        if why is None:
            raise
        raise DiskTrouble(path=path, why=why) from error
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(count=1, first=path) from error
    except OSError as error:
        raise DiskTrouble(path=path, why=(error.strerror or "unreadable").lower()) from error
