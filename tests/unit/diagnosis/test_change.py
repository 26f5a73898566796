import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from qosreport.diagnosis.change import COMPARISONS, changes, versions
from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.segments import PROPERTIES
from qosreport.diagnosis.weeks import back
from qosreport.scoring import load_policy
from qosreport.scoring.policy import Stats

STATS = load_policy("zoom-network-quality").stats
LAX = Stats(
    min_sessions=4, min_meetings=2, confidence=0.95, fdr_q=0.1, min_effect_pp=2, min_ratio=1.5
)
WEEK, BEFORE = "2026-W46", "2026-W45"
SCHEMA = {
    "meeting_uuid": pl.String, "person_key": pl.String, "site": pl.String,
    "network_type": pl.String, "centre": pl.String, "release": pl.String,
    "device": pl.String, "os": pl.String, "judged": pl.Boolean, "poor": pl.Boolean,
}  # fmt: skip
USUAL = {
    "site": "Leeds", "network_type": "Wifi", "centre": "LHR", "release": "6.6.2",
    "device": "Mac", "os": "macOS", "judged": True,
}  # fmt: skip


def frame(rows):
    return pl.DataFrame(rows, schema=SCHEMA)


def week(poor, *, name, meetings=20, size=5, **facts):
    """A week in which the first `poor` connections, one a meeting first, are poor."""
    return [
        {
            **USUAL, "meeting_uuid": f"{name}-{facts.get('site', '')}-{m}",
            "person_key": f"{name}-{facts}-{m}-{i}", "poor": i * meetings + m < poor, **facts,
        }
        for i in range(size) for m in range(meetings)
    ]  # fmt: skip


def of(found, kind, name=None, comparison="previous"):
    rows = found.compared.filter(
        pl.col("kind") == kind,
        pl.col("name").eq_missing(pl.lit(name)),
        pl.col("comparison") == comparison,
    )
    return rows.row(0, named=True)


def verdict(now, before, **more):
    found = changes({WEEK: frame(now), BEFORE: frame(before)}, WEEK, STATS)
    return of(found, "organisation", **more)


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [
        (40, 10, "worse"),
        (10, 40, "better"),
        (19, 20, "no_detectable_change"),
        (22, 20, "no_detectable_change"),
    ],
)
def test_the_word_on_a_change(now, before, word):
    row = verdict(week(now, name="n"), week(before, name="b"))

    assert (row["verdict"], row["reason"]) == (word, None)
    assert row["change_pp"] == pytest.approx(now - before)
    assert row["raw_pp"] == pytest.approx(now - before)
    assert row["low_pp"] < row["change_pp"] < row["high_pp"]
    assert (row["low_pp"] > 0 or row["high_pp"] < 0) == (row["p"] < 0.05)


def test_weeks_whose_meetings_are_all_alike_have_no_change_for_certain():
    row = verdict(week(20, name="n"), week(20, name="b"))

    assert (row["change_pp"], row["se_pp"], row["p"]) == (0, 0, 1)
    assert (row["low_pp"], row["high_pp"], row["verdict"]) == (0, 0, "no_detectable_change")


def test_a_sure_but_small_change_gets_no_arrow():
    """4 to 5.5 % of 20,000 is beyond doubt, and neither two points nor half as much again."""
    row = verdict(week(1100, name="n", meetings=4000), week(800, name="b", meetings=4000))

    assert row["p_adjusted"] < 0.01
    assert row["change_pp"] == pytest.approx(1.5)
    assert row["verdict"] == "no_detectable_change"


def test_a_large_change_by_points_alone_gets_no_arrow():
    """40 to 48 % is eight points and only a fifth more."""
    row = verdict(week(960, name="n", meetings=400), week(800, name="b", meetings=400))

    assert row["p_adjusted"] < 0.01
    assert row["verdict"] == "no_detectable_change"


