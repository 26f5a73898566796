"""Names and orders that policy files, expressions and tables share."""

from typing import Literal

Medium = Literal["audio", "video", "share"]
MEDIA: tuple[Medium, ...] = ("audio", "video", "share")

COMPONENTS = (
    "avg_loss_pct", "emodel", "fps_large", "fps_small", "jitter_ms", "latency_ms", "max_loss_pct",
)  # fmt: skip
"""All components, in alphabetical order: of several that are lowest, the first is named."""

MEASURE_OF = {
    "avg_loss_pct": "avg_loss_pct",
    "fps_large": "frame_rate_fps",
    "fps_small": "frame_rate_fps",
    "jitter_ms": "jitter_ms",
    "latency_ms": "latency_ms",
    "max_loss_pct": "max_loss_pct",
}
"""The measure a component with anchors judges."""

UNSCORED = (
    "inactive",
    "low_activity",
    "avg_loss_missing",
    "measures_missing",
    "not_in_policy",
    "unknown_stream",
)
"""Why a stream has no score; docs/scoring.md explains each."""
NO_STREAM = "no_stream"
"""Why a minute has no score: the participant was there and no stream was measured."""

UNIT_OF = {
    "avg_loss_pct": "%",
    "max_loss_pct": "%",
    "jitter_ms": "ms",
    "latency_ms": "ms",
    "delay_ms": "ms",
    "frame_rate_fps": "fps",
    "system_cpu_max_pct": "%",
    "zoom_cpu_avg_pct": "%",
}
"""Unit of each measure that has a threshold."""
