"""Meetings: how many were affected, and what the score weighs."""

import polars as pl
import pytest

from qosreport.scoring import score_meetings
from qosreport.tables import PARTICIPANT_SCORES
from tests.unit.scoring.support import default, minutes

GOOD = ("Good", 4.3, 10, 0)
FAIR = ("Fair", 3.8, 10, 0)
POOR = ("Poor", 2.8, 10, 3)
BAD = ("Bad", 1.8, 10, 8)
NOBODY = ("Unscored", None, 1, 0)


def participants(*people: tuple, net_band: str | None = None, uuid: str = "m") -> pl.DataFrame:
    names = ("band", "pooled_score", "scored_minutes", "poor_minutes")
    rows = [
        dict(zip(names, person, strict=True))
        | {"session_id": i, "meeting_uuid": uuid, "net_band": net_band or person[0]}
        for i, person in enumerate(people)
    ]
    return PARTICIPANT_SCORES.conform(pl.DataFrame(rows, infer_schema_length=None))


def judged(*people: tuple, **more: str) -> dict:
    return score_meetings(participants(*people, **more), default()).collect().row(0, named=True)


@pytest.mark.parametrize(
    ("people", "band"),
    [
        ([GOOD] * 4, "Good"),
        ([GOOD] * 5 + [POOR], "Fair"),  # one in six
        ([GOOD] * 4 + [POOR], "Poor"),  # one in five
        ([GOOD, POOR], "Poor"),  # half, but one person
        ([GOOD, GOOD, POOR, POOR], "Bad"),
        ([GOOD, GOOD, GOOD, POOR, POOR], "Poor"),
        ([GOOD, BAD], "Bad"),
        ([GOOD, GOOD, BAD], "Poor"),
        ([FAIR] * 3, "Fair"),  # by the score
        ([("Good", 4.0, 10, 0)] * 3, "Good"),
        ([("Good", 4.2, 20, 1)] * 3, "Fair"),  # by the share of poor minutes
        ([("Good", 4.2, 21, 1)] * 3, "Good"),
        ([NOBODY] * 3, "Unscored"),
        ([NOBODY] * 9 + [POOR] * 2, "Bad"),  # of those classified
    ],
)
def test_each_rule_at_its_edge(people, band) -> None:
    assert judged(*people)["band"] == band


def test_the_score_weighs_scored_minutes() -> None:
    found = judged(("Good", 4.0, 30, 0), ("Poor", 2.0, 10, 5))
    assert found["score"] == 3.5
    assert found["worst_participant_score"] == 2.0
    assert found["poor_minutes_pct"] == 12.5
    assert found["affected_pct"] == 50.0


def test_people_known_by_summaries_alone_weigh_alike() -> None:
    assert judged(("Good", 4.0, 0, 0), ("Fair", 3.0, 0, 0))["score"] == 3.5
    assert judged(("Good", 4.0, 0, 0), ("Fair", 3.0, 8, 0))["score"] == 3.0


def test_unscored_people_count_as_joins_with_their_minutes_and_nothing_else() -> None:
    found = judged(GOOD, ("Unscored", 1.0, 2, 2))
    expected = {
        "sessions": 2, "classified": 1, "affected": 0, "net_affected": 0, "scored_minutes": 12,
        "poor_minutes": 2, "score": 4.3, "worst_participant_score": 4.3, "affected_pct": 0.0,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected


def test_a_meeting_of_unscored_people_has_no_numbers() -> None:
    found = judged(NOBODY)
    for name in ("score", "affected_pct", "worst_participant_score"):
        assert found[name] is None
    assert judged(("Unscored", None, 0, 0))["poor_minutes_pct"] is None


def test_the_network_verdict_is_counted_apart() -> None:
    found = judged(POOR, BAD, net_band="Good")
    assert (found["affected"], found["net_affected"]) == (2, 0)


@pytest.mark.parametrize(
    ("scores", "wide"),
    [
        ([2.9, 2.9, 2.9, 4.0, 4.0, 4.0], 1),  # three, and half
        ([2.9, 2.9, 2.9, 4.0, 4.0, 4.0, 4.0], 0),
        ([2.9, 2.9, 2.9, 4.0, 4.0, 4.0, None], 1),  # half of those scored
        ([2.9, 2.9], 0),
        ([2.9, 2.9, 3.0], 0),
    ],
)
def test_trouble_is_widespread_if_enough_people_have_it_at_once(scores, wide) -> None:
    people = participants(*[GOOD] * len(scores))
    frame = pl.concat([minutes(4.0, s, session_id=i) for i, s in enumerate(scores)])
    found = score_meetings(people, default(), frame).collect().row(0, named=True)
    assert found["widespread_minutes"] == wide


def test_people_of_other_meetings_are_no_company() -> None:
    people = pl.concat([participants(GOOD, GOOD), participants(GOOD, GOOD, uuid="n")])
    people = people.with_columns(session_id=pl.int_range(pl.len(), dtype=pl.Int64))
    frame = pl.concat([minutes(2.0, 2.0, session_id=i) for i in range(4)])
    found = score_meetings(people, default(), frame).collect()
    assert found["meeting_uuid"].to_list() == ["m", "n"]
    assert found["widespread_minutes"].to_list() == [0, 0]


def test_without_minutes_nobody_knows_what_was_widespread() -> None:
    assert judged(GOOD)["widespread_minutes"] is None
