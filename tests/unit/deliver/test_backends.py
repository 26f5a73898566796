"""How each backend is reached, and what it does its own way."""

import sys
from types import SimpleNamespace

import pytest

from qosreport import errors
from qosreport.deliver import backends
from qosreport.deliver.places import open_place
from qosreport.settings import ArchiveSettings


def test_a_backend_that_is_not_installed_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(errors.MissingPackage, match=r"qosreport\[s3\]"):
        open_place(ArchiveSettings(url="s3://bucket/zoom"))


def test_user_password_and_key_are_named_as_each_backend_wants_them(monkeypatch, tmp_path):
    monkeypatch.setattr(backends, "_host_keys", lambda _settings: "policy")
    key = tmp_path / "key"

    def asked(url, **more):
        settings = ArchiveSettings(url=url, password="canary", **more)
        scheme = url.partition(":")[0]
        user = "anna" if "anna@" in url else None
        return backends._sign_in(settings, scheme, user)

    assert asked("sftp://anna@host/x", key_file=key) == {
        "username": "anna", "password": "canary", "host_key_policy": "policy",
        "key_filename": str(key),
    }  # fmt: skip
    assert asked("smb://host/x", user="bo") == {"username": "bo", "password": "canary"}
    assert asked("webdav+https://host/x", user="bo") == {"auth": ("bo", "canary")}
    assert asked("s3://bucket/x", user="bo") == {}


@pytest.mark.parametrize(
    ("url", "spelt"),
    [
        ("sftp://anna@host:22/x", "sftp://host:22/x"),
        ("s3://bucket/x", "s3://bucket/x"),
        (
            "abfss://box@account.dfs.core.windows.net/x",
            "abfss://box@account.dfs.core.windows.net/x",
        ),
    ],
)
def test_a_user_goes_by_option_and_a_container_stays(url, spelt):
    assert backends._for_fsspec(url) == spelt


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ("s3", {"ContentType": "text/html"}),
        ("gcs", {"content_type": "text/html"}),
        ("azure", {"content_settings": {"content_type": "text/html"}}),
        ("webdav", {}),
    ],
)
def test_each_cloud_is_told_of_a_page_in_its_own_words(extra, told):
    assert backends._WAYS[extra](SimpleNamespace()).described("text/html") == told


def test_a_server_of_webdav_is_the_url_without_what_it_is_for():
    settings = ArchiveSettings(url="webdav+https://bo@host:8443/dav/zoom/", password="canary")
    options = {"auth": ("bo", "canary")}
    files, root = backends._webdav(settings.url, options)
    assert str(files.client.base_url) == "https://host:8443"
    assert root == "dav/zoom"
    files.client.http.close()
