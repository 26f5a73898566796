"""The access token: asked for once, kept while it is good, replaced once when Zoom rejects it.

Server-to-Server OAuth: developers.zoom.us, "Server-to-Server OAuth" and "OAuth error messages".
"""

import base64
import json
import logging
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from qosreport.errors import (
    MissingScopes,
    NoNetwork,
    NotZoom,
    QosreportError,
    UntrustedApiUrl,
    WrongAppKind,
    WrongCredentials,
    ZoomDown,
)
from qosreport.settings import ZoomSettings, missing
from qosreport.zoom.answers import (
    LONGEST_WAIT_S,
    ErrorBody,
    described,
    error_body,
    http_date,
    retry_after_s,
)
from qosreport.zoom.endpoints import Endpoint
from qosreport.zoom.limits import Clock
from qosreport.zoom.retries import ATTEMPTS, Waits
from qosreport.zoom.transport import Answer, Broken, ProxyRefuses, TooLarge, Transport

DEFAULT_API_URL = "https://api.zoom.us/v2"
TITLE = "the access token"
EARLY_S = 60.0
"""How long before its end a token is replaced."""
USUAL_LIFE_S = 3600.0
LONGEST_LIFE_S = 86_400.0
CLOCK_TOLERANCE_S = 300.0
OAUTH_ERRORS = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "access_denied",
        "unsupported_grant_type",
    }
)
"""RFC 6749 §5.2; only these words of an answer are repeated in a message."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Token:
    """One access token."""

    value: str = field(repr=False)
    scopes: frozenset[str] | None
    """None: the answer did not say."""
    api_url: str
    """Base of the API, without a slash at its end."""
    good_until: float
    """By the monotonic clock, so that changing the machine's clock does not matter."""


class Auth:
    """Keeps the token. Thread-safe: whoever needs one first asks, the others wait for it."""

    def __init__(
        self, settings: ZoomSettings, transport: Transport, clock: Clock, waits: Waits
    ) -> None:
        """Ask for nothing yet."""
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._waits = waits
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._refusal: QosreportError | None = None
        self.is_accepted = False
        """Whether Zoom gave a token: the credentials are those of the account they name."""
        self.clock_ahead_s: float | None = None
        """How far this machine's clock was ahead of the one that gave the token, if that said."""

    def token(self) -> Token:
        """A token that is good for another minute.

        Raises:
            MissingSetting, BadSetting: A credential is not set or unreadable.
            WrongCredentials, WrongAppKind, UntrustedApiUrl: Zoom refuses; asked only once.
            NoNetwork, TlsFailure, ZoomDown, NotZoom: No token could be had.
        """
        with self._lock:
            if self._refusal is not None:
                raise type(self._refusal)(**self._refusal.facts)
            if self._token is None or self._clock.monotonic() >= self._token.good_until:
                try:
                    self._token = self._ask()
                except QosreportError as error:
                    self._refusal = error
                    raise
                self.is_accepted = True
            return self._token

    def drop(self, token: Token) -> None:
        """Forget a token that Zoom rejected; one that came since is kept."""
        with self._lock:
            if self._token is token:
                self._token = None

    def check_scopes(self, endpoints: Collection[Endpoint]) -> None:
        """See that the token permits every endpoint.

        Raises:
            MissingScopes: It does not; all that are missing are named, in their newer form.
        """
        granted = self.token().scopes
        if granted is None:
            log.warning("Zoom's token names no scopes; a missing one will show at the first call.")
            return
        lacking = [e.granular for e in endpoints if not e.scopes & granted]
        if lacking:
            raise MissingScopes(scopes=", ".join(dict.fromkeys(lacking)))

    def _ask(self) -> Token:
        failures = 0
        while True:
            failures += 1
            at_least_s = 0.0
            try:
                answer = self._post()
            except Broken as broken:
                if failures == ATTEMPTS or isinstance(broken, ProxyRefuses):
                    raise unreachable(broken, TITLE, failures) from None
            except TooLarge:
                raise self._not_zoom("more than it can be") from None
            else:
                if not _is_passing(answer):
                    return self._read(answer)
                at_least_s = min(retry_after_s(answer) or 0.0, LONGEST_WAIT_S / 10)
                if failures == ATTEMPTS:
                    last = described(answer.status, error_body(answer.body).code)
                    raise ZoomDown(endpoint=TITLE, attempts=failures, last=last)
            self._waits.back_off(failures, at_least_s=at_least_s)

    def _post(self) -> Answer:
        account, client = self._settings.account_id, self._settings.client_id
        unset = self._settings.unset()
        if unset or not account:
            raise missing(*unset)
        pair = f"{client}:{self._settings.secret()}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        form = {"grant_type": "account_credentials", "account_id": account}
        return self._transport.send("POST", self._settings.token_url, headers, form=form)

    def _read(self, answer: Answer) -> Token:
        error = error_body(answer.body)
        if answer.status != 200:
            raise self._refused(answer, error)
        if not error.is_json:
            kind = "HTML" if answer.body.lstrip()[:1] == b"<" else "something that is no token"
            raise self._not_zoom(kind)
        self._compare_clocks(answer)
        fields = json.loads(answer.body)
        value = fields.get("access_token")
        # A token goes into a header: one that could end the line is not used.
        if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]{1,8192}", value):
            raise self._not_zoom("an answer without a usable token")
        life_s = _life_s(fields.get("expires_in"))
        return Token(
            value=value,
            scopes=_scopes(fields.get("scope")),
            api_url=self._settings.api_url or _trusted_api_url(fields.get("api_url")),
            good_until=self._clock.monotonic() + life_s - min(EARLY_S, life_s / 2),
        )

    def _refused(self, answer: Answer, error: ErrorBody) -> QosreportError:
        if 300 <= answer.status < 400:
            return self._not_zoom("a redirect")
        if not 400 <= answer.status < 500 or answer.status == 404 or not error.is_json:
            return self._not_zoom(described(answer.status, error.code))
        said = str(json.loads(answer.body).get("error"))
        reason = said if said in OAUTH_ERRORS else described(answer.status, error.code)
        if said == "unsupported_grant_type" or error.code == 4705:
            return WrongAppKind(reason=reason)
        return WrongCredentials(reason=reason)

    def _not_zoom(self, kind: str) -> NotZoom:
        host = urlsplit(self._settings.token_url).hostname
        return NotZoom(host=host, endpoint=TITLE, kind=kind)

    def _compare_clocks(self, answer: Answer) -> None:
        theirs = http_date(answer.headers.get("Date", ""))
        if theirs is None:
            return
        self.clock_ahead_s = seconds = (answer.received_at - theirs).total_seconds()
        # A server of the operator's own may live in a time of its own.
        zooms = _is_zooms(urlsplit(self._settings.token_url).hostname or "")
        if zooms and abs(seconds) > CLOCK_TOLERANCE_S:
            log.warning("This machine's clock is %+.0f s away from Zoom's.", seconds)


