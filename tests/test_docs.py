"""Every command, setting, exit code, column, message and policy key is documented."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from qosreport import errors, settings
from qosreport.scoring import load_policy
from qosreport.scoring.loading import leaves

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def load_generator():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_generated_parts_are_up_to_date(page):
    text = page.read_text("utf-8")
    assert load_generator().generated(text) == text, "run `make docs`"


def test_every_part_that_can_be_generated_is_somewhere():
    together = "".join(page.read_text("utf-8") for page in PAGES)
    assert set(re.findall(r"<!-- generated: (\w+) -->", together)) == load_generator().PARTS.keys()


def test_every_exit_code_has_a_meaning():
    assert load_generator().EXIT_CODES.keys() == set(errors.ExitCode)


def test_every_failure_is_explained():
    text = (DOCS / "messages.md").read_text("utf-8")

    def walk(kind):
        yield kind
        for child in kind.__subclasses__():
            yield from walk(child)

    slugs = {kind.slug for kind in walk(errors.QosreportError) if "slug" in vars(kind)}
    assert len(slugs) > 40
    missing = {slug for slug in slugs if f"### {slug}\n" not in text}
    assert not missing


def test_every_setting_is_explained():
    text = (DOCS / "settings.md").read_text("utf-8")
    for key, leaf in settings.fields():
        assert f"`{key}`" in text
        assert leaf.description


def test_every_number_of_a_policy_is_explained():
    text = (DOCS / "scoring.md").read_text("utf-8")
    keys = {key.rpartition(".")[2] for key, _ in leaves(load_policy("zoom-network-quality").tree)}
    assert len(keys) > 40
    missing = {key for key in keys if not re.search(rf"\b{re.escape(key)}\b", text)}
    assert not missing


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target, anchor in LINK.findall(page.read_text("utf-8")):
            if "://" in target:
                continue
            file = page.parent / target
            assert file.exists(), f"{page.name} → {target}"
            if anchor:
                assert anchor[1:] in anchors(file), f"{page.name} → {target}{anchor}"


def anchors(page: Path) -> set[str]:
    headings = HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}


@pytest.mark.parametrize(
    "page", [DOCS / "scoring.md", DOCS / "figures.md"], ids=lambda page: page.name
)
def test_python_in_the_documentation_runs(page):
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        command = [sys.executable, "-W", "error", "-c", block]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_make_targets_named_in_the_documentation_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z]+)`", page.read_text("utf-8")))
        assert named <= targets, page.name


def test_commands_named_in_the_readme_exist():
    from qosreport.cli import main

    text = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"^qosreport ([a-z]+)", text, re.MULTILINE))
    assert {"weekly", "meeting"} <= named <= main.commands.keys()


def test_every_page_is_documented_with_the_view_it_is_handed():
    from qosreport.report import assets

    root = assets.template_dir()
    pages = {
        path.relative_to(root).as_posix()
        for folder in (root, root / "mail")
        for path in folder.glob("[!_]*.html")
    }
    assert load_generator().PAGES.keys() == pages


def test_every_class_a_template_is_handed_has_all_its_fields_in_the_documentation():
    text = (DOCS / "templates.md").read_text("utf-8")
    reached = load_generator()._reached(list(load_generator().PAGES.values()))
    assert len(reached) > 40
    for kind in reached:
        section = text.partition(f"### {kind.__name__}\n")[2].partition("\n### ")[0]
        for name in kind.__dataclass_fields__:
            row = re.search(rf"^\| `{name}` \| .+ \| (.*) \|$", section, re.MULTILINE)
            assert row, f"{kind.__name__}.{name}"
