"""What a report is made from → files: result documents, and HTML, PDF and workbook of each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from qosreport.errors import PdfNotMade, TooFewPeople
from qosreport.periods import Period, week_of
from qosreport.pipeline import files, front, pages
from qosreport.pipeline.editions import editions
from qosreport.pipeline.gather import Scored
from qosreport.pipeline.run import Run
from qosreport.report import html, pdf, workbook
from qosreport.report.numbers.causes import Why, WhyHere, why_of
from qosreport.report.numbers.meeting import Rules, build_meeting
from qosreport.report.numbers.trust import Enough
from qosreport.report.numbers.weekly import PageOf, Tables, build_weekly, meeting_ref
from qosreport.report.pdf_worker import PdfJob, PdfWorker
from qosreport.report.privacy import FULL, Veil
from qosreport.report.refs import page_stem
from qosreport.report.result import (
    EvidenceResult,
    MeetingResult,
    PersonResult,
    Result,
    WeeklyResult,
)
from qosreport.scoring import Policy
from qosreport.settings import ReportSettings

MEETINGS = "meetings"
"""The directory of meeting pages, beside the weekly ones."""
EVIDENCE = "evidence"
"""The directory of pages about places."""
PEOPLE = "people"
"""The directory of people's pages."""


@dataclass(frozen=True)
class Maker:
    """Makes the files of reports, in every mode of privacy that the settings ask for.

    The documents handed back are of the first mode. Every method raises `DiskTrouble` if a file
    cannot be written (those written before are kept) and `MissingFile` if the installation lacks a
    template. A PDF that cannot be made is a gap.
    """

    out: Path
    policy: Policy
    run: Run
    worker: PdfWorker
    veil: Veil = FULL
    """What documents go through before anything is made of them."""
    paths: list[Path] = field(default_factory=list)
    """Files made so far."""
    gaps: list[str] = field(default_factory=list)
    """What could not be made."""

    def weekly(self, scored: Scored, period: Period) -> WeeklyResult:
        """The report of a period in all its forms, and the pages of its meetings."""
        settings = self.run.settings.report
        wanted = pages_wanted(scored.tables, settings)
        why = why_of(scored.tables, policy=self.policy, zone=settings.timezone)
        result = build_weekly(
            scored.tables,
            period=period,
            policy=self.policy,
            ledger=scored.ledger(),
            organisation=settings.organisation,
            now=self.run.now,
            page_of=_page_of({meeting_ref(uuid) for uuid in wanted}),
            earlier=scored.earlier,
            enough=Enough(settings.calibration_labels, settings.calibration_ratings),
            causes=why,
        )
        makers = self._editions()
        name = f"weekly-{period.label}"
        shown = [maker.veil.over(result) for maker in makers]
        self._pages(scored, sorted(wanted), why, week_page=f"../{name}.html")
        for maker, document in zip(makers, shown, strict=True):
            maker._weekly(document, maker.out / name)
        return shown[0]

    def _weekly(self, result: WeeklyResult, stem: Path) -> None:
        brand = self.run.brand

        def page(forms: Sequence[str]) -> str:
            return html.weekly_page(result, forms=forms, beside=self._beside_it(), brand=brand)

        book = partial(workbook.weekly_workbook, result)
        has_workbook = self.run.settings.report.workbook
        job = pdf.weekly_job(result, brand=brand, has_workbook=has_workbook)
        self._forms(stem, result, job, page, book)

    def meeting(
        self,
        scored: Scored,
        *,
        live: bool = False,
        only_participant: str | None = None,
        why: WhyHere | None = None,
    ) -> MeetingResult:
        """The report of the one meeting in `scored`, in all its forms.

        Raises:
            TooFewPeople: It is of fewer people than the mode of the files shows.
        """
        uuid = scored.tables.meetings["meeting_uuid"][0]
        result = self._document(scored, uuid, live=live, only_participant=only_participant, why=why)
        first, *others = self._editions()
        shown = first.veil.over(result)
        first._meeting(shown)
        for maker in others:
            try:
                maker._meeting(maker.veil.over(result))
            except TooFewPeople as error:
                self.gaps.append(f"not made for {maker.out.name}: {error.line()}")
        return shown

    def _meeting(self, result: MeetingResult) -> None:
        stem = self.out / MEETINGS / page_stem(result)
        brand = self.run.brand

        def page(forms: Sequence[str]) -> str:
            week, beside = self._week_page(result), self._beside_it("../")
            return html.meeting_page(
                result, week_page=week, forms=forms, beside=beside, brand=brand
            )

        book = partial(workbook.meeting_workbook, result)
        self._forms(stem, result, pdf.meeting_job(result, brand=brand), page, book)

    def person(self, result: PersonResult) -> PersonResult:
        """The page of one person, in the mode of the files.

        Raises:
            NoPersonPages: That mode has none.
        """
        shown = self._editions()[0].veil.over(result)
        self._person(shown)
        return shown

    def _person(self, result: PersonResult) -> None:
        stem, brand = self.out / PEOPLE / result.ref, self.run.brand

        def page(forms: Sequence[str]) -> str:
            front_page = self._front_page()
            return html.person_page(result, forms=forms, front_page=front_page, brand=brand)

        self._forms(stem, result, pdf.person_job(result, brand=brand), page)

    def evidence(self, result: EvidenceResult) -> None:
        """The page about one place, in the mode of the files.

        Raises:
            TooFewPeople: That mode shows none of so few.
        """
        self._evidence(self._editions()[0].veil.over(result))

    def _evidence(self, result: EvidenceResult) -> None:
        stem = self.out / EVIDENCE / f"{result.head.label}-{result.place_kind}-{result.ref}"
        brand = self.run.brand

        def page(forms: Sequence[str]) -> str:
            name, front_page = stem.name, self._front_page()
            return html.evidence_page(
                result, stem=name, forms=forms, front_page=front_page, brand=brand
            )

        self._forms(stem, result, pdf.evidence_job(result, stem.name, brand=brand), page)

    def _forms(
        self,
        stem: Path,
        result: Result,
        job: PdfJob,
        page: Callable[[Sequence[str]], str],
        book: Callable[[], bytes] | None = None,
    ) -> None:
        """Write a document in all its forms; the page, last, links those that lie beside it.

        The renderer is a process of its own: meanwhile this one makes the rest, and the page over
        again if there is no PDF after all. What an earlier run made and this one does not is
        removed: it is of another document.
        """
        settings = self.run.settings.report
        wanted = {"json": True, "pdf": settings.pdf, "xlsx": settings.workbook and book is not None}
        forms = [form for form in html.FORMS if wanted[form]]
        self._write(stem, "json", result.model_dump_json(indent=1))
        with ThreadPoolExecutor(1, "pdf") as executor:
            made = executor.submit(self.worker.render, job) if settings.pdf else None
            if book and settings.workbook:
                self._write(stem, "xlsx", book())
            text = page(forms)
        try:
            if made:
                self._write(stem, "pdf", made.result())
        except PdfNotMade as error:
            self.gaps.append(error.line())
            forms.remove("pdf")
            text = page(forms)
        for form in html.FORMS:
            if form not in forms:
                files.remove(_with_ending(stem, form))
        self._write(stem, "html", text)

    def _front_page(self) -> str | None:
        """The front page, if it lies here; relative to a page in a directory of its own."""
        return "../index.html" if (self.out / "index.html").exists() else None

    def index(self) -> None:
        """The front page of each directory, from the documents that lie there."""
        for maker in self._editions():
            found = front.entries(maker.out, maker.veil.mode)
            page = html.index_page(found, brand=self.run.brand)
            maker._write(maker.out / "index", "html", page)

    def _editions(self) -> list["Maker"]:
        """Makers for each mode; what they make and could not make is kept together."""
        found = editions(self.run, self.out)
        return [replace(self, out=edition.out, veil=edition.veil) for edition in found]

    def _pages(self, scored: Scored, uuids: Sequence[str], why: Why, *, week_page: str) -> None:
        settings = self.run.settings.report
        rules = Rules(self.policy, settings.timezone, settings.organisation)
        places = [
            pages.Place(
                maker.out / MEETINGS,
                week_page,
                maker._beside_it("../"),
                self.run.brand,
                maker.veil,
            )
            for maker in self._editions()
        ]
        wanted = {uuid: why.of_meeting(uuid) for uuid in uuids}
        with self.run.narrator.progress("Making meeting pages", len(uuids) * len(places)) as show:
            for done, paths in enumerate(pages.pages(scored, wanted, rules, places), 1):
                self.paths.extend(paths)
                show(done)

    def _beside_it(self, up: str = "") -> frozenset[str]:
        """Pages of people and places that lie here, relative to a page."""
        found = (
            page.relative_to(self.out).as_posix()
            for directory in (PEOPLE, EVIDENCE)
            for page in (self.out / directory).glob("*.html")
        )
        return frozenset(f"{up}{path}" for path in found)

    def _week_page(self, result: MeetingResult) -> str | None:
        """The weekly page a meeting belongs to, if it lies here; relative to the meeting's own."""
        name = f"weekly-{week_of(date.fromisoformat(result.head.label))}.html"
        return f"../{name}" if (self.out / name).exists() else None

    def _document(
        self,
        scored: Scored,
        uuid: str,
        *,
        live: bool = False,
        only_participant: str | None = None,
        why: WhyHere | None = None,
    ) -> MeetingResult:
        tables, settings = scored.tables, self.run.settings.report
        own = pl.col("meeting_uuid") == uuid
        streams, devices = (each.filter(own) for each in (scored.streams, scored.devices))
        rules = Rules(self.policy, settings.timezone, settings.organisation, live, only_participant)
        measured = pages.measured(streams, devices, self.policy)
        return build_meeting(uuid, tables, measured, rules, ledger=scored.ledger_of(uuid), why=why)

    def _write(self, stem: Path, form: str, data: bytes | str) -> None:
        self.paths.append(files.write(_with_ending(stem, form), data))


