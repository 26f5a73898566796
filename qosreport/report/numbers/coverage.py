"""What came and what did not: every thing that could not be judged, counted with its reason.

Sums that hold whatever the tables hold:

- listed = whole + incomplete, and listed = scored + the gaps of unit `meetings`;
- connections = scored + the gaps of unit `connections`;
- present minutes = scored + the gaps of unit `participant-minutes`; beside them stand the silent
  minutes, of connections without a sample.
"""

from collections.abc import Mapping

import polars as pl

from qosreport.report.result import Coverage, Gap, Located, Reject

NO_QOS = "no_qos"
WITHOUT_QOS = "without_qos"
SUMMARY_ONLY = "summary_only"
NO_SCORED_MINUTE = "no_scored_minute"
NOT_ASKED = "not_asked"
TOO_FEW_SCORED_MINUTES = "too_few_scored_minutes"
NO_PARTICIPANTS = "no_participants"
NO_JUDGED_CONNECTION = "no_judged_connection"
NOT_ACCOUNTED = "not_accounted"
NOTHING_SCORED = "nothing_scored"
"""Minutes whose reason the scores do not tell."""
OUT_OF_RANGE = "out_of_range"
"""Samples of streams with values outside the policy's ranges; each sample counts once."""
WHOLE = pl.lit("")
"""For counting over all connections at once."""


def coverage(
    *,
    listed: int,
    incomplete: Mapping[str, int],
    meetings: pl.DataFrame,
    connections: pl.DataFrame,
    minute_scores: pl.LazyFrame,
    rejects: pl.DataFrame,
    sites_listed: bool = False,
) -> Coverage:
    """The coverage of a period.

    Args:
        listed: Meetings that Zoom named.
        incomplete: Of these, those not whole in the store, by reason.
        meetings: The whole ones, with the `band` of their score.
        connections: `diagnosis.connections` of these meetings.
        minute_scores: The table; minutes of other connections are left out.
        rejects: The table.
        sites_listed: Whether the settings name sites.

    Should the listing name fewer meetings than the tables hold, the tables are right; should it
    name more than is accounted for, the rest is a gap of its own.
    """
    missing = dict(incomplete)
    unaccounted = listed - meetings.height - sum(missing.values())
    if unaccounted > 0:
        missing[NOT_ACCOUNTED] = missing.get(NOT_ACCOUNTED, 0) + unaccounted
    lost = sum(missing.values())
    gaps = [
        *_gaps("meetings", missing),
        *_gaps("meetings", _unbanded(meetings, connections)),
        *gaps_by(WHOLE, connections, minute_scores, pl.col("judged")).get("", []),
    ]
    return Coverage(
        listed=meetings.height + lost,
        whole=meetings.height,
        incomplete=lost,
        no_qos=meetings.filter(pl.col("completeness") == "no_qos").height,
        scored=meetings.filter(pl.col("band") != "Unscored").height,
        connections=connections.height,
        connections_with_qos=connections.filter("has_qos").height,
        connections_scored=connections.filter("judged").height,
        present_minutes=connections["present_minutes"].sum(),
        scored_minutes=connections["scored_minutes"].sum(),
        silent_minutes=_silent_minutes(connections),
        located=_located(connections, listed=sites_listed),
        gaps=gaps,
        rejects=reject_rows(rejects),
    )


def _silent_minutes(connections: pl.DataFrame) -> int:
    """Presence by join and leave times, where no minute has a sample."""
    silent = connections.filter(pl.col("present_minutes") == 0)
    stayed = silent.select(pl.col("leave_time") - pl.col("join_time")).to_series()
    return round(stayed.dt.total_seconds().sum() / 60)


def _located(connections: pl.DataFrame, *, listed: bool) -> Located:
    placed = connections.filter(pl.any_horizontal(pl.col("site", "provider").is_not_null()))
    away = placed.filter(pl.col("site").is_null())
    return Located(
        at_sites=placed.height - away.height,
        away=away.height,
        unknown=connections.height - placed.height,
        addresses=placed["ip_address"].n_unique(),
        addresses_away=away["ip_address"].n_unique(),
        listed=listed,
    )


