"""Processes of this machine: for a store with more weeks than one core gets through."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial

from qosreport.errors import WorkersLost
from qosreport.scoring.engine import Scores
from qosreport.scoring.engines.executing import by_executor, environment_of_workers
from qosreport.scoring.engines.task import Engine
from qosreport.scoring.policy import Policy
from qosreport.store.parts import Part


@contextmanager
def engine(count: int) -> Iterator[Engine]:
    """So many processes; they end with the context."""
    # A fork would inherit polars' locks and none of the threads that hold them.
    context = multiprocessing.get_context("spawn")
    with (
        environment_of_workers(),
        ProcessPoolExecutor(count, mp_context=context, initializer=_settle) as executor,
    ):
        try:
            yield partial(_score, executor, count)
        finally:
            executor.shutdown(cancel_futures=True)


def _score(
    executor: ProcessPoolExecutor, count: int, parts: Sequence[Part], policy: Policy
) -> Iterator[Scores]:
    try:
        yield from by_executor(executor, parts, policy, ahead=2 * count)
    except BrokenProcessPool:
        why = "killed, or out of memory"
        raise WorkersLost(engine=f"processes:{count}", why=why) from None


def _settle() -> None:
    """Leave Ctrl-C to the process that started this one, and end when that one does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
