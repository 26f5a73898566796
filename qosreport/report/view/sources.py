"""Where thresholds are from: on paper once for the whole page, and cited by number."""

from collections.abc import Iterable
from dataclasses import dataclass

from qosreport.report.result import Flag
from qosreport.report.view import phrases, words
from qosreport.report.view.pieces import Heading
from qosreport.report.view.words import Prose, prose


@dataclass(frozen=True)
class Source:
    """One threshold."""

    number: int
    """By which flags cite it."""
    rules: str
    """What it judges: Video loss, screen share loss."""
    limit: str
    """Poor above 5 %."""
    source: str
    """Where it is from, in the policy's words."""


@dataclass(frozen=True)
class Sources:
    """The section; without rows where each flag names its own source."""

    heading: Heading
    """How many thresholds."""
    sub: Prose
    """What the numbers are, and what R is."""
    rows: tuple[Source, ...]
    """In the order they are cited."""

    def number(self, flag: Flag) -> int:
        """By which number to cite the threshold of a flag; 0 if it is not listed."""
        if not self.rows:
            return 0
        key = _key(flag)
        return next((row.number for row in self.rows if (row.limit, row.source) == key), 0)


def sources(flags: Iterable[Flag]) -> Sources:
    """The thresholds of some flags, each once, in the order of the flags."""
    rules: dict[tuple[str, str], list[str]] = {}
    for flag in flags:
        named = rules.setdefault(_key(flag), [])
        label = phrases.rule_label(flag)
        if label not in named:
            named.append(label)
    rows = tuple(
        Source(number, words.listing([names[0], *map(_within, names[1:])]), limit, source)
        for number, ((limit, source), names) in enumerate(rules.items(), start=1)
    )
    many = words.spelt(len(rows), "threshold")
    finding = f"Where the {many} cited above {'is' if len(rows) == 1 else 'are'} from"
    sub = prose(
        "Numbers in brackets point here. R is the rating from which the E-model makes the eMOS."
    )
    return Sources(Heading("sources", "Thresholds and their sources", prose(finding)), sub, rows)


def _key(flag: Flag) -> tuple[str, str]:
    return words.opening(phrases.flag_limit(flag)), words.clean(flag.source, 240) or "not named"


def _within(label: str) -> str:
    """A label within a sentence; CPU stays as it is."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
