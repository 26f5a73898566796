"""The page of one person, finished before a template sees it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from qosreport.report.result import PersonResult
from qosreport.report.view import words
from qosreport.report.view.meeting.events import Events
from qosreport.report.view.meeting.strip import Strip
from qosreport.report.view.method import method
from qosreport.report.view.person.days import Days, strip
from qosreport.report.view.person.lists import changes, events, meetings
from qosreport.report.view.person.sentences import label, lede, next_check, verdict
from qosreport.report.view.pieces import Fact, Head, Hero, Link, Method, Notice
from qosreport.report.view.privacy import privacy_notices
from qosreport.report.view.rows import ListSection
from qosreport.report.view.week.page import page_head
from qosreport.report.view.words import name, prose, quiet


@dataclass(frozen=True)
class PersonView:
    """Everything the person templates place."""

    head: Head
    """What the page is."""
    hero: Hero
    """The answer."""
    contents: tuple[Link, ...]
    """Sections by topic."""
    strip: Strip | None
    """Days × hours; absent where nothing was sampled."""
    lists: tuple[ListSection, ...]
    """What changed, then all meetings."""
    events: Events | None
    """Drops and processor; absent where there was neither."""
    method: Method
    """Rules and provenance."""


def person_view(
    days: Days, *, forms: Sequence[str] = (), front_page: str | None = None
) -> PersonView:
    """The page of a person in one form.

    Args:
        days: The document and the form.
        forms: Endings of the document's other files, to be linked on screen.
        front_page: Path of the front page, relative to this one, if there is one.
    """
    result, layout = days.result, days.layout
    time, happened, lists = strip(days), events(days), (changes(days), meetings(days))
    rules = method(result, stem=result.ref, forms=forms if layout.links else ())
    found = [part.heading for part in (time, *lists, happened, rules) if part is not None]
    return PersonView(
        head=_head(result, front_page),
        hero=_hero(result),
        contents=tuple(Link(prose(heading.topic), f"#{heading.id}") for heading in found),
        strip=time,
        lists=lists,
        events=happened,
        method=rules,
    )


def _head(result: PersonResult, front_page: str | None) -> Head:
    clock = words.Clock(result.head.zone)
    last = result.head.end - dt.timedelta(microseconds=1)
    span = f"{clock.date(result.head.start)} to {clock.date(last)}, {result.head.zone}"
    who = words.plain(prose(label(result)))
    return page_head(
        result.head,
        result.method,
        result.provenance,
        title=who,
        period=span,
        short_period=f"{words.clean(who, 40)}, {words.plural(result.weeks, 'week')}",
        back=Link(prose("All reports"), front_page) if front_page else None,
    )


def _hero(result: PersonResult) -> Hero:
    email = words.clean(result.email, 80)
    kind = " · never signed in to the account" if result.is_external else ""
    poor = prose(words.count(result.poor.k), quiet(f" of {words.count(result.poor.n)}"))
    facts = [
        Fact(prose("Meetings"), prose(words.count(result.meetings)), quote="meetings"),
        Fact(prose("Scored"), prose(words.count(result.meetings_scored)), quote="meetings_scored"),
        Fact(
            prose("Poor meetings"), prose(words.count(result.meetings_poor)), quote="meetings_poor"
        ),
        Fact(prose("Poor minutes"), poor, quote="poor"),
        Fact(prose("Drops"), prose(words.count(result.drops)), quote="drops"),
    ]
    check = next_check(result)
    notices = privacy_notices(result.head)
    if check:
        notices.append(Notice("Next", prose(check)))
    if result.guessed:
        said = "Zoom gives no account and no address: others of that name may be among these."
        notices.append(Notice("By name alone", prose(said)))
    return Hero(
        eyebrow=prose(name(email) if email else "No address known", kind),
        verdict=verdict(result),
        lede=lede(result),
        volume=tuple(facts),
        notices=tuple(notices),
        bar=None,
        key=(),
        note=(),
    )
