import dataclasses
import datetime as dt

import polars as pl
import pytest

from qosreport import periods, tables
from qosreport.report.numbers import listings
from qosreport.report.refs import meeting_ref, page_name, session_ref
from qosreport.scoring import load_policy
from tests.unit.report.build import NOW, page_of, weekly
from tests.unit.report.organisation import MONDAY, Organisation, organisation

POOR_FACTS = {"net_poor_minutes": 5, "poor_minutes": 5, "scored_minutes": 10, "present_minutes": 10}


@pytest.fixture(scope="module")
def week():
    return organisation()


def with_rows(week, **frames):
    return dataclasses.replace(week, **frames)


def changed(frame, where, **columns):
    return frame.with_columns(
        pl.when(where).then(value).otherwise(pl.col(name)).cast(frame.schema[name]).alias(name)
        for name, value in columns.items()
    )


def only(week, uuid):
    """The week with one of its meetings."""
    keep = pl.col("meeting_uuid") == uuid
    sessions = week.sessions.filter(keep)
    frames = {}
    for name, frame in vars(week).items():
        by_session = "meeting_uuid" not in frame.columns
        frames[name] = (
            frame.join(sessions, on="session_id", how="semi") if by_session else frame.filter(keep)
        )
    return Organisation(**frames)


def worst(week):
    """The UUID of the meeting with most harmed minutes."""
    ref = weekly(week).worst_meetings[0].ref
    return next(uuid for uuid in week.meetings["meeting_uuid"] if meeting_ref(uuid) == ref)


def figure(result, name):
    return next(found.rate for found in result.figures if found.id == name)


def gaps(result):
    return {(gap.unit, gap.reason): gap.count for gap in result.coverage.gaps}


def test_a_week_without_meetings_is_a_document_of_noughts():
    empty = Organisation(**{name: f.clear() for name, f in vars(organisation()).items()})

    result = weekly(empty, data_as_of=None)

    assert dict(result.volume) == dict.fromkeys(dict(result.volume), 0)
    assert [(found.rate.n, found.rate.pct) for found in result.figures] == [(0, None)] * 7
    assert not any(found.rate.enough for found in result.figures)
    assert [segment.rows for segment in result.segments] == [[]] * 7
    assert result.coverage.gaps == []
    assert result.provenance.data_as_of is None


def test_an_incomplete_meeting_takes_part_in_nothing_but_the_coverage(week):
    uuid = worst(week)
    marked = changed(
        week.meetings, pl.col("meeting_uuid") == uuid, completeness=pl.lit("incomplete")
    )

    result = weekly(with_rows(week, meetings=marked), incomplete={"rows-missing": 1})

    assert meeting_ref(uuid) not in {row.ref for row in result.worst_meetings}
    assert result.volume.connections == week.sessions.filter(pl.col("meeting_uuid") != uuid).height
    assert gaps(result)["meetings", "rows-missing"] == 1
    assert result.coverage.listed == week.meetings.height


def test_what_is_listed_and_not_accounted_for_is_a_gap_of_its_own(week):
    result = weekly(week, listed=week.meetings.height + 5, incomplete={"too-old": 2})

    assert gaps(result)["meetings", "too-old"] == 2
    assert gaps(result)["meetings", "not_accounted"] == 3


def test_a_listing_that_names_too_few_does_not_lose_meetings(week):
    result = weekly(week, listed=1, incomplete={"too-old": 2})

    assert result.coverage.listed == week.meetings.height + 2


def test_meetings_without_people_or_quality_data_are_told_apart(week):
    found = gaps(weekly(week))

    attended = week.sessions["meeting_uuid"].unique().to_list()
    empty = week.meetings.filter(~pl.col("meeting_uuid").is_in(attended))
    silent = week.meetings.filter(
        (pl.col("completeness") == "no_qos") & pl.col("meeting_uuid").is_in(attended)
    )
    assert found["meetings", "no_participants"] == empty.height > 0
    assert found["meetings", "no_qos"] == silent.height > 0
    assert found["connections", "without_qos"] == week.sessions.filter(~pl.col("has_qos")).height
    assert found["connections", "too_few_scored_minutes"] > 0


