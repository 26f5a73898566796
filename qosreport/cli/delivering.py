"""Commands that bring reports to their readers."""

from pathlib import Path

import click

from qosreport.cli.group import Session, main
from qosreport.cli.options import OUT, WEEK, Choice
from qosreport.errors import ExitCode


@main.command()
@WEEK
@OUT
@click.option("--dry-run", is_flag=True, help="Write the messages as .eml files and send nothing.")
@click.option(
    "--resend-unknown",
    is_flag=True,
    help="Send again what may or may not have arrived, with the same Message-ID.",
)
@click.pass_obj
def send(
    session: Session, *, week: str | None, out: Path, dry_run: bool, resend_unknown: bool
) -> ExitCode:
    """Mail the report of a week that is made already, to everybody who has not got it.

    What was put off or refused before is tried again; what was sent is not.
    """
    from qosreport.pipeline import jobs

    run = session.run()
    period = Choice(week).period(run)
    done = jobs.send(run, period, out, dry_run=dry_run, resend_unknown=resend_unknown)
    return session.finish(done)
