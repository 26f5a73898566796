"""Participants × minutes: the strip in which shared trouble shows as a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qosreport.report.result import Bin, Participant, ShareSpan
from qosreport.report.view import phrases, strips, words
from qosreport.report.view.meeting.room import POOR, Guest, Room
from qosreport.report.view.pieces import BandMark, Heading, KeyItem
from qosreport.report.view.strips import Lane
from qosreport.report.view.words import Prose, name, prose, quiet

SHARES_SHOWN = 3


@dataclass(frozen=True)
class LaneRow:
    """One line of the strip."""

    label: Prose
    """Who, or what."""
    band: BandMark | None
    """The person's band."""
    second: Prose
    """Place and network, or counts."""
    lane: Lane
    """The minutes."""
    css: str
    """thin for lines that are no person."""


@dataclass(frozen=True)
class Strip:
    """The section."""

    heading: Heading
    """Whether people were poor together."""
    sub: Prose
    """How to read it."""
    corner: str
    """Words over the names."""
    ticks: tuple[str, ...]
    """Times of the axis, evenly spaced."""
    rows: tuple[LaneRow, ...]
    """People poor, shares, then people, worst first."""
    key: tuple[KeyItem, ...]
    """Bands and marks."""
    note: Prose
    """Who is left out; empty for nobody."""


def strip(room: Room) -> Strip | None:
    """The section, or None where nobody was present."""
    if room.whole_only:
        return _everybody(room)
    if not room.guests:
        return None
    shown = room.guests[: room.layout.lanes]
    rows = [*_crowd(room), *_shares(room)]
    rows += [_person(room, guest, i) for i, guest in enumerate(shown)]
    return Strip(
        heading=Heading("time", "Minute by minute", prose(_finding(room))),
        sub=prose(
            "The worse, the taller. Tall columns mean that people suffered together; one tall row "
            "is a person’s own trouble. A good meeting is a quiet blue line throughout."
        ),
        corner="People, worst first",
        ticks=tuple(room.time(tick) for tick in room.timeline.ticks),
        rows=tuple(rows),
        key=_key(room),
        note=_left_out(room, len(shown)),
    )


def _everybody(room: Room) -> Strip | None:
    """All people as one line, where nobody is shown by themselves; None if nobody was poor."""
    if not (rows := _crowd(room)):
        return None
    most = _most(room.result.people_poor)
    finding = f"At most {words.spelt(most.poor)} of {words.spelt(most.people)} were poor at once"
    return Strip(
        heading=Heading("time", "Minute by minute", prose(finding)),
        sub=prose("The taller, the more people were poor in that minute."),
        corner="Everybody",
        ticks=tuple(room.time(tick) for tick in room.timeline.ticks),
        rows=tuple(rows),
        key=(),
        note=(),
    )


def _finding(room: Room) -> str:
    if not room.scored:
        return "No minute could be scored"
    poor = [guest for guest in room.guests if any(band in POOR for band in guest.bands)]
    if room.window is not None:
        first, last = room.window
        most = _most(room.result.people_poor[first:last])
        return (
            f"Up to {words.spelt(most.poor)} of {words.spelt(most.people)} were poor at once, "
            f"between {room.time(first)} and {room.time(last)}"
        )
    if not poor:
        return "No minute was poor" + (" for anyone" if len(room.guests) > 1 else "")
    if len(poor) == 1:
        alone = len(room.guests) == 1
        return (
            "Poor minutes, and nobody to compare with"
            if alone
            else "One person alone had poor minutes"
        )
    if any(piece.poor >= 2 for piece in room.result.people_poor):
        return (
            f"{words.opening(words.spelt(len(poor)))} people had poor minutes, some of them at once"
        )
    return f"{words.opening(words.spelt(len(poor)))} people had poor minutes, at different times"


def _most(bins: Sequence[Bin]) -> Bin:
    """The minute with most people poor; of several, the one with fewest people there."""
    return max(bins, key=lambda piece: (piece.poor, -piece.people))


def _crowd(room: Room) -> list[LaneRow]:
    bins = room.result.people_poor
    if (len(room.guests) < 2 and not room.whole_only) or not any(piece.poor for piece in bins):
        return []
    most = _most(bins)
    counts = f"at most {words.count(most.poor)} of {words.count(most.people)} at once"
    lane = strips.crowd_lane(
        room.layout.surface,
        room.timeline,
        ident="crowd",
        title=f"People poor by the network in each minute, {counts}",
        bins=bins,
    )
    return [LaneRow(prose("People poor, by the network"), None, prose(counts), lane, "crowd")]


