"""Which modes of privacy a run makes its reports in, and where each lies.

One directory holds one mode: its pages link each other, its PDFs carry their own documents, its
front page lists nothing else. The mode of `privacy.files` lies in --out itself; another that mail
or archive take lies in a directory of its name below. What `report --policy` makes lies likewise
in a directory of the policy's name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from qosreport.errors import OtherMode
from qosreport.pipeline.run import Run
from qosreport.report.privacy import Veil, mode_of
from qosreport.report.result import Head
from qosreport.settings import PrivacyMode, Settings

MAIL = "mail"
"""The directory of what was written of mails, beside the reports."""
WEEKLY = "weekly-*.json"
"""Documents of weeks."""


@dataclass(frozen=True)
class Edition:
    """Reports in one mode."""

    out: Path
    veil: Veil


def editions(run: Run, out: Path) -> list[Edition]:
    """What a run makes: that of the files first, then what mail and archive take besides.

    Raises:
        MissingSetting, BadSetting: Pseudonyms have no key.
    """
    settings = run.settings
    wanted = [settings.privacy.files]
    if settings.mail.configured:
        wanted.append(settings.privacy.mail)
    if settings.archive.configured:
        wanted.append(settings.privacy.archive)
    return [
        Edition(directory(settings, out, mode), veil_of(settings, mode))
        for mode in dict.fromkeys(wanted)
    ]


def directory(settings: Settings, out: Path, mode: PrivacyMode) -> Path:
    """Where reports of a mode lie."""
    return out if mode == settings.privacy.files else out / mode


def directories(settings: Settings, out: Path) -> Iterator[tuple[PrivacyMode, Path]]:
    """Every directory at or below --out in which reports lie or may lie, with its mode."""
    for base in (out, *_of_policies(out)):
        for mode in get_args(PrivacyMode):
            place = directory(settings, base, mode)
            if place.is_dir():
                yield mode, place


def _of_policies(out: Path) -> Iterator[Path]:
    own = {MAIL, *get_args(PrivacyMode)}
    for below in sorted(out.iterdir()) if out.is_dir() else ():
        if below.name not in own and any([*below.glob(WEEKLY), *below.glob(f"*/{WEEKLY}")]):
            yield below


def veil_of(settings: Settings, mode: PrivacyMode) -> Veil:
    """What documents of a mode go through.

    Raises:
        MissingSetting, BadSetting: Pseudonyms have no key.
    """
    return Veil(mode, settings.privacy.secret() if mode == "pseudonymous" else b"")


def check_mode(head: Head, mode: PrivacyMode, *, label: str, out: Path, setting: str) -> None:
    """See that a document is in the mode that its readers are to get.

    Raises:
        OtherMode: It is not: it was made before the settings were changed.
    """
    if mode_of(head) != mode:
        raise OtherMode(label=label, out=out, found=mode_of(head), setting=setting, mode=mode)
