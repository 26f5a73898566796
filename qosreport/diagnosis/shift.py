"""Any rate of this week against earlier ones, as it is: no mix is held constant.

For the key figures, some of which are of minutes or of meetings and have no mix. Formulas:
docs/scoring.md, "Change".
"""

from collections.abc import Mapping, Sequence

import polars as pl

from qosreport.diagnosis.change import COMPARISONS
from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.verdicts import judged
from qosreport.diagnosis.weeks import back
from qosreport.scoring.policy import Stats

COLUMNS = ("figure", "meeting_uuid", "person_key", "k", "n", "sessions")
"""What a frame of counts holds: `k` cases of `n` by meeting and person, and of how many connections
with anything to count."""
_CLUSTERS = (["meeting_uuid"], ["person_key"], ["meeting_uuid", "person_key"])


def history(weeks: Mapping[str, pl.DataFrame], stats: Stats) -> pl.DataFrame:
    """The rate of every figure in every week.

    Args:
        weeks: Frames of `COLUMNS` by ISO week.
        stats: Minimums and confidence of the policy.

    Returns:
        One row per figure and week, sorted, with the columns of `rate_by`.
    """
    rows = pl.concat([frame.with_columns(week=pl.lit(week)) for week, frame in weeks.items()])
    return _rates(rows, ["figure", "week"], stats)


def shifts(
    weeks: Mapping[str, pl.DataFrame], week: str, stats: Stats, *, better: Sequence[str] = ()
) -> pl.DataFrame:
    """Every figure of this week against the previous one, and against the eight before.

    Both groups are clustered by meeting and by person at once, as in `contrast`; the figures of a
    comparison are tested as one family.

    Args:
        weeks: Frames of `COLUMNS` by ISO week; those that are missing change nothing.
        week: The week in question, one of them.
        stats: Minimums, confidence and marks of the policy.
        better: Figures of which more is better: they are judged by what is missing to all.

    Returns:
        One row per comparison (`previous`, `trailing`) and figure: `comparison`, `name` (the
        figure), and the columns of `change.changes`' `compared` from `k_before` on; what is of mix
        is as if all were of one.
    """
    found = []
    for comparison, count in COMPARISONS.items():
        there = [one for one in back(week, count) if one in weeks and weeks[one]["n"].sum() > 0]
        rows = pl.concat(
            [
                weeks[week].with_columns(own=pl.lit(value=True)),
                *(weeks[one].with_columns(own=pl.lit(value=False)) for one in there),
            ]
        )
        verdicts = judged(_compared(rows, stats, better), stats, any_earlier=bool(there))
        found.append(verdicts.with_columns(comparison=pl.lit(comparison)).drop("kind"))
    return pl.concat(found)


def _rates(rows: pl.DataFrame, by: Sequence[str], stats: Stats) -> pl.DataFrame:
    least = Minimums(stats.min_sessions, stats.min_meetings, stats.confidence)
    return rate_by(rows, by, least, k="k", n="n", sessions="sessions")


def _compared(rows: pl.DataFrame, stats: Stats, better: Sequence[str]) -> pl.DataFrame:
    """What `judged` asks for: one row per figure of this week."""
    less = pl.when(pl.col("figure").is_in(list(better))).then(pl.col("n") - pl.col("k"))
    rows = rows.with_columns(k=less.otherwise("k"))
    rates = _rates(rows, ["figure", "own"], stats)
    spread = _spread(rows, rates.select("figure", "own", rate=pl.col("pct") / 100, total="n"))
    # A bad minute is no event of its own, and a bad meeting is one, however many were in it.
    cases = pl.min_horizontal("k", "sessions").sum()
    events = rows.group_by("figure", "own").agg(events=cases.cast(pl.Int64))
    sides = rates.join(events, on=["figure", "own"])
    now, before = sides.filter("own").drop("own"), sides.filter(~pl.col("own")).drop("own")
    joined = now.join(before, on="figure", how="left", suffix="_b", maintain_order="left")
    joined = joined.join(spread, on="figure", how="left", maintain_order="left")
    change = (pl.col("pct") - pl.col("pct_b")) / 100
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
        difference=change,
        se="se",
        df=(pl.col("meetings") + pl.col("meetings_b") - 2).clip(1),
    )


def _spread(rows: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """The standard error of the difference of two ratios, by figure."""
    pull = (pl.col("k") - pl.col("rate") * pl.col("n")) / pl.col("total")
    signed = rows.join(rates, on=["figure", "own"]).with_columns(
        pull=pl.when("own").then(pull).otherwise(-pull)
    )
    meeting, person, both = (_variance(signed, by) for by in _CLUSTERS)
    joined = meeting.join(person, on="figure", suffix="_p").join(both, on="figure", suffix="_b")
    crossed = pl.col("variance") + pl.col("variance_p") - pl.col("variance_b")
    # Recurrence is never used to make a comparison surer.
    return joined.select("figure", se=pl.max_horizontal(crossed, "variance").sqrt())


def _variance(signed: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Sum of squares over clusters, with the usual correction for their number on each side."""
    # Meetings are of one side; people of both, so that what they bring to both cancels.
    sums = signed.group_by("figure", *by).agg(pl.col("pull").sum(), n=pl.col("n").sum())
    clusters = pl.col("n").filter(pl.col("n") > 0).len()
    square = (pl.col("pull") ** 2).sort().sum()
    return sums.group_by("figure").agg(variance=square * clusters / (clusters - 1).clip(1))
