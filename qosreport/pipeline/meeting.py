"""One meeting, on demand: find it, bring it if it is not whole, or look at it without keeping it.

A running meeting, and one of which a single participant was asked for, is not whole: it is scored
in memory and never stored.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from qosreport import periods
from qosreport.diagnosis.places import UNLISTED, Directory, located
from qosreport.errors import (
    MeetingNotKnown,
    MeetingNotRunning,
    MeetingNotStored,
    ParticipantNotKnown,
)
from qosreport.periods import iso_week
from qosreport.pipeline import gather
from qosreport.pipeline.gather import Scored
from qosreport.pipeline.pull import Pulled, connected, fetch, kinds, listing_of
from qosreport.pipeline.run import Run, partitions
from qosreport.pipeline.score import score_parts
from qosreport.report.numbers.causes import NOTHING_POOR, WhyHere, why_of
from qosreport.report.numbers.weekly import Tables
from qosreport.scoring import Policy, engine
from qosreport.store import RawPage, Source, Store
from qosreport.tables import PULLED, Kind
from qosreport.zoom.client import Zoom
from qosreport.zoom.endpoints import ListedMeeting
from qosreport.zoom.parse import parse_pages

EXTRAS = {"sharing", "satisfaction"}
"""What the report of one meeting shows besides, asked for with it."""


@dataclass(frozen=True)
class Wanted:
    """The meeting a command line asks for."""

    reference: str
    """Number or UUID; a number means its latest instance."""
    kind: Kind | Literal["auto"] = "auto"
    live: bool = False
    participant: str | None = None
    """User id of the one participant whose QoS is wanted."""
    offline: bool = False

    def kinds(self, run: Run) -> list[Kind]:
        """The kinds it may be of."""
        return kinds(run.settings.zoom) if self.kind == "auto" else [self.kind]

    def unknown(self) -> MeetingNotKnown | MeetingNotRunning | MeetingNotStored:
        """The error for a meeting that nobody who was asked knows."""
        kind = "meeting or webinar" if self.kind == "auto" else self.kind
        if self.offline:
            return MeetingNotStored(kind=kind)
        return MeetingNotRunning(kind=kind) if self.live else MeetingNotKnown(kind=kind)


def find(store: Store, wanted: Wanted, policy: Policy, run: Run) -> Scored:
    """The tables and scores of the meeting asked for.

    Raises:
        MeetingNotStored: The store does not know it, and Zoom is not to be asked.
        MeetingNotKnown: Neither the store nor Zoom knows it.
        ParticipantNotKnown: It has no such participant.
        SkipMeeting: Zoom has it and does not give it whole.
        Refused, Unavailable, TryLater: Zoom cannot be asked.
    """
    known = None if wanted.live else _stored(store, wanted)
    # Of a number, Zoom may have a later instance than the store.
    if not wanted.offline and (known is None or known != wanted.reference):
        with connected(store, run) as zoom:
            found = _ask(zoom, wanted, run)
            if wanted.live or (wanted.participant and not _is_whole(store, found.uuid)):
                return _passing(zoom, found, wanted, policy, run)
            known = _bring(store, zoom, found, run)
    if known is None:
        raise wanted.unknown()
    listing = store.ledger.listing(known)
    week = listing.week if listing else iso_week(run.now)
    score_parts(store, [week], policy, run)
    scored = gather.of_meeting(store, known, week, policy, run.places)
    return _one_participant(scored, wanted.participant, policy) if wanted.participant else scored


def why(store: Store, scored: Scored, wanted: Wanted, policy: Policy, run: Run) -> WhyHere | None:
    """What its poor minutes are consistent with, by all that met in its week.

    As the weekly report tells it. None of what is not whole, or of no known time: there is too
    little to compare with.
    """
    meeting = scored.tables.meetings.row(0, named=True)
    start, whole = meeting["start_time"], meeting["completeness"] != "incomplete"
    if wanted.live or wanted.participant or start is None or not whole:
        return None
    poor = pl.col("poor_minutes", "net_poor_minutes").sum()
    if not any(scored.tables.participant_scores.select(poor).row(0)):
        return NOTHING_POOR
    zone = run.settings.report.timezone
    day = start.astimezone(periods.time_zone(zone)).date()
    period = periods.week(periods.week_of(day), zone=zone, now=run.now)
    score_parts(store, partitions(period), policy, run)
    tables = gather.of_period(store, period, policy, run.places).tables
    return why_of(tables, policy=policy, zone=zone).of_meeting(meeting["meeting_uuid"])


def _stored(store: Store, wanted: Wanted) -> str | None:
    """UUID of the latest instance in the store."""
    reference = "".join(wanted.reference.split())
    for known in store.ledger.find(reference):
        if known.state in {"whole", "partial"} and wanted.kind in {"auto", known.kind}:
            return known.uuid
    return None


def _is_whole(store: Store, uuid: str) -> bool:
    return any(known.state == "whole" for known in store.ledger.find(uuid))


def _ask(zoom: Zoom, wanted: Wanted, run: Run) -> ListedMeeting:
    also = ("detail", "participant_qos") if wanted.participant else ("detail",)
    zoom.check(wanted.kinds(run), also=also)
    for kind in wanted.kinds(run):
        look = zoom.find_live if wanted.live else zoom.find
        found = look(wanted.reference, kind)
        if found is not None:
            return found
    raise wanted.unknown()


def _bring(store: Store, zoom: Zoom, found: ListedMeeting, run: Run) -> str:
    """Have the meeting whole in the store."""
    if not _is_whole(store, found.uuid):
        store.ledger.note_listed([listing_of(found, found.start_time or run.now)])
        pulled = Pulled()
        fetch(store, zoom, [found], run=run, result=pulled, wanted=EXTRAS)
        if pulled.last_skipped is not None:
            raise pulled.last_skipped
    return found.uuid


def _passing(zoom: Zoom, found: ListedMeeting, wanted: Wanted, policy: Policy, run: Run) -> Scored:
    """Look at a meeting without keeping it."""
    pages = zoom.fetch(
        found, live=wanted.live, only_participant=wanted.participant, extras={"sharing"}
    )
    return from_pages([found.list_page(), *pages], policy, run.places)


def from_pages(pages: Sequence[RawPage], policy: Policy, places: Directory = UNLISTED) -> Scored:
    """Score the pages of one meeting in memory.

    Raises:
        SkipMeeting: They cannot be read.
    """
    parsed = parse_pages(pages)
    for why in parsed.broken.values():
        raise why
    bodies = "".join(sorted(hashlib.sha256(page.body).hexdigest() for page in pages))
    source = Source(
        sha256=hashlib.sha256(bodies.encode()).hexdigest(),
        calls=sum(page.is_answer for page in pages),
    )
    uuids = parsed.tables["meetings"]["meeting_uuid"]
    sessions = located(parsed.tables["sessions"], places)
    tables = {**parsed.tables, "sessions": sessions}
    return _in_memory(tables, policy, dict.fromkeys(uuids, source))


def _one_participant(scored: Scored, user_id: str, policy: Policy) -> Scored:
    """The same meeting as if only this participant's QoS had been asked for."""
    mine = pl.col("user_id") == user_id
    tables = scored.tables
    if tables.sessions.filter(mine).is_empty():
        raise ParticipantNotKnown
    uuid = tables.meetings["meeting_uuid"][0]
    own = mine & (pl.col("meeting_uuid") == uuid)
    kept = {name: getattr(tables, name) for name in ("meetings", *gather.PULLED)}
    measured = {
        "streams": scored.streams.filter(own).collect(),
        "devices": scored.devices.filter(own).collect(),
    }
    return _in_memory({**kept, **measured}, policy, scored.sources)


@dataclass(frozen=True)
class _Passing:
    """Tables that lie in no file, for the scoring engine."""

    tables: Mapping[str, pl.DataFrame]

    def scan(self, table: str) -> pl.LazyFrame:
        """One table; empty if there is none."""
        frame = self.tables.get(table)
        return (PULLED[table].empty() if frame is None else frame).lazy()


def _in_memory(
    tables: Mapping[str, pl.DataFrame], policy: Policy, sources: Mapping[str, Source]
) -> Scored:
    part = _Passing(tables)
    scores = engine.score_part(part, policy)
    return Scored(
        tables=Tables(
            meetings=tables["meetings"],
            sessions=tables["sessions"],
            ratings=tables["ratings"],
            shares=tables["shares"],
            rejects=tables["rejects"],
            participant_scores=scores["participant_scores"],
            meeting_scores=scores["meeting_scores"],
            flags=scores["flags"],
            minute_scores=scores["minute_scores"].lazy(),
            devices=part.scan("devices"),
        ),
        streams=part.scan("streams"),
        devices=part.scan("devices"),
        parts=[part],
        listed=1,
        incomplete={},
        sources=sources,
    )
