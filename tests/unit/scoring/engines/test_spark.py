"""A real Spark session of two threads: what fails in its workers, and what it leaves behind."""

import os

import pytest

from qosreport.errors import EngineUnavailable, StoreDamaged
from tests.unit.scoring.engines.support import damage, needs_spark, parts_in, scored

pytestmark = needs_spark


@pytest.fixture
def parts(tmp_path):
    return parts_in(tmp_path, count=3, meetings=9)


def test_a_damaged_file_is_named_as_it_is_here(parts):
    damage(parts[1].paths["streams"])
    told = []
    for text in ("local", "spark:local[2]"):
        with pytest.raises(StoreDamaged) as failure:
            scored(text, parts)
        told.append((failure.value.line(), failure.value.exit_code))
    assert told[0] == told[1]
    assert parts[1].paths["streams"] in told[0][0]


def test_it_says_nothing_by_itself_and_leaves_the_environment_as_it_was(parts, capfd):
    before = dict(os.environ)
    assert len(scored("spark:local[2]", parts)) == 3
    assert dict(os.environ) == before
    assert capfd.readouterr() == ("", "")


def test_a_master_that_cannot_be_is_one_line(parts):
    with pytest.raises(EngineUnavailable, match="spark:nonsense cannot be used: ") as failure:
        scored("spark:nonsense", parts)
    line = failure.value.line()
    assert "Could not parse Master URL" in line
    assert "\n" not in line
    assert failure.value.exit_code == 69
