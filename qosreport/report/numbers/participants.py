"""The participants of a meeting's document: one for each connection, worst first."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis.rates import wilson
from qosreport.report.numbers.parts import Row, limiting, rounded
from qosreport.report.numbers.timeline import Clocks
from qosreport.report.refs import person_ref, session_ref
from qosreport.report.result import Band, Flag, Participant, Rate, Series, Stay
from qosreport.scoring import Policy

_SEVERITY = {"Bad": 0, "Poor": 1, "Fair": 2, "Good": 3, "Unscored": 4}


@dataclass(frozen=True)
class Listing:
    """What participants are put together from; all by session_id."""

    connections: pl.DataFrame
    """`diagnosis.connections` of the meetings."""
    clocks: Clocks
    bands: Mapping[int, tuple[list[Band | None], list[Band | None]]]
    series: Mapping[int, list[Series]]
    flags: Mapping[int, list[Flag]]
    policy: Policy


def participants(listing: Listing) -> dict[str, list[Participant]]:
    """By meeting; in it by band, network band, poor minutes, score, and who came first."""
    severity = [
        pl.col(name).cast(pl.String).replace_strict(_SEVERITY, return_dtype=pl.Int8)
        for name in ("band", "net_band")
    ]
    rows = listing.connections.sort(
        [*severity, "poor_minutes", "pooled_score", "join_time", "session_id"],
        descending=[False, False, True, False, False, False],
        nulls_last=True,
    )
    found: dict[str, list[Participant]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["meeting_uuid"], []).append(_participant(row, listing))
    return found


def _participant(row: Row, listing: Listing) -> Participant:
    session = row["session_id"]
    unsampled = [None] * listing.clocks[row["meeting_uuid"]].minutes
    bands, net_bands = listing.bands.get(session, (unsampled, unsampled))
    return Participant(
        ref=session_ref(session),
        person=person_ref(row["person_key"]),
        user_id=row["user_id"],
        name=row["name"],
        is_external=row["is_external"],
        role=row["role"],
        place=row["place"],
        network=row["network_type"],
        device=row["device"],
        os=row["os"],
        client_version=row["client_version"],
        data_center=row["data_center"],
        connection_type=row["connection_type"],
        microphone=row["microphone"],
        camera=row["camera"],
        stay=Stay(
            join=row["join_time"],
            leave=row["leave_time"],
            leave_reason=row["leave_reason"],
            breakout=row["breakout_id"] is not None,
        ),
        basis=row["basis"],
        band=row["band"],
        net_band=row["net_band"],
        score=rounded(row["pooled_score"]),
        net_score=rounded(row["net_pooled_score"]),
        reasons=row["reasons"],
        present_minutes=row["present_minutes"],
        scored_minutes=row["scored_minutes"],
        poor=poor_minutes(row, listing.policy),
        longest_poor_run_min=row["longest_poor_run_min"],
        limiting=limiting(row),
        minute_bands=bands,
        minute_net_bands=net_bands,
        series=listing.series.get(session, []),
        cpu_flags=row["cpu_flags"],
        flags=listing.flags.get(session, []),
        zoom_audio=row["zoom_audio_quality"],
        zoom_video=row["zoom_video_quality"],
        zoom_share=row["zoom_share_quality"],
    )


def poor_minutes(row: Row, policy: Policy) -> Rate:
    """Poor of scored minutes, each minute as one sample; enough if they make a band."""
    k, n = row["poor_minutes"], row["scored_minutes"]
    bounds = wilson(k, n, confidence=float(policy.stats.confidence)) if n else None
    return Rate(
        k=k,
        n=n,
        meetings=int(n > 0),
        pct=rounded(100 * k / n) if n else None,
        low_pct=rounded(100 * bounds.low) if bounds else None,
        high_pct=rounded(100 * bounds.high) if bounds else None,
        enough=n >= policy.participant.min_scored_minutes,
    )
