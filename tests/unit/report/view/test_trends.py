"""What the weekly page says of change, follow-up, drops and agreement."""

import pytest

from qosreport.report.view import change_words
from qosreport.report.view.index import index_view, weekly_entry
from qosreport.report.view.layout import SCREEN_PAGE, WEEK_PRINT
from qosreport.report.view.week.page import weekly_view
from qosreport.report.view.words import plain
from tests.data.results import trends, weeks
from tests.data.results.pieces import rate


def said(sentence) -> str:
    return plain(sentence).replace("\u202f", " ").replace("\u00a0", " ")


def view(result, layout=SCREEN_PAGE):
    return weekly_view(result, layout)


@pytest.fixture(scope="module")
def rich():
    return weeks.weekly()


@pytest.mark.parametrize(
    ("value", "words"), [(2.14, "+2.1 pp"), (-1.36, "−1.4 pp"), (0.02, "0.0 pp"), (-0.02, "0.0 pp")]
)
def test_points_have_a_sign_but_zero(value, words):
    assert change_words.points(value).replace("\u202f", " ") == words


def test_the_word_comes_before_the_number_and_only_real_changes_have_one():
    now = rate(200, 1000, 100)
    real = trends.comparison(now, verdict="worse", change_pp=2.1)
    assert said(change_words.change(real)) == "Worse +2.1 pp"
    same = trends.comparison(
        now, verdict="no_detectable_change", change_pp=0.5, low_pp=-0.4, high_pp=1.4
    )
    assert said(change_words.change(same)) == "No clear change +0.5 pp"
    small = same.model_copy(update={"low_pp": 0.1})
    assert said(change_words.change(small)) == "Small or unsure change +0.5 pp"
    few = trends.nothing_before(now, "previous")
    assert said(change_words.change(few)) == "Too few to say: no earlier week to compare with"


def test_every_reason_check_and_verdict_is_phrased(rich):
    from qosreport.diagnosis import checks, verdicts

    assert set(verdicts.REASONS) == set(change_words.REASONS)
    assert {*checks.OWNERS, checks.SEE_SHARED_CAUSE} == set(change_words.CHECKS)


# --- Key figures -------------------------------------------------------------------------------


def test_six_figures_are_shown_with_change_and_history(rich):
    found = view(rich).figures.figures
    assert [figure.name for figure in found][:3] == [
        "Poor connections", "Meetings rated Poor or Bad", "Drops",
    ]  # fmt: skip
    assert len(found) == 6
    assert [said(line).partition(" on ")[2].partition(" (")[0] for line in found[0].changes] == [
        "last week", "the eight weeks before",
    ]  # fmt: skip
    assert len(found[0].spark.marks) == 9
    assert found[0].spark.field_box is not None


def test_the_first_week_says_that_there_is_nothing_to_compare_with():
    page = view(weeks.small_week())
    assert all(figure.changes == () for figure in page.figures.figures)
    assert all(figure.spark is None for figure in page.figures.figures)
    assert "nothing is compared" in said(page.figures.note)


def test_an_old_document_shows_the_figures_it_has():
    page = view(weeks.old_week())
    assert [figure.name for figure in page.figures.figures][-1] == "Minutes scored"
    assert page.first is None
    assert page.reliability is None
    assert page.agreement is None


def test_a_real_change_leads_the_headline(rich):
    figures = [
        f.model_copy(
            update={
                "compared": [
                    trends.comparison(f.rate, verdict="better", standard_pct=9.5, change_pp=-3.6)
                ]
            }
        )
        if f.id == "poor_connections"
        else f
        for f in rich.figures
    ]
    verdict = said(view(rich.model_copy(update={"figures": figures})).hero.verdict)
    assert verdict.startswith("Better than usual: 5.9 % of connections poor, not 9.5 %.")
    assert not said(view(rich).hero.verdict).startswith("Better")


def changed(result, figure_id, **facts):
    """The week with one figure really changed, and no other."""
    figures = [
        f.model_copy(update={"compared": [trends.comparison(f.rate, **facts)]})
        if f.id == figure_id
        else f.model_copy(update={"compared": []})
        for f in result.figures
    ]
    return result.model_copy(update={"figures": figures})


def test_the_lede_tells_key_figures_that_really_changed(rich):
    lede = said(view(changed(rich, "poor_meetings", verdict="worse", change_pp=12.7)).hero.lede)
    assert "Worse than the eight weeks before: meetings rated Poor or Bad (+12.7 pp)." in lede
    better = changed(rich, "high_cpu", verdict="better", change_pp=-4.8, what="previous")
    assert "Better than last week: high CPU (−4.8 pp)." in said(view(better).hero.lede)


def test_the_lede_tells_nothing_of_changes_that_may_be_chance(rich):
    unsure = changed(rich, "poor_meetings", verdict="no_detectable_change", change_pp=12.7)
    assert "12.7" not in said(view(unsure).hero.lede)
    few = changed(rich, "poor_meetings", verdict="too_few", change_pp=None)
    assert "than" not in said(view(few).hero.lede).replace("More than", "")


