"""Measures over time: one small chart each, on the same scale for everyone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qosreport.report.result import Series, Threshold
from qosreport.report.view import phrases, strips, words
from qosreport.report.view.meeting.room import Room
from qosreport.report.view.strips import CUT_AT, Needles
from qosreport.report.view.words import Run, prose

UNITS = {
    "latency_ms": "ms",
    "jitter_ms": "ms",
    "avg_loss_pct": "%",
    "max_loss_pct": "%",
    "frame_rate_fps": "fps",
    "system_cpu_pct": "%",
}
TITLES = {
    "latency_ms": "Latency",
    "jitter_ms": "Jitter",
    "avg_loss_pct": "Loss",
    "max_loss_pct": "Loss peaks",
    "frame_rate_fps": "Frame rate",
    "system_cpu_pct": "CPU, whole machine",
}
LOW_IS_BAD = {"frame_rate_fps"}


@dataclass(frozen=True)
class Measure:
    """One measure of one person."""

    title: str
    """What is measured."""
    reading: str
    """Median and worst, or that there are no samples."""
    chart: Needles | None
    """Absent where there are no samples."""
    start: str
    """Time at the left end."""
    end: str
    """Time at the right end."""
    caption: str
    """Thresholds and the top of the scale."""


@dataclass(frozen=True)
class Gauge:
    """The scale of one measure, shared by all people of a meeting."""

    measure: str
    top: float
    cut: bool
    """Some values lie beyond the top."""
    edges: tuple[Threshold, ...]
    """Strictest Fair and Poor edge: the dashed lines."""
    caption: str


def gauges(room: Room, shown: Iterable[Series]) -> dict[str, Gauge]:
    """The scales, from the thresholds in force and the values to be drawn."""
    series = list(shown)
    return {measure: _gauge(room, measure, series) for measure in TITLES}


def measures(
    room: Room, series: Sequence[Series], scales: dict[str, Gauge], label: Run, ident: str
) -> tuple[Measure, ...]:
    """All measures of one person; the ones not reported say so."""
    by_name = {one.measure: one for one in series}
    return tuple(
        _measure(room, by_name.get(measure), scales[measure], label, ident)  # type: ignore[call-overload]  # TITLES holds the measures
        for measure in TITLES
    )


def _gauge(room: Room, measure: str, series: list[Series]) -> Gauge:
    edges = [edge for edge in room.result.method.thresholds if _is_of(edge, measure)]
    values = [v for one in series if one.measure == measure for v in one.values if v is not None]
    highest = max(values, default=0.0)
    lines = _strictest(edges)
    limit = max((edge.value for edge in edges if edge.band != "Bad"), default=0.0)
    wanted = max(highest, 1.2 * limit, 1.0)
    cut = limit > 0 and measure not in LOW_IS_BAD and wanted > CUT_AT * limit
    top = words.nice_ceiling(CUT_AT * limit if cut else wanted)
    if measure == "system_cpu_pct":
        top, cut = 100.0, False
    return Gauge(measure, top, cut and highest > top, lines, _caption(measure, edges, top, cut=cut))


def _is_of(edge: Threshold, measure: str) -> bool:
    """Thresholds are named by measure; those of frame rate perhaps by component."""
    if edge.measure == measure:
        return True
    return measure == "frame_rate_fps" and re.match(r"fps_|fps$", edge.measure) is not None


def _strictest(edges: Sequence[Threshold]) -> tuple[Threshold, ...]:
    """The first edge of Fair and of Poor that any medium reaches; of a machine only high."""
    lines = []
    device = any(edge.medium == "device" for edge in edges)
    for band in ("Poor",) if device else ("Fair", "Poor"):
        own = [edge for edge in edges if edge.band == band]
        if own:
            pick = max if own[0].below else min
            lines.append(pick(own, key=lambda edge: edge.value))
    return tuple(lines)


def _caption(measure: str, edges: Sequence[Threshold], top: float, *, cut: bool) -> str:
    unit = UNITS[measure]
    parts = []
    if measure == "system_cpu_pct":
        high = [edge for edge in edges if edge.band == "Poor"]
        parts += [f"high from {words.decimal(edge.value, 0)}" for edge in high]
    else:
        for band in ("Fair", "Poor"):
            if said := _edge_words(band, [edge for edge in edges if edge.band == band]):
                parts.append(said)
    end = "bars cut at" if cut else "full height"
    tail = f"{end} {words.measure(words.decimal(top, 0 if top >= 2 else 1), unit)}"
    return words.opening(f"{', '.join(parts)}; {tail}" if parts else tail)


def _edge_words(band: str, edges: Sequence[Threshold]) -> str:
    """Poor above 60, video 100: the strictest first, then the media that allow more."""
    if not edges:
        return ""
    below = edges[0].below
    ranked = sorted(edges, key=lambda edge: -edge.value if below else edge.value)
    first = f"{band} {'below' if below else 'above'} {_figure(ranked[0].value)}"
    others = {edge.value: _medium(edge) for edge in ranked if edge.value != ranked[0].value}
    more = [f"{medium} {_figure(value)}" for value, medium in others.items()]
    return f"{first} ({', '.join(more)})" if more else first


def _medium(edge: Threshold) -> str:
    if edge.component == "fps_small" or edge.measure == "fps_small":
        return "small pictures"
    return phrases.MEDIA.get(edge.medium, edge.medium)


def _figure(value: float) -> str:
    return words.decimal(value, 0 if value.is_integer() else 1)


def _measure(room: Room, one: Series | None, scale: Gauge, label: Run, ident: str) -> Measure:
    title = TITLES[scale.measure]
    start, end = room.time(0), room.time(room.result.minutes)
    if one is None or one.worst is None:
        return Measure(title, "not reported", None, start, end, "")
    unit = UNITS[scale.measure]
    worst = words.fixed(one.worst, unit)
    median = (
        words.decimal(one.median, 1 if unit == "%" and one.median < 10 else 0)
        if one.median is not None
        else words.RANGE
    )
    at = f" at {room.clock.time(one.worst_at)}" if one.worst_at is not None else ""
    extreme = "lowest" if scale.measure in LOW_IS_BAD else "worst"
    reading = f"median {median}, {extreme} {worst}"
    chart = strips.needles(
        room.layout.surface,
        room.timeline,
        ident=f"{ident}-{scale.measure.replace('_', '-')}",
        title=words.plain(prose(f"{title} of ", label, f" minute by minute: {reading}{at}")),
        desc=f"Dashed lines: {scale.caption}" if scale.edges else "",
        values=one.values,
        bands=one.bands,
        top=scale.top,
        thresholds=[edge.value for edge in scale.edges],
        low_is_bad=scale.measure in LOW_IS_BAD,
    )
    return Measure(title, reading, chart, start, end, scale.caption)
