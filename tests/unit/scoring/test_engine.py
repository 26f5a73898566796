"""The seam: one definition here, in threads and in processes, with equal tables."""

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from qosreport.scoring import run, score_part
from qosreport.tables import SCORED, SESSIONS
from tests.unit.scoring.support import (
    MemoryPart,
    default,
    devices,
    meetings,
    part,
    sessions,
    streams,
)
from tests.unit.scoring.worlds import world


@dataclass(frozen=True)
class BrokenPart:
    def scan(self, table: str) -> pl.LazyFrame:
        raise OSError(f"no {table} here")


def three_parts() -> list[MemoryPart]:
    given = world(6, meetings=12)
    uuids = given.tables["meetings"]["meeting_uuid"].to_list()
    return [given.part(*uuids[i : i + 4]) for i in (0, 4, 8)]


def same(ours: list, theirs: list) -> None:
    assert [part for part, _ in ours] == [part for part, _ in theirs]
    for (_, left), (_, right) in zip(ours, theirs, strict=True):
        assert left.keys() == right.keys() == SCORED.keys()
        for name in SCORED:
            assert_frame_equal(left[name], right[name], check_exact=True)


@dataclass(eq=False)
class Named:
    """A part that can be told from others and compared."""

    name: int
    part: MemoryPart

    def scan(self, table: str) -> pl.LazyFrame:
        return self.part.scan(table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.name == other.name

    __hash__ = None


def named() -> list[Named]:
    return [Named(i, p) for i, p in enumerate(three_parts())]


def test_threads_and_this_process_give_equal_tables_in_part_order() -> None:
    here = list(run(named(), default()))
    with ThreadPoolExecutor(2) as executor:
        same(list(run(named(), default(), executor, ahead=2)), here)


def test_other_processes_give_equal_tables_in_part_order() -> None:
    here = list(run(named(), default()))
    context = multiprocessing.get_context("spawn")  # polars must not be forked
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        same(list(run(named(), default(), executor)), here)


def test_a_failure_reaches_the_caller_after_the_parts_before_it() -> None:
    parts = [part(streams({})), BrokenPart(), part(streams({}))]
    with ThreadPoolExecutor(1) as executor:
        for found in (run(parts, default()), run(parts, default(), executor)):
            assert next(found)[0] is parts[0]
            with pytest.raises(OSError, match="no streams here"):
                next(found)


class Waiting(ThreadPoolExecutor):
    """Never starts anything: counts what it was given."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given: list[Future] = []

    def submit(self, function, /, *args) -> Future:
        future: Future = Future()
        self.given.append(future)
        return future


def test_no_more_parts_are_under_way_than_wanted_and_those_left_are_cancelled() -> None:
    executor = Waiting()
    found = run(iter(range(10)), default(), executor, ahead=3)
    first = {"minute_scores": pl.DataFrame()}
    submit = executor.submit

    def ready(function, /, *args) -> Future:
        future = submit(function, *args)
        if len(executor.given) == 1:
            future.set_result(first)
        return future

    executor.submit = ready
    assert next(found) == (0, first)
    assert len(executor.given) == 3
    found.close()
    assert [future.cancelled() for future in executor.given] == [False, True, True]


def test_an_empty_part_has_empty_tables_of_the_declared_types() -> None:
    nothing = part(streams({}).clear(), sessions=SESSIONS.empty(), meetings=meetings())
    for name, table in score_part(nothing, default()).items():
        assert table.is_empty()
        assert table.schema == SCORED[name].schema


def test_a_meeting_nobody_attended_is_unscored_with_counts_of_nought() -> None:
    nobody = part(streams({}).clear(), sessions=SESSIONS.empty(), meetings=meetings("a", "b"))
    found = score_part(nobody, default())["meeting_scores"]
    assert found["meeting_uuid"].to_list() == ["a", "b"]
    assert found["band"].to_list() == ["Unscored"] * 2
    for name in ("sessions", "classified", "affected", "scored_minutes", "poor_minutes"):
        assert found[name].to_list() == [0, 0]
    assert found["score"].null_count() == 2
    assert found["widespread_minutes"].null_count() == 2


def test_everyone_of_a_part_has_a_row_and_no_one_twice() -> None:
    people = sessions(*({"session_id": i} for i in (1, 2, 3)))
    used = devices({"session_id": 2, "system": 50.0})
    tables = score_part(part(streams({}), used, people), default())
    found = tables["participant_scores"]
    assert found["session_id"].to_list() == [1, 2, 3]
    assert found["present_minutes"].to_list() == [1, 1, 0]
    assert found["reasons"].to_list() == [
        ["too_few_scored_minutes"], ["too_few_scored_minutes"], ["no_data"],
    ]  # fmt: skip
    assert tables["minute_scores"]["unscored_reason"].to_list() == [None, "no_stream"]
    assert tables["meeting_scores"]["sessions"].to_list() == [3]


def test_a_part_has_the_flags_of_every_poor_stream() -> None:
    poor = {"medium": "audio", "latency_ms": 495.0, "jitter_ms": -1.0, "avg_loss_pct": 3.0}
    found = score_part(part(streams(*(poor | {"session_id": i} for i in (1, 2)))), default())
    flags = found["flags"]
    assert flags["session_id"].to_list() == [1, 2]
    assert flags["code"].unique().to_list() == ["AUDIO_EMODEL"]
    assert flags["meeting_uuid"].to_list() == ["m", "m"]


def test_samples_of_nobody_are_an_error() -> None:
    lost = part(streams({}, {"session_id": 2}), sessions=sessions({"session_id": 1}))
    with pytest.raises(ValueError, match="1 sessions have samples but no row"):
        score_part(lost, default())
