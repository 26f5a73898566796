"""Rates by site, network, data centre, version, device: small panels on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from qosreport.report.result import Segment, SegmentRow, WeeklyResult
from qosreport.report.result.quoting import quote
from qosreport.report.view import phrases, shapes, words
from qosreport.report.view.pieces import Cell, Column, Heading, KeyItem, Row, Table
from qosreport.report.view.rows import Scene, average_pct, axis, rate_dot, too_few
from qosreport.report.view.shapes import Scale
from qosreport.report.view.words import Prose, name, prose

LEAST_EXCESS_PP = 2.0
LEAST_RATIO = 1.5
MUCH_OF_ONE_PERSON_PCT = 20.0
FEW_ON_PAPER = 2
"""Groups too small for a rate that a panel without further rows still shows."""
LEFT = ("site", "provider", "network_type", "data_center")
PLACES = {"site": "site", "provider": "isp", "data_center": "data_center"}
"""Segments with pages of evidence, by what these call them."""


@dataclass(frozen=True)
class Segments:
    """The section of panels."""

    heading: Heading
    """Which group is highest, and against what."""
    sub: Prose
    """What the panels show, and what good looks like; empty where there are none."""
    left: tuple[Table, ...]
    """Panels about the place."""
    right: tuple[Table, ...]
    """Panels about the equipment."""
    key: tuple[KeyItem, ...]
    """What dot, line and dashes mean."""
    note: Prose
    """How groups are marked, and how many were looked at."""

    @property
    def shown(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.left or self.right)


def segments(scene: Scene) -> Segments:
    """Panels of all properties that any connection has."""
    found = [segment for segment in scene.result.segments if segment.rows]
    finding = _finding(scene, found) if scene.average_pct else ()
    heading = Heading("segments", "By place and equipment", finding)
    if not finding or not any(row.poor.enough for segment in found for row in segment.rows):
        return Segments(heading, (), (), (), (), ())
    ends = [
        row.poor.high_pct
        for segment in found
        for row in segment.rows
        if row.poor.enough and row.poor.high_pct is not None
    ]
    scale = shapes.rate_scale(max(ends, default=20.0))
    left = tuple(_panel(scene, s, scale) for s in found if s.id in LEFT)
    right = tuple(_panel(scene, s, scale) for s in found if s.id not in LEFT)
    sub = prose(
        "Share of connections that were poor. Rows whose line reaches the dashed one are no "
        "different from the rest as far as these numbers tell."
    )
    return Segments(heading, sub, left, right, _key(scene), _note(scene, found))


def marked(row: SegmentRow, average_pct: float | None) -> bool:
    """Whether the whole interval lies above all connections, by a margin that matters."""
    rate = row.poor
    if average_pct is None or not rate.enough or rate.pct is None or rate.low_pct is None:
        return False
    return (
        rate.low_pct > average_pct
        and rate.pct - average_pct >= LEAST_EXCESS_PP
        and rate.pct >= LEAST_RATIO * average_pct
    )


def row_name(segment: Segment, row: SegmentRow) -> str:
    """A group as it reads in a panel."""
    shown = words.clean(row.name, 40)
    if shown is None:
        return phrases.NOT_REPORTED
    if segment.id == "network_type":
        return words.opening(phrases.network(shown) or shown)
    return phrases.provider(shown) if segment.id == "provider" else shown


def strongest(result: WeeklyResult, order: Sequence[str]) -> tuple[Segment, SegmentRow] | None:
    """The marked group of the first property in `order` that has one: the surest of them."""
    average = average_pct(result)
    for segment_id in order:
        rows = [
            (segment, row)
            for segment in result.segments
            if segment.id == segment_id
            for row in segment.rows
            if row.name is not None and marked(row, average)
        ]
        if rows:
            return max(rows, key=lambda pair: (pair[1].poor.low_pct or 0, pair[1].harmed_minutes))
    return None


def _finding(scene: Scene, found: Sequence[Segment]) -> Prose:
    average = scene.average_pct
    if average is None or not any(row.poor.enough for s in found for row in s.rows):
        return prose("Too few connections to compare places or equipment")
    high = [(s, row) for s in found for row in s.rows if marked(row, average)]
    lead = strongest(scene.result, [segment.id for segment in found])
    if lead is None:
        return prose("No place or equipment differs from the rest by more than chance allows")
    segment, worst = lead
    rate = words.percent(worst.poor.pct or 0.0)
    finding = prose(name(row_name(segment, worst)), f" is highest: {rate} of its connections poor")
    others = len({(s.id, row.name) for s, row in high}) - 1
    tail = f", against {words.percent(average)} of all"
    more = f"; {words.spelt(others, 'more group')} marked below" if others else ""
    return prose(finding, tail, more)


def _panel(scene: Scene, segment: Segment, scale: Scale) -> Table:
    title, noun = phrases.SEGMENTS[segment.id]
    rows = [_row(scene, segment, row, scale, i) for i, row in enumerate(segment.rows)]
    limit = scene.layout.groups
    if len(rows) <= limit + 2:
        limit = len(rows)
    if not scene.layout.more_rows:
        limit = min(limit, sum(1 for row in segment.rows if row.poor.enough) + FEW_ON_PAPER)
    more = tuple(rows[limit:]) if scene.layout.more_rows else ()
    hidden = len(rows) - limit - len(more)
    return Table(
        id=f"by-{segment.id}",
        caption=prose(title),
        columns=(
            Column(words.opening(noun), "sl", hidden=True),
            Column("Scored", "r"),
            Column("Rate and 95 % interval", "c-seg", axis=axis(scale, "")),
            Column("Poor", "r"),
        ),
        rows=tuple(rows[:limit]),
        css="segt",
        more=more,
        more_summary=f"{words.opening(words.spelt(len(more)))} more, lower or too few to say",
        note=prose(f"{words.count(hidden)} more {scene.layout.elsewhere}." if hidden else ""),
    )


def _row(scene: Scene, segment: Segment, row: SegmentRow, scale: Scale, index: int) -> Row:
    label = row_name(segment, row)
    shown = prose(name(label))
    href = scene.place_page(PLACES[segment.id], row.name) if segment.id in PLACES else ""
    n = Cell(main=prose(words.count(row.poor.n)))
    rate, called = row.poor, quote(f"segments.{segment.id}", row, of="segments.rows")
    if not rate.enough or rate.pct is None:
        few = Cell(main=prose(too_few(rate)), span=2)
        return Row((Cell(main=shown, href=href), n, few), css="few", quote=called)
    hot = marked(row, scene.average_pct)
    ident = f"by-{segment.id}-{index}"
    dot = rate_dot(rate, scale, scene, ident=ident, said=label, marked=hot)
    second: Prose = ()
    if row.top_person_pct is not None and row.top_person_pct > MUCH_OF_ONE_PERSON_PCT:
        second = prose(f"{words.percent(row.top_person_pct, 0)} of these are one person’s")
    cells = (Cell(main=shown, second=second, href=href), n, Cell(chart=dot))
    share = Cell(main=prose(words.percent(rate.pct)))
    return Row((*cells, share), css="hot" if hot else "", quote=called)


def _key(scene: Scene) -> tuple[KeyItem, ...]:
    average = scene.average_pct
    items = [
        KeyItem(prose("rate"), swatch="dt"),
        KeyItem(prose("95 % interval, clustered by meeting"), swatch="ln"),
    ]
    if average is not None:
        items.append(KeyItem(prose(f"all connections, {words.percent(average)}"), swatch="ln ds"))
    items.append(
        KeyItem(prose("marked: the whole interval lies above all connections"), swatch="dt p")
    )
    return tuple(items)


def _note(scene: Scene, found: list[Segment]) -> Prose:
    tested = sum(1 for s in found for row in s.rows if row.poor.enough)
    method = scene.result.method
    return prose(
        f"{words.opening(words.spelt(tested, 'group'))} had enough to say: at least "
        f"{method.min_sessions} connections in {method.min_meetings} meetings. Marked ones also "
        f"lie {LEAST_EXCESS_PP:g} percentage points and {LEAST_RATIO:g} times above all. Up to one "
        "group in forty is marked by chance alone: take a single mark as a lead, not as proof."
    )
