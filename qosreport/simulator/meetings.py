"""One simulated meeting or webinar: who was in it, when, from where, and what troubled them."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from qosreport.simulator.causes import Direction, Impact
from qosreport.simulator.people import Device, Person
from qosreport.simulator.places import Place

MeetingKind = Literal["meeting", "webinar"]
Role = Literal["host", "panelist", "attendee"]


@dataclass(frozen=True)
class Touch:
    """Samples of one join that a cause of trouble touched."""

    cause: str
    first: int
    last: int
    """Numbers of the samples in the join, the last included."""
    direction: Direction
    impact: Impact


@dataclass(frozen=True)
class Session:
    """One join of one person; a rejoin is another."""

    seed: str
    """From which its quality is drawn."""
    person: Person
    device: Device
    place: Place
    user_id: str
    participant_uuid: str
    role: Role
    join_s: int
    join_ms: int
    """Milliseconds Zoom prints with the join, 0 for none."""
    leave_s: int
    left: bool
    """False while a running meeting is looked at and the person is still in it."""
    leave_reason: str
    waiting_room: bool
    breakout: str
    """Zoom's id of the breakout room, blank for the main one."""
    version: str
    data_centre: str
    """Code of Zoom's data centre."""
    round_trip_ms: int
    has_qos: bool
    listed_in_qos: bool
    """Telephones and waiting people are not."""
    camera: bool
    talks: bool
    """Whether the join sends sound at all: attendees of webinars and second devices do not."""
    never_muted: bool
    touches: tuple[Touch, ...] = ()
    until_s: int | None = None
    """The instant at which a running meeting is looked at: nothing later is shown."""

    @property
    def first_minute(self) -> int:
        """Minute of the first sample, since 1970: samples are taken on the minute."""
        return self.join_s // 60 + 1

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return max(0, self.leave_s // 60 - self.join_s // 60) if self.has_qos else 0

    @property
    def shown_samples(self) -> int:
        """How many of them Zoom has at the time of looking."""
        if self.until_s is None:
            return self.samples
        return max(0, min(self.samples, self.until_s // 60 - self.join_s // 60))


@dataclass(frozen=True)
class Share:
    """One content share."""

    session: int
    """Number of the join in the meeting."""
    content: str
    start_s: int
    end_s: int


@dataclass(frozen=True)
class Rating:
    """What one person clicked when the meeting was over."""

    person: Person
    moment_s: int
    good: bool
    comment: str


@dataclass(frozen=True)
class SimMeeting:
    """One instance of a meeting or webinar."""

    seed: int
    """The simulation's."""
    odd_values: float
    """Share of values in odd spellings."""
    number: int
    """Number of the meeting in the simulation."""
    uuid: str
    meeting_id: int
    kind: MeetingKind
    topic: str
    host: Person
    start_s: int
    end_s: int
    running: bool
    sessions: tuple[Session, ...]
    """By join, people in the waiting room included."""
    shares: tuple[Share, ...]
    ratings: tuple[Rating, ...]
    recorded: bool

    @property
    def start(self) -> dt.datetime:
        """Start, in UTC."""
        return dt.datetime.fromtimestamp(self.start_s, dt.UTC)

    @property
    def end(self) -> dt.datetime:
        """End, in UTC."""
        return dt.datetime.fromtimestamp(self.end_s, dt.UTC)

    @cached_property
    def joins(self) -> tuple[Session, ...]:
        """Without people who only waited."""
        return tuple(one for one in self.sessions if not one.waiting_room)

    @cached_property
    def qos_sessions(self) -> tuple[Session, ...]:
        """The joins the QoS endpoint lists."""
        return tuple(one for one in self.sessions if one.listed_in_qos)

    @cached_property
    def people(self) -> int:
        """How many different participants, as Zoom counts them."""
        return len({one.user_id for one in self.joins})

    @cached_property
    def one_person(self) -> bool:
        """Whether only one user attended: Zoom lists it under pastOne."""
        return len({one.person.key for one in self.joins}) == 1

    def at(self, moment_s: int) -> "SimMeeting":
        """The meeting as it looks while it is running."""
        sessions = tuple(
            replace(one, left=one.leave_s <= moment_s, until_s=moment_s)
            for one in self.sessions
            if one.join_s <= moment_s
        )
        shares = tuple(
            replace(one, end_s=min(one.end_s, moment_s))
            for one in self.shares
            if one.start_s < moment_s
        )
        return replace(
            self, running=True, sessions=sessions, shares=shares, ratings=(), end_s=moment_s
        )
