"""Engines: where parts of the store are scored. The score itself is defined once, in `engine.py`.

An engine takes parts and a policy and gives the tables of each part, in the order of the parts. It
imports its library when it is opened, and starts nothing before.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from qosreport.errors import PartNotSeen, StoreDamaged
from qosreport.scoring.engine import Scores
from qosreport.scoring.engines import dask, local, processes, remote, spark
from qosreport.scoring.engines.task import Engine
from qosreport.scoring.policy import Policy
from qosreport.settings.score import EngineChoice
from qosreport.store.parts import Part

__all__ = ["Engine", "check", "open_engine", "scored"]


def check(choice: EngineChoice) -> None:
    """See that an engine could be opened, without starting or asking anything.

    Raises:
        MissingEngine: What it needs is not installed.
    """
    if choice.kind == "dask":
        dask.check()
    elif choice.kind == "spark":
        spark.check()
    elif choice.kind == "polars-remote":
        remote.check()


def open_engine(choice: EngineChoice) -> AbstractContextManager[Engine]:
    """The engine of the settings; what it starts ends with the context.

    Raises:
        MissingEngine: What it needs is not installed.
        EngineUnavailable: It cannot be reached.
    """
    match choice.kind:
        case "local":
            return local.engine()
        case "processes":
            return processes.engine(int(choice.argument))
        case "dask":
            return dask.engine(choice.argument, sent=choice.sent)
        case "spark":
            return spark.engine(choice.argument, sent=choice.sent)
        case "polars-remote":
            return remote.engine()


def scored(
    choice: EngineChoice, parts: Sequence[Part], policy: Policy
) -> Generator[tuple[Part, Scores]]:
    """Score parts by an engine: each part with its tables, in their order.

    A single part is scored here: nobody else could be quicker.

    Raises:
        QosreportError: A part cannot be scored, or the engine not be used; the same failure for
            the same damage whatever the engine.
    """
    check(choice)
    with local.engine() if len(parts) < 2 else open_engine(choice) as engine, _telling():
        yield from zip(parts, engine(parts, policy), strict=True)


@contextmanager
def _telling() -> Iterator[None]:
    """A file that no worker sees because it is nowhere is damage, not a mount that is missing."""
    try:
        yield
    except PartNotSeen as error:
        path = str(error.facts["path"])
        if Path(path).exists():
            raise
        raise StoreDamaged(count=1, first=path) from None
