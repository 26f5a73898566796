"""Settings of privacy: what each output hides of people."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from qosreport.errors import BadSetting
from qosreport.settings.base import Section

PrivacyMode = Literal["full", "pseudonymous", "aggregate"]
SHORTEST_KEY = 16
"""Characters: a shorter key can be tried out."""


class RetentionSettings(Section):
    """How long things are kept; what is not set is kept for good (docs/privacy.md)."""

    raw_days: int | None = Field(
        None,
        ge=1,
        description="Zoom's answers are removed this many days after their week; tables and scores "
        "stay and cannot be made again.",
    )
    tables_days: int | None = Field(
        None,
        ge=1,
        description="Everything the store has of a week is removed this many days after it. Weekly "
        "reports compare with eight weeks: 63 or more keeps these.",
    )
    reports_days: int | None = Field(
        None,
        ge=1,
        description="Reports in --out are removed this many days after the time they are of; for "
        "the archive see archive.keep_days.",
    )

    @property
    def configured(self) -> bool:
        """Whether anything is ever removed."""
        return any((self.raw_days, self.tables_days, self.reports_days))


class PrivacySettings(Section):
    """What each output hides of people (docs/privacy.md)."""

    files: PrivacyMode = Field(
        "full",
        description="Mode of everything in --out: full; pseudonymous (a stable pseudonym for every "
        "person, no topic); aggregate (nothing of fewer than five people).",
    )
    mail: PrivacyMode = Field("full", description="Mode of mails and of the PDF attached to them.")
    archive: PrivacyMode = Field("full", description="Mode of everything in the archive.")
    key: SecretStr | None = Field(
        None,
        description="The key that pseudonyms are made with, 16 characters or more; environment or "
        "a file of mode 0600 only. Whoever has it can turn pseudonyms back (`qosreport who`).",
    )
    key_file: Path | None = Field(None, description="A file holding that key.")

    @property
    def modes(self) -> set[PrivacyMode]:
        """Those that any output is in."""
        return {self.files, self.mail, self.archive}

    def secret(self) -> bytes:
        """The key, from its setting or its file.

        Raises:
            MissingSetting: Neither is set.
            BadSetting: It is too short, or the file cannot be read.
        """
        key = self.secret_named("privacy.key")
        if len(key) < SHORTEST_KEY:
            why = f"a key needs {SHORTEST_KEY} characters or more"
            raise BadSetting(key="privacy.key", origin="environment or file", why=why)
        return key.encode()
