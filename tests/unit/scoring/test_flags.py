"""Flags: what is said of every rule broken, and which sample is the worst."""

import itertools

import polars as pl
import pytest

from qosreport.scoring import load_policy, score_flags, score_streams
from qosreport.tables import FLAGS
from tests.unit.scoring.support import at, default, devices, streams


def flags(*rows: dict, used: pl.DataFrame | None = None, policy=None) -> list[dict]:
    policy = policy or default()
    scored = score_streams(streams(*rows), policy)
    return score_flags(scored, used, policy).collect().rows(named=True)


def test_a_flag_holds_all_it_takes_to_check_it() -> None:
    losses = (0.0, 6.0, 9.0, 5.5, 0.0, 9.0)
    rows = [{"minute": m, "avg_loss_pct": loss} for m, loss in enumerate(losses)]
    (found,) = flags(*rows)
    expected = {
        "session_id": 1,
        "code": "LOSS",
        "medium": "video",
        "direction": "sent",
        "component": "avg_loss_pct",
        "worst_value": 9.0,
        "worst_at": at(2),
        "worst_score": 2.6,
        "unit": "%",
        "threshold": 5.0,
        "band": "Poor",
        "source": "Microsoft Teams real-time analytics: good is under 5 %",
        "flagged_minutes": 4,
        "longest_run_min": 3,
        "minutes": [at(m) for m in (1, 2, 3, 5)],
        "loss_pct": None,
        "rating_r": None,
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("row", "code", "value", "threshold", "unit"),
    [
        ({"medium": "audio", "jitter_ms": 70.0}, "JITTER", 70.0, 60.0, "ms"),
        ({"jitter_ms": 120.0}, "JITTER", 120.0, 100.0, "ms"),
        ({"max_loss_pct": 45.0}, "LOSS_PEAK", 45.0, 20.0, "%"),
        ({"medium": "share", "avg_loss_pct": 6.0}, "LOSS", 6.0, 5.0, "%"),
        ({"latency_ms": 600.0}, "LATENCY", 600.0, 500.0, "ms"),
        ({"frame_rate_fps": 6.0}, "FPS", 6.0, 7.0, "fps"),
        ({"frame_rate_fps": 4.0, "height_px": 180}, "FPS", 4.0, 5.0, "fps"),
    ],
)
def test_every_component_has_its_code_and_threshold(row, code, value, threshold, unit) -> None:
    (found,) = flags(row)
    got = [found[name] for name in ("code", "worst_value", "threshold", "unit")]
    assert got == [code, value, threshold, unit]


def test_a_component_at_its_edge_is_not_flagged() -> None:
    assert flags({"avg_loss_pct": 5.0}, {"jitter_ms": 100.0}, {"frame_rate_fps": 7.0}) == []


def test_a_sample_can_break_several_rules() -> None:
    found = flags({"avg_loss_pct": 20.0, "frame_rate_fps": 4.0, "latency_ms": 300.0})
    assert [row["code"] for row in found] == ["FPS", "LOSS"]
    assert found[1]["band"] == "Bad"


def test_the_emodel_names_loss_where_loss_costs_more() -> None:
    (found,) = flags({"medium": "audio", "avg_loss_pct": 12.0, "max_loss_pct": 12.0})
    assert (found["code"], found["unit"], found["worst_value"]) == ("AUDIO_EMODEL", "%", 12.0)
    assert found["threshold"] == 10.1
    assert found["cost_loss_r"] == pytest.approx(95 * 12 / (12 + 17.3))
    assert found["delay_ms"] == 100.0
    assert found["rating_r"] == pytest.approx(93.2 - found["cost_loss_r"])
    assert found["source"].startswith("Calibrated")


def test_the_emodel_names_delay_where_delay_costs_more() -> None:
    (found,) = flags({"medium": "audio", "latency_ms": 800.0, "avg_loss_pct": 1.0})
    assert (found["unit"], found["worst_value"]) == ("ms", 840.0)
    assert found["threshold"] == 597.0
    assert (found["latency_ms"], found["jitter_ms"], found["loss_pct"]) == (800.0, 5.0, 1.0)
    assert found["cost_delay_r"] > found["cost_loss_r"]


