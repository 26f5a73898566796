"""Every fault, asked for and seen."""

import ast
import datetime as dt
import gzip
import http.client
import json
import re
import zlib
from pathlib import Path

import pytest

from qosreport.simulator import hostile
from qosreport.simulator.faults import ABOUT, Fault, Faults, parse_faults
from qosreport.simulator.server import Server
from tests.unit.simulator.support import END, Client, Hands, first, organisation

SIMULATION = organisation(odd_values=0)
LARGE = first(SIMULATION, lambda one: len(one.qos_sessions) > 20 and one.kind == "meeting")
OTHER = first(SIMULATION, lambda one: 3 < one.people < 9 and one.kind == "meeting")
NOW = END + dt.timedelta(hours=9)


@pytest.fixture
def ask():
    """Opens a client of a server with these faults, and closes both in the end."""
    opened = []

    def begin(faults, **options):
        server = Server(SIMULATION, faults=faults, now=Hands(NOW), **options).start()
        opened.append(server)
        client = Client(server)
        opened.insert(0, client.connection)
        return client

    yield begin
    for one in opened:
        one.close()


def qos(client, **params):
    return client.about(LARGE, "participants/qos", **({"page_size": 10} | params))


def fired(client):
    return client.server.stats()["faults_fired"]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("unauthorized", 401, 124), ("scope_refused", 400, 4711), ("app_disabled", 400, 4717),
        ("other_account", 400, 300), ("no_plan", 400, 200), ("no_dashboard", 400, 400),
        ("too_old", 400, 12702), ("not_found", 404, 3001), ("forbidden", 403, 403),
        ("per_second_429", 429, 429), ("daily_429", 429, 429), ("concurrent_429", 429, 429),
        ("server_error", 500, 500),
    ],
)  # fmt: skip
def test_refusals_come_once_and_then_no_more(ask, name, status, code):
    client = ask(Faults(**{name: Fault(count=1, endpoint="qos")}))
    assert client.about(LARGE, "participants").status == 200
    assert qos(client).refused == (status, code)
    assert qos(client).status == 200
    assert fired(client) == {name: 1}


def test_a_fault_without_limits_hits_every_answer_of_the_api(ask):
    client = ask(Faults(forbidden=Fault()))
    assert client.listed().status == 403
    assert qos(client).status == 403
    assert client.about(OTHER, "participants").status == 403


def test_a_fault_can_be_meant_for_one_meeting(ask):
    client = ask(Faults(not_found=Fault(uuid=LARGE.uuid)))
    assert client.listed().status == 200
    assert client.about(OTHER, "participants/qos").status == 200
    assert qos(client).status == 404
    assert client.about(LARGE, "participants").status == 404


def test_a_refused_scope_is_named(ask):
    client = ask(Faults(scope_refused=Fault(endpoint="qos")))
    assert "[dashboard:read:list_meeting_participants_qos:admin]" in qos(client).json["message"]


def test_a_page_token_and_another_account_have_the_same_code_and_other_words(ask):
    client = ask(Faults(other_account=Fault(count=1, endpoint="qos")))
    assert "token" not in qos(client).json["message"]


def test_lists_by_end_can_be_refused(ask):
    client = ask(Faults(no_end_time=Fault()))
    assert client.listed().status == 200
    assert client.listed(query_date_type="end_time").refused == (400, 12700)


@pytest.mark.parametrize(
    ("form", "expected"),
    [("absent", None), ("iso", "2026-11-17T00:00:00Z"), ("seconds", "54000"),
     ("http-date", "Tue, 17 Nov 2026 00:00:00 GMT"), ("past", "2020-05-31T00:00:00Z"),
     ("far", "1000000000"), ("nonsense", "soon")],
)  # fmt: skip
def test_retry_after_comes_in_every_form(ask, form, expected):
    client = ask(Faults(daily_429=Fault(value=form)))
    assert qos(client).headers["Retry-After"] == expected


def test_a_per_second_429_can_say_when_to_go_on(ask):
    client = ask(parse_faults("429_per_second=value=seconds"))
    assert qos(client).headers["Retry-After"] == "1"
    assert "per-second" in qos(client).json["message"]
    assert "per-minute" in client.listed().json["message"]


