"""Pages as PDF.

The files are PDF/A-3a and PDF/UA-1, carry their document as an attachment, hold their own fonts,
fetch nothing, and are the same bytes for the same document.
"""

from qosreport.report.pdf_worker import TIMEOUT_S, PdfJob, PdfWorker, start_worker
from qosreport.report.refs import page_stem
from qosreport.report.render import Page, render
from qosreport.report.result import MeetingResult, WeeklyResult
from qosreport.report.sheets import print_sheet
from qosreport.report.view.layout import PRINT_PAGE
from qosreport.report.view.meeting.page import meeting_view
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.meeting.strip import axis_style
from qosreport.report.view.week.page import weekly_view


def weekly_pdf(
    result: WeeklyResult, *, timeout_s: float = TIMEOUT_S, worker: PdfWorker | None = None
) -> bytes:
    """The weekly report on paper.

    Args:
        result: The document; it travels inside the file as JSON.
        timeout_s: Wall time after which the renderer is stopped.
        worker: A renderer to use and leave running; by default one is started and ended.

    Raises:
        PdfNotMade: With the package to install, if that is the reason.
    """
    html = render("weekly_print.html", Page(()), weekly_view(result, PRINT_PAGE))
    return _made(_job(result, html, f"weekly-{result.head.label}"), timeout_s, worker)


def meeting_pdf(
    result: MeetingResult, *, timeout_s: float = TIMEOUT_S, worker: PdfWorker | None = None
) -> bytes:
    """The report of one meeting on paper; arguments and errors as for `weekly_pdf`."""
    room = Room(result, PRINT_PAGE)
    page = Page(()).plus(axis_style(room))
    html = render("meeting_print.html", page, meeting_view(room))
    return _made(_job(result, html, page_stem(result)), timeout_s, worker)


def _job(result: WeeklyResult | MeetingResult, html: str, stem: str) -> PdfJob:
    stamp = result.provenance.data_as_of or result.head.end
    return PdfJob(
        stem, html, print_sheet(), result.model_dump_json().encode(), f"{stem}.json", stamp
    )


def _made(job: PdfJob, timeout_s: float, worker: PdfWorker | None) -> bytes:
    if worker is not None:
        return worker.render(job, timeout_s=timeout_s)
    with start_worker() as own:
        return own.render(job, timeout_s=timeout_s)
