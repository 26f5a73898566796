"""QoS summaries → participants, where Zoom gave no per-minute data."""

import datetime as dt

import polars as pl

from qosreport.scoring import participants
from qosreport.scoring.keys import with_absent
from qosreport.scoring.minutes import finish_minutes, worst_of_minutes
from qosreport.scoring.participants import NO_DATA, VERDICTS
from qosreport.scoring.policy import Policy
from qosreport.scoring.streams import score_streams
from qosreport.tables import BAND, INSTANT, PARTICIPANT_SCORES, SESSIONS, SUMMARIES

PERSON = ("meeting_uuid", "user_id")
"""What identifies a summary: it covers all of a person's joins of a meeting."""

_MEASURES = {
    "bitrate_kbps": "avg_bitrate_kbps",
    "latency_ms": "avg_latency_ms",
    "jitter_ms": "avg_jitter_ms",
    "avg_loss_pct": "avg_loss_pct",
    "max_loss_pct": "max_loss_pct",
    "frame_rate_fps": "avg_frame_rate_fps",
}
_ANY_INSTANT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def score_summaries(
    summaries: pl.LazyFrame | pl.DataFrame,
    sessions: pl.LazyFrame | pl.DataFrame,
    policy: Policy,
) -> pl.LazyFrame:
    """Judge people by the averages of a whole meeting, by the same formulas.

    Args:
        summaries: The `summaries` table.
        sessions: The `sessions` table.
        policy: The rules; directions by its map for `qss_meeting`.

    Returns:
        Rows of the `participant_scores` table with basis summary, sorted by session: one for each
        session whose person has a summary and no per-minute data in any session of that meeting.
        There are no minutes, so no share, run or window: the band is that of the score itself.
    """
    people = _people(with_absent(summaries.lazy(), SUMMARIES), policy)
    rows = with_absent(sessions.lazy(), SESSIONS)
    # A summary covers all joins; beside per-minute data of one of them it would count twice.
    with_minutes = rows.filter("has_qos").select(PERSON).unique()
    found = (
        rows.join(with_minutes, on=PERSON, how="anti")
        .select(c.name for c in PARTICIPANT_SCORES.columns[:4])
        .join(people, on=PERSON, how="inner")
    )
    return without_minutes(found).select(PARTICIPANT_SCORES.schema.names()).sort("session_id")


def without_minutes(sessions: pl.LazyFrame) -> pl.LazyFrame:
    """Sessions with some columns of participant_scores → all of them, as of one without minutes.

    Counts are 0, lists empty, bands Unscored for want of data, the rest null.
    """
    names = set(sessions.collect_schema().names())
    absent = [c for c in PARTICIPANT_SCORES.columns if c.name not in names]
    return sessions.with_columns(_default(c.name, c.dtype).alias(c.name) for c in absent)


def _default(name: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if name == "basis":
        return pl.lit("minutes", dtype)
    if name.endswith("reasons"):
        return pl.lit([NO_DATA], dtype)
    if name.endswith("band"):
        return pl.lit("Unscored", dtype)
    if dtype == pl.Int64:
        return pl.lit(0, dtype)
    return pl.lit([], dtype) if name == "cpu_flags" else pl.lit(None, dtype)


def _people(summaries: pl.LazyFrame, policy: Policy) -> pl.LazyFrame:
    """One row per person: score, bands and reasons of the worst stream."""
    streams = summaries.select(
        *PERSON,
        pl.lit(_ANY_INSTANT, INSTANT).alias("sampled_at"),
        *("medium", "flow", "leg", "height_px"),
        *(pl.col(column).alias(measure) for measure, column in _MEASURES.items()),
    )
    scored = score_streams(streams, policy, feed="qss_meeting")
    people = finish_minutes(worst_of_minutes(scored, None, policy, PERSON), policy, PERSON)
    scores = [pl.col(v.score).alias(f"{v.prefix}pooled_score") for v in VERDICTS]
    people = people.select(
        *PERSON,
        pl.lit("summary", PARTICIPANT_SCORES.schema["basis"]).alias("basis"),
        *scores,
        *("limiting_stream", "limiting_reason", "limiting_direction"),
    )
    for verdict in VERDICTS:
        people = _with_verdict(people, policy, verdict.prefix)
    return people


def _with_verdict(people: pl.LazyFrame, policy: Policy, prefix: str) -> pl.LazyFrame:
    score = pl.col(f"{prefix}pooled_score")
    rules = participants.by_pooled_score(policy, prefix)
    band = pl.lit("Good", BAND)
    for name, _, broken in rules:
        band = pl.when(broken).then(pl.lit(name, BAND)).otherwise(band)
    texts = [pl.when(broken).then(pl.lit(text)) for _, text, broken in rules]
    none = pl.when(score.is_null()).then(pl.lit(NO_DATA))
    return people.with_columns(
        pl.when(score.is_null()).then(pl.lit("Unscored", BAND)).otherwise(band)
        .alias(f"{prefix}band"),
        pl.concat_list(none, *texts).list.drop_nulls().alias(f"{prefix}reasons"),
    )  # fmt: skip
