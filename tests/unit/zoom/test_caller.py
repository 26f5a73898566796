"""The error table end to end: what a whole call comes to, and how many requests it takes."""

import datetime as dt
import logging
import socket
import threading

import pytest
from werkzeug import Response

from qosreport import errors
from qosreport.zoom.transport import Caps
from tests.unit.zoom.support import (
    START,
    FakeClock,
    Spending,
    error,
    listed,
    minutes,
    on,
    person,
    zoom_client,
)

DAILY = "You have reached the maximum daily rate limit for this API."
PER_SECOND = "You have reached the maximum per-second rate limit for this API. Try again later."
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def one_meeting(account):
    account.people = {"uuid-1==": [person(1)]}


def list_all(client):
    return list(client.list_meetings("meeting", START - DAY, START, now=START))


@pytest.mark.parametrize(
    ("response", "kind", "facts"),
    [
        (lambda: error(404, 3001), errors.MeetingNotFound, {}),
        (lambda: error(404, 1001), errors.MeetingNotFound, {}),
        (lambda: error(400, 12702), errors.MeetingTooOld, {}),
        (lambda: error(400, 300, "Cannot access it."), errors.MeetingNotAccessible, {}),
        (lambda: error(400, 1010), errors.MeetingNotAccessible, {}),
        (lambda: error(418, 9), errors.MeetingNotAccessible, {}),
        (lambda: error(400, 200), errors.NoDashboard, {"reason": "HTTP 400, code 200"}),
        (lambda: error(400, 400), errors.NoDashboard, {"reason": "HTTP 400, code 400"}),
        (lambda: error(403), errors.Forbidden, {"endpoint": "a meeting's participants"}),
        (lambda: error(400, 4700), errors.TokenRejected, {"status": 400, "code": 4700}),
        (lambda: error(401, 4717), errors.TokenRejected, {"status": 401, "code": 4717}),
        (
            lambda: error(400, 4711, "does not contain scopes:[a:read:b:admin]."),
            errors.MissingScopes,
            {"scopes": "a:read:b:admin"},
        ),
        (
            lambda: error(429, 429, DAILY, Retry_After="2026-11-19T00:00:00Z"),
            errors.DailyLimit,
            {"resume": "2026-11-19 00:00 UTC"},
        ),
    ],
)
def test_what_asking_again_cannot_mend_is_asked_once(client, account, response, kind, facts):
    account.faults.append(on("participants", response))
    with pytest.raises(kind) as caught:
        client.fetch(listed())
    assert caught.value.facts == facts
    assert account.names() == ["participants"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_in_trouble_is_asked_again_with_growing_waits(client, account, clock, status):
    account.faults.append(on("participants", lambda: error(status), times=4))
    assert len(client.fetch(listed())) == 2
    assert account.names() == ["participants"] * 5 + ["qos"]
    assert 7.5 <= sum(clock.slept) <= 7.5 * 1.5 + 1


def test_trouble_without_end_costs_one_meeting(client, account):
    account.faults.append(on("qos", lambda: error(502)))
    with pytest.raises(errors.MeetingErrors) as caught:
        client.fetch(listed())
    assert caught.value.facts == {"attempts": 5, "last": "HTTP 502"}
    assert account.names().count("qos") == 5


def test_trouble_of_the_list_stops_the_run(client, account):
    account.faults.append(on("list", lambda: error(503)))
    with pytest.raises(errors.ZoomDown) as caught:
        list_all(client)
    assert caught.value.facts["endpoint"] == "the list of meetings"
    assert len(account.names()) == 5


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("9999", 60), ("junk", 0)])
def test_a_server_in_trouble_may_ask_for_time_but_not_for_hours(
    client, account, clock, asked, waited
):
    response = error(503, Retry_After=asked)
    account.faults.append(on("participants", response, times=1))
    client.fetch(listed())
    assert waited <= sum(clock.slept) <= waited + 2


