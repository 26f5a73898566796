"""One person's meetings: what was new, and whether it went otherwise since; drops and rejoins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from qosreport.diagnosis.rates import ClusteredRate, benjamini_hochberg, clustered_rate
from qosreport.diagnosis.student import quantile, two_sided_p
from qosreport.diagnosis.verdicts import BETTER, SAME, TOO_FEW, WORSE
from qosreport.scoring.policy import Stats

PROPERTIES = ("place", "network_type", "device", "release")
LEAST_MEETINGS = 5
"""Meetings on both sides before a difference is tested; fewer is too few to say."""


@dataclass(frozen=True)
class Change:
    """Something new, with the share of poor minutes before and since."""

    what: str
    """One of PROPERTIES."""
    value: str
    first: int
    """Row of the first meeting with it."""
    before: ClusteredRate
    since: ClusteredRate
    enough: bool
    change: float | None = None
    """As a share; null where it was not tested, and so is what follows."""
    reach: float | None = None
    """Of its interval, to both sides."""
    p: float | None = None
    verdict: str = TOO_FEW


def changes(visits: pl.DataFrame, stats: Stats) -> list[Change]:
    """What was new among a person's meetings, in order of time.

    Args:
        visits: One row per meeting, by start: PROPERTIES, `poor` and `scored` minutes.
        stats: Confidence and marks of the policy.

    A value is new where the meetings before had another; meetings of which nothing is known of the
    property are left out. Since is with the value, before is all that was earlier; both are
    clustered by meeting, tested by Student's t on their difference, all as one family (Benjamini
    and Hochberg). Worse and better also take the policy's least effect.
    """
    found = [one for what in PROPERTIES for one in _new(visits, what, stats)]
    tested = [i for i, one in enumerate(found) if one.p is not None]
    _, rejected = benjamini_hochberg([found[i].p or 0.0 for i in tested], q=float(stats.fdr_q))
    real = dict(zip(tested, rejected, strict=True))
    judged = [_judged(one, real.get(i), stats) for i, one in enumerate(found)]
    return sorted(judged, key=lambda one: (one.first, PROPERTIES.index(one.what)))


def reconnections(sessions: pl.DataFrame) -> pl.DataFrame:
    """One row per meeting_uuid that was left and joined again: `drops`, `away_minutes`.

    The sessions are one person's. A move to a breakout room or back does not count, nor does a
    second device.
    """
    by = "meeting_uuid"
    in_room = pl.col("breakout_id").is_not_null()
    left = pl.col("leave_time").cum_max().shift().over(by, order_by="join_time")
    moved = in_room | in_room.shift().over(by, order_by="join_time").fill_null(value=False)
    return (
        sessions.sort(by, "join_time")
        .with_columns(gap=(pl.col("join_time") - left).dt.total_seconds(), moved=moved)
        .filter((pl.col("gap") > 0) & ~pl.col("moved"))
        .group_by(by)
        .agg(
            drops=pl.len().cast(pl.Int64),
            away_minutes=(pl.col("gap").sum() / 60).round().cast(pl.Int64),
        )
        .sort(by)
    )


def _new(visits: pl.DataFrame, what: str, stats: Stats) -> Iterator[Change]:
    rows = visits.with_row_index("at").drop_nulls(what).select("at", what, "poor", "scored").rows()
    seen: set[str] = set()
    for place, (at, value, _, _) in enumerate(rows):
        if value not in seen and seen:
            earlier, since = rows[:place], [row for row in rows[place:] if row[1] == value]
            yield _compared(what, value, at, (_rate(earlier, stats), _rate(since, stats)), stats)
        seen.add(value)


def _rate(rows: Sequence[tuple[Any, ...]], stats: Stats) -> ClusteredRate:
    return clustered_rate([(k, n) for _, _, k, n in rows], confidence=float(stats.confidence))


def _compared(
    what: str, value: str, at: int, rates: tuple[ClusteredRate, ClusteredRate], stats: Stats
) -> Change:
    before, since = rates
    enough = min(before.meetings, since.meetings) >= LEAST_MEETINGS
    if not enough or before.rate is None or since.rate is None:
        return Change(what, value, at, before, since, enough=enough)
    difference = since.rate - before.rate
    se = ((before.se or 0.0) ** 2 + (since.se or 0.0) ** 2) ** 0.5
    freedom = min(before.meetings, since.meetings) - 1
    p = two_sided_p(difference / se, freedom) if se > 0 else 1.0
    reach = se * quantile(float(stats.confidence), freedom)
    return Change(what, value, at, before, since, True, difference, reach, p)


def _judged(one: Change, real: bool | None, stats: Stats) -> Change:
    if real is None or one.change is None or one.before.rate is None or one.since.rate is None:
        return one
    low, high = sorted((one.before.rate, one.since.rate))
    large = (
        100 * abs(one.change) >= float(stats.min_effect_pp) and high >= float(stats.min_ratio) * low
    )
    word = (WORSE if one.change > 0 else BETTER) if real and large else SAME
    return Change(**{**vars(one), "verdict": word})
