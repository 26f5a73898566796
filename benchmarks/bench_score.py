"""Scoring a week from the store: less CPU than the same rules in vectorised pandas."""

import json

from data import facts, store_of
from measure import in_turn, run, say, script
from results import Part, Row, used

SIDES = {
    "pandas-week": "vectorised pandas, the week in one frame",
    "pandas-parts": "vectorised pandas, part by part",
}
CPU_SHARE = 0.5
PEAK_MB = 600
SMALL_MEETINGS, MEETINGS = 120, 5_000


def measure(*, small: bool) -> Part:
    """Compare all tables once, then time the sides in turn; their bands must agree each time."""
    store = store_of(SMALL_MEETINGS if small else MEETINGS)
    say("  comparing every table of every part")
    rows_equal = json.loads(run(script("side_score.py", "check", store)).output)
    commands = {side: script("side_score.py", side, store) for side in ("qosreport", *SIDES)}
    found = in_turn(commands, 1 if small else 3)
    ours = found["qosreport"]
    if any(used.output != ours.output for runs in found.values() for used in runs.runs):
        raise SystemExit("the sides find other bands")
    rows = []
    for side, title in SIDES.items():
        ratio = ours.cpu_s / found[side].cpu_s
        rows.append(
            Row(
                f"store → scores and flags, against {title}",
                f"{ratio:.2f}× the CPU",
                f"≤ {CPU_SHARE:g}×",
                ratio <= CPU_SHARE,
                used(ours),
                used(found[side]),
            )
        )
    peak = f"{ours.peak_mb:.0f} MB"
    rows.append(Row("peak memory", peak, f"< {PEAK_MB} MB", ours.peak_mb < PEAK_MB, used(ours)))
    known = facts(store)
    compared = ", ".join(f"{count:,} of {name}" for name, count in rows_equal.items())
    data = (
        f"{known['meetings']:,} meetings, {known['minutes']:,} participant-minutes, "
        f"{known['streams']:,} stream samples in {known['parts']} parts. Every cell of both sides' "
        f"tables is equal ({compared}); so are the bands of every timed run."
    )
    return Part("Store → scores", data, rows)
