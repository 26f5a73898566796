"""Participants → meetings: decided by the share of people affected, not by a mean."""

import polars as pl

from qosreport.scoring.keys import MINUTE_NUMBER, minute_number, with_absent
from qosreport.scoring.policy import Policy
from qosreport.scoring.rounding import two_decimals
from qosreport.tables import BAND, MEETING_SCORES, PARTICIPANT_SCORES

LEAST_AFFECTED = 2
"""One person's trouble alone does not make a meeting Bad by its affected share."""

_SLACK = 1e-9


def score_meetings(
    participants: pl.LazyFrame | pl.DataFrame,
    policy: Policy,
    minutes: pl.LazyFrame | pl.DataFrame | None = None,
) -> pl.LazyFrame:
    """Judge each meeting by its participants.

    Args:
        participants: The `participant_scores` table, with `meeting_uuid`.
        policy: The rules.
        minutes: The `minute_scores` table of the same sessions, by `session_id`; without it,
            `widespread_minutes` is null.

    Returns:
        The `meeting_scores` table, sorted by meeting_uuid: one row per meeting in `participants`.
        Minutes are those of all sessions; the score and the band rest on classified sessions.
    """
    rows = with_absent(participants.lazy(), PARTICIPANT_SCORES)
    classified = pl.col("band") != pl.lit("Unscored", BAND)
    rows = rows.with_columns(classified.alias("__classified"))
    meetings = _with_band(rows.group_by("meeting_uuid").agg(_sums()), policy)
    if minutes is None:
        meetings = meetings.with_columns(pl.lit(None, pl.Int64).alias("widespread_minutes"))
    else:
        wide = _widespread(rows, minutes.lazy(), policy)
        meetings = meetings.join(wide, on="meeting_uuid", how="left").with_columns(
            pl.col("widespread_minutes").fill_null(0)
        )
    return meetings.select(c.name for c in MEETING_SCORES.columns).sort("meeting_uuid")


def _sums() -> list[pl.Expr]:
    classified = pl.col("__classified")
    affected = pl.lit(["Poor", "Bad"], pl.List(BAND))

    def many(condition: pl.Expr, name: str) -> pl.Expr:
        return condition.sum().cast(pl.Int64).alias(name)

    pooled = (pl.col("pooled_score") * 100.0).round().cast(pl.Int64).filter(classified)
    weight = pl.col("scored_minutes").filter(classified)
    return [
        pl.len().cast(pl.Int64).alias("sessions"),
        many(classified, "classified"),
        many(pl.col("band").is_in(affected), "affected"),
        many(pl.col("net_band").is_in(affected), "net_affected"),
        many(pl.col("band") == pl.lit("Bad", BAND), "__bad"),
        pl.col("scored_minutes").sum(),
        pl.col("poor_minutes").sum(),
        (pooled * weight).sum().alias("__weighted"),
        weight.sum().alias("__weight"),
        pooled.sum().alias("__plain"),
        pl.col("pooled_score").filter(classified).min().alias("worst_participant_score"),
    ]


def _with_band(meetings: pl.LazyFrame, policy: Policy) -> pl.LazyFrame:
    rules, good = policy.meeting, policy.edge("Good")
    of, affected, bad = pl.col("classified"), pl.col("affected"), pl.col("__bad")
    scored, poor = pl.col("scored_minutes"), pl.col("poor_minutes")

    def share(k: pl.Expr, n: pl.Expr, least: float) -> pl.Expr:
        return k >= n * float(least) - _SLACK

    # Summaries have no minutes; where a meeting has nothing else, its people count alike.
    by_minutes = pl.col("__weighted") / pl.col("__weight") / 100.0
    by_people = pl.col("__plain") / of / 100.0
    mean = pl.when(pl.col("__weight") > 0).then(by_minutes).otherwise(by_people)
    meetings = meetings.with_columns(pl.when(of > 0).then(two_decimals(mean)).alias("score"))
    is_bad = share(bad, of, rules.bad_affected) | (
        (affected >= LEAST_AFFECTED) & share(affected, of, rules.bad_affected)
    )
    is_fair = (
        (affected > 0)
        | (share(poor, scored, policy.participant.fair_poor_share) & (scored > 0))
        | (pl.col("score") < good)
    )
    band = pl.lit("Good", BAND)
    for hit, worse in (
        (is_fair, "Fair"),
        (share(affected, of, rules.poor_affected), "Poor"),
        (is_bad, "Bad"),
    ):
        band = pl.when(hit).then(pl.lit(worse, BAND)).otherwise(band)
    return meetings.with_columns(
        pl.when(of > 0).then(band).otherwise(pl.lit("Unscored", BAND)).alias("band"),
        pl.when(of > 0).then((affected * 100.0 / of).round(6)).alias("affected_pct"),
        pl.when(scored > 0).then((poor * 100.0 / scored).round(6)).alias("poor_minutes_pct"),
    )


def _widespread(sessions: pl.LazyFrame, minutes: pl.LazyFrame, policy: Policy) -> pl.LazyFrame:
    """Minutes in which enough people, and enough of those scored, were poor at once."""
    rules = policy.meeting
    # A number for each meeting: grouping by it is cheaper than by its name.
    place = sessions.select(
        "session_id", "meeting_uuid", pl.col("meeting_uuid").rank("dense").alias("__meeting")
    )
    where = ["__meeting", MINUTE_NUMBER]
    scored = minutes.select("session_id", "score", minute_number("minute"))
    many_poor = (
        scored.filter(pl.col("score") < policy.poor_score)
        .join(place, on="session_id", how="inner")
        .group_by(where)
        .agg(pl.len().cast(pl.Int64).alias("__poor"))
        .filter(pl.col("__poor") >= rules.widespread_min)
    )
    # Those scored are counted only in meetings that have such a minute at all.
    concerned = place.join(many_poor.select("__meeting").unique(), on="__meeting", how="semi")
    everyone = (
        scored.filter(pl.col("score").is_not_null())
        .join(concerned.select("session_id", "__meeting"), on="session_id", how="inner")
        .group_by(where)
        .agg(pl.len().cast(pl.Int64).alias("__scored"))
    )
    most = pl.col("__poor") >= pl.col("__scored") * float(rules.widespread_share) - _SLACK
    wide = (
        many_poor.join(everyone, on=where, how="inner")
        .filter(most)
        .group_by("__meeting")
        .agg(pl.len().cast(pl.Int64).alias("widespread_minutes"))
    )
    names = place.select("__meeting", "meeting_uuid").unique()
    return names.join(wide, on="__meeting", how="inner").drop("__meeting")
