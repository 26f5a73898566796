"""Real servers on loopback, each with settings, keys and files of its own in a directory of a test.

One that is not installed skips the test, and says which Debian package brings it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

HOST = "127.0.0.1"
STARTS_S = 20
SYSTEM_PATH = "/usr/sbin:/usr/lib/openssh:/usr/bin:/bin"
"""Where Debian puts servers; not on everybody's path."""
BUCKET = "reports"
NOBODY = 65534


@dataclass(frozen=True)
class Kept:
    """A server that keeps files: how qosreport reaches it, and what lies there."""

    port: int
    environment: dict
    """Settings of the archive; in the URL, %d stands for the port."""
    look: object
    """Gives every file there by its name, as somebody at the server sees them."""
    secrets: list = field(default_factory=list)

    def reached_at(self, port):
        """The environment of a client that takes this port for the server's."""
        return {name: value.replace("%d", str(port)) for name, value in self.environment.items()}


def program(name, package):
    """Where a server lies; the test is skipped if it is not there."""
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


def files_in(directory):
    """Every file by its name below a directory."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in Path(directory).rglob("*")
        if path.is_file()
    }


def free_port():
    """A port that nobody listens at just now."""
    with socket.create_server((HOST, 0)) as listening:
        return listening.getsockname()[1]


@contextmanager
def running(command, port, log, **options):
    """A server in the foreground, from when it answers at its port until it is killed."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            start_new_session=True,
            **options,
        )
    try:
        _wait_for(process, port, log)
        yield process
    finally:
        # With those it has started for its visitors.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(process, port, log):
    until = time.monotonic() + STARTS_S
    while True:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        assert time.monotonic() < until, log.read_text("utf-8", "replace")
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


@dataclass(frozen=True)
class Mailboxes:
    """An MTA with mailboxes for some people."""

    port: int
    directory: Path

    def of(self, name):
        """The messages of one person, as bytes; the MTA's own lines of header come first."""
        files = sorted((self.directory / "mail" / name / "new").glob("*"))
        return [path.read_bytes() for path in files]

    def waiting(self):
        """How many messages it took that are in no mailbox yet."""
        return sum(1 for path in (self.directory / "spool").glob("input/**/*-H"))


@contextmanager
def exim(authority, *people):
    """Debian's MTA, without privileges: takes mail for these people by STARTTLS, and for no other.

    Its directory is one of its own: it must not run as root, whose directories it cannot enter.
    """
    daemon = program("exim4", "exim4-daemon-light")
    uid, gid = os.geteuid(), os.getegid()
    as_whom = {}
    if uid == 0:
        uid = gid = NOBODY
        as_whom = {"user": uid, "group": gid, "extra_groups": []}
    port = free_port()
    with TemporaryDirectory(prefix="qosreport-exim-") as name:
        directory = Path(name)
        for folder in ("spool", "log", "mail"):
            (directory / folder).mkdir()
        pair = authority.ca.issue_cert(HOST).private_key_and_cert_chain_pem
        pair.write_to_path(directory / "server.pem")
        settings = directory / "exim.conf"
        settings.write_text(
            f"""exim_user = {uid}
exim_group = {gid}
admin_groups = {gid}
deliver_drop_privilege = true
primary_hostname = mail.tamarack.example
spool_directory = {directory}/spool
log_file_path = {directory}/log/%slog
local_interfaces = {HOST}
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {directory}/server.pem
host_lookup =
rfc1413_hosts =
acl_smtp_mail = ${{if def:tls_in_cipher {{accept}}{{deny}}}}
acl_smtp_rcpt = known
keep_environment =
begin acl
accept:
  accept
deny:
  deny message = TLS first
known:
  accept domains = tamarack.example
         verify = recipient
  deny message = no mailbox here
begin routers
mailbox:
  driver = accept
  local_parts = {" : ".join(people)}
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = {directory}/mail/$local_part_data
  maildir_format
  user = {uid}
  group = {gid}
""",
            "utf-8",
        )
        for path in (directory, *directory.iterdir()):
            os.chown(path, uid, gid)
        with running([daemon, "-C", settings, "-bdf"], port, directory / "told", **as_whom):
            yield Mailboxes(port, directory)


@contextmanager
def s3():
    """moto's S3, with an empty bucket."""
    import requests
    from moto.s3.models import s3_backends
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        requests.put(f"http://{HOST}:{port}/{BUCKET}", timeout=STARTS_S).raise_for_status()
        bucket = s3_backends["123456789012"]["aws"].buckets[BUCKET]

        def look():
            keys = {name: key.value for name, key in bucket.keys.items()}
            return {name.removeprefix("zoom/"): data for name, data in keys.items()}

        environment = {
            "QOSREPORT_ARCHIVE__URL": f"s3://{BUCKET}/zoom",
            "QOSREPORT_ARCHIVE__OPTIONS": f'{{"endpoint_url": "http://{HOST}:%d"}}',
            "AWS_ACCESS_KEY_ID": "robot",
            "AWS_SECRET_ACCESS_KEY": "canary-of-s3",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }
        yield Kept(port, environment, look, ["canary-of-s3"])
    finally:
        server.stop()


