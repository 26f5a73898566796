"""Answers of the QoS endpoint as bytes: the fast path that the server and benchmarks share.

`qos_rows` reads the same text back, so both ways agree by construction.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from qosreport.simulator import odd
from qosreport.simulator.dice import Dice
from qosreport.simulator.meetings import Session, SimMeeting
from qosreport.simulator.minutes import texts
from qosreport.simulator.quality import samples_of
from qosreport.simulator.rows import Row, qos_fields
from qosreport.simulator.surroundings import Scene

QOS_PAGE_MAX = 10


def qos_rows(meeting: SimMeeting) -> Iterator[dict[str, Any]]:
    """One row per join the QoS endpoint lists, with its samples under user_qos."""
    for text in qos_texts(meeting, meeting.qos_sessions):
        yield json.loads(text)


def qos_pages_json(meeting: SimMeeting, page_size: int = QOS_PAGE_MAX) -> Iterator[bytes]:
    """All pages of a past meeting's QoS, as Zoom would send them one after another.

    The tokens follow from the meeting; only the server's own are good for asking it.
    """
    total = len(meeting.qos_sessions)
    starts = range(0, total, page_size) or range(1)
    for start in starts:
        last = start + page_size >= total
        token = "" if last else _token(meeting, start)
        yield qos_page_json(meeting, start, page_size, token)


def qos_page_json(
    meeting: SimMeeting, start: int, page_size: int, token: str, total: int | None = None
) -> bytes:
    """One page, from join number `start`; `total` if another number is to be claimed."""
    sessions = meeting.qos_sessions
    rows = qos_texts(meeting, sessions[start : start + page_size])
    head = envelope(meeting, total if total is not None else len(sessions), page_size, token)
    return page_json(head, "participants", rows)


def envelope(meeting: SimMeeting, total: int, page_size: int, token: str) -> Row:
    """What stands around the rows of a page."""
    number = "meeting_number" if meeting.kind == "meeting" else "webinar_number"
    return page_head(total, page_size, token) | {number: str(meeting.meeting_id)}


def page_head(total: int, page_size: int, token: str) -> Row:
    """What stands around the rows of any page."""
    return {
        "page_count": -(-total // page_size),
        "page_size": page_size,
        "total_records": total,
        "next_page_token": token,
    }


def page_json(head: Row, name: str, rows: Iterable[str]) -> bytes:
    """A page as bytes, with ready-made rows under `name`."""
    return f'{compact(head)[:-1]},"{name}":[{",".join(rows)}]}}'.encode()


def qos_texts(meeting: SimMeeting, sessions: Sequence[Session]) -> Iterator[str]:
    """The rows of these joins as JSON text."""
    scene = Scene(meeting)
    for session in sessions:
        yield qos_text(meeting, session, scene)


def qos_text(meeting: SimMeeting, session: Session, scene: Scene, extra: Row | None = None) -> str:
    """The row of one join as JSON text."""
    samples = samples_of(session, scene.around(session), meeting.seed)
    made = texts(samples, session.first_minute, session.shown_samples)
    dice = Dice(session.seed, "odd")
    odd.sprinkle(made, dice, meeting.odd_values)
    listed = ",".join(made)
    if not odd.as_object(len(made), dice, meeting.odd_values):
        listed = f"[{listed}]"
    fields = qos_fields(meeting, session)
    odd.person(fields, dice, meeting.odd_values)
    return f'{compact(fields | (extra or {}))[:-1]},"user_qos":{listed}}}'


def compact(value: object) -> str:
    """JSON without blanks, in UTF-8 rather than escapes, as Zoom sends it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _token(meeting: SimMeeting, start: int) -> str:
    return hashlib.sha256(f"{meeting.uuid}/{start}".encode()).hexdigest()[:35]
