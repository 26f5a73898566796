"""How long a person waits: `qosreport meeting` and `qosreport --help`."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from measure import BIN, Command, Runs, Used, run, say
from results import Part, Row, used
from server import serving

QOSREPORT = str(BIN / "qosreport")
MEETINGS = 600
MEETING_TIMES, HELP_TIMES = 3.0, 2.0


def measure(*, small: bool) -> Part:
    """Wall time of each command against that of importing what it cannot do without."""
    imports = ("weasyprint, polars", "click, rich")
    python = {names: [sys.executable, "-c", f"import {names}"] for names in imports}
    with serving(MEETINGS) as server:
        meeting = server.meeting
        ours, theirs = _in_turn(
            lambda: _report(meeting["uuid"], server.environment),
            lambda: run(python[imports[0]]),
            3 if small else 9,
        )
    rows = [_row("`qosreport meeting`", imports[0], ours, theirs, MEETING_TIMES)]
    ours, theirs = _in_turn(
        lambda: run([QOSREPORT, "--help"]), lambda: run(python[imports[1]]), 5 if small else 25
    )
    rows.append(_row("`qosreport --help`", imports[1], ours, theirs, HELP_TIMES))
    data = (
        f"The installed command, against the simulated server on loopback without latency; a "
        f"meeting of {meeting['people']} people and {meeting['minutes']} participant-minutes, into "
        "an empty store: token, pull, store, score, HTML, PDF, JSON. Wall time of whole processes."
    )
    return Part("Commands", data, rows)


def _in_turn(
    ours: Callable[[], Used], theirs: Callable[[], Used], rounds: int
) -> tuple[Runs, Runs]:
    """A, B, A, B, … after one run each that does not count: it fills the system's file cache."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return Runs([pair[0] for pair in pairs]), Runs([pair[1] for pair in pairs])


def _report(uuid: str, environment: Mapping[str, str]) -> Used:
    folder = Path(tempfile.mkdtemp(prefix="qosreport-bench-"))
    try:
        command: Command = [QOSREPORT, "--quiet", "meeting", uuid, "--out", str(folder / "out")]
        store = {"QOSREPORT_STORE__PATH": str(folder / "store")}
        found = run(command, {**environment, **store})
        say(f"  {found.wall_s:.2f} s, {len(found.output.split())} files")
        return found
    finally:
        shutil.rmtree(folder)


def _row(what: str, imports: str, ours: Runs, theirs: Runs, times: float) -> Row:
    least, median = ours.wall_s / theirs.wall_s, ours.median_wall_s / theirs.median_wall_s
    return Row(
        f'wall time of {what}, against `python -c "import {imports}"`',
        f"{least:.2f}× (medians {median:.2f}×)",
        f"≤ {times:g}×",
        least <= times,
        used(ours),
        used(theirs),
    )
