"""What the poor minutes are consistent with: the findings, what speaks for and against each.

A cause is never more than "consistent with": it is found by elimination (docs/scoring.md).
"""

from dataclasses import replace

from qosreport.report.result import Explained, Finding, WeeklyResult
from qosreport.report.view import cause_words, words
from qosreport.report.view.causes import Causes, named, note, rest, row
from qosreport.report.view.change_words import check
from qosreport.report.view.pieces import Heading
from qosreport.report.view.rows import Scene
from qosreport.report.view.words import Prose, prose

LEAST_MINUTES = 30
"""Fewer poor minutes are chance: no cause is named."""
MUCH_PCT = 10.0
"""From this share of the poor minutes on, a cause makes the headline."""
FIRST_PCT = 20.0
"""From this share on, a shared cause that stands is where to start."""


def causes(scene: Scene) -> Causes:
    """The section; without rest where there were too few poor minutes to look at."""
    result = scene.result
    explained = result.explained
    heading = Heading("causes", "Likely causes", _finding(result))
    if explained is None or explained.poor_minutes < LEAST_MINUTES:
        return Causes(heading, (), (), (), ())
    known = named_findings(result)
    listed = known[: scene.layout.causes]
    surface, clock = scene.layout.surface, scene.clock
    rows = tuple(
        replace(
            row(finding, i, surface, clock, href=_href(scene, finding)),
            check=_check(result, finding),
        )
        for i, finding in enumerate(listed)
    )
    others = known[len(listed) :]
    left = rest(explained, others, scene.layout.elsewhere)
    return Causes(heading, _sub(explained), rows, left, note(explained))


def named_findings(result: WeeklyResult) -> list[Finding]:
    """All but the undetermined."""
    return named(result.findings)


def first_cause(result: WeeklyResult) -> Finding | None:
    """The shared cause to start with, if there is one beyond doubt and worth it."""
    explained = result.explained
    if explained is None or explained.poor_minutes < LEAST_MINUTES:
        return None
    first = next(iter(named_findings(result)), None)
    if first is None or not first.stands or first.harmed_minutes < LEAST_MINUTES:
        return None
    return first if first.share_pct >= FIRST_PCT else None


def _check(result: WeeklyResult, finding: Finding) -> str:
    """The next check: that of the list of what to do first, where it has one for the same."""
    rows = result.followup.rows if result.followup is not None else []
    if finding.cause == "site":
        same = (row for row in rows if row.kind == "site" and row.name == finding.subject)
        site = next(same, None)
        return f"{words.plain(check(site))}." if site else cause_words.CHECKS["site"]
    own = finding.cause.startswith("participant_") and any(row.kind == "person" for row in rows)
    said = cause_words.check(finding)
    if not own or cause_words.is_senders(finding):
        return said
    others = said[:1].lower() + said[1:]
    return f"Whoever is under What to do first has a check of their own there. For others: {others}"


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
        return prose("No single cause fits much of the poor minutes")
    share = words.percent(first.share_pct, 0)
    return cause_words.headline(share, first)


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


def _href(scene: Scene, finding: Finding) -> str:
    """The sender, the machines or the people, where the page lists them."""
    result, layout = scene.result, scene.layout
    if not layout.links:
        return ""
    if finding.cause in {"site", "isp", "data_center"}:
        return scene.place_page(finding.cause, finding.subject)
    if finding.cause == "device":
        return "#cpu" if result.machines else ""
    if finding.person is None:
        own = finding.cause.startswith("participant_")
        return "#people" if own and result.people else ""
    listed = [person.ref for person in result.people[: layout.rows + layout.more_rows]]
    return f"#person-{finding.person}" if finding.person in listed else ""