HTML = "<html><body>Sign in to the guest network</body></html>"


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (lambda: Response(HTML, 200, content_type="text/html"), "HTML"),
        (lambda: Response("", 200), "an empty body"),
        (lambda: Response("null", 200, content_type="application/json"), "JSON of another shape"),
        (lambda: Response('{"participants":[', 200), "a truncated body"),
        (lambda: Response('{"code":1}', 200), "JSON without 'participants'"),
        (lambda: Response(HTML, 403), "HTTP 403"),
        (lambda: Response("", 204), "HTTP 204"),
        (lambda: Response("", 302, headers={"Location": "https://evil.example/"}), "a redirect"),
        (
            lambda: Response('{"participants":[],"next_page_token":7}', 200),
            "a page whose next_page_token is no text",
        ),
    ],
)
def test_what_is_no_page_is_asked_for_three_times_then_costs_the_meeting(
    client, account, response, kind
):
    account.faults.append(on("participants", response))
    with pytest.raises(errors.UnreadablePage) as caught:
        client.fetch(listed())
    assert caught.value.facts == {"endpoint": "a meeting's participants", "kind": kind}
    assert account.names() == ["participants"] * 3


def test_a_page_unreadable_twice_is_read_the_third_time(client, account):
    account.faults.append(on("qos", lambda: Response(HTML, 200), times=2))
    assert len(client.fetch(listed())) == 2


@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_list_that_is_no_list_is_not_zoom(client, account, status):
    account.faults.append(on("list", lambda: Response(HTML, status)))
    with pytest.raises(errors.NotZoom) as caught:
        list_all(client)
    assert caught.value.facts["endpoint"] == "the list of meetings"
    assert len(account.names()) == 3


def test_a_body_beyond_the_cap_costs_the_meeting_at_once(httpserver, account):
    account.people = {"uuid-1==": [person(1, user_name="x" * 5000)]}
    with (
        zoom_client(httpserver, caps=Caps(body_bytes=2000)) as zoom,
        pytest.raises(errors.UnreadablePage) as caught,
    ):
        zoom.fetch(listed())
    assert caught.value.facts["kind"] == "larger than 64 MiB"
    assert len(account.names()) == 1


def test_a_rejected_token_is_replaced_once_and_the_call_repeated(client, account):
    account.faults.append(on("participants", lambda: error(401, 124), times=1))
    assert len(client.fetch(listed())) == 2
    bearers = [c.headers["Authorization"] for c in account.calls if c.name != "token"]
    assert bearers == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]
    assert account.tokens == 2


def test_a_second_rejection_stops_the_run_and_later_calls_ask_nothing(client, account):
    account.faults.append(on("participants", lambda: error(401, 124, "canary")))
    for _ in range(3):
        with pytest.raises(errors.TokenRejected) as caught:
            client.fetch(listed())
    assert account.names() == ["participants"] * 2
    assert account.tokens == 2
    assert "canary" not in str(caught.value)


def test_a_token_rejected_for_many_threads_at_once_is_replaced_once(httpserver, account):
    gate = threading.Barrier(8)
    account.people = {f"m{n}": [person(1)] for n in range(8)}

    def reject_the_first(call):
        if call.headers.get("Authorization") == "Bearer token-1":
            gate.wait(10)
            return error(401, 124)
        return None

    account.faults.append(reject_the_first)
    with zoom_client(httpserver) as zoom:
        threads = [
            threading.Thread(target=zoom.fetch, args=(listed(uuid),)) for uuid in account.people
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert account.tokens == 2
    assert len(account.names()) == 8 + 16


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({}, 1),
        ({"Retry_After": "5"}, 5),
        ({"Retry_After": "Wed, 18 Nov 2026 09:30:20 GMT"}, 20),
        ({"Retry_After": "2026-11-18T09:31:00Z"}, 60),
        ({"Retry_After": "2020-05-31T00:00:00Z"}, 1),
        ({"Retry_After": "-7"}, 1),
        ({"Retry_After": "soon"}, 1),
        ({"X_RateLimit_Type": "QPS", "Retry_After": "2"}, 2),
    ],
)
def test_a_per_second_limit_is_waited_out(client, account, clock, headers, waited):
    account.faults.append(
        on("participants", lambda: error(429, 429, PER_SECOND, **headers), times=1)
    )
    assert len(client.fetch(listed())) == 2
    assert waited * 0.99 <= sum(clock.slept) <= waited * 1.6 + 1


