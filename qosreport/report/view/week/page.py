"""The weekly page, finished before a template sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qosreport.report.result import Band, Provenance, WeeklyResult
from qosreport.report.result import Head as HeadNumbers
from qosreport.report.result import Method as MethodNumbers
from qosreport.report.view import phrases, shapes, words
from qosreport.report.view.causes import Causes
from qosreport.report.view.layout import Layout
from qosreport.report.view.method import method, weekly_coverage
from qosreport.report.view.pieces import (
    Coverage,
    Fact,
    Head,
    Heading,
    Hero,
    KeyItem,
    Link,
    Method,
    Notice,
)
from qosreport.report.view.privacy import privacy_notices
from qosreport.report.view.rows import ListSection, Scene
from qosreport.report.view.sources import Sources
from qosreport.report.view.week.agreement import CrossCheck, agreement
from qosreport.report.view.week.causes import causes
from qosreport.report.view.week.change import change
from qosreport.report.view.week.figures import Figures, figures
from qosreport.report.view.week.followup import followup
from qosreport.report.view.week.machines import machines
from qosreport.report.view.week.people import people
from qosreport.report.view.week.reliability import Stability, reliability
from qosreport.report.view.week.segments import Segments, segments
from qosreport.report.view.week.verdict import lede, verdict
from qosreport.report.view.week.when import When, when
from qosreport.report.view.week.worst import worst_meetings
from qosreport.report.view.words import Clock, Prose, prose, quiet

BANDS: tuple[Band, ...] = ("Good", "Fair", "Poor", "Bad", "Unscored")


@dataclass(frozen=True)
class WeeklyView:
    """Everything the weekly templates place."""

    head: Head
    """What the page is."""
    hero: Hero
    """The answer."""
    contents: tuple[Link, ...]
    """Sections by topic."""
    figures: Figures | None
    """Six key figures; absent where nothing could be scored."""
    causes: Causes | None
    """What the poor minutes are consistent with; absent where too few were."""
    first: ListSection | None
    """What to do first; absent where there is nothing to follow up."""
    reliability: Stability | None
    """Drops and returns; absent where nobody dropped."""
    lists: tuple[ListSection, ...]
    """What changed, worst meetings, people with poor connections, machines with high CPU: those
    that have any."""
    clear: Heading | None
    """What was looked at and gave nothing to show, in one sentence; absent if there is none."""
    segments: Segments | None
    """Rates by place and equipment; absent where too few or nothing was poor."""
    when: When | None
    """Days by hours; absent likewise."""
    agreement: CrossCheck | None
    """Zoom's labels beside ours; absent where there are none."""
    sources: Sources | None
    """Thresholds that the page cites; absent where each flag names its own source."""
    coverage: Coverage
    """What came and what did not."""
    method: Method
    """Rules and provenance."""


def weekly_view(
    result: WeeklyResult,
    layout: Layout,
    *,
    forms: Sequence[str] = (),
    beside: frozenset[str] = frozenset(),
) -> WeeklyView:
    """The page of a week in one form.

    Args:
        result: The document.
        layout: For screen or paper.
        forms: Endings of the document's other files, to be linked on screen.
        beside: Pages of people and places that lie beside this one, by relative path.
    """
    scene = Scene(result, layout, beside)
    lists = (change(scene), worst_meetings(scene), people(scene), machines(scene))
    groups, hours, likely = segments(scene), when(scene), causes(scene)
    first, stable, checked = followup(scene), reliability(scene), agreement(scene)
    idle = (first, likely, stable, *lists, groups, hours, checked)
    scored = result.coverage.connections_scored > 0
    view = WeeklyView(
        head=_head(result),
        hero=_hero(result, layout),
        contents=(),
        figures=figures(scene) if scored else None,
        first=first if first.shown else None,
        reliability=stable if stable.shown else None,
        causes=likely if likely.shown else None,
        lists=tuple(section for section in lists if section.shown),
        clear=_clear(idle) if scored else None,
        segments=groups if groups.shown else None,
        when=hours if hours.shown else None,
        agreement=checked if checked.shown else None,
        sources=scene.cites if scene.cites.rows else None,
        coverage=weekly_coverage(result),
        method=method(
            result,
            stem=f"weekly-{result.head.label}",
            forms=forms if layout.links else (),
            brief=not layout.links,
        ),
    )
    return replace(view, contents=_contents(view))


_Section = Causes | CrossCheck | ListSection | Segments | Stability | When


def _clear(sections: Sequence[_Section]) -> Heading | None:
    """One sentence of all findings that have nothing to show."""
    idle = [section.heading.finding for section in sections if not section.shown]
    findings = [words.plain(finding) for finding in idle if finding]
    if not findings:
        return None
    said = [findings[0], *(finding[0].lower() + finding[1:] for finding in findings[1:])]
    return Heading("clear", "Also looked at", prose("; ".join(said)))