@dataclass(frozen=True)
class Key:
    """A pair of SSH keys."""

    private: Path

    @classmethod
    def made(cls, path):
        maker = program("ssh-keygen", "openssh-client")
        subprocess.run([maker, "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        return cls(path)

    @property
    def public(self):
        """Kind and key."""
        kind, key = self.private.with_suffix(".pub").read_text("ascii").split()[:2]
        return f"{kind} {key}"


@contextmanager
def sftp(directory):
    """OpenSSH's server and its sftp-server, for whoever runs the test."""
    sshd, subsystem = program("sshd", "openssh-server"), program("sftp-server", "openssh-server")
    host, user = Key.made(directory / "host"), Key.made(directory / "user")
    (directory / "authorized_keys").write_text(f"{user.public}\n", "ascii")
    root, port = directory / "served", free_port()
    root.mkdir()
    settings = directory / "sshd_config"
    settings.write_text(
        f"""ListenAddress {HOST}
Port {port}
HostKey {host.private}
PidFile none
AuthorizedKeysFile {directory / "authorized_keys"}
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp {subsystem}
""",
        "utf-8",
    )
    if os.geteuid() == 0:
        # Debian's own unit makes it; what is run as root wants it.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    environment = {
        "QOSREPORT_ARCHIVE__URL": f"sftp://{_user()}@{HOST}:%d{root}/zoom",
        "QOSREPORT_ARCHIVE__KEY_FILE": str(user.private),
        "QOSREPORT_ARCHIVE__KNOWN_HOSTS": str(directory / "known_%d"),
        "QOSREPORT_ARCHIVE__OPTIONS": '{"allow_agent": false, "look_for_keys": false}',
    }
    command = [sshd, "-D", "-e", "-f", settings]
    with running(command, port, directory / "sshd.log"):
        yield Kept(port, environment, lambda: files_in(root / "zoom")), host


def list_host(directory, port, key):
    """Trust one key at one port, as ~/.ssh/known_hosts does."""
    (directory / f"known_{port}").write_text(f"[{HOST}]:{port} {key.public}\n", "ascii")


@contextmanager
def smb(directory):
    """Samba's smbd with one share, for whoever runs the test."""
    smbd, pdbedit = program("smbd", "samba"), program("pdbedit", "samba")
    port, share, password = free_port(), directory / "share", "canary-of-smb"
    for name in ("share", "state"):
        (directory / name).mkdir()
    state = directory / "state"
    settings = directory / "smb.conf"
    settings.write_text(
        f"""[global]
server role = standalone server
workgroup = TAMARACK
interfaces = {HOST}
bind interfaces only = yes
smb ports = {port}
disable netbios = yes
server min protocol = SMB3
lock directory = {state}
state directory = {state}
cache directory = {state}
private dir = {state}
pid directory = {state}
ncalrpc dir = {state}/rpc
passdb backend = tdbsam:{state}/passdb.tdb
rpc start on demand helpers = no
load printers = no
printcap name = /dev/null
log file = {directory}/smbd.log
[reports]
path = {share}
read only = no
""",
        "utf-8",
    )
    subprocess.run(
        [pdbedit, "-s", settings, "-a", "-t", "-u", _user()],
        input=f"{password}\n{password}\n".encode(),
        capture_output=True,
        check=True,
    )
    environment = {
        "QOSREPORT_ARCHIVE__URL": f"smb://{HOST}:%d/reports/zoom",
        "QOSREPORT_ARCHIVE__USER": _user(),
        "QOSREPORT_ARCHIVE__PASSWORD": password,
    }
    command = [smbd, "--foreground", "--no-process-group", "--configfile", settings]
    with running(command, port, directory / "told"):
        yield Kept(port, environment, lambda: files_in(share / "zoom"), [password])


@contextmanager
def webdav(authority, directory):
    """WsgiDAV behind cheroot with TLS, and one user."""
    port, root, user, password = free_port(), directory / "served", "robot", "canary-of-webdav"
    root.mkdir()
    pair = authority.ca.issue_cert(HOST).private_key_and_cert_chain_pem
    pair.write_to_path(directory / "server.pem")
    settings = directory / "wsgidav.json"
    told = {
        "host": HOST,
        "port": port,
        "server": "cheroot",
        "ssl_adapter": "builtin",
        "ssl_certificate": str(directory / "server.pem"),
        "ssl_private_key": str(directory / "server.pem"),
        "provider_mapping": {"/dav": str(root)},
        "simple_dc": {"user_mapping": {"*": {user: {"password": password}}}},
    }
    settings.write_text(json.dumps(told), "utf-8")
    environment = {
        "QOSREPORT_ARCHIVE__URL": f"webdav+https://{user}@{HOST}:%d/dav/zoom",
        "QOSREPORT_ARCHIVE__PASSWORD": password,
        "SSL_CERT_FILE": str(authority.file(directory)),
    }
    command = [sys.executable, "-m", "wsgidav.server.server_cli", "--config", settings]
    with running(command, port, directory / "wsgidav.log"):
        yield Kept(port, environment, lambda: files_in(root / "zoom"), [password])


def _user():
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name
