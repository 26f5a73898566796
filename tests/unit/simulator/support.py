"""What the tests of the simulator share: a small client, and small organisations."""

import base64
import datetime as dt
import gzip
import http.client
import json
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit

from qosreport.simulator.organisation import Simulation, SimulationSettings

START = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
END = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)


@lru_cache(maxsize=40)
def organisation(**settings):
    """A simulation, kept for all tests that ask for the same."""
    return Simulation(SimulationSettings(**({"meetings_per_week": 40} | settings)))


def everything(simulation):
    return list(simulation.everything())


@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def refused(self):
        """Status and code of a refusal."""
        return self.status, self.json["code"]


class Client:
    """As little of an HTTP client as will do; it sends paths exactly as they are."""

    def __init__(self, server, context=None):
        self.server = server
        parts = urlsplit(server.api_url)
        kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
        options = {"context": context} if context else {}
        self.connection = kind(parts.hostname, parts.port, timeout=10, **options)
        self._token = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, method, target, headers=None, body=None):
        try:
            self.connection.request(method, target, body=body, headers=headers or {})
            answer = self.connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        except (http.client.HTTPException, OSError):
            # What is left on the wire would be taken for the next answer.
            self.connection.close()
            raise

    def ask_token(self, secret=None, **form):
        known = self.server.credentials
        pair = f"{known.client_id}:{secret or known.client_secret}"
        form = {"grant_type": "account_credentials", "account_id": known.account_id} | form
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self.send("POST", "/oauth/token", headers, urlencode(form))

    @property
    def token(self):
        if self._token is None:
            self._token = self.ask_token().json["access_token"]
        return self._token

    def get(self, path, token=None, gzipped=False, **params):
        if "from_" in params:
            params["from"] = params.pop("from_")
        target = f"/v2/metrics/{path}" + (f"?{urlencode(params)}" if params else "")
        headers = {"Authorization": f"Bearer {token or self.token}"}
        if gzipped:
            headers["Accept-Encoding"] = "gzip"
        response = self.send("GET", target, headers)
        if response.headers.get("Content-Encoding") == "gzip":
            response.body = gzip.decompress(response.body)
        return response

    def listed(self, kind="meetings", **params):
        window = {"from_": "2026-11-02", "to": "2026-11-15", "type": "past", "page_size": 300}
        return self.get(kind, **(window | params))

    def about(self, meeting, what, **params):
        """An endpoint below one meeting, type=past unless told otherwise."""
        path = f"{meeting.kind}s/{encoded(meeting.uuid)}{'/' if what else ''}{what}"
        params = {"type": "past"} | params
        return self.get(path, **{name: value for name, value in params.items() if value})

    def all_rows(self, meeting, what, **params):
        """All rows of all pages."""
        rows, token, tokens = [], "", set()
        while True:
            page = self.about(meeting, what, next_page_token=token, **params)
            assert page.status == 200, page.body
            rows += page.json["participants"]
            token = page.json["next_page_token"]
            assert token not in tokens
            tokens.add(token)
            if not token:
                return rows


def encoded(uuid):
    once = quote(uuid, safe="")
    return quote(once, safe="") if uuid.startswith("/") or "//" in uuid else once


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment

    def forward(self, **how_much):
        self.moment += dt.timedelta(**how_much)


def first(simulation, wanted):
    """The first meeting that fits."""
    return next(one for one in simulation.everything() if wanted(one))


def instant(text):
    return dt.datetime.fromisoformat(text)
