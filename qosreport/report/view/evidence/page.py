"""The page about a site, provider or data centre, finished before a template sees it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qosreport.report.result import EvidenceResult, Group, MeasureId, PlaceId, TroubleSpell, Values
from qosreport.report.result.quoting import quote
from qosreport.report.view import phrases, words
from qosreport.report.view.layout import Layout
from qosreport.report.view.method import calibrated, made_from, policy
from qosreport.report.view.pieces import (
    Cell,
    Column,
    Fact,
    Head,
    Heading,
    Hero,
    Link,
    Method,
    Notice,
    Paragraph,
    Row,
    Table,
)
from qosreport.report.view.privacy import privacy_notices
from qosreport.report.view.rows import ListSection
from qosreport.report.view.week.page import page_head
from qosreport.report.view.words import Clock, Prose, Run, name, prose, quiet, strong

FORMS = {"pdf": "PDF", "json": "every number as JSON"}
SPELLS_ON_PAPER = 5
FEW_PEOPLE = 3
MEASURES: dict[MeasureId, tuple[str, str]] = {
    "avg_loss_pct": ("Loss, mean", "%"),
    "max_loss_pct": ("Loss, peak", "%"),
    "jitter_ms": ("Jitter", "ms"),
    "latency_ms": ("Latency", "ms"),
}
IN_SPELLS: tuple[MeasureId, ...] = ("avg_loss_pct", "jitter_ms", "latency_ms")
SUBJECTS: dict[PlaceId, str] = {
    "site": "the network of ",
    "isp": "",
    "data_center": "Zoom’s data centre ",
}


@dataclass(frozen=True)
class EvidenceView:
    """Everything the evidence templates place."""

    head: Head
    """What the page is."""
    hero: Hero
    """The answer."""
    lists: tuple[ListSection, ...]
    """Spells, then values."""
    method: Method
    """How it was found, and from what."""


def evidence_view(
    result: EvidenceResult,
    layout: Layout,
    *,
    stem: str = "",
    forms: Sequence[str] = (),
    front_page: str | None = None,
) -> EvidenceView:
    """The page about a place in one form.

    Args:
        result: The document.
        layout: For screen or paper.
        stem: Name of the document's files without ending.
        forms: Endings of its other files, to be linked on screen.
        front_page: Path of the front page, relative to this one, if there is one.
    """
    subject = subject_of(result)
    head = page_head(
        result.head,
        result.method,
        result.provenance,
        title=f"{words.plain(prose(subject))}, {result.head.label}",
        period=words.period_line(result.head),
        short_period=words.period_title(result.head),
        back=Link(prose("All reports"), front_page) if front_page else None,
    )
    links = tuple(Link(prose(FORMS[form]), f"{stem}.{form}") for form in forms if form in FORMS)
    lists = (_spells(result, layout), _values(result))
    return EvidenceView(head, _hero(result), lists, _method(result, links if layout.links else ()))


def subject_of(result: EvidenceResult) -> Prose:
    """The network of Leeds; Maple Loop; provider network 203.0.0.0/16; Zoom’s data centre LHR."""
    unnamed = result.place_kind == "isp" and phrases.home_network(result.name)
    return prose("provider network " if unnamed else SUBJECTS[result.place_kind], _shown(result))


def _shown(result: EvidenceResult) -> Run:
    return name(words.clean(result.name, 60) or "a place without a name")


def _hero(result: EvidenceResult) -> Hero:
    return Hero(
        eyebrow=prose("Evidence of call quality"),
        verdict=verdict(result),
        lede=_lede(result),
        volume=_volume(result),
        notices=_notices(result),
        bar=None,
        key=(),
        note=(),
    )


def verdict(result: EvidenceResult) -> Prose:
    """One sentence."""
    subject, when = subject_of(result), words.period_title(result.head)
    when = when[:1].lower() + when[1:]
    if not result.here.poor.n:
        return prose("No call over ", subject, f" could be scored in {when}.")
    if not result.spells_known:
        return prose("No spell of trouble fits ", subject, f" in {when}.")
    spells = words.opening(words.spelt(result.spells_known, "spell"))
    fit = "fits" if result.spells_known == 1 else "fit"
    return prose(f"{spells} of poor calls in {when} {fit} ", subject, ".")


def _lede(result: EvidenceResult) -> Prose:
    here, elsewhere = result.here, result.elsewhere
    parts: list[Prose] = []
    if result.during is not None:
        said = _of(result.during.poor_here, result.during.here)
        parts.append(
            prose(
                "In the minutes with anybody harmed, ",
                strong(said),
                " participant-minutes there were poor",
            )
        )
        if result.during.elsewhere:
            others = _of(result.during.poor_elsewhere, result.during.elsewhere)
            parts.append(prose(", and ", strong(others), " elsewhere"))
        parts.append(prose(". "))
    parts.append(prose(f"Over the whole time {_rate(here)} there were poor"))
    parts.append(prose(f", elsewhere {_rate(elsewhere)}." if elsewhere.poor.n else "."))
    return prose(*parts)


def _rate(group: Group) -> str:
    rate = group.poor
    counts = f"{_of(rate.k, rate.n)} scored connections"
    if not rate.enough or rate.pct is None or rate.low_pct is None or rate.high_pct is None:
        return counts
    interval = words.between(rate.low_pct, rate.high_pct)
    return f"{counts} ({words.percent(rate.pct)}, 95 % interval {interval})"


def _of(k: int, n: int) -> str:
    return f"{words.count(k)} of {words.count(n)}"


def _volume(result: EvidenceResult) -> tuple[Fact, ...]:
    here = result.here
    facts = [
        ("People there", here.people, "here.people"),
        ("Connections", here.connections, "here.connections"),
        ("of these scored", here.poor.n, "here.poor.n"),
        ("Meetings", here.meetings, "here.meetings"),
        ("Minutes scored", here.scored_minutes, "here.scored_minutes"),
        ("Minutes harmed", here.harmed_minutes, "here.harmed_minutes"),
        ("of these fit", result.harmed_minutes, "harmed_minutes"),
    ]
    return tuple(
        Fact(prose(label), prose(words.count(number)), quote=field)
        for label, number, field in facts
    )


def _notices(result: EvidenceResult) -> tuple[Notice, ...]:
    notices = privacy_notices(result.head)
    if result.head.to_date:
        notices.append(Notice("Not over yet", prose("The period was still open at the pull.")))
    if result.stands is False:
        said = "Without the person harmed most it would not stand: one line may be to blame."
        notices.append(Notice("Weak", prose(said)))
    elif 0 < result.here.people < FEW_PEOPLE:
        people = words.plural(result.here.people, "person", "people")
        notices.append(Notice("Few people", prose(f"All of it rests on {people}.")))
    return tuple(notices)


# --- Spells ------------------------------------------------------------------------------------


def _spells(result: EvidenceResult, layout: Layout) -> ListSection:
    if not result.spells:
        finding = prose("No time at which people there were poor together and others were not")
        return ListSection(Heading("spells", "Spells of trouble", finding), (), None)
    longest = words.minutes(max(spell.minutes for spell in result.spells))
    spells = words.opening(words.spelt(result.spells_known, "spell"))
    finding = prose(f"{spells}, {longest} with anybody harmed in the longest")
    heading = Heading("spells", "Spells of trouble", finding)
    most = layout.others if layout.links else SPELLS_ON_PAPER
    worst = sorted(result.spells, key=lambda spell: -spell.harmed_minutes)[:most]
    shown = sorted(worst, key=lambda spell: spell.span.first)
    more = result.spells_known > len(shown)
    left = words.plural(result.spells_known - len(shown), "spell")
    clocks = {zone: Clock(zone) for zone in ("UTC", result.head.zone)}
    table = Table(
        id="spells-table",
        caption=prose("In order of time; median and worst of the people there"),
        columns=(
            *(Column(zone, css) for zone, css in zip(clocks, ("w-l", "w2"), strict=False)),
            Column("Minutes", "r"),
            Column("Poor there", "r"),
            Column("Poor elsewhere", "r"),
            *(Column(MEASURES[measure][0], "r") for measure in IN_SPELLS),
        ),
        rows=tuple(_spell(spell, list(clocks.values())) for spell in shown),
        css="cards cs",
        note=prose(f"{left} with fewer minutes harmed in the JSON." if more else ""),
    )
    sub = prose(
        "Minutes are those with anybody harmed. Poor are people, not minutes: poor in any of these "
        "minutes, of all who were in a call in them, there and elsewhere."
    )
    return ListSection(heading, sub, table)


def _spell(spell: TroubleSpell, clocks: Sequence[Clock]) -> Row:
    first, last = spell.span.first, spell.span.last
    by = {values.measure: values for values in spell.values}
    elsewhere = quiet("nobody") if not spell.people_elsewhere else ""
    return Row(
        cells=(
            *(
                Cell(main=prose(_dated(clock, first)), second=prose(clock.span(first, last)))
                for clock in clocks
            ),
            Cell(main=prose(words.count(spell.minutes))),
            Cell(main=_people(spell.poor_people, spell.people)),
            Cell(
                main=prose(elsewhere)
                or _people(spell.poor_people_elsewhere, spell.people_elsewhere)
            ),
            *(_median_worst(by.get(measure), MEASURES[measure][1]) for measure in IN_SPELLS),
        ),
        quote=quote("spells", spell),
    )


def _dated(clock: Clock, moment: dt.datetime) -> str:
    return f"{clock.local(moment):%Y-%m-%d}"


def _people(k: int, n: int) -> Prose:
    return prose(words.count(k), quiet(f" of {words.count(n)}"))


def _median_worst(values: Values | None, unit: str) -> Cell:
    if values is None:
        return Cell(main=prose(quiet("not measured")))
    worst = words.fixed(values.worst, unit)
    return Cell(main=prose(words.fixed(values.median, unit)), second=prose(f"worst {worst}"))


# --- Values ------------------------------------------------------------------------------------


def _values(result: EvidenceResult) -> ListSection:
    heading = Heading("values", "Values", prose(_value_finding(result)))
    sides = (result.in_spells, result.outside, result.elsewhere_in_spells)
    if not any(sides):
        return ListSection(heading, (), None)
    by = [{values.measure: values for values in side} for side in sides]
    rows = tuple(
        Row(
            (
                Cell(main=prose(label)),
                *(_measured(side.get(measure), unit) for side in by),
            )
        )
        for measure, (label, unit) in MEASURES.items()
        if any(measure in side for side in by)
    )
    table = Table(
        id="values-table",
        caption=prose(
            "Median and worst over all participant-minutes measured, whether anybody was harmed "
            "in them or not, and how many; the worst stream of each"
        ),
        columns=(
            Column("Measure", "w-l"),
            Column("There, in the spells", "r"),
            Column("There, at other times", "r"),
            Column("Elsewhere, in the spells", "r"),
        ),
        rows=rows,
        css="cards cm",
    )
    return ListSection(heading, (), table)


def _value_finding(result: EvidenceResult) -> str:
    for measure in ("avg_loss_pct", "latency_ms", "jitter_ms"):
        inside, outside = (
            next((v for v in side if v.measure == measure), None)
            for side in (result.in_spells, result.outside)
        )
        if inside and outside and inside.median > max(2 * outside.median, 1.0):
            label, unit = MEASURES[measure]
            return (
                f"{label}: median {words.fixed(inside.median, unit)} in the spells, "
                f"{words.fixed(outside.median, unit)} at other times"
            )
    return "What was measured"


def _measured(values: Values | None, unit: str) -> Cell:
    if values is None:
        return Cell(main=prose(quiet("not measured")))
    cell = _median_worst(values, unit)
    second = prose(cell.second, f", {words.minutes(values.minutes)}")
    return replace(cell, second=second)


# --- Method ------------------------------------------------------------------------------------


def _method(result: EvidenceResult, links: tuple[Link, ...]) -> Method:
    score = words.decimal(result.method.poor_score, 2)
    paragraphs = [
        Paragraph(
            "A minute is poor",
            prose(
                f" when the estimate eMOS (ITU-T G.107 for audio loss and delay, with jitter and "
                f"loss peaks) is below {score}. Zoom takes one sample a minute of each stream."
            ),
        ),
        Paragraph("A spell", prose(_spell_rule(result.place_kind))),
        Paragraph(
            "Consistent with, not proven.",
            prose(
                " Found by elimination: what a bad sender or anything wider explains was taken "
                "out first. It says where trouble is likely, not what it is."
            ),
        ),
        Paragraph("Networks.", prose(_networks(result))),
        Paragraph(
            "Nothing of a person",
            prose(" is in this page or its JSON: no names, no addresses of people, no topics."),
        ),
        policy(result.method, calibrated(result)),
        made_from(result),
    ]
    if links:
        paragraphs.append(Paragraph("Other forms.", (), links))
    heading = Heading("method", "Method", prose("Method and comparison"))
    return Method(heading, tuple(paragraphs))


def _spell_rule(place: PlaceId) -> str:
    who = "other sites and networks" if place != "data_center" else "other data centres"
    return (
        " is a time in which most people there were poor and people elsewhere were not; pauses of "
        "15 minutes or more end it. Elsewhere is everybody else in the same organisation, at "
        f"{who}."
    )


def _networks(result: EvidenceResult) -> str:
    parts = []
    if result.networks:
        parts.append(f" Public: {', '.join(result.networks)}.")
    if result.data_centers and result.place_kind != "data_center":
        centres = [words.clean(one, 40) or "" for one in result.data_centers[:6]]
        parts.append(f" Zoom’s data centres: {', '.join(centres)}.")
    return "".join(parts) or " Known to Zoom by the name above."
