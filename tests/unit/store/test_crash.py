"""Whatever is interrupted wherever, the store holds all of it or nothing, and goes on."""

import datetime as dt
import errno
import itertools
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from qosreport.errors import DiskTrouble, StoreDamaged
from qosreport.store import Store
from qosreport.store.base import Base
from qosreport.store.disk import TEMPORARY
from qosreport.tables import PULLED
from tests.unit.store.support import (
    LOCAL,
    POLICY,
    PULLED_AT,
    WEEK,
    CountingDisk,
    DyingDisk,
    Killed,
    RefusingDisk,
    content,
    files,
    meeting_pages,
    meetings,
    same,
    scores_of,
)
from tests.unit.store.support import parse as full_parse

TABLES = ("meetings", "streams")


def parse(pages):
    """Fewer tables than all, so that every operation can be tried."""
    tables = full_parse(pages)
    return {name: tables[name] for name in TABLES}


def commit(store, *uuids, **facts):
    pages = [page for uuid in uuids for page in meeting_pages(uuid, people=1, **facts)]
    store.commit(pages, parse(pages))


def act_commit(store):
    commit(store, "b", "c", value=2.0)


def act_compact(store):
    store.compact(WEEK)


def act_score(store):
    part = store.parts()[0]
    scores = {"meeting_scores": scores_of(part)["meeting_scores"]}
    store.put_scores(part, POLICY, scores)


def act_rebuild(store):
    store.rebuild(parse)


