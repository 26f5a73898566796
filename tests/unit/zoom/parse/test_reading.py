import copy
import datetime as dt
import json
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.tables import PULLED
from qosreport.zoom.parse import parse_pages
from qosreport.zoom.parse import reading as parse_module
from qosreport.zoom.parse.sessions import session_id
from tests.unit.zoom.parse.support import (
    AUDIO,
    BLANK,
    CPU,
    PULLED_AT,
    TINY,
    TINY_UUID,
    UUID,
    VIDEO,
    envelope,
    item,
    meeting_pages,
    only_row,
    page,
    parse,
    person,
    rejected,
    sample,
    streams_of,
    tiny_pages,
)

GOLDEN = Path(__file__).parents[3] / "golden" / "parse_tiny"


def utc(hour, minute, second=0, micro=0):
    return dt.datetime(2026, 11, 11, hour, minute, second, micro, tzinfo=dt.UTC)


# --- The tiny meeting, to the last cell ---------------------------------------------------------


@pytest.mark.parametrize("table", list(PULLED))
def test_the_tiny_meeting_parses_to_the_golden_tables(table):
    frame = parse(tiny_pages()).tables[table]
    assert frame.write_csv(null_value="~") == (GOLDEN / f"{table}.csv").read_text("utf-8")


def naive_streams():
    """The streams of the tiny meeting by another way: plain loops and one regex."""
    number = re.compile(r"([0-9.]+)\s*(?:kbps|ms|%|fps)?", re.IGNORECASE)
    flows = {"input": "input", "output": "output", "device_from": "input", "device_to": "output"}
    for who in json.loads((TINY / "qos.json").read_text())["participants"]:
        for minute in who["user_qos"]:
            for key, fields in minute.items():
                match = re.fullmatch(
                    r"(audio|video|as)_(input|output|device_from|device_to)(_\w+)?", key
                )
                if not match:
                    continue
                read = {
                    field: float(found[1])
                    for field, text in fields.items()
                    if (found := number.fullmatch(text))
                }
                if not read:
                    continue
                end = {"device_from": "from", "device_to": "to"}.get(match[2])
                leg = f"{match[3][1:]}_{end}" if match[3] else "client"
                medium = match[1].replace("as", "share")
                yield (
                    who["user_id"], who["join_time"], minute["date_time"], medium,
                    flows[match[2]], leg, *(read.get(f) for f in
                    ("bitrate", "latency", "jitter", "avg_loss", "max_loss", "frame_rate")),
                )  # fmt: skip


def test_the_tiny_meetings_streams_are_those_that_plain_loops_find():
    frame = parse(tiny_pages()).tables["streams"]
    found = frame.select(
        "user_id",
        pl.col("join_time").dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ"),
        pl.col("sampled_at").dt.to_string("%Y-%m-%dT%H:%M:%SZ"),
        pl.col("medium", "flow", "leg").cast(pl.String),
        "bitrate_kbps", "latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct",
        "frame_rate_fps",
    ).rows()  # fmt: skip
    expected = list(naive_streams())
    assert len(expected) == 65
    assert sorted(found, key=repr) == sorted(expected, key=repr)


# --- Sessions -----------------------------------------------------------------------------------


def test_a_session_id_is_the_same_for_ever():
    assert session_id(TINY_UUID, "16778240", utc(14, 0, 5)) == -588070406799862468
    assert session_id("u", "1", utc(14, 0, 20, 500_000)) == -3862537273325815273
    other_zone = dt.timezone(dt.timedelta(hours=2))
    assert session_id("u", "1", utc(14, 0, 20, 500_000).astimezone(other_zone)) == (
        session_id("u", "1", utc(14, 0, 20, 500_000))
    )


def test_the_table_carries_the_session_id_that_the_function_gives():
    sessions = parse(tiny_pages()).tables["sessions"]
    for row in sessions.iter_rows(named=True):
        assert row["session_id"] == session_id(
            row["meeting_uuid"], row["user_id"], row["join_time"]
        )


@pytest.mark.parametrize(
    ("apart", "sessions"),
    [("05.000", 1), ("05.999", 1), ("04.001", 1), ("06.000", 2), ("04.000", 2)],
)
def test_joins_less_than_a_second_apart_are_the_same(apart, sessions):
    parsed = parse(meeting_pages([person()], [streams_of(join_time=f"2026-11-11T14:00:{apart}Z")]))
    frame = parsed.tables["sessions"]
    assert frame.height == sessions
    assert frame["has_qos"].sum() == 1
    assert parsed.tables["streams"].height == 1


def test_of_two_joins_the_nearer_one_is_matched_and_the_other_kept():
    near, far = "2026-11-11T14:00:05.400Z", "2026-11-11T14:00:04.200Z"
    parsed = parse(
        meeting_pages([person()], [streams_of(join_time=near), streams_of(join_time=far)])
    )
    found = dict(parsed.tables["sessions"].select("join_time", "role").rows())
    assert found == {utc(14, 0, 5): "attendee", utc(14, 0, 4, 200_000): None}


