"""A brand from a directory: what it brings to pages, and what is refused with one clear line."""

import email
import email.policy
import functools
import hashlib
import re
import struct
import zlib
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.deliver.message import Letter, compose
from qosreport.errors import BadBranding, ExitCode
from qosreport.pipeline.run import Outcome
from qosreport.report import assets, html, mail, pdf
from qosreport.report.branding import PLAIN, load_brand
from qosreport.report.branding.load import MOST_BYTES, ours
from qosreport.report.branding.texts import PAPER, PAPER_DARK, contrast
from qosreport.settings.mail import Mailbox
from qosreport.store import Envelope
from tests.data.results import gatherings, places, weeks, whatif

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/>{}</svg>'
NAMES = {"texts": "brand.toml", "svg": "logo.svg", "png": "logo.png", "css": "css/extra.css"}
TEXTS = """
product = "Northwind <Call> Health"
accent = "#0b6b53"
accent_dark = "#5fd0b0"
logo_alt = "Northwind"
foot = "Prepared by Northwind & Co."
support = "mailto:av-help@northwind.example"
"""


def png(width_px=2, height_px=1) -> bytes:
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(3 * width_px) for _ in range(min(height_px, 9))))
    body = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture
def brand_dir(tmp_path):
    """Writes files below a directory and gives it back."""

    def write(**files):
        for name, content in files.items():
            path = tmp_path / NAMES.get(name, f"partials/{name}.html")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


@functools.cache
def documents():
    people, evidence = places.every_person(), places.every_evidence()
    return (
        weeks.every_week()["small"],
        gatherings.regional_leads(),
        next(iter(people.values())),
        next(iter(evidence.values())),
    )


@functools.cache
def every_page(brand):
    week, meeting, person, place = documents()
    return {
        "weekly": html.weekly_page(week, brand=brand),
        "meeting": html.meeting_page(meeting, brand=brand),
        "person": html.person_page(person, brand=brand),
        "evidence": html.evidence_page(place, stem="s", brand=brand),
        "what-if": html.whatif_page(whatif.document(), brand=brand),
        "index": html.index_page([html.weekly_entry(week, {"html": "a.html"})], brand=brand),
        "archive": html.archive_page([], brand=brand),
        "weekly on paper": pdf.weekly_job(week, brand=brand).html,
        "meeting on paper": pdf.meeting_job(meeting, brand=brand).html,
        "person on paper": pdf.person_job(person, brand=brand).html,
        "evidence on paper": pdf.evidence_job(place, "s", brand=brand).html,
    }


class Loads(HTMLParser):
    """Everything that a page would load or run."""

    def __init__(self, text):
        super().__init__()
        self.found, self.styles, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "style"
        if tag in {"link", "iframe", "object", "embed", "base", "form"}:
            self.found.append(tag)
        for name, value in attrs:
            fetched = name in {"src", "srcset", "poster", "data"} or (name == "href" and tag != "a")
            if fetched and not value.startswith(("data:", "#")):
                self.found.append(f"{tag} {name}")

    def handle_data(self, data):
        if self.inside:
            self.styles.append(data)


def refusal(directory) -> str:
    with pytest.raises(BadBranding) as caught:
        load_brand(directory)
    assert caught.value.exit_code == ExitCode.SETTINGS
    line = caught.value.line()
    assert "\n" not in line
    return line


# --- What it brings ----------------------------------------------------------------------------


def test_without_a_directory_pages_are_as_shipped():
    assert load_brand(None) is PLAIN
    for text in every_page(PLAIN).values():
        assert "--accent" not in text
        assert 'class="whose"' not in text
        assert 'class="logo"' not in text


def test_an_empty_directory_changes_nothing(tmp_path):
    assert every_page(load_brand(tmp_path)) == every_page(PLAIN)


