"""No group under five, not even by subtraction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport import errors
from qosreport.report import html, mail
from qosreport.report.privacy import aggregate
from qosreport.report.result import Spell
from qosreport.report.view import words
from qosreport.report.view.week.verdict import verdict
from tests.data.results import causes, gatherings, places, weeks
from tests.data.results.causes import finding, span

SIZES = st.lists(st.integers(0, 40), max_size=12)


@given(SIZES)
def test_what_is_left_out_is_never_of_fewer_than_five_together(sizes):
    left = aggregate.Left()
    kept = left.large("sites", sizes, lambda size: size)
    assert all(size >= 5 for size in kept)
    hidden = list(sizes)
    for size in kept:
        hidden.remove(size)
    # People may be in several groups, so only a large group makes what is missing large.
    assert not hidden or not kept or max(hidden) >= 5


@given(SIZES)
def test_what_is_left_out_is_counted(sizes):
    left = aggregate.Left()
    kept = left.large("hours", sizes, lambda size: size)
    said = left.head(weeks.every_week()["rich"].head).privacy
    assert said.least_people == 5
    counted = sum(one.count for one in said.withheld)
    assert counted == len(sizes) - len(kept)


def test_groups_all_large_enough_stay_in_order():
    left = aggregate.Left()
    assert left.large("sites", [9, 5, 7], lambda size: size) == [9, 5, 7]
    assert left.large("sites", [9, 4, 7], lambda size: size) == [9]
    assert left.large("sites", [4, 3], lambda size: size) == []


@pytest.fixture(scope="module")
def week():
    return weeks.every_week()["rich"]


def test_a_week_has_no_row_of_anybody(week):
    shown = aggregate.weekly(week)
    assert shown.people == shown.machines == shown.reliability.people == []
    assert shown.followup is None
    assert shown.volume == week.volume
    assert shown.connections_by_band == week.connections_by_band
    assert [one.rate for one in shown.figures] == [one.rate for one in week.figures]
    assert [one.kind for one in shown.changes.segments] == ["organisation"]


def test_everything_in_a_week_is_of_five_people_or_more(week):
    shown = aggregate.weekly(week)
    for segment in shown.segments:
        assert all(row.people >= 5 and row.top_person_pct is None for row in segment.rows)
    assert all(cell.people >= 5 for cell in shown.hours)
    for row in shown.worst_meetings:
        assert max(one.people for one in row.bins) >= 5
        assert all(one.people == 0 or one.people >= 5 for one in row.bins)
        assert row.causes == []
    assert all(one.people >= 5 for one in shown.reliability.meetings)
    assert all(one.people >= 5 for one in shown.findings)
    assert shown.findings
    assert all(one.worst_person_minutes is None for one in shown.findings)


def test_a_sender_is_one_person_however_many_suffer(week):
    assert "remote_sender" in {one.cause for one in week.findings}
    assert "remote_sender" not in {one.cause for one in aggregate.weekly(week).findings}


def test_a_total_of_few_people_takes_all_causes_with_it(week):
    found = [
        finding("site", 100, 110, people=20, subject="Leeds"),
        finding("device", 10, 110, people=2),
    ]
    few = week.model_copy(update={"findings": found, "explained": causes.explained(found)})
    shown = aggregate.weekly(few)
    assert shown.explained is None
    assert shown.findings == []
    assert {one.what: one.count for one in shown.head.privacy.withheld}["causes"] == 2


def test_figures_of_few_people_go_and_so_do_weeks_to_compare_with(week):
    few = [
        one.model_copy(update={"people": 4}) if one.id == "high_cpu" else one
        for one in week.figures
    ]
    past = [one.model_copy(update={"people": 3}) for one in week.figures[0].history]
    few[0] = few[0].model_copy(update={"history": past})
    shown = aggregate.weekly(week.model_copy(update={"figures": few}))
    assert "high_cpu" not in {one.id for one in shown.figures}
    assert shown.figures[0].history == shown.figures[0].compared == []
    assert shown.changes.segments == []


def test_documents_that_do_not_count_people_show_no_group(week):
    rows = [
        one.model_copy(
            update={"rows": [row.model_copy(update={"people": None}) for row in one.rows]}
        )
        for one in week.segments
    ]
    shown = aggregate.weekly(week.model_copy(update={"segments": rows}))
    assert all(one.rows == [] for one in shown.segments)


def test_four_people_are_no_report(week):
    few = week.volume.model_copy(update={"people": 4})
    with pytest.raises(errors.TooFewPeople):
        aggregate.weekly(week.model_copy(update={"volume": few}))
    nobody = week.volume.model_copy(update={"people": 0})
    assert aggregate.weekly(week.model_copy(update={"volume": nobody})).people == []


def test_a_meeting_is_shown_as_a_whole_or_not_at_all():
    meetings = gatherings.every_meeting()
    shown = aggregate.meeting(meetings["leads"])
    assert shown.participants == shown.shares == shown.ratings == []
    assert all(one.people == 0 or one.people >= 5 for one in shown.people_poor)
    assert shown.affected == meetings["leads"].affected
    for name in ("two", "single"):
        with pytest.raises(errors.TooFewPeople):
            aggregate.meeting(meetings[name])


def test_a_place_of_few_people_is_not_shown():
    place = places.every_evidence()["site"]
    assert aggregate.evidence(place).here == place.here
    for few in (
        {"here": place.here.model_copy(update={"people": 4})},
        {"elsewhere": place.elsewhere.model_copy(update={"people": 1})},
        {"people_harmed": 3},
    ):
        with pytest.raises(errors.TooFewPeople):
            aggregate.evidence(place.model_copy(update=few))


@pytest.mark.parametrize(
    ("here", "elsewhere", "stays"), [(5, 0, True), (5, 5, True), (4, 9, False), (9, 4, False)]
)
def test_spells_need_enough_people_on_both_sides(here, elsewhere, stays, week):
    spell = Spell(
        span=span(2, 10, 5), minutes=5, harmed_minutes=9, poor_people=3, people=here,
        poor_people_elsewhere=0, people_elsewhere=elsewhere,
    )  # fmt: skip
    found = [
        finding("site", 100, 100, people=20, subject="Leeds").model_copy(update={"spells": [spell]})
    ]
    few = week.model_copy(update={"findings": found, "explained": causes.explained(found)})
    assert bool(aggregate.weekly(few).findings[0].spells) == stays


def text_of(week):
    return words.plain(verdict(week)), words.plain(
        mail.weekly_mail(week, pdf="attached", link="").no_actions
    )


def test_lists_that_lack_something_claim_nothing_of_it(week):
    """What is not shown must not read as if it were not there."""
    rows = [one.model_copy(update={"bins": []}) for one in week.worst_meetings]
    found = [finding("site", 100, 110, people=3, subject="Leeds")]
    few = week.model_copy(
        update={
            "worst_meetings": rows,
            "findings": found,
            "explained": causes.explained(found),
            "segments": [one.model_copy(update={"rows": one.rows[-1:]}) for one in week.segments],
        }
    )
    shown = aggregate.weekly(few)
    page = html.weekly_page(shown)
    said, why = text_of(shown)
    assert "No single place or person" not in said
    assert why == "Likely causes are left out: too few people were behind some of them."
    assert "No meeting was Poor or Bad" not in page
    assert "he meetings with harmed minutes are too small to be shown" in page
