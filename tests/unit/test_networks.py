"""Lists of networks, as admins keep them, and what holds an address."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport import networks
from qosreport.errors import BadNetworkList, ExitCode
from qosreport.networks import Networks

BUILDING = "198.51.100.0,GB/Leeds/1,28,Leeds office,Osei,HQ,Sales,Leeds,LS1,GB,,EU,1,0,0"
HEAD = (
    "NetworkIP,NetworkName,NetworkRange,BuildingName,OwnershipType,BuildingType,"
    "BuildingOfficeType,City,ZipCode,Country,State,Region,InsideCorp,ExpressRoute,VPN"
)


def look(known, text):
    address = ipaddress.ip_address(text)
    return known.name_of(int(address), address.version)


@pytest.fixture
def read(tmp_path):
    """Networks of a list with this content."""

    def reading(content):
        file = tmp_path / "sites.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return networks.load({}, file, setting="sites.networks")

    return reading


def refused(read, content):
    with pytest.raises(BadNetworkList) as refusal:
        read(content)
    assert refusal.value.exit_code == ExitCode.SETTINGS
    return refusal.value.line()


def test_the_smallest_network_that_holds_an_address_names_it():
    known = networks.load(
        {
            "198.51.0.0/16": "Region",
            "198.51.100.0/28": "Leeds",
            "198.51.100.7": "Lab",
            "2001:db8::/32": "Six",
            "2001:db8:7::/48": "Seven",
        },
        None,
        setting="sites.networks",
    )
    found = [look(known, a) for a in ("198.51.9.9", "198.51.100.1", "198.51.100.7", "9.9.9.9")]
    assert found == ["Region", "Leeds", "Lab", None]
    assert [look(known, a) for a in ("2001:db8:8::1", "2001:db8:7::1")] == ["Six", "Seven"]
    assert known.of("Leeds") == (ipaddress.ip_network("198.51.100.0/28"),)


@given(
    st.lists(
        st.tuples(st.integers(2**24 * 20, 2**24 * 90), st.integers(8, 32)), min_size=1, max_size=8
    ),
    st.integers(2**24 * 20, 2**24 * 90),
)
def test_a_name_is_that_of_the_longest_prefix(drawn, number):
    nets = {ipaddress.ip_network((first, length), strict=False) for first, length in drawn}
    known = networks.load({str(net): str(net) for net in nets}, None, setting="x")
    holding = [net for net in nets if ipaddress.ip_address(number) in net]
    longest = max(holding, key=lambda net: net.prefixlen, default=None)
    assert known.name_of(number, 4) == (None if longest is None else str(longest))


@pytest.mark.parametrize(
    "content",
    [
        "198.51.100.0/28,Leeds office\n",
        "network,name\n198.51.100.0/28,Leeds office\n",
        "Site;Network\nLeeds office;198.51.100.0/28\n",
        "# our offices\n\n198.51.100.0/28\tLeeds  office\n",
        f"{BUILDING}\n",
        f"{HEAD}\r\n{BUILDING}\r\n",
        BUILDING.replace(",", "\t"),
        BUILDING.removesuffix(",0"),
        BUILDING.replace("Leeds office", "").replace("GB/Leeds/1", "Leeds office"),
        BUILDING.replace("Leeds office", '"Leeds office"'),
        f"\ufeff{BUILDING}",
        f"\ufeff{BUILDING}".replace(",", "\t").encode("utf-16-le"),
    ],
)
def test_lists_are_taken_as_admins_keep_them(read, content):
    known = read(content)
    assert look(known, "198.51.100.9") == "Leeds office"
    assert [str(one.network) for one in known.used] == ["198.51.100.0/28"]


def test_networks_that_everybody_uses_are_passed_over_and_counted(read):
    known = read(
        f"{BUILDING}\n192.168.1.0/24,Porto,,,,,,,,,,,1,0\n10.2.0.0,B,16,Osaka,,,,,,,,,1,0\n"
    )
    assert (len(known.used), known.passed_over) == (1, 2)
    assert look(known, "192.168.1.5") is None
    assert not read("fd00:7::/48,Leeds\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "198.51.100.0/28,Leeds\nnonsense,Porto\n",
            ["sites.csv, line 2", "'nonsense' is no network"],
        ),
        ("198.51.100.0/28,Leeds\n198.51.100.0/28,Porto\n", ["line 2", "line 1, with another name"]),
        ("198.51.100.0/28,Leeds\n198.51.100.0/28,Leeds\n", ["line 2", "line 1, too"]),
        ("198.51.100.5/28,Leeds\n", ["bits beyond its prefix", "Write 198.51.100.0/28"]),
        ("198.51.100.0/28,\n", ["line 1", "no name"]),
        ("198.51.100.0/28\n", ["1 column and no head"]),
        ("a,b,c,d\n", ["4 columns and no head"]),
        (BUILDING.replace(",28,", ",99,"), ["'198.51.100.0/99' is no network"]),
        (b"\xff198.51.100.0/28,Leeds\n", ["neither UTF-8 nor UTF-16"]),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_place(read, content, says):
    line = refused(read, content)
    assert all(part in line for part in says), line
    assert "\n" not in line


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadNetworkList, match=r"gone\.csv: No such file"):
        networks.load({}, tmp_path / "gone.csv", setting="sites.networks")


def test_settings_and_list_must_not_contradict_each_other(tmp_path):
    file = tmp_path / "sites.csv"
    file.write_text("198.51.100.0/28,Leeds\n")
    with pytest.raises(BadNetworkList, match=r"line 1: .* stands in sites\.networks, with another"):
        networks.load({"198.51.100.0/28": "Porto"}, file, setting="sites.networks")


def test_without_networks_nothing_has_a_name():
    assert not Networks()
    assert look(Networks(), "198.51.100.1") is None
