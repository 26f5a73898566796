"""What changed since earlier weeks, and what to follow up, for the weekly document."""

from collections.abc import Mapping

import polars as pl

from qosreport.diagnosis import change, checks
from qosreport.diagnosis.causes import OWNERS
from qosreport.diagnosis.followup import WEEKS_BEFORE, followup
from qosreport.diagnosis.troubled import MACHINE_KIND, SITE
from qosreport.diagnosis.verdicts import WORSE
from qosreport.diagnosis.weeks import back
from qosreport.report.numbers import work
from qosreport.report.numbers.causes import Why
from qosreport.report.numbers.facts import Facts, Tables, people_of
from qosreport.report.numbers.parts import Row, comparison, limiting, rate, rounded
from qosreport.report.refs import machine_ref, person_ref
from qosreport.report.result import (
    CauseMinutes,
    ChangedSegment,
    Changes,
    Family,
    FollowUp,
    LeftOut,
    Standings,
)

ROWS = 500
"""Things to follow up that the document holds."""
LEFT_OUT = 200
"""Cells left out of comparisons that the document holds."""
STATUSES = ("this_week", "new", "continuing", "watch", "resolved", "unclear", "absent")

_STANDING = (
    "kind", "device", "status", "weeks_in_trouble", "of_weeks", "weeks_in_row", "weeks_ago",
    "trouble_week", "k", "n", "harmed_minutes", "shared_minutes", "caused_minutes",
    "at_stake_minutes", "next_check",
)  # fmt: skip


def changed(weeks: Mapping[str, pl.DataFrame], week: str, facts: Facts) -> Changes:
    """This week beside earlier ones; `weeks` are connections by label, this one among them."""
    stats = facts.policy.stats
    found = change.changes(weeks, week, stats)
    versions, tested = change.versions(weeks[week], stats)
    families = [
        Family(with_what=name, weeks=list(labels), tested=found.tested[name])
        for name, labels in found.weeks.items()
    ]
    compared: dict[tuple[str, str | None], list[Row]] = {}
    for row in found.compared.iter_rows(named=True):
        compared.setdefault((row["kind"], row["name"]), []).append(row)
    return Changes(
        families=[*families, Family(with_what="others", weeks=[], tested=tested)],
        segments=[
            _segment(row, compared[row["kind"], row["name"]])
            for row in found.segments.iter_rows(named=True)
        ],
        versions=[
            _segment(row, [{**row, "comparison": "others"}])
            for row in versions.iter_rows(named=True)
        ],
        left_out=_left_out(found.unmatched),
    )


def _segment(row: Row, compared: list[Row]) -> ChangedSegment:
    return ChangedSegment(
        kind=row["kind"],
        name=row["name"],
        now=rate(row),
        compared=[comparison(one) for one in compared],
    )


def _left_out(unmatched: pl.DataFrame) -> list[LeftOut]:
    largest = pl.max_horizontal("n_own", "n_other")
    rows = unmatched.sort(largest, descending=True, maintain_order=True).head(LEFT_OUT)
    return [
        LeftOut(
            with_what=row["comparison"],
            kind=row["kind"],
            name=row["name"],
            site=row["site"],
            network=row["network_type"],
            pooled=row["pooled"],
            connections_now=row["n_own"],
            connections_before=row["n_other"],
        )
        for row in rows.iter_rows(named=True)
    ]


def to_follow_up(
    weeks: Mapping[str, pl.DataFrame], week: str, facts: Facts, changes: Changes, causes: Why
) -> Standings:
    """Everybody and everything with a standing, and shared causes; most minutes at stake first.

    The week's connections are those of `with_signal`.
    """
    worse = [
        one.name
        for one in changes.versions
        if one.name is not None and any(part.verdict == WORSE for part in one.compared)
    ]
    standing = followup(weeks, week, facts.policy.stats, releases=worse)
    found = work.with_shared(standing, week, causes, weeks[week])
    labels = [week, *(one for one in back(week, WEEKS_BEFORE) if one in weeks)]
    shown = found.head(ROWS)
    named = pl.col("person_key").is_in(shown["person_key"].unique().implode())
    people = people_of([weeks[label].filter(named) for label in labels])
    counted = dict(found["status"].value_counts().iter_rows())
    shared = work.suffered_most(causes, facts.people)
    return Standings(
        rows=[_follow(row, people, shared) for row in shown.iter_rows(named=True)],
        weeks=labels,
        **{status: counted.get(status, 0) for status in STATUSES},
    )


def with_signal(connections: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """With the mean Wi-Fi signal of poor connections, where devices were pulled."""
    if tables.devices is None:
        return connections
    poor = connections.lazy().filter("poor").select("session_id")
    signal = (
        tables.devices.select("session_id", checks.RSSI)
        .drop_nulls()
        .join(poor, on="session_id", how="semi")
        .group_by("session_id")
        .agg(pl.col(checks.RSSI).cast(pl.Float64).mean())
        .collect()
    )
    return connections.join(signal, on="session_id", how="left", maintain_order="left")


def _follow(
    row: Row, people: Mapping[str, Row], shared: Mapping[tuple[str, str], CauseMinutes]
) -> FollowUp:
    key = row["person_key"]
    whose = people.get(key, {}) if key is not None else {}
    cause = shared.get((row["kind"], row["subject"])) if row["shared_minutes"] else None
    return FollowUp(
        **{name: row[name] for name in _STANDING},
        ref=_ref(row),
        person=None if key is None else person_ref(key),
        name=row["subject"] if key is None else whose.get("name"),
        is_external=whose.get("is_external"),
        network=row["network_type"],
        client_version=row["release"],
        limiting=limiting(row),
        rssi_dbm=rounded(row["rssi_dbm"]),
        shared_cause=cause,
        owner=_owner(row, cause),
    )


def _owner(row: Row, shared: CauseMinutes | None) -> str:
    if row["next_check"] == checks.SEE_SHARED_CAUSE and shared is not None:
        return OWNERS[shared.cause]
    return "site_network" if row["kind"] == SITE else checks.OWNERS[row["next_check"]]


def _ref(row: Row) -> str | None:
    if row["person_key"] is None:
        return None
    if row["kind"] == MACHINE_KIND:
        return machine_ref(row["person_key"], row["device"])
    return person_ref(row["person_key"])
