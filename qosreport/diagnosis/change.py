"""What changed since the week before and since the eight weeks before, and what only seems to.

Codes and numbers; the words are the report's. Method and proof: docs/scoring.md, "Change".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.contrast import contrast
from qosreport.diagnosis.rates import benjamini_hochberg
from qosreport.diagnosis.segments import PROPERTIES
from qosreport.diagnosis.student import quantile, two_sided_p
from qosreport.diagnosis.weeks import back
from qosreport.scoring.policy import Stats

COMPARISONS = {"previous": 1, "trailing": 8}
"""Each comparison with how many weeks before it looks at."""
ORGANISATION = "organisation"
"""The kind of the segment that holds every connection; its name is null."""
PROVIDER = "provider"
LEAST_EVENTS = 5
"""Poor connections that both sides must have before a difference is tested."""

WORSE, BETTER, SAME, TOO_FEW = "worse", "better", "no_detectable_change", "too_few"
REASONS = (
    "no_earlier_week",
    "not_there_before",
    "few_now",
    "few_before",
    "mix_differs",
    "few_events",
)
"""Why there are too few, in the order in which they are looked at."""

_Kinds = Mapping[str, str | None]
"""Each kind of segment with its column; the whole organisation has none."""
_SLACK = 1e-9
_NEEDED = ("meeting_uuid", "person_key", "site", "network_type", "judged", "poor")
_COLUMNS = (
    "kind", "name", "comparison", "k_before", "n_before", "meetings_before", "before_pct",
    "before_low_pct", "before_high_pct", "raw_pp", "standard_pct", "covered_pct", "change_pp",
    "se_pp", "low_pp", "high_pp", "p", "p_adjusted", "verdict", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """What `changes` found."""

    segments: pl.DataFrame
    """One row per kind and name."""
    compared: pl.DataFrame
    """One row per kind, name and comparison."""
    unmatched: pl.DataFrame
    """Cells of site and network type left out of a comparison: only one side has them."""
    tested: Mapping[str, int]
    """How many segments were tested, by comparison; each is a family of its own."""
    weeks: Mapping[str, Sequence[str]]
    """Which earlier weeks with a judged connection stand behind each comparison."""


def changes(weeks: Mapping[str, pl.DataFrame], week: str, stats: Stats) -> Changes:
    """This week against the previous one, and against the eight before.

    Args:
        weeks: Frames as of `connections`, by ISO week as 2026-W46. Weeks that are missing, and
            those later than `week` or more than eight before it, change nothing.
        week: The week in question, one of them.
        stats: Minimums, confidence and marks of the policy.

    Returns:
        `segments`, sorted by kind and name, those of this week only: `kind` (`organisation`, those
        of `segments.PROPERTIES`, and `provider` if the frame has it), `name` (null where Zoom did
        not say), and of this week the columns of `rate_by`.

        `compared`, in the same order, `previous` before `trailing`: `kind`, `name`, `comparison`;
        `k_before`, `n_before`, `meetings_before` and `before_pct`, `before_low_pct`,
        `before_high_pct` of the earlier weeks as they were; `raw_pp` (difference of the two rates);
        `standard_pct` (the earlier rate with this week's mix), `covered_pct` (share of this week's
        connections in cells that both sides have), `change_pp` (difference with the mix held
        constant) with `se_pp`; if tested, `low_pp`, `high_pp`, `p` and `p_adjusted` (Benjamini and
        Hochberg), else null; `verdict` (`worse`, `better`, `no_detectable_change`, `too_few`) and
        `reason` (one of `REASONS` with `too_few`, else null).

        `unmatched`: `comparison`, `kind`, `name`, and the columns of `contrast`.
    """
    now = weeks[week]
    kinds = _kinds(now)
    segments = pl.concat([_rates(now, kind, column, stats) for kind, column in kinds.items()])
    compared, unmatched, tested, used = [], [], {}, {}
    for comparison, count in COMPARISONS.items():
        used[comparison] = [
            label for label in back(week, count) if label in weeks and weeks[label]["judged"].any()
        ]
        earlier = [_rows(weeks[label], kinds, own=False) for label in used[comparison]]
        rows = pl.concat([_rows(now, kinds, own=True), *earlier])
        found, left_out = _compared(rows, kinds, segments, stats)
        tested[comparison] = found["p"].count()
        compared.append(found.with_columns(comparison=pl.lit(comparison)))
        unmatched.append(left_out.with_columns(comparison=pl.lit(comparison)))
    order = {kind: number for number, kind in enumerate(kinds)}
    place = pl.col("kind").replace_strict(order, return_dtype=pl.Int8)
    return Changes(
        segments,
        pl.concat(compared).select(_COLUMNS).sort(place, "name", "comparison", nulls_last=True),
        pl.concat(unmatched),
        tested,
        used,
    )


def versions(connections: pl.DataFrame, stats: Stats) -> tuple[pl.DataFrame, int]:
    """Each client version against all others of the same week.

    Args:
        connections: Of one week.
        stats: Minimums, confidence and marks of the policy.

    Returns:
        One row per release, sorted, with the columns of `changes`' `segments` and, for the other
        releases, of `compared` (`_before` is: the others); and how many were tested. The verdict
        `no_detectable_change` reads: no detectable difference.
    """
    kind = "client_version"
    kinds: _Kinds = {kind: PROPERTIES[kind]}
    known = connections.drop_nulls(PROPERTIES[kind])
    rates = _rates(known, kind, PROPERTIES[kind], stats)
    rows = _rows(known, kinds, own=True)
    release = pl.col(PROPERTIES[kind])
    sides = [
        rows.with_columns(pl.lit(name).alias(PROPERTIES[kind]), own=release == name)
        for name in rates.filter("enough")["name"]
    ]
    found, _ = _compared(pl.concat([rows.clear(), *sides]), kinds, rates, stats)
    found = found.drop("kind").sort("name")
    return rates.join(found, on="name", maintain_order="left"), found["p"].count()


def _kinds(connections: pl.DataFrame) -> _Kinds:
    found: dict[str, str | None] = {ORGANISATION: None, **PROPERTIES}
    if PROVIDER in connections.columns and PROVIDER not in found.values():
        found[PROVIDER] = PROVIDER
    return found


def _named(column: str | None) -> pl.Expr:
    return pl.lit(None, dtype=pl.String) if column is None else pl.col(column)


def _minimums(stats: Stats) -> Minimums:
    return Minimums(stats.min_sessions, stats.min_meetings, stats.confidence)


def _rates(connections: pl.DataFrame, kind: str, column: str | None, stats: Stats) -> pl.DataFrame:
    """The rate of every segment of one kind."""
    rows = connections.select(*_NEEDED, name=_named(column))
    by = [] if column is None else ["name"]
    rates = rate_by(rows, by, _minimums(stats), k="poor", n="judged")
    name = pl.lit(None, dtype=pl.String) if column is None else pl.col("name")
    return rates.select(
        kind=pl.lit(kind), name=name, **{c: c for c in rates.columns if c != "name"}
    )


def _rows(connections: pl.DataFrame, kinds: _Kinds, *, own: bool) -> pl.DataFrame:
    """Judged connections with the columns that the kinds go by; an absent one is null."""
    columns = dict.fromkeys([*_NEEDED, *(column for column in kinds.values() if column)])
    absent = [
        pl.lit(None, dtype=pl.String).alias(column)
        for column in columns
        if column not in connections.columns
    ]
    judged = connections.filter("judged").with_columns(absent)
    return judged.select(*columns, own=pl.lit(own))


def _compared(
    rows: pl.DataFrame,
    kinds: _Kinds,
    segments: pl.DataFrame,
    stats: Stats,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All segments compared in one family, and the cells that could not be."""
    # Ranks instead of names: what follows groups and sorts by them many times.
    rows = rows.with_columns(pl.col("meeting_uuid", "person_key").rank("dense"))
    found, unmatched = [], []
    for kind, column in kinds.items():
        mine = rows.select(*_NEEDED, "own", segment=_named(column))
        result = contrast(mine)
        earlier = rate_by(
            mine.filter(~pl.col("own")), ["segment"], _minimums(stats), k="poor", n="judged"
        )
        named = {"kind": pl.lit(kind), "name": pl.col("segment")}
        both = result.found.join(earlier, on="segment", how="left", nulls_equal=True)
        found.append(both.with_columns(**named).drop("segment"))
        unmatched.append(result.unmatched.select(pl.all(), **named).drop("segment"))
    joined = segments.select("kind", "name", own_pct="pct", own_enough="enough").join(
        pl.concat(found), on=["kind", "name"], how="left", nulls_equal=True, maintain_order="left"
    )
    any_earlier = not rows["own"].all()
    return _verdicts(_differences(joined, stats, any_earlier=any_earlier), stats), pl.concat(
        unmatched
    )


