from collections import Counter

import pytest

from qosreport.simulator.organisation import list_item, participant_rows
from qosreport.simulator.rows import (
    detail,
    duration,
    instant,
    person_fields,
    satisfaction_rows,
    sharing_rows,
)
from tests.unit.simulator.support import first, organisation
from tests.unit.simulator.support import instant as parsed

PLAIN = organisation(meetings_per_week=150, weeks=1, odd_values=0)
MEETINGS = list(PLAIN.everything())
ITEM_KEYS = {
    "uuid", "id", "topic", "host", "email", "dept", "user_type", "start_time", "end_time",
    "duration", "participants", "has_pstn", "has_voip", "has_3rd_party_audio", "has_video",
    "has_screen_share", "has_recording", "has_sip", "has_archiving", "audio_quality",
    "video_quality", "screen_share_quality", "custom_keys", "has_manual_captions",
    "has_automated_captions", "has_poll", "has_survey",
}  # fmt: skip
PARTICIPANT_KEYS = {
    "id", "user_id", "participant_uuid", "user_name", "device", "os", "os_version", "ip_address",
    "location", "network_type", "microphone", "speaker", "data_center", "full_data_center",
    "connection_type", "video_connection_type", "as_connection_type", "join_time", "leave_time",
    "share_application", "share_desktop", "share_whiteboard", "recording", "pc_name", "domain",
    "mac_addr", "harddisk_id", "version", "leave_reason", "email", "registrant_id",
    "customer_key", "participant_user_id", "role", "sip_uri", "from_sip_uri", "audio_quality",
    "video_quality", "screen_share_quality", "bo_mtg_id",
}  # fmt: skip


@pytest.mark.parametrize(
    ("length_s", "text"),
    [(0, "00:00"), (968, "16:08"), (3599, "59:59"), (3600, "01:00:00"), (5025, "01:23:45")],
)
def test_lengths_are_written_as_zoom_writes_them(length_s, text):
    assert duration(length_s) == text


def test_instants_are_utc_with_milliseconds_only_where_there_are_any():
    assert instant(1_793_577_600) == "2026-11-02T00:00:00Z"
    assert instant(1_793_577_600, 37) == "2026-11-02T00:00:00.037Z"


def test_items_of_the_list_have_zooms_keys_and_tell_of_the_meeting():
    for meeting in MEETINGS:
        item = list_item(meeting)
        assert set(item) >= ITEM_KEYS
        assert item["uuid"] == meeting.uuid
        assert isinstance(item["id"], int)
        assert parsed(item["start_time"]) == meeting.start
        assert parsed(item["end_time"]) == meeting.end
        assert item["participants"] == len({one.user_id for one in meeting.joins})
        kinds = {one.person.kind for one in meeting.joins}
        assert item["has_sip"] == ("room" in kinds)
        assert item["has_pstn"] == ("phone" in kinds)
        assert item["has_external_participant"] == bool(kinds & {"guest", "web", "phone"})
        labels = {item[f"{name}_quality"] for name in ("audio", "video", "screen_share")}
        assert labels <= {"", "good", "fair", "poor", "bad"}


def test_only_meetings_have_tracking_fields_and_a_time_to_join():
    for meeting in MEETINGS:
        own = {"tracking_fields", "session_key", "avg_jointime_cost", "has_qa"}
        assert bool(own & set(list_item(meeting))) == (meeting.kind == "meeting")


def test_a_running_meeting_has_no_end_yet():
    meeting = first(PLAIN, lambda one: one.people > 3)
    item = list_item(meeting.at(meeting.start_s + 300))
    assert item["end_time"] == ""
    assert item["duration"] == "05:00"


def test_the_detail_counts_rooms():
    meeting = first(PLAIN, lambda one: any(j.person.kind == "room" for j in one.joins))
    assert detail(meeting)["in_room_participants"] == 1
    assert "audio_quality" not in detail(meeting)


