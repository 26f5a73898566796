import datetime as dt

import pytest

from qosreport.report.refs import meeting_ref
from qosreport.report.view.whatif import tally, told, whatif_view
from qosreport.report.view.words import plain
from tests.data.results.whatif import AFTER, BEFORE, USUAL, document


def test_every_meeting_that_changes_is_named_and_no_other():
    changed = {row.ref: (row.before, row.after) for row in document().changed}
    assert changed == {
        meeting_ref(uuid): (BEFORE[uuid], AFTER[uuid]) for uuid in BEFORE if uuid != "e"
    }


def test_the_largest_fall_comes_first():
    assert [row.topic for row in document().changed[:2]] == ["Topic a", "Topic b"]


def test_all_meetings_and_connections_are_counted_both_ways():
    result = document()
    assert sum(move.count for move in result.meetings) == len(BEFORE)
    assert sum(move.count for move in result.connections) == len(BEFORE)
    assert tally(result.meetings) == (2, 1, 1)


def test_the_numbers_that_differ_are_listed_and_the_name_is_none():
    keys = [difference.key for difference in document().differences]
    assert "emodel.Bpl" in keys
    assert "name" not in keys
    (points,) = (d for d in document().differences if d.key == "components.audio.jitter_ms")
    assert points.before.startswith("0 → 4.5, ")


def test_a_page_is_looked_for_under_the_local_day():
    asked = []
    document(page_of=lambda ref, day: asked.append((ref, day)))
    assert (meeting_ref("a"), dt.date(2026, 11, 10)) in asked


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (BEFORE, "no meeting changes band"),
        (AFTER, "2 meetings worse, 1 better, 1 scored by only one of them"),
        (BEFORE | {"a": "Bad"}, "1 meeting worse, none better"),
        (BEFORE | {"c": "Good"}, "none worse, 1 better"),
    ],
)
def test_what_would_change_is_told_both_ways(after, sentence):
    assert told(document(after=after).meetings, "meetings") == sentence


def test_the_page_shows_each_band_pair_and_links_back_only_to_a_page_there_is():
    result = document()
    view = whatif_view(result)
    assert view.head.back is None
    assert whatif_view(result, index=True).head.back.href == "index.html"
    matrix = view.lists[0].table
    good = [plain(cell.main) for cell in matrix.rows[0].cells[1:]]
    assert good == ["–", "–", "1", "–", "–"]


def test_the_same_rules_are_said_to_be_the_same():
    view = whatif_view(document(after=BEFORE, policies=(USUAL, USUAL)))
    (notice,) = view.hero.notices
    assert "same" in plain(notice.words)
    assert view.lists[-1].table is None