def test_the_presence_of_connections_without_a_sample_is_counted_from_join_to_leave(week):
    before = weekly(week).coverage
    scores = week.participant_scores
    one = scores.row(0, named=True)
    lost = week.participant_scores.filter(pl.col("session_id") != one["session_id"])
    session = week.sessions.row(by_predicate=pl.col("session_id") == one["session_id"], named=True)

    after = weekly(with_rows(week, participant_scores=lost)).coverage

    stayed = (session["leave_time"] - session["join_time"]).total_seconds() / 60
    assert after.silent_minutes - before.silent_minutes == pytest.approx(stayed, abs=1) != 0
    assert after.present_minutes == before.present_minutes - one["present_minutes"]


def test_minutes_are_unscored_for_the_reason_the_scores_tell(week):
    unscored = week.minute_scores.filter(pl.col("score").is_null())
    silent = unscored.filter(unscored_reason="low_activity").height

    found = gaps(weekly(week))

    assert found["participant-minutes", "low_activity"] == silent > 0
    assert found["participant-minutes", "inactive"] == unscored.height - silent > 0
    assert ("participant-minutes", "nothing_scored") not in found


def test_minutes_without_a_reason_are_a_gap_all_the_same(week):
    mute = week.minute_scores.with_columns(unscored_reason=pl.lit(None, pl.String))

    found = gaps(weekly(with_rows(week, minute_scores=mute)))

    unscored = week.minute_scores.filter(pl.col("score").is_null()).height
    assert found["participant-minutes", "nothing_scored"] == unscored


def test_values_out_of_range_are_counted(week):
    outside = week.minute_scores["out_of_range_samples"].sum()

    assert gaps(weekly(week))["values", "out_of_range"] == outside > 0


def test_minutes_of_other_weeks_are_left_out(week):
    foreign = week.minute_scores.with_columns(session_id=pl.col("session_id") + 1)
    both = pl.concat([week.minute_scores, foreign])

    assert weekly(with_rows(week, minute_scores=both)) == weekly(week)


def test_a_connection_known_by_summary_only_is_banded_apart_and_in_no_rate(week):
    uuid = worst(week)
    place = pl.col("meeting_uuid") == uuid
    before = weekly(week)
    scores = changed(
        week.participant_scores,
        place,
        basis=pl.lit("summary"),
        band=pl.lit("Bad"),
        net_band=pl.lit("Bad"),
        present_minutes=0,
        scored_minutes=0,
    )
    sessions = changed(week.sessions, place, has_qos=pl.lit(False))

    result = weekly(with_rows(week, participant_scores=scores, sessions=sessions))

    count = scores.filter(place).height
    assert result.connections_by_summary.bad == count > 0
    assert gaps(result)["connections", "summary_only"] == count
    assert figure(result, "poor_connections").n < figure(before, "poor_connections").n
    assert (
        result.connections_by_band.unscored
        == result.volume.connections - result.coverage.connections_scored
    )


def test_a_rate_is_enough_from_the_policys_minimums_on(week):
    result = weekly(week)

    poor = figure(result, "poor_connections")
    assert poor.enough
    assert (poor.n >= 30, poor.meetings >= 10) == (True, True)
    assert not any(row.poor.enough for row in result.segments[0].rows if row.poor.n < 30)
    lonely = weekly(only(week, worst(week)))
    assert not figure(lonely, "scored_minutes").enough
    assert figure(lonely, "scored_minutes").n > 30


def test_poor_meetings_are_counted_by_meeting(week):
    rate = figure(weekly(week), "poor_meetings")

    bands = week.meeting_scores["band"].to_list()
    assert rate.k == sum(band in {"Poor", "Bad"} for band in bands)
    assert rate.n == rate.meetings == sum(band != "Unscored" for band in bands)


def test_a_meetings_course_is_told_in_24_slices(week):
    uuid = worst(week)
    meeting = week.meetings.row(by_predicate=pl.col("meeting_uuid") == uuid, named=True)
    row = weekly(week).worst_meetings[0]
    sessions = week.sessions.filter(meeting_uuid=uuid)
    minutes = week.minute_scores.join(sessions, on="session_id")
    length = meeting["end_time"] - meeting["start_time"]

    assert len(row.bins) == 24
    for number, cell in enumerate(row.bins):
        first = meeting["start_time"] + number * length / 24
        last = meeting["start_time"] + (number + 1) * length / 24
        inside = minutes.filter((pl.col("minute") >= first) & (pl.col("minute") < last))
        assert cell.people == inside["person_key"].n_unique()
        poor = inside.filter(pl.col("net_score") < 3)
        assert cell.poor == poor["person_key"].n_unique()


