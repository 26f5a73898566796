"""The document about a site, a provider or a data centre, to be sent to whoever runs it.

It holds no name or address of a person, no topic, no meeting, and no single person's address.
"""

from typing import Literal

from qosreport.report.result.about import Head, Method, Provenance
from qosreport.report.result.causes import Spell
from qosreport.report.result.parts import Part, Rate

EVIDENCE_SCHEMA: Literal[1] = 1

PlaceId = Literal["site", "isp", "data_center"]
MeasureId = Literal["avg_loss_pct", "max_loss_pct", "jitter_ms", "latency_ms"]


class Values(Part):
    """One measure over some participant-minutes: the worst stream of each."""

    measure: MeasureId
    minutes: int
    """Participant-minutes in which it was measured."""
    median: float
    worst: float


class TroubleSpell(Spell):
    """A spell, and what was measured of the people there."""

    values: list[Values]


class Group(Part):
    """Connections of one side of the comparison, over the whole period."""

    people: int
    meetings: int
    connections: int
    poor: Rate
    """Connections poor by the network."""
    scored_minutes: int
    harmed_minutes: int


class During(Part):
    """Participant-minutes while the trouble lasted."""

    poor_here: int
    here: int
    poor_elsewhere: int
    elsewhere: int
    """Of people whom nothing wider explains; 0 where there is nothing to compare with."""


class EvidenceResult(Part):
    """What the data of a period says of one place."""

    schema_version: Literal[1] = EVIDENCE_SCHEMA
    kind: Literal["evidence"] = "evidence"
    head: Head
    ref: str
    place_kind: PlaceId
    name: str
    networks: list[str]
    """Public networks of that name in the settings."""
    data_centers: list[str]
    """Zoom's, that the people there were connected to; most connections first."""
    harmed_minutes: int
    """Participant-minutes consistent with trouble there."""
    people_harmed: int
    stands: bool | None
    """Whether the trouble is still seen without the person harmed most; null without trouble."""
    during: During | None
    """Null without trouble."""
    here: Group
    elsewhere: Group
    in_spells: list[Values]
    """Of people there."""
    outside: list[Values]
    """Of the same in all other minutes."""
    elsewhere_in_spells: list[Values]
    """Of everybody else in the same minutes."""
    spells: list[TroubleSpell]
    """In order of time; those with most harmed minutes if there were too many."""
    spells_known: int
    method: Method
    provenance: Provenance
