"""A simulated organisation, taken through the whole job or served for others to pull from."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import SecretStr

from qosreport import periods
from qosreport.periods import Period
from qosreport.pipeline import files, gather, jobs, ondemand
from qosreport.pipeline.meeting import Wanted
from qosreport.pipeline.report import worst_meetings
from qosreport.pipeline.run import Narrator, Outcome, Run
from qosreport.pipeline.score import chosen_policy
from qosreport.report.pdf_worker import PdfWorker
from qosreport.settings import (
    ProvidersSettings,
    ReportSettings,
    ScoreSettings,
    Settings,
    SitesSettings,
    StoreSettings,
    ZoomSettings,
)
from qosreport.simulator.faults import parse_faults
from qosreport.simulator.organisation import Simulation, SimulationSettings
from qosreport.simulator.server import Server, last_monday, serve, system_clock
from qosreport.store import Store

ORGANISATION = "Tamarack Institute"
STORE = "demo-store"
SETTINGS = "demo.toml"
"""Beside the reports: settings for other commands on the demo's store."""
ZONE = "Europe/London"
SEED = 3
"""An organisation with some of every trouble and no week drowned by one."""


def demo(
    narrator: Narrator,
    now: dt.datetime,
    out: Path,
    worker: PdfWorker,
    *,
    weeks: int,
    report: ReportSettings,
) -> Outcome:
    """Token, pull, store, score, weekly and meeting reports, over real HTTP on loopback.

    The weeks are the last complete ones before `now`. Their store lies in `out`, so that a second
    run finds them pulled. Reports look as `report` says, under another name and in its own zone.
    """
    end = last_monday(now)
    simulation = Simulation(SimulationSettings(seed=SEED, weeks=weeks, last_week_end=end))
    weeks_made: list[Outcome] = []
    with Server(simulation, now=system_clock) as server:
        run = Run(settings_for(server, out, report), now, narrator)
        files.write(out / SETTINGS, _as_file(run.settings))
        for back in range(weeks, 0, -1):
            label = periods.iso_week(end - dt.timedelta(weeks=back))
            period = periods.week(label, zone=ZONE, now=now)
            weeks_made.append(jobs.weekly(run, period, out, worker, offline=False))
    worst = worst_meeting(run, period)
    meetings_made = (
        [ondemand.meeting(run, Wanted(worst, offline=True), out, worker)] if worst else []
    )
    made = [*meetings_made, *weeks_made]
    return Outcome(
        paths=_once([path for one in made for path in one.paths]),
        summary=f"{weeks_made[-1].summary} Open {out / 'index.html'}.",
        details=weeks_made[-1].details,
        gaps=[gap for one in made for gap in one.gaps],
        failure=next((one.failure for one in made if one.failure), None),
    )


def settings_for(server: Server, out: Path, report: ReportSettings | None = None) -> Settings:
    """Settings for pulling from a simulated account into a store below `out`."""
    own = {"timezone": ZONE, "organisation": ORGANISATION}
    credentials, organisation = server.credentials, server.simulation.organisation
    return Settings(
        zoom=ZoomSettings(
            account_id=credentials.account_id,
            client_id=credentials.client_id,
            client_secret=SecretStr(credentials.client_secret),
            api_url=server.api_url,
            token_url=server.token_url,
            sharing=True,
        ),
        store=StoreSettings(path=out / STORE),
        score=ScoreSettings(),
        report=(report or ReportSettings()).model_copy(update=own),
        sites=SitesSettings(networks=organisation.networks()),
        providers=ProvidersSettings(networks=organisation.provider_networks()),
    )


def _as_file(settings: Settings) -> str:
    """What reports need besides the store; no credentials, for their account ends with the demo."""
    report = settings.report
    sections = {
        "store": {"path": str(settings.store.path.resolve())},
        "report": {"timezone": report.timezone, "organisation": report.organisation},
        "sites.networks": settings.sites.networks,
        "providers.networks": settings.providers.networks,
    }
    lines = ["# For other commands on the demo's data: qosreport --config demo.toml ..."]
    for name, values in sections.items():
        # A string of JSON is one of TOML.
        pairs = [f"{json.dumps(k)} = {json.dumps(v)}" for k, v in values.items()]
        lines += ["", f"[{name}]", *pairs]
    return "\n".join(lines) + "\n"


def simulate(
    settings: SimulationSettings,
    *,
    faults: str,
    port: int,
    truth: Path | None,
    sites: Path | None,
    tell: Callable[[str], None],
) -> None:
    """Serve a simulated account until interrupted.

    Args:
        settings: The organisation.
        faults: What goes wrong; the form of `parse_faults`.
        port: Port to listen on; 0 takes a free one.
        truth: Where to write the causes of trouble and whom they touched.
        sites: Where to write the list of its offices' networks, for the setting sites.file.
        tell: Takes the environment that points qosreport at it, as shell commands.

    Raises:
        BadFault, BadSimulation: They cannot be.
    """

    def ready(server: Server) -> None:
        if sites is not None:
            files.write(sites, _list_of(server.simulation.organisation.networks()))
        for name, value in server.environment.items():
            tell(f"export {name}={value}")

    serve(settings, parse_faults(faults), port, truth, ready=ready)


def _list_of(networks: Mapping[str, str]) -> str:
    return "".join(
        f"{network},{name}\n" for network, name in {"network": "name", **networks}.items()
    )


def worst_meeting(run: Run, period: Period) -> str | None:
    """UUID of the meeting with most harmed minutes."""
    with Store.open(run.settings.store.path, lock=False) as store:
        tables = gather.of_period(store, period, chosen_policy(run), run.places).tables
    return next(iter(worst_meetings(tables)), None)


def _once(paths: list[Path]) -> list[Path]:
    """Each path where it comes last, so that the newest week and the front page end the list."""
    return list(dict.fromkeys(reversed(paths)))[::-1]
