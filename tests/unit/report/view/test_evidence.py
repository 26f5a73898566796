"""What the page for a provider says: when, how bad, compared with whom."""

import pytest

from qosreport.report.view.evidence.page import SPELLS_ON_PAPER, evidence_view
from qosreport.report.view.layout import PRINT_PAGE, SCREEN_PAGE
from qosreport.report.view.words import plain
from tests.data.results import places

EVERY = places.every_evidence()


def said(sentence) -> str:
    return plain(sentence).replace("\u202f", " ")


def view(name, layout=SCREEN_PAGE):
    return evidence_view(EVERY[name], layout, stem="s", forms=("pdf", "json"))


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("evening", "Two spells of poor calls in week 46 of 2026 fit Maple Loop."),
        ("site", "One spell of poor calls in week 46 of 2026 fits the network of Leeds."),
        (
            "centre",
            "One spell of poor calls in week 46 of 2026 fits Zoom’s data centre Canada (YYZ).",
        ),
        ("quiet", "No spell of trouble fits Maple Loop in week 46 of 2026."),
        ("unscored", "No call over Maple Loop could be scored in week 46 of 2026."),
    ],
)
def test_the_verdict_names_the_place_and_how_often(name, verdict):
    assert said(view(name).hero.verdict) == verdict


def test_a_provider_without_a_name_is_a_home_network():
    result = places.every_evidence()["evening"].model_copy(
        update={"place_kind": "isp", "name": "203.0.0.0/16"}
    )
    page = evidence_view(result, SCREEN_PAGE)
    assert said(page.hero.verdict).endswith(" provider network 203.0.0.0/16.")


def test_both_sides_are_counted_with_their_intervals():
    text = said(view("evening").hero.lede)
    assert text.startswith(
        "In the minutes with anybody harmed, 88 of 120 participant-minutes there were poor, "
        "and 4 of 900 elsewhere."
    )
    assert "12 of 67 scored connections (17.9 %, 95 % interval" in text
    assert "elsewhere 60 of 900 scored connections" in text
    assert "elsewhere" not in said(view("quiet").hero.lede)


def test_times_are_in_utc_and_local_and_the_last_minute_is_whole():
    first = view("evening").lists[0].table.rows[0]
    assert [said(cell.main) for cell in first.cells[:5]] == [
        "2026-11-10", "2026-11-10", "14", "9 of 11", "2 of 63",
    ]  # fmt: skip
    assert said(first.cells[0].second) == "23:50–00:04"
    assert said(first.cells[5].main) == "8.5 %"
    assert said(first.cells[5].second) == "worst 25.5 %"


def test_one_column_of_times_is_enough_where_both_are_the_same():
    document = EVERY["evening"]
    head = document.head.model_copy(update={"zone": "UTC"})
    in_utc = document.model_copy(update={"head": head})
    table = evidence_view(in_utc, SCREEN_PAGE, stem="s", forms=()).lists[0].table
    assert [column.label for column in table.columns][:2] == ["UTC", "Minutes"]
    assert len(table.rows[0].cells) == len(table.columns)


def test_values_stand_beside_other_times_and_other_people():
    values = view("evening").lists[1]
    assert said(values.heading.finding) == (
        "Loss, mean: median 8.5 % in the spells, 0.1 % at other times"
    )
    latency = values.table.rows[-1]
    assert [said(cell.main) for cell in latency.cells] == ["Latency", "180 ms", "40 ms", "30 ms"]
    assert said(latency.cells[2].second) == "worst 120 ms, 1 900 min"


def test_nobody_to_compare_with_and_nothing_measured_are_said():
    row = view("site").lists[0].table.rows[0]
    assert [said(row.cells[n].main) for n in (4, 5)] == ["nobody", "not measured"]
    assert [notice.head for notice in view("site").hero.notices] == ["Weak"]
    assert [notice.head for notice in view("unscored").hero.notices] == ["Few people"]


def test_on_paper_the_worst_spells_stand_and_the_rest_is_counted():
    table = view("many", PRINT_PAGE).lists[0].table
    assert len(table.rows) == SPELLS_ON_PAPER
    left = 61 - SPELLS_ON_PAPER
    assert said(table.note) == f"{left} spells with fewer minutes harmed in the JSON."
    dates = [said(row.cells[0].main) for row in table.rows]
    assert dates == sorted(dates)
    assert len(view("many").lists[0].table.rows) == 50


def test_the_method_says_what_it_is_and_what_it_is_not():
    text = " ".join(p.subject + said(p.words) for p in view("evening").method.paragraphs)
    for part in ("Consistent with, not proven", "Elsewhere is everybody else", "192.0.2.0/24"):
        assert part in text
    assert "caused by" not in text
