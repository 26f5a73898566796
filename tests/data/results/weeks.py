"""Invented weeks: a rich one drawn from a seed, and the edges that must read well too."""

import datetime as dt
import functools
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

from qosreport.report.result import (
    BandCounts,
    Bin,
    Coverage,
    Figure,
    Gap,
    HourCell,
    Limiting,
    MachineRow,
    MeetingLink,
    MeetingRow,
    Occurrence,
    PersonRow,
    Reject,
    Segment,
    SegmentRow,
    Span,
    Volume,
    WeeklyResult,
)
from tests.data.results import causes, trends
from tests.data.results.pieces import (
    MONDAY,
    TOPICS,
    Person,
    flag,
    head,
    hexes,
    limiting,
    method,
    people,
    provenance,
    rate,
)

BANDS = ("Good", "Fair", "Poor", "Bad", "Unscored")


@dataclass
class Connection:
    """One person's stay in one meeting."""

    person: Person
    meeting: "Meeting"
    band: str
    net_band: str
    harmed: int
    scored: int
    present: int
    kind: str
    cpu: int
    cost: int

    @property
    def poor(self) -> bool:
        """By the network."""
        return self.net_band in {"Poor", "Bad"}


@dataclass
class Meeting:
    """One instance."""

    ref: str
    topic: str | None
    host: str | None
    start: dt.datetime
    minutes: int
    webinar: bool
    connections: list[Connection] = field(default_factory=list)
    band: str = "Unscored"

    @property
    def judged(self) -> list[Connection]:
        """Those with a band."""
        return [c for c in self.connections if c.band != "Unscored"]

    @property
    def harmed(self) -> int:
        """Harmed participant-minutes."""
        return sum(c.harmed for c in self.connections)


