"""Rates of this week against earlier ones, from hand-written counts."""

import math
import random

import polars as pl
import pytest

from qosreport.diagnosis import shift
from qosreport.scoring import load_policy

STATS = load_policy("zoom-network-quality").stats
TYPES = {
    "figure": pl.String,
    "meeting_uuid": pl.String,
    "person_key": pl.String,
    "k": pl.Int64,
    "n": pl.Int64,
    "sessions": pl.Int64,
}


def frame(*rows):
    """Rows of figure, meeting, person and its counts."""
    long = pl.DataFrame(rows, schema=TYPES, orient="row")
    parts = [
        one.drop("figure").rename({part: shift.column(part, name) for part in shift.PARTS})
        for (name,), one in long.partition_by("figure", as_dict=True).items()
    ]
    return pl.concat(parts, how="diagonal")


def week(tag, poor, of=10, meetings=20, figure="drops"):
    """`meetings` meetings of `of` people each, `poor` of them so in every second meeting."""
    return [
        (figure, f"{tag}-{m}", f"{tag}-{m}-{p}", int(p < poor and m % 2 == 0), 1, 1)
        for m in range(meetings)
        for p in range(of)
    ]


def names(weeks):
    return [c.removeprefix("k_") for c in weeks["2026-W46"].columns if c.startswith("k_")]


def verdicts(weeks, **facts):
    found = shift.shifts(weeks, "2026-W46", names(weeks), STATS, **facts)
    return {(row["comparison"], row["name"]): row for row in found.iter_rows(named=True)}


def test_the_first_week_has_nothing_to_compare_with():
    found = verdicts({"2026-W46": frame(*week("a", 4))})
    row = found["previous", "drops"]
    assert (row["verdict"], row["reason"]) == ("too_few", "no_earlier_week")
    assert (row["k_before"], row["n_before"], row["change_pp"]) == (0, 0, None)


def test_a_large_change_is_told_with_its_interval():
    found = verdicts({"2026-W46": frame(*week("a", 8)), "2026-W45": frame(*week("b", 1))})
    row = found["previous", "drops"]
    assert row["verdict"] == "worse"
    assert row["change_pp"] == pytest.approx(35)
    assert 0 < row["low_pp"] < 35 < row["high_pp"]
    assert row["n_before"] == 200


def test_more_is_better_where_it_is_said_so():
    weeks = {
        "2026-W46": frame(*week("a", 8, figure="scored")),
        "2026-W45": frame(*week("b", 1, figure="scored")),
    }
    row = verdicts(weeks, better=["scored"])["previous", "scored"]
    assert row["verdict"] == "better"
    assert row["change_pp"] == pytest.approx(-35)
    assert row["before_pct"] == pytest.approx(95)


def test_too_few_connections_are_not_compared():
    few = frame(*week("b", 1, meetings=2))
    found = verdicts({"2026-W46": frame(*week("a", 8)), "2026-W45": few})
    assert found["previous", "drops"]["reason"] == "few_before"


def test_a_gap_is_not_bridged_by_an_older_week():
    weeks = {"2026-W46": frame(*week("a", 8)), "2026-W44": frame(*week("b", 1))}
    found = verdicts(weeks)
    assert found["previous", "drops"]["reason"] == "no_earlier_week"
    assert found["trailing", "drops"]["verdict"] == "worse"


def test_the_standard_error_is_that_of_independent_meetings():
    """With everybody once, the clustered variance is the sum of both weeks' own."""
    rng = random.Random(4)
    own = [("x", f"a{m}", f"a{m}", rng.randint(0, 3), 5, 5) for m in range(30)]
    other = [("x", f"b{m}", f"b{m}", rng.randint(0, 3), 5, 5) for m in range(40)]
    row = verdicts({"2026-W46": frame(*own), "2026-W45": frame(*other)})["previous", "x"]

    def part(rows):
        rate = sum(r[3] for r in rows) / sum(r[4] for r in rows)
        return sum((r[3] - rate * r[4]) ** 2 for r in rows) / sum(r[4] for r in rows) ** 2

    expected = math.sqrt((part(own) + part(other)) * 70 / 69)
    assert row["se_pp"] == pytest.approx(100 * expected)


def test_one_person_in_many_meetings_is_one_person():
    """The same counts, brought by one person or by many, are not equally sure."""
    own = [("x", f"a{m}", f"p{m}" if m % 2 else "ada", m % 2 == 0, 1, 1) for m in range(60)]
    many = [(f, m, f"q{i}", k, n, s) for i, (f, m, _, k, n, s) in enumerate(own)]
    before = frame(*[("x", f"b{m}", f"r{m}", m % 10 == 0, 1, 1) for m in range(60)])
    one = verdicts({"2026-W46": frame(*own), "2026-W45": before})["previous", "x"]
    spread = verdicts({"2026-W46": frame(*many), "2026-W45": before})["previous", "x"]
    assert one["change_pp"] == pytest.approx(spread["change_pp"])
    assert one["se_pp"] > 3 * spread["se_pp"]


def test_history_has_every_week_and_figure():
    weeks = {"2026-W46": frame(*week("a", 8)), "2026-W45": frame(*week("b", 1))}
    found = shift.history(weeks, ["drops"], STATS)
    assert found.select("figure", "week", "k", "n").rows() == [
        ("drops", "2026-W45", 10, 200),
        ("drops", "2026-W46", 80, 200),
    ]
    assert found["enough"].all()


def test_the_order_of_rows_does_not_matter():
    rows, before = week("a", 8), frame(*week("b", 1))
    one = shift.shifts({"2026-W46": frame(*rows), "2026-W45": before}, "2026-W46", ["drops"], STATS)
    random.Random(1).shuffle(rows)
    other = shift.shifts(
        {"2026-W46": frame(*rows), "2026-W45": before}, "2026-W46", ["drops"], STATS
    )
    assert one.equals(other)


def test_weeks_in_which_nothing_changes_have_few_arrows():
    """Forty pairs of figures drawn alike: about one in twenty is below 0.05."""
    rng = random.Random(11)

    def drawn(tag, figures):
        rows = []
        for figure in range(figures):
            for m in range(30):
                bad = rng.random() < 0.3
                for p in range(6):
                    k = int(rng.random() < (0.4 if bad else 0.05))
                    rows.append((f"f{figure}", f"{tag}{figure}-{m}", f"{tag}{m}-{p}", k, 1, 1))
        return frame(*rows)

    weeks = {"2026-W46": drawn("a", 40), "2026-W45": drawn("b", 40)}
    found = shift.shifts(weeks, "2026-W46", names(weeks), STATS).filter(comparison="previous")
    assert found["p"].is_not_null().all()
    assert found.filter(pl.col("p") < 0.05).height <= 5
    assert found.filter(pl.col("verdict") != "no_detectable_change").height <= 1
