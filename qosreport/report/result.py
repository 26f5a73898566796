"""The result documents: every number that any page shows, and nothing that is only words.

HTML, PDF and workbook are pure functions of these. They are written as JSON beside the pages and
read back with the same types. `SCHEMA_VERSION` history:

1  first version.
2  weekly: `explained`, `findings`, and `causes` of the worst meetings. Documents of version 1 are
   still read, without them.
"""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION: Literal[2] = 2

Band = Literal["Good", "Fair", "Poor", "Bad", "Unscored"]
Medium = Literal["audio", "video", "share"]
Direction = Literal["sent", "received"]


class Part(BaseModel):
    """A piece of a result document: frozen, and strict about unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- Shared pieces -----------------------------------------------------------------------------


class Rate(Part):
    """k of n, clustered by meeting, with its 95 % interval."""

    k: int
    n: int
    meetings: int
    pct: float | None
    """Null when n is 0."""
    low_pct: float | None
    high_pct: float | None
    enough: bool
    """At least the policy's least number of sessions and meetings: else only counts are shown."""


class Limiting(Part):
    """What set a score: which stream, which of its components."""

    medium: Medium
    direction: Direction
    component: str
    """As the policy names it: emodel, jitter_ms, max_loss_pct, avg_loss_pct, latency_ms, fps_…"""


class Span(Part):
    """Consecutive minutes, both ends included."""

    first: dt.datetime
    last: dt.datetime


class Occurrence(Part):
    """A flag in one meeting."""

    meeting: str
    """`ref` of the meeting."""
    topic: str | None
    worst_value: float | None
    minutes: int
    longest_run_min: int
    spans: list[Span]


class EmodelParts(Part):
    """What the E-model made of the worst minute: measures, and what they cost of R."""

    loss_pct: float | None
    latency_ms: float | None
    """Null: Zoom gave none, so the score is of listening only."""
    jitter_ms: float | None
    delay_ms: float | None
    """From mouth to ear."""
    cost_loss_r: float | None
    cost_delay_r: float | None
    rating_r: float | None
    """What was left of R0."""


class Flag(Part):
    """One rule that was broken, with all it takes to check it."""

    code: str
    medium: Medium | None
    direction: Direction | None
    component: str
    worst_value: float | None
    worst_at: dt.datetime | None
    worst_score: float | None
    """What the component alone scored at the worst minute."""
    unit: str
    threshold: float | None
    band: Band
    source: str
    """Where the threshold is from, in the policy's words."""
    minutes: int
    longest_run_min: int
    occurrences: list[Occurrence]
    """Those with most minutes first."""
    meetings: int = 0
    """How many meetings it occurred in; the list may be shorter."""
    emodel: EmodelParts | None = None
    """For AUDIO_EMODEL: the worst minute in full."""


class BandCounts(Part):
    """How many fell into each band."""

    good: int
    fair: int
    poor: int
    bad: int
    unscored: int


class Head(Part):
    """Whose data, of which time."""

    organisation: str
    label: str
    """2026-W46, or the meeting's local date."""
    start: dt.datetime
    end: dt.datetime
    zone: str
    hours: float
    to_date: bool
    """The period was still open when the data was pulled."""


class Threshold(Part):
    """Where a measure by itself leaves a band."""

    measure: str
    medium: Medium | Literal["device"]
    band: Band
    """The band beyond the value."""
    value: float
    below: bool
    """Worse is below the value (frame rate), not above."""
    source: str
    component: str | None = None
    """The policy's component: tells fps_large from fps_small, and what the E-model judges."""
    unit: str = ""


class Method(Part):
    """By which rules."""

    policy: str
    policy_version: str
    policy_sha256: str
    sent_is: str
    """Which of Zoom's words is read as sent: input or output."""
    poor_score: float
    min_scored_minutes: int
    poor_share_pct: float
    poor_run_minutes: int
    meeting_affected_pct: float
    min_sessions: int
    min_meetings: int
    confidence_pct: float
    thresholds: list[Threshold]


class Provenance(Part):
    """From what, by what."""

    qosreport_version: str
    data_as_of: dt.datetime | None
    """When the last page it rests on was pulled; the only clock in the document."""
    files: int
    files_sha256: str
    """SHA-256 over the sorted SHA-256 of the raw files it rests on."""
    api_calls: int | None
    """Calls spent on the data of this period."""


