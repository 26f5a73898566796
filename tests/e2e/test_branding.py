"""A brand: checked before anything begins, on every page, and never in the way of a report."""

import pytest

from tests.e2e.support import ALL_FORMS, week

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


@pytest.fixture
def brand(tmp_path):
    (tmp_path / "brand" / "partials").mkdir(parents=True)
    (tmp_path / "brand" / "logo.svg").write_text(SVG, "utf-8")
    (tmp_path / "brand" / "brand.toml").write_text('product = "Northwind Call Health"\n', "utf-8")
    return tmp_path / "brand"


def test_a_brand_is_checked_and_shown_on_every_page(pulled, brand):
    env = {"QOSREPORT_REPORT__BRANDING": str(brand)}
    checked = pulled.run("config", "check", env=env)
    assert "Branding of Northwind Call Health: logo." in checked.err
    made = pulled.run("report", "--week", week(), env={**env, **ALL_FORMS})
    pages = [path for path in made.paths if path.suffix == ".html"]
    assert len(pages) > 2
    for page in pages:
        text = page.read_text("utf-8")
        assert "<b>Northwind Call Health</b>" in text
        assert 'class="logo" src="data:image/svg+xml;base64,' in text
    assert made.made(".pdf").stat().st_size > 10_000


def test_a_brand_that_cannot_be_stops_before_anything_is_made(pulled, brand):
    (brand / "partials" / "_heroes.html").write_text("x", "utf-8")
    env = {"QOSREPORT_REPORT__BRANDING": str(brand)}
    for command in (
        ("config", "check"),
        ("report", "--week", week()),
        ("weekly", "--week", week()),
    ):
        refused = pulled.run(*command, env=env, code=78)
        assert refused.slug == "bad-branding"
        assert "the nearest is partials/_hero.html" in refused.error
        assert refused.paths == []


def test_a_partial_that_fails_loses_no_report(pulled, brand):
    (brand / "partials" / "_method.html").write_text("<p>ok</p>\n{{ view.nonsense }}", "utf-8")
    env = {"QOSREPORT_REPORT__BRANDING": str(brand)}
    made = pulled.run("report", "--week", week(), env={**env, **ALL_FORMS}, code=78)
    assert made.slug == "partial-failed"
    assert "_method.html, line 2: UndefinedError" in made.error
    assert {path.suffix for path in made.paths} == {".html", ".pdf", ".xlsx", ".json"}
    page = next(path for path in made.paths if path.name == f"weekly-{week()}.html")
    assert 'class="method"' in page.read_text("utf-8")
    assert "<b>Northwind Call Health</b>" in page.read_text("utf-8")
