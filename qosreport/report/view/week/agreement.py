"""Cross-check: Zoom's own labels and people's ratings beside our scores."""

from dataclasses import dataclass

from qosreport.report.result import Agreement, Band, Disagreement, LabelTable
from qosreport.report.result.quoting import quote
from qosreport.report.view import phrases, words
from qosreport.report.view.flags import UNTITLED
from qosreport.report.view.method import calibrated
from qosreport.report.view.pieces import Cell, Column, Heading, Row, Table
from qosreport.report.view.rows import Scene, namer
from qosreport.report.view.words import Prose, Run, name, prose, quiet

BANDS: tuple[Band, ...] = ("Good", "Fair", "Poor", "Bad")
LISTED = 8


@dataclass(frozen=True)
class CrossCheck:
    """The section."""

    heading: Heading
    """How far both agree."""
    sub: Prose
    """What it shows, and what good looks like."""
    tables: tuple[Table, ...]
    """One 4 × 4 table per medium."""
    readings: tuple[Prose, ...]
    """Shares and kappa per medium, in the tables' order."""
    ratings: Prose
    """People's ratings, and whether the scores count as calibrated."""
    apart: Table | None
    """The largest disagreements; absent on paper and where there are none."""

    @property
    def shown(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.tables)


def agreement(scene: Scene) -> CrossCheck:
    """The section; without tables where Zoom gave no labels."""
    found = scene.result.agreement
    heading = Heading("agreement", "Agreement with Zoom’s labels", _finding(found))
    labelled = [one for one in found.labels if one.connections] if found else []
    if found is None or not labelled:
        return CrossCheck(heading, (), (), (), (), None)
    sub = prose(
        "Our band of each medium by row, Zoom’s own label by column. Most should lie on the "
        "diagonal, nearly all beside it; Zoom does not publish how it labels."
    )
    return CrossCheck(
        heading,
        sub,
        tuple(_table(one) for one in labelled),
        tuple(_reading(one) for one in labelled),
        prose(_ratings(found), "" if found.calibrated else f" {calibrated(scene.result)}"),
        _apart(scene, found) if scene.layout.more_rows else None,
    )


def _finding(found: Agreement | None) -> Prose:
    if found is None:
        return ()
    first = next((one for one in found.labels if one.connections), None)
    if first is None or first.within_one_pct is None:
        return prose("Zoom gave no labels of its own to compare with")
    medium = phrases.MEDIA[first.medium]
    share = words.percent(first.within_one_pct, 0)
    return prose(f"Zoom’s {medium} label and ours agree within one band for {share} of connections")


def _table(one: LabelTable) -> Table:
    medium = words.opening(phrases.MEDIA[one.medium])
    rows = tuple(
        Row(
            (
                Cell(band=phrases.mark(band)),
                *(Cell(main=prose(words.count(n))) for n in one.counts[i]),
            ),
            css=f"ag{i}",
            quote=quote("agreement.labels", one),
        )
        for i, band in enumerate(BANDS)
    )
    return Table(
        id=f"agree-{one.medium}",
        caption=prose(f"{medium}, {words.plural(one.connections, 'connection')}"),
        columns=(Column("Ours", "c-band"), *(Column(band, "r") for band in BANDS)),
        rows=rows,
        css="agree",
    )


def _reading(one: LabelTable) -> Prose:
    shares = [
        f"{said} {words.percent(share)}"
        for said, share in (("same band", one.same_pct), ("within one", one.within_one_pct))
        if share is not None
    ]
    kappa = "which cannot be told"
    if one.kappa.value is not None:
        kappa = f"{words.decimal(one.kappa.value, 2)}{_ends(one.kappa.low, one.kappa.high)}"
    return prose(f"{words.opening(', '.join(shares))}; weighted kappa {kappa}.")


def _ends(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return f" ({words.decimal(low, 2)}{words.RANGE}{words.decimal(high, 2)})"


def _ratings(found: Agreement) -> str:
    rated, auc = found.ratings, found.ratings.auc
    total = rated.good + rated.not_good
    if not total:
        unmatched = f" ({words.count(rated.unmatched)} without a score)" if rated.unmatched else ""
        return f"Nobody’s rating could be compared{unmatched}."
    counts = (
        f"People rated {words.plural(total, 'connection')} that have a score: "
        f"{words.count(rated.good)} good, {words.count(rated.not_good)} not good"
    )
    if auc.value is None:
        return f"{counts}, which is no comparison."
    return (
        f"{counts}. A good one had the higher score in {words.percent(100 * auc.value, 0)} of pairs"
        f"{_pairs(auc.low, auc.high)}; 50{words.THIN}% would be chance."
    )


def _pairs(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({words.between(100 * low, 100 * high)})"


def _apart(scene: Scene, found: Agreement) -> Table | None:
    if not found.disagreements:
        return None
    listed = found.disagreements[:LISTED]
    names = namer([(row.name, row.is_external) for row in listed])
    more = found.disagreements_known - len(listed)
    return Table(
        id="apart-table",
        caption=prose("Two bands apart or more, widest first"),
        columns=(
            Column("Person", "w-l"),
            Column("Meeting", "w1"),
            Column("Medium", "w4"),
            Column("Ours", "c-band"),
            Column("Zoom’s", "c-band"),
            Column("Poor minutes", "r"),
        ),
        rows=tuple(_pair(scene, row, label) for row, label in zip(listed, names, strict=True)),
        css="cards ca",
        note=prose(f"{words.count(more)} more {scene.layout.elsewhere}." if more else ""),
    )


def _pair(scene: Scene, row: Disagreement, label: Run) -> Row:
    clock, start = scene.clock, row.meeting.start
    of = f" of {words.count(row.scored_minutes)}"
    topic = words.clean(row.meeting.topic, 60)
    return Row(
        (
            Cell(main=prose(label)),
            Cell(
                main=prose(name(topic) if topic else UNTITLED),
                second=prose(f"{clock.day(start)}, {clock.time(start)}" if start else ""),
                href=row.meeting.page or "" if scene.layout.links else "",
            ),
            Cell(main=prose(phrases.MEDIA[row.medium])),
            Cell(band=phrases.mark(row.ours)),
            Cell(band=phrases.mark(row.zoom)),
            Cell(main=prose(words.count(row.poor_minutes), quiet(of))),
        ),
        quote=quote("agreement.disagreements", row),
    )
