"""What Zoom's answers mean: by HTTP status, code in the body, message and endpoint together.

Codes: developers.zoom.us, "Using Zoom APIs" and the error tables of the dashboard endpoints.
"""

import datetime as dt
import json
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from qosreport.errors import (
    DailyLimit,
    Forbidden,
    MeetingNotAccessible,
    MeetingNotFound,
    MeetingTooOld,
    MissingScopes,
    NoDashboard,
    NotZoom,
    QosreportError,
    RequestRefused,
    TokenRejected,
    WrongAppKind,
)
from qosreport.zoom.endpoints import Endpoint
from qosreport.zoom.limits import as_text, next_gmt_day
from qosreport.zoom.transport import Answer

LONGEST_WAIT_S = 600.0
"""A server that asks for more means the daily limit."""


SCOPE = re.compile(
    r"[a-z_]{1,40}:(?:read|write|update|delete|master)(?::[a-z_]{1,60})?(?::(?:admin|master))?"
)


class Outcome(Enum):
    """What to do with an answer."""

    FINE = auto()
    """Its body is to be read."""
    RETRY = auto()
    """The server has trouble."""
    UNREADABLE = auto()
    """Something that is not Zoom's API seems to have answered."""
    TOKEN_EXPIRED = auto()
    """A new access token, then once more."""
    PAGE_TOKEN_EXPIRED = auto()
    """The chain of pages begins anew."""
    RATE_LIMIT = auto()
    DAILY_LIMIT = auto()
    TOKEN_REJECTED = auto()
    MISSING_SCOPE = auto()
    WRONG_APP_KIND = auto()
    NO_DASHBOARD = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    TOO_OLD = auto()
    NOT_ACCESSIBLE = auto()
    PROXY_REFUSES = auto()


@dataclass(frozen=True)
class ErrorBody:
    """What Zoom says in the body of an error answer."""

    code: int | None
    message: str
    is_json: bool


@dataclass(frozen=True)
class Verdict:
    """What an answer means."""

    outcome: Outcome
    answer: Answer
    error: ErrorBody

    @property
    def text(self) -> str:
        """The answer in the words of a message: numbers only, never what the body says."""
        return described(self.answer.status, self.error.code)


@dataclass(frozen=True)
class Rule:
    """One row of the table; what is None or empty fits anything."""

    outcome: Outcome
    status: int | None = None
    codes: frozenset[int] = frozenset()
    says: str = ""
    """Part of the message, in lower case."""
    paged: bool | None = None
    """Whether the request carried a page token."""

    def fits(self, answer: Answer, error: ErrorBody, *, paged: bool) -> bool:
        """Whether this row is about such an answer."""
        return (
            self.status in {None, answer.status}
            and (not self.codes or error.code in self.codes)
            and self.says in error.message.casefold()
            and self.paged in {None, paged}
        )


def _codes(*codes: int) -> frozenset[int]:
    return frozenset(codes)


RULES = (
    Rule(Outcome.PROXY_REFUSES, 407),
    # Zoom's 2022 description lists code 300 under an HTTP status of the same number.
    Rule(Outcome.PAGE_TOKEN_EXPIRED, 400, _codes(300), "token", paged=True),
    Rule(Outcome.PAGE_TOKEN_EXPIRED, 300, _codes(300), "token", paged=True),
    Rule(Outcome.TOKEN_REJECTED, None, _codes(4700, 4702, 4704, 4717, 4741)),
    Rule(Outcome.TOKEN_EXPIRED, 401),
    Rule(Outcome.TOKEN_EXPIRED, 400, _codes(124)),
    Rule(Outcome.MISSING_SCOPE, 400, _codes(4711)),
    Rule(Outcome.MISSING_SCOPE, 400, _codes(104)),
    Rule(Outcome.WRONG_APP_KIND, 400, _codes(200), "invalid api key"),
    Rule(Outcome.NO_DASHBOARD, 400, _codes(200, 400)),
    Rule(Outcome.TOO_OLD, 400, _codes(12702)),
    Rule(Outcome.FORBIDDEN, 403),
    Rule(Outcome.NOT_FOUND, 404),
)
"""Of the answers Zoom means; the first that fits. What fits none of them is not accessible."""


def judge(answer: Answer, *, paged: bool) -> Verdict:
    """What an answer means; `paged`: the request carried a page token."""
    if answer.status == 200:
        return Verdict(Outcome.FINE, answer, ErrorBody(None, "", is_json=True))
    error = error_body(answer.body)
    return Verdict(_outcome(answer, error, paged=paged), answer, error)


