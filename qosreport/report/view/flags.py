"""Broken rules, explained: value, threshold, source, which minutes, longest run."""

from collections.abc import Sequence

from qosreport.report.result import Flag, Occurrence
from qosreport.report.view import phrases, words
from qosreport.report.view.layout import Layout
from qosreport.report.view.pieces import FlagRow, FlagTable
from qosreport.report.view.words import Clock, Prose, name, prose, quiet

UNTITLED = "Untitled meeting"


def flag_table(
    flags: Sequence[Flag], *, caption: Prose, clock: Clock, layout: Layout, over_a_week: bool
) -> FlagTable:
    """All rules one connection, person or machine broke, the first few of them.

    Args:
        flags: Worst first.
        caption: Whose they are.
        clock: The report's time zone.
        layout: How many rows and meetings to show.
        over_a_week: Whether minutes must say in which meeting they were.
    """
    shown = flags[: layout.flags]
    left_out = len(flags) - len(shown)
    rest_in = "workbook" if over_a_week else "JSON"
    return FlagTable(
        caption=caption,
        rows=tuple(_row(flag, clock, layout, over_a_week=over_a_week) for flag in shown),
        note=f"{words.opening(words.spelt(left_out, 'further flag'))} in the {rest_in}."
        if left_out
        else "",
    )


def flag_summary(flags: Sequence[Flag], most: int = 3) -> str:
    """The flags in one line, most minutes first."""
    ranked = sorted(flags, key=lambda flag: -flag.minutes)
    shown = [f"{phrases.flag_label(f)}: {words.minutes(f.minutes)}" for f in ranked[:most]]
    rest = len(flags) - len(shown)
    return "; ".join([*shown, f"{words.spelt(rest)} more"] if rest else shown)


def _row(flag: Flag, clock: Clock, layout: Layout, *, over_a_week: bool) -> FlagRow:
    at = ""
    if flag.worst_at is not None:
        at = clock.time(flag.worst_at)
        at = f"{at} on {clock.day(flag.worst_at)}" if over_a_week else at
    return FlagRow(
        label=phrases.flag_label(flag),
        says=phrases.flag_sentence(flag, at),
        worst="" if flag.worst_value is None else words.fixed(flag.worst_value, flag.unit),
        threshold="" if flag.threshold is None else words.fixed(flag.threshold, flag.unit),
        source=prose(words.clean(flag.source, 200) or "not named"),
        minutes=_minutes(flag),
        where=_where(flag, clock, layout, over_a_week=over_a_week),
    )


def _minutes(flag: Flag) -> str:
    total = words.minutes(flag.minutes)
    if flag.longest_run_min < 2 or flag.longest_run_min >= flag.minutes:
        return f"{total} in a row" if flag.minutes > 1 and flag.longest_run_min > 1 else total
    return f"{total}, up to {flag.longest_run_min} in a row"


def _where(flag: Flag, clock: Clock, layout: Layout, *, over_a_week: bool) -> tuple[Prose, ...]:
    if not over_a_week:
        spans = [span for occurrence in flag.occurrences for span in occurrence.spans]
        return (prose(clock.spans(spans)),) if spans else ()
    shown = flag.occurrences[: layout.occurrences]
    total = max(flag.meetings, len(flag.occurrences))
    lines = [_occurrence(occurrence, clock) for occurrence in shown]
    if total > len(shown):
        lines.append(prose(quiet(f"and {words.plural(total - len(shown), 'more meeting')}")))
    return tuple(lines)


def _occurrence(occurrence: Occurrence, clock: Clock) -> Prose:
    topic = words.clean(occurrence.topic, 48)
    when = ""
    if occurrence.spans:
        when = f"{clock.day(occurrence.spans[0].first)}, {clock.spans(occurrence.spans, 2)} "
    return prose(when, quiet("in "), name(topic) if topic else quiet(UNTITLED))