def _shares(room: Room) -> list[LaneRow]:
    spans = [
        (
            share,
            room.minute_of(share.start),
            room.minute_of(share.end or room.at(room.result.minutes)),
        )
        for share in room.result.shares
        if share.start is not None
    ]
    if not spans:
        return []
    said = "; ".join(_share_words(room, share) for share, _, _ in spans[:SHARES_SHOWN])
    if len(spans) > SHARES_SHOWN:
        said += f"; {words.count(len(spans) - SHARES_SHOWN)} more"
    lane = strips.span_lane(
        room.layout.surface,
        room.timeline,
        ident="shares",
        title=words.plain(prose(f"Screen shared: {said}")),
        spans=[(first, last) for _, first, last in spans],
    )
    return [LaneRow(prose("Screen share"), None, prose(name(said)), lane, "thin")]


def _share_words(room: Room, share: ShareSpan) -> str:
    who = words.clean(share.name, 40)
    when = room.clock.time(share.start) if share.start else ""
    end = f"{words.RANGE}{room.clock.time(share.end)}" if share.end else " on"
    return words.joined([who, f"{when}{end}"])


def _person(room: Room, guest: Guest, index: int) -> LaneRow:
    bands = guest.bands
    counted = [
        f"{words.plural(n, 'minute')} {band}"
        for band in ("Good", "Fair", "Poor", "Bad", "Unscored")
        if (n := bands.count(band))
    ]
    said = words.listing(counted) or "no minute sampled"
    runs = [
        f"{band} {room.time(first)} to {room.time(last)}"
        for band, first, last in strips.runs(bands)
        if band in POOR
    ]
    lane = strips.lane(
        room.layout.surface,
        room.timeline,
        ident=f"lane-{index}",
        title=words.plain(prose(guest.label, f": {said}")),
        desc=f"Runs: {'; '.join(runs[:12])}" if runs else "",
        bands=bands,
        ticks=_ticks(room, guest.stays),
        absences=_absences(room, guest.stays),
    )
    return LaneRow(
        label=prose(guest.label),
        band=phrases.mark(guest.band),
        second=prose(_facts(guest)),
        lane=lane,
        css="",
    )


def _facts(guest: Guest) -> str:
    joins = len(guest.stays)
    return words.joined([guest.place, f"{words.spelt(joins)} joins" if joins > 1 else None])


def _ticks(room: Room, stays: tuple[Participant, ...]) -> list[float]:
    """Joins and leaves that fall inside the meeting, not at its very ends."""
    moments = [stay.stay.join for stay in stays]
    moments += [stay.stay.leave for stay in stays if stay.stay.leave is not None]
    minutes = [room.minute_of(moment) for moment in moments]
    return [minute for minute in minutes if 0.5 < minute < room.result.minutes - 0.5]


def _absences(room: Room, stays: tuple[Participant, ...]) -> list[tuple[float, float]]:
    """From each leave to the next join."""
    gaps = []
    for one, other in pairwise(stays):
        if one.stay.leave is not None and one.stay.leave < other.stay.join:
            gaps.append((room.minute_of(one.stay.leave), room.minute_of(other.stay.join)))
    return gaps


def _key(room: Room) -> tuple[KeyItem, ...]:
    items = [KeyItem((), band=phrases.mark(band)) for band in ("Good", "Fair", "Poor", "Bad")]
    items.append(KeyItem(prose("dashed: muted, camera off"), band=phrases.mark("Unscored")))
    items.append(KeyItem(prose("joined or left"), swatch="tk"))
    if room.window is not None:
        first, last = room.window
        span = f"{room.time(first)}{words.RANGE}{room.time(last)}"
        items.append(KeyItem(prose(f"{span}, several poor at once"), swatch="fd"))
    return tuple(items)


def _left_out(room: Room, shown: int) -> Prose:
    hidden = room.guests[shown:]
    if not hidden:
        return ()
    bands = [guest.band for guest in hidden]
    counted = [
        f"{words.count(n)} {band}"
        for band in ("Bad", "Poor", "Fair", "Good", "Unscored")
        if (n := bands.count(band))
    ]
    people = words.plural(len(hidden), "more person", "more people")
    return prose(f"{people} not drawn", quiet(f" ({words.listing(counted)})"), ".")
