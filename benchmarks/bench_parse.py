"""Raw pages → typed tables: less CPU than the usual ways, and memory that does not grow."""

import json

from baselines_parse import same
from data import BATCH_PAGES, facts, pages_of
from measure import in_turn, script
from results import Part, Row, used

SIDES = {"pandas": ("pandas `json_normalize`", 15.0), "loops": ("`json.loads` loops", 3.5)}
PEAK_MB = 400
EVERY = 6
"""The ratios are of every sixth batch: pandas takes minutes for a whole week."""


def measure(*, small: bool) -> Part:
    """Compare on a share of the week, then read all of it for the peak of memory."""
    meetings = 120 if small else 5_000
    every, rounds = (1, 1) if small else (EVERY, 2)
    pages = pages_of(meetings)
    ways = {way: script("baselines_parse.py", way, pages, every) for way in ("qosreport", *SIDES)}
    found = in_turn(ways, rounds)
    checksums = {way: json.loads(runs.output) for way, runs in found.items()}
    for way in SIDES:
        if not same(checksums["qosreport"], checksums[way]):
            raise SystemExit(f"{way} read other values: {checksums}")
    ours = found["qosreport"]
    rows = []
    for way, (title, target) in SIDES.items():
        ratio = found[way].cpu_s / ours.cpu_s
        rows.append(
            Row(
                f"pages → tables, against {title}",
                f"{ratio:.1f}× less CPU",
                f"≥ {target:g}×",
                ratio >= target,
                used(ours),
                used(found[way]),
            )
        )
    whole = in_turn({"qosreport, whole week": script("baselines_parse.py", "qosreport", pages)}, 1)
    (week,) = whole.values()
    for runs, share in ((ours, f"1/{every} of the week"), (week, "the whole week")):
        peak = f"{runs.peak_mb:.0f} MB"
        met = runs.peak_mb < PEAK_MB
        rows.append(Row(f"peak memory, {share}", peak, f"< {PEAK_MB} MB", met, used(runs)))
    known = facts(pages)
    data = (
        f"{known['meetings']:,} meetings, {known['minutes']:,} participant-minutes, "
        f"{known['bytes'] / 1e6:,.0f} MB of JSON; the ratios are of 1/{every} of it. Batches of "
        f"{BATCH_PAGES} pages, as a pull parses them. Count and sum of every measure are equal "
        "on all sides."
    )
    return Part("Raw pages → typed tables", data, rows)
