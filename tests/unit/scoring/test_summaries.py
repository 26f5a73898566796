"""Summaries of whole meetings: only where there are no minutes, and by the same formulas."""

import pytest

from qosreport.scoring import score_part, score_streams, score_summaries
from qosreport.tables import PARTICIPANT_SCORES
from tests.unit.scoring.support import START, at, default, part, sessions, streams, summaries


def judged(*rows: dict, people: list[dict] | None = None) -> list[dict]:
    who = sessions(*(people or [{"session_id": 1, "has_qos": False}]))
    return score_summaries(summaries(*rows), who, default()).collect().rows(named=True)


def test_a_summary_scores_as_a_stream_with_its_averages() -> None:
    measures = {
        "avg_latency_ms": 126.0,
        "avg_jitter_ms": 22.0,
        "avg_loss_pct": 6.4,
        "max_loss_pct": 9.0,
    }
    (found,) = judged(measures)
    row = {k.replace("avg_", "") if k != "avg_loss_pct" else k: v for k, v in measures.items()}
    scored = score_streams(streams({"medium": "audio", **row}), default()).collect()
    assert found["pooled_score"] == found["net_pooled_score"] == scored["score"][0]
    assert found["band"] == "Fair"
    assert found["reasons"] == ["pooled<4.0"]
    assert found["basis"] == "summary"
    assert found["limiting_stream"] == "audio_input"
    assert found["limiting_reason"] == "emodel"


def test_its_words_for_direction_are_the_opposite_of_the_dashboards() -> None:
    (found,) = judged({"flow": "input", "avg_loss_pct": 9.0})
    assert found["limiting_direction"] == "received"


def test_the_worst_stream_decides() -> None:
    (found,) = judged({}, {"medium": "video", "avg_loss_pct": 16.0, "avg_frame_rate_fps": 25.0})
    assert (found["pooled_score"], found["band"]) == (1.93, "Bad")
    assert found["reasons"] == ["pooled<4.0", "pooled<3.0", "pooled<2.0"]
    assert found["limiting_stream"] == "video_input"


def test_there_is_nothing_that_takes_minutes() -> None:
    (found,) = judged({"avg_loss_pct": 12.0})
    counts = ("present_minutes", "scored_minutes", "poor_minutes", "longest_poor_run_min")
    assert [found[name] for name in counts] == [0, 0, 0, 0]
    for name in ("coverage_pct", "mean_score", "p10_score", "worst_window_score"):
        assert found[name] is None
    assert found["cpu_flags"] == []


def test_nothing_measured_is_unscored() -> None:
    (found,) = judged({"avg_loss_pct": None})
    assert (found["band"], found["reasons"], found["pooled_score"]) == (
        "Unscored",
        ["no_data"],
        None,
    )
    assert (found["net_band"], found["net_reasons"]) == ("Unscored", ["no_data"])


@pytest.mark.parametrize(("second", "rows"), [(False, 2), (True, 0)])
def test_one_sampled_join_of_a_person_rules_the_summary_out(second, rows) -> None:
    people = [
        {"session_id": 1, "has_qos": False},
        {"session_id": 2, "user_id": "1", "join_time": at(9), "has_qos": second},
    ]
    found = judged({}, people=people)
    assert len(found) == rows


def test_the_same_user_id_in_another_meeting_is_somebody_else() -> None:
    people = [
        {"session_id": 1, "has_qos": False},
        {"session_id": 2, "user_id": "1", "meeting_uuid": "n", "has_qos": True},
    ]
    assert [row["session_id"] for row in judged({}, people=people)] == [1]


def test_a_part_uses_minutes_then_a_summary_then_nothing() -> None:
    people = sessions(
        {"session_id": 1},
        {"session_id": 2, "has_qos": False},
        {"session_id": 3, "has_qos": False},
        {"session_id": 4, "has_qos": True},  # Zoom said so, and gave no sample
    )
    given = summaries(*({"user_id": user, "avg_loss_pct": 3.5} for user in "124"))
    sampled = streams(*({"minute": m} for m in range(3)))
    tables = score_part(part(sampled, sessions=people, summaries=given), default())
    found = tables["participant_scores"]
    assert found.schema == PARTICIPANT_SCORES.schema
    assert found["basis"].to_list() == ["minutes", "summary", "minutes", "summary"]
    assert found["band"].to_list() == ["Good", "Fair", "Unscored", "Fair"]
    assert found["join_time"].to_list() == [START] * 4
    assert tables["meeting_scores"].row(0, named=True)["classified"] == 3
