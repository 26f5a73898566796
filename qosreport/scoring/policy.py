"""Policies: every number of the scoring, checked, hashed, each with its source.

A policy file is TOML. Its numbers stand at the top; a parallel tree `[sources]` says where each is
from, and `about` is one line for lists. The hash covers the numbers only, so that a better worded
source does not make another policy. docs/scoring.md explains every key.
"""

import hashlib
import itertools
import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    field_validator,
    model_validator,
)

from qosreport.scoring.thresholds import Threshold, thresholds

Number = StrictInt | StrictFloat
"""As written: 150 and 150.0 are the same number but not the same text, and the hash is of text."""
Direction = Literal["sent", "received"]
Feed = Literal["dashboard_qos", "qss_meeting"]
"""Which of Zoom's interfaces the rows are from: they use input and output in opposite senses."""
Anchors = tuple[tuple[Number, Number], ...]
"""Points (measure, score), the measure increasing; linear between them, flat outside."""

NO_SOURCE = "no source given in the policy file"

_WORST, _BEST = 1.0, 4.5


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=False
    )


class Emodel(_Section):
    """Constants of the E-model (ITU-T G.107) as used for audio."""

    r0: Number = Field(alias="R0")
    """Rating of a flawless connection: R of G.107 with every parameter at its default."""
    ie: Number = Field(alias="Ie", ge=0)
    """Impairment of the codec itself."""
    bpl: Number = Field(alias="Bpl", gt=0)
    """Robustness to loss: the loss in per cent that costs half of what loss can cost."""
    burst_r: Number = Field(alias="BurstR", ge=1)
    """Burstiness of loss; 1 is random."""
    a: Number = Field(alias="A", ge=0)
    """Advantage of access; 0 is none."""
    ceiling: Number
    """What loss can cost at most, with Ie."""
    delay_model: Literal["g107_idd", "cole_rosenbluth"]
    """Idd of G.107 (echo cancelled), or the straight lines of Cole and Rosenbluth (2001)."""
    jitter_multiplier: Number = Field(ge=0)
    """Delay of the receiver's buffer, in jitters."""
    fixed_delay_ms: Number = Field(ge=0)
    """Delay of packets and devices."""
    latency_factor: Number = Field(gt=0)
    """Mouth-to-ear delay for each millisecond of latency as Zoom gives it."""
    s_t: Number = Field(alias="sT", gt=0)
    """Sensitivity to delay; 1 is the default class of G.107."""
    m_t: Number = Field(alias="mT", gt=0)
    """Delay in ms below which nobody notices."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not 0 < self.r0 <= self.r0 + self.a <= 100:
            raise ValueError("R0 must be above 0, and R0 + A at most 100")
        if not self.ie <= self.ceiling <= 100:
            raise ValueError("ceiling must lie between Ie and 100")
        return self


class Components(_Section):
    """Anchors by measure; a measure without anchors is not a component of the medium."""

    avg_loss_pct: Anchors | None = None
    max_loss_pct: Anchors | None = None
    jitter_ms: Anchors | None = None
    latency_ms: Anchors | None = None

    @model_validator(mode="after")
    def _shapes(self) -> Self:
        for name in type(self).model_fields:
            anchors = getattr(self, name)
            if anchors is not None:
                _check_anchors(name, anchors)
        return self

    def named(self) -> dict[str, Anchors]:
        """The components present, by name in alphabetical order."""
        found = {name: getattr(self, name) for name in sorted(type(self).model_fields)}
        return {name: anchors for name, anchors in found.items() if anchors is not None}


class VideoComponents(Components):
    """As `Components`, and the frame rate of large and of small pictures."""

    fps_large: Anchors | None = None
    fps_small: Anchors | None = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.fps_large is None) != (self.fps_small is None):
            raise ValueError("fps_large and fps_small go together")
        return self


class MediaComponents(_Section):
    """Components of each medium; audio has the E-model besides."""

    audio: Components
    video: VideoComponents
    share: Components

    def of(self, medium: str) -> Components:
        """The components of one medium."""
        found: Components = getattr(self, medium)
        return found


class DirectionMap(_Section):
    """What Zoom's two words mean for the participant."""

    input: Direction
    output: Direction

    @property
    def sent_is(self) -> str:
        """Which of Zoom's two words means sent."""
        return "input" if self.input == "sent" else "output"

    @model_validator(mode="after")
    def _different(self) -> Self:
        if self.input == self.output:
            raise ValueError("input and output must not mean the same")
        return self


