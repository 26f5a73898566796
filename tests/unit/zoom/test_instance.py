import json
from math import ceil

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug import Response

from qosreport import errors
from qosreport.zoom.endpoints import encoded_uuid
from tests.unit.zoom.support import Spending, error, listed, minutes, ok, on, person, zoom_client

EXPIRED = "The next page token is invalid or expired."


def people(count, **more):
    return [person(number, **more) for number in range(count)]


def rows(pages, endpoint):
    kept = [json.loads(page.body)["participants"] for page in pages if page.endpoint == endpoint]
    return [row["user_id"] for page in kept for row in page]


@pytest.mark.parametrize("count", [1, 9, 10, 11, 299, 300, 301, 1000])
def test_a_meeting_costs_the_fewest_calls(client, account, count):
    account.people = {"uuid-1==": people(count)}
    pages = client.fetch(listed())
    wanted = ["participants"] * ceil(count / 300) + ["qos"] * ceil(count / 10)
    assert account.names() == wanted
    assert [page.endpoint for page in pages] == wanted
    assert client.calls == {"heavy": len(wanted)}
    assert (
        rows(pages, "participants") == rows(pages, "qos") == [p["user_id"] for p in people(count)]
    )


def test_pages_are_kept_byte_for_byte_with_where_they_are_from(client, account, clock):
    account.people = {"uuid-1==": people(25, user_name="会議 é")}
    bodies = []

    def note(call):
        response = account.answer(call)
        bodies.append(response.get_data())
        return response

    account.faults.append(note)
    pages = client.fetch(listed())
    assert [page.body for page in pages] == bodies[1:]
    assert [(page.endpoint, page.page) for page in pages] == [
        ("participants", 1),
        ("qos", 1),
        ("qos", 2),
        ("qos", 3),
    ]
    assert {(page.meeting_uuid, page.kind, page.participant_id) for page in pages} == {
        ("uuid-1==", "meeting", None)
    }
    assert all(page.pulled_at.utcoffset() is not None for page in pages)


def test_webinars_are_fetched_from_their_own_endpoints(client, account):
    account.people = {"w": people(2)}
    pages = client.fetch(listed("w", kind="webinar"))
    paths = [call.path for call in account.calls[1:]]
    assert paths == [f"/v2/metrics/webinars/w/participants{end}" for end in ("", "/qos")]
    assert {page.kind for page in pages} == {"webinar"}


@pytest.mark.parametrize(
    "uuid",
    ["/tiny//Meeting+1234567==", "w7fUhDMLSo25Lfvu/3I+cw==", "a//b==", "a b%2F", "é=="],
)
def test_a_uuid_of_any_shape_reaches_the_server(client, account, uuid):
    account.people = {uuid: people(1)}
    assert rows(client.fetch(listed(uuid)), "qos") == ["16778240"]
    assert {call.path.split("/")[4] for call in account.calls[1:]} == {encoded_uuid(uuid)}


@pytest.mark.parametrize(
    ("meeting", "live", "types"),
    [
        (listed(), False, ["past", "past"]),
        (listed(one_person=True), False, ["pastOne", "past"]),
        (listed(), True, ["live", "live"]),
    ],
)
def test_the_type_is_sent_always_and_only_as_each_endpoint_knows_it(
    client, account, meeting, live, types
):
    account.people = {"uuid-1==": people(1)}
    client.fetch(meeting, live=live)
    assert [call.params["type"] for call in account.calls[1:]] == types


def test_a_meeting_without_participants_is_fetched_all_the_same(client, account):
    account.people = {"uuid-1==": []}
    assert [page.endpoint for page in client.fetch(listed())] == ["participants", "qos"]
    assert account.names() == ["participants", "qos"]


@pytest.mark.parametrize("page", range(1, 5))
def test_a_page_token_expired_at_any_page_begins_that_chain_anew(client, account, page):
    account.people = {"uuid-1==": people(50)}
    shown = []

    def expire(call):
        if call.name == "qos" and (call.page_token or "").startswith(f"{page * 10}:") and not shown:
            shown.append(call)
            return error(400, 300, EXPIRED)
        return None

    account.faults.append(expire)
    pages = client.fetch(listed())
    assert [p.page for p in pages] == [1, 1, 2, 3, 4, 5]
    assert rows(pages, "qos") == rows(pages, "participants")
    assert account.names() == ["participants"] + ["qos"] * (page + 1 + 5)


