"""Coverage, method and provenance: what the numbers rest on."""

from collections.abc import Sequence

from qosreport.report.result import Coverage as CoverageNumbers
from qosreport.report.result import Gap, Reject, Result, WeeklyResult
from qosreport.report.result import Method as MethodNumbers
from qosreport.report.view import phrases, words
from qosreport.report.view.pieces import Coverage, Fact, FactList, Heading, Link, Method, Paragraph
from qosreport.report.view.words import Clock, Prose, prose, quiet

UNITS = {
    "meetings": ("meeting", "meetings"),
    "connections": ("connection", "connections"),
    "participant-minutes": ("minute", "minutes"),
    "values": ("value", "values"),
}
MOST_REJECTS = 5
MOST_KEYS = 3
WAITING_ROOM, UNKNOWN_KEY = "waiting-room", "unknown-key"
"""Rules of rejects that are no unreadable values."""
SILENT = "Minutes without data, from join to leave"
FORMS = {"pdf": "PDF", "xlsx": "workbook", "json": "every number as JSON", "html": "page"}


# --- Coverage ----------------------------------------------------------------------------------


def weekly_coverage(result: WeeklyResult) -> Coverage:
    """What came, what did not, and what could not be read, over a week."""
    numbers = result.coverage
    finding = judged(numbers.scored, numbers.listed, "meeting")
    lists = [FactList("What came", _came(numbers))]
    lists.append(FactList("What did not, and why", missing(numbers.gaps)))
    lists.append(FactList("From where", _from_where(numbers)))
    note = prose(
        "Nothing is left out silently: what was judged and what was not add up to all meetings, "
        "connections and minutes with data."
    )
    return Coverage(
        Heading("coverage", "Coverage and gaps", prose(finding)),
        (*(part for part in lists if part.facts), *unreadable(numbers.rejects)),
        note if numbers.gaps else (),
    )


def judged(k: int, n: int, noun: str) -> str:
    """How many of all could be judged, in a sentence."""
    if not n:
        return f"No {noun} came"
    if k == n:
        all_of_them = {1: f"The one {noun}", 2: f"Both {noun}s"}
        return f"{all_of_them.get(n) or f'All {words.count(n)} {noun}s'} could be judged"
    could = words.count(k) if k else "None"
    return f"{could} of {words.plural(n, noun)} could be judged"


def _came(numbers: CoverageNumbers) -> tuple[Fact, ...]:
    def fact(label: str, field: str, n: int | None = None) -> Fact:
        k = words.count(getattr(numbers, field))
        of = quiet(f" of {words.count(n)}") if n is not None else ""
        return Fact(prose(label), prose(k, of), quote=f"coverage.{field}")

    return (
        fact("Meetings Zoom listed", "listed"),
        fact("Pulled whole", "whole", numbers.listed),
        fact("Judged", "scored", numbers.listed),
        fact("Connections with quality data", "connections_with_qos", numbers.connections),
        fact("Connections scored", "connections_scored", numbers.connections),
        fact("Minutes scored, of those with data", "scored_minutes", numbers.present_minutes),
        *([fact(SILENT, "silent_minutes")] if numbers.silent_minutes else []),
    )


def _from_where(numbers: CoverageNumbers) -> tuple[Fact, ...]:
    """Connections by what their addresses tell; none in a document that was not asked."""
    found = numbers.located
    if found is None:
        return ()
    sites = "At a site of the settings" if found.listed else "At what looks like an office"
    addresses = words.plural(found.addresses_away, "address", "addresses")
    rows = (
        (prose(sites), found.at_sites),
        (prose("Elsewhere, grouped by provider", quiet(f": {addresses}")), found.away),
        (prose("No public address"), found.unknown),
    )
    return tuple(Fact(label, prose(words.count(number))) for label, number in rows if number)


def missing(gaps: Sequence[Gap]) -> tuple[Fact, ...]:
    """Every gap with its reason and count."""
    return tuple(
        Fact(prose(phrases.gap(gap.reason)), prose(words.plural(gap.count, *UNITS[gap.unit])))
        for gap in gaps
    )


def unreadable(rejects: Sequence[Reject]) -> tuple[FactList, ...]:
    """What could not be used, by field and shape; none if there is nothing."""
    if not rejects:
        return ()
    waited = [reject for reject in rejects if reject.rule == WAITING_ROOM]
    unknown = [reject for reject in rejects if reject.rule == UNKNOWN_KEY]
    others = [reject for reject in rejects if reject.rule not in {WAITING_ROOM, UNKNOWN_KEY}]
    facts = [_not_used(reject) for reject in others[:MOST_REJECTS]]
    if rest := others[MOST_REJECTS:]:
        label = f"{words.opening(words.spelt(len(rest), 'further kind'))}, in the JSON"
        facts.append(Fact(prose(label), _total(rest, "value")))
    if waited:
        label = "People who only waited in the waiting room"
        facts.append(Fact(prose(label), _total(waited, "row")))
    if unknown:
        fields = words.joined(words.clean(reject.field, 48) for reject in unknown[:MOST_KEYS])
        more = f" and {len(unknown) - MOST_KEYS} more" if len(unknown) > MOST_KEYS else ""
        keys = prose("Keys that Zoom does not document yet", quiet(f": {fields}{more}"))
        facts.append(Fact(keys, _total(unknown, "value")))
    return (FactList("What could not be used, and why", tuple(facts)),)


def _not_used(reject: Reject) -> Fact:
    field = words.clean(reject.field, 48) or "field not named"
    shape = words.clean(reject.shape, 32)
    why = f": {phrases.rule(reject.rule)}{f', such as {shape}' if shape else ''}"
    return Fact(prose(field, quiet(why)), _total([reject], "value"))


