"""Streams beyond the vectors: directions, legs, types, and what other policies change."""

import polars as pl
import pytest

from qosreport.scoring import Policy, load_policy, reference, score_streams
from qosreport.scoring.loading import parse_policy
from tests.unit.scoring.support import default, streams
from tests.unit.scoring.test_loading import own, shipped


def one(policy: Policy | None = None, *, feed: str = "dashboard_qos", **row: object) -> dict:
    found = score_streams(streams(row), policy or default(), feed=feed)
    return found.collect().row(0, named=True)


def mine(*changes: tuple[str, str]) -> Policy:
    """The default policy with some of its text replaced."""
    text = own(shipped())
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse_policy(text, origin="mine")


@pytest.mark.parametrize(
    ("feed", "flow", "leg", "direction"),
    [
        ("dashboard_qos", "input", "client", "sent"),
        ("dashboard_qos", "output", "client", "received"),
        ("qss_meeting", "input", "client", "received"),
        ("qss_meeting", "output", "client", "sent"),
        ("dashboard_qos", "input", "crc_from", "sent"),
        ("dashboard_qos", "output", "crc_to", "received"),
        ("qss_meeting", "input", "rwg_from", "sent"),
        ("qss_meeting", "output", "rwg_to", "received"),
    ],
)
def test_what_zooms_words_mean(feed, flow, leg, direction) -> None:
    assert one(feed=feed, flow=flow, leg=leg)["direction"] == direction


def test_the_map_is_the_policys() -> None:
    turned = mine(
        ('[direction.dashboard_qos]\ninput = "sent"\noutput = "received"',
         '[direction.dashboard_qos]\ninput = "received"\noutput = "sent"'),
    )  # fmt: skip
    assert one(turned, flow="input")["direction"] == "received"


def test_words_nobody_knows_are_no_stream() -> None:
    frame = streams({}).with_columns(medium=pl.lit("smell"))
    found = score_streams(frame, default()).collect().row(0, named=True)
    assert (found["score"], found["limiting"]) == (None, "unknown_stream")


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical])
def test_words_and_measures_may_be_of_other_types(dtype) -> None:
    frame = streams({"avg_loss_pct": 3.0}, {"medium": "audio", "jitter_ms": 50.0})
    other = frame.with_columns(
        pl.col("medium", "flow", "leg").cast(pl.String).cast(dtype),
        pl.col("latency_ms", "frame_rate_fps").cast(pl.Int32),
        pl.col("jitter_ms").cast(pl.Float32),
    )
    ours, theirs = (score_streams(f, default()).collect() for f in (frame, other))
    kept = ["score", "net_score", "band", "limiting", "direction"]
    assert ours.select(kept).equals(theirs.select(kept))


def test_absent_columns_are_missing_measures_and_the_client_leg() -> None:
    frame = streams({}).select("medium", "flow", "bitrate_kbps", "avg_loss_pct")
    found = score_streams(frame, default()).collect().row(0, named=True)
    assert found["score"] == 4.5
    assert found["assume"] == [
        "max_loss_missing", "latency_missing", "jitter_missing", "fps_missing",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"column\(s\) flow, medium"):
        score_streams(frame.drop("medium", "flow"), default())


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("bitrate_kbps", 100_000.5), ("latency_ms", 10_000.5), ("jitter_ms", 5000.5),
        ("avg_loss_pct", 100.5), ("max_loss_pct", 100.5), ("frame_rate_fps", 120.5),
        ("jitter_ms", -0.5), ("jitter_ms", float("nan")), ("jitter_ms", float("inf")),
    ],
)  # fmt: skip
def test_the_impossible_is_missing_and_never_clipped(measure, value) -> None:
    found = one(**{measure: value})
    name = "fps" if measure == "frame_rate_fps" else measure
    assert found[measure] is None
    assert found["data_quality"] == [f"{name}_out_of_range"]
    assert found["is_out_of_range"]


@pytest.mark.parametrize(
    ("measure", "value"),
    [("latency_ms", 10_000.0), ("jitter_ms", 5000.0), ("avg_loss_pct", 100.0), ("jitter_ms", 0.0)],
)
def test_the_ends_of_a_range_are_possible(measure, value) -> None:
    found = one(**{measure: value})
    assert found[measure] == value
    assert not found["is_out_of_range"]


