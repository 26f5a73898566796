"""The endpoints the server answers, as data: paths, types, page sizes, labels and scopes."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from qosreport.simulator.meetings import MeetingKind

Label = Literal["heavy", "resource_intensive"]
EndpointName = Literal[
    "list",
    "detail",
    "participants",
    "qos",
    "participant_qos",
    "qos_summary",
    "satisfaction",
    "sharing",
]
NAMES: tuple[str, ...] = (
    "token", "list", "detail", "participants", "qos", "participant_qos", "qos_summary",
    "satisfaction", "sharing",
)  # fmt: skip
"""What faults can be limited to."""


@dataclass(frozen=True)
class Endpoint:
    """One endpoint, for meetings or for webinars."""

    name: EndpointName
    kind: MeetingKind
    types: tuple[str, ...]
    """Legal values of `type`; none if there is no such parameter."""
    page_default: int
    """0 if there are no pages."""
    page_max: int
    label: Label
    scope: str
    """The granular one."""

    @property
    def scopes(self) -> frozenset[str]:
        """Any one of these will do."""
        return frozenset({self.scope, *CLASSIC_SCOPES[self.kind]})


CLASSIC_SCOPES: dict[MeetingKind, tuple[str, ...]] = {
    "meeting": ("dashboard_meetings:read:admin", "dashboard:read:admin"),
    "webinar": ("dashboard_webinars:read:admin", "dashboard:read:admin"),
}


def _scope(what: str) -> str:
    return f"dashboard:read:{what}:admin"


def _of(kind: MeetingKind) -> dict[str, Endpoint]:
    one = ("past", "pastOne", "live") if kind == "meeting" else ("past", "live")
    two = ("past", "live")
    people = f"list_{kind}_participants"
    rows: tuple[tuple[EndpointName, tuple[str, ...], int, int, Label, str], ...] = (
        ("list", one, 30, 300, "resource_intensive", f"list_{kind}s"),
        ("detail", one, 0, 0, "heavy", kind),
        ("participants", one, 30, 300, "heavy", people),
        ("qos", two, 1, 10, "heavy", f"{people}_qos"),
        ("participant_qos", two, 0, 0, "heavy", f"{kind}_participant_qos"),
        ("qos_summary", (), 1, 10, "heavy", f"{people}_qos"),
        ("satisfaction", ("past", "pastOne", "live"), 30, 300, "heavy", f"post_{kind}_feedback"),
        ("sharing", two, 30, 300, "heavy", f"{kind}_sharing"),
    )
    return {
        name: Endpoint(name, kind, types, default, most, label, _scope(scope))
        for name, types, default, most, label, scope in rows
    }


ENDPOINTS: dict[MeetingKind, dict[str, Endpoint]] = {
    "meeting": _of("meeting"),
    "webinar": _of("webinar"),
}
GRANULAR_SCOPES = tuple(
    dict.fromkeys(one.scope for table in ENDPOINTS.values() for one in table.values())
)
_BELOW_PARTICIPANTS = ("qos", "qos_summary", "satisfaction", "sharing")


@dataclass(frozen=True)
class Target:
    """What a path asks for."""

    endpoint: Endpoint
    meeting: str
    """Segment of the path that names the meeting, as it came; blank for lists."""
    participant: str


def target(path: str) -> Target | None:
    """What a raw path asks for; none if no endpoint has it. Slashes in a UUID must be encoded."""
    parts = path.strip("/").split("/")
    tables = {"meetings": ENDPOINTS["meeting"], "webinars": ENDPOINTS["webinar"]}
    if parts[:2] != ["v2", "metrics"] or len(parts) < 3 or parts[2] not in tables:
        return None
    table, rest = tables[parts[2]], parts[3:]
    name = _name(rest)
    if name is None:
        return None
    participant = unquote(rest[2]) if name == "participant_qos" else ""
    return Target(table[name], rest[0] if rest else "", participant)


def _name(rest: list[str]) -> str | None:
    """The endpoint, from the segments after /metrics/meetings."""
    if len(rest) < 2:
        return "detail" if rest else "list"
    if rest[1] != "participants":
        return None
    below = rest[2:]
    if not below:
        return "participants"
    if len(below) == 1 and below[0] in _BELOW_PARTICIPANTS:
        return below[0]
    return "participant_qos" if len(below) == 2 and below[1] == "qos" else None


def meeting_reference(segment: str) -> str | None:
    """The id or UUID a path's segment names; none where Zoom's router would lose it.

    A UUID that begins with a slash or holds two in a row survives only if encoded twice.
    """
    once = unquote(segment)
    if "%" in once:
        return unquote(once)
    return None if once.startswith("/") or "//" in once else once
