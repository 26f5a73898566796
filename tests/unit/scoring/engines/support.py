"""Parts in files, and a Dask cluster of real processes to score them on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from qosreport.scoring import engines
from qosreport.settings.score import engine_named
from qosreport.store import Part
from qosreport.store.layout import to_parquet
from qosreport.tables import SCORED
from tests.e2e.support import wait_until
from tests.unit.scoring.support import default
from tests.unit.scoring.worlds import world

SEED = 6
FOR_SPARK = {name: find_spec(name) for name in ("pyspark", "pyarrow", "pandas")} | {
    "java": shutil.which("java")
}
MISSING = ", ".join(name for name, found in FOR_SPARK.items() if found is None)
needs_spark = pytest.mark.skipif(
    bool(MISSING), reason=f"Spark needs {MISSING}; 'make test-spark' installs what is missing"
)


def parts_in(directory, count=5, meetings=20):
    """Parts of an invented store; one of them has a meeting that a later part holds anew."""
    given = world(SEED, meetings=meetings)
    uuids = given.tables["meetings"]["meeting_uuid"].to_list()
    found = [_part(directory, given, number, uuids[number::count]) for number in range(count)]
    found[1] = replace(found[1], superseded=(uuids[1],))
    return found


def _part(directory, given, number, uuids):
    paths, rows = {}, {}
    for name, frame in given.part(*uuids).tables.items():
        file = directory / f"{number}.{name}.parquet"
        file.write_bytes(to_parquet(frame))
        paths[name], rows[name] = str(file), frame.height
    return Part(
        part_id=f"part-{number}", week="2026-W46", number=number, paths=paths, rows=rows,
        superseded=(), meetings=len(uuids), minutes=1,
    )  # fmt: skip


def scored(text, parts, *, sent=False):
    """The parts with their tables, by the engine of that text."""
    choice = replace(engine_named(text), sent=sent)
    return list(engines.scored(choice, parts, default()))


def elsewhere(parts):
    """The parts with paths that hold only below the directory they lie in."""
    return [
        replace(part, paths={name: Path(path).name for name, path in part.paths.items()})
        for part in parts
    ]


def differing(ours, theirs):
    """Parts and tables that are not equal to the last bit."""
    assert [part for part, _ in ours] == [part for part, _ in theirs]
    return [
        (part.part_id, name)
        for (part, left), (_, right) in zip(ours, theirs, strict=True)
        for name in SCORED
        if not (left[name].schema == right[name].schema and left[name].equals(right[name]))
    ]


def damage(path):
    """Flip bits in the middle of a file."""
    content = bytearray(Path(path).read_bytes())
    middle = len(content) // 3
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    Path(path).write_bytes(content)


@dataclass
class Cluster:
    """A scheduler and its workers."""

    address: str
    scheduler: subprocess.Popen
    workers: list[subprocess.Popen]

    @property
    def engine(self):
        return f"dask:{self.address}"

    def kill(self, number):
        """End a worker as the system does when memory is short."""
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait()


@contextmanager
def dask_cluster(directory, *, workers=2, first_on_path=None):
    """A scheduler and workers of one thread each, as one starts them by hand, on loopback."""
    file = directory / "scheduler.json"
    path = [str(place) for place in (first_on_path, *sys.path) if place]
    own = {**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": os.pathsep.join(path)}
    started = []

    def start(command, *options):
        module = f"distributed.cli.dask_{command}"
        common = ["--no-dashboard", "--scheduler-file", str(file)]
        process = subprocess.Popen(
            [sys.executable, "-m", module, *common, *options],
            env=own, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        started.append(process)
        return process

    try:
        scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
        wait_until(lambda: file.exists() and file.read_text("utf-8").endswith("}"))
        hands = [
            start("worker", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1",
                  "--name", str(number))
            for number in range(workers)
        ]  # fmt: skip
        yield Cluster(json.loads(file.read_text("utf-8"))["address"], scheduler, hands)
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()
