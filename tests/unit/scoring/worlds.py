"""Whole stores of invented meetings, and samples of every kind, made from a seed.

Drawing thousands of rows through hypothesis costs more than scoring them, so a seed is drawn and
the rows are made from it. Values come from short lists as often as from ranges: equal scores, which
somebody must break in a fixed order, are then common.
"""

import datetime as dt
from dataclasses import dataclass
from random import Random

import polars as pl

from qosreport.scoring import Policy, list_policies
from qosreport.scoring.names import MEASURE_OF, MEDIA
from qosreport.tables import DEVICES, MEETINGS, SESSIONS, STREAMS, SUMMARIES
from tests.unit.scoring.support import START, MemoryPart

RANGES = {
    "bitrate_kbps": (5.0, 4000.0),
    "latency_ms": (0.0, 10000.0),
    "jitter_ms": (0.0, 5000.0),
    "avg_loss_pct": (0.0, 100.0),
    "max_loss_pct": (0.0, 100.0),
    "frame_rate_fps": (0.0, 120.0),
}
ODD = (None, 0.0, -1.0, 100.5, 1e9, float("nan"), float("inf"), float("-inf"))
POLICIES = {policy.name: policy for policy in list_policies()}
_LEGS = ("client", "client", "crc_from", "crc_to", "rwg_from", "rwg_to")
_COMMON = {
    "bitrate_kbps": (20.0, 60.0, 900.0, 3.0),
    "latency_ms": (20.0, 80.0, 242.0, 600.0),
    "jitter_ms": (2.0, 12.0, 40.0, 70.0),
    "avg_loss_pct": (0.0, 0.5, 3.0, 12.0),
    "max_loss_pct": (0.0, 1.5, 20.0, 45.0),
    "frame_rate_fps": (4.0, 6.0, 15.0, 25.0),
}


def edges(policies: dict[str, Policy] = POLICIES) -> dict[str, list[float]]:
    """Of each measure every anchor of every policy, and what lies just beside it."""
    found: dict[str, set[float]] = {name: set(ends) for name, ends in RANGES.items()}
    for policy in policies.values():
        for medium in MEDIA:
            for component, anchors in policy.components.of(medium).named().items():
                for x, _ in anchors:
                    found[MEASURE_OF[component]] |= {float(x), x * (1 + 1e-12), x * (1 - 1e-12)}
    return {name: sorted(values) for name, values in found.items()}


EDGES = edges()


def measured(random: Random) -> dict:
    """One sample of one stream in which everything was measured and is possible."""

    def value(name: str) -> float:
        kind = random.random()
        if kind < 0.3:
            return random.choice(EDGES[name])
        low, high = RANGES[name]
        return random.uniform(low, high if kind < 0.5 else low + (high - low) / 40)

    return {
        "medium": random.choice(MEDIA),
        "flow": random.choice(("input", "output")),
        "leg": random.choice(_LEGS),
        "height_px": random.choice((None, 180, 360, 720)),
        **{name: value(name) for name in RANGES},
    }


def anything(random: Random) -> dict:
    """One sample of one stream, any value of it missing, impossible or no number."""
    row = measured(random)
    odd = {name: random.choice(ODD) for name in RANGES if random.random() < 0.2}
    return row | odd | {"height_px": random.choice((None, 0, 180, 360, 720))}


@dataclass(frozen=True)
class World:
    """The tables of a store."""

    tables: dict[str, pl.DataFrame]

    def part(self, *uuids: str) -> MemoryPart:
        """The part with these meetings; with all of them if none is named."""
        if not uuids:
            return MemoryPart(self.tables)
        mine = pl.col("meeting_uuid").is_in(uuids)
        return MemoryPart({name: frame.filter(mine) for name, frame in self.tables.items()})

    def mixed(self, seed: int) -> "World":
        """The same rows in another order."""
        return World(
            {
                name: frame.sample(fraction=1.0, shuffle=True, seed=seed)
                for name, frame in self.tables.items()
            }
        )

    def sampled(self) -> "World":
        """Without sessions that were never sampled, and without summaries."""
        seen = pl.concat(
            [self.tables[name].select("session_id") for name in ("streams", "devices")]
        )
        sessions = self.tables["sessions"].join(seen, on="session_id", how="semi")
        meetings = self.tables["meetings"].join(sessions, on="meeting_uuid", how="semi")
        return World(
            self.tables
            | {"sessions": sessions, "meetings": meetings, "summaries": SUMMARIES.empty()}
        )


