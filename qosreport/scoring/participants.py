"""Minutes → participants: one verdict for each session, by the score and by the network score."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from qosreport.scoring import cpu
from qosreport.scoring.keys import (
    MINUTE_NUMBER,
    minute_number,
    same_session,
    session_keys,
    with_absent,
)
from qosreport.scoring.listing import texts_where
from qosreport.scoring.policy import Policy
from qosreport.scoring.rounding import cents, two_decimals
from qosreport.scoring.runs import longest_sorted_runs
from qosreport.tables import BAND, MEDIUM, MINUTE_SCORES, PARTICIPANT_SCORES

TOO_FEW = "too_few_scored_minutes"
NO_DATA = "no_data"
"""Reasons for no verdict."""

_SLACK = 1e-9
_COUNT = 2**17
"""Above the hundredths of the longest window: 60 minutes of 450."""
_PLACE = _COUNT * 2**7
"""Above those with the count of its minutes."""
_BASIS = PARTICIPANT_SCORES.schema["basis"]


@dataclass(frozen=True)
class Verdict:
    """One of the two verdicts: the minutes' column it judges and the prefix of its columns."""

    prefix: str
    score: str


VERDICTS = (Verdict("", "score"), Verdict("net_", "net_score"))


def score_participants(
    minutes: pl.LazyFrame | pl.DataFrame,
    policy: Policy,
    cpu_flags: pl.LazyFrame | pl.DataFrame | None = None,
    *,
    keys: Sequence[str] | None = None,
) -> pl.LazyFrame:
    """Judge each session by its minutes.

    Args:
        minutes: As from `score_minutes`.
        policy: The rules.
        cpu_flags: As from `cpu_flags`; without it, CPU columns are 0, null and empty.
        keys: Columns that identify a session; by default session_id, else the natural key.

    Returns:
        The `participant_scores` table, sorted by session: one row per session with at least one
        minute, `basis` minutes. With `session_id` as key, `meeting_uuid`, `user_id` and
        `join_time` are not in it: join them from the sessions.
    """
    rows = minutes.lazy()
    by = session_keys(rows, keys)
    rows = with_absent(rows, MINUTE_SCORES).with_columns(minute_number("minute"))
    return judge_sorted(rows.sort(*by, MINUTE_NUMBER), policy, cpu_flags, by)


def judge_sorted(
    rows: pl.LazyFrame,
    policy: Policy,
    cpu_flags: pl.LazyFrame | pl.DataFrame | None,
    by: Sequence[str],
) -> pl.LazyFrame:
    """As `score_participants`, of complete minutes that are numbered and sorted by session."""
    sessions = rows.group_by(by).agg(_sums(policy))
    for part in (*_runs(rows, policy, by), _windows(rows, policy, by), _limiting(rows, policy, by)):
        sessions = sessions.join(part, on=by, how="left", nulls_equal=True)
    sessions = _with_cpu(sessions, cpu_flags, by)
    for verdict in VERDICTS:
        sessions = with_verdict(sessions, policy, verdict)
    table = [c.name for c in PARTICIPANT_SCORES.columns[4:]]
    return sessions.select(*by, *table).sort(by)


def _sums(policy: Policy) -> list[pl.Expr]:
    found = [
        pl.lit("minutes", _BASIS).first().alias("basis"),
        pl.len().cast(pl.Int64).alias("present_minutes"),
        _many(pl.col("score").is_not_null(), "scored_minutes"),
    ]
    for verdict in VERDICTS:
        score = pl.col(verdict.score)
        found += [
            _many(score < policy.poor_score, f"{verdict.prefix}poor_minutes"),
            _many(score.is_not_null(), f"__{verdict.prefix}n"),
            cents(score).cast(pl.Int64).sum().alias(f"__{verdict.prefix}sum"),
            score.quantile(0.1, interpolation="lower").alias(f"{verdict.prefix}p10_score"),
        ]
    for medium in MEDIUM.categories:
        score = pl.col(f"{medium}_score")
        found += [
            _many(score.is_not_null(), f"{medium}_scored_minutes"),
            _many(score < policy.poor_score, f"{medium}_poor_minutes"),
        ]
    for direction in ("sent", "received"):
        poor = pl.col(f"net_score_{direction}") < policy.poor_score
        found.append(_many(poor, f"{direction}_poor_minutes"))
    return found


