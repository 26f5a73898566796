"""The command group, and what it hands to its commands."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qosreport import __version__
from qosreport.console import Console
from qosreport.errors import ExitCode

if TYPE_CHECKING:
    from qosreport.pipeline.run import Outcome, Run
    from qosreport.settings import Loaded


class Session:
    """What the command group hands to its commands: where settings come from, and who speaks."""

    def __init__(self) -> None:
        self.config: Path | None = None
        self.console = Console()

    def load(self, **flags: object) -> "Loaded":
        """The settings; flags are dotted keys with `__` for the dot."""
        from qosreport import settings

        return settings.load(self.config, flags={k.replace("__", "."): v for k, v in flags.items()})

    def run(self, **flags: object) -> "Run":
        """What every stage is handed."""
        from qosreport.pipeline.run import Run

        return Run(self.load(**flags).settings, dt.datetime.now(dt.UTC), self.console)

    def finish(self, outcome: "Outcome") -> ExitCode:
        """Print what a job made and what it could not; the exit code says which."""
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
    session.console = Console(quiet=quiet, verbose=verbose, as_json=log_format == "json")
