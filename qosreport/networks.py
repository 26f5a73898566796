"""Networks with names: read from settings and lists, looked up by address, longest prefix first.

A list is a file as admins keep it: `network,name`, or the building file of Microsoft's Call Quality
Dashboard (14 or 15 columns; learn.microsoft.com, "Upload tenant and building data in CQD"); commas,
semicolons or tabs; with a head or without.
"""

import csv
import io
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qosreport.errors import BadNetworkList

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SHARED = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.168.0.0/16", "::/8", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""Networks that everybody uses (RFC 1918, 6598, 3927, 4193 …): they tell nothing of a place."""
_SHARED_SPANS = {
    version: [(int(n[0]), int(n[-1])) for n in SHARED if n.version == version] for version in (4, 6)
}
_BITS = {4: 32, 6: 128}
_CQD_COLUMNS = (14, 15)
_HEADS = {
    "network": ("network", "networkip", "cidr", "subnet"),
    "range": ("networkrange", "range", "prefix"),
    "building": ("buildingname", "building", "site", "name"),
    "name": ("networkname",),
}
"""What columns may be called, in lower case and without blanks."""
_CORRECT = "Correct the line and repeat the command."


@dataclass(frozen=True)
class Named:
    """One network of a list."""

    network: Network
    name: str
    origin: str
    """Where it stands, for messages: a file and line, or a setting."""

    @property
    def shared(self) -> bool:
        """Whether everybody uses it, so that it can be no place."""
        return any(
            self.network.version == one.version and self.network.subnet_of(one)  # type: ignore[arg-type]  # same version
            for one in SHARED
        )


class Networks:
    """Networks by address: of several that hold it, the smallest counts.

    Raises:
        BadNetworkList: The same network stands twice.
    """

    def __init__(self, listed: Sequence[Named] = ()) -> None:
        seen: dict[Network, Named] = {}
        for one in listed:
            if (other := seen.get(one.network)) is not None:
                same = "too" if one.name == other.name else "with another name"
                raise _bad(one.origin, f"{one.network} stands in {other.origin}, {same}")
            seen[one.network] = one
        self.used = tuple(one for one in listed if not one.shared)
        """Those that can be a place."""
        self.passed_over = len(listed) - len(self.used)
        """How many are of the ranges that everybody uses."""
        self._by_length: dict[int, dict[int, dict[int, str]]] = {4: {}, 6: {}}
        for one in self.used:
            length = one.network.prefixlen
            first = int(one.network.network_address) >> (one.network.max_prefixlen - length)
            self._by_length[one.network.version].setdefault(length, {})[first] = one.name
        for lengths in self._by_length.values():
            # Long prefixes first, as `name_of` goes through them.
            for length in sorted(lengths, reverse=True):
                lengths[length] = lengths.pop(length)

    def __bool__(self) -> bool:
        """Whether any network is named."""
        return bool(self.used)

    def name_of(self, number: int, version: int) -> str | None:
        """The name of the smallest network that holds the address; None if none does."""
        for length, names in self._by_length[version].items():
            name = names.get(number >> (_BITS[version] - length))
            if name is not None:
                return name
        return None

    def of(self, name: str) -> tuple[Network, ...]:
        """All networks of one name, in the order of the list."""
        return tuple(one.network for one in self.used if one.name == name)


def is_shared(number: int, version: int) -> bool:
    """Whether an address is of a range that everybody uses."""
    return any(first <= number <= last for first, last in _SHARED_SPANS[version])


def load(inline: Mapping[str, str], file: Path | None, *, setting: str) -> Networks:
    """The networks of a setting and of a list.

    Args:
        inline: Name by network.
        file: A list; see the module.
        setting: What the inline networks are called in messages.

    Raises:
        BadNetworkList: A value, a line or the file cannot be used.
    """
    listed = [
        Named(_network(network, setting), _name(name, setting), setting)
        for network, name in inline.items()
    ]
    if file is not None:
        listed += read_list(file)
    return Networks(listed)


def read_list(file: Path) -> Iterator[Named]:
    """The networks of a list, line by line.

    Raises:
        BadNetworkList: The file or a line cannot be read.
    """
    text = _text(file)
    first = next((line for line in text.splitlines() if line.strip() and line[:1] != "#"), "")
    delimiter = next((mark for mark in "\t;" if mark in first), ",")
    # `newline=''` rules: csv wants to see line ends itself.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    places: dict[str, int] | None = None
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            origin = f"{file}, line {reader.line_num}"
            if places is None:
                places = _head(cells)
                if places:
                    continue
            yield _line(cells, places or _usual(cells, origin), origin)
    except csv.Error as error:
        raise _bad(f"{file}, line {reader.line_num}", f"no line of a table ({error})") from None


def _text(file: Path) -> str:
    """The file as text: UTF-8, or UTF-16 as spreadsheets write it."""
    try:
        data = file.read_bytes()
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return data.decode("utf-16" if wide else "utf-8-sig")
    except OSError as error:
        why, do = error.strerror or "it cannot be read", "Name a file that can be read."
    except UnicodeDecodeError:
        why, do = "it is neither UTF-8 nor UTF-16", "Save it again as CSV in UTF-8."
    raise BadNetworkList(origin=file, why=why, remedy=do) from None


def _head(cells: Sequence[str]) -> dict[str, int]:
    """Which column is which, by their heads; empty if the line is no head."""
    known = {head: what for what, heads in _HEADS.items() for head in heads}
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        what = known.get(cell.lower().replace(" ", "").replace("_", ""))
        if what is not None:
            found.setdefault(what, place)
    return found if "network" in found and {"building", "name"} & found.keys() else {}


def _usual(cells: Sequence[str], origin: str) -> dict[str, int]:
    """Which column is which in a file without a head, by how many there are."""
    if len(cells) == 2:
        return {"network": 0, "building": 1}
    if len(cells) in _CQD_COLUMNS:
        return {"network": 0, "name": 1, "range": 2, "building": 3}
    columns = f"{len(cells)} column{'' if len(cells) == 1 else 's'}"
    raise _bad(
        origin,
        f"{columns} and no head that names them",
        "Write 'network,name', or the 14 or 15 columns of a CQD building file.",
    )


def _line(cells: Sequence[str], places: Mapping[str, int], origin: str) -> Named:
    def cell(what: str) -> str:
        place = places.get(what)
        return cells[place] if place is not None and place < len(cells) else ""

    network = cell("network")
    if cell("range") and "/" not in network:
        network = f"{network}/{cell('range').removeprefix('/')}"
    return Named(_network(network, origin), _name(cell("building") or cell("name"), origin), origin)


def _network(text: str, origin: str) -> Network:
    try:
        interface = ipaddress.ip_interface(text.strip())
    except ValueError:
        do = "Write a network such as 198.51.100.0/28 or 2001:db8:7::/48."
        raise _bad(origin, f"'{text}' is no network", do) from None
    if interface.ip != interface.network.network_address:
        raise _bad(
            origin,
            f"'{text}' has bits beyond its prefix",
            f"Write {interface.network}, or {interface.ip} for the one address.",
        )
    return interface.network


def _name(text: str, origin: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise _bad(origin, "the network has no name", "Name the site or the provider it is of.")
    return name


def _bad(origin: str, why: str, remedy: str = _CORRECT) -> BadNetworkList:
    return BadNetworkList(origin=origin, why=why, remedy=remedy)
