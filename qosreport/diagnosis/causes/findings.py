"""Attributed minutes → what an organisation can act on: findings, their spells, and people.

Everything is a count or a code; words are made by the report.
"""

import polars as pl

from qosreport.diagnosis import attribution as rules
from qosreport.diagnosis.causes.attribute import EVIDENCE
from qosreport.diagnosis.causes.names import OWNER, OWNERS, SHARED, WIFI
from qosreport.diagnosis.causes.rows import AT, Rows
from qosreport.scoring.keys import minute_number
from qosreport.scoring.policy import Policy

SUBJECT = ("cause", "subject", "subject_person_key")
SPELL_GAP_MIN = 15
"""Longer pauses end a spell."""
LEAST_LEFT = 2
"""People a shared cause must have harmed besides the one harmed most."""
_PLACES = tuple(cause for cause in SHARED if cause != rules.REMOTE_SENDER)
_LINES = (rules.UPLINK, rules.DOWNLINK, rules.ACCESS, WIFI)
OWN = (*_LINES, rules.DEVICE)
"""Causes of one person alone."""


def findings(
    attributed: pl.DataFrame,
    sessions: pl.DataFrame,
    policy: Policy,
    *,
    by_person: bool = True,
    by_meeting: bool = False,
) -> pl.DataFrame:
    """What each cause and subject did in the period, most harmed participant-minutes first.

    Args:
        attributed: As from `attribute`.
        sessions: As from `places.located`.
        policy: Its `min_ratio` says how much worse than elsewhere a shared cause must be.
        by_person: Whether each person's own line or device is a row; else each kind of them is.
        by_meeting: Whether each meeting is looked at by itself; rows then begin with its
            `meeting_uuid`, and shares are of its own poor minutes.

    Returns:
        One row per `cause`, `subject` (a place) and `subject_person_key` (the sender, or the person
        whose line or device it is; all undetermined minutes are one row): `owner`; `minutes`
        (participant-minutes harmed), `share_pct` of all poor minutes, `people`, `meetings`, `days`
        (in the zone of `minute`), `first_minute`, `last_minute`; the evidence of `attribute` summed
        over the distinct minutes; `worst_person_minutes`; `sender_minutes`, those of uplinks that
        are a sender's own in a meeting whose listeners suffered from it; and `stands`: whether a
        shared cause is still at least `min_ratio` times the rate elsewhere, with two people harmed,
        without the person harmed most (null for other causes).
    """
    rows = _of_senders(_with_subject(attributed, sessions)).with_columns(meeting="meeting_uuid")
    if not by_person:
        own = pl.col("cause").is_in(OWN)
        rows = rows.with_columns(subject_person_key=pl.when(~own).then("subject_person_key"))
    of = ["meeting_uuid"] if by_meeting else []
    by = [*of, *SUBJECT]
    sums = rows.group_by(by).agg(
        minutes=pl.len().cast(pl.Int64),
        people=pl.col("person_key").n_unique().cast(pl.Int64),
        meetings=pl.col("meeting").n_unique().cast(pl.Int64),
        days=pl.col("minute").dt.date().n_unique().cast(pl.Int64),
        first_minute=pl.col("minute").min(),
        last_minute=pl.col("minute").max(),
        sender_minutes=pl.col("is_sender").sum().cast(pl.Int64),
    )
    worst = rows.group_by(*by, "person_key").agg(own=pl.len().cast(pl.Int64))
    worst = worst.group_by(by).agg(worst_person_minutes=pl.col("own").max())
    # A sender's listeners, and the people beside somebody's own line, are those of one meeting.
    whose = ["minute", "meeting_of_evidence", "person_of_evidence"]
    once = rows.unique([*by, *whose], maintain_order=True)
    evidence = once.group_by(by).agg(pl.col(EVIDENCE).sum())
    owner = pl.col("cause").cast(pl.String).replace_strict(OWNERS, return_dtype=OWNER)
    return (
        sums.join(worst, on=by, nulls_equal=True)
        .join(evidence, on=by, nulls_equal=True)
        .with_columns(
            owner=owner,
            share_pct=100 * pl.col("minutes") / (_total().over(of) if of else _total()),
            stands=_stands(float(policy.stats.min_ratio)),
        )
        .select(
            *by, "owner", "minutes", "share_pct", "people", "meetings", "days", "first_minute",
            "last_minute", *EVIDENCE, "worst_person_minutes", "sender_minutes", "stands",
        )
        .sort(
            *of, "minutes", *SUBJECT,
            descending=[False] * len(of) + [True, False, False, False], nulls_last=True,
        )
    )  # fmt: skip


def _total() -> pl.Expr:
    return pl.col("minutes").sum()