def test_every_page_shows_name_logo_colours_foot_and_help(brand_dir):
    brand = load_brand(brand_dir(texts=TEXTS, svg=SVG, css=".top { letter-spacing:1px }"))
    for key, text in every_page(brand).items():
        assert "<b>Northwind &lt;Call&gt; Health</b>" in text, key
        assert "<title>Northwind &lt;Call&gt; Health" in text, key
        assert 'alt="Northwind"' in text, key
        assert "--accent:#0b6b53" in text, key
        assert "--accent:#5fd0b0" in text, key
        assert "letter-spacing:1px" in text, key
        assert "<p>Prepared by Northwind &amp; Co.</p>" in text, key
        assert 'Help and questions: <a href="mailto:av-help@northwind.example">' in text, key
        assert "Zoom meeting quality" not in text, key


def test_a_branded_page_stays_self_contained_and_its_policy_covers_its_styles(brand_dir):
    brand = load_brand(brand_dir(texts=TEXTS, png=png(), css="h1 { color:var(--ink) }"))
    for key, text in every_page(brand).items():
        page = Loads(text)
        assert page.found == [], key
        if "on paper" in key:
            continue
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
        for style in page.styles:
            digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
            assert digest in policy.replace("&#43;", "+"), key
        assert "default-src &#39;none&#39;" in policy


def test_the_svg_is_for_pages_and_the_png_for_mail(brand_dir):
    brand = load_brand(brand_dir(svg=SVG, png=png()))
    assert brand.logo.startswith("data:image/svg+xml;base64,")
    assert brand.mail_logo == png()
    week, *_ = documents()
    view = mail.weekly_mail(week, pdf="attached", link="")
    sent = compose(
        Letter(view.subject, mail.as_text(view), mail.as_html(view, brand), week.head.end,
               b"%PDF-", "w.pdf", brand.mail_logo, brand.mail_logo_id),
        Envelope("2026-W46", "weekly", "a@b.example"),
        Mailbox("", "zoom@b.example"),
    )  # fmt: skip
    message = email.message_from_bytes(sent, policy=email.policy.SMTP)
    (picture,) = (part for part in message.walk() if part.get_content_type() == "image/png")
    assert picture.get_content() == png()
    body = message.get_body(("html",)).get_content()
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in body
    assert message.get_body(("plain",)) is not None


def test_a_mail_has_name_foot_and_help(brand_dir):
    brand = load_brand(brand_dir(texts=TEXTS))
    view = mail.weekly_mail(
        documents()[0], pdf="attached", link="https://x.example/", product=brand.product
    )
    text, page = mail.as_text(view, brand), mail.as_html(view, brand)
    assert view.subject.startswith("Northwind <Call> Health")
    assert text.rstrip().endswith("Help and questions: av-help@northwind.example")
    assert "background:#0b6b53" in page
    assert "Prepared by Northwind &amp; Co." in page
    assert "cid:" not in page


# --- Partials ----------------------------------------------------------------------------------


def test_a_partial_stands_in_for_ours_and_may_hold_ours(brand_dir):
    directory = brand_dir(
        _method='{% include "own/_method.html" %}<p id="more">More: {{ view.head.period }}</p>'
    )
    brand = load_brand(directory)
    week, *_ = documents()
    text = html.weekly_page(week, brand=brand)
    assert '<p id="more">More: Week 46' in text
    assert 'class="method"' in text
    assert '<p id="more">' in pdf.weekly_job(week, brand=brand).html
    assert brand.faults == []


def test_what_a_partial_places_is_escaped(brand_dir):
    brand = load_brand(brand_dir(texts=TEXTS, _method="<p>{{ page.brand.product }}</p>"))
    assert "<p>Northwind &lt;Call&gt; Health</p>" in every_page(brand)["weekly"]


