"""From the tables of a period to the document about one place, without anything of a person."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from qosreport.diagnosis import causes
from qosreport.diagnosis.clusters import Minimums, rate_by
from qosreport.diagnosis.places import centre_of
from qosreport.networks import Networks
from qosreport.periods import Period
from qosreport.report.numbers import timeline
from qosreport.report.numbers.facts import Facts, Tables, gather
from qosreport.report.numbers.method import method
from qosreport.report.numbers.parts import LedgerCounts, Row, provenance, rate, rounded
from qosreport.report.refs import evidence_ref
from qosreport.report.result import (
    During,
    EvidenceResult,
    Group,
    Head,
    MeasureId,
    PlaceId,
    Span,
    TroubleSpell,
    Values,
)
from qosreport.scoring import Policy
from qosreport.tables import DEVICES

MEASURES: tuple[MeasureId, ...] = ("avg_loss_pct", "max_loss_pct", "jitter_ms", "latency_ms")
SPELLS = 50
COLUMNS = {"site": "site", "isp": "provider", "data_center": "centre"}
_COUNTS = (
    "minutes", "harmed_minutes", "poor_people", "people", "poor_people_elsewhere",
    "people_elsewhere",
)  # fmt: skip
Streams = Callable[[pl.DataFrame], pl.LazyFrame]
"""From session_ids to their scored streams."""


@dataclass(frozen=True)
class Subject:
    """The place in question."""

    place: PlaceId
    name: str


def names(tables: Tables, place: PlaceId) -> list[str]:
    """All sites, providers or data centres of the period, sorted."""
    sessions = tables.sessions.with_columns(centre=centre_of("data_center"))
    return sessions[COLUMNS[place]].drop_nulls().unique().sort().to_list()


def build_evidence(
    subject: Subject,
    tables: Tables,
    *,
    scored_streams: Streams,
    period: Period,
    policy: Policy,
    ledger: LedgerCounts,
    organisation: str,
    listed: Networks,
    now: dt.datetime,
) -> EvidenceResult:
    """The document about one place.

    Args:
        subject: Which place; one of `names`.
        tables: The period's tables.
        scored_streams: Gives streams as from `scoring.score_streams`.
        period: Which period.
        policy: The policy the scores were made by.
        ledger: What the tables rest on.
        organisation: Whose data; printed at the head.
        listed: The networks of the settings, for sites or providers.
        now: The clock, where the ledger does not say when its data is from.
    """
    facts = gather(tables, policy=policy, zone=period.zone, page_of=lambda _ref, _day: None)
    rows = facts.connections
    here = pl.col(COLUMNS[subject.place]).eq_missing(pl.lit(subject.name))
    finding, spells = _trouble(subject, facts, tables)
    clock = _clock(period, spells)
    there = clock.measured(scored_streams(rows.filter(here).select("session_id")), policy)
    others = scored_streams(rows.filter(~here).select("session_id"))
    beside = clock.measured(others.filter(clock.within("sampled_at")), policy)
    most = spells.sort("harmed_minutes", "start", descending=[True, False]).head(SPELLS)
    return EvidenceResult(
        head=Head(
            organisation=organisation,
            label=period.label,
            start=period.start,
            end=period.end,
            zone=period.zone,
            hours=period.hours,
            to_date=period.is_open(ledger.data_as_of or now),
        ),
        ref=evidence_ref(subject.place, subject.name),
        place_kind=subject.place,
        name=subject.name,
        networks=[str(network) for network in listed.of(subject.name)],
        data_centers=_centres(rows.filter(here)),
        harmed_minutes=finding["minutes"] if finding else 0,
        people_harmed=finding["people"] if finding else 0,
        stands=finding["stands"] if finding else None,
        during=_during(finding),
        here=_group(rows.filter(here), facts.minimums),
        elsewhere=_group(rows.filter(~here), facts.minimums),
        in_spells=_summed(there.filter("within")),
        outside=_summed(there.filter(~pl.col("within"))),
        elsewhere_in_spells=_summed(beside),
        spells=[_spell(row, there) for row in most.sort("start").iter_rows(named=True)],
        spells_known=spells.height,
        method=method(policy),
        provenance=provenance(ledger),
    )


def _trouble(subject: Subject, facts: Facts, tables: Tables) -> tuple[Row | None, pl.DataFrame]:
    """What the poor minutes of the place came to, and its spells in order of time."""
    sessions = tables.sessions.join(facts.meetings, on="meeting_uuid", how="semi")
    sessions = sessions.sort("session_id")
    policy = facts.policy
    rows = causes.rows_of(tables.minute_scores, sessions, policy)
    found = causes.attribute(rows, tables.devices)
    own = (pl.col("cause") == subject.place) & (pl.col("subject") == subject.name)
    row = causes.findings(found, sessions, policy, by_person=False).filter(own)
    spells = causes.spells(found, rows).filter(own)
    return (None if row.is_empty() else row.row(0, named=True)), spells.sort("start")


def _during(finding: Row | None) -> During | None:
    if finding is None:
        return None
    return During(
        poor_here=finding["poor_here"],
        here=finding["people_here"],
        poor_elsewhere=finding["poor_elsewhere"] or 0,
        elsewhere=finding["people_elsewhere"] or 0,
    )


def _centres(here: pl.DataFrame) -> list[str]:
    counted = here.drop_nulls("centre").group_by("centre").agg(n=pl.len())
    return counted.sort("n", "centre", descending=[True, False])["centre"].to_list()


def _group(rows: pl.DataFrame, minimums: Minimums) -> Group:
    found = rate_by(rows, [], minimums, k="poor", n="judged").row(0, named=True)
    return Group(
        people=rows["person_key"].n_unique(),
        meetings=rows["meeting_uuid"].n_unique(),
        connections=rows.height,
        poor=rate(found),
        scored_minutes=rows["scored_minutes"].sum(),
        harmed_minutes=rows["harmed_minutes"].sum(),
    )


@dataclass(frozen=True)
class _Clock:
    """The period's minutes, and the spells among them."""

    first: dt.datetime
    after: dt.datetime
    spells: pl.DataFrame

    def within(self, column: str) -> pl.Expr:
        """Whether an instant is in a spell."""
        minute = pl.col(column).dt.truncate("1m")
        spans = self.spells.select("start", "end").rows()
        inside = [minute.is_between(start, end) for start, end in spans]
        return pl.any_horizontal(inside) if inside else pl.lit(value=False)

    def measured(self, streams: pl.LazyFrame, policy: Policy) -> pl.DataFrame:
        """One row per session, minute and measure: minute, measure, value, within (a spell)."""
        own = streams.select(timeline.COLUMNS).collect()
        rows = timeline.measures(own, DEVICES.empty(), policy).select("minute", "measure", "value")
        inside = pl.col("minute").is_between(self.first, self.after, closed="left")
        return rows.filter(inside, pl.col("measure").is_in(MEASURES)).with_columns(
            within=self.within("minute")
        )


