"""What a policy refuses, what its hash covers, and what it says of itself."""

import copy
import pickle

import pytest
from pydantic import ValidationError

from qosreport.scoring import Policy
from qosreport.scoring.policy import NO_SOURCE
from tests.unit.scoring.support import default


def changed(key: str, value: object) -> dict:
    """The default policy's tree with one value replaced; a key not yet there is added."""
    tree = copy.deepcopy(default().tree)
    *path, last = key.split(".")
    section = tree
    for part in path:
        section = section[part]
    section[last] = value
    return tree


def without(key: str) -> dict:
    tree = changed(key, None)
    *path, last = key.split(".")
    section = tree
    for part in path:
        section = section[part]
    del section[last]
    return tree


def policy(key: str, value: object) -> Policy:
    return Policy.model_validate(changed(key, value))


NAN, INFINITE = float("nan"), float("inf")
BANDS = [["Good", 4.0], ["Fair", 3.0], ["Poor", 2.0], ["Bad", 1.0]]
JITTER = "components.audio.jitter_ms"


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("emodel.Bpl", 0.0, "greater than 0"),
        ("emodel.Bpl", NAN, "finite"),
        ("emodel.Bpl", "17.3", "valid"),
        ("emodel.Bpl", True, "valid"),
        ("emodel.BurstR", 0.5, "greater than or equal to 1"),
        ("emodel.Ie", -1.0, "greater than or equal to 0"),
        ("emodel.R0", 0.0, "R0 must be above 0"),
        ("emodel.R0", 101.0, "at most 100"),
        ("emodel.A", 7.0, "at most 100"),
        ("emodel.ceiling", -1.0, "ceiling must lie between Ie and 100"),
        ("emodel.ceiling", 100.5, "ceiling must lie between Ie and 100"),
        ("emodel.delay_model", "guess", "g107_idd"),
        ("emodel.latency_factor", 0.0, "greater than 0"),
        ("emodel.jitter_multiplier", -0.1, "greater than or equal to 0"),
        ("emodel.fixed_delay_ms", -1.0, "greater than or equal to 0"),
        ("emodel.sT", 0.0, "greater than 0"),
        ("emodel.mT", 0.0, "greater than 0"),
        (JITTER, [[0, 4.5]], "at least two anchors"),
        (JITTER, [[0, 4.5], [40, 4.0], [40, 3.0]], "must increase from anchor to anchor"),
        (JITTER, [[40, 4.5], [0, 4.0]], "must increase from anchor to anchor"),
        (JITTER, [[0, 4.6], [40, 4.0]], "scores must lie within 1 and 4.5"),
        (JITTER, [[0, 4.5], [40, 0.9]], "scores must lie within 1 and 4.5"),
        (JITTER, [[0, 4.0], [40, 4.5]], "a worse measure must not score better"),
        (JITTER, [[0, 4.5], [40, NAN]], "finite"),
        (JITTER, [[0, 4.5], [INFINITE, 4.0]], "finite"),
        ("components.video.fps_large", [[0, 4.5], [5, 1.0]], "a worse measure must not score"),
        ("components.audio.fps_large", [[0, 1.0], [5, 4.5]], "Extra inputs"),
        ("direction.dashboard_qos.input", "received", "must not mean the same"),
        ("direction.dashboard_qos.input", "up", "'sent' or 'received'"),
        ("low_activity_kbps.audio", -1.0, "greater than or equal to 0"),
        ("valid.jitter_ms", [5000, 0], "the first smaller"),
        ("valid.jitter_ms", [-1, 5000], "not negative"),
        ("valid.jitter_ms", [0, 0], "the first smaller"),
        ("participant.min_scored_minutes", 0, "greater than or equal to 1"),
        ("participant.min_scored_minutes", 3.0, "valid integer"),
        ("participant.window_minutes", 1, "greater than or equal to 2"),
        ("participant.window_minutes", 61, "less than or equal to 60"),
        ("participant.neg_bias", 1.1, "less than or equal to 1"),
        ("participant.fair_poor_share", 0.3, "must not decrease"),
        ("participant.bad_poor_share", 0.1, "must not decrease"),
        ("participant.bad_poor_share", 1.5, "less than or equal to 1"),
        ("participant.poor_run_minutes", 0, "greater than or equal to 1"),
        ("meeting.poor_affected", 0.6, "must not exceed bad_affected"),
        ("meeting.widespread_share", 0.0, "greater than 0"),
        ("meeting.widespread_min", 0, "greater than or equal to 1"),
        ("cpu.system_elevated", 95.0, "must not exceed system_high"),
        ("cpu.consecutive", 0, "greater than or equal to 1"),
        ("cpu.share", 0.0, "greater than 0"),
        ("stats.confidence", 1.0, "less than 1"),
        ("stats.fdr_q", 0.0, "greater than 0"),
        ("stats.min_ratio", 0.9, "greater than or equal to 1"),
        ("stats.min_sessions", 0, "greater than or equal to 1"),
        ("stats.min_meetings", 0, "greater than or equal to 1"),
        ("stats.min_effect_pp", -0.1, "greater than or equal to 0"),
        ("video_large_min_height", 0, "greater than 0"),
        ("bands", BANDS[::-1], "in this order"),
        ("bands", BANDS[:3], "in this order"),
        ("bands", [["Good", 4.0], ["Fair", 4.0], ["Poor", 2.0], ["Bad", 1.0]], "must decrease"),
        ("bands", [["Good", 4.6], ["Fair", 3.0], ["Poor", 2.0], ["Bad", 1.0]], "within 1 and 4.5"),
        ("bands", [["Good", 4.0], ["Fair", 3.0], ["Poor", 2.0], ["Bad", 0.9]], "within 1 and 4.5"),
        ("poor_score", 2.9, "lower edge of Fair"),
        ("name", "My policy", "pattern"),
        ("version", "1.0", "pattern"),
        ("emodel.bpl", 17.3, "Extra inputs"),
        ("emodel.Bpll", 17.3, "Extra inputs"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(key, value, says) -> None:
    with pytest.raises(ValidationError, match=says):
        policy(key, value)


@pytest.mark.parametrize(
    "key", ["emodel.Bpl", "stats.fdr_q", "direction.qss_meeting", "poor_score"]
)
def test_no_number_may_be_missing(key) -> None:
    with pytest.raises(ValidationError, match="Field required"):
        Policy.model_validate(without(key))


@pytest.mark.parametrize("gone", ["fps_large", "fps_small"])
def test_the_two_scales_of_frame_rate_go_together(gone) -> None:
    with pytest.raises(ValidationError, match="fps_large and fps_small go together"):
        Policy.model_validate(without(f"components.video.{gone}"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("emodel.A", 6.8),  # R0 + A is 100
        ("emodel.ceiling", 0.0),
        ("participant.window_minutes", 60),
        ("participant.fair_poor_share", 0.2),
        ("meeting.poor_affected", 0.5),
        ("cpu.system_elevated", 90.0),
        (JITTER, [[0, 4.5], [40, 4.5], [60, 1.0]]),
    ],
)
def test_the_edge_of_what_is_allowed_is_allowed(key, value) -> None:
    assert policy(key, value).sha256 != default().sha256


def test_the_hash_is_of_the_numbers_and_not_of_their_sources() -> None:
    tree = default().tree
    told = Policy.model_validate(
        tree | {"about": "in other words", "sources": {"poor_score": "another"}}
    )
    assert told.sha256 == default().sha256
    assert policy("stats.fdr_q", 0.2).sha256 != default().sha256
    assert policy("version", "1.0.1").sha256 != default().sha256


def test_a_policy_names_itself_with_version_and_hash() -> None:
    assert str(default()) == "zoom-network-quality 1.0.0 (9341279e)"


def test_a_policy_travels_to_other_processes_and_cannot_be_changed() -> None:
    there = pickle.loads(pickle.dumps(default()))
    assert there == default()
    assert there.sources == default().sources
    with pytest.raises(ValidationError, match="frozen"):
        there.poor_score = 2.0


def test_sources_of_anchors_are_those_of_a_point_or_of_all() -> None:
    key = "components.audio.jitter_ms"
    assert default().source(key, 1) == "Zoom's recommendation: at most 40 ms"
    assert default().source(key).count("Own judgement") == 1
    assert default().source(key).startswith("No jitter; Zoom's recommendation")
    assert default().source("stats.confidence") == "Convention"
    assert default().source("stats.nothing") == NO_SOURCE
    assert default().source("stats.confidence.deeper") == NO_SOURCE


def test_edges_of_bands() -> None:
    assert [default().edge(band) for band in ("Good", "Fair", "Poor", "Bad")] == [4, 3, 2, 1]


def test_which_of_zooms_words_means_sent() -> None:
    directions = default().direction
    assert directions.of("dashboard_qos").sent_is == "input"
    assert directions.of("qss_meeting").sent_is == "output"
