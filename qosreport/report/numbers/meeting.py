"""From the scores of meetings to their result documents."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from qosreport.diagnosis.connections import connections, most_common
from qosreport.report.numbers import timeline
from qosreport.report.numbers.causes import WhyHere
from qosreport.report.numbers.coverage import gaps_by, reject_rows
from qosreport.report.numbers.facts import Tables
from qosreport.report.numbers.method import method
from qosreport.report.numbers.participants import Listing, participants
from qosreport.report.numbers.parts import (
    LedgerCounts,
    Row,
    flags_by_owner,
    provenance,
    rounded,
)
from qosreport.report.refs import meeting_ref, session_ref
from qosreport.report.result import (
    BandCounts,
    Bin,
    Gap,
    Head,
    MeetingResult,
    Participant,
    Rating,
    ShareSpan,
)
from qosreport.scoring import Policy
from qosreport.tables import BAND


@dataclass(frozen=True)
class Rules:
    """What is the same for all meetings."""

    policy: Policy
    """By which the scores were made."""
    zone: str
    """Time zone of the date at the head."""
    organisation: str
    """Whose data."""
    live: bool = False
    """A snapshot of a running meeting."""
    only_participant: str | None = None
    """User id of the one participant whose QoS was pulled."""


def build_meeting(
    meeting_uuid: str,
    tables: Tables,
    measured: pl.DataFrame,
    rules: Rules,
    *,
    ledger: LedgerCounts,
    why: WhyHere | None = None,
) -> MeetingResult:
    """The result document of one instance of a meeting or webinar, as from `build_meetings`.

    Raises:
        KeyError: No such meeting in the table.
    """
    (result,) = build_meetings(tables, measured, rules, {meeting_uuid: ledger}, {meeting_uuid: why})
    return result


def build_meetings(
    tables: Tables,
    measured: pl.DataFrame,
    rules: Rules,
    ledgers: Mapping[str, LedgerCounts],
    whys: Mapping[str, WhyHere | None],
) -> Iterator[MeetingResult]:
    """The result documents of instances of meetings or webinars: one for each of `ledgers`.

    What can be counted is counted for all at once: a document takes many small sums.

    Args:
        tables: May hold other meetings, too; they are left out.
        measured: As from `timeline.measures`; likewise.
        rules: What is the same for all.
        ledgers: By UUID, what its tables rest on; `listed` and `incomplete` are not used.
        whys: By UUID, the causes of the meeting; None where nobody asked.

    Raises:
        KeyError: One of them is not in the table of meetings.
    """
    own = pl.col("meeting_uuid").is_in([*ledgers])
    frames = {
        name: getattr(tables, name).filter(own)
        for name in ("meetings", "sessions", "shares", "ratings", "rejects")
    }
    counted = _counted(replace(tables, **frames), measured, rules)
    by_rules = method(rules.policy)
    for uuid, ledger in ledgers.items():
        why = whys[uuid]
        yield MeetingResult(
            **_facts(uuid, counted, rules),
            live=rules.live,
            explained=why.explained if why else None,
            findings=why.findings if why else [],
            method=by_rules,
            provenance=provenance(ledger),
        )


@dataclass(frozen=True)
class _Counted:
    """What is known of the meetings, each by UUID; where nothing is known there is no entry."""

    meetings: Mapping[str, Row]
    """With their scores."""
    clocks: timeline.Clocks
    totals: Mapping[str, Row]
    """Of their connections."""
    asked: Mapping[str, str]
    """The reference of the first connection of the one participant whose QoS was pulled."""
    shown: Mapping[str, int]
    """How many minutes are in the lists, of all connections together …"""
    sampled: Mapping[str, int]
    """… and how many there are."""
    people_poor: Mapping[str, list[Bin]]
    participants: Mapping[str, list[Participant]]
    shares: Mapping[str, list[ShareSpan]]
    ratings: Mapping[str, list[Rating]]
    gaps: Mapping[str, list[Gap]]
    rejects: Mapping[str, pl.DataFrame]


def _counted(tables: Tables, measured: pl.DataFrame, rules: Rules) -> _Counted:
    """Of tables that hold no other meetings but in their scores."""
    policy = rules.policy
    joined = connections(tables.sessions, tables.participant_scores, zone=rules.zone)
    whose = joined.select("session_id", "meeting_uuid")
    minutes = tables.minute_scores.select(_MINUTES).join(whose.lazy(), on="session_id").collect()
    meetings = _with_scores(tables.meetings, tables.meeting_scores)
    clocks = _clocks(meetings, joined, minutes)
    spans = timeline.spans(whose, clocks)
    verdicts = timeline.verdicts(minutes, spans, policy)
    topics = {uuid: row["topic"] for uuid, row in meetings.items()}
    owners = whose.select("session_id", owner="session_id")
    listing = Listing(
        connections=joined,
        clocks=clocks,
        bands=timeline.band_lists(verdicts, clocks),
        series=timeline.series(measured, spans, clocks),
        flags=flags_by_owner(tables.flags, owners, topics),
        policy=policy,
    )
    judged = pl.col("band") != "Unscored"
    of = pl.col("meeting_uuid")
    return _Counted(
        meetings=meetings,
        clocks=clocks,
        totals=_totals(joined),
        asked=_first_joins(joined, rules.only_participant),
        shown=_sizes(verdicts),
        sampled=_sizes(minutes),
        people_poor=timeline.crowd(verdicts, joined, clocks, policy),
        participants=participants(listing),
        shares=_shares(tables.shares, joined),
        ratings=_ratings(tables.ratings, joined),
        gaps=gaps_by(of, joined, minutes.lazy(), judged, rules.only_participant),
        rejects=_by_meeting(tables.rejects),
    )


def _facts(uuid: str, counted: _Counted, rules: Rules) -> dict[str, Any]:
    """What the document says of one meeting."""
    meeting, clock = counted.meetings[uuid], counted.clocks[uuid]
    totals = counted.totals.get(uuid, NOBODY)
    rejects = counted.rejects.get(uuid)
    return {
        "head": _head(meeting, clock, rules),
        "only_participant": counted.asked.get(uuid),
        **_identity(meeting),
        "first_minute": clock.first,
        "minutes": clock.minutes,
        "minutes_not_shown": counted.sampled.get(uuid, 0) - counted.shown.get(uuid, 0),
        **_verdict(meeting),
        **{name: totals[name] for name in _TOTALS},
        "connections_by_band": BandCounts(**{band: totals[band] for band in _BANDS}),
        "people_poor": counted.people_poor[uuid],
        "widespread_minutes": meeting["widespread_minutes"],
        "participants": counted.participants.get(uuid, []),
        "shares": counted.shares.get(uuid, []),
        "ratings": counted.ratings.get(uuid, []),
        "gaps": counted.gaps.get(uuid, []),
        "rejects": [] if rejects is None else reject_rows(rejects),
    }


_MINUTES = (
    "session_id", "minute", "score", "net_score", "band", "unscored_reason", "out_of_range_samples",
)  # fmt: skip
_TOTALS = ("connections", "people", "scored_minutes", "poor_minutes", "harmed_minutes")
_BANDS = tuple(BandCounts.model_fields)
NOBODY = dict.fromkeys((*_TOTALS, *_BANDS), 0)


def _totals(joined: pl.DataFrame) -> dict[str, Row]:
    """What adds up over the connections of a meeting."""
    found = joined.group_by("meeting_uuid").agg(
        pl.col("scored_minutes", "poor_minutes", "harmed_minutes").sum(),
        *((pl.col("band") == band.title()).sum().alias(band) for band in _BANDS),
        connections=pl.len(),
        people=pl.col("person_key").n_unique(),
    )
    return {row["meeting_uuid"]: row for row in found.iter_rows(named=True)}


def _by_meeting(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    parts = rows.partition_by("meeting_uuid", as_dict=True)
    return {uuid: own for (uuid,), own in parts.items()}


def _sizes(rows: pl.DataFrame) -> dict[str, int]:
    """How many rows each meeting has."""
    return dict(rows.group_by("meeting_uuid").agg(pl.len()).iter_rows())


def _with_scores(meetings: pl.DataFrame, scores: pl.DataFrame) -> dict[str, Row]:
    """The meetings with their scores; Unscored with nothing counted if they have none."""
    counts = ("classified", "affected", "net_affected")
    filled = meetings.join(scores, on="meeting_uuid", how="left").with_columns(
        pl.col("band").fill_null(pl.lit("Unscored", dtype=BAND)), pl.col(counts).fill_null(0)
    )
    return {row["meeting_uuid"]: row for row in filled.iter_rows(named=True)}


def _clocks(
    meetings: Mapping[str, Row], joined: pl.DataFrame, minutes: pl.DataFrame
) -> dict[str, timeline.Clock]:
    """The minutes from the first to the last thing known of each meeting."""
    stays = joined.select("meeting_uuid", first="join_time", last="leave_time")
    sampled = minutes.select(
        "meeting_uuid", first="minute", last=pl.col("minute") + pl.duration(minutes=1)
    )
    spans = (
        pl.concat([stays, sampled], how="vertical_relaxed")
        .group_by("meeting_uuid")
        .agg(pl.col("first").min(), pl.col("last").max())
    )
    known = {uuid: span for uuid, *span in spans.iter_rows()}
    return {
        uuid: timeline.clock(
            [row["start_time"], row["end_time"], *known.get(uuid, [])], fallback=row["pulled_at"]
        )
        for uuid, row in meetings.items()
    }


def _head(meeting: Row, clock: timeline.Clock, rules: Rules) -> Head:
    start = meeting["start_time"] or clock.first
    end = meeting["end_time"] or clock.first + dt.timedelta(minutes=clock.minutes)
    return Head(
        organisation=rules.organisation,
        label=str(start.astimezone(ZoneInfo(rules.zone)).date()),
        start=start,
        end=end,
        zone=rules.zone,
        hours=round((end - start) / dt.timedelta(hours=1), 6),
        to_date=rules.live,
    )


def _identity(meeting: Row) -> dict[str, Any]:
    """What Zoom says of the meeting."""
    return {
        "ref": meeting_ref(meeting["meeting_uuid"]),
        "meeting_id": meeting["meeting_id"],
        "meeting_kind": meeting["kind"],
        "topic": meeting["topic"],
        "host": meeting["host_name"],
        "department": meeting["department"],
        "completeness": meeting["completeness"],
        "completeness_reason": meeting["completeness_reason"],
        "zoom_audio": meeting["zoom_audio_quality"],
        "zoom_video": meeting["zoom_video_quality"],
        "zoom_share": meeting["zoom_share_quality"],
    }


def _verdict(meeting: Row) -> dict[str, Any]:
    """What scoring says of the meeting."""
    names = ("band", "classified", "affected", "net_affected")
    return {"score": rounded(meeting["score"]), **{name: meeting[name] for name in names}}


def _first_joins(joined: pl.DataFrame, user_id: str | None) -> dict[str, str]:
    """By meeting the reference of a person's first connection, where that person is."""
    if user_id is None:
        return {}
    own = joined.filter(user_id=user_id).sort("join_time", "session_id", descending=True)
    pairs = own.select("meeting_uuid", "session_id")
    return {uuid: session_ref(key) for uuid, key in pairs.iter_rows()}