class Directions(_Section):
    """The direction map of each of Zoom's interfaces."""

    dashboard_qos: DirectionMap
    qss_meeting: DirectionMap

    def of(self, feed: Feed) -> DirectionMap:
        """The map of one interface."""
        found: DirectionMap = getattr(self, feed)
        return found


class LowActivity(_Section):
    """Bit rate in kbps below which a stream says nothing about the network."""

    audio: Number = Field(ge=0)
    video: Number = Field(ge=0)
    share: Number = Field(ge=0)


class Advisory(_Section):
    """Zoom's recommendations: exceeding them is noted and does not lower a score."""

    latency_ms: Number
    jitter_ms: Number
    avg_loss_pct: Number


class CqdAudio(_Section):
    """Poor in Microsoft's Call Quality Dashboard if any is exceeded."""

    latency_ms: Number
    avg_loss_pct: Number
    jitter_ms: Number


class CqdPicture(_Section):
    """Poor in Microsoft's Call Quality Dashboard: frame rate below, or without one loss above."""

    fps_min: Number
    avg_loss_pct: Number


class Cqd(_Section):
    """Microsoft's thresholds, for comparison only."""

    audio: CqdAudio
    video: CqdPicture
    share: CqdPicture


class Valid(_Section):
    """Ranges, ends included, outside which a value is no measurement."""

    bitrate_kbps: tuple[Number, Number]
    latency_ms: tuple[Number, Number]
    jitter_ms: tuple[Number, Number]
    avg_loss_pct: tuple[Number, Number]
    max_loss_pct: tuple[Number, Number]
    fps: tuple[Number, Number]
    cpu_pct: tuple[Number, Number]

    @field_validator("*")
    @classmethod
    def _ordered(cls, value: tuple[Number, Number]) -> tuple[Number, Number]:
        if not 0 <= value[0] < value[1]:
            raise ValueError("must be two numbers, the first smaller and not negative")
        return value


