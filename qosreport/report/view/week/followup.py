"""What to do first: people, machines and sites in trouble, and what became of earlier ones."""

from qosreport.report.result import FollowUp, Standings, WeeklyResult
from qosreport.report.result.quoting import quote
from qosreport.report.view import cause_words, change_words, phrases, shapes, words
from qosreport.report.view.pieces import Cell, Column, Heading, Row, Table
from qosreport.report.view.rows import ListSection, Scene, split
from qosreport.report.view.week.segments import PLACES
from qosreport.report.view.words import Prose, Run, name, prose, quiet

FLAGGED = ("this_week", "new", "continuing")
ELSEWHERE = "see_shared_cause"
"""The check of those who suffered mostly from something else that is listed."""
NAMES = 5
"""Resolved ones that are named."""


def followup(scene: Scene) -> ListSection:
    """What to do, to watch, and who suffered from the first; most at stake first in each."""
    found = scene.result.followup
    if found is None:
        return ListSection(Heading("first", "What to do first", ()), (), None)
    heading = Heading("first", "What to do first", _finding(found))
    known = [*_of(found, *FLAGGED), *_of(found, "watch")]
    listed = sorted(known, key=lambda row: row.next_check == ELSEWHERE)
    if not listed:
        return ListSection(heading, (), None)
    top = max(row.at_stake_minutes for row in listed)
    rows = [_row(scene, row, top, i) for i, row in enumerate(listed)]
    shown, more = split(rows, scene.layout)
    table = Table(
        id="first-table",
        caption=prose(
            "Most minutes at stake first; then what is only to be watched; last, who suffered "
            "mostly from a shared cause"
        ),
        columns=(
            Column("Who or where", "w-l"),
            Column("Standing", "w4"),
            Column("Poor or flagged", "r", sort="number"),
            Column("Minutes at stake", "r w5", sort="number"),
            Column("Minutes at stake, as a bar", "c-bar", hidden=True),
            Column("Next check", "w1"),
            Column("Likely owner", "w2"),
        ),
        rows=shown,
        css="cards cf",
        more=more,
        more_summary=words.opening(words.spelt(len(more), "more", "more")),
        filter_label="Filter by name, place or check",
        note=_note(scene, found, len(shown) + len(more)),
    )
    return ListSection(heading, _sub(found), table)


def _of(found: Standings, *statuses: str) -> list[FollowUp]:
    return [row for row in found.rows if row.status in statuses]


def first_flagged(result: WeeklyResult) -> FollowUp | None:
    """The first thing to do, if there is one."""
    found = result.followup
    return next(iter(_of(found, *FLAGGED)), None) if found is not None else None


def label(row: FollowUp) -> Prose:
    """Whom or what a row is about, within a sentence."""
    shown = words.clean(row.name)
    if row.kind == "provider":
        return cause_words.provider(row.name)
    if row.kind == "data_center":
        return prose("Zoom’s data centre ", name(shown or phrases.NOT_REPORTED))
    if shown is not None:
        return prose(name(shown))
    return prose(Run("A guest" if row.is_external else phrases.WITHHELD))


def start(row: FollowUp) -> Prose:
    """Ada, new this week: 49 minutes at stake; as a sentence goes on after Start with."""
    minutes = words.plural(row.at_stake_minutes, "minute")
    if row.caused_minutes:
        others = f"{words.count(row.caused_minutes)} of them other people’s"
        return prose(label(row), f": {minutes} at stake, {others}")
    said = {"this_week": "", "new": ", new this week"}
    since = said.get(row.status, f", in week {row.weeks_in_row}")
    return prose(label(row), f"{since}: {minutes} at stake")


def _finding(found: Standings) -> Prose:
    flagged = _of(found, *FLAGGED)
    if not flagged:
        if found.watch:
            many = words.opening(words.spelt(found.watch, "thing"))
            return prose(f"{many} to watch; nothing has come back often enough to be flagged")
        return prose("Nobody and nothing needs following up")
    first = flagged[0]
    minutes = words.plural(first.at_stake_minutes, "minute")
    rest = _to_do(found) - 1
    tail = f"; {words.spelt(rest, 'more thing')} to do" if rest > 0 else ""
    return prose("Start with ", label(first), f": {minutes} at stake{tail}")


