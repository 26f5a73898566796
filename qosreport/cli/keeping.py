"""Commands about what is kept of people, and for how long."""

from pathlib import Path

import click

from qosreport.cli.group import Session, main
from qosreport.cli.options import OUT
from qosreport.errors import ExitCode, SeveralPeople

DELETE = click.option("--delete", is_flag=True, help="Do it; else only say what would be done.")


@main.command()
@click.argument("who", metavar="EMAIL|NAME")
@DELETE
@OUT
@click.pass_obj
def forget(session: Session, who: str, *, delete: bool, out: Path) -> ExitCode:
    """Remove a person from store, ledger, outbox, --out and archive.

    What was measured stays, as of somebody whom Zoom does not name, so that figures of the
    organisation do not change. Without --delete, stdout says who is meant. Interrupted, the next
    'forget' or 'weekly' finishes.
    """
    from qosreport.report.pdf_worker import start_worker

    with start_worker() as worker:
        from qosreport.pipeline import forgetting

        try:
            tell = session.console.data
            done = forgetting.forget(session.run(), who, out, worker, tell, delete=delete)
            return session.finish(done)
        except SeveralPeople as several:
            for line in several.choices:
                session.console.data(line)
            raise


@main.command()
@click.argument("pseudonym")
@click.pass_obj
def who(session: Session, pseudonym: str) -> ExitCode:
    """Say on stdout who in the store a pseudonym stands for; takes the key of the settings.

    The label of a meeting, as "Meeting 3f9a-c2d1", is told by its topic.
    """
    from qosreport.pipeline.who import who as tell

    for line in tell(session.run(), pseudonym):
        session.console.data(line)
    return ExitCode.DONE


@main.command()
@DELETE
@OUT
@click.pass_obj
def retain(session: Session, *, delete: bool, out: Path) -> ExitCode:
    """Remove what is older than the settings 'retention' keep. 'weekly' does so at its end."""
    from qosreport.pipeline.retention import retain as run_retention

    return session.finish(run_retention(session.run(), out, delete=delete))
