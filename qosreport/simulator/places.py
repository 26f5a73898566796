"""Where people are: sites, Internet providers, Zoom's data centres, and the lines between them.

Public addresses are of the ranges kept for documentation (RFC 5737, RFC 9637), internal ones of
10.0.0.0/8.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """One office."""

    name: str
    country: str
    region: str
    zone: str
    """IANA time zone."""
    network: str
    """Public network all its people appear from, as 198.51.100.0/28."""
    weight: float
    """Share of the people who work there, in any unit."""
    workdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Monday is 0; the first has the character of a Monday."""

    @property
    def location(self) -> str:
        """As Zoom prints it."""
        return f"{self.name} ({self.country})"

    def public_address(self, which: int) -> str:
        """One of the site's public addresses."""
        first = self.network.partition("/")[0].rpartition(".")
        return f"{first[0]}.{int(first[2]) + 1 + which % 6}"


@dataclass(frozen=True)
class Isp:
    """One Internet provider of homes in one site's region."""

    name: str
    site: str
    """The site its customers belong to."""
    network: str
    """Public network, a /24 of IPv4 or a /32 of IPv6."""
    weight: float
    town: str

    def public_address(self, customer: int) -> str:
        """The address of a customer."""
        if ":" in self.network:
            return (
                f"{self.network.partition('::')[0]}:{1 + customer % 65000:x}::{5 + customer % 7:x}"
            )
        return f"{self.network.rpartition('.')[0]}.{1 + customer % 254}"


@dataclass(frozen=True)
class DataCentre:
    """One of Zoom's data centres."""

    code: str
    name: str
    """As Zoom prints it, without what follows the code."""

    def label(self, service: str = "Top") -> str:
        """As Zoom prints it: `United Kingdom (LHR Top)`; CRC is for rooms, RWG for browsers."""
        return f"{self.name} ({self.code} {service})"


SITES = (
    Site("Leeds", "GB", "eu", "Europe/London", "198.51.100.0/28", 30),
    Site("Toronto", "CA", "na", "America/Toronto", "198.51.100.16/28", 22),
    Site("Lisbon", "PT", "eu", "Europe/Lisbon", "198.51.100.32/28", 14),
    Site("Osaka", "JP", "asia", "Asia/Tokyo", "198.51.100.48/28", 13),
    Site("Haifa", "IL", "mideast", "Asia/Jerusalem", "198.51.100.64/28", 11, (6, 0, 1, 2, 3)),
    Site("Nairobi", "KE", "africa", "Africa/Nairobi", "198.51.100.80/28", 10),
)

ISPS = (
    Isp("Northbeck Broadband", "Leeds", "203.0.113.0/24", 6, "York"),
    Isp("Aire Valley Fibre", "Leeds", "3fff:101::/32", 4, "Harrogate"),
    Isp("Maple Loop", "Toronto", "192.0.2.0/24", 6, "Hamilton"),
    Isp("Lakehead Cable", "Toronto", "3fff:201::/32", 4, "Guelph"),
    Isp("Tejo Net", "Lisbon", "3fff:301::/32", 5, "Setúbal"),
    Isp("Naniwa Hikari", "Osaka", "3fff:401::/32", 5, "Kobe"),
    Isp("Carmel Kavim", "Haifa", "3fff:501::/32", 5, "Acre"),
    Isp("Savanna Link", "Nairobi", "3fff:601::/32", 5, "Thika"),
)

GUEST_ISP = Isp("elsewhere", "", "3fff:f01::/32", 1, "Gothenburg")

DATA_CENTRES = (
    DataCentre("LHR", "United Kingdom"),
    DataCentre("FRA", "Germany"),
    DataCentre("YYZ", "Canada"),
    DataCentre("TYO", "Japan"),
)

NEAREST = {"eu": "LHR", "mideast": "FRA", "africa": "FRA", "na": "YYZ", "asia": "TYO"}
"""Code of the data centre that serves a region."""

ROUND_TRIP_MS = {
    "eu": {"LHR": 12, "FRA": 20, "YYZ": 96, "TYO": 228},
    "mideast": {"LHR": 62, "FRA": 52, "YYZ": 148, "TYO": 246},
    "africa": {"LHR": 128, "FRA": 118, "YYZ": 212, "TYO": 268},
    "na": {"LHR": 94, "FRA": 102, "YYZ": 14, "TYO": 162},
    "asia": {"LHR": 226, "FRA": 232, "YYZ": 160, "TYO": 10},
}

SITE_BY_NAME = {site.name: site for site in SITES}
ISP_BY_NAME = {isp.name: isp for isp in ISPS}
DATA_CENTRE_BY_CODE = {centre.code: centre for centre in DATA_CENTRES}


@dataclass(frozen=True)
class Place:
    """Where somebody sits and what line leads from there."""

    site: str
    """The office, or blank."""
    isp: str
    """The provider of a home, or blank."""
    region: str
    network_type: str
    """Zoom's word: Wired, Wifi, Cellular, Others."""
    public_address: str
    internal_address: str
    location: str
    access_ms: int
    """What the access line adds to the round trip."""
