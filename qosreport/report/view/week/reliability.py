"""Reliability before quality: drops, returns, minutes lost between."""

from dataclasses import dataclass

from qosreport.report.result import (
    DropsAtPlace,
    DropsInMeeting,
    DropsOfPerson,
    Figure,
    Reliability,
    WeeklyResult,
)
from qosreport.report.result.quoting import quote
from qosreport.report.view import change_words, shapes, words
from qosreport.report.view.flags import UNTITLED
from qosreport.report.view.layout import Layout
from qosreport.report.view.pieces import Cell, Column, Fact, FactList, Heading, Row, Table
from qosreport.report.view.rows import Scene, axis, namer, too_few
from qosreport.report.view.shapes import Scale
from qosreport.report.view.words import Prose, Run, name, prose, quiet

COVERED = "Had another connection at the time"
"""Drops that neither ended a stay nor were followed by a return."""
AWAY = "Away from the sites, or not reported"
FEW_PLACES = 2
SILENT_NAMES = 3
LISTED = 5
LISTED_ON_PAPER = 3
LEAST_ON_PAPER = 10
"""With fewer drops, who had them is of no news value: the HTML names them."""


@dataclass(frozen=True)
class Stability:
    """The section."""

    heading: Heading
    """How many dropped, and how many came back."""
    sub: Prose
    """What it shows, and what good looks like."""
    facts: FactList
    """Rates and counts."""
    places: Table | None
    """By place; absent where there are too few to say anywhere."""
    lists: tuple[Table, ...]
    """Meetings and people with most drops."""
    note: Prose
    """How drops are counted, and what Zoom gave no reason for."""

    @property
    def shown(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.facts.facts)


def reliability(scene: Scene) -> Stability:
    """The section; without facts where nobody dropped."""
    found = scene.result.reliability
    heading = Heading("reliability", "Reliability", _finding(found))
    if found is None or not (found.drops or found.silent_meetings):
        return Stability(heading, (), FactList("", ()), None, (), ())
    sub = prose(
        "A drop is a stay that Zoom says ended by a lost connection. A good week has few, spread "
        "over all places; look here before looking at quality."
    )
    few = found.drops < LEAST_ON_PAPER and not scene.layout.more_rows
    lists = () if few else (_meetings(scene, found), _people(scene, found))
    return Stability(
        heading,
        sub,
        FactList("", _facts(scene, found)),
        _places(scene, found),
        tuple(table for table in lists if table is not None),
        _note(found, scene.layout),
    )


def figure_of(result: WeeklyResult) -> Figure | None:
    """Stays with a drop, with history and change."""
    return next((figure for figure in result.figures if figure.id == "drops"), None)


def _finding(found: Reliability | None) -> Prose:
    if found is None or not found.stays:
        return ()
    if not found.drops:
        if found.silent_meetings:
            missing = sum(one.joins for one in found.reasons if one.reason == "missing")
            return prose(f"Zoom gave no reason for the end of {words.plural(missing, 'stay')}")
        return prose("No connection dropped")
    dropped = words.opening(words.spelt(found.drops, "connection"))
    if not found.rejoins:
        return prose(f"{dropped} dropped; nobody came back")
    back = "all" if found.rejoins >= found.drops else words.spelt(found.rejoins)
    after = (
        f", half of them within {seconds(found.typical_lost_seconds)}"
        if (found.typical_lost_seconds)
        else ""
    )
    return prose(f"{dropped} dropped; {back} came back{after}")


def seconds(number: int | None) -> str:
    """52 s, 3 min, 1 h 05 min."""
    if number is None:
        return words.RANGE
    return (
        words.measure(words.count(number), "s")
        if number < 100
        else words.duration(round(number / 60))
    )


def _facts(scene: Scene, found: Reliability) -> tuple[Fact, ...]:
    result = scene.result
    facts = []
    figure = figure_of(result)
    if figure is not None and figure.rate.pct is not None:
        rate, share = figure.rate, figure.rate.pct
        value = prose(words.count(rate.k), quiet(f" of {words.count(rate.n)}"))
        if rate.enough:
            ends = words.between(rate.low_pct or 0.0, rate.high_pct or 0.0, 1)
            value = prose(words.percent(share), quiet(f" {ends}"))
        label = prose("People’s stays with a drop")
        facts.append(Fact(label, value, quote=quote("figures", figure)))
        if result.changes is not None:
            for one in change_words.distinct(figure.compared, result.changes):
                if one.verdict != "too_few":
                    against = change_words.against(one.with_what, result.changes)
                    facts.append(Fact(prose(f"Against {against}"), change_words.change(one)))
    counts = [
        ("Drops", words.count(found.drops), "drops"),
        ("Came back", words.count(found.rejoins), "rejoins"),
        ("Did not come back", words.count(found.gone), "gone"),
        ("Typical time away", seconds(found.typical_lost_seconds), "typical_lost_seconds"),
        ("Time lost in all", seconds(found.lost_seconds), "lost_seconds"),
    ]
    covered = found.drops - found.rejoins - found.gone
    if covered > 0:
        counts.insert(3, (COVERED, words.count(covered), ""))
    if scene.layout.more_rows:
        counts += _others(found)
    for told, shown, field in counts:
        facts.append(Fact(prose(told), prose(shown), quote=field and f"reliability.{field}"))
    return tuple(facts)


def _others(found: Reliability) -> list[tuple[str, str, str]]:
    """What is no drop."""
    return [
        ("Left and came back, no drop", words.count(found.returns), "returns"),
        ("Second devices", words.count(found.second_devices), "second_devices"),
    ]


