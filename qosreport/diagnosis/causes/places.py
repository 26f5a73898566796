"""Where each session was: data centre, office or home provider, from what Zoom's data offers.

Zoom names no provider. A home's provider is known by the public address: /16 of IPv4, /32 of IPv6,
the least that registries give a provider. An office is a site of the settings; where none is set,
a network whose addresses several people share, for a home has an address of its own.
"""

import ipaddress

import polars as pl

HOME_PREFIX = {4: 16, 6: 32}
"""Length of the prefix that stands for a provider, by IP version."""
OFFICE_PREFIX = {4: 28, 6: 64}
"""Length of the prefix within which an unnamed office is looked for."""
OFFICE_PEOPLE = 3
"""An unnamed office has at least so many people …"""
PEOPLE_PER_ADDRESS = 2
"""… and so many on each of its addresses."""
NOBODYS = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.168.0.0/16", "::/8", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""Networks that everybody uses: they tell nothing of where somebody is."""
_NOBODYS = {
    version: [(int(n[0]), int(n[-1])) for n in NOBODYS if n.version == version]
    for version in HOME_PREFIX
}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_CENTRE = r"\((\S+)\s[^)]*\)"


def places(sessions: pl.DataFrame) -> pl.DataFrame:
    """One row per session: session_id, `data_center`, `site`, `isp`, `wifi`.

    Of site and isp at most one is set. Zoom's services of one data centre are one centre. `wifi`
    is whether the session was on Wi-Fi.
    """
    located = sessions.select(
        "session_id",
        "person_key",
        "site",
        "location",
        "ip_address",
        data_center=pl.col("data_center").str.replace(_CENTRE, "($1)"),
        wifi=(pl.col("network_type") == "Wifi").fill_null(value=False),
    )
    located = located.join(_networks(sessions["ip_address"]), on="ip_address", how="left")
    named = pl.col("site").is_not_null() & pl.col("site").ne_missing(pl.col("location"))
    office = named if located.select(named.any()).item() else _shared(located)
    return located.with_columns(
        site=pl.when(office).then("site"), isp=pl.when(~office).then("provider")
    ).select("session_id", "data_center", "site", "isp", "wifi")


def _shared(located: pl.DataFrame) -> pl.Expr:
    """Whether the network looks like an office's."""
    networks = (
        located.drop_nulls("network")
        .group_by("network")
        .agg(
            people=pl.col("person_key").n_unique(),
            addresses=pl.col("ip_address").n_unique(),
        )
        .filter(
            pl.col("people") >= OFFICE_PEOPLE,
            pl.col("people") >= PEOPLE_PER_ADDRESS * pl.col("addresses"),
        )
    )
    return pl.col("network").is_in(networks["network"].implode()).fill_null(value=False)


def _networks(addresses: pl.Series) -> pl.DataFrame:
    """Provider and office network of each address that is somebody's own."""
    distinct = addresses.drop_nulls().unique().sort().to_list()
    found = [(address, *_prefixes(address)) for address in distinct]
    return pl.DataFrame(
        found, schema=dict.fromkeys(("ip_address", "provider", "network"), pl.String), orient="row"
    )


def _prefixes(text: str) -> tuple[str | None, str | None]:
    """In whole numbers: networks as objects cost ten times as much."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None, None
    number, version = int(address), address.version
    if any(first <= number <= last for first, last in _NOBODYS[version]):
        return None, None
    return _network(address, HOME_PREFIX[version]), _network(address, OFFICE_PREFIX[version])


def _network(address: Address, length: int) -> str:
    rest = address.max_prefixlen - length
    return f"{type(address)(int(address) >> rest << rest)}/{length}"
