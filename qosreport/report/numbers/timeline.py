"""Minute by minute: every list of a meeting's document, all of one length."""

import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from qosreport.report.numbers.parts import rounded
from qosreport.report.result import Band, Bin, Series
from qosreport.scoring import Policy
from qosreport.scoring.cpu import SYSTEM, device_minutes
from qosreport.scoring.keys import MINUTE_NUMBER, minute_instant, minute_number
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


def spans(whose: pl.DataFrame, clocks: Clocks) -> pl.DataFrame:
    """Each session (`session_id`, `meeting_uuid`) with its meeting's `first` minute and `minutes`.

    The latter is how many there are.
    """
    known = pl.DataFrame(
        [(uuid, one.first, one.minutes) for uuid, one in clocks.items()],
        schema={"meeting_uuid": pl.String, "first": INSTANT, "minutes": pl.Int64},
        orient="row",
    )
    return whose.join(known, on="meeting_uuid")


def _numbered(rows: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Rows within the minutes of their meeting, with the `number` of theirs, from 0."""
    number = (pl.col("minute") - pl.col("first")).dt.total_seconds() // 60
    inside = pl.col("number").is_between(0, pl.col("minutes") - 1)
    within = spans.select("session_id", "first", "minutes")
    there = rows.join(within, on="session_id").with_columns(number=number).filter(inside)
    return there.drop("first", "minutes")


def verdicts(minute_scores: pl.DataFrame, spans: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row per session and minute: `number`, `band`, `net_band`, `net_score`."""
    return _numbered(minute_scores, spans).select(
        "meeting_uuid",
        "session_id",
        "number",
        "band",
        "net_score",
        net_band=band_of(pl.col("net_score"), policy),
    )


def crowd(
    verdicts: pl.DataFrame, connections: pl.DataFrame, clocks: Clocks, policy: Policy
) -> dict[str, list[Bin]]:
    """For each minute: people with a network score below the poor mark, of those scored."""
    counted = (
        _people(verdicts.drop_nulls("net_score"), connections)
        .group_by("meeting_uuid", "number")
        .agg(poor=(pl.col("net_score") < policy.poor_score).sum(), people=pl.len())
    )
    bins = {uuid: [_bin(0, 0)] * one.minutes for uuid, one in clocks.items()}
    for uuid, number, poor, people in counted.iter_rows():
        bins[uuid][number] = _bin(poor, people)
    return bins


@functools.cache
def _bin(poor: int, people: int) -> Bin:
    """A piece of documents cannot be changed, so minutes that are alike share one."""
    return Bin(poor=poor, people=people)


def _people(verdicts: pl.DataFrame, connections: pl.DataFrame) -> pl.DataFrame:
    """One row per person and minute, with the worst score of several devices or joins."""
    member = ["meeting_uuid", "person_key"]
    again = connections.filter(pl.struct(member).is_duplicated()).select("session_id", "person_key")
    by = ["meeting_uuid", "number"]
    rows = verdicts.select("session_id", *by, "net_score")
    once = rows.join(again, on="session_id", how="anti").drop("session_id")
    several = rows.join(again, on="session_id").group_by(*by, "person_key")
    worst = several.agg(pl.col("net_score").min())
    return pl.concat([once, worst.select(once.columns)])


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
    known = pl.concat([scored_streams.select("session_id"), devices.select("session_id")])
    sessions = known.unique().sort("session_id").with_row_index("session")
    rows = scored_streams.drop_nulls("score").with_columns(minute_number("sampled_at"))
    rows = rows.join(sessions, on="session_id").with_columns(_place())
    parts = [_judged(rows, medium, component, policy) for medium, component in _components(policy)]
    parts += [_by_edges(rows, measure, policy) for measure in ("avg_loss_pct", "latency_ms")]
    parts.append(_cpu(devices, sessions, policy))
    packed = pl.col("packed")
    place = packed // len(BANDS)
    series = place // _MINUTES
    low = pl.col("measure") == _LOW
    return (
        pl.concat(parts)
        .drop_nulls("badness")
        # Of each band the worst value, then the worst band.
        .group_by("packed")
        .agg(pl.col("badness").max())
        .sort("packed")
        .filter((place != place.shift(-1)).fill_null(value=True))
        .select(
            (series // len(MEASURES)).cast(pl.UInt32).alias("session"),
            (place % _MINUTES).cast(pl.Int32).alias(MINUTE_NUMBER),
            (series % len(MEASURES)).cast(pl.UInt8).alias("measure"),
            "badness",
            (packed % len(BANDS)).cast(pl.UInt8).alias("band"),
        )
        .join(sessions, on="session", maintain_order="left")
        .select(
            "session_id",
            minute_instant(),
            pl.col("measure").cat.to(MEASURE),
            pl.when(low).then(-pl.col("badness")).otherwise("badness").round(6).alias("value"),
            pl.col("band").cat.to(BAND),
        )
    )


_MINUTES = 2**31
_LOW = MEASURES.index("frame_rate_fps")


def _place() -> pl.Expr:
    """Session and minute as one number, with room for the measure between them, and for the band.

    What is one column is grouped and sorted at a fraction of the price of four.
    """
    session, minute = (pl.col(name).cast(pl.Int64) for name in ("session", MINUTE_NUMBER))
    return ((session * len(MEASURES) * _MINUTES + minute) * len(BANDS)).alias("place")


def _packed(measure: str, band: pl.Expr) -> list[pl.Expr]:
    """`packed`: session, measure, minute and band; and the `badness` of the value."""
    number = MEASURES.index(measure)
    value = pl.col(measure).cast(pl.Float64)
    place = pl.col("place") + number * _MINUTES * len(BANDS)
    return [
        (place + band.cast(pl.Int64)).alias("packed"),
        (-value if number == _LOW else value).alias("badness"),
    ]


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
        .select(_packed(measure, band_of(score, policy).to_physical()))
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
    return rows.filter(medium="audio").select(_packed(measure, band))


def _cpu(devices: pl.DataFrame, sessions: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The whole machine: Poor from the policy's high mark on, else Good."""
    minutes = device_minutes(devices.lazy(), policy, ["session_id"])
    measure = "system_cpu_pct"
    rows = minutes.join(sessions.lazy(), on="session_id").select(
        _place(), pl.col(SYSTEM).alias(measure)
    )
    band = pl.when(pl.col(measure) >= float(policy.cpu.system_high)).then(_code("Poor"))
    return rows.select(_packed(measure, band.otherwise(_code("Good")))).collect()


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


def series(measured: pl.DataFrame, spans: pl.DataFrame, clocks: Clocks) -> dict[int, list[Series]]:
    """Each session's measures, in the order of `MEASURES`; what was never measured is left out."""
    value = pl.col("value")
    clock_of = {session: clocks[uuid] for session, uuid, *_ in spans.iter_rows()}
    rows = (
        _numbered(measured, spans)
        .sort("session_id", "measure", "number")
        .group_by("session_id", "measure", maintain_order=True)
        .agg("number", "value", "band", median=value.median(), least=value.min(), most=value.max())
    )
    found: dict[int, list[Series]] = {}
    for session, measure, numbers, values, bands, median, least, most in rows.iter_rows():
        clock = clock_of[session]
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
