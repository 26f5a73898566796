"""Minute scores → who was poor when, and how many people were there, all by whole numbers."""

from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.places import centre_of
from qosreport.scoring.keys import MINUTE_NUMBER, minute_number
from qosreport.scoring.policy import Policy

AT = MINUTE_NUMBER
SPOT = ("data_center", "site", "isp", "wifi")
"""What of a session's place can be the subject of a cause."""

BLOCK_MIN = 10
"""Minutes counted together where longer spans are looked at."""
REST_SHARE = 0.5
"""Share of a data centre's people who must be poor even without those of its worst place."""


@dataclass(frozen=True)
class Rows:
    """A period, ready for elimination. A member is one person in one meeting."""

    sessions: pl.DataFrame
    """session_id, person_key, meeting, person, member, spot."""
    spots: pl.DataFrame
    """spot with the columns of SPOT: every different place once."""
    poor: pl.DataFrame
    """session_id, minute, member, meeting, spot, sent, received (Boolean: poor in the network),
    slow (poor by frame rate alone), busy (processor); one row per poor minute of a session."""
    members: pl.DataFrame
    """member, person, meeting, spot, minute: everybody who had a score."""
    meetings: pl.DataFrame
    """meeting, minute, people: members who had a score, in meetings with any poor minute."""
    everybody: pl.DataFrame
    """spot, minute, people: the same by place, in minutes in which anybody was poor."""
    blocks: pl.DataFrame
    """person, spot, block (of BLOCK_MIN minutes), present: minutes with a score."""
    sizes: pl.DataFrame
    """meeting, size: members scored in as many minutes as a verdict takes, or in all there are."""


def rows_of(
    minute_scores: pl.DataFrame | pl.LazyFrame, sessions: pl.DataFrame, policy: Policy
) -> Rows:
    """Number what is counted; two devices of one person in one meeting are one member.

    Args:
        minute_scores: The table, of whole meetings.
        sessions: As from `places.located`; sessions of other meetings do no harm.
        policy: By which they were scored.
    """
    known, spots, scored = _scored(minute_scores, sessions, policy)
    members = _once(scored)
    poor = scored.filter(pl.any_horizontal("sent", "received", "slow")).drop("again")
    busy_minutes = members.join(poor.select(AT).unique(), on=AT, how="semi")
    return Rows(
        sessions=known.drop("again"),
        spots=spots,
        poor=poor,
        members=members,
        meetings=_count(members.join(poor, on="meeting", how="semi"), "meeting"),
        everybody=_count(busy_minutes, "spot"),
        blocks=members.group_by("person", "spot", block=pl.col(AT) // BLOCK_MIN).agg(
            present=pl.len().cast(pl.Int64)
        ),
        sizes=_sizes(members, policy),
    )


def _scored(
    minute_scores: pl.DataFrame | pl.LazyFrame, sessions: pl.DataFrame, policy: Policy
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    known, spots = _numbered(sessions)
    scored = minute_scores.lazy().filter(pl.col("score").is_not_null())
    scored = scored.select("session_id", minute_number("minute"), *_flags(float(policy.poor_score)))
    return known, spots, scored.join(known.lazy().drop("person_key"), on="session_id").collect()


def _flags(mark: float) -> list[pl.Expr]:
    sent, received = (pl.col(f"net_score_{way}") < mark for way in ("sent", "received"))
    net = (pl.col("net_score") < mark).fill_null(value=False)
    return [
        sent.fill_null(value=False).alias("sent"),
        received.fill_null(value=False).alias("received"),
        ((pl.col("score") < mark) & ~net).alias("slow"),
        pl.any_horizontal("cpu_high", "cpu_cost").fill_null(value=False).alias("busy"),
    ]


def _numbered(sessions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    where = places(sessions)
    spots = where.select(SPOT).unique(maintain_order=True).with_row_index("spot")
    known = sessions.select("session_id", "meeting_uuid", "person_key").join(where, on="session_id")
    known = known.join(spots, on=SPOT, nulls_equal=True).select(
        "session_id",
        "person_key",
        "spot",
        meeting=pl.col("meeting_uuid").rank("dense").cast(pl.UInt32),
        person=pl.col("person_key").rank("dense").cast(pl.UInt32),
        member=pl.struct("meeting_uuid", "person_key").rank("dense").cast(pl.UInt32),
    )
    return known.with_columns(again=pl.col("member").is_duplicated()), spots


def places(sessions: pl.DataFrame) -> pl.DataFrame:
    """One row per session: session_id, `data_center`, `site`, `isp`, `wifi`.

    Zoom's services of one data centre are one centre. `wifi` is whether the session was on Wi-Fi.
    """
    return sessions.select(
        "session_id",
        "site",
        isp="provider",
        data_center=centre_of("data_center"),
        wifi=(pl.col("network_type") == "Wifi").fill_null(value=False),
    )


def _once(scored: pl.DataFrame) -> pl.DataFrame:
    """Each member once a minute; only who joined more than once can be there twice."""
    columns = ("member", "person", "meeting", "spot", AT)
    twice = scored.filter("again").select(columns)
    once = twice.sort("member", AT, "spot").unique(["member", AT], keep="first")
    return pl.concat([scored.filter(~pl.col("again")).select(columns), once])


def _sizes(members: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    stayed = members.group_by("member").agg(pl.col("meeting").first(), minutes=pl.len())
    least = pl.min_horizontal(policy.participant.min_scored_minutes, pl.col("minutes").max())
    return stayed.group_by("meeting").agg(size=(pl.col("minutes") >= least).sum())


def _count(members: pl.DataFrame, by: str) -> pl.DataFrame:
    return members.group_by(by, AT).agg(people=pl.len().cast(pl.Int64))


def around(
    minutes: pl.DataFrame, by: list[str], reach: int, sums: list[str], **others: pl.Expr
) -> pl.DataFrame:
    """Sums over so many minutes on each side of each row's, by group."""
    return (
        minutes.sort(*by, AT)
        .rolling(AT, period=f"{2 * reach + 1}i", offset=f"-{reach + 1}i", group_by=by)
        .agg(pl.col(sums).sum(), **others)
    )


def without_worst(parts: pl.DataFrame, by: list[str], **counted: pl.Expr) -> pl.DataFrame:
    """Sums of n and k, and `rest_n`, `rest_k` without the part in which most were poor."""
    n, k = pl.col("n"), pl.col("k")
    return (
        parts.sort("k", "n", descending=True)
        .group_by(by)
        .agg(
            n.sum(),
            k.sum(),
            rest_n=n.sum() - n.first(),
            rest_k=k.sum() - k.first(),
            **{name: what.sum() for name, what in counted.items()},
        )
    )