@pytest.mark.parametrize("column", ["start_time", "end_time"])
def test_a_meeting_without_start_or_end_is_sliced_by_its_samples(week, column):
    uuid = worst(week)
    meetings = changed(week.meetings, pl.col("meeting_uuid") == uuid, **{column: None})

    row = weekly(with_rows(only(week, uuid), meetings=meetings.filter(meeting_uuid=uuid)))
    row = row.worst_meetings[0]

    assert row.duration_min is None
    assert (row.page is None) == (column == "start_time")
    assert sum(cell.people > 0 for cell in row.bins) > 12


def test_samples_before_the_start_belong_to_the_first_slice(week):
    uuid = worst(week)
    end = week.meetings.filter(meeting_uuid=uuid)["end_time"].item()
    late = changed(week.meetings, pl.col("meeting_uuid") == uuid, start_time=pl.lit(end))

    row = weekly(with_rows(week, meetings=late)).worst_meetings[0]

    people = week.sessions.filter(meeting_uuid=uuid, has_qos=True)["person_key"].n_unique()
    assert row.bins[0].people == people
    assert {cell.people for cell in row.bins[1:]} == {0}


def test_worst_meetings_are_ranked_by_harm_then_by_people_and_bounded(week, monkeypatch):
    monkeypatch.setattr(listings, "MEETINGS", 3)

    result = weekly(week)

    everything = weekly(organisation()).worst_meetings
    assert [row.ref for row in result.worst_meetings] == [row.ref for row in everything[:3]]
    assert result.meetings_harmed > 3
    assert result.meetings_affected <= result.meetings_harmed


def test_a_meeting_poor_by_frame_rate_alone_is_listed_after_the_harmed_ones(week):
    quiet = next(
        uuid
        for uuid in week.meetings["meeting_uuid"]
        if meeting_ref(uuid) not in {row.ref for row in weekly(week).worst_meetings}
    )
    place = pl.col("meeting_uuid") == quiet
    marked = changed(week.meeting_scores, place, band=pl.lit("Poor"), affected=1)

    last = weekly(with_rows(week, meeting_scores=marked)).worst_meetings[-1]

    assert (last.ref, last.harmed_minutes, last.band) == (meeting_ref(quiet), 0, "Poor")


def test_people_are_bounded_and_counted_in_full(week, monkeypatch):
    everyone = weekly(week)
    monkeypatch.setattr(listings, "PEOPLE", 2)
    monkeypatch.setattr(listings, "LINKS", 1)
    monkeypatch.setattr(listings, "MACHINES", 1)

    result = weekly(week)

    assert (len(result.people), result.people_affected) == (2, len(everyone.people))
    assert [len(person.meetings) for person in result.people] == [1, 1]
    assert (len(result.machines), result.machines_flagged) == (1, len(everyone.machines))


def test_a_persons_poor_meetings_come_first(week):
    for person in weekly(week).people:
        poor = [link.net_band in {"Poor", "Bad"} for link in person.meetings]
        assert poor == sorted(poor, reverse=True)
        assert any(poor)


def test_a_rejoin_is_one_link_with_the_worst_band_and_all_minutes(week):
    person = weekly(week).people[0]
    link = person.meetings[0]
    key = next(
        key
        for key in week.sessions["person_key"].unique()
        if person.ref == listings.person_ref(key)
    )
    uuid = next(u for u in week.meetings["meeting_uuid"] if meeting_ref(u) == link.ref)
    again = week.sessions.filter(person_key=key, meeting_uuid=uuid).head(1)
    old = again["session_id"].item()
    session_id = pl.lit(1, pl.Int64)
    sessions = pl.concat([week.sessions, again.with_columns(session_id=session_id)])
    score = week.participant_scores.filter(session_id=old).with_columns(session_id=session_id)
    good = score.with_columns(
        pl.lit("Good").cast(tables.BAND).alias("band"),
        pl.lit("Good").cast(tables.BAND).alias("net_band"),
        net_poor_minutes=pl.lit(0, pl.Int64),
    )
    scores = pl.concat([week.participant_scores, good])

    result = weekly(with_rows(week, sessions=sessions, participant_scores=scores))

    found = next(p for p in result.people if p.ref == person.ref)
    same = [other for other in found.meetings if other.ref == link.ref]
    assert [(other.band, other.poor_minutes) for other in same] == [(link.band, link.poor_minutes)]
    assert same[0].scored_minutes == link.scored_minutes + score["scored_minutes"].item()


