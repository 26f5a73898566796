"""What to look at next, by what limited the connections in question. Codes, not sentences."""

from collections.abc import Collection

import polars as pl

from qosreport.diagnosis.connections import most_common
from qosreport.diagnosis.people import MACHINE, limiting
from qosreport.scoring.policy import Stats

ASK_SITE_NETWORK = "ask_site_network"
UPDATE_CLIENT = "update_client"
CHECK_CPU = "check_cpu"
CHECK_VIDEO_LOAD = "check_video_load"
CHECK_WIFI = "check_wifi"
CHECK_MOBILE_SIGNAL = "check_mobile_signal"
CHECK_ACCESS_LINE = "check_access_line"
ASK_PERSON = "ask_person"
CHECK_UPLINK = "check_uplink"
ASK_ZOOM = "ask_zoom"
ASK_PROVIDER = "ask_provider"
SEE_SHARED_CAUSE = "see_shared_cause"
"""Most of it fits a cause beyond the person or site; its owner is that of the cause."""

OWNERS = {
    ASK_SITE_NETWORK: "site_network",
    UPDATE_CLIENT: "desktop_team",
    CHECK_CPU: "desktop_team",
    CHECK_VIDEO_LOAD: "desktop_team",
    CHECK_WIFI: "person",
    CHECK_MOBILE_SIGNAL: "person",
    CHECK_ACCESS_LINE: "person",
    ASK_PERSON: "person",
    CHECK_UPLINK: "person",
    ASK_ZOOM: "zoom",
    ASK_PROVIDER: "provider",
}
"""Who most likely can do something about it; a site's Wi-Fi is its network team's."""

RSSI = "wifi_rssi_avg_dbm"
GOOD_RSSI_DBM = -67.0
"""At least this is a good signal for calls, after the usual planning of wireless voice."""
CPU_SHARE = 0.5
"""High CPU in this share of the poor connections makes the machine the first thing to look at."""
WIFI_SHARE = 0.8
"""Share of a site's poor connections on Wi-Fi from which its wireless network comes first …"""
LEAST_OTHER = 10
"""… if there are so many connections on other networks to compare with."""

FACTS = (
    "network_type", "release", "limiting_stream", "limiting_reason", "limiting_direction",
    "rssi_dbm", "next_check",
)  # fmt: skip
_WIRES = ("Wired", "PPP")


def of_people(
    connections: pl.DataFrame, sites: Collection[str], releases: Collection[str]
) -> pl.DataFrame:
    """The next check for everybody with a poor connection.

    Args:
        connections: Of one week, with `wifi_rssi_avg_dbm` if it is known.
        sites: Sites in trouble that week.
        releases: Client versions worse than others.

    Returns:
        One row per `person_key`: `network_type` and `release` of most poor connections; the columns
        of `people.limiting`; `rssi_dbm` (mean Wi-Fi signal of them); `next_check`.
    """
    by = "person_key"
    poor = connections.filter("poor")
    rssi = pl.col(RSSI).mean() if RSSI in poor.columns else pl.lit(None, dtype=pl.Float64)
    facts = poor.group_by(by).agg(rssi_dbm=rssi, busy=pl.col("cpu_high").mean())
    places = most_common(poor, by, ["site", "network_type"]).drop("weight")
    clients = most_common(poor, by, ["release"]).drop("weight")
    weak = pl.col("rssi_dbm").is_null() | (pl.col("rssi_dbm") < GOOD_RSSI_DBM)
    network = pl.col("network_type")
    return (
        facts.join(places, on=by)
        .join(clients, on=by)
        .join(limiting(connections, by), on=by, how="left")
        .with_columns(
            next_check=_first(
                {
                    ASK_SITE_NETWORK: pl.col("site").is_in(list(sites)),
                    UPDATE_CLIENT: pl.col("release").is_in(list(releases)),
                    CHECK_CPU: pl.col("busy") >= CPU_SHARE,
                    CHECK_WIFI: (network == "Wifi") & weak,
                    CHECK_MOBILE_SIGNAL: network == "Cellular",
                    CHECK_ACCESS_LINE: (network == "Wifi") | network.is_in(_WIRES),
                },
                ASK_PERSON,
            )
        )
        .select(by, *FACTS)
    )


def of_machines(connections: pl.DataFrame, releases: Collection[str]) -> pl.DataFrame:
    """The next check for every machine with a CPU flag: one row each; columns as `of_people`."""
    flagged = connections.filter("cpu_flagged").with_columns(machine=pl.struct(MACHINE))
    by = "machine"
    minutes = flagged.group_by(by).agg(
        high=pl.col("cpu_high_minutes").sum(), zoom=pl.col("zoom_cpu_high_minutes").sum()
    )
    return (
        minutes.join(most_common(flagged, by, ["network_type"]).drop("weight"), on=by)
        .join(most_common(flagged, by, ["release"]).drop("weight"), on=by)
        .join(limiting(flagged, by), on=by, how="left")
        .with_columns(
            rssi_dbm=pl.lit(None, dtype=pl.Float64),
            next_check=_first(
                {
                    UPDATE_CLIENT: pl.col("release").is_in(list(releases)),
                    CHECK_VIDEO_LOAD: pl.col("zoom") > pl.col("high"),
                },
                CHECK_CPU,
            ),
        )
        .unnest(by)
        .select(*MACHINE, *FACTS)
    )


def of_sites(connections: pl.DataFrame, stats: Stats) -> pl.DataFrame:
    """The next check for every site: one row each; columns as `of_people`."""
    by = "site"
    here = connections.drop_nulls(by)
    poor = here.filter("poor")
    wifi = (pl.col("network_type") == "Wifi").fill_null(value=False)
    judged, bad = pl.col("judged").cast(pl.Int64), pl.col("poor").cast(pl.Int64)
    counts = here.group_by(by).agg(
        n_wifi=judged.filter(wifi).sum(),
        k_wifi=bad.filter(wifi).sum(),
        n_other=judged.filter(~wifi).sum(),
        k_other=bad.filter(~wifi).sum(),
    )
    k_wifi, k_other = pl.col("k_wifi"), pl.col("k_other")
    wireless = (
        (pl.col("n_other") >= LEAST_OTHER)
        & (k_wifi > 0)
        & (k_wifi >= WIFI_SHARE * (k_wifi + k_other))
        & (k_wifi / pl.col("n_wifi") >= stats.min_ratio * k_other / pl.col("n_other"))
    )
    return (
        counts.join(most_common(poor, by, ["network_type"]).drop("weight"), on=by, how="left")
        .join(most_common(poor, by, ["release"]).drop("weight"), on=by, how="left")
        .join(limiting(here, by), on=by, how="left")
        .with_columns(
            rssi_dbm=pl.lit(None, dtype=pl.Float64),
            next_check=_first({CHECK_WIFI: wireless}, ASK_SITE_NETWORK),
        )
        .select(by, *FACTS)
    )


def _first(checks: dict[str, pl.Expr], otherwise: str) -> pl.Expr:
    """The first check whose condition holds; an unknown one does not."""
    codes = [
        pl.when(holds.fill_null(value=False)).then(pl.lit(code)) for code, holds in checks.items()
    ]
    return pl.coalesce(*codes, pl.lit(otherwise))
