import fcntl
import os
import stat
import subprocess
import sys
import textwrap

import pytest

from qosreport.errors import DiskTrouble, ExitCode, NoStore, StoreDamaged, StoreForeign, StoreLocked
from qosreport.store import Store
from qosreport.store.layout import LEDGER, LOCK, SENTINEL
from qosreport.store.site import Mounts, locked
from tests.unit.store.support import LOCAL, commit, meetings

MOUNTED = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/export /srv/shared nfs4 rw 0 0
/dev/sdb1 /srv/shared/local xfs rw 0 0
//host/share /mnt/with\\040blank cifs rw 0 0
user@host: /home/me/remote fuse.sshfs rw 0 0
tmpfs /tmp tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/qosreport", "ext4"),
        ("/srv/shared/store", "nfs4"),
        ("/srv/shared/local/store", "xfs"),
        ("/srv/sharedish", "ext4"),
        ("/mnt/with blank/store", "cifs"),
        ("/home/me/remote", "fuse.sshfs"),
    ],
)
def test_the_file_system_of_a_path_is_the_one_mounted_nearest_above_it(tmp_path, path, kind):
    assert Mounts(MOUNTED, "").kind_of(type(tmp_path)(path)) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "afs"])
def test_a_store_on_a_network_file_system_is_refused_with_the_reason(tmp_path, kind):
    mounts = Mounts(f"host:/x {tmp_path} {kind} rw 0 0", "")
    with pytest.raises(StoreForeign, match=rf"network file system \({kind}\)") as caught:
        Store.open(tmp_path / "s", mounts=mounts)
    assert caught.value.exit_code == ExitCode.CANNOT_WRITE
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "fuse.lxcfs"])
def test_local_file_systems_will_do(tmp_path, kind):
    Store.open(tmp_path / "s", mounts=Mounts(f"x {tmp_path} {kind} rw 0 0", "")).close()


def test_a_disk_that_should_be_mounted_and_is_not_is_no_new_store(tmp_path):
    point = tmp_path / "disk"
    point.mkdir()
    fstab = f"# the disk\nUUID=1 {point} ext4 defaults 0 2\n"
    with pytest.raises(StoreForeign, match="nothing is mounted"):
        Store.open(point / "store", mounts=Mounts("", fstab))
    Store.open(point / "store", mounts=Mounts(f"/dev/sdb {point} ext4 rw 0 0", fstab)).close()
    # Once it is a store, what fstab says is of no matter.
    Store.open(point / "store", mounts=Mounts("", fstab)).close()


def test_without_leave_to_make_one_a_store_that_is_not_there_is_named(tmp_path):
    for lock in (True, False):
        with pytest.raises(NoStore, match="no store at") as caught:
            Store.open(tmp_path / "s", create=False, lock=lock, mounts=LOCAL)
        assert caught.value.exit_code == ExitCode.USAGE
    with pytest.raises(NoStore):
        Store.open(tmp_path / "s", lock=False, mounts=LOCAL)
    assert not (tmp_path / "s").exists()


def test_a_directory_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(StoreForeign, match="holds other files"):
        Store.open(tmp_path, mounts=LOCAL)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_file_in_the_place_of_the_store_is_left_alone(tmp_path):
    (tmp_path / "s").write_text("mine")
    with pytest.raises(StoreForeign, match="no directory"):
        Store.open(tmp_path / "s", mounts=LOCAL)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 99}', '{"version": 1}', "\udcff"])
def test_a_store_of_another_format_is_refused(tmp_path, text):
    Store.open(tmp_path / "s", mounts=LOCAL).close()
    (tmp_path / "s" / SENTINEL).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreForeign):
        Store.open(tmp_path / "s", mounts=LOCAL)


def test_a_new_store_is_for_its_owner_alone_whatever_the_umask(tmp_path):
    (tmp_path / "empty").mkdir(mode=0o755)
    before = os.umask(0)
    try:
        for name in ("empty", "deep/er/new"):
            with Store.open(tmp_path / name, mounts=LOCAL) as store:
                commit(store, "a")
                paths = [store.root, *store.root.rglob("*")]
                modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in paths}
                assert modes == {(True, 0o700), (False, 0o600)}
    finally:
        os.umask(before)


@pytest.mark.parametrize("name", [LEDGER, LOCK])
def test_links_in_a_store_are_not_followed(tmp_path, name):
    Store.open(tmp_path / "s", mounts=LOCAL).close()
    path = tmp_path / "s" / name
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreForeign, match="link"):
        Store.open(tmp_path / "s", mounts=LOCAL)
    assert not (tmp_path / "elsewhere").exists()


def test_the_store_itself_may_be_reached_through_a_link(tmp_path):
    (tmp_path / "big-disk").mkdir()
    (tmp_path / "s").symlink_to(tmp_path / "big-disk")
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        commit(store, "a")
    assert (tmp_path / "big-disk" / LEDGER).exists()


def test_a_directory_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "mkdir", refuse)
    with pytest.raises(DiskTrouble, match="permission denied"):
        Store.open(tmp_path / "s", mounts=LOCAL)


def test_a_store_whose_ledger_is_gone_is_damaged_and_not_new(tmp_path):
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        commit(store, "a")
    (tmp_path / "s" / LEDGER).unlink()
    with pytest.raises(StoreDamaged, match="ledger"):
        Store.open(tmp_path / "s", mounts=LOCAL)


def test_a_second_run_is_told_that_the_store_is_in_use(tmp_path):
    with Store.open(tmp_path / "s", mounts=LOCAL):
        with pytest.raises(StoreLocked) as caught:
            Store.open(tmp_path / "s", mounts=LOCAL)
        assert caught.value.exit_code == ExitCode.TRY_LATER
    Store.open(tmp_path / "s", mounts=LOCAL).close()


def test_readers_need_no_lock(tmp_path):
    with Store.open(tmp_path / "s", mounts=LOCAL) as writer:
        commit(writer, "a")
        one = Store.open(tmp_path / "s", lock=False, mounts=LOCAL)
        two = Store.open(tmp_path / "s", lock=False, mounts=LOCAL)
        assert meetings(one) == meetings(two) == {"a"}
        commit(writer, "b")
        assert meetings(one) == {"a", "b"}
        with pytest.raises(ValueError, match="reading only"):
            commit(one, "c")
        one.close()
        two.close()


def test_a_lock_that_fails_to_open_leaves_the_store_free(tmp_path):
    with Store.open(tmp_path / "s", mounts=LOCAL):
        pass
    (tmp_path / "s" / LEDGER).write_bytes(b"garbage" * 1000)
    with pytest.raises(StoreDamaged):
        Store.open(tmp_path / "s", mounts=LOCAL)
    with locked(tmp_path / "s", tmp_path / "s"):
        pass


HOLDER = """
    import sys, time
    from pathlib import Path
    from qosreport.store import Store
    with Store.open(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
"""


def test_the_lock_of_another_process_holds_until_it_is_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDER), str(tmp_path / "s")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLocked):
            Store.open(tmp_path / "s", mounts=LOCAL)
        holder.kill()
        holder.wait()
    Store.open(tmp_path / "s", mounts=LOCAL).close()


def test_the_lock_is_a_real_one_of_the_system(tmp_path):
    with Store.open(tmp_path / "s", mounts=LOCAL):
        descriptor = os.open(tmp_path / "s" / LOCK, os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)


def test_what_this_machine_says_of_its_file_systems_can_be_read(tmp_path):
    mounts = Mounts.of_this_machine()
    assert mounts.kind_of(tmp_path) or not os.path.exists("/proc/mounts")  # noqa: PTH110 -- the machine's own
