"""What every section of the settings is made of."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, SecretStr

from qosreport.errors import BadSetting, MissingSetting

if TYPE_CHECKING:
    from pathlib import Path

ENV_PREFIX = "QOSREPORT_"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Section(BaseModel):
    """One section: frozen, and strict about unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def secret_named(self, key: str) -> str:
        """A secret, from its setting or the file that the setting with `_file` behind it names.

        Args:
            key: Its dotted key, as `zoom.client_secret`.

        Raises:
            MissingSetting: Neither is set.
            BadSetting: The file cannot be read.
        """
        name = key.partition(".")[2]
        value: SecretStr | None = getattr(self, name)
        file: Path | None = getattr(self, f"{name}_file")
        if value is not None:
            return value.get_secret_value()
        if file is None:
            raise missing(key)
        try:
            return file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = f"the file cannot be read ({type(error).__name__})"
            raise BadSetting(key=f"{key}_file", origin="file", why=why) from None


def environment_name(key: str) -> str:
    """The environment variable of a dotted key: zoom.client_id → QOSREPORT_ZOOM__CLIENT_ID."""
    return ENV_PREFIX + key.replace(".", "__").upper()


_GUIDES = {
    "zoom": "README.md, 'With your Zoom account'",
    "mail": "docs/operations.md, 'Mail'",
    "archive": "docs/operations.md, 'Archive'",
    "ping": "docs/operations.md, 'Unattended'",
    "privacy": "docs/privacy.md, 'Pseudonyms'",
    "retention": "docs/privacy.md, 'Retention'",
}
"""Where it is explained what to set, by section."""


def missing(*keys: str, one_is_enough: bool = False) -> MissingSetting:
    """The error for settings of one section that a command cannot do without."""
    several = "one of them" if one_is_enough else "them"
    return MissingSetting(
        key=", ".join(keys),
        which="it" if len(keys) == 1 else several,
        env=", ".join(map(environment_name, keys)),
        guide=_GUIDES[keys[0].partition(".")[0]],
    )
