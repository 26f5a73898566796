import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.diagnosis.standing import Rule, Standing, standing

TWO_OF_FOUR, ONE_OF_FOUR = Rule(2, 4), Rule(1, 4)
LETTERS = {"T": "trouble", "f": "fine", "?": "few", "-": "absent"}


def told(letters, rule=TWO_OF_FOUR):
    """Standing from letters, the latest week first."""
    return standing([LETTERS[letter] for letter in letters], rule)


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        ("T", Standing("watch", 1, 1, 0)),
        ("T---", Standing("watch", 1, 1, 0)),
        ("TT", Standing("new", 2, 2, 0)),
        ("TfT", Standing("new", 2, 1, 0)),
        ("TffT", Standing("new", 2, 1, 0)),
        ("TfffT", Standing("watch", 1, 1, 0)),
        ("TTT", Standing("continuing", 3, 3, 0)),
        ("TTTTTTTTT", Standing("continuing", 4, 9, 0)),
        ("TfTT", Standing("continuing", 3, 1, 0)),
        ("fTT", Standing("resolved", 2, 2, 1)),
        ("f-TT", Standing("resolved", 2, 2, 2)),
        ("f?TT", Standing("resolved", 2, 2, 2)),
        ("ffTT", None),
        ("fTf", None),
        ("-TT", Standing("absent", 2, 2, 1)),
        ("----TT", Standing("absent", 2, 2, 4)),
        ("-----TT", None),
        ("?TT", Standing("unclear", 2, 2, 1)),
        ("T-T", Standing("new", 2, 2, 0)),
        ("T?-TT", Standing("continuing", 2, 3, 0)),
        ("f", None),
        ("", None),
    ],
)
def test_two_of_four_weeks(weeks, expected):
    assert told(weeks) == expected


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        ("T", Standing("new", 1, 1, 0)),
        ("TT", Standing("continuing", 2, 2, 0)),
        ("TfffT", Standing("new", 1, 1, 0)),
        ("TffT", Standing("continuing", 2, 1, 0)),
        ("fT", Standing("resolved", 1, 1, 1)),
        ("-T", Standing("absent", 1, 1, 1)),
    ],
)
def test_one_week_is_enough_where_the_rule_says_so(weeks, expected):
    assert told(weeks, ONE_OF_FOUR) == expected


@given(st.text("Tf?-", max_size=9), st.sampled_from([TWO_OF_FOUR, ONE_OF_FOUR]))
def test_a_standing_agrees_with_its_weeks(weeks, rule):
    found = told(weeks, rule)

    if weeks.startswith("T"):
        assert found.status in {"new", "continuing", "watch"}
        assert (found.weeks_in_trouble >= rule.least) == (found.status != "watch")
    if found:
        assert weeks[found.weeks_ago] == "T"
        assert "T" not in weeks[: found.weeks_ago]
        assert found.weeks_in_row >= 1
        assert found.weeks_in_trouble == weeks[found.weeks_ago :][: rule.of].count("T")


@given(st.text("Tf?-", min_size=1, max_size=8), st.sampled_from([TWO_OF_FOUR, ONE_OF_FOUR]))
def test_weeks_in_which_nothing_was_seen_before_all_others_change_nothing(weeks, rule):
    assert told(weeks, rule) == told(weeks + "-", rule)


@given(st.text("Tf?-", max_size=8))
def test_what_is_resolved_is_said_once(weeks):
    first = told("f" + weeks)
    again = told("ff" + weeks)

    assert first is None or first.status == "resolved"
    assert again is None
