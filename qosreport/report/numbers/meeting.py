"""From the scores of one meeting to its result document."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from qosreport.diagnosis.connections import connections, most_common
from qosreport.report.numbers import timeline
from qosreport.report.numbers.causes import WhyHere
from qosreport.report.numbers.coverage import (
    connection_gaps,
    minute_gaps,
    quality_gaps,
    reject_rows,
)
from qosreport.report.numbers.method import method
from qosreport.report.numbers.participants import Listing, participants
from qosreport.report.numbers.parts import (
    LedgerCounts,
    Row,
    band_counts,
    flags_by_owner,
    provenance,
    rounded,
)
from qosreport.report.refs import meeting_ref, session_ref
from qosreport.report.result import Head, MeetingResult, Rating, ShareSpan
from qosreport.scoring import Policy
from qosreport.tables import BAND


def build_meeting(
    meeting_uuid: str,
    *,
    meetings: pl.DataFrame,
    sessions: pl.DataFrame,
    scored_streams: pl.LazyFrame,
    devices: pl.DataFrame | pl.LazyFrame,
    minute_scores: pl.DataFrame | pl.LazyFrame,
    participant_scores: pl.DataFrame,
    meeting_scores: pl.DataFrame,
    flags: pl.DataFrame,
    shares: pl.DataFrame,
    ratings: pl.DataFrame,
    rejects: pl.DataFrame,
    policy: Policy,
    zone: str,
    organisation: str,
    ledger: LedgerCounts,
    live: bool = False,
    only_participant: str | None = None,
    why: WhyHere | None = None,
) -> MeetingResult:
    """The result document of one instance of a meeting or webinar.

    Every frame may hold other meetings, too; they are left out.

    Args:
        meeting_uuid: Which instance.
        meetings: The table, as are all further frames but `scored_streams`.
        sessions: Joins.
        scored_streams: The streams table as from `scoring.score_streams`.
        devices: Processor use.
        minute_scores: By session and minute.
        participant_scores: By session.
        meeting_scores: By meeting.
        flags: By session.
        shares: Content shares; may be empty.
        ratings: Satisfaction ratings; may be empty.
        rejects: Values that could not be read.
        policy: The policy the scores were made by.
        zone: Time zone of the date at the head.
        organisation: Whose data.
        ledger: What the tables rest on; `listed` and `incomplete` are not used.
        live: A snapshot of a running meeting.
        only_participant: User id of the one participant whose QoS was pulled.
        why: The causes of the meeting; None where nobody asked.

    Raises:
        KeyError: No such meeting in the table.
    """
    mine = pl.col("meeting_uuid") == meeting_uuid
    meeting = _the_meeting(meetings.filter(mine), meeting_scores)
    joined = connections(sessions.filter(mine), participant_scores, zone=zone)
    minutes = _of(minute_scores, joined)
    streams = _of(scored_streams.select(timeline.COLUMNS), joined)
    clock = _clock(meeting, joined, minutes)
    verdicts = timeline.verdicts(minutes, clock, policy)
    measured = timeline.measures(streams, _of(devices, joined), clock, policy)
    people = Listing(
        connections=joined,
        bands=timeline.band_lists(verdicts, joined["session_id"], clock),
        series=timeline.series(measured, clock),
        flags=flags_by_owner(flags, _themselves(joined), {meeting_uuid: meeting["topic"]}),
        policy=policy,
    )
    return MeetingResult(
        head=_head(meeting, clock, zone, organisation, live=live),
        live=live,
        only_participant=_first_join(joined, only_participant),
        **_identity(meeting),
        first_minute=clock.first,
        minutes=clock.minutes,
        minutes_not_shown=minutes.height - verdicts.height,
        **_verdict(meeting),
        connections=joined.height,
        people=joined["person_key"].n_unique(),
        scored_minutes=joined["scored_minutes"].sum(),
        poor_minutes=joined["poor_minutes"].sum(),
        harmed_minutes=joined["harmed_minutes"].sum(),
        connections_by_band=band_counts(joined["band"]),
        people_poor=timeline.crowd(verdicts, clock, policy),
        widespread_minutes=meeting["widespread_minutes"],
        explained=why.explained if why else None,
        findings=why.findings if why else [],
        participants=participants(people),
        shares=_shares(shares.filter(mine), joined),
        ratings=_ratings(ratings.filter(mine), joined),
        gaps=[
            *connection_gaps(joined.filter(pl.col("band") == "Unscored"), only_participant),
            *minute_gaps(joined, minutes.lazy()),
            *quality_gaps(joined, minutes.lazy()),
        ],
        rejects=reject_rows(rejects.filter(mine)),
        method=method(policy),
        provenance=provenance(ledger),
    )


def _of(rows: pl.DataFrame | pl.LazyFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """The rows of these connections."""
    return rows.lazy().join(joined.lazy(), on="session_id", how="semi").collect()


def _the_meeting(meetings: pl.DataFrame, scores: pl.DataFrame) -> Row:
    """The meeting with its scores; Unscored with nothing counted if it has none."""
    joined = meetings.join(scores, on="meeting_uuid", how="left")
    if joined.is_empty():
        raise KeyError("no such meeting in the table")
    counts = ("classified", "affected", "net_affected")
    filled = joined.with_columns(
        pl.col("band").fill_null(pl.lit("Unscored", dtype=BAND)), pl.col(counts).fill_null(0)
    )
    return filled.row(0, named=True)


def _clock(meeting: Row, joined: pl.DataFrame, minutes: pl.DataFrame) -> timeline.Clock:
    """The minutes from the first to the last thing known of the meeting."""
    stays = joined.select(pl.col("join_time").min(), pl.col("leave_time").max()).row(0)
    sampled = minutes.select(
        first=pl.col("minute").min(), last=pl.col("minute").max() + pl.duration(minutes=1)
    ).row(0)
    known = [meeting["start_time"], meeting["end_time"], *stays, *sampled]
    return timeline.clock(known, fallback=meeting["pulled_at"])


def _head(meeting: Row, clock: timeline.Clock, zone: str, organisation: str, *, live: bool) -> Head:
    start = meeting["start_time"] or clock.first
    end = meeting["end_time"] or clock.first + dt.timedelta(minutes=clock.minutes)
    return Head(
        organisation=organisation,
        label=str(start.astimezone(ZoneInfo(zone)).date()),
        start=start,
        end=end,
        zone=zone,
        hours=round((end - start) / dt.timedelta(hours=1), 6),
        to_date=live,
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


def _themselves(joined: pl.DataFrame) -> pl.DataFrame:
    return joined.select("session_id", owner="session_id")


def _first_join(joined: pl.DataFrame, user_id: str | None) -> str | None:
    """The reference of a person's first connection; of one who is not there, none."""
    if user_id is None:
        return None
    own = joined.filter(user_id=user_id).sort("join_time", "session_id")
    return None if own.is_empty() else session_ref(own["session_id"][0])


