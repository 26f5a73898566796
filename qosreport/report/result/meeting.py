"""The document of one instance of a meeting or webinar."""

import datetime as dt
from typing import Literal

from pydantic import Field

from qosreport.report.result.about import Gap, Head, Method, Provenance, Reject
from qosreport.report.result.causes import Explained, Finding
from qosreport.report.result.parts import (
    SCHEMA_VERSION,
    Band,
    BandCounts,
    Bin,
    Flag,
    Limiting,
    Part,
    Rate,
)


class Series(Part):
    """One measure of one participant, minute by minute: the worst stream of each minute."""

    measure: Literal[
        "latency_ms",
        "jitter_ms",
        "avg_loss_pct",
        "max_loss_pct",
        "frame_rate_fps",
        "system_cpu_pct",
    ]
    values: list[float | None]
    """One for each minute of the meeting; null: no scored sample."""
    bands: list[Band | None]
    """Band the measure alone would earn; CPU: Poor from the high mark on, else Good."""
    median: float | None
    worst: float | None
    worst_at: dt.datetime | None


class Stay(Part):
    """One join of a participant: from, to, why it ended."""

    join: dt.datetime
    leave: dt.datetime | None
    leave_reason: str | None
    breakout: bool


class Participant(Part):
    """One person's connection to the meeting: one session."""

    ref: str
    person: str
    """`person_ref`: the same in every join, meeting and week."""
    user_id: str
    name: str | None
    is_external: bool | None
    role: str | None
    place: str | None
    network: str | None
    device: str | None
    os: str | None
    client_version: str | None
    data_center: str | None
    connection_type: str | None
    microphone: str | None
    camera: str | None
    stay: Stay
    basis: Literal["minutes", "summary"]
    band: Band
    net_band: Band
    score: float | None
    """Pooled."""
    net_score: float | None
    reasons: list[str]
    present_minutes: int
    scored_minutes: int
    poor: Rate
    """Poor minutes of scored ones; each minute as one sample; enough if they make a band."""
    longest_poor_run_min: int
    limiting: Limiting | None
    minute_bands: list[Band | None]
    """One for each minute of the meeting; null: not sampled."""
    minute_net_bands: list[Band | None]
    series: list[Series]
    cpu_flags: list[str]
    flags: list[Flag]
    zoom_audio: str | None
    zoom_video: str | None
    zoom_share: str | None


class ShareSpan(Part):
    """One content share."""

    name: str | None
    content: str | None
    start: dt.datetime | None
    end: dt.datetime | None


class Rating(Part):
    """One satisfaction rating."""

    name: str | None
    rating: Literal["good", "not_good"]
    at: dt.datetime | None
    comment: str | None


class MeetingResult(Part):
    """One instance of a meeting or webinar."""

    schema_version: Literal[1, 2, 3] = SCHEMA_VERSION
    kind: Literal["meeting"] = "meeting"
    head: Head
    live: bool
    """A snapshot of a running meeting."""
    only_participant: str | None
    """`ref` of the one participant asked for, when the others' QoS was not pulled."""
    ref: str
    meeting_id: str | None
    meeting_kind: Literal["meeting", "webinar"]
    topic: str | None
    host: str | None
    department: str | None
    completeness: Literal["complete", "incomplete", "no_qos"]
    completeness_reason: str | None
    first_minute: dt.datetime
    minutes: int
    """Length of every minute list in the document."""
    minutes_not_shown: int = 0
    """Participant-minutes beyond the lists, after the first 24 hours; all counts hold them."""
    band: Band
    score: float | None
    connections: int
    people: int
    classified: int
    affected: int
    net_affected: int
    scored_minutes: int
    poor_minutes: int
    harmed_minutes: int
    connections_by_band: BandCounts
    people_poor: list[Bin]
    """For each minute: people poor by the network score on any device, of those scored."""
    widespread_minutes: int | None = None
    """Minutes in which many were poor at once, by the policy's rule; null: not counted."""
    explained: Explained | None = None
    """Null: not asked, as of a snapshot or one participant, and in documents before version 3."""
    findings: list[Finding] = Field(default_factory=list)
    """What its poor minutes are consistent with, most first. Spells are of everybody then; `stands`
    and `worst_person_minutes` are of the week."""
    participants: list[Participant]
    """Worst first."""
    shares: list[ShareSpan]
    ratings: list[Rating]
    zoom_audio: str | None
    zoom_video: str | None
    zoom_share: str | None
    gaps: list[Gap]
    rejects: list[Reject]
    method: Method
    provenance: Provenance