HARMED = (
    {"minute": 0, "medium": "audio", "avg_loss_pct": 70.0, "max_loss_pct": 0.0},
    {"minute": 1, "medium": "audio", "avg_loss_pct": 90.0, "max_loss_pct": 0.0},
    {"minute": 1.5, "medium": "audio", "avg_loss_pct": 90.0, "max_loss_pct": 0.0},
    {"minute": 2, "medium": "audio", "avg_loss_pct": 90.0, "max_loss_pct": 0.0},
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_where_scores_end_the_larger_value_is_the_worse_and_the_first_of_equals(order) -> None:
    found = next(f for f in flags(*(HARMED[i] for i in order)) if f["code"] == "AUDIO_EMODEL")
    assert found["worst_value"] == 90.0
    assert found["worst_at"] == at(1)
    assert found["flagged_minutes"] == 3


def test_of_frame_rates_the_lowest_is_the_worst() -> None:
    rates = (4.0, 0.0, 3.0)
    (found,) = flags(*({"minute": m, "frame_rate_fps": rate} for m, rate in enumerate(rates)))
    assert (found["worst_value"], found["worst_at"], found["worst_score"]) == (0.0, at(1), 1.0)


def test_directions_sessions_and_media_have_flags_of_their_own() -> None:
    poor = {"max_loss_pct": 45.0}
    found = flags(
        poor,
        poor | {"flow": "output"},
        poor | {"medium": "share"},
        poor | {"session_id": 2},
    )
    assert [(f["session_id"], f["medium"], f["direction"]) for f in found] == [
        (1, "video", "sent"), (1, "video", "received"), (1, "share", "sent"), (2, "video", "sent"),
    ]  # fmt: skip


def cpu(*rows: tuple, rates: tuple[float, ...] = ()) -> dict[str, dict]:
    used = devices(
        *({"minute": m, "system": system, "zoom": zoom} for m, (system, zoom) in enumerate(rows))
    )
    pictures = [{"minute": m, "frame_rate_fps": rate} for m, rate in enumerate(rates)]
    found = flags(*(pictures or [{"medium": "share"}]), used=used)
    return {row["code"]: row for row in found}


def test_a_busy_machine_is_flagged_with_its_minutes() -> None:
    found = cpu((95.0, 10.0), (91.0, 70.0), (40.0, 65.0))
    assert sorted(found) == ["CPU_SYSTEM_HIGH", "CPU_ZOOM_HIGH"]
    high, zoom = found["CPU_SYSTEM_HIGH"], found["CPU_ZOOM_HIGH"]
    assert (high["worst_value"], high["worst_at"], high["threshold"]) == (95.0, at(0), 90.0)
    assert (high["minutes"], high["longest_run_min"]) == ([at(0), at(1)], 2)
    assert (high["component"], high["band"], high["unit"]) == ("system_cpu_max_pct", "Poor", "%")
    assert (high["medium"], high["direction"], high["worst_score"]) == (None, None, None)
    assert (zoom["worst_value"], zoom["minutes"]) == (70.0, [at(1), at(2)])
    assert zoom["source"] == "Google Meet: over 60 % can delay coding"


def test_an_elevated_machine_is_flagged_from_its_own_mark() -> None:
    (found,) = cpu((79.0, None), (80.0, None), (95.0, None)).values()
    assert (found["code"], found["threshold"], found["band"]) == (
        "CPU_SYSTEM_ELEVATED",
        80.0,
        "Fair",
    )
    assert found["minutes"] == [at(1), at(2)]


def test_what_cpu_likely_cost_is_told_with_the_busier_of_two_minutes() -> None:
    found = cpu((97.0, None), (92.0, None), (10.0, None), rates=(25.0, 6.0, 5.5))
    cost = found["CPU_LIKELY_CAUSE"]
    assert cost["minutes"] == [at(1), at(2)]
    assert (cost["worst_at"], cost["worst_value"], cost["worst_score"]) == (at(2), 92.0, 2.25)


def test_a_session_without_a_flag_has_none_of_its_busy_minutes_listed() -> None:
    used = devices(
        {"session_id": 1, "system": 85.0},
        *({"session_id": 2, "minute": m, "system": 99.0} for m in range(2)),
    )
    found = flags({"session_id": 1}, {"session_id": 2}, used=used)
    assert [(f["session_id"], f["code"]) for f in found] == [
        (1, "CPU_SYSTEM_ELEVATED"), (2, "CPU_SYSTEM_HIGH"),
    ]  # fmt: skip


def test_other_policies_have_other_thresholds() -> None:
    row = {"medium": "audio", "jitter_ms": 55.0, "avg_loss_pct": 7.0}
    assert flags(row) == []
    found = flags(row, policy=load_policy("strict"))
    assert [(f["code"], f["threshold"]) for f in found] == [("AUDIO_EMODEL", 5.8), ("JITTER", 50.0)]
    assert (
        flags(row | {"jitter_ms": 900.0}, policy=load_policy("g107-reference"))[0]["unit"] == "ms"
    )


def test_no_trouble_is_an_empty_table_with_every_column() -> None:
    plan = score_flags(score_streams(streams({}), default()), None, default())
    assert plan.collect().is_empty()
    ids = {"meeting_uuid", "user_id", "join_time"}
    assert plan.collect_schema().names() == [c.name for c in FLAGS.columns if c.name not in ids]
