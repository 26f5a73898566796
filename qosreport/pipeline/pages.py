"""The pages of many meetings: what whole parts of the store hold is read once, for all of theirs.

Many pages are made by two processes, each of its own meetings. Each writes what it makes while it
makes the next: a disk takes its time to say that a file is safe.
"""

import gc
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

import polars as pl

from qosreport.errors import TooFewPeople
from qosreport.pipeline import files
from qosreport.pipeline.gather import Scored
from qosreport.report import html
from qosreport.report.branding import PLAIN, Brand
from qosreport.report.numbers import timeline
from qosreport.report.numbers.causes import WhyHere
from qosreport.report.numbers.meeting import Rules, build_meetings
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
BATCH = 300
"""Meetings at a time, at most: of these, everything is in memory, and for each batch the whole part
is read."""
WRITERS = 4
GARBAGE_AFTER = 100_000
"""New things; by default 700."""
OTHERS = ("pdf", "xlsx")
_BY_MEETING = (
    "sessions", "participant_scores", "meeting_scores", "flags", "shares", "ratings", "rejects",
)  # fmt: skip


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


def pages(
    scored: Scored, why: Mapping[str, WhyHere], rules: Rules, places: Sequence[Place]
) -> Iterator[list[Path]]:
    """Make the pages of the meetings of `why` at every place: the files of one after another.

    Part by part. A meeting of fewer people than a place shows has no page there.

    Raises:
        DiskTrouble: A file cannot be written; those written before are kept.
        MissingFile: The templates are not where they should be.
    """
    # A brand's partials note here what fails in them.
    many = len(why) >= WORTH_PROCESSES and not any(place.brand.partials for place in places)
    batches = _batches(scored, why, PROCESSES if many else 1)
    with _executor(many=many) as executor:
        run = executor.map if executor else map
        for made in run(_made, batches, repeat(rules), repeat(places)):
            yield from made


@contextmanager
def _executor(*, many: bool) -> Iterator[Executor | None]:
    if not many:
        yield None
        return
    # A fork would inherit polars' locks and none of the threads that hold them.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=_settle) as executor:
        yield executor


def _settle() -> None:
    """Look for garbage seldom: a document is many small things, all in use, none in a cycle."""
    gc.set_threshold(GARBAGE_AFTER)


def _batches(scored: Scored, why: Mapping[str, WhyHere], processes: int) -> Iterator[Batch]:
    for part, minutes in zip(scored.parts, scored.part_minutes, strict=True):
        tables = replace(scored.tables, minute_scores=minutes)
        there = part.scan("meetings").select("meeting_uuid").collect()["meeting_uuid"]
        mine = sorted(set(there) & set(why))
        for uuids in shared_out(mine, processes):
            yield Batch(
                part=part,
                uuids=uuids,
                tables=_limited(tables, uuids),
                ledgers=scored.ledgers(uuids),
                why={uuid: why[uuid] for uuid in uuids},
            )


def shared_out(uuids: Sequence[str], processes: int) -> list[Sequence[str]]:
    """As few batches as can be, of about one size, as many for each process."""
    rounds = -(-len(uuids) // (BATCH * processes))
    size = -(-len(uuids) // (rounds * processes)) if rounds else 1
    return [uuids[first : first + size] for first in range(0, len(uuids), size)]


def _limited(tables: Tables, uuids: Sequence[str]) -> Tables:
    own = pl.col("meeting_uuid").is_in(uuids)
    frames = {name: getattr(tables, name).filter(own) for name in ("meetings", *_BY_MEETING)}
    return replace(tables, **frames)


def _made(batch: Batch, rules: Rules, places: Sequence[Place]) -> list[list[Path]]:
    with ThreadPoolExecutor(WRITERS, "pages") as disk:
        waiting = [
            disk.submit(_write, *page)
            for one in documents(batch, rules)
            for place in places
            if (page := _page(one, place)) is not None
        ]
        return [one.result() for one in waiting]


def documents(batch: Batch, rules: Rules) -> Iterator[MeetingResult]:
    """The result documents of a batch, in its order."""
    mine = pl.col("meeting_uuid").is_in(batch.uuids)
    streams, devices = (batch.part.scan(name).filter(mine) for name in ("streams", "devices"))
    return build_meetings(
        batch.tables,
        measured(streams, devices, rules.policy),
        rules,
        {uuid: batch.ledgers[uuid] for uuid in batch.uuids},
        batch.why,
    )


def measured(streams: pl.LazyFrame, devices: pl.LazyFrame, policy: Policy) -> pl.DataFrame:
    """Minute by minute what was measured, as from `timeline.measures`."""
    scored = score_streams(streams, policy).select(timeline.COLUMNS)
    rows, used = pl.collect_all([scored, devices])
    return timeline.measures(rows, used, policy)


def _page(whole: MeetingResult, place: Place) -> tuple[Path, str, str, bool] | None:
    """A page beside the weekly one: where, its document, the page, whether the document is new.

    Other forms only come with a meeting's own report; those of another document would contradict
    this one. The path is without an ending. None for a meeting that is not shown at this place.
    """
    try:
        result = place.veil.over(whole)
    except TooFewPeople:
        return None
    stem = place.directory / page_stem(result)
    document = result.model_dump_json(indent=1)
    changed = files.text_of(stem.with_suffix(".json")) != document
    others = [form for form in OTHERS if not changed and stem.with_suffix(f".{form}").exists()]
    page = html.meeting_page(
        result,
        week_page=place.week_page,
        forms=[form for form in html.FORMS if form == "json" or form in others],
        beside=place.beside,
        brand=place.brand,
    )
    return stem, document, page, changed


def _write(stem: Path, document: str, page: str, changed: bool) -> list[Path]:
    if changed:
        for form in OTHERS:
            files.remove(stem.with_suffix(f".{form}"))
    texts = {".json": document, ".html": page}
    return [files.write(stem.with_suffix(end), text) for end, text in texts.items()]
