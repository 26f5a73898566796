"""Pages as HTML: self-contained, under a strict policy, whole without JavaScript."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from qosreport.report import environment, html, render
from qosreport.report.html import (
    index_page,
    meeting_entry,
    meeting_page,
    weekly_entry,
    weekly_page,
)
from qosreport.report.refs import evidence_ref
from qosreport.report.view.shapes import Frame
from qosreport.report.view.words import name, prose, strong
from tests.data.results import gatherings, places, weeks, whatif

VOID = {"meta", "link", "br", "hr", "img", "input", "col"}


class Page(HTMLParser):
    """What a page is made of: elements, attributes, and text by element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def text(self, tag: str) -> str:
        return "".join(self.texts.get(tag, []))


def entries() -> list[html.IndexEntry]:
    forms = {"html": "a.html", "pdf": "a.pdf", "json": "a.json"}
    found = [weekly_entry(week, forms) for week in weeks.every_week().values()]
    return [*found, *(meeting_entry(m, forms) for m in gatherings.every_meeting().values())]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    made = {key: weekly_page(week) for key, week in weeks.every_week().items()}
    for key, meeting in gatherings.every_meeting().items():
        made[key] = meeting_page(meeting, week_page="../weekly-2026-W46.html")
    made["webinar"] = meeting_page(gatherings.webinar(80))
    made["index"] = index_page(entries())
    made["empty index"] = index_page([])
    return made


NAMES = [*weeks.every_week(), *gatherings.every_meeting(), "webinar", "index", "empty index"]


@pytest.fixture(scope="module")
def parsed(pages) -> dict[str, Page]:
    return {key: Page(text) for key, text in pages.items()}


@pytest.fixture(params=NAMES)
def page(parsed, request) -> Page:
    return parsed[request.param]


def test_every_element_is_closed_in_order(page):
    assert page.open == []
    assert page.elements[0] == ("html", {"lang": "en-GB"})


def test_the_policy_allows_exactly_the_styles_and_scripts_of_the_page(pages):
    for text in pages.values():
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
        policy = policy.replace("&#39;", "'")
        for element, directive in (("style", "style-src"), ("script", "script-src")):
            bodies = re.findall(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
            hashes = [
                base64.b64encode(hashlib.sha256(b.encode()).digest()).decode() for b in bodies
            ]
            allowed = re.search(rf"{directive} ([^;]*)", policy)[1]
            assert allowed == " ".join(f"'sha256-{value}'" for value in hashes)
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert text.index("Content-Security-Policy") < text.index("<style>")


def test_nothing_is_styled_or_scripted_inline(page):
    for _, attrs in page.elements:
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]


def test_nothing_is_fetched_from_elsewhere(page):
    for tag, attrs in page.elements:
        assert tag not in {"img", "iframe", "object", "embed", "base", "form", "link"}
        assert "src" not in attrs
        if tag != "a":
            assert "href" not in attrs
    style = page.text("style")
    assert set(re.findall(r"url\((\w+):", style)) == {"data"}
    assert "@import" not in style


def test_ids_are_unique_and_every_link_inside_leads_somewhere(page):
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    known = set(ids)
    for attrs in page.all("a"):
        if attrs["href"].startswith("#"):
            assert attrs["href"][1:] in known
    for _, attrs in page.elements:
        for kind in ("aria-labelledby", "aria-describedby"):
            assert set((attrs.get(kind) or "").split()) <= known


def test_links_are_fragments_or_relative_paths(page):
    for attrs in page.all("a"):
        assert re.fullmatch(r"#[\w-]+|[\w./-]+\.(html|pdf|xlsx|json)", attrs["href"]), attrs["href"]


def test_every_picture_has_a_title_and_a_role(page):
    pictures = page.all("svg")
    assert len(pictures) == len(page.all("title")) - 1
    assert all(picture["role"] == "img" for picture in pictures)
    assert all(title.strip() for title in page.texts.get("title", []))


def test_tables_have_captions_and_scoped_heads(page):
    assert len(page.all("table")) == len(page.all("caption"))
    for attrs in page.all("th"):
        assert attrs["scope"] in {"col", "row"}


def test_there_is_one_title_one_main_head_and_a_way_past_the_head(page):
    assert page.all("h1") != []
    assert len(page.all("h1")) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert len(page.all("main")) == 1