def test_sessions_known_to_one_side_only_are_kept():
    parsed = parse(meeting_pages([person("1"), person("2")], [streams_of("2"), streams_of("3")]))
    found = parsed.tables["sessions"].select("user_id", "has_qos", "role").rows()
    assert found == [("1", False, "attendee"), ("2", True, "attendee"), ("3", True, None)]


def test_what_one_side_leaves_blank_the_other_fills_in():
    people = [person(device="", microphone="Headset", email="")]
    streams = [streams_of(device="Mac", email="ADA@tamarack.example", health="Good")]
    row = only_row(parse(meeting_pages(people, streams)), "sessions")
    assert (row["device"], row["microphone"]) == ("Mac", "Headset")
    assert (row["email"], row["health"]) == ("ada@tamarack.example", "Good")


@pytest.mark.parametrize(
    ("fields", "key", "external"),
    [
        (
            {"participant_user_id": "acct-1", "id": "acct-0", "email": "a@b.example"},
            "acct-1",
            False,
        ),
        ({"id": "acct-0", "email": "a@b.example"}, "acct-0", False),
        ({"email": "A@b.example"}, "a@b.example", True),
        ({"user_name": "Ada"}, f"name:{UUID}:Ada", True),
        ({"user_name": ""}, f"session:{session_id(UUID, '1', utc(14, 0, 5))}", True),
    ],
)
def test_a_person_is_known_by_account_then_address_then_name_then_join(fields, key, external):
    row = only_row(parse(meeting_pages([person(**fields)], [streams_of(user_name="")])), "sessions")
    assert (row["person_key"], row["is_external"]) == (key, external)


def test_the_waiting_room_is_no_part_of_the_meeting_and_is_counted():
    waiting = person("1", status="in_waiting_room")
    parsed = parse(meeting_pages([waiting, person("2")], [streams_of("1"), streams_of("2")]))
    assert parsed.tables["sessions"]["user_id"].to_list() == ["2"]
    assert parsed.tables["streams"]["user_id"].to_list() == ["2"]
    assert rejected(parsed) == {("participants.status", "waiting-room"): 1}


def test_who_waited_and_came_in_at_once_was_in_the_meeting():
    waiting = person(status="in_waiting_room")
    parsed = parse(meeting_pages([person(), waiting]))
    assert only_row(parsed, "sessions")["has_qos"]
    assert rejected(parsed) == {("participants.status", "waiting-room"): 1}


@pytest.mark.parametrize("blank", [None, "", " ", "-"])
def test_a_join_without_its_time_or_id_is_counted_and_never_invented(blank):
    people = [person("1", join_time=blank), person(" "), person("3", join_time="soon"), person("4")]
    parsed = parse(meeting_pages(people, [streams_of("1", join_time=blank)]))
    assert parsed.tables["sessions"]["user_id"].to_list() == ["4"]
    assert parsed.tables["streams"].is_empty()
    assert rejected(parsed) == {
        ("participants.join_time", "missing"): 1,
        ("participants.join_time", "bad-time"): 1,
        ("participants.user_id", "missing"): 1,
        ("qos.join_time", "missing"): 1,
    }


def test_leave_reasons_say_why_and_not_who():
    people = [
        person(
            "1",
            user_name="Dojo",
            leave_reason="Dojo left the meeting.<br>Reason: Host ended the meeting.",
        ),
        person("2", leave_reason="Removed by Ada Brightwell"),
        person("3", leave_reason="Dojo threw Person 3 out"),
        person("4", leave_reason=" "),
        person("5", leave_reason="Network connection error."),
    ]
    reasons = parse(meeting_pages(people, [])).tables["sessions"]["leave_reason"].to_list()
    assert reasons == [
        "left the meeting. Reason: Host ended the meeting.",
        "Removed by (name)",
        "(name) threw (name) out",
        None,
        "Network connection error.",
    ]


def test_a_browser_stands_for_the_client_version_where_there_is_none():
    people = [
        person("1", version="6.6.2", browser_name="Chrome", browser_version="140"),
        person("2", version="", browser_name="Chrome", browser_version="140"),
        person("3", client="Web Meeting SDK 2.18"),
        person("4"),
    ]
    versions = parse(meeting_pages(people, [])).tables["sessions"]["client_version"].to_list()
    assert versions == ["6.6.2", "Chrome 140", "Web Meeting SDK 2.18", None]


# --- Streams and devices ------------------------------------------------------------------------


