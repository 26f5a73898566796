"""Geometry of every chart: numbers in, positions out. What is drawn with them is in the macros.

Pictures hold no words: labels and values are HTML beside them. On screen a chart stretches to its
column; on paper it is drawn at its final size, because WeasyPrint knows no `vector-effect`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from qosreport.report.result import BandCounts, Bin

INK = {
    "ink": "#16191d",
    "ink2": "#4d555e",
    "ink3": "#656d76",
    "rule": "#e1e4e8",
    "rule2": "#c3c9cf",
    "field": "#eef1f4",
    "good": "#8fb1c8",
    "fair": "#bb8c14",
    "poor": "#b24400",
    "bad": "#64082a",
    "uns": "#8a929b",
}
"""Light values, written into every mark; a class beside them re-inks it in the dark."""


@dataclass(frozen=True)
class Surface:
    """Where charts are drawn: how large, and whether they stretch."""

    name: Literal["screen", "print"]
    stretch: bool
    band_bar: tuple[float, float]
    dot_row: tuple[float, float]
    mini: tuple[float, float]
    harm_bar: tuple[float, float]
    lane: tuple[float, float]
    needles: tuple[float, float]
    spark: tuple[float, float]


SCREEN = Surface(
    "screen", True, (1000, 18), (240, 20), (144, 22), (230, 8), (1000, 44), (248, 72), (168, 52)
)
PRINT = Surface(
    "print", False, (680, 10), (142, 13), (96, 15), (96, 5), (486, 22), (104, 40), (104, 30)
)


@dataclass(frozen=True)
class Frame:
    """What all charts have in common."""

    id: str
    """Unique on the page; title and description hang on it."""
    title: str
    """The reading, with its numbers: the picture's text alternative."""
    width: float
    height: float
    stretch: bool
    """Stretches to its column, lines keeping their width."""
    desc: str = ""
    """Thresholds or runs; may be empty."""


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    css: str
    """Key of INK."""
    outline: bool = False
    """Dashed outline instead of a fill: unscored."""


@dataclass(frozen=True)
class Shape:
    """A filled path of one colour."""

    d: str
    css: str


@dataclass(frozen=True)
class BandBar:
    """Connections by band: length is number, in the order from Good to Unscored."""

    frame: Frame
    boxes: tuple[Box, ...]
    kind: str = field(default="band_bar", init=False)


@dataclass(frozen=True)
class DotRow:
    """A rate and its interval on a shared scale."""

    frame: Frame
    grid: tuple[float, ...]
    """Ticks of the scale."""
    reference: float | None
    """Where the rate of all lies."""
    low: float
    high: float
    dot: float
    middle: float
    """Height of dot and line."""
    css: str
    """poor if marked, else ink."""
    kind: str = field(default="dot_row", init=False)


@dataclass(frozen=True)
class HarmBar:
    """One number as a length, beside its figure."""

    frame: Frame
    length: float
    middle: float
    """Height of the ground line."""
    kind: str = field(default="harm_bar", init=False)


@dataclass(frozen=True)
class Mini:
    """A meeting in 24 slices: the share of people poor in each."""

    frame: Frame
    boxes: tuple[Box, ...]
    base: float
    """Height of the ground line; the field above it is everyone."""
    kind: str = field(default="mini", init=False)


@dataclass(frozen=True)
class SparkMark:
    """One week: a dot, and its interval as a line."""

    x: float
    """The week's place."""
    low: float
    """Height of the lower end of its interval."""
    high: float
    """Height of the upper end."""
    y: float
    """Height of the dot."""


@dataclass(frozen=True)
class Spark:
    """A rate week by week, on its own scale, which need not begin at zero."""

    frame: Frame
    field_box: Box | None
    """Where the weeks before lay; absent without any."""
    marks: tuple[SparkMark, ...]
    """Oldest first; the last is the week in question."""
    kind: str = field(default="spark", init=False)


@dataclass(frozen=True)
class WeekPoint:
    """A week's rate, and how many weeks ago it was."""

    ago: int
    pct: float
    low_pct: float
    high_pct: float


@dataclass(frozen=True)
class Scale:
    """A scale of rates from 0, shared by a family of dot rows."""

    top: float
    ticks: tuple[float, ...]

    def x(self, value: float, width: float) -> float:
        """Position of a value, inset by 2.5 % so that dots at the ends stay whole."""
        inset = width * 0.025
        return rounded(inset + min(max(value / self.top, 0.0), 1.0) * (width - 2 * inset))


def rounded(value: float) -> float:
    """Two decimals are finer than any screen or press."""
    return round(value + 0.0, 2)


