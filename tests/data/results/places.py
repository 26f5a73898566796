"""Invented documents of people and of places."""

import datetime as dt

from qosreport.report.result import (
    CauseMinutes,
    During,
    EvidenceResult,
    Group,
    Head,
    Novelty,
    PersonResult,
    Rate,
    Span,
    TroubleSpell,
    Values,
    Visit,
)
from tests.data.results.pieces import MONDAY, ORGANISATION, limiting, method, provenance, rate

WEEKS = 8
START = MONDAY - dt.timedelta(weeks=WEEKS - 1)


def head(label: str, start: dt.datetime = MONDAY) -> Head:
    """To the end of the invented week."""
    end = MONDAY + dt.timedelta(days=7)
    hours = (end - start) / dt.timedelta(hours=1)
    zone = "Europe/Lisbon"
    facts = {"label": label, "start": start, "end": end, "zone": zone, "hours": hours}
    return Head(organisation=ORGANISATION, to_date=False, **facts)


def cause(what: str, minutes: int, subject: str | None = None, **facts: object) -> CauseMinutes:
    """What some minutes are consistent with."""
    given = {"person": None, "name": None, "is_external": None, **facts}
    return CauseMinutes(cause=what, subject=subject, harmed_minutes=minutes, **given)


def visit(day: int, hour: int = 10, poor: int = 0, minutes: int = 30, **facts: object) -> Visit:
    """A meeting so many days after the first Monday."""
    start = START + dt.timedelta(days=day, hours=hour)
    band = "Unscored" if not minutes else "Bad" if poor > 9 else "Poor" if poor else "Good"
    calm = ["Good"] * max(minutes - poor, 0)
    given = {
        "ref": f"{day:06x}{hour:06x}",
        "page": f"../meetings/{start.date()}-{day:06x}{hour:06x}.html",
        "kind": "meeting",
        "topic": f"Planning {day}",
        "start": start,
        "end": start + dt.timedelta(minutes=minutes or 20),
        "joins": 1,
        "drops": 0,
        "away_minutes": 0,
        "band": band,
        "net_band": band,
        "poor_minutes": poor,
        "scored_minutes": minutes,
        "place": "Leeds",
        "at_site": True,
        "provider": None,
        "network": "Wired",
        "device": "Windows",
        "os": "Windows 11",
        "client_version": "6.6.2",
        "data_center": "United Kingdom (LHR Top)",
        "limiting": limiting("emodel") if poor else None,
        "cpu_flags": [],
        "causes": [cause("participant_wifi", poor)] if poor else [],
        "first_minute": start if minutes else None,
        "minute_bands": [*calm[:5], *[band] * poor, *calm[5:]],
        **facts,
    }
    return Visit(**given)


def person(visits: list[Visit], **facts: object) -> PersonResult:
    """A person with these meetings."""
    poor = sum(one.poor_minutes for one in visits)
    scored = sum(one.scored_minutes for one in visits)
    given = {
        "ref": "0f1e2d3c4b5a",
        "name": "Tomos Halewood",
        "email": "tomos.halewood@larkspur.example",
        "is_external": False,
        "guessed": False,
        "meetings": len(visits),
        "meetings_scored": sum(one.scored_minutes > 0 for one in visits),
        "meetings_poor": sum(one.poor_minutes > 0 for one in visits),
        "poor": rate(poor, scored, len(visits)),
        "drops": sum(one.drops for one in visits),
        "away_minutes": sum(one.away_minutes for one in visits),
        "causes": [cause("participant_wifi", poor)] if poor else [],
        "visits": sorted(visits, key=lambda one: one.start, reverse=True),
        "changes": [],
        "tested": 0,
        **facts,
    }
    return PersonResult(
        head=head(f"{WEEKS} weeks", START),
        weeks=WEEKS,
        method=method(),
        provenance=provenance(),
        **given,
    )


def novelty(what: str, value: str, before: Rate, since: Rate, verdict: str) -> Novelty:
    """Something new on the fifth Monday."""
    tested = verdict != "too_few"
    change = (since.pct or 0) - (before.pct or 0)
    return Novelty(
        what=what,
        value=value,
        since=START + dt.timedelta(days=28, hours=10),
        ref=f"{28:06x}{10:06x}",
        before=before.model_copy(update={"enough": tested}),
        since_then=since.model_copy(update={"enough": tested}),
        change_pp=change if tested else None,
        low_pp=change - 4 if tested else None,
        high_pp=change + 4 if tested else None,
        verdict=verdict,
    )


