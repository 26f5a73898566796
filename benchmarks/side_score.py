"""One side of the scoring benchmark, in a process of its own.

    python benchmarks/side_score.py SIDE STORE [PARTS]

SIDE: qosreport, pandas-parts or pandas-week, which score a store and print what bands they found;
or check, which compares all tables of both, cell by cell. PARTS takes so many parts only.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from qosreport.scoring import engine
from qosreport.scoring.loading import load_policy
from qosreport.store import Store
from qosreport.store.parts import Part

POLICY = "zoom-network-quality"
BANDED = ("minute_scores", "participant_scores", "meeting_scores", "flags")
Tables = Mapping[str, object]


def main(side: str, store: str, parts: str = "0") -> None:
    with Store.open(Path(store) / "store", lock=False) as opened:
        chosen = opened.parts()[: int(parts) or None]
    if side == "check":
        print(json.dumps(check(chosen)))
    else:
        print(json.dumps(found(SIDES[side](chosen)), sort_keys=True))


def by_qosreport(parts: list[Part]) -> Iterator[Tables]:
    for _, tables in engine.run(parts, load_policy(POLICY)):
        yield tables


def by_pandas(parts: list[Part]) -> Iterator[Tables]:
    """Part by part: our own way of keeping memory small, which favours pandas."""
    for part in parts:
        yield _pandas([part])


def by_pandas_at_once(parts: list[Part]) -> Iterator[Tables]:
    """The week in one frame, as one uses pandas."""
    yield _pandas(parts)


def _pandas(parts: list[Part]) -> Tables:
    from baselines_score import score_files

    policy = load_policy(POLICY)
    return score_files([part.paths for part in parts], policy.tree, edges(policy))


SIDES = {"qosreport": by_qosreport, "pandas-parts": by_pandas, "pandas-week": by_pandas_at_once}


def edges(policy) -> dict[tuple[str, str, str], tuple[float, str]]:
    """Where Poor begins and who says so, by medium, component and measure."""
    known = {
        (t.medium, t.component, t.measure): (t.value, t.source)
        for t in policy.thresholds()
        if t.band == "Poor"
    }
    elevated = policy.threshold("device", "system_cpu_max_pct", band="Fair")
    known["device", "elevated", "elevated"] = (elevated.value, elevated.source)
    return known


def found(pieces: Iterator[Tables]) -> dict[str, dict[str, int]]:
    """How many rows of each table have which band, by each side's own way of counting."""
    import polars as pl  # after qosreport, which tells polars how to keep memory

    counts: dict[str, Counter[str]] = {name: Counter() for name in BANDED}
    for tables in pieces:
        for name in BANDED:
            bands = tables[name]["band"]
            if isinstance(bands, pl.Series):
                counted = dict(bands.value_counts().iter_rows())
            else:
                counted = bands.value_counts(dropna=False).to_dict()
            for band, count in counted.items():
                counts[name][band if isinstance(band, str) else "Unscored"] += count
    return {
        name: {band: int(many) for band, many in sorted(count.items()) if many}
        for name, count in counts.items()
    }


def check(parts: list[Part]) -> dict[str, int]:
    """Rows compared, by table; what differs is raised."""
    from compare_scores import as_polars, comparable
    from polars.testing import assert_frame_equal

    rows: Counter[str] = Counter()
    for part in parts:
        ours = engine.score_part(part, load_policy(POLICY))
        theirs = _pandas([part])
        for name, frame in ours.items():
            other = as_polars(theirs[name], frame)
            assert_frame_equal(comparable(frame), comparable(other), abs_tol=2e-6, rel_tol=1e-9)
            rows[name] += frame.height
    return dict(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
