"""The answer of a week in one sentence: how much, and whether one place or few people hold it.

The verdict names no cause: a share of the harm is a fact, what brought it about is not known. The
sentences below it say where to start, and what that is consistent with.
"""

from dataclasses import dataclass

from qosreport.report.result import Comparison, MeetingRow, Rate, Segment, SegmentRow, WeeklyResult
from qosreport.report.result.rows import WITHHELD
from qosreport.report.view import cause_words, change_words, phrases, words
from qosreport.report.view.change_words import longest_real
from qosreport.report.view.privacy import is_whole, shows_groups_only
from qosreport.report.view.week.causes import first_cause
from qosreport.report.view.week.figures import SHOWN, figure_name
from qosreport.report.view.week.followup import first_flagged, start
from qosreport.report.view.week.segments import row_name, strongest
from qosreport.report.view.words import Prose, name, prose, strong

LEAST_HARM_MINUTES = 30
"""Below this, where the harm lies is chance."""
SMALL_WEEK_MEETINGS = 10
MOST_HARM_SHARE = 0.5
MUCH_HARM_SHARE = 0.4
FEW_PEOPLE = 10
FEW_PEOPLE_SHARE = 0.03
LEAST_SCORED_SHARE = 0.5
PREPOSITIONS = {
    "site": "At ",
    "data_center": "Through ",
    "network_type": "On ",
    "client_version": "With client ",
    "device": "On ",
    "os": "On ",
}
TOLD = tuple(one for one in SHOWN[:6] if one != "poor_connections")
"""Figures whose changes are told below the headline, which tells that of poor connections."""
ORDER = ("site", "data_center", "network_type", "client_version", "device", "os")


@dataclass(frozen=True)
class Holder:
    """A group that holds much more of the harm than of the connections."""

    segment: Segment
    row: SegmentRow
    harm_share: float
    connection_share: float


def verdict(result: WeeklyResult) -> Prose:
    """At most two sentences and 22 words."""
    rate = poor_connections(result)
    if not result.coverage.listed and not result.volume.meetings:
        return prose("No meetings took place, or Zoom listed none.")
    if rate is None or not rate.n:
        listed = result.coverage.listed
        if listed == 1:
            return prose("The one meeting could not be scored.")
        return prose(f"None of the {words.plural(listed, 'meeting')} could be scored.")
    return prose(_how_much(result, rate), " ", _where(result, rate))


def lede(result: WeeklyResult) -> Prose:
    """Two or three sentences: scale, where it lies, where to start."""
    rate = poor_connections(result)
    if rate is None or not rate.n:
        return _why_nothing(result)
    parts = [_scale(result), *_changed(result), *_held_by_people(result)]
    parts += _start(result)
    return prose(*parts)


def poor_connections(result: WeeklyResult) -> Rate | None:
    """The rate the report is about."""
    return next((f.rate for f in result.figures if f.id == "poor_connections"), None)


def _how_much(result: WeeklyResult, rate: Rate) -> str:
    if not rate.k:
        return f"No connection was poor, of {words.count(rate.n)} scored."
    if not rate.enough or rate.pct is None:
        was = "was" if rate.k == 1 else "were"
        return f"{words.count(rate.k)} of {words.plural(rate.n, 'connection')} {was} poor."
    real = _change(result)
    if real is None:
        return f"{words.percent(rate.pct)} of connections were poor."
    usual = words.percent(real.standard_pct or 0.0)
    word = {"worse": "Worse", "better": "Better"}[real.verdict]
    than = "last week" if real.with_what == "previous" else "usual"
    return f"{word} than {than}: {words.percent(rate.pct)} of connections poor, not {usual}."


def _change(result: WeeklyResult) -> Comparison | None:
    """The change of poor connections that is beyond chance."""
    figure = next((f for f in result.figures if f.id == "poor_connections"), None)
    return longest_real(figure.compared, result.changes) if figure is not None else None


