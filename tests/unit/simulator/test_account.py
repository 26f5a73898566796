"""What the server answers when nothing is wrong, and to requests that are."""

import base64
import datetime as dt
from collections import Counter
from urllib.parse import quote

import pytest

from qosreport.simulator.limits import PlanLimits
from qosreport.simulator.pages import qos_rows
from qosreport.simulator.server import Server
from tests.unit.simulator.support import END, Client, Hands, encoded, first, organisation

SIMULATION = organisation(odd_values=0)
MONDAY = END + dt.timedelta(hours=9)
LARGE = first(SIMULATION, lambda one: len(one.qos_sessions) > 20 and one.kind == "meeting")
ONE = first(organisation(meetings_per_week=40, odd_values=0), lambda one: one.one_person)
WEBINAR = first(SIMULATION, lambda one: one.kind == "webinar")
RUNNING_AT = LARGE.start + (LARGE.end - LARGE.start) / 2


@pytest.fixture(scope="module")
def client():
    with Server(SIMULATION) as server, Client(server) as one:
        yield one


@pytest.fixture(scope="module")
def during():
    """A client of a server whose clock stands in the middle of the large meeting."""
    with Server(SIMULATION, now=Hands(RUNNING_AT)) as server, Client(server) as one:
        yield one


# --- tokens


def test_a_token_says_what_it_may_and_where_and_for_how_long(client):
    answer = client.ask_token()
    assert answer.status == 200
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 3599
    assert answer.json["api_url"] == client.server.api_url.removesuffix("/v2")
    assert "dashboard:read:list_meeting_participants_qos:admin" in answer.json["scope"].split()


def test_the_parameters_may_stand_in_the_query(client):
    known = client.server.credentials
    pair = base64.b64encode(f"{known.client_id}:{known.client_secret}".encode()).decode()
    target = f"/oauth/token?grant_type=account_credentials&account_id={known.account_id}"
    assert client.send("POST", target, {"Authorization": f"Basic {pair}"}).status == 200


def test_a_wrong_secret_is_refused_in_zooms_words(client):
    answer = client.ask_token(secret="wrong")
    assert answer.status == 400
    assert answer.json == {
        "reason": "Invalid client_id or client_secret",
        "error": "invalid_client",
    }


def test_credentials_that_are_none_are_refused(client):
    for header in ("", "Basic", "Basic ???", "Bearer x", "Basic w6k="):
        answer = client.send("POST", "/oauth/token", {"Authorization": header}, "")
        assert answer.json["error"] == "invalid_client"


def test_another_grant_or_account_is_refused(client):
    assert client.ask_token(grant_type="client_credentials").json["error"] == (
        "unsupported_grant_type"
    )
    assert client.ask_token(account_id="other").status == 400


@pytest.mark.parametrize("token", ["", "invented"])
def test_without_a_good_token_nothing_is_answered(client, token):
    answer = client.send("GET", "/v2/metrics/meetings", {"Authorization": f"Bearer {token}"})
    assert answer.refused == (401, 124)
    assert answer.json["message"] == "Invalid access token."


def test_a_token_is_refused_after_its_hour():
    clock = Hands(MONDAY)
    with Server(SIMULATION, now=clock) as server, Client(server) as client:
        assert client.listed().status == 200
        clock.forward(seconds=3599)
        assert client.listed().refused == (401, 124)
        assert client.listed().json["message"] == "Access token is expired."
        assert client.listed(token=client.ask_token().json["access_token"]).status == 200


# --- lists


def all_listed(client, kind="meetings", **params):
    items, token = [], ""
    while True:
        page = client.listed(kind, next_page_token=token, **params)
        assert page.status == 200, page.body
        items += page.json[kind]
        token = page.json["next_page_token"]
        if not token:
            return items


def test_the_list_of_past_meetings_holds_all_but_those_of_one_person(client):
    expected = [
        one.uuid for one in SIMULATION.everything() if one.kind == "meeting" and not one.one_person
    ]
    assert [one["uuid"] for one in all_listed(client)] == expected


def test_meetings_of_one_person_are_listed_apart(client):
    expected = [one.uuid for one in SIMULATION.everything() if one.one_person]
    assert [one["uuid"] for one in all_listed(client, type="pastOne")] == expected
    assert expected


def test_webinars_have_a_list_of_their_own(client):
    expected = [one.uuid for one in SIMULATION.everything() if one.kind == "webinar"]
    assert [one["uuid"] for one in all_listed(client, "webinars")] == expected


