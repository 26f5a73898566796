"""Meetings small enough to commit by the dozen, a parser for them, and disks that fail."""

import datetime as dt
import hashlib
import json

import polars as pl

from qosreport.store import Listing, PolicyKey, RawPage
from qosreport.store.disk import Disk
from qosreport.store.site import Mounts
from qosreport.tables import (
    MEETING_SCORES,
    MEETINGS,
    MINUTE_SCORES,
    PULLED,
    SESSIONS,
)

MONDAY = dt.datetime(2026, 11, 9, 9, tzinfo=dt.UTC)
WEEK = "2026-W46"
PULLED_AT = dt.datetime(2026, 11, 16, 6, tzinfo=dt.UTC)
POLICY = PolicyKey("test-policy", "1.0.0", "ab" * 32)
OTHER_POLICY = PolicyKey("other-policy", "1.0.0", "cd" * 32)
LOCAL = Mounts("/dev/sda1 / ext4 rw 0 0", "")


def meeting_pages(uuid, *, start=MONDAY, minutes=3, people=2, value=1.0, pulled=PULLED_AT,
                  completeness="complete"):  # fmt: skip
    """The raw pages of a meeting, in a form of our own that `parse` understands."""
    facts = {
        "start": start.isoformat() if start else None,
        "minutes": minutes,
        "people": people,
        "value": value,
        "completeness": completeness,
    }
    bodies = {
        "list_item": json.dumps(facts).encode(),
        "qos": hashlib.sha256(uuid.encode()).digest(),
    }
    return [
        RawPage(uuid, "meeting", endpoint, 1, None, pulled, body)
        for endpoint, body in bodies.items()
    ]


def parse(pages):
    """The tables of such pages."""
    rows = {name: [] for name in PULLED}
    for page in pages:
        if page.endpoint != "list_item":
            continue
        facts = json.loads(page.body)
        uuid = page.meeting_uuid
        start = dt.datetime.fromisoformat(facts["start"]) if facts["start"] else None
        joined = start or MONDAY
        rows["meetings"].append(
            {
                "meeting_uuid": uuid, "meeting_id": "123", "kind": "meeting", "topic": uuid,
                "start_time": start, "pulled_at": page.pulled_at,
                "completeness": facts["completeness"],
                "completeness_reason": {"incomplete": "rows-missing"}.get(facts["completeness"]),
            }
        )  # fmt: skip
        for person in range(facts["people"]):
            digest = hashlib.sha256(f"{uuid}{person}{joined}".encode()).digest()
            key = {
                "session_id": int.from_bytes(digest[:8], "big", signed=True),
                "meeting_uuid": uuid, "user_id": str(person), "join_time": joined,
            }  # fmt: skip
            rows["sessions"].append(key | {"person_key": f"p{person}", "has_qos": True})
            for minute in range(facts["minutes"]):
                at = key | {"sampled_at": joined + dt.timedelta(minutes=minute)}
                rows["devices"].append(at | {"system_cpu_max_pct": 10.0})
                for flow in ("input", "output"):
                    stream = {"medium": "audio", "flow": flow, "leg": "client"}
                    rows["streams"].append(at | stream | {"bitrate_kbps": facts["value"]})
    return {name: pl.DataFrame(rows[name], schema=table.schema) for name, table in PULLED.items()}


def commit(store, *uuids, **facts):
    """Commit meetings by UUID in one batch; their pages."""
    pages = [page for uuid in uuids for page in meeting_pages(uuid, **facts)]
    store.commit(pages, parse(pages))
    return pages


def scores_of(part):
    """Some scores of a part."""
    sessions = part.scan(SESSIONS.name).select("session_id").collect()
    meetings = part.scan(MEETINGS.name).select("meeting_uuid").collect()
    zero = dict.fromkeys(
        ("sessions", "classified", "affected", "net_affected", "scored_minutes", "poor_minutes"), 0
    )
    return {
        MINUTE_SCORES.name: MINUTE_SCORES.conform(
            sessions.with_columns(minute=pl.lit(MONDAY), score=pl.lit(4.5), band=pl.lit("Good"))
        ),
        MEETING_SCORES.name: MEETING_SCORES.conform(
            meetings.with_columns(
                *(pl.lit(value).alias(name) for name, value in zero.items()), band=pl.lit("Good")
            )
        ),
    }


def content(store):
    """Everything a store holds, in an order that does not depend on its files."""
    return {
        name: store.scan(name).collect().sort(table.key) for name, table in PULLED.items()
    }  # fmt: skip


def same(one, other):
    """Whether two contents are equal, to the last cell."""
    return all(one[name].equals(other[name]) for name in PULLED)


def meetings(store):
    """The UUIDs of the meetings in a store."""
    return set(store.scan(MEETINGS.name).collect()["meeting_uuid"])


def listing(uuid, **fields):
    """What Zoom's list says of a meeting."""
    return Listing(
        **{
            "uuid": uuid, "meeting_id": "123", "kind": "meeting", "start_time": MONDAY,
            "end_time": MONDAY + dt.timedelta(minutes=30), "participants_reported": 2,
            "one_person": False, "week": WEEK, "item": b"{}", "pulled_at": PULLED_AT,
        }
        | fields
    )  # fmt: skip


def files(root):
    """Every file of the store's branches, below its root."""
    return {
        path.relative_to(root).as_posix()
        for branch in ("raw", "tables", "scores")
        for path in (root / branch).rglob("*")
        if path.is_file()
    }


class Killed(BaseException):
    """The process is gone: nothing that comes after it may have any effect."""


class CountingDisk(Disk):
    """A disk that counts its operations."""

    def __init__(self):
        self.operations = 0

    def before(self, operation):
        self.operations += 1

    def create(self, *arguments):
        self.before("create")
        return super().create(*arguments)

    def write(self, *arguments):
        self.before("write")
        return super().write(*arguments)

    def sync(self, *arguments):
        self.before("sync")
        super().sync(*arguments)

    def rename(self, *arguments):
        self.before("rename")
        super().rename(*arguments)

    def sync_directory(self, *arguments):
        self.before("sync_directory")
        super().sync_directory(*arguments)

    def make_directory(self, *arguments):
        self.before("make_directory")
        super().make_directory(*arguments)

    def remove(self, *arguments):
        self.before("remove")
        super().remove(*arguments)


class DyingDisk(CountingDisk):
    """From the n-th operation on, nothing more is written: as after SIGKILL or a power cut."""

    def __init__(self, last):
        super().__init__()
        self.last = last
        self.died = False

    def before(self, operation):
        super().before(operation)
        if self.died or self.operations > self.last:
            self.died = True
            raise Killed(operation)


class RefusingDisk(CountingDisk):
    """The n-th operation fails as the system says it does; the others go well."""

    def __init__(self, at, error):
        super().__init__()
        self.at = at
        self.error = error
        self.fired = None

    def before(self, operation):
        super().before(operation)
        if self.operations == self.at:
            self.fired = operation
            raise OSError(self.error, "made to fail")
