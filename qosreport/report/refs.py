"""Names that hold no data from Zoom: references inside documents, and the names of pages."""

import datetime as dt
import functools
import hashlib
from zoneinfo import ZoneInfo

from qosreport.report.result import MeetingResult

DIGITS = 12
REMEMBERED = 10_000
"""References: a meeting is named once for each of its people."""


@functools.lru_cache(REMEMBERED)
def short_hash(*parts: str | None) -> str:
    """The first 12 hex digits of the SHA-256 over the parts, each ended by a NUL but the last."""
    joined = "\0".join(part or "" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def meeting_ref(uuid: str) -> str:
    """A meeting in file names and links: 12 hex digits of the SHA-256 of its UUID."""
    return short_hash(uuid)


def person_ref(person_key: str) -> str:
    """A person in links: 12 hex digits of the SHA-256 of the person key."""
    return short_hash(person_key)


def machine_ref(person_key: str, device: str | None) -> str:
    """A machine in links: the person and the kind of device."""
    return short_hash(person_key, device)


def session_ref(session_id: int) -> str:
    """A connection in links: the first 12 hex digits of its id, itself a SHA-256."""
    return f"{session_id % 2**64:016x}"[:DIGITS]


def evidence_ref(place: str, name: str) -> str:
    """A site, provider or data centre in file names: 12 hex digits over kind and name."""
    return short_hash(place, name)


def page_name(start_time: dt.datetime, uuid: str, zone: str) -> str:
    """The name of a meeting's page without its ending: local date and reference."""
    return f"{start_time.astimezone(ZoneInfo(zone)).date()}-{meeting_ref(uuid)}"


def page_stem(result: MeetingResult) -> str:
    """As `page_name`, from a meeting's document; by its first minute where Zoom gave no start.

    What shows only a part of a meeting has a name of its own, so as never to replace the whole.
    """
    stem = f"{result.head.label}-{result.ref}"
    if result.live:
        stem += "-live"
    if result.only_participant is not None:
        stem += f"-only-{result.only_participant}"
    return stem
