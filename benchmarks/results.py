"""What was measured, kept part by part, and written as benchmarks/RESULTS.md."""

import datetime as dt
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from data import DATA
from measure import HERE, Runs

RESULTS = HERE / "RESULTS.md"
PACKAGES = ("polars", "pandas", "numpy", "requests", "weasyprint", "click", "rich")


def _commit() -> str:
    command = ("git", "-C", str(HERE), "describe", "--always", "--dirty")
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def _machine() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {names[0] if names else 'CPU'}, {memory_gib:.0f} GiB"


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    found += [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return ", ".join(found)


@dataclass(frozen=True)
class Row:
    """One measurement and what is asked of it."""

    what: str
    ratio: str
    target: str
    met: bool | None
    """None: nothing is asked of it."""
    ours: str = ""
    """CPU s, wall s and peak MB."""
    theirs: str = ""


@dataclass(frozen=True)
class Part:
    """One benchmark's results."""

    title: str
    data: str
    """What was measured on, in a sentence or two."""
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    measured: str = field(default_factory=lambda: f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC")
    commit: str = field(default_factory=_commit)
    machine: str = field(default_factory=_machine)
    versions: str = field(default_factory=_versions)


def used(runs: Runs) -> str:
    """CPU, wall and memory of one side, for its cell."""
    return f"{runs.cpu_s:.2f} · {runs.wall_s:.2f} · {runs.peak_mb:.0f}"


def save(name: str, part: Part) -> None:
    """Keep the results of one part; those of the others stay as they are."""
    (DATA / f"results-{name}.json").write_text(json.dumps(asdict(part), indent=1))


def write(names: Sequence[str]) -> None:
    """Write the page of all parts that have results."""
    files = [DATA / f"results-{name}.json" for name in names]
    parts = [_read(file) for file in files if file.exists()]
    RESULTS.write_text("\n".join([INTRODUCTION, *map(text, parts)]))


def text(part: Part) -> str:
    """One part as Markdown."""
    lines = [
        f"## {part.title}",
        "",
        part.data,
        "",
        "| measured | ratio | target | met | qosreport: CPU s · wall s · peak MB "
        "| other: CPU s · wall s · peak MB |",
        "|---|---|---|---|---|---|",
        *(_line(row) for row in part.rows),
        "",
        *(f"- {note}" for note in part.notes),
        *([""] if part.notes else []),
        f"Measured {part.measured} at commit {part.commit} on {part.machine}; {part.versions}.",
        "",
    ]
    return "\n".join(lines)


INTRODUCTION = """# Benchmarks

Made by `make bench`; do not edit. The data is the simulated organisation's. Each measurement runs
A, B, A, B in fresh processes, and a ratio is printed only after both sides gave the same result.
CPU is user and system time of the whole process with its children, start-up included; CPU and wall
are the least of all runs, the peak is the largest. The machine is shared: ratios count, seconds
only tell their size.
"""


def _line(row: Row) -> str:
    met = {True: "yes", False: "**no**", None: ""}[row.met]
    cells = (row.what, row.ratio, row.target, met, row.ours, row.theirs)
    return f"| {' | '.join(cells)} |"


def _read(file: Path) -> Part:
    fields = json.loads(file.read_text())
    return Part(**fields | {"rows": [Row(**row) for row in fields["rows"]]})