def test_a_per_second_limit_without_end_costs_the_meeting_after_bounded_waits(
    client, account, clock
):
    account.faults.append(on("participants", lambda: error(429, 429, PER_SECOND)))
    with pytest.raises(errors.MeetingErrors) as caught:
        client.fetch(listed())
    assert caught.value.facts["last"] == "HTTP 429, code 429"
    assert len(account.names()) == 8
    assert sum(clock.slept) < 300


@pytest.mark.parametrize(
    "headers",
    [
        {"X_RateLimit_Type": "Daily-limit", "Retry_After": "2026-11-19T00:00:00Z"},
        {"X_RateLimit_Type": "Daily-limit"},
        {"Retry_After": "52200"},
        {"Retry_After": "1000000000"},
    ],
)
def test_a_daily_limit_never_sleeps_and_stops_every_thread(client, account, clock, headers):
    account.faults.append(on("qos", lambda: error(429, 429, PER_SECOND, **headers)))
    account.people = {f"m{n}": [person(1)] for n in range(3)}
    for uuid in account.people:
        with pytest.raises(errors.DailyLimit) as caught:
            client.fetch(listed(uuid))
        assert caught.value.facts == {"resume": "2026-11-19 00:00 UTC"}
    assert account.names() == ["participants", "qos"]
    assert sum(clock.slept) < 1


def test_after_the_day_of_a_daily_limit_calls_go_on(client, account, clock):
    account.faults.append(on("participants", lambda: error(429, 429, DAILY), times=1))
    with pytest.raises(errors.DailyLimit):
        client.fetch(listed())
    clock.advance(15 * 3600)
    assert len(client.fetch(listed())) == 2


def test_the_budget_stops_the_pull_before_zoom_does(httpserver, account):
    spending = Spending({(START.date(), "heavy"): 29_999})
    with zoom_client(httpserver, spending=spending) as zoom:
        with pytest.raises(errors.BudgetSpent):
            zoom.fetch(listed())
        assert account.names() == ["participants"]
        assert zoom.calls == {"heavy": 1}
    assert spending.total(START.date()) == 30_000


def test_every_try_is_counted_and_written_down(httpserver, account):
    account.faults.append(on("participants", lambda: error(500), times=2))
    spending = Spending()
    with zoom_client(httpserver, spending=spending) as zoom:
        zoom.fetch(listed())
        list_all(zoom)
        assert zoom.calls == {"heavy": 4, "resource_intensive": 2}
    assert spending.spent == {
        (START.date(), "heavy"): 4,
        (START.date(), "resource_intensive"): 2,
    }


def test_a_refused_connection_costs_a_meeting_but_stops_a_list(httpserver, account):
    spending = Spending()
    with zoom_client(httpserver, api_url="http://127.0.0.1:1/v2", spending=spending) as zoom:
        with pytest.raises(errors.MeetingErrors) as one:
            zoom.fetch(listed())
        with pytest.raises(errors.NoNetwork) as all_of_them:
            list_all(zoom)
    assert one.value.facts == {"attempts": 5, "last": "it refuses the connection"}
    # What never reached Zoom is not counted by Zoom.
    assert not [label for _, label in spending.spent if label == "heavy"]
    assert all_of_them.value.facts["host"] == "127.0.0.1"


def test_a_proxy_that_wants_a_password_stops_the_run_at_once(client, account):
    account.faults.append(on("participants", lambda: Response(HTML, 407)))
    for _ in range(2):
        with pytest.raises(errors.NoNetwork) as caught:
            client.fetch(listed())
        assert caught.value.facts["why"] == "the proxy answers HTTP 407"
    assert account.names() == ["participants"]


def test_a_proxy_that_refuses_the_way_to_zoom_stops_the_run_at_once(httpserver, account):
    refusals = []

    def refuse(connection):
        refusals.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        connection.close()

    with zoom_client(httpserver, api_url="https://api.zoom.example/v2") as zoom:
        # The token is had directly, so that it is the call itself that meets the proxy.
        zoom.check(["meeting"])
        with socket.create_server(("127.0.0.1", 0)) as proxy:
            threading.Thread(target=lambda: refuse(proxy.accept()[0]), daemon=True).start()
            url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
            zoom._transport._session.proxies = {"https": url}
            for _ in range(2):
                with pytest.raises(errors.NoNetwork) as caught:
                    zoom.fetch(listed())
    assert caught.value.facts["why"] == "the proxy answers HTTP 407"
    assert len(refusals) == 1


