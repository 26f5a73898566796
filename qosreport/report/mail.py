"""The mail of a report, as HTML and as plain text that stands alone; pure functions of its view."""

import textwrap
import unicodedata
from collections.abc import Iterator

from qosreport.report.branding import PLAIN, Brand
from qosreport.report.render import Page, render
from qosreport.report.view.mail import MailView, Pdf, site_mail, weekly_mail
from qosreport.report.view.words import THIN, Prose

__all__ = ["MailView", "Pdf", "as_html", "as_text", "site_mail", "weekly_mail"]

WIDTH = 72
NO_BREAK = "\u00a0"
ISOLATE, POP = "\u2068", "\u2069"
RIGHT_TO_LEFT = {"R", "AL", "AN"}


def as_html(view: MailView, brand: Brand = PLAIN) -> str:
    """The HTML part: inline styles, nothing to load, whole with pictures off.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    return _spaced(render("mail/report.html", Page((), (), brand), view))


def as_text(view: MailView, brand: Brand = PLAIN) -> str:
    """The plain text part.

    Not a template: the one environment of templates escapes everything, and here nothing may be.
    """
    return _spaced("\n".join(_lines(view, brand))) + "\n"


def _lines(view: MailView, brand: Brand) -> Iterator[str]:
    whose = f" · {view.organisation}" if view.organisation else ""
    yield from (*_wrapped(view.product + whose), *_wrapped(view.period), "")
    yield from _wrapped(_plain(view.verdict))
    yield ""
    if view.lede:
        yield from (*_wrapped(_plain(view.lede)), "")
    for notice in view.notices:
        yield from (*_wrapped(f"{notice.head}: {_plain(notice.words)}"), "")
    if view.link:
        yield from ("The whole report:", view.link, "")
    if view.figures:
        yield from _heading("Key figures")
        for figure in view.figures:
            note = f" ({figure.note})" if figure.note else ""
            yield from _wrapped(f"{figure.name}: {figure.value}{note}", later="  ")
        yield ""
    yield from _heading("What to do first")
    for number, action in enumerate(view.actions, start=1):
        yield from _wrapped(f"{number}. {_plain(action.title)}", later="   ")
        for line in (action.share, _plain(action.fits), f"Next: {action.check}",
                     f"Owner: {action.owner}"):  # fmt: skip
            yield from _wrapped(line, first="   ", later="   ")
        yield ""
    if view.no_actions:
        yield from (*_wrapped(_plain(view.no_actions)), "")
    yield from (*_wrapped(_plain(view.pdf)), "")
    yield from _foot(view, brand)


def _foot(view: MailView, brand: Brand) -> Iterator[str]:
    # The usual sign before what is no part of the message itself.
    yield from ("-- ", *_wrapped(_plain(view.foot)))
    yield from _wrapped(brand.foot)
    if brand.support:
        yield f"{brand.support_label}: {brand.support_text}"


def _heading(text: str) -> tuple[str, str]:
    return text.upper(), "-" * len(text)


def _wrapped(text: str, *, first: str = "", later: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(sentence: Prose) -> str:
    """The sentence; a name that is read from right to left kept from turning the rest around."""
    return "".join(
        f"{ISOLATE}{run.text}{POP}" if run.kind == "name" and _turns(run.text) else run.text
        for run in sentence
    )


def _turns(text: str) -> bool:
    return any(unicodedata.bidirectional(c) in RIGHT_TO_LEFT for c in text)


def _spaced(text: str) -> str:
    """With no-break spaces that every mail reader's fonts have."""
    return text.replace(THIN, NO_BREAK)
