"""Minute by minute: every list of a meeting's document, all of one length."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from qosreport.report.numbers.parts import rounded
from qosreport.report.result import Band, Bin, Series
from qosreport.scoring import Policy
from qosreport.scoring.cpu import SYSTEM, device_minutes
from qosreport.scoring.keys import minute_instant
from qosreport.scoring.names import COMPONENTS, MEASURE_OF
from qosreport.scoring.rounding import band_of, two_decimals

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

COLUMNS = (
    "session_id",
    "sampled_at",
    "medium",
    "score",
    *MEASURES[:-1],
    *(f"{component}_score" for component in COMPONENTS if component != "emodel"),
)
"""What is read of the scored streams."""
_SEVERITY = {"Bad": 0, "Poor": 1, "Fair": 2, "Good": 3}


@dataclass(frozen=True)
class Clock:
    """The minutes of a meeting: the first, and how many."""

    first: dt.datetime
    minutes: int

    def inside(self, rows: pl.DataFrame, column: str) -> pl.DataFrame:
        """Rows within the meeting's minutes, with their `number`, from 0."""
        number = (pl.col(column) - pl.lit(self.first)).dt.total_seconds() // 60
        return rows.with_columns(number=number).filter(
            pl.col("number").is_between(0, self.minutes - 1)
        )


def clock(moments: list[dt.datetime | None], fallback: dt.datetime) -> Clock:
    """From the earliest to the latest of what is known; at least a minute, at most a day."""
    known = [moment for moment in moments if moment is not None] or [fallback]
    first = min(known).replace(second=0, microsecond=0)
    length_min = -((first - max(known)) // dt.timedelta(minutes=1))
    return Clock(first, min(max(length_min, 1), LONGEST_MIN))


def verdicts(minute_scores: pl.DataFrame, clock: Clock, policy: Policy) -> pl.DataFrame:
    """One row per session and minute: `number`, `band`, `net_band`, `net_score`."""
    return clock.inside(minute_scores, "minute").select(
        "session_id",
        "number",
        "band",
        "net_score",
        net_band=band_of(pl.col("net_score"), policy),
    )


def crowd(verdicts: pl.DataFrame, clock: Clock, policy: Policy) -> list[Bin]:
    """For each minute: connections with a network score below the poor mark, of those scored."""
    counted = (
        verdicts.drop_nulls("net_score")
        .group_by("number")
        .agg(poor=(pl.col("net_score") < policy.poor_score).sum(), people=pl.len())
    )
    bins = {number: Bin(poor=poor, people=people) for number, poor, people in counted.iter_rows()}
    return [bins.get(number, Bin(poor=0, people=0)) for number in range(clock.minutes)]


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
    badness = pl.when(measure="frame_rate_fps").then(-pl.col("value")).otherwise("value")
    return (
        pl.concat(parts)
        .drop_nulls("value")
        .with_columns(severity=pl.col("band").replace_strict(_SEVERITY, return_dtype=pl.Int8))
        .sort("severity", badness, descending=[False, True])
        .unique(["session_id", "minute", "measure"], keep="first", maintain_order=True)
        .select("session_id", "minute", "measure", pl.col("value").round(6), "band")
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
            measure=pl.lit(measure),
            value=pl.col(measure),
            band=band_of(score, policy).cast(pl.String),
        )
    )


def _by_edges(rows: pl.DataFrame, measure: str, policy: Policy) -> pl.DataFrame:
    """A measure that the E-model weighs with others: the band of the edge it is beyond."""
    edges = {
        edge.band: edge.value
        for edge in policy.thresholds()
        if (edge.component, edge.measure) == ("emodel", measure)
    }
    band = pl.lit("Good")
    for name in ("Fair", "Poor", "Bad"):
        if name in edges:
            band = pl.when(pl.col(measure) > edges[name]).then(pl.lit(name)).otherwise(band)
    return rows.filter(medium="audio").select(
        "session_id", "minute", measure=pl.lit(measure), value=pl.col(measure), band=band
    )


def _cpu(devices: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The whole machine: Poor from the policy's high mark on, else Good."""
    minutes = device_minutes(devices.lazy(), policy, ["session_id"]).with_columns(minute_instant())
    band = pl.when(pl.col(SYSTEM) >= float(policy.cpu.system_high)).then(pl.lit("Poor"))
    return minutes.select(
        "session_id",
        "minute",
        measure=pl.lit("system_cpu_pct"),
        value=pl.col(SYSTEM),
        band=band.otherwise(pl.lit("Good")),
    ).collect()


def band_lists(
    verdicts: pl.DataFrame, session_ids: pl.Series, clock: Clock
) -> dict[int, tuple[list[Band | None], list[Band | None]]]:
    """Each session's bands and network bands, a list entry for every minute of the meeting."""
    rows = _filled(verdicts.select("session_id", "number", "band", "net_band"), session_ids, clock)
    return {session: (bands, net_bands) for session, bands, net_bands in rows.iter_rows()}


def series(measured: pl.DataFrame, clock: Clock) -> dict[int, list[Series]]:
    """Each session's measures, in the order of `MEASURES`; what was never measured is left out."""
    found: dict[int, list[Series]] = {}
    there = clock.inside(measured, "minute")
    for measure in MEASURES:
        own = there.filter(measure=measure).select("session_id", "number", "value", "band")
        sessions = own["session_id"].unique().sort()
        lists = _filled(own, sessions, clock).join(_extremes(own, measure), on="session_id")
        for session, values, bands, median, worst, number in lists.iter_rows():
            found.setdefault(session, []).append(
                Series(
                    measure=measure,
                    values=values,
                    bands=bands,
                    median=rounded(median),
                    worst=worst,
                    worst_at=clock.first + dt.timedelta(minutes=number),
                )
            )
    return found


def _extremes(own: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Per session: median and worst value, and the first minute of the worst."""
    value = pl.col("value")
    worst = value.min() if measure == "frame_rate_fps" else value.max()
    return (
        own.sort("number")
        .group_by("session_id")
        .agg(
            median=value.median(),
            worst=worst,
            at=pl.col("number").filter(value == worst).first(),
        )
    )


def _filled(rows: pl.DataFrame, session_ids: pl.Series, clock: Clock) -> pl.DataFrame:
    """One row per session, each column a list with an entry for every minute."""
    numbers = pl.DataFrame({"number": pl.int_range(clock.minutes, dtype=pl.Int64, eager=True)})
    return (
        session_ids.to_frame("session_id")
        .join(numbers, how="cross")
        .join(rows, on=["session_id", "number"], how="left", maintain_order="left")
        .drop("number")
        .group_by("session_id", maintain_order=True)
        .agg(pl.all())
    )
