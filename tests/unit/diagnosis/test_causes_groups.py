"""Sites, providers and data centres: evidence of many meetings, minutes and days."""

import pytest

from qosreport.diagnosis.causes.attribute import SCHEMA
from tests.unit.diagnosis.causes_frames import Week

TEN = range(10)
DAY = 24 * 60


def colleagues(week, meetings, minutes, *, poor, site="Leeds", **facts):
    """One person of the site in each meeting, beside two from elsewhere who are well."""
    for number, meeting in enumerate(meetings):
        bad = poor(number) if callable(poor) else poor
        week.join(f"{site}{meeting}", meeting, minutes, received=bad, site=site, **facts)
        for other in ("x", "y"):
            week.join(f"{other}{meeting}", meeting, minutes, site=f"{other} town")


def test_people_of_a_site_in_different_meetings_are_evidence_for_each_other():
    week = Week()
    colleagues(week, ["m1", "m2", "m3"], TEN, poor=[4])
    assert week.cause("Leedsm1") == "site:Leeds"
    row = week.attributed().row(0, named=True)
    assert (row["poor_here"], row["people_here"]) == (3, 3)
    assert (row["poor_elsewhere"], row["people_elsewhere"]) == (0, 6)


def test_one_of_a_site_among_colleagues_who_are_well_has_a_bad_line_of_his_own():
    week = Week()
    colleagues(week, ["m1", "m2", "m3"], TEN, poor=lambda number: TEN if number == 0 else [])
    assert week.cause("Leedsm1") == "participant_downlink"


@pytest.mark.parametrize(("minutes", "cause"), [(5, "site:Leeds"), (4, "participant_downlink")])
def test_two_people_must_be_poor_together_for_five_minutes(minutes, cause):
    week = Week()
    colleagues(week, ["m1", "m2"], range(60), poor=range(30, 30 + minutes))
    assert week.cause("Leedsm1") == cause


def test_two_people_who_are_poor_at_times_of_their_own_are_not_together():
    week = Week()
    colleagues(
        week, ["m1", "m2"], range(40), poor=lambda n: range(10, 18) if n else range(2, 15)
    )  # fmt: skip
    assert week.cause("Leedsm1") == "participant_downlink"


def test_people_at_home_are_grouped_by_the_provider_their_addresses_belong_to():
    week = Week()
    for number, address in enumerate(["203.0.113.7", "203.0.9.8", "203.1.113.9", "203.0.4.4"]):
        bad = TEN if address.startswith("203.0.") else []
        meeting = f"m{number}"
        week.join(f"home{number}", meeting, TEN, received=bad, ip_address=address)
        week.join(f"x{number}", meeting, TEN)
        week.join(f"y{number}", meeting, TEN)
    assert week.cause("home0") == "isp:203.0.0.0/16"
    assert week.causes("home2") == {}


def test_a_data_centre_is_told_from_its_largest_site():
    def trouble(sites):
        week = Week()
        for number, site in enumerate(["Leeds", "Leeds", "Leeds", "Porto", "Porto", "Osaka"]):
            bad = TEN if site in sites else []
            week.join(f"p{number}", "m1", TEN, sent=bad, received=bad, site=site,
                      data_center="Germany (FRA Top)")  # fmt: skip
        return week.cause("p0")

    assert trouble({"Leeds", "Porto", "Osaka"}) == "data_center:Germany (FRA)"
    assert trouble({"Leeds"}) == "site:Leeds"


def test_a_data_centre_is_not_blamed_for_one_meeting_while_its_others_are_well():
    def trouble(other_meetings):
        week = Week()
        for number, site in enumerate(["Leeds", "Porto", "Osaka"]):
            week.join(f"p{number}", "m1", TEN, sent=TEN, received=TEN, site=site, data_center="FR")
        for number in range(other_meetings):
            # Few enough that four in five of all are still poor in the centre's worst minutes.
            minutes = range(5, 10) if number else TEN
            week.join(f"q{number}", "m2", minutes, site=f"s{number}", data_center="FR")
        return set(week.causes("p0").values())

    assert trouble(0) == {"data_center:FR"}
    assert "data_center:FR" not in trouble(3)


