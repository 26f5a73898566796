"""All pages of one instance of a meeting or webinar, with the fewest calls that bring them.

Participants and QoS always; then, only where they add: the QoS summary where there is no
per-minute data at all, single participants the QoS pages lack, and what was asked for besides.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from qosreport.errors import ParticipantNotKnown, SkipMeeting
from qosreport.store.raw import RawPage
from qosreport.zoom.caller import Caller, Ignored, Question
from qosreport.zoom.endpoints import (
    ENDPOINTS,
    NO_SCOPE,
    NOT_PAID,
    NOT_PERMITTED,
    Endpoint,
    ListedMeeting,
    Type,
    is_reference,
)
from qosreport.zoom.pages import (
    Chain,
    Page,
    Unreadable,
    json_object,
    pull_chain,
    pull_whole_chain,
)

if TYPE_CHECKING:
    from qosreport.tables import Kind

MOST_REPAIRS = 10
"""Single participants asked for in one meeting."""
MINUTE = re.compile(rb'"date_time"\s*:')
EXTRAS = frozenset({"sharing", "satisfaction"})
Pulled = TypeVar("Pulled")


class Remembered:
    """What one run learns about the account: errors ignored, endpoints it does not have."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._lock = threading.Lock()
        self._ignored: Counter[tuple[str, int, int | None]] = Counter()
        self._off: set[tuple[Kind, str]] = set()
        self.ignored: Mapping[tuple[str, int, int | None], int] = MappingProxyType(self._ignored)
        """Answers ignored, by endpoint, HTTP status (0: none readable) and Zoom's code."""

    def ignore(self, endpoint: Endpoint, ignored: Ignored) -> None:
        """Count an answer that was ignored."""
        with self._lock:
            self._ignored[endpoint.name, ignored.status, ignored.code] += 1
            account_wide = (NOT_PAID, NOT_PERMITTED, *NO_SCOPE)
            if any(kind.fits(ignored.status, ignored.code, "") for kind in account_wide):
                self._off.add((endpoint.kind, endpoint.name))

    def has(self, endpoint: Endpoint) -> bool:
        """Whether the account may have an endpoint: it has not said otherwise in this run."""
        with self._lock:
            return (endpoint.kind, endpoint.name) not in self._off


@dataclass
class Instance:
    """One instance being pulled."""

    caller: Caller
    remembered: Remembered
    meeting: ListedMeeting
    type: Type
    pages: list[RawPage] = field(default_factory=list)

    def all_of(self, name: str) -> Chain:
        """All pages of an endpoint, kept."""
        endpoint = self._endpoint(name)
        ask = self._asking(endpoint, lenient=False)
        # The people of a running meeting come and go: their number need not fit.
        pull = pull_chain if self.type == "live" else pull_whole_chain
        chain = pull(ask, endpoint)
        self._keep(endpoint, chain.pages)
        return chain

    def what_there_is_of(self, name: str) -> None:
        """All pages of an endpoint, kept; none if the account or the meeting has none."""
        endpoint = self._endpoint(name)
        ask = self._asking(endpoint, lenient=True)
        chain = self._unless_ignored(endpoint, lambda: pull_chain(ask, endpoint))
        self._keep(endpoint, chain.pages if chain else ())

    def participant(self, user_id: str, *, lenient: bool) -> Page | None:
        """The QoS of one participant, kept; None if it is ignored."""
        endpoint = self._endpoint("participant_qos")

        def ask() -> Page:
            return self.caller.get(self._question(endpoint, lenient=lenient, participant=user_id))

        page = self._unless_ignored(endpoint, ask) if lenient else ask()
        self._keep(endpoint, (page,) if page else (), participant_id=user_id)
        return page

    def _endpoint(self, name: str) -> Endpoint:
        return ENDPOINTS[self.meeting.kind, name]

    def _asking(self, endpoint: Endpoint, *, lenient: bool) -> Callable[[str | None], Page]:
        def ask(token: str | None) -> Page:
            return self.caller.get(self._question(endpoint, lenient=lenient, token=token))

        return ask

    def _question(
        self, endpoint: Endpoint, *, lenient: bool, token: str | None = None, participant: str = ""
    ) -> Question:
        params: dict[str, str | int] = {}
        if endpoint.types:
            params["type"] = endpoint.type_for(self.type)
        if endpoint.page_size is not None:
            params["page_size"] = endpoint.page_size
        return Question(
            endpoint, self.meeting.uuid, participant, params, page_token=token, lenient=lenient
        )

    def _unless_ignored(self, endpoint: Endpoint, pull: Callable[[], Pulled]) -> Pulled | None:
        if not self.remembered.has(endpoint):
            return None
        try:
            return pull()
        except Ignored as ignored:
            self.remembered.ignore(endpoint, ignored)
        except SkipMeeting:
            # A broken chain of what a meeting is whole without.
            self.remembered.ignore(endpoint, Ignored(0, None))
        return None

    def _keep(
        self, endpoint: Endpoint, pages: Collection[Page], *, participant_id: str | None = None
    ) -> None:
        self.pages.extend(
            RawPage(
                meeting_uuid=self.meeting.uuid,
                kind=self.meeting.kind,
                endpoint=endpoint.name,
                page=number,
                participant_id=participant_id,
                pulled_at=page.received_at,
                body=page.body,
            )
            for number, page in enumerate(pages, start=1)
        )


