"""The rows of the weekly lists."""

import datetime as dt
from typing import Literal

from pydantic import Field

from qosreport.report.result.about import WithheldId
from qosreport.report.result.causes import CauseMinutes
from qosreport.report.result.parts import Band, Bin, Flag, Limiting, Part, Rate


class MeetingRow(Part):
    """A meeting in a weekly list."""

    ref: str
    """12 hex digits of the SHA-256 of the UUID."""
    page: str | None
    """Its page, relative to the weekly page; null if none was made."""
    kind: Literal["meeting", "webinar"]
    topic: str | None
    host: str | None
    start: dt.datetime | None
    end: dt.datetime | None
    duration_min: int | None
    band: Band
    connections: int
    classified: int
    affected: int
    net_affected: int
    harmed_minutes: int
    limiting: Limiting | None
    bins: list[Bin]
    """24 equal slices from start to end."""
    widespread_minutes: int | None = None
    """Minutes in which many were poor at once, by the policy's rule; null: not counted."""
    causes: list[CauseMinutes] = Field(default_factory=list)
    """What its poor minutes are consistent with, most first; empty also in version 1."""


class MeetingLink(Part):
    """A meeting as mentioned beside a person."""

    ref: str
    page: str | None
    topic: str | None
    start: dt.datetime | None
    band: Band
    """The person's band there."""
    net_band: Band
    poor_minutes: int
    """By the network score."""
    scored_minutes: int


class PersonRow(Part):
    """A person with poor connections."""

    ref: str
    """12 hex digits of the SHA-256 of the person key."""
    name: str | None
    is_external: bool | None
    poor: Rate
    shrunk_pct: float
    """Rate drawn towards the average of all people by how little is known; for ranking."""
    days: int
    """Days with a poor connection."""
    harmed_minutes: int
    place: str | None
    network: str | None
    place_connections: int
    """Poor connections from that place and network."""
    device: str | None
    os: str | None
    client_version: str | None
    limiting: Limiting | None
    flags: list[Flag]
    meetings: list[MeetingLink]
    caused_minutes: int = 0
    """Minutes of others that are consistent with what this person sent; not in harmed_minutes."""


class MachineRow(Part):
    """A machine with high CPU: one person on one kind of device."""

    ref: str
    person: str | None = None
    """`person_ref` of whose it is; null in older documents."""
    name: str | None
    device: str | None
    os: str | None
    client_version: str | None
    flagged: int
    """Connections with a CPU flag other than elevated."""
    connections: int
    """Connections with CPU figures."""
    high_minutes: int
    """Minutes in which the whole machine was high."""
    zoom_high_minutes: int = 0
    """Minutes in which Zoom alone was high."""
    longest_run_min: int
    cost_minutes: int
    """Minutes in which frame rate limited the score while CPU was high."""
    system_peak_pct: float | None
    zoom_mean_pct: float | None
    flags: list[Flag]


class SegmentRow(Part):
    """Connections that share a property."""

    name: str | None
    """Null: Zoom did not say."""
    poor: Rate
    harmed_minutes: int
    top_person_pct: float | None
    """Share of the segment's scored connections that are one person's; null: withheld."""
    people: int | None = None
    """With a scored connection; null: not counted (older documents)."""


SegmentId = Literal[
    "site", "provider", "network_type", "data_center", "client_version", "device", "os"
]


WITHHELD: dict[SegmentId, WithheldId] = {
    "site": "sites",
    "provider": "providers",
    "network_type": "network_types",
    "data_center": "data_centers",
    "client_version": "client_versions",
    "device": "devices",
    "os": "operating_systems",
}
"""What groups of a segment are called where they are left out."""


class Segment(Part):
    """All values of one property."""

    id: SegmentId
    rows: list[SegmentRow]
    """Highest rate first; those with too few to say last."""


class HourCell(Part):
    """Connections begun in one local hour of the week."""

    weekday: int
    """1 is Monday."""
    hour: int
    poor: int
    connections: int
    """Those scored."""
    people: int | None = None
    """Whose they are; null: not counted (older documents)."""
