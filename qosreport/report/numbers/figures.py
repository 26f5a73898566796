"""The key figures of a week, with their history and their change."""

from collections.abc import Mapping

import polars as pl

from qosreport.diagnosis import reliability, shift
from qosreport.diagnosis.change import ORGANISATION
from qosreport.report.numbers.facts import Week
from qosreport.report.numbers.parts import Row, comparison, rate
from qosreport.report.result import Changes, Figure, FigureId, Rate, WeekRate
from qosreport.scoring.policy import Stats

BY_CONNECTION: dict[FigureId, tuple[str, str]] = {
    "poor_connections": ("poor", "judged"),
    "poor_audio_minutes": ("audio_poor_minutes", "audio_scored_minutes"),
    "poor_video_minutes": ("video_poor_minutes", "video_scored_minutes"),
    "high_cpu": ("cpu_high", "measured"),
    "scored_minutes": ("scored_minutes", "present_minutes"),
}
"""Figures that are counted by connection: cases, and of how many."""
ORDER: tuple[FigureId, ...] = (
    "poor_connections", "poor_meetings", "poor_audio_minutes", "poor_video_minutes", "high_cpu",
    "scored_minutes", "drops",
)  # fmt: skip
MORE_IS_BETTER = ("scored_minutes",)
NOTHING = Rate(k=0, n=0, meetings=0, pct=None, low_pct=None, high_pct=None, enough=False)
"""Of a week in which nothing of the kind took place."""


def figures(
    weeks: Mapping[str, Week], week: str, stats: Stats, changes: Changes | None
) -> list[Figure]:
    """Every figure of `ORDER`.

    Args:
        weeks: By label; this one alone where there is nothing to compare with.
        week: This one.
        stats: Minimums, confidence and marks of the policy.
        changes: Of the same weeks; poor connections change as the organisation does, with the mix
            held constant. None: nothing is compared.
    """
    counted = {label: counts(one) for label, one in weeks.items()}
    past: dict[str, list[WeekRate]] = {}
    for row in shift.history(counted, stats).iter_rows(named=True):
        past.setdefault(row["figure"], []).append(WeekRate(week=row["week"], rate=rate(row)))
    compared: dict[str, list[Row]] = {}
    if changes is not None:
        found = shift.shifts(_apart(counted), week, stats, better=MORE_IS_BETTER)
        for row in found.iter_rows(named=True):
            compared.setdefault(row["name"], []).append(row)
    of_all = [one for one in changes.segments if one.kind == ORGANISATION] if changes else []
    return [
        Figure(
            id=name,
            rate=next((one.rate for one in past.get(name, []) if one.week == week), NOTHING),
            history=past.get(name, []) if changes is not None else [],
            compared=of_all[0].compared
            if of_all and name == "poor_connections"
            else [comparison(row) for row in compared.get(name, [])],
        )
        for name in ORDER
    ]


def _apart(counted: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Without the figure that is compared by its mix, and tested with the other segments."""
    other = pl.col("figure") != "poor_connections"
    return {label: frame.filter(other) for label, frame in counted.items()}


def counts(week: Week) -> pl.DataFrame:
    """A week as `shift.COLUMNS`: by meeting and person, for every figure."""
    rows = week.connections.with_columns(measured=pl.col("cpu_minutes") > 0)
    key = ("meeting_uuid", "person_key")
    parts = [
        _part(rows, name, k, n, sessions=pl.col(n).cast(pl.Int64) > 0)
        for name, (k, n) in BY_CONNECTION.items()
    ]
    banded = week.meetings.select(
        "meeting_uuid",
        # A meeting is nobody's: each stands for itself.
        person_key="meeting_uuid",
        judged="judged",
        affected_meeting="affected_meeting",
        banded=pl.col("band") != "Unscored",
    )
    parts.append(
        _part(banded, "poor_meetings", "affected_meeting", "banded", sessions=pl.col("judged"))
    )
    stays = reliability.stays(week.connections).select(*key, "dropped", "known")
    parts.append(_part(stays, "drops", "dropped", "known", sessions=pl.col("known")))
    return pl.concat(parts)


def _part(rows: pl.DataFrame, name: str, k: str, n: str, sessions: pl.Expr) -> pl.DataFrame:
    return rows.select(
        "meeting_uuid",
        "person_key",
        figure=pl.lit(name),
        k=pl.col(k).cast(pl.Int64),
        n=pl.col(n).cast(pl.Int64),
        sessions=sessions.cast(pl.Int64),
    ).select(shift.COLUMNS)
