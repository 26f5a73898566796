"""Sheets and columns that the weekly and the meeting workbook share."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from qosreport.report.result import (
    BandCounts,
    Flag,
    Gap,
    Limiting,
    Method,
    Provenance,
    Rate,
    Reject,
    Span,
)
from qosreport.report.workbook.sheets import Cell, Column, Sheet

RATE = (
    Column("Interval low, %", "Lower end of the interval of the rate.", "rate"),
    Column("Interval high, %", "Upper end of the interval of the rate.", "rate"),
    Column("Enough to say", "Whether there are enough connections and meetings for a rate."),
)
LIMITING = (
    Column("Limiting medium", "Medium of the stream that set most poor minutes."),
    Column("Limiting direction", "Whether that stream was sent or received."),
    Column("Limiting component", "Which of its measures set them, as the policy names it."),
)
FLAG = (
    Column("Flag", "Code of the rule that was broken.", width=22),
    Column("Medium", "Medium of the stream; empty for CPU.", width=10),
    Column("Direction", "Sent or received; empty for CPU.", width=10),
    Column("Component", "Measure the rule is about.", width=16),
    Column("Worst value", "Worst value of all, in the unit beside it.", "decimal"),
    Column("Unit", "Unit of value and threshold.", width=8),
    Column("Threshold", "Value beyond which the rule is broken, in the same unit.", "decimal"),
    Column("Band of worst", "Band the worst value earns by itself.", width=10),
    Column("Worst at", "Minute of the worst value.", "minute", 18),
    Column("Score at worst", "What the component alone scored then (eMOS).", "decimal"),
    Column("Source", "Where the threshold is from.", width=40),
    Column("Minutes in all", "Flagged minutes over all meetings.", "count"),
    Column("Longest run, min", "Longest run of consecutive flagged minutes.", "count"),
)
SUMMARY = (
    Column("Item", "What is counted or said.", width=44),
    Column("Value", "The count, or the fact.", "any", 28),
    Column("Of", "Out of how many; empty where it is no share.", "count"),
    Column("Share, %", "Value as a share of 'Of'.", "rate"),
    *RATE,
    Column("Meetings", "Meetings the rate rests on.", "count"),
)
COVERAGE = (
    Column("Kind", "count, gap (not judged, and why) or unreadable (values).", width=12),
    Column("Unit", "What is counted.", width=20),
    Column("Item", "The count, the reason of the gap, or the field.", width=32),
    Column("Rule", "Unreadable values: the rule they broke.", width=20),
    Column("Shape", "Unreadable values: digits as 9, letters as a.", width=24),
    Column("Count", "How many.", "count"),
)
METHOD = (
    Column("Item", "A number of the policy, a threshold or where the data is from.", width=40),
    Column("Medium", "Thresholds: what it applies to.", width=10),
    Column("Band beyond", "Thresholds: the band of values beyond.", width=12),
    Column("Value", "The number or the fact.", "any", 68),
    Column("Worse is", "Thresholds: which side of the value is worse.", width=10),
    Column("Source", "Thresholds: where the number is from.", width=60),
)


def rate_cells(rate: Rate) -> tuple[Cell, ...]:
    """The cells of the columns `RATE`."""
    return (rate.low_pct, rate.high_pct, rate.enough)


def summary_rate(item: str, rate: Rate) -> tuple[Cell, ...]:
    """A rate as a row of the summary."""
    return (item, rate.k, rate.n, rate.pct, *rate_cells(rate), rate.meetings)


def summary_facts(facts: Iterable[tuple[str, Cell]]) -> Iterator[tuple[Cell, ...]]:
    """Facts and plain counts as rows of the summary."""
    for item, value in facts:
        yield (item, value, *[None] * (len(SUMMARY) - 2))


def band_facts(what: str, counts: BandCounts) -> list[tuple[str, Cell]]:
    """Counts by band as facts."""
    return [(f"{what}, {band}", getattr(counts, band.lower())) for band in _BANDS]


_BANDS = ("Good", "Fair", "Poor", "Bad", "Unscored")


def limiting_cells(limiting: Limiting | None) -> tuple[Cell, ...]:
    """The cells of the columns `LIMITING`."""
    if limiting is None:
        return (None, None, None)
    return (limiting.medium, limiting.direction, limiting.component)


def flag_cells(flag: Flag) -> tuple[Cell, ...]:
    """The cells of the columns `FLAG`."""
    return (
        flag.code,
        flag.medium,
        flag.direction,
        flag.component,
        flag.worst_value,
        flag.unit,
        flag.threshold,
        flag.band,
        flag.worst_at,
        flag.worst_score,
        flag.source,
        flag.minutes,
        flag.longest_run_min,
    )


def spans_text(spans: Sequence[Span], zone: str) -> str:
    """Minutes as local ranges, both ends included: 09:30–09:32, 09:41."""
    tz = ZoneInfo(zone)

    def clock(moment: dt.datetime) -> str:
        return f"{moment.astimezone(tz):%H:%M}"

    return ", ".join(
        clock(s.first) if s.first == s.last else f"{clock(s.first)}–{clock(s.last)}" for s in spans
    )


def coverage_sheet(
    counts: Iterable[tuple[str, str, int]], gaps: Iterable[Gap], rejects: Iterable[Reject]
) -> Sheet:
    """What came and what did not; counts are (unit, item, count)."""
    rows: list[tuple[Cell, ...]] = [
        *(("count", unit, item, None, None, count) for unit, item, count in counts),
        *(("gap", gap.unit, gap.reason, None, None, gap.count) for gap in gaps),
        *(("unreadable", "values", r.field, r.rule, r.shape, r.values) for r in rejects),
    ]
    return Sheet("Coverage", COVERAGE, rows)


def method_sheet(method: Method, provenance: Provenance) -> Sheet:
    """The policy's numbers, its thresholds, and where the data is from."""
    rows: list[tuple[Cell, ...]] = [
        *_plain(_rules(method)),
        *(
            (
                t.measure,
                t.medium,
                t.band,
                t.value,
                "below" if t.below else "above",
                t.source,
            )
            for t in method.thresholds
        ),
        *_plain(_origin(provenance)),
    ]
    return Sheet("Method", METHOD, rows)


def _plain(facts: Iterable[tuple[str, Cell]]) -> Iterator[tuple[Cell, ...]]:
    for item, value in facts:
        yield (item, None, None, value, None, None)


def _rules(method: Method) -> list[tuple[str, Cell]]:
    return [
        ("Policy", method.policy),
        ("Policy version", method.policy_version),
        ("Policy SHA-256", method.policy_sha256),
        ("Zoom's word read as sent", method.sent_is),
        ("A minute is poor below (eMOS)", method.poor_score),
        ("A connection is judged from, scored minutes", method.min_scored_minutes),
        ("A connection is Poor from, % of minutes poor", method.poor_share_pct),
        ("A connection is Poor from, poor minutes in a row", method.poor_run_minutes),
        ("A meeting is Poor from, % of connections affected", method.meeting_affected_pct),
        ("A rate is given from, connections", method.min_sessions),
        ("A rate is given from, meetings", method.min_meetings),
        ("Confidence of intervals, %", method.confidence_pct),
    ]


def _origin(provenance: Provenance) -> list[tuple[str, Cell]]:
    as_of = provenance.data_as_of
    return [
        ("qosreport version", provenance.qosreport_version),
        ("Data as of (UTC)", f"{as_of.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}" if as_of else None),
        ("Table files", provenance.files),
        ("SHA-256 over the raw files", provenance.files_sha256),
        ("API calls spent", provenance.api_calls),
    ]
