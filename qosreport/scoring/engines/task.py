"""What a worker is sent and what it sends back: the same function for every engine.

A worker gets a part and a policy, nothing else: no setting, no token.
"""

import io
import pickle
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import polars as pl

from qosreport.errors import PartNotSeen, StoreDamaged, WorkersDiffer
from qosreport.scoring.engine import READ, Collect, Scores, score_part, stream
from qosreport.scoring.policy import Policy
from qosreport.store.parts import Part

Engine = Callable[[Sequence[Part], Policy], Iterator[Scores]]
"""Gives the tables of parts as from `score_part`, in the order of the parts.

Where a part cannot be scored it raises, after it gave the tables of those before.
"""

Packed = dict[str, bytes]
"""Tables by name, as they travel: a fourteenth of what they take in memory."""

PACKAGES = ("qosreport", "polars")
"""Of which a worker must have the same versions, for the same scores."""


@dataclass(frozen=True)
class Task:
    """A part to be scored by a policy, packed by whoever has the store."""

    versions: Mapping[str, str]
    """Of `PACKAGES` where it was packed."""
    packed: bytes
    """Part and policy; not looked at before versions are compared."""

    @classmethod
    def of(cls, part: Part, policy: Policy, *, sent: bool = False) -> "Task":
        """The task of scoring a part; `sent`: with its files.

        Raises:
            StoreDamaged: One of the files cannot be opened.
        """
        whole = part.with_contents(READ) if sent else part
        return cls(versions(), pickle.dumps((whole, policy)))


def versions() -> dict[str, str]:
    """What is installed here of what the scores rest on."""
    return {name: metadata.version(name) for name in PACKAGES}


def work(task: Task) -> Packed:
    """Score the part of a task; this is what runs on a worker.

    Returns:
        The tables, to be unpacked by `unpacked`.

    Raises:
        WorkersDiffer: This worker has other versions.
        PartNotSeen: It cannot open a file of the part.
        StoreDamaged: A file of the part cannot be read.
    """
    _compare(task.versions, versions())
    part, policy = pickle.loads(task.packed)  # noqa: S301 -- from whoever could send any code
    return {name: _compressed(table) for name, table in score_here(part, policy).items()}


def unpacked(tables: Packed) -> Scores:
    """The tables that a worker made, as it made them."""
    return {name: pl.read_ipc(io.BytesIO(packed)) for name, packed in tables.items()}


def _compressed(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


def score_here(part: Part, policy: Policy, collect: Collect = stream) -> Scores:
    """As `score_part`; a file that cannot be read is named.

    Raises:
        PartNotSeen: A file of the part cannot be opened.
        StoreDamaged: A file of the part cannot be read.
    """
    with naming_files(part):
        return score_part(part, policy, collect)


@contextmanager
def naming_files(part: Part) -> Iterator[None]:
    """Turn the failure of a plan into the failure of a file, where there is one."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        for table in (name for name in READ if name in part.paths):
            _read(part, table)
        raise


def _read(part: Part, table: str) -> None:
    """See that a file can be opened, and read."""
    path = part.paths[table]
    try:
        with nullcontext() if table in part.contents else Path(path).open("rb"):
            pass
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise PartNotSeen(host=socket.gethostname(), path=path, why=why) from None
    try:
        pl.read_parquet(part.files(table), glob=False, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise StoreDamaged(count=1, first=path) from None


def _compare(ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
    """`ours` is of the machine that has the store.

    Raises:
        WorkersDiffer: They are not the same.
    """
    other = [name for name in ours if theirs.get(name) != ours[name]]
    if other:
        raise WorkersDiffer(
            host=socket.gethostname(),
            theirs=", ".join(f"{name} {theirs.get(name)}" for name in other),
            ours=", ".join(ours[name] for name in other),
        )