def _with_ending(stem: Path, form: str) -> Path:
    return stem.with_name(f"{stem.name}.{form}")


def pages_wanted(tables: Tables, settings: ReportSettings) -> set[str]:
    """UUIDs of the meetings that get a page of their own beside the weekly one."""
    if settings.meeting_pages == "all":
        return set(tables.meetings["meeting_uuid"])
    if settings.meeting_pages == "affected":
        bands = pl.col("band").is_in(["Poor", "Bad"])
        return set(tables.meeting_scores.filter(bands)["meeting_uuid"])
    return set(worst_meetings(tables)[: settings.worst_pages])


def worst_meetings(tables: Tables) -> list[str]:
    """UUIDs of the meetings with harmed minutes, most of them first."""
    harmed = tables.participant_scores.group_by("meeting_uuid").agg(
        pl.col("net_poor_minutes").sum()
    )
    ranked = harmed.filter(pl.col("net_poor_minutes") > 0).sort(
        "net_poor_minutes", "meeting_uuid", descending=[True, False]
    )
    return ranked["meeting_uuid"].to_list()


def _page_of(refs: set[str]) -> PageOf:
    def page(ref: str, day: date) -> str | None:
        return f"{MEETINGS}/{day}-{ref}.html" if ref in refs else None

    return page