class Gap(Part):
    """Something that did not come or could not be judged, and why.

    Meetings, connections and participant-minutes add up: all = scored + gaps. Of values, samples
    that hold one are counted.
    """

    unit: Literal["meetings", "connections", "participant-minutes", "values"]
    reason: str
    """A slug: of docs/messages.md for meetings, of docs/scoring.md for the rest."""
    count: int


class Reject(Part):
    """Values that could not be read."""

    field: str
    rule: str
    shape: str
    values: int


# --- Weekly ------------------------------------------------------------------------------------


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
]


class Figure(Part):
    """One key figure."""

    id: FigureId
    rate: Rate


class Bin(Part):
    """A slice of a meeting: people poor of people present."""

    poor: int
    people: int


CauseId = Literal[
    "remote_sender",
    "data_center",
    "site",
    "isp",
    "participant_uplink",
    "participant_downlink",
    "participant_access",
    "participant_wifi",
    "device",
    "undetermined",
]
OwnerId = Literal["zoom", "site_network", "provider", "person", "desktop_team", "nobody"]


class CauseMinutes(Part):
    """How many poor minutes are consistent with one cause."""

    cause: CauseId
    subject: str | None
    """The data centre, the site, or the provider's network."""
    person: str | None
    """`person_ref` of the sender others suffered from; lines and devices of all people are one."""
    name: str | None
    """The sender's; null also where Zoom withholds it."""
    is_external: bool | None
    harmed_minutes: int
    """Participant-minutes, poor by the network or by frame rate alone."""


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
    causes: list[CauseMinutes] = []
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


class MachineRow(Part):
    """A machine with high CPU: one person on one kind of device."""

    ref: str
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
    top_person_pct: float
    """Share of the segment's scored connections that are one person's."""


SegmentId = Literal["site", "network_type", "data_center", "client_version", "device", "os"]


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


class Spell(Part):
    """A time of trouble of a place: different people, not minutes."""

    span: Span
    minutes: int
    """Those with anybody harmed."""
    harmed_minutes: int
    """Participant-minutes."""
    poor_people: int
    people: int
    """There in those minutes."""
    poor_people_elsewhere: int
    """Whom nothing wider explains."""
    people_elsewhere: int


class Finding(CauseMinutes):
    """What poor minutes are consistent with; never more than that (docs/scoring.md)."""

    owner: OwnerId
    """Who most likely can do something about it."""
    share_pct: float
    """Of all poor participant-minutes."""
    people: int
    """Those harmed."""
    meetings: int
    days: int
    """Local days."""
    span: Span
    poor_here: int
    """Minutes of people in the group (a sender: of the listeners; own lines: the people's own)
    that were poor, while anybody in it was."""
    people_here: int
    """Of so many."""
    poor_elsewhere: int
    """The same of people elsewhere (own lines: of the others in the meeting)."""
    people_elsewhere: int
    """Of so many; 0 where there is nothing to compare with."""
    worst_person_minutes: int
    """Of the person harmed most."""
    stands: bool | None
    """Whether a shared cause is still seen without that person; null for other causes."""
    spells: list[Spell]
    """Of places: those with most harmed minutes first."""
    spells_known: int
    """How many there were; the list may be shorter."""


class Explained(Part):
    """Where the poor participant-minutes went; the last four add up to the first."""

    poor_minutes: int
    """By the network or by frame rate alone."""
    by_frame_rate: int
    """Of these by frame rate alone, so not among `harmed_minutes` of the volume."""
    shared: int
    """Consistent with a cause beyond the participant."""
    own_lines: int
    """Consistent with the person's own line or Wi-Fi."""
    devices: int
    """Consistent with the person's device."""
    undetermined: int


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
    scored_minutes: int
    gaps: list[Gap]
    rejects: list[Reject]


class WeeklyResult(Part):
    """A week, or any period, of an organisation."""

    schema_version: Literal[1, 2] = SCHEMA_VERSION
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
    explained: Explained | None = None
    """Null: not asked (documents of version 1)."""
    findings: list[Finding] = []
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


# --- Meeting -----------------------------------------------------------------------------------


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

    schema_version: Literal[1, 2] = SCHEMA_VERSION
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
    """For each minute: connections poor by the network score, of those scored."""
    widespread_minutes: int | None = None
    """Minutes in which many were poor at once, by the policy's rule; null: not counted."""
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