def _total(rejects: Sequence[Reject], noun: str) -> Prose:
    return prose(words.plural(sum(reject.values for reject in rejects), noun))


# --- Method ------------------------------------------------------------------------------------


def method(result: Result, *, stem: str, forms: Sequence[str], brief: bool = False) -> Method:
    """The rules in the policy's own numbers, and where the data is from.

    Args:
        result: The document.
        stem: Name of this document's files without ending.
        forms: Endings of its other files, to be linked; none on paper.
        brief: Only what the page cannot be read without.
    """
    rules = result.method
    scores, counts = _score_rules(rules), _counting_rules(rules, result.kind)
    paragraphs = [*scores, *counts, _direction(rules)]
    if brief:
        paragraphs = [scores[0], scores[2], counts[-1]]
    paragraphs += [policy(rules, calibrated(result)), made_from(result)]
    if forms:
        links = tuple(Link(prose(FORMS[form]), f"{stem}.{form}") for form in forms)
        paragraphs.append(Paragraph("Other forms.", prose(""), links))
    return Method(
        Heading("method", "Method", prose("Method, policy and provenance")), tuple(paragraphs)
    )


def _score_rules(rules: MethodNumbers) -> tuple[Paragraph, ...]:
    score = words.decimal(rules.poor_score, 2)
    return (
        Paragraph(
            "The score is an estimate.",
            prose(
                " eMOS comes from the network measures Zoom records about once a minute. It is not "
                "a Zoom score and not an opinion poll. Each minute is one instantaneous sample."
            ),
        ),
        Paragraph(
            "A minute is poor",
            prose(
                f" when its score is below {score}. The score is its worst component, and every "
                "flag names that component. The network score leaves out frame rate. The E-model "
                "(ITU-T G.107) weighs audio loss and delay: both take points from its rating R."
            ),
        ),
        Paragraph(
            "A connection is poor",
            prose(
                f" when {words.percent(rules.poor_share_pct, 0)} of its scored minutes are "
                f"poor, or {words.spelt(rules.poor_run_minutes)} in a row, or its pooled score is "
                f"below {score}. Fewer than {words.spelt(rules.min_scored_minutes)} scored "
                "minutes: Unscored. A connection is one join of one person; a rejoin or another "
                "room is another."
            ),
        ),
    )


def _counting_rules(rules: MethodNumbers, kind: str) -> tuple[Paragraph, ...]:
    affected = words.percent(rules.meeting_affected_pct, 0)
    meeting = Paragraph(
        "A meeting is Poor",
        prose(f" when {affected} or more of its scored connections are affected."),
    )
    silent = Paragraph(
        "Silence is not quality.",
        prose(
            " A blank is never a zero: what was muted, idle or not reported is Unscored, never "
            "Good."
        ),
    )
    if kind == "meeting":
        return (meeting, silent)
    return (
        meeting,
        silent,
        Paragraph(
            "Intervals",
            prose(
                f" are {rules.confidence_pct:g}{words.THIN}% Wilson intervals on the effective "
                "number of connections, clustered by meeting. Except for single people, rates need "
                f"{rules.min_sessions} connections and {rules.min_meetings} meetings, or the "
                "report says “too few to say”."
            ),
        ),
    )


def _direction(rules: MethodNumbers) -> Paragraph:
    word = words.opening(words.clean(rules.sent_is) or "input")
    return Paragraph(
        "Direction.",
        prose(
            f" {word} is read as sent by the participant, as Zoom’s dashboard documents say; its "
            "other documents say the opposite."
        ),
    )


def calibrated(result: Result) -> str:
    """Whether the scores have been compared with others' judgement, and with how much of it."""
    if not isinstance(result, WeeklyResult):
        return "How far it agrees with Zoom’s labels and people’s ratings: see the weekly report."
    found = result.agreement
    if found is None:
        return "Uncalibrated: not yet compared with what people said."
    if not found.calibrated:
        return (
            f"Uncalibrated: it takes {words.count(found.least_labels)} connections of a medium "
            f"labelled by Zoom, or {words.count(found.least_ratings)} ratings of each kind."
        )
    kappas = [
        f"{words.decimal(one.kappa.value, 2)} for {phrases.MEDIA[one.medium]}"
        for one in found.labels
        if one.kappa.value is not None and one.connections >= found.least_labels
    ]
    if not kappas:
        return "Compared with people’s ratings, see Agreement; not tuned to them."
    return f"Weighted kappa with Zoom’s labels: {words.listing(kappas)}. Not tuned to them."


def policy(rules: MethodNumbers, calibration: str) -> Paragraph:
    """Name, version and hash, and whether the scores have been compared with others."""
    return Paragraph(
        "Policy",
        prose(
            f" {words.clean(rules.policy)} {words.clean(rules.policy_version)}, SHA-256 ",
            words.Run(rules.policy_sha256[:16] + words.ELLIPSIS, "code"),
            f". {calibration}",
        ),
    )


def made_from(result: Result) -> Paragraph:
    """When and from what."""
    source = result.provenance
    pulled = "time of the pull not known"
    if source.data_as_of is not None:
        pulled = f"pulled {Clock(result.head.zone).stamp(source.data_as_of)}"
    parts: Prose = prose(f" data {pulled}; ")
    if source.files:
        parts = prose(
            parts,
            f"{words.plural(source.files, 'raw file')}, SHA-256 of all ",
            words.Run(source.files_sha256[:16] + words.ELLIPSIS, "code"),
            "; ",
        )
    calls = f"{words.plural(source.api_calls, 'call')} to Zoom; " if source.api_calls else ""
    return Paragraph("Made from", prose(parts, calls, f"qosreport {source.qosreport_version}."))
