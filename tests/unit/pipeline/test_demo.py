"""What the demo takes from the settings, and what it says itself."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

from qosreport.pipeline.demo import ORGANISATION, SEED, ZONE, settings_for
from qosreport.settings import ReportSettings
from qosreport.simulator.organisation import Simulation, SimulationSettings

END = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)


def test_reports_look_as_the_settings_say_under_the_demos_own_name(tmp_path):
    server = SimpleNamespace(
        simulation=Simulation(SimulationSettings(seed=SEED, weeks=1, last_week_end=END)),
        credentials=SimpleNamespace(account_id="a", client_id="c", client_secret="s"),
        api_url="http://127.0.0.1:1/v2",
        token_url="http://127.0.0.1:1/oauth/token",
    )
    report = ReportSettings(organisation="Ours", timezone="Asia/Tokyo", branding=Path("brand"))
    made = settings_for(server, tmp_path, report).report
    assert (made.organisation, made.timezone) == (ORGANISATION, ZONE)
    assert made.branding == Path("brand")
    assert settings_for(server, tmp_path).report.branding is None
