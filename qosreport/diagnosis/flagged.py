"""Flags of many connections as one list per owner: a person, a machine or a connection."""

import polars as pl

RULE = ["code", "medium", "direction", "component", "unit"]
"""What makes two flags the same. The unit is in it: the E-model is flagged by loss or by delay."""
OCCURRENCES = 20

_SEVERITY = {"Bad": 0, "Poor": 1, "Fair": 2, "Good": 3, "Unscored": 4}
_PARTS = (
    "loss_pct",
    "latency_ms",
    "jitter_ms",
    "delay_ms",
    "cost_loss_r",
    "cost_delay_r",
    "rating_r",
)
_WORST = ("worst_value", "worst_at", "worst_score", "threshold", "band", "source", *_PARTS)


def by_owner(flags: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Flags joined over the connections of an owner.

    Args:
        flags: The flags table.
        owners: One row per session: `session_id`, `owner`. Flags of other sessions are left out.

    Returns:
        One row per owner and rule, each owner's worst first: the facts of the worst single flag
        (`worst_value`, `worst_at`, `worst_score`, `threshold`, `band`, `source` and the E-model's
        parts, named as in the flags table), `minutes` and
        `longest_run_min` over all, `meetings` (how many), and `occurrences`: structs of
        `meeting_uuid`, `worst_value`, `minutes`, `longest_run_min` and `spans` (`first`, `last`),
        those with most minutes first, at most `OCCURRENCES`.

        A minute counts once a meeting, however many of the owner's connections were flagged in it.
    """
    rows = _worst_first(flags.join(owners, on="session_id", how="inner"))
    key = ["owner", *RULE]
    worst = rows.group_by(key, maintain_order=True).agg(pl.col("severity", *_WORST).first())
    return (
        worst.join(_totals(rows, key), on=key, how="left", nulls_equal=True)
        .sort(
            ["owner", "severity", "minutes", "worst_score", *RULE],
            descending=[False, False, True, False, *[False] * len(RULE)],
            nulls_last=True,
        )
        .drop("severity")
    )


def _worst_first(rows: pl.DataFrame) -> pl.DataFrame:
    """The lowest score is worst; between equals, the value that is further beyond the threshold."""
    beyond = pl.col("worst_value") - pl.col("threshold")
    below = pl.col("component").str.starts_with("fps").fill_null(value=False)
    return (
        rows.with_columns(pl.col("medium", "direction", "band").cast(pl.String))
        .with_columns(
            severity=pl.col("band").replace_strict(_SEVERITY, return_dtype=pl.Int8),
            excess=pl.when(below).then(-beyond).otherwise(beyond),
        )
        .sort(
            ["severity", "worst_score", "excess", "worst_at", "session_id"],
            descending=[False, False, True, False, False],
            nulls_last=True,
        )
    )


def _totals(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Per owner and rule: minutes, runs and meetings."""
    place = [*key, "meeting_uuid"]
    occurrence = ("meeting_uuid", "worst_value", "minutes", "longest_run_min", "spans")
    return (
        rows.group_by(place, maintain_order=True)
        .agg(pl.col("worst_value").first())
        .join(_spans(rows, place), on=place, how="left", nulls_equal=True)
        .with_columns(
            pl.col("minutes", "longest_run_min").fill_null(0), pl.col("spans").fill_null([])
        )
        .sort(["minutes", "meeting_uuid"], descending=[True, False])
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("minutes").sum(),
            pl.col("longest_run_min").max(),
            meetings=pl.len().cast(pl.Int64),
            occurrences=pl.struct(occurrence).head(OCCURRENCES),
        )
    )


def _spans(rows: pl.DataFrame, place: list[str]) -> pl.DataFrame:
    """Per owner, rule and meeting: the flagged minutes as runs of consecutive ones."""
    minute = pl.duration(minutes=1)
    return (
        rows.select(*place, minute="minutes")
        .explode("minute")
        .drop_nulls("minute")
        .unique()
        .sort([*place, "minute"], nulls_last=True)
        .with_columns(run=(pl.col("minute").diff() != minute).fill_null(True).cum_sum())
        .group_by([*place, "run"], maintain_order=True)
        .agg(first=pl.col("minute").first(), last=pl.col("minute").last(), length=pl.len())
        .group_by(place, maintain_order=True)
        .agg(
            minutes=pl.col("length").sum().cast(pl.Int64),
            longest_run_min=pl.col("length").max().cast(pl.Int64),
            spans=pl.struct("first", "last"),
        )
    )
