"""What is wrong with some meetings costs those meetings, never the run; nothing is lost."""

import datetime as dt
import json
import math
import re
import resource
from collections import Counter
from dataclasses import asdict, dataclass, replace

import pytest

from qosreport.store import Store
from tests.e2e.support import (
    WITH_PDF,
    Command,
    Result,
    account,
    asked,
    meetings_of,
    shared,
    small,
    week,
)

W = week()


TROUBLE = {
    # What goes wrong with a meeting, and the reason under which it is listed.
    "page_token_expired=qos": "page-token-expired",
    "page_token_loop=qos": "page-token-loop",
    "html_ok=qos": "unreadable-page",
    "deep_json=participants": "unreadable-page",
    "cut_json=qos": "unreadable-page",
    "total_too_high=participants": "rows-missing",
    "not_found=participants": "not-found",
    "truncated=qos": "server-errors",
}
"""Less than ten: so many meetings failing in a row are no longer those meetings' trouble."""


def by_size():
    """Meetings, the one of most QoS pages first."""
    return sorted(meetings_of(small()), key=lambda one: -len(one.qos_sessions))


def known(command):
    """State of each meeting in the store, and the reason if it is not whole, by UUID."""
    with Store.open(command.store, lock=False) as store:
        end = dt.datetime.fromtimestamp(small().end_s, dt.UTC)
        states = store.ledger.states(end - dt.timedelta(weeks=1), end)
    return {meeting.uuid: (meeting.state, meeting.reason) for meeting in states.meetings}


UUIDS = {fault: meeting.uuid for fault, meeting in zip(TROUBLE, by_size(), strict=False)}
"""The first two troubles need meetings of several pages."""


@dataclass(frozen=True)
class Troubled:
    """A week in which every kind of trouble befell one meeting, and the run after it."""

    first: Result
    after_first: dict
    second: Result
    after_second: dict
    asked_again: list


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    def make(home):
        faults = ",".join(f"{fault}:uuid={uuid}" for fault, uuid in UUIDS.items())
        with account(small(), faults) as server:
            first = Command(home, server).run("weekly", "--week", W, code=1)
        after_first = known(Command(home))
        with account(small()) as server:
            second = Command(home, server).run("pull", "--week", W)
            again = list(asked(server, "participants"))
        told = Troubled(first, after_first, second, known(Command(home)), again)
        (home / "told.json").write_text(json.dumps(asdict(told), default=str), "utf-8")

    home = shared(tmp_path_factory, "troubled", make)
    told = json.loads((home / "told.json").read_text("utf-8"))
    runs = {name: Result(**{**told[name], "cwd": home}) for name in ("first", "second")}
    return Troubled(**{**told, **runs})


@pytest.mark.parametrize("fault", TROUBLE)
def test_a_meeting_that_cannot_be_had_whole_is_named_and_had_later(troubled, fault):
    state, reason = troubled.after_first[UUIDS[fault]]
    assert (state == "whole", reason) == (False, TROUBLE[fault])
    assert troubled.after_second[UUIDS[fault]][0] == "whole"


def test_the_others_are_whole_at_once_and_not_asked_for_again(troubled):
    assert sorted(troubled.asked_again) == sorted(UUIDS.values())
    bad = len(TROUBLE)
    assert f"{bad} pulled, {20 - bad} whole before" in troubled.second.err


def test_the_report_of_a_week_with_broken_meetings_says_so(troubled):
    (told,) = troubled.first.warnings
    coverage = troubled.first.document(f"weekly-{W}.json")["coverage"]
    bad = len(TROUBLE)
    assert (coverage["listed"], coverage["whole"], coverage["incomplete"]) == (20, 20 - bad, bad)
    gaps = {gap["reason"]: gap["count"] for gap in coverage["gaps"] if gap["unit"] == "meetings"}
    for reason, count in Counter(TROUBLE.values()).items():
        assert gaps[reason] == count
        assert f"{reason} {count}" in told


def test_a_page_token_that_expires_once_costs_nothing_but_the_pages_again(tmp_path):
    meeting = by_size()[0]
    with account(small(), f"page_token_expired=qos:1:uuid={meeting.uuid}") as server:
        result = Command(tmp_path, server).run("pull", "--week", W)
        calls = asked(server, "qos")[meeting.uuid]
    assert "20 pulled" in result.err
    assert calls > math.ceil(len(meeting.qos_sessions) / 10)


