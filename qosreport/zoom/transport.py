"""One HTTP exchange: what was answered, or why nothing was.

A shared pool of connections, nothing taken from the environment, no redirects, no cookies, a cap on
the size of an answer and a deadline for all of it, its headers included.
"""

import datetime as dt
import logging
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urlsplit

import requests
import urllib3

from qosreport import __version__
from qosreport.errors import BadSetting, TlsFailure
from qosreport.settings import ZoomSettings
from qosreport.zoom.connections import Adapter
from qosreport.zoom.limits import Clock

CHUNK = 1 << 20


@dataclass(frozen=True)
class Caps:
    """How long and how large an exchange may become."""

    connect_s: float = 5.0
    read_s: float = 60.0
    """Without a single byte."""
    total_s: float = 180.0
    body_bytes: int = 64 << 20
    """After decompression."""


@dataclass(frozen=True)
class Answer:
    """What the server answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes
    received_at: dt.datetime


class Broken(Exception):
    """No whole answer came; asking again may help."""

    def __init__(self, why: str, *, host: str, reached: bool) -> None:
        """`why` and `host` are for the operator; `reached`: the host had been spoken to."""
        super().__init__(why)
        self.why = why
        self.host = host
        self.reached = reached


class ProxyRefuses(Broken):
    """The proxy wants what it was not given; asking again does not help."""


class TooLarge(Exception):
    """An answer beyond the cap."""


class Transport:
    """Sends requests over one pool of connections. Thread-safe."""

    def __init__(self, settings: ZoomSettings, clock: Clock, *, caps: Caps | None = None) -> None:
        """Open nothing yet.

        Raises:
            BadSetting: The file of certificate authorities is not there.
        """
        self.caps = caps or Caps()
        self._clock = clock
        self._proxy_host = urlsplit(settings.proxy or "").hostname
        self._verify = _authorities(settings)
        self._exchange = threading.local()
        # It logs URLs, even in warnings: they hold ids of meetings and page tokens.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)
        self._session = requests.Session()
        # The environment's proxies, netrc and certificates would override what the settings say.
        self._session.trust_env = False
        if settings.proxy is not None:
            self._session.proxies = {"http": settings.proxy, "https": settings.proxy}
        adapter = Adapter(
            settings.workers, seconds_left=self._seconds_left, before_send=self._before_send
        )
        self._connections = adapter.connections
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._session.close()

    def abort(self) -> None:
        """Break off every exchange under way: each raises `Broken`."""
        self._connections.shut_down()

    def send(
        self,
        method: Literal["GET", "POST"],
        url: str,
        headers: Mapping[str, str],
        *,
        form: Mapping[str, str] | None = None,
        at_send: Callable[[], None] | None = None,
    ) -> Answer:
        """Make one exchange.

        Args:
            method: HTTP method.
            url: Where to; its path and query go out exactly as they are.
            headers: Beside those every request has.
            form: Fields of a form, for the body.
            at_send: Called when the connection stands and the request is about to go, once: the
                place to wait for a pace. What it raises ends the exchange.

        Raises:
            Broken: Nothing came, or not all of it.
            TooLarge: More came than the cap allows.
            TlsFailure: The other side's certificate cannot be trusted.
        """
        # Prepared apart from the session, so that nothing it has come to know, as cookies, is sent.
        request = requests.Request(method, url, headers=_headers(headers, form)).prepare()
        # As it is given: preparing may rewrite what is encoded in a path.
        request.url = url
        if form is not None:
            request.prepare_body(urlencode(form), None)
        host = urlsplit(url).hostname or ""
        self._begin()
        self._exchange.at_send = at_send or _nothing
        try:
            return self._answer(request)
        except requests.exceptions.SSLError as error:
            raise self._untrusted(error, host) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self._broken(error, host) from None

    def _begin(self) -> None:
        self._exchange.deadline = self._clock.monotonic() + self.caps.total_s

    def _before_send(self) -> None:
        at_send, self._exchange.at_send = self._exchange.at_send, _nothing
        at_send()
        # Waiting for a pace is no fault of the other side.
        self._begin()

    def _answer(self, request: requests.PreparedRequest) -> Answer:
        response = self._session.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=(self.caps.connect_s, self.caps.read_s),
            verify=self._verify,
        )
        try:
            body = b"".join(self._chunks(response))
        finally:
            # Returns a connection whose answer was read to the end to the pool, closes any other.
            response.close()
        return Answer(response.status_code, response.headers, body, self._clock.now())

    def _chunks(self, response: requests.Response) -> Iterator[bytes]:
        size = 0
        while chunk := response.raw.read(CHUNK, decode_content=True):
            size += len(chunk)
            if size > self.caps.body_bytes:
                raise TooLarge
            yield chunk

    def _seconds_left(self) -> float:
        """How long the exchange of this thread may still wait for the next byte."""
        left: float = self._exchange.deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("deadline of the exchange")
        return min(self.caps.read_s, left)

    def _untrusted(self, error: requests.exceptions.SSLError, host: str) -> Exception:
        reason = next((e for e in _causes(error) if isinstance(e, ssl.SSLError)), None)
        if isinstance(reason, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return Broken("the connection broke off", host=host, reached=False)
        why = getattr(reason, "verify_message", "") or getattr(reason, "reason", "") or "TLS failed"
        return TlsFailure(
            host=host, why=_plain(str(why)), now=f"{self._clock.now():%Y-%m-%d %H:%M} UTC"
        )

    def _broken(self, error: Exception, host: str) -> Broken:
        causes = list(_causes(error))
        if any(isinstance(e, urllib3.exceptions.ProxyError) for e in causes):
            return self._proxy_trouble(causes, host)
        for kind, why in UNREACHED:
            if any(isinstance(e, kind) for e in causes):
                return Broken(why, host=host, reached=False)
        slow = any(isinstance(e, TimeoutError | urllib3.exceptions.TimeoutError) for e in causes)
        why = "it answered too slowly" if slow else "the connection broke off"
        return Broken(why, host=host, reached=True)

    def _proxy_trouble(self, causes: list[BaseException], host: str) -> Broken:
        proxy = f"{host} through the proxy {self._proxy_host}"
        for cause in causes:
            if match := re.search(r"Tunnel connection failed: (\d{3})", str(cause)):
                why = f"the proxy answers HTTP {match[1]}"
                refuses = match[1] in {"401", "403", "407"}
                return (ProxyRefuses if refuses else Broken)(why, host=proxy, reached=False)
        return Broken("the proxy does not answer", host=proxy, reached=False)


# The more special before those they descend from.
UNREACHED: tuple[tuple[type[BaseException], str], ...] = (
    (urllib3.exceptions.NameResolutionError, "its name cannot be resolved"),
    (ConnectionRefusedError, "it refuses the connection"),
    (urllib3.exceptions.NewConnectionError, "there is no way to it"),
    (urllib3.exceptions.ConnectTimeoutError, "it does not answer"),
)


def _nothing() -> None:
    return


def _authorities(settings: ZoomSettings) -> str | bool:
    if settings.ca_bundle is None:
        return True
    if not settings.ca_bundle.exists():
        raise BadSetting(key="zoom.ca_bundle", origin="settings", why="there is no such file")
    return str(settings.ca_bundle)


def _headers(own: Mapping[str, str], form: Mapping[str, str] | None) -> dict[str, str]:
    headers = {
        "User-Agent": f"qosreport/{__version__}",
        "Accept": "application/json",
        # Only what the size cap was tried with, whatever else is installed beside requests.
        "Accept-Encoding": "gzip",
        **own,
    }
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    return headers


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all it came from, in whichever way libraries hand that on."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
        waiting.extend(e for e in inner if isinstance(e, BaseException))


def _plain(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "", text)[:120].rstrip(".").lower()
