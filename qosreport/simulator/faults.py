"""Faults the server can be asked for, each named, typed and off by default.

A fault can be limited to an endpoint, to one meeting, and to a number of answers after a number of
good ones. On the command line: `429_per_second=3,html_error=participants:2,drip=value=0.2`.
"""

import difflib
import threading
from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import Annotated, get_type_hints

from qosreport.errors import BadFault
from qosreport.simulator.endpoints import NAMES


@dataclass(frozen=True)
class Fault:
    """When a fault happens, and what form it takes."""

    count: int | None = None
    """How many answers; none is every one."""
    endpoint: str | None = None
    """Only answers of this endpoint, one of `endpoints.NAMES`; none is all but token."""
    uuid: str | None = None
    """Only answers about this meeting."""
    skip: int = 0
    """How many answers that would be hit are spared first."""
    value: str = ""
    """What the fault's own description says; blank is its usual form."""


@dataclass(frozen=True)
class About:
    """What a fault does; its usual value; its name on the command line; the values it may have."""

    meaning: str
    default: str = ""
    name: str = ""
    forms: str = ""


RETRY_AFTER_FORMS = "absent iso seconds http-date past far nonsense"


@dataclass(frozen=True)
class Faults:
    """Everything that can be made to go wrong."""

    # Refusals
    unauthorized: Annotated[Fault | None, About("401/124: the token is not accepted")] = None
    scope_refused: Annotated[Fault | None, About("400/4711: the scope is missing after all")] = None
    app_disabled: Annotated[Fault | None, About("400/4717: the app was disabled")] = None
    other_account: Annotated[
        Fault | None, About("400/300: the meeting belongs to another account")
    ] = None
    no_plan: Annotated[Fault | None, About("400/200: no Dashboard in this plan")] = None
    no_dashboard: Annotated[Fault | None, About("400/400: the Dashboard is switched off")] = None
    no_end_time: Annotated[
        Fault | None, About("400/12700: no lists by end time", default="list")
    ] = None
    too_old: Annotated[Fault | None, About("400/12702: older than a year")] = None
    not_found: Annotated[Fault | None, About("404/3001: not there, or not ended")] = None
    forbidden: Annotated[Fault | None, About("403")] = None
    per_second_429: Annotated[
        Fault | None,
        About(
            "429 per second; value: form of Retry-After",
            default="absent",
            name="429_per_second",
            forms=RETRY_AFTER_FORMS,
        ),
    ] = None
    daily_429: Annotated[
        Fault | None,
        About(
            "429 for the day; value: form of Retry-After",
            default="iso",
            name="429_daily",
            forms=RETRY_AFTER_FORMS,
        ),
    ] = None
    concurrent_429: Annotated[
        Fault | None, About("429: too many at once", name="429_concurrent")
    ] = None
    # What does not look like Zoom
    server_error: Annotated[
        Fault | None,
        About("5xx; value: the status", default="500", name="5xx", forms="500 501 502 503 504"),
    ] = None
    html_ok: Annotated[Fault | None, About("200 with a sign-in page")] = None
    html_error: Annotated[Fault | None, About("502 with a gateway's page")] = None
    empty_body: Annotated[Fault | None, About("200 with nothing")] = None
    null_body: Annotated[
        Fault | None, About("200 with null; value: other JSON", default="null")
    ] = None
    deep_json: Annotated[
        Fault | None, About("arrays in arrays; value: how many", default="100000")
    ] = None
    gzip_bomb: Annotated[Fault | None, About("blanks, compressed; value: MiB", default="96")] = None
    redirect: Annotated[
        Fault | None, About("302; value: where to", default="https://redirect.example/")
    ] = None
    # Delivery
    truncated: Annotated[
        Fault | None, About("the connection ends before Content-Length is reached")
    ] = None
    chunked_cut: Annotated[Fault | None, About("the connection ends within a chunk")] = None
    cut_json: Annotated[Fault | None, About("half the body, with a fitting Content-Length")] = None
    drip: Annotated[
        Fault | None, About("a few bytes at a time; value: seconds between", default="0.05")
    ] = None
    closed: Annotated[Fault | None, About("the connection is closed without an answer")] = None
    # Pages
    page_token_expired: Annotated[Fault | None, About("400/300 for a page token")] = None
    page_token_loop: Annotated[
        Fault | None, About("every page hands out the token it was asked with")
    ] = None
    page_token_odd: Annotated[
        Fault | None,
        About(
            "the next page's token; value: its form",
            default="null",
            forms="null missing number blank",
        ),
    ] = None
    overlap: Annotated[Fault | None, About("pages begin with the last row of the one before")] = (
        None
    )
    rows_lost: Annotated[Fault | None, About("a row of every later page is left out")] = None
    empty_page: Annotated[Fault | None, About("a page without rows, but with a token")] = None
    total_too_high: Annotated[
        Fault | None, About("total_records too high; value: by how much", default="3")
    ] = None
    # The token endpoint
    wrong_app: Annotated[
        Fault | None, About("400 unsupported_grant_type: not a Server-to-Server app")
    ] = None
    missing_scopes: Annotated[
        Fault | None,
        About(
            "scopes the token lacks, joined by '+'; usually one for QoS",
            default="dashboard:read:list_meeting_participants_qos:admin",
        ),
    ] = None
    classic_scopes: Annotated[Fault | None, About("the token has the two classic scopes only")] = (
        None
    )
    foreign_api_url: Annotated[
        Fault | None,
        About("the token names another host; value: its URL", default="https://api.evil.example"),
    ] = None
    no_token: Annotated[Fault | None, About("200 without access_token")] = None
    token_control_characters: Annotated[Fault | None, About("a token with a line break in it")] = (
        None
    )
    odd_expiry: Annotated[
        Fault | None, About("expires_in; value: what instead, or missing", default="0")
    ] = None
    # Content
    hostile_names: Annotated[
        Fault | None,
        About(
            "names, topics and devices that bite; value: which",
            default="all",
            forms="all html css jinja bidi surrogate long nul formula zalgo",
        ),
    ] = None
    hostile_values: Annotated[
        Fault | None,
        About(
            "measures nobody can have; value: which",
            default="all",
            forms="all negative huge digits nan words",
        ),
    ] = None
    blank_qos: Annotated[Fault | None, About("all samples are there, and blank")] = None
    no_qos: Annotated[Fault | None, About("user_qos is empty for everybody")] = None
    qos_gap: Annotated[
        Fault | None, About("QoS lists leave people out; value: how many", default="1")
    ] = None
    blank_times: Annotated[Fault | None, About("lists without times, with 0 participants")] = None

    def __post_init__(self) -> None:
        for part in fields(self):
            fault = getattr(self, part.name)
            if fault is not None:
                _check(part.name, fault)