def test_trouble_of_everybody_in_a_meeting_is_not_the_site_s():
    week = Week()
    colleagues(week, ["m1", "m2"], TEN, poor=TEN)
    for name in ("Leeds3", "Leeds4"):
        week.join(name, "m3", TEN, received=TEN, site="Leeds")
    for name in ("a", "b", "c"):
        week.join(name, "m3", TEN, received=TEN, site=f"{name} town")
    assert week.cause("Leedsm1") == "site:Leeds"
    assert week.cause("Leeds3") == "undetermined"


def test_weak_trouble_is_seen_in_the_half_hour_in_which_most_have_some():
    week = Week()
    # Two or one of the five in each minute.
    colleagues(week, [f"m{n}" for n in range(5)], range(30), poor=lambda n: range(n % 3, 30, 3))
    assert week.cause("Leedsm0") == "site:Leeds"


def test_a_short_trouble_of_one_is_not_the_others_of_half_an_hour_later():
    week = Week()
    poor = {0: [2, 3]}
    colleagues(
        week, [f"m{n}" for n in range(5)], range(60), poor=lambda n: poor.get(n, [])
    )  # fmt: skip
    assert week.cause("Leedsm0") == "participant_downlink"


def test_alone_in_a_call_at_hours_at_which_the_site_is_known_to_be_hit():
    def lone(start, *colleague):
        week = Week()
        colleagues(week, ["m1", "m2", "m3"], TEN, poor=TEN)
        minutes = range(start, start + 10)
        colleagues(week, ["lone"], minutes, poor=minutes)
        for name in colleague:
            week.join(name, "else", minutes, site="Leeds")
        return week.cause("Leedslone")

    assert lone(DAY) == "site:Leeds"
    assert lone(DAY + 50) == "site:Leeds"
    assert lone(DAY + 300) == "participant_downlink"
    assert lone(DAY, "well") == "undetermined"
    assert lone(DAY, "well", "well too") == "participant_downlink"


def test_of_a_site_whose_wifi_fails_those_on_cables_are_not_counted():
    week = Week()
    colleagues(week, ["m1", "m2", "m3"], TEN, poor=TEN, network_type="Wifi")
    for number in range(4):
        week.join(f"cable{number}", f"c{number}", TEN, site="Leeds")
    assert week.cause("Leedsm1") == "site:Leeds"


def test_a_second_device_is_no_second_witness():
    def trouble(names):
        week = Week()
        for number, name in enumerate(names):
            week.join(name, "m1", TEN, received=[4], site="Leeds", network_type=f"n{number}")
        for other in "abcdefghijk":
            week.join(other, "m1", TEN, site="Porto")
        return week.cause(names[0])

    assert trouble(["ada", "bob", "cyd"]) == "site:Leeds"
    assert trouble(["ada", "bob", "ada"]) == "participant_downlink"


def test_in_a_meeting_of_two_nothing_but_a_device_is_named():
    week = Week()
    colleagues(week, ["m1", "m2", "m3"], TEN, poor=TEN)
    week.join("pair", "two", TEN, received=TEN, site="Leeds")
    week.join("other", "two", TEN, slow=[3], busy=[3])
    assert week.cause("pair") == "undetermined"
    assert week.cause("other") == "device"


def test_somebody_who_only_looks_in_makes_no_three_of_a_meeting_of_two():
    def trouble(minutes_of_the_third):
        week = Week()
        week.join("ada", "m", TEN, sent=[1])
        week.join("bob", "m", TEN)
        week.join("cyd", "m", range(minutes_of_the_third))
        return week.cause("ada")

    assert trouble(2) == "undetermined"
    assert trouble(3) == "participant_uplink"


def test_the_order_of_rows_does_not_matter():
    week = Week()
    colleagues(week, ["m1", "m2", "m3"], TEN, poor=range(2, 8))
    expected = week.attributed()
    for _ in range(3):
        week.minutes = [*week.minutes[7:], *reversed(week.minutes[:7])]
        assert week.attributed().equals(expected)


def test_without_poor_minutes_and_without_any_there_is_nothing():
    week = Week()
    assert week.attributed().is_empty()
    colleagues(week, ["m1"], TEN, poor=[])
    found = week.attributed()
    assert found.is_empty()
    assert found.columns == list(SCHEMA)
