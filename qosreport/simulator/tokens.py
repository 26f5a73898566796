"""Access tokens that live an hour, and page tokens that live a quarter of one."""

import base64
import binascii
import hashlib
import hmac
import threading
from collections.abc import Iterable
from dataclasses import dataclass

ACCESS_LIFE_S = 3599
PAGE_LIFE_S = 15 * 60


@dataclass(frozen=True)
class Credentials:
    """What the account's Server-to-Server app is known by."""

    account_id: str
    client_id: str
    client_secret: str


def credentials_of(seed: int) -> Credentials:
    """The credentials of a simulated account."""
    parts = (_code(seed, name) for name in ("account", "client", "secret"))
    return Credentials(*parts)


def _code(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()[:22]


class AccessTokens:
    """The tokens given out. Safe to ask from several threads."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tokens: dict[str, tuple[float, frozenset[str]]] = {}
        self._lock = threading.Lock()

    def issue(self, scopes: Iterable[str], now_s: float) -> str:
        """A new token with these scopes."""
        with self._lock:
            text = f"{self._seed}/token/{len(self._tokens)}"
            token = f"eyJzdiI6IjAwMDAwMSJ9.{hashlib.sha256(text.encode()).hexdigest()}"
            self._tokens[token] = now_s + ACCESS_LIFE_S, frozenset(scopes)
        return token

    def scopes(self, token: str, now_s: float) -> frozenset[str] | None:
        """The scopes of a token; none if it is not good (any more)."""
        until_s, scopes = self._tokens.get(token, (0.0, frozenset()))
        return scopes if now_s < until_s else None

    def is_known(self, token: str) -> bool:
        """Whether the token was ever good."""
        return token in self._tokens


class PageTokens:
    """Page tokens: a place in one list of rows, good for that list and a quarter of an hour."""

    def __init__(self, seed: int) -> None:
        self._key = hashlib.sha256(f"{seed}/pages".encode()).digest()

    def issue(self, what: str, place: int, now_s: float) -> str:
        """The token for the page that begins with row `place` of `what`."""
        head = place.to_bytes(4, "big") + int(now_s).to_bytes(5, "big")
        return base64.urlsafe_b64encode(head + self._seal(what, head)).decode("ascii")

    def place(self, what: str, token: str, now_s: float) -> int | None:
        """Where the page begins; none if the token is not of this list, or too old."""
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        head, seal = raw[:9], raw[9:]
        if len(head) != 9 or not hmac.compare_digest(seal, self._seal(what, head)):
            return None
        issued_s = int.from_bytes(head[4:], "big")
        return int.from_bytes(head[:4], "big") if now_s - issued_s <= PAGE_LIFE_S else None

    def _seal(self, what: str, head: bytes) -> bytes:
        return hmac.new(self._key, what.encode("utf-8") + head, hashlib.sha256).digest()[:15]
