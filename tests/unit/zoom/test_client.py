import datetime as dt
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import trustme

from qosreport import errors
from qosreport.zoom.client import Zoom
from tests.unit.zoom.support import (
    GRANULAR,
    START,
    FakeClock,
    Spending,
    error,
    listed,
    on,
    person,
    settings,
    zoom_client,
)


def test_check_asks_for_a_token_and_nothing_else(client, account):
    client.check(["meeting", "webinar"])
    assert [call.name for call in account.calls] == ["token"]
    assert client.calls == {}


@pytest.mark.parametrize("lacking", ["list_meetings", "list_meeting_participants_qos"])
def test_check_names_a_missing_scope_before_the_first_call(client, account, lacking):
    scope = f"dashboard:read:{lacking}:admin"
    account.token_fields["scope"] = GRANULAR.replace(scope, "")
    with pytest.raises(errors.MissingScopes) as caught:
        client.check(["meeting"])
    assert caught.value.facts["scopes"] == scope
    assert account.names() == []


def test_check_wants_only_the_kinds_and_extras_that_are_used(httpserver, account):
    account.token_fields["scope"] = "dashboard_meetings:read:admin"
    with zoom_client(httpserver) as zoom:
        zoom.check(["meeting"], also=["detail", "participant_qos"])
        with pytest.raises(errors.MissingScopes) as caught:
            zoom.check(["meeting", "webinar"])
    assert caught.value.facts["scopes"].count("webinar") == 3

    base = ["list_meetings", "list_meeting_participants", "list_meeting_participants_qos"]
    account.token_fields["scope"] = " ".join(f"dashboard:read:{name}:admin" for name in base)
    with (
        zoom_client(httpserver, sharing=True, ratings=True) as zoom,
        pytest.raises(errors.MissingScopes) as caught,
    ):
        zoom.check(["meeting"], also=["detail"])
    assert caught.value.facts["scopes"] == (
        "dashboard:read:meeting:admin, dashboard:read:meeting_sharing:admin, "
        "dashboard:read:post_meeting_feedback:admin"
    )


def test_check_with_a_wrong_secret_costs_one_request(client, account):
    account.faults.append(on("token", lambda: error(401)))
    with pytest.raises(errors.WrongCredentials):
        client.check(["meeting"])
    with pytest.raises(errors.WrongCredentials):
        client.fetch(listed())
    assert len(account.calls) == 1


def test_64_threads_fetch_at_once_within_workers_and_pace(httpserver, account):
    clock = FakeClock()
    uuids = [f"m{number}" for number in range(200)]
    account.people = {uuid: [person(number) for number in range(12)] for uuid in uuids}
    under_way, most, lock = [0], [0], threading.Lock()
    answer = account.answer

    def counted(call):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        try:
            return answer(call)
        finally:
            with lock:
                under_way[0] -= 1

    account.answer = counted
    spending = Spending()
    with zoom_client(httpserver, clock=clock, spending=spending, workers=8) as zoom:
        with ThreadPoolExecutor(64) as pool:
            fetched = list(pool.map(lambda uuid: zoom.fetch(listed(uuid)), uuids))
        assert [len(pages) for pages in fetched] == [3] * 200
        assert [{p.meeting_uuid for p in pages} for pages in fetched] == [{u} for u in uuids]
        assert zoom.calls == {"heavy": 600}
    assert spending.total(START.date()) == 600
    assert 1 <= most[0] <= 8
    assert account.tokens == 1
    assert 600 / 40 <= clock.monotonic() - 1000 <= 600 / 40 / 0.95 + 1


def test_no_more_than_the_workers_of_the_settings_are_under_way(httpserver, account):
    account.people = {f"m{number}": [person(1)] for number in range(30)}
    under_way, most, lock = [0], [0], threading.Lock()

    def slow(call):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.01)
        with lock:
            under_way[0] -= 1

    account.faults.append(slow)
    with zoom_client(httpserver, workers=3) as zoom, ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda uuid: zoom.fetch(listed(uuid)), account.people))
    assert most[0] == 3


def test_after_a_certificate_that_does_not_hold_nobody_connects_again(httpserver, account):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    handshakes = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                    handshakes.append(1)
                    context.wrap_socket(connection, server_side=True).close()
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v2"
        with zoom_client(httpserver, api_url=url) as zoom:
            for _ in range(3):
                with pytest.raises(errors.TlsFailure):
                    zoom.fetch(listed())
    assert len(handshakes) == 1


def test_stop_breaks_off_a_call_that_zoom_does_not_answer(httpserver, account):
    account.people = {"uuid-1==": [person(1)]}
    asked, done = threading.Event(), threading.Event()

    def silent(call):
        if call.name == "qos":
            asked.set()
            done.wait(10)

    account.faults.append(silent)
    with zoom_client(httpserver) as zoom, ThreadPoolExecutor(1) as pool:
        future = pool.submit(zoom.fetch, listed())
        assert asked.wait(5)
        zoom.stop()
        assert isinstance(future.exception(timeout=5), errors.PullStopped)
        done.set()


def test_a_stop_in_one_thread_stops_all(httpserver, account):
    account.people = {f"m{number}": [person(1)] for number in range(100)}
    account.faults.append(
        lambda call: error(403) if len(account.calls) > 40 and call.name != "token" else None
    )
    with zoom_client(httpserver) as zoom, ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(zoom.fetch, listed(uuid)) for uuid in account.people]
        outcomes = [type(future.exception()) for future in futures]
    assert set(outcomes) == {type(None), errors.Forbidden}
    assert len(account.names()) < 60


def test_the_days_calls_go_on_counting_over_midnight(httpserver, account):
    account.people = {"uuid-1==": [person(1)]}
    clock = FakeClock(dt.datetime(2026, 11, 18, 23, 59, 59, tzinfo=dt.UTC))
    spending = Spending({(dt.date(2026, 11, 18), "heavy"): 29_999})
    with zoom_client(httpserver, clock=clock, spending=spending) as zoom:
        with pytest.raises(errors.BudgetSpent):
            zoom.fetch(listed())
        clock.advance(60)
        zoom.fetch(listed())
    assert spending.spent[dt.date(2026, 11, 18), "heavy"] == 30_000
    assert spending.spent[dt.date(2026, 11, 19), "heavy"] == 2


def test_counts_can_be_read_but_not_changed(client, account):
    account.people = {"uuid-1==": [person(1)]}
    calls, ignored = client.calls, client.ignored
    client.fetch(listed())
    assert calls == {"heavy": 2}
    with pytest.raises(TypeError):
        calls["heavy"] = 0
    with pytest.raises(TypeError):
        ignored["x", 1, 1] = 0


def test_an_api_url_of_the_token_is_where_calls_go(httpserver, account):
    account.token_fields["api_url"] = "https://evil.example"
    with zoom_client(httpserver, api_url=None) as zoom, pytest.raises(errors.UntrustedApiUrl):
        zoom.fetch(listed())
    assert account.names() == []


def test_the_machines_own_clock_is_the_default(httpserver):
    spending = Spending()
    with Zoom(settings(httpserver), spent=spending.total, spend=spending.add) as zoom:
        assert zoom.calls == {}
