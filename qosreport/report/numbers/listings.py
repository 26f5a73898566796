"""The lists of the weekly document: worst meetings, people, machines."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from qosreport.diagnosis.people import MACHINE
from qosreport.report.numbers.facts import Facts
from qosreport.report.numbers.parts import Row, flags_by_owner, limiting, rate, rounded
from qosreport.report.refs import machine_ref, meeting_ref, person_ref
from qosreport.report.result import (
    Bin,
    CauseMinutes,
    MachineRow,
    MeetingLink,
    MeetingRow,
    PersonRow,
)

MEETINGS = 200
PEOPLE = 500
MACHINES = 500
LINKS = 20
BINS = 24

_BY_SEVERITY = ["Bad", "Poor", "Fair", "Good", "Unscored"]


def ranked_meetings(facts: Facts) -> pl.DataFrame:
    """Meetings that are Poor, Bad or had a harmed minute: by harmed minutes, then by people."""
    return facts.meetings.filter((pl.col("harmed_minutes") > 0) | pl.col("affected_meeting")).sort(
        ["harmed_minutes", "affected", "start_time", "meeting_uuid"],
        descending=[True, True, False, False],
        nulls_last=True,
    )


def meeting_rows(
    facts: Facts,
    ranked: pl.DataFrame,
    minute_scores: pl.LazyFrame,
    causes: Mapping[str, list[CauseMinutes]],
) -> list[MeetingRow]:
    """The first meetings of the ranking, each with its causes and its course in `BINS` slices."""
    listed = ranked.head(MEETINGS)
    bins = _bins(facts, listed, minute_scores)
    rows = listed.iter_rows(named=True)
    return [_meeting_row(facts, row, bins, causes.get(row["meeting_uuid"], [])) for row in rows]


def _meeting_row(
    facts: Facts, row: Row, bins: Mapping[str, dict[int, Bin]], causes: list[CauseMinutes]
) -> MeetingRow:
    uuid, start, end = row["meeting_uuid"], row["start_time"], row["end_time"]
    own = bins.get(uuid, {})
    return MeetingRow(
        ref=meeting_ref(uuid),
        page=facts.page(uuid),
        kind=row["kind"],
        topic=row["topic"],
        host=row["host_name"],
        start=start,
        end=end,
        duration_min=round((end - start) / dt.timedelta(minutes=1)) if start and end else None,
        band=row["band"],
        connections=row["connections"],
        classified=row["classified"],
        affected=row["affected"],
        net_affected=row["net_affected"],
        harmed_minutes=row["harmed_minutes"],
        limiting=limiting(row),
        bins=[own.get(number, Bin(poor=0, people=0)) for number in range(BINS)],
        widespread_minutes=row["widespread_minutes"],
        causes=causes,
    )


def _bins(
    facts: Facts, listed: pl.DataFrame, minute_scores: pl.LazyFrame
) -> dict[str, dict[int, Bin]]:
    """For each meeting and slice: people sampled in it, and those with a harmed minute in it.

    Samples before the start or after the end belong to the first or last slice; where Zoom gave
    no start or end, the first or last sample stands in.
    """
    spans = listed.select("meeting_uuid", "start_time", "end_time").with_row_index("meeting")
    sessions = facts.connections.join(spans, on="meeting_uuid").select(
        "session_id", "meeting", "start_time", "end_time",
        person=pl.col("person_key").rank("dense").cast(pl.Int64),
    )  # fmt: skip
    minutes = (
        minute_scores.select("session_id", "minute", "net_score")
        .join(sessions.lazy(), on="session_id")
        .collect()
    )
    minute, meeting = pl.col("minute"), pl.col("meeting")
    start = pl.coalesce("start_time", minute.min().over(meeting)).dt.truncate("1m")
    end = pl.coalesce("end_time", minute.max().over(meeting))
    length_s = (end - start).dt.total_seconds().clip(60)
    number = ((minute - start).dt.total_seconds() * BINS // length_s).clip(0, BINS - 1)
    # One number instead of three: what follows groups by it.
    slot = pl.col("person") * (spans.height * BINS) + meeting * BINS + number
    counted = (
        minutes.select(slot=slot, harmed=pl.col("net_score") < facts.policy.poor_score)
        .group_by("slot")
        .agg(poor=pl.col("harmed").any())
        .group_by(pl.col("slot") % (spans.height * BINS))
        .agg(poor=pl.col("poor").sum(), people=pl.len())
    )
    uuids = spans["meeting_uuid"].to_list()
    found: dict[str, dict[int, Bin]] = {}
    for at, poor, present in counted.iter_rows():
        found.setdefault(uuids[at // BINS], {})[at % BINS] = Bin(poor=poor, people=present)
    return found


def person_rows(
    facts: Facts, people: pl.DataFrame, flags: pl.DataFrame, caused: Mapping[str, int]
) -> list[PersonRow]:
    """The first people of the ranking, with their flags, their meetings and what they caused."""
    listed = people.head(PEOPLE)
    own = facts.connections.join(listed, on="person_key", how="semi")
    owners = own.select("session_id", owner="person_key")
    found = flags_by_owner(flags, owners, facts.topics)
    links = _links(facts, own)
    return [
        PersonRow(
            ref=person_ref(row["person_key"]),
            name=row["name"],
            is_external=row["is_external"],
            poor=rate(row),
            shrunk_pct=rounded(row["shrunk_pct"]),
            days=row["days"],
            harmed_minutes=row["harmed_minutes"],
            place=row["place"],
            network=row["network_type"],
            place_connections=row["place_connections"],
            device=row["device"],
            os=row["os"],
            client_version=row["release"],
            limiting=limiting(row),
            flags=found.get(row["person_key"], []),
            meetings=links[row["person_key"]],
            caused_minutes=caused.get(row["person_key"], 0),
        )
        for row in listed.iter_rows(named=True)
    ]


def _links(facts: Facts, own: pl.DataFrame) -> dict[str, list[MeetingLink]]:
    """Each person's meetings, poor ones first, at most `LINKS`.

    Several joins to one meeting are one link with the worst of their bands.
    """
    start = facts.meetings.select("meeting_uuid", "start_time", "topic")
    rows = (
        own.group_by("person_key", "meeting_uuid")
        .agg(
            poor=pl.col("poor").any(),
            band=_worst("band"),
            net_band=_worst("net_band"),
            harmed_minutes=pl.col("harmed_minutes").sum(),
            scored_minutes=pl.col("scored_minutes").sum(),
        )
        .join(start, on="meeting_uuid")
        .sort(
            ["person_key", "poor", "harmed_minutes", "start_time", "meeting_uuid"],
            descending=[False, True, True, False, False],
            nulls_last=True,
        )
        .group_by("person_key", maintain_order=True)
        .head(LINKS)
    )
    found: dict[str, list[MeetingLink]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["person_key"], []).append(_link(facts, row))
    return found


def _link(facts: Facts, row: Row) -> MeetingLink:
    return MeetingLink(
        ref=meeting_ref(row["meeting_uuid"]),
        page=facts.page(row["meeting_uuid"]),
        topic=row["topic"],
        start=row["start_time"],
        band=row["band"],
        net_band=row["net_band"],
        poor_minutes=row["harmed_minutes"],
        scored_minutes=row["scored_minutes"],
    )


def _worst(column: str) -> pl.Expr:
    order = pl.Enum(_BY_SEVERITY)
    return pl.col(column).cast(pl.String).cast(order).min()


def machine_rows(facts: Facts, machines: pl.DataFrame, flags: pl.DataFrame) -> list[MachineRow]:
    """The first machines of the ranking, with their CPU flags."""
    listed = machines.head(MACHINES).with_row_index("owner")
    place = listed.select("owner", *MACHINE)
    owners = facts.connections.join(place, on=MACHINE, nulls_equal=True)
    cpu = flags.filter(pl.col("code").str.starts_with("CPU_"))
    found = flags_by_owner(cpu, owners.select("session_id", "owner"), facts.topics)
    return [
        MachineRow(
            ref=machine_ref(row["person_key"], row["device"]),
            person=person_ref(row["person_key"]),
            name=row["name"],
            device=row["device"],
            os=row["os"],
            client_version=row["release"],
            flagged=row["flagged"],
            connections=row["measured"],
            high_minutes=row["high_minutes"],
            zoom_high_minutes=row["zoom_high_minutes"],
            longest_run_min=row["longest_run_min"],
            cost_minutes=row["cost_minutes"],
            system_peak_pct=rounded(row["system_peak_pct"]),
            zoom_mean_pct=rounded(row["zoom_mean_pct"]),
            flags=found.get(row["owner"], []),
        )
        for row in listed.iter_rows(named=True)
    ]
