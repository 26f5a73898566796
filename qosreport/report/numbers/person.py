"""From the tables of some weeks to one person's document, week by week."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from qosreport.diagnosis import causes as attribution
from qosreport.diagnosis import person as diagnosis
from qosreport.diagnosis.connections import most_common
from qosreport.diagnosis.people import limiting as limited_by
from qosreport.diagnosis.rates import ClusteredRate, clustered_rate
from qosreport.report.numbers.causes import by_meeting
from qosreport.report.numbers.facts import Facts, PageOf, Tables, gather
from qosreport.report.numbers.method import method
from qosreport.report.numbers.parts import LedgerCounts, Row, limiting, provenance, rounded
from qosreport.report.refs import meeting_ref, person_ref
from qosreport.report.result import (
    Band,
    CauseMinutes,
    ChangeId,
    Head,
    Novelty,
    PersonResult,
    Rate,
    Visit,
)
from qosreport.scoring import Policy

_WORST = pl.Enum(["Bad", "Poor", "Fair", "Good", "Unscored"])
_POOR = ("Poor", "Bad")
_NAMES: dict[str, ChangeId] = {
    "place": "place",
    "network_type": "network",
    "device": "device",
    "release": "client_version",
}
_AS_THEY_ARE = ("place", "provider", "device", "os", "data_center", "joins", "kind", "topic")


@dataclass
class Collected:
    """What the weeks hold of one person, taken in one at a time."""

    keys: Collection[str]
    policy: Policy
    zone: str
    page_of: PageOf
    visits: list[Visit] = field(default_factory=list)
    sessions: list[pl.DataFrame] = field(default_factory=list)
    """Connections of the person."""

    def take(self, tables: Tables) -> None:
        """Take in a week; causes are those of the weekly report of it."""
        mine = pl.col("person_key").is_in(list(self.keys))
        if tables.sessions.filter(mine).is_empty():
            return
        facts = gather(tables, policy=self.policy, zone=self.zone, page_of=self.page_of)
        own = facts.connections.filter(mine)
        if own.is_empty():
            return
        self.sessions.append(own.select("email", "name", "is_external", "join_time", "session_id"))
        rows = _rows(facts, own)
        fits = self._causes(facts, tables, own)
        minutes = _minute_bands(tables, own)
        self.visits += [_visit(row, facts, fits, minutes) for row in rows.iter_rows(named=True)]

    def _causes(
        self, facts: Facts, tables: Tables, own: pl.DataFrame
    ) -> dict[str, list[CauseMinutes]]:
        if not own["poor_minutes"].sum():
            return {}
        whole = facts.meetings.select("meeting_uuid")
        sessions = tables.sessions.join(whole, on="meeting_uuid", how="semi").sort("session_id")
        rows = attribution.rows_of(tables.minute_scores, sessions, self.policy)
        found = attribution.attribute(rows, tables.devices)
        found = found.join(own, on="session_id", how="semi")
        return dict(by_meeting(found, sessions, facts.people))


def build_person(
    collected: Collected,
    *,
    weeks: int,
    span: tuple[dt.datetime, dt.datetime],
    organisation: str,
    ledger: LedgerCounts,
) -> PersonResult:
    """The document of one person.

    Args:
        collected: What the weeks hold of the person.
        weeks: How many there were.
        span: From when to when, [start, end).
        organisation: Whose data; printed at the head.
        ledger: What the person's meetings rest on.
    """
    visits = sorted(collected.visits, key=lambda visit: (visit.start, visit.ref))
    policy, people = collected.policy, pl.concat(collected.sessions)
    found = diagnosis.changes(_frame(visits), policy.stats)
    rate = clustered_rate(
        [(visit.poor_minutes, visit.scored_minutes) for visit in visits],
        confidence=float(policy.stats.confidence),
    )
    start, end = span
    return PersonResult(
        head=Head(
            organisation=organisation,
            label=f"{weeks} weeks",
            start=start,
            end=end,
            zone=collected.zone,
            hours=(end - start) / dt.timedelta(hours=1),
            to_date=False,
        ),
        weeks=weeks,
        ref=person_ref(min(collected.keys)),
        **_who(people),
        guessed=all(key.startswith("name:") for key in collected.keys),
        meetings=len(visits),
        meetings_scored=sum(visit.net_band != "Unscored" for visit in visits),
        meetings_poor=sum(visit.net_band in _POOR for visit in visits),
        poor=_rate(rate),
        drops=sum(visit.drops for visit in visits),
        away_minutes=sum(visit.away_minutes for visit in visits),
        causes=_summed(visits),
        visits=visits[::-1],
        changes=[_novelty(one, visits) for one in reversed(found)],
        tested=sum(one.p is not None for one in found),
        method=method(policy),
        provenance=provenance(ledger),
    )


def _rows(facts: Facts, own: pl.DataFrame) -> pl.DataFrame:
    """One row per meeting, by start: the facts of the longest join, the worst band of all."""
    by = "meeting_uuid"
    longest = ["present_minutes", "join_time", "session_id"]
    plain = ["place", "site", "provider", "network_type", "device", "os", "release", "data_center"]
    ordered = own.sort(by, *longest, descending=[False, True, False, False])
    rows = ordered.group_by(by, maintain_order=True).agg(
        pl.col(plain).first(),
        start=pl.col("join_time").min(),
        end=pl.col("leave_time").max(),
        joins=pl.len().cast(pl.Int64),
        band=_worst("band"),
        net_band=_worst("net_band"),
        poor_minutes=pl.col("harmed_minutes").sum(),
        scored_minutes=pl.col("scored_minutes").sum(),
        cpu_flags=pl.col("cpu_flags").explode(empty_as_null=False).unique().sort(),
    )
    topics = facts.meetings.select(by, "kind", "topic")
    return (
        rows.join(diagnosis.reconnections(own), on=by, how="left")
        .join(limited_by(own, by), on=by, how="left")
        .join(topics, on=by)
        .with_columns(pl.col("drops", "away_minutes").fill_null(0))
        .sort("start", by)
    )


def _worst(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).cast(_WORST).min().cast(pl.String)


def _minute_bands(
    tables: Tables, own: pl.DataFrame
) -> dict[str, tuple[dt.datetime, list[Band | None]]]:
    """By meeting: the first minute, and the worst band of each from there on."""
    worst = (
        tables.minute_scores.join(
            own.lazy().select("session_id", "meeting_uuid"), on="session_id", how="inner"
        )
        .select("meeting_uuid", "minute", pl.col("band").cast(pl.String))
        .collect()
        .group_by("meeting_uuid", "minute")
        .agg(band=_worst("band"))
        .sort("meeting_uuid", "minute")
    )
    found: dict[str, tuple[dt.datetime, list[Band | None]]] = {}
    for uuid, minute, band in worst.iter_rows():
        first, bands = found.setdefault(uuid, (minute, []))
        # Minutes in between in which nothing was sampled.
        bands += [None] * (int((minute - first).total_seconds()) // 60 - len(bands))
        bands.append(band)
    return found


def _visit(
    row: Row,
    facts: Facts,
    fits: dict[str, list[CauseMinutes]],
    minutes: dict[str, tuple[dt.datetime, list[Band | None]]],
) -> Visit:
    uuid = row["meeting_uuid"]
    first, bands = minutes.get(uuid, (None, []))
    return Visit(
        ref=meeting_ref(uuid),
        page=facts.page(uuid),
        **{name: row[name] for name in _AS_THEY_ARE},
        start=row["start"],
        end=row["end"],
        drops=row["drops"],
        away_minutes=row["away_minutes"],
        band=row["band"],
        net_band=row["net_band"],
        poor_minutes=row["poor_minutes"],
        scored_minutes=row["scored_minutes"],
        at_site=row["site"] is not None,
        network=row["network_type"],
        client_version=row["release"],
        limiting=limiting(row),
        cpu_flags=row["cpu_flags"],
        causes=fits.get(uuid, []),
        first_minute=first,
        minute_bands=bands,
    )


def _frame(visits: Sequence[Visit]) -> pl.DataFrame:
    columns: dict[str, Any] = {
        name: pl.Series([getattr(visit, said) for visit in visits], dtype=pl.String)
        for name, said in _NAMES.items()
    }
    return pl.DataFrame(
        {
            **columns,
            "poor": pl.Series([visit.poor_minutes for visit in visits], dtype=pl.Int64),
            "scored": pl.Series([visit.scored_minutes for visit in visits], dtype=pl.Int64),
        }
    )


def _novelty(one: diagnosis.Change, visits: Sequence[Visit]) -> Novelty:
    first = visits[one.first]
    tested = one.change is not None and one.reach is not None
    change, reach = (one.change or 0.0, one.reach or 0.0)
    return Novelty(
        what=_NAMES[one.what],
        value=one.value,
        since=first.start,
        ref=first.ref,
        before=_rate(one.before, enough=one.enough),
        since_then=_rate(one.since, enough=one.enough),
        change_pp=rounded(100 * change) if tested else None,
        low_pp=rounded(100 * (change - reach)) if tested else None,
        high_pp=rounded(100 * (change + reach)) if tested else None,
        verdict=one.verdict,
    )


def _rate(found: ClusteredRate, *, enough: bool | None = None) -> Rate:
    def pct(share: float | None) -> float | None:
        return None if share is None else rounded(100 * share)

    return Rate(
        k=found.k,
        n=found.n,
        meetings=found.meetings,
        pct=pct(found.rate),
        low_pct=pct(found.low),
        high_pct=pct(found.high),
        enough=found.meetings >= diagnosis.LEAST_MEETINGS if enough is None else enough,
    )


def _who(people: pl.DataFrame) -> dict[str, Any]:
    """The name most joins bear, and the address."""
    rows = people.with_columns(one=pl.lit(0))
    names = most_common(rows.drop_nulls("name"), "one", ["name"])["name"].to_list()
    emails = most_common(rows.drop_nulls("email"), "one", ["email"])["email"].to_list()
    return {
        "name": next(iter(names), None),
        "email": next(iter(emails), None),
        "is_external": bool(people["is_external"].fill_null(value=False).all()),
    }


def _summed(visits: Sequence[Visit]) -> list[CauseMinutes]:
    minutes: dict[tuple[str, str | None, str | None], CauseMinutes] = {}
    for part in (part for visit in visits for part in visit.causes):
        key = (part.cause, part.subject, part.person)
        known = minutes.get(key)
        total = part.harmed_minutes + (known.harmed_minutes if known else 0)
        minutes[key] = part.model_copy(update={"harmed_minutes": total})
    return sorted(
        minutes.values(), key=lambda part: (-part.harmed_minutes, part.cause, part.subject or "")
    )
