"""The words of this subject: flags, components, reasons, gaps."""

import datetime as dt

import pytest

from qosreport import errors
from qosreport.report.result import EmodelParts, Flag, Limiting
from qosreport.report.view import phrases
from qosreport.report.view.words import plain
from tests.data.results.pieces import method


def flag(code: str, **more: object) -> Flag:
    fields = {
        "code": code,
        "medium": "audio",
        "direction": "received",
        "component": "jitter_ms",
        "worst_value": 68.0,
        "worst_at": dt.datetime(2026, 11, 11, 14, 20, tzinfo=dt.UTC),
        "worst_score": 2.8,
        "unit": "ms",
        "threshold": 60.0,
        "band": "Poor",
        "source": "policy",
        "minutes": 5,
        "longest_run_min": 3,
        "occurrences": [],
    }
    return Flag(**{**fields, **more})


def sentence(code: str, **more: object) -> str:
    return plain(phrases.flag_sentence(flag(code, **more), "14:20")).replace("\u202f", " ")


@pytest.mark.parametrize(
    ("code", "more", "says"),
    [
        ("JITTER", {}, "Jitter of 68 ms at 14:20, scoring 2.80 by itself; Poor above 60 ms."),
        (
            "AUDIO_EMODEL",
            {"component": "emodel", "unit": "%", "worst_value": 19.1, "threshold": 10.1},
            "Loss of 19.1 % at 14:20, scoring 2.80 by itself; Poor above 10.1 %.",
        ),
        (
            "AUDIO_EMODEL",
            {"component": "emodel", "worst_value": 700.0, "threshold": 547.0},
            "Delay of 700 ms at 14:20, scoring 2.80 by itself; Poor above 547 ms.",
        ),
        (
            "LOSS_PEAK",
            {"unit": "%", "worst_value": 55.0, "threshold": 20.0, "worst_score": None},
            "Up to 55 % lost in a short interval at 14:20; Poor above 20 %.",
        ),
        (
            "FPS",
            {"unit": "fps", "worst_value": 3.0, "threshold": 7.0, "medium": "video"},
            "Down to 3 fps at 14:20, scoring 2.80 by itself; Poor below 7 fps.",
        ),
        (
            "CPU_SYSTEM_HIGH",
            {"unit": "%", "worst_value": 98.0, "threshold": 90.0, "medium": None},
            "The whole machine at 98 % at 14:20; high from 90 %.",
        ),
        (
            "CPU_ZOOM_HIGH",
            {"unit": "%", "worst_value": 72.0, "threshold": 60.0, "medium": None},
            "Zoom alone at 72 % at 14:20; high from 60 %.",
        ),
        (
            "CPU_SYSTEM_ELEVATED",
            {"unit": "%", "worst_value": 85.0, "threshold": 80.0, "medium": None},
            "The whole machine at 85 % at 14:20; elevated from 80 %.",
        ),
        ("LATENCY", {"worst_value": None}, "Poor above 60 ms."),
        ("LATENCY", {"worst_value": None, "threshold": None}, "No figure given."),
    ],
)
def test_each_flag_says_when_how_much_and_beyond_what(code, more, says):
    assert sentence(code, **more) == says


def emodel(**more: float | None) -> EmodelParts:
    parts = {
        "loss_pct": 19.1, "latency_ms": 90.0, "jitter_ms": 12.0, "delay_ms": 190.0,
        "cost_loss_r": 49.84, "cost_delay_r": 3.12, "rating_r": 40.24,
    }  # fmt: skip
    return EmodelParts(**{**parts, **more})


@pytest.mark.parametrize(
    ("more", "parts", "says"),
    [
        (
            {"unit": "%", "worst_value": 19.1, "threshold": 10.1, "worst_score": 2.07},
            {},
            "Loss of 19.1 % at 14:20 costs 49.8 of 93.2 points of R, "
            "estimated delay of 190 ms another 3.1, for an eMOS of 2.07. "
            "Loss alone is Poor above 10.1 %.",
        ),
        (
            {"unit": "ms", "worst_value": 790.0, "threshold": 597.0, "worst_score": 2.7},
            {"loss_pct": 0.0, "delay_ms": 790.0, "cost_loss_r": 0.0, "cost_delay_r": 40.65,
             "rating_r": 52.55},
            "Delay of 790 ms at 14:20 costs 40.6 of 93.2 points of R, loss of 0 % nothing, "
            "for an eMOS of 2.70. Delay alone is Poor above 597 ms.",
        ),
        (
            {"unit": "%", "worst_value": 19.1, "threshold": None, "worst_score": 1.0},
            {"cost_loss_r": 53.4, "cost_delay_r": 40.4, "rating_r": 0.0},
            "Loss of 19.1 % at 14:20 costs 53.4 points of R, "
            "estimated delay of 190 ms another 40.4, for an eMOS of 1.00.",
        ),
        (
            {"unit": "%", "worst_value": 19.1, "threshold": 10.1, "worst_score": None},
            {"latency_ms": None, "delay_ms": None, "cost_delay_r": 0.0},
            "Loss of 19.1 % at 14:20 costs 49.8 of 90.1 points of R, delay not known. "
            "Loss alone is Poor above 10.1 %.",
        ),
        (
            {"unit": "%", "worst_value": 19.1, "threshold": 10.1},
            {"cost_loss_r": None, "cost_delay_r": None, "rating_r": None},
            "Loss of 19.1 % at 14:20, scoring 2.80 by itself; Poor above 10.1 %.",
        ),
    ],
    ids=["loss", "delay", "spent", "listening", "unrated"],
)  # fmt: skip
def test_what_the_e_model_judged_says_what_loss_and_delay_each_cost(more, parts, says):
    more = {"component": "emodel", "emodel": emodel(**parts), **more}
    assert sentence("AUDIO_EMODEL", **more) == says


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("waiting-room", "waiting room"),
        ("wrong-unit", "unit of another measure"),
        ("out_of_range", "outside the valid range, treated as missing"),
        ("a-rule-of-tomorrow", "a rule of tomorrow"),
    ],
)
def test_a_rule_reads_within_a_sentence(code, says):
    assert phrases.rule(code) == says