def test_page_tokens_that_never_last_cost_the_meeting(client, account):
    account.people = {"uuid-1==": people(50)}
    account.faults.append(lambda call: error(400, 300, EXPIRED) if call.page_token else None)
    with pytest.raises(errors.PageTokenExpired):
        client.fetch(listed())
    assert account.names().count("qos") == 8


def test_a_page_token_loop_costs_the_meeting(client, account):
    account.people = {"uuid-1==": people(50)}
    account.faults.append(
        lambda call: (
            ok({"participants": people(10), "next_page_token": "same", "total_records": 50})
            if call.name == "qos"
            else None
        )
    )
    with pytest.raises(errors.PageTokenLoop):
        client.fetch(listed())
    assert account.names().count("qos") == 2


def test_rows_that_shift_between_pages_are_pulled_once_more(client, account):
    account.people = {"uuid-1==": people(20)}
    shifted = []

    def shift(call):
        if call.name == "qos" and call.page_token and not shifted:
            shifted.append(call)
            late = [minutes(row) for row in people(20)[9:19]]
            return ok({"participants": late, "next_page_token": "", "total_records": 20})
        return None

    account.faults.append(shift)
    pages = client.fetch(listed())
    assert account.names().count("qos") == 4
    assert rows(pages, "qos") == [p["user_id"] for p in people(20)]


def test_rows_missing_for_good_are_left_for_the_parser_to_tell(client, account):
    account.people = {"uuid-1==": people(12)}
    account.total_records = 15
    pages = client.fetch(listed())
    assert [page.endpoint for page in pages] == ["participants", "qos", "qos"]
    assert account.names() == ["participants"] * 2 + ["qos"] * 4


def test_the_people_of_a_running_meeting_are_not_counted_again(client, account):
    account.people = {"uuid-1==": people(12)}
    account.total_records = 15
    client.fetch(listed(), live=True)
    assert account.names() == ["participants", "qos", "qos"]


def test_a_gap_in_the_qos_is_mended_by_asking_singly(client, account):
    account.people = {"uuid-1==": people(5)}
    account.qos = {"uuid-1==": [minutes(row) for row in people(5)[:3]]}
    account.single = {row["user_id"]: minutes(row) for row in people(5)}
    pages = client.fetch(listed())
    assert [(p.endpoint, p.participant_id) for p in pages[2:]] == [
        ("participant_qos", "16778243"),
        ("participant_qos", "16778244"),
    ]
    path = "/v2/metrics/meetings/uuid-1%3D%3D/participants/16778244/qos"
    assert account.calls[-1].path == path
    assert account.calls[-1].params == {"type": "past"}


def test_at_most_ten_are_asked_singly(client, account):
    account.people = {"uuid-1==": people(30)}
    account.qos = {"uuid-1==": [minutes(people(1)[0])]}
    client.fetch(listed())
    assert account.names().count("participant_qos") == 10
    assert client.ignored == {("participant_qos", 404, 3001): 10}


def test_nobody_is_asked_singly_who_was_not_let_in_or_has_no_qos(client, account):
    account.people = {
        "uuid-1==": [
            person(0),
            person(1, status="in_waiting_room"),
            person(2, device="Phone"),
            person(3, user_id=""),
            person(4, user_id=".."),
            person(5, status=None),
            person(5, join_time="2026-11-11T15:00:00Z"),
        ]
    }
    account.qos = {"uuid-1==": [minutes(person(0))]}
    client.fetch(listed())
    singles = [call.path for call in account.calls if call.name == "participant_qos"]
    assert [path.split("/")[-2] for path in singles] == ["16778245"]


def test_participants_that_only_the_parser_finds_broken_cost_no_further_calls(client, account):
    broken = b'{"participants":[{"user_id":"1","join_time":"t",}, 5],"next_page_token":""}'
    account.people = {"uuid-1==": people(1)}
    account.faults.append(on("participants", lambda: Response(broken, 200)))
    pages = client.fetch(listed())
    assert pages[0].body == broken
    assert account.names() == ["participants", "qos"]


