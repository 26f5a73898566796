"""Settings: TOML file < environment < flags, frozen, every value with its origin.

An unknown key anywhere is an error that names the nearest one. Secrets come from the environment
or from files, are never flags, and print as asterisks.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from qosreport.errors import BadSetting, BadSettingsFile, UnknownSetting
from qosreport.settings.archive import ArchiveSettings
from qosreport.settings.base import ENV_PREFIX, LOOPBACK, Section, environment_name, missing
from qosreport.settings.mail import MailSettings
from qosreport.settings.ping import PingSettings
from qosreport.settings.privacy import PrivacyMode, PrivacySettings, RetentionSettings
from qosreport.settings.score import ScoreSettings
from qosreport.settings.secrecy import others_can_read

__all__ = [
    "ArchiveSettings",
    "Loaded",
    "MailSettings",
    "PingSettings",
    "PrivacyMode",
    "PrivacySettings",
    "ProvidersSettings",
    "ReportSettings",
    "RetentionSettings",
    "ScoreSettings",
    "Settings",
    "SitesSettings",
    "StoreSettings",
    "ZoomSettings",
    "environment_name",
    "fields",
    "load",
    "missing",
    "others_can_read",
    "secret_files",
]

DEFAULT_FILE = Path("qosreport.toml")


class ZoomSettings(Section):
    """The Zoom account and how it may be asked."""

    account_id: str | None = Field(None, description="Account ID of the Server-to-Server app.")
    client_id: str | None = Field(None, description="Client ID of the app.")
    client_secret: SecretStr | None = Field(
        None, description="Client secret of the app; environment or a file of mode 0600 only."
    )
    client_secret_file: Path | None = Field(
        None, description="A file holding the client secret (Docker, Kubernetes, systemd)."
    )
    api_url: str | None = Field(
        None,
        description="Base of the API; by default what the token names, else https://api.zoom.us/v2.",
    )
    token_url: str = Field("https://zoom.us/oauth/token", description="Where tokens are asked for.")
    plan: Literal["free", "pro", "business"] = Field(
        "business",
        description="The account's plan, for its rate limits; Education, Enterprise and Partner "
        "count as business.",
    )
    budget_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of the plan's daily calls this account's qosreport may spend.",
    )
    workers: int = Field(24, ge=1, le=64, description="Calls under way at once.")
    summary: Literal["auto", "never"] = Field(
        "auto",
        description="Whether to ask for QoS summaries (QSS subscription) where per-minute data is "
        "missing.",
    )
    webinars: bool = Field(
        True, description="Whether to pull webinars, too; off where the app lacks their scopes."
    )
    one_person_meetings: bool = Field(
        True, description="Whether to list meetings only one person attended, too (pastOne)."
    )
    sharing: bool = Field(
        False, description="Ask for screen shares in every pull: one more call a meeting."
    )
    ratings: bool = Field(
        False, description="Ask for satisfaction ratings in every pull: one more call a meeting."
    )
    ca_bundle: Path | None = Field(
        None, description="Certificate authorities to trust instead of the usual ones."
    )
    proxy: str | None = Field(None, description="Proxy for all calls, as http://host:port.")

    @field_validator("api_url", "token_url", "proxy")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be a URL that begins with https://")
        return value.rstrip("/")

    @field_validator("api_url", "token_url")
    @classmethod
    def _encrypted(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must be https:// (credentials travel over it)")
        return value

    def unset(self) -> list[str]:
        """Dotted keys of the credentials that are not set."""
        found = [f"zoom.{name}" for name in ("account_id", "client_id") if not getattr(self, name)]
        has_secret = self.client_secret is not None or self.client_secret_file is not None
        return found if has_secret else [*found, "zoom.client_secret"]

    def secret(self) -> str:
        """The client secret, from its setting or its file.

        Raises:
            MissingSetting: Neither is set.
            BadSetting: The file cannot be read.
        """
        return self.secret_named("zoom.client_secret")


class StoreSettings(Section):
    """Where what was pulled is kept."""

    path: Path = Field(
        Path("qosreport-data"), description="Directory of the store, on a local file system."
    )


class ReportSettings(Section):
    """What the reports look like."""

    timezone: str = Field("UTC", description="IANA time zone of weeks, days and hours.")
    organisation: str = Field("", description="Name printed at the head of every report.")
    branding: Path | None = Field(
        None,
        description="A directory with logo, name, colours, style and partials for the reports "
        "(docs/branding.md).",
    )
    meeting_pages: Literal["worst", "affected", "all"] = Field(
        "worst",
        description="Which meetings of a week get a page of their own: the worst by harmed "
        "minutes, all Poor and Bad ones, or all.",
    )
    pdf: bool = Field(
        True,
        description="Whether reports are made as PDF, too; off where Pango cannot be installed.",
    )
    workbook: bool = Field(True, description="Whether reports are made as XLSX workbooks, too.")
    catch_up_weeks: int = Field(
        8,
        ge=0,
        le=25,
        description="How many missed weeks `weekly` makes up at most, the newest of them; Zoom "
        "lists half a year.",
    )
    worst_pages: int = Field(25, ge=1, le=1000, description="How many pages `worst` makes at most.")
    calibration_labels: int = Field(
        200,
        ge=1,
        description="Connections labelled by Zoom it takes before scores no longer count as "
        "uncalibrated: with fewer the interval of kappa is wider than ±0.1.",
    )
    calibration_ratings: int = Field(
        50,
        ge=1,
        description="The same of people's ratings, good and not good each: with fewer the "
        "interval of the AUC is wider than ±0.1.",
    )


class SitesSettings(Section):
    """Which public networks are whose offices."""

    networks: Mapping[str, str] = Field(
        {}, description="Name of the site by public network; the smallest that fits counts."
    )
    file: Path | None = Field(
        None,
        description="A list of networks and sites: network,name, or the building file of "
        "Microsoft's CQD as it is.",
    )


class ProvidersSettings(Section):
    """What to call the networks of people who are not at a site."""

    networks: Mapping[str, str] = Field(
        {}, description="Name of the internet provider by public network."
    )
    file: Path | None = Field(None, description="A list of networks and providers: network,name.")


class Settings(BaseSettings):
    """Every setting. `docs/settings.md` lists them."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    zoom: ZoomSettings = Field(default_factory=ZoomSettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    score: ScoreSettings = Field(default_factory=ScoreSettings)
    report: ReportSettings = Field(default_factory=ReportSettings)
    sites: SitesSettings = Field(default_factory=SitesSettings)
    providers: ProvidersSettings = Field(default_factory=ProvidersSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    archive: ArchiveSettings = Field(default_factory=ArchiveSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    ping: PingSettings = Field(default_factory=PingSettings)

    @classmethod
    def settings_customise_sources(cls, *_args: object, **sources: Any) -> tuple[Any, ...]:  # noqa: ANN401 -- pydantic's own signature
        """Take only what `load` merged, so that the origin of every value is known."""
        return (sources["init_settings"],)


@dataclass(frozen=True)
class Loaded:
    """Settings, and for each key that is not a default where its value came from."""

    settings: Settings
    origins: Mapping[str, str]


def load(
    file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Loaded:
    """Merge file, environment and flags into frozen settings.

    Args:
        file: A TOML file; without it `./qosreport.toml` if there is one.
        environ: Environment to read, the process's own by default.
        flags: Dotted keys from the command line; None values are not set.

    Raises:
        UnknownSetting: A key nobody reads.
        BadSetting: A value that cannot be.
        BadSettingsFile: The file is missing, unreadable or no TOML.
    """
    flags = flags or {}
    layers = [
        *_file_layer(file),
        *_environment_layer(os.environ if environ is None else environ),
        *(
            (key, value, "command line")
            for key, value in (flags or {}).items()
            if value is not None
        ),
    ]
    tree: dict[str, dict[str, object]] = {}
    origins: dict[str, str] = {}
    for key, value, origin in layers:
        section, _, name = key.partition(".")
        tree.setdefault(section, {})[name] = value
        origins[key] = origin
    try:
        return Loaded(Settings(**tree), origins)  # type: ignore[arg-type]  # validated right here
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        raise BadSetting(key=key, origin=origins.get(key, "default"), why=why) from None


def fields() -> Iterator[tuple[str, Any]]:
    """Every dotted key with its pydantic field, in order of declaration."""
    for section, field in Settings.model_fields.items():
        for name, leaf in field.annotation.model_fields.items():  # type: ignore[union-attr]  # sections are models
            yield f"{section}.{name}", leaf


def secret_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Dotted key and path of every file that holds a secret."""
    for key, _ in fields():
        section, _, name = key.partition(".")
        path = getattr(getattr(settings, section), name)
        holds = key == "mail.key_file" or _is_secret(key.removesuffix("_file"))
        if name.endswith("_file") and path is not None and holds:
            yield key, path


def _file_layer(file: Path | None) -> Iterator[tuple[str, object, str]]:
    if file is None:
        if not DEFAULT_FILE.exists():
            return
        file = DEFAULT_FILE
    try:
        tree = tomllib.loads(file.read_text("utf-8"))
        is_open = others_can_read(file)
    except OSError as error:
        raise BadSettingsFile(path=file, why=error.strerror or "unreadable") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettingsFile(path=file, why=str(error)) from None
    for section, values in tree.items():
        if not isinstance(values, dict):
            raise _unknown(section, str(file))
        for name, value in values.items():
            key = f"{section}.{name}"
            _check_known(key, str(file))
            if is_open and _is_secret(key):
                why = f"others can read the file; 'chmod 600 {file}' or use the environment"
                raise BadSetting(key=key, origin=str(file), why=why)
            yield key, value, str(file)


def _environment_layer(environ: Mapping[str, str]) -> Iterator[tuple[str, object, str]]:
    for variable in environ:
        if variable.startswith(ENV_PREFIX):
            key = variable.removeprefix(ENV_PREFIX).lower().replace("__", ".", 1)
            _check_known(key, variable)
    source = EnvSettingsSource(
        Settings,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        case_sensitive=False,
    )
    source.env_vars = {name.lower(): value for name, value in environ.items() if value}
    for section, values in source().items():
        for name, value in values.items():
            key = f"{section}.{name}"
            yield key, value, environment_name(key)


def _check_known(key: str, origin: str) -> None:
    if key not in dict(fields()):
        raise _unknown(key, origin)


def _is_secret(key: str) -> bool:
    field = dict(fields()).get(key)
    return field is not None and "SecretStr" in str(field.annotation)


def _unknown(key: str, origin: str) -> UnknownSetting:
    near = difflib.get_close_matches(key, list(dict(fields())), n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return UnknownSetting(key=key, origin=origin, hint=hint)