def test_names_that_zoom_withholds_stay_null():
    week = organisation()
    nameless = week.sessions.with_columns(name=pl.lit(None, pl.String))

    result = weekly(with_rows(week, sessions=nameless))

    assert {person.name for person in result.people} == {None}
    assert {machine.name for machine in result.machines} == {None}


def test_a_page_is_asked_for_once_a_meeting_with_its_local_date(week):
    asked = []

    def page(ref, date):
        asked.append((ref, date))

    result = weekly(week, page_of=page)

    assert len(asked) == len(set(asked)) > 0
    starts = {
        (meeting_ref(row["meeting_uuid"]), row["start_time"].date())
        for row in week.meetings.iter_rows(named=True)
    }
    assert set(asked) <= starts  # London is at UTC in November
    assert {row.page for row in result.worst_meetings} == {None}


def test_the_period_is_open_by_the_time_of_the_data_not_of_the_run(week):
    wednesday = MONDAY + dt.timedelta(days=2)

    assert weekly(week, data_as_of=wednesday).head.to_date
    assert not weekly(week, data_as_of=NOW).head.to_date
    assert weekly(week, data_as_of=None, now=wednesday).head.to_date


@pytest.mark.parametrize(
    ("label", "hours"), [("2026-W43", 169.0), ("2026-W13", 167.0), ("2026-W46", 168.0)]
)
def test_a_week_of_clock_changes_has_its_true_length(week, label, hours):
    period = periods.week(label, zone="Europe/London", now=NOW)
    shift = period.start - MONDAY
    moved = week.sessions.with_columns(pl.col("join_time") + shift)

    result = weekly(with_rows(week, sessions=moved), period=period)

    assert result.head.hours == hours
    assert sum(cell.connections for cell in result.hours) == result.coverage.connections_scored
    cells = [(cell.weekday, cell.hour) for cell in result.hours]
    assert cells == sorted(set(cells))


def test_the_method_is_the_policys():
    method = weekly(organisation(), policy=load_policy("strict")).method

    assert method.policy == "strict"
    edges = {(t.measure, t.medium, t.band): t.value for t in method.thresholds}
    assert edges["jitter_ms", "audio", "Fair"] == 30
    assert edges["jitter_ms", "audio", "Poor"] == 50
    assert edges["system_cpu_pct", "device", "Poor"] == 90
    small, large = (
        next(t for t in method.thresholds if t.component == name and t.band == "Poor")
        for name in ("fps_small", "fps_large")
    )
    assert (small.value, large.value, small.below, large.below) == (5, 7, True, True)
    assert all(t.source and t.unit for t in method.thresholds)


def test_unreadable_values_are_summed_over_meetings(week):
    reject = weekly(week).coverage.rejects

    assert [(r.field, r.shape, r.values) for r in reject] == [("audio_input.latency", "9 aaa", 6)]


def test_limiting_is_told_as_medium_direction_and_component(week):
    seen = {
        (row.limiting.medium, row.limiting.direction, row.limiting.component)
        for row in weekly(week).worst_meetings
        if row.limiting
    }

    assert seen <= {("audio", "received", "emodel"), ("video", "sent", "fps_large")}
    assert ("audio", "received", "emodel") in seen


def test_references_hold_nothing_of_zooms():
    start = dt.datetime(2026, 11, 11, 23, 30, tzinfo=dt.UTC)

    assert page_name(start, "/a//b==", "Europe/Berlin") == f"2026-11-12-{meeting_ref('/a//b==')}"
    assert meeting_ref("/a//b==") == "5c9b99dc3971"
    assert session_ref(-1) == "f" * 12
    assert session_ref(0) == "0" * 12


def test_the_lists_show_what_page_of_answers(week):
    first = weekly(week, page_of=page_of).worst_meetings[0]

    assert first.page == f"meetings/{first.start.date()}-{first.ref}.html"
