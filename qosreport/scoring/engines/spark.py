"""Spark: it schedules parts like rows of a table; each is scored by the one function.

Tables come back as bytes of polars: Spark knows neither unsigned numbers nor long strings, and so
never sees them.
"""

import os
import pickle
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from qosreport.errors import (
    EngineUnavailable,
    MissingEngine,
    QosreportError,
    WorkersDiffer,
    WorkersLost,
)
from qosreport.scoring.engine import Scores
from qosreport.scoring.engines.executing import THREADS, environment_of_workers
from qosreport.scoring.engines.task import Engine, Packed, Task, unpacked, versions, work
from qosreport.scoring.policy import Policy
from qosreport.store.parts import Part

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

SETTINGS = {
    "spark.app.name": "qosreport",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    f"spark.executorEnv.{THREADS}": "1",
}
"""Of the session; what the operator's own Spark settings say beside them holds."""
LEAST_BATCH = 8
"""Parts to a job at least: executors may still be joining."""
STDERR = 2


def check() -> None:
    """See that Spark and what runs it are installed.

    Raises:
        MissingEngine: They are not.
    """
    for package in ("pyspark", "pyarrow", "pandas"):
        if find_spec(package) is None:
            remedy = "Run pip install 'qosreport[spark]'"
            raise MissingEngine(engine="spark", needs=package, remedy=remedy)
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        remedy = "Install Java 17 or later (default-jre-headless), or set JAVA_HOME to it"
        raise MissingEngine(engine="spark", needs="Java", remedy=remedy)


@contextmanager
def engine(master: str, *, sent: bool = False) -> Iterator[Engine]:
    """A session at a master, by default that of Spark's own settings; it ends with the context.

    Args:
        master: As `local[2]`; empty for that of Spark's own settings.
        sent: Whether workers are sent the files of a part, or open them.

    Raises:
        MissingEngine: Spark, pyarrow, pandas or Java is not installed.
        EngineUnavailable: No session begins.
    """
    check()
    with _session(master) as session:
        yield partial(_score, session, f"spark:{master}" if master else "spark", sent)


@contextmanager
def _session(master: str) -> Iterator["SparkSession"]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for key, value in {**SETTINGS, **({"spark.master": master} if master else {})}.items():
        builder = builder.config(key, value)
    # Workers on this machine are to be of the Python that runs this.
    python = os.environ.get("PYSPARK_PYTHON", sys.executable)
    with environment_of_workers(PYSPARK_PYTHON=python):
        try:
            with _java_unheard():
                session = builder.getOrCreate()
        except (PySparkException, Py4JError, OSError) as error:
            remedy = "Check Spark's master and settings"
            name = f"spark:{master}" if master else "spark"
            raise EngineUnavailable(engine=name, why=_first_line(error), remedy=remedy) from None
        try:
            yield session
        finally:
            session.stop()


@contextmanager
def _java_unheard() -> Iterator[None]:
    """What is started meanwhile logs to nowhere: nothing else silences Java from its start."""
    ours = os.dup(STDERR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDERR)
        yield
    finally:
        os.dup2(ours, STDERR)
        os.close(ours)
        os.close(nowhere)


def _score(
    session: "SparkSession", name: str, sent: bool, parts: Sequence[Part], policy: Policy
) -> Iterator[Scores]:
    """Batch by batch: the driver holds the tables of one batch at a time."""
    size = max(LEAST_BATCH, 2 * session.sparkContext.defaultParallelism)
    for first in range(0, len(parts), size):
        tasks = [Task.of(part, policy, sent=sent) for part in parts[first : first + size]]
        for packed in _results(session, name, tasks):
            found = pickle.loads(packed)  # noqa: S301 -- from workers that this process gave code
            if isinstance(found, BaseException):
                raise found
            yield unpacked(found)


def _results(session: "SparkSession", name: str, tasks: Sequence[Task]) -> list[bytes]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    rows = [(number, pickle.dumps(task)) for number, task in enumerate(tasks)]
    try:
        with warnings.catch_warnings():
            # Of Spark, on the pandas that it asks for and that nothing here uses.
            warnings.simplefilter("ignore", FutureWarning)
            frame = session.createDataFrame(rows, "number long, packed binary")
            # By ranges each part is a task of its own; by hash or turn some would share one.
            apart = frame.repartitionByRange(len(rows), "number")
            done = apart.mapInArrow(work_rows, "number long, packed binary").collect()
    except (PySparkException, Py4JError) as error:
        raise _told(error, name) from None
    return [row["packed"] for row in sorted(done, key=lambda row: row["number"])]


def work_rows(batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """Score the tasks in the rows of Arrow batches; this is what runs on a worker.

    Yields:
        One row per task: its number, and as pickled bytes its tables, or why there are none.
    """
    import pyarrow as pa

    for batch in batches:
        rows = batch.to_pylist()
        packed = [pickle.dumps(_work_or_why(row["packed"])) for row in rows]
        yield pa.RecordBatch.from_pydict(
            {"number": batch["number"], "packed": pa.array(packed, pa.binary())}
        )


def _work_or_why(packed: bytes) -> Packed | Exception:
    """Exceptions as results: of those raised, Spark keeps nothing but the text."""
    try:
        return work(pickle.loads(packed))  # noqa: S301 -- from the process that has the store
    except Exception as error:  # noqa: BLE001 -- raised again by whoever reads the result
        return error


def _told(error: Exception, name: str) -> QosreportError:
    text = str(error)
    if "No module named 'qosreport'" in text:
        return WorkersDiffer(host=name, theirs="no qosreport", ours=versions()["qosreport"])
    return WorkersLost(engine=name, why=_first_line(error))


def _first_line(error: Exception) -> str:
    """What of Java's account of itself a person can use."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if "Exception: " in line]
    return (causes or lines or [type(error).__name__])[0].rpartition("Exception: ")[2][:200]
