"""What the weekly document says of earlier weeks, of drops and of others' judgement."""

import dataclasses

import polars as pl
import pytest

from qosreport import periods
from qosreport.diagnosis.weeks import back
from qosreport.report.numbers.facts import PAST_SCORES, PAST_SESSIONS, PastTables
from qosreport.report.numbers.trust import Enough
from qosreport.report.numbers.weekly import build_weekly
from qosreport.report.refs import person_ref
from qosreport.report.result import WeeklyResult
from tests.unit.report.build import NOW, POLICY, WEEK, counts, page_of, seam
from tests.unit.report.organisation import organisation

MEETINGS = 60
ENOUGH = Enough(200, 50)


def past_of(org):
    """An organisation's tables as of an earlier week."""
    return PastTables(
        meetings=org.meetings.filter(pl.col("completeness") != "incomplete").select("meeting_uuid"),
        sessions=org.sessions.select(*PAST_SESSIONS, "site", "provider"),
        participant_scores=org.participant_scores.select(PAST_SCORES),
        meeting_scores=org.meeting_scores.select("meeting_uuid", "band"),
    )


def document(org, *, earlier=None, period=WEEK, enough=ENOUGH):
    return build_weekly(
        seam(org),
        period=period,
        policy=POLICY,
        ledger=counts(listed=org.meetings.height),
        organisation="Brightwell & Osei",
        now=NOW,
        page_of=page_of,
        earlier=earlier,
        enough=enough,
    )


@pytest.fixture(scope="module")
def org():
    """With reasons to leave, labels and ratings; one person drops twice."""
    drawn = organisation(meetings=MEETINGS, seed=3, people=40)
    drop = pl.col("person_key") == "person-3"
    sessions = drawn.sessions.with_columns(
        leave_reason=pl.when(drop)
        .then(pl.lit("Network connection error."))
        .when(pl.col("person_key") == "person-5")
        .then(None)
        .otherwise(pl.lit("left the meeting.")),
        zoom_audio_quality=pl.lit("good", drawn.sessions.schema["zoom_audio_quality"]),
    )
    first = sessions.sort("session_id").head(3)
    ratings = first.select("meeting_uuid", "email", account_user_id="person_key").with_columns(
        rating=pl.Series(["good", "not_good", "good"], dtype=drawn.ratings.schema["rating"]),
        rated_at=pl.lit(None, drawn.ratings.schema["rated_at"]),
        comment=pl.lit(None, pl.String),
    )
    return dataclasses.replace(
        drawn, sessions=sessions, ratings=ratings.select(drawn.ratings.columns)
    )


@pytest.fixture(scope="module")
def earlier():
    return {
        week: past_of(organisation(meetings=MEETINGS, seed=10 + i, people=40))
        for i, week in enumerate(back(WEEK.label, 8))
        if i != 2
    }


@pytest.fixture(scope="module")
def result(org, earlier):
    return document(org, earlier=earlier)


def test_figures_have_the_weeks_that_are_there_this_one_last(result):
    for figure in result.figures:
        weeks = [one.week for one in figure.history]
        assert weeks == sorted({WEEK.label, *back(WEEK.label, 8)} - {back(WEEK.label, 8)[2]})
        assert figure.history[-1].rate == figure.rate
        assert [one.with_what for one in figure.compared] == ["previous", "trailing"]


def test_poor_connections_change_as_the_organisation_does(result):
    figure = next(f for f in result.figures if f.id == "poor_connections")
    whole = result.changes.segments[0]
    assert whole.kind == "organisation"
    assert figure.compared == whole.compared
    assert figure.rate == whole.now


def test_each_comparison_names_its_weeks_and_how_many_were_tested(result):
    families = {family.with_what: family for family in result.changes.families}
    assert families["previous"].weeks == [back(WEEK.label, 1)[0]]
    assert len(families["trailing"].weeks) == 7
    tested = [
        one.p_adjusted is not None
        for segment in result.changes.segments
        for one in segment.compared
        if one.with_what == "trailing"
    ]
    assert families["trailing"].tested == sum(tested) > 0


