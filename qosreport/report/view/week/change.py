"""What changed: groups whose rate really differs from earlier weeks, the mix held constant."""

from collections.abc import Iterator

from qosreport.report.result import ChangedSegment, Changes, Comparison, Family
from qosreport.report.view import change_words, phrases, words
from qosreport.report.view.pieces import Cell, Column, Heading, Row, Table
from qosreport.report.view.rows import ListSection, Scene, k_of_n, left_out, split
from qosreport.report.view.words import Prose, name, prose, quiet

FULL_PCT = 99.5
"""Where this much of a group was compared, nothing is said of the rest."""


def change(scene: Scene) -> ListSection:
    """One row per group and comparison that holds up; without a table where none does."""
    changes = scene.result.changes
    if changes is None:
        return ListSection(Heading("change", "What changed", ()), (), None)
    found = sorted(_real(changes), key=_order)
    heading = Heading("change", "What changed", _finding(changes, found))
    if not found:
        return ListSection(heading, (), None)
    rows = [_row(changes, segment, one) for segment, one in found]
    shown, more = split(rows, scene.layout)
    listed = len(shown) + len(more)
    table = Table(
        id="change-table",
        caption=prose("Worse first, largest change first"),
        columns=(
            Column("Group", "w-l"),
            Column("Poor this week", "r", sort="number"),
            Column("Rate", "r", sort="number"),
            Column("Other side, same mix", "r", sort="number"),
            Column("Change", "w2"),
            Column("Compared with", "w2"),
        ),
        rows=shown,
        css="cards cg",
        more=more,
        more_summary=words.opening(words.spelt(len(more), "more change")),
        note=prose(
            _tested(changes),
            " ",
            left_out(scene, len(rows), listed=listed, held=len(rows), noun="change"),
        ),
    )
    sub = prose(
        "Poor connections against earlier weeks, and of client versions against each other, as if "
        "both sides had had the same mix of sites and networks. Listed is what chance hardly "
        "explains; a good week lists only improvements."
    )
    return ListSection(heading, sub, table)


def _real(changes: Changes) -> Iterator[tuple[ChangedSegment, Comparison]]:
    for segment in (*changes.segments, *changes.versions):
        for one in change_words.distinct(segment.compared, changes):
            if change_words.is_real(one):
                yield segment, one


def _order(pair: tuple[ChangedSegment, Comparison]) -> tuple[bool, float]:
    _, one = pair
    return one.verdict != "worse", -abs(one.change_pp or 0.0)


def label(segment: ChangedSegment) -> Prose:
    """A group as it reads in the table."""
    if segment.kind == "organisation":
        return prose("The whole organisation")
    shown = words.clean(segment.name, 40)
    if shown is None:
        return prose(phrases.NOT_REPORTED)
    if segment.kind == "network_type":
        return prose(words.opening(phrases.network(shown) or shown))
    return prose(name(phrases.provider(shown) if segment.kind == "provider" else shown))


def _finding(changes: Changes, found: list[tuple[ChangedSegment, Comparison]]) -> Prose:
    if not change_words.has_past(changes) and not found:
        return prose("Nothing to compare with yet: no earlier week is in the store")
    if not found:
        return prose("No change of any place or equipment is beyond what chance explains")
    segment, first = found[0]
    others = len({(s.kind, s.name) for s, _ in found}) - 1
    tail = f"; {words.spelt(others, 'more group')} listed, too" if others else ""
    against = change_words.against(first.with_what, changes)
    points = change_words.points(first.change_pp or 0.0)
    verb = "is" if first.with_what == "others" else "got"
    return prose(label(segment), f" {verb} {first.verdict}: {points} against {against}{tail}")


def _row(changes: Changes, segment: ChangedSegment, one: Comparison) -> Row:
    now, before = segment.now, one.standard_pct
    kind = change_words.KINDS[segment.kind]
    covered = one.covered_pct
    part = (
        f"{words.percent(covered, 0)} of it compared"
        if covered is not None and covered < FULL_PCT
        else ""
    )
    whole = segment.kind == "organisation"
    return Row(
        cells=(
            Cell(main=label(segment), second=prose("" if whole else words.opening(kind))),
            k_of_n(now),
            _rate(now.pct),
            _rate(before),
            Cell(main=change_words.change(one), second=prose(change_words.reach(one))),
            Cell(
                main=prose(words.opening(change_words.against(one.with_what, changes))),
                second=prose(part),
            ),
        )
    )


def _rate(pct: float | None) -> Cell:
    if pct is None:
        return Cell(main=prose(quiet(words.RANGE)))
    return Cell(main=prose(words.percent(pct)), sort=f"{pct:.3f}")


def _families(changes: Changes) -> list[Family]:
    """Without one that is of the same week as another."""
    weeks = {one.with_what: one.weeks for one in changes.families}
    same = weeks.get("previous") == weeks.get("trailing")
    return [one for one in changes.families if not (same and one.with_what == "trailing")]


def _tested(changes: Changes) -> str:
    """How many groups were tested, and with what."""
    parts = [
        f"{words.plural(one.tested, 'group')} with {change_words.against(one.with_what, changes)}"
        for one in _families(changes)
        if one.tested
    ]
    if not parts:
        return ""
    few = sum(
        1 for segment in changes.segments if all(c.verdict == "too_few" for c in segment.compared)
    )
    silent = f"; {words.spelt(few, 'group')} had too few to say" if few else ""
    return f"Compared: {words.listing(parts)}{silent}. Intervals are 95{words.THIN}%."
