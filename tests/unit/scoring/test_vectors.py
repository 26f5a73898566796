"""All vectors of scoring: every field each of them expects."""

import polars as pl
import pytest

from qosreport.diagnosis import rates
from qosreport.diagnosis.attribution import attribute_minute
from qosreport.scoring import (
    cpu_flags,
    score_meetings,
    score_minutes,
    score_participants,
    score_streams,
)
from qosreport.scoring import reference as models
from qosreport.zoom.parse.values import parse_number
from tests.unit.scoring.support import (
    agrees,
    at,
    default,
    devices,
    document,
    minutes,
    stream_of,
    streams,
    vectors,
)

G107_NAMES = {
    "Ta": "t_a", "T": "t", "Tr": "t_r", "Ppl": "ppl", "Bpl": "bpl", "Ie": "ie",
    "BurstR": "burst_r", "TELR": "telr", "qdu": "qdu", "A": "a",
}  # fmt: skip


def check(vector: dict, got: dict) -> None:
    for field, expected in vector["expect"].items():
        assert agrees(got[field], expected, vector["abs_tol"]), (field, got[field], expected)


def test_there_are_141_vectors_and_a_policy() -> None:
    assert sum(map(len, document()["vectors"].values())) == 141
    assert default().tree == document()["policy"]
    assert default().sha256 == document()["policy_sha256"]


@pytest.mark.parametrize("vector", vectors("g107"))
def test_full_g107(vector) -> None:
    found = models.g107(models.G107(**{G107_NAMES[k]: v for k, v in vector["input"].items()}))
    got = {"R": found.r, "MOS": found.mos, "Ro": found.r_o, "Is": found.i_s, "Id": found.i_d}
    check(vector, got)


@pytest.mark.parametrize("vector", vectors("r_to_mos"))
def test_rating_to_mos(vector) -> None:
    mos = models.r_to_mos(vector["input"]["R"])
    assert mos == pytest.approx(vector["expect"]["MOS"], abs=vector["abs_tol"])
    # The Recommendation prints two decimals, some of them rounded up.
    assert 0 <= vector["expect"]["published_2dp"] - mos < 0.01


@pytest.mark.parametrize("vector", vectors("mos_to_r"))
def test_mos_to_rating(vector) -> None:
    check(vector, {"R": models.mos_to_r(vector["input"]["MOS"])})


@pytest.mark.parametrize("vector", vectors("idd_bound"))
def test_delay_bound(vector) -> None:
    bound = models.idd_bound(
        intrinsic_r=vector["input"]["intrinsic_R"],
        ie=vector["input"]["Ie"],
        r_min=vector["input"]["R_min"],
    )
    assert bound == pytest.approx(vector["expect"]["Ta_ms"], abs=0.1)
    assert bound == pytest.approx(vector["expect"]["published_ms"], abs=vector["abs_tol"])


@pytest.mark.parametrize("vector", vectors("cole_rosenbluth"))
def test_cole_rosenbluth(vector) -> None:
    found = models.cole_rosenbluth(vector["input"]["d_ms"], vector["input"]["loss_ratio"])
    check(vector, {"R": found.r, "MOS": found.mos, "Id": found.i_d})


@pytest.mark.parametrize("vector", vectors("g107.2"))
def test_full_band(vector) -> None:
    given = vector["input"]
    r, mos = models.g107_full_band(
        t_a=given["Ta"], ppl=given["Ppl"], ie=given["Ie"], bpl=given["Bpl"]
    )
    check(vector, {"R_fb": r, "MOS": mos})


@pytest.mark.parametrize("vector", vectors("g1070_vq"))
def test_g1070_video(vector) -> None:
    given = vector["input"]
    check(vector, {"Vq": models.g1070_video(given["br"], given["fr"], given["ppl"])})


@pytest.mark.parametrize("vector", vectors("audio_stream", "video_stream", "share_stream"))
def test_stream(vector) -> None:
    row = stream_of(vector["input"], vector["kind"].removesuffix("_stream"))
    found = score_streams(streams(row), default()).collect().row(0, named=True)
    components = {
        name.removesuffix("_score"): value
        for name, value in found.items()
        if name.endswith("_score") and name != "net_score" and value is not None
    }
    renamed = {"reason": "limiting", "dq": "data_quality", "R": "emodel_r"}
    got = {field: found.get(renamed.get(field, field)) for field in vector["expect"]}
    check(vector, got | {"components": components})
    assert (found["kind"] is not None) == ("kind" in vector["expect"])


@pytest.mark.parametrize("vector", vectors("minute"))
def test_minute(vector) -> None:
    rows = []
    for name, fields in vector["input"].items():
        medium, flow = name.replace("as_", "share_").split("_")
        rows.append(stream_of(fields, medium, flow))
    scored = score_streams(streams(*rows), default())
    found = score_minutes(scored, default()).collect().row(0, named=True)
    poor = {
        name: None if found[score] is None else found[score] < default().poor_score
        for name, score in (("poor", "score"), ("poor_connection", "net_score"))
    }
    check(vector, found | poor)


