"""Tables without one person: as they would be if Zoom had withheld who it was.

What `zoom.forgetting` does to raw pages, so that tables made again from them are equal.
"""

import polars as pl

from qosreport.identity import Identity
from qosreport.tables import MEETINGS, RATINGS, SESSIONS
from qosreport.zoom.forgetting import network_of


def forgotten(name: str, frame: pl.DataFrame, who: Identity) -> pl.DataFrame:
    """A table without the person; an equal one if they are not in it."""
    if name == SESSIONS.name:
        return _sessions(frame, who)
    if name == MEETINGS.name:
        return _meetings(frame, who)
    return _ratings(frame, who) if name == RATINGS.name else frame


def is_theirs(who: Identity) -> pl.Expr:
    """Which sessions are the person's."""
    by_key = pl.col("person_key").is_in(sorted(who.keys))
    return by_key | pl.col("email").is_in(sorted(who.emails)).fill_null(value=False)


def is_hosted(who: Identity) -> pl.Expr:
    """Which meetings they hosted."""
    address = pl.col("host_email")
    by_name = pl.col("host_name").str.to_lowercase().is_in(sorted(who.folded_names))
    return (
        pl.when(address.is_not_null())
        .then(address.str.to_lowercase().is_in(sorted(who.emails)))
        .otherwise(by_name.fill_null(value=False))
    )


def _sessions(frame: pl.DataFrame, who: Identity) -> pl.DataFrame:
    own = is_theirs(who)
    nobody = pl.concat_str(pl.lit("session:"), pl.col("session_id").cast(pl.String))
    address = pl.col("ip_address").map_elements(network_of, return_dtype=pl.String)
    blank = pl.lit(None, dtype=pl.String)
    new = {
        "person_key": nobody,
        **dict.fromkeys(("name", "email", "microphone", "speaker", "camera"), blank),
        "ip_address": address.replace("", None),
        "is_external": pl.lit(value=True),
    }
    if frame.filter(own).is_empty():
        return frame
    return frame.with_columns(
        **{column: pl.when(own).then(value).otherwise(column) for column, value in new.items()}
    )


def _meetings(frame: pl.DataFrame, who: Identity) -> pl.DataFrame:
    hosted, blank = is_hosted(who), pl.lit(None, dtype=pl.String)
    of_host = ("host_name", "host_email", "department")
    return frame.with_columns(
        **{column: pl.when(hosted).then(blank).otherwise(column) for column in of_host},
        topic=_unmentioned("topic", who),
    )


def _ratings(frame: pl.DataFrame, who: Identity) -> pl.DataFrame:
    by_account = pl.col("account_user_id").is_in(sorted(who.keys)).fill_null(value=False)
    by_email = pl.col("email").str.to_lowercase().is_in(sorted(who.emails))
    own, blank = by_account | by_email.fill_null(value=False), pl.lit(None, dtype=pl.String)
    return frame.with_columns(comment=_unmentioned("comment", who)).with_columns(
        **{
            column: pl.when(own).then(blank).otherwise(column)
            for column in ("account_user_id", "email", "comment")
        }
    )


def _unmentioned(column: str, who: Identity) -> pl.Expr:
    named = pl.col(column).map_elements(who.is_mentioned, return_dtype=pl.Boolean, skip_nulls=True)
    blank = pl.lit(None, dtype=pl.String)
    return pl.when(named.fill_null(value=False)).then(blank).otherwise(column)
