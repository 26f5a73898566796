"""Trouble that no single minute shows: others in trouble around a time, or at an hour of the day.

Weak trouble leaves a person well in most minutes; and of a small group often one person alone is in
a call. Then the minutes around count, by blocks, and the hours at which the group is known to be
hit.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from qosreport.diagnosis.causes.rows import AT, BLOCK_MIN, REST_SHARE, around, without_worst

if TYPE_CHECKING:
    from qosreport.diagnosis.causes.groups import Asked

DAY_BLOCKS = 24 * 60 // BLOCK_MIN
BLOCK = (pl.col(AT) // BLOCK_MIN).alias("block")


@dataclass(frozen=True)
class Window:
    """Blocks that are looked at together, and what they must show."""

    block_min: int
    reach: int
    """Blocks on each side."""
    minutes: int
    """Poor minutes that put a person in trouble; who was there for fewer is not counted."""
    people: int
    """Others in trouble there must be …"""
    share: float
    """… and what share of the others."""


WINDOWS = (
    Window(BLOCK_MIN, reach=1, minutes=2, people=3, share=0.6),
    Window(3 * BLOCK_MIN, reach=4, minutes=3, people=2, share=0.6),
)
"""Half an hour, and four hours; the second not for data centres, whose people are too many."""
USUAL_BLOCKS = 6
"""How far from an hour at which a group was hit the same hour of any day reaches."""


NEAR_MIN = 5
FEW = 0.15
"""Share of the others within NEAR_MIN who are poor even in weak trouble."""


def troubled(asked: "Asked", rest: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Rows of `rest` around which enough other people of the group were in trouble."""
    people = _people(asked, window)
    by = ["group", "block"]
    places = people.group_by(*by, "place").agg(
        n=pl.len().cast(pl.Int64), k=pl.col("trouble").sum().cast(pl.Int64)
    )
    seen = people.filter(pl.col("poor") > 0).join(without_worst(places, by), on=by)
    others_k, others_n = pl.col("k") - pl.col("trouble"), pl.col("n") - 1
    bad = (others_k >= window.people) & (others_k >= window.share * others_n)
    if asked.kind.spread:
        bad &= (pl.col("rest_n") > 0) & (pl.col("rest_k") >= REST_SHARE * pl.col("rest_n"))
    key = ["group", "block", "person"]
    block = pl.col(AT) // window.block_min
    found = rest.with_columns(block=block).join(seen.filter(bad), on=key, how="semi").drop("block")
    return found.join(_contradicted(asked), on=["group", AT], how="anti")


def _contradicted(asked: "Asked") -> pl.DataFrame:
    """group, minute: around it nearly everybody else of the group was well after all."""
    sums = ["beside_n", "beside_k", "rest_n", "rest_k"]
    near = around(asked.minutes, ["group"], NEAR_MIN, sums)
    few = pl.col("beside_k") < FEW * pl.col("beside_n")
    if asked.kind.spread:
        few |= pl.col("rest_k") < FEW * pl.col("rest_n")
    return near.filter(few).select("group", AT)


def _people(asked: "Asked", window: Window) -> pl.DataFrame:
    """Per group, block and person: place, minutes present and poor around it, and if in trouble."""
    by = ["group", "block", "person"]
    coarse = pl.col("block") // (window.block_min // BLOCK_MIN)
    block = (pl.col(AT) // window.block_min).alias("block")
    there = asked.rows.blocks.join(asked.groups, on="spot")
    present = there.group_by("group", "person", block=coarse).agg(
        pl.col("place").min(), pl.col("present").sum()
    )
    poor = asked.mine.group_by("group", block, "person").agg(poor=pl.len().cast(pl.Int64))
    promising = _promising(present, poor, window)
    both = present.join(poor, on=by, how="left").with_columns(pl.col("poor").fill_null(0))
    return (
        _spread(both, window)
        .join(promising, on=["group", "block"], how="semi")
        .group_by(by)
        .agg(pl.col("place").min(), pl.col("present", "poor").sum())
        .filter(pl.col("present") >= window.minutes)
        .with_columns(trouble=pl.col("poor") >= window.minutes)
    )


def _promising(present: pl.DataFrame, poor: pl.DataFrame, window: Window) -> pl.DataFrame:
    """group, block: windows that may show enough; to look into all of them would cost much more.

    Who stayed long enough in the middle block alone is certainly counted in the window.
    """
    by = ["group", "block"]
    poor_long = pl.col("poor") >= window.minutes
    k = _spread(poor, window).group_by(*by, "person").agg(pl.col("poor").sum()).filter(poor_long)
    k = k.group_by(by).agg(k=pl.len().cast(pl.Int64))
    stayed = present.filter(pl.col("present") >= window.minutes)
    n = stayed.group_by(by).agg(n=pl.len().cast(pl.Int64))
    few_others = pl.col("n").fill_null(0) - 1
    return (
        k.join(n, on=by, how="left")
        .filter(pl.col("k") >= window.people, pl.col("k") >= window.share * few_others)
        .select(by)
    )


def _spread(blocks: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Each row once for every window in which its block lies."""
    shifts = list(range(-window.reach, window.reach + 1))
    copies = blocks.with_columns(shift=pl.lit(shifts, pl.List(pl.Int32))).explode("shift")
    return copies.with_columns(pl.col("block") + pl.col("shift")).drop("shift")


def usual_hours(
    asked: "Asked", found: pl.DataFrame, rest: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `rest` at hours of the day at which the group was hit, on any day of the period.

    Returns:
        Those whom nobody of the group beside contradicts, and those where one person does.
    """
    hour = (BLOCK % DAY_BLOCKS).alias("hour")
    shifts = list(range(-USUAL_BLOCKS, USUAL_BLOCKS + 1))
    usual = (
        found.select("group", hour, shift=pl.lit(shifts, pl.List(pl.Int32)))
        .unique()
        .explode("shift")
        .select("group", hour=(pl.col("hour") + pl.col("shift")) % DAY_BLOCKS)
        .unique()
    )
    well = asked.minutes.select("group", AT, well=pl.col("n") - pl.col("k"))
    seen = rest.with_columns(hour).join(usual, on=["group", "hour"]).drop("hour")
    seen = seen.join(well, on=["group", AT])
    alone, beside = (seen.filter(pl.col("well") == others).drop("well") for others in (0, 1))
    return alone.select(rest.columns), beside.select(rest.columns)