def given_minutes(vector: dict, session_id: int = 1) -> pl.DataFrame:
    stamps, scores = zip(*vector["input"]["minutes"], strict=True)
    return minutes(*scores, session_id=session_id, minute=[at(m) for m in stamps])


@pytest.mark.parametrize("vector", vectors("participant"))
def test_participant(vector) -> None:
    found = score_participants(given_minutes(vector), default()).collect().row(0, named=True)
    got = {
        "n": found["scored_minutes"],
        "poor_share": found["poor_minutes"] / found["scored_minutes"],
        "mean": found["mean_score"],
        "p10": found["p10_score"],
        "pooled": found["pooled_score"],
        "worst_window": found["worst_window_score"],
        "longest_poor_run": found["longest_poor_run_min"],
        "why": found["reasons"],
    }
    check(vector, found | got)
    assert (found["net_band"], found["net_reasons"]) == (found["band"], found["reasons"])


@pytest.mark.parametrize("vector", vectors("meeting"))
def test_meeting(vector) -> None:
    by_id = {v["id"]: v for v in document()["vectors"]["participant"]}
    given = [
        given_minutes(by_id[name], number)
        for number, name in enumerate(vector["input"]["participants"])
    ]
    people = score_participants(pl.concat(given), default())
    people = people.with_columns(meeting_uuid=pl.lit("m"))
    found = score_meetings(people, default()).collect().row(0, named=True)
    got = {
        "affected_share": (found["affected_pct"] or 0) / 100,
        "participant_minutes": found["scored_minutes"],
        "poor_minute_share": found["poor_minutes_pct"] / 100,
        "worst_participant": found["worst_participant_score"],
    }
    check(vector, found | got)


@pytest.mark.parametrize("vector", vectors("cpu"))
def test_cpu(vector) -> None:
    rows = [
        {"minute": row["minute"], "system": row["system_max"], "zoom": row["zoom_avg"]}
        for row in vector["input"]["rows"]
    ]
    found = cpu_flags(devices(*rows), default()).collect().row(0, named=True)
    got = {
        "n": found["cpu_minutes"],
        "high_minutes": found["cpu_high_minutes"],
        "longest_high_run": found["cpu_longest_high_run_min"],
        "elevated_minutes": found["cpu_elevated_minutes"],
        "zoom_high_minutes": found["zoom_cpu_high_minutes"],
        "flags": found["cpu_flags"],
    }
    check(vector, got)


@pytest.mark.parametrize("vector", vectors("wilson95"))
def test_wilson(vector) -> None:
    found = rates.wilson(vector["input"]["k"], vector["input"]["n"])
    check(vector, {"lo": found.low, "hi": found.high})


@pytest.mark.parametrize("vector", vectors("clustered_rate"))
def test_clustered_rate(vector) -> None:
    clusters = [tuple(c) for c in vector["input"]["clusters"]]
    one = rates.clustered_rate(clusters)
    rows = [(str(i), k, n) for i, (k, n) in enumerate(clusters)]
    frame = pl.DataFrame(rows, schema=["meeting_uuid", "k", "n"], orient="row")
    many = rates.clustered_rates(frame, []).collect().row(0, named=True)
    for found in (vars(one), many):
        check(vector, found | {"p": found["rate"], "lo": found["low"], "hi": found["high"]})


@pytest.mark.parametrize("vector", vectors("cluster_bootstrap"))
def test_cluster_bootstrap(vector) -> None:
    given = vector["input"]
    clusters = [tuple(c) for c in given["clusters"]]
    found = rates.cluster_bootstrap(clusters, seed=given["seed"], rounds=given["B"])
    check(vector, {"lo": found.low, "hi": found.high})


@pytest.mark.parametrize("vector", vectors("bh"))
def test_benjamini_hochberg(vector) -> None:
    adjusted, rejected = rates.benjamini_hochberg(vector["input"]["p"], q=vector["input"]["q"])
    check(vector, {"adj": adjusted, "reject": rejected})


@pytest.mark.parametrize("vector", vectors("eb_shrink"))
def test_shrunk_rates(vector) -> None:
    found = rates.shrink([tuple(g) for g in vector["input"]["groups"]])
    check(vector, vars(found) | {"shrunk": found.rates})


@pytest.mark.parametrize("vector", vectors("attribution"))
def test_attribution(vector) -> None:
    assert attribute_minute(vector["input"]["participants"]) == vector["expect"]


@pytest.mark.parametrize("vector", vectors("parse_num"))
def test_what_is_a_number(vector) -> None:
    assert parse_number(vector["input"]["s"]) == vector["expect"]["value"]
