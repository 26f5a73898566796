"""Raw pages → typed tables the two usual ways, to compare qosreport.zoom.parse with.

Both do the main part of the job as somebody who knows the tool would write it: sessions with their
texts cleaned and their times read, streams and devices in the long layout with units checked and
scaled, what cannot be read counted. They do less than parse_pages: no hostile input, no duplicates,
no waiting rooms, no matching of the two answers, no rejects by field. A ratio counts only if the
checksums (count and sum of every measure) agree.

    python benchmarks/baselines_parse.py WAY PAGES_DIR [EVERY]     WAY: qosreport, loops or pandas

Reads the batches that data.py made, or every so-manieth of them, and prints the checksum.
"""

import datetime as dt
import hashlib
import json
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data import Page, batches

STREAMS = [
    f"{medium}_{leg}"
    for medium in ("audio", "video", "as")
    for leg in (
        "input", "output",
        "device_from_crc", "device_to_crc", "device_from_rwg", "device_to_rwg",
    )
]  # fmt: skip
MEASURES = {
    "bitrate": ("bitrate_kbps", "kbps"),
    "latency": ("latency_ms", "ms"),
    "jitter": ("jitter_ms", "ms"),
    "avg_loss": ("avg_loss_pct", "%"),
    "max_loss": ("max_loss_pct", "%"),
    "frame_rate": ("frame_rate_fps", "fps"),
}
CPU = {
    "zoom_min_cpu_usage": ("zoom_cpu_min_pct", "%"),
    "zoom_avg_cpu_usage": ("zoom_cpu_avg_pct", "%"),
    "zoom_max_cpu_usage": ("zoom_cpu_max_pct", "%"),
    "system_max_cpu_usage": ("system_cpu_max_pct", "%"),
}
RSSI = {f"{end}_rssi": (f"wifi_rssi_{end}_dbm", "dbm") for end in ("min", "avg", "max")}
UNITS = {
    "kbps": {"kbps": 1.0, "bps": 1e-3, "mbps": 1e3, "gbps": 1e6},
    "ms": {"ms": 1.0, "s": 1e3},
    "%": {"%": 1.0},
    "fps": {"fps": 1.0},
    "dbm": {"dbm": 1.0},
}
NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(%|[a-z]*)", re.IGNORECASE)
SIZE = re.compile(r"(\d+)\s*\*\s*(\d+)")
TEXTS = (
    "id", "participant_user_id", "user_id", "user_name", "email", "device", "os", "os_version",
    "version", "network_type", "connection_type", "video_connection_type", "as_connection_type",
    "data_center", "location", "ip_address", "microphone", "speaker", "camera", "role",
    "leave_reason",
)  # fmt: skip

Checksum = dict[str, tuple[int, float]]


def parse_checksum(pages: list[Page]) -> Checksum:
    """qosreport's own way."""
    from data import raw_pages

    from qosreport.zoom.parse import parse_pages

    tables = parse_pages(raw_pages(pages)).tables
    found: Checksum = {}
    for table, fields in (("streams", MEASURES), ("devices", CPU | RSSI)):
        for name in [name for name, _ in fields.values()]:
            values = tables[table][name]
            found[name] = (len(values) - values.null_count(), float(values.sum()))
    for name in ("width_px", "height_px"):
        values = tables["streams"][name]
        found[name] = (len(values) - values.null_count(), float(values.sum()))
    return found


# --- json.loads and loops ---