def _where(result: WeeklyResult, rate: Rate) -> Prose:
    """The second sentence: what limits the first, or where the harm lies."""
    total = result.coverage.connections
    if total and rate.n < LEAST_SCORED_SHARE * total:
        return prose(f"Only {words.part_of(rate.n, total, 0)} of all could be scored.")
    if not rate.enough:
        return prose("Too few for a rate.")
    if not rate.k:
        return prose("A calm week.")
    return _where_it_lies(result)


def _where_it_lies(result: WeeklyResult) -> Prose:
    """Who holds the harm; else which group has the highest rate; else how few people."""
    if result.volume.harmed_minutes < LEAST_HARM_MINUTES:
        return prose("Little time was lost.")
    if (meeting := _one_meeting(result)) is not None:
        harm = words.part_of(meeting.harmed_minutes, result.volume.harmed_minutes, 0)
        topic = words.clean(meeting.topic, 40)
        return prose(name(topic) if topic else "One meeting", f" alone held {harm} of the harm.")
    if holder := biggest_holder(result):
        harm = words.percent(100 * holder.harm_share, 0)
        of = words.percent(100 * holder.connection_share, 0)
        who = row_name(holder.segment, holder.row)
        return prose(name(who), f" held {harm} of the harm with {of} of the connections.")
    if (lead := strongest(result, ORDER)) is not None:
        segment, row = lead
        where = prose(PREPOSITIONS[segment.id], name(row_name(segment, row)))
        return prose(where, f" it was {words.percent(row.poor.pct or 0.0)}.")
    if few := few_people(result):
        return prose(f"Half of the harm fell on {words.spelt(few, 'person', 'people')}.")
    who = "group shown here" if shows_groups_only(result.head) else "single place or person"
    return prose(f"No {who} holds most of the harm.")


def _one_meeting(result: WeeklyResult) -> MeetingRow | None:
    """The worst meeting, if it holds more of the harm than any group does."""
    total = result.volume.harmed_minutes
    worst = max(result.worst_meetings, key=lambda row: row.harmed_minutes, default=None)
    if worst is None or worst.harmed_minutes < MUCH_HARM_SHARE * total:
        return None
    if result.volume.meetings <= SMALL_WEEK_MEETINGS:
        return None
    holder = biggest_holder(result)
    share = worst.harmed_minutes / total
    return worst if holder is None or share > holder.harm_share else None


def biggest_holder(result: WeeklyResult) -> Holder | None:
    """The group that holds most of the harm, if it holds far more than its part of connections."""
    total = result.volume.harmed_minutes
    if total < LEAST_HARM_MINUTES:
        return None
    by_id: dict[str, Segment] = {segment.id: segment for segment in result.segments}
    for segment_id in ORDER:
        segment = by_id.get(segment_id)
        if segment is None or not is_whole(result.head, WITHHELD[segment.id]):
            continue
        connections = sum(row.poor.n for row in segment.rows)
        holders = [
            Holder(segment, row, row.harmed_minutes / total, row.poor.n / connections)
            for row in segment.rows
            if row.name is not None and row.poor.enough
        ]
        found = [holder for holder in holders if _holds(holder)]
        if found:
            return max(found, key=lambda holder: holder.harm_share)
    return None


def _holds(holder: Holder) -> bool:
    harm, connections = holder.harm_share, holder.connection_share
    most = harm >= MOST_HARM_SHARE and harm >= 1.5 * connections
    much = harm >= MUCH_HARM_SHARE and harm >= 2 * connections
    return most or much


def few_people(result: WeeklyResult) -> int | None:
    """How few people hold half of the harm, if they are few."""
    total = result.volume.harmed_minutes
    if total < LEAST_HARM_MINUTES:
        return None
    held = 0
    ranked = sorted((row.harmed_minutes for row in result.people), reverse=True)
    for number, harmed in enumerate(ranked, start=1):
        held += harmed
        if 2 * held >= total:
            few = number <= max(FEW_PEOPLE, FEW_PEOPLE_SHARE * result.volume.people)
            return number if few and 4 * number <= result.volume.people else None
    return None