def test_each_of_zooms_stream_keys_becomes_a_medium_a_flow_and_a_leg():
    keys = [
        f"{medium}_{leg}"
        for medium in ("audio", "video", "as")
        for leg in ("input", "output", "device_from_crc", "device_to_crc", "device_from_rwg",
                    "device_to_rwg")
    ]  # fmt: skip
    fields = {key: VIDEO | {"bitrate": f"{n} kbps"} for n, key in enumerate(keys)}
    parsed = parse(meeting_pages(streams=[streams_of(samples=[sample(**fields)])]))
    frame = parsed.tables["streams"].select("bitrate_kbps", "medium", "flow", "leg")
    assert frame.rows() == [
        (float(6 * m + n), medium, flow, leg)
        for m, medium in enumerate(("audio", "video", "share"))
        for n, (flow, leg) in enumerate(
            [("input", "client"), ("output", "client"), ("input", "crc_from"),
             ("output", "crc_to"), ("input", "rwg_from"), ("output", "rwg_to")]
        )
    ]  # fmt: skip


def test_a_stream_with_nothing_measured_has_no_row():
    parts = {"audio_input": BLANK, "audio_output": {}, "video_input": None, "video_output": AUDIO}
    parsed = parse(meeting_pages(streams=[streams_of(samples=[sample(**parts)])]))
    assert parsed.tables["streams"]["medium"].to_list() == ["video"]


def test_a_stream_of_which_nothing_can_be_read_has_no_row_and_is_counted():
    parts = {"audio_input": {"bitrate": "n/a kbps", "latency": "?", "jitter": " "}}
    parsed = parse(meeting_pages(streams=[streams_of(samples=[sample(**parts)])]))
    assert parsed.tables["streams"].is_empty()
    assert rejected(parsed) == {
        ("audio_input.bitrate", "unreadable"): 1,
        ("audio_input.latency", "unreadable"): 1,
    }


def test_numbers_out_of_range_are_kept_as_zoom_said_them():
    odd = AUDIO | {"latency": "-5 ms", "avg_loss": "250%", "bitrate": "1e300 kbps"}
    parsed = parse(meeting_pages(streams=[streams_of(samples=[sample(audio_input=odd)])]))
    row = only_row(parsed, "streams")
    assert (row["latency_ms"], row["avg_loss_pct"], row["bitrate_kbps"]) == (-5, 250, 1e300)
    assert rejected(parsed) == {}


def test_plain_json_numbers_and_other_units_are_read():
    odd = {"bitrate": 64, "latency": 1.5e-05, "jitter": "1.5 s", "avg_loss": 0, "max_loss": "0.4 %"}
    parsed = parse(meeting_pages(streams=[streams_of(samples=[sample(audio_input=odd)])]))
    row = only_row(parsed, "streams")
    assert (row["bitrate_kbps"], row["latency_ms"], row["jitter_ms"]) == (64, 1.5e-05, 1500)
    assert (row["avg_loss_pct"], row["max_loss_pct"]) == (0, 0.4)


def test_rejects_name_the_field_the_rule_and_a_shape_and_count():
    samples = [sample(minute, audio_input=AUDIO | {"jitter": "5 kbps"}) for minute in (1, 2, 3)]
    parsed = parse(meeting_pages(streams=[streams_of(samples=samples)]))
    assert parsed.tables["rejects"].rows() == [
        (UUID, "audio_input.jitter", "wrong-unit", "9 aaaa", 3)
    ]
    assert parsed.tables["streams"]["jitter_ms"].null_count() == 3


def test_devices_have_cpu_pressure_and_signal_in_any_spelling():
    samples = [
        sample(
            1, cpu_usage=CPU, wifi_rssi={"max_rssi": -50, "avg_rssi": "-55 dBm", "min_rssi": "-60"}
        ),
        sample(2, cpu_pressure_level={"system_max_cpu_pressure_level": "Critical"}),
        sample(3, cpu_usage={}, wifi_rssi={"max_rssi": 70, "min_rssi": "", "rssi_unit": "%"}),
        sample(4, cpu_pressure_level={"system_max_cpu_pressure_level": "awful"}),
    ]
    parsed = parse(meeting_pages(streams=[streams_of(samples=samples)]))
    frame = parsed.tables["devices"]
    assert frame["sampled_at"].to_list() == [utc(14, 1), utc(14, 2)]
    assert frame.row(0)[5:] == (4.0, 9.0, 15.0, 38.0, None, -60.0, -55.0, -50.0)
    assert frame["cpu_pressure"].to_list() == [None, "critical"]
    assert rejected(parsed) == {
        ("wifi_rssi.max_rssi", "wrong-unit"): 1,
        ("cpu_pressure_level.system_max_cpu_pressure_level", "unknown-word"): 1,
    }


@pytest.mark.parametrize(
    "odd", [{"date_time": ""}, {"date_time": None}, {"date_time": "--"}, {"date_time": "noon"}]
)
def test_a_sample_without_its_instant_is_counted_and_left_out(odd):
    parsed = parse(meeting_pages(streams=[streams_of(samples=[sample() | odd, sample(2)])]))
    assert parsed.tables["streams"]["sampled_at"].to_list() == [utc(14, 2)]
    rule = "bad-time" if odd["date_time"] == "noon" else "missing"
    assert rejected(parsed) == {("qos.date_time", rule): 1}


