"""The document of one person over some weeks, for the help desk."""

import datetime as dt
from typing import Literal

from qosreport.report.result.about import Head, Method, Provenance
from qosreport.report.result.causes import CauseMinutes
from qosreport.report.result.parts import Band, Limiting, Part, Rate

PERSON_SCHEMA: Literal[1] = 1

ChangeId = Literal["place", "network", "device", "client_version"]
ChangeVerdict = Literal["worse", "better", "no_detectable_change", "too_few"]


class Visit(Part):
    """One meeting of the person: all joins together, facts of the longest."""

    ref: str
    page: str | None
    """The meeting's page, relative to this one; null if none was made."""
    kind: Literal["meeting", "webinar"]
    topic: str | None
    start: dt.datetime
    """First join."""
    end: dt.datetime | None
    """Last leave."""
    joins: int
    drops: int
    """Leaves that were followed by another join; moves to breakout rooms do not count."""
    away_minutes: int
    """Between those."""
    band: Band
    """The worst of the joins."""
    net_band: Band
    poor_minutes: int
    """By the network score."""
    scored_minutes: int
    place: str | None
    """Site, or Zoom's location."""
    at_site: bool
    provider: str | None
    """Of those not at a site: name or public prefix."""
    network: str | None
    device: str | None
    os: str | None
    client_version: str | None
    data_center: str | None
    limiting: Limiting | None
    cpu_flags: list[str]
    causes: list[CauseMinutes]
    """What the person's own poor minutes are consistent with, most first."""
    first_minute: dt.datetime | None
    """Of `minute_bands`; null where nothing was sampled."""
    minute_bands: list[Band | None]
    """From the first to the last sampled minute, the worst of the joins; null: not sampled."""


class Novelty(Part):
    """Something the person had not before in these weeks, and how it went before and since."""

    what: ChangeId
    value: str
    since: dt.datetime
    """Start of the first meeting with it."""
    ref: str
    """That meeting."""
    before: Rate
    """Minutes poor by the network in all earlier meetings, clustered by meeting."""
    since_then: Rate
    """The same in meetings with it."""
    change_pp: float | None
    low_pp: float | None
    """95 % interval of the change; null where it was not tested."""
    high_pp: float | None
    verdict: ChangeVerdict


class PersonResult(Part):
    """One person's meetings over some weeks."""

    schema_version: Literal[1] = PERSON_SCHEMA
    kind: Literal["person"] = "person"
    head: Head
    weeks: int
    ref: str
    name: str | None
    email: str | None
    is_external: bool | None
    guessed: bool
    """Known by name alone, so that others of that name may be among the meetings."""
    meetings: int
    meetings_scored: int
    meetings_poor: int
    """Poor or Bad by the network score."""
    poor: Rate
    """Minutes poor by the network, clustered by meeting."""
    drops: int
    away_minutes: int
    causes: list[CauseMinutes]
    """Over all meetings, most minutes first."""
    visits: list[Visit]
    """Newest first."""
    changes: list[Novelty]
    """Newest first."""
    tested: int
    """Changes with enough on both sides to be tested."""
    method: Method
    provenance: Provenance