def _shares(shares: pl.DataFrame, joined: pl.DataFrame) -> list[ShareSpan]:
    """In order of start."""
    sharers = most_common(joined.drop_nulls("name"), "user_id", ["name"])
    rows = (
        shares.join(sharers, on="user_id", how="left")
        .select("name", "content", start="start_time", end="end_time")
        .sort("start", "end", "content", "name", nulls_last=True)
    )
    return [ShareSpan(**row) for row in rows.iter_rows(named=True)]


def _ratings(ratings: pl.DataFrame, joined: pl.DataFrame) -> list[Rating]:
    """In order of time, named by account or by address; ratings without a verdict say nothing."""
    named = joined.drop_nulls("name")
    by_account = most_common(named, "person_key", ["name"]).select("person_key", account="name")
    by_email = most_common(named.drop_nulls("email"), "email", ["name"]).select(
        "email", mail="name"
    )
    rows = (
        ratings.drop_nulls("rating")
        .with_columns(pl.col("email").str.to_lowercase())
        .join(by_account, left_on="account_user_id", right_on="person_key", how="left")
        .join(by_email, on="email", how="left")
        .select("rating", "comment", name=pl.coalesce("account", "mail"), at="rated_at")
        .sort("at", "name", "rating", "comment", nulls_last=True)
    )
    return [Rating(**row) for row in rows.iter_rows(named=True)]