ACTS = {"commit": act_commit, "compact": act_compact, "score": act_score, "rebuild": act_rebuild}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A store with two parts, one of them with a superseded meeting; to be copied."""
    root = tmp_path_factory.mktemp("template") / "s"
    with Store.open(root, mounts=LOCAL) as store:
        commit(store, "a", "b")
        commit(store, "b", "d")
    return root


def copied(template, root, disk=None):
    shutil.copytree(template, root)
    return Store.open(root, mounts=LOCAL, disk=disk)


def state(store):
    frames = {name: store.scan(name).collect().sort(PULLED[name].key) for name in TABLES}
    return frames | {
        "scores": store.scan_scores("meeting_scores", POLICY).collect().sort("meeting_uuid")
    }


def equal(one, other):
    return all(one[name].equals(other[name]) for name in one)


def measured(act, template, root):
    """The first and last file operation of an act, and what the store holds before and after."""
    disk = CountingDisk()
    with copied(template, root, disk) as store:
        before, started = state(store), disk.operations
        act(store)
        return started, disk.operations, before, state(store)


def check_recovered(root, before, after, act):
    """After a restart all of the act is there or nothing, and doing it again completes it."""
    with Store.open(root, mounts=LOCAL) as store:
        found = state(store)
        assert equal(found, before) or equal(found, after)
        assert store.verify() == []
        assert not [path for path in files(root) if TEMPORARY in path]
        act(store)
        assert equal(state(store), after)
        assert store.verify() == []
    return equal(found, after)


@pytest.mark.parametrize("name", list(ACTS))
def test_a_run_killed_at_any_file_operation_leaves_all_or_nothing(tmp_path, template, name):
    act = ACTS[name]
    first, last, before, after = measured(act, template, tmp_path / "measure")
    died = completed = 0
    for operation in range(first, last):
        root = tmp_path / f"{operation}"
        disk = DyingDisk(operation)
        store = copied(template, root, disk)
        with pytest.raises(Killed):
            act(store)
        died += disk.died
        store.close()
        completed += check_recovered(root, before, after, act)
    assert died == last - first >= 8
    # Files without their row in the ledger are nothing, so no act was complete.
    assert completed == 0 or equal(before, after)


@pytest.mark.parametrize("name", list(ACTS))
def test_a_run_killed_at_any_write_to_the_ledger_leaves_all_or_nothing(
    tmp_path, template, name, monkeypatch
):
    act = ACTS[name]
    *_, before, after = measured(act, template, tmp_path / "measure")
    real = Base.write
    at, finished = 0, False
    while not finished:
        at += 1
        root = tmp_path / f"{at}"
        disk = DyingDisk(10**9)
        store = copied(template, root, disk)
        writes = 0

        def write(self, *arguments, disk=disk, at=at):
            nonlocal writes
            writes += 1
            if writes >= at:
                disk.died = True
                raise Killed
            real(self, *arguments)

        monkeypatch.setattr(Base, "write", write)
        try:
            act(store)
            finished = True
        except Killed:
            pass
        finally:
            monkeypatch.setattr(Base, "write", real)
            store.close()
        check_recovered(root, before, after, act)
    assert at > 5


@pytest.mark.parametrize("name", list(ACTS))
def test_an_act_the_disk_refuses_is_told_leaves_everything_and_can_be_repeated(
    tmp_path, template, name
):
    act = ACTS[name]
    first, last, before, after = measured(act, template, tmp_path / "measure")
    errors = itertools.cycle([errno.ENOSPC, errno.EIO, errno.EROFS])
    for operation in range(first + 1, last + 1):
        root = tmp_path / f"{operation}"
        disk = RefusingDisk(operation, next(errors))
        with copied(template, root, disk) as store:
            there = files(root)
            with pytest.raises(DiskTrouble) as caught:
                act(store)
            assert disk.fired
            assert str(root) in str(caught.value)
            assert "kept" in str(caught.value)
            if name != "rebuild":  # which keeps the batches it has finished
                assert files(root) == there
                assert equal(state(store), before)
            # The same run may go on: nothing was left in its way.
            act(store)
            assert equal(state(store), after)
            assert store.verify() == []


def test_recovery_can_itself_be_killed_anywhere_and_is_done_by_the_next_start(tmp_path):
    def wreck(root):
        with Store.open(root, mounts=LOCAL) as store:
            commit(store, "a", "b")
            commit(store, "b", "d")
            store.compact(WEEK)
        stray = root / "raw" / f"week={WEEK}" / f"{TEMPORARY}000009-x.parquet"
        stray.write_bytes(b"half")
        (root / "tables" / f"week={WEEK}" / "000004-y.streams.parquet").write_bytes(b"whole")
        (root / "raw" / f"week={WEEK}" / "000004-z.parquet").write_bytes(b"whole")

    disk = CountingDisk()
    wreck(tmp_path / "measure")
    with Store.open(tmp_path / "measure", mounts=LOCAL, disk=disk) as store:
        after = content(store)
        clean = files(store.root)
    assert disk.operations >= 6
    for operation in range(disk.operations):
        root = tmp_path / f"{operation}"
        wreck(root)
        with pytest.raises(Killed):
            Store.open(root, mounts=LOCAL, disk=DyingDisk(operation))
        with Store.open(root, mounts=LOCAL) as store:
            assert same(content(store), after)
            assert files(root) == clean
            assert store.verify() == []


def test_making_a_new_store_can_be_killed_anywhere(tmp_path):
    disk = CountingDisk()
    Store.open(tmp_path / "measure", mounts=LOCAL, disk=disk).close()
    assert disk.operations >= 6
    for operation in range(disk.operations):
        root = tmp_path / f"{operation}"
        with pytest.raises(Killed):
            Store.open(root, mounts=LOCAL, disk=DyingDisk(operation))
        with Store.open(root, mounts=LOCAL) as store:
            commit(store, "a")
            assert meetings(store) == {"a"}


RUN = """
    import sys
    from pathlib import Path
    from qosreport.store import Store
    from tests.unit.store.support import LOCAL, WEEK, commit
    with Store.open(Path(sys.argv[1]), mounts=LOCAL) as store:
        for n in range(10_000):
            commit(store, f"m{n}", f"n{n}")
            print(n, flush=True)
            if n % 3 == 2:
                store.compact(WEEK)
