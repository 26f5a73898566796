import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport import tables
from qosreport.report.refs import page_name, page_stem, session_ref
from qosreport.report.result import MeetingResult
from qosreport.scoring import load_policy
from tests.unit.report import one_meeting
from tests.unit.report.one_meeting import (
    CLEAN,
    MEETING,
    START,
    UUID,
    at,
    build,
    rows_of,
    sample,
    scored,
    session,
    sid,
)


@pytest.fixture(scope="module")
def frames():
    return scored()


@pytest.fixture(scope="module")
def result(frames):
    return build(frames)


def person(result, number):
    return next(p for p in result.participants if p.ref == session_ref(sid(number)))


def series(result, number, measure):
    return next(s for s in person(result, number).series if s.measure == measure)


def frames_of(rows, **facts):
    """A meeting of one session with these stream rows."""
    given = {"sessions": [session(1, "Ada")], "streams": lambda: rows, "devices": lambda: []}
    return scored(**{**given, **facts})


def test_every_list_has_an_entry_for_every_minute(result):
    assert (result.first_minute, result.minutes) == (at(0), 20)
    assert len(result.people_poor) == 20
    for participant in result.participants:
        assert len(participant.minute_bands) == len(participant.minute_net_bands) == 20
        for one in participant.series:
            assert len(one.values) == len(one.bands) == 20


def test_the_worst_participant_stands_first(result):
    refs = [p.ref for p in result.participants]

    assert refs == [session_ref(sid(n)) for n in (2, 4, 1, 3, 5, 6)]


def test_a_rejoin_is_a_further_participant_with_its_own_stay(result):
    first, second = person(result, 2), person(result, 3)

    assert first.user_id == second.user_id
    assert (first.stay.join, first.stay.leave) == (at(0, 10), at(10))
    assert first.stay.leave_reason == "Network connection error."
    assert second.stay.join == at(11, 10)
    assert second.minute_bands[:11] == [None] * 11
    assert result.people == 5
    assert result.connections == 6


def test_each_measure_has_the_band_it_earns_by_itself(result):
    loss = series(result, 2, "avg_loss_pct")

    assert loss.values == [0.0] * 5 + [14.0] * 4 + [0.0] + [None] * 10
    assert loss.bands == ["Good"] * 5 + ["Poor"] * 4 + ["Good"] + [None] * 10
    assert (loss.median, loss.worst, loss.worst_at) == (0.0, 14.0, at(5))
    assert series(result, 2, "max_loss_pct").bands[5] == "Fair"


def test_a_measure_is_that_of_the_worst_stream(result):
    assert series(result, 2, "latency_ms").values[:10] == [160.0] * 10


def test_a_measure_the_policy_does_not_judge_is_left_out(result):
    assert series(result, 1, "jitter_ms").worst == 5.0


def test_a_low_frame_rate_is_worst_when_it_is_lowest(result):
    fps = series(result, 4, "frame_rate_fps")

    assert (fps.worst, fps.worst_at, fps.median) == (6.0, at(10), 25.0)
    assert fps.bands[9:16] == ["Good", *["Poor"] * 5, "Good"]


def test_cpu_is_poor_from_the_high_mark_on_and_pressure_stands_in(result):
    cpu = series(result, 4, "system_cpu_pct")

    assert cpu.bands[9:15] == ["Good", *["Poor"] * 4, "Good"]
    assert series(result, 1, "system_cpu_pct").values[3] == 100.0


@pytest.mark.parametrize(
    ("latency", "loss", "band"),
    [(242, 0, "Good"), (243, 0, "Fair"), (547, 0, "Fair"), (548, 0, "Poor"),
     (40, 2.9, "Good"), (40, 3.0, "Fair"), (40, 10.2, "Poor"), (40, 23.2, "Bad")],
)  # fmt: skip
def test_what_the_emodel_weighs_together_is_banded_by_its_edges(latency, loss, band):
    measures = {**CLEAN, "latency_ms": float(latency), "avg_loss_pct": loss, "max_loss_pct": loss}

    found = build(frames_of([sample(1, 0, "audio", "output", **measures)]))

    measure = "latency_ms" if loss == 0 else "avg_loss_pct"
    assert series(found, 1, measure).bands[0] == band


def test_of_two_streams_the_one_in_the_worse_band_counts_not_the_larger_value():
    """90 ms of jitter are Poor for audio and Fair for video."""
    rows = [
        sample(1, 0, "video", "output", **{**CLEAN, "jitter_ms": 95.0}),
        sample(1, 0, "audio", "output", **{**CLEAN, "jitter_ms": 90.0}),
    ]

    jitter = series(build(frames_of(rows)), 1, "jitter_ms")

    assert (jitter.values[0], jitter.bands[0]) == (90.0, "Poor")


def test_a_muted_line_is_unscored_and_its_loss_is_not_shown(result):
    dora = person(result, 5)

    assert dora.band == "Unscored"
    assert dora.series == []
    assert dora.minute_bands[:7] == ["Unscored"] * 6 + [None]
    assert dora.poor.pct is None
    assert not dora.poor.enough


