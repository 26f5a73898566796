"""What the poor minutes of a week are consistent with, for the weekly document."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from qosreport.diagnosis import causes
from qosreport.diagnosis.attribution import DEVICE, UNDETERMINED
from qosreport.report.numbers.facts import Facts, Tables
from qosreport.report.numbers.parts import Row, rounded
from qosreport.report.refs import person_ref
from qosreport.report.result import CauseMinutes, Explained, Finding, Span, Spell

SPELLS = 20
"""Spells of one finding that the document holds."""

_AS_THEY_ARE = (
    "cause", "subject", "owner", "people", "meetings", "days", "poor_here", "people_here",
    "worst_person_minutes", "stands",
)  # fmt: skip
_COUNTS = (
    "minutes", "harmed_minutes", "poor_people", "people", "poor_people_elsewhere",
    "people_elsewhere",
)  # fmt: skip


@dataclass(frozen=True)
class Why:
    """The causes of a week."""

    explained: Explained
    findings: list[Finding]
    by_meeting: Mapping[str, list[CauseMinutes]]
    """By UUID: what the meeting's poor minutes are consistent with, most first."""
    caused: Mapping[str, int]
    """By person key: poor minutes of others that are consistent with what that person sent."""


def why(facts: Facts, tables: Tables) -> Why:
    """Every poor minute of the whole meetings by cause; lines and devices are one per kind."""
    policy = facts.policy
    # Where somebody was twice at once, the order of sessions decides.
    sessions = tables.sessions.join(facts.meetings, on="meeting_uuid", how="semi")
    sessions = sessions.sort("session_id")
    attributed = causes.attribute(tables.minute_scores, sessions, policy, tables.devices)
    local = attributed.with_columns(pl.col("minute").dt.convert_time_zone(facts.zone))
    found = causes.findings(local, sessions, policy, by_person=False)
    times = _spells(causes.spells(attributed, tables.minute_scores, sessions, policy))
    people = facts.people
    return Why(
        explained=_explained(attributed, _slow_minutes(facts, tables)),
        findings=[_finding(row, times, people) for row in found.iter_rows(named=True)],
        by_meeting=by_meeting(attributed, sessions, people),
        caused=dict(attributed["blamed_person_key"].drop_nulls().value_counts().iter_rows()),
    )


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
        whose = _whose(row["blamed_person_key"], people)
        part = CauseMinutes(
            cause=row["cause"], subject=row["subject"], harmed_minutes=row["minutes"], **whose
        )
        found.setdefault(row["meeting_uuid"], []).append(part)
    return found


def _whose(key: str | None, people: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The sender, if the cause is one."""
    sender = people.get(key, {}) if key is not None else {}
    return {
        "person": None if key is None else person_ref(key),
        "name": sender.get("name"),
        "is_external": sender.get("is_external"),
    }


def _slow_minutes(facts: Facts, tables: Tables) -> int:
    """Minutes poor by the score, and not by the network score."""
    mark = facts.policy.poor_score
    by_network = (pl.col("net_score") < mark).fill_null(value=False)
    whole = facts.connections.lazy().select("session_id")
    slow = tables.minute_scores.filter(pl.col("score") < mark, ~by_network)
    found = slow.join(whole, on="session_id", how="semi").select(pl.len()).collect()
    return int(found.item())


def _explained(attributed: pl.DataFrame, slow_minutes: int) -> Explained:
    minutes = dict(attributed["cause"].cast(pl.String).value_counts().iter_rows())

    def of(*names: str) -> int:
        return sum(minutes.get(name, 0) for name in names)

    devices = of(DEVICE)
    return Explained(
        poor_minutes=attributed.height,
        by_frame_rate=slow_minutes,
        shared=of(*causes.SHARED),
        own_lines=of(*causes.OWN) - devices,
        devices=devices,
        undetermined=of(UNDETERMINED),
    )


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
) -> Finding:
    spells = times.get((row["cause"], row["subject"]), [])
    return Finding(
        **{name: row[name] for name in _AS_THEY_ARE},
        **_whose(row["subject_person_key"], people),
        harmed_minutes=row["minutes"],
        share_pct=rounded(row["share_pct"]),
        span=Span(first=_utc(row["first_minute"]), last=_utc(row["last_minute"])),
        poor_elsewhere=row["poor_elsewhere"] or 0,
        people_elsewhere=row["people_elsewhere"] or 0,
        spells=spells[:SPELLS],
        spells_known=len(spells),
    )


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC)
