import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.simulator.endpoints import (
    ENDPOINTS,
    GRANULAR_SCOPES,
    NAMES,
    meeting_reference,
    target,
)
from tests.unit.simulator.support import encoded


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v2/metrics/meetings", "list"),
        ("/v2/metrics/meetings/1", "detail"),
        ("/v2/metrics/meetings/1/participants", "participants"),
        ("/v2/metrics/meetings/1/participants/qos", "qos"),
        ("/v2/metrics/meetings/1/participants/16778240/qos", "participant_qos"),
        ("/v2/metrics/meetings/1/participants/qos_summary", "qos_summary"),
        ("/v2/metrics/meetings/1/participants/satisfaction", "satisfaction"),
        ("/v2/metrics/meetings/1/participants/sharing", "sharing"),
    ],
)
def test_every_path_leads_to_its_endpoint_for_meetings_and_webinars(path, name):
    assert target(path).endpoint is ENDPOINTS["meeting"][name]
    assert target(path.replace("meetings", "webinars")).endpoint is ENDPOINTS["webinar"][name]


@pytest.mark.parametrize(
    "path",
    ["/", "/v2", "/v2/metrics", "/v2/metrics/rooms", "/v1/metrics/meetings", "/v2/users",
     "/v2/metrics/meetings/a/b/participants", "/v2/metrics/meetings/1/people",
     "/v2/metrics/meetings/1/participants/9", "/v2/metrics/meetings/1/participants/9/qos/x"],
)  # fmt: skip
def test_other_paths_lead_nowhere(path):
    assert target(path) is None


def test_labels_types_and_page_sizes_are_those_of_the_documentation():
    for kind, table in ENDPOINTS.items():
        assert table["list"].label == "resource_intensive"
        assert {one.label for name, one in table.items() if name != "list"} == {"heavy"}
        for name in ("qos", "qos_summary"):
            assert (table[name].page_default, table[name].page_max) == (1, 10)
        for name in ("list", "participants", "satisfaction", "sharing"):
            assert (table[name].page_default, table[name].page_max) == (30, 300)
        assert "pastOne" not in table["qos"].types
        assert ("pastOne" in table["list"].types) == (kind == "meeting")
        assert table["qos_summary"].types == ()


def test_scopes_are_granular_or_classic():
    qos = ENDPOINTS["meeting"]["qos"]
    assert qos.scope == "dashboard:read:list_meeting_participants_qos:admin"
    assert "dashboard_meetings:read:admin" in qos.scopes
    assert "dashboard_webinars:read:admin" not in qos.scopes
    assert "dashboard:read:list_webinars:admin" in GRANULAR_SCOPES
    assert len(GRANULAR_SCOPES) == len(set(GRANULAR_SCOPES)) == 14


def test_faults_can_be_limited_to_every_endpoint_and_the_tokens():
    assert set(NAMES) == {"token", *ENDPOINTS["meeting"]}


@given(st.text(alphabet="abcXYZ019+/=", min_size=1, max_size=24))
def test_a_uuid_arrives_as_it_was_if_it_is_encoded_as_it_must(uuid):
    assert meeting_reference(encoded(uuid)) == uuid


@pytest.mark.parametrize("segment", ["%2Fabc%3D%3D", "a%2F%2Fb%3D%3D"])
def test_a_uuid_that_needs_it_twice_is_lost_if_it_is_encoded_once(segment):
    assert meeting_reference(segment) is None


def test_encoding_twice_does_no_harm_where_once_would_do():
    assert meeting_reference("a%252Fb%253D%253D") == "a/b=="
