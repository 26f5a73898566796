"""What a person's page says: how often, since when, consistent with what, and what to do next."""

import pytest

from qosreport.report.result import PersonResult
from qosreport.report.view.layout import PRINT_PAGE, SCREEN_PAGE
from qosreport.report.view.person.days import Days
from qosreport.report.view.person.page import PersonView, person_view
from qosreport.report.view.words import plain
from tests.data.results import places
from tests.data.results.places import cause, person, visit


def said(sentence) -> str:
    return plain(sentence).replace("\u202f", " ")


def view(result: PersonResult, layout=SCREEN_PAGE) -> PersonView:
    return person_view(Days(result, layout), forms=("json",), front_page="../index.html")


def section(page, ident):
    return next(one for one in page.lists if one.heading.id == ident)


def cells(row):
    return [said(cell.main) for cell in row.cells]


@pytest.mark.parametrize(
    ("document", "verdict", "lede"),
    [
        (
            places.moved_home(),
            "7 of 18 scored meetings of Tomos Halewood were poor.",
            "84 of 600 scored minutes were poor by the network. 100 % are consistent with a weak "
            "Wi-Fi signal.",
        ),
        (
            places.quiet_person(),
            "Tomos Halewood had no poor meeting in 8 weeks.",
            "0 of 300 scored minutes were poor by the network.",
        ),
        (
            places.unscored_person(),
            "Tomos Halewood was in 1 meeting in 8 weeks, none of which could be scored.",
            "Unscored is not good: nothing is known about how these meetings were.",
        ),
        (
            places.every_person()["nameless"],
            "1 of 1 scored meeting of this person was poor.",
            "3 of 30 scored minutes were poor by the network. 100 % are consistent with a weak "
            "Wi-Fi signal.",
        ),
    ],
    ids=["moved", "quiet", "unscored", "nameless"],
)
def test_the_answer_comes_first(document, verdict, lede):
    hero = view(document).hero
    assert (said(hero.verdict), said(hero.lede)) == (verdict, lede)


@pytest.mark.parametrize(
    ("causes", "check"),
    [
        ([cause("device", 9)], "See what else runs on the machine during meetings."),
        ([cause("site", 9, "Leeds")], "Not the person’s to mend. Look at the load"),
        ([cause("remote_sender", 9)], "Not the person’s to mend: look at the line"),
        ([cause("undetermined", 9)], "Ask the person what they noticed"),
        ([cause("device", 4), cause("site", 4), cause("isp", 4)], "Ask the person"),
        ([cause("isp", 9, "Maple Loop")], "Ask for a speed test by cable"),
    ],
)
def test_the_next_check_follows_what_most_poor_minutes_fit(causes, check):
    page = view(person([visit(1, poor=9, causes=causes)], causes=causes))
    (notice,) = page.hero.notices
    assert (notice.head, said(notice.words).startswith(check)) == ("Next", True)


def test_without_a_poor_minute_there_is_nothing_to_check():
    assert view(places.quiet_person()).hero.notices == ()


def test_a_guest_known_by_name_alone_is_said_to_be_one():
    hero = view(places.unscored_person()).hero
    assert said(hero.eyebrow) == "No address known · never signed in to the account"
    assert [notice.head for notice in hero.notices] == ["By name alone"]


def test_each_day_is_a_lane_and_hours_are_those_of_the_meetings():
    page = view(person([visit(0, 9), visit(0, 14, poor=12), visit(2, 10)]))
    assert [said(row.label) for row in page.strip.rows] == ["Wed 23 Sep", "Mon 21 Sep"]
    assert [row.band.word for row in page.strip.rows] == ["Good", "Bad"]
    assert said(page.strip.rows[1].second) == "2 meetings, 12 of 60 min poor"
    assert page.strip.ticks[0] == "10:00"  # Lisbon is at UTC+1 in September
    assert page.strip.ticks[-1] == "16:00"


def test_a_meeting_over_midnight_is_cut_at_the_end_of_its_day():
    late = visit(1, 22, minutes=90)  # 23:00 to 00:30 in Lisbon
    days = Days(person([late]), SCREEN_PAGE)
    assert days.span(late) == (23 * 60, 24 * 60)
    assert days.hours == (23, 24)
    assert said(view(person([late])).strip.rows[0].second) == "1 meeting, 0 of 90 min poor"


def test_what_changed_stands_with_both_rates_and_a_word():
    changed = section(view(places.moved_home()), "changes")
    assert said(changed.heading.finding) == "Worse since a new network: Wi-Fi"
    rows = [cells(row) for row in changed.table.rows]
    assert rows[0][:4] == ["Wi-Fi", "Mon 19 Oct", "0 of 300", "84 of 210"]
    assert [row[-1].split(" ")[0] for row in rows] == ["Worse", "Better", "No", "too"]
    assert rows[3][-1] == "too few to say"
    assert changed.table.rows[0].cells[4].chart.css == "poor"


def test_nothing_new_is_said_and_not_shown():
    changed = section(view(places.quiet_person()), "changes")
    assert said(changed.heading.finding).startswith("Nothing was new")
    assert changed.table is None


def test_every_meeting_says_where_on_what_and_what_it_fits():
    page = view(places.moved_home())
    rows = section(page, "meetings").table.rows
    bad = next(row for row in rows if said(row.cells[0].main) == "Planning 28")
    assert cells(bad)[2:] == [
        "12 of 30", "York (GB), Wi-Fi", "Windows 11", "audio loss or delay", "a weak Wi-Fi signal",
    ]  # fmt: skip
    assert said(bad.cells[3].second) == "Northbeck, United Kingdom (LHR Top)"
    assert said(bad.cells[2].second) == "1 drop"
    assert bad.cells[0].href.startswith("../meetings/2026-10-19-")


def test_meetings_that_could_not_be_scored_are_counted_apart():
    result = places.moved_home()
    visits = [v.model_copy(update={"net_band": "Unscored"}) for v in result.visits[:1]]
    shown = result.model_copy(update={
        "visits": [*visits, *result.visits[1:]], "meetings": 23, "meetings_scored": 22,
        "meetings_poor": 8,
    })  # fmt: skip
    assert said(section(view(shown), "meetings").heading.finding) == (
        "8 of 22 scored meetings poor by the network; one more could not be scored"
    )


def test_it_is_said_for_how_many_new_things_a_change_could_be_worked_out():
    result = places.moved_home()
    one = result.model_copy(update={"changes": result.changes[:1], "tested": 1})
    assert "or more lie before it and five since: so it is here." in _note(one)
    none = one.model_copy(update={"tested": 0})
    assert "five since: not so here." in _note(none)


def _note(result) -> str:
    return said(section(view(result), "changes").table.note)


def test_on_paper_nothing_is_linked_and_what_is_left_out_is_counted():
    page = view(places.every_person()["crowded"], PRINT_PAGE)
    table = section(page, "meetings").table
    assert len(table.rows) == PRINT_PAGE.others
    assert said(table.note) == "220 earlier ones in the JSON."
    assert not any(row.cells[0].href for row in table.rows)
    assert said(page.strip.note) == "20 earlier days not drawn."


def test_drops_and_busy_processors_are_listed():
    events = view(places.moved_home()).events
    assert said(events.heading.finding) == "One drop, 4 min away in all"
    assert [part.title for part in events.lists] == ["Dropped and came back", "Processor"]
    labels = [said(fact.label) for fact in events.lists[1].facts]
    assert labels == ["cpu new", "CPU, whole machine"]
    assert view(places.quiet_person()).events is None
