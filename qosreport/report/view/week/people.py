"""People with poor connections, each with the rules they broke explained."""

from dataclasses import replace

from qosreport.report.result import MeetingLink, PersonRow
from qosreport.report.result.quoting import quote
from qosreport.report.view import phrases, shapes, words
from qosreport.report.view.flags import UNTITLED, flag_summary, flag_table
from qosreport.report.view.pieces import Cell, Column, Details, Fact, FactList, Heading, Row, Table
from qosreport.report.view.rows import (
    ListSection,
    Scene,
    axis,
    k_of_n,
    left_out,
    namer,
    rate_dot,
    split,
)
from qosreport.report.view.shapes import Scale
from qosreport.report.view.words import Clock, Run, name, prose, quiet


def people(scene: Scene) -> ListSection:
    """People with poor connections, each with the rules they broke explained."""
    result, layout, average = scene.result, scene.layout, scene.average_pct
    heading = Heading("people", "People with poor connections", prose(_finding(scene)))
    if not result.people:
        return ListSection(heading, (), None)
    names = namer([(row.name, row.is_external) for row in result.people])
    ends = [row.poor.high_pct for row in result.people if row.poor.high_pct is not None]
    scale = shapes.rate_scale(max(ends, default=100.0))
    rows = [_row(scene, row, names[i], scale) for i, row in enumerate(result.people)]
    shown, more = split(rows, layout)
    table = Table(
        id="people-table",
        caption=prose("Ranked by the rate, drawn towards the average where little is known"),
        columns=(
            Column("Person", "w-l"),
            Column("Poor connections", "r", sort="number"),
            Column("Rate and interval", "c-dot", axis=axis(scale, "Rate with 95 % interval")),
            Column("Rate", "r", sort="number"),
            Column("Own minutes harmed", "r", sort="number"),
            Column("Others’ that fit their sending", "r", sort="number"),
            Column("Mostly from", "w2"),
            Column("Limited by", "w3"),
        ),
        rows=shown,
        css="cards cp",
        more=more,
        more_summary=words.opening(words.spelt(len(more), "more person", "more people")),
        filter_label="Filter people by name, place or device",
        note=prose(
            "Drawn towards the average, so that three bad calls out of three do not outrank twelve "
            "out of twenty; the rate used for ranking stands below the plain one. Suffered and "
            "sent are apart: minutes of others that fit a person’s sending are not their own. ",
            f"Dashed line: all connections, {words.percent(average)}. "
            if average is not None
            else "",
            left_out(
                scene,
                result.people_affected,
                listed=len(shown) + len(more),
                held=len(rows),
                noun="person",
                nouns="people",
            ),
        ),
    )
    sub = prose("Poor or Bad by the network score. Ask first about the place named in the row.")
    return ListSection(heading, sub, table)


def _finding(scene: Scene) -> str:
    result = scene.result
    affected, repeated = result.people_affected, result.people_repeated
    if not affected:
        scored = result.coverage.connections_scored
        return "Nobody had a poor connection" if scored else "No connection could be scored"
    if not repeated:
        return (
            f"{words.opening(words.spelt(affected, 'person', 'people'))} had a poor connection; "
            "nobody had three in more than one meeting"
        )
    who = words.opening(words.spelt(repeated, "person", "people"))
    of = f"; {words.spelt(affected)} had at least one" if affected > repeated else ""
    return f"{who} had three or more poor connections in two meetings or more{of}"


def _row(scene: Scene, row: PersonRow, label: Run, scale: Scale) -> Row:
    ident = f"person-{words.clean(row.ref)}"
    where = phrases.place_and_network(row.place, row.network)
    device = phrases.machine(row.device, row.os, row.client_version)
    said = f"{label.text}: {words.plural(row.poor.k, 'poor connection')} of {row.poor.n}"
    limiting = phrases.component(row.limiting, row.flags) if row.limiting else ""
    return Row(
        cells=(
            Cell(main=prose(label), second=prose(device), href=scene.person_page(row.ref)),
            replace(k_of_n(row.poor), second=prose(f"on {words.plural(row.days, 'day')}")),
            Cell(chart=rate_dot(row.poor, scale, scene, ident=f"{ident}-rate", said=said)),
            Cell(
                main=prose("" if row.poor.pct is None else words.percent(row.poor.pct, 0)),
                second=prose(f"ranked as {words.percent(row.shrunk_pct, 0)}"),
                sort=f"{row.shrunk_pct:.3f}",
            ),
            Cell(main=prose(words.count(row.harmed_minutes)), sort=str(row.harmed_minutes)),
            Cell(main=prose(words.count(row.caused_minutes)), sort=str(row.caused_minutes)),
            Cell(main=prose(where, quiet(f" {row.place_connections} of {row.poor.k}"))),
            Cell(
                main=prose(limiting),
                second=prose(row.limiting.direction if row.limiting else ""),
            ),
        ),
        id=ident,
        quote=quote("people", row),
        details=_details(scene, row, label),
    )


def _details(scene: Scene, row: PersonRow, label: Run) -> Details | None:
    layout = scene.layout
    if not (row.flags and layout.flags) and not (row.meetings and layout.meetings):
        return None
    clock = scene.clock
    facts = tuple(_meeting_fact(link, clock) for link in row.meetings[: layout.meetings])
    lists = (FactList("Meetings, poor ones first", facts),) if facts else ()
    return Details(
        summary=prose(flag_summary(row.flags) or "Meetings"),
        flags=flag_table(
            row.flags,
            caption=prose("Flags for ", label),
            clock=clock,
            layout=layout,
            over_a_week=True,
            cites=scene.cites,
        ),
        lists=lists,
    )


def _meeting_fact(link: MeetingLink, clock: Clock) -> Fact:
    topic = words.clean(link.topic, 60)
    when = f"{clock.day(link.start)}, {clock.time(link.start)} " if link.start else ""
    of = f"{words.count(link.poor_minutes)} of {words.minutes(link.scored_minutes)} poor"
    return Fact(
        label=prose(quiet(when), name(topic) if topic else UNTITLED),
        value=prose(quiet(of)),
        band=phrases.mark(link.net_band),
        href=link.page or "",
    )
