"""Invented history: change, follow-up, drops and agreement of an invented week."""

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from qosreport.diagnosis.weeks import back
from qosreport.report.result import (
    Agreement,
    CauseMinutes,
    ChangedSegment,
    Changes,
    Comparison,
    Disagreement,
    DropsAtPlace,
    DropsInMeeting,
    DropsOfPerson,
    Family,
    Figure,
    FollowUp,
    LabelTable,
    Measure,
    MeetingName,
    Opinion,
    PersonRow,
    Rate,
    ReasonCount,
    Reliability,
    Segment,
    Silent,
    Standings,
    WeekRate,
)
from tests.data.results.pieces import limiting, rate

if TYPE_CHECKING:
    from tests.data.results.weeks import Connection, Meeting

WEEK = "2026-W46"
LOWER = 0.7
"""How much smaller every rate was before."""


def comparison(now: Rate, what: str = "trailing", **facts: object) -> Comparison:
    """The same rate some weeks before, lower; tested where there are enough."""
    k, weeks = round(LOWER * now.k), 8 if what == "trailing" else 1
    before = rate(k * weeks, now.n * weeks, now.meetings * weeks)
    told = now.enough and k >= 5
    change = (now.pct or 0.0) - (before.pct or 0.0)
    given = {
        "with_what": what,
        "before": before,
        "standard_pct": before.pct,
        "covered_pct": 97.5 if now.n else None,
        "change_pp": round(change, 6) if now.n else None,
        "low_pp": round(change - 1.4, 6) if told else None,
        "high_pp": round(change + 1.4, 6) if told else None,
        "p_adjusted": 0.04 if told else None,
        "verdict": ("worse" if change > 2 else "no_detectable_change") if told else "too_few",
        "reason": None if told else "few_events",
        **facts,
    }
    return Comparison(**given)


def nothing_before(now: Rate, what: str) -> Comparison:
    """In the first week there is nothing to compare with."""
    empty = rate(0, 0, 0)
    return comparison(
        now, what, before=empty, standard_pct=None, covered_pct=None, change_pp=None, low_pp=None,
        high_pp=None, p_adjusted=None, verdict="too_few", reason="no_earlier_week",
    )  # fmt: skip


def figure(one: Figure, *, first: bool = False) -> Figure:
    """With nine weeks behind it, or none."""
    if first:
        compared = [nothing_before(one.rate, what) for what in ("previous", "trailing")]
        return one.model_copy(
            update={
                "compared": compared,
                "history": [WeekRate(week=WEEK, rate=one.rate, people=one.people)],
            }
        )
    random = Random(one.id)
    past = [
        WeekRate(week=week, rate=rate(round(one.rate.k * random.uniform(0.5, 0.9)), one.rate.n,
                                      one.rate.meetings),
                 people=one.people)
        for week in reversed(back(WEEK, 8))
    ]  # fmt: skip
    compared = [comparison(one.rate, what) for what in ("previous", "trailing")]
    history = [*past, WeekRate(week=WEEK, rate=one.rate, people=one.people)]
    return one.model_copy(update={"compared": compared, "history": history})


def changes(figures: Sequence[Figure], segments: Sequence[Segment], *, first: bool) -> Changes:
    """Every segment of the week beside lower rates before."""
    compare = nothing_before if first else comparison
    kinds = ("previous", "trailing")
    found = [
        ChangedSegment(
            kind="organisation",
            name=None,
            now=figures[0].rate,
            compared=[compare(figures[0].rate, what) for what in kinds],
        )
    ]
    found += [
        ChangedSegment(
            kind=segment.id,
            name=row.name,
            now=row.poor,
            compared=[compare(row.poor, what) for what in kinds],
        )
        for segment in segments
        for row in segment.rows
    ]
    versions = [
        one.model_copy(update={"compared": [comparison(one.now, "others")]})
        for one in found
        if one.kind == "client_version"
    ]
    weeks = [] if first else back(WEEK, 8)
    tested = sum(one.compared[0].p_adjusted is not None for one in found)
    return Changes(
        families=[
            Family(with_what="previous", weeks=weeks[:1], tested=tested),
            Family(with_what="trailing", weeks=weeks, tested=tested),
            Family(with_what="others", weeks=[], tested=len(versions)),
        ],
        segments=found,
        versions=versions,
        left_out=[],
    )