def _to_do(found: Standings) -> int:
    """Flagged, without those who suffered mostly from another thing in the list."""
    return found.this_week + found.new + found.continuing - _sufferers(found)


def _sufferers(found: Standings) -> int:
    return sum(row.next_check == ELSEWHERE for row in _of(found, *FLAGGED))


def _sub(found: Standings) -> Prose:
    suffered = words.spelt(_sufferers(found))
    counts = (
        (_to_do(found), f"{words.spelt(_to_do(found), 'thing')} to do now"),
        (_sufferers(found), f"{suffered} flagged for what a shared cause did to them"),
        (found.watch, f"{words.spelt(found.watch, 'thing')} to watch"),
        (found.resolved, f"{words.spelt(found.resolved, 'thing')} resolved"),
    )
    said = words.opening(words.listing([text for number, text in counts if number]))
    return prose(
        f"{said}. People and machines are flagged in the second of four "
        "weeks with trouble, sites and shared causes at once. At stake is what mending it may win "
        "back: minutes that fit a shared cause count there, not with those who suffered them. A "
        "good week has an empty list."
    )


def _row(scene: Scene, row: FollowUp, top: int, index: int) -> Row:
    who = cause_words.opened(label(row))
    stake = words.plural(row.at_stake_minutes, "minute")
    return Row(
        cells=(
            Cell(main=who, second=prose(change_words.facts(row)), href=_href(scene, row)),
            Cell(main=prose(change_words.standing(row))),
            Cell(
                main=prose(words.count(row.k), quiet(f" of {words.count(row.n)}")),
                sort=str(row.k),
            ),
            Cell(
                main=prose(words.count(row.at_stake_minutes)),
                second=change_words.at_stake(row),
                sort=str(row.at_stake_minutes),
            ),
            Cell(
                chart=shapes.harm_bar(
                    scene.layout.surface,
                    ident=f"first-{index}-bar",
                    title=f"{words.plain(who)}: {stake} at stake",
                    value=row.at_stake_minutes,
                    top=top,
                )
            ),
            Cell(main=change_words.check(row), second=prose(_limited(row))),
            Cell(main=prose(cause_words.OWNERS[row.owner])),
        ),
        css="watch" if row.status == "watch" else "",
        quote=quote("followup.rows", row),
    )


def _limited(row: FollowUp) -> str:
    """What set most poor minutes: of machines frame rate, of people and sites their network."""
    if row.limiting is None or row.next_check == ELSEWHERE:
        return ""
    if (row.kind == "machine") != row.limiting.component.startswith("fps"):
        return ""
    return f"limited by {phrases.component(row.limiting)}, {row.limiting.direction}"


def _href(scene: Scene, row: FollowUp) -> str:
    """Where the page explains a person, if it does."""
    result, layout = scene.result, scene.layout
    if row.kind in PLACES:
        page = scene.place_page(PLACES[row.kind], row.name)
        return page or ("#segments" if layout.links else "")
    if row.kind == "machine":
        return "#cpu" if layout.links and result.machines else ""
    listed = [person.ref for person in result.people[: layout.rows + layout.more_rows]]
    if row.ref not in listed:
        return scene.person_page(row.ref or "")
    return f"#person-{row.ref}" if layout.links else ""


def _note(scene: Scene, found: Standings, listed: int) -> Prose:
    known = found.this_week + found.new + found.continuing + found.watch
    parts = []
    if known > listed:
        parts.append(f"{words.count(known - listed)} more {scene.layout.elsewhere}. ")
    gone = _of(found, "resolved")
    if found.resolved:
        names = [words.plain(label(row)) for row in gone[:NAMES]]
        parts.append(f"Resolved: {change_words.named(names, found.resolved - len(names))}. ")
    if unseen := found.unclear + found.absent:
        parts.append(
            f"{words.opening(words.spelt(unseen))} flagged before "
            f"{'was' if unseen == 1 else 'were'} seen too little this week to tell. "
        )
    parts.append("Of machines: connections with a CPU flag, and minutes high CPU cost.")
    return prose(*parts)
