"""What the poor minutes of a week are consistent with, for the weekly document."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from qosreport.diagnosis import causes
from qosreport.diagnosis.attribution import DEVICE, UNDETERMINED
from qosreport.report.numbers.facts import Facts, Tables, gather
from qosreport.report.numbers.parts import Row, rounded
from qosreport.report.refs import person_ref
from qosreport.report.result import CauseMinutes, Explained, Finding, Span, Spell
from qosreport.scoring import Policy

SPELLS = 20
"""Spells of one finding that the document holds."""
LEAST_WORK_MINUTES = 30
"""A shared cause that stands is work from so many participant-minutes on; fewer are chance."""

_AS_THEY_ARE = (
    "cause", "subject", "owner", "people", "meetings", "days", "poor_here", "people_here",
    "worst_person_minutes", "sender_minutes", "stands",
)  # fmt: skip
_COUNTS = (
    "minutes", "harmed_minutes", "poor_people", "people", "poor_people_elsewhere",
    "people_elsewhere",
)  # fmt: skip


@dataclass(frozen=True)
class WhyHere:
    """The causes of a meeting, with the evidence of everybody at the time."""

    explained: Explained
    findings: list[Finding]


@dataclass(frozen=True)
class Why:
    """The causes of a week."""

    explained: Explained
    findings: list[Finding]
    by_meeting: Mapping[str, list[CauseMinutes]]
    """By UUID: what the meeting's poor minutes are consistent with, most first."""
    caused: Mapping[str, int]
    """By person key: poor minutes of others that are consistent with what that person sent."""
    work: pl.DataFrame
    """The findings, as from `causes.findings`, of shared causes that are something to do."""
    suffered: pl.DataFrame
    """What these did: person_key, site, cause, subject, blamed_person_key, minutes."""
    of_meeting: Callable[[str], WhyHere]
    """By UUID: the causes of one meeting by itself."""


def why(facts: Facts, tables: Tables) -> Why:
    """Every poor minute of the whole meetings by cause; lines and devices are one per kind."""
    policy = facts.policy
    # Where somebody was twice at once, the order of sessions decides.
    sessions = tables.sessions.join(facts.meetings, on="meeting_uuid", how="semi")
    sessions = sessions.sort("session_id")
    rows = causes.rows_of(tables.minute_scores, sessions, policy)
    attributed = causes.attribute(rows, tables.devices)
    local = attributed.with_columns(pl.col("minute").dt.convert_time_zone(facts.zone))
    found = causes.findings(local, sessions, policy, by_person=False)
    times = _spells(causes.spells(attributed, rows))
    people = facts.people
    work = found.filter(_is_work())
    return Why(
        explained=_explained(attributed, _slow_minutes(facts, tables).height),
        findings=[_finding(row, times, people) for row in found.iter_rows(named=True)],
        by_meeting=by_meeting(attributed, sessions, people),
        caused=dict(attributed["blamed_person_key"].drop_nulls().value_counts().iter_rows()),
        work=work,
        suffered=_suffered(attributed, sessions, work),
        of_meeting=_Meetings(facts, tables, local, sessions, times, found).why,
    )


def why_of(tables: Tables, *, policy: Policy, zone: str) -> Why:
    """As `why`, for whoever has no facts."""
    return why(gather(tables, policy=policy, zone=zone, page_of=lambda _ref, _day: None), tables)


@dataclass(frozen=True)
class _Meetings:
    """What it takes to tell the causes of each meeting, worked out once for all of them."""

    facts: Facts
    tables: Tables
    attributed: pl.DataFrame
    sessions: pl.DataFrame
    times: Mapping[tuple[str, str | None], list[Spell]]
    whole: pl.DataFrame
    """The findings of the period."""

    def why(self, uuid: str) -> WhyHere:
        """The causes of one meeting; none for one without a poor minute."""
        rows = self._findings.get((uuid,))
        slow = self._slow.get(uuid, 0)
        if rows is None:
            return NOTHING_POOR
        found = [
            _finding(row, self.times, self.facts.people, within=True)
            for row in rows.iter_rows(named=True)
        ]
        minutes: Counter[str] = Counter()
        for row in found:
            minutes[row.cause] += row.harmed_minutes
        return WhyHere(_explained_by(minutes, slow), found)

    @cached_property
    def _findings(self) -> dict[tuple[Any, ...], pl.DataFrame]:
        found = causes.findings(
            self.attributed, self.sessions, self.facts.policy, by_person=False, by_meeting=True
        )
        # Whether a cause stands shows over all meetings, not within one.
        of_period = ["worst_person_minutes", "stands"]
        wide = self.whole.select(*causes.SUBJECT, *of_period)
        found = found.drop(of_period).join(
            wide, on=causes.SUBJECT, nulls_equal=True, how="left", maintain_order="left"
        )
        return found.partition_by("meeting_uuid", as_dict=True, maintain_order=True)

    @cached_property
    def _slow(self) -> dict[str, int]:
        slow = _slow_minutes(self.facts, self.tables)
        return dict(slow.group_by("meeting_uuid").agg(pl.len()).iter_rows())