def test_one_earlier_week_is_compared_with_once(rich):
    families = [
        f.model_copy(update={"weeks": f.weeks[:1]}) if f.with_what == "trailing" else f
        for f in rich.changes.families
    ]
    result = rich.model_copy(
        update={"changes": rich.changes.model_copy(update={"families": families})}
    )
    for figure in view(result).figures.figures:
        assert [" on last week" in said(line) for line in figure.changes] == [True]


def test_one_meeting_that_holds_most_of_the_harm_is_the_headline(rich):
    worst = rich.worst_meetings[0].model_copy(
        update={"harmed_minutes": rich.volume.harmed_minutes * 2 // 3, "topic": "All hands"}
    )
    result = rich.model_copy(update={"worst_meetings": [worst, *rich.worst_meetings[1:]]})
    assert "All hands alone held 67 % of the harm." in said(view(result).hero.verdict)


# --- What to do first --------------------------------------------------------------------------


def test_what_is_flagged_comes_before_what_is_watched(rich):
    rows = [*view(rich).first.table.rows, *view(rich).first.table.more]
    watched = [said(row.cells[1].main) == "Watch" for row in rows]
    sent_on = [said(row.cells[5].main).startswith("See to ") for row in rows]
    order = list(zip(sent_on, watched, strict=True))
    assert order == sorted(order)
    assert order[-1][0]
    assert "Week 3" in {said(row.cells[1].main) for row in rows}


def test_the_first_finding_names_whom_and_since_when(rich):
    first = next(row for row in rich.followup.rows if row.status not in {"watch", "resolved"})
    finding = said(view(rich).first.heading.finding)
    assert finding.startswith(f"Start with {first.name}: ")
    assert f" Start with {first.name}" in said(view(rich).hero.lede)


def test_paper_shows_five_rows_and_says_where_the_rest_is(rich):
    table = view(rich, WEEK_PRINT).first.table
    assert len(table.rows) == 5
    assert "more in the HTML and the workbook" in said(table.note)


def test_with_nothing_flagged_there_are_things_to_watch():
    found = view(weeks.small_week()).first
    if found is not None:
        assert {said(row.cells[1].main) for row in found.table.rows} <= {"Watch", "New"}


def listed(result, kind, status):
    """The one row of a kind and status, as it reads."""
    table = view(result).first.table
    rows = zip((*table.rows, *table.more), _in_list(result), strict=True)
    found = [row for row, what in rows if (what.kind, what.status) == (kind, status)]
    return [said(cell.main) + " | " + said(cell.second) for cell in found[0].cells if cell.main]


def _in_list(result):
    rows = result.followup.rows
    do = [row for row in rows if row.status in {"this_week", "new", "continuing"}]
    every = [*do, *(row for row in rows if row.status == "watch")]
    return sorted(every, key=lambda row: row.next_check == "see_shared_cause")


def test_a_shared_cause_is_named_with_what_fits_it_and_who_owns_it(rich):
    assert listed(rich, "data_center", "this_week") == [
        "Zoom’s data centre Germany (FRA) | Zoom data centre",
        "This week | ",
        "80 of 400 | ",
        "310 | of 900 harmed there",
        "Compare the times with Zoom’s status page, and send them with a ticket | ",
        "Zoom support | ",
    ]
    provider = listed(rich, "provider", "this_week")
    assert provider[0] == "The provider of network 203.0.0.0/16 | Internet provider"


def test_a_sender_has_others_minutes_and_one_next_step(rich):
    sender = listed(rich, "person", "this_week")
    assert sender[3:5] == [
        "201 | 21 own, 180 of others",
        "Try the same call by cable, and with the camera off | limited by audio jitter, received",
    ]


def test_who_suffered_from_a_sender_is_not_sent_to_test_a_line(rich):
    rows = [*view(rich).first.table.rows, *view(rich).first.table.more]
    victim = next(row for row in rows if "fit a shared cause" in said(row.cells[3].second))
    assert said(victim.cells[3].main) == "3"
    assert said(victim.cells[5].main).startswith("See to the uplink of ")


def test_a_signal_is_named_for_wi_fi_only():
    on_wifi = trends._follow("person", "new", 9, network="Wifi", rssi_dbm=-71.5)
    assert said_of(on_wifi) == "Person, Wi-Fi at −72 dBm"
    on_cable = trends._follow("person", "new", 9, network="Wired", rssi_dbm=-71.5)
    assert said_of(on_cable) == "Person, Cable"


def said_of(row) -> str:
    return change_words.facts(row).replace("\u202f", " ")


# --- What changed ------------------------------------------------------------------------------


def test_only_real_changes_are_listed_worse_first(rich):
    section = next(one for one in view(rich).lists if one.heading.id == "change")
    words = [said(row.cells[4].main) for row in (*section.table.rows, *section.table.more)]
    assert words
    assert all(word.startswith(("Worse", "Better")) for word in words)
    assert "23 groups" in said(section.table.note) or "groups with" in said(section.table.note)


def test_without_a_real_change_that_is_said_in_the_summary():
    assert "beyond what chance explains" in said(view(weeks.calm_week()).clear.finding)


def test_the_first_week_says_so_among_the_sections():
    page = view(weeks.small_week())
    listed = next((one for one in page.lists if one.heading.id == "change"), None)
    said_so = said(listed.heading.finding if listed else page.clear.finding).lower()
    assert "nothing to compare with yet" in said_so or listed is not None


# --- Reliability and agreement -----------------------------------------------------------------


def test_drops_and_returns_are_the_finding(rich):
    finding = said(view(rich).reliability.heading.finding)
    assert finding == "207 connections dropped; 184 came back, half of them within 52 s"


def test_drops_neither_ended_nor_followed_by_a_return_are_named(rich):
    def facts(**counts):
        found = rich.reliability.model_copy(update={"drops": 43, "rejoins": 39, **counts})
        page = view(rich.model_copy(update={"reliability": found})).reliability
        return {said(fact.label): said(fact.value) for fact in page.facts.facts}

    assert facts(gone=2)["Had another connection at the time"] == "2"
    assert "Had another connection at the time" not in facts(gone=4)


def test_drops_of_no_site_are_those_away_or_unknown(rich):
    nowhere = rich.reliability.by_place[0].model_copy(update={"name": None})
    found = rich.reliability.model_copy(update={"by_place": [nowhere]})
    places = view(rich.model_copy(update={"reliability": found})).reliability.places
    assert said(places.rows[0].cells[0].main) == "Away from the sites, or not reported"


def test_the_list_begins_with_how_much_is_to_be_done_now(rich):
    calm = rich.followup.model_copy(
        update={"this_week": 2, "new": 0, "continuing": 0, "watch": 17, "resolved": 0}
    )
    rows = [row for row in calm.rows if row.status == "this_week"]
    calm = calm.model_copy(update={"rows": rows})
    sub = said(view(rich.model_copy(update={"followup": calm})).first.sub)
    assert sub.startswith("Two things to do now and 17 things to watch. ")


def test_meetings_without_reasons_are_named(rich):
    note = said(view(rich).reliability.note)
    assert "6 joins in 5 meetings: " in note
    assert "and 2 more" in note


def test_no_drop_is_said_without_a_section():
    quiet = trends.reliability([], silent=0).model_copy(update={"stays": 10})
    page = view(weeks.calm_week().model_copy(update={"reliability": quiet}))
    assert page.reliability is None
    assert "no connection dropped" in said(page.clear.finding)


def test_agreement_has_a_table_a_medium_with_kappa(rich):
    found = view(rich).agreement
    assert [said(table.caption).partition(",")[0] for table in found.tables] == [
        "Audio", "Video", "Screen share",
    ]  # fmt: skip
    assert "weighted kappa 0.80 (0.71–0.87)" in said(found.readings[0])
    assert "78 % of pairs (60–92 %)" in said(found.ratings)


def test_uncalibrated_is_said_with_the_number_it_takes(rich):
    agreement = rich.agreement.model_copy(update={"calibrated": False})
    page = view(rich.model_copy(update={"agreement": agreement}))
    assert "Uncalibrated: it takes 200 connections" in said(page.agreement.ratings)
    policy = next(p for p in page.method.paragraphs if p.subject == "Policy")
    assert "Uncalibrated" in said(policy.words)
    assert "Uncalibrated" not in said(view(rich).agreement.ratings)


def test_disagreements_are_listed_on_screen_only(rich):
    assert view(rich).agreement.apart is not None
    assert view(rich, WEEK_PRINT).agreement.apart is None


def test_people_have_both_figures(rich):
    section = next(one for one in view(rich).lists if one.heading.id == "people")
    heads = [column.label for column in section.table.columns]
    own, others = heads.index("Own minutes harmed"), heads.index("Others’ that fit their sending")
    for row, person in zip(section.table.rows, rich.people, strict=False):
        assert row.cells[own].sort == str(person.harmed_minutes)
        assert row.cells[others].sort == str(person.caused_minutes)


# --- The front page ----------------------------------------------------------------------------


def test_an_empty_newest_week_does_not_take_the_headline(rich):
    empty = weeks.empty_week()
    later = empty.model_copy(
        update={"head": empty.head.model_copy(update={"start": empty.head.end})}
    )
    page = index_view([weekly_entry(later, {"html": "b.html"}), weekly_entry(rich, {})])
    assert said(page.hero.verdict) == said(view(rich).hero.verdict)
    assert len(page.lists[0].table.rows) == 2
