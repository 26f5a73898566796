"""Minute by minute: every list of a meeting's document, all of one length."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from qosreport.report.numbers.parts import rounded
from qosreport.report.result import Band, Bin, Series
from qosreport.scoring import Policy
from qosreport.scoring.cpu import SYSTEM, device_minutes
from qosreport.scoring.keys import minute_instant
from qosreport.scoring.names import COMPONENTS, MEASURE_OF
from qosreport.scoring.rounding import band_of, two_decimals
from qosreport.tables import BAND, BANDS, INSTANT

T = TypeVar("T")
LONGEST_MIN = 24 * 60
MEASURES = (
    "latency_ms",
    "jitter_ms",
    "avg_loss_pct",
    "max_loss_pct",
    "frame_rate_fps",
    "system_cpu_pct",
)
"""Measures in the order of the document. The lowest frame rate is worst; of others the highest."""
MEASURE = pl.Enum(MEASURES)

COLUMNS = (
    "session_id",
    "sampled_at",
    "medium",
    "score",
    *MEASURES[:-1],
    *(f"{component}_score" for component in COMPONENTS if component != "emodel"),
)
"""What is read of the scored streams."""


@dataclass(frozen=True)
class Clock:
    """The minutes of a meeting: the first, and how many."""

    first: dt.datetime
    minutes: int


Clocks = Mapping[str, Clock]
"""By the UUID of the meeting."""


def clock(moments: list[dt.datetime | None], fallback: dt.datetime) -> Clock:
    """From the earliest to the latest of what is known; at least a minute, at most a day."""
    known = [moment for moment in moments if moment is not None] or [fallback]
    first = min(known).replace(second=0, microsecond=0)
    length_min = -((first - max(known)) // dt.timedelta(minutes=1))
    return Clock(first, min(max(length_min, 1), LONGEST_MIN))


def numbered(rows: pl.DataFrame, clocks: Clocks) -> pl.DataFrame:
    """Rows within the minutes of their meeting, with the `number` of theirs, from 0."""
    known = pl.DataFrame(
        [(uuid, one.first, one.minutes) for uuid, one in clocks.items()],
        schema={"meeting_uuid": pl.String, "first": INSTANT, "minutes": pl.Int64},
        orient="row",
    )
    number = (pl.col("minute") - pl.col("first")).dt.total_seconds() // 60
    inside = pl.col("number").is_between(0, pl.col("minutes") - 1)
    there = rows.join(known, on="meeting_uuid").with_columns(number=number).filter(inside)
    return there.drop("first", "minutes")


def verdicts(minute_scores: pl.DataFrame, clocks: Clocks, policy: Policy) -> pl.DataFrame:
    """One row per session and minute: `number`, `band`, `net_band`, `net_score`."""
    return numbered(minute_scores, clocks).select(
        "meeting_uuid",
        "session_id",
        "number",
        "band",
        "net_score",
        net_band=band_of(pl.col("net_score"), policy),
    )


def crowd(verdicts: pl.DataFrame, clocks: Clocks, policy: Policy) -> dict[str, list[Bin]]:
    """For each minute: connections with a network score below the poor mark, of those scored."""
    counted = (
        verdicts.drop_nulls("net_score")
        .group_by("meeting_uuid", "number")
        .agg(poor=(pl.col("net_score") < policy.poor_score).sum(), people=pl.len())
    )
    nobody = Bin(poor=0, people=0)
    bins = {uuid: [nobody] * one.minutes for uuid, one in clocks.items()}
    for uuid, number, poor, people in counted.iter_rows():
        bins[uuid][number] = Bin(poor=poor, people=people)
    return bins


def measures(scored_streams: pl.DataFrame, devices: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The `value` of the worst stream in every minute, and its `band`; of any meetings.

    A stream takes part with the measures that the policy judges in its medium, and only where it
    was scored: what a muted line loses says nothing. The band is that of the measure by itself.

    Args:
        scored_streams: `COLUMNS` of the streams table as from `scoring.score_streams`.
        devices: The table.
        policy: By which they were scored.

    Returns:
        One row per `session_id`, `minute` and `measure`.
    """
    minute = pl.col("sampled_at").dt.truncate("1m").alias("minute")
    rows = scored_streams.drop_nulls("score").with_columns(minute)
    parts = [_judged(rows, medium, component, policy) for medium, component in _components(policy)]
    parts += [_by_edges(rows, measure, policy) for measure in ("avg_loss_pct", "latency_ms")]
    parts.append(_cpu(devices, policy))
    # Of each band the worst value, then the worst band: what is compared is fewer, and numbers.
    key = ["session_id", "minute", "measure"]
    return (
        pl.concat(parts)
        .drop_nulls("value")
        .group_by(*key, "band")
        .agg(least=pl.col("value").min(), most=pl.col("value").max())
        .sort("band", descending=True)
        .unique(key, keep="first", maintain_order=True)
        .select(
            "session_id",
            "minute",
            pl.col("measure").cat.to(MEASURE),
            value=pl.when(pl.col("measure") == MEASURES.index("frame_rate_fps"))
            .then("least")
            .otherwise("most")
            .round(6),
            band=pl.col("band").cat.to(BAND),
        )
    )


