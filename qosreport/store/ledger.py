"""The ledger: which meetings are known, which are whole and in which files, and calls spent.

One SQLite file (WAL, synchronous=FULL, secure_delete). A row here is the commit of a file: what
has none does not exist. Instants are whole microseconds since 1970, UTC.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from qosreport.store.base import Base
from qosreport.tables import Kind

ATTEMPTS: Final = 5
"""So many times a meeting is asked for before it is given up."""
SETTLING: Final = dt.timedelta(minutes=10)
"""Zoom needs a while after a meeting before its data is there (zoom-api.md §1.7)."""
NOT_ASKED: Final = "not-asked-yet"
"""Reason of a meeting that is listed and was never asked for."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)

State = Literal["listed", "whole", "partial", "failed"]
"""Never asked for; whole in the store; in the store with entries missing; not in the store."""


@dataclass(frozen=True)
class Listing:
    """One instance of a meeting or webinar as Zoom's list names it."""

    uuid: str
    meeting_id: str | None
    kind: Kind
    start_time: dt.datetime | None
    end_time: dt.datetime | None
    participants_reported: int | None
    one_person: bool
    week: str
    """UTC ISO week of the start; without one, of the window it was listed in."""
    item: bytes = b""
    """Its piece of the list, byte for byte, so that a pull can go on without listing again."""
    pulled_at: dt.datetime | None = None
    """When it was listed."""


@dataclass(frozen=True)
class Known:
    """What the ledger knows of one instance."""

    uuid: str
    meeting_id: str | None
    kind: Kind
    start_time: dt.datetime | None
    end_time: dt.datetime | None
    participants_reported: int | None
    state: State
    reason: str | None
    """Why it is not whole; of a whole one without QoS, why there is none."""
    attempts: int
    will_retry: bool
    """A later pull asks again."""


@dataclass(frozen=True)
class States:
    """How much of what Zoom listed is in the store."""

    listed: int
    whole: int
    incomplete: Mapping[str, int]
    """Not whole, by reason; listed = whole + all of these."""
    meetings: tuple[Known, ...]
    """By start."""
    data_as_of: dt.datetime | None
    """When the last page of any of them was pulled."""


@dataclass(frozen=True)
class Window:
    """A stretch of time that was listed to its end."""

    kind: str
    start: dt.datetime
    end: dt.datetime
    listed_at: dt.datetime
    count: int


@dataclass(frozen=True)
class FileRow:
    """A committed file."""

    path: str
    """Below the store."""
    role: str
    """raw, tables or scores."""
    name: str
    """The table; raw for raw files."""
    week: str
    sha256: str
    size: int
    rows: int
    layout: str = ""
    """Fingerprint of the columns."""
    part_id: str | None = None
    policy_sha256: str | None = None


