"""The installed command and people's data: modes, canaries, forgetting, retention."""

import collections
import json
import re

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from qosreport.store import Store
from qosreport.tables import PULLED
from qosreport.zoom.parse import parse_pages
from tests.e2e.readable import found_in, spellings
from tests.e2e.support import ALL_FORMS, LEAN, private_words, week

W = week()
KEY = "a canary key/with+signs 7f3a"
PASSWORD = "canary pass/word+0451&"
ARCHIVE_PASSWORD = "another canary? of=the archive"
CLIENT_SECRET = "canary.client~secret/9b21"
SECRETS = (KEY, PASSWORD, ARCHIVE_PASSWORD, CLIENT_SECRET)
OTHERS = {
    **ALL_FORMS,
    "QOSREPORT_MAIL__PASSWORD": PASSWORD,
    "QOSREPORT_MAIL__CLIENT_SECRET": CLIENT_SECRET,
    "QOSREPORT_ARCHIVE__PASSWORD": ARCHIVE_PASSWORD,
    "QOSREPORT_PRIVACY__KEY": KEY,
}
MAIL = {
    "QOSREPORT_MAIL__HOST": "127.0.0.1",
    "QOSREPORT_MAIL__PORT": "1",
    "QOSREPORT_MAIL__SECURITY": "none",
    "QOSREPORT_MAIL__SENDER": "robot@tamarack.example",
    "QOSREPORT_MAIL__RECIPIENTS": "boss@tamarack.example",
}


def modes(home, *, files, mail, archive):
    return {
        **OTHERS,
        **MAIL,
        "QOSREPORT_ARCHIVE__URL": str(home / "share"),
        "QOSREPORT_PRIVACY__FILES": files,
        "QOSREPORT_PRIVACY__MAIL": mail,
        "QOSREPORT_PRIVACY__ARCHIVE": archive,
    }


def people_and_secrets(command):
    """What nobody may find where a mode forbids it."""
    secrets = [*SECRETS, command.server.credentials.client_secret]
    words = {word for word in private_words(command.server.simulation) if "{{" not in word}
    markup = {"<script", "onerror=", "display:none"}
    return (words - markup) | {one for secret in secrets for one in spellings(secret)}


def test_each_output_has_its_mode_and_nothing_more(pulled):
    env = modes(pulled.home, files="full", mail="pseudonymous", archive="aggregate")
    wordy = ("-v", "--log-format", "json")
    result = pulled.run(*wordy, "weekly", "--week", W, "--offline", "--no-send", env=env)
    out, words = pulled.home / "qosreport-out", people_and_secrets(pulled)
    pulled.run("send", "--week", W, "--dry-run", env=env)
    (mail,) = (out / "pseudonymous" / "mail").glob("*.eml")
    assert found_in(mail.parent, words) == set()
    assert found_in(out / "pseudonymous", words) == set()
    assert found_in(out / "aggregate", words) == set()
    assert found_in(pulled.home / "share", words) == set()
    # The canaries are no vain ones: the restricted files do name people, and no secret.
    assert found_in(out, words, without=("pseudonymous", "aggregate"))
    secrets = {one for secret in SECRETS for one in spellings(secret)}
    assert found_in(pulled.home, secrets) == set()
    shown = pulled.run("config", "show", env=env)
    assert not [one for one in secrets if one in result.err + result.out + shown.out + shown.err]
    assert json.loads((out / f"weekly-{W}.json").read_text("utf-8"))["head"]["privacy"] is None
    pages = {path.parent for path in result.paths if path.name == f"weekly-{W}.html"}
    assert pages == {out, out / "pseudonymous", out / "aggregate"}
    shown = json.loads((out / "pseudonymous" / f"weekly-{W}.json").read_text("utf-8"))
    assert shown["head"]["privacy"]["mode"] == "pseudonymous"
    assert all(re.fullmatch(r"Person [0-9A-Z-]{9,19}", row["name"]) for row in shown["people"])


def test_no_mode_shows_a_machine_or_an_address(reported):
    """Not even full; what Zoom told of them lies in raw pages only."""
    command = reported[0]
    told = set()
    for meeting in command.server.simulation.everything():
        for one in meeting.sessions:
            device, place = one.device, one.place
            told |= {device.pc_name, device.mac_address, device.disk_id}
            told |= {place.public_address, place.internal_address}
    told = {one for one in told if one and len(one) >= 7}
    assert len(told) > 20
    assert found_in(command.home / "qosreport-out", told) == set()
    assert found_in(command.store / "raw", told)