@pytest.mark.parametrize(
    ("now", "before", "reason"),
    [
        (week(9, name="n"), [], "no_earlier_week"),
        (week(9, name="n", size=1), week(9, name="b"), "few_now"),
        (week(9, name="n", meetings=9, size=9), week(9, name="b"), "few_now"),
        (week(9, name="n"), week(9, name="b", size=1), "few_before"),
        (week(4, name="n"), week(50, name="b"), "few_events"),
        (week(50, name="n"), week(4, name="b"), "few_events"),
        (week(9, name="n"), week(9, name="b", network_type="Wired"), "mix_differs"),
    ],
)
def test_too_few_to_say_and_why(now, before, reason):
    row = verdict(now, before)

    assert (row["verdict"], row["reason"]) == ("too_few", reason)
    assert (row["p"], row["p_adjusted"], row["low_pp"], row["high_pp"]) == (None,) * 4


def test_five_events_on_both_sides_are_enough():
    assert verdict(week(5, name="n"), week(50, name="b"))["verdict"] == "better"


def test_a_site_that_was_not_there_before_is_too_few():
    now = [*week(9, name="n"), *week(30, name="n", site="Porto")]
    found = changes({WEEK: frame(now), BEFORE: frame(week(9, name="b"))}, WEEK, STATS)

    row = of(found, "site", "Porto")
    assert (row["verdict"], row["reason"], row["n_before"]) == ("too_few", "not_there_before", 0)
    everybody = of(found, "organisation")
    assert everybody["raw_pp"] == pytest.approx(39 / 2 - 9)
    assert (everybody["change_pp"], everybody["covered_pct"]) == (0, 50)
    assert everybody["verdict"] == "no_detectable_change"
    named = found.unmatched.filter(kind="organisation", comparison="previous")
    assert named.select("site", "network_type", "n_own", "n_other").rows() == [
        ("Porto", "Wifi", 100, 0)
    ]


def test_more_people_at_home_is_no_change():
    """Everybody's own network is as it was; only where people are differs."""
    office, home = {"site": "Leeds", "network_type": "Wired"}, {"site": "York"}
    now = [
        *week(3, name="n", size=3, **office), *week(90, name="n", size=15, **home),
    ]  # fmt: skip
    before = [*week(15, name="b", size=15, **office), *week(18, name="b", size=3, **home)]

    row = verdict(now, before)

    assert row["raw_pp"] == pytest.approx(100 * (93 / 360 - 33 / 360))
    assert row["change_pp"] == pytest.approx(0)
    assert row["standard_pct"] == pytest.approx(100 * 93 / 360)
    assert row["verdict"] == "no_detectable_change"


def test_only_the_site_that_changed_gets_an_arrow():
    now = [*week(30, name="n"), *week(6, name="n", site="Porto", network_type="Wired")]
    before = [*week(6, name="b"), *week(6, name="b", site="Porto", network_type="Wired")]

    found = changes({WEEK: frame(now), BEFORE: frame(before)}, WEEK, STATS)

    assert of(found, "site", "Leeds")["verdict"] == "worse"
    assert of(found, "site", "Porto")["verdict"] == "no_detectable_change"
    assert of(found, "network_type", "Wifi")["verdict"] == "worse"
    # The organisation, two sites, two networks, and one each of the other four kinds.
    assert found.tested == {"previous": 9, "trailing": 9}


def test_identical_weeks_have_no_arrow_in_any_segment():
    rows = [*week(30, name="x"), *week(20, name="x", site="Porto"), *week(9, name="x", os="Linux")]

    found = changes({WEEK: frame(rows), BEFORE: frame(rows)}, WEEK, STATS)

    tested = found.compared.filter(pl.col("p").is_not_null())
    assert tested.height > 10
    assert tested["change_pp"].abs().max() < 1e-12
    assert tested["p"].min() == pytest.approx(1)
    assert set(tested["verdict"]) == {"no_detectable_change"}