def test_heads_of_sections_stand_in_order_without_a_jump(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    for one, other in pairwise(levels):
        assert other <= one + 1


def test_without_javascript_all_rows_are_there_and_no_control_is_dead(page):
    assert page.all("button") == []
    assert page.all("input") == []
    assert not [attrs for _, attrs in page.elements if "hidden" in attrs]


@pytest.mark.parametrize("name", ["rich", "leads", "index"])
def test_the_same_document_gives_the_same_bytes(pages, name):
    again = {
        "rich": lambda: weekly_page(weeks.weekly()),
        "leads": lambda: meeting_page(
            gatherings.regional_leads(), week_page="../weekly-2026-W46.html"
        ),
        "index": lambda: index_page(list(reversed(entries()))),
    }[name]()
    assert again == pages[name]


def test_a_document_read_back_from_json_gives_the_same_page(pages):
    week = weeks.small_week()
    assert weekly_page(type(week).model_validate_json(week.model_dump_json())) == pages["small"]


def test_a_week_of_five_hundred_meetings_stays_small(pages):
    assert len(pages["rich"]) < 800_000
    assert len(pages["leads"]) < 250_000


def test_only_the_forms_given_are_linked():
    text = weekly_page(weeks.calm_week(), forms=("json",))
    assert "weekly-2026-W46.json" in text
    assert ".pdf" not in text
    assert ".xlsx" not in text


def test_a_meeting_page_links_back_to_its_week_only_if_there_is_one(pages):
    assert 'href="../weekly-2026-W46.html"' in pages["leads"]
    assert "weekly-" not in Page(meeting_page(gatherings.calm_meeting())).text("a")


def test_the_index_lists_newest_first_with_the_forms_that_exist():
    page = Page(index_page(entries()[:3]))
    hrefs = [attrs["href"] for attrs in page.all("a")][1:]
    assert hrefs == ["a.html", "a.pdf", "a.json"] * 3


def test_the_newest_week_is_the_answer_of_the_index():
    old, new = weeks.calm_week(), weeks.small_week()
    head = old.head.model_copy(update={"start": old.head.start.replace(day=2), "label": "2026-W45"})
    older = weekly_entry(old.model_copy(update={"head": head}), {"html": "w45.html"})
    newer = weekly_entry(new, {"html": "w46.html"})
    for order in ([older, newer], [newer, older]):
        text = index_page(order)
        assert text.index("w46.html") < text.index("w45.html")
        assert "Newest: Week 46 of 2026" in text


@pytest.mark.parametrize(
    ("target", "placed"),
    [
        ("#p0", "#p0"),
        ("meetings/a.html", "meetings/a.html"),
        ("https://zoom.example/", "https://zoom.example/"),
        ("mailto:it@tamarack.example", "mailto:it@tamarack.example"),
        ("javascript:alert(1)", "#"),
        ("JaVaScRiPt:alert(1)", "#"),
        ("java\nscript:alert(1)", "#"),
        ("file:///etc/passwd", "#"),
        ("data:text/html,x", "#"),
        ("//elsewhere.example/x", "#"),
    ],
)
def test_a_link_to_anything_but_the_web_or_this_directory_is_refused(target, placed):
    assert environment.safe_href(target) == placed


def test_lines_that_look_alike_are_one_path():
    assert environment.uprights((10, 22.5), 0, 44) == "M10 0V44M22.5 0V44"
    assert environment.levels((3, 7.125), 0, 248) == "M0 3H248M0 7.12H248"
    assert environment.spans([(1, 4.5), (6, 9)], 33.6) == "M1 33.6H4.5M6 33.6H9"
    assert environment.uprights((), 0, 44) == environment.spans([], 1) == ""


def test_a_picture_says_its_size_and_whether_it_stretches():
    still, stretched = (Frame("f", "T", 248, 72.5, stretch) for stretch in (False, True))
    size = 'viewBox="0 0 248 72.5" width="248" height="72.5"'
    assert environment.extent(still) == size
    assert environment.extent(stretched) == f'{size} preserveAspectRatio="none"'


def test_wifi_never_breaks_and_names_are_isolated():
    made = environment.prose_markup(prose("On Wi-Fi: ", name("<Ada>"), strong(" & co")))
    assert made == ('On <span class="nb">Wi-Fi</span>: <bdi>&lt;Ada&gt;</bdi><b> &amp; co</b>')


def test_the_script_keeps_explanations_with_their_rows():
    script = str(render.screen_page().scripts[0])
    assert 'classList.contains("x")' in script
    assert "innerHTML" not in script
    assert "eval" not in script


def test_what_was_asked_for_besides_is_listed_on_the_front_page():
    others = [
        html.other_entry(places.moved_home(), {"html": "people/a.html", "pdf": "people/a.pdf"}),
        html.other_entry(places.every_evidence()["evening"], {"html": "evidence/b.html"}),
        html.other_entry(whatif.document(), {"html": "whatif.html", "json": "whatif.json"}),
    ]
    text = index_page([*entries()[:1], *others])
    for href in ("people/a.html", "people/a.pdf", "evidence/b.html", "whatif.html", "whatif.json"):
        assert f'href="{href}"' in text
    assert "People, places, what-ifs" in text


def test_people_and_places_are_linked_where_their_pages_lie_beside():
    result = weeks.weekly()
    person, site = result.people[0].ref, result.segments[0]
    assert site.id == "site"
    subject = next(row.name for row in site.rows if row.name)
    beside = {
        f"people/{person}.html",
        f"evidence/{result.head.label}-site-{evidence_ref('site', subject)}.html",
    }
    linked = weekly_page(result, beside=frozenset(beside))
    alone = weekly_page(result)
    for path in beside:
        assert f'href="{path}"' in linked
        assert f'href="{path}"' not in alone


def test_a_meeting_links_a_person_who_has_a_page():
    result = gatherings.regional_leads()
    affected = next(p for p in result.participants if p.band in {"Poor", "Bad"})
    path = f"../people/{affected.person}.html"
    assert f'href="{path}"' in meeting_page(result, beside=frozenset({path}))
    assert path not in meeting_page(result)