def _many(condition: pl.Expr, name: str) -> pl.Expr:
    return condition.sum().cast(pl.Int64).alias(name)


def _runs(rows: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> list[pl.LazyFrame]:
    return [
        longest_sorted_runs(
            rows.filter(pl.col(verdict.score) < policy.poor_score),
            by,
            f"{verdict.prefix}longest_poor_run_min",
        )
        for verdict in VERDICTS
    ]


def _windows(rows: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """The lowest mean of the minutes within `window_minutes` from a scored minute on.

    Minutes are unique within a session, so a window holds at most that many of the rows that
    follow: it is added up row by row, in hundredths, exactly.
    """
    length = policy.participant.window_minutes
    scored = rows.filter(pl.col("score").is_not_null()).select(
        *by, MINUTE_NUMBER, _packed().alias("__one"), _packed().alias("__sum")
    )
    minute, one = pl.col(MINUTE_NUMBER), pl.col("__one")
    for k in range(1, length):
        within = same_session(by, -k) & (minute.shift(-k) - minute < length)
        scored = scored.with_columns(
            pl.col("__sum") + pl.when(within).then(one.shift(-k)).otherwise(0)
        )
    means = [_window_mean(pl.col("__sum"), place, policy) for place in range(len(VERDICTS))]
    names = [f"{verdict.prefix}worst_window_score" for verdict in VERDICTS]
    windows = scored.select(*by, *(m.alias(n) for m, n in zip(means, names, strict=True)))
    return windows.group_by(by).agg(pl.col(names).min())


def _packed() -> pl.Expr:
    """A minute's scores and their counts as one integer: one sum adds up all four."""
    packed: pl.Expr = pl.lit(0, pl.Int64)
    for place, verdict in enumerate(VERDICTS):
        score = cents(pl.col(verdict.score)).cast(pl.Int64)
        packed += (score + _COUNT).fill_null(0) * _PLACE**place
    return packed


def _window_mean(total: pl.Expr, place: int, policy: Policy) -> pl.Expr:
    one = total // _PLACE**place % _PLACE
    hundredths, many = one % _COUNT, one // _COUNT
    enough = many >= policy.participant.min_scored_minutes
    return pl.when(enough).then((hundredths / many / 100.0).round(6))


def _limiting(rows: pl.LazyFrame, policy: Policy, by: Sequence[str]) -> pl.LazyFrame:
    """What set most poor minutes; of equals the first by stream, component and direction."""
    what = ["limiting_stream", "limiting_reason", "limiting_direction"]
    return (
        rows.filter(pl.col("score") < policy.poor_score)
        .group_by(*by, *what)
        .agg(pl.len().alias("__many"))
        .sort(*by, "__many", *what, descending=[*[False] * len(by), True, False, False, False])
        .group_by(by, maintain_order=True)
        .agg(pl.col(what).first())
    )


def _with_cpu(
    sessions: pl.LazyFrame,
    flags: pl.LazyFrame | pl.DataFrame | None,
    by: Sequence[str],
) -> pl.LazyFrame:
    empty = pl.lit([], pl.List(pl.String))
    if flags is None:
        return sessions.with_columns(
            *(pl.lit(0, pl.Int64).alias(name) for name in cpu.COUNTS),
            pl.lit(None, pl.Float64).alias("system_cpu_peak_pct"),
            pl.lit(None, pl.Float64).alias("zoom_cpu_mean_pct"),
            empty.alias("cpu_flags"),
        )
    found = flags.lazy().select(*by, *cpu.COLUMNS)
    return sessions.join(found, on=by, how="left", nulls_equal=True).with_columns(
        pl.col(cpu.COUNTS).fill_null(0), pl.col("cpu_flags").fill_null(empty)
    )


def with_verdict(sessions: pl.LazyFrame, policy: Policy, verdict: Verdict) -> pl.LazyFrame:
    """Sums → mean, pooled score, band and reasons of one verdict."""
    name = verdict.prefix
    rules, weight = policy.participant, float(policy.participant.neg_bias)
    n = pl.col(f"__{name}n")
    mean = pl.col(f"__{name}sum") / n / 100.0
    p10 = pl.col(f"{name}p10_score")
    coverage = (pl.col("scored_minutes") * 100.0 / pl.col("present_minutes")).round(6)
    sessions = sessions.with_columns(
        pl.col(f"{name}longest_poor_run_min").fill_null(0),
        pl.when(n > 0).then(mean.round(6)).alias(f"{name}mean_score"),
        pl.when(n > 0)
        .then(two_decimals(mean * (1.0 - weight) + p10 * weight))
        .alias(f"{name}pooled_score"),
        coverage.alias("coverage_pct"),
    )
    enough = n >= rules.min_scored_minutes
    broken = _rules(policy, name)
    band = pl.lit("Good", BAND)
    for worse in ("Fair", "Poor", "Bad"):
        hit = pl.any_horizontal(rule.broken for rule in broken if rule.band == worse)
        band = pl.when(hit).then(pl.lit(worse, BAND)).otherwise(band)
    reasons = [(~enough, TOO_FEW), *((enough & rule.broken, rule.text) for rule in broken)]
    return sessions.with_columns(
        pl.when(enough).then(band).otherwise(pl.lit("Unscored", BAND)).alias(f"{name}band"),
        texts_where(reasons).alias(f"{name}reasons"),
    )


@dataclass(frozen=True)
class _Rule:
    band: str
    text: str
    broken: pl.Expr


def _rules(policy: Policy, name: str) -> list[_Rule]:
    """What takes a session out of Good, in the order in which reasons are listed."""
    p = policy.participant
    k, n = pl.col(f"{name}poor_minutes"), pl.col(f"__{name}n")
    run, pooled = pl.col(f"{name}longest_poor_run_min"), pl.col(f"{name}pooled_score")

    def often(share: float) -> pl.Expr:
        return k >= n * float(share) - _SLACK

    def low(edge: float) -> pl.Expr:
        return (pooled < edge).fill_null(value=False)

    good, fair, poor = (float(edge) for _, edge in policy.bands[:3])
    return [
        _Rule("Fair", f"poor_share>={p.fair_poor_share * 100:g}%", often(p.fair_poor_share)),
        _Rule("Fair", f"pooled<{good}", low(good)),
        _Rule("Poor", f"poor_share>={p.poor_poor_share * 100:g}%", often(p.poor_poor_share)),
        _Rule("Poor", f"poor_run>={p.poor_run_minutes}min", run >= p.poor_run_minutes),
        _Rule("Poor", f"pooled<{fair}", low(fair)),
        _Rule(
            "Bad",
            f"poor_share>={p.bad_poor_share * 100:g}% or pooled<{poor}",
            often(p.bad_poor_share) | low(poor),
        ),
    ]


def by_pooled_score(policy: Policy, prefix: str) -> list[tuple[str, str, pl.Expr]]:
    """Band, reason and condition of each rule that needs the pooled score alone, mildest first."""
    pooled = pl.col(f"{prefix}pooled_score")
    edges = zip(("Fair", "Poor", "Bad"), policy.bands[:3], strict=True)
    return [(worse, f"pooled<{float(edge)}", pooled < float(edge)) for worse, (_, edge) in edges]
