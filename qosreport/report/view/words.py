"""How numbers, times and lists are written: units, rounding, signs, plurals.

Pure functions and one clock. English is spelt out here, so no locale of the machine can change a
page. Thin no-break spaces (U+202F) group thousands and stand before units; ranges take an en dash.
"""

import datetime as dt
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from qosreport.periods import time_zone
from qosreport.report.result import Head, Span

THIN = "\u202f"
NO_BREAK = "\u00a0"
RANGE = "\u2013"
ELLIPSIS = "\u2026"

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SMALL = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)

UNREADABLE = {"Cc", "Cs", "Co", "Cn"}
BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])


@dataclass(frozen=True)
class Run:
    """A stretch of text of one kind."""

    text: str
    """The text itself, not yet escaped."""
    kind: Literal["plain", "strong", "quiet", "name", "code"] = "plain"
    """strong, quiet and code are emphasis; a name comes from Zoom and is isolated from its line."""


Prose = tuple[Run, ...]
"""A line or sentence whose parts differ in emphasis."""


def prose(*parts: "str | Run | Prose") -> Prose:
    """One sentence from strings, runs and other sentences; empty strings vanish."""
    runs: list[Run] = []
    for part in parts:
        if isinstance(part, str):
            runs += [Run(part)] if part else []
        elif isinstance(part, Run):
            runs.append(part)
        else:
            runs += part
    return tuple(runs)


def strong(text: str) -> Run:
    """Text the eye should catch."""
    return Run(text, "strong")


def quiet(text: str) -> Run:
    """Text that steps back."""
    return Run(text, "quiet")


def name(text: str) -> Run:
    """Text that came from Zoom."""
    return Run(text, "name")


def plain(sentence: Prose) -> str:
    """The sentence without emphasis, for titles and attributes, where names cannot be isolated."""
    return "".join(run.text for run in sentence).translate(BIDI_CONTROLS)


def clean(text: str | None, cap: int = 80) -> str | None:
    """A string from outside, fit to be shown: printable, trimmed, at most `cap` characters.

    Documents are files that anyone may have edited, so this does not rely on the border cleaner.
    """
    if text is None:
        return None
    kept = text[: cap * 4]
    if not kept.isprintable():
        shown = (c for c in kept.translate(BIDI_CONTROLS) if readable(c))
        kept = "".join(" " if c in "\t\n\r" else c for c in shown)
    kept = " ".join(kept.split())
    if len(kept) > cap:
        kept = kept[: cap - 1].rstrip() + ELLIPSIS
    return kept or None


def readable(character: str) -> bool:
    """Whether a character can be shown at all (PDF/UA forbids what has no glyph in any font)."""
    return character in "\t\n\r" or unicodedata.category(character) not in UNREADABLE


# --- Numbers -----------------------------------------------------------------------------------


def count(number: int) -> str:
    """1 462."""
    return f"{number:,}".replace(",", THIN)


def decimal(value: float, digits: int) -> str:
    """A figure with fixed decimals, grouped thousands, a true minus, and no negative zero."""
    text = f"{value:,.{digits}f}".replace(",", THIN)
    if text.startswith("-"):
        return "\u2212" + text[1:] if value_of(text[1:]) else text[1:]
    return text


def value_of(text: str) -> float:
    """The number a grouped figure stands for."""
    return float(text.replace(THIN, ""))


def share(pct: float, digits: int = 1) -> str:
    """A percentage without its sign that never lies at the ends.

    100 only if it is exactly that, 0 only if it is none: else <0.1 and >99.9.
    """
    if pct in {0, 100}:
        return decimal(pct, 0)
    text = decimal(pct, digits)
    step = 10.0**-digits
    if pct > 0 and value_of(text) == 0:
        return f"<{decimal(step, digits)}"
    if pct < 100 and value_of(text) >= 100:
        return f">{decimal(100 - step, digits)}"
    return text


def percent(pct: float, digits: int = 1) -> str:
    """6.9 %."""
    return f"{share(pct, digits)}{THIN}%"


def part_of(k: int, n: int, digits: int = 1) -> str:
    """Such a part of the whole as a percentage; n is not 0."""
    return percent(100 * k / n, digits)


def between(low: float, high: float, digits: int = 0) -> str:
    """An interval in per cent: 26–50 %."""
    return f"{decimal(low, digits)}{RANGE}{decimal(high, digits)}{THIN}%"


def fixed(value: float, unit: str) -> str:
    """A measured value with its unit, rounded as that unit deserves: 68 ms, 19.1 %, 3 fps."""
    digits = 1 if unit in {"%", "fps"} and abs(value) < 100 and not value.is_integer() else 0
    digits = 2 if unit in {"", "score"} else digits
    return measure(decimal(value, digits), "" if unit == "score" else unit)