def _contents(view: WeeklyView) -> tuple[Link, ...]:
    first = (view.figures, view.first, view.causes, view.reliability, *view.lists)
    headings = [section.heading for section in first if section is not None]
    headings += [view.clear] if view.clear is not None else []
    rest = (view.when, view.segments, view.agreement, view.coverage, view.method)
    headings += [section.heading for section in rest if section is not None]
    return tuple(Link(prose(heading.topic), f"#{heading.id}") for heading in headings)


def page_head(
    head: HeadNumbers,
    rules: MethodNumbers,
    source: Provenance,
    *,
    title: str,
    period: str,
    short_period: str,
    back: Link | None = None,
) -> Head:
    """The head of any page."""
    organisation = words.clean(head.organisation) or ""
    policy = f"policy {words.clean(rules.policy)} {words.clean(rules.policy_version)}"
    return Head(
        title=words.plain(prose(words.joined([organisation, title]))),
        organisation=organisation,
        period=period,
        short_period=short_period,
        foot=f"eMOS is an estimate · {policy} · {rules.policy_sha256[:8]}{words.ELLIPSIS}",
        created=f"{(source.data_as_of or head.end):%Y-%m-%dT%H:%M:%SZ}",
        back=back,
    )


def _head(result: WeeklyResult) -> Head:
    return page_head(
        result.head,
        result.method,
        result.provenance,
        title=result.head.label,
        period=words.period_line(result.head),
        short_period=words.period_title(result.head),
    )


def _hero(result: WeeklyResult, layout: Layout) -> Hero:
    counts = result.connections_by_band
    numbers = (counts.good, counts.fair, counts.poor, counts.bad, counts.unscored)
    said = ", ".join(f"{band} {n}" for band, n in zip(BANDS, numbers, strict=True))
    return Hero(
        eyebrow=(),
        verdict=verdict(result),
        lede=lede(result),
        volume=_volume(result),
        notices=notices(result),
        bar=shapes.band_bar(
            layout.surface, ident="bands", title=f"Connections by band: {said}", counts=counts
        ),
        key=_band_key(numbers),
        note=_band_note(result),
    )


def _volume(result: WeeklyResult) -> tuple[Fact, ...]:
    volume = result.volume
    facts = [("Meetings", volume.meetings, "meetings")]
    if volume.webinars:
        facts.append(("of these webinars", volume.webinars, "webinars"))
    facts += [
        ("Connections", volume.connections, "connections"),
        ("People", volume.people, "people"),
        ("Minutes scored", volume.scored_minutes, "scored_minutes"),
        ("Minutes harmed", volume.harmed_minutes, "harmed_minutes"),
    ]
    return tuple(
        Fact(prose(label), prose(words.count(number)), quote=f"volume.{field}")
        for label, number, field in facts
    )


def _band_key(numbers: Sequence[int]) -> tuple[KeyItem, ...]:
    total = sum(numbers)
    if not total:
        return ()
    return tuple(
        KeyItem(
            prose(words.count(n), *((" ", quiet(words.part_of(n, total))) if n else ())),
            band=phrases.mark(band),
            quote=f"connections_by_band.{band.lower()}",
        )
        for band, n in zip(BANDS, numbers, strict=True)
    )


def _band_note(result: WeeklyResult) -> Prose:
    counts = result.connections_by_band
    trouble = counts.poor + counts.bad
    if not result.volume.connections:
        return ()
    text = "Connections by band. A connection is one join of one person."
    network, frames = result.connections_poor_by_network, result.connections_poor_by_frame_rate
    if trouble and frames:
        were = "was" if trouble == 1 else "were"
        text += (
            f" {words.count(trouble)} {were} Poor or Bad: {words.count(network)} by the network, "
            "which is what this report counts as a poor connection, and "
            f"{words.count(frames)} by frame rate alone."
        )
    elif trouble:
        text += " All that were Poor or Bad were so by the network, so each is a poor connection."
    summary = result.connections_by_summary
    judged = summary.good + summary.fair + summary.poor + summary.bad
    if judged:
        text += (
            f" {words.opening(words.spelt(judged))} more came as a summary of the whole meeting "
            f"only ({words.count(summary.poor + summary.bad)} Poor or Bad by it) and count as "
            "Unscored here."
        )
    return prose(text)


def notices(result: WeeklyResult) -> tuple[Notice, ...]:
    """What to know before reading: an open week, gaps."""
    found = privacy_notices(result.head)
    source = result.provenance.data_as_of
    if result.head.to_date:
        until = f" until {Clock(result.head.zone).stamp(source)}" if source else ""
        found.append(
            Notice(
                "Not over yet", prose(f"The period was still open: these are its meetings{until}.")
            )
        )
    if result.coverage.incomplete:
        missing = words.plural(result.coverage.incomplete, "meeting")
        found.append(
            Notice(
                "Gaps",
                prose(f"{missing} could not be pulled whole; the reasons stand under Coverage."),
            )
        )
    return tuple(found)
