"""Who is in trouble in one week, and whether one person makes a segment's excess."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.diagnosis.excess import excess
from qosreport.diagnosis.troubled import WHO, troubled
from qosreport.scoring.policy import Stats
from tests.unit.diagnosis.frames import joined, score, session

STATS = Stats(
    min_sessions=4, min_meetings=2, confidence=0.95, fdr_q=0.1, min_effect_pp=2, min_ratio=1.5
)


def weeks_of(people):
    """Connections from {person: (poor, all) or (poor, all, site)}, each in a meeting of its own."""
    sessions, scores = [], []
    for person, (poor, total, *site) in people.items():
        for i in range(total):
            number = len(sessions)
            facts = {"site": site[0] if site else None, "device": "Mac"}
            sessions.append(session(number, person=person, meeting=f"m{i}", **facts))
            bad = {"net_poor_minutes": 7} if i < poor else {}
            scores.append(score(number, "Poor" if i < poor else "Good", **bad))
    return joined(sessions, scores)


def in_trouble(connections, kind="person"):
    rows = troubled(connections, STATS).filter("trouble", kind=kind)
    return rows["site" if kind == "site" else "person_key"].to_list()


FINE = {f"fine{i}": (0, 12) for i in range(12)}


@pytest.mark.parametrize(
    ("poor", "total", "trouble"),
    [(3, 40, True), (2, 40, False), (2, 2, True), (1, 1, False), (0, 9, False)],
)
def test_a_person_is_in_trouble_by_number_or_by_rate(poor, total, trouble):
    people = {**FINE, "other": (9, 12), "ada": (poor, total)}

    assert ("ada" in in_trouble(weeks_of(people))) == trouble


def test_rejoins_of_one_bad_meeting_are_one_event():
    sessions = [session(i, person="ada", meeting="m1") for i in range(4)]
    scores = [score(i, "Poor") for i in range(4)]
    elsewhere = session(9, person="ada", meeting="m2")

    assert in_trouble(joined(sessions, scores)) == []
    assert in_trouble(joined([*sessions, elsewhere], [*scores, score(9, "Poor")])) == ["ada"]


def test_where_everybody_is_alike_nobody_is_above_the_others():
    people = {f"p{i}": (2, 10) for i in range(10)}

    assert in_trouble(weeks_of(people)) == []


def test_a_machine_is_in_trouble_by_flags_in_two_meetings():
    high = {"cpu_minutes": 10, "cpu_flags": ["CPU_SYSTEM_HIGH"], "cpu_cost_minutes": 3}
    low = {"cpu_minutes": 10, "cpu_flags": ["CPU_SYSTEM_ELEVATED"]}
    kinds = {"ada": ("m1", "m2", high), "bram": ("m1", "m1", high), "cleo": ("m1", "m2", low)}
    sessions, scores = [], []
    for person, (first, second, facts) in kinds.items():
        for meeting in (first, second):
            sessions.append(session(len(sessions), person=person, meeting=meeting, device=None))
            scores.append(score(len(scores), **facts))

    found = troubled(joined(sessions, scores), STATS)

    assert in_trouble(joined(sessions, scores), "machine") == ["ada"]
    ada = found.filter(kind="machine", person_key="ada").row(0, named=True)
    assert (ada["device"], ada["k"], ada["n"], ada["harmed_minutes"]) == (None, 2, 2, 6)
    assert ada["enough"] is False


def test_a_machine_that_was_never_measured_is_not_there():
    assert troubled(weeks_of(FINE), STATS).filter(kind="machine").is_empty()


def site_of(people, poor_each, total_each, site):
    return {f"{site}{i}": (poor_each, total_each, site) for i in range(people)}


def test_a_site_is_in_trouble_if_many_suffer_there():
    people = {**site_of(12, 4, 10, "Leeds"), **site_of(12, 0, 10, "Porto")}

    assert in_trouble(weeks_of(people), "site") == ["Leeds"]


def test_a_site_is_not_in_trouble_for_one_person():
    """Ada alone makes 9 of 30 poor; without her Leeds is as good as Porto."""
    people = {"ada": (9, 10, "Leeds"), **site_of(2, 0, 10, "Leeds"), **site_of(9, 0, 10, "Porto")}

    row = excess(weeks_of(people), "site", STATS).row(0, named=True)

    assert (row["name"], row["k"], row["n"], row["worst_person"]) == ("Leeds", 9, 30, "ada")
    assert (row["worst_k"], row["worst_n"]) == (9, 10)
    assert (row["excess_pp"], row["without_pct"], row["without_excess_pp"]) == (30, 0, 0)
    assert (row["stands"], row["survives"]) == (True, False)
    assert in_trouble(weeks_of(people), "site") == []


def test_an_excess_must_be_large_enough_and_sure():
    small = {**site_of(12, 1, 100, "Leeds"), **site_of(12, 0, 100, "Porto")}
    unsure = {**site_of(1, 1, 4, "Leeds"), **site_of(12, 1, 10, "Porto")}
    few = {"ada": (3, 3, "Leeds"), **site_of(12, 0, 10, "Porto")}

    for people in (small, unsure, few):
        row = excess(weeks_of(people), "site", STATS).row(0, named=True)
        assert row["name"] == "Leeds"
        assert row["excess_pp"] > 0
        assert (row["stands"], row["survives"]) == (False, False)


def test_the_worst_of_equals_is_the_one_with_most_harm_then_the_first():
    sessions = [
        session(i, person=who, site="Leeds") for i, who in enumerate(["cleo", "bram", "ada"])
    ]
    scores = [score(i, "Poor", net_poor_minutes=m) for i, m in enumerate([3, 3, 1])]

    assert excess(joined(sessions, scores), "site", STATS)["worst_person"].to_list() == ["bram"]


def test_one_site_only_has_nowhere_to_be_compared_with():
    row = excess(weeks_of(site_of(5, 3, 10, "Leeds")), "site", STATS).row(0, named=True)

    assert (row["elsewhere_pct"], row["excess_pp"], row["stands"]) == (None, None, False)
    assert row["without_pct"] == 30


def test_nothing_poor_has_no_worst_person():
    row = excess(weeks_of(site_of(5, 0, 10, "Leeds")), "site", STATS).row(0, named=True)

    assert (row["worst_person"], row["worst_k"], row["without_pct"]) == (None, None, 0)


def test_an_empty_week_has_nobody():
    assert troubled(joined([], []), STATS).is_empty()
    assert excess(joined([], []), "site", STATS).is_empty()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ada", "bram", "cleo"]), st.sampled_from(["m1", "m2", "m3"]),
            st.sampled_from(["Leeds", "Porto", None]), st.sampled_from(["Mac", None]),
            st.sampled_from(["Good", "Poor", "Unscored"]), st.booleans(),
        ),
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_order_changes_nothing_and_every_row_is_one_thing(rows, dice):
    flags = {True: ["CPU_SYSTEM_HIGH"], False: []}
    sessions = [
        session(i, person=who, meeting=meeting, site=site, device=device)
        for i, (who, meeting, site, device, *_) in enumerate(rows)
    ]
    scores = [
        score(i, band, cpu_minutes=int(high), cpu_flags=flags[high])
        for i, (*_, band, high) in enumerate(rows)
    ]
    frame = joined(sessions, scores)

    found = troubled(frame, STATS)

    assert found.equals(troubled(frame[dice.sample(range(len(rows)), len(rows))], STATS))
    assert found.select(WHO).is_unique().all()
    assert (found["k"] <= found["n"]).all()
    people = found.filter(kind="person")
    assert people["k"].sum() == frame["poor"].sum()
    assert people["n"].sum() == frame["judged"].sum()
    assert excess(frame, "site", STATS).filter(pl.col("survives") & ~pl.col("stands")).is_empty()
