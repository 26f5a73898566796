"""A clock that never sleeps, and an account that answers as Zoom does."""

import datetime as dt
import json
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

import hypothesis
from werkzeug import Request, Response

from qosreport.settings import ZoomSettings
from qosreport.zoom.client import Zoom
from qosreport.zoom.endpoints import ListedMeeting

UNHURRIED = hypothesis.settings(deadline=None)
"""For properties: how long an example takes says something about the machine only."""
START = dt.datetime(2026, 11, 18, 9, 30, tzinfo=dt.UTC)
GRANULAR = " ".join(
    f"dashboard:read:{name}:admin"
    for kind in ("meeting", "webinar")
    for name in (
        f"list_{kind}s",
        kind,
        f"list_{kind}_participants",
        f"list_{kind}_participants_qos",
        f"{kind}_participant_qos",
        f"{kind}_sharing",
        f"post_{kind}_feedback",
    )
)


class FakeClock:
    """Time passes only by sleeping, or by `advance`."""

    def __init__(self, now=START, *, late=lambda: 0.0):
        self._now = now
        self._monotonic = 1000.0
        self._late = late
        self._lock = threading.Lock()
        self.slept = []

    def now(self):
        return self._now

    def monotonic(self):
        return self._monotonic

    def sleep(self, seconds):
        assert seconds >= 0
        self.slept.append(seconds)
        self.advance(seconds + self._late())

    def advance(self, seconds):
        with self._lock:
            self._monotonic += seconds
            self._now += dt.timedelta(seconds=seconds)

    def set(self, now):
        """Change the time of day alone, as an operator does."""
        self._now = now


@dataclass
class Call:
    """One request as the server saw it."""

    method: str
    target: str
    """Path and query, raw."""
    params: dict
    headers: dict
    body: bytes

    @property
    def path(self):
        return self.target.split("?")[0]

    @property
    def name(self):
        parts = self.path.removeprefix("/v2/metrics/").split("/")
        if self.path == "/oauth/token":
            return "token"
        if len(parts) == 1:
            return "list"
        if len(parts) == 2:
            return "detail"
        if len(parts) == 3:
            return "participants"
        return "participant_qos" if len(parts) == 5 else parts[3]

    @property
    def page_token(self):
        return self.params.get("next_page_token")


def error(status, code=None, message="", **headers):
    body = {"message": message} if code is None else {"code": code, "message": message}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        json.dumps(body), status, headers=names, content_type="application/json;charset=UTF-8"
    )


def ok(fields):
    return Response(json.dumps(fields), 200, content_type="application/json;charset=UTF-8")


def person(number, **more):
    return {
        "user_id": str(16778240 + number),
        "user_name": f"Person {number}",
        "status": "in_meeting",
        "device": "Windows",
        "join_time": f"2026-11-11T14:{number // 60 % 60:02d}:{number % 60:02d}Z",
        **more,
    }


def minutes(row):
    sample = {"date_time": "2026-11-11T14:01:00Z", "audio_input": {"bitrate": "63 kbps"}}
    return {
        **{name: row[name] for name in ("user_id", "user_name", "join_time") if name in row},
        "user_qos": [sample],
    }


