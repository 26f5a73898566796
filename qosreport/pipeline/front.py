"""The reports that lie in an output directory, for its front page."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from qosreport.report import html
from qosreport.report.privacy import mode_of
from qosreport.report.result import (
    EvidenceResult,
    MeetingResult,
    PersonResult,
    WeeklyResult,
    WhatIfResult,
)
from qosreport.settings import PrivacyMode

FORMS = ("html", "pdf", "xlsx", "json")
Other = type[PersonResult] | type[EvidenceResult] | type[WhatIfResult]
OTHERS: dict[str, Other] = {
    "people/*.json": PersonResult,
    "evidence/*.json": EvidenceResult,
    "whatif-*.json": WhatIfResult,
}
NEWEST = 200
"""Meetings on the front page; older ones are reached from their weeks."""


def entries(out: Path, mode: PrivacyMode) -> Sequence[html.IndexEntry]:
    """What the front page lists: every week, the newest meetings, and what was asked for besides.

    Documents of another version, or of another mode of privacy, are left out: their pages are
    still there.
    """
    found: list[html.IndexEntry] = []
    for path in sorted(out.glob("weekly-*.json")):
        found.extend(_weekly(path, out, mode))
    pages = sorted((out / "meetings").glob("*.json"), reverse=True)
    for path in pages[:NEWEST]:
        found.extend(_meeting(path, out, mode))
    for pattern, kind in OTHERS.items():
        for path in sorted(out.glob(pattern)):
            found.extend(_other(path, out, mode, kind))
    return found


def _weekly(path: Path, out: Path, mode: PrivacyMode) -> Iterator[html.IndexEntry]:
    try:
        result = WeeklyResult.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return
    if mode_of(result.head) == mode:
        yield html.weekly_entry(result, _hrefs(path, out))


def _meeting(path: Path, out: Path, mode: PrivacyMode) -> Iterator[html.IndexEntry]:
    try:
        result = MeetingResult.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return
    if mode_of(result.head) == mode:
        yield html.meeting_entry(result, _hrefs(path, out))


def _other(path: Path, out: Path, mode: PrivacyMode, kind: Other) -> Iterator[html.IndexEntry]:
    try:
        result = kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return
    if mode_of(result.head) == mode:
        yield html.other_entry(result, _hrefs(path, out))


def _hrefs(path: Path, out: Path) -> dict[str, str]:
    files = {form: path.with_suffix(f".{form}") for form in FORMS}
    return {form: str(file.relative_to(out)) for form, file in files.items() if file.exists()}