@pytest.mark.parametrize("status", ["500", "501", "502", "503", "504"])
def test_server_errors_come_with_the_status_asked_for(ask, status):
    client = ask(Faults(server_error=Fault(value=status, count=2)))
    assert [qos(client).status for _ in range(3)] == [int(status), int(status), 200]


def test_html_comes_where_json_should(ask):
    client = ask(parse_faults("html_error=participants,html_ok=qos"))
    gateway = client.about(LARGE, "participants")
    assert gateway.status == 502
    assert gateway.headers["Content-Type"] == "text/html"
    assert gateway.body.startswith(b"<html>")
    page = qos(client)
    assert page.status == 200
    assert page.body.startswith(b"<!DOCTYPE html>")


def test_bodies_that_are_no_pages(ask):
    client = ask(parse_faults("empty_body=qos:1,null_body=participants:1"))
    assert qos(client).body == b""
    assert client.about(LARGE, "participants").json is None
    client = ask(Faults(null_body=Fault(value='["x"]')))
    assert qos(client).json == ["x"]


def test_json_can_be_too_deep_to_read(ask):
    body = qos(ask(Faults(deep_json=Fault()))).body
    assert body.count(b"[") == body.count(b"]") == 100_000
    with pytest.raises(RecursionError):
        json.loads(body)


def test_a_small_compressed_body_opens_to_a_large_one(ask):
    client = ask(Faults(gzip_bomb=Fault(value="8")))
    headers = {"Authorization": f"Bearer {client.token}"}
    answer = client.send("GET", "/v2/metrics/meetings", headers)
    assert len(answer.body) < 20_000
    assert len(zlib.decompress(answer.body, 31)) == 8 * 2**20


def test_a_redirect_leads_to_another_host(ask):
    answer = qos(ask(Faults(redirect=Fault(count=1))))
    assert answer.status == 302
    assert answer.headers["Location"].startswith("https://redirect.example/")


def test_a_body_can_end_before_its_length(ask):
    client = ask(Faults(truncated=Fault(count=1, endpoint="qos")))
    with pytest.raises(http.client.IncompleteRead) as caught:
        qos(client)
    assert caught.value.expected == pytest.approx(len(caught.value.partial), abs=1)
    assert qos(client).status == 200


def test_a_chunk_can_be_cut(ask):
    client = ask(Faults(chunked_cut=Fault(count=1, endpoint="qos")))
    with pytest.raises(http.client.IncompleteRead):
        qos(client)
    assert qos(client).status == 200


def test_json_can_be_cut_though_its_length_fits(ask):
    client = ask(Faults(cut_json=Fault(count=1, endpoint="qos")))
    answer = qos(client)
    assert len(answer.body) == int(answer.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)
    assert qos(client).json["participants"]


def test_an_answer_can_drip(ask):
    slept = []
    client = ask(Faults(drip=Fault(count=1, endpoint="qos", value="0.7")), sleep=slept.append)
    assert qos(client).json["participants"]
    assert len(slept) >= 16
    assert set(slept) == {0.7}


def test_a_connection_can_close_without_a_word(ask):
    client = ask(Faults(closed=Fault(count=1, endpoint="qos")))
    with pytest.raises(http.client.RemoteDisconnected):
        qos(client)
    assert qos(client).status == 200
    assert client.server.requests[-2].status == 0


# --- pages


def test_a_page_token_can_expire_in_the_middle_of_a_meeting(ask):
    client = ask(Faults(page_token_expired=Fault(count=1, endpoint="qos")))
    token = qos(client).json["next_page_token"]
    refused = qos(client, next_page_token=token)
    assert refused.refused == (400, 300)
    assert refused.json["message"] == "The next page token is invalid or expired."
    assert qos(client, next_page_token=token).status == 200


def test_page_tokens_can_go_round_in_a_circle(ask):
    client = ask(Faults(page_token_loop=Fault(endpoint="qos")))
    token = qos(client).json["next_page_token"]
    assert qos(client, next_page_token=token).json["next_page_token"] == token


@pytest.mark.parametrize("form", ["null", "missing", "number", "blank"])
def test_page_tokens_come_in_odd_forms(ask, form):
    page = qos(ask(Faults(page_token_odd=Fault(value=form)))).json
    assert ("next_page_token" in page) == (form != "missing")
    expected = {"null": None, "missing": None, "number": 20_261_116, "blank": " "}[form]
    assert page.get("next_page_token") == expected


