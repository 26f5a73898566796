import hashlib
import itertools
import json
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from qosreport.simulator.organisation import Simulation, SimulationSettings
from qosreport.simulator.pages import qos_pages_json, qos_rows
from tests.unit.simulator.judge import number, samples_of
from tests.unit.simulator.support import first, instant, organisation

PLAIN = organisation(odd_values=0, weeks=1)
MEETING = first(PLAIN, lambda one: len(one.qos_sessions) > 22)

ROW_KEYS = {
    "id", "user_id", "participant_uuid", "user_name", "email", "device", "os", "os_version",
    "browser_name", "browser_version", "device_name", "client", "version", "ip_address",
    "internal_ip_addresses", "location", "network_type", "connection_type",
    "video_connection_type", "as_connection_type", "data_center", "full_data_center", "join_time",
    "leave_time", "share_application", "share_desktop", "share_whiteboard", "recording", "pc_name",
    "domain", "mac_addr", "harddisk_id", "has_archiving", "optional_archiving", "health",
    "issue_list", "user_qos",
}  # fmt: skip
NOT_IN_QOS = {
    "role", "status", "leave_reason", "registrant_id", "customer_key", "participant_user_id",
    "microphone", "speaker", "camera", "audio_quality", "bo_mtg_id", "sip_uri", "audio_call",
}  # fmt: skip
MAIN = ["audio_input", "audio_output", "video_input", "video_output", "as_input", "as_output"]


@lru_cache(maxsize=2)
def all_rows(simulation):
    return [row for meeting in simulation.everything() for row in qos_rows(meeting)]


def digest(simulation):
    state = hashlib.sha256()
    for meeting in simulation.everything():
        for page in qos_pages_json(meeting):
            state.update(page)
    return state.hexdigest()


def test_another_process_makes_the_same_bytes():
    script = (
        "from tests.unit.simulator.test_pages import digest\n"
        "from qosreport.simulator.organisation import Simulation, SimulationSettings\n"
        "print(digest(Simulation(SimulationSettings(meetings_per_week=20, weeks=1))))"
    )
    # A different hash seed, so that nothing may hang on the order of a set.
    made = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[3],
        env={"PYTHONHASHSEED": "123", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        text=True,
    )
    here = digest(Simulation(SimulationSettings(meetings_per_week=20, weeks=1)))
    assert made.stdout.strip() == here


def test_the_order_of_asking_changes_nothing():
    settings = SimulationSettings(meetings_per_week=20, weeks=1)
    meetings = list(Simulation(settings).everything())
    forwards = {one.uuid: list(qos_pages_json(one)) for one in meetings}
    fresh = Simulation(settings)
    for uuid in sorted(forwards):
        assert list(qos_pages_json(fresh.meeting(uuid))) == forwards[uuid]


def test_another_seed_makes_other_bytes():
    assert digest(organisation(seed=1, meetings_per_week=20, weeks=1)) != digest(
        organisation(seed=2, meetings_per_week=20, weeks=1)
    )


