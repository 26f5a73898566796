"""The people of a meeting: who was affected, one panel each, and everyone else in a table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qosreport.report.result import Band, Participant
from qosreport.report.result.quoting import quote
from qosreport.report.view import phrases, words
from qosreport.report.view.flags import cited, flag_table
from qosreport.report.view.meeting.measures import Measure, gauges, measures
from qosreport.report.view.meeting.room import POOR, Room, minutes_words, who
from qosreport.report.view.meeting.verdict import by_what
from qosreport.report.view.pieces import (
    BandMark,
    Cell,
    Column,
    Fact,
    FlagTable,
    Heading,
    Row,
    Table,
)
from qosreport.report.view.rows import ListSection
from qosreport.report.view.sources import Sources
from qosreport.report.view.words import Prose, Run, prose, quiet

AT_WORST = ("latency_ms", "jitter_ms", "avg_loss_pct", "frame_rate_fps", "system_cpu_pct")


@dataclass(frozen=True)
class Panel:
    """One affected connection."""

    id: str
    """Fragment."""
    label: Prose
    """Who."""
    href: str
    """The person's own page; empty where there is none."""
    band: BandMark
    """By the score."""
    says: str
    """How many minutes, and by which rule."""
    facts: tuple[Fact, ...]
    """Place, network, device and so on."""
    measures: tuple[Measure, ...]
    """Small charts."""
    flags: FlagTable | None
    """Rules broken, explained; absent where none was."""


@dataclass(frozen=True)
class Panels:
    """The section of panels."""

    heading: Heading
    """Always the same."""
    sub: Prose
    """How to read the charts."""
    panels: tuple[Panel, ...]
    """Worst first."""
    note: Prose
    """Who has no panel for want of room."""


def who_and_what(room: Room) -> ListSection | None:
    """Everyone affected, with what limited them; None for nobody: the verdict says so."""
    people = affected(room)
    if not people:
        return None
    heading = Heading("who", "Who was affected, and by what", prose(_who_finding(room)))
    shown = people[: room.layout.others]
    limit = (
        len(room.result.participants) if room.layout.panels >= len(people) else room.layout.panels
    )
    table = Table(
        id="who-table",
        caption=prose("Worst first"),
        columns=(
            Column("Person", "w-l"),
            Column("Score", "c-band"),
            Column("Network only", "c-band"),
            Column("Poor minutes", "r", sort="number"),
            Column("95 % interval", "r"),
            Column("Longest run", "r", sort="number"),
            Column("Limited by", "w2"),
        ),
        rows=tuple(_who_row(room, one, i if i < limit else None) for i, one in enumerate(shown)),
        css="cards cwho",
        note=prose(
            "Score includes frame rate; “network only” leaves it out. The interval treats each "
            "minute as one sample. ",
            f"{words.count(len(people) - len(shown))} more in the JSON."
            if len(people) > len(shown)
            else "",
        ),
    )
    return ListSection(heading, (), table)


def affected(room: Room) -> list[Participant]:
    """Connections Poor or Bad, worst first."""
    return [person for person in room.people if person.band in POOR]


def _who_finding(room: Room) -> str:
    by = by_what([guest.first for guest in room.affected])
    return words.opening(by) if by else "Poor by their scores, with no single measure to name"


def _who_row(room: Room, person: Participant, panel: int | None) -> Row:
    rate = person.poor
    interval = ""
    if rate.low_pct is not None and rate.high_pct is not None and rate.n:
        interval = words.between(rate.low_pct, rate.high_pct)
    limiting = phrases.component(person.limiting, person.flags) if person.limiting else ""
    return Row(
        (
            Cell(
                main=prose(room.labels[person.ref]),
                second=prose(_second_line(room, person)),
                href=f"#p{panel}" if panel is not None else "",
            ),
            Cell(band=phrases.mark(person.band)),
            Cell(band=phrases.mark(person.net_band)),
            Cell(
                main=prose(words.count(rate.k), quiet(f" of {words.count(rate.n)}")),
                sort=str(rate.k),
            ),
            Cell(main=prose(interval)),
            Cell(
                main=prose(words.minutes(person.longest_poor_run_min)),
                sort=str(person.longest_poor_run_min),
            ),
            Cell(
                main=prose(limiting),
                second=prose(person.limiting.direction if person.limiting else ""),
            ),
        ),
        quote=quote("participants", person),
    )


