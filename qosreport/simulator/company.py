"""The organisation: its sites, staff, rooms, and the client versions they run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from qosreport.simulator.people import Person, guest, member, room
from qosreport.simulator.places import DATA_CENTRES, ISPS, SITES, DataCentre, Isp, Site

ROOMS_PER_SITE = 3


@dataclass(frozen=True)
class Release:
    """A client version and when it came out, counted back from the end of the simulation."""

    version: str
    weeks_ago: float


RELEASES = (
    Release("6.6.11.31307", 2.2),
    Release("6.6.2.30145", 8),
    Release("6.5.7.28911", 17),
    Release("6.4.10.26870", 400),
)
"""Newest first; the last was there before everybody."""


@dataclass(frozen=True)
class Organisation:
    """The whole organisation; the same for the same seed and number of staff."""

    seed: int
    members: tuple[Person, ...]
    rooms: tuple[Person, ...]
    sites: tuple[Site, ...] = SITES
    isps: tuple[Isp, ...] = ISPS
    data_centres: tuple[DataCentre, ...] = DATA_CENTRES
    releases: tuple[Release, ...] = RELEASES
    members_of: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    """Staff by site."""

    def networks(self) -> dict[str, str]:
        """Site by public network, as a settings file for sites wants them."""
        return {site.network: site.name for site in self.sites}

    def provider_networks(self) -> dict[str, str]:
        """Provider of homes by public network."""
        return {isp.network: isp.name for isp in self.isps}

    def rooms_of(self, site: str) -> tuple[Person, ...]:
        """The rooms of a site."""
        return tuple(one for one in self.rooms if one.site and one.site.name == site)

    def guest(self, number: int) -> Person:
        """The guest with that number; there are as many as one likes."""
        return _guest(self.seed, number)

    def version(self, person: Person, weeks_ago: float) -> str:
        """The client version a person runs, so long before the end of the simulation."""
        for release in self.releases:
            if release.weeks_ago - person.upgrade_lag_weeks >= weeks_ago:
                return release.version
        return self.releases[-1].version


_guest = lru_cache(maxsize=20_000)(guest)


def build(seed: int, staff: int) -> Organisation:
    """The organisation with so many members of staff."""
    members: list[Person] = []
    total = sum(site.weight for site in SITES)
    for site in SITES:
        count = max(4, round(staff * site.weight / total))
        members += [member(seed, len(members) + number, site) for number in range(count)]
    rooms = tuple(room(seed, site, number) for site in SITES for number in range(ROOMS_PER_SITE))
    of = {s.name: tuple(one for one in members if one.site is s) for s in SITES}
    return Organisation(seed, tuple(members), rooms, members_of=of)
