"""A Dask cluster that somebody runs already: its workers score, this process keeps the results."""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from qosreport.errors import EngineUnavailable, MissingEngine, WorkersDiffer, WorkersLost
from qosreport.scoring.engine import AHEAD, Scores
from qosreport.scoring.engines.executing import by_executor
from qosreport.scoring.engines.task import Engine, Packed, versions
from qosreport.scoring.policy import Policy
from qosreport.store.parts import Part

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 15
WORKER_S = 120
"""How long to wait for a first worker: a cluster that grows on demand has none at first."""

QUIET = {
    "logging": {"distributed": "critical"},
    "distributed.admin.large-graph-warning-threshold": "1GB",
}
"""Dask prints what it logs by a handler of its own, set up on import. What matters is raised; and a
part that is sent with its files is not what it takes for a mistake."""


def check() -> None:
    """See that Dask is installed.

    Raises:
        MissingEngine: It is not.
    """
    if find_spec("distributed") is None:
        remedy = "Run pip install 'qosreport[dask]'"
        raise MissingEngine(engine="dask", needs="distributed", remedy=remedy)


@contextmanager
def engine(address: str, *, sent: bool = False) -> Iterator[Engine]:
    """The cluster whose scheduler is at an address, once a worker is there.

    Args:
        address: As `tcp://host:8786`.
        sent: Whether workers are sent the files of a part, or open them.

    Raises:
        MissingEngine: Dask is not installed.
        EngineUnavailable: Nobody answers there, or no worker joins.
        WorkersDiffer: A worker has other versions.
    """
    with _connected(address) as client:
        _wait_for_a_worker(client, address)
        _compare(client)
        executor = client.get_executor()
        try:
            yield _Cluster(client, executor, address, sent)
        finally:
            # Waiting would be for ever where the workers are gone.
            executor.shutdown(wait=False)


@contextmanager
def _connected(address: str) -> Iterator["Client"]:
    check()
    import dask

    with dask.config.set(QUIET):
        from distributed import Client

        try:
            client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            why = f"no scheduler answers ({type(error).__name__})"
            raise _unavailable(address, why) from None
        with client:
            yield client


def _wait_for_a_worker(client: "Client", address: str) -> None:
    try:
        client.submit(socket.gethostname, pure=False).result(timeout=WORKER_S)
    except TimeoutError:
        why = f"no worker joined its scheduler within {WORKER_S} s"
        raise _unavailable(address, why) from None


def _unavailable(address: str, why: str) -> EngineUnavailable:
    remedy = "Check that the scheduler runs there and has workers"
    return EngineUnavailable(engine=f"dask:{address}", why=why, remedy=remedy)


def _compare(client: "Client") -> None:
    """See that the workers can read a task; each compares versions again for those yet to come."""
    for name, ours in versions().items():
        found = client.run(metadata.version, name, on_error="return")
        for worker, theirs in found.items():
            if theirs != ours:
                its = f"no {name}" if isinstance(theirs, Exception) else f"{name} {theirs}"
                raise WorkersDiffer(host=worker, theirs=its, ours=ours)


@dataclass(frozen=True)
class _Cluster:
    """The engine: a cluster with workers that will do."""

    client: "Client"
    executor: Executor
    address: str
    sent: bool

    def __call__(self, parts: Sequence[Part], policy: Policy) -> Iterator[Scores]:
        """The tables of each part, in the order of the parts."""
        from distributed import KilledWorker
        from distributed.comm import CommClosedError

        ahead = max(AHEAD, 2 * sum(self.client.nthreads().values()))
        try:
            yield from by_executor(
                self.executor, parts, policy, ahead=ahead, sent=self.sent, wait=self._wait
            )
        except KilledWorker:
            why = "several of them in the same part: out of memory?"
            raise WorkersLost(engine=f"dask:{self.address}", why=why) from None
        except (CancelledError, CommClosedError):
            raise _unavailable(self.address, "its scheduler went away") from None

    def _wait(self, future: "Future[Packed]") -> Packed:
        """The result, as long as there are workers: Dask itself would wait for some for ever."""
        while True:
            with suppress(TimeoutError):
                return future.result(WORKER_S)
            if not self.client.nthreads():
                raise _unavailable(self.address, "all its workers went away")