def _differences(joined: pl.DataFrame, stats: Stats, *, any_earlier: bool) -> pl.DataFrame:
    """Differences in percentage points, with their interval and p-value where tested."""
    reason = _reason(stats, any_earlier=any_earlier)
    table = joined.with_columns(pl.col("k", "n", "meetings").fill_null(0)).select(
        "kind",
        "name",
        "df",
        k_before="k",
        n_before="n",
        meetings_before="meetings",
        before_pct="pct",
        before_low_pct="low_pct",
        before_high_pct="high_pct",
        raw_pp=pl.col("own_pct") - pl.col("pct"),
        standard_pct=100 * pl.col("rate_other"),
        covered_pct="covered_pct",
        change_pp=100 * pl.col("difference"),
        se_pp=100 * pl.col("se"),
        reason=reason,
    )
    reach = [
        se * quantile(stats.confidence, df) if reason is None and se else None
        for se, df, reason in table.select("se_pp", "df", "reason").iter_rows()
    ]
    p_values = [
        two_sided_p(change / se, df) if reason is None and se else None
        for change, se, df, reason in table.select("change_pp", "se_pp", "df", "reason").iter_rows()
    ]
    half = pl.Series(reach, dtype=pl.Float64)
    return table.with_columns(
        low_pp=pl.col("change_pp") - half,
        high_pp=pl.col("change_pp") + half,
        p=pl.Series(p_values, dtype=pl.Float64),
    )