def test_all_blank_qos_is_no_qos():
    blank = [
        sample(minute, audio_input=BLANK, video_input=BLANK, cpu_usage={}) for minute in (1, 2)
    ]
    parsed = parse(meeting_pages(streams=[streams_of(samples=blank)]))
    assert parsed.tables["streams"].is_empty()
    assert only_row(parsed, "sessions")["has_qos"] is False
    row = only_row(parsed, "meetings")
    assert (row["completeness"], row["completeness_reason"]) == ("no_qos", "no-qos")
    assert rejected(parsed) == {}


# --- Odd forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user_qos", "rows"),
    [
        (sample(), 1),
        ([], 0),
        (None, 0),
        ("", 0),
        ([None, sample()], 1),
        ([sample() | {"audio_input": [AUDIO]}], 1),
        ([sample() | {"audio_output": "", "cpu_usage": [], "video_input": None}], 1),
        ([sample() | {"new_section": {"deep": [1, {"x": None}]}}], 1),
    ],
)
def test_qos_in_odd_forms_is_read_all_the_same(user_qos, rows):
    parsed = parse(meeting_pages(streams=[streams_of(samples=user_qos)]))
    assert not parsed.broken
    assert parsed.tables["streams"].height == rows


def test_what_is_of_another_type_than_documented_is_null_and_counted():
    odd = sample(
        audio_input=AUDIO | {"latency": {"bitrate": 5}}, video_input="720p", cpu_usage=[1, 2]
    )
    parsed = parse(meeting_pages([person(user_name=["a"])], [streams_of(samples=[odd])]))
    assert only_row(parsed, "streams")["latency_ms"] is None
    assert rejected(parsed) == {
        ("audio_input.latency", "wrong-type"): 1,
        ("user_qos.video_input", "wrong-type"): 1,
        ("user_qos.cpu_usage", "wrong-type"): 1,
        ("participants.user_name", "wrong-type"): 1,
    }


def test_keys_that_zoom_does_not_document_are_counted_once():
    streams = [streams_of(n, [sample(m, moon_phase="full") for m in (1, 2)]) for n in ("1", "2")]
    people = [person("1", shoe_size=43), person("2", shoe_size=44)]
    parsed = parse(meeting_pages(people, streams))
    assert rejected(parsed) == {
        ("participants.shoe_size", "unknown-key"): 1,
        ("qos.moon_phase", "unknown-key"): 1,
    }


def test_a_key_inside_a_name_is_no_key():
    parsed = parse(meeting_pages([person(user_name='{"shoe_size": 43, "x":1}')]))
    assert rejected(parsed) == {}


def body_of(streams):
    return json.dumps(envelope([streams]))


HOSTILE_BODIES = [
    ("a number of 5000 digits", lambda t: t.replace('"30 ms"', "9" * 5000), "not-finite"),
    ("NaN", lambda t: t.replace('"30 ms"', "NaN"), "not-finite"),
    ("an overflowing number", lambda t: t.replace('"30 ms"', "1e999"), "not-finite"),
    ("a boolean", lambda t: t.replace('"30 ms"', "true"), "unreadable"),
]


@pytest.mark.parametrize(("name", "change", "rule"), HOSTILE_BODIES)
def test_a_number_no_reader_takes_costs_only_its_own_value(name, change, rule):
    body = change(body_of(streams_of())).encode()
    parsed = parse([*meeting_pages()[:2], page("qos", body)])
    assert only_row(parsed, "streams")["latency_ms"] is None
    assert only_row(parsed, "streams")["jitter_ms"] == 5
    assert rejected(parsed) == {("audio_input.latency", rule): 1}


@pytest.mark.parametrize(
    ("name", "encode"),
    [
        ("byte order mark", lambda text: b"\xef\xbb\xbf" + text.encode()),
        ("UTF-16", lambda text: text.encode("utf-16")),
        ("leading blanks", lambda text: b"\r\n  " + text.encode()),
    ],
)
def test_encodings_json_allows_are_read(name, encode):
    parsed = parse([*meeting_pages()[:2], page("qos", encode(body_of(streams_of())))])
    assert parsed.tables["streams"].height == 1
    assert rejected(parsed) == {}


