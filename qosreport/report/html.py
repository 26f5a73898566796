"""Pages as HTML: one self-contained file each, a pure function of its document."""

from collections.abc import Sequence
from dataclasses import replace

from qosreport.report import assets
from qosreport.report.branding import PLAIN, Brand
from qosreport.report.render import Page, own, render, screen_page
from qosreport.report.result import (
    EvidenceResult,
    MeetingResult,
    PersonResult,
    WeeklyResult,
    WhatIfResult,
)
from qosreport.report.view.archive import Listed, archive_view
from qosreport.report.view.evidence.page import evidence_view
from qosreport.report.view.index import (
    IndexEntry,
    index_view,
    meeting_entry,
    other_entry,
    weekly_entry,
)
from qosreport.report.view.layout import SCREEN_PAGE
from qosreport.report.view.meeting.page import meeting_view
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.person.days import Days
from qosreport.report.view.person.page import person_view
from qosreport.report.view.pieces import Link
from qosreport.report.view.strips import axis_style
from qosreport.report.view.week.page import weekly_view
from qosreport.report.view.whatif import whatif_view
from qosreport.report.view.words import prose

__all__ = [
    "FORMS",
    "IndexEntry",
    "Listed",
    "archive_page",
    "archive_pointer",
    "evidence_page",
    "index_page",
    "meeting_entry",
    "meeting_page",
    "other_entry",
    "person_page",
    "weekly_entry",
    "weekly_page",
    "whatif_page",
]

FORMS = ("pdf", "xlsx", "json")


def weekly_page(
    result: WeeklyResult,
    *,
    forms: Sequence[str] = FORMS,
    beside: frozenset[str] = frozenset(),
    brand: Brand = PLAIN,
) -> str:
    """The weekly report.

    Args:
        result: The document.
        forms: Endings of its other files beside it, to be linked.
        beside: Pages of people and places, relative to this one, that can be linked.
        brand: Whose page it is.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    layout = SCREEN_PAGE.beside(workbook="xlsx" in forms)
    view = weekly_view(result, layout, forms=forms, beside=beside)
    return render("weekly.html", screen_page(brand), view)


def meeting_page(
    result: MeetingResult,
    *,
    week_page: str | None = None,
    forms: Sequence[str] = FORMS,
    beside: frozenset[str] = frozenset(),
    brand: Brand = PLAIN,
) -> str:
    """The report of one meeting.

    Args:
        result: The document.
        week_page: Path of the weekly page, relative to this one, for a link back.
        forms: Endings of the document's other files beside it, to be linked.
        beside: Pages of people, relative to this one, that can be linked.
        brand: Whose page it is.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    room = Room(result, SCREEN_PAGE, beside)
    view = meeting_view(room, week_page=week_page, forms=forms)
    return render(
        "meeting.html",
        screen_page(brand).plus(axis_style(SCREEN_PAGE.surface, room.timeline)),
        view,
    )


def person_page(
    result: PersonResult,
    *,
    front_page: str | None = None,
    forms: Sequence[str] = FORMS,
    brand: Brand = PLAIN,
) -> str:
    """The page of one person.

    Args:
        result: The document.
        front_page: Path of the front page, relative to this one, for a link back.
        forms: Endings of the document's other files beside it, to be linked.
        brand: Whose page it is.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    days = Days(result, SCREEN_PAGE)
    page = screen_page(brand).plus(axis_style(SCREEN_PAGE.surface, days.timeline))
    return render("person.html", page, person_view(days, forms=forms, front_page=front_page))


def evidence_page(
    result: EvidenceResult,
    *,
    stem: str,
    front_page: str | None = None,
    forms: Sequence[str] = FORMS,
    brand: Brand = PLAIN,
) -> str:
    """The page about one place; `stem` names its files, the rest as for `person_page`."""
    view = evidence_view(result, SCREEN_PAGE, stem=stem, forms=forms, front_page=front_page)
    return render("evidence.html", screen_page(brand), view)


def index_page(entries: Sequence[IndexEntry], *, brand: Brand = PLAIN) -> str:
    """The front page of an output directory: weeks and meetings, newest first.

    Args:
        entries: From `weekly_entry` and `meeting_entry`.
        brand: Whose page it is.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    return render("lists.html", screen_page(brand), index_view(entries))


def archive_page(listed: Sequence[Listed], *, brand: Brand = PLAIN) -> str:
    """The front page of an archive; it is searched in the page itself, so needs no server.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    usual = screen_page(brand)
    page = replace(usual, scripts=(own(assets.read_text("archive.js")),))
    return render(
        "archive.html", page.plus(assets.read_text("css/archive.css")), archive_view(listed)
    )


def archive_pointer(href: str, title: str) -> str:
    """A page that leads on to the newest revision of a report; also by hand.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    return render("archive_pointer.html", Page(()), Link(prose(title), href))


def whatif_page(result: WhatIfResult, *, index: bool = False, brand: Brand = PLAIN) -> str:
    """What other rules would judge differently.

    Args:
        result: The document.
        index: Whether a front page lies beside it, for a link back.
        brand: Whose page it is.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    return render("lists.html", screen_page(brand), whatif_view(result, index=index))
