"""The command line: options → settings → one pipeline call → paths printed.

Heavy libraries are imported inside the commands, so that `--help` stays instant.
"""

import datetime as dt
import functools
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from qosreport import __version__
from qosreport.console import Console, guarded
from qosreport.errors import BadPeriod, ExitCode

if TYPE_CHECKING:
    from qosreport.periods import Period
    from qosreport.pipeline.run import Outcome, Run
    from qosreport.settings import Loaded

OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("qosreport-out"),
    show_default=True,
    help="Directory for the files made.",
)
WEEK = click.option(
    "--week",
    metavar="WEEK",
    help="An ISO week such as 2026-W46, or 'last': the last complete one, the default.",
)
DAY = click.DateTime(["%Y-%m-%d"])
POLICY = click.option(
    "--policy", metavar="NAME|FILE", help="Scoring policy; see 'qosreport policy list'."
)


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
        if outcome.failure is not None:
            return self.console.error(outcome.failure)
        return ExitCode.GAPS if outcome.gaps else ExitCode.DONE


def run() -> NoReturn:
    """Be the installed command."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> ExitCode:
    """Run one command line; every way it can end becomes an exit code."""
    session = Session()

    def work() -> ExitCode:
        # Not `main.main`: it makes an interruption and a reader gone away something of its own.
        try:
            with main.make_context("qosreport", list(arguments), obj=session) as context:
                return ExitCode(main.invoke(context) or 0)
        except click.exceptions.Exit as done:
            return ExitCode(done.exit_code)
        except click.ClickException as error:
            return _usage(session.console, error)

    return guarded(lambda: session.console, work)


def _usage(console: Console, error: click.ClickException) -> ExitCode:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "qosreport"
    return console.usage(f"{error.format_message()} See '{path} --help'.")


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@dataclass(frozen=True)
class Choice:
    """The period a command line asks for."""

    week: str | None = None
    first: dt.datetime | None = None
    last: dt.datetime | None = None

    def period(self, run: "Run") -> "Period":
        """As an interval, in the report's time zone.

        Raises:
            BadPeriod, BadWeek, FutureWeek, UnknownTimeZone: It is none.
        """
        from qosreport import periods

        zone = run.settings.report.timezone
        if self.first is None and self.last is None:
            return periods.week(self.week or "last", zone=zone, now=run.now)
        if self.week is not None or self.first is None:
            raise BadPeriod(why="Give either --week, or --from with or without --to.")
        last = self.last or run.now.astimezone(periods.time_zone(zone))
        return periods.dates(self.first.date(), last.date(), zone=zone, now=run.now)


def with_period(command: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """Add --week, --from and --to, handed over as one `choice`."""

    @WEEK
    @click.option("--from", "first", type=DAY, metavar="DATE", help="First day, instead of a week.")
    @click.option("--to", "last", type=DAY, metavar="DATE", help="Last day, included.")
    @functools.wraps(command)
    def wrapped(**options: object) -> ExitCode:
        chosen = {name: options.pop(name) for name in ("week", "first", "last")}
        return command(choice=Choice(**chosen), **options)  # type: ignore[arg-type]  # click typed them

    return wrapped


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


@main.command()
@OUT
@click.option("--weeks", type=click.IntRange(1, 12), default=2, show_default=True, help="How many.")
@click.pass_obj
def demo(session: Session, out: Path, weeks: int) -> ExitCode:
    """Take a simulated organisation through the whole job: no account, no network but loopback."""
    from qosreport.pipeline import demo as demonstration

    return session.finish(demonstration.demo(session.console, dt.datetime.now(dt.UTC), out, weeks))


@main.command()
@WEEK
@OUT
@click.option("--offline", is_flag=True, help="Report what the store has; ask Zoom nothing.")
@click.pass_obj
def weekly(session: Session, week: str | None, out: Path, offline: bool) -> ExitCode:
    """Pull, score and report one week: what cron calls."""
    from qosreport.pipeline import jobs

    run = session.run()
    return session.finish(jobs.weekly(run, Choice(week).period(run), out, offline=offline))


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
) -> ExitCode:
    """Report one meeting or webinar, on demand. An ID means its latest instance."""
    from qosreport.pipeline import jobs
    from qosreport.pipeline.meeting import Wanted

    wanted = Wanted(reference, kind, live, participant, offline)
    return session.finish(jobs.meeting(session.run(), wanted, out))


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
@click.pass_obj
def score(
    session: Session,
    *,
    choice: Choice,
    policy: str | None,
) -> ExitCode:
    """Score what the store has, again under any policy; asks Zoom nothing."""
    from qosreport.pipeline import jobs

    run = session.run(score__policy=policy)
    return session.finish(jobs.score(run, choice.period(run)))


@main.command()
@with_period
@POLICY
@OUT
@click.pass_obj
def report(
    session: Session,
    *,
    choice: Choice,
    policy: str | None,
    out: Path,
) -> ExitCode:
    """Make the report files from the scores; asks Zoom nothing.

    With --policy they go into a directory of the policy's name below --out, so that nothing made
    by the usual policy is replaced.
    """
    from qosreport.pipeline import jobs

    run = session.run(score__policy=policy)
    apart = policy is not None
    return session.finish(jobs.report(run, choice.period(run), out, apart=apart))


@main.command()
@click.option("--repair", is_flag=True, help="Make damaged tables again from raw.")
@click.pass_obj
def verify(session: Session, repair: bool) -> ExitCode:
    """Read every file of the store and compare it with what was committed."""
    from qosreport.pipeline import jobs

    return session.finish(jobs.verify(session.run(), repair=repair))


@main.group()
def config() -> None:
    """Show, check or begin the settings."""


@config.command("show")
@click.pass_obj
def config_show(session: Session) -> ExitCode:
    """Every setting, its value and where it came from; secrets masked."""
    from qosreport import settings

    loaded = session.load()
    rows = []
    for key, _ in settings.fields():
        section, _, name = key.partition(".")
        value: Any = getattr(getattr(loaded.settings, section), name)
        rows.append((key, "" if value is None else str(value), loaded.origins.get(key, "default")))
    session.console.table(("setting", "value", "from"), rows)
    return ExitCode.DONE


@config.command("check")
@click.pass_obj
def config_check(session: Session) -> ExitCode:
    """Check settings, time zone and policy without asking anyone."""
    from qosreport.pipeline import checks

    return session.finish(checks.check(session.run()))


@config.command("init")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="qosreport.toml")
@click.pass_obj
def config_init(session: Session, file: Path) -> ExitCode:
    """Write a settings file with every setting, its meaning and its default."""
    from qosreport.pipeline import checks

    return session.finish(checks.write_settings(file))


@main.group()
def policy() -> None:
    """Look at scoring policies."""


@policy.command("list")
@click.pass_obj
def policy_list(session: Session) -> ExitCode:
    """The policies shipped."""
    from qosreport.scoring import list_policies

    rows = [(p.name, p.version, p.sha256[:12], p.about) for p in list_policies()]
    session.console.table(("name", "version", "sha256", "what for"), rows)
    return ExitCode.DONE


@policy.command("show")
@click.argument("name", metavar="NAME|FILE", required=False)
@click.pass_obj
def policy_show(session: Session, name: str | None) -> ExitCode:
    """Every number of a policy with its source."""
    from qosreport.scoring import load_policy, table_of

    shown = load_policy(name or session.load().settings.score.policy)
    session.console.data(f"{shown.name} {shown.version} sha256 {shown.sha256}")
    session.console.table(("key", "value", "source"), table_of(shown))
    return ExitCode.DONE


@policy.command("diff")
@click.argument("one", metavar="NAME|FILE")
@click.argument("other", metavar="NAME|FILE")
@click.pass_obj
def policy_diff(session: Session, one: str, other: str) -> ExitCode:
    """What differs between two policies."""
    from qosreport.scoring import diff_policies, load_policy

    rows = diff_policies(load_policy(one), load_policy(other))
    session.console.table(("key", one, other), [tuple(map(str, row)) for row in rows])
    return ExitCode.DONE


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
    demonstration.simulate(settings, faults=faults, port=port, truth=truth, tell=tell)
    return ExitCode.DONE
