"""Geometry over the minutes of a meeting: lanes of the strip, and needles for each measure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from qosreport.report.result import Band, Bin
from qosreport.report.view.shapes import Box, Frame, Shape, Surface, rounded

BAND_CSS: dict[Band, str] = {
    "Good": "good",
    "Fair": "fair",
    "Poor": "poor",
    "Bad": "bad",
    "Unscored": "uns",
}
WORSE: dict[Band, int] = {"Unscored": 0, "Good": 1, "Fair": 2, "Poor": 3, "Bad": 4}
LANE_HEIGHT = {"good": 0.22, "fair": 0.45, "poor": 0.72, "bad": 1.0}
MOST_NEEDLES = 240
FORMS = 2
"""A meeting's charts are made on screen and on paper, one meeting after another."""
CUT_AT = 3.0
"""Needles are cut at this many times the highest threshold, so that one spike hides nothing."""


@dataclass(frozen=True)
class Lane:
    """One line of the strip: runs of minutes, the worse the taller."""

    frame: Frame
    grid: tuple[float, ...]
    field_box: Box | None
    """The window in which several were poor at once."""
    shapes: tuple[Shape, ...]
    """One path for each band."""
    dashes: tuple[tuple[float, float], ...]
    """Present, but nothing to score."""
    ticks: tuple[float, ...]
    """Joined or left."""
    absences: tuple[tuple[float, float], ...]
    """Dropped and came back."""
    base: float
    """Where the runs stand."""
    kind: str = field(default="lane", init=False)


@dataclass(frozen=True)
class Needles:
    """One measure: a bar for each sample, coloured by the band that measure alone earns."""

    frame: Frame
    field_box: Box | None
    shapes: tuple[Shape, ...]
    """One path for each band."""
    thresholds: tuple[float, ...]
    """Heights of the dashed lines."""
    kind: str = field(default="needles", init=False)


def severity(band: Band | None) -> int:
    """How bad a band is; the larger, the worse. Unsampled is less than unscored."""
    return -1 if band is None else WORSE[band]


def runs(bands: Sequence[Band | None]) -> Iterable[tuple[Band, int, int]]:
    """(band, first, past the last) of every run; unsampled minutes are left out."""
    at = 0
    for band, group in groupby(bands):
        length = len(list(group))
        if band is not None:
            yield band, at, at + length
        at += length


@dataclass(frozen=True)
class Timeline:
    """The horizontal axis of a meeting: minutes to positions, ticks and the shared window."""

    minutes: int
    ticks: tuple[int, ...]
    """Minutes at which a label stands."""
    window: tuple[int, int] | None
    """Minutes, past the last, in which several were poor at once."""

    def x(self, minute: float, width: float) -> float:
        """Position of the beginning of a minute."""
        return rounded(width * minute / self.minutes)

    def field_box(self, width: float, height: float) -> Box | None:
        """The window as a field behind the marks."""
        if self.window is None:
            return None
        first, last = (self.x(minute, width) for minute in self.window)
        return Box(first, 0, rounded(last - first), height, "field")


def axis_style(surface: Surface, timeline: Timeline) -> str:
    """Where the labels of an axis stand, as a style sheet: numbers only, never data."""
    ticks, total = timeline.ticks, timeline.minutes
    if surface.stretch:
        left, right = 100 * ticks[0] / total, 100 * (total - ticks[-1]) / total
        return f".taxis{{padding-left:{left:.3f}%;padding-right:{right:.3f}%}}"
    width = surface.lane[0]
    step = width * (ticks[1] - ticks[0]) / total if len(ticks) > 1 else 40.0
    left = width * ticks[0] / total - step / 2
    return (
        f".taxis{{margin-left:{left:.2f}px;width:{step * len(ticks):.2f}px}}"
        f".taxis span{{width:{step:.2f}px}}"
    )


def lane(
    surface: Surface,
    timeline: Timeline,
    *,
    ident: str,
    title: str,
    desc: str = "",
    bands: Sequence[Band | None],
    ticks: Iterable[float] = (),
    absences: Iterable[tuple[float, float]] = (),
) -> Lane:
    """A person's minutes by band."""
    width, height = surface.lane
    base, full = height * 36 / 44, height * 28 / 44
    pieces: dict[str, list[str]] = {css: [] for css in LANE_HEIGHT}
    dashes = []
    for band, first, last in runs(bands):
        x, w = timeline.x(first, width), rounded(width * (last - first) / timeline.minutes)
        if band == "Unscored":
            dashes.append((x, rounded(x + w)))
        else:
            css = BAND_CSS[band]
            tall = rounded(full * LANE_HEIGHT[css])
            pieces[css].append(_upright(x, base, w, tall))
    return Lane(
        frame=Frame(ident, title, width, height, surface.stretch, desc),
        grid=tuple(timeline.x(tick, width) for tick in timeline.ticks),
        field_box=timeline.field_box(width, height),
        shapes=tuple(Shape("".join(d), css) for css, d in pieces.items() if d),
        dashes=tuple(dashes),
        ticks=tuple(timeline.x(tick, width) for tick in ticks),
        absences=tuple((timeline.x(a, width), timeline.x(b, width)) for a, b in absences),
        base=rounded(base),
    )