def loops_checksum(pages: list[Page]) -> Checksum:
    """json.loads, then loops that read value by value and collect rows."""
    import polars as pl

    rows: dict[str, list[tuple[Any, ...]]] = {"sessions": [], "streams": [], "devices": []}
    unread: Counter[str] = Counter()
    for uuid, _, endpoint, _, body in pages:
        people = json.loads(body).get("participants")
        if endpoint == "participants":
            rows["sessions"] += [_session(uuid, person) for person in people]
        if endpoint == "qos":
            for person in people:
                _add_samples(rows, uuid, person, unread)
    instant = pl.Datetime("us", "UTC")
    key = {"id": pl.Int64, "uuid": pl.String, "user_id": pl.String, "join_time": instant}
    stream = {name: pl.Float64 for name, _ in MEASURES.values()}
    sizes = {"width_px": pl.Int32, "height_px": pl.Int32}
    device = {name: pl.Float64 for name, _ in (CPU | RSSI).values()}
    frames = [
        pl.DataFrame(
            rows["sessions"],
            schema=key | {"leave_time": instant} | {f"{name}_": pl.String for name in TEXTS},
            orient="row",
        ),
        pl.DataFrame(
            rows["streams"],
            schema=key | {"at": instant, "stream": pl.String} | stream | sizes,
            orient="row",
        ),
        pl.DataFrame(rows["devices"], schema=key | {"at": instant} | device, orient="row"),
    ]
    return {
        name: (len(frame) - frame[name].null_count(), float(frame[name].sum()))
        for frame in frames[1:]
        for name in frame.columns
        if name in stream | sizes | device
    }


def _session(uuid: str, person: dict[str, Any]) -> tuple[Any, ...]:
    left = person.get("leave_time")
    return (
        *_key(uuid, person),
        dt.datetime.fromisoformat(left) if left else None,
        *(_text(person.get(name)) for name in TEXTS),
    )


