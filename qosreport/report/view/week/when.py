"""When it happened: a table of days by hours, as fine as the numbers bear."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from qosreport.report.result import HourCell
from qosreport.report.view import words
from qosreport.report.view.pieces import Fact, FactList, Heading, KeyItem
from qosreport.report.view.rows import Scene
from qosreport.report.view.words import Prose, prose, quiet

BLOCKS = (1, 2, 3, 4)
"""Hours taken together, until half of the tiles have enough to say."""
STEPS_PCT = (5.0, 10.0, 20.0, 30.0)
WEEKEND = {6, 7}
TOPIC = "When"
FEW_COLUMNS = 6


@dataclass(frozen=True)
class Tile:
    """One block of hours of one weekday."""

    css: str
    """h0 to h4 by rate, h-few for too few, h-no for none."""
    text: str
    """Rate in per cent, a dot, or nothing."""
    said: str
    """The same in words, for screen readers."""


@dataclass(frozen=True)
class DayRow:
    """One weekday."""

    day: str
    """Three letters."""
    tiles: tuple[Tile, ...]
    """One for each column."""


@dataclass(frozen=True)
class Heat:
    """Days by hours."""

    caption: Prose
    """What a tile shows, in which time zone, and what is left out."""
    hours: tuple[str, ...]
    """Heads: the hours of each block."""
    css: str
    """narrow where there are few columns."""
    days: tuple[DayRow, ...]
    """Monday first."""
    key: tuple[KeyItem, ...]
    """What the steps mean."""


@dataclass(frozen=True)
class When:
    """The section."""

    heading: Heading
    """The worst time, if one can be told."""
    heat: Heat | None
    """Absent where nothing was poor, or too little is known of any hour."""
    facts: FactList
    """Worst and busiest, with counts."""

    @property
    def shown(self) -> bool:
        """Whether there is anything to show."""
        return self.heat is not None


@dataclass(frozen=True)
class _Block:
    """Connections of some hours of one weekday."""

    weekday: int
    hour: int
    poor: int
    connections: int

    @property
    def pct(self) -> float:
        return 100 * self.poor / self.connections


Blocks = Mapping[tuple[int, int], _Block]


def when(scene: Scene) -> When:
    """The table and its readings."""
    cells = [cell for cell in scene.result.hours if cell.connections]
    average = scene.average_pct
    if not average or not any(cell.poor for cell in cells):
        return When(Heading("when", TOPIC, ()), None, FactList("", ()))
    least = scene.result.method.min_sessions
    size, blocks = _blocks(cells, least)
    enough = [block for block in blocks.values() if block.connections >= least]
    if not enough:
        few = Heading("when", TOPIC, prose("Too few connections at any hour to say when"))
        return When(few, None, FactList("", ()))
    return When(
        heading=Heading("when", TOPIC, prose(_finding(enough, size, average))),
        heat=_heat(scene, blocks, size, least),
        facts=FactList("", _facts(scene, enough, list(blocks.values()), size)),
    )


def _blocks(cells: list[HourCell], least: int) -> tuple[int, Blocks]:
    """The finest blocks of which half have enough, else the coarsest."""
    blocks: Blocks = {}
    for size in BLOCKS:
        sums: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for cell in cells:
            key = (cell.weekday, cell.hour - cell.hour % size)
            poor, connections = sums[key]
            sums[key] = (poor + cell.poor, connections + cell.connections)
        blocks = {key: _Block(*key, *sums[key]) for key in sorted(sums)}
        enough = sum(1 for block in blocks.values() if block.connections >= least)
        if 2 * enough >= len(blocks) or size == BLOCKS[-1]:
            return size, blocks
    raise AssertionError  # pragma: no cover -- the last block size always returns


def _finding(enough: list[_Block], size: int, average_pct: float) -> str:
    worst = _ranked(enough, average_pct)[0]
    if worst.pct < 1.5 * average_pct or worst.pct - average_pct < 2:
        return "Poor connections were spread evenly over the week"
    rate = words.part_of(worst.poor, worst.connections, 0)
    return f"Most trouble above the average: {_when(worst, size)}, {rate} of connections poor"


def _when(block: _Block, size: int) -> str:
    return f"{words.DAYS[block.weekday - 1]} {_hours(block.hour, size)}"


def _hours(hour: int, size: int) -> str:
    return f"{hour:02d}:00{words.RANGE}{hour + size:02d}:00"


def _head(hour: int, size: int) -> str:
    return f"{hour:02d}" if size == 1 else f"{hour:02d}{words.RANGE}{hour + size:02d}"


def _heat(scene: Scene, blocks: Blocks, size: int, least: int) -> Heat:
    starts = [hour for _, hour in blocks]
    hours = range(min(starts), max(starts) + 1, size)
    weekend = sum(b.connections for b in blocks.values() if b.weekday in WEEKEND)
    shown = [day for day in range(1, 8) if day not in WEEKEND or _busy(blocks, day, least)]
    caption = (
        "Share of connections that were poor, in per cent, by day and time of start, "
        f"{scene.result.head.zone}."
    )
    caption += " Listed by how many more were poor than the average would have it."
    if size > 1:
        caption += (
            f" Taken together by {words.spelt(size)} hours, because single hours are too few."
        )
    if weekend and not WEEKEND & set(shown):
        caption += f" Saturday and Sunday: {words.plural(weekend, 'connection')}, too few to say."
    return Heat(
        caption=prose(caption),
        hours=tuple(_head(hour, size) for hour in hours),
        css="" if len(hours) > FEW_COLUMNS else "narrow",
        days=tuple(
            DayRow(
                words.DAYS[day - 1][:3],
                tuple(_tile(blocks.get((day, hour)), least) for hour in hours),
            )
            for day in shown
        ),
        key=_key(least),
    )


def _busy(blocks: Blocks, day: int, least: int) -> bool:
    return any(b.connections >= least for b in blocks.values() if b.weekday == day)


def _tile(block: _Block | None, least: int) -> Tile:
    if block is None:
        return Tile("h-no", "", "none")
    counts = f"{words.count(block.poor)} of {words.count(block.connections)}"
    if block.connections < least:
        return Tile("h-few", "·", f"too few to say, {counts}")
    step = sum(1 for edge in STEPS_PCT if block.pct >= edge)
    return Tile(f"h{step}", words.share(block.pct, 0), f"{words.THIN}%, {counts}")


def _key(least: int) -> tuple[KeyItem, ...]:
    edges = [f"{edge:g}" for edge in STEPS_PCT]
    labels = [f"under {edges[0]}{words.THIN}%"]
    labels += [f"{a}{words.RANGE}{b}" for a, b in pairwise(edges)]
    labels.append(f"{edges[-1]} or more")
    steps = [KeyItem(prose(label), swatch=f"sw h{i}") for i, label in enumerate(labels)]
    few = KeyItem(prose(f"fewer than {least} connections"), swatch="sw h-few")
    return (*steps, few)


def _ranked(blocks: list[_Block], average_pct: float) -> list[_Block]:
    """By how many more were poor than the average would have it: rate and weight together."""
    return sorted(
        blocks, key=lambda b: (average_pct * b.connections / 100 - b.poor, b.weekday, b.hour)
    )


def _facts(scene: Scene, enough: list[_Block], every: list[_Block], size: int) -> tuple[Fact, ...]:
    facts = []
    ranked = _ranked(enough, scene.average_pct or 0.0)
    for label, block in zip(("Most above average", "Next", "Then"), ranked, strict=False):
        if block.poor:
            facts.append(_fact(label, block, size))
    busiest = max(every, key=lambda block: (block.connections, -block.weekday, -block.hour))
    return (*facts, _fact("Busiest", busiest, size))


def _fact(label: str, block: _Block, size: int) -> Fact:
    counts = f"{words.count(block.poor)} of {words.count(block.connections)} "
    return Fact(
        label=prose(f"{label}: {_when(block, size)}"),
        value=prose(quiet(counts), words.part_of(block.poor, block.connections, 0)),
    )