BUG = """
import os
import qosreport.pipeline.report as report
def broken(*arguments, **options):
    raise RuntimeError(os.environ["CANARIES"])
report.build_weekly = broken
"""


def test_a_bug_tells_nobody_and_nothing_secret(pulled):
    (pulled.home / "bug").mkdir()
    (pulled.home / "bug" / "sitecustomize.py").write_text(BUG, "utf-8")
    words = people_and_secrets(pulled)
    few = [word for word in sorted(words, key=len) if "\0" not in word][-200:]
    env = {**OTHERS, "PYTHONPATH": str(pulled.home / "bug"), "CANARIES": "\n".join(few)}
    result = pulled.run("-v", "report", "--week", W, env=env, code=70)
    assert result.slug == "bug"
    assert "RuntimeError" in pulled.crash_logs()
    told = result.err + result.out + pulled.crash_logs()
    assert not [word for word in words if word in told]


def test_whoever_has_the_key_turns_a_pseudonym_back(pulled):
    env = modes(pulled.home, files="pseudonymous", mail="full", archive="full")
    env = {name: value for name, value in env.items() if "MAIL" not in name and "URL" not in name}
    document = pulled.run("report", "--week", W, env=env).document(f"weekly-{W}.json")
    row = document["people"][0]
    store = sessions(pulled).filter(pl.col("name").is_not_null())
    process = pulled.start("who", row["name"], env=env)
    told = process.communicate()[0].decode()
    assert process.returncode == 0
    assert any(name in told for name in store["name"])
    other = {**env, "QOSREPORT_PRIVACY__KEY": "another key that is long enough"}
    assert pulled.run("who", row["name"], env=other, code=2).slug == "pseudonym-not-known"
    pulled.run("who", row["name"], env={**env, "QOSREPORT_PRIVACY__KEY": None}, code=78)


def test_without_a_key_nothing_is_begun(pulled):
    env = {"QOSREPORT_PRIVACY__FILES": "pseudonymous"}
    assert pulled.run("weekly", "--week", W, env=env, code=78).slug == "missing-setting"
    assert "privacy.key" in pulled.run("config", "check", env=env, code=1).err
    short = {**env, "QOSREPORT_PRIVACY__KEY": "short"}
    assert pulled.run("report", "--week", W, env=short, code=78).slug == "bad-setting"


def test_in_aggregate_there_is_no_page_of_a_person(pulled):
    somebody = sessions(pulled)["email"].drop_nulls()[0]
    env = {"QOSREPORT_PRIVACY__FILES": "aggregate"}
    process = pulled.start("person", somebody, env=env)
    assert "no-person-pages" in process.communicate()[1].decode()
    assert process.returncode == 2


def test_mail_is_not_made_of_a_report_in_another_mode(pulled):
    env = {**MAIL, "QOSREPORT_PRIVACY__FILES": "aggregate", "QOSREPORT_PRIVACY__MAIL": "aggregate"}
    assert pulled.run("send", "--week", W, "--dry-run", env=env, code=78).slug == "other-mode"


def sessions(command):
    paths = sorted((command.store / "tables").rglob("*.sessions.parquet"))
    return pl.concat([pl.read_parquet(path) for path in paths])


def somebody(command):
    """Who joined most, with an address and a name of two words."""
    known = sessions(command).filter(
        pl.col("email").is_not_null(), pl.col("name").str.contains(" ", literal=True)
    )
    email = collections.Counter(known["email"]).most_common(1)[0][0]
    return (
        email,
        set(known.filter(email=email)["name"]),
        set(known.filter(email=email)["person_key"]),
    )


@pytest.fixture
def archived(pulled):
    env = modes(pulled.home, files="full", mail="full", archive="pseudonymous")
    pulled.run("weekly", "--week", W, "--offline", "--no-send", env=env)
    pulled.run("report", "--week", W, "--policy", "strict", env={**env, **LEAN})
    return pulled, env