def _key(uuid: str, person: dict[str, Any]) -> tuple[int, str, str, dt.datetime]:
    joined = dt.datetime.fromisoformat(person["join_time"])
    user = str(person["user_id"])
    digest = hashlib.sha256(f"{uuid}\0{user}\0{joined.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True), uuid, user, joined


def _text(value: object) -> str | None:
    return unicodedata.normalize("NFC", str(value)).strip() or None if value is not None else None


def _add_samples(
    rows: dict[str, list[tuple[Any, ...]]],
    uuid: str,
    person: dict[str, Any],
    unread: Counter[str],
) -> None:
    key = _key(uuid, person)
    for sample in _samples(person):
        at = dt.datetime.fromisoformat(sample["date_time"])
        for name in STREAMS:
            stream = sample.get(name)
            if stream:
                values = _numbers(stream, MEASURES, unread)
                width, height = _size(stream.get("resolution"), unread)
                if width is not None or any(value is not None for value in values):
                    rows["streams"].append((*key, at, name, *values, width, height))
        values = _numbers(sample.get("cpu_usage") or {}, CPU, unread)
        values += _numbers(sample.get("wifi_rssi") or {}, RSSI, unread)
        if any(value is not None for value in values):
            rows["devices"].append((*key, at, *values))


def _samples(person: dict[str, Any]) -> list[dict[str, Any]]:
    """Zoom writes the samples of some entries as one object, or as null."""
    samples = person.get("user_qos") or []
    return [samples] if isinstance(samples, dict) else samples


def _numbers(
    fields: dict[str, Any], wanted: dict[str, tuple[str, str]], unread: Counter[str]
) -> list[float | None]:
    return [_number(fields.get(field), kind, unread) for field, (_, kind) in wanted.items()]


def _number(value: object, kind: str, unread: Counter[str]) -> float | None:
    if value is None or value == "":
        return None
    match = NUMBER.fullmatch(str(value).strip())
    factor = UNITS[kind].get(match[2].lower() or kind) if match else None
    if factor is None:
        unread[kind] += 1
        return None
    return float(match[1]) * factor


def _size(text: str | None, unread: Counter[str]) -> tuple[int, int] | tuple[None, None]:
    if not text:
        return None, None
    match = SIZE.fullmatch(text.strip())
    if match is None:
        unread["size"] += 1
        return None, None
    width, height = int(match[1]), int(match[2])
    return (width, height) if width and height else (None, None)


# --- pandas ---


def pandas_checksum(pages: list[Page]) -> Checksum:
    """pandas.json_normalize of all pages at once, then whole columns at a time."""
    import pandas as pd

    people: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for uuid, _, endpoint, _, body in pages:
        rows = json.loads(body).get("participants")
        if endpoint == "participants":
            people += [row | {"meeting_uuid": uuid} for row in rows]
        if endpoint == "qos":
            entries += [row | {"meeting_uuid": uuid, "user_qos": _samples(row)} for row in rows]
    if people:
        _pandas_sessions(pd.json_normalize(people))
    if not entries:
        return {}
    key = ["meeting_uuid", "user_id", "join_time"]
    wide = pd.json_normalize(entries, record_path="user_qos", meta=key, errors="ignore")
    for name in ("date_time", "join_time"):
        wide[name] = pd.to_datetime(wide[name], utc=True, format="ISO8601")
    key.append("date_time")
    parts = [_pandas_stream(wide, key, name) for name in STREAMS]
    streams = pd.concat([part for part in parts if part is not None], ignore_index=True)
    devices = wide[key].copy()
    for part, fields in (("cpu_usage", CPU), ("wifi_rssi", RSSI)):
        for field, (name, kind) in fields.items():
            if f"{part}.{field}" in wide:
                devices[name] = _pandas_numbers(wide[f"{part}.{field}"], kind)
    devices = devices.dropna(how="all", subset=[c for c in devices if c not in key])
    return {
        name: (int(frame[name].count()), float(frame[name].sum()))
        for frame in (streams, devices)
        for name in frame.columns
        if name not in {*key, "stream"}
    }


def _pandas_sessions(sessions: Any) -> Any:
    import pandas as pd

    for name in {"join_time", "leave_time"} & set(sessions.columns):
        sessions[name] = pd.to_datetime(sessions[name], utc=True, format="ISO8601")
    for name in set(TEXTS) & set(sessions.columns):
        texts = sessions[name].astype("string").str.normalize("NFC").str.strip()
        sessions[name] = texts.replace("", pd.NA)
    return sessions


def _pandas_stream(wide: Any, key: list[str], stream: str) -> Any:
    import pandas as pd

    found = wide[key].copy()
    found["stream"] = stream
    for field, (name, kind) in MEASURES.items():
        if f"{stream}.{field}" in wide:
            found[name] = _pandas_numbers(wide[f"{stream}.{field}"], kind)
    if f"{stream}.resolution" in wide:
        texts = wide[f"{stream}.resolution"].astype("string")
        sizes = texts.str.extract(r"^\s*(\d+)\s*\*\s*(\d+)\s*$")
        for axis, name in ((0, "width_px"), (1, "height_px")):
            found[name] = pd.to_numeric(sizes[axis], errors="coerce").replace(0, math.nan)
    measures = [name for name in found if name not in {*key, "stream"}]
    return found.dropna(how="all", subset=measures) if measures else None


def _pandas_numbers(column: Any, kind: str) -> Any:
    import pandas as pd

    texts = column.astype("string")
    parts = texts.str.extract(r"^\s*([+-]?\d+(?:\.\d+)?)\s*(%|[A-Za-z]*)\s*$")
    units = parts[1].str.lower().replace("", kind)
    factors = units.map(UNITS[kind])
    return pd.to_numeric(parts[0], errors="coerce") * factors.astype("float64")


# --- Running one of them ---


def same(one: Checksum, other: Checksum) -> bool:
    """Whether two checksums agree: counts exactly, sums to rounding; what is not there is 0."""
    return all(
        one.get(name, (0, 0.0))[0] == other.get(name, (0, 0.0))[0]
        and math.isclose(one.get(name, (0, 0.0))[1], other.get(name, (0, 0.0))[1], rel_tol=1e-9)
        for name in one.keys() | other.keys()
    )


WAYS: dict[str, Callable[[list[Page]], Checksum]] = {
    "qosreport": parse_checksum,
    "loops": loops_checksum,
    "pandas": pandas_checksum,
}


def main(way: str, directory: str, every: str = "1") -> None:
    total: Checksum = {}
    for batch in batches(Path(directory), int(every)):
        for name, (count, value) in WAYS[way](batch).items():
            was = total.get(name, (0, 0.0))
            total[name] = (was[0] + count, was[1] + value)
    print(json.dumps(dict(sorted(total.items()))))


if __name__ == "__main__":
    main(*sys.argv[1:])
