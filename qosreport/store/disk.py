"""Files that are there whole or not at all: the operations, and the order that makes it so.

A file is written under a temporary name, synced, renamed, and its directory synced; only then may
the ledger name it. Everything is for the owner alone, whatever the umask.
"""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qosreport.errors import DiskTrouble

TEMPORARY = ".tmp-"
"""Begins the name of a file that is not finished; recovery removes such."""
_OWNER_FILE = 0o600
_OWNER_DIRECTORY = 0o700


class Disk:
    """The file operations of the store, one by one, so that a test can make any of them fail."""

    def create(self, path: Path) -> int:
        """Make a new file that only its owner can read; never through a link."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, _OWNER_FILE)
        os.fchmod(descriptor, _OWNER_FILE)
        return descriptor

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write what the system takes at once; how much that was."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Wait until the file is on the disk."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close a file."""
        os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file its final name."""
        source.rename(target)

    def sync_directory(self, path: Path) -> None:
        """Wait until the names in a directory are on the disk."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_directory(self, path: Path) -> None:
        """Make a directory that only its owner can enter."""
        path.mkdir(_OWNER_DIRECTORY)
        path.chmod(_OWNER_DIRECTORY)

    def remove(self, path: Path) -> None:
        """Remove a file; fine if it is gone."""
        path.unlink(missing_ok=True)


class NewFiles:
    """Files written together: all under their names and synced, or none of them there."""

    def __init__(self, root: Path, disk: Disk) -> None:
        self._root = root
        self._disk = disk
        self._written: list[Path] = []
        self._directories: set[Path] = set()

    def add(self, name: str, data: bytes) -> str:
        """Write a file of this name below the root; its SHA-256.

        Raises:
            DiskTrouble: It cannot be written; nothing of it is left.
        """
        path = self._root / name
        with _telling(path):
            self._make_directories(path.parent)
            temporary = path.with_name(TEMPORARY + path.name)
            self._written.append(temporary)
            self._write(temporary, data)
            self._disk.rename(temporary, path)
            self._written[-1] = path
            self._directories.add(path.parent)
        return hashlib.sha256(data).hexdigest()

    def settle(self) -> None:
        """Wait until the names are on the disk. Now the ledger may name the files.

        Raises:
            DiskTrouble: The disk refuses.
        """
        for directory in sorted(self._directories):
            with _telling(directory):
                self._disk.sync_directory(directory)
        self._directories.clear()

    def undo(self) -> None:
        """Remove what was written, as far as the disk lets us; recovery removes the rest."""
        for path in self._written:
            with suppress(OSError):
                self._disk.remove(path)
        self._written.clear()

    def _make_directories(self, directory: Path) -> None:
        if directory == self._root or directory.is_dir():
            return
        self._make_directories(directory.parent)
        self._disk.make_directory(directory)
        self._disk.sync_directory(directory.parent)

    def _write(self, path: Path, data: bytes) -> None:
        # A leftover of a run that was killed: nobody else writes here, the store is locked.
        self._disk.remove(path)
        descriptor = self._disk.create(path)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._disk.write(descriptor, rest) :]
            self._disk.sync(descriptor)
        finally:
            self._disk.close(descriptor)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise trouble(path, error) from error


def remove(disk: Disk, path: Path) -> None:
    """Remove a file; fine if it is gone.

    Raises:
        DiskTrouble: The disk refuses.
    """
    with _telling(path):
        disk.remove(path)


def trouble(path: Path, error: OSError) -> DiskTrouble:
    """The failure that an error of the operating system is."""
    return DiskTrouble(path=path, why=_why(path, error))


def _why(path: Path, error: OSError) -> str:
    if error.errno == errno.ENOSPC and _no_inode_left(path):
        return "the file system has no inode left for another file"
    return (error.strerror or type(error).__name__).lower()


def _no_inode_left(path: Path) -> bool:
    with suppress(OSError):
        place = os.statvfs(path if path.is_dir() else path.parent)
        return place.f_files > 0 and place.f_favail == 0
    return False