class Ledger(Base):
    """The ledger of one store; safe to use from several threads."""

    # --- Meetings ---

    def note_listed(
        self, meetings: Iterable[Listing], *, window_start: dt.datetime | None = None
    ) -> None:
        """Remember instances that Zoom listed; what is whole stays whole.

        Args:
            meetings: The instances.
            window_start: Where those without a start are looked for; else in their week.
        """
        rows = []
        for m in meetings:
            near = m.start_time or window_start or _middle_of_monday(m.week)
            rows.append(
                (
                    m.uuid, m.meeting_id, m.kind, micros(m.start_time), micros(m.end_time),
                    m.participants_reported, m.one_person, m.week, micros(near), m.item,
                    micros(m.pulled_at),
                )
            )  # fmt: skip
        with self.transaction():
            self.write(_NOTE_LISTED, rows)

    def note_window(
        self, kind: str, start: dt.datetime, end: dt.datetime, listed_at: dt.datetime, count: int
    ) -> None:
        """Remember that a stretch of time was listed to its end."""
        row = (kind, micros(start), micros(end), micros(listed_at), count)
        with self.transaction():
            self.write("INSERT OR REPLACE INTO listed_window VALUES (?, ?, ?, ?, ?)", [row])

    def windows(self, start: dt.datetime, end: dt.datetime) -> list[Window]:
        """Stretches listed that touch a period, in the order of their start."""
        rows = self.read(
            "SELECT * FROM listed_window WHERE until > ? AND since < ? ORDER BY since, until, kind",
            micros(start),
            micros(end),
        )
        return [
            Window(kind, _moment(since), _moment(until), _moment(listed_at), count)
            for kind, since, until, listed_at, count in rows
        ]

    def is_listed(self, start: dt.datetime, end: dt.datetime, kind: str) -> bool:
        """Whether a period was listed without a break, by lists made after what they cover."""
        reached = start
        for window in self.windows(start, end):
            if window.kind == kind and window.start <= reached:
                reached = max(reached, min(window.end, window.listed_at))
        return reached >= end

    def pending(self, start: dt.datetime, end: dt.datetime, now: dt.datetime) -> list[Listing]:
        """Instances listed and not whole that are worth asking for (again), by start."""
        rows = self.read(
            "SELECT * FROM listing WHERE near >= ? AND near < ? AND state != 'whole' AND "
            "retry AND attempts < ? AND coalesce(end_time, near) <= ? ORDER BY near, uuid",
            micros(start),
            micros(end),
            ATTEMPTS,
            micros(now - SETTLING),
        )
        return [_listing(row) for row in rows]

    def note_incomplete(
        self, uuid: str, reason: str, *, retry: bool, tried_at: dt.datetime | None = None
    ) -> None:
        """Remember that a meeting was asked for and cannot be had whole; a whole one stays so."""
        with self.transaction():
            self.write(
                "UPDATE instance SET attempts = attempts + 1, reason = ?, retry = ?, "
                "last_try = ?, state = iif(state = 'partial', state, 'failed') "
                "WHERE uuid = ? AND state != 'whole'",
                [(reason, retry, micros(tried_at), uuid)],
            )

    def states(self, start: dt.datetime, end: dt.datetime) -> States:
        """What became of the instances of a period."""
        rows = self.read(
            "SELECT * FROM known WHERE near >= ? AND near < ? ORDER BY near, uuid",
            micros(start),
            micros(end),
        )
        meetings = tuple(_known(row) for row in rows)
        incomplete: dict[str, int] = {}
        for meeting in meetings:
            if meeting.state != "whole":
                reason = meeting.reason or NOT_ASKED
                incomplete[reason] = incomplete.get(reason, 0) + 1
        return States(
            listed=len(meetings),
            whole=sum(meeting.state == "whole" for meeting in meetings),
            incomplete=dict(sorted(incomplete.items())),
            meetings=meetings,
            data_as_of=_instant(max((row[-1] for row in rows if row[-1]), default=None)),
        )

    def find(self, reference: str) -> list[Known]:
        """Known instances with this UUID or number, the latest first."""
        rows = self.read(
            "SELECT * FROM known WHERE uuid = ? OR meeting_id = ? ORDER BY near DESC, uuid",
            reference,
            reference,
        )
        return [_known(row) for row in rows]

    def listing(self, uuid: str) -> Listing | None:
        """What Zoom's list said of an instance."""
        rows = self.read("SELECT * FROM listing WHERE uuid = ?", uuid)
        return _listing(rows[0]) if rows else None

    def items(self) -> Iterator[bytes]:
        """What Zoom's list said of every instance, byte for byte."""
        rows = self.read("SELECT item FROM instance WHERE item IS NOT NULL")
        return (item for (item,) in rows)

    # --- What is under way ---

    def fact(self, name: str) -> str | None:
        """Something remembered by name."""
        rows = self.read("SELECT value FROM fact WHERE name = ?", name)
        return rows[0][0] if rows else None

    def note_fact(self, name: str, value: str | None) -> None:
        """Remember something by name, or forget it."""
        with self.transaction():
            self.write("DELETE FROM fact WHERE name = ?", [(name,)])
            if value is not None:
                self.write("INSERT INTO fact VALUES (?, ?)", [(name, value)])

    # --- Files ---

    def files(
        self, weeks: Collection[str] | None = None, *, role: str | None = None
    ) -> list[FileRow]:
        """Committed files, by path."""
        chosen = None if weeks is None else json.dumps(sorted(weeks))
        rows = self.read(
            "SELECT * FROM file WHERE (? IS NULL OR week IN (SELECT value FROM json_each(?))) "
            "AND (? IS NULL OR role = ?) ORDER BY path",
            chosen,
            chosen,
            role,
            role,
        )
        return [FileRow(*row) for row in rows]

    # --- Calls ---

    def spent(self, day: dt.date) -> int:
        """API calls spent on a day (GMT), of all labels."""
        rows = self.read("SELECT total(calls) FROM spent WHERE day = ?", day.isoformat())
        return int(rows[0][0])

    def spent_by_label(self, day: dt.date) -> dict[str, int]:
        """The same, by Zoom's label."""
        statement = "SELECT label, calls FROM spent WHERE day = ? ORDER BY label"
        return dict(self.read(statement, day.isoformat()))

    def spend(self, day: dt.date, label: str, calls: int) -> None:
        """Count calls.

        Survives a crash of this process at once and a power cut from the next commit on: waiting
        for the disk at every call would slow the pull.
        """
        self.write_soon(
            "INSERT INTO spent VALUES (?, ?, ?) "
            "ON CONFLICT (day, label) DO UPDATE SET calls = calls + excluded.calls",
            (day.isoformat(), label, calls),
        )