@dataclass
class FakeZoom:
    """An account whose meetings are given; `faults` are asked before it answers itself."""

    people: dict = field(default_factory=dict)
    """Meeting UUID → participant rows."""
    qos: dict = field(default_factory=dict)
    """Meeting UUID → QoS rows; by default one for each participant row."""
    single: dict = field(default_factory=dict)
    """User id → answer of the single-participant endpoint."""
    listed: dict = field(default_factory=dict)
    """(kind, type) → list items."""
    token_fields: dict = field(default_factory=dict)
    summary: object = None
    """Rows of the QoS summary; None: no subscription."""
    faults: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    tokens: int = 0
    total_records: object = None
    """What the pages claim; None: the truth."""

    def __call__(self, request: Request) -> Response:
        target = request.environ["REQUEST_URI"]
        params = {k: v[0] for k, v in parse_qs(urlsplit(target).query).items()}
        call = Call(request.method, target, params, dict(request.headers), request.get_data())
        self.calls.append(call)
        for fault in self.faults:
            if (response := fault(call)) is not None:
                return response
        return self.answer(call)

    def names(self):
        return [call.name for call in self.calls if call.name != "token"]

    def answer(self, call):
        if call.name == "token":
            self.tokens += 1
            fields = {
                "access_token": f"token-{self.tokens}",
                "token_type": "bearer",
                "expires_in": 3599,
                "scope": GRANULAR,
                "api_url": "https://api.zoom.us",
                **self.token_fields,
            }
            return ok({name: value for name, value in fields.items() if value is not None})
        kind, *rest = call.path.removeprefix("/v2/metrics/").split("/")
        if not rest:
            rows = self.listed.get((kind[:-1], call.params["type"]), [])
            echo = {"from": call.params["from"], "to": call.params["to"]}
            return self.page(call, kind, rows, **echo)
        # As Zoom does: decoded once, and once more only where nobody has that UUID.
        uuid = unquote(rest[0])
        return self.about(call, uuid if uuid in self.people else unquote(uuid), rest)

    def about(self, call, uuid, rest):
        if call.name == "detail":
            return self.detail(call, uuid)
        if uuid not in self.people:
            return error(404, 3001, "Meeting ID is invalid or has not ended.")
        if call.name == "participant_qos":
            return self.participant(unquote(rest[2]))
        if call.name == "qos_summary" and self.summary is None:
            return error(400, 200, "Event subscription not found. Subscribe to the event.")
        people = self.people[uuid]
        rows = {
            "participants": people,
            "qos": self.qos.get(uuid, [minutes(row) for row in people if isinstance(row, dict)]),
        }.get(call.name, self.summary or [])
        return self.page(call, "participants", rows, counted=call.name in {"participants", "qos"})

    def detail(self, call, uuid):
        for (_, type_), items in self.listed.items():
            for item in items:
                if type_ == call.params["type"] and uuid in {item["uuid"], str(item["id"])}:
                    return ok(item)
        return error(404, 3001, "Meeting ID is invalid or the meeting has not ended yet.")

    def participant(self, user_id):
        if user_id in self.single:
            return ok(self.single[user_id])
        return error(404, 3001, "This meeting's detail info is not available.")

    def page(self, call, key, rows, *, counted=True, **more):
        size = int(call.params["page_size"])
        at = int(call.page_token.split(":")[0]) if call.page_token else 0
        after = at + size
        fields = {
            "page_count": -(-len(rows) // size),
            "page_size": size,
            "total_records": len(rows) if self.total_records is None else self.total_records,
            "next_page_token": f"{after}:{len(self.calls)}" if after < len(rows) else "",
            **more,
            key: rows[at:after],
        }
        if not counted:
            del fields["total_records"]
        return ok(fields)


def on(name, response, *, times=None):
    """A fault that answers an endpoint in place of the account."""
    left = [times]

    def fault(call):
        if call.name != name or left[0] == 0:
            return None
        if left[0] is not None:
            left[0] -= 1
        return response if isinstance(response, Response) else response()

    return fault


def listed(uuid="uuid-1==", *, kind="meeting", one_person=False, number="93201235621"):
    return ListedMeeting(
        uuid=uuid,
        meeting_id=number,
        kind=kind,
        one_person=one_person,
        start_time=START,
        end_time=START,
        participants_reported=1,
        item=b"{}",
        pulled_at=START,
    )


def settings(httpserver, **more):
    return ZoomSettings(
        **{
            "account_id": "account-1",
            "client_id": "client-1",
            "client_secret": "canary-secret",
            "api_url": httpserver.url_for("/v2"),
            "token_url": httpserver.url_for("/oauth/token"),
            **more,
        }
    )


@dataclass
class Spending:
    """What the ledger would remember."""

    spent: dict = field(default_factory=dict)

    def total(self, day):
        return sum(n for (d, _), n in self.spent.items() if d == day)

    def add(self, day, label, calls):
        self.spent[day, label] = self.spent.get((day, label), 0) + calls


def zoom_client(httpserver, *, clock=None, spending=None, caps=None, **more):
    spending = spending or Spending()
    return Zoom(
        settings(httpserver, **more),
        spent=spending.total,
        spend=spending.add,
        clock=clock or FakeClock(),
        seed=1,
        caps=caps,
    )
