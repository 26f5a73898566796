"""Which files of secrets are open to others, by owner, group, mode and mount."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from qosreport.settings.secrecy import others_can_read

ROOT, SELF, OURS, THEIRS = 0, 1000, 10_001, 555
FILE = Path("/etc/qosreport/zoom-secret")


@pytest.fixture
def looks(monkeypatch):
    """Whether a file is open to others, as the system would describe it."""

    def ask(mode, owner=SELF, group=SELF, path=FILE, mounts=()):
        status = SimpleNamespace(st_mode=0o100000 | mode, st_uid=owner, st_gid=group)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "stat", lambda _: status)
            patch.setattr(os, "getegid", lambda: SELF)
            patch.setattr(os, "getgroups", lambda: [SELF, OURS])
            patch.setattr(os.path, "ismount", lambda one: str(one) in {"/", "/run", *mounts})
            return others_can_read(path)

    return ask


@pytest.mark.parametrize("mode", [0o600, 0o400])
@pytest.mark.parametrize("owner", [SELF, ROOT])
def test_what_only_its_owner_reads_is_closed(looks, mode, owner):
    assert not looks(mode, owner)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o444])
@pytest.mark.parametrize(("owner", "group"), [(SELF, SELF), (ROOT, OURS), (ROOT, THEIRS)])
def test_what_everybody_reads_is_open_whosever_it_is(looks, mode, owner, group):
    assert looks(mode, owner, group)


@pytest.mark.parametrize(
    ("owner", "group", "is_open"),
    [(ROOT, OURS, False), (ROOT, SELF, False), (ROOT, THEIRS, True), (SELF, OURS, True)],
)
def test_a_group_is_closed_where_root_chose_it_for_us(looks, owner, group, is_open):
    assert looks(0o440, owner, group) == is_open


@pytest.mark.parametrize(
    ("path", "mount", "is_open"),
    [
        ("/run/secrets/qosreport/zoom", "/run/secrets/qosreport", False),
        ("/run/secrets/zoom", "/run/secrets", False),
        ("/run/secrets/zoom", "/run/secrets/zoom", False),
        ("/run/credentials/qosreport.service/zoom", "/run/credentials/qosreport.service", False),
        ("/run/secrets/zoom", "/srv", True),
        ("/run/secretsanta/zoom", "/run/secretsanta", True),
        ("/srv/zoom", "/srv", True),
    ],
)
def test_a_mount_for_secrets_is_closed_whatever_the_mode(looks, path, mount, is_open):
    assert looks(0o644, path=Path(path), mounts=[mount]) == is_open


def test_a_real_file_is_judged_by_its_mode(tmp_path):
    file = tmp_path / "secret"
    file.write_text("x", "utf-8")
    for mode, is_open in ((0o600, False), (0o644, True)):
        file.chmod(mode)
        assert others_can_read(file) == is_open