_NOTE_LISTED = """
INSERT INTO instance (uuid, meeting_id, kind, start_time, end_time, participants_reported,
                      one_person, week, near, item, listed_at, state, retry, attempts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'listed', 1, 0)
ON CONFLICT (uuid) DO UPDATE SET
    meeting_id = coalesce(excluded.meeting_id, meeting_id),
    start_time = coalesce(excluded.start_time, start_time),
    end_time = coalesce(excluded.end_time, end_time),
    participants_reported = coalesce(excluded.participants_reported, participants_reported),
    one_person = excluded.one_person,
    week = iif(state = 'listed' OR state = 'failed', excluded.week, week),
    near = iif(excluded.start_time IS NOT NULL OR start_time IS NULL, excluded.near, near),
    item = excluded.item,
    listed_at = excluded.listed_at
"""


def micros(moment: dt.datetime | None) -> int | None:
    """An instant as the ledger keeps it."""
    return None if moment is None else (moment.astimezone(dt.UTC) - _EPOCH) // _MICROSECOND


def _moment(value: int) -> dt.datetime:
    return _EPOCH + value * _MICROSECOND


def _instant(value: int | None) -> dt.datetime | None:
    return None if value is None else _moment(value)


def _middle_of_monday(week: str) -> dt.datetime:
    """An instant that lies in a week by the clocks of every time zone."""
    year, number = week.split("-W")
    monday = dt.date.fromisocalendar(int(year), int(number), 1)
    return dt.datetime.combine(monday, dt.time(12), dt.UTC)


def _listing(row: tuple[Any, ...]) -> Listing:
    uuid, number, kind, start, end, people, alone, week, item, listed_at = row[:10]
    return Listing(
        uuid=uuid,
        meeting_id=number,
        kind=kind,
        start_time=_instant(start),
        end_time=_instant(end),
        participants_reported=people,
        one_person=bool(alone),
        week=week,
        item=item or b"",
        pulled_at=_instant(listed_at),
    )


def _known(row: tuple[Any, ...]) -> Known:
    uuid, number, kind, start, end, people, state, reason, attempts, retry = row[:10]
    return Known(
        uuid=uuid,
        meeting_id=number,
        kind=kind,
        start_time=_instant(start),
        end_time=_instant(end),
        participants_reported=people,
        state=state,
        reason=reason,
        attempts=attempts,
        will_retry=state != "whole" and bool(retry) and attempts < ATTEMPTS,
    )
