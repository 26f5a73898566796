import datetime as dt
import itertools
from collections import Counter

import pytest

from qosreport.errors import BadSimulation
from qosreport.simulator.causes import DIRECTIONS, IMPACTS, SEEN_AS, Cause, Impact
from qosreport.simulator.drawing import DRAWS
from qosreport.simulator.organisation import Simulation, SimulationSettings
from qosreport.simulator.schedule import WEEK_S
from tests.unit.simulator.support import END, START, organisation

DAY = dt.date(2026, 11, 4)


def cause(**other):
    return Cause(**({"id": "c", "kind": "site_link", "where": "Leeds", "strength": 1.0,
                     "first_day": DAY, "last_day": DAY} | other))  # fmt: skip


def utc(*parts):
    return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp())


def test_a_window_is_in_the_zone_of_the_place():
    link = cause(from_hour=10, to_hour=10.5, zone="America/Toronto")
    assert link.windows() == ((utc(2026, 11, 4, 15), utc(2026, 11, 4, 15, 30)),)


def test_windows_come_on_the_weekdays_asked_for_and_cross_midnight():
    nights = cause(
        first_day=dt.date(2026, 11, 2), last_day=dt.date(2026, 11, 15), weekdays=(0, 6),
        from_hour=22, to_hour=26,
    )  # fmt: skip
    assert nights.windows() == (
        (utc(2026, 11, 2, 22), utc(2026, 11, 3, 2)),
        (utc(2026, 11, 8, 22), utc(2026, 11, 9, 2)),
        (utc(2026, 11, 9, 22), utc(2026, 11, 10, 2)),
        (utc(2026, 11, 15, 22), utc(2026, 11, 16, 2)),
    )


def test_a_window_follows_the_clock_change():
    # Britain's clocks went back on 25 October 2026.
    both = cause(first_day=dt.date(2026, 10, 24), last_day=dt.date(2026, 10, 25), from_hour=10,
                 to_hour=11, zone="Europe/London")  # fmt: skip
    assert [start % 86_400 // 3600 for start, _ in both.windows()] == [9, 10]


def test_strength_scales_the_impact():
    assert Impact(1, 2, 3, 4, 5).times(2) == Impact(2, 4, 6, 8, 10)
    assert cause(strength=0.5).impact.loss_pct == IMPACTS["site_link"].loss_pct / 2


def test_every_kind_has_an_impact_a_direction_a_name_for_diagnosis_and_a_way_to_be_drawn():
    assert set(IMPACTS) == set(DIRECTIONS) == set(DRAWS) == set(SEEN_AS) - {"noise"}


def test_parameters_come_out_whole_for_the_truth_file():
    shown = cause().as_json()
    assert shown["first_day"] == "2026-11-04"
    assert shown["seen_as"] == "site"
    assert shown["direction"] == "both"
    assert shown["impact"]["loss_pct"] == IMPACTS["site_link"].loss_pct
    assert set(shown) >= {"id", "kind", "where", "strength", "from_hour", "zone", "share"}


@pytest.mark.parametrize("seed", range(1, 13))
def test_every_organisation_has_every_kind_of_cause_in_its_weeks(seed):
    simulation = organisation(seed=seed)
    kinds = Counter(one.kind for one in simulation.causes)
    assert set(kinds) == set(IMPACTS)
    assert len({one.id for one in simulation.causes}) == len(simulation.causes)
    for one in simulation.causes:
        assert START.date() <= one.first_day <= one.last_day < END.date()
        assert one.windows()
        assert 0.5 <= one.strength <= 1.5


def test_causes_vary_in_strength_place_time_length_and_fate():
    drawn = [one for seed in range(30) for one in organisation(seed=seed).causes]
    for kind in IMPACTS:
        mine = [one for one in drawn if one.kind == kind]
        assert len({one.where for one in mine}) > 1
        assert max(one.strength for one in mine) > 1.4 * min(one.strength for one in mine)
    ends = Counter((one.first_day >= dt.date(2026, 11, 9), one.last_day < dt.date(2026, 11, 9))
                   for one in drawn)  # fmt: skip
    # New in the last week, lasting, and over.
    assert min(ends[True, False], ends[False, False], ends[False, True]) > 10


def test_sometimes_two_causes_are_at_work_at_once():
    doubled = [
        organisation(seed=seed) for seed in range(30) if len(organisation(seed=seed).causes) > 7
    ]
    assert 5 < len(doubled) < 25

    def windows(simulation):
        return sorted(one for each in simulation.causes if each.from_hour for one in each.windows())

    overlapping = 0
    for seed in range(30):
        found = windows(organisation(seed=seed))
        overlapping += any(a[1] > b[0] for a, b in itertools.pairwise(found))
    assert overlapping > 5


def test_the_link_that_saturates_does_so_at_ten_o_clock():
    for seed in range(12):
        link = next(one for one in organisation(seed=seed).causes if one.kind == "site_link")
        assert link.from_hour == 10
        assert link.zone in {site.zone for site in organisation().organisation.sites}


def test_no_causes_at_all_can_be_asked_for():
    quiet = organisation(causes=())
    assert quiet.causes == ()
    touched = {t.cause for m in quiet.everything() for s in m.sessions for t in s.touches}
    assert touched == {"noise"}


@pytest.mark.parametrize(
    ("kind", "where"),
    [("site_wifi", "Leedz"), ("isp_evening", "Leeds"), ("data_centre", "United Kingdom"),
     ("sender_uplink", "nobody"), ("overloaded_laptops", "Kestrel"), ("client_version", "6")],
)  # fmt: skip
def test_a_cause_that_could_touch_nothing_is_refused(kind, where):
    with pytest.raises(BadSimulation, match="there is no"):
        Simulation(SimulationSettings(causes=(cause(kind=kind, where=where),)))


@pytest.mark.parametrize(
    "settings",
    [{"weeks": 0}, {"meetings_per_week": 3}, {"odd_values": 0.5}, {"weeks": 500},
     {"last_week_end": dt.datetime(2026, 11, 17, tzinfo=dt.UTC)},
     {"last_week_end": dt.datetime(2026, 11, 16)},  # noqa: DTZ001 - what is refused
     {"last_week_end": dt.datetime(2026, 11, 16, 5, tzinfo=dt.UTC)}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(BadSimulation):
        SimulationSettings(**settings)


def test_a_monday_in_any_zone_will_do_if_it_is_midnight_in_utc():
    tokyo = dt.timezone(dt.timedelta(hours=9))
    settings = SimulationSettings(last_week_end=dt.datetime(2026, 11, 16, 9, tzinfo=tokyo))
    assert Simulation(settings).end_s - Simulation(settings).start_s == 2 * WEEK_S
