import datetime as dt
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from qosreport import cli
from qosreport.cli import execute, main
from qosreport.cli.options import Choice
from qosreport.console import Console
from qosreport.errors import BadPeriod, DailyLimit, ExitCode
from qosreport.pipeline import jobs, ondemand
from qosreport.pipeline.meeting import Wanted
from qosreport.pipeline.run import Outcome, Run
from qosreport.settings import ReportSettings, Settings

NOW = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def empty_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(zone="UTC", now=NOW):
    return Run(Settings(report=ReportSettings(timezone=zone)), now, Console())


def commands(group=main, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        yield (*path, name), command


def day(text):
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("choice", "label"),
    [
        (Choice(), "2026-W46"),
        (Choice(week="last"), "2026-W46"),
        (Choice(week="2026-W40"), "2026-W40"),
        (Choice(first=day("2026-11-03"), last=day("2026-11-05")), "2026-11-03--2026-11-05"),
        (Choice(first=day("2026-11-03")), "2026-11-03--2026-11-21"),
    ],
)
def test_a_command_line_means_one_period(choice, label):
    assert choice.period(run()).label == label


def test_days_without_an_end_reach_to_today_where_the_reader_lives():
    late = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)
    period = Choice(first=day("2026-11-19")).period(run("Asia/Tokyo", late))
    assert period.last_day == dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(week="2026-W40", first=day("2026-11-03")),
        Choice(week="last", last=day("2026-11-03")),
        Choice(last=day("2026-11-03")),
        Choice(first=day("2026-11-05"), last=day("2026-11-03")),
        Choice(first=day("2026-11-22")),
    ],
)
def test_a_command_line_that_means_no_period_is_refused(choice):
    with pytest.raises(BadPeriod):
        choice.period(run())


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_explains_itself(path, capsys):
    for flag in ("-h", "--help"):
        assert execute([*path, flag]) is ExitCode.DONE
        out, err = capsys.readouterr()
        assert out.startswith(f"Usage: qosreport {' '.join(path)} ")
        assert err == ""


@pytest.mark.parametrize(("path", "command"), list(commands()), ids=str)
def test_every_command_and_every_option_says_what_it_is_for(path, command):
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option) and option.name not in {"help", "port"}:
            assert option.help, f"{path} {option.name}"


def test_options_are_spelt_alike_everywhere():
    spelt = {}
    for _, command in commands():
        for option in command.params:
            if isinstance(option, click.Option):
                spelt.setdefault(tuple(option.opts), set()).add(option.help)
    for name in ("--week", "--out", "--offline", "--policy", "--from", "--to"):
        assert len(spelt[(name,)]) == 1, f"{name} is explained in several ways"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["weekly", "--nonsense"],
        ["weekly", "2026-W46"],
        ["meeting"],
        ["meeting", "123", "--kind", "party"],
        ["pull", "--from", "yesterday"],
        ["policy", "diff", "strict"],
        ["demo", "--weeks", "0"],
        ["simulate", "--meetings", "19"],
        ["--log-format", "xml", "verify"],
    ],
    ids=" ".join,
)
def test_a_command_line_that_cannot_be_is_one_line_and_exit_code_2(arguments, capsys):
    assert execute(arguments) is ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("qosreport: error: ")
    assert err.endswith(" --help'. [usage]\n")
    assert err.count("\n") == 1


@dataclass
class Job:
    """Stands in for a job of the pipeline, and remembers what it was asked."""

    outcome: Outcome = field(default_factory=Outcome)
    asked: list = field(default_factory=list)

    def __call__(self, *arguments, **options):
        self.asked.append((arguments, options))
        return self.outcome


@pytest.mark.parametrize("name", ["pull", "score", "report"])
@pytest.mark.parametrize("by", ["--week 2026-W40", "--from 2026-09-28 --to 2026-10-04"])
def test_commands_with_a_period_hand_it_over(name, by, monkeypatch):
    monkeypatch.setattr(jobs, name, job := Job())
    assert execute([name, *by.split()]) is ExitCode.DONE
    ((asked, period, *_), _) = job.asked[0]
    assert asked.settings == Settings()
    assert period.first_day == dt.date(2026, 9, 28)
    assert period.last_day == dt.date(2026, 10, 4)


@pytest.mark.parametrize("name", ["score", "report"])
def test_a_policy_on_the_command_line_wins_over_the_environment(name, monkeypatch):
    monkeypatch.setenv("QOSREPORT_SCORE__POLICY", "g107-reference")
    monkeypatch.setattr(jobs, name, job := Job())
    execute([name, "--week", "2026-W40", "--policy", "strict"])
    execute([name, "--week", "2026-W40"])
    used = [arguments[0].settings.score.policy for arguments, _ in job.asked]
    assert used == ["strict", "g107-reference"]


def test_a_meeting_is_handed_over_as_it_was_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(ondemand, "meeting", job := Job())
    assert execute(["meeting", "932 0123 5621"]) is ExitCode.DONE
    more = ["--kind", "webinar", "--live", "--participant", "16778240", "--offline", "--out", "o"]
    assert execute(["meeting", "/abc//d==", *more]) is ExitCode.DONE
    (_, plain, *_), (_, full, out, _) = (arguments for arguments, _ in job.asked)
    assert plain == Wanted("932 0123 5621")
    assert full == Wanted("/abc//d==", "webinar", True, "16778240", True)
    assert str(out) == "o"


