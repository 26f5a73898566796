"""The page of one meeting, finished before a template sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from qosreport.report.refs import page_stem
from qosreport.report.result import Gap, MeetingResult
from qosreport.report.view import phrases, words
from qosreport.report.view.causes import Causes
from qosreport.report.view.flags import UNTITLED
from qosreport.report.view.meeting.causes import causes
from qosreport.report.view.meeting.events import Events, events
from qosreport.report.view.meeting.panels import Panels, others, panels, room_cites, who_and_what
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.meeting.strip import Strip, strip
from qosreport.report.view.meeting.verdict import lede, verdict
from qosreport.report.view.method import judged, method, missing, unreadable
from qosreport.report.view.pieces import (
    Coverage,
    Fact,
    FactList,
    Head,
    Heading,
    Hero,
    Link,
    Method,
    Notice,
)
from qosreport.report.view.privacy import privacy_notices
from qosreport.report.view.rows import ListSection
from qosreport.report.view.sources import Sources
from qosreport.report.view.week.page import page_head
from qosreport.report.view.words import Prose, name, prose, quiet

LEAST_COVERAGE = 0.5


@dataclass(frozen=True)
class MeetingView:
    """Everything the meeting templates place."""

    head: Head
    """What the page is."""
    hero: Hero
    """The answer."""
    contents: tuple[Link, ...]
    """Sections by topic."""
    strip: Strip | None
    """Participants × minutes; absent where nobody was present."""
    causes: Causes | None
    """What its poor minutes are consistent with; absent where nothing can be said."""
    who: ListSection | None
    """Everyone affected; absent for nobody."""
    panels: Panels | None
    """One panel each; absent for nobody."""
    others: ListSection | None
    """Everyone else; absent where there is nobody."""
    events: Events | None
    """Joins, drops, shares, labels, ratings."""
    sources: Sources | None
    """Thresholds that the page cites; absent where each flag names its own source."""
    coverage: Coverage
    """What came and what did not."""
    method: Method
    """Rules and provenance."""


def meeting_view(
    room: Room, *, week_page: str | None = None, forms: Sequence[str] = ()
) -> MeetingView:
    """The page of a meeting in one form.

    Args:
        room: The document and the form.
        week_page: Path of the weekly page, relative to this one.
        forms: Endings of the document's other files, to be linked on screen.
    """
    result, links = room.result, room.layout.links
    why = causes(room)
    sections = (strip(room), who_and_what(room), panels(room), others(room), events(room))
    coverage, cites = _coverage(room), room_cites(room)
    rules = method(result, stem=page_stem(result), forms=forms if links else ())
    parts = (sections[0], why, *sections[1:], coverage, rules)
    found = [part.heading for part in parts if part is not None]
    return MeetingView(
        head=_head(room, week_page if links else None),
        hero=_hero(room),
        contents=tuple(Link(prose(heading.topic), f"#{heading.id}") for heading in found),
        strip=sections[0],
        causes=why,
        who=sections[1],
        panels=sections[2],
        others=sections[3],
        events=sections[4],
        sources=cites if cites.rows else None,
        coverage=coverage,
        method=rules,
    )


def period(room: Room) -> str:
    """Wednesday 11 November 2026, 14:00–15:02, Europe/London."""
    head, clock = room.result.head, room.clock
    end = "now" if room.result.live else clock.time(head.end)
    day = clock.date(head.start)
    return f"{day}, {clock.time(head.start)}{words.RANGE}{end}, {head.zone}"


def topic_of(result: MeetingResult) -> Prose:
    """The topic, or that there is none."""
    topic = words.clean(result.topic, 120)
    kind = "Untitled webinar" if result.meeting_kind == "webinar" else UNTITLED
    return prose(name(topic) if topic else kind)


def _head(room: Room, week_page: str | None) -> Head:
    result = room.result
    topic = words.plain(topic_of(result))
    title = f"{topic}, {result.head.label}"
    return page_head(
        result.head,
        result.method,
        result.provenance,
        title=title,
        period=period(room),
        short_period=f"{words.clean(topic, 40)}, {room.clock.day(result.head.start)}",
        back=Link(prose("Weekly report"), week_page) if week_page else None,
    )


def _hero(room: Room) -> Hero:
    result = room.result
    kind = " · webinar" if result.meeting_kind == "webinar" else ""
    return Hero(
        eyebrow=prose(topic_of(result), kind),
        verdict=verdict(room),
        lede=lede(room),
        volume=_volume(room),
        notices=tuple(_notices(room)),
        bar=None,
        key=(),
        note=(),
    )


def _volume(room: Room) -> tuple[Fact, ...]:
    result = room.result
    people, connections = words.count(result.people), words.count(result.connections)
    scored = f", {words.count(result.classified)} scored" if result.only_participant is None else ""
    if room.once:
        people += scored
    host, department = words.clean(result.host, 60), words.clean(result.department, 60)
    facts = []
    if result.only_participant is None:
        facts.append(Fact(prose("Meeting"), (), phrases.mark(result.band)))
    if host:
        facts.append(Fact(prose("Host"), prose(name(host))))
    if department:
        facts.append(Fact(prose("Department"), prose(name(department))))
    facts.append(Fact(prose("People"), prose(people), quote="people"))
    if not room.once:
        facts.append(Fact(prose("Connections"), prose(connections + scored), quote="connections"))
    scored_minutes, harmed = words.count(result.scored_minutes), words.count(result.harmed_minutes)
    facts.append(Fact(prose("Minutes scored"), prose(scored_minutes), quote="scored_minutes"))
    facts.append(Fact(prose("Minutes harmed"), prose(harmed), quote="harmed_minutes"))
    if result.meeting_id:
        shown = words.clean(result.meeting_id, 20) or ""
        facts.append(Fact(prose("Meeting ID"), prose(shown if shown.isdecimal() else name(shown))))
    return tuple(facts)


def _notices(room: Room) -> list[Notice]:
    result = room.result
    notices = privacy_notices(result.head)
    if result.live:
        taken = result.provenance.data_as_of
        when = f" at {room.clock.time(taken)}" if taken else ""
        notices.append(
            Notice(
                "Snapshot",
                prose(f"Taken{when} while the meeting was running; it may turn out otherwise."),
            )
        )
    if result.only_participant is not None:
        label = room.labels.get(result.only_participant)
        who = prose("Only the data of ", label) if label else prose("Only one person’s data")
        notices.append(
            Notice("One participant", prose(who, " was asked for: nothing is said of anyone else."))
        )
    if result.completeness == "incomplete":
        why = phrases.gap(result.completeness_reason or "incomplete")
        notices.append(
            Notice("Incomplete", prose(f"{why}. What is shown here is not all there was."))
        )
    if result.completeness == "no_qos":
        notices.append(
            Notice(
                "No quality data", prose("Zoom gave the participants but no measures of quality.")
            )
        )
    return notices


# --- Coverage ----------------------------------------------------------------------------------


def _coverage(room: Room) -> Coverage:
    result = room.result
    present = sum(person.present_minutes for person in result.participants)
    finding = judged(result.classified, result.connections, "connection")
    came = [_of("Connections judged", result.classified, result.connections)]
    if not room.whole_only:
        came.append(_of("Minutes scored, of those present", result.scored_minutes, present))
    lists = [FactList("What came", tuple(came))]
    gaps = missing(result.gaps) + _not_shown(result)
    if gaps:
        lists.append(FactList("What did not, and why", gaps))
    lists += unreadable(result.rejects)
    return Coverage(Heading("coverage", "Coverage and gaps", prose(finding)), tuple(lists), ())


def _of(label: str, k: int, n: int) -> Fact:
    return Fact(prose(label), prose(words.count(k), quiet(f" of {words.count(n)}")))


def _not_shown(result: MeetingResult) -> tuple[Fact, ...]:
    hidden = result.minutes_not_shown
    if not hidden:
        return ()
    return missing(
        [Gap(unit="participant-minutes", reason="after the first 24 hours", count=hidden)]
    )
