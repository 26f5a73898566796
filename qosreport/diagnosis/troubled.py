"""Who was in trouble in one week: people, machines and sites, each by its own rule."""

import polars as pl

from qosreport.diagnosis.excess import excess
from qosreport.diagnosis.people import MACHINE
from qosreport.diagnosis.rates import shrink, wilson
from qosreport.scoring.policy import Stats

POOR_CONNECTIONS = 3
"""So many poor connections in a week are trouble; fewer may be, measured against their number …"""
TROUBLED_MEETINGS = 2
"""… but only if they were in so many meetings: rejoins of one bad meeting are one event."""
FLAGGED_CONNECTIONS = 2
"""So many connections with a CPU flag other than elevated, in as many meetings."""
ENOUGH_CONNECTIONS = 3
"""Fewer say nothing on whether a person or machine is well again."""

PERSON, MACHINE_KIND, SITE = "person", "machine", "site"
WHO = ("kind", "person_key", "device", "site")
"""What names one thing to follow: a person, a machine (person and device) or a site."""
COLUMNS = (*WHO, "k", "n", "harmed_minutes", "enough", "trouble")


def troubled(connections: pl.DataFrame, stats: Stats) -> pl.DataFrame:
    """Everything that was there to be seen in one week, and whether it was in trouble.

    - A person: poor in at least two meetings, and at least three poor connections, or the lower
      bound of their shrunk rate above the rate of all.
    - A machine: a CPU flag in at least two meetings.
    - A site: more poor than elsewhere (`excess`), even without its worst person.

    Returns:
        One row each, sorted: `kind`, `person_key`, `device`, `site` (null where it does not apply;
        a machine's device also where Zoom did not say); `k` poor of `n` judged connections (of a
        machine: flagged of measured); `harmed_minutes` (of a machine: minutes high CPU cost);
        `enough` (whether being well can be told), `trouble`.
    """
    found = [_people(connections, stats), _machines(connections), _sites(connections, stats)]
    return pl.concat(part.select(COLUMNS) for part in found).sort(WHO, nulls_last=True)


def _people(connections: pl.DataFrame, stats: Stats) -> pl.DataFrame:
    table = (
        connections.group_by("person_key")
        .agg(
            k=pl.col("poor").sum().cast(pl.Int64),
            n=pl.col("judged").sum().cast(pl.Int64),
            harmed_minutes=pl.col("harmed_minutes").sum(),
            poor_meetings=pl.col("meeting_uuid").filter("poor").n_unique(),
        )
        .filter(pl.col("n") > 0)
    )
    shrunk = shrink(list(table.select("k", "n").iter_rows()))
    weight = (shrunk.alpha or 0.0) + (shrunk.beta or 0.0)
    above = [
        # Where people do not differ, nobody is above the others; others are in trouble or not
        # whatever their rate.
        shrunk.alpha is not None
        and k < POOR_CONNECTIONS
        and meetings >= TROUBLED_MEETINGS
        and wilson(k + shrunk.alpha, n + weight, confidence=stats.confidence).low > shrunk.mu
        for k, n, meetings in table.select("k", "n", "poor_meetings").iter_rows()
    ]
    often = (pl.col("k") >= POOR_CONNECTIONS) | pl.Series(above, dtype=pl.Boolean)
    return table.with_columns(
        kind=pl.lit(PERSON),
        device=pl.lit(None, dtype=pl.String),
        site=pl.lit(None, dtype=pl.String),
        enough=pl.col("n") >= ENOUGH_CONNECTIONS,
        trouble=often & (pl.col("poor_meetings") >= TROUBLED_MEETINGS),
    )


def _machines(connections: pl.DataFrame) -> pl.DataFrame:
    flagged = pl.col("cpu_flagged")
    return (
        connections.filter(pl.col("cpu_minutes") > 0)
        .group_by(MACHINE)
        .agg(
            k=flagged.sum().cast(pl.Int64),
            n=pl.len().cast(pl.Int64),
            harmed_minutes=pl.col("cpu_cost_minutes").sum(),
            flagged_meetings=pl.col("meeting_uuid").filter(flagged).n_unique(),
        )
        .with_columns(
            kind=pl.lit(MACHINE_KIND),
            site=pl.lit(None, dtype=pl.String),
            enough=pl.col("n") >= ENOUGH_CONNECTIONS,
            trouble=(pl.col("k") >= FLAGGED_CONNECTIONS)
            & (pl.col("flagged_meetings") >= TROUBLED_MEETINGS),
        )
    )


def _sites(connections: pl.DataFrame, stats: Stats) -> pl.DataFrame:
    """Connections whose site Zoom did not say are no site."""
    harm = connections.group_by("site").agg(pl.col("harmed_minutes").sum())
    return (
        excess(connections, "site", stats)
        .rename({"name": "site"})
        .filter(pl.col("site").is_not_null() & (pl.col("n") > 0))
        .join(harm, on="site")
        .with_columns(
            kind=pl.lit(SITE),
            person_key=pl.lit(None, dtype=pl.String),
            device=pl.lit(None, dtype=pl.String),
            trouble=pl.col("survives"),
        )
    )
