"""What becomes of every text in a document that is not full.

Each field of each part that can hold text from outside stands here, or no document with it can be
hidden: `rules_of` refuses what it does not know, and a test asks it for every part there is.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from qosreport.report import result as r
from qosreport.report.result import evidence
from qosreport.report.result.about import Privacy, Withheld
from qosreport.report.result.parts import Part


@dataclass(frozen=True)
class Treatment:
    """What becomes of a text."""

    how: Literal["keep", "drop", "person", "machine", "name", "topic", "fellow"]
    of: str = ""
    """For name and topic: the field beside it with the reference."""


KEEP = Treatment("keep")
"""It names no person: a place, a kind, a version, a rule, something of the operator's own."""
DROP = Treatment("drop")
"""It is of one person or in one person's words, and nothing stands for it."""
PERSON, MACHINE = Treatment("person"), Treatment("machine")
"""A reference to a person or a machine."""
FELLOW = Treatment("fellow")
"""The name of somebody in the meeting, without a reference."""


def _name(of: str = "ref") -> Treatment:
    return Treatment("name", of)


def _topic(of: str = "ref") -> Treatment:
    return Treatment("topic", of)


def _keep(*names: str) -> dict[str, Treatment]:
    return dict.fromkeys(names, KEEP)


_SENDER = {**_keep("subject"), "person": PERSON, "name": _name("person")}
_THERE = _keep("place", "network", "device", "os", "client_version")
_MEETING = {**_keep("ref", "page"), "topic": _topic()}

RULES: Mapping[type[Part], Mapping[str, Treatment]] = {
    # Small print: the operator's, the policy's or qosreport's own words.
    r.Head: _keep("organisation", "label", "zone"),
    r.Threshold: _keep("measure", "source", "component", "unit"),
    r.Method: _keep("policy", "policy_version", "policy_sha256", "sent_is"),
    r.Provenance: _keep("qosreport_version", "files_sha256"),
    r.Gap: _keep("reason"),
    r.Reject: _keep("field", "rule", "shape"),
    r.Limiting: _keep("component"),
    r.Flag: _keep("code", "component", "unit", "source"),
    r.PolicyName: _keep("name", "version", "sha256"),
    r.Difference: _keep("key", "before", "after"),
    # Groups: sites, providers, networks, versions, weeks.
    r.WeekRate: _keep("week"),
    r.Comparison: _keep("reason"),
    r.ChangedSegment: _keep("name"),
    r.Family: _keep("weeks"),
    r.LeftOut: _keep("name", "site", "network"),
    r.Standings: _keep("weeks"),
    r.SegmentRow: _keep("name"),
    r.DropsAtPlace: _keep("name"),
    r.EvidenceResult: _keep("ref", "name", "networks", "data_centers"),
    # Meetings.
    r.Occurrence: {**_keep("meeting"), "topic": _topic("meeting")},
    r.MeetingName: _MEETING,
    r.MeetingLink: _MEETING,
    r.MeetingRow: {**_MEETING, "host": DROP},
    r.MovedMeeting: _MEETING,
    r.MeetingResult: {
        **_keep(
            "only_participant", "ref", "completeness_reason", "zoom_audio", "zoom_video",
            "zoom_share",
        ),
        "meeting_id": DROP,  # of a personal room, it is one person's
        "topic": _topic(),
        "host": DROP,
        "department": DROP,  # the host's
    },
    r.ShareSpan: {**_keep("content"), "name": FELLOW},
    r.Rating: {"name": FELLOW, "comment": DROP},
    # People.
    r.CauseMinutes: _SENDER,
    r.Finding: _SENDER,
    r.FollowUp: {
        **_keep("device", "trouble_week", "network", "client_version"),
        "ref": PERSON,
        "person": PERSON,
        "name": _name("person"),
    },
    r.Disagreement: {"person": PERSON, "name": _name("person")},
    r.DropsOfPerson: {"ref": PERSON, "name": _name()},
    r.PersonRow: {**_THERE, "ref": PERSON, "name": _name()},
    r.MachineRow: {
        **_keep("device", "os", "client_version"),
        "ref": MACHINE,
        "person": PERSON,
        "name": _name("person"),
    },
    r.Stay: _keep("leave_reason"),  # parsed without anybody's name
    r.Participant: {
        **_THERE,
        **_keep(
            "ref", "role", "data_center", "connection_type", "reasons", "cpu_flags", "zoom_audio",
            "zoom_video", "zoom_share",
        ),
        "person": PERSON,
        "user_id": DROP,
        "name": _name("person"),
        "microphone": DROP,  # people name their headsets after themselves
        "camera": DROP,
    },
    r.Visit: {**_MEETING, **_THERE, **_keep("provider", "data_center", "cpu_flags")},
    r.Novelty: _keep("value", "ref"),
    r.PersonResult: {"ref": PERSON, "name": _name(), "email": DROP},
}  # fmt: skip
_OF_PLACES = _keep("ref", "person", "name", "device", "trouble_week", "network", "client_version")
_OF_MACHINES = {**RULES[r.FollowUp], "ref": MACHINE}
_WITHOUT_TEXT = (Privacy, Withheld, evidence.TroubleSpell)
"""Named so that nothing is unknown; they hold words of qosreport's own only."""


def rules_of(part: Part) -> Mapping[str, Treatment]:
    """What becomes of the texts of a part.

    Raises:
        KeyError: It has a text that nobody decided on.
    """
    if isinstance(part, r.FollowUp) and part.kind != "person":
        return _OF_MACHINES if part.kind == "machine" else _OF_PLACES
    return _of_class(type(part))


@cache
def _of_class(kind: type[Part]) -> Mapping[str, Treatment]:
    rules = RULES.get(kind, {})
    unknown = sorted(texts_of(kind) - rules.keys())
    if unknown:
        raise KeyError(f"{kind.__name__}.{unknown[0]}")
    return rules


def texts_of(kind: type[Part]) -> set[str]:
    """The fields of a part that can hold any text."""
    return {name for name, hint in get_type_hints(kind).items() if _holds_text(hint)}


def _holds_text(hint: Any) -> bool:  # noqa: ANN401 -- any annotation
    if hint is str:
        return True
    if get_origin(hint) in {list, dict, tuple, Annotated, Union, types.UnionType}:
        return any(_holds_text(one) for one in get_args(hint))
    return False