def _components(policy: Policy) -> Iterator[tuple[str, str]]:
    for medium in ("audio", "video", "share"):
        for component in policy.components.of(medium).named():
            yield medium, component


def _judged(rows: pl.DataFrame, medium: str, component: str, policy: Policy) -> pl.DataFrame:
    """A measure with anchors: the band of its component score."""
    measure = MEASURE_OF[component]
    score = two_decimals(pl.col(f"{component}_score"))
    return (
        rows.filter(medium=medium)
        .drop_nulls(f"{component}_score")
        .select(
            "session_id",
            "minute",
            measure=_number(measure),
            value=pl.col(measure),
            band=band_of(score, policy).to_physical(),
        )
    )


def _by_edges(rows: pl.DataFrame, measure: str, policy: Policy) -> pl.DataFrame:
    """A measure that the E-model weighs with others: the band of the edge it is beyond."""
    edges = {
        edge.band: edge.value
        for edge in policy.thresholds()
        if (edge.component, edge.measure) == ("emodel", measure)
    }
    band: pl.Expr = _code("Good")
    for name in ("Fair", "Poor", "Bad"):
        if name in edges:
            band = pl.when(pl.col(measure) > edges[name]).then(_code(name)).otherwise(band)
    return rows.filter(medium="audio").select(
        "session_id", "minute", measure=_number(measure), value=pl.col(measure), band=band
    )


def _cpu(devices: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The whole machine: Poor from the policy's high mark on, else Good."""
    minutes = device_minutes(devices.lazy(), policy, ["session_id"]).with_columns(minute_instant())
    band = pl.when(pl.col(SYSTEM) >= float(policy.cpu.system_high)).then(_code("Poor"))
    return minutes.select(
        "session_id",
        "minute",
        measure=_number("system_cpu_pct"),
        value=pl.col(SYSTEM),
        band=band.otherwise(_code("Good")),
    ).collect()


def _number(measure: str) -> pl.Expr:
    return pl.lit(MEASURES.index(measure), pl.UInt8)


def _code(band: str) -> pl.Expr:
    return pl.lit(BANDS.index(band), pl.UInt8)


def band_lists(
    verdicts: pl.DataFrame, clocks: Clocks
) -> dict[int, tuple[list[Band | None], list[Band | None]]]:
    """Each session's bands and network bands, a list entry for every minute of the meeting.

    Sessions without any are left out.
    """
    ordered = verdicts.sort("session_id", "number")
    rows = ordered.group_by("session_id", "meeting_uuid", maintain_order=True).agg(
        "number", "band", "net_band"
    )
    return {
        session: (
            _spread(numbers, bands, clocks[uuid]),
            _spread(numbers, net_bands, clocks[uuid]),
        )
        for session, uuid, numbers, bands, net_bands in rows.iter_rows()
    }


def series(measured: pl.DataFrame, clocks: Clocks) -> dict[int, list[Series]]:
    """Each session's measures, in the order of `MEASURES`; what was never measured is left out."""
    value = pl.col("value")
    rows = (
        numbered(measured, clocks)
        .sort("session_id", "measure", "number")
        .group_by("session_id", "measure", "meeting_uuid", maintain_order=True)
        .agg("number", "value", "band", median=value.median(), least=value.min(), most=value.max())
    )
    found: dict[int, list[Series]] = {}
    for session, measure, uuid, numbers, values, bands, median, least, most in rows.iter_rows():
        clock = clocks[uuid]
        worst = least if measure == "frame_rate_fps" else most
        worst_at = clock.first + dt.timedelta(minutes=numbers[values.index(worst)])
        found.setdefault(session, []).append(
            Series(
                measure=measure,
                values=_spread(numbers, values, clock),
                bands=_spread(numbers, bands, clock),
                median=rounded(median),
                worst=worst,
                worst_at=worst_at,
            )
        )
    return found


def _spread(numbers: Sequence[int], entries: Sequence[T], clock: Clock) -> list[T | None]:
    """A list with an entry for every minute; the numbers ascend."""
    before, after = numbers[0], clock.minutes - numbers[-1] - 1
    if before + len(numbers) + after == clock.minutes:
        return [*[None] * before, *entries, *[None] * after]
    every: list[T | None] = [None] * clock.minutes
    for number, entry in zip(numbers, entries, strict=True):
        every[number] = entry
    return every
