import ipaddress
import zoneinfo
from collections import Counter

from qosreport.simulator.company import RELEASES, build
from qosreport.simulator.people import guest
from qosreport.simulator.places import (
    DATA_CENTRES,
    GUEST_ISP,
    ISPS,
    NEAREST,
    ROUND_TRIP_MS,
    SITES,
)

DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]
COMPANY = build(1, 400)


def test_there_are_offices_in_several_countries_and_time_zones():
    assert len(SITES) >= 5
    assert len({one.country for one in SITES}) >= 4
    assert len({one.zone for one in SITES}) >= 4
    for site in SITES:
        zoneinfo.ZoneInfo(site.zone)


def test_every_public_address_is_kept_for_documentation_and_lies_in_its_network():
    networks = [one.network for one in (*SITES, *ISPS, GUEST_ISP)]
    parsed = [ipaddress.ip_network(one) for one in networks]
    for one in parsed:
        assert any(one.version == d.version and one.subnet_of(d) for d in DOCUMENTATION)
    for place in (*SITES, *ISPS, GUEST_ISP):
        for number in (0, 1, 77, 5_000, 99_999):
            address = ipaddress.ip_address(place.public_address(number))
            assert address in ipaddress.ip_network(place.network)


def test_no_two_networks_overlap_so_that_providers_can_be_told_apart_by_prefix():
    parsed = [ipaddress.ip_network(one.network) for one in (*SITES, *ISPS, GUEST_ISP)]
    for number, one in enumerate(parsed):
        for other in parsed[:number]:
            assert one.version != other.version or not one.overlaps(other)


def test_internal_addresses_are_private():
    ten = ipaddress.ip_network("10.0.0.0/8")
    for person in COMPANY.members:
        for place in (person.office, person.home):
            assert ipaddress.ip_address(place.internal_address) in ten


def test_every_region_has_a_data_centre_and_the_nearest_one_is_the_fastest():
    codes = {one.code for one in DATA_CENTRES}
    for site in SITES:
        trips = ROUND_TRIP_MS[site.region]
        assert set(trips) == codes
        assert min(trips, key=trips.get) == NEAREST[site.region]


def test_the_organisation_is_as_large_as_asked_for_and_spread_over_its_sites():
    assert 390 <= len(COMPANY.members) <= 410
    counts = Counter(one.site.name for one in COMPANY.members)
    assert set(counts) == {one.name for one in SITES}
    assert counts["Leeds"] > counts["Nairobi"]
    assert sum(map(len, COMPANY.members_of.values())) == len(COMPANY.members)


def test_staff_are_different_people_with_addresses_of_an_example_domain():
    assert len({one.account_id for one in COMPANY.members}) == len(COMPANY.members)
    assert len({one.email for one in COMPANY.members}) == len(COMPANY.members)
    for person in COMPANY.members:
        assert person.email.endswith(".example")
        assert person.email.isascii()
        assert person.name.strip()


def test_names_come_in_many_scripts_and_shapes():
    names = [one.name for one in COMPANY.members] + [guest(1, n).name for n in range(300)]
    signs = {sign for name in names for sign in name}
    for first, last in (
        ("一", "龥"),
        ("א", "ת"),
        ("ء", "ي"),
        ("\u0410", "\u044f"),
        ("가", "힣"),
        ("ก", "ฮ"),
    ):
        assert any(first <= sign <= last for sign in signs), first
    assert any(sign > "\U0001f000" for sign in signs)
    assert any("'" in one or "’" in one for one in names)
    assert max(map(len, names)) > 100
    assert not any("<" in one for one in names)


def test_a_good_part_work_from_home_and_offices_have_wire_and_wifi():
    at_home = sum(one.place(1, 10.0).site == "" for one in COMPANY.members)
    assert 0.25 < at_home / len(COMPANY.members) < 0.65
    office = Counter(one.office.network_type for one in COMPANY.members)
    assert min(office["Wired"], office["Wifi"]) > 0.3 * len(COMPANY.members)
    home = Counter(one.home.network_type for one in COMPANY.members)
    assert set(home) == {"Wired", "Wifi", "Cellular"}
    assert len({one.home.isp for one in COMPANY.members}) == len(ISPS)


def test_in_the_evening_everybody_is_at_home():
    assert not any(one.place(1, 19.0).site for one in COMPANY.members)


def test_rooms_stay_where_they_are():
    room = COMPANY.rooms_of("Leeds")[0]
    assert room.kind == "room"
    assert room.place(1, 10.0) == room.place(6, 22.0)
    assert room.place(1, 10.0).site == "Leeds"


def test_guests_are_not_on_the_account_and_zoom_says_little_about_them():
    guests = [guest(1, number) for number in range(600)]
    assert not any(one.account_id or one.email.endswith("larkspur.example") for one in guests)
    kinds = Counter(one.kind for one in guests)
    assert set(kinds) == {"guest", "web", "phone"}
    blank = sum(not one.name for one in guests) / 600
    assert 0.03 < blank < 0.25
    assert any(one.home.public_address == "" for one in guests)
    with_app = [one for one in guests if one.kind == "guest"]
    assert not any(one.device.device or one.device.mac_address for one in with_app)
    assert 0.05 < sum(bool(one.email) for one in with_app) / len(with_app) < 0.3


def test_new_client_versions_spread_over_the_weeks_and_nobody_goes_back():
    order = [one.version for one in reversed(RELEASES)]
    shares = []
    for weeks_ago in (12, 8, 4, 2, 1, 0):
        versions = [COMPANY.version(one, weeks_ago) for one in COMPANY.members]
        shares.append(versions.count(RELEASES[0].version) / len(versions))
    assert shares == sorted(shares)
    assert shares[2] == 0
    assert 0.2 < shares[-1] < 0.8
    for person in COMPANY.members:
        ranks = [order.index(COMPANY.version(person, week)) for week in range(30, -1, -1)]
        assert ranks == sorted(ranks)


def test_networks_tell_which_site_a_public_address_is_of():
    assert COMPANY.networks()["198.51.100.0/28"] == "Leeds"
    assert len(COMPANY.networks()) == len(SITES)
