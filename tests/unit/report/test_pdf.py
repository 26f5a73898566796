"""The files on paper: archive-grade, accessible, whole in themselves, always the same bytes."""

import datetime as dt
import io
import json
import re
import struct

import pikepdf
import pytest

from qosreport.report import pdf
from qosreport.report.pdf_worker import start_worker
from qosreport.report.result import EvidenceResult, MeetingResult, WeeklyResult
from tests.data.results import gatherings, places, weeks

DENIED_ACTIONS = {"/Launch", "/JavaScript", "/SubmitForm", "/ImportData", "/GoToR"}


@pytest.fixture(scope="module")
def worker():
    with start_worker() as one:
        yield one


@pytest.fixture(scope="module")
def week_bytes(worker) -> bytes:
    return worker.render(pdf.weekly_job(weeks.weekly(3, meetings=60, crowd=70, trouble=2.0)))


@pytest.fixture(scope="module")
def meeting_bytes(worker) -> bytes:
    return worker.render(pdf.meeting_job(gatherings.regional_leads()))


@pytest.fixture(scope="module")
def person_bytes(worker) -> bytes:
    return worker.render(pdf.person_job(places.moved_home()))


@pytest.fixture(scope="module", params=["week", "meeting", "person"])
def file(request) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(request.getfixturevalue(f"{request.param}_bytes")))


@pytest.mark.parametrize("name", places.every_evidence())
def test_evidence_is_one_tagged_page_with_its_document(worker, name):
    result = places.every_evidence()[name]
    made = pikepdf.open(io.BytesIO(worker.render(pdf.evidence_job(result, "s"))))
    assert len(made.pages) == 1
    assert bool(made.Root.MarkInfo.Marked) is True
    (attached,) = made.attachments.values()
    assert EvidenceResult.model_validate_json(attached.get_file().read_bytes()) == result


def structure(node) -> list[pikepdf.Dictionary]:
    """All elements of the structure tree."""
    found = []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += [kid, *structure(kid)]
    return found


def test_the_file_is_tagged_and_names_language_and_title(file):
    root = file.Root
    assert bool(root.MarkInfo.Marked) is True
    assert str(root.Lang) == "en-GB"
    assert bool(root.ViewerPreferences.DisplayDocTitle) is True
    assert str(file.docinfo["/Title"]).startswith("Zoom meeting quality, Tamarack Institute")


def test_the_metadata_claims_pdf_a_3a_and_pdf_ua_1(file):
    xmp = file.Root.Metadata.read_bytes().decode()
    assert re.search(r'pdfaid:part="3"', xmp)
    assert re.search(r'pdfaid:conformance="A"', xmp)
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert xmp.count("pdfaExtension:schemas>") == 2
    assert xmp.count("</rdf:RDF>") == 1


def test_every_picture_has_an_alternative_text(file):
    figures = [one for one in structure(file.Root.StructTreeRoot) if str(one.S) == "/Figure"]
    assert len(figures) > 5
    assert all(str(one.get("/Alt", "")).strip() for one in figures)


def test_tables_and_heads_are_tagged_as_such(file):
    kinds = {str(one.S) for one in structure(file.Root.StructTreeRoot)}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Caption"} <= kinds


INSIDE = {
    "/LI": {"/L"},
    "/LBody": {"/LI"},
    "/TR": {"/Table", "/THead", "/TBody"},
    "/TH": {"/TR"},
    "/TD": {"/TR"},
    "/THead": {"/Table"},
    "/TBody": {"/Table"},
    "/Caption": {"/Table"},
}
HOLDS = {
    "/L": {"/LI"},
    "/Table": {"/TR", "/THead", "/TBody", "/Caption"},
    "/TR": {"/TH", "/TD"},
}


def font_stamps(file: pikepdf.Pdf) -> list[int]:
    """When each TrueType font says it was last changed, in seconds since 1904."""
    stamps = []
    for thing in file.objects:
        if isinstance(thing, pikepdf.Dictionary) and "/FontFile2" in thing:
            font = thing.FontFile2.read_bytes()
            for at in range(12, 12 + 16 * struct.unpack_from(">H", font, 4)[0], 16):
                if font[at : at + 4] == b"head":
                    head = struct.unpack_from(">I", font, at + 8)[0]
                    stamps.append(struct.unpack_from(">q", font, head + 28)[0])
    return stamps


