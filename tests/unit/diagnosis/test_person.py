"""What was new for a person, and what came of it; drops and rejoins."""

import datetime as dt

import polars as pl
import pytest

from qosreport import tables
from qosreport.diagnosis.person import changes, reconnections
from qosreport.scoring import load_policy
from tests.unit.diagnosis.frames import minute, rows_of, session

STATS = load_policy("zoom-network-quality").stats


def visits(*rows):
    """Meetings by start: network, poor and scored minutes; the rest is always alike."""
    facts = [
        {
            "place": "Leeds",
            "network_type": net,
            "device": "Mac",
            "release": None,
            "poor": k,
            "scored": n,
        }
        for net, k, n in rows
    ]
    schema = dict.fromkeys(("place", "network_type", "device", "release"), pl.String)
    return pl.DataFrame(facts, schema={**schema, "poor": pl.Int64, "scored": pl.Int64})


def test_what_was_there_from_the_beginning_or_is_not_known_is_not_new():
    assert changes(visits(*[("Wired", 0, 30)] * 4), STATS) == []
    assert changes(visits((None, 0, 30), ("Wired", 0, 30), (None, 0, 30)), STATS) == []
    assert changes(visits(), STATS) == []


def test_a_new_network_that_is_much_worse_is_worse():
    before = [("Wired", k, 30) for k in (0, 1, 0, 2, 0, 1)]
    since = [("Wifi", k, 30) for k in (20, 24, 18, 26, 22, 21)]
    (one,) = changes(visits(*before, *since), STATS)
    assert (one.what, one.value, one.first, one.verdict) == ("network_type", "Wifi", 6, "worse")
    assert (one.before.k, one.before.n, one.before.meetings) == (4, 180, 6)
    assert (one.since.k, one.since.n, one.since.meetings) == (131, 180, 6)
    assert one.change == pytest.approx(127 / 180)
    assert one.change - one.reach > 0


def test_since_is_with_the_new_thing_and_before_is_all_that_was_earlier():
    rows = [("Wired", 0, 30), ("Wifi", 3, 30), ("Wired", 9, 30), ("Wifi", 6, 30), ("PPP", 0, 30)]
    wifi, ppp = changes(visits(*rows), STATS)
    assert (wifi.before.n, wifi.since.k, wifi.since.n) == (30, 9, 60)
    assert (ppp.value, ppp.before.n) == ("PPP", 120)


def test_few_meetings_are_too_few_however_bad():
    rows = [("Wired", 0, 30)] * 9 + [("Wifi", 30, 30)] * 4
    (one,) = changes(visits(*rows), STATS)
    assert (one.verdict, one.change, one.p) == ("too_few", None, None)


def test_unscored_meetings_are_no_sample():
    rows = [("Wired", 0, 30)] * 9 + [("Wifi", 30, 30)] * 4 + [("Wifi", 0, 0)] * 4
    (one,) = changes(visits(*rows), STATS)
    assert (one.since.meetings, one.verdict) == (4, "too_few")


def test_one_bad_meeting_of_many_is_no_clear_change():
    rows = [("Wired", 0, 30)] * 8 + [("Wifi", k, 30) for k in (0, 0, 20, 0, 0, 0)]
    (one,) = changes(visits(*rows), STATS)
    assert one.verdict == "no_detectable_change"
    assert one.change - one.reach < 0 < one.change


def test_no_poor_minute_on_either_side_is_no_change():
    (one,) = changes(visits(*[("Wired", 0, 30)] * 6, *[("Wifi", 0, 30)] * 6), STATS)
    assert (one.change, one.reach, one.p, one.verdict) == (0, 0, 1, "no_detectable_change")


def joins(*spans, **facts):
    rows = [
        session(n, join=minute(a), leave_time=None if b is None else minute(b), **facts)
        for n, (a, b) in enumerate(spans)
    ]
    return rows_of(tables.SESSIONS, rows)


@pytest.mark.parametrize(
    ("spans", "drops", "away"),
    [
        ([(0, 10), (13, 30)], 1, 3),
        ([(0, 10), (13, 20), (21, 30)], 2, 4),
        ([(13, 30), (0, 10)], 1, 3),
        ([(0, 30), (5, 10), (12, 20)], 0, 0),
        ([(0, 30)], 0, 0),
        ([(0, None), (5, 10)], 0, 0),
    ],
)
def test_drops_are_leaves_that_were_followed_by_a_join(spans, drops, away):
    found = reconnections(joins(*spans))
    assert found["drops"].sum() == drops
    assert found["away_minutes"].sum() == away


def test_rooms_and_other_meetings_are_no_drops():
    rows = pl.concat(
        [joins((0, 10), breakout_id="b"), joins((12, 20)), joins((25, 30), meeting="m2")]
    )
    assert reconnections(rows).is_empty()


def test_less_than_half_a_minute_away_is_a_drop_of_no_minute():
    rows = joins((0, 10), (10, 30))
    late = rows.with_columns(join_time=pl.col("join_time") + dt.timedelta(seconds=20))
    found = reconnections(pl.concat([rows.head(1), late.tail(1)]))
    assert found.row(0) == ("m1", 1, 0)
