"""The samples of a join as JSON text, put together from tables of ready-made values.

A week holds two million samples of some forty values each, so every value is looked up, never
formatted; a template holds everything that does not change within a run.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache

from qosreport.simulator.quality import LATENCY_MAX, LOSS_MAX, PRESSURE, Samples, Stream

MILLISECONDS = [f'"{number} ms"' for number in range(LATENCY_MAX + 2000)]
KBPS = [f'"{number} kbps"' for number in range(4000)]
TENTHS = [f'"{number / 10:.1f}%"' for number in range(LOSS_MAX + 1)]
PERCENT = [f'"{number}%"' for number in range(101)]
FPS = [f'"{number} fps"' for number in range(61)]

CLIENT_STREAMS = (
    "audio_input", "audio_output", "video_input", "video_output", "as_input", "as_output",
)  # fmt: skip
"""Always there, blank when idle."""
_BLANK_AUDIO = '{"bitrate":"","latency":"","jitter":"","avg_loss":"","max_loss":""}'
_BLANK_PICTURE = _BLANK_AUDIO[:-1] + ',"resolution":"","frame_rate":""}'
_AUDIO = '{"bitrate":%s,"latency":%s,"jitter":%s,"avg_loss":%s,"max_loss":%s}'
_PICTURE = _AUDIO[:-1] + ',"resolution":"%s","frame_rate":%s}'
_CPU = (
    '"cpu_usage":{"zoom_min_cpu_usage":%s,"zoom_avg_cpu_usage":%s,"zoom_max_cpu_usage":%s,'
    '"system_max_cpu_usage":%s}'
)
_PRESSURE = (
    '"cpu_usage":{},"cpu_pressure_level":{"system_min_cpu_pressure_level":"%s",'
    '"system_avg_cpu_pressure_level":"%s","system_max_cpu_pressure_level":"%s"}'
)
_RSSI = '"wifi_rssi":{"max_rssi":%d,"avg_rssi":%d,"min_rssi":%d,"rssi_unit":"dBm"}'

Column = Sequence[object]


def texts(samples: Samples, first_minute: int, shown: int) -> list[str]:
    """One JSON object per sample, the first `shown` of them.

    Args:
        samples: The numbers.
        first_minute: Minute of the first sample, since 1970.
        shown: How many samples Zoom has already, of a running meeting.
    """
    stamps = _stamps(first_minute, samples.count)
    columns = {name: _stream_columns(stream) for name, stream in samples.streams.items()}
    device = _device_columns(samples)
    made: list[str] = []
    for start, end, active in _stretches(samples, shown):
        template = _template(
            active, tuple(samples.streams), samples.pressure is not None,
            samples.system_cpu_pct is not None, samples.rssi_dbm is not None,
        )  # fmt: skip
        chosen: list[Column] = [stamps]
        for name in active:
            chosen += columns[name]
        chosen += device
        made += [template % row for row in zip(*(one[start:end] for one in chosen), strict=True)]
    return made


def _stretches(samples: Samples, shown: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Stretches in which the same streams are active."""
    edges = {0, shown}
    for stream in samples.streams.values():
        for start, end in stream.runs:
            edges.update((min(start, shown), min(end, shown)))
    marks = sorted(edges)
    for start, end in itertools.pairwise(marks):
        active = tuple(
            name
            for name, stream in samples.streams.items()
            if any(first <= start < last for first, last in stream.runs)
        )
        yield start, end, active


@lru_cache(maxsize=2048)
def _template(
    active: tuple[str, ...], known: tuple[str, ...], pressure: bool, cpu: bool, wifi: bool
) -> str:
    """A sample with room for the values of the active streams, in their order."""
    parts = ['"date_time":"%s"']
    for name in (*CLIENT_STREAMS, *(one for one in known if one not in CLIENT_STREAMS)):
        audio = name.startswith("audio")
        if name in active:
            parts.append(f'"{name}":{_AUDIO if audio else _PICTURE}')
        else:
            parts.append(f'"{name}":{_BLANK_AUDIO if audio else _BLANK_PICTURE}')
    parts.append(_CPU if cpu else _PRESSURE if pressure else '"cpu_usage":{}')
    if wifi:
        parts.append(_RSSI)
    return "{" + ",".join(parts) + "}"


def _stream_columns(stream: Stream) -> list[Column]:
    columns: list[Column] = [
        [KBPS[x] for x in stream.bitrate_kbps],
        [MILLISECONDS[x] for x in stream.line.latency_ms],
        [MILLISECONDS[x] for x in stream.line.jitter_ms],
        [TENTHS[x] for x in stream.line.loss_tenths],
        [TENTHS[x] for x in stream.line.peak_tenths],
    ]
    if stream.size is not None and stream.frame_rate_fps is not None:
        columns += [stream.size, [FPS[x] for x in stream.frame_rate_fps]]
    return columns


def _device_columns(samples: Samples) -> list[Column]:
    columns: list[Column] = []
    if samples.system_cpu_pct is not None and samples.zoom_cpu_pct is not None:
        zoom = samples.zoom_cpu_pct
        columns += [
            [PERCENT[x // 2] for x in zoom],
            [PERCENT[x] for x in zoom],
            [PERCENT[min(100, x + x // 2)] for x in zoom],
            [PERCENT[x] for x in samples.system_cpu_pct],
        ]
    elif samples.pressure is not None:
        words = [PRESSURE[x] for x in samples.pressure]
        lower = [PRESSURE[max(0, x - 1)] for x in samples.pressure]
        columns += [lower, lower, words]
    if samples.rssi_dbm is not None:
        columns += [
            [x + 4 for x in samples.rssi_dbm],
            samples.rssi_dbm,
            [x - 5 for x in samples.rssi_dbm],
        ]
    return columns


def _stamps(first_minute: int, count: int) -> list[str]:
    """The instants of the samples."""
    stamps: list[str] = []
    day, minute = divmod(first_minute, 1440)
    while len(stamps) < count:
        stamps += _day(day)[minute : minute + count - len(stamps)]
        day, minute = day + 1, 0
    return stamps


@lru_cache(maxsize=64)
def _day(day: int) -> list[str]:
    """All minutes of a day, counted in days since 1970."""
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    return [f"{date}T{minute // 60:02d}:{minute % 60:02d}:00Z" for minute in range(1440)]
