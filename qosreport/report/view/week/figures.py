"""The six key figures."""

from collections.abc import Iterator
from dataclasses import dataclass

from qosreport.diagnosis.weeks import back
from qosreport.report.result import Figure, FigureId, Rate, WeeklyResult
from qosreport.report.result.quoting import quote
from qosreport.report.view import change_words, words
from qosreport.report.view.pieces import Heading
from qosreport.report.view.rows import Scene
from qosreport.report.view.shapes import Spark, WeekPoint, spark
from qosreport.report.view.words import Prose, prose, quiet

CLEAN_PCT = 0.5
WEEKS = 9
"""Places in a picture of weeks."""
SHOWN: tuple[FigureId, ...] = (
    "poor_connections", "poor_meetings", "drops", "poor_audio_minutes", "poor_video_minutes",
    "high_cpu", "scored_minutes",
)  # fmt: skip
"""The last only where an older document lacks one of the others."""


@dataclass(frozen=True)
class KeyFigure:
    """One cell of the six."""

    name: str
    """What is counted."""
    figure: str
    """The rate, or the count where there are too few for a rate."""
    unit: str
    """Per cent sign, or of how many."""
    counts: str
    """How many of how many, with the interval; empty where the figure says so itself."""
    spark: Spark | None
    """Nine weeks; absent where there is one only."""
    changes: tuple[Prose, ...]
    """Against last week, and against the weeks before; or why there is nothing to say."""
    definition: str
    """When something counts."""
    quote: str
    """Its name in the document, for whoever looks a figure up (docs/figures.md)."""


@dataclass(frozen=True)
class Figures:
    """The section."""

    heading: Heading
    """What they say together."""
    figures: tuple[KeyFigure, ...]
    """In two rows of three."""
    note: Prose
    """What the intervals are."""


def figures(scene: Scene) -> Figures:
    """The section of key figures: the first six of `SHOWN` that the document has."""
    result = scene.result
    heading = Heading("figures", "Key figures", prose(_finding(result)))
    by_id = {figure.id: figure for figure in result.figures}
    shown = [by_id[name] for name in SHOWN if name in by_id][:6]
    return Figures(heading, tuple(_figure(scene, figure) for figure in shown), _note(result))


def _note(result: WeeklyResult) -> Prose:
    text = (
        f"Intervals are {result.method.confidence_pct:g}{words.THIN}%, counted by meeting rather "
        "than by connection, because people in one meeting share their trouble. "
    )
    if result.changes is None:
        return prose(text)
    if not change_words.has_past(result.changes):
        return prose(f"{text}No earlier week is in the store yet, so nothing is compared.")
    return prose(
        f"{text}Worse and Better stand only where chance hardly explains a change that is large "
        "enough to matter; poor connections are compared with the mix of sites and networks held "
        "constant. Pictures: a dot a week with its interval, this week last; the field is where "
        "earlier weeks lay."
    )


def _finding(result: WeeklyResult) -> str:
    rates = {figure.id: figure.rate for figure in result.figures}
    meetings = rates.get("poor_meetings")
    if meetings is None or not meetings.n:
        return "Nothing could be scored"
    poor = f"{words.count(meetings.k)} of {words.plural(meetings.n, 'meeting')}"
    was = "was" if meetings.k == 1 else "were"
    if not meetings.k:
        poor, was = "No meeting", "was"
    elif meetings.n == 1:
        poor = "The one meeting"
    tail = _media(rates.get("poor_audio_minutes"), rates.get("poor_video_minutes"))
    return f"{poor} {was} Poor or Bad{tail}"


def _media(audio: Rate | None, video: Rate | None) -> str:
    if audio is None or video is None or audio.pct is None or video.pct is None:
        return ""
    if audio.pct < CLEAN_PCT and video.pct < CLEAN_PCT:
        return "; audio and video minutes were nearly all clean"
    if _above(audio, video):
        return "; audio suffered more than video"
    if _above(video, audio):
        return "; video suffered more than audio"
    return "; audio and video suffered alike"


