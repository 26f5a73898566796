"""Small answers of Zoom, written as Python values, and what must hold of every parse."""

import copy
import datetime as dt
import json
from pathlib import Path

from qosreport.store.raw import RawPage
from qosreport.tables import PULLED
from qosreport.zoom.parse import parse_pages

TINY = Path(__file__).parents[3] / "data" / "tiny"
TINY_UUID = "/tiny//Meeting+1234567=="
PULLED_AT = dt.datetime(2026, 11, 12, 6, tzinfo=dt.UTC)
UUID = "one=="

AUDIO = {
    "bitrate": "60 kbps", "latency": "30 ms", "jitter": "5 ms",
    "avg_loss": "0.1%", "max_loss": "0.4%",
}  # fmt: skip
VIDEO = AUDIO | {"resolution": "1280*720", "frame_rate": "25 fps"}
BLANK = dict.fromkeys(VIDEO, "")
CPU = {
    "zoom_min_cpu_usage": "4%", "zoom_avg_cpu_usage": "9%",
    "zoom_max_cpu_usage": "15%", "system_max_cpu_usage": "38%",
}  # fmt: skip


def page(
    endpoint, body, *, uuid=UUID, number=1, kind="meeting", participant=None, pulled=PULLED_AT
):
    """A raw page; a body that is not bytes is written as JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return RawPage(uuid, kind, endpoint, number, participant, pulled, body)


def tiny_pages():
    return [
        page(name, (TINY / f"{name}.json").read_bytes(), uuid=TINY_UUID)
        for name in ("list_item", "participants", "qos")
    ]


def item(**fields):
    return {
        "uuid": UUID, "id": 93201235621, "topic": "Weekly", "host": "Ada Brightwell",
        "email": "ada@tamarack.example", "start_time": "2026-11-11T14:00:00Z",
        "end_time": "2026-11-11T14:30:00Z", "participants": 1,
    } | fields  # fmt: skip


def person(user_id="1", **fields):
    return {
        "user_id": user_id, "id": "", "participant_user_id": "", "user_name": f"Person {user_id}",
        "email": "", "join_time": "2026-11-11T14:00:05Z", "leave_time": "2026-11-11T14:30:00Z",
        "device": "Windows", "status": "in_meeting", "role": "attendee",
    } | fields  # fmt: skip


def sample(minute=1, **parts):
    return {"date_time": f"2026-11-11T14:{minute:02d}:00Z", "audio_input": AUDIO} | parts


ONE_SAMPLE = object()


def streams_of(user_id="1", samples=ONE_SAMPLE, **fields):
    user_qos = [sample()] if samples is ONE_SAMPLE else samples
    return person(user_id, **fields) | {"user_qos": user_qos}


def envelope(rows, **fields):
    return {"page_count": 1, "total_records": len(rows), "next_page_token": "",
            "participants": rows} | fields  # fmt: skip


def meeting_pages(people=None, streams=None, *, uuid=UUID, **listed):
    """List item, participants and QoS of one meeting; one person with one sample by default."""
    people = [person()] if people is None else people
    streams = [streams_of()] if streams is None else streams
    return [
        page("list_item", item(**listed), uuid=uuid),
        page("participants", envelope(people), uuid=uuid),
        page("qos", envelope(streams), uuid=uuid),
    ]


def parse(pages):
    """Parse, and check what must hold of any outcome."""
    before = copy.deepcopy([p.body for p in pages])
    parsed = parse_pages(pages)
    assert [p.body for p in pages] == before
    assert set(parsed.tables) == set(PULLED)
    kept = set(parsed.tables["meetings"]["meeting_uuid"])
    assert kept | set(parsed.broken) == {p.meeting_uuid for p in pages}
    assert not kept & set(parsed.broken)
    for name, table in PULLED.items():
        frame = parsed.tables[name]
        assert frame.schema == table.schema
        for column in table.columns:
            assert not (column.required and frame[column.name].null_count()), column.name
        assert not frame.select(table.key).is_duplicated().any(), name
        assert set(frame["meeting_uuid"]) <= kept
    sessions = set(parsed.tables["sessions"]["session_id"])
    for name in ("streams", "devices"):
        frame = parsed.tables[name]
        assert set(frame["session_id"]) <= sessions
        assert frame.equals(frame.sort("session_id", "sampled_at", maintain_order=True))
    return parsed


def rejected(parsed):
    """Rejects as {(field, rule): values}."""
    counts = {}
    for field, rule, values in parsed.tables["rejects"].select("field", "rule", "values").rows():
        counts[field, rule] = counts.get((field, rule), 0) + values
    return counts


def only_row(parsed, table):
    frame = parsed.tables[table]
    assert frame.height == 1
    return frame.row(0, named=True)
