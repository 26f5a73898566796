"""The lists of a person's page: what was new, every meeting, drops and processor."""

from collections import Counter

from qosreport.report.result import Novelty, PersonResult, Rate, Visit
from qosreport.report.result.quoting import quote
from qosreport.report.view import phrases, shapes, words
from qosreport.report.view.flags import UNTITLED
from qosreport.report.view.meeting.events import Events
from qosreport.report.view.person.days import Days
from qosreport.report.view.person.sentences import fits
from qosreport.report.view.pieces import Cell, Column, Fact, FactList, Heading, Row, Table
from qosreport.report.view.rows import ListSection, axis
from qosreport.report.view.words import Prose, name, prose, quiet, strong

NEW = {
    "place": "New place",
    "network": "New network",
    "device": "New device",
    "client_version": "New client version",
}
VERDICTS = {
    "worse": "Worse",
    "better": "Better",
    "no_detectable_change": "No clear change",
    "too_few": "Too few to say",
}


def changes(days: Days) -> ListSection:
    """What the person had not before, and how it went before and since."""
    result = days.result
    heading = Heading("changes", "What changed", prose(_change_finding(result)))
    if not result.changes:
        return ListSection(heading, (), None)
    ends = [
        rate.high_pct or 0.0
        for one in result.changes
        for rate in (one.since_then, one.before)
        if rate.enough
    ]
    scale = shapes.rate_scale(max(ends, default=100.0))
    most = days.layout.rows
    rows = [_change(days, one, scale, i) for i, one in enumerate(result.changes)]
    table = Table(
        id="changes-table",
        caption=prose("Share of minutes poor by the network; newest first"),
        columns=(
            Column("What", "w-l"),
            Column("First on", "w3"),
            Column("Minutes before", "r"),
            Column("Minutes since", "r"),
            Column("Since", "c-dot", axis=axis(scale, "Since, with 95 % interval")),
            Column("Change", "w2"),
        ),
        rows=tuple(rows[:most]),
        css="cards cn",
        more=tuple(rows[most:]) if days.layout.more_rows else (),
        more_summary=f"{words.opening(words.spelt(max(len(rows) - most, 0)))} earlier",
        note=prose(
            "Dashed: before. Meetings are the sample, so a few long ones tell little. A change is "
            "worked out only where five scored meetings or more lie before it and five since: "
            f"{_tested(result)}. What began together cannot be told apart."
        ),
    )
    sub = prose("Since is with the new thing, before is everything that was earlier.")
    return ListSection(heading, sub, table)


def _tested(result: PersonResult) -> str:
    """Of how many things the change was worked out."""
    listed = len(result.changes)
    if listed == 1:
        return "so it is here" if result.tested else "not so here"
    if result.tested == listed:
        return "so it is for all listed here"
    tested = words.spelt(result.tested) if result.tested else "none"
    return f"here for {tested} of the {words.spelt(listed)} listed"


def _change_finding(result: PersonResult) -> str:
    if not result.changes:
        return "Nothing was new in place, network, device or version"
    worse = [one for one in result.changes if one.verdict == "worse"]
    if worse:
        return f"Worse since a {NEW[worse[-1].what].lower()}: {words.clean(_value(worse[-1]), 40)}"
    new = words.spelt(len(result.changes), "thing was", "things were")
    return f"{words.opening(new)} new; none with a clear change for the worse"


def _change(days: Days, one: Novelty, scale: shapes.Scale, index: int) -> Row:
    dot = None
    if one.since_then.enough and one.since_then.pct is not None:
        dot = shapes.dot_row(
            days.layout.surface,
            scale,
            ident=f"change-{index}",
            title=f"{NEW[one.what]} {_value(one)}: {_share(one.since_then)} since, "
            f"{_share(one.before)} before",
            pct=one.since_then.pct,
            low_pct=one.since_then.low_pct or 0.0,
            high_pct=one.since_then.high_pct or 0.0,
            reference_pct=one.before.pct,
            marked=one.verdict == "worse",
        )
    head = Cell(main=prose(name(_value(one))), second=prose(NEW[one.what]))
    when = Cell(main=prose(days.clock.day(one.since)), second=prose(days.clock.time(one.since)))
    before, since = _counts(one.before), _counts(one.since_then)
    if dot is None:
        few = Cell(main=prose(VERDICTS[one.verdict].lower()), span=2)
        return Row((head, when, before, since, few), css="few", quote=quote("changes", one))
    cells = (head, when, before, since, Cell(chart=dot), _judged(one))
    return Row(cells, quote=quote("changes", one))


def _judged(one: Novelty) -> Cell:
    word = VERDICTS[one.verdict]
    if one.change_pp is None or one.low_pp is None or one.high_pp is None:
        return Cell(main=prose(word))
    sign = "+" if one.change_pp > 0 else ""
    return Cell(
        main=prose(strong(word), f" {sign}{words.decimal(one.change_pp, 1)}{words.THIN}pp"),
        second=prose(
            f"95 % interval {words.decimal(one.low_pp, 1)} to {words.decimal(one.high_pp, 1)}"
        ),
    )


def _counts(rate: Rate) -> Cell:
    return Cell(
        main=prose(words.count(rate.k), quiet(f" of {words.count(rate.n)}")),
        second=prose(f"{words.plural(rate.meetings, 'meeting')}, {_share(rate)}"),
    )