LIMIT = DailyLimit(resume="2026-11-22 00:00 UTC")


@pytest.mark.parametrize(
    ("outcome", "code", "told"),
    [
        (Outcome(summary="All well."), ExitCode.DONE, ["All well."]),
        (Outcome(summary="Well.", gaps=["a gap"]), ExitCode.GAPS, ["warning: a gap", "Well."]),
        (
            Outcome(summary="Some.", gaps=["a gap"], failure=LIMIT),
            ExitCode.TRY_LATER,
            ["warning: a gap", "Some.", f"error: {LIMIT.line()} [daily-limit]"],
        ),
    ],
)
def test_how_a_job_ended_decides_the_exit_code(outcome, code, told, monkeypatch, capsys):
    outcome.paths = [Path("out/a.html")]
    monkeypatch.setattr(jobs, "weekly", Job(outcome))
    assert execute(["weekly"]) is code
    out, err = capsys.readouterr()
    assert out == "out/a.html\n"
    *lines, last = err.splitlines()
    assert lines == [f"qosreport: {line}" for line in told]
    gaps, why = len(outcome.gaps), " (daily-limit)" if outcome.failure else ""
    assert re.fullmatch(
        rf"qosreport: weekly ended after \d+ s with exit code {code.value}{re.escape(why)}: "
        rf"1 file\(s\) made, {gaps} gap\(s\) named\.",
        last,
    )


def test_the_last_line_of_a_json_log_says_how_any_run_ended(monkeypatch, capsys):
    monkeypatch.setattr(jobs, "pull", Job(Outcome(gaps=["a gap"], failure=LIMIT)))
    execute(["--log-format", "json", "pull"])
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len({line["run_id"] for line in lines}) == 1
    end = lines[-1]
    assert end.pop("message").startswith("pull ended after ")
    expected = {
        "event": "ended",
        "command": "pull",
        "exit_code": 75,
        "slug": "daily-limit",
        "files": 0,
        "gaps": 1,
    }
    assert {key: end[key] for key in expected} == expected
    assert end["seconds"] >= 0


def test_a_quiet_run_that_went_well_says_nothing(monkeypatch, capsys):
    monkeypatch.setattr(jobs, "weekly", Job(Outcome(summary="Well.")))
    assert execute(["-q", "weekly"]) is ExitCode.DONE
    assert capsys.readouterr().err == ""


def test_a_reader_that_went_away_is_no_failure(monkeypatch, capsys, tmp_path):
    def gone(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr(jobs, "pull", gone)
    with (tmp_path / "stdout").open("w") as out:
        monkeypatch.setattr("sys.stdout", out)
        assert execute(["pull"]) is ExitCode.DONE
    assert capsys.readouterr().err == ""


def test_a_stop_by_the_system_ends_as_an_interruption(monkeypatch, capsys):
    def stopped(*_, **__):
        cli._terminate(15, None)

    monkeypatch.setattr(jobs, "pull", stopped)
    assert execute(["pull"]) is ExitCode.INTERRUPTED
    assert capsys.readouterr().err == (
        "qosreport: warning: interrupted; everything committed before is kept.\n"
    )


def test_weekly_without_a_week_means_all_that_are_due(monkeypatch):
    monkeypatch.setattr(jobs, "weekly", job := Job())
    for week in ([], ["--week", "last"], ["--week", "2026-W40"]):
        execute(["weekly", *week])
    periods = [arguments[1] for arguments, _ in job.asked]
    assert periods[0] is None
    assert [period.label for period in periods[1:]] == [Choice().period(job.asked[1][0][0]).label,
                                                        "2026-W40"]  # fmt: skip


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (None, ExitCode.DONE),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (ZeroDivisionError(), ExitCode.BUG),
        (LIMIT, ExitCode.TRY_LATER),
    ],
    ids=repr,
)
def test_a_monitor_is_told_however_a_weekly_run_ends(end, code, monkeypatch, capsys, httpserver):
    path = "/canary" if end is None else "/canary/fail"

    def weekly(*_, **__):
        if end is not None:
            raise end
        return Outcome()

    monkeypatch.setattr("tempfile.tempdir", str(Path.cwd()))  # of crash logs
    monkeypatch.setattr(jobs, "weekly", weekly)
    monkeypatch.setenv("QOSREPORT_PING__URL", httpserver.url_for("/canary"))
    httpserver.expect_oneshot_request(path, "POST").respond_with_data("OK")
    assert execute(["weekly"]) is code
    httpserver.check()
    ((request, _),) = httpserver.log
    assert f"exit code {code.value}" in request.data.decode()
    assert "canary" not in capsys.readouterr().err


def test_only_weekly_is_watched(monkeypatch, httpserver):
    monkeypatch.setattr(jobs, "pull", Job())
    monkeypatch.setenv("QOSREPORT_PING__URL", httpserver.url_for("/canary"))
    execute(["pull"])
    assert httpserver.log == []


def test_an_interruption_while_the_monitor_is_told_changes_nothing(monkeypatch, capsys):
    from qosreport.deliver import ping

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "weekly", Job())
    monkeypatch.setattr(ping, "ping", interrupted)
    monkeypatch.setenv("QOSREPORT_PING__URL", "https://127.0.0.1:1/canary")
    assert execute(["weekly"]) is ExitCode.DONE
    assert "Traceback" not in capsys.readouterr().err