ABOUT: dict[str, About] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(Faults, include_extras=True).items()
}
_NAMES = {about.name or field: field for field, about in ABOUT.items()}
NO_FAULTS = Faults()
EVERY_MEETING = "*"
"""In place of a UUID: the answer is about many meetings, and it sees to the fault's UUID itself."""
_OF_TOKENS = {
    "wrong_app", "missing_scopes", "classic_scopes", "foreign_api_url", "no_token",
    "token_control_characters", "odd_expiry",
}  # fmt: skip
_NUMERIC = {"deep_json", "gzip_bomb", "drip", "total_too_high", "qos_gap"}


def fault_names() -> dict[str, str]:
    """What each fault does, by its name on the command line."""
    return {name: ABOUT[field].meaning for name, field in _NAMES.items()}


def value_of(name: str, fault: Fault) -> str:
    """The fault's value, or its usual one."""
    return fault.value or ABOUT[name].default


def parse_faults(text: str) -> Faults:
    """The faults written as `NAME[=PART[:PART…]],…`.

    A part is a count, an endpoint, `skip=N`, `uuid=UUID`, or, last, `value=VALUE`.

    Raises:
        BadFault: No such fault, or a part that is none of these, with the nearest name as a hint.
    """
    made = NO_FAULTS
    for written in filter(None, (one.strip() for one in text.split(","))):
        name, _, rest = written.partition("=")
        if name not in _NAMES:
            raise BadFault(text=written, why="there is no such name", hint=_hint(name, _NAMES))
        parts, _, value = rest.partition("value=")
        fault = Fault(value=value)
        for part in filter(None, parts.split(":")):
            fault = _with_part(written, fault, part)
        made = replace(made, **{_NAMES[name]: fault})
    return made


