"""The one environment of all templates: it escapes everything and forgives nothing."""

import functools
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup, escape

from qosreport.report import assets
from qosreport.report.view.shapes import INK, Frame
from qosreport.report.view.words import Prose, Run

SAFE_SCHEMES = {"http", "https", "mailto"}
UNBROKEN = re.compile("Wi-Fi")
AROUND = {
    "plain": ("", ""),
    "strong": ("<b>", "</b>"),
    "quiet": ('<span class="q">', "</span>"),
    "name": ("<bdi>", "</bdi>"),
    "code": ("<code>", "</code>"),
}
REMEMBERED = 10_000
"""Texts that need not be escaped again: pages of many meetings share most."""


@functools.cache
def environment() -> jinja2.Environment:
    """The one environment."""
    return build_environment(jinja2.Environment)


def our_loader() -> jinja2.BaseLoader:
    """The templates of the package."""
    return jinja2.FileSystemLoader(assets.template_dir())


def build_environment(
    kind: type[jinja2.Environment], loader: jinja2.BaseLoader | None = None
) -> jinja2.Environment:
    """An environment that always escapes, and in which an unknown name is an error."""
    env = kind(
        loader=loader or our_loader(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    add_filters(env)
    return env


def add_filters(env: jinja2.Environment) -> None:
    """What templates may do with a value beyond placing it; never leave it unescaped."""
    del env.filters["safe"]
    env.filters["prose"] = prose_markup
    env.filters["fill"] = fill
    env.filters["stroke"] = stroke
    env.filters["num"] = number
    env.filters["extent"] = extent
    env.filters["uprights"] = uprights
    env.filters["levels"] = levels
    env.filters["spans"] = spans
    env.filters["href"] = safe_href


# --- Filters -----------------------------------------------------------------------------------


def prose_markup(sentence: Prose | str) -> Markup:
    """A sentence with its emphasis; every text escaped, names isolated, Wi-Fi never broken."""
    runs = (Run(sentence),) if isinstance(sentence, str) else sentence
    return Markup("".join([_run(run.text, run.kind) for run in runs]))  # noqa: S704 -- escaped run by run


@functools.lru_cache(REMEMBERED)
def _run(text: str, kind: str) -> str:
    shown = UNBROKEN.sub('<span class="nb">Wi-Fi</span>', str(escape(text)))
    opening, closing = AROUND[kind]
    return f"{opening}{shown}{closing}"


@functools.cache
def fill(css: str) -> Markup:
    """The fill of a mark: a class for the dark, the light value beside it."""
    return Markup('class="f-{}" fill="{}"').format(css, INK[css])


@functools.cache
def stroke(css: str) -> Markup:
    """The stroke of a mark."""
    return Markup('class="s-{}" stroke="{}"').format(css, INK[css])


def number(value: float) -> str:
    """A position, with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def extent(frame: Frame) -> Markup:
    """The size of a picture, and whether it stretches."""
    return _extent(frame.width, frame.height, frame.stretch)


@functools.cache
def _extent(width: float, height: float, stretch: bool) -> Markup:
    size = Markup('viewBox="0 0 {0} {1}" width="{0}" height="{1}"')
    return size.format(number(width), number(height)) + (
        Markup(' preserveAspectRatio="none"') if stretch else ""
    )


def uprights(places: Iterable[float], top: float, bottom: float) -> str:
    """Upright lines as one path."""
    line = f" {number(top)}V{number(bottom)}"
    return "".join([f"M{number(x)}{line}" for x in places])


def levels(heights: Iterable[float], left: float, right: float) -> str:
    """Level lines as one path."""
    start, end = f"M{number(left)} ", f"H{number(right)}"
    return "".join([f"{start}{number(y)}{end}" for y in heights])


def spans(ends: Iterable[tuple[float, float]], height: float) -> str:
    """Lines at one height, each from here to there, as one path."""
    y = number(height)
    return "".join([f"M{number(a)} {y}H{number(b)}" for a, b in ends])


def safe_href(target: str) -> str:
    """The target if it is a fragment, a relative path, or http, https, mailto; else nothing."""
    parts = urlsplit("".join(c for c in target if c.isprintable()))
    harmless = parts.scheme in SAFE_SCHEMES or not (parts.scheme or parts.netloc)
    return target if harmless else "#"
