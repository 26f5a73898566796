"""Commands that fill and check the store, and the simulated Zoom to try them on."""

import datetime as dt
from pathlib import Path

import click

from qosreport.cli.group import Session, main
from qosreport.cli.options import ENGINE, OUT, POLICY, Choice, with_period
from qosreport.errors import ExitCode


@main.command()
@with_period
@click.option("--estimate", is_flag=True, help="Say how many calls it would take, and spend none.")
@click.pass_obj
def pull(
    session: Session,
    *,
    choice: Choice,
    estimate: bool,
) -> ExitCode:
    """Bring what Zoom has into the store. Goes on where an earlier pull stopped."""
    from qosreport.pipeline import jobs

    run = session.run()
    period = choice.period(run)
    if estimate:
        session.console.data(jobs.estimate(run, period))
        return ExitCode.DONE
    return session.finish(jobs.pull(run, period))


@main.command()
@with_period
@POLICY
@click.option(
    "--compare", is_flag=True, help="Say what --policy would judge otherwise than the settings'."
)
@ENGINE
@OUT
@click.pass_obj
def score(
    session: Session,
    *,
    choice: Choice,
    policy: str | None,
    compare: bool,
    engine: str | None,
    out: Path,
) -> ExitCode:
    """Score what the store has, again under any policy; asks Zoom nothing.

    With --compare, what would change band goes into a page and a document below --out; nothing of
    the usual report is replaced.
    """
    if compare and policy is None:
        raise click.UsageError("--compare needs --policy: the rules to compare with the usual.")
    from qosreport.pipeline import jobs

    if compare:
        usual = session.run(score__engine=engine)
        return session.finish(jobs.compare(usual, choice.period(usual), str(policy), out))
    run = session.run(score__policy=policy, score__engine=engine)
    return session.finish(jobs.score(run, choice.period(run)))


@main.command()
@click.option("--repair", is_flag=True, help="Make damaged tables again from raw.")
@click.option("--archive", is_flag=True, help="Instead, compare the archive with its manifests.")
@click.pass_obj
def verify(session: Session, *, repair: bool, archive: bool) -> ExitCode:
    """Read every file of the store and compare it with what was committed."""
    from qosreport.pipeline import delivery, jobs

    if archive and repair:
        raise click.UsageError("--repair mends the store only.")
    if archive:
        return session.finish(delivery.verify(session.run()))
    return session.finish(jobs.verify(session.run(), repair=repair))


@main.command()
@OUT
@click.pass_obj
def doctor(session: Session, out: Path) -> ExitCode:
    """Try every part that a weekly run needs: Zoom, store, PDF and fonts, mail, archive.

    One line each on stdout: ok, warning or bad, and what to do next. Asks Zoom for a token and one
    page of its list, signs in to the mail server, writes and removes a file in the archive; sends
    nothing.
    """
    from qosreport.report.pdf_worker import start_worker

    with start_worker() as worker:
        from qosreport.pipeline import doctor as examining

        run = session.run()
        return session.finish(examining.examine(run, out, worker, session.console.data))


@main.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Another organisation.")
@click.option(
    "--meetings",
    type=click.IntRange(20, 5000),
    default=120,
    show_default=True,
    help="Meetings a week.",
)
@click.option("--weeks", type=click.IntRange(1, 26), default=2, show_default=True, help="How many.")
@click.option("--port", type=click.IntRange(0, 65535), default=8390, show_default=True)
@click.option("--faults", default="", metavar="LIST", help="Faults, as html_error=participants.")
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the causes of trouble, and whom they touched, to this file.",
)
@click.option(
    "--sites",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the networks of its offices to this file, for the setting sites.file.",
)
@click.pass_obj
def simulate(
    session: Session,
    *,
    seed: int,
    meetings: int,
    weeks: int,
    port: int,
    faults: str,
    truth: Path | None,
    sites: Path | None,
) -> ExitCode:
    """Serve a simulated organisation on loopback, answering as Zoom does, until interrupted.

    Prints the environment to set in the shell that runs qosreport against it.
    """
    from qosreport.pipeline import demo as demonstration
    from qosreport.simulator.organisation import SimulationSettings
    from qosreport.simulator.server import last_monday

    settings = SimulationSettings(
        seed=seed,
        meetings_per_week=meetings,
        weeks=weeks,
        last_week_end=last_monday(dt.datetime.now(dt.UTC)),
    )
    tell = session.console.data
    demonstration.simulate(settings, faults=faults, port=port, truth=truth, sites=sites, tell=tell)
    return ExitCode.DONE