def _shares(shares: pl.DataFrame, joined: pl.DataFrame) -> dict[str, list[ShareSpan]]:
    """In order of start."""
    who = ["meeting_uuid", "user_id"]
    sharers = most_common(joined.drop_nulls("name"), who, ["name"])
    rows = (
        shares.join(sharers, on=who, how="left")
        .select("meeting_uuid", "name", "content", start="start_time", end="end_time")
        .sort("start", "end", "content", "name", nulls_last=True)
    )
    found: dict[str, list[ShareSpan]] = {}
    for uuid, name, content, start, end in rows.iter_rows():
        one = ShareSpan(name=name, content=content, start=start, end=end)
        found.setdefault(uuid, []).append(one)
    return found


def _ratings(ratings: pl.DataFrame, joined: pl.DataFrame) -> dict[str, list[Rating]]:
    """In order of time, named by account or by address; ratings without a verdict say nothing."""
    named = joined.drop_nulls("name")
    by_account = ["meeting_uuid", "person_key"]
    by_email = ["meeting_uuid", "email"]
    accounts = most_common(named, by_account, ["name"]).select(*by_account, account="name")
    addresses = most_common(named.drop_nulls("email"), by_email, ["name"]).select(
        *by_email, mail="name"
    )
    rows = (
        ratings.drop_nulls("rating")
        .with_columns(pl.col("email").str.to_lowercase(), person_key="account_user_id")
        .join(accounts, on=by_account, how="left")
        .join(addresses, on=by_email, how="left")
        .select(
            "meeting_uuid", "rating", "comment", "rated_at", name=pl.coalesce("account", "mail")
        )
        .sort("rated_at", "name", "rating", "comment", nulls_last=True)
    )
    found: dict[str, list[Rating]] = {}
    for uuid, rating, comment, at, name in rows.iter_rows():
        one = Rating(name=name, rating=rating, at=at, comment=comment)
        found.setdefault(uuid, []).append(one)
    return found
