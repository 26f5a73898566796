"""What the poor minutes are consistent with: the findings, what speaks for and against each.

A cause is never more than "consistent with": it is found by elimination (docs/scoring.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from qosreport.report.result import Explained, Finding, WeeklyResult
from qosreport.report.view import cause_words, shapes, words
from qosreport.report.view.cause_words import subject
from qosreport.report.view.pieces import Heading
from qosreport.report.view.rows import Scene
from qosreport.report.view.shapes import HarmBar
from qosreport.report.view.words import Clock, Prose, prose, strong

LEAST_MINUTES = 30
"""Fewer poor minutes are chance: no cause is named."""
MUCH_PCT = 10.0
"""From this share of the poor minutes on, a cause makes the headline."""
FIRST_PCT = 20.0
"""From this share on, a shared cause that stands is where to start."""
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


def causes(scene: Scene) -> Causes:
    """The section; without rest where there were too few poor minutes to look at."""
    result = scene.result
    explained = result.explained
    heading = Heading("causes", "Likely causes", _finding(result))
    if explained is None or explained.poor_minutes < LEAST_MINUTES:
        return Causes(heading, (), (), (), ())
    named = named_findings(result)
    listed = named[: scene.layout.causes]
    rows = tuple(_cause(scene, finding, i) for i, finding in enumerate(listed))
    return Causes(heading, _sub(explained), rows, _rest(explained, named, listed), _note(explained))


def named_findings(result: WeeklyResult) -> list[Finding]:
    """All but the undetermined."""
    return [finding for finding in result.findings if finding.cause != "undetermined"]


def first_cause(result: WeeklyResult) -> Finding | None:
    """The shared cause to start with, if there is one beyond doubt and worth it."""
    explained = result.explained
    if explained is None or explained.poor_minutes < LEAST_MINUTES:
        return None
    first = next(iter(named_findings(result)), None)
    if first is None or not first.stands or first.harmed_minutes < LEAST_MINUTES:
        return None
    return first if first.share_pct >= FIRST_PCT else None


def _finding(result: WeeklyResult) -> Prose:
    explained = result.explained
    if explained is None:
        return ()
    if not explained.poor_minutes:
        return prose("No minute was poor")
    if explained.poor_minutes < LEAST_MINUTES:
        poor = words.plural(explained.poor_minutes, "poor minute")
        return prose(f"{poor} in all: too few to look for a cause")
    # Whatever rests on one person is no headline.
    first = next((f for f in named_findings(result) if f.stands is not False), None)
    if first is None:
        return prose("What the poor minutes come from cannot be told")
    if first.share_pct < MUCH_PCT:
        return prose("No single cause explains much of the poor minutes")
    verb = "explains" if cause_words.singular(first) else "explain"
    share = words.percent(first.share_pct, 0)
    return prose(subject(first), f" {verb} {share} of the poor minutes")


def _sub(explained: Explained) -> Prose:
    parts = [
        (explained.shared, "fit a cause that several people share"),
        (explained.own_lines, "fit people’s own lines"),
        (explained.devices, "fit busy machines"),
        (explained.undetermined, "cannot be told"),
    ]
    said = [f"{words.part_of(n, explained.poor_minutes, 0)} {what}" for n, what in parts if n]
    total = words.plural(explained.poor_minutes, "poor minute")
    return prose(f"Of {total}, {words.listing(said)}. In a good week hardly any are shared.")


def _rest(explained: Explained, named: Sequence[Finding], listed: Sequence[Finding]) -> Prose:
    parts: list[Prose] = []
    others = named[len(listed) :]
    if others:
        minutes = sum(finding.harmed_minutes for finding in others)
        fit = "fits" if len(others) == 1 else "fit"
        parts.append(
            prose(
                f"{words.opening(words.spelt(len(others), 'smaller finding'))} {fit} "
                f"{words.part_of(minutes, explained.poor_minutes)}; in the workbook. "
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


def _note(explained: Explained) -> Prose:
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


def _cause(scene: Scene, finding: Finding, index: int) -> Cause:
    share = words.percent(finding.share_pct)
    said = words.plain(subject(finding))
    return Cause(
        title=cause_words.title(finding),
        href=_href(scene, finding),
        fits=cause_words.fits(finding),
        evidence=cause_words.evidence(finding),
        when=_when(finding, scene.clock),
        check=cause_words.CHECKS[finding.cause],
        owner=cause_words.OWNERS[finding.owner],
        minutes=words.minutes(finding.harmed_minutes),
        share=share,
        bar=shapes.harm_bar(
            scene.layout.surface,
            ident=f"cause-{index}-bar",
            title=f"{words.opening(said)}: {share} of the poor minutes",
            value=finding.share_pct,
            top=100.0,
        ),
    )


def _href(scene: Scene, finding: Finding) -> str:
    """The sender, the machines or the people, where the page lists them."""
    result, layout = scene.result, scene.layout
    if not layout.links:
        return ""
    if finding.cause == "device":
        return "#cpu" if result.machines else ""
    if finding.person is None:
        own = finding.cause.startswith("participant_")
        return "#people" if own and result.people else ""
    listed = [person.ref for person in result.people[: layout.rows + layout.more_rows]]
    return f"#person-{finding.person}" if finding.person in listed else ""


def _when(finding: Finding, clock: Clock) -> Prose:
    """The main spells of a place; else the days."""
    spells = finding.spells[:SPELLS]
    if spells:
        said = [
            f"{clock.day(one.span.first)}, {clock.span(one.span.first, one.span.last)}"
            for one in spells
        ]
        more = finding.spells_known - len(spells)
        rest = f"; and {words.plural(more, 'smaller spell')}" if more else ""
        return prose("; ".join(said), rest)
    first, last = clock.day(finding.span.first), clock.day(finding.span.last)
    meetings = words.plural(finding.meetings, "meeting")
    if first == last:
        span = clock.span(finding.span.first, finding.span.last)
        return prose(f"{first}, {span}, in {meetings}")
    days = words.plural(finding.days, "day")
    return prose(f"{days} from {first} to {last}, in {meetings}")
