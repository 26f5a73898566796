"""What many people of one data centre, site or provider suffer at once.

Evidence is gathered over all meetings of the period. Minute by minute: of those beside a poor
person, how many were poor as well (here). For weak trouble and for people alone in a call: how many
others were in trouble around that time, or at that hour on other days (`windows`). It is dropped
where the trouble was wider than the group, or one meeting's own (`checks`).
"""

from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.attribution import ELSEWHERE_SHARE, LEAST_GROUP, LEAST_SITES
from qosreport.diagnosis.causes import checks, windows
from qosreport.diagnosis.causes.rows import AT, REST_SHARE, Rows, around, without_worst

AROUND_MIN = 2
"""Minutes on each side that are looked at together: weak trouble leaves some people well."""
LONG_MIN = 20
"""The same for two people, who must be poor and well together for longer."""
TOGETHER = 0.7
"""Share of those beside a poor person who must be poor, too: GROUP_SHARE, weak minutes included."""
PAIR_MINUTES = 5
"""Minutes that two people must be poor together."""


@dataclass(frozen=True)
class Kind:
    """One kind of group."""

    cause: str
    column: str
    wifi_only: bool = False
    spread: bool = False
    """Whether its people must be at several places, to be told from the trouble of one."""

    def groups(self, spots: pl.DataFrame) -> pl.DataFrame:
        """Which spots make which groups: spot, group, place."""
        mine = spots.filter("wifi") if self.wifi_only else spots
        named = mine.select("spot", group=self.column, place=pl.coalesce("site", "isp"))
        return named.drop_nulls("group")


@dataclass(frozen=True)
class Asked:
    """One kind of group and what is left to explain."""

    kind: Kind
    rows: Rows
    groups: pl.DataFrame
    """spot, group, place."""
    poor: pl.DataFrame
    """Members' minutes poor in the network and not explained yet."""
    mine: pl.DataFrame
    """Those of them by members of groups, with `group` and `place`."""
    minutes: pl.DataFrame
    """group, minute: n and k (people there and poor), the same elsewhere, of pairs (beside_), and
    without the worst place (rest_); places. Minutes with anybody poor; explained people are out."""


@dataclass(frozen=True)
class Found:
    """What the trouble of groups explains."""

    explained: pl.DataFrame
    """member, minute, `subject` (the group) and the evidence."""
    doubtful: pl.DataFrame
    """member, minute: it may be the group, and nothing narrower can be named."""


def explained(kind: Kind, rows: Rows, poor: pl.DataFrame, gone: pl.DataFrame) -> Found:
    """Members' poor minutes that the trouble of a group explains.

    Args:
        kind: Which groups.
        rows: The period.
        poor: Members' minutes poor in the network and not explained yet.
        gone: Those explained already.
    """
    if poor.is_empty():
        none = poor.select("member", AT)
        return Found(none.with_columns(subject=pl.lit("")), none)
    groups = kind.groups(rows.spots)
    mine = poor.join(groups, on="spot")
    asked = Asked(kind, rows, groups, poor, mine, _minutes(_counts(rows, poor, gone), groups))
    found = mine.join(_at_once(kind, asked.minutes), on=["group", AT], how="semi")
    for window in windows.WINDOWS[: 1 if kind.spread else None]:
        rest = mine.join(found, on=["member", AT], how="anti")
        found = pl.concat([found, windows.troubled(asked, rest, window)])
    found = checks.passed(asked, found)
    doubtful = found.clear()
    if not kind.spread:
        rest = mine.join(found, on=["member", AT], how="anti")
        usual, doubtful = windows.usual_hours(asked, found, rest)
        found = pl.concat([found, checks.passed(asked, usual)])
    evidence = found.join(asked.minutes, on=["group", AT]).select(
        "member", AT, subject="group", poor_here="k", people_here="n",
        poor_elsewhere="elsewhere_k", people_elsewhere="elsewhere_n",
    )  # fmt: skip
    return Found(evidence, doubtful.select("member", AT))


def _counts(rows: Rows, poor: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """spot, minute, n, k: people there and poor, without those explained already."""
    by = ["spot", AT]
    k = poor.group_by(by).agg(k=pl.len().cast(pl.Int64))
    out = gone.group_by(by).agg(gone=pl.len().cast(pl.Int64))
    counts = rows.everybody.join(k, on=by, how="left").join(out, on=by, how="left")
    left = pl.col("people") - pl.col("gone").fill_null(0)
    return counts.select(*by, pl.col("k").fill_null(0), n=left)


def _minutes(counts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    by = ["group", AT]
    places = counts.join(groups, on="spot").group_by(*by, "place").agg(pl.col("n", "k").sum())
    found = without_worst(places, by, places=((pl.col("k") > 0) & pl.col("place").is_not_null()))
    everywhere = counts.group_by(AT).agg(pl.col("n", "k").sum().name.prefix("all_"))
    return (
        found.filter(pl.col("k") > 0)
        .join(everywhere, on=AT)
        .with_columns(
            elsewhere_n=pl.col("all_n") - pl.col("n"),
            elsewhere_k=pl.col("all_k") - pl.col("k"),
            beside_n=pl.col("k") * (pl.col("n") - 1),
            beside_k=pl.col("k") * (pl.col("k") - 1),
        )
        .sort(by)
    )


def _at_once(kind: Kind, minutes: pl.DataFrame) -> pl.DataFrame:
    """Groups and minutes in which nearly all were poor."""
    sums = ["beside_k", "beside_n", "rest_k", "rest_n", "elsewhere_k", "elsewhere_n"]
    most = {name: pl.col(column).max() for name, column in (("most", "k"), ("places", "places"))}
    short = around(minutes, ["group"], AROUND_MIN, sums, **most)
    long = around(minutes, ["group"], LONG_MIN, ["beside_k", "beside_n"])
    long = long.rename({"beside_k": "long_k", "beside_n": "long_n"})
    return short.join(long, on=["group", AT]).filter(_is_hit(kind)).select("group", AT)


def _is_hit(kind: Kind) -> pl.Expr:
    together = pl.col("beside_k") >= TOGETHER * pl.col("beside_n")
    many = (pl.col("most") >= LEAST_GROUP) & together
    if kind.spread:
        rest = pl.col("rest_k") >= REST_SHARE * pl.col("rest_n")
        return many & rest & (pl.col("places") >= LEAST_SITES) & (pl.col("rest_n") > 0)
    pair = (
        (pl.col("most") == 2)
        & together
        & (pl.col("long_k") >= TOGETHER * pl.col("long_n"))
        & (pl.col("long_k") >= 2 * PAIR_MINUTES)
    )
    few = pl.col("elsewhere_k") <= ELSEWHERE_SHARE * pl.col("elsewhere_n")
    return (many | pair) & few
