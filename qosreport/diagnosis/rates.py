"""Rates with their uncertainty, counted by meeting; corrections for many tests and for few cases.

People of one meeting share its troubles, so a meeting is one observation, not each of its people.
Rates and their bounds are shares from 0 to 1. Formulas: docs/scoring.md, "Rates and intervals".
"""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from types import MappingProxyType

import polars as pl

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """Bounds of a rate."""

    low: float
    high: float


@dataclass(frozen=True)
class ClusteredRate:
    """k of n in clusters, with the interval of the rate."""

    k: int
    n: int
    meetings: int
    """Clusters with anything to count."""
    rate: float | None
    """Null when n is 0; so is what follows."""
    se: float | None
    """Standard error of the rate, clusters considered."""
    deff: float | None
    """How many times more uncertain than n independent cases; null where it cannot be told."""
    n_eff: float
    """Independent cases worth as much; the number of clusters where deff cannot be told."""
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Shrunk:
    """Rates of groups drawn towards the common rate, the more the less is known of a group."""

    mu: float
    """Common rate."""
    rho: float
    """How much groups differ: correlation of cases within a group; 0 is not at all."""
    alpha: float | None
    beta: float | None
    """Parameters of the beta distribution; null where groups do not differ."""
    rates: list[float]


def z_of(confidence: float) -> float:
    """How many standard deviations a two-sided interval of that confidence reaches."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(k: float, n: float, *, confidence: float = CONFIDENCE) -> Interval:
    """Interval of k of n independent cases. Wilson (1927), no continuity correction.

    `n` may be an effective, fractional number. Nothing known (n 0) is anything from 0 to 1.
    """
    if n <= 0:
        return Interval(0.0, 1.0)
    z = z_of(confidence)
    p, zz = k / n, z * z / n
    centre = (p + zz / 2) / (1 + zz)
    half = z * math.sqrt(p * (1 - p) / n + zz / (4 * n)) / (1 + zz)
    # At the ends the bound is the end itself; subtraction leaves a trace.
    low = 0.0 if p == 0 else max(0.0, centre - half)
    high = 1.0 if p == 1 else min(1.0, centre + half)
    return Interval(low, high)


def clustered_rate(
    clusters: Sequence[tuple[int, int]], *, confidence: float = CONFIDENCE
) -> ClusteredRate:
    """Rate of cases in clusters (k, n), with a Wilson interval on the effective sample.

    Ratio estimator with the between-cluster variance m/(m-1) sum (k_i - p n_i)^2 / N^2, design
    effect after Kish, never below 1. Without a case, with nothing but cases, or with one cluster,
    nothing can be told of their spread: then each cluster counts as one.
    """
    counted = [(k, n) for k, n in clusters if n > 0]
    total_k, total_n = sum(k for k, _ in counted), sum(n for _, n in counted)
    m = len(counted)
    if total_n == 0:
        return ClusteredRate(0, 0, 0, None, None, None, 0.0, None, None)
    p = total_k / total_n
    if m < 2 or total_k in {0, total_n}:
        se, deff, n_eff = (0.0 if m > 1 else None), None, float(m)
    else:
        spread = (
            sum(k * k for k, _ in counted)
            - 2 * p * sum(k * n for k, n in counted)
            + p * p * sum(n * n for _, n in counted)
        )
        variance = m / (m - 1) * max(0.0, spread) / total_n**2
        se = math.sqrt(variance)
        deff = max(1.0, variance / (p * (1 - p) / total_n))
        n_eff = total_n / deff
    bounds = wilson(p * n_eff, n_eff, confidence=confidence)
    return ClusteredRate(total_k, total_n, m, p, se, deff, n_eff, bounds.low, bounds.high)


def clustered_rates(
    rows: pl.LazyFrame | pl.DataFrame,
    by: Sequence[str],
    *,
    meeting: str = "meeting_uuid",
    k: str = "k",
    n: str = "n",
    confidence: float = CONFIDENCE,
    sums: Mapping[str, pl.Expr] = MappingProxyType({}),
) -> pl.LazyFrame:
    """`clustered_rate` of many groups in one pass.

    Args:
        rows: Any number of rows per group and meeting.
        by: The columns that make a group; null is a group like any other. None: one group.
        meeting: The column that names the cluster.
        k: Cases, integer or Boolean.
        n: Of how many, integer or Boolean.
        confidence: Of the interval.
        sums: What else is added up by group, by its name: integers or truth values.

    Returns:
        One row per group, sorted by it: its columns, then `k`, `n`, `meetings` (Int64), `rate`,
        `se`, `deff`, `n_eff`, `low`, `high` (Float64), as the fields of `ClusteredRate`, and `sums`
        (Int64).
    """
    frame = rows.lazy()
    cases = frame.select(
        *by,
        pl.col(meeting).alias("__meeting"),
        pl.col(k).cast(pl.Int64).alias("k"),
        pl.col(n).cast(pl.Int64).alias("n"),
        *(what.cast(pl.Int64).alias(name) for name, what in sums.items()),
    )
    clusters = cases.group_by(*by, "__meeting").agg(pl.col("k", "n", *sums).sum())
    # A cluster without anything to count is none; a group without is a group, too.
    counts = pl.col("n") > 0
    poor, size = (pl.col(name).filter(counts) for name in ("k", "n"))
    totals = [
        poor.sum(),
        size.sum(),
        counts.sum().cast(pl.Int64).alias("meetings"),
        (poor * poor).sum().alias("__kk"),
        (poor * size).sum().alias("__kn"),
        (size * size).sum().alias("__nn"),
        *(pl.col(name).sum() for name in sums),
    ]
    groups = clusters.group_by(by).agg(totals) if by else clusters.select(totals)
    rates = _with_bounds(_with_spread(groups), confidence)
    fields = ("k", "n", "meetings", "rate", "se", "deff", "n_eff", "low", "high")
    rates = rates.select(*by, *fields, *sums)
    return rates.sort(by, nulls_last=True) if by else rates


def _with_spread(groups: pl.LazyFrame) -> pl.LazyFrame:
    n, m = pl.col("n").cast(pl.Float64), pl.col("meetings").cast(pl.Float64)
    p = pl.col("rate")
    groups = groups.with_columns(
        pl.when(pl.col("n") > 0).then(pl.col("k") / n).alias("rate"),
        ((pl.col("meetings") > 1) & (pl.col("k") > 0) & (pl.col("k") < pl.col("n"))).alias(
            "__told"
        ),
    )
    spread = pl.col("__kk") - p * pl.col("__kn") * 2.0 + p * p * pl.col("__nn")
    variance = spread.clip(lower_bound=0.0) * m / (m - 1.0) / (n * n)
    groups = groups.with_columns(
        pl.when("__told").then(variance).alias("__variance"),
    )
    deff = pl.max_horizontal(pl.lit(1.0), pl.col("__variance") / (p * (1.0 - p) / n))
    groups = groups.with_columns(
        pl.when("__told").then(deff).alias("deff"),
        pl.when("__told")
        .then(pl.col("__variance").sqrt())
        .when(pl.col("meetings") > 1)
        .then(0.0)
        .alias("se"),
    )
    return groups.with_columns(
        pl.when("__told").then(n / pl.col("deff")).otherwise(m).alias("n_eff")
    )


def _with_bounds(groups: pl.LazyFrame, confidence: float) -> pl.LazyFrame:
    z = z_of(confidence)
    p, n = pl.col("rate"), pl.col("n_eff")
    zz = z * z / n
    centre = (p + zz / 2.0) / (zz + 1.0)
    half = (p * (1.0 - p) / n + zz / (n * 4.0)).sqrt() * z / (zz + 1.0)
    known = pl.col("rate").is_not_null()
    low = pl.when(p == 0).then(0.0).otherwise((centre - half).clip(lower_bound=0.0))
    high = pl.when(p == 1).then(1.0).otherwise((centre + half).clip(upper_bound=1.0))
    return groups.with_columns(
        pl.when(known).then(low).alias("low"), pl.when(known).then(high).alias("high")
    )


def cluster_bootstrap(
    clusters: Sequence[tuple[int, int]],
    *,
    seed: int,
    rounds: int = 2000,
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """Percentile interval of the rate when whole clusters are drawn again. None without a case.

    A check on `clustered_rate`, seeded; reports use that one, which needs no luck.
    """
    counted = [(k, n) for k, n in clusters if n > 0]
    if not counted:
        return None
    draw = random.Random(seed)  # noqa: S311 - a seeded statistic, not a secret
    rates = []
    for _ in range(rounds):
        sample = [counted[draw.randrange(len(counted))] for _ in counted]
        rates.append(sum(k for k, _ in sample) / sum(n for _, n in sample))
    rates.sort()
    tail = (1 - confidence) / 2
    return Interval(rates[int(tail * rounds)], rates[min(rounds - 1, int((1 - tail) * rounds))])


def benjamini_hochberg(p_values: Sequence[float], *, q: float) -> tuple[list[float], list[bool]]:
    """Adjusted p-values, and which are rejected at false discovery rate q; in the given order.

    Benjamini and Hochberg (1995), step-up.
    """
    m = len(p_values)
    order = sorted(range(m), key=lambda i: p_values[i], reverse=True)
    adjusted = [1.0] * m
    least = 1.0
    for position, i in enumerate(order):
        least = min(least, p_values[i] * m / (m - position))
        adjusted[i] = least
    return adjusted, [p <= q for p in adjusted]


def shrink(groups: Sequence[tuple[int, int]]) -> Shrunk:
    """Rates of groups (k, n) drawn towards the common rate: beta-binomial, fitted by moments.

    Correlation by Kleinman (1973), groups weighted by n. Where groups differ no more than chance
    has it, all get the common rate. A group without cases (n 0) gets it, too.
    """
    # Many groups are alike; in order, so that sums do not depend on the groups'.
    alike = dict(sorted(Counter((k, n) for k, n in groups if n > 0).items()))
    total = sum(n * times for (_, n), times in alike.items())
    mu = sum(k * times for (k, _), times in alike.items()) / total if total else 0.0
    rho = _correlation(alike, mu)
    if rho <= 0:
        return Shrunk(mu, 0.0, None, None, [mu] * len(groups))
    weight = 1 / rho - 1
    alpha, beta = mu * weight, (1 - mu) * weight
    # With rho 1 nothing is drawn, and a group without cases has nothing of its own.
    rates = [(k + alpha) / (n + weight) if n else mu for k, n in groups]
    return Shrunk(mu, rho, alpha, beta, rates)


def _correlation(alike: Mapping[tuple[int, int], int], mu: float) -> float:
    """Of groups (k, n) by how many there are; within 0 and 1; 0 where it cannot be told."""
    g = sum(alike.values())
    total = sum(n * times for (_, n), times in alike.items())
    binomial = mu * (1 - mu)
    if g < 2 or binomial <= 0:
        return 0.0
    spread = sum(times * n * (k / n - mu) ** 2 for (k, n), times in alike.items())
    room = total - sum(times * n * n for (_, n), times in alike.items()) / total - (g - 1)
    if room <= 0:
        return 0.0
    return min(1.0, max(0.0, (spread - binomial * (g - 1)) / (binomial * room)))
