"""Templates to text: a page with its view, its styles and the policy that allows just these."""

import base64
import functools
import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import jinja2
from markupsafe import Markup

from qosreport.report import assets
from qosreport.report.branding import PLAIN, Brand
from qosreport.report.branding.partials import branded, failure
from qosreport.report.environment import environment
from qosreport.report.sheets import screen_sheet

REMEMBERED = 100
"""Hashes of styles and scripts: pages share all but a line of theirs."""


@dataclass(frozen=True)
class Page:
    """What a page carries besides its view."""

    styles: tuple[Markup, ...]
    """Texts of its style elements: files of the package or brand, and numbers; never data."""
    scripts: tuple[Markup, ...] = ()
    """Texts of its script elements: files of the package."""
    brand: Brand = PLAIN
    """Whose page it is."""

    def plus(self, sheet: str) -> "Page":
        """The page with one more style sheet, made of numbers or checked."""
        return replace(self, styles=(*self.styles, own(sheet))) if sheet else self

    @property
    def policy(self) -> str:
        """The Content Security Policy: nothing but these very texts, and data: images and fonts."""
        return "; ".join(
            (
                "default-src 'none'",
                f"style-src {_sources(self.styles)}",
                f"script-src {_sources(self.scripts)}",
                "img-src data:",
                "font-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        )


def render(template: str, page: Page, view: object) -> str:
    """A template with its one view.

    A brand's partial that fails is noted with the brand, and ours stands in for it: no page is
    lost to it.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    if page.brand.partials:
        try:
            return branded(page.brand).get_template(template).render(page=page, view=view)
        except Exception as error:  # noqa: BLE001 -- a partial may raise anything
            text = _rendered(environment(), template, page, view)
            page.brand.note(failure(error, page.brand))
            return text
    return _rendered(environment(), template, page, view)


def precompile(*pages: str) -> None:
    """Compile the templates of pages before they are wanted.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    env = environment()
    parts = env.list_templates(filter_func=lambda name: name.startswith(("_", "charts/")))
    for name in (*pages, *parts):
        env.get_template(name)


def _rendered(env: jinja2.Environment, template: str, page: Page, view: object) -> str:
    return env.get_template(template).render(page=page, view=view)


# --- Styles ------------------------------------------------------------------------------------


@functools.cache
def screen_page(brand: Brand = PLAIN) -> Page:
    """Styles and script of every page on screen."""
    page = Page((own(screen_sheet()),), (own(assets.read_text("page.js")),), brand)
    return page.plus(_brand_sheet(brand, "screen"))


@functools.cache
def paper_page(brand: Brand = PLAIN) -> Page:
    """What a page on paper holds itself; the one large sheet travels beside it."""
    return Page((), (), brand).plus(_brand_sheet(brand, "print"))


def _brand_sheet(brand: Brand, form: Literal["screen", "print"]) -> str:
    """What a brand adds to either; empty where it adds nothing."""
    shown = assets.read_text(f"css/brand_{form}.css") if brand.shows else ""
    return "".join(part + "\n" for part in (brand.colours, shown, brand.sheet) if part)


def own(text: str) -> Markup:
    """A text of the package or brand, which must reach the page as it is for its hash to hold."""
    return Markup(text)  # noqa: S704 -- never called with data from Zoom


def _sources(texts: tuple[Markup, ...]) -> str:
    return " ".join(_hash(text) for text in texts) or "'none'"


@functools.lru_cache(REMEMBERED)
def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
