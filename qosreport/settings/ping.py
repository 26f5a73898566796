"""Settings of the ping: who is told that a weekly run ended, and how."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from qosreport.errors import BadSetting
from qosreport.settings.base import LOOPBACK, Section


class PingSettings(Section):
    """Whom `weekly` tells that it ran; nobody while no address is set."""

    url: SecretStr | None = Field(
        None,
        description="Address asked when `weekly` ended well, as of healthchecks.io; with /fail "
        "behind it when not. Whoever knows it can ping: environment or a file of mode 0600 only.",
    )
    url_file: Path | None = Field(None, description="A file holding the address.")
    timeout_s: float = Field(10.0, gt=0, le=60, description="Longest wait for its answer.")

    @field_validator("url")
    @classmethod
    def _encrypted(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_address(value.get_secret_value())
        return value

    @property
    def configured(self) -> bool:
        """Whether anybody is to be told."""
        return self.url is not None or self.url_file is not None

    def address(self) -> str:
        """The address.

        Raises:
            MissingSetting: There is none.
            BadSetting: Its file cannot be read, or holds none that may be asked.
        """
        try:
            return check_address(self.secret_named("ping.url"))
        except ValueError as error:
            raise BadSetting(key="ping.url_file", origin="file", why=str(error)) from None


def check_address(text: str) -> str:
    """An address that may be asked: encrypted, unless it is this machine's.

    Raises:
        ValueError: It is none.
    """
    parts = urlsplit(text)
    if not parts.hostname or parts.scheme not in {"https", "http"} or parts.query or parts.fragment:
        raise ValueError("must be a URL that begins with https://, without a query")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("must be https://")
    return text.rstrip("/")
