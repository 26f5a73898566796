"""A page of Zoom's without one person."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.identity import Identity
from qosreport.store import RawPage
from qosreport.zoom import forgetting

ADA = Identity(
    frozenset({"acc-ada", "ada@tamarack.example"}),
    frozenset({"ada@tamarack.example"}),
    frozenset({"Ada Osei", "Ada"}),
)
NOW = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
ENTRY = {
    "id": "acc-ada", "user_id": "16778240", "participant_uuid": "9F3C", "user_name": "Ada Osei",
    "email": "Ada@tamarack.example", "device": "Windows", "ip_address": "203.0.113.77",
    "internal_ip_addresses": ["10.1.2.3"], "mac_addr": "00:1a", "harddisk_id": "d-1",
    "pc_name": "ADA-LAPTOP", "microphone": "Ada's AirPods", "join_time": "2026-11-10T09:00:00Z",
    "leave_reason": "Ada Osei left the meeting.<br>Reason: Host ended the meeting.",
    "user_qos": [{"date_time": "2026-11-10T09:01:00Z", "audio_input": {"latency": "12 ms"}}],
    "audio_call": [{"call_number": "Ada Osei"}], "recording": False, "brand_new_key": "Ada",
}  # fmt: skip


def cleaned(tree, who=ADA):
    return json.loads(forgetting.forgotten_body(json.dumps(tree).encode(), who))


def test_an_entry_keeps_what_was_measured_and_says_nothing_of_who():
    (entry,) = cleaned({"participants": [ENTRY]})["participants"]
    kept = ("user_id", "device", "join_time", "user_qos", "recording")
    assert {key: entry[key] for key in kept} == {key: ENTRY[key] for key in kept}
    assert entry["ip_address"] == "203.0.113.0"
    assert entry["leave_reason"] == " left the meeting.<br>Reason: Host ended the meeting."
    assert entry.keys() == ENTRY.keys()
    for word in ("Ada", "ada@", "acc-ada", "9F3C", "LAPTOP", "00:1a", "d-1", "10.1.2.3", ".77"):
        assert word not in json.dumps(entry)


def test_a_page_without_the_person_is_the_same_bytes():
    body = b'{"participants" : [ {"user_name":"Bo","id":"x","topic":1.50} ]}'
    assert forgetting.forgotten_body(body, ADA) is body
    page = RawPage("u", "meeting", "qos", 1, None, NOW, body)
    assert forgetting.forgotten(page, ADA) is page


@pytest.mark.parametrize("body", [b"", b"not json ada@tamarack.example", b"\xff"])
def test_what_is_no_json_stays(body):
    assert forgetting.forgotten_body(body, ADA) is body


def test_a_namesake_who_is_known_to_be_somebody_else_keeps_the_name():
    other = {"id": "acc-other", "user_name": "Ada Osei", "user_id": "1"}
    guest = {"id": "", "email": "", "user_name": "ada osei", "user_id": "2"}
    known, unknown = cleaned({"participants": [other, guest]})["participants"]
    assert known == other
    assert unknown["user_name"] == ""


def test_a_guest_is_known_by_the_name_that_tables_show():
    guest = {"user_name": "Ada\u0000 Osei\u0007", "user_id": "2"}
    assert cleaned({"participants": [guest]})["participants"][0]["user_name"] == ""


def test_a_meeting_they_hosted_has_no_host_and_another_keeps_its_own():
    item = {"uuid": "u", "topic": "Weekly", "host": "Ada Osei", "email": "ada@tamarack.example",
            "dept": "Physics", "participants": 3}  # fmt: skip
    found = cleaned(item)
    assert (found["host"], found["email"], found["dept"]) == ("", "", "")
    assert (found["topic"], found["participants"]) == ("Weekly", 3)
    other = {**item, "host": "Bo", "email": "bo@tamarack.example", "topic": "1:1 Bo / ada osei"}
    assert cleaned(other) == {**other, "topic": ""}


def test_ratings_and_texts_of_others_that_name_them():
    theirs = {"user_id": "acc-ada", "email": "", "quality": "GOOD", "comment": "all fine"}
    others = {"user_id": "acc-bo", "email": "bo@x.example", "comment": "Ada Osei was cut off"}
    own, other = cleaned({"participants": [theirs, others]})["participants"]
    assert own == {"user_id": "", "email": "", "quality": "GOOD", "comment": ""}
    assert other == {**others, "comment": ""}


def test_one_word_is_too_little_to_go_by_in_free_text():
    item = {"topic": "Ada compiler group", "note": "Adaptation of ADA OSEIS"}
    assert cleaned(item) == item


@pytest.mark.parametrize(
    ("address", "network"),
    [("198.51.100.9", "198.51.100.0"), ("2001:db8:1:2::3", "2001:db8:1::"), ("", ""), ("x", "")],
)
def test_addresses_are_cut_to_their_network(address, network):
    assert forgetting.network_of(address) == network


WORDS = st.sampled_from(["Ada Osei", "ada@tamarack.example", "acc-ada", "Bo", "bo@x.example", ""])
TREES = st.recursive(
    WORDS | st.integers() | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "email", "user_name", "topic", "host", "comment", "details"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(TREES)
def test_whatever_the_shape_the_address_is_gone_and_twice_is_once(tree):
    once = forgetting.forgotten_body(json.dumps(tree).encode(), ADA)
    assert b"ada@tamarack.example" not in once
    assert forgetting.forgotten_body(once, ADA) == once
