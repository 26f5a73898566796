"""Component scores: lines between anchors, and which component is lowest."""

import itertools
from collections.abc import Sequence

import polars as pl

from qosreport.scoring.cleaning import MEDIUM_CODE
from qosreport.scoring.emodel import MOS
from qosreport.scoring.names import COMPONENTS, MEASURE_OF, MEDIA, Medium
from qosreport.scoring.policy import Anchors, Policy

TIE = 1e-9
"""Component scores this close are equal: the alphabetically first is named."""
LARGE = "__is_large"
FPS = "__fps"
ABSENT = 9.0
"""Stands for a component that is not there: above every score."""


def on_line(measure: pl.Expr, anchors: Anchors) -> pl.Expr:
    """The score of a measure: linear between anchors, flat outside, null of null.

    The measure is cleaned: null or not negative.

    Chooses a line by its slope and its height and computes once: a sum of ramps costs four times
    as much.
    """
    points = [(float(x), float(y)) for x, y in anchors]
    lines = [(0.0, points[0][1])]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        slope = (y1 - y0) / (x1 - x0)
        lines.append((slope, y0 - slope * x0))
    lines.append((0.0, points[-1][1]))

    ends = [x for x, _ in points]
    if points[0][0] <= 0:
        # No measure is negative: before the first anchor is nowhere.
        lines, ends = lines[1:], ends[1:]

    def choose(values: Sequence[float]) -> pl.Expr:
        chain: pl.Expr = pl.lit(values[-1])
        for x, value in zip(reversed(ends), reversed(values[:-1]), strict=True):
            chain = pl.when(measure < x).then(pl.lit(value)).otherwise(chain)
        return chain

    return measure * choose([slope for slope, _ in lines]) + choose([y for _, y in lines])


def with_components(rows: pl.LazyFrame, policy: Policy) -> pl.LazyFrame:
    """Cleaned rows with the E-model → the same with component scores.

    Adds the private columns of `present`, Float64, never null: ABSENT where the medium has no such
    component or its measure is missing, because minima over nulls cost four times as much.
    """
    names = sorted({name for m in MEDIA for name in policy.components.of(m).named()})
    plain = [name for name in names if not name.startswith("fps")]
    rated = pl.when(is_medium("audio")).then(pl.col(MOS))
    rows = rows.with_columns(
        rated.fill_null(ABSENT).alias(MOS),
        *(_anchored(name, policy).fill_null(ABSENT).alias(f"__{name}") for name in plain),
    )
    if policy.components.video.fps_large is None:
        return rows
    height = pl.col("height_px") >= policy.video_large_min_height
    rows = rows.with_columns(height.fill_null(value=False).alias(LARGE))
    return rows.with_columns(_frame_rate(policy).fill_null(ABSENT).alias(FPS))


def present(policy: Policy) -> dict[str, str]:
    """The components some medium has: name → private column, in alphabetical order.

    The two frame-rate components share one column.
    """
    names = {"emodel", *(name for m in MEDIA for name in policy.components.of(m).named())}
    private = {"emodel": MOS, "fps_large": FPS, "fps_small": FPS}
    return {name: private.get(name, f"__{name}") for name in COMPONENTS if name in names}


def limiting_code(columns: dict[str, str], lowest: pl.Expr) -> pl.Expr:
    """The position in COMPONENTS of the first component that is as low as the lowest."""
    chain: pl.Expr = pl.lit(None, pl.UInt8)
    for name, column in reversed(columns.items()):
        is_it = pl.col(column) <= lowest + TIE
        if name.startswith("fps"):
            is_it &= pl.col(LARGE) if name == "fps_large" else ~pl.col(LARGE)
        code = pl.lit(COMPONENTS.index(name), pl.UInt8)
        chain = pl.when(is_it).then(code).otherwise(chain)
    return chain


def is_medium(medium: Medium) -> pl.Expr:
    """Whether a row is of the medium, by its code."""
    return pl.col(MEDIUM_CODE) == MEDIA.index(medium)


def _anchored(name: str, policy: Policy) -> pl.Expr:
    """A component over rows of media that may have it with other anchors or not at all."""
    measure = pl.col(MEASURE_OF[name])
    by_anchors: dict[Anchors | None, list[Medium]] = {}
    for medium in MEDIA:
        by_anchors.setdefault(policy.components.of(medium).named().get(name), []).append(medium)
    if len(by_anchors) == 1:
        (anchors,) = by_anchors
        return pl.lit(None, pl.Float64) if anchors is None else on_line(measure, anchors)
    chain: pl.Expr = pl.lit(None, pl.Float64)
    for anchors, users in by_anchors.items():
        if anchors is not None:
            applies = pl.any_horizontal(is_medium(medium) for medium in users)
            chain = pl.when(applies).then(on_line(measure, anchors)).otherwise(chain)
    return chain


def _frame_rate(policy: Policy) -> pl.Expr:
    """By the scale of large or of small pictures; a picture of unknown size by the milder one."""
    video = policy.components.video
    if video.fps_large is None or video.fps_small is None:
        raise AssertionError("the policy's validation keeps them together")
    measure = pl.col("frame_rate_fps")
    large, small = on_line(measure, video.fps_large), on_line(measure, video.fps_small)
    score = pl.when(pl.col(LARGE)).then(large).otherwise(small)
    return pl.when(is_medium("video")).then(score)
