"""Zoom's endpoints as data, and the meeting they are asked about.

Paths, labels, page sizes, types and scopes: developers.zoom.us, "Dashboards" and "QSS".
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Self, get_args
from urllib.parse import quote

from qosreport.store.raw import RawPage
from qosreport.tables import Kind
from qosreport.zoom.limits import HEAVY, RESOURCE_INTENSIVE, Label

KINDS: tuple[Kind, ...] = get_args(Kind)

Type = Literal["past", "pastOne", "live"]
PAST = frozenset[Type]({"past", "live"})
PAST_ONE = frozenset[Type]({"past", "pastOne", "live"})
CLASSIC_ALL = "dashboard:read:admin"


@dataclass(frozen=True)
class Ignorable:
    """An error answer that costs no more than the data of this endpoint."""

    status: int
    code: int | None
    """Zoom's code in the body; None: any."""
    says: str = ""
    """Part of its message, in lower case."""

    def fits(self, status: int, code: int | None, message: str) -> bool:
        """Whether an answer is of this kind."""
        same = self.status == status and self.code in {None, code}
        return same and self.says in message.casefold()


NOT_THERE = (Ignorable(404, None), Ignorable(400, 12702))
NOT_PAID = Ignorable(400, 200)
NOT_PERMITTED = Ignorable(403, None)
NO_SCOPE = (Ignorable(400, 4711), Ignorable(400, 104))


@dataclass(frozen=True)
class Endpoint:
    """One of Zoom's endpoints, for meetings or for webinars."""

    name: str
    """As raw pages call it; `list` and `detail` are never kept under these names."""
    kind: Kind
    title: str
    """As messages call it."""
    path: str
    label: Label
    types: frozenset[Type]
    """Legal values of the parameter `type`; empty where there is none."""
    granular: str
    """The scope newer apps need."""
    classic: str
    """The scope older apps need; `dashboard:read:admin` will do as well."""
    page_size: int | None = None
    """The most rows a page may have; None: the answer is one object."""
    holds: str = "participants"
    """The key every answer has: of its rows, or one of the object's own."""
    row_key: tuple[str, ...] = ()
    """What tells the rows of a page apart, so that they can be counted; empty: not counted."""
    ignores: tuple[Ignorable, ...] = ()
    optional: bool = False
    """A meeting is whole without it."""

    @property
    def per_meeting(self) -> bool:
        """Whether a failure concerns one meeting only."""
        return self.name not in {"list", "detail"}

    @property
    def scopes(self) -> frozenset[str]:
        """Any one of these permits it."""
        master = (self.granular.replace(":admin", ":master"), "dashboard:master")
        return frozenset({self.granular, self.classic, CLASSIC_ALL, *master})

    def ignores_answer(self, status: int, code: int | None, message: str) -> bool:
        """Whether the allow-list names an error answer."""
        return any(kind.fits(status, code, message) for kind in self.ignores)

    def type_for(self, wanted: Type) -> Type:
        """`wanted`, or `past` where this endpoint does not know pastOne."""
        return "past" if wanted == "pastOne" and "pastOne" not in self.types else wanted

    def url_path(self, *, meeting: str = "", participant: str = "") -> str:
        """The path below the API's base, its variables encoded."""
        return self.path.format(
            meeting=encoded_uuid(meeting), participant=quote(participant, safe="", errors="replace")
        )


def _endpoints(kind: Kind) -> tuple[Endpoint, ...]:
    return (*_meetings(kind), *_people(kind), *_further(kind))


def _meetings(kind: Kind) -> tuple[Endpoint, ...]:
    listed = Endpoint(
        name="list",
        kind=kind,
        title=f"the list of {kind}s",
        path=f"/metrics/{kind}s",
        label=RESOURCE_INTENSIVE,
        types=PAST_ONE if kind == "meeting" else PAST,
        granular=f"dashboard:read:list_{kind}s:admin",
        classic=_classic(kind),
        page_size=300,
        holds=f"{kind}s",
        row_key=("uuid",),
        # An account without the webinar add-on has no webinars; that is no reason to stop.
        ignores=(Ignorable(400, 200, "webinar"),) if kind == "webinar" else (),
    )
    detail = _heavy(
        kind,
        name="detail",
        title=f"a {kind}'s details",
        path=f"/metrics/{kind}s/{{meeting}}",
        types=PAST_ONE if kind == "meeting" else PAST,
        granular=f"dashboard:read:{kind}:admin",
        holds="uuid",
    )
    return listed, detail


def _people(kind: Kind) -> tuple[Endpoint, ...]:
    participants = _heavy(
        kind,
        name="participants",
        title=f"a {kind}'s participants",
        path=_below(kind),
        types=PAST_ONE if kind == "meeting" else PAST,
        granular=f"dashboard:read:list_{kind}_participants:admin",
        page_size=300,
        row_key=("user_id", "join_time"),
    )
    qos = _heavy(
        kind,
        name="qos",
        title=f"a {kind}'s QoS",
        path=_below(kind, "/qos"),
        granular=f"dashboard:read:list_{kind}_participants_qos:admin",
        page_size=10,
        row_key=("user_id", "join_time"),
    )
    participant_qos = _heavy(
        kind,
        name="participant_qos",
        title=f"the QoS of one participant of a {kind}",
        path=_below(kind, "/{participant}/qos"),
        granular=f"dashboard:read:{kind}_participant_qos:admin",
        holds="user_id",
        ignores=(*NOT_THERE, *NO_SCOPE, Ignorable(400, 300), Ignorable(400, 1010), NOT_PERMITTED),
    )
    return participants, qos, participant_qos


