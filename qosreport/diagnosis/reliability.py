"""Whether people stayed in their meetings: drops, returns, and the minutes lost between.

Counted by person and meeting, whatever number of joins and devices that took. Rules:
docs/scoring.md, "Reliability".
"""

from typing import get_args

import polars as pl

from qosreport.diagnosis import leaving

REASONS: tuple[str, ...] = get_args(leaving.Leave)
"""Why joins ended."""
NOTICED_S = 120
"""So long Zoom may take to notice that a connection is lost: who joins again meanwhile is back."""
WHO = ("meeting_uuid", "person_key")
_RETURNS = ("rejoins", "returns", "moves", "second_devices", "lost_s")


def stays(sessions: pl.DataFrame) -> pl.DataFrame:
    """Everybody's stay in every meeting: joins, rejoins and second devices of one person as one.

    Args:
        sessions: The table, or `connections` of it: `meeting_uuid`, `person_key`, `join_time`,
            `leave_time`, `leave_reason`, `breakout_id`.

    Returns:
        One row per meeting and person, in no order: `joins`; `drops` (joins that ended by a lost
        connection); `rejoins` (returns after one), `lost_s` (seconds away between: none where the
        person was back, or there on another device, before Zoom noticed); `returns` (after any
        other leave); `moves` (to or from a breakout room); `second_devices` (joins while there);
        `missing` (joins without a reason for their end); `gone` (the last thing known is a drop);
        `known` (every join has a reason, or one was a drop), `dropped` (known, with a drop).
    """
    rows = _with_kind(sessions).with_columns(
        drops=pl.col("kind") == "lost", missing=pl.col("kind") == "missing", alone=_alone()
    )
    # Nearly everybody joins once.
    once = rows.filter("alone").select(
        *WHO,
        *(pl.col(name).cast(pl.Int64) for name in ("drops", "missing")),
        **{name: pl.lit(0, pl.Int64) for name in _RETURNS},
        joins=pl.lit(1, pl.Int64),
        gone="drops",
    )
    dropped = pl.col("drops") > 0
    return pl.concat([once, _rejoined(rows.filter(~pl.col("alone")))], how="diagonal").with_columns(
        known=dropped | (pl.col("missing") == 0), dropped=dropped
    )


def _alone() -> pl.Expr:
    return pl.len().over(WHO) == 1


def _with_kind(sessions: pl.DataFrame) -> pl.DataFrame:
    """Joins with Zoom's words for their end as one of `REASONS`."""
    reasons = sessions["leave_reason"].unique().to_list()
    kinds = {reason: leaving.kind_of(reason) for reason in reasons}
    kind = pl.col("leave_reason").replace_strict(kinds, return_dtype=pl.String)
    return sessions.select(*WHO, "join_time", "leave_time", "breakout_id", kind=kind)


def _rejoined(rows: pl.DataFrame) -> pl.DataFrame:
    """Stays of several joins."""
    after_drop = pl.col("back") & pl.col("after_drop")
    other = pl.col("back") & ~pl.col("after_drop")
    return (
        _in_order(rows)
        .with_columns(
            rejoins=after_drop,
            returns=other & ~pl.col("move"),
            moves=other & pl.col("move"),
            second_devices=pl.col("again") & ~pl.col("back"),
            lost_s=pl.when(after_drop).then("away_s"),
        )
        .group_by(WHO)
        .agg(
            pl.col("drops", "missing", *_RETURNS).sum().cast(pl.Int64),
            joins=pl.len().cast(pl.Int64),
            gone=pl.col("code").max() // 2 % 2 == 1,
        )
    )


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Joins by person and time, each with what went before it."""
    # When and how the latest end so far was, in one number: a second device may outlast the first.
    end = pl.coalesce("leave_time", "join_time").dt.epoch("us")
    room, lost = pl.col("breakout_id").is_not_null(), pl.col("kind") == "lost"
    rows = rows.sort(*WHO, "join_time", "leave_time", "kind", nulls_last=True).with_columns(
        code=end * 4 + lost.cast(pl.Int64) * 2 + room.cast(pl.Int64)
    )
    gap_s = (pl.col("join_time").dt.epoch("us") - pl.col("before") // 4) / 1_000_000
    noticed = pl.col("gap_s") >= -NOTICED_S
    overlapping_drop = (lost.shift(1).over(WHO) & noticed).fill_null(value=False)
    return (
        rows.with_columns(before=pl.col("code").cum_max().shift(1).over(WHO))
        .with_columns(again=pl.col("before").is_not_null(), gap_s=gap_s)
        .with_columns(away=(pl.col("gap_s") > 0).fill_null(value=False))
        .with_columns(
            back=pl.col("again") & (pl.col("away") | overlapping_drop),
            after_drop=pl.when("away")
            .then(pl.col("before") // 2 % 2 == 1)
            .otherwise(overlapping_drop)
            .fill_null(value=False),
            move=(room | (pl.col("before") % 2 == 1)).fill_null(value=False),
            away_s=pl.col("gap_s").clip(0).fill_null(0).round().cast(pl.Int64),
        )
    )


def absences(sessions: pl.DataFrame) -> pl.Series:
    """Seconds away after each drop that somebody came back from, in order."""
    rows = _with_kind(sessions).filter(~_alone())
    return _in_order(rows).filter("back", "after_drop")["away_s"].sort()


def reasons(sessions: pl.DataFrame) -> pl.DataFrame:
    """One row per kind of `REASONS`, in that order: `kind`, `joins` that ended by it."""
    counts = _with_kind(sessions).group_by("kind").agg(joins=pl.len().cast(pl.Int64))
    every = pl.DataFrame({"kind": REASONS})
    return every.join(counts, on="kind", how="left", maintain_order="left").with_columns(
        pl.col("joins").fill_null(0)
    )


def by_meeting(stays: pl.DataFrame) -> pl.DataFrame:
    """Meetings by drops: one row each with a drop, most drops first.

    Columns `meeting_uuid`, `people`, `known`, `dropped` (people), `drops`, `rejoins`, `gone`,
    `lost_s`.
    """
    return _ranked(stays, "meeting_uuid", people=pl.len().cast(pl.Int64))


def by_person(stays: pl.DataFrame) -> pl.DataFrame:
    """People by drops: as `by_meeting`, `meetings` instead of `people`."""
    return _ranked(stays, "person_key", meetings=pl.len().cast(pl.Int64))


def without_reasons(stays: pl.DataFrame) -> pl.DataFrame:
    """Meetings with joins without a reason, most first: `meeting_uuid`, `joins`, `missing`."""
    return (
        stays.group_by("meeting_uuid")
        .agg(pl.col("joins", "missing").sum())
        .filter(pl.col("missing") > 0)
        .sort("missing", "meeting_uuid", descending=[True, False])
    )


def _ranked(stays: pl.DataFrame, by: str, **size: pl.Expr) -> pl.DataFrame:
    sums = ("drops", "rejoins", "lost_s")
    return (
        stays.group_by(by)
        .agg(
            **size,
            **{name: pl.col(name).sum().cast(pl.Int64) for name in ("known", "dropped", "gone")},
            **{name: pl.col(name).sum() for name in sums},
        )
        .filter(pl.col("drops") > 0)
        .sort("drops", "dropped", "lost_s", by, descending=[True, True, True, False])
    )
