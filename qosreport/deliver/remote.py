"""A place behind fsspec: what all backends have in common, and what each does its own way."""

import datetime as dt
import errno
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qosreport.deliver.places import MEDIA_TYPES, PART, checked
from qosreport.errors import ArchiveUnavailable, BadSetting, MissingPackage

Replace = Callable[[str, str], None]
"""Gives one file the name of another, in one step."""


def _nothing(_media_type: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Ways:
    """What a backend does otherwise than others."""

    folders: bool = False
    """Has folders, which must be made first."""
    replace: Replace | None = None
    """None where a file that is put is there whole or not at all."""
    described: Callable[[str], Mapping[str, Any]] = _nothing
    """A media type, as its writer takes it; nothing where the server goes by the name's ending."""


class Remote:
    """Anything that fsspec reaches."""

    def __init__(self, files: Any, root: str, shown: str, ways: Ways | None = None) -> None:  # noqa: ANN401 -- fsspec has no types
        self._files = files
        self._root = root.rstrip("/")
        self._shown = shown
        self._ways = ways or Ways()

    def read(self, name: str) -> bytes | None:
        """A file; None if there is none."""
        with telling(self._shown), _MayBeAbsent():
            return bytes(self._files.cat_file(self._path(name)))
        return None

    def names(self, under: str) -> list[str]:
        """All files below a folder, sorted, unfinished ones too."""
        top = self._path(under) if under else self._root
        found: list[str] = []
        with telling(self._shown), _MayBeAbsent():
            self._files.invalidate_cache()
            found = self._files.find(top)
        start = len(self._files._strip_protocol(self._root).rstrip("/")) + 1
        return sorted(path[start:] for path in found)

    def modified(self, name: str) -> dt.datetime | None:
        """When a file was last written, by the place's clock; None if there is none."""
        with telling(self._shown), _MayBeAbsent():
            written: dt.datetime = self._files.modified(self._path(name))
            # Some say UTC without saying so.
            return written if written.tzinfo else written.replace(tzinfo=dt.UTC)
        return None

    def put_new(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet; False if one is."""
        path = self._path(name)
        with telling(self._shown):
            self._make_folder(path)
            try:
                self._files.pipe_file(path, data, mode="create", **self._described(name))
            except FileExistsError:
                return False
            self._check_size(path, data)
        return True

    def put(self, name: str, data: bytes) -> None:
        """Write a file, in place of one that may be there: in one step where the place can."""
        path = self._path(name)
        with telling(self._shown):
            self._make_folder(path)
            if self._ways.replace is None:
                self._files.pipe_file(path, data, **self._described(name))
            else:
                temporary = f"{path.rpartition('/')[0]}/{PART}{secrets.token_hex(8)}"
                self._files.pipe_file(temporary, data)
                self._ways.replace(temporary, path)
            self._check_size(path, data)

    def delete(self, name: str) -> None:
        """See that a file is not there."""
        with telling(self._shown), _MayBeAbsent():
            self._files.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{checked(name)}"

    def _make_folder(self, path: str) -> None:
        if self._ways.folders:
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)

    def _described(self, name: str) -> Mapping[str, Any]:
        media_type = MEDIA_TYPES.get(name.rpartition(".")[2])
        return self._ways.described(media_type) if media_type else {}

    def _check_size(self, path: str, data: bytes) -> None:
        self._files.invalidate_cache()
        if self._files.size(path) != len(data):
            raise OSError("the file is not as long as what was written")


class _MayBeAbsent:
    """Passes over that a file is not there: smbclient says so by number, the others by kind."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, FileNotFoundError):
            return True
        return isinstance(error, OSError) and error.errno == errno.ENOENT


@contextmanager
def telling(shown: str) -> Iterator[None]:
    """Each backend raises errors of its own, whose words may hold secrets: only kinds are told."""
    try:
        yield
    except (ImportError, BadSetting, MissingPackage):
        raise
    except Exception as error:
        raise ArchiveUnavailable(place=shown, why=type(error).__name__) from error
