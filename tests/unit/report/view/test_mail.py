"""The mail of a week: what it says, in both forms, of every kind of week."""

import re
from html.parser import HTMLParser

import pytest

from qosreport.report import mail
from qosreport.report.result import Rate, Segment, SegmentRow
from qosreport.report.view.week.verdict import verdict
from qosreport.report.view.words import plain
from tests.data.results import weeks

WEEKS = weeks.every_week()
LINK = "https://reports.example.org/zoom/weeks/2026-W46/index.html"


def both(view):
    return mail.as_text(view), mail.as_html(view)


def weekly(week, pdf="attached", link=LINK):
    return mail.weekly_mail(week, pdf=pdf, link=link)


class Seen(HTMLParser):
    """What somebody reads, and what the page asks for."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.words, self.asked, self.tags = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.asked += [value for name, value in attrs if name in {"src", "href", "background"}]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())


def folded(text):
    return " ".join(text.split())


@pytest.mark.parametrize("week", WEEKS.values(), ids=WEEKS.keys())
def test_both_forms_hold_verdict_figures_actions_and_where_the_rest_is(week):
    view = weekly(week)
    text, html = both(view)
    seen = Seen(html).text
    expected = [plain(view.verdict), plain(view.pdf), *(f.value for f in view.figures)]
    expected += [plain(action.title) for action in view.actions] or [plain(view.no_actions)]
    for words in expected:
        assert folded(words) in seen
        assert folded(words) in folded(re.sub("[\u2068\u2069]", "", text))
    assert LINK in text
    assert plain(view.verdict) == plain(verdict(week))


@pytest.mark.parametrize("week", WEEKS.values(), ids=WEEKS.keys())
def test_nothing_is_loaded_and_nothing_needs_a_style_sheet(week):
    seen = Seen(mail.as_html(weekly(week)))
    assert seen.asked == [LINK]
    assert not {"img", "link", "style", "script", "svg"} & set(seen.tags)


@pytest.mark.parametrize("week", WEEKS.values(), ids=WEEKS.keys())
def test_plain_text_fits_a_terminal(week):
    text = mail.as_text(weekly(week))
    assert max(len(line) for line in text.splitlines() if "://" not in line) <= 72
    assert "\u202f" not in text


def test_the_subject_tells_the_rate_and_nothing_from_zoom():
    week = WEEKS["rich"]
    subject = weekly(week).subject
    assert subject == (
        "Zoom meeting quality, Tamarack Institute: Week 46 of 2026, 5.9 % of connections poor"
    )
    from_zoom = {row.name for segment in week.segments for row in segment.rows if row.name}
    from_zoom |= {person.name for person in week.people if person.name}
    for view in map(weekly, WEEKS.values()):
        assert not [name for name in from_zoom if name in view.subject]


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("calm", "no poor connections"),
        ("empty", "no meetings"),
        ("unscored", "nothing could be scored"),
        ("one", "1 of 3 connections poor"),
    ],
)
def test_the_subject_of_a_week_without_a_rate_says_what_there_is(name, end):
    assert weekly(WEEKS[name]).subject.endswith(f", {end}")


@pytest.mark.parametrize(
    ("pdf", "words"),
    [
        ("attached", "is attached"),
        ("too large", "larger than the mail server takes. The whole report is behind the link"),
        ("not made", "could not be made this time. The whole report is behind the link"),
    ],
)
def test_what_became_of_the_pdf_is_said(pdf, words):
    assert words in folded(mail.as_text(weekly(WEEKS["rich"], pdf)))


def test_without_an_address_of_the_archive_there_is_no_link():
    view = weekly(WEEKS["rich"], "too large", "")
    text, html = both(view)
    assert "can be had from whoever runs qosreport" in folded(text)
    assert Seen(html).asked == []


def test_at_most_three_actions_and_none_that_rests_on_one_person():
    view = weekly(WEEKS["rich"])
    named = [f for f in WEEKS["rich"].findings if f.cause != "undetermined"]
    assert len(view.actions) == 3 < len(named)
    shaky = [f.model_copy(update={"stands": False}) for f in WEEKS["rich"].findings]
    week = WEEKS["rich"].model_copy(update={"findings": shaky})
    assert weekly(week).actions == ()
    assert plain(weekly(week).no_actions)


def test_every_cause_is_no_more_than_consistent_with():
    text = mail.as_text(weekly(WEEKS["rich"]))
    assert "Consistent with" in text
    assert "caused by" not in text


def test_a_name_read_from_right_to_left_does_not_turn_the_line():
    finding = next(f for f in WEEKS["rich"].findings if f.cause == "site")
    turned = finding.model_copy(update={"subject": "שחר"})
    week = WEEKS["rich"].model_copy(update={"findings": [turned]})
    text, html = both(weekly(week))
    assert "\u2068שחר\u2069" in text
    assert "<bdi>שחר</bdi>" in html


def test_hostile_names_stay_text():
    finding = next(f for f in WEEKS["rich"].findings if f.cause == "site")
    nasty = finding.model_copy(update={"subject": '"><img src=x onerror=y> {{ 7*7 }}'})
    week = WEEKS["rich"].model_copy(update={"findings": [nasty]})
    seen = Seen(mail.as_html(weekly(week)))
    assert "img" not in seen.tags
    assert "{{ 7*7 }}" in seen.text


# --- One site ---


def site(week, name, link=""):
    return mail.site_mail(week, name, link=link)


def test_a_site_gets_its_own_figures_and_its_own_findings():
    week = WEEKS["rich"]
    row = next(r for s in week.segments if s.id == "site" for r in s.rows if r.name == "Cardiff")
    view = site(week, "Cardiff", LINK)
    text, html = both(view)
    assert f"{row.poor.pct:.1f}" in folded(text)
    assert "Look at the network of Cardiff" in text
    assert view.subject.endswith("Week 46 of 2026, Cardiff")
    assert "figures of one site" in folded(text)
    assert Seen(html).asked == [LINK]


def test_a_site_mail_names_no_person():
    week = WEEKS["rich"]
    names = {person.name for person in week.people} | {one.host for one in week.worst_meetings}
    for segment in week.segments:
        if segment.id == "site":
            for row in segment.rows:
                text, html = both(site(week, row.name or ""))
                assert not [name for name in names if name and name in text + html]


def test_a_site_that_does_not_exist_is_said_to_be_so():
    text = folded(mail.as_text(site(WEEKS["rich"], "Atlantis")))
    assert "No connection from Atlantis could be scored." in text
    assert "Check the spelling" in text


@pytest.mark.parametrize(
    ("k", "n", "enough", "words"),
    [
        (0, 40, True, "No connection was poor, of 40 from York."),
        (1, 3, False, "1 of 3 connections from York was poor. Too few for a rate."),
        (2, 3, False, "2 of 3 connections from York were poor. Too few for a rate."),
        (10, 40, True, "25.0 % of the connections from York were poor. Of all"),
    ],
)
def test_the_verdict_on_a_site_follows_its_numbers(k, n, enough, words):
    poor = Rate(k=k, n=n, meetings=5, pct=100 * k / n, low_pct=1.0, high_pct=50.0, enough=enough)
    row = SegmentRow(name="York", poor=poor, harmed_minutes=9, top_person_pct=1.0)
    week = WEEKS["rich"].model_copy(
        update={"segments": [Segment(id="site", rows=[row])], "findings": []}
    )
    said = folded(mail.as_text(site(week, "York")).replace("\u00a0", " "))
    assert words in said
    assert "Nothing points to the network of York" in said