def test_the_trailing_eight_are_pooled_and_a_ninth_is_not():
    labels = back(WEEK, 9)
    weeks = {label: frame(week(5 + i, name=label)) for i, label in enumerate(labels)}
    weeks[WEEK] = frame(week(50, name="n"))

    found = changes(weeks, WEEK, STATS)

    assert found.weeks == {"previous": labels[:1], "trailing": labels[:8]}
    previous, trailing = (of(found, "organisation", comparison=c) for c in COMPARISONS)
    assert (previous["k_before"], previous["n_before"]) == (5, 100)
    assert (trailing["k_before"], trailing["n_before"]) == (sum(range(5, 13)), 800)
    assert trailing["meetings_before"] == 160


def test_without_the_previous_week_nothing_stale_takes_its_place():
    weeks = {WEEK: frame(week(9, name="n")), "2026-W44": frame(week(9, name="b"))}

    found = changes(weeks, WEEK, STATS)

    assert found.weeks == {"previous": [], "trailing": ["2026-W44"]}
    assert of(found, "organisation")["reason"] == "no_earlier_week"
    assert of(found, "organisation", comparison="trailing")["reason"] is None
    assert found.tested["previous"] == 0


def test_a_week_without_meetings():
    found = changes({WEEK: frame([]), BEFORE: frame(week(9, name="b"))}, WEEK, STATS)

    assert found.segments.select("kind", "n", "pct").rows() == [("organisation", 0, None)]
    assert set(found.compared["verdict"]) == {"too_few"}
    assert found.tested == {"previous": 0, "trailing": 0}


def test_the_first_week_ever():
    found = changes({WEEK: frame(week(9, name="n"))}, WEEK, STATS)

    assert set(found.compared["reason"]) == {"no_earlier_week"}
    assert (
        found.compared.columns
        == changes(
            {WEEK: frame([]), BEFORE: frame(week(9, name="b"))}, WEEK, STATS
        ).compared.columns
    )


def test_unjudged_connections_count_nowhere():
    rows = [{**row, "judged": False, "poor": False, "site": "Porto"} for row in week(0, name="u")]
    weeks = {WEEK: frame([*week(9, name="n"), *rows]), BEFORE: frame([*week(9, name="b"), *rows])}

    found = changes(weeks, WEEK, STATS)

    porto = of(found, "site", "Porto")
    assert (porto["n_before"], porto["reason"]) == (0, "not_there_before")
    assert of(found, "organisation")["n_before"] == 100


def test_the_provider_is_a_kind_where_the_frame_has_it():
    now = frame(week(30, name="n")).with_columns(provider=pl.lit("Maple Loop"))
    before = frame(week(6, name="b"))

    with_it = changes({WEEK: now, BEFORE: now.with_columns(poor=False)}, WEEK, STATS)
    new = changes({WEEK: now, BEFORE: before}, WEEK, STATS)

    assert of(with_it, "provider", "Maple Loop")["reason"] == "few_events"
    assert of(new, "provider", "Maple Loop")["reason"] == "not_there_before"
    plain = changes({WEEK: before}, WEEK, STATS)
    assert set(plain.segments["kind"]) == {"organisation", *PROPERTIES} - {"provider"}


def test_a_version_against_the_others_of_its_week():
    rows = [
        *week(30, name="n", release="6.6.11"),
        *week(6, name="n"),
        *week(5, name="n", release="6.5"),
        *week(3, name="n", release="6.4", size=1),
        *week(50, name="n", release=None),
    ]

    found, tested = versions(frame(rows), STATS)

    words = dict(found.select("name", "verdict").iter_rows())
    assert words == {"6.6.11": "worse", "6.6.2": "better", "6.5": "better", "6.4": "too_few"}
    assert tested == 3
    new = found.filter(name="6.6.11").row(0, named=True)
    assert (new["k"], new["n"], new["k_before"], new["n_before"]) == (30, 100, 14, 220)


