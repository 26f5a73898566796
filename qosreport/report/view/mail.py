"""What the mail of a week says: enough to act on without opening anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qosreport.report.branding.brand import PRODUCT
from qosreport.report.result import Finding, SegmentRow, WeeklyResult
from qosreport.report.view import cause_words, words
from qosreport.report.view.layout import SCREEN_PAGE
from qosreport.report.view.pieces import Notice
from qosreport.report.view.privacy import is_whole
from qosreport.report.view.rows import Scene
from qosreport.report.view.week.causes import LEAST_MINUTES, named_findings
from qosreport.report.view.week.figures import figures
from qosreport.report.view.week.page import notices
from qosreport.report.view.week.verdict import lede, poor_connections, verdict
from qosreport.report.view.words import Prose, name, prose

ACTIONS = 3
Pdf = Literal["attached", "too large", "not made", "not wanted", "not for this"]
"""What became of the PDF in this message."""


@dataclass(frozen=True)
class MailFigure:
    """One key figure."""

    name: str
    """What is counted."""
    value: str
    """The rate with its unit, or the count."""
    note: str
    """Of how many, and the interval."""


@dataclass(frozen=True)
class MailAction:
    """One thing to do."""

    title: Prose
    """What to look at, as an imperative."""
    share: str
    """Harmed participant-minutes and their share; empty where there is none."""
    fits: Prose
    """What it is consistent with, and what speaks for it."""
    check: str
    """The next check to make."""
    owner: str
    """Who can do something about it."""


@dataclass(frozen=True)
class MailView:
    """Everything a mail places."""

    subject: str
    """In the header, so without anything from Zoom."""
    product: str
    """Name over the message."""
    organisation: str
    """Whose report; may be empty."""
    period: str
    """Of which time."""
    notices: tuple[Notice, ...]
    """What limits it."""
    verdict: Prose
    """The answer."""
    lede: Prose
    """Scale, and where to start; may be empty."""
    figures: tuple[MailFigure, ...]
    """What was counted."""
    actions: tuple[MailAction, ...]
    """Where to start."""
    no_actions: Prose
    """Why there are none; empty where there are."""
    link: str
    """Address of the archived page; empty where there is none."""
    pdf: Prose
    """What became of the PDF, and where the rest is."""
    foot: Prose
    """By which rules, and why this came."""


def weekly_mail(result: WeeklyResult, *, pdf: Pdf, link: str, product: str = PRODUCT) -> MailView:
    """The mail of a whole week.

    Args:
        result: The document.
        pdf: What became of the PDF.
        link: Address of the archived page; empty where there is none.
        product: Name over the message.
    """
    scored = result.coverage.connections_scored > 0
    actions = tuple(_action(finding) for finding in _first(result, named_findings(result)))
    return MailView(
        subject=_subject(result, _in_short(result), product),
        product=product,
        organisation=words.clean(result.head.organisation) or "",
        period=words.period_line(result.head),
        notices=notices(result),
        verdict=verdict(result),
        lede=lede(result),
        figures=_figures(result) if scored else (),
        actions=actions,
        no_actions=() if actions else _why_none(result),
        link=link,
        pdf=_about_pdf(pdf, link),
        foot=_foot(result, "mail.recipients"),
    )


def site_mail(result: WeeklyResult, site: str, *, link: str, product: str = PRODUCT) -> MailView:
    """The mail of one site's figures, for its own network team; names no person.

    Args:
        result: The document of the whole week.
        site: Its name, as in the report.
        link: Address of the archived page; empty where there is none.
        product: Name over the message.
    """
    row = _site_row(result, site)
    found = [f for f in named_findings(result) if f.cause == "site" and f.subject == site]
    actions = tuple(_action(finding) for finding in _first(result, found))
    shown = words.clean(site) or ""
    return MailView(
        subject=_subject(result, shown, product),
        product=product,
        organisation=words.clean(result.head.organisation) or "",
        period=words.period_line(result.head),
        notices=notices(result),
        verdict=_site_verdict(result, shown, row),
        lede=(),
        figures=_site_figures(result, row) if row is not None else (),
        actions=actions,
        no_actions=() if actions else _nothing_at(shown, row),
        link=link,
        pdf=_about_pdf("not for this", link),
        foot=_foot(result, "mail.sites"),
    )


def _subject(result: WeeklyResult, about: str, product: str) -> str:
    title = words.period_title(result.head)
    whose = words.joined([product, words.clean(result.head.organisation)], ", ")
    return f"{whose}: {title}, {about}".replace(words.THIN, " ")


def _in_short(result: WeeklyResult) -> str:
    rate = poor_connections(result)
    if rate is None or not rate.n:
        return "nothing could be scored" if result.coverage.listed else "no meetings"
    if not rate.k:
        return "no poor connections"
    if not rate.enough or rate.pct is None:
        return f"{words.count(rate.k)} of {words.plural(rate.n, 'connection')} poor"
    return f"{words.percent(rate.pct)} of connections poor"


def _figures(result: WeeklyResult) -> tuple[MailFigure, ...]:
    return tuple(
        MailFigure(one.name, f"{one.figure}{one.unit}", one.counts)
        if one.unit.endswith("%")
        else MailFigure(one.name, one.figure, words.joined([one.unit, one.counts]))
        for one in figures(Scene(result, SCREEN_PAGE)).figures
    )


def _first(result: WeeklyResult, findings: Sequence[Finding]) -> Sequence[Finding]:
    """Those worth an action, shared causes first as in the list of what to do first.

    Whatever rests on one person is none for everybody's mail.
    """
    if result.explained is None or result.explained.poor_minutes < LEAST_MINUTES:
        return ()
    found = [finding for finding in findings if finding.stands is not False]
    return sorted(found, key=lambda finding: not finding.stands)[:ACTIONS]


def _action(finding: Finding) -> MailAction:
    share = words.percent(finding.share_pct)
    return MailAction(
        title=cause_words.title(finding),
        share=f"{words.minutes(finding.harmed_minutes)}, {share} of the poor minutes",
        fits=prose(cause_words.fits(finding), " ", cause_words.evidence(finding)),
        check=cause_words.CHECKS[finding.cause],
        owner=cause_words.OWNERS[finding.owner],
    )


def _why_none(result: WeeklyResult) -> Prose:
    if not is_whole(result.head, "causes"):
        return prose("Likely causes are left out: too few people were behind some of them.")
    if result.explained is None or not result.coverage.connections_scored:
        return prose("Nothing could be said about causes.")
    if result.explained.poor_minutes < LEAST_MINUTES:
        return prose("Too few minutes were poor to look for a cause: nothing needs doing.")
    return prose("What the poor minutes come from cannot be told.")


def _about_pdf(pdf: Pdf, link: str) -> Prose:
    what = {
        "attached": "The whole report is attached as a PDF.",
        "too large": "The PDF is not attached: it is larger than the mail server takes.",
        "not made": "The PDF could not be made this time.",
        "not wanted": "",
        "not for this": "These are the figures of one site.",
    }[pdf]
    if pdf == "attached":
        return prose(what)
    where = "is behind the link above" if link else "can be had from whoever runs qosreport"
    return prose(f"{what} The whole report {where}.".lstrip())


def _foot(result: WeeklyResult, setting: str) -> Prose:
    method = result.method
    policy = f"{words.clean(method.policy)} {words.clean(method.policy_version)}"
    return prose(
        f"eMOS is an estimate; policy {policy}. Causes are never more than “consistent with”. "
        f"You get this because {setting} of qosreport names you; whoever runs it can change that."
    )


# --- One site ----------------------------------------------------------------------------------


def _site_row(result: WeeklyResult, site: str) -> SegmentRow | None:
    rows = [row for segment in result.segments if segment.id == "site" for row in segment.rows]
    return next((row for row in rows if row.name == site), None)


def _site_verdict(result: WeeklyResult, site: str, row: SegmentRow | None) -> Prose:
    if row is None and result.head.privacy is not None and result.head.privacy.least_people:
        return prose("Nothing is shown of ", name(site), ": too few people were there.")
    if row is None or not row.poor.n:
        return prose("No connection from ", name(site), " could be scored.")
    rate = row.poor
    if not rate.k:
        return prose(f"No connection was poor, of {words.count(rate.n)} from ", name(site), ".")
    if not rate.enough or rate.pct is None:
        were = "was" if rate.k == 1 else "were"
        counts = f"{words.count(rate.k)} of {words.plural(rate.n, 'connection')} from "
        return prose(counts, name(site), f" {were} poor. Too few for a rate.")
    everybody = poor_connections(result)
    beside = ""
    if everybody is not None and everybody.pct is not None:
        beside = f" Of all connections it was {words.percent(everybody.pct)}."
    share = f"{words.percent(rate.pct)} of the connections from "
    return prose(share, name(site), " were poor.", beside)


def _site_figures(result: WeeklyResult, row: SegmentRow) -> tuple[MailFigure, ...]:
    rate, all_harm = row.poor, result.volume.harmed_minutes
    of = f"of {words.plural(rate.n, 'connection')} in {words.plural(rate.meetings, 'meeting')}"
    interval = ""
    if rate.enough and rate.low_pct is not None and rate.high_pct is not None:
        ends = words.between(rate.low_pct, rate.high_pct, 1)
        interval = f"{result.method.confidence_pct:g}{words.THIN}% interval {ends}"
    share = words.part_of(row.harmed_minutes, all_harm) if all_harm else ""
    return (
        MailFigure("Poor connections", words.count(rate.k), words.joined([of, interval])),
        MailFigure(
            "Minutes harmed",
            words.count(row.harmed_minutes),
            f"participant-minutes, {share} of all" if share else "participant-minutes",
        ),
    )


def _nothing_at(site: str, row: SegmentRow | None) -> Prose:
    if row is None:
        return prose(
            "Check the spelling: it must be the site’s name as it stands in the report. Or nobody "
            "joined from there."
        )
    return prose("Nothing points to the network of ", name(site), " as such this week.")
