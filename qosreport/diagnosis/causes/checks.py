"""Where a group is not to blame: others suffered as well, or only one meeting did."""

from typing import TYPE_CHECKING

import polars as pl

from qosreport.diagnosis.attribution import ELSEWHERE_SHARE, LEAST_GROUP
from qosreport.diagnosis.causes.rows import AT, around, without_worst

if TYPE_CHECKING:
    from qosreport.diagnosis.causes.groups import Asked

REACH_MIN = 5
SENDER_REACH_MIN = 10
LEAST_OUTSIDERS = 2
"""People of other groups who must be poor at once: one may have trouble of his own."""


def passed(asked: "Asked", found: pl.DataFrame) -> pl.DataFrame:
    """Rows of `found` for which the group is to blame after all."""
    found = found.join(_wider(asked, found), on=["group", "meeting", AT], how="anti")
    if not asked.kind.spread:
        return found
    found = found.join(_of_one_meeting(asked, found), on=["group", AT], how="anti")
    return found.join(_of_one_sender(asked, found), on=["group", AT], how="anti")


def _wider(asked: "Asked", found: pl.DataFrame) -> pl.DataFrame:
    """group, meeting, minute: people of other groups in the meeting suffered, too."""
    by = ["group", "meeting", AT]
    claimed = found.select(by).unique()
    k = asked.poor.group_by("meeting", AT).agg(all_k=pl.len().cast(pl.Int64))
    seen = (
        _people(asked, claimed)
        .join(k, on=["meeting", AT])
        .join(asked.rows.meetings, on=["meeting", AT])
        .select(*by, n=pl.col("people") - pl.col("n"), k=pl.col("all_k") - pl.col("k"))
    )
    near = around(seen, ["group", "meeting"], REACH_MIN, ["n", "k"], most=pl.col("k").max())
    many = pl.col("k") > ELSEWHERE_SHARE * pl.col("n")
    return near.filter(pl.col("most") >= LEAST_OUTSIDERS, many).select(by)


def _of_one_meeting(asked: "Asked", found: pl.DataFrame) -> pl.DataFrame:
    """group, minute: only one meeting suffered, though the group had people in others."""
    by = ["group", AT]
    rest = without_worst(_people(asked, found.select(by).unique()), by)
    near = around(rest, ["group"], REACH_MIN, ["rest_n", "rest_k"], most=pl.col("rest_n").max())
    few = pl.col("rest_k") <= ELSEWHERE_SHARE * pl.col("rest_n")
    return near.filter(pl.col("most") >= LEAST_GROUP, few).select(by)


def _of_one_sender(asked: "Asked", found: pl.DataFrame) -> pl.DataFrame:
    """group, minute: one meeting suffered, and one person in it sends poorly now and then."""
    by = ["group", AT]
    reach = list(range(-SENDER_REACH_MIN, SENDER_REACH_MIN + 1))
    senders = (
        asked.poor.filter("sent")
        .select("meeting", "member", AT, shift=pl.lit(reach, pl.List(pl.Int32)))
        .explode("shift")
        .group_by("meeting", pl.col(AT) + pl.col("shift"))
        .agg(senders=pl.col("member").n_unique())
    )
    meetings = found.group_by(by).agg(pl.col("meeting").min(), many=pl.col("meeting").n_unique())
    one = meetings.filter(pl.col("many") == 1).join(senders, on=["meeting", AT])
    return one.filter(pl.col("senders") == 1).select(by)


def _people(asked: "Asked", claimed: pl.DataFrame) -> pl.DataFrame:
    """group, meeting, minute, n, k: people of the group in each meeting of the claimed minutes."""
    by = ["group", "meeting", AT]
    when = claimed.drop("group").unique()
    there = asked.rows.members.join(when, on=when.columns, how="semi").join(asked.groups, on="spot")
    there = there.join(claimed, on=claimed.columns, how="semi")
    n = there.group_by(by).agg(n=pl.len().cast(pl.Int64))
    k = asked.mine.group_by(by).agg(k=pl.len().cast(pl.Int64))
    return n.join(k, on=by, how="left").with_columns(pl.col("k").fill_null(0))
