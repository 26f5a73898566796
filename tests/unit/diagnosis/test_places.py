"""Where sessions were, from their public addresses and the networks of the settings."""

import pytest

from qosreport import networks, tables
from qosreport.diagnosis.causes.rows import places
from qosreport.diagnosis.places import Directory, located
from tests.unit.diagnosis.frames import at_sites, rows_of, session

LEEDS = {"location": "Leeds (GB)"}


def of(**named):
    """A directory with sites, and providers beginning with p_."""
    lists = {
        kind: networks.load(named.get(kind, {}), None, setting=kind)
        for kind in ("sites", "providers")
    }
    return Directory(**lists)


def placed(*facts, directory=None):
    sessions = rows_of(
        tables.SESSIONS, [session(n, person=f"p{n}") | f for n, f in enumerate(facts)]
    )
    found = located(sessions, directory) if directory else located(sessions)
    return found.rows(named=True)


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
    (row,) = placed({"ip_address": address, "location": "York"})
    assert (row["provider"], row["site"]) == (provider, None)


def test_a_site_of_the_settings_is_a_site_and_then_no_location_is():
    directory = of(sites={"198.51.100.0/28": "Leeds office"})
    office, *homes = placed(
        {"ip_address": "198.51.100.1", **LEEDS},
        *[{"ip_address": "203.0.113.9", "location": "York (GB)"}] * 3,
        directory=directory,
    )
    assert (office["site"], office["provider"]) == ("Leeds office", None)
    assert {(row["site"], row["provider"]) for row in homes} == {(None, "203.0.0.0/16")}


def test_a_provider_of_the_settings_has_its_name():
    directory = of(providers={"203.0.113.0/24": "Northbeck", "3fff:101::/32": "Aire Valley"})
    rows = placed(
        *({"ip_address": a} for a in ("203.0.113.7", "203.0.112.7", "3fff:101:9::1")),
        directory=directory,
    )
    assert [row["provider"] for row in rows] == ["Northbeck", "203.0.0.0/16", "Aire Valley"]


def test_an_address_that_everybody_uses_is_at_no_site_whatever_the_settings_say():
    directory = of(sites={"192.168.1.0/24": "Leeds", "198.51.100.0/24": "Porto"})
    (row,) = placed({"ip_address": "192.168.1.7", **LEEDS}, directory=directory)
    assert (row["site"], row["provider"]) == (None, None)


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
    rows = placed(*({"ip_address": address, **LEEDS} for address in addresses))
    assert [row["site"] == "Leeds (GB)" for row in rows] == [office] * len(addresses)
    assert [row["provider"] is None for row in rows] == [office] * len(addresses)


def test_a_changed_setting_reads_the_past_anew_and_keeps_order_and_columns():
    rows = [session(n, ip_address=f"198.51.100.{n}", site="as pulled") for n in (3, 1, 2)]
    sessions = rows_of(tables.SESSIONS, rows)
    first = located(sessions, of(sites={"198.51.100.0/24": "Leeds"}))
    second = located(first, of(sites={"198.51.100.2/32": "Porto"}))
    assert first["site"].to_list() == ["Leeds"] * 3
    assert second["site"].to_list() == [None, None, "Porto"]
    assert second["session_id"].to_list() == [3, 1, 2]
    assert second.columns == [*sessions.columns, "provider"]


def test_the_services_of_a_data_centre_are_one_centre():
    names = ("Germany (FRA Top)", "Germany (FRA RWG)", "SC")
    sessions = [session(n, data_center=name) for n, name in enumerate(names)]
    found = places(at_sites(rows_of(tables.SESSIONS, sessions))).sort("session_id")
    assert found["data_center"].to_list() == ["Germany (FRA)", "Germany (FRA)", "SC"]


def test_each_address_is_looked_up_once(monkeypatch):
    asked = []
    whole = networks.Networks.name_of
    monkeypatch.setattr(
        networks.Networks, "name_of", lambda *given: asked.append(given) or whole(*given)
    )
    placed(*[{"ip_address": "198.51.100.1"}] * 50, directory=of(sites={"198.51.100.0/28": "Leeds"}))
    assert len(asked) == 2  # a site, then a provider
