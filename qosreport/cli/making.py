"""Commands that make reports."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from qosreport.cli.group import Session, main
from qosreport.cli.options import ENGINE, NO_ARCHIVE, OUT, POLICY, WEEK, Choice, with_period
from qosreport.errors import ExitCode, SeveralPeople

if TYPE_CHECKING:
    from qosreport.pipeline.run import Run
    from qosreport.report.pdf_worker import PdfWorker


@main.command()
@OUT
@click.option("--weeks", type=click.IntRange(1, 12), default=2, show_default=True, help="How many.")
@click.pass_obj
def demo(session: Session, out: Path, weeks: int) -> ExitCode:
    """Take a simulated organisation through the whole job: no account, no network but loopback."""
    with _renderer() as worker:
        from qosreport.pipeline import demo as demonstration

        report = session.load().settings.report
        now = dt.datetime.now(dt.UTC)
        made = demonstration.demo(session.console, now, out, worker, weeks=weeks, report=report)
        return session.finish(made)


@main.command()
@WEEK
@OUT
@click.option("--offline", is_flag=True, help="Report what the store has; ask Zoom nothing.")
@click.option("--no-send", is_flag=True, help="Mail nothing.")
@NO_ARCHIVE
@ENGINE
@click.pass_obj
def weekly(
    session: Session,
    *,
    week: str | None,
    out: Path,
    offline: bool,
    no_send: bool,
    no_archive: bool,
    engine: str | None,
) -> ExitCode:
    """Pull, score, report, archive and mail the last week: what cron calls.

    Weeks that were missed come first, the oldest at the head; what is reported already is not made
    again. With --week, that week only, again if need be. It is archived and mailed if the settings
    name an archive and a mail server; each recipient gets each week once.
    """
    with _renderer() as worker:
        from qosreport.pipeline import jobs
        from qosreport.pipeline.delivery import Readers

        session.watch()
        run = _run(session, worker, score__engine=engine)
        period = None if week is None else Choice(week).period(run)
        readers = Readers(mail=not no_send, archive=not no_archive)
        done = jobs.weekly(run, period, out, worker, offline=offline, readers=readers)
        return session.finish(done)


@main.command()
@click.argument("reference", metavar="ID|UUID")
@click.option(
    "--kind",
    type=click.Choice(["auto", "meeting", "webinar"]),
    default="auto",
    show_default=True,
    help="What the ID belongs to.",
)
@click.option("--live", is_flag=True, help="A snapshot of a meeting that is running now.")
@click.option("--participant", metavar="USER_ID", help="Ask for the QoS of this participant only.")
@click.option("--offline", is_flag=True, help="Report what the store has; ask Zoom nothing.")
@OUT
@NO_ARCHIVE
@click.pass_obj
def meeting(
    session: Session,
    *,
    reference: str,
    kind: Literal["auto", "meeting", "webinar"],
    live: bool,
    participant: str | None,
    offline: bool,
    out: Path,
    no_archive: bool,
) -> ExitCode:
    """Report one meeting or webinar, on demand. An ID means its latest instance."""
    with _renderer() as worker:
        from qosreport.pipeline import ondemand
        from qosreport.pipeline.meeting import Wanted

        wanted = Wanted(reference, kind, live, participant, offline)
        run, archive = _run(session, worker), not no_archive
        return session.finish(ondemand.meeting(run, wanted, out, worker, archive=archive))


@main.command()
@click.argument("who", metavar="EMAIL|NAME")
@click.option(
    "--weeks", type=click.IntRange(1, 26), default=8, show_default=True, help="How many, at most."
)
@OUT
@click.pass_obj
def person(session: Session, who: str, weeks: int, out: Path) -> ExitCode:
    """Report one person over the last weeks of the store; asks Zoom nothing.

    If a name fits several people, their addresses and references are listed on stdout; a reference
    works in place of a name.
    """
    with _renderer() as worker:
        from qosreport.pipeline import jobs

        try:
            return session.finish(jobs.person(_run(session, worker), who, out, worker, weeks=weeks))
        except SeveralPeople as several:
            for line in several.choices:
                session.console.data(line)
            raise


@main.command()
@click.option("--site", metavar="NAME", help="A site.")
@click.option("--isp", metavar="NAME", help="A provider: its name, or its public prefix.")
@click.option("--data-center", metavar="NAME", help="One of Zoom's data centres.")
@WEEK
@OUT
@click.pass_obj
def evidence(
    session: Session,
    *,
    site: str | None,
    isp: str | None,
    data_center: str | None,
    week: str | None,
    out: Path,
) -> ExitCode:
    """One page about a site, provider or data centre, to be sent to whoever runs it.

    Times, values, counts and a comparison group from the store; nothing of any person.
    """
    given = {"site": site, "isp": isp, "data_center": data_center}
    named = [(place, name) for place, name in given.items() if name is not None]
    if len(named) != 1:
        raise click.UsageError("Give one of --site, --isp and --data-center.")
    with _renderer() as worker:
        from qosreport.pipeline import jobs
        from qosreport.report.numbers.evidence import Subject

        run = _run(session, worker)
        wanted = Subject(*named[0])  # type: ignore[arg-type]  # one of the three
        period = Choice(week).period(run)
        return session.finish(jobs.evidence(run, wanted, period, out, worker))


@main.command()
@with_period
@POLICY
@ENGINE
@OUT
@click.pass_obj
def report(
    session: Session,
    *,
    choice: Choice,
    policy: str | None,
    engine: str | None,
    out: Path,
) -> ExitCode:
    """Make the report files from the scores; asks Zoom nothing.

    With --policy they go into a directory of the policy's name below --out, so that nothing made
    by the usual policy is replaced.
    """
    with _renderer() as worker:
        from qosreport.pipeline import jobs

        run = _run(session, worker, score__policy=policy, score__engine=engine)
        apart = policy is not None
        return session.finish(jobs.report(run, choice.period(run), out, worker, apart=apart))


def _renderer() -> "PdfWorker":
    """The renderer of PDFs, started before this process loads its libraries: it has its own."""
    from qosreport.report.pdf_worker import start_worker

    return start_worker()


def _run(session: Session, worker: "PdfWorker", **flags: object) -> "Run":
    """The run that was asked for; a renderer it has no use for is ended while it still loads."""
    run = session.run(**flags)
    if not run.settings.report.pdf:
        worker.close()
    return run
