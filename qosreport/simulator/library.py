"""Finds what is asked for in the simulation, as it stands at an instant: past, running, to come."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from qosreport.simulator.answers import NOT_FOUND, TOO_OLD, Answer
from qosreport.simulator.endpoints import Endpoint
from qosreport.simulator.meetings import MeetingKind, SimMeeting
from qosreport.simulator.organisation import Simulation
from qosreport.simulator.pages import compact, qos_text, qos_texts
from qosreport.simulator.paging import Listing
from qosreport.simulator.rows import (
    Row,
    list_item,
    participant_rows,
    satisfaction_rows,
    sharing_rows,
    single_fields,
)
from qosreport.simulator.summaries import summary_rows
from qosreport.simulator.surroundings import Scene
from qosreport.simulator.windows import Window, months_from

KEPT_ITEMS = 20_000
KEPT_PAGES = 48
LONGEST_S = 6 * 3600
"""No meeting takes longer."""
SUMMARY_PAGE_SIZE_SHOWN = 30
"""Zoom's own example shows 30 though the most is 10; nobody should rely on it."""


@dataclass(frozen=True)
class _Item:
    """A meeting in a list of past meetings."""

    end_s: int
    one_person: bool
    text: str


class Library:
    """The meetings of a simulation."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._item = lru_cache(maxsize=KEPT_ITEMS)(self._make_item)
        self._numbers = lru_cache(maxsize=32)(self._make_numbers)
        self._page = lru_cache(maxsize=KEPT_PAGES)(self._make_page)

    def _make_item(self, number: int) -> _Item:
        meeting = self.simulation.plan(number)
        return _Item(meeting.end_s, meeting.one_person, compact(list_item(meeting)))

    def _make_numbers(self, kind: MeetingKind, start_s: int, end_s: int) -> tuple[int, ...]:
        start, end = (dt.datetime.fromtimestamp(one, dt.UTC) for one in (start_s, end_s))
        return tuple(self.simulation.numbers(kind, start, end))

    def meetings(
        self, kind: MeetingKind, type_: str, window: Window, now_s: float, *, by_end: bool
    ) -> Listing:
        """The list of meetings or webinars: past and pastOne by window, live at this instant."""
        if type_ == "live":
            texts = [compact(list_item(one)) for one in self._running(kind, now_s)]
        else:
            alone = type_ == "pastOne"
            texts = [
                item.text
                for item in self._past(kind, window, by_end=by_end)
                if item.end_s <= now_s and item.one_person == alone
            ]
        head: Row = {"from": window.first[:10], "to": window.last[:10]}
        return Listing(f"{kind}s", len(texts), lambda start, stop: texts[start:stop], head)

    def _past(self, kind: MeetingKind, window: Window, *, by_end: bool) -> Iterator[_Item]:
        early_s = LONGEST_S if by_end else 0
        for number in self._numbers(kind, window.start_s - early_s, window.end_s):
            item = self._item(number)
            if not by_end or window.start_s <= item.end_s < window.end_s:
                yield item

    def _running(self, kind: MeetingKind, now_s: float) -> Iterator[SimMeeting]:
        moment_s = int(now_s)
        for number in self._make_numbers(kind, moment_s - LONGEST_S, moment_s + 1):
            meeting = self.simulation.plan(number)
            if meeting.end_s > moment_s:
                yield meeting.at(moment_s)

    def find(
        self, reference: str | None, kind: MeetingKind, type_: str, now_s: float
    ) -> SimMeeting | Answer:
        """The meeting a path names, or why there is none."""
        if reference is None:
            return NOT_FOUND
        found = [one for one in self._named(reference) if one.kind == kind and one.start_s <= now_s]
        if type_ == "live":
            running = [one for one in found if one.end_s > now_s]
            return running[-1].at(int(now_s)) if running else NOT_FOUND
        ended = [one for one in found if one.end_s <= now_s]
        if type_ == "pastOne":
            ended = [one for one in ended if one.one_person]
        if not ended:
            return NOT_FOUND
        now = dt.datetime.fromtimestamp(now_s, dt.UTC)
        return TOO_OLD if ended[-1].end < months_from(now, -12) else ended[-1]

    def _named(self, reference: str) -> list[SimMeeting]:
        if reference.isdigit():
            return self.simulation.instances(int(reference))
        meeting = self.simulation.meeting(reference)
        return [] if meeting is None else [meeting]

    def uuid_of(self, reference: str | None) -> str:
        """The UUID a path names, or that of the latest instance of its number; else blank."""
        found = self._named(reference) if reference else []
        return found[-1].uuid if found else ""

    def rows(self, endpoint: Endpoint, meeting: SimMeeting, gap: int = 0) -> Listing:
        """The rows of one of the endpoints that list a meeting's participants.

        Args:
            endpoint: Which.
            meeting: The meeting, or a look at it while it runs.
            gap: How many people the QoS list leaves out.
        """
        number = "meeting_number" if meeting.kind == "meeting" else "webinar_number"
        head: Row = {number: str(meeting.meeting_id)}
        if endpoint.name == "qos":
            return self._qos(meeting, head, gap)
        if endpoint.name == "participants":
            return _ready(participant_rows(meeting), head)
        if endpoint.name == "sharing":
            return _ready(sharing_rows(meeting), {})
        if endpoint.name == "satisfaction":
            return _ready(satisfaction_rows(meeting), {}, counted=False)
        shown = {"page_size": SUMMARY_PAGE_SIZE_SHOWN}
        return _ready(summary_rows(meeting), shown, counted=False)

    def _qos(self, meeting: SimMeeting, head: Row, gap: int) -> Listing:
        total = max(0, len(meeting.qos_sessions) - gap)
        if meeting.running:
            sessions = meeting.qos_sessions
            return Listing(
                "participants",
                total,
                lambda start, stop: list(qos_texts(meeting, sessions[start:stop])),
                head,
            )
        number, page = meeting.number, self._page
        return Listing("participants", total, lambda a, b: list(page(number, a, b)), head)

    def _make_page(self, number: int, start: int, stop: int) -> tuple[str, ...]:
        meeting = self.simulation.plan(number)
        return tuple(qos_texts(meeting, meeting.qos_sessions[start:stop]))

    def one_participant(self, meeting: SimMeeting, user_id: str) -> str | None:
        """The QoS of a participant's latest join as JSON; none if there is no such participant."""
        mine = [one for one in meeting.joins if one.user_id == user_id]
        if not mine:
            return None
        if meeting.kind == "webinar":
            extra: Row = {"webinar_number": str(meeting.meeting_id)}
        else:
            extra = single_fields(mine[-1]) | {"meeting_number": str(meeting.meeting_id)}
        return qos_text(meeting, mine[-1], Scene(meeting), extra)


def _ready(rows: Iterable[Row], head: Row, *, counted: bool = True) -> Listing:
    texts = [compact(row) for row in rows]
    return Listing(
        "participants", len(texts), lambda start, stop: texts[start:stop], head, counted=counted
    )
