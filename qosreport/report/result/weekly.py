"""The document of a week, or of any period."""

from typing import Literal

from pydantic import Field

from qosreport.report.result.about import Gap, Head, Method, Provenance, Reject
from qosreport.report.result.causes import Explained, Finding
from qosreport.report.result.change import Changes, Comparison, Standings, WeekRate
from qosreport.report.result.parts import SCHEMA_VERSION, BandCounts, Part, Rate
from qosreport.report.result.rows import HourCell, MachineRow, MeetingRow, PersonRow, Segment
from qosreport.report.result.trust import Agreement, Reliability


class Volume(Part):
    """How much there was."""

    meetings: int
    webinars: int
    """Of the meetings."""
    connections: int
    people: int
    present_minutes: int
    scored_minutes: int
    harmed_minutes: int
    """Participant-minutes with a network score below the poor mark."""


FigureId = Literal[
    "poor_connections",
    "poor_meetings",
    "poor_audio_minutes",
    "poor_video_minutes",
    "high_cpu",
    "scored_minutes",
    "drops",
]


class Figure(Part):
    """One key figure."""

    id: FigureId
    rate: Rate
    people: int | None = None
    """Those it is a rate of; null: not counted (older documents)."""
    history: list[WeekRate] = Field(default_factory=list)
    """Nine weeks at most, this one last; those that are missing are left out."""
    compared: list[Comparison] = Field(default_factory=list)
    """With the previous week, and with the eight before."""


class Located(Part):
    """Where the addresses of the connections place them; the three add up to all connections."""

    at_sites: int
    """Connections."""
    away: int
    """With an address of no site."""
    unknown: int
    """Without an address, or with one that everybody uses."""
    addresses: int
    """Different ones, of sites or not."""
    addresses_away: int
    """Of these without a site."""
    listed: bool
    """Sites are those of the settings; else networks that look like offices."""


class Coverage(Part):
    """What came and what did not."""

    listed: int
    whole: int
    incomplete: int
    no_qos: int
    scored: int
    """Meetings with a band."""
    connections: int
    connections_with_qos: int
    connections_scored: int
    present_minutes: int
    """Minutes with any sample of quality data."""
    scored_minutes: int
    silent_minutes: int | None = None
    """By join and leave times, of connections without a sample; null: not counted (older
    documents)."""
    located: Located | None = None
    """Null: not asked (documents of earlier versions)."""
    gaps: list[Gap]
    rejects: list[Reject]


class WeeklyResult(Part):
    """A week, or any period, of an organisation."""

    schema_version: Literal[1, 2, 3] = SCHEMA_VERSION
    kind: Literal["weekly"] = "weekly"
    head: Head
    volume: Volume
    connections_by_band: BandCounts
    connections_poor_by_network: int
    connections_poor_by_frame_rate: int
    """Poor or Bad by the score, but not by the network score."""
    connections_by_summary: BandCounts = BandCounts(good=0, fair=0, poor=0, bad=0, unscored=0)
    """Bands from a summary of the whole meeting: another measure than minutes, so in no rate, and
    unscored in `connections_by_band`."""
    meetings_by_band: BandCounts
    figures: list[Figure]
    """The last one, drops, is of stays: a person in a meeting."""
    changes: Changes | None = None
    """Null: not asked (no week, or documents before version 3); so are the next three."""
    followup: Standings | None = None
    reliability: Reliability | None = None
    agreement: Agreement | None = None
    explained: Explained | None = None
    """Null: not asked (documents of version 1)."""
    findings: list[Finding] = Field(default_factory=list)
    """Every cause and subject, most harmed minutes first; undetermined is one of them."""
    worst_meetings: list[MeetingRow]
    meetings_affected: int
    """Meetings Poor or Bad; the list may be shorter."""
    meetings_harmed: int = 0
    """Meetings Poor or Bad, or with any harmed minute: what the list is drawn from."""
    people: list[PersonRow]
    people_affected: int
    """People with at least one poor connection; the list may be shorter."""
    people_repeated: int
    """People with three or more, in two meetings or more."""
    machines: list[MachineRow]
    machines_flagged: int
    segments: list[Segment]
    hours: list[HourCell]
    coverage: Coverage
    method: Method
    provenance: Provenance
