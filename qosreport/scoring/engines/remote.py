"""polars' own remote engine, passed through: Polars Cloud, or a cluster of one's own of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec

import polars as pl

from qosreport.errors import MissingEngine
from qosreport.scoring.engine import Scores
from qosreport.scoring.engines.task import Engine, score_here
from qosreport.scoring.policy import Policy
from qosreport.store.parts import Part


def check() -> None:
    """See that its client is installed.

    Raises:
        MissingEngine: It is not.
    """
    if find_spec("polars_cloud") is None:
        remedy = "Run pip install polars-cloud, of a release that goes with this polars"
        raise MissingEngine(engine="polars-remote", needs="polars_cloud", remedy=remedy)


@contextmanager
def engine() -> Iterator[Engine]:
    """The cluster of the current session of `polars_cloud`.

    The pass over the samples runs there, all that is made of it here.

    Raises:
        MissingEngine: Its client is not installed.
    """
    check()
    yield partial(_score, pl.RemoteEngine())


def _score(there: pl.Engine, parts: Sequence[Part], policy: Policy) -> Iterator[Scores]:
    def collect(plans: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        return [plan.collect(engine=there) for plan in plans]

    return (score_here(part, policy, collect) for part in parts)