def test_a_connection_without_data_is_there_and_says_why(result):
    esi = person(result, 6)

    assert (esi.band, esi.reasons, esi.present_minutes) == ("Unscored", ["no_data"], 0)
    assert esi.minute_bands == [None] * 20


def test_people_poor_are_those_below_the_mark_by_network(result):
    assert [cell.poor for cell in result.people_poor] == [0] * 5 + [1] * 4 + [0] * 11
    assert result.people_poor[10].people == 2
    assert result.harmed_minutes == 4
    assert result.poor_minutes == 9


def test_two_devices_of_one_person_are_one_person_poor():
    lossy = {**CLEAN, "avg_loss_pct": 14.0, "max_loss_pct": 14.0}

    def streams():
        for minute in range(20):
            yield sample(1, minute, "audio", "output", **(lossy if minute < 6 else CLEAN))
            yield sample(2, minute, "audio", "output", **(lossy if 3 <= minute < 9 else CLEAN))
            yield sample(3, minute, "audio", "output", **lossy)

    sessions = [session(1, "Ada", user="ua"), session(2, "Ada", user="ua"), session(3, "Bram")]
    found = build(scored(sessions=sessions, streams=streams, devices=lambda: []))
    assert [cell.people for cell in found.people_poor] == [2] * 20
    assert [cell.poor for cell in found.people_poor] == [2] * 9 + [1] * 11


def test_poor_minutes_are_each_one_sample(result):
    poor = person(result, 2).poor

    assert (poor.k, poor.n, poor.meetings, poor.pct, poor.enough) == (4, 10, 1, 40.0, True)
    assert poor.low_pct == pytest.approx(16.818, abs=1e-3)
    assert poor.high_pct == pytest.approx(68.733, abs=1e-3)


def test_every_flag_has_what_it_takes_to_check_it(result):
    (flag,) = person(result, 2).flags

    assert (flag.code, flag.medium, flag.direction) == ("AUDIO_EMODEL", "audio", "received")
    assert (flag.worst_value, flag.unit, flag.threshold) == (14.0, "%", 10.1)
    assert (flag.minutes, flag.longest_run_min, flag.worst_at) == (4, 4, at(5))
    assert [(s.first, s.last) for s in flag.occurrences[0].spans] == [(at(5), at(8))]
    assert flag.occurrences[0].meeting == result.ref
    assert flag.source
    assert (flag.emodel.loss_pct, flag.emodel.delay_ms) == (14.0, 200.0)
    assert flag.emodel.cost_loss_r == pytest.approx(95 * 14 / (14 + 17.3), abs=1e-5)
    assert [f.code for f in person(result, 4).flags] == [
        "CPU_LIKELY_CAUSE",
        "FPS",
        "CPU_SYSTEM_HIGH",
    ]


def test_what_limits_is_named(result):
    limits = [p.limiting for p in result.participants[:3]]

    assert (limits[0].medium, limits[0].direction, limits[0].component) == (
        "audio",
        "received",
        "emodel",
    )
    assert limits[1].component == "fps_large"
    assert limits[2] is None


def test_shares_and_ratings_are_named_in_order_of_time(result):
    assert [(s.name, s.start) for s in result.shares] == [(None, at(1)), ("Ada", at(2))]
    assert [(r.name, r.rating) for r in result.ratings] == [("Ada", "good"), ("Bram", "not_good")]


def test_zooms_labels_stand_beside(result):
    assert (result.zoom_audio, person(result, 2).zoom_audio) == ("poor", "bad")


def test_gaps_say_what_was_not_judged(result):
    assert [(g.unit, g.reason, g.count) for g in result.gaps] == [
        ("connections", "no_scored_minute", 1),
        ("connections", "without_qos", 1),
        ("participant-minutes", "low_activity", 6),
        ("values", "out_of_range", 1),
    ]
    bands = dict(result.connections_by_band)
    assert result.connections == sum(bands.values())
    assert result.classified == result.connections - bands["unscored"]


def test_other_meetings_in_the_frames_change_nothing(frames, result):
    def foreign(frame):
        if isinstance(frame, pl.LazyFrame):
            frame = frame.collect()
        other = frame
        if "session_id" in frame.columns:
            other = other.with_columns(session_id=pl.col("session_id") + 1)
        if "meeting_uuid" in frame.columns:
            other = other.with_columns(meeting_uuid=pl.lit("other"))
        return pl.concat([other, frame])

    both = {name: foreign(frame) for name, frame in frames.items()}

    assert build(both) == result


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_change_a_byte(frames, result, seed):
    def shuffled(frame):
        lazy = isinstance(frame, pl.LazyFrame)
        frame = frame.collect() if lazy else frame
        frame = frame.sample(fraction=1, shuffle=True, seed=seed)
        return frame.lazy() if lazy else frame

    mixed = {name: shuffled(frame) for name, frame in frames.items()}

    assert build(mixed).model_dump_json() == result.model_dump_json()