@pytest.mark.parametrize(("status", "kind"), [("502", errors.ZoomDown), ("html", errors.NotZoom)])
def test_ten_meetings_failing_in_a_row_stop_the_run(client, account, status, kind):
    account.people = {f"m{n}": [person(1)] for n in range(15)}
    broken = (lambda: error(502)) if status == "502" else (lambda: Response(HTML, 200))
    account.faults.append(on("participants", broken))
    outcomes = []
    for uuid in account.people:
        try:
            client.fetch(listed(uuid))
        except errors.QosreportError as failure:
            outcomes.append(type(failure))
    assert len([o for o in outcomes if issubclass(o, errors.SkipMeeting)]) == 9
    assert outcomes[9:] == [kind] * 6
    assert len(account.names()) == 10 * (5 if status == "502" else 3)


def test_ten_meetings_without_a_connection_stop_the_run_with_the_host_named(httpserver, account):
    with zoom_client(httpserver, api_url="http://127.0.0.1:1/v2") as zoom:
        for _ in range(9):
            with pytest.raises(errors.MeetingErrors):
                zoom.fetch(listed())
        with pytest.raises(errors.NoNetwork) as caught:
            zoom.fetch(listed())
    assert caught.value.facts == {"host": "127.0.0.1", "why": "it refuses the connection"}


def test_a_meeting_that_works_between_begins_the_count_anew(client, account):
    account.people = {"good": [person(1)], "bad": [person(1)]}
    account.faults.append(lambda call: error(500) if "/bad/" in call.path else None)
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(errors.MeetingErrors):
                client.fetch(listed("bad"))
        client.fetch(listed("good"))


def test_mostly_refusals_stop_the_run_before_zoom_disables_the_app(client, account):
    account.people = {}
    outcomes = []
    for number in range(150):
        try:
            client.fetch(listed(f"m{number}"))
        except errors.QosreportError as failure:
            outcomes.append(failure)
    assert [type(o) for o in outcomes[:99]] == [errors.MeetingNotFound] * 99
    assert {type(o) for o in outcomes[99:]} == {errors.ZoomDown}
    assert outcomes[99].facts["last"] == "HTTP 404, code 3001"
    assert len(account.names()) == 100


def test_some_refusals_among_good_answers_do_not(client, account):
    account.people = {f"m{n}": [person(1)] for n in range(0, 300, 2)}
    missing = 0
    for number in range(300):
        try:
            client.fetch(listed(f"m{number}"))
        except errors.MeetingNotFound:
            missing += 1
    assert missing == 150


def test_stop_ends_waits_and_calls(httpserver, account):
    account.faults.append(on("participants", lambda: error(503)))
    clock = FakeClock()
    with zoom_client(httpserver, clock=clock) as zoom:
        sleep = clock.sleep

        def sleep_then_stop(seconds):
            sleep(seconds)
            zoom.stop()

        clock.sleep = sleep_then_stop
        with pytest.raises(errors.PullStopped):
            zoom.fetch(listed())
        with pytest.raises(errors.PullStopped):
            zoom.fetch(listed())
    assert len(account.names()) == 1
    assert clock.slept[0] <= 1.0


def test_no_secret_token_name_or_uuid_is_logged_or_said(client, account, caplog):
    caplog.set_level(logging.DEBUG)
    canaries = ("canary-secret", "token-1", "Canary Name", "canary-uuid", "canary-page")
    rows = [person(n, user_name="Canary Name") for n in range(400)]
    account.people = {"canary-uuid": rows}
    account.qos = {"canary-uuid": [minutes(rows[0])]}
    client.fetch(listed("canary-uuid"))
    said = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    for response in (error(500, 1, "Canary Name"), error(403, 1, "Canary Name")):
        account.faults[:] = [on("qos", response)]
        with pytest.raises(errors.QosreportError) as caught:
            client.fetch(listed("canary-uuid"))
        said.append(str(caught.value))
    assert not [word for word in canaries for line in said if word in line]
