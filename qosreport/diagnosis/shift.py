"""Any rate of this week against earlier ones, as it is: no mix is held constant.

For the key figures, some of which are of minutes or of meetings and have no mix. Formulas:
docs/scoring.md, "Change".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.change import COMPARISONS
from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.verdicts import judged
from qosreport.diagnosis.weeks import back
from qosreport.scoring.policy import Stats

PARTS = ("k", "n", "sessions")
"""What is counted of a figure: cases, of how many, in how many connections with anything to count.
Each is a column, as `k_drops`."""


def column(part: str, figure: str) -> str:
    """The name of a part of a figure in a frame of counts."""
    return f"{part}_{figure}"


def history(
    weeks: Mapping[str, pl.DataFrame], figures: Sequence[str], stats: Stats
) -> pl.DataFrame:
    """The rate of every figure in every week.

    Args:
        weeks: Frames of counts by ISO week: `meeting_uuid`, `person_key`, and `PARTS` of every
            figure; any number of rows per meeting and person.
        figures: Which.
        stats: Minimums and confidence of the policy.

    Returns:
        One row per figure and week, in order, with the columns of `rate_by`.
    """
    rows = pl.concat(
        _with_events(
            _added(frame, ["meeting_uuid"], _columns(figures, PARTS)), figures
        ).with_columns(week=pl.lit(week))
        for week, frame in sorted(weeks.items())
    )
    return pl.concat(_rates(rows, "week", figure, stats) for figure in figures)


def shifts(
    weeks: Mapping[str, pl.DataFrame],
    week: str,
    figures: Sequence[str],
    stats: Stats,
    *,
    better: Sequence[str] = (),
) -> pl.DataFrame:
    """Every figure of this week against the previous one, and against the eight before.

    Both groups are clustered by meeting and by person at once, as in `contrast`; the figures of a
    comparison are tested as one family.

    Args:
        weeks: As for `history`; those that are missing change nothing.
        week: The week in question, one of them.
        figures: Which.
        stats: Minimums, confidence and marks of the policy.
        better: Figures of which more is better: they are judged by what is missing to all.

    Returns:
        One row per comparison (`previous`, `trailing`) and figure: `comparison`, `name` (the
        figure), and the columns of `change.changes`' `compared` from `k_before` on; what is of mix
        is as if all were of one.
    """
    labels = [week, *(one for one in back(week, max(COMPARISONS.values())) if one in weeks)]
    counted = {one: _counted(weeks[one], figures, better) for one in labels}
    found = []
    for comparison, count in COMPARISONS.items():
        there = [one for one in back(week, count) if one in counted]
        pair = _Counts.of([(one == week, counted[one]) for one in (week, *there)])
        sides = pl.concat(_compared(pair, figure, stats) for figure in figures)
        earlier = bool(sides["n"].fill_null(0).sum())
        verdicts = judged(sides, stats, any_earlier=earlier)
        found.append(verdicts.with_columns(comparison=pl.lit(comparison)).drop("kind"))
    return pl.concat(found)


@dataclass(frozen=True)
class _Counts:
    """Counts of one week, or of two groups of weeks (`own`), added up in three ways."""

    meetings: pl.DataFrame
    """By meeting; `events_` of each figure, too."""
    people: pl.DataFrame
    """By person, and by group."""
    squares: pl.DataFrame
    """Sums over people in meetings with anything to count: `kk_`, `kn_`, `nn_` of each figure, and
    `many_`, how many they are."""

    @classmethod
    def of(cls, weeks: Sequence[tuple[bool, "_Counts"]]) -> "_Counts":
        """Weeks side by side, each with the group it is in."""

        def both(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
            pairs = zip((own for own, _ in weeks), frames, strict=True)
            return pl.concat(frame.with_columns(own=pl.lit(own)) for own, frame in pairs)

        return cls(
            both(one.meetings for _, one in weeks),
            both(one.people for _, one in weeks),
            both(one.squares for _, one in weeks),
        )


def _counted(frame: pl.DataFrame, figures: Sequence[str], better: Sequence[str]) -> _Counts:
    """A week's counts; of `better` figures the cases are what is missing to all."""
    pairs = _added(frame, _PAIR, _columns(figures, PARTS)).with_columns(
        (pl.col(column("n", one)) - pl.col(column("k", one))).alias(column("k", one))
        for one in better
    )
    pairs = _with_events(pairs, figures)
    squares = []
    for figure in figures:
        k, n = pl.col(column("k", figure)), pl.col(column("n", figure))
        sums = {"kk": k * k, "kn": k * n, "nn": n * n, "many": n > 0}
        squares += [
            what.sum().cast(pl.Int64).alias(column(name, figure)) for name, what in sums.items()
        ]
    return _Counts(
        _added(pairs, ["meeting_uuid"], _columns(figures, _COUNTED)),
        _added(pairs, ["person_key"], _columns(figures, ("k", "n"))),
        pairs.select(squares),
    )


