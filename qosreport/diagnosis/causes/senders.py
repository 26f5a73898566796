"""What one bad sender explains is taken from those who listened.

A sender is judged over the whole meeting: the listeners must be poor when the sender is, and not
otherwise, while the sender hears well and nobody else sends as poorly.
"""

import polars as pl

from qosreport.diagnosis.attribution import ELSEWHERE_SHARE, LEAST_RECEIVERS, RECEIVERS_SHARE
from qosreport.diagnosis.causes.rows import AT, Rows

REACH_MIN = 4
"""Minutes around a poor one that are the same trouble: a weak one leaves some minutes well."""
TIMES_WORSE = 3
"""How many times more often listeners must be poor when the sender is than otherwise."""
OWN_SHARE = 0.3
"""Share of a sender's bad minutes in which reception may be poor, too; more is a bad line."""
TIMES_RIVAL = 2
"""How many times more than another at the same time a sender must have harmed."""


def harmed_by_sender(rows: Rows, poor: pl.DataFrame) -> pl.DataFrame:
    """Members' poor minutes that a bad sender of their meeting explains.

    Args:
        rows: The period.
        poor: Members' minutes poor in the network, as in `attribute`.

    Returns:
        member, minute, `sender` (a member), poor_here and people_here (listeners).
    """
    listeners = poor.filter(pl.col("received") & ~pl.col("sent")).select("member", "meeting", AT)
    near = _near(poor.filter("sent"))
    blamed = _blamed(rows, poor, listeners, near)
    near = _foremost(near.join(blamed, on=["meeting", "sender"]))
    found = listeners.join(near, on=["meeting", AT]).filter(pl.col("member") != pl.col("sender"))
    harmed = found.group_by("meeting", AT).agg(poor_here=pl.len().cast(pl.Int64))
    return (
        found.join(harmed, on=["meeting", AT])
        .join(rows.meetings, on=["meeting", AT])
        .select("member", AT, "sender", "poor_here", people_here=pl.col("people") - 1)
    )


def _near(sent: pl.DataFrame) -> pl.DataFrame:
    """Minutes at and around a sender's poor ones: meeting, sender, minute."""
    reach = list(range(-REACH_MIN, REACH_MIN + 1))
    return (
        sent.select("meeting", AT, sender="member", shift=pl.lit(reach, pl.List(pl.Int32)))
        .explode("shift")
        .select("meeting", "sender", pl.col(AT) + pl.col("shift"))
        .unique()
    )


def _foremost(near: pl.DataFrame) -> pl.DataFrame:
    """The one sender of each minute who harmed many more than any other then."""
    ranked = near.sort("harmed", descending=True).group_by("meeting", AT)
    first = ranked.agg(
        pl.col("sender").first(),
        most=pl.col("harmed").first(),
        next=pl.col("harmed").get(1, null_on_oob=True).fill_null(0),
    )
    return first.filter(pl.col("most") >= TIMES_RIVAL * pl.col("next"))


def _blamed(
    rows: Rows, poor: pl.DataFrame, listeners: pl.DataFrame, near: pl.DataFrame
) -> pl.DataFrame:
    """Who made others suffer: meeting, sender, harmed (listener-minutes)."""
    by = ["meeting", "sender"]
    present = near.join(rows.meetings, on=["meeting", AT])
    receivers = present.group_by(by).agg(
        minutes=pl.len(), receivers=(pl.col("people") - 1).sum().cast(pl.Int64)
    )
    others = near.join(listeners, on=["meeting", AT]).filter(pl.col("member") != pl.col("sender"))
    harmed = others.group_by(by).agg(
        harmed=pl.len().cast(pl.Int64), harmed_people=pl.col("member").n_unique()
    )
    sending = near.join(poor, on=["meeting", AT])
    own = pl.col("member") == pl.col("sender")
    mine = sending.group_by(by).agg(
        sent=(own & pl.col("sent")).sum(),
        heard=(own & pl.col("received")).sum(),
    )
    whole = rows.meetings.group_by("meeting").agg(
        all_receivers=(pl.col("people") - 1).sum().cast(pl.Int64)
    )
    every = listeners.group_by("meeting").agg(all_harmed=pl.len().cast(pl.Int64))
    table = harmed.join(receivers, on=by).join(mine, on=by)
    table = (
        table.join(whole, on="meeting")
        .join(every, on="meeting")
        .with_columns(
            fine_harmed=pl.col("all_harmed") - pl.col("harmed"),
            fine_receivers=pl.col("all_receivers") - pl.col("receivers"),
        )
    )
    return table.filter(_is_blamed()).select(*by, "harmed")


def _is_blamed() -> pl.Expr:
    harmed, receivers = pl.col("harmed"), pl.col("receivers")
    fine, fine_receivers = pl.col("fine_harmed"), pl.col("fine_receivers")
    return pl.all_horizontal(
        pl.col("harmed_people") >= LEAST_RECEIVERS,
        pl.col("harmed_people") * pl.col("minutes") >= RECEIVERS_SHARE * receivers,
        fine <= ELSEWHERE_SHARE * fine_receivers,
        TIMES_WORSE * fine * receivers <= harmed * fine_receivers,
        pl.col("heard") <= OWN_SHARE * pl.col("sent"),
    )
