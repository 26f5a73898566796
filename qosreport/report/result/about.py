"""Whose data, by which rules, from what: the small print of every document."""

import datetime as dt
from typing import Literal

from pydantic import Field

from qosreport.report.result.parts import Band, Medium, Part

WithheldId = Literal[
    "meetings",
    "sites",
    "providers",
    "network_types",
    "data_centers",
    "client_versions",
    "devices",
    "operating_systems",
    "hours",
    "figures",
    "causes",
    "spells",
    "comparisons",
    "minutes",
]


class Withheld(Part):
    """Groups left out because fewer people than `least_people` are in them, or might be guessed."""

    what: WithheldId
    count: int


class Privacy(Part):
    """What a document hides of people (docs/privacy.md)."""

    mode: Literal["pseudonymous", "aggregate"]
    least_people: int | None = None
    """The smallest group shown; null: groups are not limited."""
    withheld: list[Withheld] = Field(default_factory=list)
    """Nothing is left out silently."""


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
    privacy: Privacy | None = None
    """Null: nothing is hidden."""


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
