"""The directory of a store: whether it is one, is ours alone, and lies on a disk that will do."""

import fcntl
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qosreport.errors import NoStore, StoreForeign, StoreLocked
from qosreport.store.disk import TEMPORARY, Disk, NewFiles, trouble
from qosreport.store.layout import LEDGER, LOCK, READERS, SENTINEL

FORMAT = 1
"""Of the directory; the ledger and the tables have versions of their own."""
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afs|ncpfs|9p|davfs|(?:fuse\.)?(?:sshfs|s3fs|rclone|gcsfuse|davfs2?)"
)
_OCTAL = re.compile(r"\\([0-7]{3})")
MOUNTS = Path("/proc/mounts")
FSTAB = Path("/etc/fstab")


@dataclass(frozen=True)
class Mounts:
    """What the system says of file systems; a parameter, so that tests can say something else."""

    mounted: str
    """As /proc/mounts."""
    wanted: str
    """As /etc/fstab."""

    @classmethod
    def of_this_machine(cls) -> "Mounts":
        """What this machine says; nothing where it does not say."""
        return cls(_text(MOUNTS), _text(FSTAB))

    def kind_of(self, path: Path) -> str:
        """The type of the file system a path lies on; empty if nobody knows."""
        best, kind = Path(), ""
        for point, fs_type in _entries(self.mounted):
            if path.is_relative_to(point) and len(point.parts) >= len(best.parts):
                best, kind = point, fs_type
        return kind

    def missing_for(self, path: Path) -> Path | None:
        """A place above a path, or the path, where a file system should be mounted and is not."""
        mounted = {point for point, _ in _entries(self.mounted)}
        for point, _ in _entries(self.wanted):
            if point != Path("/") and path.is_relative_to(point) and point not in mounted:
                return point
        return None


def find_store(path: Path, *, create: bool, disk: Disk, mounts: Mounts) -> Path:
    """The store at a path, made anew where none is and one may be.

    Raises:
        NoStore: Nothing is there, and none may be made.
        StoreForeign: There is something else, nothing where there should be, or a file system
            on which neither locks nor renames can be relied on.
        DiskTrouble: It cannot be made.
    """
    try:
        root = path.resolve()
        kind = mounts.kind_of(root)
        if _NETWORK.fullmatch(kind):
            why = f"it lies on a network file system ({kind}), where locks and renames do not hold"
            raise StoreForeign(path=path, why=why)
        if (root / SENTINEL).is_file():
            _check_sentinel(root, path)
            return root
        _check_free(root, path, create=create, mounts=mounts)
        _make(root, disk)
    except OSError as error:
        raise trouble(path, error) from error
    return root


@contextmanager
def locked(root: Path, path: Path) -> Iterator[None]:
    """Hold the store for one run; freed by the system when the process ends, however it ends.

    Raises:
        StoreLocked: Another run holds it.
        DiskTrouble: The lock cannot be opened.
    """
    descriptor = _open_lock(root / LOCK)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreLocked(path=path) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def reading(root: Path) -> Iterator[None]:
    """Keep files that are in use from being removed while somebody reads without the lock."""
    descriptor = _open_lock(root / READERS)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def nobody_reading(root: Path) -> Iterator[bool]:
    """Whether nobody reads without the lock; nobody begins to while this lasts."""
    descriptor = _open_lock(root / READERS)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _check_sentinel(root: Path, path: Path) -> None:
    try:
        version = json.loads((root / SENTINEL).read_text("utf-8"))["format"]
    except (ValueError, KeyError, TypeError):
        raise StoreForeign(path=path, why=f"its {SENTINEL} cannot be read") from None
    if version != FORMAT:
        why = f"it is of format {version}, this qosreport knows {FORMAT}"
        raise StoreForeign(path=path, why=why)
    for name in (LEDGER, LOCK, READERS):
        if (root / name).is_symlink():
            raise StoreForeign(path=path, why=f"its {name} is a link")


def _check_free(root: Path, path: Path, *, create: bool, mounts: Mounts) -> None:
    missing = mounts.missing_for(root)
    if missing is not None:
        raise StoreForeign(path=path, why=f"nothing is mounted at {missing}")
    if not create:
        raise NoStore(path=path)
    if root.exists() and not root.is_dir():
        raise StoreForeign(path=path, why="it is no directory")
    # A store whose making was interrupted holds nothing but an unfinished sentinel.
    others = root.is_dir() and any(not p.name.startswith(TEMPORARY) for p in root.iterdir())
    if others:
        raise StoreForeign(path=path, why=f"it holds other files and no {SENTINEL}")


def _make(root: Path, disk: Disk) -> None:
    if root.is_dir():
        root.chmod(0o700)
    else:
        root.parent.mkdir(parents=True, exist_ok=True)
        disk.make_directory(root)
        disk.sync_directory(root.parent)
    files = NewFiles(root, disk)
    files.add(SENTINEL, json.dumps({"format": FORMAT}).encode())
    files.settle()


def _open_lock(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise trouble(path, error) from error
    return descriptor


def _entries(text: str) -> Iterator[tuple[Path, str]]:
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 3 and not line.lstrip().startswith("#") and fields[1].startswith("/"):
            yield Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[1])), fields[2]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