def test_bytes_that_are_no_utf8_cost_only_the_text_they_are_in():
    body = json.dumps(envelope([person(user_name="@@")])).encode().replace(b"@@", b"Z\xff")
    parsed = parse([page("list_item", item()), page("participants", body)])
    assert only_row(parsed, "sessions")["name"] == "Z\ufffd"
    assert rejected(parsed) == {("participants", "bad-encoding"): 1}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r"A\udc80da", "Ada"),
        (r"\ud83d\ude00", "😀"),
        (r"A\u0000da", "Ada"),
        ("A\x07da", "Ada"),
        (r"\ud800", None),
        ("x" * 10_000, "x" * 255 + "…"),
        (r"\u202eadA", "\u202eadA"),
        (r"<b>{{7*7}}<\/b>", "<b>{{7*7}}</b>"),
    ],
)
def test_hostile_names_are_cleaned_and_never_break_the_meeting(written, name):
    body = json.dumps(envelope([person(user_name="@@")])).replace("@@", written).encode()
    parsed = parse([page("list_item", item()), page("participants", body)])
    assert only_row(parsed, "sessions")["name"] == name


def test_of_a_key_given_twice_the_first_counts_by_either_reader():
    twice = '"user_name": "First", "user_name": "Second"'
    for odd in ('"x": 1', '"device": NaN'):
        body = json.dumps(envelope([person(user_name="@@", device="Mac")]))
        body = body.replace('"user_name": "@@"', f"{twice}, {odd}").encode()
        parsed = parse([page("list_item", item()), page("participants", body)])
        assert only_row(parsed, "sessions")["name"] == "First"


BROKEN_BODIES = [
    (b"", "empty"),
    (b"<!doctype html><title>Sign in</title>", "HTML"),
    (b'{"participants":[{"user_id":"1"', "broken JSON"),
    (b'{"participants":[]} trailing', "broken JSON"),
    (b'{"participants":[]}{"participants":[]}', "broken JSON"),
    (b"null", "JSON but no object"),
    (b"[]", "JSON but no object"),
    (b'[{"participants":[]}]', "JSON but no object"),
    (b'"x"', "JSON but no object"),
    (b"{}", "JSON without what was asked for"),
    (b'{"code":300,"message":"Meeting 1 of Ada not found"}', "an error message"),
    (b'{"participants":' + b"[" * 100_000, "JSON nested too deeply"),
    (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"participants":[]}', "JSON nested too deeply"),
]


@pytest.mark.parametrize("endpoint", ["participants", "qos", "participant_qos", "qos_summary"])
@pytest.mark.parametrize(("body", "kind"), BROKEN_BODIES)
def test_an_answer_that_is_none_breaks_its_meeting_and_says_how(endpoint, body, kind):
    if endpoint == "participant_qos" and kind in {"JSON without what was asked for"}:
        body = b'{"health":"Good"}'
    if endpoint == "participant_qos":
        body = body.replace(b'"participants"', b'"user_qos"')
    others = [p for p in meeting_pages() if p.endpoint != endpoint]
    good = meeting_pages(uuid="good==")
    parsed = parse([*others, *good, page(endpoint, body, number=2)])
    error = parsed.broken[UUID]
    assert (error.slug, error.facts["endpoint"]) == ("unreadable-page", endpoint)
    assert error.facts["kind"] == kind or endpoint == "participant_qos"
    assert "Ada" not in str(error)
    assert parsed.tables["meetings"]["meeting_uuid"].to_list() == ["good=="]
    assert parsed.tables["streams"]["meeting_uuid"].to_list() == ["good=="]


def test_a_broken_list_item_breaks_only_its_own_meeting():
    bad = page("list_item", b'{"id": 1, "topic": "cut', uuid="bad==")
    comma = page("list_item", b'{"id": 1},{"id": 2}', uuid="two==")
    parsed = parse([bad, comma, *meeting_pages()])
    assert set(parsed.broken) == {"bad==", "two=="}


def test_one_bad_meeting_among_many_leaves_the_others_exactly_as_they_are():
    good = [p for n in range(20) for p in meeting_pages(uuid=f"{n:02d}==")]
    bad = [page("qos", b"<html>", uuid="bad=="), page("list_item", item(), uuid="bad==")]
    alone, mixed = parse(good), parse([*good[:30], *bad, *good[30:]])
    for name in PULLED:
        assert mixed.tables[name].equals(alone.tables[name])


def test_should_the_fast_reader_fail_on_a_batch_only_the_meeting_at_fault_suffers(monkeypatch):
    real = parse_module.read_samples

    def read_samples(batch):
        if "07==" in batch.uuids:
            raise pl.exceptions.ComputeError("something no input known does")
        return real(batch)

    monkeypatch.setattr(parse_module, "read_samples", read_samples)
    parsed = parse([p for n in range(10) for p in meeting_pages(uuid=f"{n:02d}==")])
    assert list(parsed.broken) == ["07=="]
    assert parsed.tables["streams"].height == 9


def test_a_page_of_an_endpoint_nobody_reads_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="weather"):
        parse_pages([page("weather", b"{}")])


def test_no_pages_give_empty_tables():
    parsed = parse([])
    assert all(frame.is_empty() for frame in parsed.tables.values())


# --- Duplicates ---------------------------------------------------------------------------------


