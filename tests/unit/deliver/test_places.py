"""A directory and a place behind fsspec do the same; each as far as it can in one step."""

import datetime as dt
import errno
import os
import stat
from uuid import uuid4

import pytest

from qosreport import errors
from qosreport.deliver import places
from qosreport.deliver.places import Directory, open_place
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


def test_a_place_says_when_a_file_was_written(place):
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    place.put("a.json", b"x")
    assert before < place.modified("a.json") < before + dt.timedelta(minutes=2)
    assert place.modified("b.json") is None


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


def test_paths_and_file_urls_are_directories(tmp_path):
    for url in (str(tmp_path), f"file://{tmp_path}"):
        place = open_place(ArchiveSettings(url=url))
        assert isinstance(place, Directory)
        assert place.root == tmp_path