@pytest.mark.parametrize(
    "source",
    ["<p>{{ view.nonsense }}</p>", "<p>\n{{ 1 // 0 }}</p>", "{{ ''.__class__.__mro__ }}"],
)
def test_a_partial_that_fails_costs_no_report_and_is_told_with_file_and_line(brand_dir, source):
    directory = brand_dir(texts=TEXTS, _method=source)
    brand = load_brand(directory)
    (directory / "partials" / "_method.html").unlink()
    assert every_page(brand) == every_page(load_brand(directory))
    (fault,) = brand.faults
    line = source[: source.index("{{")].count("\n") + 1
    assert f"_method.html, line {line}: " in fault.line()
    assert "\n" not in fault.line()
    outcome = Outcome(gaps=["a gap"]).with_brand(brand)
    assert outcome.failure is fault
    assert outcome.failure.exit_code == ExitCode.SETTINGS
    assert outcome.gaps == ["a gap"]


def test_a_partial_that_drops_a_macro_is_told_though_ours_stumbles(brand_dir):
    brand = load_brand(brand_dir(_parts="{% macro band(mark) %}{% endmacro %}"))
    week, *_ = documents()
    assert html.weekly_page(week, brand=brand) == html.weekly_page(week)
    assert brand.faults
    assert all("_parts.html" in fault.line() for fault in brand.faults)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("<p>\n{% if %}</p>", "line 2"),
        ("\n\n{{ veiw.head }}", "line 3: 'veiw' is not there (the nearest is 'view')"),
        ('{% include "_heros.html" %}', "the nearest is '_hero.html'"),
        ("{% include view.head.title %}", "must be written out"),
        ("{{ view.head.title|safe }}", "No filter named 'safe'"),
        ("{% autoescape false %}{{ view }}{% endautoescape %}", "escaping cannot be changed"),
        ("<p>ok</p>\n<script>alert(1)</script>", "line 2: a script element"),
        ('<link rel="stylesheet" href="https://x.example/a.css">', "a link element"),
        ('<img src="https://x.example/a.png" alt="">', "src of img"),
        ('<img src="{{ view.head.title }}" alt="">', "src of img"),
        ('<img srcset="a.png 2x" alt="">', "srcset of img"),
        ('<p onclick="x()">a</p>', "the handler onclick"),
        ('<p style="color:red">a</p>', "css/extra.css"),
        ('<svg><image href="https://x.example/a.png"/></svg>', "href of image"),
        ('<svg><use xlink:href="a.svg#b"/></svg>', "href of use"),
        ('<meta http-equiv="refresh" content="0;url=https://x.example/">', "a meta element"),
        ('<iframe src="data:text/html,x"></iframe>', "a iframe element"),
    ],
)
def test_a_partial_that_cannot_be_is_refused_before_anything_is_made(brand_dir, source, why):
    assert why in refusal(brand_dir(_hero=source))


def test_a_partial_may_place_the_logo_and_link(brand_dir):
    source = '<a href="https://x.example/"><img src="{{ page.brand.logo }}" alt="Us"></a>'
    brand = load_brand(brand_dir(svg=SVG, _whose=source))
    assert f'<img src="{brand.logo}" alt="Us">' in every_page(brand)["index"]


def test_every_partial_of_ours_passes_the_check(brand_dir):
    sources = {name: assets.read_text(name) for name in ours()}
    assert len(sources) > 10
    directory = brand_dir(**{name.removesuffix(".html"): text for name, text in sources.items()})
    brand = load_brand(directory)
    assert every_page(brand) == every_page(PLAIN)
    assert brand.faults == []


# --- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("logo.jpg", "the nearest is logo."),
        ("brands.toml", "the nearest is brand.toml"),
        ("css/extras.css", "the nearest is css/extra.css"),
        ("partials/_heroes.html", "the nearest is partials/_hero.html"),
        ("partials/_page.html", "cannot be replaced"),
        ("partials/_print.html", "cannot be replaced"),
    ],
)
def test_a_file_that_nothing_reads_is_refused(tmp_path, name, why):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x")
    assert why in refusal(tmp_path)


def test_hidden_files_are_passed_over(tmp_path):
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    assert load_brand(tmp_path).product == PLAIN.product


def test_a_directory_that_is_not_there_is_refused(tmp_path):
    assert "no such directory" in refusal(tmp_path / "nowhere")


