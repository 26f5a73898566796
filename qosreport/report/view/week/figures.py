"""The six key figures."""

from dataclasses import dataclass

from qosreport.report.result import Figure, Rate, WeeklyResult
from qosreport.report.view import words
from qosreport.report.view.pieces import Heading
from qosreport.report.view.words import Prose, prose

CLEAN_PCT = 0.5


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
    """How many of how many; empty where the figure says so itself."""
    interval: str
    """The 95 % interval, or why there is none."""
    definition: str
    """When something counts."""


@dataclass(frozen=True)
class Figures:
    """The section."""

    heading: Heading
    """What they say together."""
    figures: tuple[KeyFigure, ...]
    """In two rows of three."""
    note: Prose
    """What the intervals are."""


def figures(result: WeeklyResult) -> Figures:
    """The section of key figures."""
    heading = Heading("figures", "Key figures", prose(_finding(result)))
    note = prose(
        f"Intervals are {result.method.confidence_pct:g}{words.THIN}% Wilson intervals, counted by "
        "meeting rather than by connection, because people in one meeting share their trouble."
    )
    return Figures(heading, tuple(_figure(figure, result) for figure in result.figures), note)


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


def _figure(figure: Figure, result: WeeklyResult) -> KeyFigure:
    label, definition = _words(figure, result)
    rate = figure.rate
    of = f"of {words.count(rate.n)}"
    if not rate.n or rate.pct is None:
        return KeyFigure(label, words.RANGE, "", "nothing to count", "", definition)
    if not rate.enough:
        few = f"in {words.plural(rate.meetings, 'meeting')}: too few to say a rate"
        return KeyFigure(label, words.count(rate.k), of, "", few, definition)
    interval = ""
    if rate.low_pct is not None and rate.high_pct is not None:
        ends = words.between(rate.low_pct, rate.high_pct, 1)
        interval = f"{result.method.confidence_pct:g}{words.THIN}% interval {ends}"
    counts = f"{words.count(rate.k)} {of}"
    return KeyFigure(label, words.share(rate.pct), f"{words.THIN}%", counts, interval, definition)


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
        "scored_minutes": ("Minutes scored", "of all minutes people were present; more is better"),
    }[figure.id]
