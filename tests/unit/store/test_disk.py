import errno
import os
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.errors import DiskTrouble
from qosreport.store.disk import TEMPORARY, Disk, NewFiles, remove
from tests.unit.store.support import CountingDisk, DyingDisk, Killed, RefusingDisk


def test_a_file_is_there_whole_for_its_owner_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        files = NewFiles(tmp_path, Disk())
        digest = files.add("raw/week=2026-W46/x.parquet", b"abc")
        files.settle()
    finally:
        os.umask(before)
    path = tmp_path / "raw/week=2026-W46/x.parquet"
    assert path.read_bytes() == b"abc"
    assert digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(p.stat().st_mode) for p in (path.parent, tmp_path / "raw")} == {0o700}


class OrderedDisk(CountingDisk):
    """Remembers what was done, in order."""

    def __init__(self):
        super().__init__()
        self.done = []

    def before(self, operation):
        self.done.append(operation)


def test_a_file_is_synced_before_its_name_and_its_directory_after(tmp_path):
    disk = OrderedDisk()
    files = NewFiles(tmp_path, disk)
    files.add("x", b"abc")
    files.settle()
    written = ["remove", "create", "write", "sync", "rename", "sync_directory"]
    assert disk.done == written


class SlowDisk(Disk):
    """Takes one byte at a time."""

    def write(self, descriptor, data):
        return super().write(descriptor, data[:1])


@settings(max_examples=20)
@given(st.binary(max_size=40))
def test_what_the_system_takes_in_pieces_arrives_whole(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("pieces")
    NewFiles(root, SlowDisk()).add("x", data)
    assert (root / "x").read_bytes() == data


def test_a_link_in_the_place_of_the_temporary_file_is_never_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f"{TEMPORARY}x").symlink_to(victim)
    NewFiles(tmp_path, Disk()).add("x", b"abc")
    assert victim.read_text() == "mine"
    assert not (tmp_path / "x").is_symlink()
    (tmp_path / "link").symlink_to(victim)
    with pytest.raises(FileExistsError):
        Disk().create(tmp_path / "link")


@pytest.mark.parametrize(
    "error", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO]
)
@pytest.mark.parametrize("at", range(1, 9))
def test_whatever_the_disk_refuses_is_told_and_leaves_nothing(tmp_path, error, at):
    disk = RefusingDisk(at, error)
    files = NewFiles(tmp_path, disk)

    def write():
        files.add("branch/x", b"abc")
        files.settle()

    with pytest.raises(DiskTrouble) as caught:
        write()
    assert disk.fired
    assert "made to fail" in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    files.undo()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_system_without_inodes_says_so(tmp_path, monkeypatch):
    real = os.statvfs(tmp_path)
    full = os.statvfs_result((*real[:5], 100, 0, 0, *real[8:]))
    monkeypatch.setattr(os, "statvfs", lambda _path: full)
    files = NewFiles(tmp_path, RefusingDisk(2, errno.ENOSPC))
    with pytest.raises(DiskTrouble, match="inode"):
        files.add("x", b"abc")


def test_undo_removes_what_was_written_and_forgives_what_is_gone(tmp_path):
    files = NewFiles(tmp_path, Disk())
    files.add("x", b"abc")
    files.add("y", b"abc")
    (tmp_path / "x").unlink()
    files.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_dead_disk_writes_nothing_more(tmp_path):
    files = NewFiles(tmp_path, DyingDisk(3))
    with pytest.raises(Killed):
        files.add("x", b"abc")
    assert [path.name for path in tmp_path.iterdir()] == [f"{TEMPORARY}x"]


def test_removing_tells_what_the_disk_refuses(tmp_path):
    remove(Disk(), tmp_path / "nothing")
    with pytest.raises(DiskTrouble, match="made to fail"):
        remove(RefusingDisk(1, errno.EROFS), tmp_path / "x")