def people(attributed: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """What people suffered and what they caused to others, two separate figures.

    Returns:
        One row per person with either, sorted by person_key: `suffered_minutes`, all poor minutes
        of theirs; `own_minutes`, those of them from their own line or device; `caused_minutes`,
        others' minutes of which they are the blamed sender, and `caused_people`.
    """
    rows = _with_subject(attributed, sessions)
    own = pl.col("cause").is_in(OWN)
    heard = pl.col("cause") == rules.REMOTE_SENDER
    suffered = rows.group_by("person_key").agg(
        suffered_minutes=pl.len().cast(pl.Int64),
        own_minutes=own.sum().cast(pl.Int64),
    )
    caused = (
        rows.filter(heard)
        .group_by(person_key="blamed_person_key")
        .agg(
            caused_minutes=pl.len().cast(pl.Int64),
            caused_people=pl.col("person_key").n_unique().cast(pl.Int64),
        )
    )
    both = suffered.join(caused, on="person_key", how="full", coalesce=True)
    return both.with_columns(pl.exclude("person_key").fill_null(0)).sort("person_key")


def spells(attributed: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """When the trouble of a place was, and who was in it: different people, not minutes.

    Args:
        attributed: As from `attribute`.
        rows: Of the same period, as from `rows_of`.

    Returns:
        One row per spell of a data centre, site or provider, sorted by them and `start`: `end` (its
        last minute), `minutes` (with anybody harmed), `harmed_minutes` (participant-minutes),
        `poor_people` of `people` there in those minutes, and `poor_people_elsewhere` of
        `people_elsewhere`, whom nothing wider explains.
    """
    by = ["cause", "subject", "spell"]
    hit = attributed.filter(pl.col("cause").is_in(_PLACES)).with_columns(minute_number("minute"))
    hit = hit.select("session_id", "cause", "subject", "minute", AT).sort("cause", "subject", AT)
    begins = (pl.col(AT).diff() > SPELL_GAP_MIN).over("cause", "subject").fill_null(value=True)
    hit = hit.with_columns(spell=begins.cum_sum())
    person = rows.sessions.select("session_id", "person")
    found = (
        hit.join(person, on="session_id")
        .group_by(by)
        .agg(
            start=pl.col("minute").min(),
            end=pl.col("minute").max(),
            minutes=pl.col(AT).n_unique().cast(pl.Int64),
            harmed_minutes=pl.len().cast(pl.Int64),
            poor_people=pl.col("person").n_unique().cast(pl.Int64),
        )
    )
    others = attributed.filter(pl.col("cause").is_in([*_LINES, rules.UNDETERMINED])).with_columns(
        minute_number("minute")
    )
    others = others.join(person, on="session_id").select("person", AT).unique()
    return (
        found.join(_there(hit.select(*by, AT).unique(), rows, others), on=by)
        .select(
            "cause", "subject", "start", "end", "minutes", "harmed_minutes", "poor_people",
            "people", "poor_people_elsewhere", "people_elsewhere",
        )
        .sort("cause", "subject", "start")
    )  # fmt: skip


def _with_subject(attributed: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """With the session's person and meeting, whose cause it is, and what it is compared in."""
    who = sessions.select("session_id", "meeting_uuid", "person_key")
    of_place = pl.col("cause").is_in([*_PLACES, rules.UNDETERMINED])
    heard = pl.col("cause") == rules.REMOTE_SENDER
    person = pl.when(heard).then("blamed_person_key").when(~of_place).then("person_key")
    return attributed.join(who, on="session_id").with_columns(
        subject_person_key=person,
        meeting_of_evidence=pl.when(~of_place).then("meeting_uuid"),
        person_of_evidence=pl.when(pl.col("cause").is_in(OWN)).then("person_key"),
    )


def _of_senders(rows: pl.DataFrame) -> pl.DataFrame:
    """With `is_sender`: poor as sent by somebody from whom others suffered in the meeting."""
    who = ["meeting_uuid", "person_key"]
    heard = pl.col("cause") == rules.REMOTE_SENDER
    senders = rows.filter(heard).select("meeting_uuid", person_key="blamed_person_key").unique()
    senders = senders.with_columns(sends=pl.lit(value=True))
    uplink = pl.col("cause") == rules.UPLINK
    return rows.join(senders, on=who, how="left", maintain_order="left").with_columns(
        is_sender=uplink & pl.col("sends").fill_null(value=False)
    )


def _stands(least_ratio: float) -> pl.Expr:
    """Whether a shared cause outlives the person whom it harmed most."""
    worst = pl.col("worst_person_minutes")
    here = (pl.col("poor_here") - worst) * pl.col("people_elsewhere")
    there = pl.col("poor_elsewhere") * (pl.col("people_here") - worst)
    left = pl.col("people") - 1 >= LEAST_LEFT
    # Nothing is compared with a sender's listeners but the time when the sender was well.
    alone = pl.col("people_elsewhere").fill_null(0) == 0
    more = alone | (here >= least_ratio * there)
    return pl.when(pl.col("cause").is_in(SHARED)).then(left & more)


def _there(when: pl.DataFrame, rows: Rows, others: pl.DataFrame) -> pl.DataFrame:
    """Per spell: different people there, elsewhere, and of these the poor ones."""
    by = ["cause", "subject", "spell"]
    found = []
    for cause, column in zip(_PLACES, ("data_center", "site", "isp"), strict=True):
        mine = when.filter(pl.col("cause") == cause)
        names = rows.spots.select("spot", name=column)
        people = rows.members.select("person", "spot", AT).join(
            mine.select(AT).unique(), on=AT, how="semi"
        )
        people = people.join(names, on="spot").join(mine, on=AT)
        people = people.join(
            others.with_columns(poor=pl.lit(value=True)), on=["person", AT], how="left"
        )
        here = pl.col("name").eq_missing(pl.col("subject"))
        person = pl.col("person")
        found.append(
            people.group_by(by).agg(
                people=person.filter(here).n_unique().cast(pl.Int64),
                people_elsewhere=person.filter(~here).n_unique().cast(pl.Int64),
                poor_people_elsewhere=person.filter(~here & pl.col("poor").fill_null(value=False))
                .n_unique()
                .cast(pl.Int64),
            )
        )
    return pl.concat(found)
