import datetime as dt
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from qosreport import errors
from qosreport.zoom.answers import Outcome, failure, judge, resume_at, retry_after_s
from qosreport.zoom.endpoints import ENDPOINTS
from qosreport.zoom.transport import Answer
from tests.unit.zoom.support import START, UNHURRIED

LIST = ENDPOINTS["meeting", "list"]
QOS = ENDPOINTS["meeting", "qos"]
DETAIL = ENDPOINTS["meeting", "detail"]
DAILY = "You have reached the maximum daily rate limit for this API. Refer to the response header."
PER_SECOND = "You have reached the maximum per-second rate limit for this API. Try again later."
EXPIRED = "The next page token is invalid or expired."
SCOPES = "Invalid access token, does not contain scopes:[dashboard:read:list_meetings:admin]."


def answer(status, code=None, message="", *, body=None, **headers):
    fields = {"message": message} | ({} if code is None else {"code": code})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(fields).encode() if body is None else body
    return Answer(status, CaseInsensitiveDict(named), body, START)


@pytest.mark.parametrize(
    ("status", "code", "message", "outcome"),
    [
        (200, None, "", Outcome.FINE),
        (400, 200, "No permission.", Outcome.NO_DASHBOARD),
        (400, 200, "Invalid api key or secret.", Outcome.WRONG_APP_KIND),
        (400, 400, "This API is only available for Business accounts.", Outcome.NO_DASHBOARD),
        (400, 300, "Cannot access meeting info.", Outcome.NOT_ACCESSIBLE),
        (400, 300, "Kan de vergadering niet lezen.", Outcome.NOT_ACCESSIBLE),
        (400, 1010, "User does not belong to this account.", Outcome.NOT_ACCESSIBLE),
        (400, 31415, "Something new.", Outcome.NOT_ACCESSIBLE),
        (422, None, "Something new.", Outcome.NOT_ACCESSIBLE),
        (404, 1001, "Meeting not found.", Outcome.NOT_FOUND),
        (404, 3001, "Meeting ID is invalid or has not ended.", Outcome.NOT_FOUND),
        (400, 12702, "Can not access a meeting a year ago.", Outcome.TOO_OLD),
        (400, 12700, "This account cannot query meetings by `end_time`.", Outcome.NOT_ACCESSIBLE),
        (401, 124, "Invalid access token.", Outcome.TOKEN_EXPIRED),
        (401, None, "", Outcome.TOKEN_EXPIRED),
        (401, "124", "Access token is expired.", Outcome.TOKEN_EXPIRED),
        (400, 124, "Invalid access token.", Outcome.TOKEN_EXPIRED),
        (400, 4711, SCOPES, Outcome.MISSING_SCOPE),
        (400, 104, SCOPES, Outcome.MISSING_SCOPE),
        (400, 4700, "Token cannot be empty.", Outcome.TOKEN_REJECTED),
        (401, 4700, "Invalid access token.", Outcome.TOKEN_REJECTED),
        (400, 4717, "The app has been disabled.", Outcome.TOKEN_REJECTED),
        (401, 4741, "The token has been revoked.", Outcome.TOKEN_REJECTED),
        (403, None, "", Outcome.FORBIDDEN),
        (407, None, "", Outcome.PROXY_REFUSES),
        (429, 429, PER_SECOND, Outcome.RATE_LIMIT),
        (429, 429, "Too many concurrent requests.", Outcome.RATE_LIMIT),
        (429, 429, DAILY, Outcome.DAILY_LIMIT),
        (408, None, "", Outcome.RETRY),
        (500, None, "", Outcome.RETRY),
        (502, None, "", Outcome.RETRY),
        (503, 5000, "", Outcome.RETRY),
        (504, None, "", Outcome.RETRY),
        (302, None, "", Outcome.UNREADABLE),
        (204, None, "", Outcome.UNREADABLE),
    ],
)
def test_every_row_of_the_error_table(status, code, message, outcome):
    assert judge(answer(status, code, message), paged=False).outcome is outcome


