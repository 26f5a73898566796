"""The wheel: what is in it, and that it works on its own from any directory."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
OURS = Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from the sources as they are, without asking an index for anything."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", out, PROJECT),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_and_every_template(names):
    for top, inside in (("qosreport", "qosreport"), ("templates", "qosreport/templates")):
        for path in (PROJECT / top).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"{inside}/{path.relative_to(PROJECT / top)}" in names


def test_the_wheel_holds_what_is_no_python(names):
    endings = {Path(name).suffix for name in names if name.startswith("qosreport/")}
    assert {".html", ".css", ".js", ".toml", ".woff2"} <= endings
    fonts = {name for name in names if "/fonts/" in name}
    assert any(name.endswith("OFL.txt") for name in fonts)
    policies = {Path(name).name for name in names if "/scoring/policies/" in name}
    assert policies >= {"zoom-network-quality.toml", "strict.toml", "g107-reference.toml"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_holds_nothing_else(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"qosreport"}
    assert not [name for name in names if "test" in Path(name).name or "__pycache__" in name]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in an environment of its own; its dependencies are those already installed."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"),
            *("--no-index", "--disable-pip-version-check", wheel),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    (site,) = home.glob("lib/python*/site-packages")
    # Behind its own packages, and without the .pth files that lie there: our sources stay unseen.
    (site / "dependencies.pth").write_text(f"{OURS}\n", "utf-8")
    return home


def in_environment(home, *command):
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)}
    return subprocess.run(
        [home / "bin" / command[0], *command[1:]],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_installed_wheel_shows_its_demo_from_anywhere(installed, tmp_path):
    where = "import qosreport.report.render as it; print(it.__file__)"
    imported = Path(in_environment(installed, "python", "-c", where).stdout.strip())
    assert imported.is_relative_to(installed)
    result = in_environment(installed, "qosreport", "demo", "--weeks", "1", "--out", str(tmp_path))
    assert result.returncode == 0, result.stderr
    paths = [Path(line) for line in result.stdout.splitlines()]
    assert {path.suffix for path in paths} == {".html", ".pdf", ".json", ".xlsx"}
    assert all(path.is_relative_to(tmp_path) and path.stat().st_size > 1000 for path in paths)
    page = next(
        path for path in paths if path.name.startswith("weekly-") and path.suffix == ".html"
    )
    assert "</style>" in page.read_text("utf-8")


def test_the_installed_wheel_knows_its_policies(installed):
    result = in_environment(installed, "qosreport", "policy", "list")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("\n") == 4
