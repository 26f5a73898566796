"""Looking at settings without asking anyone, and beginning a settings file."""

import os
from collections.abc import Iterator
from pathlib import Path

from qosreport import periods, settings
from qosreport.errors import FileExists
from qosreport.pipeline import files
from qosreport.pipeline.run import Outcome, Run
from qosreport.pipeline.score import chosen_policy
from qosreport.report import pdf_worker
from qosreport.scoring import engines


def check(run: Run) -> Outcome:
    """Whether the settings make sense together; what is missing is named.

    Raises:
        UnknownTimeZone, UnknownPolicy, BadPolicy, BadNetworkList, BadBranding: They do not.
        MissingEngine: What the engine needs is not installed.
    """
    policy = chosen_policy(run)
    engines.check(run.settings.score.chosen_engine)
    zone = periods.time_zone(run.settings.report.timezone)
    gaps = [*_credentials(run), *_privacy(run), *_open_secrets(run)]
    if run.settings.mail.configured:
        gaps += [problem.advice() for problem in run.settings.mail.problems()]
    missing = pdf_worker.missing_libraries()
    if missing:
        gaps.append(f"PDFs need {' '.join(missing)}: run 'apt-get install {' '.join(missing)}'.")
    pdfs = "" if missing else " The libraries for PDFs are there."
    summary = f"Policy {policy.name} {policy.version}, time zone {zone.key}.{pdfs}"
    if run.settings.score.chosen_engine.kind != "local":
        summary += f" Engine {run.settings.score.chosen_engine}."
    summary += _networks(run) + _brand(run)
    gaps += _unused_networks(run)
    return Outcome(summary=summary, gaps=gaps)


def write_settings(file: Path) -> Outcome:
    """Write a settings file that sets nothing: every key with its meaning and its default.

    Raises:
        FileExists: There is one already.
        DiskTrouble: It cannot be written.
    """
    if file.exists():
        raise FileExists(path=file)
    files.write(file, "\n".join(_template()) + "\n")
    file.chmod(0o600)
    return Outcome(paths=[file], summary="Remove the # before what you set.")


def _credentials(run: Run) -> Iterator[str]:
    unset = run.settings.zoom.unset()
    if unset:
        yield settings.missing(*unset).advice()


def _privacy(run: Run) -> Iterator[str]:
    privacy = run.settings.privacy
    if "pseudonymous" in privacy.modes and privacy.key is None and privacy.key_file is None:
        yield settings.missing("privacy.key").advice()


def _open_secrets(run: Run) -> Iterator[str]:
    """Files of secrets that others can read."""
    for key, path in settings.secret_files(run.settings):
        if path.is_file() and settings.others_can_read(path):
            yield f"{key}: others can read {path}; 'chmod 600 {path}'."


def _networks(run: Run) -> str:
    """How many networks have a name; nothing where none was given one."""
    return "".join(
        f" {len(listed.used):,} network(s) of {whose}"
        + (f", {listed.passed_over:,} passed over." if listed.passed_over else ".")
        for whose, listed in (("sites", run.places.sites), ("providers", run.places.providers))
        if listed or listed.passed_over
    )


def _brand(run: Run) -> str:
    """What the brand brings, in words; nothing without one."""
    if run.settings.report.branding is None:
        return ""
    brand = run.brand
    parts = [
        *(["logo"] if brand.logo else []),
        *(["colours"] if brand.accent else []),
        *(["style"] if brand.sheet else []),
        *(f"partial {name}" for name in brand.partials),
    ]
    return f" Branding of {brand.product}: {', '.join(parts) or 'name only'}."


def _unused_networks(run: Run) -> Iterator[str]:
    """Lists from which nothing can be used."""
    for whose, listed in (("sites", run.places.sites), ("providers", run.places.providers)):
        if listed.passed_over and not listed:
            yield (
                f"none of the {listed.passed_over:,} network(s) of {whose} can be used: they are "
                "private, and Zoom names the public address only. List the public networks that "
                "people appear from."
            )


def _template() -> Iterator[str]:
    section = ""
    for key, leaf in settings.fields():
        its_section, _, name = key.partition(".")
        if its_section != section:
            section = its_section
            yield from ("", f"[{section}]") if section != "zoom" else (f"[{section}]",)
        yield f"# {leaf.description}"
        yield f"# {name} = {_toml(leaf.default)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple):
        return "[]"
    return f'"{"" if value is None else os.fspath(value) if isinstance(value, Path) else value}"'