def _above(one: Rate, other: Rate) -> bool:
    """Whether the intervals do not touch."""
    low, high = one.low_pct, other.high_pct
    return low is not None and high is not None and low > high


def _figure(scene: Scene, figure: Figure) -> KeyFigure:
    result = scene.result
    called, definition = _words(figure, result)
    rate, quoted = figure.rate, quote("figures", figure)
    of = f"of {words.count(rate.n)}"
    if not rate.n or rate.pct is None:
        return KeyFigure(called, words.RANGE, "", "nothing to count", None, (), definition, quoted)
    if not rate.enough:
        few = f"in {words.plural(rate.meetings, 'meeting')}: too few to say a rate"
        return KeyFigure(called, words.count(rate.k), of, few, None, (), definition, quoted)
    counts = f"{words.count(rate.k)} {of}"
    if rate.low_pct is not None and rate.high_pct is not None:
        counts += f", interval {words.between(rate.low_pct, rate.high_pct, 1)}"
    figures = words.share(rate.pct)
    changes = tuple(_changes(scene, figure)) if result.changes is not None else ()
    unit = f"{words.THIN}%"
    return KeyFigure(
        called, figures, unit, counts, _spark(scene, figure), changes, definition, quoted
    )


def _changes(scene: Scene, figure: Figure) -> Iterator[Prose]:
    """One line a comparison; on paper intervals of real changes only."""
    changes = scene.result.changes
    if changes is None or not change_words.has_past(changes):
        return
    compared = change_words.distinct(figure.compared, changes)
    silent = {one.reason for one in compared}
    if len(silent) == 1 and None not in silent:
        yield change_words.change(compared[0])
        return
    for one in compared:
        if one.reason == "no_earlier_week":
            yield prose(quiet("Last week is not in the store"))
            continue
        tail = change_words.reach(one) if change_words.is_real(one) or scene.layout.links else ""
        against = f" on {change_words.against(one.with_what, changes)}"
        if one.verdict == "too_few":
            yield prose(change_words.change(one))
        else:
            yield prose(change_words.change(one), against, quiet(f" ({tail})" if tail else ""))


def _spark(scene: Scene, figure: Figure) -> Spark | None:
    label = scene.result.head.label
    places = {week: ago for ago, week in enumerate([label, *back(label, WEEKS - 1)])}
    points = [
        WeekPoint(places[one.week], one.rate.pct, one.rate.low_pct, one.rate.high_pct)
        for one in sorted(figure.history, key=lambda one: one.week)
        if one.week in places and one.rate.enough and one.rate.pct is not None
        if one.rate.low_pct is not None and one.rate.high_pct is not None
    ]
    if len(points) < 2 or points[-1].ago:
        return None
    name = figure_name(figure, scene.result)
    said = ", ".join(words.percent(point.pct) for point in points)
    title = f"{name}, week by week, this week last: {said}"
    ident = f"figure-{figure.id.replace('_', '-')}"
    return spark(scene.layout.surface, ident=ident, title=title, points=points, weeks=WEEKS)


def figure_name(figure: Figure, result: WeeklyResult) -> str:
    """What a figure counts."""
    return _words(figure, result)[0]


def _words(figure: Figure, result: WeeklyResult) -> tuple[str, str]:
    """Name and definition of a figure, with the policy's own numbers."""
    method = result.method
    score = words.decimal(method.poor_score, 2)
    affected = words.percent(method.meeting_affected_pct, 0)
    return {
        "poor_connections": ("Poor connections", "Poor or Bad by the network score"),
        "poor_meetings": (
            "Meetings rated Poor or Bad",
            f"{affected} or more of the connections in them affected",
        ),
        "poor_audio_minutes": (
            "Poor audio minutes",
            f"audio sent or received below {score}, of minutes with audio",
        ),
        "poor_video_minutes": (
            "Poor video minutes",
            f"video below {score} by the network, of minutes with video",
        ),
        "high_cpu": ("High CPU", "machine or Zoom high for long, of connections with CPU figures"),
        "drops": ("Drops", "people’s stays in a meeting with a lost connection"),
        "scored_minutes": ("Minutes scored", "of all minutes people were present; more is better"),
    }[figure.id]