def rate_scale(highest_pct: float) -> Scale:
    """The smallest of the usual scales that holds the highest end of an interval."""
    steps = (1.0, 2.0, 5.0, 10.0, 20.0)
    step = next((step for step in steps if highest_pct <= 4 * step), 25.0)
    return Scale(4 * step, tuple(step * i for i in range(5)))


def band_bar(surface: Surface, *, ident: str, title: str, counts: BandCounts) -> BandBar | None:
    """The bar of all connections, or None where there are none."""
    width, height = surface.band_bar
    numbers = (counts.good, counts.fair, counts.poor, counts.bad, counts.unscored)
    there = [
        (n, css)
        for n, css in zip(numbers, ("good", "fair", "poor", "bad", "uns"), strict=True)
        if n
    ]
    if not there:
        return None
    gap = 2.0
    room = width - gap * (len(there) - 1)
    least = min(3.0, room / len(there))
    spare = room - least * len(there)
    total = sum(n for n, _ in there)
    x = 0.0
    boxes = []
    for n, css in there:
        w = least + spare * n / total
        if css == "uns":
            boxes.append(Box(rounded(x + 0.5), 0.5, rounded(w - 1), height - 1, css, outline=True))
        else:
            boxes.append(Box(rounded(x), 0, rounded(w), height, css))
        x += w + gap
    return BandBar(Frame(ident, title, width, height, surface.stretch), tuple(boxes))


def dot_row(
    surface: Surface,
    scale: Scale,
    *,
    ident: str,
    title: str,
    pct: float,
    low_pct: float,
    high_pct: float,
    reference_pct: float | None,
    marked: bool = False,
) -> DotRow:
    """A rate with its interval."""
    width, height = surface.dot_row
    return DotRow(
        frame=Frame(ident, title, width, height, surface.stretch),
        grid=tuple(scale.x(tick, width) for tick in scale.ticks),
        reference=None if reference_pct is None else scale.x(reference_pct, width),
        low=scale.x(low_pct, width),
        high=scale.x(high_pct, width),
        dot=scale.x(pct, width),
        middle=height / 2,
        css="poor" if marked else "ink",
    )


def harm_bar(surface: Surface, *, ident: str, title: str, value: float, top: float) -> HarmBar:
    """A length of at most the full width; something that is not nothing shows at least a sliver."""
    width, height = surface.harm_bar
    length = 0.0 if value <= 0 or top <= 0 else max(1.0, width * min(value / top, 1.0))
    frame = Frame(ident, title, width, height, surface.stretch)
    return HarmBar(frame, rounded(length), height - 0.5)


def mini(surface: Surface, *, ident: str, title: str, bins: Sequence[Bin]) -> Mini:
    """A meeting in slices; Bad colour from half of the people on."""
    width, height = surface.mini
    slot = width / max(len(bins), 1)
    full = height - 1
    boxes = []
    for i, piece in enumerate(bins):
        if piece.people and piece.poor:
            part = min(piece.poor / piece.people, 1.0)
            tall = max(full * part, 0.6)
            css = "bad" if 2 * piece.poor >= piece.people else "poor"
            x, y = rounded(i * slot + 0.5), rounded(full - tall)
            boxes.append(Box(x, y, rounded(slot - 1), rounded(tall), css))
    frame = Frame(ident, title, width, height, surface.stretch)
    return Mini(frame, tuple(boxes), height - 0.5)


def spark(
    surface: Surface, *, ident: str, title: str, points: Sequence[WeekPoint], weeks: int
) -> Spark:
    """A rate over the last `weeks`, the one in question at the right.

    Args:
        surface: Where it is drawn.
        ident: Unique on the page.
        title: The reading.
        points: Oldest first, this week last; a missing week leaves its place empty.
        weeks: How many places there are.
    """
    width, height = surface.spark
    inset = 0.06 * height + 2
    low, high = min(p.low_pct for p in points), max(p.high_pct for p in points)
    room = max(high - low, 1e-9)

    def y(pct: float) -> float:
        return rounded(height - inset - (pct - low) / room * (height - 2 * inset))

    def x(ago: int) -> float:
        return rounded(width - inset - ago * (width - 2 * inset) / max(weeks - 1, 1))

    before = [point.pct for point in points[:-1]]
    box = None
    if before:
        top, bottom = y(max(before)), y(min(before))
        tall = max(bottom - top, 1.0)
        box = Box(0, top, rounded(x(0) - inset), rounded(tall), "field")
    marks = tuple(SparkMark(x(p.ago), y(p.low_pct), y(p.high_pct), y(p.pct)) for p in points)
    return Spark(Frame(ident, title, width, height, surface.stretch), box, marks)
