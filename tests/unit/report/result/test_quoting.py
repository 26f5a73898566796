"""Every figure that a page names is found in the document under that name."""

import json
import re
from html.parser import HTMLParser

import pytest

from qosreport.report import html, pdf
from qosreport.report.result.quoting import KEYS, look_up, quote
from qosreport.report.view.layout import SCREEN_PAGE
from tests.data.results import gatherings, places, weeks, whatif

MOST_ROWS = SCREEN_PAGE.rows + SCREEN_PAGE.more_rows


class Named(HTMLParser):
    """Elements with a name, and the text in each."""

    def __init__(self, text):
        super().__init__()
        self.texts: dict[str, list[str]] = {}
        self.open: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag in {"br", "img", "meta"}:
            return
        name = dict(attrs).get("data-id")
        assert name != ""
        self.open.append((tag, name or (self.open[-1][1] if self.open else "")))
        if name:
            self.texts.setdefault(name, [])

    def handle_data(self, data):
        if self.open and self.open[-1][1]:
            self.texts[self.open[-1][1]].append(data)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag


def documents():
    for key, week in weeks.every_week().items():
        yield f"week {key}", week, (html.weekly_page(week), pdf.weekly_job(week).html)
    for key, meeting in gatherings.every_meeting().items():
        pages = (html.meeting_page(meeting), pdf.meeting_job(meeting).html)
        yield f"meeting {key}", meeting, pages
    for key, person in places.every_person().items():
        yield f"person {key}", person, (html.person_page(person), pdf.person_job(person).html)
    for key, place in places.every_evidence().items():
        pages = (html.evidence_page(place, stem="s"), pdf.evidence_job(place, "s").html)
        yield f"evidence {key}", place, pages
    yield "what-if", whatif.document(), (html.whatif_page(whatif.document()),)


@pytest.fixture(scope="module")
def found():
    """For each document: itself as read from JSON, and the names on its pages with their texts."""
    return {
        key: (json.loads(result.model_dump_json()), [Named(page).texts for page in pages])
        for key, result, pages in documents()
    }


def test_every_name_on_a_page_is_found_in_its_document(found):
    names = 0
    for key, (document, pages) in found.items():
        for page in pages:
            assert page, key
            for name in page:
                look_up(document, name)
                names += 1
    assert names > 500


def test_different_names_mean_different_things(found):
    for key, (document, pages) in found.items():
        meant = [
            id(value) for name in pages[0] if isinstance(value := look_up(document, name), dict)
        ]
        assert len(meant) == len(set(meant)), key


def test_a_count_says_what_the_document_says(found):
    compared = 0
    for key, (document, pages) in found.items():
        for name, texts in ((n, t) for page in pages for n, t in page.items()):
            value = look_up(document, name)
            if type(value) is int and not name.endswith("_seconds"):
                digits = re.findall(r"\d+", re.sub(r"(?<=\d)[\u202f,](?=\d)", "", " ".join(texts)))
                assert str(value) in digits, f"{key}: {name}"
                compared += 1
    assert compared > 100


def test_every_kind_of_list_is_named_by_some_page(found):
    names = {name for _, pages in found.values() for page in pages for name in page}
    for path in KEYS.keys() - {"segments", "segments.rows"}:
        assert any(name.startswith(f"{path}.") for name in names), path
    assert any(name.startswith("segments.site.") for name in names)


@pytest.mark.parametrize("path", ["people", "machines", "worst_meetings"])
def test_every_row_of_the_lists_that_readers_quote_has_a_name(found, path):
    week = weeks.every_week()["rich"]
    listed = {quote(path, row) for row in getattr(week, path)[:MOST_ROWS]}
    _, (screen, _) = found["week rich"]
    assert len(listed) > 3
    assert {name for name in screen if name.startswith(f"{path}.")} == listed


def test_a_name_with_dots_is_found_and_the_longest_wins():
    rows = [{"name": "6.2"}, {"name": "6.2.11"}, {"name": None}]
    document = {"segments": [{"id": "client_version", "rows": rows}], "volume": {"meetings": 0}}
    assert look_up(document, "segments.client_version.6.2.11") is rows[1]
    assert look_up(document, "segments.client_version.6.2") is rows[0]
    assert look_up(document, "segments.client_version.") is rows[2]
    assert look_up(document, "segments.client_version.6.2.11.name") == "6.2.11"
    assert look_up(document, "volume.meetings") == 0


@pytest.mark.parametrize("name", ["segments.site.Leeds", "volume.nonsense", "nonsense", ""])
def test_a_name_that_means_nothing_is_an_error(name):
    document = {"segments": [{"id": "site", "rows": []}], "volume": {"meetings": 0}}
    with pytest.raises(KeyError):
        look_up(document, name)


def test_a_name_of_what_cannot_be_printed_is_found_all_the_same():
    row = (
        weeks.every_week()["rich"].people[0].model_copy(update={"ref": "a\udc80\x00b" + "W" * 300})
    )
    name = quote("people", row)
    assert name == "people.ab" + "W" * 98
    document = {"people": [row.model_dump()]}
    assert look_up(document, name) is document["people"][0]