class ParticipantRules(_Section):
    """From minutes to a participant's verdict."""

    min_scored_minutes: StrictInt = Field(ge=1)
    window_minutes: StrictInt = Field(ge=2, le=60)
    neg_bias: Number = Field(ge=0, le=1)
    """Weight of the 10th percentile in the pooled score; the mean has the rest."""
    fair_poor_share: Number = Field(gt=0, le=1)
    poor_poor_share: Number = Field(gt=0, le=1)
    bad_poor_share: Number = Field(gt=0, le=1)
    poor_run_minutes: StrictInt = Field(ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.fair_poor_share <= self.poor_poor_share <= self.bad_poor_share:
            raise ValueError("the shares for Fair, Poor and Bad must not decrease")
        return self


class MeetingRules(_Section):
    """From participants to a meeting's verdict."""

    poor_affected: Number = Field(gt=0, le=1)
    bad_affected: Number = Field(gt=0, le=1)
    widespread_share: Number = Field(gt=0, le=1)
    widespread_min: StrictInt = Field(ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.poor_affected > self.bad_affected:
            raise ValueError("poor_affected must not exceed bad_affected")
        return self


class CpuRules(_Section):
    """When processor use is flagged."""

    system_high: Number
    system_elevated: Number
    zoom_high: Number
    consecutive: StrictInt = Field(ge=1)
    share: Number = Field(gt=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.system_elevated > self.system_high:
            raise ValueError("system_elevated must not exceed system_high")
        return self


class Stats(_Section):
    """How much it takes before a rate or a difference is printed."""

    min_sessions: StrictInt = Field(ge=1)
    min_meetings: StrictInt = Field(ge=1)
    confidence: Number = Field(gt=0, lt=1)
    fdr_q: Number = Field(gt=0, lt=1)
    min_effect_pp: Number = Field(ge=0)
    min_ratio: Number = Field(ge=1)


class Policy(_Section):
    """One set of scoring rules. Frozen, picklable, compared by value."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    bands: tuple[tuple[Literal["Good", "Fair", "Poor", "Bad"], Number], ...]
    """Bands from best to worst, each with its lowest score."""
    poor_score: Number
    """A minute below it is poor."""
    emodel: Emodel
    components: MediaComponents
    direction: Directions
    zero_latency_is_missing: bool
    video_large_min_height: StrictInt = Field(gt=0)
    low_activity_kbps: LowActivity
    advisory: Advisory
    cqd: Cqd
    valid: Valid
    participant: ParticipantRules
    meeting: MeetingRules
    cpu: CpuRules
    stats: Stats
    about: str = Field("", exclude=True)
    """One line for lists; not hashed."""
    sources: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False)
    """The tree of sources, parallel to the numbers; not hashed."""

    @model_validator(mode="after")
    def _bands(self) -> Self:
        if [name for name, _ in self.bands] != ["Good", "Fair", "Poor", "Bad"]:
            raise ValueError("bands must be Good, Fair, Poor, Bad, in this order")
        edges = [edge for _, edge in self.bands]
        if sorted(set(edges), reverse=True) != edges or not _WORST <= edges[3] < edges[0] <= _BEST:
            raise ValueError("bands must decrease and lie within 1 and 4.5")
        if self.poor_score != edges[1]:
            raise ValueError("poor_score must be the lower edge of Fair, or words would contradict")
        return self

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.sha256[:8]})"

    @property
    def tree(self) -> dict[str, Any]:
        """The numbers as nested plain values, as hashed and as compared."""
        tree: dict[str, Any] = json.loads(
            json.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True))
        )
        return tree

    @property
    def sha256(self) -> str:
        """SHA-256 of the tree as JSON with sorted keys and no blanks."""
        text = json.dumps(self.tree, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def thresholds(self) -> tuple[Threshold, ...]:
        """Where each measure by itself leaves a band, in the measure's own unit.

        Media in order, components by name, best band first; the E-model's loss with latency 100 ms
        and jitter 10 ms, its latency without loss. An edge no value reaches is left out.
        """
        return tuple(thresholds(self))

    def threshold(
        self, medium: str, component: str, *, band: str = "Poor", measure: str | None = None
    ) -> Threshold | None:
        """One of them, or None if there is none; the E-model has one for each `measure`."""
        for edge in thresholds(self):
            wanted = (edge.medium, edge.component, edge.band) == (medium, component, band)
            if wanted and measure in {None, edge.measure}:
                return edge
        return None

    def edge(self, band: str) -> float:
        """The lowest score of a band."""
        return float(dict(self.bands)[band])  # type: ignore[index]  # any str, KeyError if wrong

    def source(self, key: str, point: int | None = None) -> str:
        """Where a number is from, by its dotted key; of anchors and bands, the point's own."""
        found: Any = self.sources
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        if isinstance(found, list) and point is not None:
            return str(found[point])
        if isinstance(found, list):
            return "; ".join(dict.fromkeys(map(str, found)))
        return str(found) if found else NO_SOURCE


def _check_anchors(name: str, anchors: Anchors) -> None:
    """Raise ValueError unless the anchors make a function that falls as the measure worsens."""
    if len(anchors) < 2:
        raise ValueError(f"{name} needs at least two anchors")
    xs = [x for x, _ in anchors]
    ys = [y for _, y in anchors]
    if any(left >= right for left, right in itertools.pairwise(xs)):
        raise ValueError(f"{name}: the measure must increase from anchor to anchor")
    if min(ys) < _WORST or max(ys) > _BEST:
        raise ValueError(f"{name}: scores must lie within 1 and 4.5")
    if ys != sorted(ys, reverse=not name.startswith("fps")):
        raise ValueError(f"{name}: a worse measure must not score better")
