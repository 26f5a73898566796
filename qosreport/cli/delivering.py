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
@click.option(
    "--dismiss-unknown",
    is_flag=True,
    help="Instead, record that what may or may not have arrived is not to be sent again.",
)
@click.option(
    "--recipient", metavar="ADDRESS", help="With the two above: what this one was sent, only."
)
@click.pass_obj
def send(
    session: Session,
    *,
    week: str | None,
    out: Path,
    dry_run: bool,
    resend_unknown: bool,
    dismiss_unknown: bool,
    recipient: str | None,
) -> ExitCode:
    """Mail the report of a week that is made already, to everybody who has not got it.

    What was put off or refused before is tried again; what was sent is not.
    """
    from qosreport.pipeline import delivery

    if dry_run + resend_unknown + dismiss_unknown > 1:
        raise click.UsageError("Give one of --dry-run, --resend-unknown and --dismiss-unknown.")
    if recipient is not None and not (resend_unknown or dismiss_unknown):
        raise click.UsageError("--recipient goes with --resend-unknown or --dismiss-unknown.")
    run = session.run()
    label = Choice(week).period(run).label
    if dismiss_unknown:
        return session.finish(delivery.dismiss(run, label, recipient=recipient))
    done = delivery.send(
        run, label, out, dry_run=dry_run, resend_unknown=resend_unknown, recipient=recipient
    )
    return session.finish(done)


@main.command()
@WEEK
@OUT
@click.option(
    "--prune",
    is_flag=True,
    help="Instead, say which reports neither archive.keep_last nor archive.keep_days keeps.",
)
@click.option("--delete", is_flag=True, help="With --prune: remove them.")
@click.pass_obj
def archive(
    session: Session, *, week: str | None, out: Path, prune: bool, delete: bool
) -> ExitCode:
    """Bring the report of a week that is made already to the archive.

    Also brings what earlier runs could not. A report that is there as it is changes nothing;
    another version becomes another revision.
    """
    from qosreport.pipeline import delivery

    if delete and not prune:
        raise click.UsageError("--delete goes with --prune only.")
    run = session.run()
    if prune:
        return session.finish(delivery.prune(run, delete=delete))
    return session.finish(delivery.archive(run, Choice(week).period(run).label, out))
