"""Settings of mail: the server, how to prove who we are, who gets what."""

import json
import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from qosreport.errors import BadSetting, MissingSetting
from qosreport.settings.base import LOOPBACK, Section, missing

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_WITH_NAME = re.compile(r"\s*(?P<name>[^<>@]*?)\s*<(?P<address>[^<>\s]+)>\s*")
PORTS = {"starttls": 587, "tls": 465, "none": 25}
MEGABYTE = 1_000_000

Addresses = Annotated[tuple[str, ...], NoDecode]
SiteAddresses = Annotated[dict[str, tuple[str, ...]], NoDecode]


class Mailbox(NamedTuple):
    """Who a message is from."""

    name: str
    """May be empty."""
    address: str


class MailSettings(Section):
    """The weekly mail; nothing is sent while no server is named."""

    host: str | None = Field(None, description="The mail server; not set: no mail is sent.")
    port: int | None = Field(
        None, ge=1, le=65535, description="Its port; by default 587, 465 or 25, by `security`."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the connection is encrypted: upgraded, from the start, or not at all "
        "(an internal relay, without credentials). Certificates are always checked.",
    )
    ca_file: Path | None = Field(
        None, description="Certificate authorities to trust instead of the usual ones (PEM)."
    )
    auth: Literal["none", "password", "microsoft", "google"] = Field(
        "none",
        description="How the server knows us: not at all, by user and password, or by XOAUTH2 "
        "with an app of Microsoft 365 or a service account of Google.",
    )
    user: str | None = Field(None, description="User name; for XOAUTH2 the sending mailbox.")
    password: SecretStr | None = Field(
        None, description="Password; environment or a file of mode 0600 only."
    )
    password_file: Path | None = Field(None, description="A file holding the password.")
    tenant: str | None = Field(None, description="Microsoft 365: directory (tenant) ID.")
    client_id: str | None = Field(None, description="Microsoft 365: application (client) ID.")
    client_secret: SecretStr | None = Field(
        None,
        description="Microsoft 365: the app's secret; environment or a file of mode 0600 only.",
    )
    client_secret_file: Path | None = Field(
        None, description="Microsoft 365: a file holding the app's secret."
    )
    key_file: Path | None = Field(None, description="Google: the service account's key (JSON).")
    token_url: str | None = Field(
        None, description="Where XOAUTH2 tokens are asked for, if not at the usual place."
    )
    sender: str | None = Field(
        None, description="Whom the mail is from: an address, or `Name <address>`."
    )
    recipients: Addresses = Field(
        (), description="Who gets the weekly report; a list, or separated by commas."
    )
    sites: SiteAddresses = Field(
        {},
        description="Who gets the figures of one site only: lists of addresses by the site's name "
        "in the report; in the environment as JSON.",
    )
    max_mb: float = Field(
        10.0,
        gt=0,
        le=100,
        description="Largest message in megabytes; above it, or above what the server takes, the "
        "PDF is left out and the mail says so.",
    )
    timeout_s: float = Field(
        60.0, gt=0, le=600, description="Longest wait for an answer; ten times that at the end."
    )

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value is not None:
            mailbox(value)
        return value

    @field_validator("recipients", mode="before")
    @classmethod
    def _recipients(cls, value: object) -> object:
        return _addresses(value)

    @field_validator("sites", mode="before")
    @classmethod
    def _sites(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise ValueError('must be JSON such as {"Leeds": ["net@example.org"]}') from None
        if not isinstance(value, dict):
            raise ValueError("must name addresses by site")
        return {str(site): _addresses(found) for site, found in value.items()}

    @field_validator("token_url")
    @classmethod
    def _encrypted(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://example.org")
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("must be https:// (credentials travel over it)")
        return value

    @model_validator(mode="after")
    def _no_secret_in_clear(self) -> Self:
        if self.auth != "none" and self.security == "none":
            raise ValueError(f"auth {self.auth} needs security starttls or tls")
        return self

    @property
    def configured(self) -> bool:
        """Whether there is a server to send by."""
        return self.host is not None

    @property
    def server(self) -> tuple[str, int]:
        """Host and port.

        Raises:
            MissingSetting: No server is named.
        """
        if self.host is None:
            raise missing("mail.host")
        return self.host, self.port or PORTS[self.security]

    @property
    def max_bytes(self) -> int:
        """Largest message."""
        return int(self.max_mb * MEGABYTE)

    def mailbox(self) -> Mailbox:
        """Who the mail is from.

        Raises:
            MissingSetting: Nobody is named.
        """
        if self.sender is None:
            raise missing("mail.sender")
        return mailbox(self.sender)

    def check(self) -> None:
        """See that everything is set that sending takes, before anything is pulled.

        Raises:
            MissingSetting, BadSetting: It is not.
        """
        for key in self._missing():
            raise missing(key)
        if self.auth == "password":
            self.secret_named("mail.password")
        if self.auth == "microsoft":
            self.secret_named("mail.client_secret")
        if self.key_file is not None and not self.key_file.is_file():
            raise BadSetting(key="mail.key_file", origin="file", why="there is no such file")

    def problems(self) -> list[MissingSetting]:
        """Everything that sending takes and that is not set."""
        return [missing(key) for key in self._missing()]

    def _missing(self) -> list[str]:
        needed = {
            "none": (),
            "password": ("user",),
            "microsoft": ("user", "tenant", "client_id"),
            "google": ("user", "key_file"),
        }[self.auth]
        names = ["host", "sender", *needed]
        found = [f"mail.{name}" for name in names if getattr(self, name) is None]
        return found if self.recipients or self.sites else [*found, "mail.recipients"]


def mailbox(text: str) -> Mailbox:
    """An address with or without a name before it.

    Raises:
        ValueError: It is none.
    """
    match = _WITH_NAME.fullmatch(text)
    if match is None:
        return Mailbox("", address(text))
    return Mailbox(match["name"].strip('"'), address(match["address"]))


def address(text: str) -> str:
    """An address as every mail server takes it: plain ASCII, a foreign domain in its ASCII form.

    Raises:
        ValueError: It is none.
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        plain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        plain = ""
    good = at and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(plain)
    if not good or len(local) > 64 or len(local) + len(plain) > 253:
        raise ValueError("every address must be of the form name@example.org")
    return f"{local}@{plain}"


def _addresses(value: object) -> tuple[str, ...]:
    """Each address once."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("must be a list of addresses")
    return tuple(dict.fromkeys(address(part) for part in parts if part.strip()))
