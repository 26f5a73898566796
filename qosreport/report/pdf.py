"""Pages as PDF.

The files are PDF/A-3a and PDF/UA-1, carry their document as an attachment, hold their own fonts,
fetch nothing, and are the same bytes for the same document.
"""

from qosreport.report.branding import PLAIN, Brand
from qosreport.report.pdf_worker import PdfJob
from qosreport.report.refs import page_stem
from qosreport.report.render import paper_page, render
from qosreport.report.result import (
    EvidenceResult,
    MeetingResult,
    PersonResult,
    Result,
    WeeklyResult,
)
from qosreport.report.sheets import print_sheet
from qosreport.report.view.evidence.page import evidence_view
from qosreport.report.view.layout import PRINT_PAGE, WEEK_PRINT
from qosreport.report.view.meeting.page import meeting_view
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.person.days import Days
from qosreport.report.view.person.page import person_view
from qosreport.report.view.strips import axis_style
from qosreport.report.view.week.page import weekly_view


def weekly_job(result: WeeklyResult, *, brand: Brand = PLAIN, has_workbook: bool = True) -> PdfJob:
    """The weekly report on paper, for the renderer; the document travels inside as JSON."""
    view = weekly_view(result, WEEK_PRINT.beside(workbook=has_workbook))
    html = render("weekly_print.html", paper_page(brand), view)
    return _job(result, html, f"weekly-{result.head.label}")


def meeting_job(result: MeetingResult, *, brand: Brand = PLAIN) -> PdfJob:
    """The report of one meeting on paper, likewise."""
    room = Room(result, PRINT_PAGE)
    page = paper_page(brand).plus(axis_style(PRINT_PAGE.surface, room.timeline))
    html = render("meeting_print.html", page, meeting_view(room))
    return _job(result, html, page_stem(result))


def person_job(result: PersonResult, *, brand: Brand = PLAIN) -> PdfJob:
    """The page of one person on paper, likewise."""
    days = Days(result, PRINT_PAGE)
    page = paper_page(brand).plus(axis_style(PRINT_PAGE.surface, days.timeline))
    html = render("person_print.html", page, person_view(days))
    return _job(result, html, f"person-{result.ref}")


def evidence_job(result: EvidenceResult, stem: str, *, brand: Brand = PLAIN) -> PdfJob:
    """The page about one place on paper, likewise; `stem` names its files."""
    html = render("evidence_print.html", paper_page(brand), evidence_view(result, PRINT_PAGE))
    return _job(result, html, stem)


def _job(result: Result, html: str, stem: str) -> PdfJob:
    stamp = result.provenance.data_as_of or result.head.end
    return PdfJob(
        stem, html, print_sheet(), result.model_dump_json().encode(), f"{stem}.json", stamp
    )
