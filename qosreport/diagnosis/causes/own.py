"""What is left: a person's own line, Wi-Fi or device, or nothing that can be told."""

import polars as pl

from qosreport.diagnosis import attribution as rules
from qosreport.diagnosis.causes.names import WIFI
from qosreport.diagnosis.causes.rows import AT, Rows
from qosreport.scoring.keys import minute_number

WEAK_SIGNAL_DBM = -75.0
"""Mean signal at or below which Wi-Fi itself is to blame; planners ask for -67 for voice."""
LEAST_PEOPLE = 3
"""A meeting of fewer cannot tell whose fault a bad line is."""


def own_line(rows: Rows, left: pl.DataFrame) -> pl.DataFrame:
    """Members' minutes that nothing wider explains: their own line, if few others are poor."""
    by = ["meeting", AT]
    k = left.group_by(by).agg(k=pl.len().cast(pl.Int64))
    others, others_k = pl.col("people") - 1, pl.col("k") - 1
    own = (others >= rules.LEAST_OTHERS) & (others_k <= rules.ELSEWHERE_SHARE * others)
    cause = (
        pl.when(~own)
        .then(pl.lit(rules.UNDETERMINED))
        .when(pl.col("sent") & pl.col("received"))
        .then(pl.lit(rules.ACCESS))
        .when("sent")
        .then(pl.lit(rules.UPLINK))
        .otherwise(pl.lit(rules.DOWNLINK))
    )
    one = pl.lit(1, pl.Int64)
    return left.join(k, on=by).join(rows.meetings, on=by).select(
        "member", AT, cause=cause, poor_here=one, people_here=one,
        poor_elsewhere=others_k, people_elsewhere=others,
    )  # fmt: skip


def device_fault(rows: Rows) -> pl.DataFrame:
    """Sessions' minutes poor by frame rate alone: the device, if the processor was busy."""
    cause = pl.when("busy").then(pl.lit(rules.DEVICE)).otherwise(pl.lit(rules.UNDETERMINED))
    one, none = pl.lit(1, pl.Int64), pl.lit(None, pl.Int64)
    return rows.poor.filter("slow").select(
        "session_id", AT, cause=cause, poor_here=one, people_here=one,
        poor_elsewhere=none, people_elsewhere=none,
    )  # fmt: skip


def weak_signal(devices: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """session_id and minute with a weak Wi-Fi signal."""
    weak = devices.lazy().filter(pl.col("wifi_rssi_avg_dbm") <= WEAK_SIGNAL_DBM)
    return weak.select("session_id", minute_number("sampled_at")).unique().collect()


def small_meetings(rows: Rows) -> pl.DataFrame:
    """session_id of every session of a meeting of two, or of one."""
    small = rows.sizes.filter(pl.col("size") < LEAST_PEOPLE)
    return rows.sessions.join(small, on="meeting", how="semi").select("session_id")


def with_wifi(found: pl.DataFrame, weak: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Own lines whose signal was weak are named so.

    An office's Wi-Fi is the person's fault only if somebody else on it is well in that minute.
    """
    lines = [rules.UPLINK, rules.DOWNLINK, rules.ACCESS]
    own = pl.col("cause").is_in(lines)
    weak = weak.join(rows.sessions.select("session_id", "spot"), on="session_id")
    weak = weak.join(rows.spots.select("spot", "site"), on="spot")
    seen = weak.join(_well_on_wifi(rows), on=["site", AT], how="left").select(
        "session_id", AT, named=pl.col("site").is_null() | pl.col("well").fill_null(value=False)
    )
    cause = (
        pl.when(own & pl.col("named"))
        .then(pl.lit(WIFI))
        .when(own & ~pl.col("named"))
        .then(pl.lit(rules.UNDETERMINED))
        .otherwise("cause")
    )
    return (
        found.join(seen, on=["session_id", AT], how="left").with_columns(cause=cause).drop("named")
    )


def _well_on_wifi(rows: Rows) -> pl.DataFrame:
    """site, minute: somebody on the site's Wi-Fi is well."""
    wifi = rows.spots.filter("wifi").drop_nulls("site").select("spot", "site")
    net = rows.poor.filter(~pl.col("slow")).select("member", AT).unique()
    poor = net.join(rows.members, on=["member", AT]).group_by("spot", AT).agg(k=pl.len())
    counts = rows.everybody.join(wifi, on="spot").join(poor, on=["spot", AT], how="left")
    counts = counts.group_by("site", AT).agg(pl.col("people", "k").sum())
    return counts.select("site", AT, well=pl.col("people") > pl.col("k"))