def test_a_row_that_is_no_object_is_nobody(client, account):
    account.people = {"uuid-1==": [person(0), "text", None, person(1)]}
    account.qos = {"uuid-1==": [minutes(person(0))]}
    client.fetch(listed())
    assert account.names().count("participant_qos") == 1


def test_a_meeting_without_any_qos_is_probed_once(client, account):
    account.people = {"uuid-1==": people(8)}
    account.qos = {"uuid-1==": []}
    pages = client.fetch(listed())
    assert [page.endpoint for page in pages] == ["participants", "qos"]
    assert account.names() == ["participants", "qos", "qos_summary", "participant_qos"]
    assert client.ignored == {("qos_summary", 400, 200): 1, ("participant_qos", 404, 3001): 1}


def test_no_scope_for_single_participants_costs_one_call_in_the_run(client, account):
    account.people = {"a": people(3), "b": people(3)}
    account.qos = {uuid: [minutes(person(0))] for uuid in account.people}
    account.faults.append(on("participant_qos", lambda: error(400, 4711, "scopes:[x:y]")))
    for uuid in account.people:
        assert len(client.fetch(listed(uuid))) == 2
    assert account.names().count("participant_qos") == 1
    assert client.ignored == {("participant_qos", 400, 4711): 1}


def no_minutes(row):
    return {**minutes(row), "user_qos": []}


def test_the_summary_is_asked_for_only_without_per_minute_data(client, account):
    account.people = {"with": people(2), "without": people(2)}
    account.qos = {"without": [no_minutes(row) for row in people(2)]}
    account.summary = [{"participant_id": str(n), "qos": []} for n in range(12)]
    assert [p.endpoint for p in client.fetch(listed("with"))] == ["participants", "qos"]
    pages = client.fetch(listed("without"))
    assert [p.endpoint for p in pages] == ["participants", "qos", "qos_summary", "qos_summary"]
    assert account.calls[-1].params["page_size"] == "10"
    assert "type" not in account.calls[-1].params


def test_a_name_that_looks_like_a_minute_is_none(client, account):
    account.people = {"uuid-1==": people(1)}
    tricky = {**no_minutes(person(0)), "user_name": '"date_time": "2026-11-11T14:01:00Z"'}
    account.qos = {"uuid-1==": [tricky]}
    client.fetch(listed())
    assert "qos_summary" in account.names()


def test_without_a_subscription_the_summary_is_asked_once_a_run_and_kind(client, account):
    account.people = {uuid: people(1) for uuid in "abc"}
    account.qos = {uuid: [no_minutes(person(0))] for uuid in "abc"}
    for uuid in "abc":
        client.fetch(listed(uuid))
    client.fetch(listed("a", kind="webinar"))
    assert account.names().count("qos_summary") == 2
    assert client.ignored == {("qos_summary", 400, 200): 2}


def test_the_summary_is_never_asked_when_the_settings_say_so_or_live(httpserver, account):
    account.people = {"uuid-1==": people(1)}
    account.qos = {"uuid-1==": [no_minutes(person(0))]}
    with zoom_client(httpserver, summary="never") as zoom:
        zoom.fetch(listed())
    with zoom_client(httpserver) as zoom:
        zoom.fetch(listed(), live=True)
    assert "qos_summary" not in account.names()


@pytest.mark.parametrize(
    ("response", "key"),
    [
        (lambda: error(404, 3001), (404, 3001)),
        (lambda: error(400, 12702), (400, 12702)),
        (lambda: error(403), (403, None)),
        (lambda: error(400, 4711), (400, 4711)),
        (lambda: error(400, 31415), (400, 31415)),
        (lambda: error(502), (502, None)),
        (lambda: error(429, 429, "per-second"), (429, None)),
        (lambda: Response("<html>", 200), (0, None)),
        (lambda: ok({"participants": [], "next_page_token": "same"}), (0, None)),
    ],
)
def test_no_trouble_of_the_summary_is_fatal(client, account, response, key):
    account.people = {"uuid-1==": people(1)}
    account.qos = {"uuid-1==": [no_minutes(person(0))]}
    account.faults.append(on("qos_summary", response))
    assert [p.endpoint for p in client.fetch(listed())] == ["participants", "qos"]
    assert client.ignored == {("qos_summary", *key): 1}