def _second_line(room: Room, person: Participant) -> str:
    joins = room.joins[who(person)]
    return words.joined(
        [
            phrases.place_and_network(person.place, person.network),
            phrases.machine(person.device, person.os),
            f"joined {room.clock.time(person.stay.join)}" if joins > 1 else None,
        ]
    )


# --- Panels ------------------------------------------------------------------------------------


def panels(room: Room) -> Panels | None:
    """One panel for each affected connection, as many as have room; None for nobody."""
    shown = with_panels(room)
    if not shown:
        return None
    scales = gauges(room, [one for person in shown for one in person.series])
    cites = room_cites(room)
    hidden = 0 if room.result.only_participant else len(affected(room)) - len(shown)
    more = f"{words.plural(hidden, 'more person', 'more people')} affected; all in the JSON."
    return Panels(
        heading=Heading(
            "panels", "Person by person", prose("What each measure did, minute by minute")
        ),
        sub=prose(
            "One bar a minute: the worst stream of one instantaneous sample. Colour is the band "
            "that measure alone would earn; dashed lines are the thresholds. Same scale for all."
        ),
        panels=tuple(
            Panel(
                id=f"p{i}",
                label=prose(room.labels[person.ref]),
                href=room.person_page(person.person),
                band=phrases.mark(person.band),
                says=_says(room, person),
                facts=_facts(room, person),
                measures=measures(room, person.series, scales, room.labels[person.ref], f"p{i}"),
                flags=_flags(room, person, cites),
            )
            for i, person in enumerate(shown)
        ),
        note=prose(more) if hidden else (),
    )


def room_cites(room: Room) -> Sources:
    """Sources of the thresholds that the people with panels crossed."""
    return cited([person.flags for person in with_panels(room)], room.layout)


def with_panels(room: Room) -> list[Participant]:
    """Connections that get a panel each: those affected, or the one asked for."""
    alone = room.result.only_participant is not None
    return list(room.people if alone else affected(room))[: room.layout.panels]


def _why(room: Room, person: Participant) -> str:
    return phrases.because(person.reasons, person.band, room.result.method)


def _says(room: Room, person: Participant) -> str:
    if person.band == "Unscored":
        return f"Not scored: {_why(room, person) or 'nothing to score'}."
    if person.basis == "summary":
        return "Judged from a summary of the whole meeting; there are no single minutes."
    text = minutes_words(person)
    if person.longest_poor_run_min > 1:
        text += f", up to {person.longest_poor_run_min} in a row"
    why = _why(room, person)
    return f"{text}. {person.band} because {why}." if why else f"{text}."


def _facts(room: Room, person: Participant) -> tuple[Fact, ...]:
    stay = person.stay
    leave = room.clock.time(stay.leave) if stay.leave is not None else "the end"
    labels = [
        ("audio", person.zoom_audio),
        ("video", person.zoom_video),
        ("share", person.zoom_share),
    ]
    zoom = words.joined(f"{what} {words.clean(said, 16)}" for what, said in labels if said)
    pairs = (
        ("Place", person.place),
        ("Network", phrases.network(person.network)),
        ("Device", phrases.machine(person.device, person.os)),
        ("Client", person.client_version),
        ("Data centre", person.data_center),
        ("Transport", person.connection_type),
        ("Microphone", person.microphone),
        ("Camera", person.camera),
        ("Role", None if person.role == "attendee" else person.role),
        ("Present", f"{room.clock.time(stay.join)}{words.RANGE}{leave}"),
        ("Breakout room", "yes" if stay.breakout else None),
        ("Zoom’s own labels", zoom),
    )
    return tuple(
        Fact(prose(label), prose(Run(shown, "name")))
        for label, value in pairs
        if (shown := words.clean(value, 60))
    )


