"""Where one bad minute of a meeting most likely comes from: by elimination, widest first.

After the elimination of BlameIt (Jin et al., SIGCOMM 2019): a cause that explains many at once is
looked for before one that explains a single person. The answer is "consistent with", never "caused
by". Rules and numbers: docs/scoring.md, "Attribution".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypedDict

LEAST_RECEIVERS = 2
"""A sender is blamed only if at least so many receivers suffer …"""
RECEIVERS_SHARE = 0.5
"""… and they are at least this share of all receivers."""
LEAST_GROUP = 3
"""People a data centre or a site must have in the meeting to be blamed."""
LEAST_SITES = 2
"""Sites the poor people of a blamed data centre must be spread over: one would be the site's."""
GROUP_SHARE = 0.8
"""Share of a group that must be poor."""
ELSEWHERE_SHARE = 0.2
"""Share of the others that may be poor beside a blamed site or participant."""
LEAST_OTHERS = 2
"""Others needed to tell one person's trouble from everybody's: a meeting of two cannot."""

REMOTE_SENDER = "remote_sender"
DATA_CENTER = "data_center"
SITE = "site"
UPLINK, DOWNLINK, ACCESS = "participant_uplink", "participant_downlink", "participant_access"
DEVICE = "device"
UNDETERMINED = "undetermined"

_SLACK = 1e-9


class Observation(TypedDict):
    """One participant in one minute; poor means a network score below the poor mark."""

    id: str
    site: str | None
    dc: str | None
    """Data centre."""
    sent_poor: bool
    recv_poor: bool
    device_poor: bool
    """Frame rate alone is poor."""
    cpu_high: bool
    sending: bool
    """Speaks, shows or shares what the others receive."""


def attribute_minute(participants: Iterable[Observation]) -> dict[str, str]:
    """The cause each poor participant's minute is consistent with.

    Returns:
        By id, for those poor in the network or by frame rate: `remote_sender:<id>`,
        `data_center:<name>`, `site:<name>`, `participant_uplink`, `participant_downlink`,
        `participant_access`, `device` or `undetermined`. The order of participants does not matter.
    """
    people = sorted(participants, key=lambda p: p["id"])
    causes = _sender(people)
    for explain in (_data_center, _site, _participant):
        poor = {p["id"] for p in people if _network(p)} - causes.keys()
        causes |= explain(people, poor)
    for person in people:
        if person["device_poor"] and not _network(person):
            causes[person["id"]] = DEVICE if person["cpu_high"] else UNDETERMINED
    return causes


def _network(person: Observation) -> bool:
    return person["sent_poor"] or person["recv_poor"]


def _share(part: int, whole: int, least: float) -> bool:
    return part >= whole * least - _SLACK


def _few(part: int, whole: int) -> bool:
    return part <= whole * ELSEWHERE_SHARE + _SLACK


def _sender(people: Sequence[Observation]) -> dict[str, str]:
    """Receivers whom one bad sender explains; two bad senders cannot be told apart."""
    blamed = [p for p in people if p["sending"] and p["sent_poor"]]
    if len(blamed) != 1:
        return {}
    sender = blamed[0]["id"]
    receivers = [p for p in people if p["id"] != sender]
    harmed = [p["id"] for p in receivers if p["recv_poor"] and not p["sent_poor"]]
    if len(harmed) < LEAST_RECEIVERS or not _share(len(harmed), len(receivers), RECEIVERS_SHARE):
        return {}
    return dict.fromkeys(harmed, f"{REMOTE_SENDER}:{sender}")


def _groups(
    people: Sequence[Observation], name_of: Callable[[Observation], str | None]
) -> Mapping[str, list[Observation]]:
    groups: dict[str, list[Observation]] = {}
    for person in people:
        name = name_of(person)
        if name is not None:
            groups.setdefault(name, []).append(person)
    return groups


def _is_hit(group: Sequence[Observation], poor: set[str]) -> bool:
    many = sum(p["id"] in poor for p in group)
    return len(group) >= LEAST_GROUP and _share(many, len(group), GROUP_SHARE)


def _data_center(people: Sequence[Observation], poor: set[str]) -> dict[str, str]:
    """The people of data centres nearly all of whose people, over several sites, are poor."""
    causes: dict[str, str] = {}
    for name, group in _groups(people, lambda p: p["dc"]).items():
        sites = {p["site"] for p in group if p["site"] is not None and p["id"] in poor}
        if _is_hit(group, poor) and len(sites) >= LEAST_SITES:
            causes |= _blame(group, poor, f"{DATA_CENTER}:{name}")
    return causes


def _site(people: Sequence[Observation], poor: set[str]) -> dict[str, str]:
    """The people of sites nearly all of whose people are poor while elsewhere few are."""
    causes: dict[str, str] = {}
    for name, group in _groups(people, lambda p: p["site"]).items():
        elsewhere = [p for p in people if p["site"] != name]
        if _is_hit(group, poor) and _few(sum(p["id"] in poor for p in elsewhere), len(elsewhere)):
            causes |= _blame(group, poor, f"{SITE}:{name}")
    return causes


def _blame(group: Sequence[Observation], poor: set[str], cause: str) -> dict[str, str]:
    return {p["id"]: cause for p in group if p["id"] in poor}


def _participant(people: Sequence[Observation], poor: set[str]) -> dict[str, str]:
    """Everybody left: their own line, if there are others and few of them are poor."""
    return {p["id"]: _own_line(p, people, poor) for p in people if p["id"] in poor}


def _own_line(person: Observation, people: Sequence[Observation], poor: set[str]) -> str:
    others = [p for p in people if p["id"] != person["id"]]
    if len(others) < LEAST_OTHERS or not _few(sum(p["id"] in poor for p in others), len(others)):
        return UNDETERMINED
    if person["sent_poor"] and person["recv_poor"]:
        return ACCESS
    return UPLINK if person["sent_poor"] else DOWNLINK
