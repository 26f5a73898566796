"""Changing what is committed, for good: new files in the place of old ones, which are then gone.

The store never changes otherwise. Each file is replaced by one transaction, so that whatever
interrupts leaves old or new, never both or neither; a caller that goes through everything again
finishes what was begun. `scrub` removes what is no longer named, in files and in the ledger itself.
"""

from collections.abc import Callable, Sequence

import polars as pl

from qosreport.errors import StoreInUse
from qosreport.store import raw
from qosreport.store.disk import NewFiles
from qosreport.store.layout import RAW, raw_name
from qosreport.store.ledger import FileRow
from qosreport.store.parts import Part
from qosreport.store.raw import RawPage
from qosreport.store.recovery import remove_retired
from qosreport.store.writing import Shelf, insert_files, note_number, replace_parts
from qosreport.tables import PULLED

ChangePage = Callable[[RawPage], RawPage]
"""Gives the same page back where nothing is to change."""
ChangeTable = Callable[[str, pl.DataFrame], pl.DataFrame]
"""Takes the name of a table and some rows; gives equal rows back where nothing is to change."""
ChangeItem = Callable[[bytes], bytes]
"""Takes a meeting as Zoom's list names it."""


def rewrite_raw(shelf: Shelf, change: ChangePage) -> int:
    """Change raw pages, superseded ones too; how many files were replaced.

    Raises:
        StoreDamaged: A file cannot be read; those before it are done.
        DiskTrouble: One cannot be written; those before it are done.
    """
    done = 0
    for file in shelf.ledger.files(role=RAW):
        path = shelf.root / file.path
        before = [
            page for pages in raw.read_batches(path, raw.answers_of(path).keys()) for page in pages
        ]
        after = [change(page) for page in before]
        if any(one is not other for one, other in zip(before, after, strict=True)):
            _replace_raw(shelf, file, after)
            done += 1
    return done


def rewrite_tables(shelf: Shelf, parts: Sequence[Part], change: ChangeTable) -> int:
    """Change tables; how many parts were replaced. Their scores are dropped, to be made again.

    Raises:
        DiskTrouble: A part cannot be written; those before it are done.
    """
    done = 0
    for part in parts:
        before = {name: part.scan(name).collect() for name in PULLED if part.path(name)}
        after = {name: change(name, frame) for name, frame in before.items()}
        if part.superseded or any(not after[name].equals(before[name]) for name in before):
            replace_parts(shelf, part.week, [part], [after.items()])
            done += 1
    return done


def rewrite_items(shelf: Shelf, change: ChangeItem) -> int:
    """Change what the ledger keeps of Zoom's lists; how many meetings that was."""
    rows = shelf.ledger.read("SELECT item, uuid FROM instance WHERE item IS NOT NULL")
    changed = [(change(item), uuid) for item, uuid in rows if change(item) != item]
    with shelf.ledger.transaction():
        shelf.ledger.write("UPDATE instance SET item = ? WHERE uuid = ?", changed)
    return len(changed)


def scrub(shelf: Shelf) -> None:
    """Remove the files that were replaced, and every trace of old rows in the ledger's file.

    Raises:
        StoreInUse: Somebody reads the old files.
        DiskTrouble: Something cannot be removed.
    """
    remove_retired(shelf)
    if shelf.ledger.read("SELECT 1 FROM retired LIMIT 1"):
        raise StoreInUse(path=shelf.root)
    shelf.ledger.compact()


def _replace_raw(shelf: Shelf, old: FileRow, pages: Sequence[RawPage]) -> None:
    number = shelf.next_number()
    files = NewFiles(shelf.root, shelf.disk)
    try:
        data = raw.to_bytes(pages)
        path = raw_name(old.week, number, data)
        row = FileRow(path, RAW, RAW, old.week, files.add(path, data), len(data), len(pages))
        files.settle()
        with shelf.ledger.transaction():
            note_number(shelf.ledger, number)
            insert_files(shelf.ledger, [row])
            shelf.ledger.write(
                "UPDATE instance SET raw_path = ? WHERE raw_path = ?", [(path, old.path)]
            )
            shelf.ledger.write("DELETE FROM file WHERE path = ?", [(old.path,)])
            shelf.ledger.write("INSERT OR IGNORE INTO retired VALUES (?)", [(old.path,)])
    except BaseException:
        files.undo()
        raise
