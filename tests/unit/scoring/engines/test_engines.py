"""Which engine a text means, what is missing for it, and what is the same with all of them."""

import multiprocessing
import os
import shutil
from importlib import util
from pathlib import Path

import polars as pl
import pytest

from qosreport import settings
from qosreport.errors import BadSetting, MissingEngine, PartNotSeen, StoreDamaged, WorkersLost
from qosreport.pipeline import checks
from qosreport.scoring import engines
from qosreport.scoring.engines import dask, processes, remote, spark
from qosreport.scoring.engines.task import Task, unpacked, work
from qosreport.settings.score import EngineChoice, engine_named
from tests.unit.pipeline.test_small_parts import run
from tests.unit.scoring.engines.support import differing, parts_in, scored
from tests.unit.scoring.support import default

WITH_LIBRARIES = {"dask": "distributed", "spark": "pyspark", "polars-remote": "polars_cloud"}


class Deadly:
    """Kills whoever unpacks it."""

    def __reduce__(self):
        return os._exit, (9,)


@pytest.fixture
def parts(tmp_path):
    return parts_in(tmp_path, count=3, meetings=9)


@pytest.fixture
def without(monkeypatch):
    """As if packages were not installed."""

    def hide(*names):
        find = util.find_spec
        monkeypatch.setattr(util, "find_spec", lambda name: None if name in names else find(name))
        for module in (dask, spark, remote):
            monkeypatch.setattr(module, "find_spec", util.find_spec)

    return hide


@pytest.mark.parametrize(
    ("text", "kind", "argument"),
    [
        ("local", "local", ""),
        ("processes:2", "processes", "2"),
        ("dask:tcp://10.0.0.1:8786", "dask", "tcp://10.0.0.1:8786"),
        ("dask:tls://scheduler:8786", "dask", "tls://scheduler:8786"),
        ("spark", "spark", ""),
        ("spark:local[2]", "spark", "local[2]"),
        ("spark:spark://master:7077", "spark", "spark://master:7077"),
        ("polars-remote", "polars-remote", ""),
    ],
)
def test_a_text_means_an_engine(text, kind, argument):
    assert engine_named(text) == EngineChoice(kind, argument)
    assert str(engine_named(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "Local", "local:", "local:2", "processes", "processes:0", "processes:many",
     "processes:999", "processes:٣", "dask", "dask:", "dask:host:8786", "dask:tcp://", "spark:",
     "ray", "polars-remote:x"],
)  # fmt: skip
def test_any_other_text_is_one_line_with_the_choices(text):
    with pytest.raises(BadSetting) as failure:
        settings.load(environ={}, flags={"score.engine": text})
    line = failure.value.line()
    assert "Setting score.engine (command line): " in line
    assert "processes:N (1 to 256), dask:tcp://HOST:PORT, spark, spark:MASTER or" in line
    assert "\n" not in line


def test_whether_files_are_sent_is_a_setting():
    assert not settings.ScoreSettings(engine="spark").chosen_engine.sent
    assert settings.ScoreSettings(engine="spark", files="sent").chosen_engine.sent


@pytest.mark.parametrize(("kind", "package"), WITH_LIBRARIES.items())
def test_a_missing_library_is_one_line_that_says_how_to_get_it(kind, package, without, parts):
    without(package)
    argument = {"dask": "tcp://127.0.0.1:1"}.get(kind, "")
    with pytest.raises(MissingEngine, match=package) as failure:
        list(engines.scored(EngineChoice(kind, argument), parts, default()))
    assert failure.value.exit_code == 78
    how = "polars-cloud" if kind == "polars-remote" else rf"'qosreport[{kind}]'"
    assert f"Run pip install {how}" in failure.value.line()


def test_spark_without_java_says_so(monkeypatch):
    monkeypatch.setattr(spark, "find_spec", lambda name: name)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(MissingEngine, match="needs Java"):
        spark.check()


def test_settings_are_checked_with_their_engine(without):
    score = settings.ScoreSettings(engine="processes:3")
    assert " Engine processes:3." in checks.check(run(score=score)).summary
    without("distributed")
    with pytest.raises(MissingEngine):
        checks.check(run(score=settings.ScoreSettings(engine="dask:tcp://127.0.0.1:1")))


def test_one_part_is_scored_here_and_nothing_is_begun_for_it(parts):
    nobody = engine_named("dask:tcp://127.0.0.1:1")
    assert differing(
        list(engines.scored(nobody, parts[:1], default())), scored("local", parts[:1])
    ) == []  # fmt: skip
    assert list(engines.scored(nobody, [], default())) == []


def test_processes_know_no_setting_of_ours_and_have_one_thread_of_polars(monkeypatch):
    monkeypatch.setenv("QOSREPORT_ZOOM__CLIENT_SECRET", "an invented secret")
    with processes.engine(1) as engine:
        executor = engine.args[0]
        assert executor.submit(os.getenv, "QOSREPORT_ZOOM__CLIENT_SECRET").result() is None
        assert executor.submit(pl.thread_pool_size).result() == 1
    assert os.environ["QOSREPORT_ZOOM__CLIENT_SECRET"] == "an invented secret"
    assert "POLARS_MAX_THREADS" not in os.environ


def test_a_task_holds_a_part_and_a_policy_and_nothing_else(parts):
    task = Task.of(parts[0], default())
    assert len(task.packed) < 20_000
    assert vars(task).keys() == {"versions", "packed"}
    assert differing([(parts[0], unpacked(work(task)))], scored("local", parts)[:1]) == []


def test_processes_that_are_killed_are_one_line(parts):
    with pytest.raises(WorkersLost, match="processes:1 ended before") as failure:
        list(engines.scored(engine_named("processes:1"), parts, Deadly()))
    assert failure.value.exit_code == 69


def test_a_file_that_is_gone_is_damage_and_not_a_mount(parts):
    gone = parts[1].paths["streams"]
    Path(gone).unlink()
    with pytest.raises(StoreDamaged, match=gone):
        scored("local", parts)
    with pytest.raises(PartNotSeen, match="no such file"):
        work(Task.of(parts[1], default()))


def test_an_error_of_ours_is_not_taken_for_a_damaged_file(parts):
    with pytest.raises(AttributeError):
        list(engines.scored(engine_named("local"), parts, object()))


def test_polars_own_remote_engine_is_given_the_pass_over_the_samples(parts, monkeypatch):
    collected = []
    collect = pl.LazyFrame.collect

    def spy(plan, *, engine="auto", **options):
        if isinstance(engine, pl.StreamingEngine):
            collected.append(plan)
        return collect(plan, engine=engine, **options)

    monkeypatch.setattr(pl.LazyFrame, "collect", spy)
    monkeypatch.setattr(remote, "find_spec", lambda name: name)
    monkeypatch.setattr(pl, "RemoteEngine", pl.StreamingEngine)
    assert differing(scored("polars-remote", parts), scored("local", parts)) == []
    assert len(collected) == 2 * len(parts)


def test_what_an_engine_starts_ends_when_nobody_reads_on(parts):
    running = engines.scored(engine_named("processes:2"), parts, default())
    next(running)
    assert len(multiprocessing.active_children()) == 2
    running.close()
    assert multiprocessing.active_children() == []
