"""One definition of the score: every engine gives the same tables, to the last bit."""

import pytest

from tests.unit.scoring.engines.support import (
    dask_cluster,
    differing,
    needs_spark,
    parts_in,
    scored,
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    return parts_in(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def here(parts):
    return scored("local", parts)


def test_the_parts_say_something(parts, here):
    assert all(not tables["minute_scores"].is_empty() for _, tables in here)
    assert sum(tables["flags"].height for _, tables in here) > 20
    assert parts[1].superseded[0] not in here[1][1]["meeting_scores"]["meeting_uuid"]
    assert differing(here[:1], [(parts[0], here[1][1])]), "tables that differ are told apart"


def test_processes_give_the_same_tables(parts, here):
    assert differing(here, scored("processes:2", parts)) == []


def test_a_dask_cluster_gives_the_same_tables(parts, here, tmp_path):
    with dask_cluster(tmp_path) as cluster:
        assert differing(here, scored(cluster.engine, parts)) == []


@needs_spark
def test_spark_gives_the_same_tables(parts, here):
    assert differing(here, scored("spark:local[2]", parts)) == []
    assert differing(here, scored("spark:local[2]", parts, sent=True)) == []
