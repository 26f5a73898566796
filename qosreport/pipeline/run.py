"""What every stage is handed, and what every job hands back."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from qosreport import networks
from qosreport.diagnosis.places import Directory
from qosreport.errors import QosreportError
from qosreport.periods import Period
from qosreport.report.branding import Brand, load_brand
from qosreport.settings import Settings
from qosreport.zoom.limits import Clock, SystemClock


class Narrator(Protocol):
    """Whoever tells people how the run goes."""

    def say(self, text: str) -> None:
        """Tell how it goes."""

    def warn(self, text: str) -> None:
        """Tell of a gap."""

    def progress(self, label: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Show how many of `total` are done."""


@dataclass(frozen=True)
class Run:
    """Settings, the moment the run began, and who tells of it."""

    settings: Settings
    now: dt.datetime
    """Fixed at the start: a run that lasts past midnight still means one week."""
    narrator: Narrator
    clock: Clock = field(default_factory=SystemClock)
    """What Zoom's answers are stamped by, and waits are measured with."""

    @cached_property
    def places(self) -> Directory:
        """The sites and providers of the settings.

        Raises:
            BadNetworkList: One of them, or a list of them, cannot be used.
        """
        of, whose = self.settings.sites, self.settings.providers
        return Directory(
            sites=networks.load(of.networks, of.file, setting="sites.networks"),
            providers=networks.load(whose.networks, whose.file, setting="providers.networks"),
        )

    @cached_property
    def brand(self) -> Brand:
        """How pages and mails show whose they are.

        Raises:
            BadBranding: The directory of the settings cannot be used.
        """
        return load_brand(self.settings.report.branding)


@dataclass
class Outcome:
    """What a job made, what it could not, and one sentence on what it found."""

    paths: list[Path] = field(default_factory=list)
    summary: str = ""
    gaps: list[str] = field(default_factory=list)
    """Named gaps: done, but not all of it."""
    failure: QosreportError | None = None
    """What stopped a stage, while the others still did their work."""
    details: list[tuple[str, str]] = field(default_factory=list)
    """Label and text of what stands under the summary."""
    reported_all: bool = True
    """The report holds what Zoom has: nothing stopped the pull half-way."""

    def followed_by(self, later: "Outcome") -> "Outcome":
        """This and what came after it: the later one's sentences, the first failure."""
        return Outcome(
            paths=list(dict.fromkeys(reversed([*self.paths, *later.paths])))[::-1],
            summary=later.summary,
            gaps=[*self.gaps, *later.gaps],
            failure=self.failure or later.failure,
            details=later.details,
            reported_all=self.reported_all and later.reported_all,
        )

    def with_brand(self, brand: Brand) -> "Outcome":
        """The same, and what of a brand failed while pages were made."""
        failed = [*brand.faults]
        if failed and self.failure is None:
            self.failure = failed.pop(0)
        self.gaps += [fault.line() for fault in failed]
        return self


def partitions(period: Period) -> list[str]:
    """The store's partitions (UTC ISO weeks) that can hold meetings of a period.

    A meeting without a start lies under the window it was listed in, which reaches a day back.
    """
    from qosreport.periods import iso_week

    first = period.start - dt.timedelta(days=2)
    days = (period.end - first).days + 1
    return sorted({iso_week(first + dt.timedelta(days=day)) for day in range(days + 1)})
