"""What the weekly lists share: sections, names of people, scales, and what is left out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qosreport.report.refs import evidence_ref
from qosreport.report.result import Rate, WeeklyResult
from qosreport.report.view import phrases, shapes, words
from qosreport.report.view.flags import cited
from qosreport.report.view.layout import Layout
from qosreport.report.view.pieces import Axis, Cell, Head, Heading, Hero, Row, Table
from qosreport.report.view.shapes import Scale
from qosreport.report.view.sources import Sources
from qosreport.report.view.words import Clock, Prose, Run, name, prose, quiet


@dataclass(frozen=True)
class Scene:
    """A weekly document about to be shown, and in which form."""

    result: WeeklyResult
    layout: Layout
    beside: frozenset[str] = frozenset()
    """Pages that lie beside this one, by relative path."""

    def page(self, path: str) -> str:
        """A page beside this one to link to; empty where there is none."""
        return path if self.layout.links and path in self.beside else ""

    def person_page(self, ref: str) -> str:
        """The page of a person."""
        return self.page(f"people/{ref}.html")

    def place_page(self, place: str, subject: str | None) -> str:
        """The page for whoever runs a site, provider or data centre."""
        if subject is None:
            return ""
        ref = evidence_ref(place, subject)
        return self.page(f"evidence/{self.result.head.label}-{place}-{ref}.html")

    @property
    def clock(self) -> Clock:
        """The report's time zone."""
        return Clock(self.result.head.zone)

    @cached_property
    def cites(self) -> Sources:
        """Sources of the thresholds that the people and machines on the page crossed."""
        most = self.layout.rows
        flags = [row.flags for row in self.result.people[:most]]
        flags += [row.flags for row in self.result.machines[:most]]
        return cited(flags, self.layout)

    @property
    def average_pct(self) -> float | None:
        """Rate of poor connections over all of them."""
        return average_pct(self.result)


@dataclass(frozen=True)
class ListSection:
    """A section that is one table."""

    heading: Heading
    """What the list amounts to."""
    sub: Prose
    """What it shows, and what good looks like; empty where there is no table."""
    table: Table | None
    """Absent where there is nothing to list."""

    @property
    def shown(self) -> bool:
        """Whether there is anything to show."""
        return self.table is not None


@dataclass(frozen=True)
class ListPage:
    """A page that is an answer and some lists."""

    head: Head
    """What the page is."""
    hero: Hero
    """The answer."""
    lists: tuple[ListSection, ...]
    """What it rests on."""


def average_pct(result: WeeklyResult) -> float | None:
    """Rate of poor connections over all of them."""
    return next((f.rate.pct for f in result.figures if f.id == "poor_connections"), None)


def namer(people: Sequence[tuple[str | None, bool | None]]) -> list[Run]:
    """What to call each person: by name, else Guest 1, Guest 2, Name withheld 1."""
    counted: Counter[str] = Counter()
    labels = []
    for given, is_external in people:
        shown = words.clean(given)
        if shown is not None:
            labels.append(name(shown))
            continue
        kind = "Guest" if is_external else phrases.WITHHELD
        counted[kind] += 1
        labels.append(Run(f"{kind} {counted[kind]}"))
    return labels


def axis(scale: Scale, title: str) -> Axis:
    """Labels of a scale of rates."""
    labels = [words.decimal(tick, 0 if tick == int(tick) else 1) for tick in scale.ticks]
    labels[-1] += f"{words.THIN}%"
    return Axis(tuple(labels), title, f"n{len(labels)}")


def k_of_n(rate: Rate) -> Cell:
    """12 of 17."""
    return Cell(
        main=prose(words.count(rate.k), quiet(f" of {words.count(rate.n)}")), sort=str(rate.k)
    )


def rate_dot(
    rate: Rate, scale: Scale, scene: Scene, *, ident: str, said: str, marked: bool = False
) -> shapes.DotRow | None:
    """A rate with its interval, or None where there is no rate."""
    if rate.pct is None or rate.low_pct is None or rate.high_pct is None:
        return None
    interval = words.between(rate.low_pct, rate.high_pct)
    return shapes.dot_row(
        scene.layout.surface,
        scale,
        ident=ident,
        title=f"{words.plain(prose(said))}, {words.percent(rate.pct)}, 95 % interval {interval}",
        pct=rate.pct,
        low_pct=rate.low_pct,
        high_pct=rate.high_pct,
        reference_pct=scene.average_pct,
        marked=marked,
    )


def too_few(rate: Rate) -> str:
    """Counts in place of a rate that would say more than is known."""
    if not rate.n:
        return "nothing scored"
    where = words.plural(rate.meetings, "meeting")
    return f"too few to say: {words.count(rate.k)} of {words.count(rate.n)} in {where}"


def percent_cell(value: float | None) -> Cell:
    """A percentage, or that there is none."""
    if value is None:
        return Cell(main=prose(quiet("not reported")), sort="-1")
    return Cell(main=prose(words.percent(value, 0)), sort=f"{value:.1f}")


def split(rows: Sequence[Row], layout: Layout) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows shown at once, and those shown on request."""
    shown = tuple(rows[: layout.rows])
    return shown, tuple(rows[layout.rows : layout.rows + layout.more_rows])


def left_out(
    scene: Scene, known: int, *, listed: int, held: int, noun: str, nouns: str = ""
) -> str:
    """How many a list leaves out, or nothing.

    Args:
        scene: On paper, the page on screen holds more, too.
        known: How many there are.
        listed: How many the page shows.
        held: How many the document and the workbook hold.
        noun: What one of them is called.
        nouns: What several are called; by default with an s.
    """
    if known <= listed:
        return ""
    rest = "the rest" if held >= known else f"{words.count(held)}"
    known_ones = words.plural(known, noun, nouns)
    return f"{words.count(listed)} of {known_ones}; {rest} {scene.layout.elsewhere}."
