"""The front page of the archive: everything that is there can be found, and every link is right."""

import datetime as dt
from html.parser import HTMLParser

import pytest

from qosreport.report import html
from qosreport.report.result.catalogue import WeekEntry
from qosreport.report.view.archive import MOST_LINKS, MOST_ROWS, archive_view
from qosreport.report.view.catalogue import one_meeting_entry, week_entry
from qosreport.report.view.words import plain
from tests.data.results import gatherings, weeks

WEEKS = weeks.every_week()


def entry(name="rich"):
    return week_entry(WEEKS[name], {"html": "w.html", "pdf": "w.pdf", "json": "w.json"})


def earlier(one, back):
    start = one.start - dt.timedelta(weeks=back)
    year, week, _ = start.isocalendar()
    return one.model_copy(
        update={"start": start, "label": f"{year}-W{week:02d}", "title": f"Week {week} of {year}"}
    )


def listed(one, folder="weeks/2026-W46/r1-0", revision=1):
    return html.Listed(folder, revision, one)


def meeting():
    result = gatherings.webinar(20)
    return result, one_meeting_entry(result, {"html": "m.html", "pdf": "m.pdf"})


def section(view, topic):
    (found,) = (one for one in view.sections if one.heading.topic == topic)
    return found


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.hrefs, self.tags = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.hrefs += [value for name, value in attrs if name == "href"]


def test_an_entry_comes_back_from_its_manifest_as_it_was():
    one = entry()
    assert WeekEntry.model_validate_json(one.model_dump_json()) == one


def test_weeks_stand_newest_first_with_their_verdict_and_forms():
    one = entry()
    view = archive_view([listed(earlier(one, 1), "weeks/a"), listed(one, "weeks/b", revision=3)])
    first, second = section(view, "Weeks").rows
    assert (plain(first.title), plain(second.title)) == ("Week 46 of 2026", "Week 45 of 2026")
    assert first.href == "weeks/b/w.html"
    assert [link.href for link in first.links] == ["weeks/b/w.pdf", "weeks/b/w.json"]
    assert one.verdict in plain(first.second)
    assert "revision 3" in plain(first.second)
    assert "revision" not in plain(second.second)
    assert plain(view.hero.verdict) == one.verdict


def test_a_meeting_stands_once_and_its_own_report_wins():
    result, own = meeting()
    one = entry()
    twin = one.meetings[0].model_copy(update={"ref": result.ref})
    week = one.model_copy(update={"meetings": [twin]})
    rows = section(archive_view([listed(week), listed(own, "meetings/m/r1")]), "Meetings").rows
    assert [row.href for row in rows] == ["meetings/m/r1/m.html"]
    alone = section(archive_view([listed(week)]), "Meetings").rows
    assert [row.href for row in alone] == [f"weeks/2026-W46/r1-0/{twin.page}"]


def test_a_site_is_summed_over_its_weeks_and_leads_to_each():
    one = entry()
    site = one.sites[0]
    view = archive_view([listed(one, "b"), listed(earlier(one, 1), "a")])
    (row,) = (r for r in section(view, "Sites").rows if plain(r.title) == site.name)
    assert f"{2 * site.poor} of {2 * site.connections}" in plain(row.figure).replace("\u202f", "")
    assert [link.href for link in row.links] == ["b/w.html#segments", "a/w.html#segments"]


def test_a_person_leads_to_where_the_weekly_page_lists_them():
    one = entry()
    person = one.people[0]
    page = html.weekly_page(WEEKS["rich"])
    assert f'id="person-{person.ref}"' in page
    assert 'id="segments"' in page
    rows = section(archive_view([listed(one)]), "People").rows
    assert f"weeks/2026-W46/r1-0/w.html#person-{person.ref}" in {row.href for row in rows}
    poor = [int(plain(row.figure).split()[0]) for row in rows]
    assert poor == sorted(poor, reverse=True)


def test_many_weeks_beside_one_name_are_counted():
    one = entry()
    many = [listed(earlier(one, back), f"w{back}") for back in range(MOST_LINKS + 3)]
    row = section(archive_view(many), "Sites").rows[0]
    assert len(row.links) == MOST_LINKS
    assert row.more == "and 3 earlier"


def test_what_is_not_listed_is_counted():
    one = entry()
    people = [one.people[0].model_copy(update={"ref": f"{n:012d}"}) for n in range(MOST_ROWS + 7)]
    view = archive_view([listed(one.model_copy(update={"people": people}))])
    found = section(view, "People")
    assert len(found.rows) == MOST_ROWS
    assert found.note.startswith("7 more")
    counts = {plain(fact.label): plain(fact.value) for fact in view.hero.volume}
    assert counts["People"].replace("\u202f", "") == str(MOST_ROWS + 7)


@pytest.mark.parametrize("name", WEEKS)
def test_every_kind_of_week_can_be_listed(name):
    page = html.archive_page([listed(entry(name))])
    assert "weeks/2026-W46/r1-0/w.html" in Links(page).hrefs


def test_an_archive_of_nothing_says_so():
    assert "No weekly report is archived yet." in html.archive_page([])


def test_names_stay_text():
    one = entry()
    nasty = one.people[0].model_copy(update={"name": "</table><script>alert(1)</script>"})
    page = html.archive_page([listed(one.model_copy(update={"people": [nasty]}))])
    assert Links(page).tags.count("script") == 1, "our own"
    assert "&lt;script&gt;" in page


def test_a_pointer_leads_on_at_once_and_by_hand():
    page = html.archive_pointer("r1-0/w.html", "Report 2026-W46")
    assert 'content="0; url=r1-0/w.html"' in page
    assert Links(page).hrefs == ["r1-0/w.html"]
    assert "Report 2026-W46" in page