@pytest.mark.parametrize("size", [1, 7, 30, 300])
def test_the_list_comes_in_pages_of_the_size_asked_for(client, size):
    items = all_listed(client, page_size=size)
    first_page = client.listed(page_size=size).json
    assert len(first_page["meetings"]) == min(size, len(items))
    assert first_page["total_records"] == len(items)
    assert first_page["page_count"] == -(-len(items) // size)
    assert (first_page["from"], first_page["to"]) == ("2026-11-02", "2026-11-15")


def test_a_list_without_a_size_has_thirty_items_a_page(client):
    answer = client.get("meetings", type="past", from_="2026-11-02", to="2026-11-15")
    assert answer.json["page_size"] == 30


def test_windows_that_touch_give_every_meeting_once(client):
    whole = [one["uuid"] for one in all_listed(client)]
    parts = all_listed(client, to="2026-11-08") + all_listed(client, from_="2026-11-09")
    assert [one["uuid"] for one in parts] == whole


def test_a_list_can_be_asked_for_by_end(client):
    items = all_listed(client, from_="2026-11-04", to="2026-11-04", query_date_type="end_time")
    assert items
    assert all(one["end_time"].startswith("2026-11-04") for one in items)


def test_who_forgets_the_type_gets_only_what_is_running(client, during):
    forgetful = client.get("meetings", from_="2026-11-02", to="2026-11-15")
    assert forgetful.json["total_records"] == 0
    running = during.get("meetings", from_="2026-11-02", to="2026-11-15").json["meetings"]
    expected = [
        one.uuid
        for one in SIMULATION.everything()
        if one.start <= RUNNING_AT < one.end and one.kind == "meeting"
    ]
    assert LARGE.uuid in expected
    assert [one["uuid"] for one in running] == expected


@pytest.mark.parametrize(
    ("params", "field"),
    [({"from_": ""}, "from"), ({"to": ""}, "to"), ({"to": "2026-12-31"}, "to"),
     ({"from_": "2026-01-01", "to": "2026-01-20"}, "from"), ({"type": "future"}, "type"),
     ({"page_size": 301}, "page_size"), ({"page_size": 0}, "page_size"),
     ({"page_size": "many"}, "page_size")],
)  # fmt: skip
def test_parameters_that_cannot_be_are_named(client, params, field):
    answer = client.listed(**params)
    assert answer.refused == (400, 300)
    assert answer.json["errors"][0]["field"] == field


def test_webinars_know_no_pastone(client):
    assert client.listed("webinars", type="pastOne").refused == (400, 300)


# --- one meeting


def test_participants_and_their_quality_come_whole_and_belong_together(client):
    people = client.all_rows(LARGE, "participants", page_size=300)
    quality = client.all_rows(LARGE, "participants/qos", page_size=10)
    assert len(people) == len(LARGE.sessions)
    assert quality == list(qos_rows(LARGE))
    keys = {(row["user_id"], row["join_time"]) for row in people}
    assert {(row["user_id"], row["join_time"]) for row in quality} <= keys


def test_quality_comes_one_row_a_page_unless_more_are_asked_for_and_never_more_than_ten(client):
    assert len(client.about(LARGE, "participants/qos").json["participants"]) == 1
    assert client.about(LARGE, "participants/qos", page_size=11).refused == (400, 300)
    assert client.about(LARGE, "participants", page_size=301).refused == (400, 300)


def test_every_endpoint_answers_for_meetings_and_webinars(client):
    for meeting in (LARGE, WEBINAR):
        assert client.about(meeting, "").json["uuid"] == meeting.uuid
        for what in ("participants", "participants/qos", "participants/satisfaction",
                     "participants/sharing"):  # fmt: skip
            answer = client.about(meeting, what)
            assert answer.status == 200
            assert "participants" in answer.json
    assert client.about(WEBINAR, "participants/qos").json["webinar_number"] == str(
        WEBINAR.meeting_id
    )


def test_ratings_have_no_counts_around_them(client):
    page = client.about(LARGE, "participants/satisfaction").json
    assert set(page) == {"next_page_token", "page_size", "participants"}


def test_one_participants_quality_is_that_of_the_list(client):
    row = next(one for one in qos_rows(LARGE) if one["user_qos"])
    same = [one for one in qos_rows(LARGE) if one["user_id"] == row["user_id"]]
    answer = client.about(LARGE, f"participants/{row['user_id']}/qos").json
    assert answer["user_qos"] == same[-1]["user_qos"]
    assert {"microphone", "speaker", "camera", "meeting_number"} <= set(answer)
    assert client.about(LARGE, "participants/1/qos").refused == (404, 3001)


def test_summaries_are_there_only_for_accounts_that_subscribe_to_them(client):
    refused = client.about(LARGE, "participants/qos_summary", page_size=10)
    assert refused.refused == (400, 200)
    assert "Event subscription not found" in refused.json["message"]
    with Server(SIMULATION, qss=True) as server, Client(server) as subscribed:
        rows = subscribed.all_rows(LARGE, "participants/qos_summary", page_size=10)
        page = subscribed.about(LARGE, "participants/qos_summary", page_size=10).json
    assert {row["participant_id"] for row in rows} == {one.user_id for one in LARGE.qos_sessions}
    assert "total_records" not in page
    assert page["page_size"] == 30


def test_past_endpoints_know_nothing_of_a_running_meeting(during):
    for what in ("", "participants", "participants/qos", "participants/sharing"):
        assert during.about(LARGE, what).refused == (404, 3001)


def test_live_endpoints_show_a_running_meeting_so_far(during):
    people = during.all_rows(LARGE, "participants", type="live", page_size=300)
    assert any("leave_time" not in one for one in people)
    rows = during.all_rows(LARGE, "participants/qos", type="live", page_size=10)
    stamps = [sample["date_time"] for row in rows for sample in row["user_qos"]]
    assert stamps
    assert max(stamps) <= RUNNING_AT.strftime("%Y-%m-%dT%H:%M:%SZ")
    user_id = rows[0]["user_id"]
    assert during.about(LARGE, f"participants/{user_id}/qos", type="live").status == 200


def test_live_endpoints_know_nothing_of_a_past_meeting(client):
    for what in ("", "participants", "participants/qos"):
        assert client.about(LARGE, what, type="live").refused == (404, 3001)
        assert client.about(LARGE, what, type="").refused == (404, 3001)


def test_a_meeting_that_is_still_to_come_is_unknown():
    clock = Hands(LARGE.start - dt.timedelta(hours=1))
    with Server(SIMULATION, now=clock) as server, Client(server) as client:
        for kind in ("past", "live"):
            assert client.about(LARGE, "participants", type=kind).refused == (404, 3001)


def test_a_meeting_of_one_person_can_be_asked_for_by_either_type(client):
    for kind in ("past", "pastOne"):
        assert client.about(ONE, "participants", type=kind).status == 200
    assert client.about(ONE, "participants/qos", type="past").status == 200
    assert client.about(ONE, "participants/qos", type="pastOne").refused == (400, 300)
    assert client.about(LARGE, "participants", type="pastOne").refused == (404, 3001)


def test_a_meeting_is_no_webinar_and_a_webinar_no_meeting(client):
    assert client.get(f"webinars/{encoded(LARGE.uuid)}", type="past").refused == (404, 3001)
    assert client.get(f"meetings/{encoded(WEBINAR.uuid)}", type="past").refused == (404, 3001)


def test_a_meeting_of_more_than_a_year_ago_is_too_old():
    clock = Hands(LARGE.end + dt.timedelta(days=366))
    with Server(SIMULATION, now=clock) as server, Client(server) as client:
        assert client.about(LARGE, "participants").refused == (400, 12702)


@pytest.mark.parametrize("form", ["starts with a slash", "holds two slashes", "is plain"])
def test_uuids_of_every_form_are_found_if_encoded_as_they_must(client, form):
    fits = {
        "starts with a slash": lambda uuid: uuid.startswith("/"),
        "holds two slashes": lambda uuid: "//" in uuid,
        "is plain": lambda uuid: "/" in uuid[1:] and "//" not in uuid and uuid[0] != "/",
    }[form]
    found = [one for one in SIMULATION.everything() if fits(one.uuid) and one.kind == "meeting"]
    found = [one for one in found if not one.one_person]
    assert found
    for meeting in found[:3]:
        once = quote(meeting.uuid, safe="")
        assert client.about(meeting, "participants").status == 200
        expected = 200 if form == "is plain" else 404
        assert client.get(f"meetings/{once}/participants", type="past").status == expected


def test_an_unencoded_slash_makes_another_path(client):
    meeting = first(SIMULATION, lambda one: "/" in one.uuid)
    answer = client.get(f"meetings/{quote(meeting.uuid, safe='/')}/participants", type="past")
    assert answer.status == 404


def test_a_number_means_the_latest_instance(client):
    daily = SIMULATION.schedule.daily()
    assert daily
    ids = Counter(one.meeting_id for one in SIMULATION.everything())
    meeting_id, count = ids.most_common(1)[0]
    assert count >= 10
    last = SIMULATION.instances(meeting_id)[-1]
    assert client.get(f"meetings/{meeting_id}", type="past").json["uuid"] == last.uuid
    with Server(SIMULATION, now=Hands(last.start)) as server, Client(server) as earlier:
        found = earlier.get(f"meetings/{meeting_id}", type="past").json["uuid"]
    assert found == SIMULATION.instances(meeting_id)[-2].uuid


@pytest.mark.parametrize("reference", ["123", "AAAAAAAAAAAAAAAAAAAAAA%3D%3D", "nonsense", "%FF"])
def test_what_was_never_held_is_not_found(client, reference):
    assert client.get(f"meetings/{reference}", type="past").refused == (404, 3001)


def test_what_is_no_endpoint_is_not_recognised(client):
    assert client.get("rooms").refused == (404, 2300)
    assert client.send("GET", "/").refused == (404, 2300)
    assert client.send("POST", "/v2/metrics/meetings", body="").status == 405
    assert client.send("GET", "/oauth/token").status == 405


# --- page tokens


def test_a_page_token_is_good_for_its_own_question_only(client):
    token = client.about(LARGE, "participants/qos", page_size=10).json["next_page_token"]
    follow = {"next_page_token": token}
    assert client.about(LARGE, "participants/qos", page_size=10, **follow).status == 200
    for what, params in (
        ("participants/qos", {"page_size": 5}),
        ("participants", {"page_size": 10}),
    ):
        answer = client.about(LARGE, what, **params, **follow)
        assert answer.refused == (400, 300)
        assert answer.json["message"] == "The next page token is invalid or expired."
    assert client.about(LARGE, "participants/qos", next_page_token="x").refused == (400, 300)


def test_a_page_token_is_refused_after_a_quarter_of_an_hour():
    clock = Hands(MONDAY)
    with Server(SIMULATION, now=clock) as server, Client(server) as client:
        token = client.about(LARGE, "participants/qos", page_size=10).json["next_page_token"]
        clock.forward(minutes=15)
        asked = {"page_size": 10, "next_page_token": token}
        assert client.about(LARGE, "participants/qos", **asked).status == 200
        clock.forward(seconds=1)
        assert client.about(LARGE, "participants/qos", **asked).refused == (400, 300)


def test_the_last_page_has_no_token_also_where_it_is_just_full(client):
    total = len(LARGE.sessions)
    assert client.about(LARGE, "participants", page_size=total).json["next_page_token"] == ""
    assert client.about(LARGE, "participants", page_size=total - 1).json["next_page_token"]


# --- limits


def test_heavy_calls_are_limited_by_the_second():
    clock = Hands(MONDAY)
    limits = PlanLimits(heavy_per_second=2)
    with Server(SIMULATION, now=clock, plan_limits=limits) as server, Client(server) as client:
        answers = [client.about(LARGE, "participants") for _ in range(3)]
        assert [one.status for one in answers] == [200, 200, 429]
        assert answers[0].headers["X-RateLimit-Remaining"] == "1"
        refused = answers[2]
        assert refused.json["message"].startswith("You have reached the maximum per-second")
        assert refused.headers["X-RateLimit-Category"] == "Heavy"
        assert refused.headers["X-RateLimit-Type"] == "QPS"
        assert refused.headers["X-RateLimit-Limit"] == "2"
        assert refused.headers["Retry-After"] is None
        clock.forward(seconds=1)
        assert client.about(LARGE, "participants").status == 200


def test_lists_are_limited_by_the_minute():
    clock = Hands(MONDAY)
    limits = PlanLimits(intensive_per_minute=1)
    with Server(SIMULATION, now=clock, plan_limits=limits) as server, Client(server) as client:
        assert [client.listed().status for _ in range(2)] == [200, 429]
        assert client.listed().headers["X-RateLimit-Category"] == "Resource-intensive"
        assert "per-minute" in client.listed().json["message"]
        assert client.about(LARGE, "participants").status == 200
        clock.forward(seconds=60)
        assert client.listed().status == 200


def test_the_day_is_limited_for_all_calls_together_and_says_when_it_ends():
    clock = Hands(MONDAY)
    limits = PlanLimits(per_day=2)
    with Server(SIMULATION, now=clock, plan_limits=limits) as server, Client(server) as client:
        assert client.listed().status == client.about(LARGE, "participants").status == 200
        refused = client.about(LARGE, "participants")
        assert refused.refused == (429, 429)
        assert "maximum daily rate limit" in refused.json["message"]
        assert refused.headers["X-RateLimit-Type"] == "Daily-limit"
        assert refused.headers["Retry-After"] == "2026-11-17T00:00:00Z"
        clock.moment = dt.datetime(2026, 11, 17, tzinfo=dt.UTC)
        token = client.ask_token().json["access_token"]
        assert client.listed(token=token).status == 200
