"""What the data of a period says of one site, provider or data centre."""

import difflib

import polars as pl

from qosreport.errors import PlaceNotKnown
from qosreport.networks import Networks
from qosreport.periods import Period
from qosreport.pipeline import gather
from qosreport.pipeline.run import Run, partitions
from qosreport.pipeline.score import score_parts
from qosreport.report.numbers.evidence import Subject, build_evidence, names, nearest
from qosreport.report.result import EvidenceResult
from qosreport.scoring import Policy, score_streams
from qosreport.store import Store

KINDS = {"site": "site", "isp": "provider", "data_center": "data centre"}


def evidence(
    store: Store, wanted: Subject, period: Period, policy: Policy, run: Run
) -> EvidenceResult:
    """The document about one place.

    Raises:
        PlaceNotKnown: Nobody was there in the period.
    """
    score_parts(store, partitions(period), policy, run)
    scored = gather.of_period(store, period, policy, run.places)
    known = names(scored.tables, wanted.place)
    name = nearest(wanted.name, known)
    if name is None:
        near = difflib.get_close_matches(wanted.name, known, n=1, cutoff=0.4)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        kind = KINDS[wanted.place]
        raise PlaceNotKnown(kind=kind, name=wanted.name, period=period.label, hint=hint)

    def streams(sessions: pl.DataFrame) -> pl.LazyFrame:
        own = scored.streams.join(sessions.lazy(), on="session_id", how="semi")
        return score_streams(own, policy)

    return build_evidence(
        Subject(wanted.place, name),
        scored.tables,
        scored_streams=streams,
        period=period,
        policy=policy,
        ledger=scored.ledger(),
        organisation=run.settings.report.organisation,
        listed=_listed(wanted, run),
        now=run.now,
    )


def _listed(wanted: Subject, run: Run) -> Networks:
    if wanted.place == "site":
        return run.places.sites
    return run.places.providers if wanted.place == "isp" else Networks()
