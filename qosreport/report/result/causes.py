"""What poor minutes are consistent with (docs/scoring.md)."""

from typing import Literal

from qosreport.report.result.parts import Part, Span

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
    worst_person_minutes: int | None
    """Of the person harmed most; null: withheld."""
    sender_minutes: int = 0
    """Of uplinks: those of senders from whom others suffered in the meeting, findings of their
    own."""
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
