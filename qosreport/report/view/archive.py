"""The front page of the archive: weeks, meetings, sites and people, to be browsed and searched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qosreport.report.result.catalogue import (
    ListedMeeting,
    ListedPerson,
    MeetingEntry,
    WeekEntry,
)
from qosreport.report.view import phrases, words
from qosreport.report.view.pieces import BandMark, Fact, Head, Heading, Hero, Link
from qosreport.report.view.words import Clock, Prose, name, prose, quiet

MOST_ROWS = 1000
"""More make the page slow; older ones are reached from their weeks."""
MOST_LINKS = 13
"""Weeks beside one site or person: a quarter of a year."""
TOPICS = {"week": "Weeks", "meeting": "Meetings", "site": "Sites", "person": "People"}
FORMS = {"pdf": "PDF", "xlsx": "Workbook", "json": "JSON"}


@dataclass(frozen=True)
class Listed:
    """A report in the archive."""

    folder: str
    """Of its newest revision, from the front page."""
    revision: int
    """Which one that is; the first is 1."""
    entry: WeekEntry | MeetingEntry
    """What the index knows of it."""


@dataclass(frozen=True)
class ArchiveRow:
    """Something that can be found."""

    title: Prose
    """What or who it is."""
    href: str
    """Where it leads."""
    second: Prose
    """More about it."""
    figure: Prose
    """How it was."""
    band: BandMark | None
    """Its band, if it has one."""
    links: tuple[Link, ...]
    """Other forms, or the weeks it is in."""
    more: str
    """How many further ones there are; may be empty."""


@dataclass(frozen=True)
class ArchiveSection:
    """All weeks, meetings, sites or people."""

    heading: Heading
    """How many."""
    columns: tuple[str, str, str]
    """Heads of what, how it was, where."""
    rows: tuple[ArchiveRow, ...]
    """In order."""
    note: str
    """What is not listed; may be empty."""


@dataclass(frozen=True)
class ArchiveView:
    """Everything the front page places."""

    head: Head
    """What the page is."""
    hero: Hero
    """The newest week."""
    sections: tuple[ArchiveSection, ...]
    """Those that hold anything."""


def archive_view(listed: Sequence[Listed]) -> ArchiveView:
    """The front page; `listed` holds the newest revision of each report."""
    weeks = [(one, one.entry) for one in listed if isinstance(one.entry, WeekEntry)]
    weeks.sort(key=lambda pair: (pair[1].start, pair[1].label), reverse=True)
    alone = [(one, one.entry) for one in listed if isinstance(one.entry, MeetingEntry)]
    rows = {
        "week": [_week(*pair) for pair in weeks],
        "meeting": _meetings(weeks, alone),
        "site": _sites(weeks),
        "person": _people(weeks),
    }
    sections = tuple(_section(noun, some) for noun, some in rows.items() if some)
    facts = tuple(Fact(prose(TOPICS[n]), prose(words.count(len(r)))) for n, r in rows.items())
    whose = [one.entry.organisation for one in listed if one.entry.organisation]
    return ArchiveView(_head(next(iter(whose), "")), _hero(weeks, facts), sections)


Weeks = Sequence[tuple[Listed, WeekEntry]]


def _section(noun: str, rows: Sequence[ArchiveRow]) -> ArchiveSection:
    topic = TOPICS[noun]
    order = {
        "week": "newest first",
        "meeting": "newest first; those with a page of their own",
        "site": "by name",
        "person": "by poor connections; those a weekly report lists",
    }[noun]
    finding = words.plural(len(rows), noun, topic.lower())
    left = len(rows) - MOST_ROWS
    note = f"{words.count(left)} more are reached from their weeks." if left > 0 else ""
    third = "Other forms" if noun in {"week", "meeting"} else "Weeks, newest first"
    second = "Affected" if noun == "meeting" else "Poor connections"
    return ArchiveSection(
        Heading(topic.lower(), topic, prose(f"{finding}, {order}")),
        (words.opening(noun), second, third),
        tuple(rows[:MOST_ROWS]),
        note,
    )


def _week(one: Listed, entry: WeekEntry) -> ArchiveRow:
    again = f"; revision {one.revision}" if one.revision > 1 else ""
    return ArchiveRow(
        title=prose(entry.title),
        href=f"{one.folder}/{entry.forms['html']}",
        second=prose(f"{entry.dates}{again}. {entry.verdict}"),
        figure=_rate(entry.poor, entry.connections, enough=entry.enough),
        band=None,
        links=_forms(one.folder, entry.forms),
        more="",
    )


def _rate(poor: int, connections: int, *, enough: bool) -> Prose:
    if not connections:
        return prose(quiet("not scored"))
    of = quiet(f" {words.count(poor)} of {words.count(connections)}")
    return prose(words.part_of(poor, connections), of) if enough else prose(of)


def _forms(folder: str, forms: Mapping[str, str]) -> tuple[Link, ...]:
    return tuple(
        Link(prose(label), f"{folder}/{forms[form]}")
        for form, label in FORMS.items()
        if form in forms
    )


def _meetings(weeks: Weeks, alone: Sequence[tuple[Listed, MeetingEntry]]) -> list[ArchiveRow]:
    """Each once: by its own report if it has one, else by its page beside the newest week."""
    found: dict[str, tuple[str, ListedMeeting, tuple[Link, ...]]] = {}
    for week, entry in weeks:
        for meeting in entry.meetings:
            found.setdefault(meeting.ref, (f"{week.folder}/{meeting.page}", meeting, ()))
    for one, own in alone:
        meeting = own.meeting
        links = _forms(one.folder, own.forms)
        found[meeting.ref] = (f"{one.folder}/{meeting.page}", meeting, links)
    newest = sorted(found.values(), key=lambda row: (_start(row[1]), row[1].ref), reverse=True)
    return [_meeting(*row) for row in newest]


def _start(meeting: ListedMeeting) -> float:
    return meeting.start.timestamp() if meeting.start else 0.0


def _meeting(href: str, meeting: ListedMeeting, links: tuple[Link, ...]) -> ArchiveRow:
    clock = Clock(meeting.zone)
    when = f"{clock.date(meeting.start)}, {clock.time(meeting.start)}" if meeting.start else ""
    topic = words.clean(meeting.topic)
    of = quiet(f" of {words.count(meeting.classified)}")
    return ArchiveRow(
        title=prose(name(topic) if topic else "Meeting without a topic"),
        href=href,
        second=prose(when),
        figure=prose(words.count(meeting.affected), of)
        if meeting.classified
        else prose(quiet("not scored")),
        band=phrases.mark(meeting.band),
        links=links,
        more="",
    )


def _sites(weeks: Weeks) -> list[ArchiveRow]:
    found: dict[str, list[tuple[Link, int, int, bool]]] = {}
    for week, entry in weeks:
        for site in entry.sites:
            link = _week_link(week, entry, site.poor, site.connections, "#segments")
            row = (link, site.poor, site.connections, site.enough)
            found.setdefault(site.name, []).append(row)
    rows = []
    for site_name, times in sorted(found.items(), key=lambda item: (item[0].casefold(), item[0])):
        poor, connections = sum(time[1] for time in times), sum(time[2] for time in times)
        shown = words.clean(site_name) or "a site without a name"
        enough = any(time[3] for time in times)
        figure = _rate(poor, connections, enough=enough)
        rows.append(_over_weeks(prose(name(shown)), figure, [time[0] for time in times]))
    return rows


def _people(weeks: Weeks) -> list[ArchiveRow]:
    found: dict[str, list[tuple[Link, ListedPerson]]] = {}
    for week, entry in weeks:
        for person in entry.people:
            link = _week_link(week, entry, person.poor, person.connections, f"#person-{person.ref}")
            found.setdefault(person.ref, []).append((link, person))
    ranked = sorted(found.items(), key=lambda item: (-sum(p.poor for _, p in item[1]), item[0]))
    rows = []
    for _, times in ranked:
        newest = times[0][1]
        poor = sum(person.poor for _, person in times)
        connections = sum(person.connections for _, person in times)
        shown = words.clean(newest.name)
        withheld = "A guest" if newest.is_external else phrases.WITHHELD
        title = prose(name(shown)) if shown else prose(withheld)
        figure = prose(words.count(poor), quiet(f" of {words.count(connections)}"))
        rows.append(_over_weeks(title, figure, [link for link, _ in times]))
    return rows


def _week_link(week: Listed, entry: WeekEntry, poor: int, connections: int, fragment: str) -> Link:
    short = (
        entry.label.removeprefix(f"{entry.start.year}-") if len(entry.label) > 8 else entry.label
    )
    said = prose(short, quiet(f" {words.count(poor)}/{words.count(connections)}"))
    return Link(said, f"{week.folder}/{entry.forms['html']}{fragment}")


def _over_weeks(title: Prose, figure: Prose, links: Sequence[Link]) -> ArchiveRow:
    more = len(links) - MOST_LINKS
    return ArchiveRow(
        title=title,
        href=links[0].href,
        second=prose(f"in {words.plural(len(links), 'week')}"),
        figure=figure,
        band=None,
        links=tuple(links[:MOST_LINKS]),
        more=f"and {words.count(more)} earlier" if more > 0 else "",
    )


def _head(organisation: str) -> Head:
    return Head(
        title=words.plain(prose(words.joined([organisation, "archive"]))),
        organisation=organisation,
        period="Archive",
        short_period="",
        foot="",
        created="",
        back=None,
    )


def _hero(weeks: Weeks, facts: tuple[Fact, ...]) -> Hero:
    if not weeks:
        say = prose("No weekly report is archived yet.")
        return Hero((), say, prose("“qosreport archive” brings one here."), facts, (), None, (), ())
    newest = weeks[0][1]
    return Hero(
        eyebrow=prose("Newest: ", newest.title),
        verdict=prose(newest.verdict),
        lede=prose(newest.dates),
        volume=facts,
        notices=(),
        bar=None,
        key=(),
        note=(),
    )
