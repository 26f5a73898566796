"""One row per connection: who, where, on what, and how it went.

Everything that is counted by person, machine, site or hour is counted from this one frame, so
that all counts of a report agree.
"""

from collections.abc import Sequence

import polars as pl

from qosreport.diagnosis.places import centre_of
from qosreport.scoring.participants import NO_DATA
from qosreport.tables import BAND, PARTICIPANT_SCORES

AFFECTED = ("Poor", "Bad")
RELEASE = r"^(\D*\d+\.\d+\.\d+)"
"""The part of a client version, or of a browser's, that names a release; then comes the build."""

DEVICES = {"WIN": "Windows", "MAC": "Mac"}
"""Zoom's short words, which some answers have instead of the long ones."""

_COUNTS = [
    c.name for c in PARTICIPANT_SCORES.columns if c.dtype == pl.Int64 and c.name != "session_id"
]
_KEYS = ("meeting_uuid", "user_id", "join_time")


def connections(
    sessions: pl.DataFrame, participant_scores: pl.DataFrame, *, zone: str
) -> pl.DataFrame:
    """Sessions with their scores: one row per session, in order of session_id.

    The sessions are those of `places.located`.

    Added to the columns of both tables:

    - `judged`: banded from its own minutes, not from a summary of the whole meeting;
    - `poor`: judged, and Poor or Bad by the network score;
    - `poor_by_frame_rate`: judged, and Poor or Bad by the score alone;
    - `harmed_minutes`: minutes with a network score below the poor mark;
    - `place`: the site, else Zoom's location;
    - `centre`: the data centre, whichever of Zoom's services there;
    - `release`: the client version without its build;
    - `cpu_high`: CPU flagged as high, of the machine or of Zoom;
    - `cpu_flagged`: a CPU flag other than elevated;
    - `device`: one word a kind, whichever of Zoom's;
    - `day`, `weekday` (1 is Monday), `hour`: local, in `zone`, of the join.

    Of `participant_scores` only `session_id`, the bands, `basis`, `cpu_flags`, `net_poor_minutes`
    and what is wanted need be there, of `sessions` what these ask for.

    A session without scores is Unscored with no minutes: nothing was sampled.
    """
    scores = participant_scores.drop(_KEYS, strict=False)
    unscored = pl.lit("Unscored", dtype=BAND)
    local = pl.col("join_time").dt.convert_time_zone(zone)
    joined = sessions.join(scores, on="session_id", how="left", validate="1:1")
    device = pl.col([name for name in ("device",) if name in joined.columns])
    reasons = [name for name in ("reasons", "net_reasons") if name in joined.columns]
    return (
        joined.with_columns(
            pl.col([name for name in _COUNTS if name in joined.columns]).fill_null(0),
            device.replace(DEVICES),
            pl.col("band", "net_band").fill_null(unscored),
            pl.col("basis").cast(pl.String).fill_null("minutes"),
            pl.col(reasons).fill_null(pl.lit([NO_DATA])),
            pl.col("cpu_flags").fill_null(pl.lit([], pl.List(pl.String))),
            place=pl.coalesce("site", "location"),
            centre=centre_of("data_center"),
            release=pl.coalesce(pl.col("client_version").str.extract(RELEASE), "client_version"),
            day=local.dt.date(),
            weekday=local.dt.weekday().cast(pl.Int64),
            hour=local.dt.hour().cast(pl.Int64),
        )
        .with_columns(judged=(pl.col("basis") == "minutes") & (pl.col("band") != unscored))
        .with_columns(
            poor=pl.col("judged") & pl.col("net_band").is_in(AFFECTED),
            harmed_minutes=pl.col("net_poor_minutes"),
            cpu_high=_any_flag(pl.element().is_in(["CPU_SYSTEM_HIGH", "CPU_ZOOM_HIGH"])),
            cpu_flagged=_any_flag(pl.element() != "CPU_SYSTEM_ELEVATED"),
        )
        .with_columns(
            poor_by_frame_rate=pl.col("judged") & pl.col("band").is_in(AFFECTED) & ~pl.col("poor"),
        )
        .sort("session_id")
    )


def _any_flag(which: pl.Expr) -> pl.Expr:
    return pl.col("cpu_flags").list.eval(which).list.any()


def most_common(
    rows: pl.DataFrame, by: str | Sequence[str], what: list[str], *, weight: str | None = None
) -> pl.DataFrame:
    """For each `by` the combination of `what` that most rows (or most `weight`) have.

    One row per `by`, with the winner's `weight`; ties go to the first in order, null last.
    """
    keys = [by] if isinstance(by, str) else [*by]
    size = pl.len().cast(pl.Int64) if weight is None else pl.col(weight).sum()
    return (
        rows.group_by(*keys, *what)
        .agg(weight=size)
        .sort(
            [*keys, "weight", *what],
            descending=[*[False] * len(keys), True, *[False] * len(what)],
            nulls_last=True,
        )
        .unique(keys, keep="first", maintain_order=True)
    )