def test_the_largest_loss_is_never_below_the_mean() -> None:
    found = one(avg_loss_pct=12.0, max_loss_pct=3.0)
    assert found["max_loss_pct"] == 12.0
    assert found["data_quality"] == ["max_loss_lt_avg_loss"]
    assert one(avg_loss_pct=3.0, max_loss_pct=3.0)["data_quality"] == []


@pytest.mark.parametrize(
    ("height", "named"), [(360, "fps_large"), (359, "fps_small"), (None, "fps_small")]
)
def test_frame_rate_is_judged_by_the_size_of_the_picture(height, named) -> None:
    assert one(frame_rate_fps=4.0, height_px=height)["limiting"] == named


def test_frame_rate_counts_in_the_score_and_not_in_the_network_score() -> None:
    found = one(frame_rate_fps=4.0, avg_loss_pct=2.0)
    assert (found["score"], found["net_score"]) == (1.8, 4.0)


def test_share_is_judged_by_neither_jitter_nor_frame_rate() -> None:
    found = one(medium="share", jitter_ms=615.0, frame_rate_fps=1.0, latency_ms=10.0)
    assert found["score"] == 4.48
    assert found["advisory"] == []


@pytest.mark.parametrize(
    ("row", "advisory"),
    [
        ({"latency_ms": 150.0, "jitter_ms": 40.0, "avg_loss_pct": 2.0}, []),
        ({"latency_ms": 151.0}, ["latency_ms"]),
        ({"jitter_ms": 41.0}, ["jitter_ms"]),
        ({"avg_loss_pct": 2.1}, ["avg_loss_pct"]),
        ({"avg_loss_pct": 2.1, "bitrate_kbps": 0.0}, []),
    ],
)
def test_zooms_recommendations_are_noted(row, advisory) -> None:
    assert one(**row)["advisory"] == advisory


@pytest.mark.parametrize(
    ("row", "poor"),
    [
        ({"medium": "audio", "jitter_ms": 30.0}, False),
        ({"medium": "audio", "jitter_ms": 30.1}, True),
        ({"medium": "audio", "latency_ms": 500.1}, True),
        ({"medium": "audio", "avg_loss_pct": 10.1}, True),
        ({"frame_rate_fps": 7.0, "avg_loss_pct": 20.0}, False),
        ({"frame_rate_fps": 6.9}, True),
        ({"frame_rate_fps": None, "avg_loss_pct": 15.1}, True),
        ({"medium": "share", "frame_rate_fps": 2.0}, False),
        ({"medium": "share", "frame_rate_fps": 1.9}, True),
        ({"bitrate_kbps": 0.0}, None),
    ],
)
def test_microsofts_rule_stands_beside_ours(row, poor) -> None:
    assert one(**row)["cqd_poor"] is poor


@pytest.mark.parametrize(("medium", "least"), [("audio", 5.0), ("video", 0.0), ("share", 0.0)])
def test_too_little_traffic_says_nothing(medium, least) -> None:
    just = least or 0.1
    assert one(medium=medium, bitrate_kbps=just)["score"] is not None
    assert one(medium="audio", bitrate_kbps=4.99)["limiting"] == "low_activity"
    busier = mine(("video = 0.0", "video = 50.0"))
    assert one(busier, bitrate_kbps=49.9)["limiting"] == "low_activity"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"bitrate_kbps": 0.0, "avg_loss_pct": None}, "inactive"),
        ({"bitrate_kbps": 3.0, "avg_loss_pct": None}, "low_activity"),
        ({"bitrate_kbps": None, "avg_loss_pct": None}, "avg_loss_missing"),
        (
            {"latency_ms": -1, "jitter_ms": -1, "avg_loss_pct": 101, "max_loss_pct": None}
            | {"bitrate_kbps": None},
            "inactive",
        ),
    ],
)
def test_the_first_reason_that_holds_is_named(row, reason) -> None:
    assert one(medium="audio", **row)["limiting"] == reason


