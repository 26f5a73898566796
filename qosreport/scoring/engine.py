"""The engine seam: one part of whole meetings in, its four scored tables out.

A part is scored by itself, so parts can be scored in this process, in others or on other machines,
with equal results: `run` takes any `concurrent.futures.Executor`, `engines` has those of commands.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Protocol, TypeVar

import polars as pl

from qosreport.scoring import cpu, flags
from qosreport.scoring.meetings import score_meetings
from qosreport.scoring.minutes import finish_minutes, worst_of_minutes
from qosreport.scoring.participants import judge_sorted
from qosreport.scoring.policy import Policy
from qosreport.scoring.streams import judge_streams
from qosreport.scoring.summaries import score_summaries, without_minutes
from qosreport.tables import FLAGS, MEETING_SCORES, MINUTE_SCORES, PARTICIPANT_SCORES

AHEAD = 4
"""Parts under way or waiting at an executor: enough to keep it busy, few enough for memory."""

_KEY = ("session_id",)
_STREAM_COLUMNS = (
    "session_id", "sampled_at", "medium", "flow", "leg", "bitrate_kbps", "latency_ms", "jitter_ms",
    "avg_loss_pct", "max_loss_pct", "height_px", "frame_rate_fps",
)  # fmt: skip


READ = ("meetings", "sessions", "streams", "devices", "summaries")
"""Tables of a part that its scores rest on."""


class Scannable(Protocol):
    """A part of the store: whole meetings. Picklable where an executor needs it."""

    def scan(self, table: str) -> pl.LazyFrame:
        """The rows of one table, superseded meetings left out."""


PartT = TypeVar("PartT", bound=Scannable)
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
Scores = dict[str, pl.DataFrame]
"""The four tables of a part, by name."""
Collect = Callable[[Sequence[pl.LazyFrame]], list[pl.DataFrame]]


def stream(plans: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
    """Run plans over the samples of a part here, in one pass and in bounded memory."""
    return pl.collect_all(plans, engine="streaming")


def score_part(part: Scannable, policy: Policy, collect: Collect = stream) -> Scores:
    """Score one part.

    Args:
        part: Its tables.
        policy: The rules.
        collect: Who runs the plans over the samples; all else is small, and done here.

    Returns:
        `minute_scores`, `participant_scores` (every session of the part, those without data as
        Unscored), `meeting_scores` (every meeting of the part) and `flags`, each conforming to its
        table and sorted by its key.

    Raises:
        ValueError: Streams of a session that the sessions table does not have.
    """
    worst, poor = _scan(part, policy, collect)
    minutes = _small(finish_minutes(worst.lazy(), policy, _KEY))
    sums = cpu.sum_up(minutes.lazy(), policy, _KEY)
    used = _small(cpu.flagged(sums, policy, minutes.lazy(), _KEY))
    sessions = part.scan("sessions").collect()
    participants = _participants(part, sessions, minutes, used, policy)
    meetings = _meetings(part.scan("meetings"), participants, minutes, policy)
    raised = pl.concat(
        [
            _small(flags.stream_flags(poor.lazy(), policy, _KEY)),
            _small(flags.device_flags(minutes.lazy(), minutes.lazy(), used.lazy(), policy, _KEY)),
        ]
    )
    raised = raised.join(sessions.select("session_id", "meeting_uuid"), on="session_id", how="left")
    return {
        MINUTE_SCORES.name: MINUTE_SCORES.conform(minutes),
        PARTICIPANT_SCORES.name: PARTICIPANT_SCORES.conform(participants),
        MEETING_SCORES.name: MEETING_SCORES.conform(meetings),
        FLAGS.name: FLAGS.conform(raised).sort(FLAGS.key, nulls_last=True),
    }


def run(
    parts: Iterable[PartT], policy: Policy, executor: Executor | None = None, *, ahead: int = AHEAD
) -> Iterator[tuple[PartT, Scores]]:
    """Score parts, in their order, each as soon as it and those before it are ready.

    Args:
        parts: What to score.
        policy: The rules.
        executor: Where to score; None is here, one by one.
        ahead: How many parts an executor holds at most.

    Yields:
        Each part with its tables as from `score_part`.
    """
    if executor is None:
        for part in parts:
            yield part, score_part(part, policy)
        return
    begun = ((part, executor.submit(score_part, part, policy)) for part in parts)
    yield from in_order(begun, ahead=ahead)


def in_order(
    begun: Iterator[tuple[ItemT, "Future[ResultT]"]],
    *,
    ahead: int,
    wait: Callable[["Future[ResultT]"], ResultT] = Future.result,
) -> Iterator[tuple[ItemT, ResultT]]:
    """Take results in the order in which their work is begun, at most `ahead` of it under way.

    Args:
        begun: Begins the next piece of work when it is asked for it.
        ahead: How much work is begun before the first result is waited for.
        wait: Gives the result of one when it is there.

    Yields:
        What each piece of work is about, with its result. What is left when the reader stops, or
        when one fails, is cancelled.
    """
    waiting: deque[tuple[ItemT, Future[ResultT]]] = deque()
    try:
        for work in begun:
            waiting.append(work)
            if len(waiting) >= ahead:
                item, future = waiting.popleft()
                yield item, wait(future)
        while waiting:
            item, future = waiting.popleft()
            yield item, wait(future)
    finally:
        for _, future in waiting:
            future.cancel()


def _small(plan: pl.LazyFrame) -> pl.DataFrame:
    """Collect a plan over frames that are in memory already: streaming them costs more."""
    return plan.collect(engine="in-memory")


def _scan(part: Scannable, policy: Policy, collect: Collect) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One pass over the samples: minima of minutes, and the streams that flags need."""
    judged = judge_streams(part.scan("streams").select(_STREAM_COLUMNS), policy)
    scored = judged.published(policy, notes=False, parts=False)
    worst = worst_of_minutes(scored, part.scan("devices"), policy, _KEY)
    poor = flags.poor_rows(judged.published(policy, notes=False), policy, _KEY)
    minutes, few = collect([worst, poor])
    return minutes, few


