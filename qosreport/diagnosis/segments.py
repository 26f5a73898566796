"""Poor connections by place, network, data centre, client and machine, and by hour of the week."""

from collections.abc import Sequence

import polars as pl

from qosreport.diagnosis.clusters import Minimums, rate_by

PROPERTIES = {
    "site": "site",
    "provider": "provider",
    "network_type": "network_type",
    "data_center": "centre",
    "client_version": "release",
    "device": "device",
    "os": "os",
}
"""Each segment with the column of `connections` it goes by."""
_HOME = pl.col("provider").is_not_null()
_CONCERNED = {"site": pl.col("site").is_not_null() | ~_HOME, "provider": _HOME}


def concerned(segment_id: str, columns: Sequence[str]) -> pl.Expr:
    """Which connections a property is about: sites have nothing to say of homes.

    Where `columns` name no provider, nobody is known to be at home.
    """
    everybody = pl.lit(value=True)
    return _CONCERNED.get(segment_id, everybody) if "provider" in columns else everybody


def segment(connections: pl.DataFrame, segment_id: str, minimums: Minimums) -> pl.DataFrame:
    """Connections by one property: one row per value, null where Zoom did not say.

    Highest rate first; those with too few to say last, most connections first. Columns as in
    `rate_by`, and `name`, `harmed_minutes`, `top_person_pct` (the largest share that one person
    has of the judged connections; 0 if there are none), `people` with judged connections.
    """
    about = connections.filter(concerned(segment_id, connections.columns))
    rows = about.with_columns(name=pl.col(PROPERTIES[segment_id]))
    harm = rows.group_by("name").agg(pl.col("harmed_minutes").sum())
    top = (
        rows.group_by("name", "person_key")
        .agg(own=pl.col("judged").sum().cast(pl.Int64))
        .group_by("name")
        .agg(top=pl.col("own").max(), people=(pl.col("own") > 0).sum().cast(pl.Int64))
    )
    return (
        rate_by(rows, ["name"], minimums, k="poor", n="judged")
        .join(harm, on="name", nulls_equal=True)
        .join(top, on="name", nulls_equal=True)
        .with_columns(
            top_person_pct=pl.when(pl.col("n") > 0)
            .then(100 * pl.col("top") / pl.col("n"))
            .otherwise(0.0),
            rank_pct=pl.when("enough").then("pct"),
        )
        .sort(
            ["enough", "rank_pct", "k", "n", "name"],
            descending=[True, True, True, True, False],
            nulls_last=True,
        )
        .drop("top", "rank_pct")
    )


def hours(connections: pl.DataFrame) -> pl.DataFrame:
    """Judged connections by local weekday and hour of the join, in order; none, no row.

    Columns `weekday` (1 is Monday), `hour`, `poor`, `connections`, `people`. An hour that the clock
    shows twice is one row.
    """
    return (
        connections.filter("judged")
        .group_by("weekday", "hour")
        .agg(
            poor=pl.col("poor").sum().cast(pl.Int64),
            connections=pl.len().cast(pl.Int64),
            people=pl.col("person_key").n_unique().cast(pl.Int64),
        )
        .sort("weekday", "hour")
    )