"""


@pytest.mark.parametrize("seconds", [0.02, 0.11, 0.23])
def test_what_was_acknowledged_before_a_real_sigkill_is_there(tmp_path, seconds):
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN), str(tmp_path / "s")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": "."},
    ) as run:
        acknowledged = [run.stdout.readline()]
        time.sleep(seconds)
        run.send_signal(signal.SIGKILL)
        acknowledged += run.stdout.readlines()
    assert run.returncode == -signal.SIGKILL
    last = int(acknowledged[-1])
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        there = meetings(store)
        assert {f"m{n}" for n in range(last + 1)} <= there
        assert {name[1:] for name in there if name[0] == "m"} == {
            name[1:] for name in there if name[0] == "n"
        }
        assert len(there) <= 2 * (last + 2)
        assert store.verify() == []
        assert store.scan("streams").collect().height == 12 * len(there)


def mount(target, size):
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}k,mode=0700", "tmpfs", str(target)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_disk_of_any_size_that_is_full_loses_nothing_that_was_committed(tmp_path):
    full = 0
    for size in range(8, 240, 28):
        root = tmp_path / f"{size}"
        root.mkdir()
        if not mount(root, size):
            pytest.skip("this machine does not let root mount a file system")
        try:
            committed = []
            try:
                with Store.open(root / "s", mounts=LOCAL) as store:
                    for n in range(12):
                        commit(store, f"m{n}")
                        committed.append(f"m{n}")
            except DiskTrouble:
                full += 1
            grow = ["mount", "-o", "remount,size=4m", str(root)]
            subprocess.run(grow, capture_output=True, check=True)
            with Store.open(root / "s", mounts=LOCAL) as store:
                assert meetings(store) == set(committed)
                assert store.verify() == []
                commit(store, "more")
                assert meetings(store) == {*committed, "more"}
        finally:
            subprocess.run(["umount", str(root)], check=True)
    assert full >= 5


def test_a_ledger_older_than_its_files_costs_no_raw_page(tmp_path):
    """As when the ledger alone is put back from a backup."""
    root = tmp_path / "s"
    with Store.open(root, mounts=LOCAL) as store:
        commit(store, "a")
    backup = (root / "ledger.sqlite3").read_bytes()
    with Store.open(root, mounts=LOCAL) as store:
        commit(store, "b")
        commit(store, "c")
        commit(store, "d")
    (root / "ledger.sqlite3").write_bytes(backup)
    with Store.open(root, mounts=LOCAL) as store:
        assert meetings(store) == {"a"}
        orphans = [damage for damage in store.verify() if damage.table == "raw"]
        assert len(orphans) == 3
        commit(store, "e")
    with Store.open(root, mounts=LOCAL) as store:
        assert len([damage for damage in store.verify() if damage.table == "raw"]) == 3
        assert store.repair(parse).adopted == 3
        assert meetings(store) == {"a", "b", "c", "d", "e"}
        assert store.verify() == []
        assert store.raw_pages("c")


def test_a_damaged_ledger_is_set_aside_and_made_again_from_raw_pages(tmp_path):
    root = tmp_path / "s"
    with Store.open(root, mounts=LOCAL) as store:
        commit(store, "a", "b")
        commit(
            store,
            "b",
            value=2.0,
            pulled=PULLED_AT + dt.timedelta(days=1),
        )
        before = state(store)
    (root / "ledger.sqlite3").write_bytes(b"rotten" * 1000)
    with pytest.raises(StoreDamaged):
        Store.open(root, mounts=LOCAL)
    assert Store.salvage(root, parse).adopted == 3
    assert (root / "damaged-ledger.sqlite3").read_bytes()[:6] == b"rotten"
    with Store.open(root, mounts=LOCAL) as store:
        assert equal(state(store), before)
        assert store.verify() == []