def measure(figure: str, unit: str) -> str:
    """A written figure and its unit, which never part."""
    return f"{figure}{THIN}{unit}" if unit else figure


def minutes(number: int) -> str:
    """23 min."""
    return f"{count(number)}{THIN}min"


def duration(number: int) -> str:
    """23 min, 2 h, 2 h 05 min."""
    hours, rest = divmod(number, 60)
    if not hours:
        return minutes(rest)
    tail = f" {rest:02d}{THIN}min" if rest else ""
    return f"{hours}{THIN}h{tail}"


def plural(number: int, one: str, many: str = "") -> str:
    """1 meeting, 2 meetings, 1 462 meetings."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def spelt(number: int, one: str = "", many: str = "") -> str:
    """Small numbers in words: three people, 14 people."""
    figure = SMALL[number] if 0 <= number < len(SMALL) else count(number)
    noun = one if number == 1 else many or (one + "s" if one else "")
    return f"{figure} {noun}".strip()


def opening(text: str) -> str:
    """The text with a capital first letter, to begin a sentence."""
    return text[:1].upper() + text[1:]


def listing(items: Sequence[str]) -> str:
    """a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def nice_ceiling(value: float) -> float:
    """The next round number at or above a positive value: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value * (1 - 1e-9))


# --- Times -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clock:
    """Instants as they read on the wall in the report's time zone."""

    zone: str

    def local(self, moment: dt.datetime) -> dt.datetime:
        """The instant in the zone."""
        return moment.astimezone(time_zone(self.zone))

    def time(self, moment: dt.datetime) -> str:
        """14:28."""
        return f"{self.local(moment):%H:%M}"

    def day(self, moment: dt.datetime) -> str:
        """Wed 11 Nov."""
        local = self.local(moment)
        return f"{DAYS[local.weekday()][:3]} {local.day} {MONTHS[local.month - 1][:3]}"

    def date(self, moment: dt.datetime) -> str:
        """Wednesday 11 November 2026."""
        local = self.local(moment)
        return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"

    def stamp(self, moment: dt.datetime) -> str:
        """16 Nov 2026, 05:12 UTC: always in UTC, for provenance."""
        utc = moment.astimezone(dt.UTC)
        return f"{utc.day} {MONTHS[utc.month - 1][:3]} {utc.year}, {utc:%H:%M} UTC"

    def span(self, first: dt.datetime, last: dt.datetime, until: dt.datetime | None = None) -> str:
        """14:19–14:42, from a first minute to the end of a last one; a minute alone is one time.

        Args:
            first: A minute.
            last: A minute.
            until: When everything was over, perhaps within the last minute.
        """
        over = last + dt.timedelta(minutes=1)
        begin, end = self.time(first), self.time(over if until is None else min(over, until))
        return begin if first == last else f"{begin}{RANGE}{end}"

    def spans(self, spans: Sequence[Span], limit: int = 3) -> str:
        """Three runs of minutes at most, and how many more there are."""
        shown = [self.span(span.first, span.last) for span in spans[:limit]]
        more = [f"{len(spans) - limit} more"] if len(spans) > limit else []
        return listing([", ".join(shown), *more]) if more else ", ".join(shown)


def period_title(head: Head) -> str:
    """Week 46 of 2026; or the dates, if it is no week."""
    if _week(head.label):
        year, number = head.label.split("-W")
        return f"Week {int(number)} of {year}"
    return head.label.replace("--", f" {RANGE} ")


def period_line(head: Head) -> str:
    """Week 46: Monday 9 to Sunday 15 November 2026, Europe/London."""
    clock = Clock(head.zone)
    first = clock.local(head.start)
    last = clock.local(head.end - dt.timedelta(microseconds=1))
    parts = [f"{DAYS[first.weekday()]} {first.day}"]
    if (first.month, first.year) != (last.month, last.year):
        parts[0] += f" {MONTHS[first.month - 1]}"
    if first.year != last.year:
        parts[0] += f" {first.year}"
    if first.date() != last.date():
        parts.append(f"{DAYS[last.weekday()]} {last.day}")
    parts[-1] = f"{parts[-1].removesuffix(f' {MONTHS[last.month - 1]}')} {MONTHS[last.month - 1]}"
    week = f"Week {int(head.label.split('-W')[1])}: " if _week(head.label) else ""
    return f"{week}{' to '.join(parts)} {last.year}, {head.zone}"


def _week(label: str) -> bool:
    year, mark, number = label.partition("-W")
    return bool(mark) and year.isdecimal() and number.isdecimal()


def joined(parts: Iterable[str | None], mark: str = ", ") -> str:
    """The parts that are there."""
    return mark.join(part for part in parts if part)
