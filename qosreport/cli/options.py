"""Options that several commands share: spelt the same everywhere."""

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qosreport.errors import BadPeriod, ExitCode

if TYPE_CHECKING:
    from qosreport.periods import Period
    from qosreport.pipeline.run import Run

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
NO_ARCHIVE = click.option("--no-archive", is_flag=True, help="Archive nothing.")
DAY = click.DateTime(["%Y-%m-%d"])
POLICY = click.option(
    "--policy", metavar="NAME|FILE", help="Scoring policy; see 'qosreport policy list'."
)
ENGINE = click.option(
    "--engine",
    metavar="ENGINE",
    help="Where to score: local, processes:N, dask:tcp://HOST:PORT, spark[:MASTER] or "
    "polars-remote; the scores are the same.",
)


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