def test_a_daily_limit_is_not_ignored_even_there(client, account):
    account.people = {"uuid-1==": people(1)}
    account.qos = {"uuid-1==": [no_minutes(person(0))]}
    account.faults.append(on("qos_summary", lambda: error(429, 429, "daily rate limit")))
    with pytest.raises(errors.DailyLimit):
        client.fetch(listed())


def test_extras_are_fetched_when_asked_for(client, account):
    account.people = {"uuid-1==": people(1)}
    pages = client.fetch(listed(one_person=True), extras={"sharing", "satisfaction"})
    assert [p.endpoint for p in pages] == ["participants", "qos", "satisfaction", "sharing"]
    types = {call.name: call.params["type"] for call in account.calls[1:]}
    assert (types["satisfaction"], types["sharing"]) == ("pastOne", "past")


def test_extras_the_account_has_not_are_asked_for_once_and_counted(client, account):
    account.people = {"a": people(1), "b": people(1)}
    account.faults.append(on("satisfaction", lambda: error(400, 200, "paid accounts only")))
    account.faults.append(on("sharing", lambda: error(404, 3001)))
    for uuid in "ab":
        client.fetch(listed(uuid), extras=["sharing", "satisfaction"])
    assert client.ignored == {("satisfaction", 400, 200): 1, ("sharing", 404, 3001): 2}


def test_an_error_of_an_extra_that_no_list_names_is_not_ignored(client, account):
    account.people = {"uuid-1==": people(1)}
    account.faults.append(on("sharing", lambda: error(400, 4711, "scopes:[a:b]")))
    with pytest.raises(errors.MissingScopes):
        client.fetch(listed(), extras=["sharing"])
    assert client.ignored == {}


def test_one_participant_costs_the_participants_and_one_call(client, account):
    account.people = {"uuid-1==": people(301)}
    account.single = {"16778250": minutes(person(10))}
    pages = client.fetch(listed(), only_participant="16778250")
    assert [(p.endpoint, p.participant_id) for p in pages] == [
        ("participants", None),
        ("participants", None),
        ("participant_qos", "16778250"),
    ]
    assert json.loads(pages[2].body)["user_id"] == "16778250"


@pytest.mark.parametrize("user_id", ["1", "", "None", ".."])
def test_a_participant_the_meeting_has_not_is_told(client, account, user_id):
    account.people = {"uuid-1==": people(2)}
    with pytest.raises(errors.ParticipantNotKnown):
        client.fetch(listed(), only_participant=user_id)
    assert account.names() == ["participants"]


def test_one_participant_whose_qos_zoom_has_not_is_not_silently_left_out(client, account):
    account.people = {"uuid-1==": people(2)}
    with pytest.raises(errors.MeetingNotFound):
        client.fetch(listed(), only_participant="16778240")


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(st.text(max_size=12), min_size=1, max_size=25),
    lacking=st.sets(st.integers(0, 24), max_size=12),
)
def test_whoever_can_have_qos_has_it_in_the_end(httpserver, account, names, lacking):
    everybody = [person(n, user_name=name) for n, name in enumerate(names)]
    account.people = {"uuid-1==": everybody}
    account.qos = {
        "uuid-1==": [minutes(row) for n, row in enumerate(everybody) if n not in lacking]
    }
    account.single = {row["user_id"]: minutes(row) for row in everybody}
    with zoom_client(httpserver, spending=Spending()) as zoom:
        pages = zoom.fetch(listed())
        assert sum(zoom.calls.values()) <= 1 + ceil(len(names) / 10) + 10 + 1
    got = set(rows(pages, "qos"))
    got |= {page.participant_id for page in pages if page.endpoint == "participant_qos"}
    missing = len({row["user_id"] for row in everybody} - got)
    assert missing == max(0, len(lacking & set(range(len(names)))) - 10)
