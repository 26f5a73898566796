"""What runs first at every start: nothing half-written stays, nothing that is needed goes.

A commit that was interrupted leaves temporary files, or files with the number after the last
commit's that the ledger does not name; both go. Raw files with any other number that it does not
name are older or newer than the ledger itself (say, it came from a backup): they stay, for `verify`
to name and `repair` to take in, since Zoom may have forgotten what is in them.
"""

from collections.abc import Iterator
from pathlib import Path

from qosreport.store.disk import TEMPORARY, remove
from qosreport.store.layout import BRANCHES, RAW, number_of
from qosreport.store.site import nobody_reading
from qosreport.store.writing import Shelf, note_number, number_reached


def recover(shelf: Shelf) -> None:
    """Bring the directory in line with the ledger; harmless to interrupt and to repeat.

    Raises:
        DiskTrouble: Something cannot be removed.
    """
    known = {path for (path,) in shelf.ledger.read("SELECT path FROM file")}
    retired = {path for (path,) in shelf.ledger.read("SELECT path FROM retired")}
    unknown = [
        path
        for path in files_on_disk(shelf.root)
        if name_of(shelf.root, path) not in known | retired
    ]
    reached = number_reached(shelf.ledger)
    foreign = [number_of(path) for path in unknown if _is_foreign_raw(shelf.root, path, reached)]
    highest = max((number for number in foreign if number is not None), default=reached)
    for path in unknown:
        if not (is_raw(shelf.root, path) and (highest > reached or _is_older(path, reached))):
            remove(shelf.disk, path)
    if highest > reached:
        with shelf.ledger.transaction():
            note_number(shelf.ledger, highest)
    remove_retired(shelf)


def remove_retired(shelf: Shelf) -> None:
    """Remove files that nothing needs any more, unless somebody is reading."""
    with nobody_reading(shelf.root) as alone:
        if not alone:
            return
        retired = [path for (path,) in shelf.ledger.read("SELECT path FROM retired")]
        for name in retired:
            remove(shelf.disk, shelf.root / name)
        if retired:
            with shelf.ledger.transaction():
                shelf.ledger.write("DELETE FROM retired WHERE path = ?", [(n,) for n in retired])


def files_on_disk(root: Path) -> Iterator[Path]:
    """Every file below the store's branches, finished or not."""
    for branch in BRANCHES:
        for path in sorted((root / branch).rglob("*")):
            if path.is_symlink() or not path.is_dir():
                yield path


def name_of(root: Path, path: Path) -> str:
    """The name by which the ledger knows a file."""
    return path.relative_to(root).as_posix()


def is_raw(root: Path, path: Path) -> bool:
    """Whether a file is a finished one of the raw branch."""
    return name_of(root, path).startswith(f"{RAW}/") and not path.name.startswith(TEMPORARY)


def _is_foreign_raw(root: Path, path: Path, reached: int) -> bool:
    number = number_of(path)
    return is_raw(root, path) and number is not None and number > reached + 1


def _is_older(path: Path, reached: int) -> bool:
    number = number_of(path)
    return number is None or number <= reached