def test_in_the_first_week_nothing_is_compared(org):
    found = document(org)
    reasons = {one.reason for figure in found.figures for one in figure.compared}
    assert reasons == {"no_earlier_week"}
    assert all(family.weeks == [] for family in found.changes.families)
    assert {row.status for row in found.followup.rows} <= {"new", "watch"}


def test_a_period_that_is_no_week_has_neither_change_nor_follow_up(org):
    days = periods.dates(WEEK.first_day, WEEK.last_day, zone="UTC", now=NOW)
    found = document(org, period=days)
    assert (found.changes, found.followup) == (None, None)
    assert all(not figure.compared and not figure.history for figure in found.figures)
    assert found.reliability is not None


def test_standings_are_counted_by_status(result):
    followup = result.followup
    for status in ("new", "continuing", "watch", "resolved", "unclear", "absent"):
        assert getattr(followup, status) == sum(row.status == status for row in followup.rows)
    assert followup.rows
    harm = [row.harmed_minutes for row in followup.rows]
    assert harm == sorted(harm, reverse=True)


def test_people_are_named_by_reference_and_sites_by_name(result):
    for row in result.followup.rows:
        assert (row.ref is None) == (row.kind == "site")
        assert (row.device is None) or row.kind == "machine"
        assert row.owner != "nobody"


def test_drops_are_counted_by_stay(result, org):
    found = result.reliability
    own = org.sessions.filter(pl.col("person_key") == "person-3")
    assert found.drops == own.height > 0
    assert found.stays == org.sessions.select("meeting_uuid", "person_key").unique().height
    assert {row.ref for row in found.people} == {person_ref("person-3")}
    assert found.people_dropped == 1
    assert found.meetings_dropped == own["meeting_uuid"].n_unique()
    by_reason = {one.reason: one.joins for one in found.reasons}
    assert sum(by_reason.values()) == org.sessions.height
    figure = next(f for f in result.figures if f.id == "drops")
    assert sum(place.dropped.k for place in found.by_place) == figure.rate.k
    assert sum(place.dropped.n for place in found.by_place) == figure.rate.n


def test_meetings_without_reasons_are_named_and_counted(result, org):
    silent = org.sessions.filter(pl.col("person_key") == "person-5")
    assert result.reliability.silent_meetings == silent["meeting_uuid"].n_unique()
    assert sum(one.missing for one in result.reliability.silent) == silent.height


def test_labels_are_counted_in_a_table(result):
    audio = result.agreement.labels[0]
    assert audio.medium == "audio"
    assert sum(map(sum, audio.counts)) == audio.connections > 50
    assert [row[1:] for row in audio.counts] == [[0, 0, 0]] * 4
    assert audio.same_pct == pytest.approx(100 * audio.counts[0][0] / audio.connections, abs=1e-5)
    assert [one.connections for one in result.agreement.labels[1:]] == [0, 0]
    assert all(one.zoom == "Good" for one in result.agreement.disagreements)


def test_ratings_find_their_connections(result):
    ratings = result.agreement.ratings
    assert ratings.good + ratings.not_good + ratings.unmatched == 3


def test_scores_are_uncalibrated_until_there_is_enough(org, result):
    assert not result.agreement.calibrated
    assert result.agreement.least_labels == 200
    assert document(org, enough=Enough(10, 50)).agreement.calibrated


def test_the_order_of_rows_changes_nothing(org, earlier, result):
    shuffled = {
        week: dataclasses.replace(
            tables, sessions=tables.sessions.sample(fraction=1, shuffle=True, seed=1)
        )
        for week, tables in earlier.items()
    }
    turned = dict(reversed(shuffled.items()))
    assert document(org.shuffled(2), earlier=turned) == result


def test_an_older_document_is_still_read(result):
    tree = result.model_dump(mode="json")
    new = ("changes", "followup", "reliability", "agreement")
    old = {key: value for key, value in tree.items() if key not in new}
    old["figures"] = [
        {key: figure[key] for key in ("id", "rate")} for figure in tree["figures"][:-1]
    ]
    old["people"] = [
        {key: value for key, value in row.items() if key != "caused_minutes"}
        for row in tree["people"]
    ]
    read = WeeklyResult.model_validate({**old, "schema_version": 2})
    assert read.changes is None
    assert read.figures[0].compared == []
