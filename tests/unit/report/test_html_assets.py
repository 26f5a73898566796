"""Templates are found in an installed package and in a checkout, or missed by name."""

import pytest

import qosreport
from qosreport.errors import MissingFile
from qosreport.report import assets


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package somewhere else."""
    home = tmp_path / "site" / "qosreport"
    home.mkdir(parents=True)
    monkeypatch.setattr(qosreport, "__file__", str(home / "__init__.py"))
    return home


def put(place, text):
    place.mkdir(parents=True)
    (place / "_page.html").write_text(text, "utf-8")


def test_templates_beside_the_package_serve_a_checkout(package):
    put(package.parent / "templates", "checkout")
    assert assets.read_text("_page.html") == "checkout"


def test_templates_inside_the_package_come_first(package):
    put(package.parent / "templates", "checkout")
    put(package / "templates", "installed")
    assert assets.read_text("_page.html") == "installed"


def test_an_installation_without_templates_names_both_places(package):
    with pytest.raises(MissingFile) as caught:
        assets.template_dir()
    assert str(package / "templates") in caught.value.line()
    assert str(package.parent / "templates") in caught.value.line()


def test_a_missing_font_is_named(package):
    put(package / "templates", "x")
    with pytest.raises(MissingFile, match=r"fonts/Inter-Regular\.woff2 is missing"):
        assets.read_bytes("fonts/Inter-Regular.woff2")
