"""A meeting about to be shown: who was there, what to call them, when they were poor together."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qosreport.report.result import Band, MeetingResult, Participant
from qosreport.report.view import phrases, words
from qosreport.report.view.layout import Layout
from qosreport.report.view.privacy import shows_groups_only
from qosreport.report.view.rows import namer
from qosreport.report.view.strips import Timeline, severity
from qosreport.report.view.words import Clock, Run

POOR: tuple[Band, ...] = ("Poor", "Bad")
TICK_STEPS_MIN = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240)
MOST_TICKS = 8
LEAST_WINDOW_MIN = 3
BRIDGED_MIN = 2
MOST_WINDOW_SHARE = 0.8


@dataclass(frozen=True)
class Guest:
    """One person with all joins under one id: a rejoin is the same guest."""

    label: Run
    stays: tuple[Participant, ...]
    """In order of joining."""

    @cached_property
    def first(self) -> Participant:
        """The join that stands for the person where one must."""
        return max(self.stays, key=lambda stay: severity(stay.band))

    @property
    def band(self) -> Band:
        """The worst of the joins."""
        return self.first.band

    @property
    def affected(self) -> bool:
        """Whether any join was Poor or Bad."""
        return self.band in POOR

    @property
    def place(self) -> str:
        """Where and on which network."""
        return phrases.place_and_network(self.first.place, self.first.network)

    @cached_property
    def bands(self) -> list[Band | None]:
        """The worst band of each minute over the joins."""
        if len(self.stays) == 1:
            return self.first.minute_bands
        return [worst(bands) for bands in zip(*(s.minute_bands for s in self.stays), strict=True)]


@dataclass(frozen=True)
class Room:
    """A meeting's document and the form it is to take."""

    result: MeetingResult
    layout: Layout
    beside: frozenset[str] = frozenset()
    """Pages of people that can be linked, by relative path."""

    def person_page(self, ref: str) -> str:
        """The page of a person; empty where there is none."""
        path = f"../people/{ref}.html"
        return path if self.layout.links and path in self.beside else ""

    @property
    def clock(self) -> Clock:
        """The report's time zone."""
        return Clock(self.result.head.zone)

    @cached_property
    def people(self) -> tuple[Participant, ...]:
        """Connections, worst first; only one person's where only theirs was asked for."""
        everyone = self.result.participants
        only = next((p for p in everyone if p.ref == self.result.only_participant), None)
        if only is None:
            return tuple(everyone)
        return tuple(person for person in everyone if who(person) == who(only))

    @cached_property
    def joins(self) -> Counter[str]:
        """How many connections each person has."""
        return Counter(map(who, self.people))

    @cached_property
    def labels(self) -> dict[str, Run]:
        """What to call each connection, by ref; guests without a name are numbered by person."""
        seen: dict[str, Participant] = {}
        for person in self.result.participants:
            seen.setdefault(who(person), person)
        named = namer([(p.name, p.is_external) for p in seen.values()])
        by_user = dict(zip(seen, named, strict=True))
        return {p.ref: by_user[who(p)] for p in self.result.participants}

    @cached_property
    def guests(self) -> tuple[Guest, ...]:
        """People, worst first."""
        stays: dict[str, list[Participant]] = {}
        for person in self.people:
            stays.setdefault(who(person), []).append(person)
        return tuple(
            Guest(self.labels[joins[0].ref], tuple(sorted(joins, key=lambda p: p.stay.join)))
            for joins in stays.values()
        )

    @cached_property
    def affected(self) -> tuple[Guest, ...]:
        """People with a Poor or Bad join."""
        return tuple(guest for guest in self.guests if guest.affected)

    @cached_property
    def scored(self) -> tuple[Guest, ...]:
        """People of whom anything could be scored."""
        return tuple(guest for guest in self.guests if guest.band != "Unscored")

    @property
    def whole_only(self) -> bool:
        """Whether the document tells of everybody together and of nobody by themselves."""
        return shows_groups_only(self.result.head)

    @property
    def once(self) -> bool:
        """Whether everyone joined once, so that connections are people."""
        return len(self.guests) == self.result.connections == self.result.people

    @cached_property
    def timeline(self) -> Timeline:
        """The horizontal axis."""
        return Timeline(max(self.result.minutes, 1), self._ticks(), self.window)

    def at(self, minute: float) -> dt.datetime:
        """The instant of a minute of the meeting."""
        return self.result.first_minute + dt.timedelta(minutes=minute)

    def minute_of(self, moment: dt.datetime) -> float:
        """The minute of an instant, within the meeting."""
        minute = (moment - self.result.first_minute) / dt.timedelta(minutes=1)
        return min(max(minute, 0.0), float(self.result.minutes))

    def time(self, minute: float) -> str:
        """The wall-clock time of a minute of the meeting."""
        return self.clock.time(self.at(minute))

    def _ticks(self) -> tuple[int, ...]:
        """Minutes on round local times, as many as have room."""
        total = self.result.minutes
        step = next((s for s in TICK_STEPS_MIN if total / s <= MOST_TICKS), 360)
        local = self.clock.local(self.result.first_minute)
        first = -(local.hour * 60 + local.minute) % step
        return tuple(range(first, total + 1, step)) or (0,)

    @cached_property
    def window(self) -> tuple[int, int] | None:
        """The worst time, past the last minute, in which several were poor at once: most harm.

        Several is two, and the share of people at which the policy calls a meeting Poor.
        """
        need = self.result.method.meeting_affected_pct / 100
        together = [
            piece.poor >= 2 and piece.poor >= need * piece.people
            for piece in self.result.people_poor
        ]
        spans = _bridged(together)
        if not spans:
            return None
        poor = [piece.poor for piece in self.result.people_poor]
        first, last = max(spans, key=lambda span: (sum(poor[slice(*span)]), -span[0]))
        length = last - first
        if length < LEAST_WINDOW_MIN or length > MOST_WINDOW_SHARE * self.result.minutes:
            return None
        return first, last


def who(person: Participant) -> str:
    """What identifies a person."""
    return person.person


def worst(bands: Sequence[Band | None]) -> Band | None:
    """The worst of some bands; null only if all are."""
    there = [band for band in bands if band is not None]
    return max(there, key=severity) if there else None


def _bridged(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Runs of true, past the last; gaps of a minute or two do not end them."""
    spans: list[tuple[int, int]] = []
    for minute, flag in enumerate(flags):
        if not flag:
            continue
        if spans and minute - spans[-1][1] <= BRIDGED_MIN:
            spans[-1] = (spans[-1][0], minute + 1)
        else:
            spans.append((minute, minute + 1))
    return spans


def poor_span(stays: Sequence[Participant]) -> tuple[int, int] | None:
    """From the first to past the last poor minute of some joins, if those fill most of it."""
    poor = sorted({m for stay in stays for m, band in enumerate(stay.minute_bands) if band in POOR})
    if len(poor) < LEAST_WINDOW_MIN:
        return None
    first, last = poor[0], poor[-1] + 1
    return (first, last) if 2 * len(poor) >= last - first else None


def minutes_words(person: Participant) -> str:
    """23 of 62 minutes poor."""
    return f"{words.count(person.poor.k)} of {words.plural(person.poor.n, 'minute')} poor"
