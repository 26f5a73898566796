import json
import math
import zipfile

import pytest

from tests.e2e.support import ALL_FORMS, account, asked, meetings_of, organisation, week

W = week()


def files_in(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_every_form_is_made_and_printed_one_a_line(reported):
    _, result, _ = reported
    names = [path.name for path in result.paths]
    week_forms = [f"weekly-{W}.{form}" for form in ("json", "pdf", "xlsx", "html")]
    assert set(names[-5:]) == {*week_forms, "index.html"}
    assert len(names) == len(set(names))
    assert all(path.stat().st_size > 1000 for path in result.paths)
    assert result.made(f"{W}.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert zipfile.is_zipfile(result.made(f"{W}.xlsx"))
    assert f"weekly-{W}.html" in result.made("index.html").read_text("utf-8")
    every = files_in(result.cwd / "qosreport-out")
    assert len(every) == len(names), "a file was made and not printed, or is left half-made"


def test_a_form_that_is_not_wanted_is_not_made_and_an_older_one_goes(pulled):
    out = pulled.home / "qosreport-out"
    assert (out / f"weekly-{W}.pdf").exists()
    result = pulled.run("report", "--week", W)
    assert {path.suffix for path in result.paths} == {".json", ".html"}
    assert {path.suffix for path in out.glob(f"weekly-{W}.*")} == {".json", ".html"}
    page = result.made(f"{W}.html").read_text("utf-8")
    assert f"weekly-{W}.json" in page
    assert f"weekly-{W}.pdf" not in page
    assert f"weekly-{W}.xlsx" not in page


def test_the_report_counts_what_the_organisation_held(reported):
    _, result, _ = reported
    document = result.document(f"weekly-{W}.json")
    held = meetings_of(organisation())
    assert document["volume"]["meetings"] == len(held)
    assert document["volume"]["webinars"] == sum(one.kind == "webinar" for one in held)
    assert document["coverage"]["listed"] == document["coverage"]["whole"] == len(held)
    assert document["head"]["hours"] == 168
    (told,) = (line for line in result.lines if "connections were poor" in line)
    affected = document["meetings_affected"]
    assert f"{affected:,} of {document['coverage']['scored']:,} scored meetings" in told


def test_no_call_is_spent_that_need_not_be(reported):
    _, _, calls = reported
    for meeting in meetings_of(organisation()):
        people, measured = len(meeting.sessions), len(meeting.qos_sessions)
        assert calls["participants"][meeting.uuid] == max(1, math.ceil(people / 300))
        assert calls["qos"][meeting.uuid] == max(1, math.ceil(measured / 10))


def test_a_second_run_asks_for_no_meeting_again_and_makes_the_same_bytes(reported, tmp_path):
    first = files_in(reported[0].home / "qosreport-out")
    with account(organisation()) as server:
        again = reported[0].copy(tmp_path / "again", server)
        again.run("weekly", "--week", W, env=ALL_FORMS)
        assert not asked(server, "participants")
        assert not asked(server, "qos")
    second = files_in(again.home / "qosreport-out")
    assert [name for name in first if first[name] != second[name]] == []


def test_scores_and_reports_under_another_policy_ask_nobody(reported, tmp_path):
    with account(organisation()) as server:
        command = reported[0].copy(tmp_path / "strict", server)
        told = command.run("score", "--week", W, "--policy", "strict")
        assert "scored by strict 1.0.0" in told.err
        result = command.run("report", "--week", W, "--policy", "strict")
        assert server.requests == []
    apart = command.home / "qosreport-out" / "strict"
    assert result.paths
    assert all(path.is_relative_to(apart) for path in result.paths)
    usual = reported[1].document(f"weekly-{W}.json")
    strict = result.document(f"weekly-{W}.json")
    assert strict["method"]["policy"] == "strict"
    assert strict["volume"]["harmed_minutes"] > usual["volume"]["harmed_minutes"]
    assert "1 part" in command.run("score", "--week", W, "--policy", "g107-reference").err
    assert "0 parts" in command.run("score", "--week", W).err


def test_nothing_of_the_store_is_readable_for_others(reported):
    store = reported[0].store
    assert store.stat().st_mode & 0o077 == 0


def test_offline_reports_what_is_there_and_asks_nobody(reported, tmp_path):
    with account(organisation()) as server:
        command = reported[0].copy(tmp_path / "offline", server)
        result = command.run("weekly", "--week", W, "--offline")
        assert server.requests == []
    assert (
        result.document(f"weekly-{W}.json")["volume"]
        == reported[1].document(f"weekly-{W}.json")["volume"]
    )
    assert W in result.made("index.html").read_text("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("report",),
        ("weekly", "--offline"),
        ("score",),
        ("score", "--compare", "--policy", "strict"),
    ],
)
def test_a_week_that_was_never_pulled_is_not_told_as_one_without_meetings(
    reported, tmp_path, arguments
):
    command = reported[0].copy(tmp_path / "never")
    name, *options = arguments
    result = command.run(name, "--week", week(2), *options, code=2)
    assert result.slug == "not-pulled"
    assert f"'qosreport pull --week {week(2)}'" in result.error
    assert "no meetings" not in result.err
    assert result.paths == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("report",),
        ("weekly", "--offline"),
        ("score",),
        ("meeting", "1234567890", "--offline"),
        ("person", "anna"),
        ("verify",),
        ("send",),
        ("send", "--resend-unknown"),
        ("archive",),
        ("forget", "anna"),
        ("retain",),
    ],
)
def test_what_works_on_a_store_makes_none(fresh, arguments):
    keeping = {"QOSREPORT_RETENTION__RAW_DAYS": "200"}
    result = fresh.run(*arguments, env=keeping, code=2)
    assert result.slug == "no-store"
    assert not fresh.store.exists()


def test_a_what_if_says_what_would_change_and_replaces_nothing(reported, tmp_path):
    before = files_in(reported[0].home / "qosreport-out")
    with account(organisation()) as server:
        again = reported[0].copy(tmp_path / "whatif", server)
        result = again.run("score", "--week", W, "--policy", "strict", "--compare")
        assert not server.requests
    assert result.code == 0
    (path,) = (path for path in result.paths if path.suffix == ".json")
    document = json.loads(path.read_text("utf-8"))
    assert sum(move["count"] for move in document["meetings"]) == len(meetings_of(organisation()))
    assert {one["key"] for one in document["differences"]} == {
        "components.audio.jitter_ms",
        "emodel.Bpl",
    }
    after = files_in(again.home / "qosreport-out")
    assert before.items() <= after.items()
    assert any("strict 1.0.0 instead of" in line for line in result.lines)
