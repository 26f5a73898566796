"""Headless Chromium, and the pages written where it can open them."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.pages import every_page

WITHOUT = "QOSREPORT_TEST_WITHOUT_BROWSER"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TELL = """
document.addEventListener(
    "securitypolicyviolation", (e) => console.error("CSP", e.violatedDirective));
"""


@pytest.fixture(scope="session")
def chromium():
    """The browser; its absence is a failure, unless the one who runs the tests says otherwise."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get(WITHOUT):
            pytest.skip(f"no Chromium, and {WITHOUT} is set")
        pytest.fail(f"apt-get install chromium, or set {WITHOUT}=1 to do without these tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """A directory with every page by name, as one would find them on a shared disk."""
    directory = tmp_path_factory.mktemp("pages")
    for name, text in every_page().items():
        (directory / f"{name}.html").write_text(text, "utf-8")
    return directory


@dataclass
class Opened:
    """A page in the browser, and what it complained of or asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def show(chromium, written):
    """Open a page: by name, at a width, in a colour scheme, with JavaScript or without."""
    contexts = []

    def opened(name: str, *, width: int = 1280, scheme: str = "light", script: bool = True):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            bypass_csp=False,
        )
        contexts.append(context)
        page = context.new_page()
        found = Opened(page)
        page.on("console", lambda said: found.errors.append(said.text))
        page.on("pageerror", lambda error: found.errors.append(str(error)))
        page.on("request", lambda request: found.requests.append(request.url))
        if script:
            page.add_init_script(TELL)
        page.goto(Path(written / f"{name}.html").as_uri())
        return found

    yield opened
    for context in contexts:
        context.close()