def test_no_font_tells_when_the_page_was_made(worker):
    maker = gatherings.Maker(1, 20)
    maker.join("🎧 Zoë 🚚")
    made = worker.render(pdf.meeting_job(maker.document(topic="t 🚚", host=None)))
    stamps = font_stamps(pikepdf.open(io.BytesIO(made)))
    now = (dt.datetime.now(dt.UTC) - dt.datetime(1904, 1, 1, tzinfo=dt.UTC)).total_seconds()
    assert stamps
    assert all(stamp < now - 86_400 for stamp in stamps)


def test_lists_and_tables_nest_as_pdf_ua_has_it(file):
    seen = set()
    for parent in structure(file.Root.StructTreeRoot):
        kids = parent.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                outer, inner = str(parent.S), str(kid.S)
                seen.add(inner)
                assert outer in INSIDE.get(inner, {outer}), f"{inner} in {outer}"
                assert inner in HOLDS.get(outer, {inner}), f"{inner} in {outer}"
    assert {"/LI", "/TD"} <= seen


def test_every_link_says_where_it_leads(file):
    for page in file.pages:
        for link in page.get("/Annots", []):
            assert str(link.get("/Contents", "")).strip()
            assert "/StructParent" in link


def test_every_font_is_in_the_file(file):
    descriptors = [
        thing for thing in file.objects
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"
    ]  # fmt: skip
    assert len(descriptors) >= 3
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(one.keys()) for one in descriptors)
    assert any("Inter" in str(one.FontName) for one in descriptors)


def test_nothing_in_the_file_leads_outside_or_acts(file):
    for thing in file.objects:
        if not isinstance(thing, pikepdf.Dictionary):
            continue
        assert thing.get("/S") not in DENIED_ACTIONS
        if "/URI" in thing:
            assert str(thing["/URI"]).startswith(("https:", "http:", "mailto:"))


def test_the_document_travels_inside_the_file_as_json(week_bytes, meeting_bytes):
    for data, kind, name in (
        (week_bytes, WeeklyResult, "weekly-2026-W46.json"),
        (meeting_bytes, MeetingResult, "2026-11-11-5f3a9c01d2e4.json"),
    ):
        with pikepdf.open(io.BytesIO(data)) as file:
            assert list(file.attachments) == [name]
            spec = file.attachments[name]
            inside = spec.get_file().read_bytes()
            assert kind.model_validate(json.loads(inside)).kind in {"weekly", "meeting"}
            assert str(spec.obj.AFRelationship) == "/Data"


def test_the_only_date_is_that_of_the_data(file):
    assert str(file.docinfo["/CreationDate"]).startswith("D:20261116051200")
    assert str(file.docinfo["/ModDate"]).startswith("D:20261116051200")


def test_the_same_document_gives_the_same_bytes_in_any_order_and_process(meeting_bytes):
    with start_worker() as other:
        again = other.render(pdf.meeting_job(gatherings.regional_leads()))
    assert again == meeting_bytes


def test_five_hundred_meetings_fill_at_most_six_pages(worker):
    with pikepdf.open(io.BytesIO(worker.render(pdf.weekly_job(weeks.weekly())))) as file:
        assert 3 <= len(file.pages) <= 6


@pytest.mark.parametrize("make", [weeks.calm_week, weeks.empty_week], ids=["calm", "empty"])
def test_a_quiet_week_takes_no_more_than_two_pages(worker, make):
    with pikepdf.open(io.BytesIO(worker.render(pdf.weekly_job(make())))) as file:
        assert len(file.pages) <= 2


def test_the_outline_is_made_of_findings(week_bytes):
    with pikepdf.open(io.BytesIO(week_bytes)) as file, file.open_outline() as outline:
        titles = [item.title for item in outline.root[0].children]
    assert any("Key figures" in title for title in titles)
    assert any("Method" in title for title in titles)