def world(seed: int, meetings: int = 60) -> World:
    """Meetings with rejoins, gaps, doubled samples, odd values, rooms and people never sampled."""
    random = Random(seed)
    rows: dict[str, list[dict]] = {"streams": [], "devices": [], "sessions": [], "summaries": []}
    uuids = [f"meeting-{i:03}" for i in range(meetings)]
    random.shuffle(uuids)
    for uuid in uuids:
        for person in range(random.choice((0, 1, 2, 3, 5))):
            _attend(random, rows, uuid, f"u{person}")
    found = {
        "meetings": [
            {
                "meeting_uuid": uuid,
                "kind": "meeting",
                "pulled_at": START,
                "completeness": "complete",
            }
            for uuid in uuids
        ]
    } | rows
    return World(
        {
            table.name: pl.DataFrame(
                found[table.name], schema=dict(table.schema), infer_schema_length=None
            )
            for table in (MEETINGS, SESSIONS, STREAMS, DEVICES, SUMMARIES)
        }
    )


def _attend(random: Random, rows: dict[str, list[dict]], uuid: str, user: str) -> None:
    """One person's joins of one meeting, with what was measured of them."""
    climate = random.choice((0.0, 0.0, 0.1, 0.4, 0.9))
    for rejoin in range(random.choice((1, 1, 1, 2))):
        key = {
            "session_id": random.getrandbits(63) * random.choice((-1, 1)),
            "meeting_uuid": uuid,
            "user_id": user,
            "join_time": START + dt.timedelta(minutes=30 * rejoin),
        }
        kind = random.choice(("streams", "streams", "streams", "streams", "devices", "nothing"))
        rows["sessions"].append(
            {**key, "person_key": f"{uuid}/{user}", "has_qos": kind != "nothing"}
        )
        if kind == "streams":
            rows["streams"] += _streams(random, key, climate)
        if kind == "devices" or (kind == "streams" and random.random() < 0.7):
            rows["devices"] += _devices(random, key)
    if random.random() < 0.3:
        rows["summaries"] += _summaries(random, uuid, user, climate)


def _instants(random: Random, key: dict) -> list[dt.datetime]:
    """About one a minute, some minutes without, some with two."""
    minutes = [m for m in range(random.randint(1, 14)) if random.random() < 0.85]
    return [
        key["join_time"] + dt.timedelta(minutes=minute, seconds=random.choice((0, 0, 59.999999)))
        for minute in minutes
        for _ in range(random.choice((1, 1, 1, 2)))
    ]


def _streams(random: Random, key: dict, climate: float) -> list[dict]:
    found = []
    for instant in _instants(random, key):
        for medium in MEDIA:
            for flow in ("input", "output"):
                if random.random() < 0.6:
                    leg = random.choice(_LEGS) if random.random() < 0.1 else "client"
                    place = {"sampled_at": instant, "medium": medium, "flow": flow, "leg": leg}
                    found.append({**key, **place, **_weather(random, climate)})
    return found or [{**key, "sampled_at": key["join_time"], **measured(random)}]


def _weather(random: Random, climate: float) -> dict:
    """Measures as good as the climate lets them be, now and then odd."""
    if random.random() < 0.03:
        return {name: anything(random)[name] for name in RANGES}
    values = {}
    for name, (good, *worse) in _COMMON.items():
        values[name] = random.choice(worse) if random.random() < climate else good
    values["frame_rate_fps"] = random.choice(_COMMON["frame_rate_fps"][2 - (climate > 0.3) :])
    return values | {"height_px": random.choice((None, 180, 720))}


def _devices(random: Random, key: dict) -> list[dict]:
    busy = random.choice((20.0, 70.0, 90.0))
    return [
        {
            **key,
            "sampled_at": instant,
            "system_cpu_max_pct": random.choice((None, busy, busy + 9.5, -3.0)),
            "zoom_cpu_avg_pct": random.choice((None, busy / 1.5, 101.0)),
            "cpu_pressure": random.choice((None, "normal", "serious", "critical")),
        }
        for instant in _instants(random, key)
    ]


def _summaries(random: Random, uuid: str, user: str, climate: float) -> list[dict]:
    return [
        {
            "meeting_uuid": uuid,
            "user_id": user,
            "medium": medium,
            "flow": random.choice(("input", "output")),
            "leg": "client",
            "avg_bitrate_kbps": 60.0,
            "avg_latency_ms": values["latency_ms"],
            "avg_jitter_ms": values["jitter_ms"],
            "avg_loss_pct": values["avg_loss_pct"],
            "max_loss_pct": values["max_loss_pct"],
        }
        for medium in MEDIA
        if (values := _weather(random, climate))
    ]
