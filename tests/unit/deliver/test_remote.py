"""What is the same behind all backends of fsspec."""

import errno

import pytest

from qosreport import errors
from qosreport.deliver.places import PART
from qosreport.deliver.remote import Remote, Ways


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


def test_where_a_backend_can_a_file_is_replaced_in_one_step():
    class Renaming(Refusing):
        def __init__(self):
            super().__init__(short=True)
            self.done = []

        def pipe_file(self, path, _data):
            self.done.append(("write", path.rpartition("/")[2][:6]))

        def posix_rename(self, _source, target):
            self.done.append(("rename", target))

    files = Renaming()
    Remote(files, "/srv", "sftp://host/srv", Ways(replace=files.posix_rename)).put("a.json", b"x")
    assert files.done == [("write", PART), ("rename", "/srv/a.json")]


def test_a_cloud_is_told_what_a_page_is_and_nothing_of_what_has_no_ending():
    class Noting(Refusing):
        def __init__(self):
            self.told = []

        def pipe_file(self, path, _data, mode="overwrite", **more):
            self.told.append((path, mode, more))

    files = Noting()
    place = Remote(files, "bucket", "s3://bucket", Ways(described=lambda kind: {"kind": kind}))
    page = {"kind": "text/html; charset=utf-8"}
    assert place.put_new("a/index.html", b"x")
    place.put("index.html", b"x")
    place.put(f"{PART}0123", b"x")
    assert files.told == [
        ("bucket/a/index.html", "create", page),
        ("bucket/index.html", "overwrite", page),
        (f"bucket/{PART}0123", "overwrite", {}),
    ]