def test_a_meeting_without_participants_is_whole_and_unscored(tmp_path):
    empty = min(meetings_of(small(), "meeting"), key=lambda one: len(one.sessions)).uuid
    with account(small()) as server:
        rows = server.account.library.rows

        def without_people(endpoint, meeting, gap=0):
            listing = rows(endpoint, meeting, gap)
            return replace(listing, total=0) if meeting.uuid == empty else listing

        server.account.library.rows = without_people
        command = Command(tmp_path, server)
        command.run("pull", "--week", W)
        scored = command.run("score", "--week", W)
    assert "1 Unscored" in scored.err
    assert {state for state, _ in known(command).values()} == {"whole"}


def test_blank_measurements_are_unscored_never_good_never_poor(tmp_path):
    with account(small(), "blank_qos") as server:
        result = Command(tmp_path, server).run("weekly", "--week", W)
    assert "none of which could be scored" in result.err
    document = result.document(f"weekly-{W}.json")
    assert document["coverage"]["scored"] == 0
    assert document["volume"]["scored_minutes"] == document["volume"]["harmed_minutes"] == 0
    assert document["people"] == []
    figures = {figure["id"]: figure["rate"] for figure in document["figures"]}
    assert figures["poor_connections"]["n"] == 0
    assert figures["poor_connections"]["pct"] is None
    assert document["worst_meetings"] == []
    for bands in (document["meetings_by_band"], document["connections_by_band"]):
        assert bands["unscored"] > 0
        assert not any(count for band, count in bands.items() if band != "unscored")


def test_names_and_values_that_bite_do_no_harm(tmp_path):
    with account(small(), "hostile_names,hostile_values") as server:
        result = Command(tmp_path, server).run("weekly", "--week", W, env=WITH_PDF)
    assert result.made(f"{W}.pdf").read_bytes().startswith(b"%PDF-1.7")
    for path in result.paths:
        if path.suffix == ".html":
            page = path.read_text("utf-8")
            for raw in ("<img src=x", "<script>alert", "</style><style>body", "<b>bold"):
                assert raw not in page, f"{raw} in {path.name}"
            assert "\x00" not in page
            assert "Ж" * 1000 not in page
    document = result.document(f"weekly-{W}.json")
    # Jinja's own signs come out as they went in: nothing was worked out.
    names = json.dumps([document["people"], document["worst_meetings"]], ensure_ascii=False)
    assert "{{ 7*7 }}" in names or "{% include" in names or "{#" in names
    assert "NaN" not in json.dumps(document)
    assert "Infinity" not in json.dumps(document)
    for flag in (flag for person in document["people"] for flag in person["flags"]):
        assert flag["worst_value"] is None or 0 <= flag["worst_value"] < 1e6
    assert {reject["rule"] for reject in document["coverage"]["rejects"]} >= {
        "not-finite",
        "wrong-unit",
    }
    for path in result.paths:
        if path.suffix == ".html":
            # What turns the direction of text does so within its own name only.
            outside = re.sub(r"<bdi>.*?</bdi>", "", path.read_text("utf-8"))
            assert "\u202e" not in outside, path.name


def no_file_larger_than(size):
    """Let the system refuse larger files, as a full disk would."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [1_000, 50_000])
def test_a_full_disk_loses_nothing_that_was_committed(tmp_path, size):
    with account(small()) as server:
        command = Command(tmp_path, server)
        result = command.run("pull", "--week", W, code=73, preexec_fn=no_file_larger_than(size))
        assert result.slug in {"disk-trouble", "store-foreign"}
        assert str(tmp_path) in result.error or "qosreport-data" in result.error
        again = command.run("pull", "--week", W)
    assert "Zoom listed 20 meetings" in again.err
    assert "not as it was committed" not in command.run("verify").err


def test_a_report_that_cannot_be_written_keeps_what_was_there(reported, tmp_path):
    command = reported[0].copy(tmp_path / "full")
    page = command.home / "qosreport-out" / f"weekly-{W}.html"
    before = page.read_bytes()
    limit = no_file_larger_than(100_000)
    result = command.run("report", "--week", W, code=73, preexec_fn=limit)
    assert result.slug == "disk-trouble"
    assert page.read_bytes() == before
    assert not [path for path in (command.home / "qosreport-out").rglob(".*") if path.is_file()]
