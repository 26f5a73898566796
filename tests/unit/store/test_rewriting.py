"""Changing what is committed: whatever interrupts, a second go leaves no trace of what was."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from qosreport.errors import DiskTrouble, StoreInUse
from qosreport.store import Store
from qosreport.store.base import Base
from tests.unit.store.support import (
    LOCAL,
    POLICY,
    WEEK,
    CountingDisk,
    DyingDisk,
    Killed,
    files,
    meeting_pages,
    parse,
    scores_of,
)

NEEDLE = b"canary-ada-lovelace"


def page_without(page):
    return replace(page, body=page.body.replace(NEEDLE, b"")) if NEEDLE in page.body else page


def table_without(name, frame):
    if name != "meetings":
        return frame
    named = pl.col("topic").str.contains(NEEDLE.decode(), literal=True)
    return frame.with_columns(topic=pl.when(~named).then("topic"))


def item_without(item):
    return item.replace(NEEDLE, b"")


def rewrite(store):
    return store.rewrite(page_without, table_without, item_without)


def fill(root, disk=None):
    """Three parts in two weeks, one meeting superseded, scores, the needle in raw and tables."""
    with Store.open(root, mounts=LOCAL) as store:
        for uuids, value in ((("a", "b"), 1.0), (("b", "c"), 2.0)):
            pages = [page for uuid in uuids for page in meeting_pages(uuid, people=1, value=value)]
            marked = [
                replace(one, body=NEEDLE + one.body) if one.endpoint == "qos" else one
                for one in pages
            ]
            tables = parse(pages)
            topic = pl.when(pl.col("meeting_uuid") == "b").then(pl.lit(NEEDLE.decode()))
            meetings = tables["meetings"].with_columns(topic=topic.otherwise("topic"))
            store.commit(marked, {**tables, "meetings": meetings})
        for part in store.parts():
            store.put_scores(part, POLICY, scores_of(part))
        with store.ledger.transaction():
            store.ledger.write("UPDATE instance SET item = ?", [(b"{" + NEEDLE + b"}",)])
    return root


def traces(root):
    """Files of the store in which the needle can be read, Parquet and SQLite unpacked or not."""
    found = []
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            data += "".join(str(row) for row in frame.rows()).encode()
        if NEEDLE in data or NEEDLE.hex().encode() in data:
            found.append(path.name)
    return found


def content(store):
    return {
        name: store.scan(name).collect().sort("meeting_uuid")
        for name in ("meetings", "streams", "sessions")
    }


def test_nothing_of_it_is_left_in_any_file_and_the_rest_stays(tmp_path):
    root = fill(tmp_path / "s")
    assert len(traces(root)) >= 4
    with Store.open(root, mounts=LOCAL) as store:
        before = content(store)
        assert rewrite(store) == {"raw": 2, "tables": 2, "items": 3}
        after = content(store)
        assert store.verify() == []
        assert after["streams"].equals(before["streams"])
        assert after["sessions"].equals(before["sessions"])
        assert after["meetings"]["topic"].null_count() == 1
        assert len(store.raw_pages("b")) == 2
        assert store.unscored_parts(POLICY)
    assert traces(root) == []


def test_a_second_time_changes_nothing(tmp_path):
    root = fill(tmp_path / "s")
    with Store.open(root, mounts=LOCAL) as store:
        rewrite(store)
        there = {path: path.read_bytes() for path in root.rglob("*.parquet")}
        assert rewrite(store) == {"raw": 0, "tables": 0, "items": 0}
        assert {path: path.read_bytes() for path in root.rglob("*.parquet")} == there


def test_killed_at_any_file_operation_the_next_go_finishes(tmp_path):
    disk = CountingDisk()
    root = fill(tmp_path / "measure")
    with Store.open(root, mounts=LOCAL, disk=disk) as store:
        first = disk.operations
        rewrite(store)
        wanted, last = content(store), disk.operations
    assert last - first > 30
    for operation in range(first, last):
        root = fill(tmp_path / f"{operation}")
        store = Store.open(root, mounts=LOCAL, disk=DyingDisk(operation))
        with pytest.raises(Killed):
            rewrite(store)
        store.close()
        check_finished(root, wanted)


def check_finished(root, wanted):
    with Store.open(root, mounts=LOCAL) as store:
        assert store.verify() == []
        rewrite(store)
        assert store.verify() == []
        found = content(store)
        assert all(found[name].equals(wanted[name]) for name in wanted)
    assert traces(root) == []


def test_killed_at_any_write_to_the_ledger_the_next_go_finishes(tmp_path, monkeypatch):
    root = fill(tmp_path / "measure")
    with Store.open(root, mounts=LOCAL) as store:
        rewrite(store)
        wanted = content(store)
    real, at, finished = Base.write, 0, False
    while not finished:
        at += 1
        root = fill(tmp_path / f"{at}")
        store = Store.open(root, mounts=LOCAL)
        writes = 0

        def write(self, *arguments, at=at):
            nonlocal writes
            writes += 1
            if writes >= at:
                raise Killed
            real(self, *arguments)

        monkeypatch.setattr(Base, "write", write)
        try:
            rewrite(store)
            finished = True
        except Killed:
            pass
        finally:
            monkeypatch.setattr(Base, "write", real)
            store.close()
        check_finished(root, wanted)
    assert at > 10


def test_while_somebody_reads_the_old_files_it_is_not_done(tmp_path):
    root = fill(tmp_path / "s")
    with Store.open(root, mounts=LOCAL) as store:
        with Store.open(root, mounts=LOCAL, lock=False), pytest.raises(StoreInUse):
            rewrite(store)
        assert traces(root)
        rewrite(store)
    assert traces(root) == []


def test_a_store_opened_to_read_cannot_be_changed(tmp_path):
    root = fill(tmp_path / "s")
    with Store.open(root, mounts=LOCAL, lock=False) as store:
        with pytest.raises(ValueError, match="reading only"):
            rewrite(store)
        with pytest.raises(ValueError, match="reading only"):
            store.drop_weeks([WEEK])
        with pytest.raises(ValueError, match="reading only"):
            store.drop_raw([WEEK])


def test_old_weeks_are_those_that_were_over(tmp_path):
    root = fill(tmp_path / "s")
    end = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
    with Store.open(root, mounts=LOCAL) as store:
        assert store.older(end) == store.older(end, "raw") == [WEEK]
        assert store.older(end - dt.timedelta(microseconds=1)) == []


def test_raw_pages_go_and_tables_stay(tmp_path):
    root = fill(tmp_path / "s")
    with Store.open(root, mounts=LOCAL) as store:
        before = content(store)
        assert store.drop_raw([WEEK]) == 2
        assert store.raw_pages("a") == []
        after = content(store)
        assert all(after[name].equals(before[name]) for name in before)
        assert store.verify() == []
        assert store.drop_raw([WEEK]) == store.drop_raw([]) == 0
    assert not [path for path in files(root) if path.startswith("raw/")]


def test_a_week_goes_as_if_it_had_never_been(tmp_path):
    root = fill(tmp_path / "s")
    with Store.open(root, mounts=LOCAL) as store:
        assert store.drop_weeks([WEEK]) == 3
        assert store.parts() == []
        assert store.ledger.find("a") == []
        assert store.verify() == []
    assert traces(root) == []


@pytest.mark.parametrize("operation", range(4))
def test_removing_that_is_interrupted_is_done_by_the_next_start(tmp_path, operation):
    root = fill(tmp_path / "s")
    disk = CountingDisk()
    Store.open(root, mounts=LOCAL, disk=disk).close()
    store = Store.open(root, mounts=LOCAL, disk=DyingDisk(disk.operations + operation))
    with pytest.raises((Killed, DiskTrouble)):
        store.drop_weeks([WEEK])
    store.close()
    with Store.open(root, mounts=LOCAL) as store:
        store.drop_weeks([WEEK])
        assert store.verify() == []
    assert traces(root) == []
