"""The pages of many meetings: what whole parts of the store hold is read once, for all of theirs.

Many pages are made by two processes: each is pure work on its own meetings. The parent writes.
"""

import multiprocessing
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from qosreport.errors import TooFewPeople
from qosreport.pipeline import files
from qosreport.pipeline.gather import Scored
from qosreport.report import html
from qosreport.report.branding import PLAIN, Brand
from qosreport.report.numbers import timeline
from qosreport.report.numbers.causes import WhyHere
from qosreport.report.numbers.meeting import build_meeting
from qosreport.report.numbers.parts import LedgerCounts
from qosreport.report.numbers.weekly import Tables
from qosreport.report.privacy import FULL, Veil
from qosreport.report.refs import page_stem
from qosreport.report.result import MeetingResult
from qosreport.scoring import Policy, score_streams
from qosreport.scoring.engine import Scannable

PROCESSES = 2
WORTH_PROCESSES = 100
"""So many pages take longer than two processes take to start."""
BATCH = 50
"""Meetings at a time: of these, everything is in memory."""
_BY_MEETING = (
    "sessions", "participant_scores", "meeting_scores", "flags", "shares", "ratings", "rejects",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What is the same for all pages."""

    policy: Policy
    zone: str
    organisation: str


@dataclass(frozen=True)
class Place:
    """Where the pages lie, and what lies beside them."""

    directory: Path
    week_page: str
    """Relative to a page, as is what follows."""
    beside: frozenset[str]
    brand: Brand = PLAIN
    veil: Veil = FULL
    """What documents go through before a page is made of them."""


@dataclass(frozen=True)
class Batch:
    """Some meetings of one part, with all that is known of them. Can be sent to a process."""

    part: Scannable
    uuids: Sequence[str]
    tables: Tables
    ledgers: Mapping[str, LedgerCounts]
    why: Mapping[str, WhyHere | None]


@dataclass(frozen=True)
class Page:
    """One meeting's files, not written yet."""

    stem: Path
    document: str
    page: str
    changed: bool
    """Whether another document lies there, or none."""


def pages(
    scored: Scored, why: Mapping[str, WhyHere], rules: Rules, places: Sequence[Place]
) -> Iterator[Page]:
    """The pages of the meetings of `why` at every place, part by part.

    A meeting of fewer people than a place shows has no page there.

    Raises:
        MissingFile: The templates are not where they should be.
    """
    batches = list(_batches(scored, why))
    # A brand's partials note here what fails in them.
    many = len(why) >= WORTH_PROCESSES and not any(place.brand.partials for place in places)
    with _executor(many=many) as executor:
        run = executor.map if executor else map
        for made in run(_made, batches, [rules] * len(batches), [places] * len(batches)):
            yield from made


@contextmanager
def _executor(*, many: bool) -> Iterator[Executor | None]:
    if not many:
        yield None
        return
    # A fork would inherit polars' locks and none of the threads that hold them.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as executor:
        yield executor


def _batches(scored: Scored, why: Mapping[str, WhyHere]) -> Iterator[Batch]:
    for part in scored.parts:
        there = part.scan("meetings").select("meeting_uuid").collect()["meeting_uuid"]
        mine = sorted(set(there) & set(why))
        for first in range(0, len(mine), BATCH):
            uuids = mine[first : first + BATCH]
            yield Batch(
                part=part,
                uuids=uuids,
                tables=_limited(scored.tables, uuids),
                ledgers={uuid: scored.ledger_of(uuid) for uuid in uuids},
                why={uuid: why[uuid] for uuid in uuids},
            )


def _limited(tables: Tables, uuids: Sequence[str]) -> Tables:
    own = pl.col("meeting_uuid").is_in(uuids)
    frames = {name: getattr(tables, name).filter(own) for name in ("meetings", *_BY_MEETING)}
    return replace(tables, **frames)


def _made(batch: Batch, rules: Rules, places: Sequence[Place]) -> list[Page]:
    return [
        made
        for one in documents(batch, rules)
        for place in places
        if (made := _page(one, place)) is not None
    ]


def documents(batch: Batch, rules: Rules) -> Iterator[MeetingResult]:
    """The result documents of a batch, in its order."""
    tables, policy = batch.tables, rules.policy
    whose = tables.sessions.select("session_id", "meeting_uuid")
    minutes = tables.minute_scores.join(whose.lazy(), on="session_id").collect()
    mine = pl.col("meeting_uuid").is_in(batch.uuids)
    streams, devices = (batch.part.scan(name).filter(mine) for name in ("streams", "devices"))
    frames = {name: getattr(tables, name) for name in _BY_MEETING}
    frames |= {
        "minute_scores": minutes,
        "measured": measured(streams, devices, policy).join(whose, on="session_id"),
    }
    for uuid, own in _by_meeting(frames, batch.uuids):
        named: dict[str, Any] = own
        yield build_meeting(
            uuid,
            meetings=tables.meetings,
            **named,
            policy=policy,
            zone=rules.zone,
            organisation=rules.organisation,
            ledger=batch.ledgers[uuid],
            why=batch.why[uuid],
        )


def measured(streams: pl.LazyFrame, devices: pl.LazyFrame, policy: Policy) -> pl.DataFrame:
    """Minute by minute what was measured, as from `timeline.measures`."""
    scored = score_streams(streams, policy).select(timeline.COLUMNS)
    rows, used = pl.collect_all([scored, devices])
    return timeline.measures(rows, used, policy)


def _by_meeting(
    frames: Mapping[str, pl.DataFrame], uuids: Collection[str]
) -> Iterator[tuple[str, dict[str, pl.DataFrame]]]:
    """Each meeting with its rows of every frame."""
    parts = {
        name: frame.partition_by("meeting_uuid", as_dict=True) for name, frame in frames.items()
    }
    for uuid in uuids:
        yield uuid, {name: parts[name].get((uuid,), frames[name].clear()) for name in frames}


def _page(whole: MeetingResult, place: Place) -> Page | None:
    """A page beside the weekly one; the other forms only come with a meeting's own report."""
    try:
        result = place.veil.over(whole)
    except TooFewPeople:
        return None
    stem = place.directory / page_stem(result)
    document = result.model_dump_json(indent=1)
    changed = files.text_of(stem.with_suffix(".json")) != document
    # Other forms of an earlier document would contradict this one, and go.
    others = (
        []
        if changed
        else [form for form in ("pdf", "xlsx") if stem.with_suffix(f".{form}").exists()]
    )
    forms = [form for form in html.FORMS if form == "json" or form in others]
    page = html.meeting_page(
        result,
        week_page=place.week_page,
        forms=forms,
        beside=place.beside,
        brand=place.brand,
    )
    return Page(stem, document, page, changed)