def test_rows_that_pages_repeat_count_once():
    people = [person("1"), person("2")]
    streams = [streams_of("1"), streams_of("2")]
    pages = [
        page("list_item", item()),
        page("participants", envelope(people)),
        page("participants", envelope(people[1:], total_records=2), number=2),
        page("qos", envelope(streams)),
        page("qos", envelope(streams[1:], total_records=2), number=2),
    ]
    parsed = parse(pages)
    once = parse([first for first in pages if first.page == 1])
    for name in PULLED:
        assert parsed.tables[name].equals(once.tables[name]), name
    assert rejected(parsed) == {}


def test_samples_of_one_join_in_several_entries_are_put_together():
    streams = [streams_of(samples=[sample(1)]), streams_of(samples=[sample(1), sample(2)])]
    parsed = parse(meeting_pages(streams=streams))
    assert parsed.tables["streams"]["sampled_at"].to_list() == [utc(14, 1), utc(14, 2)]
    assert only_row(parsed, "meetings")["completeness"] == "complete"


def test_of_two_records_that_contradict_the_later_one_counts_and_it_is_told():
    later = PULLED_AT + dt.timedelta(minutes=1)
    pages = [
        page("list_item", item(topic="New"), pulled=later, number=2),
        page("list_item", item(topic="Old")),
        page("participants", envelope([person(role="attendee")])),
        page("participants", envelope([person(role="host")]), pulled=later),
        page("qos", envelope([streams_of(samples=[sample(audio_input=AUDIO, cpu_usage=CPU)])])),
        page(
            "qos",
            envelope([streams_of(samples=[sample(audio_input=AUDIO | {"jitter": "9 ms"},
                                                 cpu_usage=CPU | {"zoom_min_cpu_usage": "5%"})])]),
            pulled=later,
        ),
    ]  # fmt: skip
    parsed = parse(pages)
    assert only_row(parsed, "meetings")["topic"] == "New"
    assert only_row(parsed, "meetings")["pulled_at"] == later
    assert only_row(parsed, "sessions")["role"] == "host"
    assert only_row(parsed, "streams")["jitter_ms"] == 9
    assert only_row(parsed, "devices")["zoom_cpu_min_pct"] == 5
    assert rejected(parsed) == {
        ("participants", "conflict"): 1,
        ("audio_input", "conflict"): 1,
        ("cpu_usage", "conflict"): 1,
    }


# --- Meetings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "total", "reason"),
    [("participants", 3, "rows-missing"), ("qos", 3, "rows-missing"), ("qos", 2, None),
     ("qos", "2", None), ("qos", None, None), ("participants", 1, None)],
)  # fmt: skip
def test_a_meeting_of_which_entries_are_missing_is_incomplete(endpoint, total, reason):
    people, streams = [person("1"), person("2")], [streams_of("1"), streams_of("2")]
    totals = {"participants": 2, "qos": 2} | {endpoint: total}
    parsed = parse(
        [
            page("list_item", item()),
            page("participants", envelope(people, total_records=totals["participants"])),
            page("qos", envelope(streams, total_records=totals["qos"])),
        ]
    )
    row = only_row(parsed, "meetings")
    assert row["completeness_reason"] == reason
    assert row["completeness"] == ("incomplete" if reason else "complete")


def test_a_page_repeated_does_not_make_up_for_a_page_missing():
    repeated = page("qos", envelope([streams_of("1")], total_records=2), number=2)
    first = page("qos", envelope([streams_of("1")], total_records=2))
    parsed = parse([page("list_item", item()), first, repeated])
    assert only_row(parsed, "meetings")["completeness_reason"] == "rows-missing"


def test_rows_left_out_as_unusable_are_not_missing():
    people = [person("1", status="in_waiting_room"), person("2", join_time="")]
    parsed = parse(meeting_pages(people, []))
    row = only_row(parsed, "meetings")
    assert (row["completeness"], row["completeness_reason"]) == ("no_qos", "no-participants")


@pytest.mark.parametrize(
    ("people", "start", "found", "reason"),
    [
        ([person(), person("2", join_time="2026-11-11T13:59:00Z")], "", utc(13, 59), "no-qos"),
        ([], None, None, "no-start-time"),
        ([], "2026-11-11T14:00:00Z", utc(14, 0), "no-participants"),
        ([person()], "2026-11-11T14:00:00Z", utc(14, 0), "no-qos"),
    ],
)
def test_a_start_zoom_leaves_blank_is_the_first_join(people, start, found, reason):
    row = only_row(parse(meeting_pages(people, [], start_time=start, end_time="")), "meetings")
    assert (row["start_time"], row["end_time"]) == (found, None)
    assert (row["completeness"], row["completeness_reason"]) == ("no_qos", reason)


