"""`qosreport pull` against a server with Zoom's latency: fewest calls, and the allowed rate."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from bench_commands import QOSREPORT
from measure import Runs, Used, run
from results import Part, Row, used
from server import serving

LATENCY_S = 0.4
ALLOWED_PER_S = 40
"""Heavy calls of a business account."""
RATE_SHARE = 0.95
EDGE_S = 5.0
"""Left out at both ends where the steady rate is meant."""


def measure(*, small: bool) -> Part:
    """Pull one simulated week into an empty store, and read the server's own log."""
    with serving(300 if small else 1_300, latency_s=LATENCY_S, limited=True) as server:
        ours = _pull(server.environment)
    seen = server.seen
    rows = [_calls(seen), *_rates(seen["heavy_at_s"]), _refused(seen)]
    pages = sum(seen["by_endpoint"].values())
    cpu_ms = ours.cpu_s / pages * 1000
    rows.append(
        Row(
            "CPU per answer: fetch, parse, commit, start-up",
            f"{cpu_ms:.1f} ms",
            "",
            None,
            used(Runs([ours])),
        )
    )
    kinds = ", ".join(f"{count:,} {name}" for name, count in sorted(seen["by_endpoint"].items()))
    data = (
        f"The installed `qosreport pull`, plan business, 24 workers, against the simulated server "
        f"in another process: {LATENCY_S:g} s latency, Zoom's limits enforced. Calls: {kinds}."
    )
    return Part("Pull", data, rows)


def _pull(environment: dict[str, str]) -> Used:
    folder = Path(tempfile.mkdtemp(prefix="qosreport-bench-"))
    own = {"QOSREPORT_STORE__PATH": str(folder / "store"), "QOSREPORT_ZOOM__PLAN": "business"}
    try:
        return run([QOSREPORT, "--quiet", "pull", "--week", "last"], {**environment, **own})
    finally:
        shutil.rmtree(folder)


def _calls(seen: dict[str, Any]) -> Row:
    made, least = sum(seen["by_endpoint"].values()), sum(seen["least_calls"].values())
    return Row(
        "calls, against the fewest: token, list pages, ceil(P/300) + ceil(P/10) a meeting",
        f"{made:,} / {least:,}",
        "= 1",
        made == least,
    )


def _rates(heavy_at_s: list[float]) -> list[Row]:
    """Heavy calls a second by the server's clock, as a share of the allowed rate."""
    first, last = heavy_at_s[0], heavy_at_s[-1]
    steady = [at for at in heavy_at_s if first + EDGE_S <= at <= last - EDGE_S]
    whole = (len(heavy_at_s) - 1) / (last - first) / ALLOWED_PER_S
    steady_s = steady[-1] - steady[0]
    kept = (len(steady) - 1) / steady_s / ALLOWED_PER_S
    return [
        Row(
            f"rate in {steady_s:.0f} s of steady pulling, of {ALLOWED_PER_S} calls a second",
            f"{kept:.1%}",
            f"≥ {RATE_SHARE:.0%}",
            kept >= RATE_SHARE,
        ),
        Row(
            f"rate from the first to the last of {len(heavy_at_s):,} calls",
            f"{whole:.1%}",
            "",
            None,
        ),
    ]


def _refused(seen: dict[str, Any]) -> Row:
    refused = seen["by_status"].get("429", 0)
    return Row("answers 429", str(refused), "0", refused == 0)