def followup(people: Sequence[PersonRow], segments: Sequence[Segment], *, first: bool) -> Standings:
    """The worst people and the first site, in every standing there is."""
    statuses = ["watch"] if first else ["continuing", "new", "watch", "resolved", "absent"]
    checks = ("check_access_line", "check_wifi", "check_mobile_signal", "ask_person")
    rows = [
        _follow(
            "person",
            statuses[i % len(statuses)],
            row.harmed_minutes,
            ref=row.ref,
            person=row.ref,
            name=row.name,
            is_external=row.is_external,
            k=row.poor.k,
            n=row.poor.n,
            network=row.network,
            limiting=row.limiting,
            rssi_dbm=-71.5 if row.network == "Wifi" else None,
            next_check=checks[i % len(checks)],
        )
        for i, row in enumerate(people[:60])
        if row.poor.k > 1
    ]
    rows += [
        _follow("machine", "new", 60 - i, ref=row.ref, person=row.ref, name=row.name,
                device=row.device, next_check="check_cpu", owner="desktop_team",
                client_version=row.client_version)
        for i, row in enumerate(people[:3])
    ]  # fmt: skip
    sites = [row for s in segments if s.id == "site" for row in s.rows if row.poor.k > 20]
    rows += [
        _follow("site", "new", row.harmed_minutes, name=row.name, k=row.poor.k, n=row.poor.n,
                next_check="check_wifi", owner="site_network", network="Wifi")
        for row in sites[:1]
        if row.name
    ]  # fmt: skip
    if not first and len(people) > 62:
        rows += _shared(people)
    ranked = sorted(rows, key=lambda row: -row.at_stake_minutes)
    counts = {
        status: sum(row.status == status for row in rows)
        for status in ("this_week", "new", "continuing", "watch", "resolved", "unclear", "absent")
    }
    return Standings(rows=ranked, weeks=[WEEK, *([] if first else back(WEEK, 8))], **counts)


def _shared(people: Sequence[PersonRow]) -> list[FollowUp]:
    """A data centre, a provider without a name, a sender, and somebody who suffered from it."""
    sender, victim = people[-1], people[-2]
    named = {
        "ref": sender.ref, "person": sender.ref, "name": sender.name,
        "is_external": sender.is_external,
    }  # fmt: skip
    cause = CauseMinutes(
        cause="remote_sender", subject=None, harmed_minutes=44, person=sender.ref,
        name=sender.name, is_external=sender.is_external,
    )  # fmt: skip
    return [
        _follow("data_center", "this_week", 900, name="Germany (FRA)", k=80, n=400,
                at_stake_minutes=310, next_check="ask_zoom", owner="zoom", limiting=None),
        _follow("provider", "this_week", 140, name="203.0.0.0/16", k=12, n=90,
                at_stake_minutes=92, next_check="ask_provider", owner="provider", limiting=None),
        _follow("person", "this_week", 21, **named, caused_minutes=180, k=2, n=9,
                next_check="check_uplink"),
        _follow("person", "new", 47, ref=victim.ref, person=victim.ref, name=victim.name,
                is_external=victim.is_external, shared_minutes=44, shared_cause=cause,
                next_check="see_shared_cause"),
    ]  # fmt: skip


def _follow(kind: str, status: str, harmed: int, **facts: object) -> FollowUp:
    given = {
        "ref": None,
        "person": None,
        "name": None,
        "is_external": None,
        "device": None,
        "weeks_in_trouble": 3 if status == "continuing" else 1,
        "of_weeks": 4,
        "weeks_in_row": 3 if status == "continuing" else 1,
        "weeks_ago": 0 if status in {"this_week", "new", "continuing", "watch"} else 1,
        "trouble_week": WEEK,
        "k": 3,
        "n": 7,
        "network": None,
        "client_version": "6.6.2",
        "limiting": limiting("jitter_ms", "audio"),
        "rssi_dbm": None,
        "shared_minutes": 0,
        "caused_minutes": 0,
        "shared_cause": None,
        "next_check": "ask_person",
        "owner": "person",
        **facts,
    }
    at_stake = harmed - given["shared_minutes"] + given["caused_minutes"]
    return FollowUp(
        kind=kind, status=status, harmed_minutes=harmed, **{"at_stake_minutes": at_stake, **given}
    )