def _flags(room: Room, person: Participant, cites: Sources) -> FlagTable | None:
    if not person.flags:
        return None
    return flag_table(
        person.flags,
        caption=prose("Flags for ", room.labels[person.ref]),
        clock=room.clock,
        layout=room.layout,
        over_a_week=False,
        cites=cites,
    )


# --- Everyone else -----------------------------------------------------------------------------


def others(room: Room) -> ListSection | None:
    """Everyone not affected, at their worst minute; None where there is nobody."""
    if room.result.only_participant is not None:
        return None
    people = [person for person in room.result.participants if person.band not in POOR]
    if not people:
        return None
    shown = people[: room.layout.others]
    hidden = len(people) - len(shown)
    noun, many = _noun(room, people)
    every, topic = ("Every other", "Everyone else") if affected(room) else ("Every", "Everyone")
    left_out = f"{words.plural(hidden, f'more {noun}', f'more {many}')} in the JSON."
    table = Table(
        id="others-table",
        caption=prose(f"{every} {noun}; the worst minute of each measure"),
        columns=(
            Column("Person", "w-l"),
            Column("Score", "c-band"),
            Column("Latency", "r", sort="number"),
            Column("Jitter", "r", sort="number"),
            Column("Loss", "r", sort="number"),
            Column("Frame rate", "r", sort="number"),
            Column("CPU peak", "r", sort="number"),
        ),
        rows=tuple(_other_row(room, person) for person in shown),
        css="cards co",
        note=prose(left_out if hidden else ""),
    )
    heading = Heading("others", topic, prose(_others_finding(people, noun, many)))
    return ListSection(heading, (), table)


def _noun(room: Room, people: Sequence[Participant]) -> tuple[str, str]:
    """What the rows are: people, unless one of them is here twice or was affected in another."""
    known = {who(person) for person in people}
    twice = len(known) < len(people) or not known.isdisjoint(map(who, affected(room)))
    return ("connection", "connections") if twice else ("person", "people")


def _others_finding(people: Sequence[Participant], noun: str, many: str) -> str:
    counts = Counter(person.band for person in people)
    verbs_of: dict[Band, tuple[str, str]] = {
        "Good": ("was Good", "were Good"),
        "Fair": ("was Fair", "were Fair"),
        "Unscored": ("had nothing to score", "had nothing to score"),
    }
    parts: list[str] = []
    for band, verbs in verbs_of.items():
        if n := counts[band]:
            who_or_what = words.spelt(n) if parts else words.spelt(n, noun, many)
            parts.append(f"{who_or_what} {verbs[n > 1]}")
    return words.opening("; ".join(parts))


def _other_row(room: Room, person: Participant) -> Row:
    first = Cell(main=prose(room.labels[person.ref]), second=prose(_second_line(room, person)))
    band = Cell(band=phrases.mark(person.band))
    if person.band == "Unscored":
        why = words.opening(_why(room, person) or "nothing to score")
        few = Cell(main=prose(why), span=len(AT_WORST))
        return Row((first, band, few), css="few", quote=quote("participants", person))
    worst = {one.measure: one.worst for one in person.series}
    units = {"latency_ms": "ms", "jitter_ms": "ms", "frame_rate_fps": "fps"}
    cells = []
    for measure in AT_WORST:
        value = worst.get(measure)  # type: ignore[call-overload]  # AT_WORST holds measures
        unit = units.get(measure, "%")
        if value is not None and measure == "system_cpu_pct":
            value = round(value)
        shown = "" if value is None else words.fixed(float(value), unit)
        cells.append(Cell(main=prose(shown), sort="-1" if value is None else f"{value:g}"))
    return Row((first, band, *cells), quote=quote("participants", person))
