"""What came and what did not: every thing that could not be judged, counted with its reason.

Sums that hold whatever the tables hold:

- listed = whole + incomplete, and listed = scored + the gaps of unit `meetings`;
- connections = scored + the gaps of unit `connections`;
- present minutes = scored + the gaps of unit `participant-minutes`.
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
        *connection_gaps(connections.filter(~pl.col("judged"))),
        *minute_gaps(connections, minute_scores),
        *quality_gaps(connections, minute_scores),
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
        located=_located(connections, listed=sites_listed),
        gaps=gaps,
        rejects=reject_rows(rejects),
    )


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


def connection_gaps(unjudged: pl.DataFrame, asked: str | None = None) -> list[Gap]:
    """Connections that were not judged, by why: rows of `diagnosis.connections`.

    With `asked`, only the data of this user id was asked for.
    """
    why = (
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
    return _gaps("connections", _counts(unjudged, why))


def minute_gaps(connections: pl.DataFrame, minute_scores: pl.LazyFrame) -> list[Gap]:
    """Minutes that were sampled and not scored, by why."""
    reasons = (
        minute_scores.filter(pl.col("score").is_null())
        .join(connections.lazy().select("session_id"), on="session_id", how="semi")
        .group_by(why=pl.col("unscored_reason"))
        .agg(count=pl.len())
        .collect()
    )
    counts = {why: count for why, count in reasons.iter_rows() if why is not None}
    minutes = connections.select(pl.col("present_minutes", "scored_minutes").sum())
    present, scored = minutes.row(0)
    counts[NOTHING_SCORED] = present - scored - sum(counts.values())
    return _gaps("participant-minutes", counts)


def quality_gaps(connections: pl.DataFrame, minute_scores: pl.LazyFrame) -> list[Gap]:
    """Values outside the policy's ranges, which scoring takes as missing."""
    outside = (
        minute_scores.join(connections.lazy().select("session_id"), on="session_id", how="semi")
        .select(pl.col("out_of_range_samples").sum())
        .collect()
        .item()
    )
    return _gaps("values", {OUT_OF_RANGE: outside})


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
