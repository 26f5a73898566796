"""One call of the API with all the patience it deserves: pace, budget, token, tries."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

from qosreport.errors import (
    MeetingErrors,
    NoNetwork,
    NotZoom,
    QosreportError,
    Refused,
    TlsFailure,
    UnreadablePage,
    ZoomDown,
)
from qosreport.zoom.answers import (
    Outcome,
    Verdict,
    failure,
    judge,
    resume_at,
    retry_after_s,
)
from qosreport.zoom.auth import Auth, Token, unreachable
from qosreport.zoom.endpoints import Endpoint
from qosreport.zoom.health import Health
from qosreport.zoom.limits import Budget, Label, Pacer
from qosreport.zoom.pages import Page, TokenExpired, Unreadable, read_page
from qosreport.zoom.retries import ATTEMPTS, RATE_ATTEMPTS, UNREADABLE_ATTEMPTS, Waits
from qosreport.zoom.transport import Answer, Broken, ProxyRefuses, TooLarge, Transport

LONGEST_RATE_WAIT_S = 60.0
"""Between tries after a refusal for the rate that names no time."""
RETRY_AFTER_TROUBLE_S = 60.0
"""The most that a server in trouble may ask to wait before the next try."""


class Ignored(Exception):
    """An error answer that costs no more than the data asked for."""

    def __init__(self, status: int, code: int | None) -> None:
        """`status` 0: no readable answer came."""
        super().__init__(f"HTTP {status}, code {code}")
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Question:
    """What is asked of an endpoint."""

    endpoint: Endpoint
    meeting: str = ""
    participant: str = ""
    params: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))
    page_token: str | None = None
    lenient: bool = False
    """What the endpoint's allow-list names is `Ignored`; of one meeting's further data, so is any
    failure."""

    @property
    def expendable(self) -> bool:
        """Whether the run does as well without an answer."""
        return self.lenient and self.endpoint.per_meeting

    def url(self, base: str) -> str:
        """The whole address; the path stands as the endpoint encodes it."""
        path = self.endpoint.url_path(meeting=self.meeting, participant=self.participant)
        token = {} if self.page_token is None else {"next_page_token": self.page_token}
        query = urlencode({**self.params, **token})
        return f"{base}{path}?{query}" if query else f"{base}{path}"


@dataclass
class Tries:
    """How often one call was tried, and why again."""

    failures: int = 0
    unreadable: int = 0
    limited: int = 0
    refreshed: bool = False


class Caller:
    """Calls endpoints of the API. Thread-safe; at most `workers` calls are under way."""

    def __init__(
        self,
        *,
        transport: Transport,
        auth: Auth,
        pacers: Mapping[Label, Pacer],
        budget: Budget,
        waits: Waits,
        health: Health,
        workers: int,
    ) -> None:
        """Put the parts together."""
        self._transport = transport
        self._auth = auth
        self._pacers = pacers
        self._budget = budget
        self._waits = waits
        self._health = health
        # Before the pacer: a call that may go must not wait for a connection and meet others there.
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self.calls: Mapping[str, int] = MappingProxyType(self._calls)
        """Calls made, by label."""

    def get(self, question: Question) -> Page:
        """Ask until there is an answer, or a reason why not.

        Raises:
            SkipMeeting: This meeting cannot be had.
            Ignored: The question is lenient and can do without.
            TokenExpired: The page token is no longer known; begin the chain anew.
            Refused, TryLater, Unavailable: The run cannot go on; no further call is made.
        """
        tries = Tries()
        try:
            while True:
                page = self._try(question, tries)
                if page is not None:
                    return page
        except (Refused, TlsFailure) as error:
            self._health.stop(error)
            raise

    def _try(self, question: Question, tries: Tries) -> Page | None:
        """One exchange; None when it is to be tried again, having waited."""
        self._health.check()
        token = self._auth.token()
        try:
            answer = self._send(question, token)
        except Broken as broken:
            self._after_break(broken, question, tries)
            return None
        except TooLarge:
            raise self._unreadable("larger than 64 MiB", question) from None
        verdict = judge(answer, paged=question.page_token is not None)
        if verdict.outcome is Outcome.FINE:
            return self._read(answer, question, tries)
        self._health.answered(answer.status, verdict.text)
        if question.lenient and question.endpoint.ignores_answer(
            answer.status, verdict.error.code, verdict.error.message
        ):
            raise Ignored(answer.status, verdict.error.code)
        if verdict.outcome is Outcome.TOKEN_EXPIRED and not tries.refreshed:
            tries.refreshed = True
            self._auth.drop(token)
            return None
        self._refused(verdict, question, tries)
        return None

    def _send(self, question: Question, token: Token) -> Answer:
        label = question.endpoint.label
        headers = {"Authorization": f"Bearer {token.value}"}
        url = question.url(token.api_url)
        with self._places:
            if not self._pacers[label].rate.even:
                # It may take a minute: no connection is kept open and idle for that long.
                self._pass(label)
                return self._transport.send("GET", url, headers)
            return self._transport.send("GET", url, headers, at_send=partial(self._pass, label))

    def _pass(self, label: Label) -> None:
        """Spend one call and wait until it may go."""
        self._budget.take(label)
        self._pacers[label].acquire()
        self._health.check()
        with self._lock:
            self._calls[label] += 1

    def _read(self, answer: Answer, question: Question, tries: Tries) -> Page | None:
        try:
            page = read_page(answer, question.endpoint)
        except Unreadable as unreadable:
            self._after_unreadable(unreadable.kind, question, tries)
            return None
        self._health.answered(answer.status, "HTTP 200")
        return page

    def _refused(self, verdict: Verdict, question: Question, tries: Tries) -> None:
        """Wait and return if the call is to be tried again; else raise what it comes to."""
        outcome, status = verdict.outcome, verdict.answer.status
        if outcome is Outcome.RETRY:
            self._after_trouble(verdict, question, tries)
        elif outcome is Outcome.RATE_LIMIT:
            self._after_rate_limit(verdict, question, tries)
        elif outcome is Outcome.UNREADABLE:
            kind = "a redirect" if 300 <= status < 400 else verdict.text
            self._after_unreadable(kind, question, tries)
        elif outcome is Outcome.PAGE_TOKEN_EXPIRED:
            raise TokenExpired
        else:
            raise self._final(verdict, question)

    def _final(self, verdict: Verdict, question: Question) -> QosreportError:
        if verdict.outcome is Outcome.PROXY_REFUSES:
            error: QosreportError = NoNetwork(host=self._host(), why="the proxy answers HTTP 407")
            self._health.stop(error)
            return error
        error = failure(verdict, question.endpoint)
        if verdict.outcome is Outcome.DAILY_LIMIT:
            self._health.stop(error, until=resume_at(verdict.answer))
        return error

    def _host(self) -> str | None:
        return urlsplit(self._auth.token().api_url).hostname

    def _after_break(self, broken: Broken, question: Question, tries: Tries) -> None:
        if isinstance(broken, ProxyRefuses):
            stop = NoNetwork(host=broken.host, why=broken.why)
            self._health.stop(stop)
            raise stop
        tries.failures += 1
        if tries.failures < ATTEMPTS:
            self._waits.back_off(tries.failures)
        elif question.expendable:
            raise Ignored(0, None)
        elif question.endpoint.per_meeting:
            raise MeetingErrors(attempts=tries.failures, last=broken.why) from broken
        else:
            raise unreachable(broken, question.endpoint.title, tries.failures)

    def _after_trouble(self, verdict: Verdict, question: Question, tries: Tries) -> None:
        tries.failures += 1
        if tries.failures >= ATTEMPTS:
            self._give_up(verdict, question, tries.failures)
        asked_s = min(retry_after_s(verdict.answer) or 0.0, RETRY_AFTER_TROUBLE_S)
        self._waits.back_off(tries.failures, at_least_s=asked_s)

    def _after_rate_limit(self, verdict: Verdict, question: Question, tries: Tries) -> None:
        tries.limited += 1
        if tries.limited >= RATE_ATTEMPTS:
            self._give_up(verdict, question, tries.limited)
        pacer = self._pacers[question.endpoint.label]
        asked_s = retry_after_s(verdict.answer)
        if asked_s is None:
            doubled = pacer.rate.period_s * 2 ** (tries.limited - 1)
            asked_s = self._waits.jittered(min(LONGEST_RATE_WAIT_S, doubled))
        # The limit is the account's: all calls of this label wait, this one among them.
        pacer.slow_down(max(1.0, asked_s))

    def _give_up(self, verdict: Verdict, question: Question, attempts: int) -> NoReturn:
        if question.expendable:
            raise Ignored(verdict.answer.status, None)
        if question.endpoint.per_meeting:
            raise MeetingErrors(attempts=attempts, last=verdict.text)
        title = question.endpoint.title
        raise ZoomDown(endpoint=title, attempts=attempts, last=verdict.text)

    def _after_unreadable(self, kind: str, question: Question, tries: Tries) -> None:
        tries.unreadable += 1
        if tries.unreadable >= UNREADABLE_ATTEMPTS:
            raise self._unreadable(kind, question)
        self._waits.back_off(tries.unreadable)

    def _unreadable(self, kind: str, question: Question) -> Exception:
        if question.expendable:
            return Ignored(0, None)
        title = question.endpoint.title
        if question.endpoint.per_meeting:
            return UnreadablePage(endpoint=title, kind=kind)
        return NotZoom(host=self._host(), endpoint=title, kind=kind)
