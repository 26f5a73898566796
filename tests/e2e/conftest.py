import json
from dataclasses import asdict

import pytest

from tests.e2e.support import ALL_FORMS, Command, Result, account, asked, organisation, shared, week


@pytest.fixture(scope="session")
def zoom():
    """A simulated account of two weeks. Do not count its requests: many tests ask it."""
    with account(organisation()) as server:
        yield server


@pytest.fixture(scope="session")
def reported(tmp_path_factory, zoom):
    """The last week pulled and reported, for tests that change nothing: directory, run, calls."""

    def make(home):
        with account(organisation()) as server:
            result = Command(home, server).run("weekly", "--week", week(), env=ALL_FORMS)
            calls = {name: asked(server, name) for name in ("participants", "qos")}
        told = {**asdict(result), "cwd": ""}
        (home / "told.json").write_text(json.dumps({"result": told, "calls": calls}), "utf-8")

    home = shared(tmp_path_factory, "reported", make)
    told = json.loads((home / "told.json").read_text("utf-8"))
    command = Command(home, zoom)
    return command, Result(**{**told["result"], "cwd": home}), told["calls"]


@pytest.fixture
def pulled(reported, tmp_path):
    """A copy of that directory, to be changed; its account can still be asked."""
    return reported[0].copy(tmp_path / "copy")


@pytest.fixture
def fresh(zoom, tmp_path):
    """An empty directory, and the same account."""
    return Command(tmp_path, zoom)
