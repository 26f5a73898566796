"""What the server says: answers, Zoom's refusals word for word, and things that are not Zoom's."""

import datetime as dt
import email.utils
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from qosreport.simulator.endpoints import Label
from qosreport.simulator.limits import DAY_S, Allowance
from qosreport.simulator.pages import compact

HTML_SIGN_IN = b"""<!DOCTYPE html>
<html><head><title>Sign in to the network</title></head>
<body><h1>Welcome</h1><p>Please accept the terms to use this network.</p></body></html>
"""
HTML_GATEWAY = b"""<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center></body>
</html>
"""
_CATEGORIES: dict[Label, str] = {"heavy": "Heavy", "resource_intensive": "Resource-intensive"}


@dataclass(frozen=True)
class Answer:
    """One answer of the server, before it is put on the wire."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"
    delivery: str = ""
    """How it is put on the wire: blank as it should be, else the name of a fault."""
    pause_s: float = 0.0
    """Between the pieces of a dripping answer."""


def ok(value: object) -> Answer:
    """200 with JSON."""
    return Answer(200, compact(value).encode("utf-8"))


def refusal(status: int, code: int, message: str, **more: object) -> Answer:
    """A refusal as the API words it."""
    return Answer(status, compact({"code": code, "message": message, **more}).encode("utf-8"))


def token_refusal(reason: str, error: str) -> Answer:
    """A refusal as the token endpoint words it."""
    return Answer(400, compact({"reason": reason, "error": error}).encode("utf-8"))


def invalid(name: str, why: str) -> Answer:
    """400/300: a parameter that cannot be."""
    return refusal(400, 300, "Validation Failed.", errors=[{"field": name, "message": why}])


def html(status: int, body: bytes) -> Answer:
    """A page for people."""
    return Answer(status, body, content_type="text/html")


NOT_FOUND = refusal(404, 3001, "Meeting ID is invalid or the meeting has not ended yet.")
NO_ENDPOINT = refusal(404, 2300, "This API endpoint is not recognized.")
TOKEN_INVALID = refusal(401, 124, "Invalid access token.")
TOKEN_EXPIRED = refusal(401, 124, "Access token is expired.")
PAGE_TOKEN_INVALID = refusal(400, 300, "The next page token is invalid or expired.")
TOO_OLD = refusal(400, 12702, "Can not access a meeting a year ago.")
NO_END_TIME = refusal(400, 12700, "This account cannot query meetings by `end_time`.")
NOT_SUBSCRIBED = refusal(
    400,
    200,
    "Event subscription not found. Subscribe to the Webinar Participant QoS Summary event in your "
    "Marketplace app to get access to this API.",
)
REFUSALS: dict[str, Answer] = {
    "unauthorized": TOKEN_INVALID,
    "app_disabled": refusal(400, 4717, "The app has been disabled by Zoom."),
    "other_account": refusal(400, 300, "Cannot access meeting information."),
    "no_plan": refusal(
        400, 200, "Only available for paid accounts that have dashboard feature enabled."
    ),
    "no_dashboard": refusal(
        400,
        400,
        "This API is only available for ZMP and Business or higher accounts that have enabled the "
        "Dashboard feature.",
    ),
    "too_old": TOO_OLD,
    "not_found": NOT_FOUND,
    "forbidden": refusal(403, 403, "No permission."),
    "concurrent_429": refusal(
        429,
        429,
        "Too many concurrent requests. Please try again later.",
    ),
    "html_ok": html(200, HTML_SIGN_IN),
    "html_error": html(502, HTML_GATEWAY),
    "empty_body": Answer(200, b""),
}
"""Whole answers, by the fault that gives them."""


def missing_scope(scope: str) -> Answer:
    """400/4711."""
    return refusal(400, 4711, f"Invalid access token, does not contain scopes:[{scope}].")


def server_error(status: int) -> Answer:
    """A 5xx with a body in JSON, as Zoom's application gives."""
    return refusal(status, status, "Internal server error, please try again later.")


def deep_json(depth: int) -> Answer:
    """Arrays in arrays, where a list of participants should be."""
    body = b'{"next_page_token":"","participants":' + b"[" * depth + b"]" * depth + b"}"
    return Answer(200, body)


def gzip_bomb(mebibytes: int) -> Answer:
    """A small compressed body that is large when opened."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b" " * 2**20
    body = b"".join(packer.compress(piece) for _ in range(mebibytes))
    return Answer(200, body + packer.flush(), {"Content-Encoding": "gzip"})


def too_many(label: Label, allowance: Allowance, now_s: float, form: str) -> Answer:
    """429, for a second, a minute or a day, with Zoom's headers.

    `form` is that of Retry-After: absent, iso, seconds, http-date, past, far, nonsense.
    """
    daily = allowance.refused == "day"
    window = "daily" if daily else f"per-{allowance.refused}"
    message = f"You have reached the maximum {window} rate limit for this API."
    message += (
        " Refer to the response header for details on when you can make another request."
        if daily
        else " Try again later."
    )
    headers = limit_headers(label, allowance, daily=daily)
    again_s = (now_s // DAY_S + 1) * DAY_S if daily else now_s // 1 + 1
    if after := _retry_after(form, now_s, again_s):
        headers["Retry-After"] = after
    body = compact({"code": 429, "message": message}).encode("utf-8")
    return Answer(429, body, headers)


def limit_headers(label: Label, allowance: Allowance, *, daily: bool = False) -> dict[str, str]:
    """Zoom's headers about a limit; none where there is no limit."""
    if allowance.limit is None:
        return {}
    return {
        "X-RateLimit-Category": _CATEGORIES[label],
        "X-RateLimit-Type": "Daily-limit" if daily else "QPS",
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
    }


def _retry_after(form: str, now_s: float, again_s: float) -> str:
    moment = dt.datetime.fromtimestamp(again_s, dt.UTC)
    return {
        "absent": "",
        "iso": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": str(max(1, round(again_s - now_s))),
        "http-date": email.utils.format_datetime(moment, usegmt=True),
        "past": "2020-05-31T00:00:00Z",
        "far": "1000000000",
        "nonsense": "soon",
    }[form]


def cut_in_half(body: bytes) -> bytes:
    """The first half, whatever it breaks."""
    return body[: max(1, len(body) // 2)]