def test_a_list_item_is_read_to_the_last_field():
    listed = {
        "dept": " Sales ", "participants": "12", "audio_quality": "Good", "video_quality": "",
        "screen_share_quality": "brilliant", "has_pstn": True, "has_voip": False,
        "has_sip": "maybe", "has_external_participant": True, "email": "ADA@tamarack.example",
        "start_time": "2026-11-11T15:00:00+01:00",
    }  # fmt: skip
    parsed = parse(meeting_pages(**listed))
    row = only_row(parsed, "meetings")
    assert row == {
        "meeting_uuid": UUID, "meeting_id": "93201235621", "kind": "meeting", "topic": "Weekly",
        "host_name": "Ada Brightwell", "host_email": "ada@tamarack.example",
        "department": "Sales", "start_time": utc(14, 0), "end_time": utc(14, 30),
        "participants_reported": 12, "zoom_audio_quality": "good", "zoom_video_quality": None,
        "zoom_share_quality": None, "has_pstn": True, "has_voip": False, "has_video": None,
        "has_screen_share": None, "has_recording": None, "has_sip": None,
        "has_external_participant": True, "one_person": None, "pulled_at": PULLED_AT,
        "completeness": "complete", "completeness_reason": None,
    }  # fmt: skip
    assert rejected(parsed) == {
        ("list_item.screen_share_quality", "unknown-word"): 1,
        ("list_item.has_sip", "unknown-word"): 1,
    }


@pytest.mark.parametrize("key", ["meeting_number", "webinar_number"])
def test_a_meeting_without_list_item_has_its_number_from_the_other_answers(key):
    body = envelope([streams_of()], **{key: "777"})
    row = only_row(parse([page("qos", body, kind="webinar")]), "meetings")
    assert (row["meeting_id"], row["kind"], row["topic"]) == ("777", "webinar", None)
    assert row["start_time"] == utc(14, 0, 5)


# --- The other answers --------------------------------------------------------------------------


def test_a_single_participants_answer_is_one_entry_by_itself():
    single = page("participant_qos", streams_of("2", microphone="Headset"), participant="2")
    parsed = parse([*meeting_pages([person("1"), person("2")], [streams_of("1")]), single])
    sessions = parsed.tables["sessions"].select("user_id", "has_qos", "microphone").rows()
    assert sessions == [("1", True, None), ("2", True, "Headset")]
    assert parsed.tables["streams"].height == 2


def summary(*qos, who="1"):
    return {"participant_id": who, "user_name": "x", "qos": list(qos)}


def test_a_qos_summary_keeps_zooms_own_words_for_flow_and_has_cpu_by_itself():
    details = {
        "min_bitrate": "14.98kbps", "avg_bitrate": "27.15 Kbps", "max_bitrate": "391 kbps",
        "min_latency": "0 ms", "avg_latency": "126 ms", "max_latency": "200ms",
        "min_jitter": "0ms", "avg_jitter": "5.15ms", "max_jitter": "", "min_loss": "0.03%",
        "avg_loss": "2.01%", "max_loss": "12 %",
    }  # fmt: skip
    picture = details | {
        "resolution": "640*360",
        "min_frame_rate": "1 fps",
        "max_frame_rate": "30 fps",
    }
    body = envelope(
        [
            summary(
                {"type": "audio_input", "details": details},
                {"type": "video_device_to_rwg", "details": picture},
                {"type": "as_input", "details": dict.fromkeys(picture, "")},
                {"type": "cpu_usage", "details": CPU},
                {"type": "smell", "details": {}},
            ),
            summary({"type": "audio_input", "details": details}, who=""),
        ]
    )
    parsed = parse([page("list_item", item()), page("qos_summary", body)])
    frame = parsed.tables["summaries"]
    assert frame.select("user_id", "medium", "flow", "leg").rows() == [
        ("1", "audio", "input", "client"), ("1", "video", "output", "rwg_to")
    ]  # fmt: skip
    assert frame.row(0)[5:17] == (14.98, 27.15, 391, 0, 126, 200, 0, 5.15, None, 0.03, 2.01, 12)
    assert frame.row(1)[17:] == (1, None, 30, 640, 360)
    assert only_row(parsed, "device_summaries")["system_cpu_max_pct"] == 38
    assert rejected(parsed) == {
        ("qos_summary.type", "unknown-word"): 1,
        ("qos_summary.participant_id", "missing"): 1,
    }