_PAIR = ["meeting_uuid", "person_key"]


def _columns(figures: Sequence[str], parts: Sequence[str]) -> list[str]:
    return [column(part, figure) for figure in figures for part in parts]


def _added(frame: pl.DataFrame, by: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    return frame.group_by(by).agg(pl.col(columns).sum())


def _with_events(rows: pl.DataFrame, figures: Sequence[str]) -> pl.DataFrame:
    """A bad minute is no event of its own, and a bad meeting is one, however many were in it."""
    return rows.with_columns(
        pl.min_horizontal(column("k", one), column("sessions", one)).alias(column("events", one))
        for one in figures
    )


def _rates(rows: pl.DataFrame, by: str, figure: str, stats: Stats) -> pl.DataFrame:
    """Of one figure: one row per `by`, with `figure`, `events` and the columns of `rate_by`."""
    least = Minimums(stats.min_sessions, stats.min_meetings, stats.confidence)
    own = rows.select("meeting_uuid", by, **{one: column(one, figure) for one in _COUNTED})
    events = own.group_by(by).agg(pl.col("events").sum())
    rates = rate_by(own, [by], least, k="k", n="n", sessions="sessions")
    return rates.join(events, on=by, maintain_order="left").select(
        pl.lit(figure).alias("figure"), *rates.columns, "events"
    )


_COUNTED = (*PARTS, "events")


def _compared(counts: _Counts, figure: str, stats: Stats) -> pl.DataFrame:
    """What `judged` asks for: one row."""
    rates = _rates(counts.meetings, "own", figure, stats)
    now, before = rates.filter("own").drop("own"), rates.filter(~pl.col("own")).drop("own")
    joined = now.join(before, on="figure", how="left", suffix="_b")
    spread = pl.lit(_standard_error(counts, rates, figure), pl.Float64)
    return joined.select(
        kind=pl.lit("figure"),
        name="figure",
        own_pct="pct",
        own_enough="enough",
        k="k_b",
        n="n_b",
        meetings="meetings_b",
        pct="pct_b",
        low_pct="low_pct_b",
        high_pct="high_pct_b",
        k_own="events",
        k_other="events_b",
        # As many connections as can be said to be on each side, for the minimums.
        n_own="sessions",
        n_other="sessions_b",
        meetings_own="meetings",
        meetings_other="meetings_b",
        covered_pct=pl.when(pl.col("n_b") > 0).then(100.0),
        rate_other=pl.col("pct_b") / 100,
        difference=(pl.col("pct") - pl.col("pct_b")) / 100,
        se=spread,
        df=(pl.col("meetings") + pl.col("meetings_b") - 2).clip(1),
    )


def _standard_error(counts: _Counts, rates: pl.DataFrame, figure: str) -> float | None:
    """Of the difference of two ratios; null where one side has nothing to count."""
    sides = {own: (k, n) for own, k, n in rates.select("own", "k", "n").rows() if n}
    if len(sides) < 2:
        return None
    k, n = pl.col(column("k", figure)), pl.col(column("n", figure))
    (k_now, n_now), (k_then, n_then) = sides[True], sides[False]
    now, then = k_now / n_now, k_then / n_then
    pull = pl.when("own").then((k - now * n) / n_now).otherwise((then * n - k) / n_then)
    # Meetings are of one side; people of both, so that what they bring to both cancels.
    meetings = counts.meetings.filter(n > 0).select(pull)
    people = counts.people.filter(n > 0).group_by("person_key").agg(pull.sum()).drop("person_key")
    meeting, person = (_variance(frame.to_series()) for frame in (meetings, people))
    both = _variance_of_pairs(counts.squares, figure, {True: (now, n_now), False: (then, n_then)})
    # Recurrence is never used to make a comparison surer.
    return float(max(meeting, meeting + person - both) ** 0.5)


def _variance_of_pairs(
    squares: pl.DataFrame, figure: str, sides: Mapping[bool, tuple[float, int]]
) -> float:
    """As `_variance`, of people in meetings, from their sums of squares."""
    names = [column(part, figure) for part in ("kk", "kn", "nn", "many")]
    spread, every = 0.0, 0
    for own, (rate, all_n) in sides.items():
        kk, kn, nn, many = squares.filter(own=own).select(pl.col(names).sum()).row(0)
        spread += (kk - 2 * rate * kn + rate * rate * nn) / all_n**2
        every += many
    return spread * every / max(1, every - 1)


def _variance(pulls: pl.Series) -> float:
    """Sum of squares over clusters, with the usual correction for their number."""
    many = pulls.len()
    return float((pulls**2).sort().sum()) * many / max(1, many - 1)