def _with_part(written: str, fault: Fault, part: str) -> Fault:
    key, has_value, value = part.partition("=")
    if part.isdigit():
        return replace(fault, count=int(part))
    if part in NAMES:
        return replace(fault, endpoint=part)
    if key == "skip" and value.isdigit():
        return replace(fault, skip=int(value))
    if has_value and key == "uuid":
        return replace(fault, uuid=value)
    why = f"'{part}' is neither a count nor an endpoint nor skip=, uuid= or value="
    raise BadFault(text=written, why=why, hint=_hint(part, NAMES))


def _check(name: str, fault: Fault) -> None:
    shown, forms = ABOUT[name].name or name, ABOUT[name].forms.split()
    if fault.endpoint is not None and fault.endpoint not in NAMES:
        why = f"there is no endpoint {fault.endpoint}"
        raise BadFault(text=shown, why=why, hint=_hint(fault.endpoint, NAMES))
    if forms and fault.value and fault.value not in forms:
        raise BadFault(text=shown, why=f"its value is one of {', '.join(forms)}", hint="")
    if name in _NUMERIC and fault.value and not fault.value.replace(".", "", 1).isdigit():
        raise BadFault(text=shown, why="its value is a number", hint="")


def _hint(name: str, known: "dict[str, str] | tuple[str, ...]") -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _usual(name: str, endpoint: str) -> str:
    """What a fault without an endpoint is meant for, as seen by an answer of `endpoint`."""
    if name in _OF_TOKENS:
        return "token"
    return "" if endpoint == "token" else endpoint


class Triggers:
    """The faults of one server, with what is left of each. Safe to ask from several threads."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.fired: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def wanted(self, name: str, endpoint: str, uuid: str = "") -> Fault | None:
        """The fault if it is meant for such an answer, without using it up."""
        fault: Fault | None = getattr(self.faults, name)
        if fault is None or (fault.endpoint or _usual(name, endpoint)) != endpoint:
            return None
        return fault if fault.uuid is None or uuid in {fault.uuid, EVERY_MEETING} else None

    def fires(self, name: str, endpoint: str, uuid: str = "") -> Fault | None:
        """The fault if it happens to this answer; it is counted."""
        fault = self.wanted(name, endpoint, uuid)
        if fault is None:
            return None
        with self._lock:
            seen = self._seen[name]
            self._seen[name] += 1
            if seen < fault.skip or (fault.count is not None and seen >= fault.skip + fault.count):
                return None
            self.fired[name] += 1
        return fault

    def always(self, name: str, endpoint: str, uuid: str = "") -> str | None:
        """The value of a fault that must hit every page of a list alike: no count, no skip."""
        fault = self.wanted(name, endpoint, uuid)
        if fault is None:
            return None
        with self._lock:
            self.fired[name] += 1
        return value_of(name, fault)

    def value(self, name: str, endpoint: str, uuid: str = "") -> str | None:
        """The value of the fault if it happens to this answer; it is counted."""
        fault = self.fires(name, endpoint, uuid)
        return None if fault is None else value_of(name, fault)