def test_pages_can_overlap_by_a_row(ask):
    rows = ask(Faults(overlap=Fault())).all_rows(LARGE, "participants/qos", page_size=10)
    keys = [(row["user_id"], row["join_time"]) for row in rows]
    assert len(set(keys)) == len(LARGE.qos_sessions)
    assert len(keys) > len(set(keys))
    assert keys[9] == keys[10]


def test_rows_can_be_lost_between_pages(ask):
    rows = ask(Faults(rows_lost=Fault(count=1))).all_rows(LARGE, "participants/qos", page_size=10)
    assert len(rows) == len(LARGE.qos_sessions) - 1


def test_a_page_can_be_empty_though_more_follow(ask):
    client = ask(Faults(empty_page=Fault(count=1)))
    empty = qos(client).json
    assert empty["participants"] == []
    assert empty["next_page_token"]
    rows = client.all_rows(LARGE, "participants/qos", page_size=10)
    assert len(rows) == len(LARGE.qos_sessions)


def test_more_rows_can_be_claimed_than_there_are(ask):
    client = ask(Faults(total_too_high=Fault(endpoint="qos", value="5")))
    assert qos(client).json["total_records"] == len(LARGE.qos_sessions) + 5


# --- the token endpoint


def test_an_app_can_be_of_the_wrong_kind(ask):
    answer = ask(Faults(wrong_app=Fault())).ask_token()
    assert answer.status == 400
    assert answer.json["error"] == "unsupported_grant_type"


def test_a_token_can_lack_scopes_and_the_api_says_which(ask):
    client = ask(Faults(missing_scopes=Fault()))
    missing = "dashboard:read:list_meeting_participants_qos:admin"
    assert missing not in client.ask_token().json["scope"]
    assert client.about(LARGE, "participants").status == 200
    assert qos(client).refused == (400, 4711)
    assert missing in qos(client).json["message"]


def test_several_scopes_can_be_missing(ask):
    names = ["dashboard:read:list_meetings:admin", "dashboard:read:list_webinars:admin"]
    client = ask(Faults(missing_scopes=Fault(value="+".join(names))))
    assert client.listed().refused == client.listed("webinars").refused == (400, 4711)


def test_the_classic_scopes_will_do(ask):
    client = ask(Faults(classic_scopes=Fault()))
    assert client.ask_token().json["scope"].split() == [
        "dashboard_meetings:read:admin", "dashboard_webinars:read:admin",
    ]  # fmt: skip
    assert qos(client).status == client.listed("webinars").status == 200


def test_a_token_can_name_a_foreign_host(ask):
    assert ask(Faults(foreign_api_url=Fault())).ask_token().json["api_url"] == (
        "https://api.evil.example"
    )


def test_a_token_can_be_missing_or_break_a_header(ask):
    assert "access_token" not in ask(Faults(no_token=Fault())).ask_token().json
    answer = ask(Faults(token_control_characters=Fault())).ask_token()
    assert "\r\n" in answer.json["access_token"]


@pytest.mark.parametrize(
    ("value", "expected"), [("", 0), ("-1", -1), ("999999999", 999_999_999), ("soon", "soon")]
)
def test_a_token_can_expire_oddly(ask, value, expected):
    client = ask(Faults(odd_expiry=Fault(value=value)))
    assert client.ask_token().json["expires_in"] == expected


def test_a_token_can_forget_when_it_expires(ask):
    assert "expires_in" not in ask(Faults(odd_expiry=Fault(value="missing"))).ask_token().json


def test_the_token_endpoint_can_fail_as_others_do_if_that_is_asked_for(ask):
    client = ask(parse_faults("5xx=token:2:value=503,html_ok=skip=9"))
    assert [client.ask_token().status for _ in range(3)] == [503, 503, 200]
    assert ask(parse_faults("429_per_second=token:1")).ask_token().status == 429


# --- content


