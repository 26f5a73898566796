"""What engines share that are executors, or start processes of their own on this machine."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager

from qosreport.scoring.engine import Scores, in_order
from qosreport.scoring.engines.task import Packed, Task, unpacked, work
from qosreport.scoring.policy import Policy
from qosreport.settings.base import ENV_PREFIX
from qosreport.store.parts import Part

THREADS = "POLARS_MAX_THREADS"
"""Read by polars when it is imported: workers are as many as there are cores already."""


def by_executor(
    executor: Executor,
    parts: Sequence[Part],
    policy: Policy,
    *,
    ahead: int,
    sent: bool = False,
    wait: Callable[["Future[Packed]"], Packed] = Future.result,
) -> Iterator[Scores]:
    """The tables of each part, in the order of the parts; see `in_order` and `Task.of`."""
    begun = ((part, executor.submit(work, Task.of(part, policy, sent=sent))) for part in parts)
    for _, tables in in_order(begun, ahead=ahead, wait=wait):
        yield unpacked(tables)


@contextmanager
def environment_of_workers(**more: str) -> Iterator[None]:
    """While it lasts, processes started here get none of our settings, and one thread of polars.

    Our settings in the environment hold the secrets of the Zoom account, the mail and the archive.
    """
    before = dict(os.environ)
    for name in before:
        if name.upper().startswith(ENV_PREFIX):
            del os.environ[name]
    os.environ.update({THREADS: "1", **more})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
