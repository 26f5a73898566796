"""Pulling: what is asked, what is kept when it stops, and how it goes on."""

import datetime as dt
import json
import re
import signal

import pytest

from qosreport.simulator.limits import PlanLimits
from qosreport.simulator.server import system_clock
from tests.e2e.support import Command, account, asked, meetings_of, small, wait_until, week

W = week()
PULL = ("pull", "--week", W)


def days(first, last):
    """Dates of the last simulated week, by number of the day."""
    monday = meetings_of(small())[0].start.date()
    monday -= dt.timedelta(days=monday.weekday())
    return [str(monday + dt.timedelta(days=day)) for day in (first, last)]


def test_days_are_pulled_with_the_first_and_the_last(tmp_path):
    first, last = days(1, 2)
    held = [one for one in meetings_of(small()) if first <= str(one.start.date()) <= last]
    with account(small()) as server:
        result = Command(tmp_path, server).run("pull", "--from", first, "--to", last)
        assert set(asked(server, "participants")) == {one.uuid for one in held}
    assert f"Zoom listed {len(held)} meetings; {len(held)} pulled." in result.err
    assert result.out == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_pull_keeps_what_came_and_goes_on_there(tmp_path, number):
    slow = {"QOSREPORT_ZOOM__WORKERS": "2"}
    with account(small(), latency_s=0.1) as server:
        command = Command(tmp_path, server, slow)
        process = command.start(*PULL)
        wait_until(lambda: len(asked(server, "qos")) >= 6 or process.poll() is not None)
        process.send_signal(number)
        result = command.finish(process, code=130)
        first = set(asked(server, "participants"))
        assert result.warnings == [
            "qosreport: warning: interrupted; everything committed before is kept."
        ]
        assert len(first) < 20, "it was not in the middle"
        server.requests.clear()
        server.latency_s = 0.0
        again = command.run(*PULL)
        second = set(asked(server, "participants"))
    pulled, before = map(int, re.search(r"; (\d+) pulled, (\d+) whole before", again.err).groups())
    assert pulled == len(second)
    assert pulled + before == 20
    assert before >= 5
    # Nothing was asked twice but the two that were under way.
    assert len(first & second) <= 2
    command.run("verify")


def test_a_daily_limit_in_mid_pull_keeps_all_reports_it_and_the_next_day_goes_on(tmp_path):
    clock = [system_clock()]
    limits = PlanLimits(per_day=36)  # 47 calls and lists; some are lost when it stops
    with account(small(), plan_limits=limits, now=lambda: clock[0]) as server:
        command = Command(tmp_path, server, {"QOSREPORT_ZOOM__WORKERS": "4"})
        result = command.run("weekly", "--week", W, code=75)
        assert result.slug == "daily-limit"
        tomorrow = (clock[0] + dt.timedelta(days=1)).date()
        assert f"after {tomorrow} 00:00 UTC" in result.error
        assert any("not whole in the store" in line for line in result.warnings)
        whole = result.document(f"weekly-{W}.json")["coverage"]["whole"]
        assert 0 < whole < 20
        assert result.made(f"{W}.html").exists()
        server.requests.clear()
        clock[0] += dt.timedelta(days=1)
        again = command.run(*PULL)
        assert len(asked(server, "participants")) == 20 - whole
    assert f"{20 - whole} pulled, {whole} whole before" in again.err


def test_our_own_share_of_the_day_is_remembered_by_the_ledger(tmp_path):
    share = {"QOSREPORT_ZOOM__PLAN": "free", "QOSREPORT_ZOOM__BUDGET_SHARE": "0.02"}
    with account(small()) as server:
        command = Command(tmp_path, server, share)
        first = command.run(*PULL, code=75)
        assert len([one for one in server.requests if one.label]) <= 20
        server.requests.clear()
        second = command.run(*PULL, code=75)
        assert not [one for one in server.requests if one.label]
    assert first.slug == second.slug == "budget-spent"
    assert "20 calls (2 % of the plan's)" in first.error


def test_a_meeting_that_ended_late_is_picked_up(tmp_path):
    held = sorted(meetings_of(small()), key=lambda one: one.end_s)
    late = held[-1]
    clock = [late.end - dt.timedelta(seconds=60)]
    with account(small(), now=lambda: clock[0]) as server:
        command = Command(tmp_path, server)
        assert "Zoom listed 19 meetings; 19 pulled." in command.run(*PULL).err
        server.requests.clear()
        clock[0] = system_clock()
        result = command.run(*PULL)
        assert set(asked(server, "participants")) == {late.uuid}
    assert "Zoom listed 20 meetings; 1 pulled, 19 whole before." in result.err


def test_an_estimate_spends_no_call(tmp_path):
    with account(small()) as server:
        command = Command(tmp_path, server)
        guess = command.run(*PULL, "--estimate")
        assert not command.store.exists(), "an estimate makes nothing"
        assert server.requests == []
        assert "a guess of 500 meetings" in guess.out
        command.run(*PULL)
        server.requests.clear()
        known = command.run(*PULL, "--estimate")
        before = command.run("pull", "--week", week(0), "--estimate")
        assert server.requests == []
    assert "0 meetings listed and not yet whole" in known.out
    assert re.search(r"Calls: 0 heavy, \d+ resource_intensive; budget 30,000 a day\.", known.out)
    assert "judged by the eight weeks before" in before.out
    assert guess.err == known.err == ""


def test_lines_for_machines_parse_and_quiet_is_quiet(tmp_path):
    with account(small()) as server:
        command = Command(tmp_path, server)
        result = command.run("--log-format", "json", *PULL)
        lines = [json.loads(line) for line in result.err.splitlines()]
        assert {line["level"] for line in lines} == {"info"}
        assert len({line["run_id"] for line in lines}) == 1
        assert all(dt.datetime.fromisoformat(line["time"]).tzinfo for line in lines)
        assert command.run("-q", *PULL).err == ""
        wrong = {"QOSREPORT_ZOOM__CLIENT_SECRET": "wrong"}
        failed = command.run("--log-format", "json", "-q", *PULL, code=77, env=wrong)
        line, end = map(json.loads, failed.err.splitlines())
    assert (line["level"], line["slug"]) == ("error", "wrong-credentials")
    assert (end["event"], end["slug"], end["exit_code"]) == ("ended", "wrong-credentials", 77)
