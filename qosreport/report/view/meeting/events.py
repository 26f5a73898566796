"""What happened in a meeting beside the numbers: joins, drops, shares, Zoom's labels, ratings."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from qosreport.diagnosis.leaving import is_drop
from qosreport.report.result import Participant
from qosreport.report.view import words
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.pieces import Fact, FactList, Heading
from qosreport.report.view.words import Prose, name, prose, quiet

LABELS = ("good", "fair", "poor", "bad")
ROUTINE_MIN = 5
"""Joins and leaves this close to the beginning and the end are everybody's."""
FEW_ROUTINE = 4
"""So few of them may as well be listed."""


@dataclass(frozen=True)
class Events:
    """The section."""

    heading: Heading
    """Drops, or that there were none."""
    lists: tuple[FactList, ...]
    """Events in order of time; Zoom's labels and people's ratings."""


@dataclass(frozen=True)
class _Event:
    at: dt.datetime
    words: Prose
    value: Prose
    routine: bool


def events(room: Room) -> Events | None:
    """The section, or None where nobody was present."""
    if not room.guests:
        return None
    found = sorted(_all_events(room), key=lambda event: (event.at, words.plain(event.words)))
    drops = sum(1 for p in room.people if is_drop(p.stay.leave_reason))
    lists = (
        FactList("Events", _facts(room, found)),
        FactList("Zoom’s labels and people’s ratings", _said(room)),
    )
    return Events(
        Heading("events", "Events and labels", prose(_finding(drops))),
        tuple(part for part in lists if part.facts),
    )


def _finding(drops: int) -> str:
    if not drops:
        return "Nobody dropped out, and what Zoom itself said"
    return f"{words.opening(words.spelt(drops, 'connection'))} dropped, and what Zoom itself said"


def _all_events(room: Room) -> Iterator[_Event]:
    for guest in room.guests:
        for i, person in enumerate(guest.stays):
            back = i > 0
            if not back:
                yield _joined(room, person)
            yield from _left(room, person)
        for one, other in pairwise(guest.stays):
            yield _back(room, one, other)
    for share in room.result.shares:
        if share.start is not None:
            who = words.clean(share.name) or "Someone"
            length = (
                round((share.end - share.start) / dt.timedelta(minutes=1)) if share.end else None
            )
            value = prose("" if length is None else words.minutes(length))
            yield _Event(share.start, prose(name(who), " shares the screen"), value, routine=False)


def _joined(room: Room, person: Participant) -> _Event:
    early = room.minute_of(person.stay.join) <= ROUTINE_MIN
    role = words.clean(person.role, 24)
    return _Event(
        person.stay.join,
        prose(room.labels[person.ref], " joins"),
        prose(quiet(role) if role and role != "attendee" else ""),
        routine=early,
    )


def _left(room: Room, person: Participant) -> Iterator[_Event]:
    stay = person.stay
    if stay.leave is None:
        return
    dropped = is_drop(stay.leave_reason)
    late = room.minute_of(stay.leave) >= room.result.minutes - ROUTINE_MIN
    reason = leave_words(stay.leave_reason)
    yield _Event(
        stay.leave,
        prose(room.labels[person.ref], " drops" if dropped else " leaves"),
        prose(name(reason) if reason else ""),
        routine=late and not dropped,
    )


def _back(room: Room, one: Participant, other: Participant) -> _Event:
    lost = ""
    if one.stay.leave is not None and one.stay.leave <= other.stay.join:
        away = round((other.stay.join - one.stay.leave) / dt.timedelta(minutes=1))
        lost = f"{words.minutes(away)} away" if away else "at once"
    label = room.labels[other.ref]
    return _Event(other.stay.join, prose(label, " is back"), prose(lost), routine=False)


def _facts(room: Room, found: list[_Event]) -> tuple[Fact, ...]:
    """What is worth a line; ordinary joins and leaves are counted at the beginning and the end."""
    notable = [event for event in found if not event.routine]
    routine = [event for event in found if event.routine]
    if len(routine) <= FEW_ROUTINE:
        notable, routine = found, []
    shown = notable[: room.layout.events]
    facts = [
        Fact(prose(quiet(f"{room.clock.time(event.at)} "), event.words), event.value)
        for event in shown
    ]
    middle = room.result.minutes / 2
    early = sum(1 for event in routine if room.minute_of(event.at) < middle)
    if early:
        label = _routine(room, 0, early, "first")
        facts.insert(0, Fact(label, prose(quiet("joined"))))
    if late := len(routine) - early:
        label = _routine(room, room.result.minutes, late, "last")
        facts.append(Fact(label, prose(quiet("left"))))
    if rest := len(notable) - len(shown):
        facts.append(Fact(prose(quiet("Further events, in the JSON")), prose(words.count(rest))))
    return tuple(facts)


def _routine(room: Room, minute: int, people: int, end: str) -> Prose:
    who = words.opening(words.spelt(people, "person", "people"))
    return prose(quiet(f"{room.time(minute)} "), f"{who} in the {end} {ROUTINE_MIN} minutes")


def leave_words(reason: str | None) -> str:
    """Why somebody left, without what every leave says."""
    text = words.clean(reason, 160) or ""
    text = text.rpartition("Reason:")[2].strip().rstrip(".")
    ordinary = re.fullmatch(r"(.* )?left the (meeting|webinar)", text, re.IGNORECASE)
    return "" if ordinary else words.clean(text, 60) or ""


def _said(room: Room) -> tuple[Fact, ...]:
    result = room.result
    facts = []
    for medium, own, whole in (
        ("audio", [p.zoom_audio for p in room.people], result.zoom_audio),
        ("video", [p.zoom_video for p in room.people], result.zoom_video),
        ("screen share", [p.zoom_share for p in room.people], result.zoom_share),
    ):
        counted = Counter(words.clean(label, 16) for label in own)
        parts = [f"{words.opening(label)} {counted[label]}" for label in LABELS if counted[label]]
        if whole:
            shown = words.opening(words.clean(whole, 16) or "")
            facts.append(Fact(prose(f"Zoom’s {medium} label, whole meeting"), prose(name(shown))))
        if parts:
            facts.append(Fact(prose(f"Zoom’s {medium} labels, by person"), prose(", ".join(parts))))
    if not facts:
        facts.append(Fact(prose("Zoom’s own labels"), prose(quiet("none given"))))
    return (*facts, *_ratings(room))


def _ratings(room: Room) -> Iterator[Fact]:
    if not room.result.ratings:
        yield Fact(prose("People’s ratings"), prose(quiet("none given")))
        return
    for rating in room.result.ratings[: room.layout.events]:
        who = words.clean(rating.name)
        comment = words.clean(rating.comment, 160)
        said = prose(quiet(" “"), name(comment), quiet("”")) if comment else ()
        verdict = "good" if rating.rating == "good" else "not good"
        yield Fact(prose("Rated by ", name(who) if who else "someone", said), prose(verdict))
