"""Every poor minute of a period, and the cause it is consistent with.

The elimination of `attribution.attribute_minute`, over all meetings of the period at once: what
happens to the same people in other minutes, and to their neighbours in other meetings, is evidence.
Rules and numbers: docs/scoring.md, "Attribution".
"""

import polars as pl

from qosreport.diagnosis import attribution as rules
from qosreport.diagnosis.causes import groups, own, senders
from qosreport.diagnosis.causes.names import CAUSE, ISP
from qosreport.diagnosis.causes.rows import AT, Rows
from qosreport.scoring.keys import minute_instant
from qosreport.tables import INSTANT

KINDS = (
    groups.Kind(rules.DATA_CENTER, "data_center", spread=True),
    groups.Kind(rules.SITE, "site"),
    groups.Kind(rules.SITE, "site", wifi_only=True),
    groups.Kind(ISP, "isp"),
)
EVIDENCE = ("poor_here", "people_here", "poor_elsewhere", "people_elsewhere")
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "session_id": pl.Int64,
    "minute": INSTANT,
    "cause": CAUSE,
    "subject": pl.String,
    "blamed_person_key": pl.String,
    **dict.fromkeys(EVIDENCE, pl.Int64),
}


def attribute(rows: Rows, devices: pl.DataFrame | pl.LazyFrame | None = None) -> pl.DataFrame:
    """The cause of every poor minute: poor in the network, or by frame rate alone.

    Args:
        rows: As from `rows_of`.
        devices: The table; without it nothing is known of Wi-Fi signals.

    Returns:
        One row per session and poor minute, sorted: `cause`; `subject`, the site, the provider's
        network or the data centre; `blamed_person_key`, the sender; and counts of people in that
        minute: poor and present in the group (for a sender: listeners of the meeting; for own
        lines: the person), poor and present elsewhere (for own lines: in the meeting; null where
        there is nothing to compare with). Explained people are no longer counted.
    """
    net = rows.poor.filter(~pl.col("slow"))
    poor = net.group_by("member", AT, "meeting", "person").agg(
        pl.col("sent", "received").any(), pl.col("spot").min()
    )
    key = ["session_id", AT]
    found = net.select(*key, "member").join(_eliminate(rows, poor), on=["member", AT], how="left")
    if devices is not None:
        found = own.with_wifi(found, own.weak_signal(devices), rows)
    found = _without_small(found, rows)
    every = pl.concat([found, own.device_fault(rows)], how="diagonal").sort(key)
    return every.with_columns(minute_instant()).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )


def _eliminate(rows: Rows, poor: pl.DataFrame) -> pl.DataFrame:
    """Widest first; what is explained is taken out before the next cause is tried."""
    key = ["member", AT]
    people = rows.sessions.select(sender="member", blamed_person_key="person_key").unique()
    heard = senders.harmed_by_sender(rows, poor).join(people, on="sender").drop("sender")
    found = [heard.with_columns(cause=pl.lit(rules.REMOTE_SENDER))]
    doubtful = []
    left, gone = poor.join(heard, on=key, how="anti"), poor.join(heard, on=key, how="semi")
    for kind in KINDS:
        one = groups.explained(kind, rows, left, gone)
        found.append(one.explained.with_columns(cause=pl.lit(kind.cause)))
        doubtful.append(one.doubtful)
        more = left.join(one.explained, on=key, how="semi")
        left, gone = left.join(more, on=key, how="anti"), pl.concat([gone, more])
    unsure = pl.concat(doubtful).unique().with_columns(unsure=pl.lit(value=True))
    alone = own.own_line(rows, left).join(unsure, on=key, how="left")
    cause = pl.when("unsure").then(pl.lit(rules.UNDETERMINED)).otherwise("cause")
    found.append(alone.with_columns(cause=cause).drop("unsure"))
    return pl.concat(found, how="diagonal")


def _without_small(found: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Meetings of two are undetermined, whatever others suffered at the time."""
    small = pl.col("session_id").is_in(own.small_meetings(rows)["session_id"].implode())
    named = {"cause": pl.lit(rules.UNDETERMINED), "subject": None, "blamed_person_key": None}
    return found.with_columns(
        pl.when(small).then(value).otherwise(name).alias(name) for name, value in named.items()
    )
