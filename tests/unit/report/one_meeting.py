"""One invented meeting from streams up, scored by the real rules.

| who | what it is for |
|---|---|
| Ada | wired, clean; shares her screen; the share's jitter must not count |
| Bram, two joins | Wi-Fi, loses 14 % of received audio in minutes 5 to 8, comes back after a drop |
| (no name) | a Mac whose CPU is high while it receives 6 frames a second |
| Dora | muted, nothing but low activity; then gone |
| Esi | no quality data at all |
"""

import datetime as dt

import polars as pl

from qosreport import tables
from qosreport.report.numbers.facts import Tables
from qosreport.report.numbers.meeting import Rules, build_meeting
from qosreport.report.numbers.timeline import COLUMNS, measures
from qosreport.scoring.cpu import cpu_flags
from qosreport.scoring.flags import score_flags
from qosreport.scoring.meetings import score_meetings
from qosreport.scoring.minutes import score_minutes
from qosreport.scoring.participants import score_participants
from qosreport.scoring.streams import score_streams
from tests.unit.diagnosis.frames import at_sites
from tests.unit.report.build import NOW, POLICY, counts

UUID = "/half//past=="
START = dt.datetime(2026, 11, 12, 9, 30, 10, tzinfo=dt.UTC)
CLEAN = {
    "bitrate_kbps": 60.0,
    "latency_ms": 40.0,
    "jitter_ms": 5.0,
    "avg_loss_pct": 0.0,
    "max_loss_pct": 0.0,
}
PICTURE = {
    **CLEAN,
    "bitrate_kbps": 900.0,
    "width_px": 1280,
    "height_px": 720,
    "frame_rate_fps": 25.0,
}


def at(number, second=0):
    """The `number`-th minute of the meeting's clock, which begins at 09:30:00."""
    return START.replace(second=0) + dt.timedelta(minutes=number, seconds=second)


def sid(number):
    """A session id as large as real ones are."""
    return number * 2**52


def session(number, name, *, user=None, join=0, leave=20, **facts):
    return {
        "session_id": sid(number),
        "meeting_uuid": UUID,
        "user_id": user or f"u{number}",
        "join_time": at(join, 10),
        "leave_time": at(leave),
        "person_key": user or f"u{number}",
        "name": name,
        "has_qos": True,
        **facts,
    }


SESSIONS = [
    session(1, "Ada", role="host", site="Leeds", network_type="Wired", email="ada@osei.example"),
    session(2, "Bram", user="ub", leave=10, leave_reason="Network connection error.",
            network_type="Wifi", device="Windows", zoom_audio_quality="bad"),
    session(3, "Bram", user="ub", join=11, network_type="Wifi", device="Windows"),
    session(4, None, device="Mac", breakout_id="b1"),
    session(5, "Dora", leave=6),
    session(6, "Esi", has_qos=False),
]  # fmt: skip


def sample(number, minute, medium, flow, **measures):
    return {
        "session_id": sid(number),
        "meeting_uuid": UUID,
        "user_id": "",
        "join_time": START,
        "sampled_at": at(minute, 30),
        "medium": medium,
        "flow": flow,
        "leg": "client",
        **measures,
    }


def streams():
    for minute in range(20):
        yield sample(1, minute, "audio", "input", **CLEAN)
        yield sample(1, minute, "share", "input", **{**CLEAN, "jitter_ms": 615.0})
        yield sample(4, minute, "audio", "output", **CLEAN)
        slow = {"frame_rate_fps": 6.0} if 10 <= minute < 15 else {}
        yield sample(4, minute, "video", "output", **{**PICTURE, **slow})
    for minute in range(10):
        lossy = {"avg_loss_pct": 14.0, "max_loss_pct": 14.0} if 5 <= minute < 9 else {}
        yield sample(2, minute, "audio", "input", **CLEAN)
        yield sample(2, minute, "audio", "output", **{**CLEAN, "latency_ms": 160.0, **lossy})
    for minute in range(11, 20):
        yield sample(3, minute, "audio", "output", **CLEAN)
    for minute in range(6):
        yield sample(
            5, minute, "audio", "input", **{**CLEAN, "bitrate_kbps": 2.0, "avg_loss_pct": 50.0}
        )
    yield sample(3, 12, "audio", "input", **{**CLEAN, "latency_ms": 99_999.0})


