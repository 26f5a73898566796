"""Where an archive lies: a directory, or whatever fsspec reaches by URL, behind six operations."""

import datetime as dt
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

from qosreport.errors import ArchiveUnavailable
from qosreport.settings import ArchiveSettings
from qosreport.settings.base import missing

PART = ".part-"
"""Begins the name of a file that is being written; nobody reads such."""
MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Of what an archive holds, by the ending of its name."""
READ_ONLY, WRITABLE = 0o444, 0o666


class Place(Protocol):
    """Files by relative name, with slashes.

    Every method raises `ArchiveUnavailable` if the place refuses or cannot be reached.
    """

    def read(self, name: str) -> bytes | None:
        """A file; None if there is none."""

    def names(self, under: str) -> list[str]:
        """All files below a folder, sorted, unfinished ones too; none if it is not there."""

    def modified(self, name: str) -> dt.datetime | None:
        """When a file was last written, by the place's clock; None if there is none."""

    def put_new(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet; False, and nothing done, if one is."""

    def put(self, name: str, data: bytes) -> None:
        """Write a file, in place of one that may be there."""

    def delete(self, name: str) -> None:
        """See that a file is not there."""


class Directory:
    """A directory, as a mounted share: files are there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        """A file; None if there is none."""
        path = self._path(name)
        with _telling(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def names(self, under: str) -> list[str]:
        """All files below a folder, sorted, unfinished ones too."""
        top = self._path(under) if under else self.root
        with _telling(top):
            paths = (Path(folder) / one for folder, _, files in os.walk(top) for one in files)
            return sorted(path.relative_to(self.root).as_posix() for path in paths)

    def modified(self, name: str) -> dt.datetime | None:
        """When a file was last written; None if there is none."""
        path = self._path(name)
        with _telling(path):
            try:
                return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
            except FileNotFoundError:
                return None

    def put_new(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet, read-only; False if one is."""
        path = self._path(name)
        with _telling(path), self._written(path, data, READ_ONLY) as temporary:
            try:
                # A link is whole at once, and fails where a file is: a rename would replace it.
                os.link(temporary, path)
            except FileExistsError:
                return False
            except OSError:  # a share that knows no links
                if path.exists():
                    return False
                temporary.rename(path)
            _sync_directory(path.parent)
        return True

    def put(self, name: str, data: bytes) -> None:
        """Write a file, in place of one that may be there."""
        path = self._path(name)
        with _telling(path), self._written(path, data, WRITABLE) as temporary:
            temporary.replace(path)
            _sync_directory(path.parent)

    def delete(self, name: str) -> None:
        """See that a file is not there, nor a folder that it leaves empty."""
        path = self._path(name)
        with _telling(path):
            path.unlink(missing_ok=True)
            for folder in path.relative_to(self.root).parents[:-1]:
                with suppress(OSError):
                    (self.root / folder).rmdir()

    def _path(self, name: str) -> Path:
        return self.root / checked(name)

    @contextmanager
    def _written(self, path: Path, data: bytes, mode: int) -> Iterator[Path]:
        """The data beside where it belongs, on the disk; gone afterwards unless it was renamed."""
        _make_directory(path.parent)
        temporary = path.with_name(f"{PART}{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            # Who else may read it is for the operator's umask to say.
            with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def open_place(settings: ArchiveSettings) -> Place:
    """Where the settings say the archive lies.

    Raises:
        MissingSetting: They do not say.
        MissingPackage: Its backend is not installed.
        BadSetting: A secret or a list of host keys cannot be read.
        ArchiveUnavailable: It cannot be reached.
    """
    if settings.url is None:
        raise missing("archive.url")
    parts = urlsplit(settings.url)
    if "://" not in settings.url or parts.scheme == "file":
        return Directory(Path(parts.path if parts.scheme == "file" else settings.url).expanduser())
    from qosreport.deliver.backends import open_remote

    return open_remote(settings, settings.url)


def checked(name: str) -> PurePosixPath:
    """A name that stays below the root; ours always do."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise ValueError(f"no name of a file in an archive: {name!r}")
    return path


def _make_directory(path: Path) -> None:
    """A directory and those above it, their names on the disk."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(exist_ok=True)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise ArchiveUnavailable(place=path, why=why) from error
