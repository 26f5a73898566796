"""Over SFTP only a host whose key is listed gets to see anything: a real SSH server on loopback."""

import socket
import threading
from contextlib import contextmanager

import paramiko
import pytest

from qosreport import errors
from qosreport.deliver.places import open_place
from qosreport.settings import ArchiveSettings

HOST = "127.0.0.1"


class Porter(paramiko.ServerInterface):
    """Lets everybody in who knows the password."""

    def __init__(self):
        self.passwords = []

    def check_auth_password(self, username, password):
        self.passwords.append(password)
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username):
        return "password"


class Empty(paramiko.SFTPServerInterface):
    """A host with no files."""

    def stat(self, path):
        return paramiko.SFTP_NO_SUCH_FILE

    lstat = stat

    def open(self, path, flags, attr):
        return paramiko.SFTP_NO_SUCH_FILE


@contextmanager
def ssh_server(key):
    """Yields its port and its porter."""
    listening = socket.create_server((HOST, 0))
    porter = Porter()
    transports = []

    def serve():
        connection, _ = listening.accept()
        transport = paramiko.Transport(connection)
        transports.append(transport)
        transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Empty)
        try:
            transport.start_server(server=porter)
        except (paramiko.SSHException, EOFError):
            return  # the client turned away

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], porter
    finally:
        thread.join(10)
        for transport in transports:
            transport.close()
        listening.close()


@pytest.fixture(scope="module")
def keys():
    return [paramiko.ECDSAKey.generate() for _ in range(2)]


@pytest.fixture(autouse=True)
def fresh_connections():
    from fsspec.implementations.sftp import SFTPFileSystem

    yield
    for files in list(SFTPFileSystem._cache.values()):
        files.client.close()
    SFTPFileSystem.clear_instance_cache()


def place(port, known_hosts):
    settings = ArchiveSettings(
        url=f"sftp://robot@{HOST}:{port}/srv/zoom",
        password="canary-password",
        known_hosts=known_hosts,
        options={"allow_agent": False, "look_for_keys": False},
    )
    return open_place(settings)


def listed(tmp_path, port, key):
    file = tmp_path / "known_hosts"
    file.write_text(f"[{HOST}]:{port} {key.get_name()} {key.get_base64()}\n", "utf-8")
    return file


def test_a_host_whose_key_is_listed_is_let_in(keys, tmp_path):
    with ssh_server(keys[0]) as (port, porter):
        assert place(port, listed(tmp_path, port, keys[0])).read("index.html") is None
    assert porter.passwords == ["canary-password"]


@pytest.mark.parametrize("trouble", ["unknown", "changed"])
def test_a_host_whose_key_is_not_listed_or_another_never_hears_the_password(
    keys, tmp_path, trouble
):
    with ssh_server(keys[0]) as (port, porter):
        known = listed(tmp_path, port if trouble == "changed" else 1, keys[1])
        with pytest.raises(errors.BadSetting, match="does not list the key") as caught:
            place(port, known)
    assert porter.passwords == []
    assert "canary" not in str(caught.value)


def test_without_a_list_of_keys_nobody_is_asked(tmp_path):
    with pytest.raises(errors.BadSetting, match=r"archive\.known_hosts"):
        place(1, tmp_path / "absent")