def _scale(result: WeeklyResult) -> Prose:
    meetings = next((f.rate for f in result.figures if f.id == "poor_meetings"), None)
    if meetings is None or not meetings.n:
        return ()
    if meetings.n == 1:
        return prose(
            strong("The one meeting"),
            f" was {'Poor or Bad' if meetings.k else 'neither Poor nor Bad'}.",
        )
    if not meetings.k:
        return prose(strong("No meeting"), f" of {words.count(meetings.n)} scored was Poor or Bad.")
    was = "was" if meetings.k == 1 else "were"
    counts = f"{words.count(meetings.k)} of {words.plural(meetings.n, 'scored meeting')}"
    return prose(strong(counts), f" {was} Poor or Bad.")


def _changed(result: WeeklyResult) -> list[Prose]:
    """Key figures that really changed, besides the one that the headline tells."""
    changes = result.changes
    if changes is None:
        return []
    said: dict[str, list[str]] = {}
    for figure in result.figures:
        one = longest_real(figure.compared, changes)
        if one is None or one.change_pp is None or figure.id not in TOLD:
            continue
        side = (
            f" {words.opening(one.verdict)} than {change_words.against(one.with_what, changes)}: "
        )
        changed = f"{_inside(figure_name(figure, result))} ({change_words.points(one.change_pp)})"
        said.setdefault(side, []).append(changed)
    return [prose(side, words.listing(figures), ".") for side, figures in said.items()]


def _inside(label: str) -> str:
    """A label within a sentence: high CPU, poor audio minutes."""
    return label[:1].lower() + label[1:]


def _held_by_people(result: WeeklyResult) -> list[Prose]:
    few, holder = few_people(result), biggest_holder(result)
    if few is None or holder is None:
        return []
    people = words.plural(result.volume.people, "person", "people")
    return [prose(f" Half of the harmed minutes fell on {words.spelt(few)} of {people}.")]


def _start(result: WeeklyResult) -> list[Prose]:
    if (first := first_flagged(result)) is not None:
        return [prose(" Start with ", start(first), ".")]
    if result.followup is None and (cause := first_cause(result)):
        share = words.percent(cause.share_pct, 0)
        what = cause_words.object_of(cause)
        return [
            prose(" Start with ", what, f": {share} of the poor minutes are consistent with it.")
        ]
    if result.people_repeated:
        return [_repeated(result)]
    if result.people_affected:
        many = result.volume.meetings > SMALL_WEEK_MEETINGS
        return [prose(" Nobody had trouble three times in more than one meeting." if many else "")]
    if result.machines_flagged:
        count = words.spelt(result.machines_flagged, "machine")
        return [prose(f" The network was fine; {count} ran high on CPU.")]
    return [prose(" Nothing needs doing.")]


def _repeated(result: WeeklyResult) -> Prose:
    """Where nobody is flagged: the list of what to watch, or who had trouble within the week."""
    if result.followup is not None and result.followup.watch:
        return prose(" Nothing has come back often enough to be flagged; see what to watch.")
    who = words.spelt(result.people_repeated, "person", "people")
    if not result.people:  # the page shows nobody
        return prose(f" {words.opening(who)} had three poor connections or more.")
    return prose(f" Start with the {who} who had three poor connections or more.")


def _why_nothing(result: WeeklyResult) -> Prose:
    if not result.coverage.listed:
        return prose(
            "If meetings did take place, check the time zone, the account and the app’s scopes."
        )
    biggest = max(result.coverage.gaps, key=lambda gap: gap.count, default=None)
    why = f"The commonest reason: {phrases.gap(biggest.reason).lower()}. " if biggest else ""
    return prose(why, "Unscored is not good: nothing is known about these meetings.")