def test_one_version_alone_has_nothing_to_be_compared_with():
    found, tested = versions(frame(week(30, name="n")), STATS)

    assert found.select("name", "verdict", "n_before").rows() == [("6.6.2", "too_few", 0)]
    assert tested == 0
    assert versions(frame([]), STATS)[0].is_empty()


ROW = st.fixed_dictionaries({
    "meeting_uuid": st.sampled_from("abcdefgh"), "person_key": st.sampled_from("uvwxyz"),
    "site": st.sampled_from(["Leeds", "Porto", None]),
    "network_type": st.sampled_from(["Wifi", None]),
    "centre": st.just("LHR"), "release": st.sampled_from(["6.6.2", "6.5.7", None]),
    "device": st.just("Mac"), "os": st.just("macOS"), "judged": st.booleans(),
    "poor": st.booleans(),
}).map(lambda row: {**row, "poor": row["poor"] and row["judged"]})  # fmt: skip
WEEKS = st.lists(st.lists(ROW, max_size=60), min_size=1, max_size=3)


def dated(weeks):
    labels = [WEEK, *back(WEEK, 8)]
    return {label: frame(rows) for label, rows in zip(labels, weeks, strict=False)}


@settings(max_examples=15, deadline=None)
@given(WEEKS, st.randoms(use_true_random=False))
def test_order_and_empty_weeks_change_nothing(weeks, dice):
    found = changes(dated(weeks), WEEK, LAX)
    shuffled = [dice.sample(rows, len(rows)) for rows in weeks]
    more = dated(shuffled) | {"2026-W40": frame([]), "2026-W47": frame(weeks[0])}

    again = changes(more, WEEK, LAX)

    assert_frame_equal(again.segments, found.segments)
    assert again.compared.equals(found.compared)
    assert again.unmatched.equals(found.unmatched)
    assert (again.tested, again.weeks) == (found.tested, found.weeks)


@settings(max_examples=15, deadline=None)
@given(WEEKS)
def test_every_row_agrees_with_itself(weeks):
    found = changes(dated(weeks), WEEK, LAX)
    before = pl.concat([frame([]), *(frame(rows) for rows in weeks[1:])])

    assert found.compared.height == len(COMPARISONS) * found.segments.height
    for row in found.compared.rows(named=True):
        assert (row["verdict"] == "too_few") == (row["reason"] is not None)
        assert (row["p"] is None) == (row["reason"] is not None)
        if row["verdict"] in {"worse", "better"}:
            assert abs(row["change_pp"]) >= LAX.min_effect_pp
            assert row["p_adjusted"] <= LAX.fdr_q
            assert (row["change_pp"] > 0) == (row["verdict"] == "worse")
    rates = rate_by(before, ["site"], Minimums(4, 2, 0.95), k="poor", n="judged")
    for site, k, n in rates.select("site", "k", "n").iter_rows():
        trailing = found.compared.filter(
            pl.col("name").eq_missing(pl.lit(site)), kind="site", comparison="trailing"
        )
        assert trailing.select("k_before", "n_before").rows() in ([], [(k, n)])


def test_worse_never_becomes_better_with_more_poor_connections():
    dice = random.Random(5)
    before = week(12, name="b")
    now = week(5, name="n")
    p_values = []
    for _ in range(12):
        row = verdict(now, before)
        p_values.append((row["change_pp"], row["verdict"]))
        good = [i for i, one in enumerate(now) if not one["poor"]]
        for i in dice.sample(good, 4):
            now[i]["poor"] = True

    rank = {"better": 0, "no_detectable_change": 1, "worse": 2}
    assert [rank[word] for _, word in p_values] == sorted(rank[word] for _, word in p_values)
    assert p_values == sorted(p_values, key=lambda pair: pair[0])
    assert p_values[-1][1] == "worse"