def _participants(
    part: Scannable,
    sessions: pl.DataFrame,
    minutes: pl.DataFrame,
    used: pl.DataFrame,
    policy: Policy,
) -> pl.DataFrame:
    """Every session: by its minutes, else by a summary, else Unscored."""
    who = sessions.select(c.name for c in PARTICIPANT_SCORES.columns[:4])
    judged = _small(judge_sorted(minutes.lazy(), policy, used, _KEY))
    by_minutes = judged.join(who, on="session_id", how="inner")
    if by_minutes.height != judged.height:
        raise ValueError(f"{judged.height - by_minutes.height} sessions have samples but no row")
    rest = who.join(judged, on="session_id", how="anti")
    found = [by_minutes]
    summaries = part.scan("summaries").collect()
    if not summaries.is_empty():
        sampled = pl.col("session_id").is_in(judged["session_id"].implode())
        known = sessions.with_columns(sampled.alias("has_qos"))
        summed = score_summaries(summaries, known, policy).collect()
        found.append(summed.join(rest, on="session_id", how="semi"))
        rest = rest.join(summed, on="session_id", how="anti")
    found.append(without_minutes(rest.lazy()).collect())
    return pl.concat(PARTICIPANT_SCORES.conform(f) for f in found).sort("session_id")


def _meetings(
    meetings: pl.LazyFrame, participants: pl.DataFrame, minutes: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """Every meeting, also one nobody attended."""
    judged = MEETING_SCORES.conform(_small(score_meetings(participants, policy, minutes)))
    everyone = meetings.select("meeting_uuid").collect()
    alone = everyone.join(judged, on="meeting_uuid", how="anti").unique()
    counts = [c.name for c in MEETING_SCORES.columns if c.required and c.dtype == pl.Int64]
    empty = MEETING_SCORES.conform(alone).with_columns(
        pl.col(counts).fill_null(0), pl.col("band").fill_null("Unscored")
    )
    return pl.concat([judged, empty]).sort("meeting_uuid")
