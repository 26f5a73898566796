"""Thresholds: a value just beyond one is in its band, a value at it is not."""

import pytest

from qosreport.scoring import load_policy, score_streams
from qosreport.scoring.thresholds import worst_with_score
from qosreport.tables import BANDS
from tests.unit.scoring.support import default, streams
from tests.unit.scoring.worlds import POLICIES

EDGES = [
    pytest.param(name, edge, id=f"{name}-{edge.medium}-{edge.component}-{edge.band}")
    for name, policy in POLICIES.items()
    for edge in policy.thresholds()
    if edge.medium != "device" and edge.component != "emodel"
]


@pytest.mark.parametrize(("name", "edge"), EDGES)
def test_beyond_a_threshold_a_measure_alone_is_in_its_band(name, edge) -> None:
    height = 180 if edge.component == "fps_small" else 720
    step = 0.01 if edge.value > 1 else 0.001
    beyond = edge.value + (-step if edge.below else step) * max(1, edge.value)
    for value, least in ((edge.value, 0), (beyond, 1)):
        measures = {edge.measure: value, "height_px": height}
        if edge.measure == "avg_loss_pct":
            measures["max_loss_pct"] = value
        found = score_streams(streams({"medium": edge.medium, **measures}), POLICIES[name])
        score = found.collect().row(0, named=True)[f"{edge.component}_score"]
        band = next(b for b, low in POLICIES[name].bands if score >= low - 1e-9)
        assert BANDS.index(band) == BANDS.index(edge.band) - 1 + least


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("zoom-network-quality", (2.9, 10.1, 23.1)),
        ("strict", (1.7, 5.8, 13.4)),
        ("g107-reference", (4.2, 14.6, 33.6)),
    ],
)
def test_edges_of_the_emodel(name, loss) -> None:
    found = {"avg_loss_pct": [], "latency_ms": [], "delay_ms": []}
    for edge in load_policy(name).thresholds():
        if edge.component == "emodel":
            found[edge.measure].append(edge.value)
    # Delay alone costs at most 50 of R: it never makes a sample Bad.
    assert found == {
        "avg_loss_pct": list(loss),
        "latency_ms": [242, 547],
        "delay_ms": [292, 597],
    }


def test_edges_of_processor_use_are_the_policys_marks() -> None:
    found = [e for e in default().thresholds() if e.medium == "device"]
    assert [(e.measure, e.band, e.value, e.word) for e in found] == [
        ("system_cpu_max_pct", "Fair", 80.0, "from"),
        ("system_cpu_max_pct", "Poor", 90.0, "from"),
        ("zoom_cpu_avg_pct", "Poor", 60.0, "from"),
    ]


def test_one_threshold_is_found_by_its_names() -> None:
    found = default().threshold("video", "fps_large")
    assert (found.value, found.unit, found.word) == (7.0, "fps", "below")
    assert found.source == "Microsoft CQD: poor is under 7 frames a second"
    assert default().threshold("audio", "jitter_ms", band="Fair").value == 40.0
    assert default().threshold("audio", "jitter_ms").word == "above"
    assert default().threshold("audio", "emodel", measure="delay_ms").value == 597.0
    assert default().threshold("share", "jitter_ms") is None


@pytest.mark.parametrize(
    ("anchors", "score", "value"),
    [
        (((0, 4.5), (40, 4.0), (60, 3.0)), 3.5, 50.0),
        (((0, 4.5), (40, 4.0), (60, 4.0), (80, 3.0)), 4.0, 60.0),
        (((0, 1.0), (5, 3.0), (7, 3.0), (9, 4.0)), 3.0, 5.0),
        (((0, 4.5), (40, 4.0)), 3.0, None),
        (((0, 2.5), (40, 2.0)), 3.0, None),
    ],
)
def test_the_worst_value_that_still_has_a_score(anchors, score, value) -> None:
    assert worst_with_score(anchors, score) == value
