"""What changed since earlier weeks, and what to follow up (docs/scoring.md)."""

from typing import Literal

from pydantic import Field

from qosreport.report.result.causes import CauseMinutes, OwnerId
from qosreport.report.result.parts import Limiting, Part, Rate

ComparisonId = Literal["previous", "trailing", "others"]
Verdict = Literal["worse", "better", "no_detectable_change", "too_few"]
SegmentKind = Literal[
    "organisation",
    "site",
    "provider",
    "network_type",
    "data_center",
    "client_version",
    "device",
    "os",
]
Check = Literal[
    "ask_site_network",
    "update_client",
    "check_cpu",
    "check_video_load",
    "check_wifi",
    "check_mobile_signal",
    "check_access_line",
    "ask_person",
    "check_uplink",
    "ask_zoom",
    "ask_provider",
    "see_shared_cause",
]


class WeekRate(Part):
    """A rate in one week."""

    week: str
    rate: Rate
    people: int | None = None
    """Those it is a rate of; null: not counted (older documents)."""


class Comparison(Part):
    """A rate of this week beside another: of an earlier time, or of others in this week."""

    with_what: ComparisonId
    """The week before, the eight weeks before together, or all others of this week."""
    before: Rate
    """The other rate as it was."""
    standard_pct: float | None
    """The other rate with this week's mix of sites and networks; without a mix the rate itself."""
    covered_pct: float | None
    """Share of this week's connections from sites and networks that both have."""
    change_pp: float | None
    """Percentage points, the mix held constant."""
    low_pp: float | None
    """Null where it was not tested; so is what follows."""
    high_pp: float | None
    p_adjusted: float | None
    """Benjamini and Hochberg, over all that was tested in this comparison."""
    verdict: Verdict
    reason: str | None
    """Why there are too few to say; a slug of docs/scoring.md."""


class ChangedSegment(Part):
    """A group of connections now and before."""

    kind: SegmentKind
    name: str | None
    """Null: Zoom did not say; for the organisation: all."""
    now: Rate
    compared: list[Comparison]


class Family(Part):
    """What was compared with what, tested together."""

    with_what: ComparisonId
    weeks: list[str]
    """The earlier weeks behind it, the latest first; empty: there were none."""
    tested: int
    """How many groups had enough to be tested."""


class LeftOut(Part):
    """Connections left out of a comparison, since only one side has any there."""

    with_what: ComparisonId
    kind: SegmentKind
    name: str | None
    site: str | None
    network: str | None
    pooled: int
    """0: the site and network named; 1: small sites of that network; 2: all that is small."""
    connections_now: int
    connections_before: int


class Changes(Part):
    """This week beside earlier ones."""

    families: list[Family]
    segments: list[ChangedSegment]
    """The organisation first, then by kind and name."""
    versions: list[ChangedSegment]
    """Client versions beside all others of this week."""
    left_out: list[LeftOut]


class FollowUp(Part):
    """A person, machine or place to follow up."""

    kind: Literal["person", "machine", "site", "data_center", "provider"]
    ref: str | None
    """Of the person or machine; null for a place."""
    person: str | None = None
    """`person_ref` of the person, or of whose machine it is; null for a place, and where older."""
    name: str | None
    """Of the person or place; null also where Zoom withholds it."""
    is_external: bool | None
    device: str | None
    """Of a machine."""
    status: Literal["this_week", "new", "continuing", "watch", "resolved", "unclear", "absent"]
    """this_week: a shared cause of this week, whatever earlier weeks were like."""
    weeks_in_trouble: int
    of_weeks: int
    """The rule looks at so many weeks."""
    weeks_in_row: int
    weeks_ago: int
    """Since its last trouble; 0 is this week."""
    trouble_week: str
    k: int
    """Poor connections in that week (of a machine: flagged)."""
    n: int
    """Of so many."""
    harmed_minutes: int
    """In that week (of a machine: minutes high CPU cost frame rate)."""
    shared_minutes: int
    """Of these: consistent with a shared cause elsewhere that is to be followed up, too."""
    caused_minutes: int
    """Others' minutes consistent with what this person sent."""
    at_stake_minutes: int
    """What seeing to it may win back: harmed, less shared, and caused; of a place that is a shared
    cause itself: the minutes that fit it."""
    shared_cause: CauseMinutes | None
    """What most of the shared minutes are consistent with."""
    network: str | None
    client_version: str | None
    limiting: Limiting | None
    rssi_dbm: float | None
    next_check: Check
    owner: OwnerId


class Standings(Part):
    """Everything to follow up."""

    rows: list[FollowUp] = Field(default_factory=list)
    """Most minutes at stake first; the list may be shorter than the counts."""
    this_week: int
    new: int
    continuing: int
    watch: int
    resolved: int
    unclear: int
    absent: int
    weeks: list[str]
    """The weeks looked at, the latest first."""
