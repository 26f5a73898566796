"""Where each session was: office or home provider, from its public address.

Zoom names neither. An office is a site of the settings; where none is set, a network whose
addresses several people share, for a home has an address of its own, and then Zoom's location names
it. A home's provider is one of the settings, or else known by its public address alone: /16 of
IPv4, /32 of IPv6, the least that registries give a provider. A smaller prefix would be one home.

It is all read anew from the addresses each time, so that a changed setting holds for the past, too.
"""

import ipaddress
from dataclasses import dataclass

import polars as pl

from qosreport.networks import Networks, is_shared

HOME_PREFIX = {4: 16, 6: 32}
"""Length of the prefix that stands for a provider, by IP version."""
OFFICE_PREFIX = {4: 28, 6: 64}
"""Length of the prefix within which an unnamed office is looked for."""
OFFICE_PEOPLE = 3
"""An unnamed office has at least so many people …"""
PEOPLE_PER_ADDRESS = 2
"""… and so many on each of its addresses."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_CENTRE = r"\((\S+)\s[^)]*\)"
_NOTHING = Networks()
_FOUND = ("named", "provider", "network")


@dataclass(frozen=True)
class Directory:
    """The networks of the settings."""

    sites: Networks = _NOTHING
    providers: Networks = _NOTHING


UNLISTED = Directory()
"""No network is named."""


def centre_of(column: str) -> pl.Expr:
    """A data centre without Zoom's service in it: Canada (YYZ) of Canada (YYZ Top)."""
    return pl.col(column).str.replace(_CENTRE, "($1)")


def located(sessions: pl.DataFrame, directory: Directory = UNLISTED) -> pl.DataFrame:
    """The sessions table with its `site` found anew, and with `provider`; order kept.

    Of the two at most one is set: `site` (a name of the settings, or Zoom's location of a network
    that looks like an office), `provider` (a name of the settings, or a public prefix). Neither is
    set where the address is missing or of a range that everybody uses.
    """
    known = sessions.select("session_id", "person_key", "location", "ip_address").join(
        _networks(sessions["ip_address"], directory),
        on="ip_address",
        how="left",
        maintain_order="left",
    )
    # Whoever lists offices lists them all: others that look like one are not theirs.
    named = pl.col("named") if directory.sites else pl.when(_shared(known)).then("location")
    found = known.select(site=named, provider="provider")
    return sessions.with_columns(
        site=found["site"],
        provider=found.select(pl.when(pl.col("site").is_null()).then("provider")).to_series(),
    )


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


def _networks(addresses: pl.Series, directory: Directory) -> pl.DataFrame:
    """Site, provider and office network of each different address that is somebody's own."""
    distinct = addresses.drop_nulls().unique().sort().to_list()
    rows = [(address, *_places(address, directory)) for address in distinct]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("ip_address", *_FOUND), pl.String), orient="row"
    )


def _places(text: str, directory: Directory) -> tuple[str | None, str | None, str | None]:
    """In whole numbers: networks as objects cost ten times as much."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None, None, None
    number, version = int(address), address.version
    if is_shared(number, version):
        return None, None, None
    provider = directory.providers.name_of(number, version)
    return (
        directory.sites.name_of(number, version),
        provider or _network(address, HOME_PREFIX[version]),
        _network(address, OFFICE_PREFIX[version]),
    )


def _network(address: Address, length: int) -> str:
    rest = address.max_prefixlen - length
    return f"{type(address)(int(address) >> rest << rest)}/{length}"
