import base64
import datetime as dt
import threading
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from werkzeug import Response

from qosreport import errors
from qosreport.settings import ZoomSettings
from qosreport.zoom.auth import Auth, _trusted_api_url
from qosreport.zoom.endpoints import ENDPOINTS
from qosreport.zoom.retries import Waits
from qosreport.zoom.transport import Caps, Transport
from tests.unit.zoom.support import START, UNHURRIED, FakeClock, error, ok, on, settings

NEEDED = [ENDPOINTS["meeting", name] for name in ("list", "participants", "qos")]


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def make(httpserver, account, clock):
    """Makes an Auth against the account; no API URL is set unless asked for."""
    opened = []

    def auth(**more):
        chosen = settings(httpserver, **{"api_url": None, **more})
        opened.append(Transport(chosen, clock))
        return Auth(chosen, opened[-1], clock, Waits(clock, seed=1))

    yield auth
    for transport in opened:
        transport.close()


def test_the_token_is_asked_for_as_zoom_wants_it(make, account):
    token = make().token()
    assert token.value == "token-1"
    call = account.calls[0]
    assert call.method == "POST"
    assert call.target == "/oauth/token"
    pair = base64.b64decode(call.headers["Authorization"].removeprefix("Basic "))
    assert pair == b"client-1:canary-secret"
    assert call.body == b"grant_type=account_credentials&account_id=account-1"


def test_the_token_does_not_show_when_printed(make):
    assert "token-1" not in repr(make().token())


def test_a_token_is_kept_until_a_minute_before_its_end(make, account, clock):
    auth = make()
    auth.token()
    clock.advance(3599 - 61)
    auth.token()
    assert account.tokens == 1
    clock.advance(2)
    assert auth.token().value == "token-2"


def test_changing_the_machines_clock_does_not_age_a_token(make, account, clock):
    auth = make()
    auth.token()
    clock.set(START + dt.timedelta(hours=2))
    auth.token()
    clock.set(START - dt.timedelta(hours=2))
    auth.token()
    assert account.tokens == 1


def test_a_dropped_token_is_replaced_but_a_newer_one_is_kept(make, account):
    auth = make()
    old = auth.token()
    auth.drop(old)
    new = auth.token()
    auth.drop(old)
    assert auth.token() is new
    assert account.tokens == 2


def test_many_threads_ask_for_one_token(make, account):
    auth = make()
    gate = threading.Barrier(32)
    values = []

    def work():
        gate.wait()
        values.append(auth.token().value)

    threads = [threading.Thread(target=work) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == ["token-1"] * 32
    assert account.tokens == 1


@pytest.mark.parametrize("life", [None, 0, -5, 10**12, "soon", float("nan")])
def test_a_senseless_life_counts_as_an_hour(make, account, clock, life):
    account.token_fields["expires_in"] = life
    auth = make()
    auth.token()
    clock.advance(3500)
    auth.token()
    assert account.tokens == 1
    clock.advance(60)
    auth.token()
    assert account.tokens == 2


def test_a_short_life_does_not_ask_for_a_token_each_time(make, account, clock):
    account.token_fields["expires_in"] = 30
    auth = make()
    auth.token()
    clock.advance(14)
    auth.token()
    assert account.tokens == 1


@pytest.mark.parametrize("value", ["", None, 5, "a\r\nX-Evil: 1", "a b", "é", "x" * 9000, ["t"]])
def test_a_token_that_cannot_stand_in_a_header_is_refused(make, account, value):
    account.token_fields["access_token"] = value
    with pytest.raises(errors.NotZoom) as caught:
        make().token()
    assert caught.value.facts["kind"] == "an answer without a usable token"


@pytest.mark.parametrize(
    ("body", "status", "kind", "reason"),
    [
        (
            {"reason": "Invalid client_id or client_secret", "error": "invalid_client"},
            400,
            errors.WrongCredentials,
            "invalid_client",
        ),
        (
            {"reason": "unsupported grant type", "error": "unsupported_grant_type"},
            400,
            errors.WrongAppKind,
            "unsupported_grant_type",
        ),
        ({"reason": "Bad Request", "error": "canary"}, 400, errors.WrongCredentials, "HTTP 400"),
        ({"error": ["invalid_client"]}, 400, errors.WrongCredentials, "HTTP 400"),
        ({"code": 4717, "message": "canary"}, 400, errors.WrongCredentials, "HTTP 400, code 4717"),
        ({"code": 4705, "message": "canary"}, 400, errors.WrongAppKind, "HTTP 400, code 4705"),
        ({}, 401, errors.WrongCredentials, "HTTP 401"),
        ({}, 403, errors.WrongCredentials, "HTTP 403"),
    ],
)
def test_credentials_refused_cost_one_request_and_say_why(
    make, account, *, body, status, kind, reason
):
    def refuse(_call):
        response = ok(body)
        response.status_code = status
        return response

    account.faults.append(refuse)
    auth = make()
    for _ in range(3):
        with pytest.raises(kind) as caught:
            auth.token()
        assert caught.value.facts == {"reason": reason}
    assert len(account.calls) == 1


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (lambda: Response("<html>Sign in</html>", 200), "HTML"),
        (lambda: Response("", 200), "something that is no token"),
        (lambda: Response("null", 200), "something that is no token"),
        (lambda: Response("<html>No</html>", 400), "HTTP 400"),
        (lambda: error(404, None, "no such page"), "HTTP 404"),
        (lambda: Response("", 302, headers={"Location": "https://evil.example/"}), "a redirect"),
    ],
)
def test_what_is_no_token_endpoint_is_named(make, account, response, kind):
    account.faults.append(on("token", response))
    with pytest.raises(errors.NotZoom) as caught:
        make().token()
    assert caught.value.facts["kind"] == kind
    assert len(account.calls) == 1


