import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport import tables
from qosreport.diagnosis import flagged
from tests.unit.diagnosis.frames import minute, rows_of


def flag(number=1, *, minutes=(), meeting="m1", **facts):
    return {
        "session_id": number,
        "meeting_uuid": meeting,
        "code": "LOSS",
        "medium": "video",
        "direction": "received",
        "component": "avg_loss_pct",
        "worst_value": 8.0,
        "worst_at": minute(0),
        "worst_score": 2.7,
        "unit": "%",
        "threshold": 5.0,
        "band": "Poor",
        "source": "an invented source",
        "flagged_minutes": len(minutes),
        "longest_run_min": len(minutes),
        "minutes": [minute(m) for m in minutes],
        **facts,
    }


def by_owner(*flags, owners=None):
    sessions = sorted({row["session_id"] for row in flags})
    owner = owners or dict.fromkeys(sessions, "ada")
    frame = pl.DataFrame({"session_id": list(owner), "owner": list(owner.values())})
    return flagged.by_owner(rows_of(tables.FLAGS, flags), frame)


def test_minutes_are_joined_into_spans_and_runs():
    row = by_owner(flag(minutes=[0, 1, 2, 7, 9, 10])).row(0, named=True)

    spans = row["occurrences"][0]["spans"]
    assert spans == [
        {"first": minute(0), "last": minute(2)},
        {"first": minute(7), "last": minute(7)},
        {"first": minute(9), "last": minute(10)},
    ]
    assert (row["minutes"], row["longest_run_min"], row["meetings"]) == (6, 3, 1)


def test_a_run_goes_on_over_a_rejoin_and_a_shared_minute_counts_once():
    row = by_owner(flag(1, minutes=[0, 1]), flag(2, minutes=[1, 2])).row(0, named=True)

    assert (row["minutes"], row["longest_run_min"]) == (3, 3)


def test_runs_of_two_meetings_or_two_people_are_not_joined():
    found = by_owner(
        flag(1, minutes=[0, 1]),
        flag(2, minutes=[2], meeting="m2"),
        flag(3, minutes=[3]),
        owners={1: "ada", 2: "ada", 3: "bram"},
    )

    assert found.select("owner", "minutes", "longest_run_min", "meetings").rows() == [
        ("ada", 3, 2, 2),
        ("bram", 1, 1, 1),
    ]


def test_the_facts_are_those_of_the_worst_single_flag():
    worse = flag(2, worst_value=30.0, worst_score=1.0, worst_at=minute(5), band="Bad", minutes=[5])

    row = by_owner(flag(1, minutes=[0, 1, 2]), worse).row(0, named=True)

    assert (row["worst_value"], row["worst_score"], row["band"], row["worst_at"]) == (
        30.0,
        1.0,
        "Bad",
        minute(5),
    )


def test_without_a_score_the_highest_value_is_worst():
    facts = {"code": "CPU_SYSTEM_HIGH", "medium": None, "direction": None, "worst_score": None}

    row = by_owner(flag(1, worst_value=91.0, **facts), flag(2, worst_value=99.0, **facts)).row(
        0, named=True
    )

    assert (row["worst_value"], row["medium"], row["minutes"]) == (99.0, None, 0)


def test_between_equal_scores_the_lower_frame_rate_is_worse():
    facts = {"code": "FPS", "component": "fps_large", "unit": "fps", "threshold": 7.0}

    row = by_owner(flag(1, worst_value=6.0, **facts), flag(2, worst_value=5.9, **facts))

    assert row["worst_value"].to_list() == [5.9]


def test_loss_and_delay_of_one_model_stay_two_flags():
    facts = {"code": "AUDIO_EMODEL", "component": "emodel"}

    found = by_owner(flag(1, unit="%", **facts), flag(2, unit="ms", worst_value=700.0, **facts))

    assert sorted(found["unit"]) == ["%", "ms"]


def test_an_owners_worst_flag_comes_first():
    found = by_owner(
        flag(1, code="JITTER", band="Poor", minutes=range(9)),
        flag(1, code="LOSS_PEAK", band="Bad", minutes=[0]),
        flag(1, code="CPU_SYSTEM_ELEVATED", band="Fair", minutes=range(20)),
        flag(1, code="LATENCY", band="Poor", minutes=range(10)),
    )

    assert found["code"].to_list() == ["LOSS_PEAK", "LATENCY", "JITTER", "CPU_SYSTEM_ELEVATED"]


def test_meetings_are_listed_by_minutes_and_counted_beyond_the_list():
    meetings = [
        flag(n, meeting=f"m{n:02}", minutes=range(n)) for n in range(1, flagged.OCCURRENCES + 4)
    ]

    row = by_owner(*meetings).row(0, named=True)

    assert len(row["occurrences"]) == flagged.OCCURRENCES
    assert row["occurrences"][0]["meeting_uuid"] == f"m{len(meetings)}"
    assert row["meetings"] == len(meetings)
    assert row["minutes"] == sum(range(1, len(meetings) + 1))


def test_flags_of_nobody_asked_for_are_left_out():
    assert by_owner(flag(1), flag(2), owners={2: "bram"})["owner"].to_list() == ["bram"]
    assert by_owner(flag(1), owners={5: "nobody"}).height == 0


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 40), min_size=1), st.integers(1, 3), st.randoms())
def test_spans_hold_exactly_the_minutes_whatever_their_order(minutes, sessions, random):
    shuffled = sorted(minutes)
    random.shuffle(shuffled)
    parts = [flag(n, minutes=shuffled[n::sessions]) for n in range(sessions)]

    row = by_owner(*parts).row(0, named=True)

    spans = row["occurrences"][0]["spans"]
    held = {
        minute(n) for span in spans for n in range(41) if span["first"] <= minute(n) <= span["last"]
    }
    assert held == {minute(n) for n in minutes}
    assert row["minutes"] == len(minutes)
    for left, right in itertools.pairwise(spans):
        assert right["first"] - left["last"] > minute(1) - minute(0)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(seed):
    flags = [
        flag(n, code=code, minutes=[n, n + 1], meeting=f"m{n % 2}", worst_value=float(n % 3))
        for n in range(6)
        for code in ("LOSS", "JITTER")
    ]
    frame = rows_of(tables.FLAGS, flags)
    owners = pl.DataFrame({"session_id": range(6), "owner": [0, 1, 0, 1, 2, 2]})

    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)

    assert flagged.by_owner(shuffled, owners[::-1]).equals(flagged.by_owner(frame, owners))