def _further(kind: Kind) -> tuple[Endpoint, ...]:
    summary = _heavy(
        kind,
        name="qos_summary",
        title=f"a {kind}'s QoS summary",
        path=_below(kind, "/qos_summary"),
        types=frozenset(),
        granular=f"dashboard:read:list_{kind}_participants_qos:admin",
        page_size=10,
        ignores=(*NOT_THERE, NOT_PERMITTED, Ignorable(400, None)),
        optional=True,
    )
    sharing = _heavy(
        kind,
        name="sharing",
        title=f"a {kind}'s screen shares",
        path=_below(kind, "/sharing"),
        granular=f"dashboard:read:{kind}_sharing:admin",
        page_size=300,
        ignores=(*NOT_THERE, NOT_PERMITTED, NOT_PAID),
        optional=True,
    )
    satisfaction = _heavy(
        kind,
        name="satisfaction",
        title=f"a {kind}'s ratings",
        path=_below(kind, "/satisfaction"),
        types=PAST_ONE,
        granular=f"dashboard:read:post_{kind}_feedback:admin",
        page_size=300,
        ignores=(*NOT_THERE, NOT_PERMITTED, NOT_PAID),
        optional=True,
    )
    return summary, sharing, satisfaction


def _heavy(kind: Kind, *, name: str, types: frozenset[Type] = PAST, **rest: Any) -> Endpoint:  # noqa: ANN401 -- the rest of Endpoint's fields
    return Endpoint(name=name, kind=kind, types=types, classic=_classic(kind), label=HEAVY, **rest)


def _classic(kind: Kind) -> str:
    return f"dashboard_{kind}s:read:admin"


def _below(kind: Kind, path: str = "") -> str:
    return f"/metrics/{kind}s/{{meeting}}/participants{path}"


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {(kind, endpoint.name): endpoint for kind in KINDS for endpoint in _endpoints(kind)}
)
"""By kind and name."""


def encoded_uuid(uuid: str) -> str:
    """A meeting's UUID or number as it stands in a path.

    Zoom wants it encoded twice if it begins with a slash or holds two in a row, else once. A UUID
    that cannot be written in UTF-8 is no meeting's; it becomes one that nobody has.
    """
    once = quote(uuid, safe="", errors="replace")
    return quote(once, safe="") if uuid.startswith("/") or "//" in uuid else once


def is_reference(text: str) -> bool:
    """Whether a text can be the UUID or number of a meeting, or the id of a participant.

    Dots alone would make the path mean another endpoint.
    """
    return 0 < len(text) <= 256 and text.isprintable() and text.strip(".") != ""


def instant(value: object) -> dt.datetime | None:
    """A time as Zoom writes it, in UTC; None if it is blank or unreadable."""
    if not isinstance(value, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class ListedMeeting:
    """One instance of a meeting or webinar as Zoom's list names it."""

    uuid: str
    meeting_id: str | None
    """Zoom's number, shared by all instances."""
    kind: Kind
    one_person: bool
    """Listed as attended by one person only (pastOne)."""
    start_time: dt.datetime | None
    """Null: Zoom left it blank, which it does now and then."""
    end_time: dt.datetime | None
    participants_reported: int | None
    item: bytes
    """Its piece of the list page, byte for byte."""
    pulled_at: dt.datetime

    @classmethod
    def from_item(
        cls, item: bytes, *, kind: Kind, one_person: bool, pulled_at: dt.datetime
    ) -> Self | None:
        """Read an item of a list page, or a detail answer; None if it names no instance."""
        try:
            fields = json.loads(item.decode("utf-8", "surrogateescape"), parse_int=modest_int)
        except (ValueError, RecursionError):
            return None
        return cls.from_fields(
            fields, item=item, kind=kind, one_person=one_person, pulled_at=pulled_at
        )

    @classmethod
    def from_fields(
        cls, fields: object, *, item: bytes, kind: Kind, one_person: bool, pulled_at: dt.datetime
    ) -> Self | None:
        """The same from an item already read."""
        if not isinstance(fields, dict):
            return None
        uuid = fields.get("uuid")
        if not isinstance(uuid, str) or not is_reference(uuid):
            return None
        number = fields.get("id")
        participants = fields.get("participants")
        return cls(
            uuid=uuid,
            meeting_id=str(number) if isinstance(number, int | str) and number != "" else None,
            kind=kind,
            one_person=one_person,
            start_time=instant(fields.get("start_time")),
            end_time=instant(fields.get("end_time")),
            participants_reported=participants if isinstance(participants, int) else None,
            item=item,
            pulled_at=pulled_at,
        )

    def list_page(self) -> RawPage:
        """The item as a raw page, for the store."""
        return RawPage(
            meeting_uuid=self.uuid,
            kind=self.kind,
            endpoint="list_item",
            page=1,
            participant_id=None,
            pulled_at=self.pulled_at,
            body=self.item,
        )


def modest_int(digits: str) -> int | None:
    """An integer no longer than any Zoom gives: Python refuses to read thousands of digits."""
    return int(digits) if re.fullmatch(r"-?\d{1,18}", digits) else None
