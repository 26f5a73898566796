"""A real cluster on loopback: workers that die, see other files, or have other versions."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from distributed import Client

from qosreport.errors import (
    EngineUnavailable,
    PartNotSeen,
    StoreDamaged,
    WorkersDiffer,
)
from qosreport.scoring import engines
from qosreport.scoring.engines import dask
from qosreport.settings.score import engine_named
from tests.e2e.support import wait_until
from tests.unit.scoring.engines.support import (
    damage,
    dask_cluster,
    differing,
    elsewhere,
    parts_in,
    scored,
)
from tests.unit.scoring.support import default


@pytest.fixture
def parts(tmp_path):
    (tmp_path / "parts").mkdir()
    return parts_in(tmp_path / "parts", count=8, meetings=16)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
def mortal(tmp_path_factory):
    """A cluster of which processes may be killed."""
    with dask_cluster(tmp_path_factory.mktemp("mortal")) as found:
        yield found


def begun(cluster, parts):
    """The scoring of parts, of which the first is done."""
    running = engines.scored(engine_named(cluster.engine), parts, default())
    return next(running), running


def test_a_worker_killed_in_the_middle_of_a_part_changes_nothing(mortal, parts):
    first, running = begun(mortal, parts)
    # Frozen, it finishes nothing that it is given: what it holds when it is killed is lost.
    mortal.workers[0].send_signal(signal.SIGSTOP)
    with (
        ThreadPoolExecutor(1) as thread,
        Client(mortal.address, set_as_default=False) as watching,
    ):
        rest = thread.submit(list, running)
        info = watching.scheduler_info(n_workers=-1)["workers"]
        (frozen,) = (address for address, worker in info.items() if str(worker["name"]) == "0")
        wait_until(lambda: watching.processing().get(frozen))
        mortal.kill(0)
        assert differing(scored("local", parts), [first, *rest.result(60)]) == []


def test_a_damaged_file_is_named_as_it_is_here(cluster, parts):
    damage(parts[3].paths["streams"])
    told = []
    for text in ("local", "processes:2", cluster.engine):
        with pytest.raises(StoreDamaged) as failure:
            scored(text, parts)
        told.append((failure.value.line(), failure.value.exit_code))
    assert told[0] == told[1] == told[2]
    assert parts[3].paths["streams"] in told[0][0]


def test_the_parts_before_a_damaged_one_are_scored(cluster, parts):
    damage(parts[3].paths["sessions"])
    running = engines.scored(engine_named(cluster.engine), parts, default())
    assert [next(running)[0].number for _ in range(3)] == [0, 1, 2]
    with pytest.raises(StoreDamaged, match=r"3\.sessions\.parquet"):
        next(running)


def test_a_store_that_workers_do_not_see_is_told_from_a_damaged_one(cluster, parts, monkeypatch):
    monkeypatch.chdir(Path(parts[0].paths["streams"]).parent)  # workers stand elsewhere
    with pytest.raises(PartNotSeen, match=r"cannot open 0\.meetings\.parquet: no such") as failure:
        scored(cluster.engine, [*elsewhere(parts[:1]), *parts[1:]])
    assert "Mount the store on every worker" in failure.value.line()
    Path(parts[1].paths["streams"]).unlink()
    with pytest.raises(StoreDamaged, match=r"1\.streams\.parquet"):
        scored(cluster.engine, parts)


def test_parts_are_sent_with_their_files_to_workers_that_cannot_open_them(
    cluster, parts, monkeypatch
):
    monkeypatch.chdir(Path(parts[0].paths["streams"]).parent)
    here = scored("local", parts)
    unseen = elsewhere(parts)
    assert differing([(part, tables) for part, (_, tables) in zip(unseen, here, strict=True)],
                     scored(cluster.engine, unseen, sent=True)) == []  # fmt: skip
    damage(unseen[2].paths["streams"])
    with pytest.raises(StoreDamaged, match=r"the first 2\.streams\.parquet"):
        scored(cluster.engine, unseen, sent=True)
    Path(unseen[1].paths["sessions"]).unlink()
    with pytest.raises(StoreDamaged, match=r"the first 1\.sessions\.parquet"):
        scored(cluster.engine, unseen, sent=True)


def test_workers_with_other_versions_score_nothing(parts, tmp_path):
    other = tmp_path / "polars-2.0.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: polars\nVersion: 2.0.0\n")
    with (
        dask_cluster(tmp_path, first_on_path=tmp_path) as cluster,
        pytest.raises(WorkersDiffer, match=r"has polars 2\.0\.0 and this machine 2\.\d") as failure,
    ):
        scored(cluster.engine, parts)
    assert "tcp://127.0.0.1:" in failure.value.line()


def test_a_cluster_without_workers_is_not_waited_for_for_ever(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(dask, "WORKER_S", 0.5)
    with (
        dask_cluster(tmp_path, workers=0) as cluster,
        pytest.raises(EngineUnavailable, match="no worker joined its scheduler within"),
    ):
        scored(cluster.engine, parts)


def test_workers_that_all_go_away_are_not_waited_for_for_ever(mortal, parts, monkeypatch):
    _, running = begun(mortal, parts)
    monkeypatch.setattr(dask, "WORKER_S", 0.5)
    mortal.kill(0)
    mortal.kill(1)
    with pytest.raises(EngineUnavailable, match="all its workers went away"):
        list(running)


def test_a_scheduler_that_goes_away_is_one_line(mortal, parts):
    _, running = begun(mortal, parts)
    for process in (*mortal.workers, mortal.scheduler):
        process.kill()
        process.wait()
    with pytest.raises(EngineUnavailable, match="its scheduler went away"):
        list(running)


def test_nobody_at_the_address_is_one_line(parts, monkeypatch):
    monkeypatch.setattr(dask, "CONNECT_S", 0.5)
    with pytest.raises(EngineUnavailable, match="no scheduler answers") as failure:
        scored("dask:tcp://127.0.0.1:1", parts)
    assert failure.value.exit_code == 69
