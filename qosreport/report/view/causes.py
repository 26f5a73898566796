"""The section of likely causes, the same on every page: what fits, what speaks for and against.

A cause is never more than "consistent with": it is found by elimination (docs/scoring.md).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from qosreport.report.result import Explained, Finding
from qosreport.report.result.quoting import quote
from qosreport.report.view import cause_words, shapes, words
from qosreport.report.view.pieces import Heading
from qosreport.report.view.shapes import HarmBar, Surface
from qosreport.report.view.words import Clock, Prose, prose, strong

SPELLS = 3


@dataclass(frozen=True)
class Cause:
    """One finding."""

    title: Prose
    """What to look at, as an imperative."""
    href: str
    """Where those concerned are listed; empty for no link."""
    fits: Prose
    """What it is consistent with."""
    evidence: Prose
    """What speaks for it, and what might speak against it, with counts."""
    when: Prose
    """At which times, locally."""
    check: str
    """The next check to make."""
    owner: str
    """Who can do something about it."""
    minutes: str
    """Harmed participant-minutes."""
    share: str
    """Their share of all poor minutes."""
    bar: HarmBar
    """The share as a length."""
    quote: str
    """Its name in the document, for whoever looks a figure up (docs/figures.md)."""


@dataclass(frozen=True)
class Causes:
    """The section."""

    heading: Heading
    """The first cause that stands, with its share."""
    sub: Prose
    """What the list shows, and what good looks like; empty where there is none."""
    causes: tuple[Cause, ...]
    """Most harmed minutes first."""
    rest: Prose
    """What is not listed, and what cannot be told."""
    note: Prose
    """How to read it."""

    @property
    def shown(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.rest)


def named(findings: Sequence[Finding]) -> list[Finding]:
    """All but the undetermined."""
    return [finding for finding in findings if finding.cause != "undetermined"]


def row(
    finding: Finding,
    index: int,
    surface: Surface,
    clock: Clock,
    *,
    href: str,
    until: dt.datetime | None = None,
) -> Cause:
    """One finding; `until`: when the meeting that it is about was over."""
    share = words.percent(finding.share_pct)
    said = words.plain(cause_words.object_of(finding))
    return Cause(
        title=cause_words.title(finding),
        href=href,
        fits=cause_words.fits(finding),
        evidence=cause_words.evidence(finding),
        when=_when(finding, clock, until),
        check=cause_words.check(finding),
        owner=cause_words.OWNERS[finding.owner],
        minutes=words.minutes(finding.harmed_minutes),
        share=share,
        bar=shapes.harm_bar(
            surface,
            ident=f"cause-{index}-bar",
            title=f"{words.opening(said)}: {share} of the poor minutes",
            value=finding.share_pct,
            top=100.0,
        ),
        quote=quote("findings", finding),
    )


def rest(explained: Explained, others: Sequence[Finding], elsewhere: str) -> Prose:
    """What is not listed and stands elsewhere, and what cannot be told."""
    parts: list[Prose] = []
    if others:
        minutes = sum(finding.harmed_minutes for finding in others)
        fit = "fits" if len(others) == 1 else "fit"
        parts.append(
            prose(
                f"{words.opening(words.spelt(len(others), 'smaller finding'))} {fit} "
                f"{words.part_of(minutes, explained.poor_minutes)}; {elsewhere}. "
            )
        )
    if explained.undetermined:
        share = words.part_of(explained.undetermined, explained.poor_minutes)
        parts.append(
            prose(
                strong(f"Undetermined: {share}."),
                f" In {words.plural(explained.undetermined, 'minute')} the data cannot tell one "
                "cause from another, as in most meetings of two.",
            )
        )
    return prose(*parts) or prose("Every poor minute fits one of these.")


def note(explained: Explained) -> Prose:
    """How to read it."""
    frames = explained.by_frame_rate
    text = (
        "Consistent with, not proven: widest causes first, each against people elsewhere at the "
        "same time. Minutes are participant-minutes"
    )
    if frames:
        harmed = explained.poor_minutes - frames
        text += (
            f", {words.count(harmed)} poor by the network and {words.count(frames)} by frame "
            "rate alone"
        )
    return prose(f"{text}.")


def _when(finding: Finding, clock: Clock, until: dt.datetime | None) -> Prose:
    """The main spells of a place; else the days."""
    spells = finding.spells[:SPELLS]
    if spells:
        said = [
            f"{clock.day(one.span.first)}, {clock.span(one.span.first, one.span.last)}"
            for one in spells
        ]
        more = finding.spells_known - len(spells)
        rest = f"; and {words.plural(more, 'more spell')}" if more else ""
        return prose("; ".join(said), rest)
    first, last = clock.day(finding.span.first), clock.day(finding.span.last)
    meetings = words.plural(finding.meetings, "meeting")
    if first == last:
        span = clock.span(finding.span.first, finding.span.last, until)
        return prose(f"{first}, {span}, in {meetings}")
    days = words.plural(finding.days, "day")
    return prose(f"{days} from {first} to {last}, in {meetings}")