def test_a_file_that_is_too_large_is_refused(brand_dir):
    assert f"{MOST_BYTES:,} are the most" in refusal(brand_dir(css="a" * (MOST_BYTES + 1)))


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ('accent = "#cccccc"', "contrast of only 1.6:1 against the page (#ffffff)"),
        ('accent_dark = "#333333"', "make it lighter"),
        ('accent = "green"', "six digits"),
        ('acent = "#0b6b53"', "the nearest is accent"),
        ('support = "javascript:alert(1)"', "https:// or mailto:"),
        ('support = "http://x.example/"', "https:// or mailto:"),
        ('product = ""', "product"),
        ('foot = "a\\u202eb"', "control characters"),
        ('foot = "a"\nproduct = \nx = 1', "line 2"),
        ("product = 3", "product"),
    ],
)
def test_a_text_that_cannot_be_is_refused(brand_dir, texts, why):
    assert why in refusal(brand_dir(texts=texts))


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>a</p></foreignObject>",
        "<image href='https://x.example/a.png'/>",
        "<use xlink:href='other.svg#a' xmlns:xlink='http://www.w3.org/1999/xlink'/>",
        "<rect onload='x()'/>",
        "<rect fill='url(https://x.example/a.svg#b)'/>",
        "<rect style='background:u\\72l(//x.example/a)'/>",
        "<style>@import 'https://x.example/a.css';</style>",
        "<style>rect { fill:url('//x.example/a') }</style>",
        "<rect>",
    ],
)
def test_an_svg_that_is_more_than_a_picture_is_refused(brand_dir, inner):
    assert "logo.svg: it " in refusal(brand_dir(svg=SVG.replace("{}", inner)))


@pytest.mark.parametrize(
    "head", ['<!DOCTYPE svg [<!ENTITY a "b">]>', "<?xml-stylesheet href='a'?>"]
)
def test_an_svg_with_a_head_that_reaches_out_is_refused(brand_dir, head):
    assert "it holds" in refusal(brand_dir(svg=head + SVG))


def test_references_within_an_svg_are_fine(brand_dir):
    inner = "<defs><linearGradient id='g'/></defs><rect fill='url(#g)'/><use href='#g'/>"
    assert load_brand(brand_dir(svg=SVG.replace("{}", inner))).logo


@pytest.mark.parametrize("data", [b"", b"GIF89a", png()[:-5], png(5000, 1)])
def test_a_png_that_is_none_is_refused(brand_dir, data):
    assert "logo.png" in refusal(brand_dir(png=data))


@pytest.mark.parametrize(
    "css",
    [
        "@import 'https://x.example/a.css';",
        "@im\\70ort url(data:text/css,a);",
        "a { background:url(https://x.example/a.png) }",
        "a { background:u\\72l(//x.example/a.png) }",
        "@media print { a { background:image-set('a.png' 1x) } }",
        "@font-face { font-family:X; src:url('x.woff2') }",
        "a { color:red }</style><script>",
        "a { color:red } }",
    ],
)
def test_style_that_loads_something_is_refused(brand_dir, css):
    assert "extra.css" in refusal(brand_dir(css=css))


def test_style_may_embed(brand_dir):
    css = "@font-face { font-family:X; src:url(data:font/woff2;base64,AA) } a { fill:url(#x) }"
    assert load_brand(brand_dir(css=css)).sheet == css


# --- Contrast ----------------------------------------------------------------------------------


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFF))
def test_contrast_is_symmetric_and_bounded(one, other):
    a, b = f"#{one:06x}", f"#{other:06x}"
    assert contrast(a, b) == contrast(b, a)
    assert 1 <= contrast(a, b) <= 21.0001


def test_the_page_is_as_the_check_of_contrast_says():
    papers = re.findall(r"--paper:(#\w+)", assets.read_text("css/screen.css"))
    assert [paper.replace("#fff", "#ffffff") for paper in papers] == [PAPER, PAPER_DARK]
