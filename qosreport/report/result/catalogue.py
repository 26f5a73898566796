"""What the archive's index knows of each report: enough to find it, and everybody and place in it.

Kept in the manifests, so that the index can be made again without reading any report.
"""

import datetime as dt
from typing import Literal

from qosreport.report.result.parts import Band, BandCounts, Part


class ListedSite(Part):
    """A site in a week."""

    name: str
    poor: int
    connections: int
    """Those scored."""
    enough: bool
    """Enough of them to say a rate."""


class ListedPerson(Part):
    """A person with poor connections in a week."""

    ref: str
    name: str | None
    is_external: bool | None
    poor: int
    connections: int


class ListedMeeting(Part):
    """A meeting with a page of its own beside a week's."""

    ref: str
    topic: str | None
    start: dt.datetime | None
    zone: str
    band: Band
    affected: int
    classified: int
    page: str
    """Below the revision's folder."""


class WeekEntry(Part):
    """A week in the index."""

    kind: Literal["weekly"] = "weekly"
    organisation: str
    label: str
    title: str
    """Week 46 of 2026."""
    verdict: str
    dates: str
    start: dt.datetime
    poor: int
    connections: int
    enough: bool
    bands: BandCounts
    forms: dict[str, str]
    """Files by ending, below the revision's folder."""
    sites: list[ListedSite]
    people: list[ListedPerson]
    meetings: list[ListedMeeting]


class MeetingEntry(Part):
    """A meeting that was reported by itself."""

    kind: Literal["meeting"] = "meeting"
    organisation: str
    meeting: ListedMeeting
    verdict: str
    forms: dict[str, str]