def pull_instance(
    instance: Instance, *, extras: Collection[str], summary: bool, only_participant: str | None
) -> list[RawPage]:
    """All pages of one instance.

    Args:
        instance: What is pulled.
        extras: Further endpoints: sharing, satisfaction.
        summary: Whether to ask for the QoS summary where there is no per-minute data.
        only_participant: Ask for the QoS of this user id only.

    Raises:
        SkipMeeting: The instance cannot be had whole.
        ParticipantNotKnown: It has no such participant.
        Refused, TryLater, Unavailable: The run cannot go on.
    """
    participants = instance.all_of("participants")
    if only_participant is not None:
        _pull_one(instance, participants, only_participant)
    else:
        _pull_qos(instance, participants, summary=summary)
    for name in sorted(EXTRAS & set(extras)):
        instance.what_there_is_of(name)
    return instance.pages


def _pull_one(instance: Instance, participants: Chain, user_id: str) -> None:
    if user_id not in {key[0] for key in participants.rows} or not is_reference(user_id):
        raise ParticipantNotKnown
    instance.participant(user_id, lenient=False)


def _pull_qos(instance: Instance, participants: Chain, *, summary: bool) -> None:
    qos = instance.all_of("qos")
    has_minutes = any(MINUTE.search(page.body) for page in qos.pages)
    if summary and not has_minutes and participants.rows and instance.type != "live":
        instance.what_there_is_of("qos_summary")
    _repair(instance, participants, qos)


def _repair(instance: Instance, participants: Chain, qos: Chain) -> None:
    """Ask singly for people in the meeting whom the QoS pages lack."""
    present = {key[0] for key in qos.rows}
    if present.issuperset(key[0] for key in participants.rows):
        return
    lacking = [user_id for user_id in _in_meeting(participants) if user_id not in present]
    for user_id in lacking[:MOST_REPAIRS]:
        page = instance.participant(user_id, lenient=True)
        if not present and (page is None or not MINUTE.search(page.body)):
            # Not a gap: the whole meeting has no QoS, and the next one would say the same.
            return


def _in_meeting(participants: Chain) -> list[str]:
    """User ids of those who were let in and whose device has QoS, each once, in Zoom's order."""
    rows = (row for page in participants.pages for row in _rows(page))
    return list(dict.fromkeys(str(row["user_id"]) for row in rows if _can_have_qos(row)))


def _rows(page: Page) -> list[Any]:
    try:
        rows = json_object(page.body).get("participants")
    except Unreadable:
        # The parser will say so of the whole meeting; there is no gap to find in it here.
        return []
    return rows if isinstance(rows, list) else []


def _can_have_qos(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    user_id = row.get("user_id")
    is_id = isinstance(user_id, int | str) and is_reference(str(user_id))
    waiting = row.get("status") == "in_waiting_room"
    return is_id and not waiting and row.get("device") != "Phone"
