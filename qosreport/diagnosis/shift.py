"""Any rate of this week against earlier ones, as it is: no mix is held constant.

For the key figures, some of which are of minutes or of meetings and have no mix. Formulas:
docs/scoring.md, "Change".
"""

from collections.abc import Iterator, Mapping, Sequence

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
    meetings = pl.concat(
        _sums(frame, ["meeting_uuid"], figures).with_columns(week=pl.lit(week))
        for week, frame in sorted(weeks.items())
    )
    return pl.concat(_rates(meetings, "week", figure, stats) for figure in figures)


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
    cases = {label: _sums(frame, _PAIR, figures, better) for label, frame in weeks.items()}
    found = []
    for comparison, count in COMPARISONS.items():
        there = [one for one in back(week, count) if one in cases]
        rows = pl.concat(cases[one].with_columns(own=pl.lit(one == week)) for one in (week, *there))
        sides = pl.concat(_compared(rows, figure, stats) for figure in figures)
        earlier = bool(sides["n"].fill_null(0).sum())
        verdicts = judged(sides, stats, any_earlier=earlier)
        found.append(verdicts.with_columns(comparison=pl.lit(comparison)).drop("kind"))
    return pl.concat(found)


_PAIR = ["meeting_uuid", "person_key"]


def _sums(
    frame: pl.DataFrame, by: Sequence[str], figures: Sequence[str], better: Sequence[str] = ()
) -> pl.DataFrame:
    """Counts added up, and `events_` of each figure; of `better` ones what is missing to all."""
    sums = [column(part, figure) for figure in figures for part in PARTS]
    found = frame.group_by(by).agg(pl.col(sums).sum())
    if better:
        found = found.with_columns(
            (pl.col(column("n", one)) - pl.col(column("k", one))).alias(column("k", one))
            for one in better
        )
    # A bad minute is no event of its own, and a bad meeting is one, however many were in it.
    return found.with_columns(
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


def _compared(rows: pl.DataFrame, figure: str, stats: Stats) -> pl.DataFrame:
    """What `judged` asks for: one row."""
    rates = _rates(rows, "own", figure, stats)
    now, before = rates.filter("own").drop("own"), rates.filter(~pl.col("own")).drop("own")
    joined = now.join(before, on="figure", how="left", suffix="_b")
    spread = pl.lit(_standard_error(rows, rates, figure), pl.Float64)
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


def _standard_error(rows: pl.DataFrame, rates: pl.DataFrame, figure: str) -> float | None:
    """Of the difference of two ratios; null where one side has nothing to count."""
    sides = {own: (k / n, n) for own, k, n in rates.select("own", "k", "n").rows() if n}
    if len(sides) < 2:
        return None
    k, n = pl.col(column("k", figure)), pl.col(column("n", figure))
    (now, all_now), (then, all_then) = sides[True], sides[False]
    pull = pl.when("own").then((k - now * n) / all_now).otherwise((then * n - k) / all_then)
    moved = rows.filter(n > 0).select(*_PAIR, pull=pull)
    # Meetings are of one side; people of both, so that what they bring to both cancels.
    meeting, person = (_variance(one) for one in _clusters(moved))
    both = _variance(moved["pull"])
    # Recurrence is never used to make a comparison surer.
    return float(max(meeting, meeting + person - both) ** 0.5)


def _clusters(moved: pl.DataFrame) -> Iterator[pl.Series]:
    for by in _PAIR:
        yield moved.group_by(by).agg(pl.col("pull").sum())["pull"]


def _variance(pulls: pl.Series) -> float:
    """Sum of squares over clusters, with the usual correction for their number."""
    many = pulls.len()
    return float((pulls**2).sort().sum()) * many / max(1, many - 1)