def gaps_by(
    of: pl.Expr,
    connections: pl.DataFrame,
    minute_scores: pl.LazyFrame,
    judged: pl.Expr,
    asked: str | None = None,
) -> dict[str, list[Gap]]:
    """What was not judged, by why, for each value of `of`; each unit's most first.

    Args:
        of: What stands in `connections`, as their meeting.
        connections: `diagnosis.connections`.
        minute_scores: The table; minutes of other connections are left out.
        judged: Which connections were.
        asked: If given, only the data of this user id was asked for.
    """
    unjudged = connections.filter(~judged).group_by(of=of, why=_why_unjudged(asked))
    minutes = _odd_minutes(connections, minute_scores, of)
    outside = minutes.group_by("of").agg(count=pl.col("outside").sum())
    counted = {
        "connections": unjudged.agg(count=pl.len()),
        "participant-minutes": _unscored(connections, minutes, of),
        "values": outside.select("of", why=pl.lit(OUT_OF_RANGE), count="count"),
    }
    found: dict[str, list[Gap]] = {}
    for unit, rows in counted.items():
        ordered = rows.filter(pl.col("count") != 0).sort("count", "why", descending=[True, False])
        for key, why, count in ordered.iter_rows():
            found.setdefault(key, []).append(Gap(unit=unit, reason=why, count=count))
    return found


def _why_unjudged(asked: str | None) -> pl.Expr:
    return (
        pl.when(pl.lit(asked is not None) & (pl.col("user_id") != (asked or "")))
        .then(pl.lit(NOT_ASKED))
        .when(pl.col("basis") == "summary")
        .then(pl.lit(SUMMARY_ONLY))
        .when(~pl.col("has_qos"))
        .then(pl.lit(WITHOUT_QOS))
        .when(pl.col("scored_minutes") == 0)
        .then(pl.lit(NO_SCORED_MINUTE))
        .otherwise(pl.lit(TOO_FEW_SCORED_MINUTES))
    )


def _odd_minutes(
    connections: pl.DataFrame, minute_scores: pl.LazyFrame, of: pl.Expr
) -> pl.DataFrame:
    """Minutes without a score or with values outside the policy's ranges, counted by why.

    The latter are taken as missing; `why` is null where there is a score, or nothing tells.
    """
    unscored = pl.col("score").is_null()
    return (
        minute_scores.filter(unscored | (pl.col("out_of_range_samples") > 0))
        .join(connections.lazy().select("session_id", of=of), on="session_id")
        .group_by("of", why=pl.when(unscored).then("unscored_reason"))
        .agg(count=pl.len().cast(pl.Int64), outside=pl.col("out_of_range_samples").sum())
        .collect()
    )


def _unscored(connections: pl.DataFrame, minutes: pl.DataFrame, of: pl.Expr) -> pl.DataFrame:
    """Minutes of presence that were not scored, by why."""
    known = minutes.drop_nulls("why").select("of", "why", "count")
    told = known.group_by("of").agg(told=pl.col("count").sum())
    unscored = pl.col("present_minutes").sum() - pl.col("scored_minutes").sum()
    rest = (
        connections.group_by(of=of)
        .agg(count=unscored)
        .join(told, on="of", how="left")
        .select(
            "of", why=pl.lit(NOTHING_SCORED), count=pl.col("count") - pl.col("told").fill_null(0)
        )
    )
    return pl.concat([known, rest], how="vertical_relaxed")


def reject_rows(rejects: pl.DataFrame) -> list[Reject]:
    """Values that could not be read, over all meetings, most first."""
    kind = ["field", "rule", "shape"]
    rows = (
        rejects.group_by(kind)
        .agg(pl.col("values").sum())
        .sort(["values", *kind], descending=[True, False, False, False])
    )
    return [Reject(**row) for row in rows.iter_rows(named=True)]


def _unbanded(meetings: pl.DataFrame, connections: pl.DataFrame) -> dict[str, int]:
    attended = pl.col("meeting_uuid").is_in(connections["meeting_uuid"].unique().implode())
    why = (
        pl.when(~attended)
        .then(pl.lit(NO_PARTICIPANTS))
        .when(pl.col("completeness") == "no_qos")
        .then(pl.lit(NO_QOS))
        .otherwise(pl.lit(NO_JUDGED_CONNECTION))
    )
    return _counts(meetings.filter(pl.col("band") == "Unscored"), why)


def _counts(rows: pl.DataFrame, why: pl.Expr) -> dict[str, int]:
    counted = rows.select(why=why).group_by("why").agg(count=pl.len())
    return dict(counted.iter_rows())


def _gaps(unit: str, counts: Mapping[str, int]) -> list[Gap]:
    """Most first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Gap(unit=unit, reason=why, count=count) for why, count in ordered if count]