def _reason(stats: Stats, *, any_earlier: bool) -> pl.Expr:
    """Why a difference is not tested; null if it is."""
    enough_before = (pl.col("n") >= stats.min_sessions) & (pl.col("meetings") >= stats.min_meetings)
    matched = pl.all_horizontal(
        pl.min_horizontal("n_own", "n_other") >= stats.min_sessions,
        pl.min_horizontal("meetings_own", "meetings_other") >= stats.min_meetings,
    )
    few_events = pl.min_horizontal("k_own", "k_other") < LEAST_EVENTS
    lacks = dict(
        zip(
            REASONS,
            (
                pl.lit(not any_earlier),
                pl.col("n").fill_null(0) == 0,
                ~pl.col("own_enough"),
                ~enough_before,
                ~matched,
                few_events,
            ),
            strict=True,
        )
    )
    return pl.coalesce(pl.when(lack).then(pl.lit(code)) for code, lack in lacks.items())


def _verdicts(table: pl.DataFrame, stats: Stats) -> pl.DataFrame:
    """The word on each difference: real by its p-value, and large enough to matter."""
    tested = table.with_row_index().filter(pl.col("p").is_not_null())
    adjusted, rejected = benjamini_hochberg(tested["p"].to_list(), q=stats.fdr_q)
    marks = tested.select("index").with_columns(
        p_adjusted=pl.Series(adjusted, dtype=pl.Float64),
        real=pl.Series(rejected, dtype=pl.Boolean),
    )
    change, standard = pl.col("change_pp"), pl.col("standard_pct")
    now = standard + change
    high, low = pl.max_horizontal(now, standard), pl.min_horizontal(now, standard)
    large = (change.abs() >= stats.min_effect_pp - _SLACK) & (
        high >= stats.min_ratio * low - _SLACK
    )
    arrow = pl.when(change > 0).then(pl.lit(WORSE)).otherwise(pl.lit(BETTER))
    return (
        table.with_row_index()
        .join(marks, on="index", how="left", maintain_order="left")
        .with_columns(
            verdict=pl.when(pl.col("reason").is_not_null())
            .then(pl.lit(TOO_FEW))
            .when(pl.col("real").fill_null(value=False) & large)
            .then(arrow)
            .otherwise(pl.lit(SAME))
        )
        .drop("index", "real", "df")
    )
