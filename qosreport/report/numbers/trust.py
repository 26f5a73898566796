"""Drops and returns, and agreement with Zoom's labels and people's ratings, for the document."""

from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis import agreement, reliability
from qosreport.diagnosis.clusters import rate_by
from qosreport.report.numbers.facts import Facts, Tables
from qosreport.report.numbers.parts import Row, rate, rounded
from qosreport.report.refs import person_ref
from qosreport.report.result import (
    Agreement,
    Disagreement,
    DropsAtPlace,
    DropsInMeeting,
    DropsOfPerson,
    LabelTable,
    Measure,
    Opinion,
    ReasonCount,
    Reliability,
    Silent,
)

ROWS = 100
"""Rows of each list that the document holds."""

_APART = ("medium", "ours", "zoom", "poor_minutes", "scored_minutes")
_DROPS = ("drops", "rejoins", "gone")


@dataclass(frozen=True)
class Enough:
    """How much it takes before scores count as compared with others' judgement."""

    labels: int
    """Connections of a medium that Zoom labelled."""
    ratings: int
    """Ratings of each kind, good and not good."""


def reliable(facts: Facts) -> Reliability:
    """Whether people stayed in their meetings."""
    rows = facts.connections
    stays = reliability.stays(rows)
    meetings, people = reliability.by_meeting(stays), reliability.by_person(stays)
    silent = reliability.without_reasons(stays)
    away = reliability.absences(rows)
    typical = away.median()
    return Reliability(
        stays=stays.height,
        by_place=_by_place(facts, stays),
        drops=stays["drops"].sum(),
        rejoins=stays["rejoins"].sum(),
        gone=int(stays["gone"].sum()),
        lost_seconds=stays["lost_s"].sum(),
        typical_lost_seconds=round(typical) if isinstance(typical, float) else None,
        returns=stays["returns"].sum(),
        second_devices=stays["second_devices"].sum(),
        reasons=[ReasonCount(reason=kind, joins=n) for kind, n in reliability.reasons(rows).rows()],
        meetings=[_in_meeting(facts, row) for row in meetings.head(ROWS).iter_rows(named=True)],
        meetings_dropped=meetings.height,
        people=[_of_person(facts, row) for row in people.head(ROWS).iter_rows(named=True)],
        people_dropped=people.height,
        silent=[
            Silent(meeting=facts.meeting(uuid), missing=missing, joins=joins)
            for uuid, joins, missing in silent.head(ROWS).rows()
        ],
        silent_meetings=silent.height,
    )


def _by_place(facts: Facts, stays: pl.DataFrame) -> list[DropsAtPlace]:
    """Highest rate first; those with too few to say last."""
    first = facts.connections.sort("join_time", "session_id").unique(
        reliability.WHO, keep="first", maintain_order=True
    )
    placed = stays.join(first.select(*reliability.WHO, "site"), on=reliability.WHO)
    rates = rate_by(placed, ["site"], facts.minimums, k="dropped", n="known")
    whose = placed.filter("known").group_by("site").agg(people=pl.col("person_key").n_unique())
    ranked = (
        rates.filter(pl.col("n") > 0)
        .join(whose, on="site", nulls_equal=True)
        .sort("enough", "pct", "n", "site", descending=[True, True, True, False], nulls_last=True)
    )
    return [
        DropsAtPlace(name=row["site"], dropped=rate(row), people=row["people"])
        for row in ranked.iter_rows(named=True)
    ]


def _in_meeting(facts: Facts, row: Row) -> DropsInMeeting:
    return DropsInMeeting(
        meeting=facts.meeting(row["meeting_uuid"]),
        people=row["known"],
        people_dropped=row["dropped"],
        lost_seconds=row["lost_s"],
        **{name: row[name] for name in _DROPS},
    )


def _of_person(facts: Facts, row: Row) -> DropsOfPerson:
    key = row["person_key"]
    return DropsOfPerson(
        ref=person_ref(key),
        name=facts.people[key]["name"],
        is_external=facts.people[key]["is_external"],
        meetings=row["known"],
        meetings_dropped=row["dropped"],
        lost_seconds=row["lost_s"],
        **{name: row[name] for name in _DROPS},
    )


def agreed(facts: Facts, tables: Tables, enough: Enough) -> Agreement:
    """What Zoom's labels and people's ratings say of our scores."""
    pairs = agreement.medium_bands(tables.minute_scores, facts.connections, facts.policy)
    apart = agreement.disagreements(pairs)
    labels = [_labels(facts, medium, pairs.filter(medium=medium)) for medium in agreement.MEDIA]
    ratings = _opinion(facts, tables)
    rated = min(ratings.good, ratings.not_good) >= enough.ratings
    return Agreement(
        labels=labels,
        ratings=ratings,
        disagreements=[_apart(facts, row) for row in apart.head(ROWS).iter_rows(named=True)],
        disagreements_known=apart.height,
        least_labels=enough.labels,
        least_ratings=enough.ratings,
        calibrated=rated or any(one.connections >= enough.labels for one in labels),
    )


def _labels(facts: Facts, medium: str, pairs: pl.DataFrame) -> LabelTable:
    counts = agreement.table_of(pairs)
    size = range(len(counts))

    def share(reach: int) -> float | None:
        near = sum(counts[i][j] for i in size for j in size if abs(i - j) <= reach)
        return rounded(100 * near / pairs.height) if pairs.height else None

    found = agreement.kappa(pairs, confidence=facts.minimums.confidence)
    return LabelTable(
        medium=medium,
        counts=counts,
        connections=pairs.height,
        same_pct=share(0),
        within_one_pct=share(1),
        kappa=_measure(found),
    )


def _opinion(facts: Facts, tables: Tables) -> Opinion:
    whole = tables.ratings.join(facts.meetings, on="meeting_uuid", how="semi")
    rated = agreement.rated(whole, facts.connections)
    scored = rated.drop_nulls("score")
    good = int(scored["good"].sum())
    return Opinion(
        good=good,
        not_good=scored.height - good,
        unmatched=rated.height - scored.height,
        auc=_measure(agreement.auc(scored, confidence=facts.minimums.confidence)),
    )


def _measure(found: agreement.Estimate) -> Measure:
    return Measure(value=rounded(found.value), low=rounded(found.low), high=rounded(found.high))


def _apart(facts: Facts, row: Row) -> Disagreement:
    key = row["person_key"]
    return Disagreement(
        meeting=facts.meeting(row["meeting_uuid"]),
        person=person_ref(key),
        name=facts.people[key]["name"],
        is_external=facts.people[key]["is_external"],
        **{
            name: row[name] for name in ("medium", "ours", "zoom", "poor_minutes", "scored_minutes")
        },
    )
