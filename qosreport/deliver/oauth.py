"""Tokens for XOAUTH2: by the secret of an app (Microsoft 365), by a service account's key (Google).

learn.microsoft.com, "Authenticate an IMAP, POP or SMTP connection using OAuth"; developers.google
.com, "Using OAuth 2.0 for server to server applications", "OAuth 2.0 mechanism" (Gmail).
"""

import base64
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from qosreport.errors import BadSetting, MailTokenRefused, MailTokenUnavailable, MissingPackage
from qosreport.settings import MailSettings, missing

MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
MICROSOFT_SCOPE = "https://outlook.office365.com/.default"
GOOGLE = "https://oauth2.googleapis.com/token"
GOOGLE_SCOPE = "https://mail.google.com/"
"""The only one with which Gmail's SMTP lets an app in."""
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_S = 3600
LARGEST_ANSWER = 65_536
REASONS = frozenset(
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


@dataclass(frozen=True)
class TokenSource:
    """Where the token for a connection comes from."""

    settings: MailSettings
    now: Callable[[], dt.datetime]

    def token(self) -> str | None:
        """A fresh token; None where the settings ask for none.

        Raises:
            MissingSetting, BadSetting: A credential is not set or unreadable.
            MissingPackage: Google's key cannot be used without the package `cryptography`.
            MailTokenRefused, MailTokenUnavailable: No token could be had.
        """
        if self.settings.auth == "microsoft":
            return self._microsoft()
        if self.settings.auth == "google":
            return self._google()
        return None

    def _microsoft(self) -> str:
        settings = self.settings
        if settings.tenant is None or settings.client_id is None:
            raise missing("mail.tenant" if settings.tenant is None else "mail.client_id")
        return _ask(
            settings.token_url or MICROSOFT.format(tenant=settings.tenant),
            {
                "grant_type": "client_credentials",
                "client_id": settings.client_id,
                "client_secret": settings.secret_named("mail.client_secret"),
                "scope": MICROSOFT_SCOPE,
            },
            settings.timeout_s,
        )

    def _google(self) -> str:
        settings = self.settings
        if settings.key_file is None or settings.user is None:
            raise missing("mail.key_file" if settings.key_file is None else "mail.user")
        url = settings.token_url or GOOGLE
        issued_s = int(self.now().timestamp())
        email, key = _service_account(settings.key_file)
        claims = {
            "iss": email,
            "sub": settings.user,
            "scope": GOOGLE_SCOPE,
            "aud": url,
            "iat": issued_s,
            "exp": issued_s + LIFE_S,
        }
        form = {"grant_type": JWT_GRANT, "assertion": _signed(claims, key)}
        return _ask(url, form, settings.timeout_s)


def _ask(url: str, form: Mapping[str, str], timeout_s: float) -> str:
    host = urlsplit(url).hostname or url
    try:
        # The token goes to no other host than the one that is set.
        answer = requests.post(
            url, data=form, timeout=timeout_s, allow_redirects=False, stream=True
        )
        with answer:
            body = answer.raw.read(LARGEST_ANSWER, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise MailTokenUnavailable(host=host, why=type(error).__name__) from None
    facts = _facts(body)
    token = facts.get("access_token")
    if answer.status_code == 200 and isinstance(token, str) and _printable(token):
        return token
    if answer.status_code >= 500:
        raise MailTokenUnavailable(host=host, why=f"it answered {answer.status_code}")
    said = facts.get("error")
    reason = said if said in REASONS else f"HTTP {answer.status_code}"
    raise MailTokenRefused(host=host, reason=reason)


def _facts(body: bytes) -> dict[str, object]:
    try:
        facts = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _printable(token: str) -> bool:
    """Nothing in it ends a line or a field of XOAUTH2."""
    return token.isascii() and token.isprintable() and token != ""


def _service_account(file: Path) -> tuple[str, str]:
    """Address and private key (PEM) of a service account."""
    try:
        facts = json.loads(file.read_text("utf-8"))
        return str(facts["client_email"]), str(facts["private_key"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"it is no key of a service account that can be read ({type(error).__name__})"
        raise BadSetting(key="mail.key_file", origin="file", why=why) from None


def _signed(claims: Mapping[str, object], key: str) -> str:
    """A JSON Web Token, signed RS256."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError:
        what = "mail.auth google"
        raise MissingPackage(what_for=what, package="cryptography", extra="google") from None
    try:
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except ValueError:
        private = None
    if not isinstance(private, rsa.RSAPrivateKey):
        why = "its private key is no RSA key"
        raise BadSetting(key="mail.key_file", origin="file", why=why)
    head = _encoded({"alg": "RS256", "typ": "JWT"})
    unsigned = f"{head}.{_encoded(claims)}"
    signature = private.sign(unsigned.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{unsigned}.{_url_safe(signature)}"


def _encoded(facts: Mapping[str, object]) -> str:
    return _url_safe(json.dumps(facts, separators=(",", ":")).encode())


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