def _places(scene: Scene, found: Reliability) -> Table | None:
    enough = sum(1 for one in found.by_place if one.dropped.enough)
    if not found.drops or not enough:
        return None
    listed = found.by_place[: min(enough + FEW_PLACES, scene.layout.groups)]
    ends = [one.dropped.high_pct for one in listed if one.dropped.enough and one.dropped.high_pct]
    scale = shapes.rate_scale(max(ends, default=10.0))
    hidden = len(found.by_place) - len(listed)
    return Table(
        id="drops-by-place",
        caption=prose("Stays with a drop, by place"),
        columns=(
            Column("Place", "sl", hidden=True),
            Column("Stays", "r"),
            Column("Rate and 95 % interval", "c-seg", axis=axis(scale, "")),
            Column("Rate", "r"),
        ),
        rows=tuple(_place(scene, one, scale, i) for i, one in enumerate(listed)),
        css="segt",
        note=prose(f"{words.count(hidden)} more {scene.layout.elsewhere}." if hidden > 0 else ""),
    )


def _place(scene: Scene, one: DropsAtPlace, scale: Scale, index: int) -> Row:
    shown, rate = words.clean(one.name, 40), one.dropped
    called = quote("reliability.by_place", one)
    label = prose(name(shown)) if shown else prose(AWAY)
    n = Cell(main=prose(words.count(rate.n)))
    if not rate.enough or rate.pct is None:
        few = Cell(main=prose(too_few(rate)), span=2)
        return Row((Cell(main=label), n, few), css="few", quote=called)
    figure = figure_of(scene.result)
    dot = shapes.dot_row(
        scene.layout.surface,
        scale,
        ident=f"drops-{index}",
        title=f"{words.plain(label)}: {words.percent(rate.pct)} of stays with a drop",
        pct=rate.pct,
        low_pct=rate.low_pct or 0.0,
        high_pct=rate.high_pct or 0.0,
        reference_pct=figure.rate.pct if figure is not None else None,
    )
    share = Cell(main=prose(words.percent(rate.pct)))
    return Row((Cell(main=label), n, Cell(chart=dot), share), quote=called)


def _meetings(scene: Scene, found: Reliability) -> Table | None:
    if not found.meetings:
        return None
    rows = tuple(_meeting(scene, row) for row in found.meetings[: _listed(scene)])
    heads = ("Meetings with most drops", "Meeting", "People hit")
    return _list(scene, "drops-meetings", heads=heads, rows=rows, known=found.meetings_dropped)


def _people(scene: Scene, found: Reliability) -> Table | None:
    if not found.people:
        return None
    names = namer([(row.name, row.is_external) for row in found.people])
    listed = found.people[: _listed(scene)]
    rows = tuple(_person(row, label) for row, label in zip(listed, names, strict=False))
    heads = ("People with most drops", "Person", "Meetings hit")
    return _list(scene, "drops-people", heads=heads, rows=rows, known=found.people_dropped)


def _listed(scene: Scene) -> int:
    return LISTED if scene.layout.more_rows else LISTED_ON_PAPER


def _list(
    scene: Scene, ident: str, *, heads: tuple[str, str, str], rows: tuple[Row, ...], known: int
) -> Table:
    caption, noun, hit = heads
    more = known - len(rows)
    return Table(
        id=ident,
        caption=prose(caption),
        columns=(
            Column(noun, "w-l"),
            Column("Drops", "r"),
            Column(hit, "r"),
            Column("Time lost", "r"),
        ),
        rows=rows,
        css="cd",
        note=prose(f"{words.count(more)} more {scene.layout.elsewhere}." if more else ""),
    )


def _meeting(scene: Scene, row: DropsInMeeting) -> Row:
    topic, start, clock = words.clean(row.meeting.topic, 60), row.meeting.start, scene.clock
    when = f"{clock.day(start)}, {clock.time(start)}" if start else "time not known"
    page = row.meeting.page if scene.layout.links else None
    return Row(
        (
            Cell(
                main=prose(name(topic) if topic else UNTITLED),
                second=prose(when),
                href=page or "",
            ),
            *_numbers(row, row.people_dropped, row.people),
        ),
        quote=quote("reliability.meetings", row),
    )


def _person(row: DropsOfPerson, label: Run) -> Row:
    return Row(
        (Cell(main=prose(label)), *_numbers(row, row.meetings_dropped, row.meetings)),
        quote=quote("reliability.people", row),
    )


def _numbers(row: DropsInMeeting | DropsOfPerson, k: int, n: int) -> tuple[Cell, ...]:
    return (
        Cell(main=prose(words.count(row.drops))),
        Cell(main=prose(words.count(k), quiet(f" of {words.count(n)}"))),
        Cell(main=prose(seconds(row.lost_seconds) if row.rejoins else "not back")),
    )


def _note(found: Reliability, layout: Layout) -> Prose:
    parts: list[Prose | str] = [
        "One person’s joins, rejoins and second devices in a meeting are one stay; a way to a "
        "breakout room is no drop. "
    ]
    if found.silent_meetings:
        missing = sum(one.joins for one in found.reasons if one.reason == "missing")
        names = [name(words.clean(one.meeting.topic, 40) or UNTITLED) for one in found.silent]
        shown = names[:SILENT_NAMES]
        more = found.silent_meetings - len(shown)
        parts.append(
            f"Zoom gave no reason for the end of {words.plural(missing, 'join')} in "
            f"{words.plural(found.silent_meetings, 'meeting')}: "
        )
        for i, one in enumerate(shown):
            parts += [", " if i else "", prose(one)]
        parts.append(f" and {words.count(more)} more, {layout.elsewhere}." if more else ".")
    return prose(*parts)