def by_meeting(
    attributed: pl.DataFrame, sessions: pl.DataFrame, people: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, list[CauseMinutes]]:
    """By UUID: what the poor minutes in question are consistent with, most first.

    Args:
        attributed: As from `causes.attribute`, or some of its rows.
        sessions: The table.
        people: As `Facts.people`.
    """
    what = ["meeting_uuid", "cause", "subject", "blamed_person_key"]
    rows = (
        attributed.join(sessions.select("session_id", "meeting_uuid"), on="session_id")
        .group_by(what)
        .agg(minutes=pl.len().cast(pl.Int64))
        .sort("minutes", *what, descending=[True, *[False] * len(what)], nulls_last=True)
    )
    found: dict[str, list[CauseMinutes]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["meeting_uuid"], []).append(cause_minutes(row, people))
    return found


def cause_minutes(row: Row, people: Mapping[str, Mapping[str, Any]]) -> CauseMinutes:
    """Minutes of one `cause`, `subject` and `blamed_person_key`."""
    whose = _whose(row["blamed_person_key"], people)
    return CauseMinutes(
        cause=row["cause"], subject=row["subject"], harmed_minutes=row["minutes"], **whose
    )


def _is_work() -> pl.Expr:
    """Of findings: whether a shared cause is something to do."""
    return pl.col("stands").fill_null(value=False) & (pl.col("minutes") >= LEAST_WORK_MINUTES)


def _suffered(attributed: pl.DataFrame, sessions: pl.DataFrame, work: pl.DataFrame) -> pl.DataFrame:
    what = ["cause", "subject", "blamed_person_key"]
    counted = work.select("cause", "subject", blamed_person_key="subject_person_key")
    return (
        attributed.join(counted, on=what, how="semi", nulls_equal=True)
        .join(sessions.select("session_id", "person_key", "site"), on="session_id")
        .group_by("person_key", "site", *what)
        .agg(minutes=pl.len().cast(pl.Int64))
    )


def _whose(key: str | None, people: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The sender, if the cause is one."""
    sender = people.get(key, {}) if key is not None else {}
    return {
        "person": None if key is None else person_ref(key),
        "name": sender.get("name"),
        "is_external": sender.get("is_external"),
    }


def _slow_minutes(facts: Facts, tables: Tables) -> pl.DataFrame:
    """Minutes poor by the score, and not by the network score: the `meeting_uuid` of each."""
    mark = facts.policy.poor_score
    by_network = (pl.col("net_score") < mark).fill_null(value=False)
    whole = facts.connections.lazy().select("session_id", "meeting_uuid")
    slow = tables.minute_scores.filter(pl.col("score") < mark, ~by_network)
    return slow.select("session_id").join(whole, on="session_id").select("meeting_uuid").collect()


def _explained(attributed: pl.DataFrame, slow_minutes: int) -> Explained:
    minutes = dict(attributed["cause"].cast(pl.String).value_counts().iter_rows())
    return _explained_by(minutes, slow_minutes)


def _explained_by(minutes: Mapping[str, int], slow_minutes: int) -> Explained:
    def of(*names: str) -> int:
        return sum(minutes.get(name, 0) for name in names)

    devices = of(DEVICE)
    return Explained(
        poor_minutes=sum(minutes.values()),
        by_frame_rate=slow_minutes,
        shared=of(*causes.SHARED),
        own_lines=of(*causes.OWN) - devices,
        devices=devices,
        undetermined=of(UNDETERMINED),
    )


NOTHING_POOR = WhyHere(_explained_by({}, 0), [])
"""The causes of a meeting without a poor minute."""


def _spells(found: pl.DataFrame) -> Mapping[tuple[str, str | None], list[Spell]]:
    """By cause and subject, those with most harmed minutes first."""
    ranked = found.sort("harmed_minutes", "start", descending=[True, False])
    by: dict[tuple[str, str | None], list[Spell]] = {}
    for row in ranked.iter_rows(named=True):
        span = Span(first=row["start"], last=row["end"])
        spell = Spell(span=span, **{name: row[name] for name in _COUNTS})
        by.setdefault((row["cause"], row["subject"]), []).append(spell)
    return by


def _finding(
    row: Row,
    times: Mapping[tuple[str, str | None], list[Spell]],
    people: Mapping[str, Mapping[str, Any]],
    *,
    within: bool = False,
) -> Finding:
    """A finding with its spells; `within`: only those in the time of the finding."""
    span = Span(first=_utc(row["first_minute"]), last=_utc(row["last_minute"]))
    spells = times.get((row["cause"], row["subject"]), [])
    if within:
        spells = [s for s in spells if s.span.first <= span.last and s.span.last >= span.first]
    return Finding(
        **{name: row[name] for name in _AS_THEY_ARE},
        **_whose(row["subject_person_key"], people),
        harmed_minutes=row["minutes"],
        share_pct=rounded(row["share_pct"]),
        span=span,
        poor_elsewhere=row["poor_elsewhere"] or 0,
        people_elsewhere=row["people_elsewhere"] or 0,
        spells=spells[:SPELLS],
        spells_known=len(spells),
    )


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC)
