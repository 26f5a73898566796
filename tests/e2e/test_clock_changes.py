"""Weeks of 167 and 169 hours: hours and borders follow the reader's clocks.

Zoom lists six months only, so these weeks are pulled in the test's own process, under their own
clock; the installed command then reports them.
"""

import datetime as dt
from contextlib import nullcontext

import pytest
from pydantic import SecretStr

from qosreport import periods
from qosreport.pipeline import jobs
from qosreport.pipeline.run import Run
from qosreport.settings import ReportSettings, Settings, StoreSettings, ZoomSettings
from qosreport.simulator.organisation import Simulation, SimulationSettings
from tests.e2e.support import Command, account


class Silent:
    def say(self, text):
        pass

    warn = say

    def progress(self, _label, _total):
        return nullcontext(lambda _done: None)


def pull(home, zone, week, until):
    """Pull a week long past, at nine on the morning after the simulated weeks."""
    size = {"meetings_per_week": 20, "weeks": 3, "last_week_end": until}
    simulation = Simulation(SimulationSettings(**size))
    now = until + dt.timedelta(hours=9)
    with account(simulation, now=lambda: now) as server:
        zoom = ZoomSettings(
            account_id=server.credentials.account_id,
            client_id=server.credentials.client_id,
            client_secret=SecretStr(server.credentials.client_secret),
            api_url=server.api_url,
            token_url=server.token_url,
        )
        store, report = StoreSettings(path=home / "qosreport-data"), ReportSettings(timezone=zone)
        run = Run(Settings(zoom=zoom, store=store, report=report), now, Silent())
        outcome = jobs.pull(run, periods.week(week, zone=zone, now=now))
    assert (outcome.failure, outcome.gaps) == (None, [])
    return simulation


@pytest.mark.parametrize(
    ("zone", "week", "hours", "border"),
    [
        ("Europe/London", "2025-W13", 167, ("2025-03-24T00:00Z", "2025-03-30T23:00Z")),
        ("Europe/London", "2025-W43", 169, ("2025-10-19T23:00Z", "2025-10-27T00:00Z")),
        ("America/New_York", "2025-W10", 167, ("2025-03-03T05:00Z", "2025-03-10T04:00Z")),
        ("America/New_York", "2025-W44", 169, ("2025-10-27T04:00Z", "2025-11-03T05:00Z")),
    ],
)
def test_a_week_in_which_clocks_change_has_its_own_length(tmp_path, zone, week, hours, border):
    start, end = map(dt.datetime.fromisoformat, border)
    # The simulated weeks reach beyond the reader's on both sides.
    monday = dt.datetime.strptime(f"{week}-1+0000", "%G-W%V-%u%z")
    simulation = pull(tmp_path, zone, week, monday + dt.timedelta(weeks=2))
    held = [one for one in simulation.everything() if start <= one.start < end]
    reader = {"QOSREPORT_REPORT__TIMEZONE": zone}
    result = Command(tmp_path, None, reader).run("report", "--week", week)
    document = result.document(f"weekly-{week}.json")
    head = document["head"]
    assert head["hours"] == hours
    assert dt.datetime.fromisoformat(head["start"]) == start
    assert dt.datetime.fromisoformat(head["end"]) == end
    assert document["volume"]["meetings"] == len(held) > 10
