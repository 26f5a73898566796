"""One simulated Zoom account: a request goes in, an answer comes out. No sockets here."""

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from qosreport.simulator import answers
from qosreport.simulator.answers import Answer
from qosreport.simulator.endpoints import (
    CLASSIC_SCOPES,
    GRANULAR_SCOPES,
    Endpoint,
    Target,
    meeting_reference,
    target,
)
from qosreport.simulator.faults import Triggers
from qosreport.simulator.library import Library
from qosreport.simulator.limits import Allowance, Gate
from qosreport.simulator.meetings import SimMeeting
from qosreport.simulator.organisation import Simulation
from qosreport.simulator.paging import Pager, Question
from qosreport.simulator.rows import detail
from qosreport.simulator.tokens import ACCESS_LIFE_S, AccessTokens, Credentials, PageTokens
from qosreport.simulator.windows import BadWindow, window_of

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path, no password
_DELIVERIES = ("truncated", "chunked_cut", "drip", "closed")
NowS = Callable[[], float]
"""The server's clock: seconds since 1970."""


@dataclass(frozen=True)
class Request:
    """One HTTP request."""

    method: str
    target: str
    """Path and query, exactly as they came."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    @property
    def path(self) -> str:
        """Without the query."""
        return self.target.partition("?")[0]

    @property
    def params(self) -> dict[str, str]:
        """The query; of a parameter given twice the last counts."""
        query = self.target.partition("?")[2]
        return dict(parse_qsl(query, keep_blank_values=True, errors="replace"))


@dataclass(frozen=True)
class Reply:
    """An answer, and what the server notes about the request."""

    answer: Answer
    endpoint: str
    """One of `endpoints.NAMES`, or blank."""
    label: str = ""


class Account:
    """Everything the server knows."""

    def __init__(
        self,
        simulation: Simulation,
        *,
        triggers: Triggers,
        gate: Gate,
        now_s: NowS,
        credentials: Credentials,
        qss: bool = False,
    ) -> None:
        seed = simulation.settings.seed
        self.library = Library(simulation)
        self.triggers = triggers
        self.gate = gate
        self.now_s = now_s
        self.credentials = credentials
        self.qss = qss
        self.base_url = ""
        self.access = AccessTokens(seed)
        self.pager = Pager(PageTokens(seed), triggers)

    def answer(self, request: Request) -> Reply:
        """The answer to a request."""
        if request.path == TOKEN_PATH:
            return Reply(self._delivered("token", "", self._token(request)), "token")
        found = target(request.path)
        if found is None:
            return Reply(answers.NO_ENDPOINT, "")
        if request.method != "GET":
            refused = answers.refusal(405, 2300, "Request method is not supported.")
            return Reply(refused, found.endpoint.name)
        answer = self._checked(request, found)
        return Reply(answer, found.endpoint.name, found.endpoint.label)

    # --- the token endpoint

    def _token(self, request: Request) -> Answer:
        if request.method != "POST":
            return answers.refusal(405, 2300, "Request method is not supported.")
        if (faulty := self._faulty("token", "")) is not None:
            return faulty
        form = request.params | dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if not self._knows(request.headers.get("authorization", "")):
            return answers.token_refusal("Invalid client_id or client_secret", "invalid_client")
        wrong = self.triggers.fires("wrong_app", "token") is not None
        if wrong or form.get("grant_type") != "account_credentials":
            return answers.token_refusal("unsupported grant type", "unsupported_grant_type")
        if form.get("account_id") != self.credentials.account_id:
            return answers.token_refusal("Bad Request", "invalid_request")
        return self._grant()

    def _knows(self, authorization: str) -> bool:
        kind, _, code = authorization.partition(" ")
        try:
            pair = base64.b64decode(code, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return False
        known = f"{self.credentials.client_id}:{self.credentials.client_secret}"
        return kind.lower() == "basic" and pair == known

    def _grant(self) -> Answer:
        value = self.triggers.value
        scopes = set(GRANULAR_SCOPES)
        if self.triggers.fires("classic_scopes", "token"):
            scopes = {names[0] for names in CLASSIC_SCOPES.values()}
        if (missing := value("missing_scopes", "token")) is not None:
            scopes -= set(missing.split("+"))
        token = self.access.issue(scopes, self.now_s())
        body: dict[str, object] = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": ACCESS_LIFE_S,
            "scope": " ".join(sorted(scopes)),
            "api_url": value("foreign_api_url", "token") or self.base_url,
        }
        if self.triggers.fires("no_token", "token"):
            body.pop("access_token")
        if self.triggers.fires("token_control_characters", "token"):
            body["access_token"] = f"{token}\r\nX-Injected: yes"
        if (expiry := value("odd_expiry", "token")) is not None:
            body.pop("expires_in")
            if expiry != "missing":
                body["expires_in"] = int(expiry) if expiry.lstrip("-").isdigit() else expiry
        return answers.ok(body)

    # --- the API

    def _checked(self, request: Request, found: Target) -> Answer:
        """Token, limits, faults and scope in the order of a gateway; then the answer itself."""
        endpoint, now_s = found.endpoint, self.now_s()
        reference = meeting_reference(found.meeting) if found.meeting else None
        uuid = self.library.uuid_of(reference)
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        scopes = self.access.scopes(token, now_s)
        if scopes is None:
            known = self.access.is_known(token)
            return answers.TOKEN_EXPIRED if known else answers.TOKEN_INVALID
        allowance = self.gate.call(endpoint.label, now_s)
        if allowance.refused is not None:
            form = "iso" if allowance.refused == "day" else "absent"
            return answers.too_many(endpoint.label, allowance, now_s, form)
        answer = self._faulty(endpoint.name, uuid, endpoint)
        if answer is None and not scopes & endpoint.scopes:
            answer = answers.missing_scope(endpoint.scope)
        if answer is None:
            question = Question(endpoint, uuid, request.path, request.params)
            answer = self._answered(question, found, reference, now_s)
        headers = answers.limit_headers(endpoint.label, allowance)
        answer = replace(answer, headers={**headers, **answer.headers})
        return self._delivered(endpoint.name, uuid, answer)

    def _faulty(self, name: str, uuid: str, endpoint: Endpoint | None = None) -> Answer | None:
        """The answer a fault gives instead of the right one; none if no fault does."""
        for made in self._fault_answers(name, uuid, endpoint):
            return made
        return None

    def _fault_answers(self, name: str, uuid: str, endpoint: Endpoint | None) -> Iterator[Answer]:
        triggers, now_s = self.triggers, self.now_s()
        for fault, answer in answers.REFUSALS.items():
            if triggers.fires(fault, name, uuid):
                yield answer
        if endpoint is not None and triggers.fires("scope_refused", name, uuid):
            yield answers.missing_scope(endpoint.scope)
        label = endpoint.label if endpoint else "heavy"
        if (form := triggers.value("per_second_429", name, uuid)) is not None:
            allowance = Allowance("second" if label == "heavy" else "minute", 40, 0)
            yield answers.too_many(label, allowance, now_s, form)
        if (form := triggers.value("daily_429", name, uuid)) is not None:
            yield answers.too_many(label, Allowance("day", 60_000, 0), now_s, form)
        yield from self._strange_answers(name, uuid)

    def _strange_answers(self, name: str, uuid: str) -> Iterator[Answer]:
        value = self.triggers.value
        if (status := value("server_error", name, uuid)) is not None:
            yield answers.server_error(int(status))
        if (text := value("null_body", name, uuid)) is not None:
            yield Answer(200, text.encode("utf-8"))
        if (depth := value("deep_json", name, uuid)) is not None:
            yield answers.deep_json(int(depth))
        if (size := value("gzip_bomb", name, uuid)) is not None:
            yield answers.gzip_bomb(int(size))
        if (url := value("redirect", name, uuid)) is not None:
            yield Answer(302, b"", {"Location": url})

    def _delivered(self, name: str, uuid: str, answer: Answer) -> Answer:
        """The answer, to be put on the wire as a fault says."""
        if self.triggers.fires("cut_json", name, uuid):
            answer = replace(answer, body=answers.cut_in_half(answer.body))
        for fault in _DELIVERIES:
            value = self.triggers.value(fault, name, uuid)
            if value is not None:
                pause_s = float(value) if fault == "drip" else 0.0
                return replace(answer, delivery=fault, pause_s=pause_s)
        return answer

    def _answered(
        self, question: Question, found: Target, reference: str | None, now_s: float
    ) -> Answer:
        endpoint, params = question.endpoint, question.params
        type_ = params.get("type", "live") if endpoint.types else "past"
        if endpoint.types and type_ not in endpoint.types:
            return answers.invalid("type", f"Must be one of {', '.join(endpoint.types)}.")
        if endpoint.name == "list":
            return self._list(question, type_, now_s)
        if endpoint.name == "qos_summary" and not self.qss:
            return answers.NOT_SUBSCRIBED
        meeting = self.library.find(reference, endpoint.kind, type_, now_s)
        if isinstance(meeting, Answer):
            return meeting
        return self._about(question, meeting, found.participant, now_s)

    def _about(
        self, question: Question, meeting: SimMeeting, participant: str, now_s: float
    ) -> Answer:
        endpoint, gap = question.endpoint, 0
        if endpoint.name == "detail":
            return answers.ok(detail(meeting))
        if endpoint.name == "participant_qos":
            return self._one_participant(question, meeting, participant)
        if endpoint.name == "qos":
            gap = int(self.triggers.always("qos_gap", endpoint.name, meeting.uuid) or 0)
        return self.pager.answer(question, self.library.rows(endpoint, meeting, gap), now_s)

    def _list(self, question: Question, type_: str, now_s: float) -> Answer:
        try:
            window = window_of(question.params, dt.datetime.fromtimestamp(now_s, dt.UTC))
        except BadWindow as bad:
            return answers.invalid(*bad.args)
        by_end = type_ == "past" and question.params.get("query_date_type") == "end_time"
        if by_end and self.triggers.fires("no_end_time", "list"):
            return answers.NO_END_TIME
        kind = question.endpoint.kind
        listing = self.library.meetings(kind, type_, window, now_s, by_end=by_end)
        return self.pager.answer(question, listing, now_s)

    def _one_participant(self, question: Question, meeting: SimMeeting, user_id: str) -> Answer:
        text = self.library.one_participant(meeting, user_id)
        if text is None:
            return answers.NOT_FOUND
        return Answer(200, self.pager.content(question, [text])[0].encode("utf-8"))
