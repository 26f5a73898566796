"""The worst meetings of a week."""

from collections import Counter

from qosreport.report.result import MeetingRow
from qosreport.report.result.quoting import quote
from qosreport.report.view import cause_words, phrases, shapes, words
from qosreport.report.view.flags import UNTITLED
from qosreport.report.view.pieces import Cell, Column, Heading, Row, Table
from qosreport.report.view.privacy import is_whole
from qosreport.report.view.rows import ListSection, Scene, left_out, split
from qosreport.report.view.words import name, prose, quiet


def worst_meetings(scene: Scene) -> ListSection:
    """Meetings with the most harmed participant-minutes."""
    result, layout = scene.result, scene.layout
    rows = result.worst_meetings
    heading = Heading("worst", "Worst meetings", prose(_finding(scene)))
    if not rows:
        return ListSection(heading, (), None)
    known = max(result.meetings_harmed, len(rows))
    cells = [_row(scene, row, i) for i, row in enumerate(rows)]
    shown, more = split(cells, layout)
    table = Table(
        id="worst-table",
        caption=prose("Most harmed participant-minutes first"),
        columns=(
            Column("Meeting", "w-l"),
            Column("Band", "c-band"),
            Column("Connections affected", "r", sort="number"),
            Column("Harmed minutes", "r", sort="number"),
            Column("Share of people poor, start to end", "c-mini"),
            Column("Limited by", "w2"),
        ),
        rows=shown,
        css="cards cw",
        more=more,
        more_summary=f"{words.opening(words.spelt(len(more), 'more meeting'))}",
        filter_label="Filter meetings by topic or host",
        note=prose(
            "Harmed participant-minutes are minutes with a network score below ",
            f"{words.decimal(result.method.poor_score, 2)}, over all people. Bars: share of the "
            "people present who were poor in each part of the meeting; full height is everyone. ",
            "What a meeting fits, more than half of its poor minutes are consistent with. "
            if any(row.causes for row in rows)
            else "",
            left_out(scene, known, listed=len(shown) + len(more), held=len(rows), noun="meeting"),
        ),
    )
    sub = prose(
        "A healthy meeting has no harmed minute and is not listed: a good week has a short list."
    )
    return ListSection(heading, sub, table)


def _finding(scene: Scene) -> str:
    result, layout = scene.result, scene.layout
    rows = result.worst_meetings[: layout.rows]
    total = result.volume.harmed_minutes
    some = not is_whole(result.head, "meetings")
    if not rows and some:
        return "The meetings with harmed minutes are too small to be shown"
    if not rows:
        return (
            "No meeting was Poor or Bad" if result.coverage.scored else "No meeting could be scored"
        )
    held = sum(row.harmed_minutes for row in rows)
    kind = "large meeting" if some else "worst meeting"
    many = f"{words.spelt(len(rows))} {kind}s" if len(rows) > 1 else kind
    part = "all" if held >= total else words.part_of(held, total, 0) if total else "none"
    finding = f"The {many} {'hold' if len(rows) > 1 else 'holds'} {part} of the harmed minutes"
    clock = scene.clock
    days = Counter(words.DAYS[clock.local(row.start).weekday()] for row in rows if row.start)
    if days and len(rows) > 3:
        day, times = days.most_common(1)[0]
        if 2 * times > len(rows):
            who = "all" if times == len(rows) else words.spelt(times)
            finding += f"; {who} fell on {day}"
    return finding


def _row(scene: Scene, row: MeetingRow, index: int) -> Row:
    clock, layout = scene.clock, scene.layout
    topic = words.clean(row.topic)
    peak = max((b.poor / b.people for b in row.bins if b.people), default=0.0)
    title = f"Share of people poor over the meeting, highest {words.percent(100 * peak, 0)}"
    when = f"{clock.day(row.start)}, {clock.time(row.start)}" if row.start else "time not known"
    length = words.duration(row.duration_min) if row.duration_min is not None else None
    host = words.clean(row.host, 48)
    facts = words.joined([when, length, "webinar" if row.kind == "webinar" else None])
    return Row(
        cells=(
            Cell(
                main=prose(name(topic) if topic else UNTITLED),
                second=prose(facts, *(prose(" · ", name(host)) if host else ())),
                href=row.page or "" if layout.links else "",
            ),
            Cell(band=phrases.mark(row.band)),
            Cell(
                main=prose(words.count(row.affected), quiet(f" of {words.count(row.classified)}")),
                sort=str(row.affected),
            ),
            Cell(main=prose(words.count(row.harmed_minutes)), sort=str(row.harmed_minutes)),
            Cell(
                chart=shapes.mini(
                    layout.surface, ident=f"meeting-{index}-mini", title=title, bins=row.bins
                )
            ),
            Cell(
                main=prose(phrases.component(row.limiting) if row.limiting else ""),
                second=cause_words.short(row.causes),
            ),
        ),
        id=f"meeting-{index}",
        quote=quote("worst_meetings", row),
    )