@pytest.mark.parametrize("status", [400, 300])
def test_an_expired_page_token_is_told_apart_by_its_message_and_only_where_one_was_sent(status):
    assert judge(answer(status, 300, EXPIRED), paged=True).outcome is Outcome.PAGE_TOKEN_EXPIRED
    foreign = judge(answer(400, 300, "Cannot access meeting info."), paged=True)
    assert foreign.outcome is Outcome.NOT_ACCESSIBLE
    assert judge(answer(400, 300, EXPIRED), paged=False).outcome is Outcome.NOT_ACCESSIBLE


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.UNREADABLE),
        (403, Outcome.UNREADABLE),
        (404, Outcome.UNREADABLE),
        (401, Outcome.TOKEN_EXPIRED),
        (407, Outcome.PROXY_REFUSES),
        (429, Outcome.RATE_LIMIT),
        (502, Outcome.RETRY),
    ],
)
@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", b"[1]", b"[" * 100_000])
def test_what_is_not_json_is_judged_by_its_status_alone(status, outcome, body):
    assert judge(answer(status, body=body), paged=True).outcome is outcome


@pytest.mark.parametrize(
    ("verdict", "endpoint", "kind"),
    [
        ((401, 124, ""), QOS, errors.TokenRejected),
        ((400, 4700, ""), QOS, errors.TokenRejected),
        ((400, 200, "Invalid api key or secret."), QOS, errors.WrongAppKind),
        ((400, 200, ""), QOS, errors.NoDashboard),
        ((400, 400, ""), LIST, errors.NoDashboard),
        ((403, None, ""), QOS, errors.Forbidden),
        ((404, 3001, ""), QOS, errors.MeetingNotFound),
        ((404, 3001, ""), DETAIL, errors.MeetingNotFound),
        ((404, 3001, ""), LIST, errors.NotZoom),
        ((400, 12702, ""), QOS, errors.MeetingTooOld),
        ((400, 12702, ""), LIST, errors.RequestRefused),
        ((400, 300, ""), QOS, errors.MeetingNotAccessible),
        ((400, 300, ""), LIST, errors.RequestRefused),
        ((400, 12700, ""), LIST, errors.RequestRefused),
        ((429, 429, DAILY), QOS, errors.DailyLimit),
        ((400, 4711, SCOPES), QOS, errors.MissingScopes),
    ],
)
def test_outcomes_become_failures_by_endpoint(verdict, endpoint, kind):
    error = failure(judge(answer(*verdict), paged=False), endpoint)
    assert type(error) is kind
    assert "{" not in str(error)


def test_a_missing_scope_is_named_from_the_message_and_nothing_else_of_it():
    message = "ada@tamarack.example lacks scopes:[meeting:read:a:admin, user:read:b:admin]."
    error = failure(judge(answer(400, 4711, message), paged=False), QOS)
    assert error.facts["scopes"] == "meeting:read:a:admin, user:read:b:admin"
    odd = failure(judge(answer(400, 4711, "scopes:[Ada Osei, a:b, x:read:y]"), paged=False), QOS)
    assert odd.facts["scopes"] == "x:read:y"
    unnamed = failure(judge(answer(400, 4711, "No."), paged=False), QOS)
    assert unnamed.facts["scopes"] == QOS.granular


@UNHURRIED
@given(st.text() | st.text("scope:[]_ readmin,"))
@example(":_")
@example("scopes:[canary]")
def test_no_failure_repeats_what_the_body_says(message):
    canary = f"canary{message}"
    for status, code in ((400, 300), (400, 200), (403, None), (404, 3001), (400, 4711)):
        error = failure(judge(answer(status, code, canary), paged=False), QOS)
        assert "canary" not in str(error)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("1000000000", 1e9),
        ("Wed, 18 Nov 2026 09:30:20 GMT", 20.0),
        ("2026-11-18T09:31:00Z", 60.0),
        ("2026-11-18T11:31:00+02:00", 60.0),
        ("2026-11-18T09:31:00", 60.0),
        ("2020-05-31T00:00:00Z", 0.0),
        ("", None),
        ("-5", None),
        ("abc", None),
        ("9" * 400, None),
        ("Wed, 99 Nov 2026 09:30:20 GMT", None),
    ],
)
def test_retry_after_is_read_in_every_form(value, seconds):
    assert retry_after_s(answer(429, Retry_After=value)) == seconds


def test_retry_after_absent_is_none():
    assert retry_after_s(answer(429)) is None


def test_a_date_is_measured_by_the_servers_own_clock():
    ours_is_two_hours_slow = answer(
        429, Retry_After="2026-11-18T11:30:30Z", Date="Wed, 18 Nov 2026 11:30:00 GMT"
    )
    assert retry_after_s(ours_is_two_hours_slow) == 30


@UNHURRIED
@given(st.text(max_size=40))
def test_no_retry_after_is_negative_or_breaks(value):
    seconds = retry_after_s(answer(429, Retry_After=value))
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    "headers",
    [
        {"X_RateLimit_Type": "Daily-limit"},
        {"x_ratelimit_type": "daily"},
        {"Retry_After": "2026-11-19T00:00:00Z"},
        {"Retry_After": "601"},
        {"Retry_After": "1000000000"},
    ],
)
def test_a_daily_limit_is_known_by_its_headers_too(headers):
    verdict = judge(answer(429, 429, PER_SECOND, **headers), paged=False)
    assert verdict.outcome is Outcome.DAILY_LIMIT


def test_ten_minutes_are_still_waited_for():
    verdict = judge(answer(429, 429, PER_SECOND, Retry_After="600"), paged=False)
    assert verdict.outcome is Outcome.RATE_LIMIT


MIDNIGHT = dt.datetime(2026, 11, 19, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "resume"),
    [
        ("2026-11-19T00:00:00Z", MIDNIGHT),
        ("7200", START + dt.timedelta(hours=2)),
        ("", MIDNIGHT),
        ("abc", MIDNIGHT),
        ("1000000000", MIDNIGHT),
        ("2020-05-31T00:00:00Z", MIDNIGHT),
    ],
)
def test_a_daily_limit_says_when_to_go_on(value, resume):
    verdict = judge(answer(429, 429, DAILY, Retry_After=value), paged=False)
    assert resume_at(verdict.answer) == resume
    facts = failure(verdict, QOS).facts
    assert facts == {"resume": f"{resume:%Y-%m-%d %H:%M} UTC"}
