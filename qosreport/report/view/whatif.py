"""The page of a what-if: how many bands would change, which meetings, and by which numbers."""

from collections.abc import Sequence

from qosreport.report.result import Band, Difference, Move, MovedMeeting, PolicyName, WhatIfResult
from qosreport.report.result.quoting import quote
from qosreport.report.view import phrases, words
from qosreport.report.view.pieces import (
    Cell,
    Column,
    Fact,
    Head,
    Heading,
    Hero,
    Link,
    Notice,
    Row,
    Table,
)
from qosreport.report.view.privacy import privacy_notices
from qosreport.report.view.rows import ListPage, ListSection
from qosreport.report.view.words import Clock, Prose, prose, quiet, strong

BANDS: tuple[Band, ...] = ("Good", "Fair", "Poor", "Bad", "Unscored")
NOUNS = {"meetings": ("meeting", "meetings"), "connections": ("connection", "connections")}


def whatif_view(result: WhatIfResult, *, index: bool = False) -> ListPage:
    """Everything the page places.

    Args:
        result: The document.
        index: Whether a front page lies beside it, for a link back.
    """
    lists = [
        _matrix(result, "meetings", result.meetings),
        _matrix(result, "connections", result.connections),
        _changed(result),
        _differences(result),
    ]
    return ListPage(_head(result, index=index), _hero(result), tuple(lists))


def tally(moves: Sequence[Move]) -> tuple[int, int, int]:
    """How many would be judged worse, better, and neither: to or from Unscored."""
    worse = better = other = 0
    for move in moves:
        step = BANDS.index(move.after) - BANDS.index(move.before)
        if "Unscored" in (move.before, move.after):
            other += move.count if step else 0
        elif step > 0:
            worse += move.count
        elif step < 0:
            better += move.count
    return worse, better, other


def told(moves: Sequence[Move], kind: str) -> str:
    """12 meetings worse, none better."""
    worse, better, other = tally(moves)
    if not worse and not better and not other:
        return f"no {NOUNS[kind][0]} changes band"
    parts = [f"{words.plural(worse, *NOUNS[kind])} worse" if worse else "none worse"]
    parts.append(f"{words.count(better)} better" if better else "none better")
    if other:
        parts.append(f"{words.count(other)} scored by only one of them")
    return ", ".join(parts)


def _named(policy: PolicyName) -> str:
    return f"{policy.name} {policy.version}"


def _head(result: WhatIfResult, *, index: bool) -> Head:
    organisation = words.clean(result.head.organisation) or ""
    title = f"What if: {_named(result.after)}"
    return Head(
        title=words.plain(prose(words.joined([title, organisation]))),
        organisation=organisation,
        period=words.period_line(result.head),
        short_period="",
        foot="",
        created="",
        back=Link(prose("All reports"), "index.html") if index else None,
    )


def _hero(result: WhatIfResult) -> Hero:
    total = sum(move.count for move in result.meetings)
    connections = sum(move.count for move in result.connections)
    lede = prose(
        "If ", strong(_named(result.after)), " judged instead of ", strong(_named(result.before)),
        f": {told(result.connections, 'connections')}. The data is the same; only the rules "
        "differ. Nothing of the usual report has been replaced.",
    )  # fmt: skip
    facts = (
        Fact(prose("Meetings"), prose(words.count(total))),
        Fact(prose("Connections"), prose(words.count(connections))),
        Fact(prose("Numbers that differ"), prose(words.count(len(result.differences)))),
    )
    same = Notice("The same rules", prose("The two policies hold the same numbers."))
    notices = (*privacy_notices(result.head), *(() if result.differences else (same,)))
    return Hero(
        prose("What if, ", words.period_title(result.head)), verdict(result), lede, facts, notices,
        None, (), (),
    )  # fmt: skip


def verdict(result: WhatIfResult) -> Prose:
    """One sentence."""
    meetings = words.opening(told(result.meetings, "meetings"))
    if any(tally(result.meetings)) or not any(tally(result.connections)):
        return prose(f"{meetings}.")
    return prose(f"{meetings}, some connections do.")


