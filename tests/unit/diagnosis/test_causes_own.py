"""A person's own line, Wi-Fi and device."""

import pytest

from tests.unit.diagnosis.causes_frames import Week

TEN = range(10)


def alone(others=3, **facts):
    week = Week()
    week.join("ada", "m", TEN, **facts)
    for number in range(others):
        week.join(f"x{number}", "m", TEN)
    return week


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"sent": [4]}, "participant_uplink"),
        ({"received": [4]}, "participant_downlink"),
        ({"sent": [4], "received": [4]}, "participant_access"),
        ({"slow": [4], "busy": [4]}, "device"),
        ({"slow": [4]}, "undetermined"),
        ({"slow": [4], "busy": [4], "sent": [4]}, "participant_uplink"),
    ],
)
def test_one_person_in_trouble(facts, cause):
    assert alone(**facts).causes("ada") == {4: cause}


def test_the_evidence_of_an_own_line_is_the_rest_of_the_meeting():
    row = alone(sent=[4]).attributed().row(0, named=True)
    assert (row["poor_here"], row["people_here"]) == (1, 1)
    assert (row["poor_elsewhere"], row["people_elsewhere"]) == (0, 3)
    device = alone(slow=[4], busy=[4]).attributed().row(0, named=True)
    assert device["people_elsewhere"] is None


def test_a_weak_signal_at_home_is_the_wifi():
    week = alone(sent=[4, 5], weak=[4, 9], network_type="Wifi")
    assert week.causes("ada") == {4: "participant_wifi", 5: "participant_uplink"}
    assert week.cause("ada", with_devices=False) == "participant_uplink"


@pytest.mark.parametrize(
    ("colleague", "cause"),
    [
        (None, "undetermined"),
        ({"network_type": "Wired"}, "undetermined"),
        ({"network_type": "Wifi"}, "participant_wifi"),
        ({"network_type": "Wifi", "received": [4]}, "undetermined"),
    ],
)
def test_a_weak_signal_in_an_office_takes_a_colleague_on_wifi_who_is_well(colleague, cause):
    week = alone(sent=[4], weak=[4], network_type="Wifi", site="Leeds")
    if colleague is not None:
        week.join("bob", "other", TEN, site="Leeds", **colleague)
    assert week.causes("ada") == {4: cause}


def test_a_weak_signal_does_not_overrule_a_busy_processor():
    week = alone(slow=[4], busy=[4], weak=[4], network_type="Wifi")
    assert week.causes("ada") == {4: "device"}
