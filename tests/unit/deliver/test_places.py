"""A directory and a place behind fsspec do the same; each as far as it can in one step."""

import errno
import os
import stat
import sys
from uuid import uuid4

import pytest

from qosreport import errors
from qosreport.deliver import places
from qosreport.deliver.places import Directory, Remote, open_place
from qosreport.settings import ArchiveSettings


@pytest.fixture(params=["directory", "memory"])
def place(request, tmp_path):
    if request.param == "directory":
        return Directory(tmp_path / "archive")
    return open_place(ArchiveSettings(url=f"memory://{uuid4().hex}/zoom"))


def test_what_is_written_is_read(place):
    assert place.read("a/b/c.json") is None
    assert place.put_new("a/b/c.json", b"one")
    place.put("d.json", b"two")
    assert (place.read("a/b/c.json"), place.read("d.json")) == (b"one", b"two")
    assert place.names("") == ["a/b/c.json", "d.json"]
    assert place.names("a") == ["a/b/c.json"]
    assert place.names("elsewhere") == []


def test_a_new_file_never_takes_the_place_of_another(place):
    assert place.put_new("a.json", b"one")
    assert not place.put_new("a.json", b"two")
    assert place.read("a.json") == b"one"
    place.put("a.json", b"three")
    assert place.read("a.json") == b"three"


def test_what_is_deleted_is_gone_and_may_be_gone_already(place):
    place.put_new("a/b/c.json", b"one")
    for _ in range(2):
        place.delete("a/b/c.json")
    assert place.read("a/b/c.json") is None
    assert place.names("") == []


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ""])
def test_no_name_leads_out(place, name):
    with pytest.raises(ValueError, match="no name"):
        place.put_new(name, b"x")


# --- A directory ---


@pytest.mark.parametrize(
    ("umask", "modes"), [(0o022, [0o444, 0o644]), (0o027, [0o440, 0o640]), (0o077, [0o400, 0o600])]
)
def test_the_umask_says_who_may_read_and_nobody_writes_a_revision(umask, modes, tmp_path):
    place = Directory(tmp_path)
    before = os.umask(umask)
    try:
        place.put_new("a/kept.json", b"x")
        place.put("index.html", b"x")
    finally:
        os.umask(before)
    paths = (tmp_path / "a" / "kept.json", tmp_path / "index.html")
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == modes


def test_deleting_the_last_file_takes_the_empty_folders_with_it(tmp_path):
    place = Directory(tmp_path)
    place.put_new("a/b/c.json", b"x")
    place.put_new("a/d.json", b"x")
    place.delete("a/b/c.json")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["d.json"]
    place.delete("a/d.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["link", "fsync", "replace"])
def test_a_disk_that_refuses_leaves_nothing_half_written(call, tmp_path, monkeypatch):
    place = Directory(tmp_path)
    place.put("index.html", b"before")

    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        if call == "replace":
            patch.setattr(places.Path, "replace", refuse)
        if call == "link":
            patch.setattr(places.Path, "rename", refuse)
        write, name = (place.put, "index.html") if call == "replace" else (place.put_new, "a.json")
        with pytest.raises(errors.ArchiveUnavailable, match="no space"):
            write(name, b"after")
    assert place.read("index.html") == b"before"
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left <= {"index.html", "a.json"}
    if call != "fsync":
        assert left == {"index.html"}


def test_a_share_without_links_is_written_to_all_the_same(tmp_path, monkeypatch):
    def no_links(*_, **__):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    place = Directory(tmp_path)
    assert place.put_new("a.json", b"one")
    assert not place.put_new("a.json", b"two")
    assert place.read("a.json") == b"one"
    assert place.names("") == ["a.json"]


def test_a_file_that_is_being_written_is_seen_by_nobody(tmp_path):
    (tmp_path / f"{places.PART}0123").write_bytes(b"half")
    assert Directory(tmp_path).names("") == []


# --- Behind fsspec ---


class Refusing:
    """A file system of which one operation fails, as a backend's own errors do."""

    protocol = "s3"

    class ClientError(Exception):
        """Its words hold a secret."""

    def __init__(self, short=False):
        self.short = short

    def makedirs(self, *_, **__):
        pass

    def invalidate_cache(self):
        pass

    def size(self, _path):
        return 1

    def pipe_file(self, *_, **__):
        if not self.short:
            raise self.ClientError("canary-secret")


def test_a_backends_error_is_told_by_its_kind_only():
    with pytest.raises(errors.ArchiveUnavailable, match="ClientError") as caught:
        Remote(Refusing(), "bucket", "s3://bucket").put("a.json", b"x")
    assert "canary" not in str(caught.value)


def test_a_file_that_arrived_short_is_noticed():
    with pytest.raises(errors.ArchiveUnavailable):
        Remote(Refusing(short=True), "bucket", "s3://bucket").put("a.json", b"xx")


def test_absent_is_absent_however_the_backend_says_so():
    class Numbered(Refusing):
        def absent(self, *_, **__):
            raise type("SMBOSError", (OSError,), {})(errno.ENOENT, "No such file")

        cat_file = find = rm_file = absent

        def _strip_protocol(self, path):
            return path

    place = Remote(Numbered(), "/share", "smb://host/share")
    assert place.read("a.json") is None
    assert place.names("") == []
    place.delete("a.json")


def test_over_sftp_a_file_is_replaced_in_one_step():
    class Sftp(Refusing):
        def __init__(self):
            super().__init__(short=True)
            self.ftp = self
            self.done = []

        def pipe_file(self, path, _data):
            self.done.append(("write", path.rpartition("/")[2][:6]))

        def posix_rename(self, _source, target):
            self.done.append(("rename", target))

    files = Sftp()
    Remote(files, "/srv", "sftp://host/srv").put("a.json", b"x")
    assert files.done == [("write", places.PART), ("rename", "/srv/a.json")]


def test_a_backend_that_is_not_installed_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(errors.MissingPackage, match=r"qosreport\[s3\]"):
        open_place(ArchiveSettings(url="s3://bucket/zoom"))


def test_paths_and_file_urls_are_directories(tmp_path):
    for url in (str(tmp_path), f"file://{tmp_path}"):
        place = open_place(ArchiveSettings(url=url))
        assert isinstance(place, Directory)
        assert place.root == tmp_path


def test_user_password_and_key_are_named_as_each_backend_wants_them(monkeypatch, tmp_path):
    monkeypatch.setattr(places, "_host_keys", lambda _settings: "policy")
    key = tmp_path / "key"

    def asked(url, **more):
        settings = ArchiveSettings(url=url, password="canary", **more)
        scheme = url.partition(":")[0]
        user = "anna" if "anna@" in url else None
        return places._sign_in(settings, scheme, user)

    assert asked("sftp://anna@host/x", key_file=key) == {
        "username": "anna", "password": "canary", "host_key_policy": "policy",
        "key_filename": str(key),
    }  # fmt: skip
    assert asked("smb://host/x", user="bo") == {"username": "bo", "password": "canary"}
    assert asked("webdav+https://host/x", user="bo") == {"auth": ("bo", "canary")}
    assert asked("s3://bucket/x", user="bo") == {}
    assert places._for_fsspec("sftp://anna@host:22/x") == "sftp://host:22/x"