@functools.cache
def weekly(
    seed: int = 46,
    *,
    meetings: int = 512,
    trouble: float = 1.0,
    scored: float = 0.96,
    named: bool = True,
    crowd: int = 0,
    first: bool = False,
) -> WeeklyResult:
    """A week like a real one.

    Args:
        seed: Draws everything.
        meetings: How many.
        trouble: 0 for a week in which nothing went wrong.
        scored: Share of connections that could be scored.
        named: False where Zoom withholds all names.
        crowd: People in the organisation; by default in proportion to the meetings.
        first: Whether no week before it is known.
    """
    random = Random(seed)
    everyone = people(random, crowd or max(12, meetings * 7 // 4))
    week = [_meeting(random, everyone, trouble, scored, named=named) for _ in range(meetings)]
    return _document(random, week, named=named, first=first)


def calm_week() -> WeeklyResult:
    """Nothing went wrong."""
    return weekly(7, meetings=140, trouble=0.0)


def terrible_week() -> WeeklyResult:
    """Much went wrong."""
    return weekly(8, meetings=260, trouble=6.0)


def empty_week() -> WeeklyResult:
    """No meeting took place."""
    return _document(Random(1), [], named=True, first=True)


def unscored_week() -> WeeklyResult:
    """Zoom gave nothing that could be scored."""
    return weekly(9, meetings=14, scored=0.0)


def one_meeting_week() -> WeeklyResult:
    """A single meeting."""
    return weekly(12, meetings=1, trouble=4.0)


def small_week() -> WeeklyResult:
    """The first week of a small organisation, with too few connections for hourly rates."""
    return weekly(13, meetings=118, crowd=130, first=True)


def old_week() -> WeeklyResult:
    """As documents of version 2 are read."""
    found = weekly(14, meetings=60)
    bare = [f.model_copy(update={"history": [], "compared": []}) for f in found.figures[:-1]]
    absent = dict.fromkeys(("changes", "followup", "reliability", "agreement"))
    return found.model_copy(update={"schema_version": 2, "figures": bare, **absent})


def nameless_week() -> WeeklyResult:
    """Zoom withholds names and topics; the week is not over, and some meetings are missing."""
    result = weekly(10, meetings=90, trouble=1.6, named=False)
    return result.model_copy(
        update={
            "head": result.head.model_copy(update={"to_date": True, "organisation": ""}),
            "coverage": result.coverage.model_copy(
                update={
                    "incomplete": 2,
                    "gaps": [
                        Gap(unit="meetings", reason="rows-missing", count=2),
                        *result.coverage.gaps,
                    ],
                }
            ),
        }
    )


def huge_week() -> WeeklyResult:
    """5,000 meetings."""
    return weekly(11, meetings=5000, crowd=6000)


@functools.cache
def every_week() -> dict[str, WeeklyResult]:
    """All weeks but the huge one, by name."""
    return {
        "rich": weekly(),
        "calm": calm_week(),
        "terrible": terrible_week(),
        "empty": empty_week(),
        "unscored": unscored_week(),
        "one": one_meeting_week(),
        "small": small_week(),
        "nameless": nameless_week(),
        "old": old_week(),
    }


# --- Making ------------------------------------------------------------------------------------


def _meeting(
    random: Random, everyone: list[Person], trouble: float, scored: float, *, named: bool
) -> Meeting:
    day = random.choices(range(7), [18, 22, 24, 20, 13, 1, 1])[0]
    hour = random.choices(range(8, 20), [3, 9, 12, 10, 4, 9, 11, 10, 8, 4, 2, 1])[0]
    start = MONDAY + dt.timedelta(days=day, hours=hour, minutes=random.choice([0, 0, 0, 15, 30]))
    webinar = random.random() < 0.02
    size = random.choices([2, 3, 5, 8, 12, 30], [24, 22, 22, 16, 12, 4])[0] if not webinar else 120
    team = random.choice(["Cardiff", "Leeds", "Aarhus", "Gdańsk"])
    weights = [6 if p.site == team else 0.2 if p.site and p.site != "Home" else 1 for p in everyone]
    guests = [] if webinar else _draw(random, everyone, weights, size)
    guests = guests or random.sample(everyone, min(size, len(everyone)))
    meeting = Meeting(
        ref=hexes(random),
        topic=random.choice(TOPICS) if named and random.random() < 0.97 else None,
        host=guests[0].name if named else None,
        start=start,
        minutes=random.choice([25, 30, 45, 55, 60, 60, 75, 90]),
        webinar=webinar,
    )
    afternoon = 1 <= day <= 3 and 12 <= hour < 18
    for person in guests:
        meeting.connections.append(
            _connection(random, person, meeting, trouble, scored, afternoon=afternoon)
        )
    judged = meeting.judged
    if judged:
        share = sum(c.band in {"Poor", "Bad"} for c in judged) / len(judged)
        worse = sum(c.band == "Bad" for c in judged) / len(judged)
        meeting.band = (
            "Bad" if worse >= 0.5 else "Poor" if share >= 0.2 else "Fair" if share else "Good"
        )
    return meeting


def _draw(random: Random, everyone: list[Person], weights: list[float], size: int) -> list[Person]:
    drawn = dict.fromkeys(random.choices(range(len(everyone)), weights, k=size))
    return [everyone[i] for i in drawn]


def _connection(
    random: Random,
    person: Person,
    meeting: Meeting,
    trouble: float,
    scored: float,
    *,
    afternoon: bool,
) -> Connection:
    chance = 0.022 + person.badness
    if meeting.webinar:
        chance /= 8
    if person.site == "Cardiff" and person.network == "Wifi":
        chance += 0.6 if afternoon else 0.04
    if person.site == "Home" and person.network == "Wifi":
        chance += 0.04
    chance = min(chance * trouble, 0.97)
    present = max(3, int(meeting.minutes * random.uniform(0.7, 1.0)))
    if random.random() >= scored:
        return Connection(person, meeting, "Unscored", "Unscored", 0, 0, present, "loss", 0, 0)
    minutes = max(3, int(present * random.uniform(0.8, 1.0)))
    kind = "loss" if person.site == "Cardiff" else "jitter" if person.site == "Home" else "video"
    net = "Fair" if random.random() < 0.12 else "Good"
    harmed = int(minutes * random.uniform(0, 0.03)) if trouble and not meeting.webinar else 0
    if random.random() < chance:
        net = "Bad" if random.random() < 0.35 else "Poor"
        harmed = max(3, int(minutes * random.uniform(0.2, 0.7)))
    band, cpu, cost = net, 0, 0
    if person.hot_cpu and trouble and random.random() < 0.7:
        cpu = random.randint(4, 24)
        cost = random.randint(0, cpu) if random.random() < 0.7 else 0
        band = "Poor" if cost >= 3 and net in {"Good", "Fair"} else net
    return Connection(person, meeting, band, net, harmed, minutes, present, kind, cpu, cost)


def _document(random: Random, week: list[Meeting], *, named: bool, first: bool) -> WeeklyResult:
    connections = [c for meeting in week for c in meeting.connections]
    judged = [c for c in connections if c.band != "Unscored"]
    harmed = sorted((m for m in week if m.harmed), key=lambda m: (-m.harmed, m.ref))
    bands = {band: sum(c.band == band for c in connections) for band in BANDS}
    rows, machines = _people(random, judged, named=named), _machines(random, judged, named=named)
    scored_minutes = sum(c.scored for c in connections)
    found = causes.of_week(judged, named=named)
    figures = [trends.figure(f, first=first) for f in _figures(week, judged, connections)]
    segments = _segments(judged)
    return WeeklyResult(
        head=head(),
        volume=Volume(
            meetings=len(week),
            webinars=sum(m.webinar for m in week),
            connections=len(connections),
            people=len({c.person.ref for c in connections}),
            present_minutes=sum(c.present for c in connections),
            scored_minutes=scored_minutes,
            harmed_minutes=sum(c.harmed for c in connections),
        ),
        connections_by_band=_counts(bands),
        connections_poor_by_network=sum(c.poor for c in judged),
        connections_poor_by_frame_rate=sum(
            c.band in {"Poor", "Bad"} and not c.poor for c in judged
        ),
        meetings_by_band=_counts({b: sum(m.band == b for m in week) for b in BANDS}),
        figures=figures,
        changes=trends.changes(figures, segments, first=first),
        followup=trends.followup(rows, segments, first=first),
        reliability=trends.reliability(week),
        agreement=trends.agreement(judged),
        explained=causes.explained(found, by_frame_rate=sum(c.cost for c in judged)),
        findings=found,
        worst_meetings=[_worst(random, m) for m in harmed[:200]],
        meetings_affected=sum(m.band in {"Poor", "Bad"} for m in week),
        meetings_harmed=len(harmed),
        people=rows[:500],
        people_affected=len(rows),
        people_repeated=sum(row.poor.k >= 3 for row in rows),
        machines=machines,
        machines_flagged=len(machines),
        segments=segments,
        hours=_hours(judged),
        coverage=_coverage(week, connections, judged),
        method=method(),
        provenance=provenance(),
    )


def _counts(bands: dict[str, int]) -> BandCounts:
    return BandCounts(**{band.lower(): number for band, number in bands.items()})


def _figures(
    week: list[Meeting], judged: list[Connection], connections: list[Connection]
) -> list[Figure]:
    banded = [m for m in week if m.band != "Unscored"]
    meetings = len({c.meeting.ref for c in judged})
    minutes, harm = sum(c.scored for c in judged), sum(c.harmed for c in judged)
    poor = sum(m.band in {"Poor", "Bad"} for m in banded)
    present = sum(c.present for c in connections)
    all_meetings = len(week)
    found = [
        Figure(
            id="poor_connections", rate=rate(sum(c.poor for c in judged), len(judged), meetings)
        ),
        Figure(id="poor_meetings", rate=rate(poor, len(banded), len(banded), 1)),
        Figure(id="poor_audio_minutes", rate=rate(harm * 3 // 5, minutes, meetings, 40)),
        Figure(id="poor_video_minutes", rate=rate(harm // 2, minutes * 2 // 3, meetings, 40)),
        Figure(id="high_cpu", rate=rate(sum(c.cpu > 0 for c in judged), len(judged), meetings)),
        Figure(id="scored_minutes", rate=rate(minutes, present, all_meetings, 40)),
        Figure(id="drops", rate=rate(len(connections) // 20, len(connections), all_meetings)),
    ]
    people = len({c.person.ref for c in connections})
    return [one.model_copy(update={"people": people}) for one in found]


def _worst(random: Random, meeting: Meeting) -> MeetingRow:
    judged = meeting.judged
    poor = [c for c in judged if c.poor]
    begin, end = sorted(random.sample(range(24), 2))
    bins = [
        Bin(
            poor=random.randint(1, len(poor)) if begin <= i <= end and poor else 0,
            people=len(judged),
        )
        for i in range(24)
    ]
    return MeetingRow(
        ref=meeting.ref,
        page=f"meetings/{meeting.start:%Y-%m-%d}-{meeting.ref}.html",
        kind="webinar" if meeting.webinar else "meeting",
        topic=meeting.topic,
        host=meeting.host,
        start=meeting.start,
        end=meeting.start + dt.timedelta(minutes=meeting.minutes),
        duration_min=meeting.minutes,
        band=meeting.band,
        connections=len(meeting.connections),
        classified=len(judged),
        affected=sum(c.band in {"Poor", "Bad"} for c in judged),
        net_affected=len(poor),
        harmed_minutes=meeting.harmed,
        limiting=_limiting((poor or judged)[0].kind),
        bins=bins,
        causes=causes.of_meeting(meeting.harmed, (poor or judged)[0].person),
    )


def _limiting(kind: str) -> Limiting:
    component = {"loss": "emodel", "jitter": "jitter_ms", "video": "avg_loss_pct"}[kind]
    return limiting(component, "video" if kind == "video" else "audio")


def _occurrence(c: Connection, minutes: int) -> Occurrence:
    first = c.meeting.start + dt.timedelta(minutes=5)
    half = max(1, minutes // 2)
    spans = [Span(first=first, last=first + dt.timedelta(minutes=half - 1))]
    if minutes > half:
        later = first + dt.timedelta(minutes=half + 4)
        spans.append(Span(first=later, last=later + dt.timedelta(minutes=minutes - half - 1)))
    return Occurrence(
        meeting=c.meeting.ref,
        topic=c.meeting.topic,
        worst_value=None,
        minutes=minutes,
        longest_run_min=max(half, minutes - half),
        spans=spans,
    )


def _people(random: Random, judged: list[Connection], *, named: bool) -> list[PersonRow]:
    by_person: dict[str, list[Connection]] = defaultdict(list)
    for c in judged:
        by_person[c.person.ref].append(c)
    rows = []
    for ref, stays in by_person.items():
        poor = sorted((c for c in stays if c.poor), key=lambda c: -c.harmed)
        if not poor:
            continue
        person, kind = stays[0].person, poor[0].kind
        occurrences = [_occurrence(c, c.harmed) for c in poor if c.harmed]
        kinds = [kind] + (["peak"] if len(poor) > 1 else []) + (["delay"] if len(poor) > 4 else [])
        rows.append(
            PersonRow(
                ref=ref,
                name=person.name if named else None,
                is_external=person.external,
                poor=rate(len(poor), len(stays), len(stays)),
                shrunk_pct=round(100 * (len(poor) + 0.7) / (len(stays) + 10), 6),
                days=len({c.meeting.start.date() for c in poor}),
                harmed_minutes=sum(c.harmed for c in stays),
                place=person.site,
                network=person.network,
                place_connections=len(poor),
                device=person.device,
                os=person.os,
                client_version=person.version,
                limiting=_limiting(kind),
                flags=[
                    flag(random, k, occurrences[: 20 if i == 0 else 3]) for i, k in enumerate(kinds)
                ],
                meetings=[_link(c) for c in [*poor, *(c for c in stays if not c.poor)]][:20],
                caused_minutes=3 * len(poor) if len(poor) > 4 else 0,
            )
        )
    return sorted(rows, key=lambda row: (-row.shrunk_pct, -row.poor.k, row.ref))


def _link(c: Connection) -> MeetingLink:
    return MeetingLink(
        ref=c.meeting.ref,
        page=f"meetings/{c.meeting.start:%Y-%m-%d}-{c.meeting.ref}.html" if c.poor else None,
        topic=c.meeting.topic,
        start=c.meeting.start,
        band=c.band,
        net_band=c.net_band,
        poor_minutes=c.harmed,
        scored_minutes=c.scored,
    )


def _machines(random: Random, judged: list[Connection], *, named: bool) -> list[MachineRow]:
    by_person: dict[str, list[Connection]] = defaultdict(list)
    for c in judged:
        by_person[c.person.ref].append(c)
    rows = []
    for ref, stays in by_person.items():
        hot = [c for c in stays if c.cpu]
        if not hot:
            continue
        person = stays[0].person
        kinds = ["cpu", "cost"] if any(c.cost for c in hot) else ["cpu", "zoom_cpu"]
        occurrences = [_occurrence(c, c.cpu) for c in hot]
        rows.append(
            MachineRow(
                ref=ref,
                person=ref,
                name=person.name if named else None,
                device=person.device,
                os=person.os,
                client_version=person.version,
                flagged=len(hot),
                connections=len(stays),
                high_minutes=sum(c.cpu for c in hot),
                longest_run_min=max(c.cpu for c in hot),
                cost_minutes=sum(c.cost for c in hot),
                system_peak_pct=random.uniform(92, 100),
                zoom_mean_pct=random.uniform(30, 70) if random.random() < 0.9 else None,
                flags=[flag(random, kind, occurrences[:20]) for kind in kinds],
            )
        )
    return sorted(rows, key=lambda row: (-row.cost_minutes, -row.high_minutes, row.ref))


def _segments(judged: list[Connection]) -> list[Segment]:
    def values(c: Connection) -> dict[str, str | None]:
        person = c.person
        return {
            "site": person.site,
            "network_type": person.network,
            "data_center": person.data_center,
            "client_version": person.version,
            "device": person.device,
            "os": person.os,
        }

    groups: dict[str, dict[str | None, list[Connection]]] = defaultdict(lambda: defaultdict(list))
    for c in judged:
        for key, value in values(c).items():
            groups[key][value].append(c)
    segments = []
    for key in ("site", "network_type", "data_center", "client_version", "device", "os"):
        rows = [_segment_row(value, stays) for value, stays in groups[key].items()]
        rows.sort(key=lambda row: (not row.poor.enough, -(row.poor.pct or 0), row.name or ""))
        segments.append(Segment(id=key, rows=rows))
    return segments


def _segment_row(value: str | None, stays: list[Connection]) -> SegmentRow:
    per_person: dict[str, int] = defaultdict(int)
    for c in stays:
        per_person[c.person.ref] += 1
    return SegmentRow(
        name=value,
        people=len(per_person),
        poor=rate(sum(c.poor for c in stays), len(stays), len({c.meeting.ref for c in stays})),
        harmed_minutes=sum(c.harmed for c in stays),
        top_person_pct=100 * max(per_person.values()) / len(stays),
    )


def _hours(judged: list[Connection]) -> list[HourCell]:
    cells: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    people: dict[tuple[int, int], set[str]] = defaultdict(set)
    for c in judged:
        cell = cells[c.meeting.start.isoweekday(), c.meeting.start.hour]
        cell[0] += c.poor
        cell[1] += 1
        people[c.meeting.start.isoweekday(), c.meeting.start.hour].add(c.person.ref)
    return [
        HourCell(weekday=day, hour=hour, poor=poor, connections=n, people=len(people[day, hour]))
        for (day, hour), (poor, n) in sorted(cells.items())
    ]


def _coverage(
    week: list[Meeting], connections: list[Connection], judged: list[Connection]
) -> Coverage:
    banded = sum(m.band != "Unscored" for m in week)
    present, minutes = sum(c.present for c in connections), sum(c.scored for c in connections)
    gaps = [
        Gap(unit="meetings", reason="no_judged_connection", count=len(week) - banded),
        Gap(unit="connections", reason="no_scored_minute", count=len(connections) - len(judged)),
        Gap(unit="participant-minutes", reason="inactive", count=present - minutes),
    ]
    rejects = [
        Reject(field="audio_input.bitrate", rule="not_a_number", shape="a/a aaaa", values=41)
    ]
    return Coverage(
        listed=len(week),
        whole=len(week),
        incomplete=0,
        no_qos=0,
        scored=banded,
        connections=len(connections),
        connections_with_qos=len(connections),
        connections_scored=len(judged),
        present_minutes=present,
        scored_minutes=minutes,
        gaps=[gap for gap in gaps if gap.count],
        rejects=rejects if week else [],
    )