def test_participants_have_zooms_keys_one_row_a_join_by_join():
    for meeting in MEETINGS:
        rows = participant_rows(meeting)
        assert len(rows) == len(meeting.sessions)
        assert [row["join_time"] for row in rows] == sorted(row["join_time"] for row in rows)
        for row in rows:
            assert set(row) >= PARTICIPANT_KEYS
            assert ("status" in row) == ("camera" in row) == (meeting.kind == "meeting")


def test_roles_are_those_the_kind_of_meeting_knows():
    roles = {kind: set() for kind in ("meeting", "webinar")}
    for meeting in MEETINGS:
        roles[meeting.kind] |= {row["role"] for row in participant_rows(meeting)}
    assert roles == {"meeting": {"host", "attendee"}, "webinar": {"host", "panelist", "attendee"}}


def test_waiting_people_are_told_by_their_status():
    rows = [row for one in MEETINGS if one.kind == "meeting" for row in participant_rows(one)]
    states = Counter(row["status"] for row in rows)
    assert set(states) == {"in_meeting", "in_waiting_room"}
    for row in rows:
        if row["status"] == "in_waiting_room":
            assert row["leave_reason"] == "Leave waiting room."
            assert row["audio_quality"] == ""


def test_guests_have_no_account_and_no_device_fields():
    for meeting in MEETINGS:
        for session, row in zip(meeting.sessions, participant_rows(meeting), strict=True):
            if session.person.kind == "member":
                assert row["id"] == row["participant_user_id"] == session.person.account_id != ""
            else:
                assert row["id"] == row["participant_user_id"] == ""
                fields = ("domain", "harddisk_id", "mac_addr", "microphone", "speaker", "pc_name")
                assert {row[name] for name in fields} == {""}


def test_each_service_of_a_data_centre_is_named():
    services = {}
    for meeting in MEETINGS:
        for session in meeting.joins:
            name = person_fields(meeting, session)["data_center"]
            services.setdefault(session.person.kind, set()).add(name.rstrip(")").rpartition(" ")[2])
    assert services["room"] == {"CRC"}
    assert services["web"] == {"RWG"}
    assert services["member"] == {"Top"}


def test_telephones_say_how_they_called():
    phones = [row for one in MEETINGS for row in participant_rows(one) if row["device"] == "Phone"]
    assert phones
    assert all(row["audio_call"][0]["call_type"] == "call-in" for row in phones)


def test_shares_are_listed_by_their_owner():
    shares = 0
    for meeting in MEETINGS:
        for row in sharing_rows(meeting):
            assert row["user_id"] in {one.user_id for one in meeting.joins}
            for one in row["details"]:
                assert meeting.start <= parsed(one["start_time"]) < parsed(one["end_time"])
                shares += 1
    assert shares == sum(len(one.shares) for one in MEETINGS) > 20


def test_who_shared_is_told_in_the_participants_row():
    for meeting in MEETINGS:
        owners = {meeting.sessions[one.session].seed for one in meeting.shares}
        for session, row in zip(meeting.sessions, participant_rows(meeting), strict=True):
            shared = row["share_application"] or row["share_desktop"] or row["share_whiteboard"]
            assert not shared or session.seed in owners


def test_ratings_name_the_account_not_the_meetings_user_id():
    rows = [row for one in MEETINGS for row in satisfaction_rows(one)]
    assert {row["quality"] for row in rows} == {"GOOD", "NOT GOOD"}
    accounts = {one.account_id for one in PLAIN.organisation.members}
    assert all(row["user_id"] in accounts for row in rows)


def test_zooms_labels_follow_quality_mostly_and_not_always():
    troubled, calm = Counter(), Counter()
    for meeting in MEETINGS:
        for session, row in zip(meeting.sessions, participant_rows(meeting), strict=True):
            if session.samples < 5:
                continue
            harmed = sum(t.last - t.first + 1 for t in session.touches if t.direction != "device")
            where = troubled if harmed > 0.6 * session.samples else calm
            where[row["audio_quality"]] += harmed > 0.6 * session.samples or not session.touches
    assert troubled["poor"] + troubled["bad"] > 0.6 * sum(troubled.values())
    assert calm["good"] > 0.85 * sum(calm.values())
    assert calm["fair"] > 0
