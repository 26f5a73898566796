"""The front page of an output directory: weeks and meetings, newest first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from qosreport.report.result import (
    BandCounts,
    EvidenceResult,
    MeetingResult,
    PersonResult,
    WeeklyResult,
    WhatIfResult,
)
from qosreport.report.view import phrases, shapes, words
from qosreport.report.view.evidence.page import subject_of
from qosreport.report.view.evidence.page import verdict as evidence_verdict
from qosreport.report.view.layout import SCREEN_PAGE
from qosreport.report.view.meeting.page import topic_of
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.meeting.verdict import verdict as meeting_verdict
from qosreport.report.view.person.sentences import label as person_label
from qosreport.report.view.person.sentences import verdict as person_verdict
from qosreport.report.view.pieces import Cell, Column, Fact, Head, Heading, Hero, Row, Table
from qosreport.report.view.rows import ListPage, ListSection
from qosreport.report.view.shapes import SCREEN
from qosreport.report.view.week.verdict import poor_connections, verdict
from qosreport.report.view.whatif import verdict as whatif_verdict
from qosreport.report.view.words import Clock, Prose, prose, quiet

FORMS = {"html": "page", "pdf": "PDF", "xlsx": "workbook", "json": "JSON"}
OTHER_FORMS = ("pdf", "xlsx", "json")
WEEK_HOURS = 169
"""Of the longest week, when clocks go back."""


@dataclass(frozen=True)
class IndexEntry:
    """One report in the directory."""

    kind: Literal["weekly", "meeting", "other"]
    title: Prose
    """Week 46 of 2026, or the topic."""
    subtitle: Prose
    """The verdict."""
    when: str
    """Of which time."""
    start: dt.datetime
    """For the order."""
    organisation: str
    hrefs: Mapping[str, str]
    """Relative path by form: html, pdf, xlsx, json."""
    figures: tuple[Prose, ...] = ()
    """Two cells: what was counted, and how much of it was poor; none of others."""
    bands: BandCounts | None = None
    """Connections by band; none of others."""


def weekly_entry(result: WeeklyResult, hrefs: Mapping[str, str]) -> IndexEntry:
    """A week in the index, from its document.

    Args:
        result: The document.
        hrefs: Paths of its files relative to the index, by form.
    """
    rate = poor_connections(result)
    volume = result.volume
    poor = prose(quiet("not scored"))
    if rate is not None and rate.n:
        share = words.percent(rate.pct or 0.0) if rate.enough else words.count(rate.k)
        poor = prose(share, quiet(f" of {words.count(rate.n)}"))
    return IndexEntry(
        kind="weekly",
        title=prose(words.period_title(result.head)),
        subtitle=verdict(result),
        when=_dates(result),
        start=result.head.start,
        organisation=words.clean(result.head.organisation) or "",
        hrefs=dict(hrefs),
        figures=(prose(words.plural(volume.meetings, "meeting")), poor),
        bands=result.connections_by_band,
    )


def meeting_entry(result: MeetingResult, hrefs: Mapping[str, str]) -> IndexEntry:
    """A meeting in the index, from its document; arguments as for `weekly_entry`."""
    clock = Clock(result.head.zone)
    start = result.head.start
    of = quiet(f" of {words.count(result.classified)}")
    return IndexEntry(
        kind="meeting",
        title=prose(topic_of(result), " (snapshot)" if result.live else ""),
        subtitle=meeting_verdict(Room(result, SCREEN_PAGE)),
        when=f"{clock.date(start)}, {clock.time(start)}",
        start=start,
        organisation=words.clean(result.head.organisation) or "",
        hrefs=dict(hrefs),
        figures=(
            prose(words.plural(result.people, "person", "people")),
            prose(words.count(result.affected), of)
            if result.classified
            else prose(quiet("not scored")),
        ),
        bands=result.connections_by_band,
    )


def other_entry(
    result: PersonResult | EvidenceResult | WhatIfResult, hrefs: Mapping[str, str]
) -> IndexEntry:
    """A person, a place or a what-if in the index; arguments as for `weekly_entry`."""
    head = result.head
    match result:
        case PersonResult():
            title, said = prose(person_label(result)), person_verdict(result)
        case EvidenceResult():
            title, said = prose("Evidence: ", subject_of(result)), evidence_verdict(result)
        case WhatIfResult():
            title = prose(f"What if: {result.after.name} {result.after.version}")
            said = whatif_verdict(result)
    return IndexEntry(
        kind="other",
        title=title,
        subtitle=said,
        when=words.period_title(head) if head.hours <= WEEK_HOURS else words.period_line(head),
        start=head.start,
        organisation=words.clean(head.organisation) or "",
        hrefs=dict(hrefs),
    )


def index_view(entries: Sequence[IndexEntry]) -> ListPage:
    """The front page."""
    newest = sorted(entries, key=_order, reverse=True)
    weeks = [entry for entry in newest if entry.kind == "weekly"]
    meetings = [entry for entry in newest if entry.kind == "meeting"]
    lists = []
    if weeks:
        lists.append(_section("weeks", "Weeks", weeks, "Week", ("Meetings", "Poor connections")))
    if meetings:
        heads = ("People", "Affected")
        lists.append(_section("meetings", "Meetings", meetings, "Meeting", heads))
    others = [entry for entry in newest if entry.kind == "other"]
    if others:
        lists.append(_others(others))
    return ListPage(_head(newest), _hero(weeks, meetings), tuple(lists))


def _dates(result: WeeklyResult) -> str:
    """The days alone, for the title says the week and the head says the zone."""
    line = words.period_line(result.head)
    return line.partition(": ")[2] or line


def _order(entry: IndexEntry) -> tuple[dt.datetime, str, str]:
    said = words.plain(prose(entry.title, entry.subtitle))
    return entry.start, entry.hrefs.get("html", ""), said


def _head(entries: Sequence[IndexEntry]) -> Head:
    organisation = entries[0].organisation if entries else ""
    return Head(
        title=words.plain(prose(organisation)),
        organisation=organisation,
        period="All reports",
        short_period="",
        foot="",
        created="",
        back=None,
    )


def _hero(weeks: Sequence[IndexEntry], meetings: Sequence[IndexEntry]) -> Hero:
    facts = (
        Fact(prose("Weekly reports"), prose(words.count(len(weeks)))),
        Fact(prose("Meeting reports"), prose(words.count(len(meetings)))),
    )
    # An empty week is listed, but says nothing of quality.
    full = [entry for entry in weeks if entry.bands is not None and _total(entry.bands)] or weeks
    newest = full[0] if full else meetings[0] if meetings else None
    if newest is None:
        say = prose("No reports yet.")
        how = prose("Run “qosreport weekly” or “qosreport meeting”; they will be listed here.")
        return Hero((), say, how, facts, (), None, (), ())
    return Hero(
        eyebrow=prose("Newest: ", newest.title),
        verdict=newest.subtitle,
        lede=prose(newest.when),
        volume=facts,
        notices=(),
        bar=None,
        key=(),
        note=(),
    )


def _total(bands: BandCounts) -> int:
    return bands.good + bands.fair + bands.poor + bands.bad + bands.unscored


def _section(
    ident: str, topic: str, entries: Sequence[IndexEntry], noun: str, heads: tuple[str, str]
) -> ListSection:
    report = "report" if len(entries) == 1 else "reports"
    finding = f"{words.opening(words.spelt(len(entries)))} {report}, newest first"
    table = Table(
        id=f"{ident}-table",
        caption=prose(f"{noun}, figures, connections by band, and other forms"),
        columns=(
            Column(noun, "w-l"),
            Column(heads[0], "r"),
            Column(heads[1], "r"),
            Column("Connections by band", "c-mini"),
            *(Column(FORMS[form], "w4", hidden=True) for form in OTHER_FORMS),
        ),
        rows=tuple(_row(entry, f"{ident}-{i}") for i, entry in enumerate(entries)),
        css="cards ci",
    )
    return ListSection(Heading(ident, topic, prose(finding)), (), table)


def _others(entries: Sequence[IndexEntry]) -> ListSection:
    """People, places and what-ifs: asked for one by one, so with no figures in common."""
    table = Table(
        id="others-table",
        caption=prose("Report and other forms"),
        columns=(
            Column("Report", "w-l"),
            *(Column(FORMS[form], "w4", hidden=True) for form in OTHER_FORMS),
        ),
        rows=tuple(Row((_title(entry), *_forms(entry))) for entry in entries),
        css="cards ci",
    )
    many = words.opening(words.plural(len(entries), "report"))
    heading = Heading("others", "People, places, what-ifs", prose(f"{many} asked for"))
    return ListSection(heading, (), table)


def _title(entry: IndexEntry) -> Cell:
    second = prose(entry.when, ". ", entry.subtitle)
    return Cell(main=entry.title, second=second, href=entry.hrefs.get("html", ""))


def _forms(entry: IndexEntry) -> list[Cell]:
    return [
        Cell(main=prose(FORMS[form]), href=entry.hrefs[form]) if form in entry.hrefs else Cell()
        for form in OTHER_FORMS
    ]


def _row(entry: IndexEntry, ident: str) -> Row:
    bands = entry.bands or BandCounts(good=0, fair=0, poor=0, bad=0, unscored=0)
    numbers = (bands.good, bands.fair, bands.poor, bands.bad, bands.unscored)
    said = ", ".join(f"{mark} {n}" for mark, n in zip(phrases.MARKS, numbers, strict=True))
    bar = shapes.band_bar(
        SCREEN, ident=f"{ident}-bands", title=f"Connections: {said}", counts=bands
    )
    return Row(
        (
            _title(entry),
            *(Cell(main=figure) for figure in entry.figures),
            Cell(chart=bar),
            *_forms(entry),
        )
    )