def devices():
    for minute in range(20):
        busy = 96.0 if 10 <= minute < 14 else 40.0
        yield {
            **sample(4, minute, None, None),
            "system_cpu_max_pct": busy,
            "zoom_cpu_avg_pct": 20.0,
        }
    yield {**sample(1, 3, None, None), "cpu_pressure": "critical"}


MEETING = {
    "meeting_uuid": UUID,
    "meeting_id": "98765432101",
    "kind": "meeting",
    "topic": "Half past",
    "host_name": "Ada",
    "start_time": START,
    "end_time": at(20),
    "pulled_at": NOW,
    "completeness": "complete",
    "zoom_audio_quality": "poor",
}


def rows_of(table, rows):
    data = [{column.name: row.get(column.name) for column in table.columns} for row in rows]
    return pl.DataFrame(data, schema=table.schema, orient="row")


def scored(meeting=MEETING, sessions=SESSIONS, streams=streams, devices=devices, policy=POLICY):
    """All tables of the meeting, scored, as keywords of build_meeting."""
    people = at_sites(rows_of(tables.SESSIONS, sessions))
    device_rows = rows_of(tables.DEVICES, devices())
    scored_streams = score_streams(rows_of(tables.STREAMS, streams()).lazy(), policy)
    minutes = score_minutes(scored_streams, policy, device_rows.lazy()).collect()
    raised = cpu_flags(device_rows, policy, minutes)
    place = people.select("session_id", "meeting_uuid", "user_id", "join_time")
    participants = (
        score_participants(minutes, policy, raised).collect().join(place, on="session_id")
    )
    flags = score_flags(scored_streams, device_rows, policy).collect().join(place, on="session_id")
    return {
        "meetings": rows_of(tables.MEETINGS, [meeting]),
        "sessions": people,
        "measured": measures(
            scored_streams.select(COLUMNS).collect(), device_rows, policy
        ),
        "minute_scores": minutes,
        "participant_scores": tables.PARTICIPANT_SCORES.conform(participants),
        "meeting_scores": score_meetings(participants, policy, minutes).collect(),
        "flags": tables.FLAGS.conform(flags),
        "shares": rows_of(tables.SHARES, [
            {"meeting_uuid": UUID, "user_id": "u1", "content": "desktop", "start_time": at(2),
             "end_time": at(9)},
            {"meeting_uuid": UUID, "user_id": "unknown", "content": None, "start_time": at(1)},
        ]),
        "ratings": rows_of(tables.RATINGS, [
            {"meeting_uuid": UUID, "account_user_id": "ub", "rating": "not_good",
             "rated_at": at(21), "comment": "=choppy"},
            {"meeting_uuid": UUID, "email": "ADA@osei.example", "rating": "good",
             "rated_at": at(20)},
            {"meeting_uuid": UUID, "rating": None, "rated_at": at(20)},
        ]),
        "rejects": tables.REJECTS.empty(),
    }  # fmt: skip


def build(frames=None, *, ledger=None, why=None, **rules):
    frames = scored() if frames is None else frames
    given = {"policy": POLICY, "zone": "Europe/Berlin", "organisation": "Brightwell & Osei"}
    found = {name: frame for name, frame in frames.items() if name != "measured"}
    return build_meeting(
        UUID,
        Tables(**{**found, "minute_scores": found["minute_scores"].lazy()}),
        frames["measured"],
        Rules(**{**given, **rules}),
        ledger=ledger or counts(),
        why=why,
    )
