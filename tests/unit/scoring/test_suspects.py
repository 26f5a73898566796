"""Suspects: a cheap question that may be wrong in one direction only."""

import polars as pl
import pytest

from qosreport.scoring import load_policy, score_part, score_streams
from qosreport.scoring.suspects import may_be_poor
from tests.unit.scoring.support import default, part, streams
from tests.unit.scoring.test_loading import shipped
from tests.unit.scoring.test_streams import mine


def suspected(policy=None, **row: object) -> bool:
    return streams(row).filter(may_be_poor(policy or default())).height == 1


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"medium": "audio"},
        {"medium": "share", "frame_rate_fps": 1.0},
        {"medium": "audio", "jitter_ms": 30.0, "latency_ms": 200.0},
        {"avg_loss_pct": 3.0, "max_loss_pct": 19.9, "latency_ms": 200.0, "frame_rate_fps": 7.1},
        dict.fromkeys(("latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct"), None),
    ],
)
def test_most_rows_are_not_suspected(row) -> None:
    assert not suspected(**row)


@pytest.mark.parametrize(
    "row",
    [
        {"avg_loss_pct": 5.1},
        {"max_loss_pct": 20.1},
        {"jitter_ms": 60.1},
        {"latency_ms": 500.1},
        {"frame_rate_fps": 6.9},
        {"avg_loss_pct": None, "frame_rate_fps": 4.0},
        {"medium": "audio", "avg_loss_pct": 6.0, "latency_ms": 450.0},
        {"medium": "audio", "latency_ms": 490.0, "jitter_ms": 58.0},
        {"medium": "audio", "latency_ms": 490.0, "jitter_ms": None},
    ],
)
def test_what_is_beyond_an_edge_is_suspected(row) -> None:
    assert suspected(**row)


def test_every_components_edge_counts_where_the_emodel_is_lenient() -> None:
    lenient = mine(("Bpl = 17.3", "Bpl = 900.0"))
    assert suspected(lenient, avg_loss_pct=5.1)
    assert suspected(lenient, max_loss_pct=20.1)
    assert not suspected(lenient, avg_loss_pct=4.9)


@pytest.mark.parametrize("jitter", [-1.0, -1e9, float("-inf"), float("nan"), 1e9, None])
def test_an_impossible_jitter_does_not_make_up_for_latency(jitter) -> None:
    row = {"medium": "audio", "latency_ms": 495.0, "jitter_ms": jitter, "avg_loss_pct": 3.0}
    for policy in (default(), load_policy("g107-reference")):
        assert score_streams(streams(row), policy).collect()["score"][0] < 3
        assert suspected(policy, **row)


def test_a_codec_that_is_poor_by_itself_is_suspected_always() -> None:
    policy = mine(("Ie = 0.0", "Ie = 50.0"))
    row = {"medium": "audio", "latency_ms": None, "jitter_ms": None, "avg_loss_pct": 0.0}
    assert score_streams(streams(row), policy).collect()["score"][0] < 3
    assert suspected(policy, **row)


@pytest.mark.parametrize(
    ("anchors", "poor"),
    [("[[0, 2.9], [40, 2.0]]", True), ("[[0, 4.5], [40, 3.5]]", False)],
)
def test_anchors_that_are_always_or_never_poor(anchors, poor) -> None:
    text = "jitter_ms = [[0, 4.5], [40, 4.0], [100, 3.0], [200, 2.0], [400, 1.0]]"
    start, end = (shipped().index(f"[sources.components.{m}]") for m in ("video", "share"))
    policy = mine((text, f"jitter_ms = {anchors}"), (shipped()[start:end], ""))
    row = {"jitter_ms": 59.0}
    assert (score_streams(streams(row), policy).collect()["score"][0] < 3) is poor
    assert suspected(policy, **row) is poor


def test_a_part_has_the_flags_of_every_poor_stream() -> None:
    rows = [
        {
            "session_id": i,
            "medium": "audio",
            "latency_ms": 495.0,
            "jitter_ms": -1.0,
            "avg_loss_pct": 3.0,
        }
        for i in (1, 2)
    ]
    found = score_part(part(streams(*rows)), default())["flags"]
    assert found["session_id"].to_list() == [1, 2]
    assert found["code"].unique().to_list() == ["AUDIO_EMODEL"]
    assert found.filter(pl.col("meeting_uuid") != "m").is_empty()