def test_whoever_is_forgotten_is_nowhere_and_the_figures_stay(archived):
    command, env = archived
    out = command.home / "qosreport-out"
    email, names, keys = somebody(command)
    weekly = out / f"weekly-{W}.json"
    before = json.loads(weekly.read_text("utf-8"))
    rows = sessions(command).height
    dry = run_unchecked(command, "forget", email, env=env)
    assert "Nothing was changed" in dry
    assert found_in(command.home, {email})
    assert "forgotten" in run_unchecked(command, "forget", email, "--delete", env=env)
    assert found_in(command.home, {email, *names, *keys}) == set()
    assert list((out / "strict").glob("weekly-*.json"))
    assert sessions(command).height == rows
    command.run("verify", env=env)
    assert "as they were" in command.run("verify", "--archive", env=env).err
    after = json.loads(weekly.read_text("utf-8"))
    for same in ("volume", "figures", "segments", "hours", "connections_by_band", "explained"):
        assert after[same] == before[same], same
    assert len(after["people"]) <= len(before["people"])
    # Made again from the store, too.
    command.run("report", "--week", W, env=env)
    again = json.loads(weekly.read_text("utf-8"))
    for same in ("connections_by_band", "meetings_by_band", "meetings_affected"):
        assert again[same] == before[same], same
    assert again["volume"]["connections"] == before["volume"]["connections"]
    assert again["volume"]["harmed_minutes"] == before["volume"]["harmed_minutes"]
    assert found_in(command.home, {email, *names, *keys}) == set()
    assert "[person-nowhere]" in run_unchecked(command, "forget", email, env=env, code=2)
    assert_tables_are_what_raw_pages_make(command)


def assert_tables_are_what_raw_pages_make(command):
    """Tables were changed by themselves; made again from the changed pages they are equal."""
    with Store.open(command.store) as store:
        before = tables_of(store)
        store.rebuild(lambda pages: parse_pages(pages).tables)
        after = tables_of(store)
    for name, frame in before.items():
        assert_frame_equal(after[name], frame)


def tables_of(store):
    return {
        name: store.scan(name).collect().sort([c for c in table.key if c in table.schema])
        for name, table in PULLED.items()
    }


def run_unchecked(command, *arguments, env, code=0):
    """A run whose arguments name somebody, so that its words may not be looked at for names."""
    process = command.start(*arguments, env=env)
    _, err = process.communicate()
    assert process.returncode == code, err.decode()
    return "\n".join(line.removeprefix("qosreport: ") for line in err.decode().splitlines() if line)


def test_what_is_old_goes_after_it_was_named(pulled):
    env = {"QOSREPORT_RETENTION__RAW_DAYS": "1", "QOSREPORT_RETENTION__REPORTS_DAYS": "1"}
    out = pulled.home / "qosreport-out"
    raw = list((pulled.store / "raw").rglob("*.parquet"))
    said = pulled.run("retain", env=env).err
    assert "would remove raw pages of" in said
    assert f"weekly-{W}" in said
    assert list((pulled.store / "raw").rglob("*.parquet")) == raw
    done = pulled.run("retain", "--delete", env=env).err
    assert "removed." in done
    assert list((pulled.store / "raw").rglob("*.parquet")) == []
    assert not list(out.glob("weekly-*"))
    pulled.run("report", "--week", W, env={"QOSREPORT_RETENTION__RAW_DAYS": "1"})
    everything = {"QOSREPORT_RETENTION__TABLES_DAYS": "1"}
    pulled.run("retain", "--delete", env=everything)
    assert list((pulled.store / "tables").rglob("*.parquet")) == []
    pulled.run("verify", env=env)
    assert pulled.run("retain", code=78).slug == "missing-setting"


def test_what_weekly_makes_it_does_not_remove_at_once(pulled):
    env = {"QOSREPORT_RETENTION__REPORTS_DAYS": "1"}
    before = week(2)
    old = pulled.run("weekly", "--week", before, env=env, code=1)
    assert [line for line in old.warnings if f"{before}: older than retention.reports_days" in line]
    assert all(path.exists() for path in old.paths)
    last = pulled.run("weekly", "--offline", env=env)
    assert "older than" not in last.err
    assert all(path.exists() for path in last.paths)
    assert not [path for path in old.paths if before in path.name and path.exists()]