def test_media_without_components_are_not_in_the_policy() -> None:
    plain = load_policy("g107-reference")
    assert one(plain)["limiting"] == "not_in_policy"
    assert one(plain, medium="share")["limiting"] == "not_in_policy"
    assert one(plain, medium="audio", jitter_ms=300.0)["limiting"] == "emodel"


def test_components_whose_measures_are_all_missing_are_no_score() -> None:
    text = own(shipped())
    section = text[text.index("[components.share]\n") : text.index("[direction.dashboard_qos]\n")]
    only_latency = "[components.share]\nlatency_ms = [[0, 4.5], [3000, 1.0]]\n\n"
    sources = text[text.index("[sources.components.share]\n") : text.index("[sources.direction")]
    policy = mine((section, only_latency), (sources, ""))
    assert one(policy, medium="share", latency_ms=None)["limiting"] == "measures_missing"
    assert one(policy, medium="share", latency_ms=3000.0)["score"] == 1.0


def test_a_zero_latency_may_be_taken_at_its_word() -> None:
    assert one(medium="audio", latency_ms=0.0)["kind"] == "LQ"
    literal = mine(("zero_latency_is_missing = true", "zero_latency_is_missing = false"))
    found = one(literal, medium="audio", latency_ms=0.0)
    assert (found["kind"], found["latency_ms"]) == ("CQ", 0.0)


def test_without_jitter_the_receivers_buffer_is_taken_to_be_empty() -> None:
    found = one(medium="audio", latency_ms=400.0, jitter_ms=None)
    assert found["emodel_delay_ms"] == 430.0
    assert found["assume"] == ["jitter_missing"]
    assert found["jitter_ms_score"] is None


def test_without_latency_delay_is_unknown_and_costs_nothing() -> None:
    found = one(medium="audio", latency_ms=None, jitter_ms=39.0)
    assert found["emodel_delay_ms"] is None
    assert found["emodel_cost_delay_r"] == pytest.approx(0.0, abs=1e-9)
    assert (found["kind"], found["assume"]) == ("LQ", ["latency_missing"])


CHANGED = (
    ("Ie = 0.0", "Ie = 11.0"),
    ("BurstR = 1.0", "BurstR = 2.0"),
    ("A = 0.0", "A = 5.0"),
    ("ceiling = 95.0", "ceiling = 90.0"),
    ("sT = 1.0", "sT = 0.55"),
    ("mT = 100.0", "mT = 120.0"),
    ("latency_factor = 1.0", "latency_factor = 0.5"),
    ("jitter_multiplier = 2.0", "jitter_multiplier = 3.0"),
    ("fixed_delay_ms = 30.0", "fixed_delay_ms = 50.0"),
    ("R0 = 93.2", "R0 = 92.0"),
)


@pytest.mark.parametrize("change", [*((c,) for c in CHANGED), CHANGED], ids=str)
@pytest.mark.parametrize("model", ["g107_idd", "cole_rosenbluth"])
def test_every_constant_of_the_emodel_is_used_as_the_plain_formula_does(change, model) -> None:
    policy = mine(*change, ('"g107_idd"', f'"{model}"'))
    m = policy.emodel
    for latency, jitter, loss in ((60, 5, 0), (126, 22, 6.4), (260, 40, 1), (900, 90, 30)):
        found = one(policy, medium="audio", latency_ms=latency, jitter_ms=jitter, avg_loss_pct=loss)
        delay = m.latency_factor * latency + m.jitter_multiplier * jitter + m.fixed_delay_ms
        if model == "g107_idd":
            cost = reference.idd(delay, s_t=m.s_t, m_t=m.m_t)
        else:
            cost = reference.cole_rosenbluth_id(delay)
        lost = reference.ie_eff(loss, bpl=m.bpl, ie=m.ie, burst_r=m.burst_r, ceiling=m.ceiling)
        r = m.r0 + m.a - cost - lost
        assert found["emodel_delay_ms"] == pytest.approx(delay)
        assert found["emodel_cost_delay_r"] == pytest.approx(cost, abs=1e-9)
        assert found["emodel_cost_loss_r"] == pytest.approx(lost)
        assert found["emodel_r"] == pytest.approx(max(0, r))
        assert found["emodel_score"] == pytest.approx(reference.r_to_mos(r))
