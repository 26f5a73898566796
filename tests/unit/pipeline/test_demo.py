"""What the demo takes from the settings, and what it says itself."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from qosreport.pipeline.demo import (
    ORGANISATION,
    SEED,
    SETTINGS,
    ZONE,
    _as_file,
    settings_for,
)
from qosreport.settings import ReportSettings, load
from qosreport.simulator.organisation import Simulation, SimulationSettings

END = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)


@pytest.fixture
def server():
    return SimpleNamespace(
        simulation=Simulation(SimulationSettings(seed=SEED, weeks=1, last_week_end=END)),
        credentials=SimpleNamespace(account_id="a", client_id="c", client_secret="s"),
        api_url="http://127.0.0.1:1/v2",
        token_url="http://127.0.0.1:1/oauth/token",
    )


def test_other_commands_find_the_demos_data_by_the_settings_it_leaves(server, tmp_path):
    settings = settings_for(server, tmp_path)
    file = tmp_path / SETTINGS
    file.write_text(_as_file(settings), "utf-8")
    found = load(file, environ={}).settings
    for same in ("sites", "providers", "report"):
        assert getattr(found, same) == getattr(settings, same)
    assert found.store.path == settings.store.path.resolve()
    assert found.zoom.client_secret is None


def test_reports_look_as_the_settings_say_under_the_demos_own_name(server, tmp_path):
    report = ReportSettings(organisation="Ours", timezone="Asia/Tokyo", branding=Path("brand"))
    made = settings_for(server, tmp_path, report).report
    assert (made.organisation, made.timezone) == (ORGANISATION, ZONE)
    assert made.branding == Path("brand")
    assert settings_for(server, tmp_path).report.branding is None
