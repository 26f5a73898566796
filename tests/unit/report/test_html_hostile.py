"""Whatever Zoom's people call themselves, the page keeps its shape."""

from html.parser import HTMLParser

import pytest
from pydantic import BaseModel

from qosreport.report.html import (
    evidence_page,
    index_page,
    meeting_entry,
    meeting_page,
    person_page,
    weekly_entry,
    weekly_page,
)
from tests.data.results import gatherings, places, weeks

HOSTILE = {
    "html": "</style></title></script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "css": "}body{display:none}/*",
    "jinja": "{{ 7*7 }}{% raw %}{# x #}",
    "comment": "--><!-- <![CDATA[",
    "bidi": "\u202e\u2066gnp.exe\u2069",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "cjk": "李雪芹と山田太郎",
    "long": "W" * 10_000,
    "controls": "a\x00b\x0bc\ue000d",
    "entity": "&lt;b&gt; &amp;nbsp; &#0;",
}
HARMLESS = "Plain"
OUTSIDE = {
    "name", "topic", "host", "department", "place", "device", "os", "client_version",
    "data_center", "connection_type", "microphone", "camera", "leave_reason", "content", "comment",
    "organisation", "meeting_id", "shape", "field", "zoom_audio", "zoom_video", "zoom_share",
    "role", "email", "provider", "value", "subject",
}  # fmt: skip
"""Fields whose text comes from outside."""


class Shape(HTMLParser):
    """The elements and attribute names of a page, and the values that are ours to choose."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        kept = {"id", "class", "role", "scope", "colspan"}
        self.found.append((tag, tuple(f"{k}={v if k in kept else ''}" for k, v in attrs)))

    def handle_endtag(self, tag):
        self.found.append(("/" + tag, ()))

    def handle_comment(self, data):
        self.found.append(("comment", ()))

    def handle_decl(self, decl):
        self.found.append(("declaration", (decl,)))

    def unknown_decl(self, data):
        self.found.append(("unknown", ()))


def filled(thing, text: str):
    """The document with `text` in every field from outside that has any."""
    if isinstance(thing, BaseModel):
        update = {
            key: text if key in OUTSIDE and isinstance(value, str) else filled(value, text)
            for key, value in thing
        }
        return thing.model_copy(update=update)
    if isinstance(thing, list):
        return [filled(item, text) for item in thing]
    return thing


def pages_with(text: str) -> dict[str, str]:
    week = filled(weeks.weekly(3, meetings=30, crowd=25, trouble=3.0), text)
    meeting = filled(gatherings.regional_leads(), text)
    forms = {"html": "a.html"}
    return {
        "weekly": weekly_page(week),
        "meeting": meeting_page(meeting),
        "person": person_page(filled(places.moved_home(), text)),
        "evidence": evidence_page(filled(places.every_evidence()["evening"], text), stem="s"),
        "index": index_page([weekly_entry(week, forms), meeting_entry(meeting, forms)]),
    }


@pytest.fixture(scope="module")
def harmless() -> dict[str, list]:
    return {name: Shape(text).found for name, text in pages_with(HARMLESS).items()}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_changes_nothing_but_text(kind, harmless):
    for name, text in pages_with(HOSTILE[kind]).items():
        assert Shape(text).found == harmless[name], name
        text.encode("utf-8")


def test_the_comparison_notices_an_element_too_many(harmless):
    broken = pages_with(HARMLESS)["weekly"].replace("<main", "<i></i><main")
    assert Shape(broken).found != harmless["weekly"]


def test_expressions_are_shown_not_evaluated():
    text = pages_with(HOSTILE["jinja"])["meeting"]
    assert "{{ 7*7 }}" in text
    assert ">49<" not in text


def test_long_names_are_cut_and_controls_gone():
    text = pages_with(HOSTILE["long"])["meeting"]
    assert "W" * 300 not in text
    controls = pages_with(HOSTILE["controls"])["weekly"]
    assert not set("\x00\x0b\ue000") & set(controls)


def test_lone_surrogates_do_not_stop_the_page():
    week = filled(weeks.weekly(3, meetings=6, crowd=8, trouble=3.0), "a\udc80b")
    weekly_page(week).encode("utf-8")
