"""Broken rules, explained: value, threshold, source, which minutes, longest run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qosreport.report.result import Flag, Occurrence
from qosreport.report.view import phrases, words
from qosreport.report.view.layout import Layout
from qosreport.report.view.pieces import FlagRow, FlagTable
from qosreport.report.view.sources import Sources, sources
from qosreport.report.view.words import Clock, Prose, name, prose, quiet

UNTITLED = "Untitled meeting"


@dataclass(frozen=True)
class _Explained:
    """A flag to be explained, with another that says what it cost."""

    flag: Flag
    cost: Flag | None = None

    @property
    def cost_words(self) -> str:
        """For how long frame rate suffered; empty where nothing is known of it."""
        if self.cost is None:
            return ""
        return f"frame rate suffered for {_minutes(self.cost)}"


def explained(flags: Sequence[Flag]) -> list[_Explained]:
    """Flags in their order, high CPU and what it cost as one: they share minutes and threshold."""
    by_code = {flag.code: flag for flag in flags}
    high, cost = by_code.get("CPU_SYSTEM_HIGH"), by_code.get("CPU_LIKELY_CAUSE")
    if high is None or cost is None:
        return [_Explained(flag) for flag in flags]
    first = next(flag for flag in flags if flag in (high, cost))
    return [
        _Explained(high, cost) if flag is first else _Explained(flag)
        for flag in flags
        if flag is first or flag not in (high, cost)
    ]


def cited(groups: Iterable[Sequence[Flag]], layout: Layout) -> Sources:
    """The thresholds of all flags a page explains; none where each flag names its own source.

    Args:
        groups: Flags of each person or machine on the page.
        layout: How many flags of each are explained, and whether sources are cited.
    """
    shown = (one.flag for flags in groups for one in explained(flags)[: layout.flags])
    return sources(shown if layout.cites else ())


def flag_table(
    flags: Sequence[Flag],
    *,
    caption: Prose,
    clock: Clock,
    layout: Layout,
    over_a_week: bool,
    cites: Sources,
) -> FlagTable:
    """All rules one connection, person or machine broke, the first few of them.

    Args:
        flags: Worst first.
        caption: Whose they are.
        clock: The report's time zone.
        layout: How many rows and meetings to show.
        over_a_week: Whether minutes must say in which meeting they were.
        cites: Where sources stand once for the whole page, if they do.
    """
    every = explained(flags)
    shown = every[: layout.flags]
    left_out = len(every) - len(shown)
    rest_in = layout.full if over_a_week else "JSON"
    return FlagTable(
        caption=caption,
        rows=tuple(_row(one, clock, layout, cites, over_a_week=over_a_week) for one in shown),
        note=f"{words.opening(words.spelt(left_out, 'further flag'))} in the {rest_in}."
        if left_out
        else "",
    )


def flag_summary(flags: Sequence[Flag], most: int = 3) -> str:
    """The flags in one line, most minutes first."""
    ranked = sorted(explained(flags), key=lambda one: -one.flag.minutes)
    shown = [
        words.joined(
            [f"{phrases.flag_label(one.flag)}: {words.minutes(one.flag.minutes)}", one.cost_words]
        )
        for one in ranked[:most]
    ]
    rest = len(ranked) - len(shown)
    return "; ".join([*shown, f"{words.spelt(rest)} more"] if rest else shown)


def _row(
    one: _Explained, clock: Clock, layout: Layout, cites: Sources, *, over_a_week: bool
) -> FlagRow:
    flag, at = one.flag, ""
    if flag.worst_at is not None:
        at = clock.time(flag.worst_at)
        at = f"{at} on {clock.day(flag.worst_at)}" if over_a_week else at
    return FlagRow(
        label=phrases.flag_label(flag),
        says=prose(
            phrases.flag_sentence(flag, at),
            f" {words.opening(one.cost_words)}." if one.cost else "",
        ),
        worst="" if flag.worst_value is None else words.fixed(flag.worst_value, flag.unit),
        threshold=_threshold(flag),
        source=prose(words.clean(flag.source, 200) or "not named"),
        cite=cites.number(flag),
        minutes=_minutes(flag),
        where=_where(flag, clock, layout, over_a_week=over_a_week),
    )


def _threshold(flag: Flag) -> str:
    if flag.threshold is None:
        return ""
    alone = " alone" if phrases.together(flag) else ""
    return f"{words.fixed(flag.threshold, flag.unit)}{alone}"


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
