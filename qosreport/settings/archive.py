"""Settings of the archive: where reports are kept for good, and how readers reach them."""

import json
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from qosreport.settings.base import LOOPBACK, Section

BACKENDS = {
    "s3": "s3",
    "abfs": "azure",
    "abfss": "azure",
    "az": "azure",
    "gs": "gcs",
    "gcs": "gcs",
    "sftp": "sftp",
    "ssh": "sftp",
    "smb": "smb",
    "webdav+http": "webdav",
    "webdav+https": "webdav",
    "memory": "",
}
"""Schemes of the URL, and the extra of this package that brings the backend."""


class ArchiveSettings(Section):
    """Where reports are kept; nothing is archived while no place is named."""

    url: str | None = Field(
        None,
        description="A directory (a mounted share), or a URL: s3://bucket/path, abfs://, gs://, "
        "sftp://user@host/path, smb://, webdav+https://. Not set: nothing is archived.",
    )
    link: str = Field(
        "",
        description="The archive's address for readers, as https://reports.example.org/zoom; "
        "mails link to it.",
    )
    user: str | None = Field(None, description="User name, for SFTP, SMB and WebDAV.")
    password: SecretStr | None = Field(
        None,
        description="Password, for SFTP, SMB and WebDAV; environment or a file of mode 0600 only. "
        "The clouds take their own environment variables.",
    )
    password_file: Path | None = Field(None, description="A file holding the password.")
    key_file: Path | None = Field(None, description="SFTP: the private key to sign in with.")
    known_hosts: Path = Field(
        Path("~/.ssh/known_hosts"),
        description="SFTP: keys of hosts that are trusted; one that is not listed is refused.",
    )
    options: Annotated[dict[str, object], NoDecode] = Field(
        {},
        description="Further options of the backend (fsspec), without secrets; in the environment "
        "as JSON.",
    )
    keep_last: int | None = Field(
        None, ge=1, description="`archive --prune` keeps this many newest weeks, at least."
    )
    keep_days: int | None = Field(
        None, ge=1, description="`archive --prune` keeps reports of this many days, at least."
    )

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, value: str | None) -> str | None:
        if value is not None and "://" in value:
            parts = urlsplit(value)
            if parts.scheme not in {*BACKENDS, "file"}:
                raise ValueError(f"knows directories and {', '.join(sorted(BACKENDS))} only")
            if parts.password is not None:
                raise ValueError("must hold no password; set archive.password")
            if parts.scheme == "webdav+http" and parts.hostname not in LOOPBACK:
                raise ValueError("must begin with webdav+https:// unless the host is this one")
        return value

    @field_validator("link")
    @classmethod
    def _link(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"https", "http", "file"}:
            raise ValueError("must begin with https://, http:// or file://")
        return value.rstrip("/")

    @field_validator("options", mode="before")
    @classmethod
    def _options(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                raise ValueError('must be JSON such as {"endpoint_url": "https://…"}') from None
        return value

    @property
    def configured(self) -> bool:
        """Whether there is a place to archive to."""
        return self.url is not None

    def link_to_week(self, label: str) -> str:
        """Where readers find the newest report of a week; empty without `link`."""
        return f"{self.link}/weeks/{label}/index.html" if self.link else ""