def test_a_flag_nobody_has_phrased_is_shown_by_its_code():
    strange = flag("NEW_RULE", component="new_thing")
    assert phrases.flag_label(strange) == "New rule, received"
    assert sentence("NEW_RULE", component="new_thing").startswith("New thing of 68 ms")


@pytest.mark.parametrize(
    ("limiting", "flags", "says"),
    [
        (("audio", "received", "jitter_ms"), [], "audio jitter"),
        (("share", "received", "avg_loss_pct"), [], "screen share loss"),
        (("video", "sent", "fps_small"), [], "frame rate"),
        (("audio", "received", "emodel"), [], "audio loss or delay"),
        (("audio", "received", "emodel"), [("received", "%")], "audio loss"),
        (("audio", "received", "emodel"), [("received", "ms")], "audio delay"),
        (("audio", "received", "emodel"), [("sent", "ms")], "audio loss or delay"),
        (("audio", "received", "new_one"), [], "audio new one"),
    ],
)
def test_what_limits_a_score_is_named_briefly(limiting, flags, says):
    medium, direction, component = limiting
    found = [flag("AUDIO_EMODEL", component="emodel", direction=d, unit=u) for d, u in flags]
    what = Limiting(medium=medium, direction=direction, component=component)
    assert phrases.component(what, found) == says


def test_a_loss_that_is_poor_only_with_the_delay_is_not_held_against_its_own_threshold():
    weak = flag("AUDIO_EMODEL", component="emodel", unit="%", worst_value=8.0, threshold=10.1,
                emodel=emodel(loss_pct=8.0))  # fmt: skip
    assert phrases.flag_label(weak) == "Audio loss and delay together, received"
    words = plain(phrases.flag_sentence(weak, "14:20")).replace("\u202f", " ")
    assert words.endswith("Loss alone is Poor above 10.1 %; together they are Poor below that.")
    what = Limiting(medium="audio", direction="received", component="emodel")
    assert phrases.component(what, [weak]) == "audio loss and delay together"
    strong = weak.model_copy(update={"worst_value": 10.2})
    assert phrases.flag_label(strong) == "Audio loss, received"


@pytest.mark.parametrize(
    ("provider", "shown"),
    [
        ("203.0.0.0/16", "Provider network 203.0.0.0/16"),
        ("2001:db8::/32", "Provider network 2001:db8::/32"),
        ("Example Broadband", "Example Broadband"),
    ],
)
def test_a_provider_without_a_name_is_called_by_its_network(provider, shown):
    assert phrases.provider(provider) == shown


@pytest.mark.parametrize(
    ("band", "reasons", "says"),
    [
        ("Good", [], ""),
        ("Unscored", ["too_few_scored_minutes"], "too few minutes could be scored"),
        ("Unscored", ["no_data"], "Zoom gave no quality data"),
        (
            "Fair",
            ["poor_share>=5%", "pooled<4.0"],
            "5 % or more of the scored minutes were poor and the pooled score is below 4.00",
        ),
        (
            "Poor",
            ["poor_share>=5%", "pooled<4.0", "poor_share>=20%"],
            "20 % or more of the scored minutes were poor",
        ),
        (
            "Poor",
            ["pooled<4.0", "poor_share>=20%", "poor_run>=3min", "pooled<3.0"],
            "20 % or more of the scored minutes were poor, 3 or more in a row were poor "
            "and the pooled score is below 3.00",
        ),
        (
            "Bad",
            ["poor_share>=20%", "poor_share>=50% or pooled<2.0"],
            "50 % or more of the scored minutes were poor or the pooled score is below 2.00",
        ),
        ("Poor", ["a_rule_of_tomorrow"], "a rule of tomorrow"),
    ],
)
def test_the_strictest_rules_of_a_band_explain_it(band, reasons, says):
    assert phrases.because(reasons, band, method()) == says


def test_every_reason_to_skip_a_meeting_has_words_of_its_own():
    slugs = [kind.slug for kind in errors.SkipMeeting.__subclasses__()]
    assert len(slugs) > 5
    for slug in slugs:
        assert slug.replace("-", "_") in phrases.GAPS, slug


def test_an_unknown_reason_is_shown_as_it_is():
    assert phrases.gap("some_new-reason") == "Some new reason"


@pytest.mark.parametrize(
    ("place", "network", "says"),
    [
        ("Cardiff", "Wifi", "Cardiff, Wi-Fi"),
        (None, "Wired", "Cable"),
        ("Leeds", None, "Leeds"),
        (None, None, "Place not known"),
        ("Leeds", "Token Ring", "Leeds, Token Ring"),
    ],
)
def test_place_and_network_say_what_is_known(place, network, says):
    assert phrases.place_and_network(place, network) == says


@pytest.mark.parametrize(
    ("device", "os", "says"),
    [
        ("Windows", "Windows 11", "Windows 11"),
        ("Mac", "macOS 15", "macOS 15"),
        ("Web", None, "Web"),
        ("iPhone", "iOS 18", "iPhone, iOS 18"),
        (None, None, ""),
    ],
)
def test_the_system_names_the_device_where_it_can(device, os, says):
    assert phrases.machine(device, os) == says
