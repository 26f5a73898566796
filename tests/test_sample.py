"""sample_output/ is what today's code makes; `make sample` makes it again."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.sample import make

COMMITTED = Path(__file__).parent.parent / "sample_output"
AGAIN = "run `make sample` and look at what changed"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    make(out)
    return out


def names(directory: Path) -> list[str]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(directory)) for path in files)


def test_the_sample_is_one_week_and_one_meeting(made):
    assert names(made) == names(COMMITTED), AGAIN
    kinds = sorted(name.rpartition(".")[2] for name in names(made) if "/" not in name)
    assert kinds == ["html", "html", "json", "pdf", "xlsx"]
    assert len([name for name in names(made) if name.startswith("meetings/")]) == 4


@pytest.mark.parametrize("ending", ["json", "html"])
def test_documents_and_pages_are_the_same_to_the_byte(made, ending):
    files = [name for name in names(made) if name.endswith(ending)]
    assert files
    for name in files:
        assert (made / name).read_bytes() == (COMMITTED / name).read_bytes(), f"{name}: {AGAIN}"


def test_workbooks_hold_the_same_sheets(made):
    for name in names(made):
        if name.endswith("xlsx"):
            assert members(made / name) == members(COMMITTED / name), f"{name}: {AGAIN}"


def test_pdfs_have_the_same_pages_and_text(made):
    # Their bytes also hold the machine's own fonts for scripts that Inter lacks.
    for name in names(made):
        if name.endswith("pdf"):
            assert text(made / name) == text(COMMITTED / name), f"{name}: {AGAIN}"


def test_every_link_of_the_sample_leads_somewhere():
    for page in COMMITTED.rglob("*.html"):
        for target in re.findall(r'href="([^"#]+)"', page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def text(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    # Spacing follows the widths of those fonts.
    return "\f".join(" ".join(page.split()) for page in done.stdout.decode().split("\f"))
