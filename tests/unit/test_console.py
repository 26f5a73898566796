import json
import logging
import sys

import pytest

from qosreport.console import Console, guarded
from qosreport.errors import BadWeek, ExitCode


def test_paths_go_to_stdout_and_words_to_stderr(capsys, tmp_path):
    console = Console()
    console.paths([tmp_path / "a.html", tmp_path / "b.pdf"])
    console.say("done")
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'a.html'}\n{tmp_path / 'b.pdf'}\n"
    assert err == "qosreport: done\n"


def test_quiet_keeps_warnings_and_errors(capsys):
    console = Console(quiet=True)
    console.say("done")
    console.warn("a gap")
    code = console.error(BadWeek(text="x"))
    assert code is ExitCode.USAGE
    assert capsys.readouterr().err.splitlines() == [
        "qosreport: warning: a gap",
        "qosreport: error: 'x' is not a week. "
        "Write an ISO week such as 2026-W46, or 'last'. [bad-week]",
    ]


def test_json_lines_carry_the_run_and_the_slug(capsys):
    console = Console(as_json=True)
    console.error(BadWeek(text="x"))
    line = json.loads(capsys.readouterr().err)
    assert line["run_id"] == console.run_id
    assert line["slug"] == "bad-week"
    assert line["level"] == "error"


@pytest.mark.parametrize("name", ["gcsfs", "paramiko.transport", "nobody.knows"])
def test_what_libraries_log_is_not_told(capsys, monkeypatch, name):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    Console()
    logging.getLogger(name).error("a request to https://user:canary@host/ went wrong")
    assert capsys.readouterr().err == ""


def test_progress_without_a_terminal_is_a_line_at_the_end(capsys):
    with Console().progress("pulling", 3) as update:
        for done in (1, 2, 3):
            update(done)
    assert capsys.readouterr().err == "qosreport: pulling: 3 of 3\n"


def test_a_table_pads_its_columns(capsys):
    Console().table(("name", "value"), [("a", "1"), ("longer", "2")])
    assert capsys.readouterr().out == "name    value\na       1\nlonger  2\n"


def raising(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadWeek(text="x"), ExitCode.USAGE),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (ZeroDivisionError(), ExitCode.BUG),
    ],
)
def test_every_way_to_end_is_an_exit_code_and_one_line(capsys, tmp_path, monkeypatch, error, code):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    console = Console()
    assert guarded(lambda: console, raising(error)) is code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_crash_log_has_frames_and_versions_but_no_values(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    secret = "eyJhbGciOiJIUzI1NiJ9.payload"
    error = ValueError(f"bad value Ada Brightwell of ada@tamarack.example with Bearer {secret}")
    guarded(Console, raising(error))
    (log,) = tmp_path.glob("qosreport-crash-*.log")
    text = log.read_text("utf-8")
    assert "ValueError" in text
    assert "polars" in text
    assert "raise error" in text
    assert log.stat().st_mode & 0o077 == 0
    for private in ("Ada", "ada@", secret):
        assert private not in text
        assert private not in capsys.readouterr().err


def test_a_reader_that_went_away_is_no_failure(monkeypatch, tmp_path):
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert guarded(Console, raising(BrokenPipeError())) is ExitCode.DONE


def test_details_stand_in_columns_under_a_sentence(capsys):
    Console().details([("Connections", "9 Good"), ("Worst", "a"), ("", "b")])
    assert capsys.readouterr().err.splitlines() == [
        "qosreport:   Connections  9 Good",
        "qosreport:   Worst        a",
        "qosreport:                b",
    ]


def test_details_are_silent_when_quiet_and_whole_lines_as_json(capsys):
    Console(quiet=True).details([("Worst", "a")])
    assert capsys.readouterr().err == ""
    Console(as_json=True).details([("Worst", "a"), ("", "b")])
    told = [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]
    assert told == ["Worst: a", "Worst: b"]