def crowd_lane(
    surface: Surface,
    timeline: Timeline,
    *,
    ident: str,
    title: str,
    bins: Sequence[Bin],
) -> Lane:
    """How many were poor in each minute; the full height is the most at once that were scored."""
    width, height = surface.lane
    base, full = height * 38 / 44, height * 32 / 44
    most = max((piece.people for piece in bins), default=0)
    slot = width / timeline.minutes
    d = "".join(
        _upright(rounded(i * slot + slot * 0.06), base, rounded(slot * 0.88), rounded(tall))
        for i, piece in enumerate(bins)
        if piece.poor and (tall := max(full * piece.poor / most, 1.0))
    )
    return Lane(
        frame=Frame(ident, title, width, height, surface.stretch),
        grid=tuple(timeline.x(tick, width) for tick in timeline.ticks),
        field_box=timeline.field_box(width, height),
        shapes=(Shape(d, "poor"),) if d else (),
        dashes=(),
        ticks=(),
        absences=(),
        base=rounded(base),
    )


def span_lane(
    surface: Surface,
    timeline: Timeline,
    *,
    ident: str,
    title: str,
    spans: Iterable[tuple[float, float]],
) -> Lane:
    """Something that lasted, such as a screen share."""
    width, height = surface.lane[0], surface.lane[1] * 30 / 44
    thick = height * 8 / 30
    top = (height + thick) / 2
    d = "".join(
        _upright(timeline.x(a, width), top, rounded(width * (b - a) / timeline.minutes), thick)
        for a, b in spans
    )
    return Lane(
        frame=Frame(ident, title, width, rounded(height), surface.stretch),
        grid=tuple(timeline.x(tick, width) for tick in timeline.ticks),
        field_box=timeline.field_box(width, rounded(height)),
        shapes=(Shape(d, "ink3"),) if d else (),
        dashes=(),
        ticks=(),
        absences=(),
        base=rounded(top),
    )


def needles(
    surface: Surface,
    timeline: Timeline,
    *,
    ident: str,
    title: str,
    desc: str,
    values: Sequence[float | None],
    bands: Sequence[Band | None],
    top: float,
    thresholds: Iterable[float],
    low_is_bad: bool,
) -> Needles:
    """One bar a sample; in a long meeting one bar for the worst sample of several minutes."""
    width, height = surface.needles
    size = -(-timeline.minutes // MOST_NEEDLES)
    slot = width * size / timeline.minutes
    wide = rounded(slot * 0.75)
    feet = _feet(timeline.minutes, size, slot, height)
    pieces: dict[str, list[str]] = {css: [] for css in BAND_CSS.values()}
    for i, (value, band) in _worst_of(values, bands, size, low_is_bad=low_is_bad):
        css = BAND_CSS[band] if band else "uns"
        tall = max(height * min(value / top, 1.0), 1.5)
        pieces[css].append(feet[i] + _rise(wide, rounded(tall)))
    return Needles(
        frame=Frame(ident, title, width, height, surface.stretch, desc),
        field_box=timeline.field_box(width, height),
        shapes=tuple(Shape("".join(d), css) for css, d in pieces.items() if d),
        thresholds=tuple(rounded(height * (1 - t / top)) for t in thresholds if 0 < t < top),
    )


def _worst_of(
    values: Sequence[float | None], bands: Sequence[Band | None], size: int, *, low_is_bad: bool
) -> Iterable[tuple[int, tuple[float, Band | None]]]:
    """(slot, (worst value, worst band)) of each slot of `size` minutes in which a sample stands."""
    if size == 1:
        for i, (value, band) in enumerate(zip(values, bands, strict=True)):
            if value is not None:
                yield i, (value, band)
        return
    for i in range(0, len(values), size):
        there = [
            (value, band)
            for value, band in zip(values[i : i + size], bands[i : i + size], strict=True)
            if value is not None
        ]
        if there:
            value = (min if low_is_bad else max)(value for value, _ in there)
            band = max((band for _, band in there), key=severity)
            yield i // size, (value, band)


def _upright(x: float, base: float, width: float, height: float) -> str:
    """A rectangle standing on `base`, as path data."""
    return _foot(x, base) + _rise(width, height)


def _foot(x: float, base: float) -> str:
    return f"M{x:g} {base:g}"


def _rise(width: float, height: float) -> str:
    return f"v{-height:g}h{width:g}v{height:g}z"


@lru_cache(FORMS)
def _feet(minutes: int, size: int, slot: float, base: float) -> tuple[str, ...]:
    """Where the needle of each slot stands: the same for every measure of a meeting."""
    slots = -(-minutes // size)
    return tuple(_foot(rounded((i + 0.125) * slot), base) for i in range(slots))
