"""Hand-written connections for the tests of diagnosis."""

import datetime as dt

import polars as pl

from qosreport import tables
from qosreport.diagnosis.clusters import Minimums
from qosreport.diagnosis.connections import connections

NOON = dt.datetime(2026, 11, 11, 12, tzinfo=dt.UTC)
LOW = Minimums(sessions=3, meetings=2, confidence=0.95)


def minute(number):
    return NOON + dt.timedelta(minutes=number)


def session(number, *, meeting="m1", person="ada", join=NOON, **facts):
    return {
        "session_id": number,
        "meeting_uuid": meeting,
        "user_id": f"u{number}",
        "join_time": join,
        "person_key": person,
        "has_qos": True,
        **facts,
    }


def score(number, band="Good", net_band=None, **facts):
    zeros = {
        c.name: 0
        for c in tables.PARTICIPANT_SCORES.columns
        if c.required and c.dtype == pl.Int64 and c.name != "session_id"
    }
    return {
        **zeros,
        "session_id": number,
        "basis": "minutes",
        "present_minutes": 10,
        "scored_minutes": 0 if band == "Unscored" else 10,
        "band": band,
        "net_band": net_band or band,
        "reasons": [],
        "net_reasons": [],
        "cpu_flags": [],
        **facts,
    }


def rows_of(table, rows):
    columns = {c.name: c.dtype for c in table.columns}
    data = [{name: row.get(name) for name in columns} for row in rows]
    return pl.DataFrame(data, schema=columns, orient="row")


def joined(sessions, scores, zone="UTC"):
    return connections(
        at_sites(rows_of(tables.SESSIONS, sessions)),
        rows_of(tables.PARTICIPANT_SCORES, scores),
        zone=zone,
    )


def at_sites(sessions):
    """As from `places.located`, where nobody is at home."""
    return sessions.with_columns(provider=pl.lit(None, dtype=pl.String))