def moved_home() -> PersonResult:
    """Well at the office, then at home on Wi-Fi and poor; drops, and a busy machine."""
    home = {"place": "York (GB)", "at_site": False, "provider": "Northbeck", "network": "Wifi"}
    calm = [visit(day) for day in range(0, 28, 3)]
    bad = [visit(day, poor=12, **home) for day in range(28, 49, 3)]
    bad[0] = bad[0].model_copy(update={"joins": 2, "drops": 1, "away_minutes": 4})
    bad[1] = bad[1].model_copy(update={"cpu_flags": ["CPU_SYSTEM_HIGH", "CPU_NEW"]})
    changes = [
        novelty("network", "Wifi", rate(0, 300, 10), rate(84, 210, 7), "worse"),
        novelty("client_version", "6.6.11", rate(20, 400, 12), rate(4, 80, 6), "better"),
        novelty("place", "York (GB)", rate(9, 300, 10), rate(9, 210, 7), "no_detectable_change"),
        novelty("device", "iOS", rate(0, 300, 10), rate(0, 20, 1), "too_few"),
    ]
    return person([*calm, *bad, visit(30, 23, minutes=90), visit(31, minutes=0)],
                  changes=changes, tested=3)  # fmt: skip


def quiet_person() -> PersonResult:
    """Nothing was ever poor."""
    return person([visit(day) for day in range(10)])


def unscored_person() -> PersonResult:
    """A guest by name alone, of whom nothing was measured."""
    facts = {"email": None, "is_external": True, "guessed": True}
    return person([visit(1, minutes=0, topic=None, limiting=None)], **facts)


def every_person() -> dict[str, PersonResult]:
    """By what they are for."""
    mixed = [cause("site", 10, "Leeds"), cause("remote_sender", 9, name="Nia Carrow", person="a")]
    crowded = [visit(day % 50, 8 + day % 9, poor=day % 3) for day in range(260)]
    return {
        "moved": moved_home(),
        "quiet": quiet_person(),
        "unscored": unscored_person(),
        "mixed": person([visit(1, poor=19, causes=mixed)], causes=[*mixed, cause("device", 9)]),
        "nameless": person([visit(1, poor=3)], name=None),
        "crowded": person(crowded),
    }


def values(loss: float, jitter: float, latency: float, minutes: int = 96) -> list[Values]:
    """Medians; the worst is three times as much."""
    medians = {"avg_loss_pct": loss, "max_loss_pct": 2 * loss, "jitter_ms": jitter}
    return [
        Values(measure=measure, minutes=minutes, median=median, worst=3 * median)
        for measure, median in {**medians, "latency_ms": latency}.items()
    ]


def spell(day: int, minutes: int = 14, **facts: object) -> TroubleSpell:
    """9 of 11 people there, 2 of 63 elsewhere."""
    first = MONDAY + dt.timedelta(days=day, hours=23, minutes=50)
    given = {
        "minutes": minutes,
        "harmed_minutes": 96 - day,
        "poor_people": 9,
        "people": 11,
        "poor_people_elsewhere": 2,
        "people_elsewhere": 63,
        "values": values(8.5, 61.0, 180.0),
        **facts,
    }
    return TroubleSpell(
        span=Span(first=first, last=first + dt.timedelta(minutes=minutes - 1)), **given
    )


def group(k: int, n: int, people: int, meetings: int) -> Group:
    """One side."""
    return Group(
        people=people,
        meetings=meetings,
        connections=n + 3,
        poor=rate(k, n, meetings),
        scored_minutes=30 * n,
        harmed_minutes=10 * k,
    )


def evidence(spells: list[TroubleSpell], **facts: object) -> EvidenceResult:
    """A place with these spells."""
    given = {
        "place_kind": "isp",
        "name": "Maple Loop",
        "networks": ["192.0.2.0/24"],
        "data_centers": ["Canada (YYZ)", "Germany (FRA)"],
        "harmed_minutes": sum(one.harmed_minutes for one in spells),
        "people_harmed": 9 if spells else 0,
        "stands": True if spells else None,
        "during": During(poor_here=88, here=120, poor_elsewhere=4, elsewhere=900)
        if spells
        else None,
        "here": group(12, 67, 11, 22),
        "elsewhere": group(60, 900, 210, 110),
        "in_spells": values(8.5, 61.0, 180.0) if spells else [],
        "outside": values(0.1, 8.0, 40.0, 1900),
        "elsewhere_in_spells": values(0.0, 9.0, 30.0, 800) if spells else [],
        "spells": spells,
        "spells_known": len(spells),
        **facts,
    }
    return EvidenceResult(
        head=head("2026-W46"),
        ref="3c1052b377c0",
        method=method(),
        provenance=provenance(),
        **given,
    )


def every_evidence() -> dict[str, EvidenceResult]:
    """By what they are for."""
    alone = {"people_elsewhere": 0, "poor_people_elsewhere": 0, "values": []}
    nobody = group(0, 0, 0, 0)
    return {
        "evening": evidence([spell(1), spell(2, 40)]),
        "site": evidence([spell(3, **alone)], place_kind="site", name="Leeds", stands=False),
        "centre": evidence([spell(1)], place_kind="data_center", name="Canada (YYZ)", networks=[]),
        "quiet": evidence([], elsewhere=nobody),
        "unscored": evidence([], here=group(0, 0, 2, 1), outside=[], data_centers=[], networks=[]),
        "many": evidence([spell(n % 7, n + 1) for n in range(50)], spells_known=61),
    }