def _share(rate: Rate) -> str:
    return "not scored" if rate.pct is None else words.percent(rate.pct)


def _value(one: Novelty) -> str:
    shown = words.clean(one.value, 40) or phrases.NOT_REPORTED
    return words.opening(phrases.network(shown) or shown) if one.what == "network" else shown


def meetings(days: Days) -> ListSection:
    """Every meeting, newest first."""
    result, layout = days.result, days.layout
    poor = words.count(result.meetings_poor) if result.meetings_poor else "None"
    of = words.plural(result.meetings_scored, "scored meeting")
    left = result.meetings - result.meetings_scored
    unscored = f"; {words.spelt(left, 'more', 'more')} could not be scored" if left else ""
    heading = Heading(
        "meetings", "Meetings", prose(f"{poor} of {of} poor by the network{unscored}")
    )
    rows = [_meeting(days, visit) for visit in result.visits]
    shown, more = rows[: layout.others], rows[layout.others :]
    table = Table(
        id="meetings-table",
        caption=prose("Newest first"),
        columns=(
            Column("Meeting", "w-l"),
            Column("Band", "c-band", sort="text"),
            Column("Poor minutes", "r", sort="number"),
            Column("Where", "w2"),
            Column("On what", "w2"),
            Column("Limited by", "w3"),
            Column("Consistent with", "w2"),
        ),
        rows=tuple(shown),
        css="cards cv",
        note=prose(f"{words.count(len(more))} earlier ones in the JSON." if more else ""),
    )
    sub = prose("All joins of a meeting are one row. Minutes are those poor by the network.")
    return ListSection(heading, sub, table)


def _meeting(days: Days, visit: Visit) -> Row:
    clock = days.clock
    topic = words.clean(visit.topic, 60)
    end = f"{words.RANGE}{clock.time(visit.end)}" if visit.end else ""
    dropped = f"{words.plural(visit.drops, 'drop')}" if visit.drops else ""
    version = words.clean(visit.client_version, 24)
    return Row(
        cells=(
            Cell(
                main=prose(name(topic) if topic else UNTITLED),
                second=prose(f"{clock.day(visit.start)}, {clock.time(visit.start)}{end}"),
                href=visit.page if days.layout.links and visit.page else "",
            ),
            Cell(band=phrases.mark(visit.net_band), sort=visit.net_band),
            Cell(
                main=prose(
                    words.count(visit.poor_minutes),
                    quiet(f" of {words.count(visit.scored_minutes)}"),
                ),
                second=prose(dropped),
                sort=str(visit.poor_minutes),
            ),
            Cell(
                main=prose(name(phrases.place_and_network(visit.place, visit.network))),
                second=prose(name(_lines(visit))),
            ),
            Cell(
                main=prose(phrases.machine(visit.device, visit.os)),
                second=prose(words.joined([version, "high CPU" if visit.cpu_flags else None])),
            ),
            Cell(
                main=prose(phrases.component(visit.limiting) if visit.limiting else ""),
                second=prose(visit.limiting.direction if visit.limiting else ""),
            ),
            Cell(main=fits(visit.causes)),
        ),
        quote=quote("visits", visit),
    )


def _lines(visit: Visit) -> str:
    """The provider, and Zoom’s data centre."""
    provider = phrases.provider(words.clean(visit.provider, 40) or "")
    return words.joined([provider, words.clean(visit.data_center, 40)])


def events(days: Days) -> Events | None:
    """Drops, and processors that were too busy; None where there was neither."""
    result = days.result
    dropped = [visit for visit in result.visits if visit.drops]
    flags = Counter(flag for visit in result.visits for flag in visit.cpu_flags)
    lists = []
    if dropped:
        lists.append(FactList("Dropped and came back", _drops(days, dropped)))
    if flags:
        facts = tuple(
            Fact(
                prose(phrases.CPU.get(code) or phrases.humanised(code)),
                prose(words.plural(count, "meeting")),
            )
            for code, count in sorted(flags.items(), key=lambda item: (-item[1], item[0]))
        )
        lists.append(FactList("Processor", facts))
    if not lists:
        return None
    return Events(Heading("events", "Drops and processor", _events_finding(result)), tuple(lists))


def _events_finding(result: PersonResult) -> Prose:
    if not result.drops:
        return prose("No drop; the processor was busy at times")
    drops = words.opening(words.spelt(result.drops, "drop"))
    return prose(f"{drops}, {words.minutes(result.away_minutes)} away in all")


def _drops(days: Days, dropped: list[Visit]) -> tuple[Fact, ...]:
    shown = dropped[: days.layout.events]
    facts = []
    for visit in shown:
        topic = words.clean(visit.topic, 48)
        when = f"{days.clock.day(visit.start)}, {days.clock.time(visit.start)} "
        facts.append(
            Fact(
                prose(quiet(when), name(topic) if topic else UNTITLED),
                prose(f"{words.plural(visit.drops, 'drop')}, {words.minutes(visit.away_minutes)}"),
            )
        )
    if left := len(dropped) - len(shown):
        facts.append(Fact(prose(f"{words.plural(left, 'earlier meeting')}, in the JSON"), ()))
    return tuple(facts)
