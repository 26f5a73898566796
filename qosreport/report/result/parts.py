"""The pieces every document is put together from."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION: Literal[3] = 3

Band = Literal["Good", "Fair", "Poor", "Bad", "Unscored"]
Medium = Literal["audio", "video", "share"]
Direction = Literal["sent", "received"]


class Part(BaseModel):
    """A piece of a result document: frozen, and strict about unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class Bin(Part):
    """A slice of a meeting: people poor of people present."""

    poor: int
    people: int
