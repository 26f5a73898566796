"""Where sessions were, from what Zoom's data offers."""

import pytest

from qosreport import tables
from qosreport.diagnosis.causes.places import places
from tests.unit.diagnosis.frames import rows_of, session


def placed(*facts):
    sessions = [session(n, person=f"p{n}") | fact for n, fact in enumerate(facts)]
    return places(rows_of(tables.SESSIONS, sessions)).sort("session_id").rows(named=True)


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("203.0.113.9", "203.0.0.0/16"),
        ("3fff:101:7::5", "3fff:101::/32"),
        ("3fff::5", "3fff::/32"),
        ("10.1.2.3", None),
        ("192.168.0.4", None),
        ("100.64.1.1", None),
        ("fd00::1", None),
        ("::1", None),
        ("no address", None),
        (None, None),
    ],
)
def test_a_home_belongs_to_a_provider_by_its_public_address(address, provider):
    (row,) = placed({"ip_address": address, "site": "York", "location": "York"})
    assert (row["isp"], row["site"]) == (provider, None)


def test_a_site_of_the_settings_is_a_site_and_then_no_location_is():
    named, fallback = placed(
        {"ip_address": "198.51.100.1", "site": "Leeds office", "location": "Leeds (GB)"},
        {"ip_address": "203.0.113.9", "site": "York (GB)", "location": "York (GB)"},
    )
    assert (named["site"], named["isp"]) == ("Leeds office", None)
    assert (fallback["site"], fallback["isp"]) == (None, "203.0.0.0/16")


@pytest.mark.parametrize(
    ("addresses", "office"),
    [
        (["198.51.100.1"] * 3, True),
        (["198.51.100.1"] * 2, False),
        (["198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.2"], True),
        (["198.51.100.1", "198.51.100.1", "198.51.100.2"], False),
        (["198.51.100.1", "198.51.100.1", "198.51.100.17"], False),
        (["3fff:101:7::5"] * 3, True),
    ],
)
def test_without_settings_an_office_is_where_people_share_addresses(addresses, office):
    rows = placed(
        *({"ip_address": a, "site": "Leeds (GB)", "location": "Leeds (GB)"} for a in addresses)
    )
    assert [row["site"] == "Leeds (GB)" for row in rows] == [office] * len(addresses)


def test_the_services_of_a_data_centre_are_one_centre():
    rows = placed(*({"data_center": f"Germany (FRA {s})"} for s in ("Top", "RWG")))
    assert {row["data_center"] for row in rows} == {"Germany (FRA)"}
    assert placed({"data_center": "SC"})[0]["data_center"] == "SC"
