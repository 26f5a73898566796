"""Vectors, and small frames of streams, minutes and devices."""

import datetime as dt
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from qosreport.scoring import Policy, load_policy
from qosreport.tables import DEVICES, MEETINGS, SESSIONS, STREAMS, SUMMARIES

VECTORS = Path(__file__).parents[2] / "data" / "scoring-vectors" / "vectors.json"
START = dt.datetime(2026, 11, 11, 9, tzinfo=dt.UTC)
CLEAN = {
    "bitrate_kbps": 60.0,
    "latency_ms": 60.0,
    "jitter_ms": 5.0,
    "avg_loss_pct": 0.0,
    "max_loss_pct": 0.0,
    "frame_rate_fps": 25.0,
    "height_px": 720,
}


@cache
def default() -> Policy:
    return load_policy("zoom-network-quality")


@cache
def document() -> dict:
    return json.loads(VECTORS.read_text("utf-8"))


def vectors(*kinds: str) -> list:
    found = [v | {"kind": kind} for kind in kinds for v in document()["vectors"][kind]]
    return [pytest.param(v, id=v["id"]) for v in found]


def agrees(got: object, expected: object, abs_tol: float) -> bool:
    """Numbers within the tolerance, nested alike; everything else exactly."""
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        return got is expected if not isinstance(expected, str) else got == expected
    if isinstance(expected, int | float):
        return isinstance(got, int | float) and abs(got - expected) <= abs_tol
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(agrees(got[k], expected[k], abs_tol) for k in expected)
        )
    return len(got) == len(expected) and all(
        agrees(a, b, abs_tol) for a, b in zip(got, expected, strict=True)
    )


def at(minute: float) -> dt.datetime:
    return START + dt.timedelta(minutes=minute)


def number(text: object) -> float | None:
    """A value as written in a vector; the product's own parser has its own tests."""
    if not isinstance(text, str):
        return text
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(?:kbps|ms|%|fps)?\s*", text, re.IGNORECASE)
    return float(found[1]) if found else None


def stream_of(fields: dict, medium: str, flow: str = "input") -> dict:
    """A row of the streams table from the fields of a vector."""
    size = fields.get("resolution") or ""
    width, height = map(int, size.split("*")) if "*" in size and size != "0*0" else (None, None)
    return {
        "medium": medium,
        "flow": flow,
        "bitrate_kbps": number(fields["bitrate"]),
        "latency_ms": number(fields["latency"]),
        "jitter_ms": number(fields["jitter"]),
        "avg_loss_pct": number(fields["avg_loss"]),
        "max_loss_pct": number(fields["max_loss"]),
        "width_px": width,
        "height_px": height,
        "frame_rate_fps": number(fields.get("frame_rate")),
    }


def streams(*rows: dict) -> pl.DataFrame:
    """Rows of the streams table: clean video of session 1 in minute 0 where nothing else is said.

    `minute` is counted from START; a measure given as None is missing.
    """
    found = []
    for row in rows:
        usual = {"session_id": 1, "medium": "video", "flow": "input", "leg": "client", **CLEAN}
        full = {**usual, **row}
        session = full["session_id"]
        full["sampled_at"] = at(full.pop("minute", 0))
        full.setdefault("meeting_uuid", "m")
        found.append({"user_id": str(session), "join_time": START, **full})
    frame = pl.DataFrame(found, schema_overrides=dict(STREAMS.schema), infer_schema_length=None)
    return STREAMS.conform(frame)


def devices(*rows: dict) -> pl.DataFrame:
    """Rows of the devices table: `minute`, `system`, `zoom`, `pressure`."""
    if not rows:
        return DEVICES.empty()
    found = [
        {
            "session_id": row.get("session_id", 1),
            "meeting_uuid": row.get("meeting_uuid", "m"),
            "user_id": str(row.get("session_id", 1)),
            "join_time": START,
            "sampled_at": at(row.get("minute", 0)),
            "system_cpu_max_pct": row.get("system"),
            "zoom_cpu_avg_pct": row.get("zoom"),
            "cpu_pressure": row.get("pressure"),
        }
        for row in rows
    ]
    frame = pl.DataFrame(found, schema_overrides=dict(DEVICES.schema), infer_schema_length=None)
    return DEVICES.conform(frame)


def minutes(*scores: float | None, session_id: int = 1, **columns: list) -> pl.DataFrame:
    """Consecutive minutes of one session with a score, the network score alike."""
    many = len(scores)
    return pl.DataFrame(
        {
            "session_id": [session_id] * many,
            "minute": [at(i) for i in range(many)],
            "score": list(scores),
            "net_score": list(scores),
            **columns,
        },
        schema_overrides={"score": pl.Float64, "net_score": pl.Float64},
    )


def sessions(*rows: dict) -> pl.DataFrame:
    found = [
        {
            "session_id": row["session_id"],
            "meeting_uuid": row.get("meeting_uuid", "m"),
            "user_id": row.get("user_id", str(row["session_id"])),
            "join_time": row.get("join_time", START),
            "person_key": str(row["session_id"]),
            "has_qos": row.get("has_qos", True),
        }
        for row in rows
    ]
    return SESSIONS.conform(pl.DataFrame(found))


def meetings(*uuids: str) -> pl.DataFrame:
    frame = pl.DataFrame({"meeting_uuid": list(uuids)}, schema={"meeting_uuid": pl.String})
    return MEETINGS.conform(
        frame.with_columns(
            kind=pl.lit("meeting"), pulled_at=pl.lit(START), completeness=pl.lit("complete")
        )
    )


def summaries(*rows: dict) -> pl.DataFrame:
    """Rows of the summaries table, clean where nothing else is said."""
    usual = {
        "meeting_uuid": "m",
        "user_id": "1",
        "medium": "audio",
        "flow": "input",
        "leg": "client",
        "avg_bitrate_kbps": 60.0,
        "avg_latency_ms": 60.0,
        "avg_jitter_ms": 5.0,
        "avg_loss_pct": 0.0,
        "max_loss_pct": 0.0,
    }
    frame = pl.DataFrame(
        [{**usual, **row} for row in rows],
        schema_overrides=dict(SUMMARIES.schema),
        infer_schema_length=None,
    )
    return SUMMARIES.conform(frame)


@dataclass(frozen=True)
class MemoryPart:
    """A part whose tables lie in memory."""

    tables: dict[str, pl.DataFrame]

    def scan(self, table: str) -> pl.LazyFrame:
        return self.tables[table].lazy()


def part(
    streams: pl.DataFrame,
    devices: pl.DataFrame | None = None,
    sessions: pl.DataFrame | None = None,
    meetings: pl.DataFrame | None = None,
    summaries: pl.DataFrame | None = None,
) -> MemoryPart:
    """A part of these tables; sessions and meetings are those of the streams if not given."""
    if sessions is None:
        keys = streams.select("session_id", "meeting_uuid", "user_id", "join_time").unique()
        sessions = SESSIONS.conform(
            keys.with_columns(person_key=pl.col("user_id"), has_qos=pl.lit(value=True))
        )
    if meetings is None:
        uuids = sessions["meeting_uuid"].unique().sort()
        meetings = globals()["meetings"](*uuids)
    return MemoryPart(
        {
            "streams": streams,
            "devices": DEVICES.empty() if devices is None else devices,
            "sessions": sessions,
            "meetings": meetings,
            "summaries": SUMMARIES.empty() if summaries is None else summaries,
        }
    )
