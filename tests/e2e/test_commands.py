"""The commands around the main job, and an installation that lacks a system library."""

import json
import shlex
import signal
import socket

import pytest

from qosreport import __version__
from tests.e2e.support import ALL_FORMS, Command, wait_until, week

W = week()


def test_a_sound_store_is_said_to_be_sound(reported):
    result = reported[0].run("verify")
    assert "are as they were committed" in result.err


@pytest.mark.parametrize(
    ("pattern", "told", "gaps"),
    [
        ("tables/**/*sessions*", "can be made again", 0),
        ("raw/**/*", "must be pulled again", 1),
    ],
)
def test_a_damaged_file_is_named_and_mended(pulled, pattern, told, gaps):
    file = next(path for path in sorted(pulled.store.glob(pattern)) if path.is_file())
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    file.chmod(0o600)
    file.write_bytes(damaged)
    result = pulled.run("verify", code=73)
    assert result.slug == "store-damaged"
    assert str(file.relative_to(pulled.home)) in result.error
    (warning,) = result.warnings
    assert told in warning
    pulled.run("verify", "--repair", code=gaps)
    pulled.run("verify")
    again = pulled.run("pull", "--week", W)
    assert ("24 pulled" if gaps else "0 pulled, 24 whole before") in again.err


def test_settings_are_shown_with_their_origin_and_never_the_secret(fresh):
    (fresh.home / "qosreport.toml").write_text('[report]\ntimezone = "Europe/London"\n', "utf-8")
    result = fresh.run("config", "show")
    rows = {line.split()[0]: line.split() for line in result.out.splitlines()[1:]}
    assert rows["report.timezone"] == ["report.timezone", "Europe/London", "qosreport.toml"]
    assert set(rows["zoom.client_secret"][1]) == {"*"}
    assert rows["zoom.client_id"][2] == "QOSREPORT_ZOOM__CLIENT_ID"
    assert rows["zoom.plan"][2] == "default"


def test_settings_are_begun_and_checked(tmp_path):
    command = Command(tmp_path)
    made = command.run("config", "init")
    (file,) = made.paths
    assert file.stat().st_mode & 0o777 == 0o600
    assert command.run("config", "init", code=78).slug == "file-exists"
    checked = command.run("config", "check", code=1)
    (warning,) = checked.warnings
    assert "zoom.account_id, zoom.client_id, zoom.client_secret" in warning
    assert "Nothing was started" not in warning
    assert "Policy zoom-network-quality 1.0.0, time zone UTC." in checked.err


def test_lists_of_networks_are_checked_and_private_ones_named(tmp_path):
    command = Command(tmp_path)
    file = tmp_path / "buildings.tsv"
    file.write_text("10.1.0.0\tL\t16\tLeeds" + "\t" * 8 + "\t1\t0\n", "utf-8")
    env = {"QOSREPORT_SITES__FILE": str(file), "QOSREPORT_PROVIDERS__NETWORKS": '{"9.0.0.0/8":"P"}'}
    checked = command.run("config", "check", code=1, env=env)
    assert "none of the 1 network(s) of sites can be used: they are private" in checked.err
    assert " 1 network(s) of providers." in checked.err
    shown = command.run("config", "show", env=env).out
    assert "9.0.0.0/8 = P" in shown
    bad = command.run("config", "check", code=78, env={"QOSREPORT_SITES__NETWORKS": '{"x":"P"}'})
    assert (bad.slug, "sites.networks: 'x' is no network" in bad.error) == (
        "bad-network-list",
        True,
    )


def test_policies_are_listed_shown_and_compared(tmp_path):
    command = Command(tmp_path)
    listed = command.run("policy", "list").out
    names = [line.split()[0] for line in listed.splitlines()[1:]]
    assert set(names) == {"zoom-network-quality", "strict", "g107-reference"}
    shown = command.run("policy", "show", "strict").out.splitlines()
    assert shown[0].startswith("strict 1.0.0 sha256 ")
    assert shown[1].split() == ["key", "value", "source"]
    difference = command.run("policy", "diff", "zoom-network-quality", "strict").out
    assert len(difference.splitlines()) > 2
    same = command.run("policy", "diff", "strict", "strict").out
    assert len(same.splitlines()) == 1
    assert command.run("policy", "show", "strickt", code=78).slug == "unknown-policy"


def test_version_and_help_are_quick_words(tmp_path):
    command = Command(tmp_path)
    assert command.run("--version").out == f"qosreport {__version__}\n"
    result = command.run("-h")
    assert result.err == ""
    for name in (
        "demo",
        "weekly",
        "meeting",
        "pull",
        "score",
        "report",
        "verify",
        "simulate",
        "person",
        "evidence",
    ):
        assert f"\n  {name} " in result.out
    assert command.run(code=2).out + command.run("nonsense", code=2).out == ""


def test_a_served_organisation_can_be_pulled_from_another_shell(tmp_path):
    command = Command(tmp_path)
    options = ("--meetings", "20", "--weeks", "1", "--port", "0", "--truth", "truth.json")
    options += ("--sites", "sites.csv")
    told = tmp_path / "told"
    with told.open("wb") as stdout:
        process = command.start("simulate", *options, stdout=stdout)
    try:
        wait_until(lambda: told.read_text("utf-8").count("\n") == 5)
        values = dict(
            shlex.split(line)[1].split("=", 1) for line in told.read_text("utf-8").splitlines()
        )
        client = Command(tmp_path / "client", None, values)
        client.home.mkdir()
        listed = {"QOSREPORT_SITES__FILE": str(tmp_path / "sites.csv")}
        checked = client.run("config", "check", env=listed)
        assert " 6 network(s) of sites." in checked.err
        assert "Zoom listed 20 meetings; 20 pulled." in client.run("pull", "--week", W).err
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert truth["causes"]
    assert truth["touched"]


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        result = Command(tmp_path).run("simulate", "--port", port, code=2)
    assert f"port {port} cannot be had (Address already in use)" in result.error


def test_a_fault_that_does_not_exist_is_not_served(tmp_path):
    result = Command(tmp_path).run("simulate", "--port", "0", "--faults", "html_okk", code=2)
    assert result.slug == "bad-fault"
    assert "Did you mean html_ok?" in result.error


def test_without_a_system_library_all_but_the_pdf_is_made(reported, tmp_path):
    command = reported[0].copy(tmp_path / "bare")
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    # Found first and no library: what the system has of that name is as good as not there.
    (hiding / "libpango-1.0.so.0").write_bytes(b"")
    out = command.home / "bare"
    env = {"LD_LIBRARY_PATH": str(hiding), **ALL_FORMS}
    result = command.run("report", "--week", W, "--out", "bare", code=1, env=env)
    (warning,) = result.warnings
    assert "apt-get install libpangoft2-1.0-0" in warning
    made = {path.name for path in result.paths if path.parent == out}
    assert made == {*(f"weekly-{W}.{form}" for form in ("json", "xlsx", "html")), "index.html"}
    assert ".pdf" not in (out / f"weekly-{W}.html").read_text("utf-8")
    checked = command.run("config", "check", code=1, env=env)
    assert "libpangoft2-1.0-0" in checked.err
