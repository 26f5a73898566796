"""Templates to text: one environment, built once, that escapes everything and forgives nothing."""

import base64
import functools
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup, escape

from qosreport.report import assets
from qosreport.report.sheets import screen_sheet
from qosreport.report.view.shapes import INK
from qosreport.report.view.words import Prose, Run

SAFE_SCHEMES = {"http", "https", "mailto"}
UNBROKEN = re.compile("Wi-Fi")


@dataclass(frozen=True)
class Page:
    """What a page carries besides its view."""

    styles: tuple[Markup, ...]
    """Texts of its style elements: files of the package, and numbers; never data."""
    scripts: tuple[Markup, ...] = ()
    """Texts of its script elements: files of the package."""

    def plus(self, sheet: str) -> "Page":
        """The page with one more style sheet, made of numbers."""
        return Page((*self.styles, own(sheet)), self.scripts)

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

    Raises:
        MissingFile: The templates are not where they should be.
    """
    return environment().get_template(template).render(page=page, view=view)


@functools.cache
def environment() -> jinja2.Environment:
    """The one environment."""
    return build_environment(jinja2.Environment)


def build_environment(kind: type[jinja2.Environment]) -> jinja2.Environment:
    """An environment that always escapes, and in which an unknown name is an error."""
    env = kind(
        loader=jinja2.FileSystemLoader(assets.template_dir()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    add_filters(env)
    return env


def add_filters(env: jinja2.Environment) -> None:
    """What templates may do with a value beyond placing it."""
    env.filters["prose"] = prose_markup
    env.filters["fill"] = fill
    env.filters["stroke"] = stroke
    env.filters["num"] = number
    env.filters["href"] = safe_href


# --- Filters -----------------------------------------------------------------------------------


def prose_markup(sentence: Prose | str) -> Markup:
    """A sentence with its emphasis; every text escaped, names isolated, Wi-Fi never broken."""
    runs = (Run(sentence),) if isinstance(sentence, str) else sentence
    return Markup("").join(_run(run) for run in runs)


def _run(run: Run) -> Markup:
    text = escape(run.text)
    text = Markup(UNBROKEN.sub('<span class="nb">Wi-Fi</span>', text))  # noqa: S704 -- escaped just above
    match run.kind:
        case "plain":
            return text
        case "strong":
            return Markup("<b>{}</b>").format(text)
        case "quiet":
            return Markup('<span class="q">{}</span>').format(text)
        case "name":
            return Markup("<bdi>{}</bdi>").format(text)
        case "code":
            return Markup("<code>{}</code>").format(text)


def fill(css: str) -> Markup:
    """The fill of a mark: a class for the dark, the light value beside it."""
    return Markup('class="f-{}" fill="{}"').format(css, INK[css])


def stroke(css: str) -> Markup:
    """The stroke of a mark."""
    return Markup('class="s-{}" stroke="{}"').format(css, INK[css])


def number(value: float) -> str:
    """A position, with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def safe_href(target: str) -> str:
    """The target if it is a fragment, a relative path, or http, https, mailto; else nothing."""
    parts = urlsplit("".join(c for c in target if c.isprintable()))
    harmless = parts.scheme in SAFE_SCHEMES or not (parts.scheme or parts.netloc)
    return target if harmless else "#"


# --- Styles ------------------------------------------------------------------------------------


@functools.cache
def screen_page() -> Page:
    """Styles and script of every page on screen."""
    return Page((own(screen_sheet()),), (own(assets.read_text("page.js")),))


def own(text: str) -> Markup:
    """A text of the package itself, which must reach the page as it is for its hash to hold."""
    return Markup(text)  # noqa: S704 -- never called with data


def _sources(texts: tuple[Markup, ...]) -> str:
    return " ".join(_hash(text) for text in texts) or "'none'"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
