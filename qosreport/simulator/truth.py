"""The truth file: which cause touched whom, when and in which direction.

    {"version": 1, "settings": {…}, "networks": {network: site},
     "providers": {network: name}, "people": {key: account id},
     "causes": [{id, kind, where, strength, …}],
     "columns": ["user_id", "join_time", "first_minute", "last_minute", "direction", "cause"],
     "touched": {meeting uuid: [[…], …]}}

Minutes are the `date_time` of the first and the last sample touched. Direction is sent, received,
both, or device. The cause `noise` is one person's own bad line or moment; it has no parameters.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from qosreport.simulator.causes import NOISE, SEEN_AS, Cause
from qosreport.simulator.company import Organisation
from qosreport.simulator.meetings import Session, SimMeeting, Touch
from qosreport.simulator.parameters import SimulationSettings
from qosreport.simulator.rows import instant

VERSION = 1
COLUMNS = ("user_id", "join_time", "first_minute", "last_minute", "direction", "cause")


def truth_of(
    settings: SimulationSettings,
    organisation: Organisation,
    causes: Sequence[Cause],
    meetings: Iterable[SimMeeting],
) -> dict[str, Any]:
    """The truth about these meetings, ready for JSON."""
    keys = {cause.where for cause in causes if cause.kind == "sender_uplink"}
    noise = {"id": NOISE, "kind": NOISE, "seen_as": SEEN_AS[NOISE]}
    touched = {one.uuid: rows for one in meetings if (rows := _rows(one))}
    return {
        "version": VERSION,
        "settings": _settings(settings),
        "networks": organisation.networks(),
        "providers": {isp.network: isp.name for isp in organisation.isps},
        "people": {one.key: one.account_id for one in organisation.members if one.key in keys},
        "causes": [*(cause.as_json() for cause in causes), noise],
        "columns": list(COLUMNS),
        "touched": touched,
    }


def write_truth(truth: dict[str, Any], path: Path) -> None:
    """Writes it, one meeting a line, so that it can be read and compared."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in truth.items()
        if name != "touched"
    ]
    touched = [
        f" {json.dumps(uuid)}: {json.dumps(rows, separators=(',', ':'))}"
        for uuid, rows in truth["touched"].items()
    ]
    lines.append('"touched": {\n' + ",\n".join(touched) + "\n}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _rows(meeting: SimMeeting) -> list[list[str]]:
    return [_row(session, touch) for session in meeting.sessions for touch in session.touches]


def _row(session: Session, touch: Touch) -> list[str]:
    first, last = (60 * (session.first_minute + at) for at in (touch.first, touch.last))
    join_time = instant(session.join_s, session.join_ms)
    return [
        session.user_id, join_time, instant(first), instant(last), touch.direction, touch.cause,
    ]  # fmt: skip


def _settings(settings: SimulationSettings) -> dict[str, Any]:
    values = {part.name: getattr(settings, part.name) for part in fields(settings)}
    values.pop("causes")
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else value
        for name, value in values.items()
    }