def test_a_token_answer_without_end_is_not_read_to_it(httpserver, account, clock):
    account.token_fields["padding"] = "x" * 5000
    chosen = settings(httpserver)
    transport = Transport(chosen, clock, caps=Caps(body_bytes=2000))
    with pytest.raises(errors.NotZoom):
        Auth(chosen, transport, clock, Waits(clock)).token()
    assert len(account.calls) == 1
    transport.close()


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_trouble_of_the_token_endpoint_is_waited_out(make, account, clock, status):
    account.faults.append(on("token", lambda: error(status), times=4))
    assert make().token().value == "token-1"
    assert len(account.calls) == 5
    assert sum(clock.slept) >= 0.5 + 1 + 2 + 4


def test_trouble_without_end_is_given_up(make, account):
    account.faults.append(on("token", lambda: error(503)))
    with pytest.raises(errors.ZoomDown) as caught:
        make().token()
    assert caught.value.facts["attempts"] == 5
    assert caught.value.facts["last"] == "HTTP 503"
    assert len(account.calls) == 5


def test_retry_after_of_the_token_endpoint_is_heeded_up_to_a_minute(make, account, clock):
    account.faults.append(on("token", lambda: error(429, Retry_After="20"), times=1))
    account.faults.append(on("token", lambda: error(429, Retry_After="86400"), times=1))
    make().token()
    assert 80 <= sum(clock.slept) < 100


def test_an_unreachable_token_host_is_named(make, clock):
    with pytest.raises(errors.NoNetwork) as caught:
        make(token_url="http://127.0.0.1:1/oauth/token").token()
    assert caught.value.facts == {"host": "127.0.0.1", "why": "it refuses the connection"}
    assert sum(clock.slept) > 7


@pytest.mark.parametrize(
    ("missing", "key"),
    [
        ({"account_id": None}, "zoom.account_id"),
        ({"client_id": ""}, "zoom.client_id"),
        ({"client_secret": None}, "zoom.client_secret"),
    ],
)
def test_a_credential_that_is_not_set_is_named_without_asking(make, account, missing, key):
    with pytest.raises(errors.MissingSetting) as caught:
        make(**missing).token()
    assert caught.value.facts["key"] == key
    assert account.calls == []


def test_credentials_of_any_script_are_sent(make, account):
    make(client_secret=SecretStr("gehéim\n")).token()
    pair = base64.b64decode(account.calls[0].headers["Authorization"].removeprefix("Basic "))
    assert pair.decode() == "client-1:gehéim\n"


@pytest.mark.parametrize(
    ("named", "base"),
    [
        (None, "https://api.zoom.us/v2"),
        ("", "https://api.zoom.us/v2"),
        ("https://api.zoom.us", "https://api.zoom.us/v2"),
        ("https://api-eu.zoom.us/", "https://api-eu.zoom.us/v2"),
        ("https://API-US.zoom.us:443/v2", "https://api-us.zoom.us/v2"),
    ],
)
def test_the_api_is_where_the_token_says_if_that_is_zooms(make, account, named, base):
    account.token_fields["api_url"] = named
    assert make().token().api_url == base


