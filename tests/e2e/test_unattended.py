"""The installed command under cron: the last week, those that were missed, nothing twice."""

import datetime as dt
import json
import re

from qosreport.simulator.limits import PlanLimits
from qosreport.store import Store
from tests.e2e.support import account, asked, organisation, week

W, BEFORE = week(), week(2)
NOW = dt.datetime.now(dt.UTC)


def note(command, **states):
    """As if runs of earlier weeks had ended so."""
    with Store.open(command.store) as store:
        for back, state in states.items():
            store.weeks.note(week(int(back.removeprefix("back_"))), state, NOW)


def states(command):
    with Store.open(command.store, lock=False) as store:
        return dict(store.weeks.states())


def test_missed_weeks_are_made_up_in_order_and_a_second_run_makes_nothing(fresh):
    note(fresh, back_3="done")
    first = fresh.run("weekly")
    names = [path.name for path in first.paths if path.name.startswith("weekly-")]
    assert [name for name in names if name.endswith(".json")] == [
        f"weekly-{BEFORE}.json", f"weekly-{W}.json"
    ]  # fmt: skip
    assert len(names) == len(set(names))
    assert [path.name for path in first.paths].count("index.html") == 1
    told = [line for line in first.lines if "connections were poor" in line]
    assert [line.split()[1] for line in told] == [f"{BEFORE}:", f"{W}:"]
    assert states(fresh) == {week(3): "done", BEFORE: "done", W: "done"}
    with account(organisation()) as server:
        again = fresh.copy(fresh.home.parent / "again", server)
        second = again.run("weekly")
        assert server.requests == [], "Zoom was asked"
    assert second.paths == []
    assert f"{W} is reported already" in second.err


def test_too_many_missed_weeks_are_named_once(fresh):
    note(fresh, back_4="done")
    env = {"QOSREPORT_REPORT__CATCH_UP_WEEKS": "0"}
    first = fresh.run("weekly", env=env, code=1)
    (warning,) = first.warnings
    assert f"2 missed weeks ({week(3)} to {week(2)}) not made up" in warning
    fresh.run("weekly", env=env)


def test_a_week_that_a_daily_limit_stops_is_reported_as_it_is_and_finished_later(fresh):
    with account(organisation(), plan_limits=PlanLimits(per_day=30)) as server:
        limited = fresh.copy(fresh.home / "limited", server)
        note(limited, back_2="done")
        first = limited.run("weekly", code=75)
        document = first.document(f"weekly-{W}.json")
        assert 0 < document["coverage"]["whole"] < document["coverage"]["listed"]
        assert states(limited)[W] == "begun"
    with account(organisation()) as server:
        later = limited.copy(fresh.home / "later", server)
        second = later.run("weekly")
        assert 0 < sum(asked(server, "participants").values()) < document["coverage"]["listed"]
    whole = second.document(f"weekly-{W}.json")
    assert whole["coverage"]["whole"] == whole["coverage"]["listed"]
    assert states(later)[W] == "done"


def test_a_stop_in_a_missed_week_leaves_the_later_ones_to_the_next_run(fresh):
    note(fresh, back_3="done")
    with account(organisation(), plan_limits=PlanLimits(per_day=30)) as server:
        limited = fresh.copy(fresh.home / "limited", server)
        result = limited.run("weekly", code=75)
    assert any(f"{W} not begun" in line for line in result.warnings)
    assert states(limited) == {week(3): "done", BEFORE: "begun"}


def test_a_monitor_is_told_of_every_run_and_the_log_is_json_to_its_last_line(pulled, httpserver):
    told = []

    def take(request):
        told.append((request.path, request.data.decode()))
        return ""

    httpserver.expect_request(re.compile("/.*")).respond_with_handler(take)
    env = {"QOSREPORT_PING__URL": httpserver.url_for("/canary-ping")}
    log = ("--log-format", "json", "weekly", "--week", W, "--offline")
    good = pulled.run(*log, env=env)
    mail = {
        "QOSREPORT_MAIL__HOST": "127.0.0.1",
        "QOSREPORT_MAIL__PORT": "1",
        "QOSREPORT_MAIL__SENDER": "robot@tamarack.example",
        "QOSREPORT_MAIL__RECIPIENTS": "anna@tamarack.example",
    }
    bad = pulled.run(*log, env={**env, **mail}, code=69)
    assert [path for path, _ in told] == ["/canary-ping", "/canary-ping/fail"]
    for result, (_, text) in zip((good, bad), told, strict=True):
        lines = [json.loads(line) for line in result.err.splitlines()]
        assert len({line["run_id"] for line in lines}) == 1
        end = lines[-1]
        assert (end["event"], end["exit_code"]) == ("ended", result.code)
        assert end["files"] == len(result.paths) > 4, "a mail that fails loses no report"
        assert text == f"{end['message']} Run {end['run_id']}."
        assert "canary-ping" not in result.err + result.out


def test_a_monitor_that_is_away_changes_no_exit_code(pulled):
    env = {"QOSREPORT_PING__URL": "http://127.0.0.1:1/canary-ping"}
    result = pulled.run("weekly", "--week", W, "--offline", env=env)
    (warning,) = result.warnings
    assert "was not told how the run ended" in warning
    assert "canary" not in result.err
    assert re.search(r"weekly ended after \d+ s with exit code 0: \d+ file", result.lines[-1])
