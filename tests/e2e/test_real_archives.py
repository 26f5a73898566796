"""The installed command and real servers for the archive, whose connection breaks in mid-upload.

Whatever was half written is seen by nobody, and the next run completes it.
"""

import datetime as dt
import gc
import json
import warnings
from contextlib import contextmanager

import pytest

from qosreport import errors
from qosreport.deliver.archive import INDEX, SENTINEL, Archive
from qosreport.deliver.places import PART, open_place
from qosreport.settings import ArchiveSettings
from tests import servers
from tests.e2e.support import week
from tests.mailserver import Authority
from tests.wire import Wire

W = week()


def drop_connections():
    """Close what this process opened: its backends would use what broke again."""
    import smbclient
    from fsspec.implementations.sftp import SFTPFileSystem
    from fsspec.implementations.smb import SMBFileSystem

    for files in list(SFTPFileSystem._cache.values()):
        files.client.close()
    for kind in (SFTPFileSystem, SMBFileSystem):
        kind.clear_instance_cache()
    smbclient.reset_connection_cache(fail_on_error=False)
    # httpx leaves open what broke in mid-body, and says so when it is freed.
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()


@pytest.fixture
def no_connection_left():
    """What this process opened is closed while somebody still looks at what that says."""
    yield
    drop_connections()


def settings_of(environment):
    head = "QOSREPORT_ARCHIVE__"
    given = {name: value for name, value in environment.items() if name.startswith(head)}
    by_key = {name.removeprefix(head).lower(): value for name, value in given.items()}
    return ArchiveSettings.model_validate(by_key)


@contextmanager
def process_environment(environment):
    """Backends read their own variables, as SSL_CERT_FILE, from the process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


def bring(command, environment, kept, code=0):
    result = command.run("archive", "--week", W, env=environment, code=code)
    assert not [word for word in kept.secrets if word in result.err + result.out]
    return result


def revision(files, number):
    """What lies there of one revision, by the name below its folder."""
    begin = f"weeks/{W}/r{number}-"
    inside = {name: data for name, data in files.items() if name.startswith(begin)}
    return {name.split("/", 3)[3]: data for name, data in inside.items()}


def made(command):
    """The files of the weekly report, as the run made them."""
    out = command.home / "qosreport-out"
    return {path.name: path.read_bytes() for path in out.glob(f"weekly-{W}.*")}


def assert_a_broken_upload_is_completed(command, kept, wire):
    """A report is archived; its next revision breaks off in its second file; a run goes on."""
    environment = kept.reached_at(wire.port)
    bring(command, environment, kept)
    first = kept.look()
    assert set(made(command)) < set(revision(first, 1))
    pdf = command.home / "qosreport-out" / f"weekly-{W}.pdf"
    pdf.write_bytes(pdf.read_bytes() + b"%newer")
    files = made(command)
    page = len(files[f"weekly-{W}.html"])

    wire.break_after(page + len(files[pdf.name]) // 2)
    result = bring(command, environment, kept, code=73)
    assert wire.breaks
    assert result.slug == "archive-unavailable"
    half = kept.look()
    assert revision(half, 2)[f"weekly-{W}.html"] == files[f"weekly-{W}.html"]
    assert revision(half, 2).get(pdf.name) != files[pdf.name], "it broke too late"
    assert "manifest.json" not in revision(half, 2)
    seen = {name: data for name, data in half.items() if "/r2-" not in name}
    assert seen == first, "readers see what was there before"

    wire.mend()
    bring(command, environment, kept)
    whole = kept.look()
    assert {name: revision(whole, 2)[name] for name in files} == files
    assert {name: data for name, data in whole.items() if "/r1-" in name} == {
        name: data for name, data in first.items() if "/r1-" in name
    }
    assert json.loads(whole[f"weeks/{W}/latest.json"])["revision"] == 2
    assert "revision 2" in whole["index.html"].decode()
    checked = command.run("verify", "--archive", env=environment)
    assert "as they were" in checked.err
    assert_it_can_be_probed_and_emptied(kept, environment)


def assert_it_can_be_probed_and_emptied(kept, environment):
    """What doctor tries leaves nothing; what is pruned is gone, and nothing else."""
    with process_environment(environment):
        archive = Archive(open_place(settings_of(environment)))
        before = kept.look()
        assert archive.probe(known=True)
        assert kept.look() == before
        archive.hide(archive.revisions())
        archive.sweep()
    assert set(kept.look()) == {SENTINEL, INDEX}


def test_s3(pulled, no_connection_left):
    with servers.s3() as kept, Wire(kept.port) as wire:
        assert_a_broken_upload_is_completed(pulled, kept, wire)


def test_sftp(pulled, tmp_path, no_connection_left):
    with servers.sftp(tmp_path) as (kept, key), Wire(kept.port) as wire:
        servers.list_host(tmp_path, wire.port, key)
        assert_a_broken_upload_is_completed(pulled, kept, wire)


def test_over_sftp_a_host_with_another_key_is_refused(pulled, tmp_path):
    with servers.sftp(tmp_path) as (kept, _):
        servers.list_host(tmp_path, kept.port, servers.Key.made(tmp_path / "another"))
        result = bring(pulled, kept.reached_at(kept.port), kept, code=78)
        assert "does not list the key" in result.error
        assert kept.look() == {}


def test_smb(pulled, tmp_path, no_connection_left):
    with servers.smb(tmp_path) as kept, Wire(kept.port) as wire:
        assert_a_broken_upload_is_completed(pulled, kept, wire)


def test_webdav(pulled, tmp_path, no_connection_left):
    with servers.webdav(Authority(), tmp_path) as kept, Wire(kept.port) as wire:
        assert_a_broken_upload_is_completed(pulled, kept, wire)


def assert_a_page_is_replaced_in_one_step(kept, wire):
    environment = kept.reached_at(wire.port)
    with process_environment(environment):
        place = open_place(settings_of(environment))
        place.put("index.html", b"old")
        place.put("index.html", b"older")
        wire.break_after(100_000)
        with pytest.raises(errors.ArchiveUnavailable):
            place.put("index.html", b"new" * 100_000)
    assert wire.breaks
    left = kept.look()
    assert left.pop(INDEX) == b"older"
    assert all(name.startswith(PART) for name in left), "seen by nobody"
    wire.mend()
    drop_connections()
    with process_environment(environment):
        place = open_place(settings_of(environment))
        place.put(f"{PART}0123456789abcdef", b"half")
        for hours in (-24, 24):
            archive = Archive(place)
            archive.newest()
            archive.clear(dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours))
            assert any(name.startswith(PART) for name in kept.look()) == (hours < 0)
    assert set(kept.look()) == {INDEX}


def test_over_sftp_a_page_is_the_old_one_or_the_new_one(tmp_path, no_connection_left):
    with servers.sftp(tmp_path) as (kept, key), Wire(kept.port) as wire:
        servers.list_host(tmp_path, wire.port, key)
        assert_a_page_is_replaced_in_one_step(kept, wire)


# smbprotocol's file tries to close itself over the broken connection once more when it is freed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_over_smb_a_page_is_the_old_one_or_the_new_one(tmp_path, no_connection_left):
    with servers.smb(tmp_path) as kept, Wire(kept.port) as wire:
        assert_a_page_is_replaced_in_one_step(kept, wire)


def test_over_webdav_a_page_is_the_old_one_or_the_new_one(tmp_path, no_connection_left):
    with servers.webdav(Authority(), tmp_path) as kept, Wire(kept.port) as wire:
        assert_a_page_is_replaced_in_one_step(kept, wire)