def test_the_document_comes_back_from_json_as_it_was(result):
    assert MeetingResult.model_validate_json(result.model_dump_json()) == result


def test_a_meeting_nobody_knows_is_an_error(frames):
    with pytest.raises(KeyError):
        build({**frames, "meetings": frames["meetings"].clear()})


def test_a_meeting_without_people_is_a_document_all_the_same():
    empty = frames_of([], sessions=[], meeting={**MEETING, "completeness": "no_qos"})

    result = build(empty)

    assert (result.band, result.connections, result.participants) == ("Unscored", 0, [])
    assert result.minutes == len(result.people_poor) == 20


def test_without_start_end_and_people_the_clock_is_when_it_was_pulled():
    bare = {**MEETING, "start_time": None, "end_time": None, "completeness": "no_qos"}

    result = build(frames_of([], sessions=[], meeting=bare))

    assert (result.first_minute, result.minutes) == (one_meeting.NOW, 1)
    assert result.head.start < result.head.end


def test_without_start_and_end_the_clock_goes_by_joins_and_samples():
    bare = {**MEETING, "start_time": None, "end_time": None}
    rows = [sample(1, 7, "audio", "output", **CLEAN)]
    people = [session(1, "Ada", join=3, leave=5)]

    result = build(frames_of(rows, sessions=people, meeting=bare))

    assert (result.first_minute, result.minutes) == (at(3), 5)
    assert result.participants[0].minute_bands == [None] * 4 + ["Good"]


def test_a_meeting_of_two_days_is_cut_after_24_hours_and_says_so():
    rows = [sample(1, m, "audio", "output", **CLEAN) for m in (0, 1, 1439, 1440, 2000)]
    people = [session(1, "Ada", leave=2880)]

    result = build(frames_of(rows, sessions=people, meeting={**MEETING, "end_time": at(2880)}))

    assert result.minutes == 1440
    assert result.minutes_not_shown == 2
    assert result.participants[0].scored_minutes == 5
    assert sum(band is not None for band in result.participants[0].minute_bands) == 3


def test_the_date_is_the_local_one():
    late = dt.datetime(2026, 11, 12, 23, 30, tzinfo=dt.UTC)
    frames = frames_of([], meeting={**MEETING, "start_time": late, "end_time": late})

    assert build(frames, zone="Europe/Berlin").head.label == "2026-11-13"
    assert build(frames, zone="UTC").head.label == "2026-11-12"


def test_the_page_is_named_alike_from_the_document_and_from_the_week(result):
    assert page_stem(result) == page_name(START, UUID, "Europe/Berlin")


def test_a_snapshot_is_marked(frames):
    result = build(frames, live=True)

    assert result.live
    assert result.head.to_date


def test_the_one_participant_asked_for_is_named_by_the_first_join(frames):
    assert build(frames, only_participant="ub").only_participant == session_ref(sid(2))
    assert build(frames, only_participant="nobody").only_participant is None


def test_connections_nobody_asked_for_are_not_said_to_be_silent(frames):
    with_one = build(frames, only_participant="ub").gaps
    assert {gap.reason for gap in with_one if gap.unit == "connections"} == {"not_asked"}


def test_a_verdict_from_a_summary_is_shown_as_such(frames):
    summary = rows_of(tables.PARTICIPANT_SCORES, [
        {**frames["participant_scores"].filter(session_id=sid(1)).row(0, named=True),
         "session_id": sid(6), "basis": "summary", "band": "Fair", "net_band": "Fair",
         "present_minutes": 0, "scored_minutes": 0, "poor_minutes": 0, "pooled_score": 3.5}
    ])  # fmt: skip
    scores = pl.concat([frames["participant_scores"], summary])

    esi = person(build({**frames, "participant_scores": scores}), 6)

    assert (esi.basis, esi.band, esi.score, esi.reasons) == ("summary", "Fair", 3.5, [])
    assert (esi.poor.n, esi.poor.pct) == (0, None)


def test_scores_of_another_policy_give_other_bands():
    rows = [
        sample(1, m, "audio", "output", **{**CLEAN, "avg_loss_pct": 7.0, "max_loss_pct": 7.0})
        for m in range(5)
    ]
    strict = load_policy("strict")

    usual = build(frames_of(rows))
    harsh = build(frames_of(rows, policy=strict), policy=strict)

    assert (usual.participants[0].band, harsh.participants[0].band) == ("Fair", "Bad")
    assert series(usual, 1, "avg_loss_pct").bands[0] == "Fair"
    assert series(harsh, 1, "avg_loss_pct").bands[0] == "Poor"


def test_a_policy_of_the_emodel_alone_shows_what_it_judges():
    alone = load_policy("g107-reference")
    rows = [sample(1, 0, "audio", "output", **CLEAN), sample(1, 0, "video", "output", **CLEAN)]

    result = build(frames_of(rows, policy=alone), policy=alone)

    assert {s.measure for s in result.participants[0].series} == {"latency_ms", "avg_loss_pct"}
