"""Minutes: the worst stream decides, and names are the same however rows are ordered."""

import itertools

import polars as pl
import pytest

from qosreport.scoring import score_minutes, score_streams
from tests.unit.scoring.support import at, default, devices, streams


def minute(*rows: dict, used: pl.DataFrame | None = None) -> dict:
    found = score_minutes(score_streams(streams(*rows), default()), default(), used).collect()
    assert found.height == 1
    return found.row(0, named=True)


def test_every_medium_and_direction_has_its_own_worst() -> None:
    found = minute(
        {"medium": "audio", "flow": "input", "jitter_ms": 70.0},
        {"medium": "video", "flow": "output", "frame_rate_fps": 6.0},
        {"medium": "video", "flow": "input", "frame_rate_fps": 10.0, "avg_loss_pct": 5.0},
        {"medium": "share", "flow": "output", "avg_loss_pct": 2.0},
    )
    expected = {
        "score": 2.5,
        "net_score": 2.75,
        "score_sent": 2.75,
        "score_received": 2.5,
        "net_score_sent": 2.75,
        "net_score_received": 4.0,
        "audio_score": 2.75,
        "video_score": 3.0,  # without frame rate
        "share_score": 4.0,
        "band": "Poor",
        "limiting_stream": "video_output",
        "limiting_reason": "fps_large",
        "limiting_direction": "received",
        "unscored_reason": None,
        "out_of_range_samples": 0,
    }
    assert {name: found[name] for name in expected} == expected


TIED = (
    {"medium": "share", "flow": "input", "avg_loss_pct": 3.5},
    {"medium": "audio", "flow": "output", "max_loss_pct": 15.0},
    {"medium": "video", "flow": "input", "avg_loss_pct": 3.5},
    {"medium": "audio", "flow": "input", "jitter_ms": 50.0},
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_of_equal_scores_the_first_stream_by_name_is_named(order) -> None:
    found = minute(*(TIED[i] for i in order))
    assert found["score"] == 3.5
    assert (found["limiting_stream"], found["limiting_reason"]) == ("audio_input", "jitter_ms")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_equal_scores_of_one_stream_sent_is_named(order) -> None:
    rows = ({"leg": "crc_from", "flow": "output"}, {"leg": "crc_to", "flow": "output"})
    found = minute(*({**rows[i], "avg_loss_pct": 3.5} for i in order))
    assert found["limiting_direction"] == "sent"


def test_several_samples_of_one_minute_count_as_the_worst() -> None:
    rows = [{"minute": 1 + s, "avg_loss_pct": loss} for s, loss in ((0.01, 0), (0.5, 9), (0.99, 2))]
    found = minute(*rows)
    assert found["minute"] == at(1)
    assert found["score"] == 2.6


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (({"bitrate_kbps": 0.0}, {"avg_loss_pct": None}), "avg_loss_missing"),
        (({"bitrate_kbps": 0.0}, {"medium": "audio", "bitrate_kbps": 4.9}), "low_activity"),
        (({"bitrate_kbps": 0.0},), "inactive"),
        (({"medium": "audio", "bitrate_kbps": 4.9}, {"avg_loss_pct": None}), "avg_loss_missing"),
    ],
)
def test_an_unscored_minute_says_what_came_nearest_to_a_score(rows, reason) -> None:
    for order in (rows, rows[::-1]):
        found = minute(*order)
        assert found["unscored_reason"] == reason
        assert found["band"] == "Unscored"
        assert found["score"] is None
        assert found["limiting_stream"] is None
        assert found["limiting_reason"] is None
        assert found["limiting_direction"] is None


def test_one_scored_stream_is_enough() -> None:
    found = minute({"bitrate_kbps": 0.0}, {"medium": "share"})
    assert found["unscored_reason"] is None
    assert found["limiting_stream"] == "share_input"


def test_a_minute_of_the_device_alone_is_a_minute_without_stream() -> None:
    used = devices({"minute": 0, "system": 95.0}, {"minute": 3, "system": 20.0})
    found = score_minutes(score_streams(streams({"minute": 0}), default()), default(), used)
    rows = found.collect().rows(named=True)
    assert [row["minute"] for row in rows] == [at(0), at(3)]
    assert [row["cpu_high"] for row in rows] == [True, False]
    assert [row["unscored_reason"] for row in rows] == [None, "no_stream"]
    assert rows[1]["out_of_range_samples"] == 0


def test_what_was_not_known_of_the_machine_is_null() -> None:
    found = minute({}, used=devices({"zoom": 10.0}))
    assert (found["cpu_high"], found["cpu_cost"]) == (None, None)
    assert minute({})["cpu_cost"] is None


def test_samples_out_of_range_are_counted() -> None:
    found = minute(
        {"jitter_ms": -1.0, "latency_ms": 1e9}, {"medium": "audio"}, {"avg_loss_pct": 101}
    )
    assert found["out_of_range_samples"] == 2


def test_given_keys_stand_first() -> None:
    scored = score_streams(streams({}, {"session_id": 2}), default())
    found = score_minutes(scored, default(), keys=["meeting_uuid", "user_id"]).collect()
    assert found.columns[:3] == ["meeting_uuid", "user_id", "minute"]
    assert found.height == 2


def test_a_frame_without_keys_is_refused() -> None:
    scored = score_streams(streams({}), default()).select("sampled_at", "medium", "score")
    with pytest.raises(ValueError, match="the frame lacks session_id, nor all of meeting_uuid"):
        score_minutes(scored, default())
    with pytest.raises(ValueError, match="the frame lacks room"):
        score_minutes(scored, default(), keys=["room"])
