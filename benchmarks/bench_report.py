"""What a weekly report of 5,000 meetings costs: diagnosis, meeting pages, and paper."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from data import facts, store_of
from measure import Runs, Used, run, say, script
from results import Part, Row, used

SMALL_MEETINGS, MEETINGS = 120, 5_000
PAGES_WALL_S, PDF_CPU_S, PDF_MB, PDF_PAGES = 60, 15, 500, 10
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")


def measure(*, small: bool) -> Part:
    """Each stage in a process of its own; of those compared, in turn."""
    meetings = SMALL_MEETINGS if small else MEETINGS
    store = store_of(meetings)
    known = facts(store)
    with tempfile.TemporaryDirectory(prefix="qosreport-bench-") as folder:
        place = Path(folder)
        shutil.copytree(store, place, dirs_exist_ok=True)
        rows = [
            *_diagnosis(place, 1 if small else 3),
            _pages(place, meetings),
        ]
        rows += _paper(place, 1 if small else 3)
    data = (
        f"{known['meetings']:,} meetings, {known['minutes']:,} participant-minutes, with eight "
        "weeks of as many behind them. CPU of diagnosis and of scoring is of the stage alone, "
        "without start-up and without reading the sessions."
    )
    return Part("Scores → report", data, rows)


def _stage(stage: str, place: Path, *more: object) -> tuple[Used, dict[str, float]]:
    """The stage's own figures of CPU and wall time; the peak is of the process."""
    whole = run(script("side_report.py", stage, place, *more))
    found = json.loads(whole.output)
    say(f"  {stage}: {found}, {whole.peak_mb:.0f} MB")
    return Used(found["cpu_s"], found["wall_s"], whole.peak_mb, ""), found


def _diagnosis(place: Path, rounds: int) -> list[Row]:
    scoring, diagnosis = [], []
    for _ in range(rounds):
        scoring.append(_stage("score", place)[0])
        diagnosis.append(_stage("weekly", place)[0])
    ours, theirs = Runs(diagnosis), Runs(scoring)
    ratio = ours.cpu_s / theirs.cpu_s
    what = "diagnosis and document of the week, against scoring it"
    return [Row(what, f"{ratio:.2f}× the CPU", "< 1×", ratio < 1, used(ours), used(theirs))]


def _pages(place: Path, meetings: int) -> Row:
    ours, found = _stage("pages", place, meetings)
    assert found["pages"] == meetings
    return Row(
        f"{meetings:,} meeting pages as HTML, two processes",
        f"{ours.wall_s:.0f} s",
        f"≤ {PAGES_WALL_S} s",
        ours.wall_s <= PAGES_WALL_S,
        used(Runs([ours])),
    )


def _paper(place: Path, rounds: int) -> list[Row]:
    ours, theirs, pages = [], [], 0.0
    out = place / "chromium.pdf"
    for _ in range(rounds):
        one, found = _stage("pdf", place)
        pages = found["pages"]
        ours.append(one)
        theirs.append(run([*CHROMIUM, f"--print-to-pdf={out}", f"file://{place}/weekly.html"]))
        assert out.stat().st_size
    mine, chromium = Runs(ours), Runs(theirs)
    beside = used(chromium)
    return [
        _limit(
            "weekly PDF, beside Chromium printing the HTML page: CPU",
            mine.cpu_s,
            PDF_CPU_S,
            "s",
            (used(mine), beside),
        ),
        _limit("its peak memory", mine.peak_mb, PDF_MB, "MB", (used(mine), beside)),
        _limit("its pages", pages, PDF_PAGES, "pages", ("", "")),
    ]


def _limit(what: str, value: float, most: float, unit: str, cells: Sequence[str]) -> Row:
    ours, theirs = cells
    return Row(what, f"{value:.3g} {unit}", f"≤ {most:g} {unit}", value <= most, ours, theirs)
