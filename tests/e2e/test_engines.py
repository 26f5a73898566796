"""The installed command with --engine: the same scores in the store, the same line on damage."""

import datetime as dt
import os
import signal
from pathlib import Path

import pytest

from qosreport.scoring import load_policy
from qosreport.simulator.server import last_monday
from qosreport.store import Store
from qosreport.store.layout import digest
from tests.e2e.support import STARTED, wait_until, week
from tests.unit.scoring.engines.support import damage, dask_cluster

MONDAY = last_monday(STARTED)
TWO_WEEKS = (
    "--from", str((MONDAY - dt.timedelta(weeks=2)).date()),
    "--to", str((MONDAY - dt.timedelta(days=1)).date()),
)  # fmt: skip
STRICT = load_policy("strict").sha256


@pytest.fixture
def two_weeks(pulled):
    """A store with a part of each of two weeks."""
    pulled.run("pull", "--week", week(2))
    with Store.open(pulled.store, lock=False) as store:
        assert len(store.parts()) >= 2
    return pulled


def score(command, engine, **options):
    return command.run("score", *TWO_WEEKS, "--policy", "strict", "--engine", engine, **options)


def scores_in(command):
    """What each file of scores by the strict policy holds, by what it is of."""
    found = {}
    for path in sorted((command.store / "scores").rglob(f"*.{STRICT[:12]}.*.parquet")):
        found[path.parent.name, path.name.partition("-")[2]] = digest(path.read_bytes())
    return found


def test_every_engine_leaves_the_same_files_in_the_store(two_weeks, tmp_path):
    found, told = {}, set()
    with dask_cluster(tmp_path) as cluster:
        for engine in ("local", "processes:2", cluster.engine):
            command = two_weeks.copy(tmp_path / engine.partition(":")[0])
            told.add(score(command, engine).lines[-1])
            found[engine] = scores_in(command)
    local, *others = found.values()
    assert len(local) >= 8
    assert others == [local, local]
    assert len(told) == 1


def test_damage_is_the_same_line_and_exit_code_with_every_engine(two_weeks, tmp_path):
    file = max(two_weeks.store.glob("tables/**/*streams*"))
    file.chmod(0o600)
    damage(file)
    with dask_cluster(tmp_path) as cluster:
        told = {
            score(two_weeks, engine, code=73).error
            for engine in ("local", "processes:2", cluster.engine)
        }
    (line,) = told
    assert str(file) in line
    assert line.endswith("[store-damaged]")


def test_an_engine_that_is_none_or_not_there_is_one_line(reported, tmp_path):
    bad = score(reported[0], "procesess:2", code=78)
    assert "'procesess:2' is no engine; write local, processes:N" in bad.error
    nobody = reported[0].copy(tmp_path / "copy")
    nobody.run("pull", "--week", week(2))
    assert score(nobody, "dask:tcp://127.0.0.1:1", code=69).slug == "engine-unavailable"


def test_ctrl_c_is_one_line_and_leaves_no_process(two_weeks):
    asked_for = ("score", *TWO_WEEKS, "--policy", "strict", "--engine", "processes:2")
    process = two_weeks.start(*asked_for, start_new_session=True)
    wait_until(lambda: workers_of(process.pid))
    workers = workers_of(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    result = two_weeks.finish(process, code=130)
    assert len(result.lines) == 1
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def workers_of(pid):
    """The processes that score for another."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    commands = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, command in commands.items() if b"spawn_main" in command]