def reliability(week: "Sequence[Meeting]", *, silent: int = 3) -> Reliability:
    """Every twentieth stay drops, in a calm week few; nearly all come back."""
    stays = [c for meeting in week for c in meeting.connections]
    every = 20 if any(c.harmed for c in stays) else 500
    dropped = [c for i, c in enumerate(stays) if i % every == 7]
    places: dict[str | None, list[bool]] = {}
    for i, c in enumerate(stays):
        places.setdefault(c.person.site, []).append(i % every == 7)
    meetings = list({c.meeting.ref: c.meeting for c in dropped}.values())
    people = list({c.person.ref: c.person for c in dropped}.values())
    without = week[:silent]
    joins = {"lost": len(dropped), "ended": len(stays) - len(dropped), "removed": 0, "left": 0,
             "missing": 2 * len(without)}  # fmt: skip
    return Reliability(
        stays=len(stays),
        by_place=[
            DropsAtPlace(
                name=name,
                dropped=rate(sum(hits), len(hits), len(hits)),
                people=len({c.person.ref for c in stays if c.person.site == name}),
            )
            for name, hits in sorted(places.items(), key=lambda item: -len(item[1]))
        ],
        drops=len(dropped),
        rejoins=len(dropped) - len(dropped) // 9,
        gone=len(dropped) // 9,
        lost_seconds=74 * len(dropped),
        typical_lost_seconds=52 if dropped else None,
        returns=4,
        second_devices=11,
        reasons=[ReasonCount(reason=reason, joins=n) for reason, n in joins.items()],
        meetings=[
            DropsInMeeting(
                meeting=_name(meeting),
                people=len(meeting.connections),
                people_dropped=1,
                drops=2,
                rejoins=i % 3,
                gone=int(i % 3 == 0),
                lost_seconds=70 * (i % 3),
            )
            for i, meeting in enumerate(meetings[:100])
        ],
        meetings_dropped=len(meetings),
        people=[
            DropsOfPerson(
                ref=person.ref,
                name=person.name,
                is_external=person.external,
                meetings=6,
                meetings_dropped=2,
                drops=2,
                rejoins=2,
                gone=0,
                lost_seconds=4000 if i else 131,
            )
            for i, person in enumerate(people[:100])
        ],
        people_dropped=len(people),
        silent=[
            Silent(meeting=_name(one), missing=2, joins=len(one.connections)) for one in without
        ],
        silent_meetings=len(without) + (2 if len(week) > 100 else 0),
    )


def _name(meeting: "Meeting") -> MeetingName:
    page = f"meetings/{meeting.start:%Y-%m-%d}-{meeting.ref}.html"
    return MeetingName(ref=meeting.ref, page=page, topic=meeting.topic, start=meeting.start)


def agreement(judged: "Sequence[Connection]", *, ratings: int = 12) -> Agreement:
    """Zoom sees most connections as we do, some one band better, a few two."""
    order = ("Good", "Fair", "Poor", "Bad")
    tables, apart = [], []
    for medium, every in (("audio", 1), ("video", 2), ("share", 5)):
        counts = [[0] * 4 for _ in order]
        for i, c in enumerate(judged[::every]):
            ours = order.index(c.net_band)
            zoom = max(0, ours - (i % 7 == 0) - (i % 60 == 0))
            counts[ours][zoom] += 1
            if ours - zoom > 1:
                apart.append(_apart(c, medium, order[zoom]))
        n = sum(map(sum, counts))
        near = [sum(counts[i][j] for i in range(4) for j in range(4) if abs(i - j) <= d)
                for d in (0, 1)]  # fmt: skip
        kappa = Measure(value=0.8, low=0.71, high=0.87) if n > 3 else _unknown()
        tables.append(
            LabelTable(
                medium=medium,
                counts=counts,
                connections=n,
                same_pct=round(100 * near[0] / n, 6) if n else None,
                within_one_pct=round(100 * near[1] / n, 6) if n else None,
                kappa=kappa,
            )
        )
    few = min(ratings, len(judged))
    auc = Measure(value=0.78, low=0.6, high=0.92) if few > 2 else _unknown()
    return Agreement(
        labels=tables,
        ratings=Opinion(good=few - few // 4, not_good=few // 4, unmatched=1, auc=auc),
        disagreements=apart[:100],
        disagreements_known=len(apart),
        least_labels=200,
        least_ratings=50,
        calibrated=any(one.connections >= 200 for one in tables),
    )


def _unknown() -> Measure:
    return Measure(value=None, low=None, high=None)


def _apart(c: "Connection", medium: str, zoom: str) -> Disagreement:
    return Disagreement(
        meeting=_name(c.meeting),
        person=c.person.ref,
        name=c.person.name,
        is_external=c.person.external,
        medium=medium,
        ours=c.net_band,
        zoom=zoom,
        poor_minutes=c.harmed,
        scored_minutes=c.scored,
    )