def failure(verdict: Verdict, endpoint: Endpoint) -> QosreportError:
    """The failure that a verdict is, for the run or for one meeting."""
    outcome, answer, error = verdict.outcome, verdict.answer, verdict.error
    if outcome is Outcome.MISSING_SCOPE:
        return MissingScopes(scopes=_scopes_named(error.message) or endpoint.granular)
    if outcome is Outcome.DAILY_LIMIT:
        return DailyLimit(resume=as_text(resume_at(answer)))
    if outcome is Outcome.NOT_FOUND and endpoint.name == "list":
        return NotZoom(host="The API", endpoint=endpoint.title, kind=verdict.text)
    if outcome in {Outcome.NOT_ACCESSIBLE, Outcome.TOO_OLD} and endpoint.name == "list":
        return RequestRefused(endpoint=endpoint.title, reason=verdict.text)
    made: dict[Outcome, QosreportError] = {
        Outcome.TOKEN_REJECTED: TokenRejected(status=answer.status, code=error.code),
        Outcome.TOKEN_EXPIRED: TokenRejected(status=answer.status, code=error.code),
        Outcome.WRONG_APP_KIND: WrongAppKind(reason=verdict.text),
        Outcome.NO_DASHBOARD: NoDashboard(reason=verdict.text),
        Outcome.FORBIDDEN: Forbidden(endpoint=endpoint.title),
        Outcome.NOT_FOUND: MeetingNotFound(),
        Outcome.TOO_OLD: MeetingTooOld(),
        Outcome.NOT_ACCESSIBLE: MeetingNotAccessible(),
    }
    return made[outcome]


def described(status: int, code: int | None) -> str:
    """An answer in the words of a message."""
    return f"HTTP {status}" if code is None else f"HTTP {status}, code {code}"


def error_body(body: bytes) -> ErrorBody:
    """Read the body of an error answer, whatever it is."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return ErrorBody(None, "", is_json=False)
    if not isinstance(fields, dict):
        return ErrorBody(None, "", is_json=False)
    message = fields.get("message")
    return ErrorBody(
        _code(fields.get("code")), message if isinstance(message, str) else "", is_json=True
    )


def retry_after_s(answer: Answer) -> float | None:
    """Seconds the server asks to wait: from a number, an HTTP date or an ISO date-time.

    Dates are measured by the server's own clock if it tells it. A time gone by is 0; what is
    negative or unreadable is None, as if it were absent.
    """
    text = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,18}(\.\d+)?", text):
        return float(text)
    moment = _moment(text)
    if moment is None:
        return None
    return max(0.0, (moment - _server_now(answer)).total_seconds())


def resume_at(answer: Answer) -> dt.datetime:
    """When a daily limit ends: when the answer says, within reason, else when Zoom's day ends."""
    wait_s = retry_after_s(answer)
    if wait_s is not None and LONGEST_WAIT_S < wait_s <= 48 * 3600:
        return answer.received_at + dt.timedelta(seconds=wait_s)
    return next_gmt_day(answer.received_at)


def http_date(text: str) -> dt.datetime | None:
    """An HTTP date, as headers write it; None if it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _outcome(answer: Answer, error: ErrorBody, *, paged: bool) -> Outcome:
    if answer.status == 429:
        return Outcome.DAILY_LIMIT if _is_daily(answer, error) else Outcome.RATE_LIMIT
    if answer.status >= 500 or answer.status == 408:
        return Outcome.RETRY
    # A page of a proxy or a gateway has a status of its own, and says nothing about the meeting.
    if not error.is_json and answer.status not in {401, 407}:
        return Outcome.UNREADABLE
    for rule in RULES:
        if rule.fits(answer, error, paged=paged):
            return rule.outcome
    return Outcome.NOT_ACCESSIBLE if 400 <= answer.status < 500 else Outcome.UNREADABLE


def _is_daily(answer: Answer, error: ErrorBody) -> bool:
    kind = answer.headers.get("X-RateLimit-Type", "").casefold()
    wait_s = retry_after_s(answer)
    return (
        kind.startswith("daily")
        or "daily" in error.message.casefold()
        or (wait_s is not None and wait_s > LONGEST_WAIT_S)
    )


def _server_now(answer: Answer) -> dt.datetime:
    return http_date(answer.headers.get("Date", "")) or answer.received_at


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return http_date(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _code(value: object) -> int | None:
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
        return int(value)
    return None


def _scopes_named(message: str) -> str:
    """The scopes a message names in its list of them, and nothing else of it."""
    listed = re.search(r"scopes:\[([^\]]*)\]", message)
    names = re.split(r"[,\s]+", listed[1]) if listed else []
    return ", ".join(name for name in names if SCOPE.fullmatch(name))
