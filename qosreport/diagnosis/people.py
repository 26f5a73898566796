"""People with poor connections, and machines with high CPU."""

import polars as pl

from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.connections import most_common
from qosreport.diagnosis.rates import shrink

MACHINE = ["person_key", "device"]
"""Zoom names no machine; a person's devices of one kind are taken for one."""


def people(connections: pl.DataFrame, minimums: Minimums) -> pl.DataFrame:
    """Everyone with at least one poor connection, by shrunk rate, then by count.

    One row per person_key: `k`, `n`, `meetings` and the interval as in `rate_by`; `shrunk_pct`
    (the rate drawn towards that of all people, docs/scoring.md); `name`, `is_external` (never
    signed in); `days` and `poor_meetings` with a poor connection; `harmed_minutes` over all
    connections; of the poor connections the most common `place` and `network_type`
    (`place_connections` of them) and `device`, `os`, `release`; and the columns of `limiting`.
    """
    by = "person_key"
    table = rate_by(connections, [by], minimums, k="poor", n="judged").filter(pl.col("n") > 0)
    shrunk = shrink(list(table.select("k", "n").iter_rows())).rates
    table = table.with_columns(shrunk_pct=100 * pl.Series(shrunk, dtype=pl.Float64))
    poor = connections.filter("poor")
    facts = connections.group_by(by).agg(
        harmed_minutes=pl.col("harmed_minutes").sum(),
        is_external=pl.col("is_external").all(ignore_nulls=False),
    )
    return (
        table.filter(pl.col("k") > 0)
        .join(facts, on=by)
        .join(
            poor.group_by(by).agg(
                days=pl.col("day").n_unique().cast(pl.Int64),
                poor_meetings=pl.col("meeting_uuid").n_unique().cast(pl.Int64),
            ),
            on=by,
        )
        .join(_places(poor), on=by)
        .join(_machines(poor), on=by)
        .join(names(connections), on=by, how="left")
        .join(limiting(connections, by), on=by, how="left")
        .sort(
            ["shrunk_pct", "k", "harmed_minutes", by],
            descending=[True, True, True, False],
        )
    )


def machines(connections: pl.DataFrame) -> pl.DataFrame:
    """Machines with a CPU flag other than elevated, by the minutes it cost, then by high minutes.

    One row per person_key and device: `flagged` of `measured` connections (those with CPU
    figures); `high_minutes` (whole machine), `zoom_high_minutes` (Zoom alone), `longest_run_min`,
    `cost_minutes`, `system_peak_pct`, `zoom_mean_pct` (weighted by minutes); `os` and `release` of
    most flagged connections; `name`.
    """
    measured = connections.filter(pl.col("cpu_minutes") > 0).sort("session_id")
    zoom = pl.col("zoom_cpu_mean_pct")
    minutes = pl.col("cpu_minutes").filter(zoom.is_not_null())
    table = measured.group_by(MACHINE, maintain_order=True).agg(
        flagged=pl.col("cpu_flagged").sum().cast(pl.Int64),
        measured=pl.len().cast(pl.Int64),
        high_minutes=pl.col("cpu_high_minutes").sum(),
        zoom_high_minutes=pl.col("zoom_cpu_high_minutes").sum(),
        longest_run_min=pl.col("cpu_longest_high_run_min").max(),
        cost_minutes=pl.col("cpu_cost_minutes").sum(),
        system_peak_pct=pl.col("system_cpu_peak_pct").max(),
        zoom_mean_pct=(zoom * pl.col("cpu_minutes")).sum() / minutes.sum(),
    )
    flagged = measured.filter("cpu_flagged").with_columns(machine=pl.struct(MACHINE))
    software = most_common(flagged, "machine", ["os", "release"]).unnest("machine").drop("weight")
    return (
        table.filter(pl.col("flagged") > 0)
        .with_columns(pl.col("zoom_mean_pct").fill_nan(None))
        .join(software, on=MACHINE, how="left", nulls_equal=True)
        .join(names(connections), on="person_key", how="left")
        .sort(
            ["cost_minutes", "high_minutes", "zoom_high_minutes", "flagged", *MACHINE],
            descending=[True, True, True, True, False, False],
            nulls_last=True,
        )
    )


def names(connections: pl.DataFrame) -> pl.DataFrame:
    """One row per person_key with a name: the `name` most of its connections bear."""
    named = connections.drop_nulls("name")
    return most_common(named, "person_key", ["name"]).drop("weight")


def limiting(connections: pl.DataFrame, by: str) -> pl.DataFrame:
    """One row per `by` that had poor minutes: what set most of them.

    Columns `limiting_stream`, `limiting_reason` and `limiting_direction`; each connection's poor
    minutes count for its own.
    """
    what = ["limiting_stream", "limiting_reason", "limiting_direction"]
    poor = connections.drop_nulls(what).filter(pl.col("poor_minutes") > 0)
    return most_common(poor, by, what, weight="poor_minutes").drop("weight")


def _places(poor: pl.DataFrame) -> pl.DataFrame:
    places = most_common(poor, "person_key", ["place", "network_type"])
    return places.rename({"weight": "place_connections"})


def _machines(poor: pl.DataFrame) -> pl.DataFrame:
    return most_common(poor, "person_key", ["device", "os", "release"]).drop("weight")
