import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.diagnosis.segments import PROPERTIES, hours, segment
from tests.unit.diagnosis.frames import LOW, joined, score, session


def many(*groups):
    """Connections of (site, person, meeting, band) each."""
    sessions = [
        session(i, site=site, person=person, meeting=meeting)
        for i, (site, person, meeting, _) in enumerate(groups)
    ]
    scores = [
        score(i, band, net_poor_minutes=4 if band == "Poor" else 0)
        for i, (_, _, _, band) in enumerate(groups)
    ]
    return joined(sessions, scores)


def test_the_highest_rate_stands_first_and_too_few_last():
    rows = many(
        *[("Leeds", f"p{i}", f"m{i % 2}", "Poor" if i < 3 else "Good") for i in range(9)],
        *[("Cardiff", f"p{i}", f"m{i % 2}", "Poor" if i < 2 else "Good") for i in range(4)],
        ("Porto", "p9", "m1", "Poor"),
        (None, "p8", "m1", "Poor"),
        (None, "p7", "m2", "Good"),
    )

    found = segment(rows, "site", LOW)

    assert found["name"].to_list() == ["Cardiff", "Leeds", None, "Porto"]
    assert found["enough"].to_list() == [True, True, False, False]
    assert found.select("k", "n", "meetings").rows() == [(2, 4, 2), (3, 9, 2), (1, 2, 2), (1, 1, 1)]


def test_a_value_without_any_judged_connection_is_still_named():
    found = segment(many(("Leeds", "p", "m", "Unscored")), "site", LOW).row(0, named=True)

    assert (found["name"], found["k"], found["n"], found["pct"]) == ("Leeds", 0, 0, None)
    assert found["top_person_pct"] == 0


def test_the_largest_share_of_one_person_is_of_the_judged_connections():
    rows = many(
        ("Leeds", "ada", "m1", "Poor"),
        ("Leeds", "ada", "m2", "Good"),
        ("Leeds", "ada", "m3", "Good"),
        ("Leeds", "bram", "m1", "Good"),
        ("Leeds", "ada", "m1", "Unscored"),
    )

    assert segment(rows, "site", LOW)["top_person_pct"].item() == 75


def test_people_are_counted_once_and_only_where_judged():
    rows = many(
        ("Leeds", "ada", "m1", "Poor"),
        ("Leeds", "ada", "m2", "Good"),
        ("Leeds", "bram", "m1", "Good"),
        ("Leeds", "cleo", "m1", "Unscored"),
        ("Porto", "ada", "m3", "Good"),
    )

    found = segment(rows, "site", LOW)

    assert dict(found.select("name", "people").iter_rows()) == {"Leeds": 2, "Porto": 1}
    assert hours(rows)["people"].item() == 2


def test_harmed_minutes_are_summed_over_all_connections_of_the_segment():
    rows = many(
        ("Leeds", "a", "m1", "Poor"), ("Leeds", "b", "m1", "Poor"), (None, "c", "m", "Good")
    )

    found = dict(segment(rows, "site", LOW).select("name", "harmed_minutes").iter_rows())

    assert found == {"Leeds": 8, None: 0}


def test_client_versions_are_grouped_by_release():
    rows = joined(
        [session(1, client_version="6.2.5 (1)"), session(2, client_version="6.2.5 (2)")],
        [score(1), score(2)],
    )

    assert segment(rows, "client_version", LOW).select("name", "n").rows() == [("6.2.5", 2)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from(["Leeds", "Cardiff", None]),
    st.sampled_from("abc"),
    st.sampled_from(["m1", "m2", "m3"]),
    st.sampled_from(["Good", "Fair", "Poor", "Bad", "Unscored"]),
), min_size=1, max_size=30), st.randoms(use_true_random=False))  # fmt: skip
def test_segments_add_up_to_all_connections_in_any_order(groups, random):
    rows = many(*groups)
    order = list(range(rows.height))
    random.shuffle(order)

    for name in PROPERTIES.keys() - {"provider"}:
        found = segment(rows, name, LOW)
        assert found["k"].sum() == rows["poor"].sum()
        assert found["n"].sum() == rows["judged"].sum()
        assert found["harmed_minutes"].sum() == rows["harmed_minutes"].sum()
        assert found.equals(segment(rows[order], name, LOW))
    assert hours(rows)["connections"].sum() == rows["judged"].sum()


@pytest.mark.parametrize(
    ("first", "second", "hour"),
    [
        # Clocks go back: 01:30 comes twice on 25 October 2026 in London.
        ("2026-10-25T00:30Z", "2026-10-25T01:30Z", 1),
        # Clocks go forward: the hour after 00:59 is the third of the day.
        ("2026-03-29T01:10Z", "2026-03-29T01:50Z", 2),
    ],
)
def test_an_hour_that_happens_twice_is_one_cell(first, second, hour):
    joins = [dt.datetime.fromisoformat(text) for text in (first, second)]
    rows = joined(
        [session(i, join=join) for i, join in enumerate(joins)],
        [score(0, "Poor"), score(1)],
        zone="Europe/London",
    )

    assert hours(rows).rows() == [(7, hour, 1, 2, 1)]


def test_hours_without_connections_have_no_cell():
    assert hours(many(("Leeds", "a", "m", "Unscored"))).height == 0
    names = ["weekday", "hour", "poor", "connections", "people"]
    assert hours(joined([], [])).schema.names() == names
    assert isinstance(hours(joined([], [])), pl.DataFrame)


def test_sites_and_providers_have_every_connection_once():
    rows = joined(
        [
            session(1, site="Leeds"),
            session(2, meeting="m2", location="York"),
            session(3, meeting="m3"),
        ],
        [score(1, "Poor"), score(2, "Bad"), score(3)],
    ).with_columns(provider=pl.Series([None, "Maple Loop", None]))
    sites, providers = (segment(rows, name, LOW) for name in ("site", "provider"))
    assert dict(sites.select("name", "n").iter_rows()) == {"Leeds": 1, None: 1}
    assert dict(providers.select("name", "k").iter_rows()) == {"Maple Loop": 1}
