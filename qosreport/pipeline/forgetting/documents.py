"""Documents that lie somewhere, read, cleaned of one person, and made into their files again."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from qosreport.errors import PdfNotMade
from qosreport.report import html, pdf, workbook
from qosreport.report.branding import Brand
from qosreport.report.pdf_worker import PdfJob, PdfWorker
from qosreport.report.privacy.forgetting import Gone, is_about, without
from qosreport.report.result import (
    EvidenceResult,
    MeetingResult,
    PersonResult,
    WeeklyResult,
    WhatIfResult,
)

Document = WeeklyResult | MeetingResult | PersonResult | EvidenceResult | WhatIfResult
_KINDS: Mapping[str, type[Document]] = {
    "weekly": WeeklyResult,
    "meeting": MeetingResult,
    "person": PersonResult,
    "evidence": EvidenceResult,
    "whatif": WhatIfResult,
}


@dataclass(frozen=True)
class Cleaned:
    """What became of a document."""

    document: Document | None
    """Null: it was of the person alone, and goes."""
    changed: bool


@dataclass(frozen=True)
class Beside:
    """What a page leads to."""

    week_page: str | None = None
    front_page: str | None = None
    pages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Workshop:
    """Makes files of documents again."""

    gone: Gone
    brand: Brand
    worker: PdfWorker
    gaps: list[str] = field(default_factory=list)
    """What could not be made or read."""

    def clean(self, data: bytes, name: str) -> Cleaned | None:
        """A document without the person; None if it is none that this version can read."""
        document = _read(data)
        if document is None:
            if self.gone.who.is_mentioned(data.decode("utf-8", "replace")):
                self.gaps.append(f"{name} is of another version and names the person: remove it.")
            return None
        if is_about(document, self.gone):
            return Cleaned(None, changed=True)
        cleaned = without(document, self.gone)
        return Cleaned(cleaned, cleaned != document)

    def files(
        self, document: Document, forms: Collection[str], *, stem: str, beside: Beside
    ) -> dict[str, bytes]:
        """Its files by ending; a PDF that cannot be made is left out, and is a gap."""
        made = {"json": document.model_dump_json(indent=1).encode()}
        if "xlsx" in forms and isinstance(document, WeeklyResult):
            made["xlsx"] = workbook.weekly_workbook(document)
        if "xlsx" in forms and isinstance(document, MeetingResult):
            made["xlsx"] = workbook.meeting_workbook(document)
        if "pdf" in forms and not isinstance(document, WhatIfResult):
            try:
                made["pdf"] = self.worker.render(_job(document, stem, self.brand))
            except PdfNotMade as error:
                self.gaps.append(error.line())
        others = [form for form in html.FORMS if form in made]
        made["html"] = _page(document, others, stem, beside, self.brand).encode()
        return made


def _read(data: bytes) -> Document | None:
    try:
        kind = _KINDS[json.loads(data)["kind"]]
        return kind.model_validate_json(data)
    except (ValueError, KeyError, TypeError, ValidationError):
        return None


def _job(
    document: WeeklyResult | MeetingResult | PersonResult | EvidenceResult, stem: str, brand: Brand
) -> PdfJob:
    if isinstance(document, WeeklyResult):
        return pdf.weekly_job(document, brand=brand)
    if isinstance(document, MeetingResult):
        return pdf.meeting_job(document, brand=brand)
    if isinstance(document, PersonResult):
        return pdf.person_job(document, brand=brand)
    return pdf.evidence_job(document, stem, brand=brand)


def _page(
    document: Document, forms: Collection[str], stem: str, beside: Beside, brand: Brand
) -> str:
    listed = list(forms)
    if isinstance(document, WeeklyResult):
        return html.weekly_page(document, forms=listed, beside=beside.pages, brand=brand)
    if isinstance(document, MeetingResult):
        return html.meeting_page(
            document,
            week_page=beside.week_page,
            forms=listed,
            beside=beside.pages,
            brand=brand,
        )
    if isinstance(document, PersonResult):
        return html.person_page(document, forms=listed, front_page=beside.front_page, brand=brand)
    if isinstance(document, EvidenceResult):
        return html.evidence_page(
            document, stem=stem, forms=listed, front_page=beside.front_page, brand=brand
        )
    return html.whatif_page(document, index=beside.front_page is not None, brand=brand)
