"""What changed since the week before and since the eight weeks before, and what only seems to.

Codes and numbers; the words are the report's. Method and proof: docs/scoring.md, "Change".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.contrast import CELL, alone, contrast
from qosreport.diagnosis.segments import PROPERTIES, concerned
from qosreport.diagnosis.verdicts import judged
from qosreport.diagnosis.weeks import back
from qosreport.scoring.policy import Stats

COMPARISONS = {"previous": 1, "trailing": 8}
"""Each comparison with how many weeks before it looks at."""
ORGANISATION = "organisation"
"""The kind of the segment that holds every connection; its name is null."""
_Kinds = Mapping[str, str | None]
"""Each kind of segment with its column; the whole organisation has none."""
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
        `segments`, by kind and name, those of this week only: `kind` (`organisation`, those
        of `segments.PROPERTIES` whose columns the frame has), `name` (null where Zoom did not
        say), and of this week the columns of `rate_by`.

        `compared`, first all of `previous`, then all of `trailing`, in the same order: `kind`,
        `name`, `comparison`; `k_before`, `n_before`, `meetings_before` and `before_pct`,
        `before_low_pct`, `before_high_pct` of the earlier weeks as they were; `raw_pp` (difference
        of the two rates); `standard_pct` (the earlier rate with this week's mix), `covered_pct`
        (share of this week's connections in cells that both sides have), `change_pp` (difference
        with the mix held constant) with `se_pp`; if tested, `low_pp`, `high_pp`, `p` and
        `p_adjusted` (Benjamini and Hochberg), else null; `verdict` (`worse`, `better`,
        `no_detectable_change`, `too_few`) and `reason` (one of `verdicts.REASONS` with `too_few`,
        else null).

        `unmatched`: `comparison`, `kind`, `name`, and the columns of `contrast` but `segment`.
    """
    now = weeks[week]
    kinds = _kinds(now)
    segments = _rates(now, kinds, stats)
    used = {
        name: [one for one in back(week, count) if one in weeks and weeks[one]["judged"].any()]
        for name, count in COMPARISONS.items()
    }
    labels = sorted({one for mine in used.values() for one in mine})
    rows = pl.concat([_rows(weeks[one], kinds, week=one) for one in [week, *labels]])
    stacked = _stacked(rows.with_columns(own=pl.col("week") == week), kinds, segments)
    compared, unmatched, tested = [], [], {}
    for name, mine in used.items():
        pair = stacked.filter(pl.col("own") | pl.col("week").is_in(mine))
        found, left_out = _compared(pair, segments, stats)
        tested[name] = found["p"].count()
        compared.append(found.with_columns(comparison=pl.lit(name)).select(_COLUMNS))
        unmatched.append(left_out.with_columns(comparison=pl.lit(name)))
    return Changes(segments, pl.concat(compared), pl.concat(unmatched), tested, used)


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
    kind, release = "client_version", PROPERTIES["client_version"]
    kinds: _Kinds = {kind: release}
    known = connections.drop_nulls(release)
    segments = _rates(known, kinds, stats)
    rows = _rows(known, kinds, week="")
    sides = [
        rows.with_columns(pl.lit(name).alias(release), own=pl.col(release) == name)
        for name in segments.filter("enough")["name"]
    ]
    nobody = rows.clear().with_columns(own=pl.lit(value=True))
    found, _ = _compared(_stacked(pl.concat([nobody, *sides]), kinds, segments), segments, stats)
    others = found.drop("kind")
    return segments.join(others, on="name", maintain_order="left"), found["p"].count()


def _kinds(connections: pl.DataFrame) -> _Kinds:
    known = {kind: one for kind, one in PROPERTIES.items() if one in connections.columns}
    return {ORGANISATION: None, **known}


def _named(column: str | None) -> pl.Expr:
    return pl.lit(None, dtype=pl.String) if column is None else pl.col(column)


def _minimums(stats: Stats) -> Minimums:
    return Minimums(stats.min_sessions, stats.min_meetings, stats.confidence)


def _rates(connections: pl.DataFrame, kinds: _Kinds, stats: Stats) -> pl.DataFrame:
    """The rate of every segment, kinds in their order."""
    rates = []
    for kind, column in kinds.items():
        about = connections.filter(concerned(kind, connections.columns))
        rows = about.select(*_NEEDED, name=_named(column))
        found = rate_by(rows, ["name"] if column else [], _minimums(stats), k="poor", n="judged")
        found = found.with_columns(kind=pl.lit(kind), **({} if column else {"name": _named(None)}))
        rates.append(found.select("kind", "name", pl.exclude("kind", "name")))
    return pl.concat(rates)


def _rows(connections: pl.DataFrame, kinds: _Kinds, *, week: str) -> pl.DataFrame:
    """Judged connections with the columns that the kinds go by; an absent one is null."""
    columns = dict.fromkeys([*_NEEDED, *(column for column in kinds.values() if column)])
    absent = [
        pl.lit(None, dtype=pl.String).alias(column)
        for column in columns
        if column not in connections.columns
    ]
    judged_ones = connections.filter("judged").with_columns(absent)
    return judged_ones.select(*columns, week=pl.lit(week))


def _stacked(rows: pl.DataFrame, kinds: _Kinds, segments: pl.DataFrame) -> pl.DataFrame:
    """Each connection once for each segment it is in, the segment as its row in `segments`."""
    # Numbers instead of names: what follows groups and sorts by them many times.
    places = {one: pl.Enum(rows[one].drop_nulls().unique().sort()) for one in CELL}
    numbers = rows.with_columns(
        *(pl.col(one).cast(pl.Categorical).to_physical() for one in ("meeting_uuid", "person_key")),
        *(pl.col(one).cast(dtype) for one, dtype in places.items()),
    ).select("own", "week", *_NEEDED)
    numbers = numbers.with_columns(alone=alone())
    numbered = segments.select("kind", "name").with_row_index("segment")
    parts = []
    for kind, column in kinds.items():
        mine = rows.with_columns(about=concerned(kind, rows.columns), name=_named(column))
        mine = mine.select("about", "name").join(
            numbered.filter(kind=kind),
            on="name",
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        own = numbers.with_columns(mine.select(pl.when("about").then("segment")).to_series())
        parts.append(own.drop_nulls("segment"))
    return pl.concat(parts)


def _compared(
    stacked: pl.DataFrame, segments: pl.DataFrame, stats: Stats
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All segments compared in one family, and the cells that could not be."""
    result = contrast(stacked)
    earlier = stacked.filter(~pl.col("own"))
    rates = rate_by(earlier, ["segment"], _minimums(stats), k="poor", n="judged")
    numbered = segments.select("kind", "name", own_pct="pct", own_enough="enough")
    joined = numbered.with_row_index("segment")
    for found in (rates, result.found):
        joined = joined.join(found, on="segment", how="left", maintain_order="left")
    words = judged(joined, stats, any_earlier=not earlier.is_empty())
    names = joined.select("segment", "kind", "name")
    unmatched = names.join(result.unmatched, on="segment", maintain_order="left_right")
    return words, unmatched.drop("segment").with_columns(pl.col(CELL).cast(pl.String))
