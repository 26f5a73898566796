"""Processes of this machine: for a store with more weeks than one core gets through."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from qosreport.errors import WorkersLost
from qosreport.scoring.engine import Scores
from qosreport.scoring.engines.executing import by_executor, environment_of_workers
from qosreport.scoring.engines.task import Engine
from qosreport.scoring.policy import Policy
from qosreport.store.parts import Part

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def engine(count: int) -> Iterator[Engine]:
    """So many processes; they end with the context."""
    # A fork would inherit polars' locks and none of the threads that hold them.
    context = multiprocessing.get_context("spawn")
    with (
        environment_of_workers(),
        _Pool(count, mp_context=context, initializer=_settle) as executor,
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


class _Pool(ProcessPoolExecutor):
    """Whose processes leave Ctrl-C to the one that started them: they begin on submission."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        with _uninterrupted():
            return super().submit(function, *args, **kwargs)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put off what would interrupt this thread; who is started meanwhile never hears Ctrl-C.

    A process whose start is interrupted half-way, or that is interrupted before any of our code
    runs in it, would print its traceback.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    before = {
        number: signal.signal(number, lambda came, _frame: heard.append(came))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for came in heard:
            signal.raise_signal(came)


def _settle() -> None:
    """End when the process does that started this one."""
    threading.Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
