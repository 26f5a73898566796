"""Which samples of a join are touched by which known cause, and by a person's own bad luck."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qosreport.simulator.causes import NOISE, Cause, Direction, Impact
from qosreport.simulator.dice import Dice, Weighted
from qosreport.simulator.meetings import Session, Touch

BAD_LINE_CHANCE = {
    ("office", "Wired"): 0.009,
    ("office", "Wifi"): 0.024,
    ("home", "Wired"): 0.02,
    ("home", "Wifi"): 0.042,
    ("home", "Cellular"): 0.09,
}
"""That a whole join suffers from a line that is bad for no known cause."""
_OTHER_CHANCE = 0.012
MOMENTS_PER_MINUTE = {"Wired": 0.0006, "Wifi": 0.0022, "Cellular": 0.008}
"""Short disturbances of one or two minutes."""
_OTHER_MOMENTS = 0.001

_WAYS: Weighted[Direction] = Weighted(("sent", 3), ("received", 4), ("both", 3))
_STYLES = Weighted(
    (Impact(loss_pct=9.0, jitter_ms=25.0), 6),
    (Impact(jitter_ms=115.0, loss_pct=1.0), 2.5),
    (Impact(latency_ms=620.0, jitter_ms=30.0), 1.5),
)


SPELL_S = 15 * 60
"""About how long a trouble lasts before it pauses."""


class Troubles:
    """The known causes, ready to be asked about joins."""

    def __init__(self, seed: int, causes: Sequence[Cause]) -> None:
        self._causes: dict[str, list[_Prepared]] = {}
        for cause in causes:
            prepared = _Prepared(cause, tuple(_windows(seed, cause)))
            self._causes.setdefault(f"{cause.kind} {cause.where}", []).append(prepared)

    def of(self, session: Session, dice: Dice) -> tuple[Touch, ...]:
        """Everything that touches a join, but what it hears of others' uplinks."""
        if not session.samples:
            return ()
        touches = [
            touch
            for name in _names(session)
            for prepared in self._causes.get(name, ())
            for touch in prepared.touches(session, dice)
        ]
        return (*touches, *_bad_line(session, dice), *_moments(session, dice))


@dataclass(frozen=True)
class _Window:
    """Hours of one day in which a cause can be at work, and when in them it is."""

    start_s: int
    end_s: int
    spells: tuple[tuple[int, int], ...]


def _windows(seed: int, cause: Cause) -> Iterator[_Window]:
    for start_s, end_s in cause.windows():
        spells = [(start_s, end_s)]
        if not cause.personal:
            dice = Dice(seed, "spells", cause.id, start_s)
            spells = list(spells_within(start_s, end_s, cause.activity, dice))
        yield _Window(start_s, end_s, tuple(spells))


def spells_within(
    start_s: int, end_s: int, activity: float, dice: Dice
) -> Iterator[tuple[int, int]]:
    """Half-open spells that cover about the share `activity` of [start, end)."""
    if activity >= 1:
        yield start_s, end_s
        return
    pause_s = SPELL_S * (1 - activity) / activity
    at_s: float = start_s - (0 if dice.chance(activity) else dice.between(0, SPELL_S) - SPELL_S)
    while at_s < end_s:
        until_s = min(end_s, at_s + SPELL_S * dice.between(0.4, 1.6))
        yield int(at_s), int(until_s)
        at_s = until_s + pause_s * dice.between(0.4, 1.6)


@dataclass(frozen=True)
class _Prepared:
    cause: Cause
    windows: tuple[_Window, ...]

    def touches(self, session: Session, dice: Dice) -> Iterator[Touch]:
        cause = self.cause
        for window in self.windows:
            if window.end_s <= session.join_s or session.leave_s <= window.start_s:
                continue
            if not dice.chance(cause.share):
                continue
            spells: Iterable[tuple[int, int]] = window.spells
            if cause.personal:
                start_s = max(window.start_s, session.join_s)
                end_s = min(window.end_s, session.leave_s)
                spells = spells_within(start_s, end_s, cause.activity, dice)
            for start_s, end_s in spells:
                if reach := samples_within(session, start_s, end_s):
                    yield Touch(cause.id, *reach, cause.direction, cause.impact)


def _names(session: Session) -> Iterator[str]:
    """What the causes that could touch a join are filed under."""
    place = session.place
    if place.site:
        yield f"site_link {place.site}"
        if place.network_type == "Wifi":
            yield f"site_wifi {place.site}"
    yield f"isp_evening {place.isp}"
    yield f"data_centre {session.data_centre}"
    if session.person.kind in {"member", "guest"}:
        yield f"client_version {session.version}"
        yield f"overloaded_laptops {session.device.model}"
    if session.talks:
        yield f"sender_uplink {session.person.key}"


def samples_within(session: Session, start_s: int, end_s: int) -> tuple[int, int] | None:
    """First and last of the join's samples that tell of [start, end); none if there are none."""
    first = max(start_s, session.join_s) // 60 + 1
    last = min(end_s, session.leave_s) // 60
    if last < first or not session.samples:
        return None
    return first - session.first_minute, last - session.first_minute


def heard(sender: Session, touch: Touch, listener: Session, received: Impact) -> Touch | None:
    """What a listener suffers from a sender's bad uplink; none if they were not in together."""
    first_s = 60 * (sender.first_minute + touch.first - 1)
    reach = samples_within(listener, first_s, first_s + 60 * (touch.last - touch.first + 1))
    if reach is None:
        return None
    return Touch(touch.cause, *reach, "received", received)


def _bad_line(session: Session, dice: Dice) -> Iterator[Touch]:
    place, last = session.place, session.samples - 1
    where = "office" if place.site else "home"
    chance = BAD_LINE_CHANCE.get((where, place.network_type), _OTHER_CHANCE)
    if not place.site:
        chance = max(chance, session.person.bad_line_habit)
    if not dice.chance(chance):
        return
    length = max(2, int(session.samples * dice.between(0.15, 0.8)))
    first = dice.whole(0, max(0, last - length))
    way = dice.weighted(_WAYS)
    impact = dice.weighted(_STYLES).times(dice.between(0.85, 1.6))
    yield Touch(NOISE, first, min(last, first + length), way, impact)


def _moments(session: Session, dice: Dice) -> Iterator[Touch]:
    rate = MOMENTS_PER_MINUTE.get(session.place.network_type, _OTHER_MOMENTS)
    for _ in range(dice.rounded(rate * session.samples)):
        first = dice.whole(0, session.samples - 1)
        last = min(session.samples - 1, first + dice.whole(0, 1))
        impact = dice.weighted(_STYLES).times(dice.between(0.8, 1.5))
        yield Touch(NOISE, first, last, dice.weighted(_WAYS), impact)


def with_touches(session: Session, touches: Sequence[Touch]) -> Session:
    """The join, touched by these, too."""
    return replace(session, touches=(*session.touches, *touches))
