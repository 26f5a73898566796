import datetime as dt
import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.zoom.endpoints import (
    ENDPOINTS,
    KINDS,
    ListedMeeting,
    encoded_uuid,
    instant,
    is_reference,
)
from tests.unit.zoom.support import START, UNHURRIED

TINY = "tests/data/tiny/list_item.json"


@pytest.mark.parametrize("kind", KINDS)
def test_paths_are_zooms(kind):
    base = f"/metrics/{kind}s"
    paths = {
        name: ENDPOINTS[kind, name].url_path(meeting="m==", participant="16778240")
        for (_, name) in ENDPOINTS
    }
    assert paths == {
        "list": base,
        "detail": f"{base}/m%3D%3D",
        "participants": f"{base}/m%3D%3D/participants",
        "qos": f"{base}/m%3D%3D/participants/qos",
        "participant_qos": f"{base}/m%3D%3D/participants/16778240/qos",
        "qos_summary": f"{base}/m%3D%3D/participants/qos_summary",
        "sharing": f"{base}/m%3D%3D/participants/sharing",
        "satisfaction": f"{base}/m%3D%3D/participants/satisfaction",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_pages_are_as_large_as_zoom_allows(kind):
    sizes = {name: ENDPOINTS[kind, name].page_size for _, name in ENDPOINTS}
    assert sizes == {
        "list": 300,
        "detail": None,
        "participants": 300,
        "qos": 10,
        "participant_qos": None,
        "qos_summary": 10,
        "sharing": 300,
        "satisfaction": 300,
    }


def test_only_lists_are_resource_intensive():
    labels = {name: endpoint.label for (_, name), endpoint in ENDPOINTS.items()}
    assert labels.pop("list") == "resource_intensive"
    assert set(labels.values()) == {"heavy"}


def test_past_one_is_asked_only_where_it_is_legal():
    asked = {key: endpoint.type_for("pastOne") for key, endpoint in ENDPOINTS.items()}
    assert {key for key, type_ in asked.items() if type_ == "pastOne"} == {
        ("meeting", "list"),
        ("meeting", "detail"),
        ("meeting", "participants"),
        ("meeting", "satisfaction"),
        ("webinar", "satisfaction"),
    }
    assert all(endpoint.type_for("live") == "live" for endpoint in ENDPOINTS.values())
    assert ENDPOINTS["meeting", "qos_summary"].types == frozenset()


@pytest.mark.parametrize(
    ("kind", "name", "granular", "classic"),
    [
        ("meeting", "list", "list_meetings", "dashboard_meetings"),
        ("meeting", "participants", "list_meeting_participants", "dashboard_meetings"),
        ("meeting", "qos", "list_meeting_participants_qos", "dashboard_meetings"),
        ("meeting", "qos_summary", "list_meeting_participants_qos", "dashboard_meetings"),
        ("meeting", "participant_qos", "meeting_participant_qos", "dashboard_meetings"),
        ("meeting", "detail", "meeting", "dashboard_meetings"),
        ("webinar", "list", "list_webinars", "dashboard_webinars"),
        ("webinar", "participants", "list_webinar_participants", "dashboard_webinars"),
        ("webinar", "qos", "list_webinar_participants_qos", "dashboard_webinars"),
        ("webinar", "satisfaction", "post_webinar_feedback", "dashboard_webinars"),
        ("webinar", "sharing", "webinar_sharing", "dashboard_webinars"),
    ],
)
def test_scopes_are_zooms_in_both_styles(kind, name, granular, classic):
    scopes = ENDPOINTS[kind, name].scopes
    wanted = {f"dashboard:read:{granular}:admin", f"{classic}:read:admin", "dashboard:read:admin"}
    assert wanted <= scopes


@pytest.mark.parametrize(
    ("uuid", "in_path"),
    [
        ("w7fUhDMLSo25Lfvu/3I+cw==", "w7fUhDMLSo25Lfvu%2F3I%2Bcw%3D%3D"),
        ("/abc==", "%252Fabc%253D%253D"),
        ("a//b==", "a%252F%252Fb%253D%253D"),
        ("a b", "a%20b"),
        ("a%2Fb", "a%252Fb"),
        ("93201235621", "93201235621"),
    ],
)
def test_uuids_are_encoded_twice_only_when_they_must_be(uuid, in_path):
    assert encoded_uuid(uuid) == in_path


@UNHURRIED
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_encoding_a_uuid_loses_nothing_and_leaves_no_slash(uuid):
    encoded = encoded_uuid(uuid)
    assert "/" not in encoded
    twice = uuid.startswith("/") or "//" in uuid
    assert (unquote(unquote(encoded)) if twice else unquote(encoded)) == uuid


@pytest.mark.parametrize("text", ["", ".", "..", "a\nb", "a\x00", "x" * 257])
def test_what_would_change_the_path_is_no_reference(text):
    assert not is_reference(text)


@pytest.mark.parametrize("text", ["93201235621", "/tiny//Meeting+1234567==", "a.b", "32dsfsd4g5gd"])
def test_ids_as_zoom_makes_them_are_references(text):
    assert is_reference(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-11T14:00:00Z", dt.datetime(2026, 11, 11, 14, tzinfo=dt.UTC)),
        ("2019-09-07T13:15:02.837Z", dt.datetime(2019, 9, 7, 13, 15, 2, 837000, dt.UTC)),
        ("2026-11-11T16:00:00+02:00", dt.datetime(2026, 11, 11, 14, tzinfo=dt.UTC)),
        ("2026-11-11T14:00:00", dt.datetime(2026, 11, 11, 14, tzinfo=dt.UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
        ("soon", None),
        (None, None),
        (5, None),
    ],
)
def test_instants_are_read_and_blanks_are_null(text, moment):
    assert instant(text) == moment


def test_a_listed_meeting_is_read_from_its_item_and_keeps_every_byte():
    with open(TINY, "rb") as file:  # noqa: PTH123 -- bytes as they are
        item = file.read()
    meeting = ListedMeeting.from_item(item, kind="meeting", one_person=False, pulled_at=START)
    assert meeting.uuid == "/tiny//Meeting+1234567=="
    assert meeting.meeting_id == "93201235621"
    assert meeting.start_time == dt.datetime(2026, 11, 11, 14, tzinfo=dt.UTC)
    assert meeting.end_time == dt.datetime(2026, 11, 11, 14, 6, 10, tzinfo=dt.UTC)
    assert meeting.participants_reported == 4
    page = meeting.list_page()
    assert (page.endpoint, page.page, page.participant_id) == ("list_item", 1, None)
    assert (page.meeting_uuid, page.kind, page.pulled_at) == (meeting.uuid, "meeting", START)
    assert page.body is item


@pytest.mark.parametrize(
    "item",
    [
        b"",
        b"[]",
        b"null",
        b'{"uuid": ""}',
        b'{"uuid": 5}',
        b'{"uuid": ".."}',
        b'{"id": 5}',
        b"{" * 5,
        b'{"uuid":' + b"[" * 100_000,
    ],
)
def test_an_item_that_names_no_instance_is_none(item):
    assert ListedMeeting.from_item(item, kind="meeting", one_person=False, pulled_at=START) is None


def test_blank_and_absurd_fields_of_an_item_are_null():
    item = json.dumps({"uuid": "u", "start_time": "", "participants": ""}).encode()
    item = item[:-1] + b', "id": ' + b"9" * 5000 + b"}"
    meeting = ListedMeeting.from_item(item, kind="webinar", one_person=False, pulled_at=START)
    assert meeting.start_time is None
    assert meeting.end_time is None
    assert meeting.participants_reported is None
    assert meeting.meeting_id is None
