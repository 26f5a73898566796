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
    for row in shift.history(counted, ORDER, stats).iter_rows(named=True):
        one = WeekRate(
            week=row["week"],
            rate=rate(row),
            people=_people(row["figure"], weeks[row["week"]], counted[row["week"]]),
        )
        past.setdefault(row["figure"], []).append(one)
    compared: dict[str, list[Row]] = {}
    if changes is not None:
        # That of poor connections is tested with the segments, the mix held constant.
        others = [name for name in ORDER if name != "poor_connections"]
        found = shift.shifts(counted, week, others, stats, better=MORE_IS_BETTER)
        for row in found.iter_rows(named=True):
            compared.setdefault(row["name"], []).append(row)
    of_all = [one for one in changes.segments if one.kind == ORGANISATION] if changes else []
    nothing = WeekRate(week=week, rate=NOTHING, people=0)
    now = {
        name: next((one for one in past.get(name, []) if one.week == week), nothing)
        for name in ORDER
    }
    return [
        Figure(
            id=name,
            rate=now[name].rate,
            people=now[name].people,
            history=past.get(name, []) if changes is not None else [],
            compared=of_all[0].compared
            if of_all and name == "poor_connections"
            else [comparison(row) for row in compared.get(name, [])],
        )
        for name in ORDER
    ]


def _people(figure: str, week: Week, counted: pl.DataFrame) -> int:
    """How many people a figure of a week is of; of meetings, those in them."""
    if figure == "poor_meetings":
        return week.connections["person_key"].n_unique()
    return counted.filter(pl.col(shift.column("n", figure)) > 0)["person_key"].n_unique()


def counts(week: Week) -> pl.DataFrame:
    """A week as `shift.history` takes it: by meeting and person, for every figure."""
    rows = week.connections.with_columns(measured=pl.col("cpu_minutes") > 0)
    found = [
        part
        for name, (k, n) in BY_CONNECTION.items()
        for part in _parts(name, k, n, pl.col(n).cast(pl.Int64) > 0)
    ]
    meetings = week.meetings.with_columns(banded=pl.col("band") != "Unscored")
    stays = reliability.stays(week.connections)
    known = pl.col("known")
    every = [
        rows.select(*_KEY, *found),
        # A meeting is nobody's: each stands for itself.
        meetings.select(
            "meeting_uuid",
            *_parts("poor_meetings", "affected_meeting", "banded", pl.col("judged")),
            person_key="meeting_uuid",
        ),
        stays.select(*_KEY, *_parts("drops", "dropped", "known", known)),
    ]
    # Numbers instead of names: what follows groups by them many times.
    return pl.concat(every, how="diagonal").with_columns(pl.col(_KEY).cast(pl.Categorical))


_KEY = ("meeting_uuid", "person_key")


def _parts(name: str, k: str, n: str, sessions: pl.Expr) -> list[pl.Expr]:
    found = dict(zip(shift.PARTS, (pl.col(k), pl.col(n), sessions), strict=True))
    return [value.cast(pl.Int64).alias(shift.column(part, name)) for part, value in found.items()]
