"""The command group, and what it hands to its commands."""

import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qosreport import __version__
from qosreport.console import Console, End
from qosreport.errors import ExitCode

if TYPE_CHECKING:
    from qosreport.pipeline.run import Outcome, Run
    from qosreport.settings import Loaded, Settings


class Session:
    """What the command group hands to its commands: where settings come from, and who speaks."""

    def __init__(self) -> None:
        self.config: Path | None = None
        self.console = Console()
        self.command = ""
        """Its name."""
        self._begun_s = time.monotonic()
        self._settings: Settings | None = None
        self._outcome: Outcome | None = None
        self._watched = False

    def load(self, **flags: object) -> "Loaded":
        """The settings; flags are dotted keys with `__` for the dot."""
        from qosreport import settings

        return settings.load(self.config, flags={k.replace("__", "."): v for k, v in flags.items()})

    def run(self, **flags: object) -> "Run":
        """What every stage is handed."""
        from qosreport.pipeline.run import Run

        self._settings = self.load(**flags).settings
        return Run(self._settings, dt.datetime.now(dt.UTC), self.console)

    def watch(self) -> None:
        """This command is one that a monitor waits for."""
        self._watched = True

    def end(self, code: ExitCode) -> None:
        """Say how a run ended: to the log, and to the monitor of the settings."""
        if self._settings is None:
            return
        made = self._outcome
        end = End(
            command=self.command,
            exit_code=int(code),
            slug=self.console.slug,
            files=len(made.paths) if made else 0,
            gaps=len(made.gaps) if made else 0,
            seconds=round(time.monotonic() - self._begun_s, 3),
        )
        if self._watched and self._settings.ping.configured:
            from qosreport.deliver.ping import ping

            text = f"{end.line()} Run {self.console.run_id}."
            fault = ping(self._settings.ping, well=code is ExitCode.DONE, text=text)
            if fault:
                self.console.warn(fault)
        self.console.ended(end, aloud=self._watched)

    def finish(self, outcome: "Outcome") -> ExitCode:
        """Print what a job made and what it could not; the exit code says which."""
        self._outcome = outcome
        self.console.paths(outcome.paths)
        for gap in outcome.gaps:
            self.console.warn(gap)
        if outcome.summary:
            self.console.say(outcome.summary)
        self.console.details(outcome.details)
        if outcome.failure is not None:
            return self.console.error(outcome.failure)
        return ExitCode.GAPS if outcome.gaps else ExitCode.DONE


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file; ./qosreport.toml is read if it is there.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell more.")
@click.option("-q", "--quiet", is_flag=True, help="Tell only what went wrong.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the lines on stderr.",
)
@click.version_option(__version__, message="qosreport %(version)s")
@click.pass_context
def main(
    context: click.Context, config: Path | None, verbose: bool, quiet: bool, log_format: str
) -> None:
    """Who had bad Zoom meetings, why, and what to do: scored from Zoom's own QoS data.

    Paths of the files made go to stdout, everything for people to stderr. Try 'qosreport demo'.
    """
    session: Session = context.obj
    session.config = config
    session.command = context.invoked_subcommand or ""
    session.console = Console(quiet=quiet, verbose=verbose, as_json=log_format == "json")
