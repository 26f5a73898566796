"""Participants: the edges of every rule, and what a verdict rests on."""

import polars as pl
import pytest

from qosreport.scoring import cpu_flags, score_participants
from qosreport.tables import DIRECTION
from tests.unit.scoring.support import at, default, devices, minutes

GOOD, POOR = 4.3, 2.95


def judged(*scores: float | None, **columns: list) -> dict:
    found = score_participants(minutes(*scores, **columns), default()).collect()
    assert found.height == 1
    return found.row(0, named=True)


def spread(poor: int, of: int) -> list[float]:
    """Scores with that many poor ones, none beside another where that can be."""
    scores = [GOOD] * of
    for i in range(poor):
        scores[i * of // poor] = POOR
    return scores


@pytest.mark.parametrize(
    ("scores", "band", "reasons"),
    [
        (spread(0, 3), "Good", []),
        ([GOOD, GOOD], "Unscored", ["too_few_scored_minutes"]),
        ([1.0, 1.0, None, None], "Unscored", ["too_few_scored_minutes"]),
        (spread(1, 21), "Good", []),
        (spread(1, 20), "Fair", ["poor_share>=5%"]),
        (spread(3, 16), "Fair", ["poor_share>=5%", "pooled<4.0"]),
        (spread(4, 20), "Poor", ["poor_share>=5%", "pooled<4.0", "poor_share>=20%"]),
        ([POOR] * 3 + [GOOD] * 60, "Poor", ["poor_run>=3min"]),
        ([POOR] * 2 + [GOOD] * 60, "Good", []),
        ([3.9] * 10, "Fair", ["pooled<4.0"]),
        ([4.0] * 10, "Good", []),
        ([3.0] * 10, "Fair", ["pooled<4.0"]),
    ],
)
def test_each_rule_at_its_edge(scores, band, reasons) -> None:
    found = judged(*scores)
    assert found["band"] == band
    assert (found["net_band"], found["net_reasons"]) == (band, found["reasons"])
    assert found["reasons"] == reasons


def test_half_of_the_minutes_poor_is_bad_by_share_or_by_score() -> None:
    last = "poor_share>=50% or pooled<2.0"
    by_share = judged(*spread(5, 10))
    assert (by_share["band"], by_share["reasons"][-1]) == ("Bad", last)
    assert judged(*spread(4, 9))["band"] == "Poor"
    by_score = judged(*[1.9] * 4 + [GOOD] * 6)
    assert by_score["pooled_score"] > 2.0
    assert by_score["band"] == "Poor"
    assert judged(*[1.9] * 10)["reasons"][-1] == last


def test_the_two_verdicts_are_kept_apart() -> None:
    found = judged(*[2.0] * 10, net_score=[4.2] * 10)
    assert (found["band"], found["net_band"]) == ("Bad", "Good")
    assert (found["poor_minutes"], found["net_poor_minutes"]) == (10, 0)
    assert (found["pooled_score"], found["net_pooled_score"]) == (2.0, 4.2)
    assert (found["longest_poor_run_min"], found["net_longest_poor_run_min"]) == (10, 0)
    assert (found["worst_window_score"], found["net_worst_window_score"]) == (2.0, 4.2)


def test_a_gap_breaks_a_run() -> None:
    found = judged(
        2.0, 2.0, 2.0, 2.0, *[GOOD] * 40, minute=[at(m) for m in (0, 1, 3, 4, *range(5, 45))]
    )
    assert found["longest_poor_run_min"] == 2
    whole = judged(2.0, 2.0, 2.0, 2.0)
    assert whole["longest_poor_run_min"] == 4


def test_the_percentile_is_a_score_that_was_there() -> None:
    assert judged(*[1.0] + [4.0] * 9)["p10_score"] == 1.0
    assert judged(*[1.0] + [4.0] * 10)["p10_score"] == 4.0
    assert judged(*[1.0] * 2 + [4.0] * 9)["p10_score"] == 1.0


def test_the_pooled_score_is_half_mean_half_percentile_rounded_half_up() -> None:
    found = judged(4.01, 4.0, 4.0)
    assert found["mean_score"] == 4.003333
    assert found["pooled_score"] == 4.0
    assert judged(4.03, 4.0, 4.0)["pooled_score"] == 4.01  # 4.005


def test_a_window_is_of_five_minutes_with_three_scored() -> None:
    stamps = [0, 1, 4, 5, 20, 21, 22]
    scores = [1.0, 1.0, 4.0, 4.0, 3.0, 3.0, 3.0]
    found = judged(*scores, minute=[at(m) for m in stamps])
    assert found["worst_window_score"] == 2.0  # minutes 0, 1 and 4; minute 5 is the sixth
    assert judged(1.0, 1.0, 4.0, minute=[at(m) for m in (0, 1, 5)])["worst_window_score"] is None


def test_a_window_counts_only_scored_minutes() -> None:
    found = judged(1.0, None, None, 2.0, 3.0, 4.0, 4.0)
    assert found["worst_window_score"] == 2.0
    assert found["coverage_pct"] == pytest.approx(5 / 7 * 100, abs=1e-6)


def test_a_window_begins_with_a_scored_minute() -> None:
    assert judged(None, 1.0, 1.0, 1.0, None, 4.0)["worst_window_score"] == 1.75


def test_a_window_does_not_reach_into_another_session() -> None:
    both = pl.concat([minutes(4.0, 4.0, 4.0), minutes(1.0, 1.0, 1.0, session_id=2)])
    found = score_participants(both, default()).collect()
    assert found["worst_window_score"].to_list() == [4.0, 1.0]
    assert found["longest_poor_run_min"].to_list() == [0, 3]


def test_the_natural_key_parts_joins_of_one_person_and_people_of_one_meeting() -> None:
    joins = [("m", "1", at(0)), ("m", "1", at(60)), ("m", "2", at(0)), ("n", "1", at(0))]
    frame = pl.concat(
        minutes(score, score, score)
        .drop("session_id")
        .with_columns(meeting_uuid=pl.lit(uuid), user_id=pl.lit(user), join_time=pl.lit(join))
        for (uuid, user, join), score in zip(joins, (4.0, 1.0, 3.0, 2.0), strict=True)
    )
    found = score_participants(frame, default()).collect()
    assert found.select("meeting_uuid", "user_id", "join_time").rows() == joins
    assert found["worst_window_score"].to_list() == [4.0, 1.0, 3.0, 2.0]
    assert found["longest_poor_run_min"].to_list() == [0, 3, 0, 3]


def test_nothing_scored_is_no_number() -> None:
    found = judged(None, None, None, None)
    assert (found["present_minutes"], found["scored_minutes"], found["coverage_pct"]) == (4, 0, 0)
    for name in ("mean_score", "p10_score", "pooled_score", "worst_window_score"):
        assert found[name] is None
        assert found[f"net_{name}"] is None


def test_minutes_are_counted_by_medium_and_direction() -> None:
    found = judged(
        *[4.0] * 4,
        audio_score=[2.9, 3.0, None, 1.0],
        video_score=[None, None, 2.0, 4.0],
        net_score_sent=[2.9, 3.0, 2.0, None],
        net_score_received=[4.0, 4.0, 4.0, 2.99],
    )
    expected = {
        "audio_scored_minutes": 3, "audio_poor_minutes": 2,
        "video_scored_minutes": 2, "video_poor_minutes": 1,
        "share_scored_minutes": 0, "share_poor_minutes": 0,
        "sent_poor_minutes": 2, "received_poor_minutes": 1,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("turn", [1, -1])
def test_what_limits_is_what_set_most_poor_minutes_then_the_first_by_name(turn) -> None:
    def limited(*streams: tuple[str, str, str]) -> tuple[str, str, str]:
        stream, reason, direction = zip(*streams[::turn], strict=True)
        found = judged(
            *[2.0] * len(streams),
            limiting_stream=list(stream),
            limiting_reason=list(reason),
            limiting_direction=pl.Series(direction, dtype=DIRECTION),
        )
        return tuple(found[f"limiting_{name}"] for name in ("stream", "reason", "direction"))

    audio, video = ("audio_input", "jitter_ms", "sent"), ("video_input", "avg_loss_pct", "sent")
    assert limited(audio, video, video) == video
    assert limited(audio, video) == audio
    heard = ("audio_input", "jitter_ms", "received")
    assert limited(heard, audio) == audio
    assert limited(("audio_input", "max_loss_pct", "sent"), audio) == audio


def test_minutes_that_were_not_poor_limit_nothing() -> None:
    found = judged(3.0, 3.5, 4.0, limiting_stream=["audio_input"] * 3)
    assert found["limiting_stream"] is None


def test_processor_use_comes_along_and_is_nought_without() -> None:
    used = devices(*({"minute": m, "system": 95.0} for m in range(2)))
    with_cpu = score_participants(minutes(4.0), default(), cpu_flags(used, default()))
    found = with_cpu.collect().row(0, named=True)
    assert (found["cpu_flags"], found["cpu_high_minutes"]) == (["CPU_SYSTEM_HIGH"], 2)
    assert found["system_cpu_peak_pct"] == 95.0
    without = judged(4.0)
    assert (without["cpu_flags"], without["cpu_high_minutes"]) == ([], 0)
    assert without["system_cpu_peak_pct"] is None
    other = score_participants(minutes(4.0, session_id=7), default(), cpu_flags(used, default()))
    assert other.collect().row(0, named=True)["cpu_flags"] == []
