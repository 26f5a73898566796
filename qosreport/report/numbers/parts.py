"""Pieces that both result documents are put together from."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from qosreport import __version__
from qosreport.diagnosis import flagged
from qosreport.periods import Period
from qosreport.report.refs import meeting_ref
from qosreport.report.result import (
    BandCounts,
    Comparison,
    EmodelParts,
    Flag,
    Head,
    Limiting,
    Provenance,
    Rate,
)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class LedgerCounts:
    """What the ledger knows of a period that the tables do not."""

    listed: int
    """Meetings that Zoom named."""
    incomplete: Mapping[str, int]
    """Listed and not whole in the store, by reason."""
    api_calls: int | None
    """Answers of the API it rests on; None where nobody can say."""
    files: int
    files_sha256: str
    data_as_of: dt.datetime | None


def period_head(period: Period, organisation: str, as_of: dt.datetime) -> Head:
    """Whose data, of which time; `as_of` tells whether the period was over."""
    return Head(
        organisation=organisation,
        label=period.label,
        start=period.start,
        end=period.end,
        zone=period.zone,
        hours=period.hours,
        to_date=period.is_open(as_of),
    )


def provenance(ledger: LedgerCounts) -> Provenance:
    """From what, by what."""
    return Provenance(
        qosreport_version=__version__,
        data_as_of=ledger.data_as_of,
        files=ledger.files,
        files_sha256=ledger.files_sha256,
        api_calls=ledger.api_calls,
    )


def rounded(value: float | None) -> float | None:
    """Six decimals: documents do not differ where sums were taken in another order."""
    return None if value is None else round(value, 6)


def rate(row: Row) -> Rate:
    """A row of `diagnosis.clusters.rate_by` as a piece of the document."""
    return Rate(
        k=row["k"],
        n=row["n"],
        meetings=row["meetings"],
        pct=rounded(row["pct"]),
        low_pct=rounded(row["low_pct"]),
        high_pct=rounded(row["high_pct"]),
        enough=row["enough"],
    )


def comparison(row: Row) -> Comparison:
    """A row of `diagnosis.change`'s `compared` as a piece of the document."""
    return Comparison(
        with_what=row["comparison"],
        before=Rate(
            k=row["k_before"],
            n=row["n_before"],
            meetings=row["meetings_before"],
            pct=rounded(row["before_pct"]),
            low_pct=rounded(row["before_low_pct"]),
            high_pct=rounded(row["before_high_pct"]),
            enough=row["reason"] not in _FEW_BEFORE,
        ),
        **{name: rounded(row[name]) for name in _COMPARED},
        verdict=row["verdict"],
        reason=row["reason"],
    )


_COMPARED = ("standard_pct", "covered_pct", "change_pp", "low_pp", "high_pp", "p_adjusted")
_FEW_BEFORE = {"no_earlier_week", "not_there_before", "few_now", "few_before"}
"""Reasons that say, or leave open, that the other side is too small for a rate."""


def band_counts(bands: pl.Series) -> BandCounts:
    """How many of a column of bands fell into each."""
    counts = dict(bands.value_counts().iter_rows())
    return BandCounts(
        **{band.lower(): counts.get(band, 0) for band in ("Good", "Fair", "Poor", "Bad")},
        unscored=counts.get("Unscored", 0),
    )


def limiting(row: Row) -> Limiting | None:
    """What the `limiting_` columns of a row say; null if nothing was poor."""
    stream, reason = row["limiting_stream"], row["limiting_reason"]
    direction = row["limiting_direction"]
    if stream is None or reason is None or direction is None:
        return None
    return Limiting(medium=stream.split("_")[0], direction=direction, component=reason)


def flags_by_owner(
    flags: pl.DataFrame, owners: pl.DataFrame, topics: Mapping[str, str | None]
) -> dict[Any, list[Flag]]:
    """Flags of each owner, worst first.

    Args:
        flags: The flags table.
        owners: One row per session: `session_id`, `owner`.
        topics: The topic of each meeting by its UUID.
    """
    found: dict[Any, list[Flag]] = {}
    for row in flagged.by_owner(flags, owners).iter_rows(named=True):
        found.setdefault(row["owner"], []).append(_flag(row, topics))
    return found


def _flag(row: Row, topics: Mapping[str, str | None]) -> Flag:
    """Validated in one go: a large meeting has thousands of spans."""
    numbers = {name: rounded(row[name]) for name in ("worst_value", "worst_score", "threshold")}
    return Flag.model_validate(
        {
            **{name: row[name] for name in _AS_THEY_ARE},
            **numbers,
            "component": row["component"] or row["code"].lower(),
            "emodel": _emodel(row),
            "occurrences": [_occurrence(part, topics) for part in row["occurrences"]],
        }
    )


_AS_THEY_ARE = (
    "code", "medium", "direction", "worst_at", "unit", "band", "source", "minutes",
    "longest_run_min", "meetings",
)  # fmt: skip


def _occurrence(part: Row, topics: Mapping[str, str | None]) -> dict[str, Any]:
    uuid = part["meeting_uuid"]
    return {
        "meeting": meeting_ref(uuid),
        "topic": topics.get(uuid),
        "worst_value": rounded(part["worst_value"]),
        "minutes": part["minutes"],
        "longest_run_min": part["longest_run_min"],
        "spans": part["spans"],
    }


def _emodel(row: Row) -> EmodelParts | None:
    if row["code"] != "AUDIO_EMODEL":
        return None
    return EmodelParts(**{name: rounded(row[name]) for name in EmodelParts.model_fields})