@pytest.mark.parametrize("size", [1, 3, 10])
def test_pages_hold_all_rows_in_order_whatever_their_size(size):
    pages = [json.loads(page) for page in qos_pages_json(MEETING, size)]
    assert [row for page in pages for row in page["participants"]] == list(qos_rows(MEETING))
    assert len(pages) == -(-len(MEETING.qos_sessions) // size)
    for page in pages:
        assert page["page_size"] == size
        assert page["page_count"] == len(pages)
        assert page["total_records"] == len(MEETING.qos_sessions)
        assert page["meeting_number"] == str(MEETING.meeting_id)
        assert len(page["participants"]) <= size
    assert [bool(page["next_page_token"]) for page in pages] == [True] * (len(pages) - 1) + [False]


def test_a_meeting_without_anybody_has_one_empty_page():
    meeting = first(organisation(meetings_per_week=400, weeks=1), lambda one: not one.sessions)
    (page,) = map(json.loads, qos_pages_json(meeting))
    assert page["participants"] == []
    assert page["total_records"] == 0
    assert page["next_page_token"] == ""


def test_a_webinar_says_webinar_number():
    meeting = first(PLAIN, lambda one: one.kind == "webinar")
    page = json.loads(next(iter(qos_pages_json(meeting))))
    assert page["webinar_number"] == str(meeting.meeting_id)
    assert "meeting_number" not in page


def test_rows_have_zooms_keys_and_none_of_those_only_the_participants_endpoint_gives():
    for row in all_rows(PLAIN):
        assert set(row) >= ROW_KEYS
        assert not set(row) & NOT_IN_QOS


def test_samples_have_the_six_streams_the_processor_and_what_is_there_besides():
    seen = Counter()
    for row in all_rows(PLAIN):
        for sample in row["user_qos"]:
            names = list(sample)
            assert names[0] == "date_time"
            assert names[1:7] == MAIN
            assert "cpu_usage" in sample
            for name in MAIN:
                keys = ["bitrate", "latency", "jitter", "avg_loss", "max_loss"]
                keys += [] if name.startswith("audio") else ["resolution", "frame_rate"]
                assert list(sample[name]) == keys
            seen.update(names)
    assert seen["wifi_rssi"] > 100
    assert seen["cpu_pressure_level"] > 10
    assert seen["audio_device_from_crc"] > 10
    assert seen["audio_device_to_rwg"] > 10


def test_plain_values_have_a_blank_before_the_unit_except_per_cent():
    for row in all_rows(PLAIN)[:60]:
        for sample in row["user_qos"]:
            for name in MAIN:
                stream = sample[name]
                if stream["bitrate"]:
                    assert stream["bitrate"].endswith(" kbps")
                    assert stream["latency"].endswith(" ms")
                    assert stream["avg_loss"].endswith("%")
                    assert 0 <= number(stream["avg_loss"]) <= number(stream["max_loss"]) <= 100
                else:
                    assert set(stream.values()) == {""}


def test_samples_are_one_a_minute_on_the_minute_within_the_join():
    for row in all_rows(PLAIN):
        stamps = [instant(one["date_time"]) for one in row["user_qos"]]
        assert all(one.second == 0 for one in stamps)
        steps = {(b - a).total_seconds() for a, b in itertools.pairwise(stamps)}
        assert steps <= {60.0}
        if stamps:
            assert instant(row["join_time"]) < stamps[0]
            assert stamps[-1] <= instant(row["leave_time"])


def test_blank_and_measured_values_both_occur_in_every_main_stream():
    filled, blank = Counter(), Counter()
    for row in all_rows(PLAIN):
        for sample in row["user_qos"]:
            for name in MAIN:
                filled[name] += sample[name]["bitrate"] != ""
                blank[name] += sample[name]["bitrate"] == ""
    for name in MAIN:
        assert filled[name] > 100
        assert blank[name] > 100


def test_rooms_have_blank_main_streams_and_an_empty_processor():
    rooms = [row for row in all_rows(PLAIN) if row["device"] == "H.323/SIP"]
    assert rooms
    for row in rooms:
        for sample in row["user_qos"]:
            assert sample["cpu_usage"] == {}
            assert not any(sample[name]["bitrate"] for name in MAIN)


def test_signal_strength_is_whole_numbers():
    signals = [
        sample["wifi_rssi"]
        for row in all_rows(PLAIN)
        for sample in row["user_qos"]
        if "wifi_rssi" in sample
    ]
    for one in signals:
        assert isinstance(one["avg_rssi"], int)
        assert one["min_rssi"] < one["avg_rssi"] < one["max_rssi"] < 0
        assert one["rssi_unit"] == "dBm"


def test_a_look_at_a_running_meeting_shows_the_same_samples_so_far_and_no_leave():
    moment_s = (MEETING.start_s + MEETING.end_s) // 2
    past = {(row["user_id"], row["join_time"]): row for row in qos_rows(MEETING)}
    still = 0
    for row in qos_rows(MEETING.at(moment_s)):
        whole = past[row["user_id"], row["join_time"]]
        count = len(row["user_qos"])
        assert row["user_qos"] == whole["user_qos"][:count]
        still += "leave_time" not in row
        assert all(instant(one["date_time"]).timestamp() <= moment_s for one in row["user_qos"])
    assert still > 5


def test_pages_are_utf8_without_escapes_so_that_scripts_stay_readable():
    pages = b"".join(page for one in PLAIN.everything() for page in qos_pages_json(one))
    text = pages.decode("utf-8")
    assert not text.isascii()
    assert "\\u" not in text


def test_every_sample_of_a_truthful_row_is_a_list_or_one_object():
    for row in all_rows(organisation(weeks=1)):
        assert isinstance(samples_of(row), list)
