"""Invented findings: what the poor minutes of an invented week are consistent with."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qosreport.diagnosis.causes import OWNERS
from qosreport.report.result import CauseMinutes, Explained, Finding, Span, Spell
from tests.data.results.pieces import MONDAY

if TYPE_CHECKING:
    from tests.data.results.pieces import Person
    from tests.data.results.weeks import Connection


def span(day: int, hour: int, minutes: int) -> Span:
    """Some minutes of the week."""
    first = MONDAY + dt.timedelta(days=day, hours=hour, minutes=4)
    return Span(first=first, last=first + dt.timedelta(minutes=minutes - 1))


def spell(day: int = 2, hour: int = 14, **facts: int) -> Spell:
    """9 of 11 people poor in the same 14 minutes, 2 of 63 elsewhere."""
    given = {
        "minutes": 14,
        "harmed_minutes": 96,
        "poor_people": 9,
        "people": 11,
        "poor_people_elsewhere": 2,
        "people_elsewhere": 63,
        **facts,
    }
    return Spell(span=span(day, hour, given["minutes"]), **given)


def finding(cause: str, harmed: int, total: int, **facts: object) -> Finding:
    """A finding that explains so many of all poor minutes."""
    shared = cause in {"site", "isp", "data_center", "remote_sender"}
    given = {
        "subject": None,
        "person": None,
        "name": None,
        "is_external": None,
        "people": 9,
        "meetings": 6,
        "days": 3,
        "span": Span(first=span(1, 9, 1).first, last=span(3, 15, 1).last),
        "poor_here": harmed,
        "people_here": harmed + harmed // 4,
        "poor_elsewhere": harmed // 50,
        "people_elsewhere": 6 * harmed,
        "worst_person_minutes": max(1, harmed // 8),
        "stands": True if shared else None,
        "spells": [],
        "spells_known": 0,
        **facts,
    }
    share = round(100 * harmed / total, 6)
    return Finding(
        cause=cause, owner=OWNERS[cause], harmed_minutes=harmed, share_pct=share, **given
    )


def explained(found: Sequence[Finding], *, by_frame_rate: int = 0) -> Explained:
    """What the findings add up to."""

    def of(*causes: str) -> int:
        return sum(one.harmed_minutes for one in found if one.cause.startswith(causes))

    return Explained(
        poor_minutes=sum(one.harmed_minutes for one in found),
        by_frame_rate=by_frame_rate,
        shared=of("site", "isp", "data_center", "remote_sender"),
        own_lines=of("participant_"),
        devices=of("device"),
        undetermined=of("undetermined"),
    )


def of_week(judged: "Sequence[Connection]", *, named: bool) -> list[Finding]:
    """Cardiff's trouble is the site's, that at home a provider's or a sender's, the rest mixed."""
    cost = sum(c.cost for c in judged)
    total = sum(c.harmed for c in judged) + cost
    if not total:
        return []
    cardiff = sum(c.harmed for c in judged if c.person.site == "Cardiff") * 4 // 5
    home = sum(c.harmed for c in judged if c.person.site == "Home")
    isp, heard = home // 4, home // 5
    rest = total - cost - cardiff - isp - heard
    down, up, wifi = rest // 3, rest // 6, rest // 9
    sender = min((c.person for c in judged), key=lambda person: person.ref)
    spells = [spell(), spell(1, 13, minutes=9), spell(3, 16, people_elsewhere=0), spell(2, 11)]
    of_sender = {
        "person": sender.ref,
        "name": sender.name if named else None,
        "is_external": sender.external,
        "poor_elsewhere": 0,
        "people_elsewhere": 0,
    }
    found = [
        finding("site", cardiff, total, subject="Cardiff", spells=spells, spells_known=7),
        finding("isp", isp, total, subject="2001:db8::/32", spells=spells[1:2], spells_known=1),
        finding("remote_sender", heard, total, **of_sender),
        finding("participant_downlink", down, total),
        finding("participant_uplink", up, total),
        finding("participant_wifi", wifi, total),
        finding("device", cost, total, poor_elsewhere=0, people_elsewhere=0),
        finding("undetermined", rest - down - up - wifi, total),
    ]
    found = [one for one in found if one.harmed_minutes]
    return sorted(found, key=lambda one: (-one.harmed_minutes, one.cause))


def part(cause: str, harmed: int, **facts: object) -> CauseMinutes:
    """So many poor minutes of a meeting."""
    given = {"subject": None, "person": None, "name": None, "is_external": None, **facts}
    return CauseMinutes(cause=cause, harmed_minutes=harmed, **given)


def of_meeting(harmed: int, person: "Person") -> list[CauseMinutes]:
    """Most of a meeting's trouble comes from where the first of the harmed were."""
    most = -(-harmed * 2 // 3)
    first = part("participant_downlink", most)
    if person.site == "Cardiff":
        first = part("site", most, subject="Cardiff")
    rest = [part("undetermined", harmed - most)] if harmed > most else []
    return [first, *rest]


def of_gathering(poor_minutes: int) -> dict[str, object]:
    """The causes of one meeting: a site with others in trouble, a machine, and what is left."""
    of_site, of_machine = poor_minutes // 2, poor_minutes // 4
    found = [
        finding("site", of_site, poor_minutes, subject="Cardiff", spells=[spell()], spells_known=1,
                people=3, meetings=1, days=1, span=span(2, 14, 14)),
        finding("device", of_machine, poor_minutes, people=1, meetings=1, days=1),
        finding("undetermined", poor_minutes - of_site - of_machine, poor_minutes, people=2),
    ]  # fmt: skip
    return {"findings": found, "explained": explained(found)}