@pytest.mark.parametrize(
    "named",
    [
        "https://evil.example",
        "http://api.zoom.us",
        "http://169.254.169.254/latest",
        "https://169.254.169.254",
        "https://zoom.us.evil.example",
        "https://evilzoom.us",
        "https://api.zoom.us@evil.example",
        "https://ada:pw@api.zoom.us",
        "https://api.zoom.us:8443",
        "https://api.zoom.us.",
        "https://[::1",
        "file:///etc/passwd",
        "api.zoom.us",
        "https://evil.example/.zoom.us",
        "https://evil.example#.zoom.us",
        "https://evil.example\\.zoom.us",
        5,
        ["https://api.zoom.us"],
    ],
)
def test_an_api_host_that_is_not_zooms_is_refused(make, account, named):
    account.token_fields["api_url"] = named
    with pytest.raises(errors.UntrustedApiUrl) as caught:
        make().token()
    assert "@" not in str(caught.value)


@UNHURRIED
@given(host=st.text("abz.@:/\\#?-_%é0", min_size=1, max_size=20))
def test_only_hosts_under_zoom_are_ever_trusted(host):
    try:
        base = _trusted_api_url(f"https://{host}")
    except errors.UntrustedApiUrl:
        return
    assert urlsplit(base).hostname.endswith(".zoom.us")


def test_the_operators_api_url_wins(make, account):
    account.token_fields["api_url"] = "https://evil.example"
    assert (
        make(api_url="https://proxy.example/zoom/v2")
        .token()
        .api_url.startswith("https://proxy.example")
    )


@pytest.mark.parametrize(
    "scope",
    [
        "dashboard:read:list_meetings:admin dashboard:read:list_meeting_participants:admin "
        "dashboard:read:list_meeting_participants_qos:admin",
        "dashboard_meetings:read:admin",
        "dashboard:read:admin user:read",
        "dashboard:read:list_meetings:admin dashboard_meetings:read:admin",
    ],
)
def test_either_style_of_scopes_will_do(make, account, scope):
    account.token_fields["scope"] = scope
    make().check_scopes(NEEDED)


def test_every_missing_scope_is_named_once(make, account):
    account.token_fields["scope"] = "dashboard:read:list_meetings:admin user:read:admin"
    with pytest.raises(errors.MissingScopes) as caught:
        make().check_scopes([*NEEDED, *NEEDED])
    assert caught.value.facts["scopes"] == (
        "dashboard:read:list_meeting_participants:admin, "
        "dashboard:read:list_meeting_participants_qos:admin"
    )


def test_a_token_of_no_scopes_lacks_them_all_but_silence_is_not_refusal(make, account, caplog):
    account.token_fields["scope"] = ""
    with pytest.raises(errors.MissingScopes):
        make().check_scopes(NEEDED)
    account.token_fields["scope"] = None
    make().check_scopes(NEEDED)
    assert "names no scopes" in caplog.text


def test_a_wrong_clock_is_warned_of(make, server_date, caplog, monkeypatch):
    server_date[0] = START + dt.timedelta(hours=2)
    make().token()
    assert "clock" not in caplog.text
    monkeypatch.setattr("qosreport.zoom.auth._is_zooms", lambda _host: True)
    make().token()
    assert "-7200 s away" in caplog.text
    server_date[0] = START + dt.timedelta(minutes=4)
    caplog.clear()
    make().token()
    assert "clock" not in caplog.text


def test_the_secret_of_a_file_is_read(make, account, tmp_path):
    file = tmp_path / "secret"
    file.write_text("from-file\n")
    make(client_secret=None, client_secret_file=file).token()
    pair = base64.b64decode(account.calls[0].headers["Authorization"].removeprefix("Basic "))
    assert pair == b"client-1:from-file"


def test_settings_without_anything_are_enough_to_be_told_what_is_missing(clock):
    chosen = ZoomSettings()
    transport = Transport(chosen, clock)
    with pytest.raises(errors.MissingSetting):
        Auth(chosen, transport, clock, Waits(clock)).token()
    transport.close()
