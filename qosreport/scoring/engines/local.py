"""The default engine: this process, one part after another."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

from qosreport.scoring.engine import Scores
from qosreport.scoring.engines.task import Engine, score_here
from qosreport.scoring.policy import Policy
from qosreport.store.parts import Part


def engine() -> AbstractContextManager[Engine]:
    """This process."""
    return nullcontext(_score)


def _score(parts: Sequence[Part], policy: Policy) -> Iterator[Scores]:
    return (score_here(part, policy) for part in parts)
