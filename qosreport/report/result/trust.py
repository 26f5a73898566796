"""Whether people stayed connected, and whether others judge as this report does."""

import datetime as dt
from typing import Literal

from qosreport.report.result.parts import Band, Medium, Part, Rate


class MeetingName(Part):
    """A meeting as mentioned."""

    ref: str
    page: str | None
    topic: str | None
    start: dt.datetime | None


class DropsInMeeting(Part):
    """A meeting that people dropped out of."""

    meeting: MeetingName
    people: int
    """Whose leave is known."""
    people_dropped: int
    drops: int
    rejoins: int
    gone: int
    """People who did not come back."""
    lost_seconds: int


class DropsOfPerson(Part):
    """A person who dropped out."""

    ref: str
    name: str | None
    is_external: bool | None
    meetings: int
    """Whose leave is known."""
    meetings_dropped: int
    drops: int
    rejoins: int
    gone: int
    """Meetings they did not come back to."""
    lost_seconds: int


class ReasonCount(Part):
    """Why joins ended."""

    reason: Literal["lost", "ended", "removed", "left", "missing"]
    joins: int


class Silent(Part):
    """A meeting with joins that Zoom gives no reason for the end of."""

    meeting: MeetingName
    missing: int
    joins: int


class DropsAtPlace(Part):
    """Stays with a drop, by the site of the first join."""

    name: str | None
    """Null: not known."""
    dropped: Rate
    people: int | None = None
    """Whose stays they are; null: not counted (older documents)."""


class Reliability(Part):
    """Whether people stayed in their meetings: by person and meeting, whatever the joins."""

    stays: int
    """People in meetings, each once a meeting."""
    by_place: list[DropsAtPlace]
    drops: int
    """Joins that ended by a lost connection."""
    rejoins: int
    """Returns after one."""
    gone: int
    """Stays that ended with one."""
    lost_seconds: int
    """Between a drop and the return."""
    typical_lost_seconds: int | None
    """Median of those; null: nobody came back."""
    returns: int
    """After another leave: not counted as trouble."""
    second_devices: int
    """Joins of somebody who was there already."""
    reasons: list[ReasonCount]
    meetings: list[DropsInMeeting]
    """Most drops first."""
    meetings_dropped: int
    """Meetings with a drop; the list may be shorter."""
    people: list[DropsOfPerson]
    people_dropped: int
    silent: list[Silent]
    silent_meetings: int
    """Meetings in which any reason is missing; the list may be shorter."""


class Measure(Part):
    """A statistic with its interval; null where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None


class LabelTable(Part):
    """Our bands of one medium beside Zoom's labels."""

    medium: Medium
    counts: list[list[int]]
    """Ours by row, Zoom's by column, Good to Bad."""
    connections: int
    same_pct: float | None
    within_one_pct: float | None
    kappa: Measure
    """Quadratic weights."""


class Opinion(Part):
    """People's ratings beside our scores."""

    good: int
    """Rated good, with a score."""
    not_good: int
    unmatched: int
    """Ratings of nobody we have a score of."""
    auc: Measure
    """How often good has the higher score; one half is chance."""


class Disagreement(Part):
    """A connection that Zoom and this report judge very differently."""

    meeting: MeetingName
    person: str
    """`person_ref`."""
    name: str | None
    is_external: bool | None
    medium: Medium
    ours: Band
    zoom: Band
    poor_minutes: int
    scored_minutes: int


class Agreement(Part):
    """What Zoom's labels and people's ratings say of our scores."""

    labels: list[LabelTable]
    ratings: Opinion
    disagreements: list[Disagreement]
    """Widest first."""
    disagreements_known: int
    least_labels: int
    """Labelled connections of a medium it takes to call the scores compared with Zoom's …"""
    least_ratings: int
    """… and ratings of each kind, with people's."""
    calibrated: bool
    """Whether there are as many of either."""
