"""The folder tree is the architecture: imports point one way, and walls stand (design §2)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "qosreport"
MODULES = sorted(PACKAGE.rglob("*.py"))
LIMIT = 400
LONGER = {
    "tables.py": "every table stands in one place",
    "errors.py": "every failure stands in one place",
}


def imports_of(module: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_imports_point_down_and_walls_stand():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_import_is_relative():
    for module in MODULES:
        tree = ast.parse(module.read_text("utf-8"))
        levels = [node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert not any(levels), module


@pytest.mark.parametrize("heavy", ["polars", "weasyprint", "requests", "pydantic", "rich"])
def test_help_imports_nothing_heavy(heavy):
    code = (
        "import sys\nfrom qosreport.cli import execute\n"
        f"assert execute(['--help']) == 0\nsys.exit({heavy!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_the_childs_own_file_imports_weasyprint():
    found = [m.name for m in MODULES if any(i.startswith("weasyprint") for i in imports_of(m))]
    assert found == ["pdf_child.py"]


def test_delivery_speaks_http_only_for_a_token_and_a_ping():
    found = {m.name for m in (PACKAGE / "deliver").rglob("*.py") if "requests" in imports_of(m)}
    assert found == {"oauth.py", "ping.py"}


def test_only_the_places_of_archives_know_fsspec():
    found = [
        m.name for m in MODULES if {"fsspec", "paramiko", "smbclient", "webdav4"} & imports_of(m)
    ]
    assert found == ["backends.py"]


def test_views_know_no_polars():
    views = [m for m in MODULES if "view" in m.parent.parts or m.parent.parent.name == "view"]
    assert len(views) > 20
    for module in views:
        assert not {"polars", "pl"} & imports_of(module), module


def test_only_the_console_writes_to_the_standard_streams():
    for module in MODULES:
        if module.name in {"console.py", "pdf_child.py"}:  # the child's streams are a pipe
            continue
        text = module.read_text("utf-8")
        for stream in ("sys.stdout", "sys.stderr"):
            assert stream not in text, f"{module}: {stream}"


def test_modules_are_short_enough_to_read():
    long = {
        str(module.relative_to(PACKAGE)): lines
        for module in MODULES
        if (lines := len(module.read_text("utf-8").splitlines())) > LIMIT
    }
    assert long.keys() <= LONGER.keys(), long


def test_every_module_says_what_it_is_for():
    for module in MODULES:
        assert ast.get_docstring(ast.parse(module.read_text("utf-8"))), module


def test_the_root_holds_what_it_should_and_little_else():
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True)
    roots = {line.split("/")[0] for line in listed.splitlines()}
    assert roots <= {
        "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", ".ci", ".github",
        ".gitignore",
        "qosreport", "templates", "tests", "sample_output", "benchmarks", "docs",
    }  # fmt: skip