def _matrix(result: WhatIfResult, kind: str, moves: Sequence[Move]) -> ListSection:
    """Bands by the usual rules down, by the others across."""
    counts = {(move.before, move.after): move.count for move in moves}
    rows = tuple(
        Row(
            (
                Cell(band=phrases.mark(before)),
                *(_count(counts.get((before, after), 0), before == after) for after in BANDS),
            )
        )
        for before in BANDS
        if any(counts.get((before, after)) for after in BANDS)
    )
    one, many = NOUNS[kind]
    stay = sum(move.count for move in moves if move.before == move.after)
    total = sum(move.count for move in moves)
    finding = f"{words.count(stay)} of {words.plural(total, one, many)} keep their band"
    table = Table(
        id=f"{kind}-table",
        caption=prose(f"{words.opening(many)} by band: {_named(result.before)} down, "
                      f"{_named(result.after)} across"),
        columns=(
            Column(f"By {result.before.name}", "w-l"),
            *(Column(band, "r") for band in BANDS),
        ),
        rows=rows,
        css="cards ci",
    )  # fmt: skip
    sub = prose(
        f"Each {one} in the row of its band by {_named(result.before)} and the column of its band "
        f"by {_named(result.after)}. Right of the diagonal is worse."
    )
    return ListSection(Heading(kind, words.opening(many), prose(finding)), sub, table)


def _count(count: int, stays: bool) -> Cell:
    if not count:
        return Cell(main=prose(quiet("–")))
    text = words.count(count)
    return Cell(main=prose(quiet(text) if stays else strong(text)))


def _changed(result: WhatIfResult) -> ListSection:
    rows = tuple(_meeting(row, Clock(result.head.zone)) for row in result.changed)
    heading = Heading(
        "changed",
        "Meetings that change",
        prose(words.opening(told(result.meetings, "meetings"))),
    )
    if not rows:
        return ListSection(heading, (), None)
    table = Table(
        id="changed-table",
        caption=prose("Meetings whose band would change, the largest fall first"),
        columns=(
            Column("Meeting", "w-l"),
            Column(result.before.name, "w4", sort="text"),
            Column(result.after.name, "w4", sort="text"),
            Column("Connections that change", "r", sort="number"),
        ),
        rows=rows,
        css="cards ci",
    )
    sub = prose("Links lead to the meeting’s page by the usual rules, where there is one.")
    return ListSection(heading, sub, table)


def _meeting(row: MovedMeeting, clock: Clock) -> Row:
    topic = words.clean(row.topic)
    title = prose(words.name(topic)) if topic else prose(quiet("No topic given"))
    when = f"{clock.date(row.start)}, {clock.time(row.start)}" if row.start else ""
    of = quiet(f" of {words.count(row.connections)}")
    return Row(
        (
            Cell(main=title, second=prose(when), href=row.page or ""),
            Cell(band=phrases.mark(row.before), sort=str(BANDS.index(row.before))),
            Cell(band=phrases.mark(row.after), sort=str(BANDS.index(row.after))),
            Cell(
                main=prose(words.count(row.connections_changed), of),
                sort=str(row.connections_changed),
            ),
        ),
        id=f"meeting-{row.ref}",
        quote=quote("changed", row),
    )


def _differences(result: WhatIfResult) -> ListSection:
    many = len(result.differences)
    heading = Heading(
        "rules", "Rules that differ", prose(f"{words.opening(words.plural(many, 'number'))} differ")
    )
    if not many:
        return ListSection(heading, (), None)
    table = Table(
        id="rules-table",
        caption=prose("Numbers of the two policies that differ"),
        columns=(
            Column("Key", "w-l"),
            Column(result.before.name, "w2"),
            Column(result.after.name, "w2"),
        ),
        rows=tuple(_difference(row) for row in result.differences),
        css="cards ci",
    )
    sub = prose("“qosreport policy show” prints every number with its source.")
    return ListSection(heading, sub, table)


def _difference(row: Difference) -> Row:
    return Row(
        (
            Cell(main=prose(words.clean(row.key) or "")),
            _number(row.before),
            _number(row.after),
        ),
        quote=quote("differences", row),
    )


def _number(text: str | None) -> Cell:
    shown: Prose = prose(quiet("none")) if text is None else prose(words.clean(text, 120) or "")
    return Cell(main=shown)