def test_shares_and_ratings_are_read():
    share = {
        "user_id": "1", "user_name": "Ada",
        "details": [
            {"content": "desktop", "start_time": "2026-11-11T14:01:00Z", "end_time": ""},
            {"content": "desktop", "start_time": "2026-11-11T14:01:00Z", "end_time": ""},
            {"content": "whiteboard", "start_time": "later"},
        ],
    }  # fmt: skip
    ratings = [
        {"user_id": "acct-1", "email": "A@b.example", "date_time": "2026-11-11T14:31:00Z",
         "quality": "NOT GOOD", "comment": " bad\nsound "},
        {"user_id": "acct-2", "date_time": "2026-11-11T14:31:00Z", "quality": "so-so"},
    ]  # fmt: skip
    parsed = parse(
        [
            page("list_item", item()),
            page("sharing", envelope([share, {"user_id": "", "details": []}])),
            page("satisfaction", envelope(ratings)),
        ]
    )
    assert parsed.tables["shares"].rows() == [
        (UUID, "1", "desktop", utc(14, 1), None),
        (UUID, "1", "whiteboard", None, None),
    ]
    assert parsed.tables["ratings"].rows() == [
        (UUID, "acct-1", "a@b.example", utc(14, 31), "not_good", "bad sound"),
        (UUID, "acct-2", None, utc(14, 31), None, None),
    ]
    assert rejected(parsed) == {
        ("sharing.user_id", "missing"): 1,
        ("sharing.start_time", "bad-time"): 1,
        ("satisfaction.quality", "unknown-word"): 1,
    }


# --- Order, batches, and anything at all --------------------------------------------------------


def varied_pages():
    """Seven meetings with most of what can be odd, every page apart."""
    pages = [*tiny_pages()]
    odd = streams_of("1", sample(), join_time="2026-11-11T14:00:05.250Z")
    crc = streams_of("2", [sample(m, audio_device_to_crc=AUDIO, moon=1) for m in (1, 2, 3)])
    for uuid, streams in (
        ("a==", [streams_of("1"), odd]),
        ("b==", [crc, streams_of("3", [sample(2, audio_input=AUDIO | {"jitter": "x"})])]),
        ("c==", []),
        ("d==", [streams_of("1", [sample(audio_input=BLANK)])]),
    ):
        people = [person(entry["user_id"], email="x@y.example") for entry in streams]
        pages += meeting_pages(people, streams, uuid=uuid)
    pages.append(page("qos", envelope([crc], total_records=9), uuid="a==", number=2))
    later = PULLED_AT + dt.timedelta(seconds=1)
    changed = streams_of("1", [sample(1, audio_input=AUDIO | {"jitter": "8 ms"})])
    pages.append(page("qos", envelope([changed]), uuid="a==", number=3, pulled=later))
    pages.append(page("qos", b"<html>", uuid="e=="))
    pages.append(page("participant_qos", streams_of("9"), uuid="f==", participant="9"))
    return pages


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_order_and_batching_of_pages_do_not_matter(random, batches):
    pages = varied_pages()
    whole = parse(pages)
    random.shuffle(pages)
    batch_of = {p.meeting_uuid: random.randrange(batches) for p in pages}
    parts = [
        parse([p for p in pages if batch_of[p.meeting_uuid] == batch]) for batch in range(batches)
    ]
    for name, table in PULLED.items():
        together = pl.concat([part.tables[name] for part in parts]).sort(table.key)
        assert together.equals(whole.tables[name].sort(table.key)), name
    assert {u: str(e) for part in parts for u, e in part.broken.items()} == {
        u: str(e) for u, e in whole.broken.items()
    }


def test_small_chunks_give_the_same_tables_as_large_ones(monkeypatch):
    pages = [p for n in range(6) for p in meeting_pages(uuid=f"{n}==")] + varied_pages()
    whole = parse(pages)
    monkeypatch.setattr("qosreport.zoom.parse.batch.CHUNK_PAGES", 2)
    small = parse(pages)
    for name in PULLED:
        assert small.tables[name].equals(whole.tables[name]), name


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from(["", "0*0", "12 ms", "NaN", "2026-11-11T14:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*VIDEO, *CPU, "user_qos", "audio_input", "user_id", "é"]),
                      inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@st.composite
def distorted(draw):
    """The answers of a meeting with anything in the place of some values."""
    pages = {
        "list_item": item(),
        "participants": envelope([person("1"), person("2")]),
        "qos": envelope([streams_of("1", [sample(1, cpu_usage=CPU), sample(2)]), streams_of("2")]),
        "qos_summary": envelope([summary({"type": "audio_input", "details": AUDIO})]),
        "sharing": envelope([{"user_id": "1", "details": [{"content": "desktop"}]}]),
        "satisfaction": envelope([{"user_id": "1", "quality": "GOOD"}]),
    }
    pages = copy.deepcopy(pages)
    for _ in range(draw(st.integers(1, 4))):
        holder = pages
        while True:
            places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            place = draw(st.sampled_from(places))
            value = holder[place]
            if isinstance(value, dict | list) and value and draw(st.integers(0, 9)):
                holder = value
            else:
                holder[place] = draw(anything)
                break
    return [
        page(endpoint, value, uuid="x==") for endpoint, value in pages.items()
    ]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(distorted())
def test_whatever_zoom_sends_becomes_valid_tables_or_a_named_failure(pages):
    good = meeting_pages(uuid="good==")
    parsed = parse([*pages, *good])
    assert "good==" not in parsed.broken
    mine = parsed.tables["streams"].filter(pl.col("meeting_uuid") == "good==")
    assert mine.height == 1
