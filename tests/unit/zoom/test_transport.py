import contextlib
import datetime as dt
import gzip
import logging
import socket
import ssl
import struct
import threading
import tracemalloc
import zlib

import pytest
import trustme

from qosreport.errors import BadSetting, PullStopped, TlsFailure
from qosreport.settings import ZoomSettings
from qosreport.zoom.transport import Broken, Caps, ProxyRefuses, TooLarge, Transport
from tests.unit.zoom.support import FakeClock

BODY = b'{"participants":[],"next_page_token":""}'


class RawServer:
    """A server of which every byte is the test's: `serve(connection, request)` for each request.

    A connection is closed when `serve` returns False or the other side leaves.
    """

    def __init__(self, serve, *, tls=None):
        self._serve = serve
        self._tls = tls
        self.requests = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path="/v2/metrics", scheme="http", host="127.0.0.1"):
        return f"{scheme}://{host}:{self.port}{path}"

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            while (request := self._request(connection)) is not None:
                self.requests.append(request)
                if self._serve(connection, request) is False:
                    break
        except OSError:
            pass
        finally:
            connection.close()

    def _request(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = connection.recv(65536)
            if not chunk:
                return None
            head += chunk
        return head


@pytest.fixture
def raw_server():
    servers = []

    def start(serve, **kwargs):
        servers.append(RawServer(serve, **kwargs))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def http(body=BODY, status="200 OK", headers=(), length=None):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def transport(clock=None, caps=None, **settings):
    return Transport(ZoomSettings(**settings), clock or FakeClock(), caps=caps)


def get(url, **kwargs):
    sender = transport(**kwargs)
    try:
        return sender.send("GET", url, {"Authorization": "Bearer canary"})
    finally:
        sender.close()


def always(response):
    def serve(connection, _request):
        connection.sendall(response)

    return serve


def test_an_answer_comes_whole_with_status_headers_and_time(raw_server):
    server = raw_server(always(http(status="418 Teapot", headers=["X-Kind: pot"])))
    clock = FakeClock()
    answer = get(server.url(), clock=clock)
    assert (answer.status, answer.body, answer.received_at) == (418, BODY, clock.now())
    assert answer.headers["x-kind"] == "pot"


def test_the_path_reaches_the_server_as_it_was_written(raw_server):
    server = raw_server(always(http()))
    path = "/v2/metrics/meetings/%252Ftiny%252F%252FMeeting%252B1%253D/a%2Fb%2Bc%3D/%7E?t=%2F%3D"
    get(server.url(path))
    assert server.requests[0].split(b" ")[1].decode() == path


def test_only_gzip_is_offered_and_it_is_undone(raw_server):
    zipped = http(gzip.compress(BODY), headers=["Content-Encoding: gzip"])
    server = raw_server(always(zipped))
    assert get(server.url()).body == BODY
    assert b"accept-encoding: gzip\r\n" in server.requests[0].lower()


def test_connections_are_kept_and_shared(raw_server):
    server = raw_server(always(http()))
    sender = transport()
    for _ in range(5):
        sender.send("GET", server.url(), {})
    assert server.connections == 1
    sender.close()


def test_no_cookie_is_kept_and_no_redirect_followed(raw_server):
    elsewhere = raw_server(always(http()))
    redirect = http(b"", "302 Found", [f"Location: {elsewhere.url()}", "Set-Cookie: a=b; Path=/"])
    server = raw_server(always(redirect))
    sender = transport()
    assert sender.send("GET", server.url(), {}).status == 302
    sender.send("GET", server.url(), {})
    assert elsewhere.requests == []
    assert b"cookie" not in server.requests[1].lower()
    sender.close()


def test_a_form_goes_in_the_body(raw_server):
    server = raw_server(always(http()))
    sender = transport()
    sender.send("POST", server.url("/oauth/token"), {}, form={"a": "b c", "d": "é&"})
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body in {b"a=b+c&d=%C3%A9%26", b""}
    assert b"content-type: application/x-www-form-urlencoded" in head.lower()
    assert b"content-length: 17" in head.lower()
    sender.close()


def test_proxies_netrc_and_certificates_of_the_environment_are_not_used(
    raw_server, monkeypatch, tmp_path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password canary\n")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("NO_PROXY", "")
    server = raw_server(always(http()))
    sender = transport()
    assert sender.send("GET", server.url(), {}).status == 200
    assert b"authorization" not in server.requests[0].lower()
    sender.close()


@pytest.mark.parametrize("cut", [0, 1, 20, len(BODY) - 1])
@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_body_cut_short_is_never_an_answer(raw_server, cut, how):
    def serve(connection, _request):
        connection.sendall(http(BODY[:cut], length=len(BODY)))
        if how == "rst":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    with pytest.raises(Broken) as caught:
        get(raw_server(serve).url())
    assert caught.value.reached


def test_headers_cut_short_leave_nothing_to_read(raw_server, caplog):
    def serve(connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
        return False

    assert get(raw_server(serve).url("/canary")).body == b""
    assert "canary" not in caplog.text


def test_chunks_that_end_too_soon_are_no_answer(raw_server):
    def serve(connection, _request):
        connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"par\r\n')
        return False

    with pytest.raises(Broken):
        get(raw_server(serve).url())


def test_broken_compression_is_no_answer(raw_server):
    zipped = bytearray(gzip.compress(BODY * 50))
    zipped[15] ^= 0xFF
    server = raw_server(always(http(bytes(zipped), headers=["Content-Encoding: gzip"])))
    with pytest.raises(Broken):
        get(server.url())


def test_a_connection_closed_between_two_requests_can_be_asked_again(raw_server):
    def serve(connection, _request):
        connection.sendall(http())
        return False

    server = raw_server(serve)
    sender = transport()
    answers = []
    while len(answers) < 3:
        with contextlib.suppress(Broken):
            answers.append(sender.send("GET", server.url(), {}).status)
    assert server.connections >= 3
    sender.close()


def bomb(megabytes):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    return b"".join([*(packer.compress(zeros) for _ in range(megabytes)), packer.flush()])


def test_a_bomb_is_given_up_at_the_cap_without_filling_memory(raw_server):
    packed = bomb(300)
    server = raw_server(always(http(packed, headers=["Content-Encoding: gzip"])))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            get(server.url(), caps=Caps(body_bytes=16 << 20))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20


def test_after_a_body_too_large_the_next_answer_is_its_own(raw_server):
    replies = [http(b"x" * 5000), http()]

    def serve(connection, _request):
        connection.sendall(replies.pop(0))

    server = raw_server(serve)
    sender = transport(caps=Caps(body_bytes=1000))
    with pytest.raises(TooLarge):
        sender.send("GET", server.url(), {})
    assert sender.send("GET", server.url(), {}).body == BODY
    sender.close()


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_drip_ends_at_the_deadline_of_the_whole_exchange(raw_server, part):
    clock = FakeClock()
    whole = http(BODY * 40)
    start = 10 if part == "headers" else whole.index(b"\r\n\r\n") + 4
    sent = []

    def serve(connection, _request):
        connection.sendall(whole[:start])
        for byte in whole[start:]:
            # Each byte comes well within the read timeout, but a minute after the last.
            clock.advance(50)
            connection.sendall(bytes([byte]))
            sent.append(byte)
            threading.Event().wait(0.002)
        return False

    with pytest.raises(Broken) as caught:
        get(raw_server(serve).url(), clock=clock)
    assert caught.value.why == "it answered too slowly"
    assert len(sent) < 100


def test_a_host_that_does_not_take_the_call_is_named(monkeypatch):
    def silent(*_args, **_kwargs):
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", silent)
    with pytest.raises(Broken) as caught:
        get("http://192.0.2.1/v2")
    assert (caught.value.why, caught.value.reached) == ("it does not answer", False)


def test_silence_ends_at_the_read_timeout(raw_server):
    def serve(_connection, _request):
        threading.Event().wait(2)
        return False

    with pytest.raises(Broken) as caught:
        get(raw_server(serve).url(), caps=Caps(read_s=0.05))
    assert (caught.value.why, caught.value.reached) == ("it answered too slowly", True)


def test_a_refused_connection_is_named():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Broken) as caught:
        get(f"http://127.0.0.1:{port}/canary-path?token=canary")
    assert (caught.value.why, caught.value.host) == ("it refuses the connection", "127.0.0.1")
    assert not caught.value.reached
    assert "canary" not in str(caught.value)


def test_a_name_that_does_not_resolve_is_named(monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Broken) as caught:
        get("https://api.zoom.example/v2")
    assert caught.value.why == "its name cannot be resolved"
    assert not caught.value.reached


def test_without_a_route_there_is_no_way(monkeypatch):
    def unreachable(*_args, **_kwargs):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    with pytest.raises(Broken) as caught:
        get("http://192.0.2.1/v2")
    assert (caught.value.why, caught.value.reached) == ("there is no way to it", False)


@pytest.mark.parametrize(
    ("status", "kind", "why"),
    [
        ("407 Proxy Authentication Required", ProxyRefuses, "the proxy answers HTTP 407"),
        ("403 Forbidden", ProxyRefuses, "the proxy answers HTTP 403"),
        ("502 Bad Gateway", Broken, "the proxy answers HTTP 502"),
    ],
)
def test_a_proxy_that_does_not_let_us_through_is_named(raw_server, status, kind, why):
    proxy = raw_server(always(http(b"", status)))
    with pytest.raises(kind) as caught:
        get("https://api.zoom.example/v2", proxy=f"http://ada:canary@127.0.0.1:{proxy.port}")
    assert type(caught.value) is kind
    assert caught.value.why == why
    assert caught.value.host == "api.zoom.example through the proxy 127.0.0.1"
    assert proxy.requests[0].startswith(b"CONNECT api.zoom.example:443")


def test_a_proxy_that_is_down_is_named():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Broken) as caught:
        get("https://api.zoom.example/v2", proxy=f"http://127.0.0.1:{port}")
    assert caught.value.why == "the proxy does not answer"


def test_the_proxy_of_the_settings_is_used(raw_server):
    proxy = raw_server(always(http()))
    assert (
        get("http://127.0.0.1:1/v2/metrics", proxy=f"http://127.0.0.1:{proxy.port}").status == 200
    )
    assert proxy.requests[0].startswith(b"GET http://127.0.0.1:1/v2/metrics ")


def test_the_pace_is_waited_for_on_an_open_connection_just_before_the_request(raw_server):
    server = raw_server(always(http()))
    seen = []

    def wait():
        threading.Event().wait(0.05)
        seen.append((server.connections, len(server.requests)))

    sender = transport()
    for _ in range(2):
        sender.send("GET", server.url(), {}, at_send=wait)
    assert seen == [(1, 0), (1, 1)]
    sender.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_exchanges_under_way_can_be_broken_off(raw_server, authority, bundle, scheme):
    asked = threading.Event()

    def silent(_connection, _request):
        asked.set()
        threading.Event().wait(5)

    context = tls_context(authority.issue_cert("127.0.0.1")) if scheme == "https" else None
    server = raw_server(silent, tls=context)
    sender = transport(ca_bundle=bundle)
    outcome = []

    def exchange():
        try:
            sender.send("GET", server.url(scheme=scheme), {})
        except Broken as broken:
            outcome.append(broken)

    thread = threading.Thread(target=exchange)
    thread.start()
    assert asked.wait(5)
    sender.abort()
    thread.join(5)
    assert not thread.is_alive()
    assert len(outcome) == 1
    sender.close()


def test_what_ends_a_wait_for_the_pace_ends_the_exchange_as_it_is(raw_server):
    server = raw_server(always(http()))
    sender = transport()

    def refuse():
        raise PullStopped

    for _ in range(2):
        with pytest.raises(PullStopped):
            sender.send("GET", server.url(), {}, at_send=refuse)
    assert server.requests == []
    assert sender.send("GET", server.url(), {}).status == 200
    sender.close()


def test_a_long_wait_for_the_pace_is_not_the_servers_slowness(raw_server):
    clock = FakeClock()
    server = raw_server(always(http()))
    sender = transport(clock)
    answer = sender.send("GET", server.url(), {}, at_send=lambda: clock.advance(500))
    assert answer.status == 200
    sender.close()


def test_what_a_proxy_is_told_needs_no_pace(raw_server, authority, bundle):
    target = tls_server(raw_server, authority.issue_cert("127.0.0.1"))

    def tunnel(connection, _request):
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", target.port)) as onward:
            back = threading.Thread(target=_pump, args=(onward, connection), daemon=True)
            back.start()
            _pump(connection, onward)
        return False

    proxy = raw_server(tunnel)
    sender = transport(proxy=f"http://127.0.0.1:{proxy.port}", ca_bundle=bundle)
    seen = []

    def wait():
        seen.append((len(proxy.requests), target.connections, len(target.requests)))

    for _ in range(2):
        answer = sender.send("GET", target.url(scheme="https"), {}, at_send=wait)
        assert answer.body == BODY
    assert seen == [(1, 1, 0), (1, 1, 1)]
    sender.close()


def _pump(source, drain):
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            drain.sendall(chunk)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def tls_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def tls_server(raw_server, certificate):
    return raw_server(always(http()), tls=tls_context(certificate))


def test_the_authority_of_the_settings_is_trusted(raw_server, authority, bundle, monkeypatch):
    server = tls_server(raw_server, authority.issue_cert("127.0.0.1"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    assert get(server.url(scheme="https"), ca_bundle=bundle).body == BODY


@pytest.mark.parametrize("fault", ["unknown authority", "other host", "expired"])
def test_a_certificate_that_does_not_hold_is_named_and_no_request_sent(
    raw_server, authority, bundle, fault
):
    names = "192.0.2.7" if fault == "other host" else "127.0.0.1"
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    until = {"not_after": past} if fault == "expired" else {}
    server = tls_server(raw_server, authority.issue_cert(names, not_before=past, **until))
    trusted = {} if fault == "unknown authority" else {"ca_bundle": bundle}
    with pytest.raises(TlsFailure) as caught:
        get(server.url(scheme="https"), **trusted)
    why = {
        "unknown authority": "unable to get local issuer certificate",
        "other host": "ip address mismatch",
        "expired": "certificate has expired",
    }[fault]
    assert why in caught.value.facts["why"]
    assert caught.value.facts["now"] == "2026-11-18 09:30 UTC"
    assert server.requests == []


def test_a_handshake_broken_off_can_be_asked_again(raw_server):
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up():
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.close()

    threading.Thread(target=hang_up, daemon=True).start()
    with listener, pytest.raises(Broken):
        get(f"https://127.0.0.1:{listener.getsockname()[1]}/v2")


def test_a_bundle_that_is_not_there_is_a_wrong_setting(tmp_path):
    with pytest.raises(BadSetting) as caught:
        transport(ca_bundle=tmp_path / "none.pem")
    assert caught.value.facts["key"] == "zoom.ca_bundle"


def test_nothing_of_a_request_is_logged_at_any_level(raw_server, caplog):
    caplog.set_level(logging.DEBUG)
    get(raw_server(always(http())).url("/v2/canary-uuid?next_page_token=canary"))
    assert "canary" not in caplog.text