def unreachable(broken: Broken, title: str, attempts: int) -> QosreportError:
    """The failure of the run when no whole answer comes."""
    if broken.reached:
        return ZoomDown(endpoint=title, attempts=attempts, last=broken.why)
    return NoNetwork(host=broken.host, why=broken.why)


def _is_passing(answer: Answer) -> bool:
    """Whether asking again may help."""
    return answer.status >= 500 or answer.status in {408, 429}


def _life_s(expires_in: object) -> float:
    """Seconds a token lives; an hour, as Zoom's do, where the answer is senseless."""
    sensible = isinstance(expires_in, int | float) and 0 < expires_in <= LONGEST_LIFE_S
    return float(expires_in) if sensible else USUAL_LIFE_S  # type: ignore[arg-type]  # a number, by the line above


def _scopes(scope: object) -> frozenset[str] | None:
    return frozenset(scope.split()) if isinstance(scope, str) else None


def _is_zooms(host: str) -> bool:
    return host == "zoom.us" or host.endswith(".zoom.us")


def _trusted_api_url(value: Any) -> str:  # noqa: ANN401 -- whatever the answer holds
    """The API's base that a token names, if it is Zoom's.

    Raises:
        UntrustedApiUrl: It is not: the token would be handed to somebody else.
    """
    if value is None or value == "":
        return DEFAULT_API_URL
    try:
        parts = urlsplit(str(value))
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise UntrustedApiUrl(host="an unreadable one") from None
    is_name = re.fullmatch(r"[a-z0-9.-]{1,100}", host) is not None
    plain = parts.scheme == "https" and parts.username is None and port in {None, 443}
    if not (is_name and plain and host != "zoom.us" and _is_zooms(host)):
        raise UntrustedApiUrl(host=host if is_name else "an unreadable one")
    return f"https://{host}/v2"