def test_names_can_bite_and_are_the_same_for_the_same_person_everywhere(ask):
    client = ask(Faults(hostile_names=Fault()))
    known = {name for names in hostile.NAMES.values() for name in names}
    people = client.all_rows(LARGE, "participants", page_size=300)
    assert {row["user_name"] for row in people} <= known
    assert len({row["user_name"] for row in people}) > 5
    names = {(row["user_id"], row["join_time"]): row["user_name"] for row in people}
    for row in client.all_rows(LARGE, "participants/qos", page_size=10):
        assert names[row["user_id"], row["join_time"]] == row["user_name"]
    assert {one["topic"] for one in client.listed().json["meetings"]} <= known


@pytest.mark.parametrize("kind", hostile.NAMES)
def test_each_kind_of_name_can_be_had_alone(ask, kind):
    page = qos(ask(Faults(hostile_names=Fault(value=kind)))).json
    assert {row["user_name"] for row in page["participants"]} <= set(hostile.NAMES[kind])


def test_names_can_bite_in_one_meeting_only(ask):
    client = ask(Faults(hostile_names=Fault(uuid=LARGE.uuid, value="html")))
    bitten = [one["uuid"] for one in client.listed().json["meetings"]
              if one["topic"] in hostile.NAMES["html"]]  # fmt: skip
    assert bitten == [LARGE.uuid]
    assert "<" not in client.about(OTHER, "participants").json["participants"][0]["user_name"]


@pytest.mark.parametrize("kind", [one for one in hostile.VALUES if one != "digits"])
def test_each_kind_of_value_can_be_had(ask, kind):
    plain = qos(ask(Faults())).json
    spoilt = qos(ask(Faults(hostile_values=Fault(value=kind)))).json
    assert [row["user_id"] for row in spoilt["participants"]] == [
        row["user_id"] for row in plain["participants"]
    ]
    assert repr(spoilt["participants"]) != repr(plain["participants"])


def test_numbers_of_five_thousand_digits_cannot_be_read_by_python_itself(ask):
    body = qos(ask(Faults(hostile_values=Fault(value="digits")))).body
    assert b"9" * 5000 in body
    with pytest.raises(ValueError, match="digits"):
        json.loads(body)


def test_samples_can_be_blank_or_missing(ask):
    rows = qos(ask(Faults(blank_qos=Fault()))).json["participants"]
    streams = [part for row in rows for sample in row["user_qos"] for part in sample.values()
               if isinstance(part, dict) and part]  # fmt: skip
    assert streams
    assert {value for one in streams for value in one.values()} == {""}
    rows = qos(ask(Faults(no_qos=Fault()))).json["participants"]
    assert {len(row["user_qos"]) for row in rows} == {0}


def test_lists_of_quality_can_leave_people_out_whom_their_own_endpoint_knows(ask):
    client = ask(Faults(qos_gap=Fault(value="3")))
    rows = client.all_rows(LARGE, "participants/qos", page_size=10)
    assert len(rows) == len(LARGE.qos_sessions) - 3
    assert qos(client).json["total_records"] == len(rows)
    missing = LARGE.qos_sessions[-1]
    answer = client.about(LARGE, f"participants/{missing.user_id}/qos")
    assert answer.status == 200
    assert len(answer.json["user_qos"]) == missing.samples


def test_lists_can_lose_all_times(ask):
    client = ask(Faults(blank_times=Fault(uuid=LARGE.uuid)))
    items = {one["uuid"]: one for one in client.listed().json["meetings"]}
    bare = items.pop(LARGE.uuid)
    assert (bare["start_time"], bare["end_time"], bare["participants"]) == ("", "", 0)
    assert all(one["start_time"] for one in items.values())


def test_compressed_answers_can_be_faulty_too(ask):
    client = ask(Faults(cut_json=Fault(count=1, endpoint="qos")))
    cut = client.about(LARGE, "participants/qos", gzipped=True, page_size=10)
    assert cut.headers["Content-Encoding"] == "gzip"
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut.body)
    assert gzip.compress(b"") != cut.body


def test_every_fault_there_is_is_asked_for_above():
    # By the text: a run spread over processes knows only its own share of the tests.
    nodes = list(ast.walk(ast.parse(Path(__file__).read_text("utf-8"))))
    keywords = {node.arg for node in nodes if isinstance(node, ast.keyword)}
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    names = {word for text in texts if isinstance(text, str) for word in re.split(r"[=,]", text)}
    assert set(ABOUT) <= keywords | names
