"""The sheets of drops, and of agreement with Zoom's labels, in the weekly workbook."""

from collections.abc import Iterator

from qosreport.report.result import Agreement, Band, Measure, Reliability, WeeklyResult
from qosreport.report.workbook.common import RATE, rate_cells
from qosreport.report.workbook.sheets import Cell, Column, Sheet

BANDS: tuple[Band, ...] = ("Good", "Fair", "Poor", "Bad")
DROPS = (
    Column("List", "place, meeting, person, or meeting without reasons.", width=20),
    Column("Reference", "Of the meeting or person.", width=14),
    Column("Name", "Place, topic or display name.", width=36),
    Column("Page", "The meeting's page, beside the weekly page.", width=36),
    Column("Start", "Local start of the meeting.", "instant", 20),
    Column("With a drop", "Stays with a drop; a stay is a person in a meeting.", "count"),
    Column("Of stays", "Whose reasons to leave are known.", "count"),
    Column("Rate, %", "Their share.", "rate"),
    *RATE,
    Column("Drops", "Joins that ended by a lost connection.", "count"),
    Column("Rejoins", "Returns after one.", "count"),
    Column("Gone", "Stays that ended with one.", "count"),
    Column("Lost, s", "Between drop and return.", "count"),
    Column("Without reason", "Joins Zoom gives no reason for the end of.", "count"),
    Column("Of joins", "Joins of that meeting.", "count"),
)
LABELS = (
    Column("Medium", "audio, video or share; or ratings.", width=12),
    Column("Item", "Ours and Zoom's band of the connections, or a statistic.", width=34),
    Column("Value", "Connections, share or statistic.", "any", 14),
    Column("Interval low", "Lower end of its interval.", "any"),
    Column("Interval high", "Upper end of its interval.", "any"),
)
APART = (
    Column("Meeting", "Reference of the meeting.", width=14),
    Column("Page", "Its page, beside the weekly page.", width=36),
    Column("Topic", "Topic as shown by Zoom.", width=36),
    Column("Start", "Local start.", "instant", 20),
    Column("Person", "Reference of the person.", width=14),
    Column("Name", "Display name; empty where Zoom withholds it.", width=28),
    Column("Medium", "audio, video or share.", width=10),
    Column("Ours", "Our band of it.", width=10),
    Column("Zoom's", "Zoom's own label.", width=10),
    Column("Poor, min", "Poor minutes of the medium.", "count"),
    Column("Scored, min", "Scored minutes of the medium.", "count"),
)


def trust_sheets(result: WeeklyResult) -> list[Sheet]:
    """Drops, agreement, disagreements; none in documents that did not ask for them."""
    sheets = []
    if result.reliability is not None:
        sheets.append(Sheet("Drops", DROPS, list(_drops(result.reliability))))
    if (found := result.agreement) is not None:
        sheets.append(Sheet("Agreement", LABELS, list(_agreement(found))))
        sheets.append(Sheet("Disagreements", APART, list(_apart(found))))
    return sheets


def drop_facts(found: Reliability | None) -> list[tuple[str, Cell]]:
    """Rows of the summary: how people stayed."""
    if found is None:
        return []
    return [
        ("Stays (a person in a meeting)", found.stays),
        ("Drops: joins that ended by a lost connection", found.drops),
        ("… returns after one", found.rejoins),
        ("… stays that ended with one", found.gone),
        ("… seconds away, in all", found.lost_seconds),
        ("… seconds away, median", found.typical_lost_seconds),
        ("Returns after another leave", found.returns),
        ("Second devices", found.second_devices),
        *((f"Joins by reason of their end: {one.reason}", one.joins) for one in found.reasons),
    ]


def _drops(found: Reliability) -> Iterator[tuple[Cell, ...]]:
    for place in found.by_place:
        rate = place.dropped
        yield (
            "place", None, place.name, None, None, rate.k, rate.n, rate.pct, *rate_cells(rate),
            *[None] * 6,
        )  # fmt: skip
    for one in found.meetings:
        meeting = one.meeting
        yield (
            "meeting", meeting.ref, meeting.topic, meeting.page, meeting.start,
            one.people_dropped, one.people, *[None] * 4, one.drops, one.rejoins, one.gone,
            one.lost_seconds, None, None,
        )  # fmt: skip
    for person in found.people:
        yield (
            "person", person.ref, person.name, None, None, person.meetings_dropped,
            person.meetings, *[None] * 4, person.drops, person.rejoins, person.gone,
            person.lost_seconds, None, None,
        )  # fmt: skip
    for silent in found.silent:
        meeting = silent.meeting
        yield (
            "without reasons", meeting.ref, meeting.topic, meeting.page, meeting.start,
            *[None] * 10, silent.missing, silent.joins,
        )  # fmt: skip


def _agreement(found: Agreement) -> Iterator[tuple[Cell, ...]]:
    for one in found.labels:
        for ours, row in zip(BANDS, one.counts, strict=True):
            for zoom, count in zip(BANDS, row, strict=True):
                yield (one.medium, f"Ours {ours}, Zoom's {zoom}", count, None, None)
        yield (one.medium, "Connections", one.connections, None, None)
        yield (one.medium, "Same band, %", one.same_pct, None, None)
        yield (one.medium, "Within one band, %", one.within_one_pct, None, None)
        yield (one.medium, "Weighted kappa", *_measure(one.kappa))
    rated = found.ratings
    yield ("ratings", "Rated good", rated.good, None, None)
    yield ("ratings", "Rated not good", rated.not_good, None, None)
    yield ("ratings", "Without a score", rated.unmatched, None, None)
    yield ("ratings", "AUC", *_measure(rated.auc))
    yield ("all", "Disagreements of two bands or more", found.disagreements_known, None, None)
    yield ("all", "Labels it takes to call it compared", found.least_labels, None, None)
    yield ("all", "Ratings of each kind it takes", found.least_ratings, None, None)
    yield ("all", "Compared with enough", "yes" if found.calibrated else "no", None, None)


def _measure(one: Measure) -> tuple[Cell, ...]:
    return (one.value, one.low, one.high)


def _apart(found: Agreement) -> Iterator[tuple[Cell, ...]]:
    for one in found.disagreements:
        meeting = one.meeting
        yield (
            meeting.ref, meeting.page, meeting.topic, meeting.start, one.person, one.name,
            one.medium, one.ours, one.zoom, one.poor_minutes, one.scored_minutes,
        )  # fmt: skip