def _clock(period: Period, spells: pl.DataFrame) -> _Clock:
    # A meeting begun in the period's last minutes runs on.
    after = period.end + dt.timedelta(minutes=timeline.LONGEST_MIN)
    return _Clock(period.start, after, spells)


def _summed(rows: pl.DataFrame) -> list[Values]:
    found = rows.group_by("measure").agg(
        minutes=pl.len().cast(pl.Int64),
        median=pl.col("value").median(),
        worst=pl.col("value").max(),
    )
    by = {row["measure"]: row for row in found.iter_rows(named=True)}
    return [
        Values(
            measure=measure,
            minutes=by[measure]["minutes"],
            median=rounded(by[measure]["median"]),
            worst=rounded(by[measure]["worst"]),
        )
        for measure in MEASURES
        if measure in by
    ]


def _spell(row: Row, there: pl.DataFrame) -> TroubleSpell:
    return TroubleSpell(
        span=Span(first=row["start"], last=row["end"]),
        **{name: row[name] for name in _COUNTS},
        values=_summed(there.filter(pl.col("minute").is_between(row["start"], row["end"]))),
    )


def nearest(wanted: str, known: Sequence[str]) -> str | None:
    """The name that is meant, whatever its case; None if there is none."""
    if wanted in known:
        return wanted
    lower = [name for name in known if name.lower() == wanted.strip().lower()]
    return lower[0] if len(lower) == 1 else None
