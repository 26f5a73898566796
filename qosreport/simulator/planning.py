"""Plans one meeting, from the seed and its number alone: people, lines, troubles, shares."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qosreport.simulator.attendance import ENDED, NETWORK, Attendance, Visit, dropped
from qosreport.simulator.causes import Cause
from qosreport.simulator.dice import Dice, Weighted
from qosreport.simulator.labels import trouble_of
from qosreport.simulator.meetings import Rating, Session, Share, SimMeeting
from qosreport.simulator.places import NEAREST, ROUND_TRIP_MS
from qosreport.simulator.schedule import WEEK_S, Schedule, Series
from qosreport.simulator.troubles import Troubles, heard, with_touches

_CONTENTS = Weighted(("desktop", 50), ("application", 38), ("whiteboard", 6), ("camera", 6))
_COMPLAINTS = (
    "", "", "Sound kept breaking up", "Froze all the time", "途中で音声が途切れた", "Fine besides",
)  # fmt: skip
HEARD = 0.9
"""Share of a sender's trouble that listeners hear: Zoom conceals some of it on the way."""
_FIRST_USER_ID, _USER_ID_STEP = 16_778_240, 1024


class Planner:
    """Everything that is needed to plan a meeting."""

    def __init__(
        self,
        schedule: Schedule,
        causes: Sequence[Cause],
        end_s: int,
        odd_values: float,
    ) -> None:
        self.schedule = schedule
        self.organisation = schedule.organisation
        self.attendance = Attendance(schedule)
        self.troubles = Troubles(schedule.seed, causes)
        self.heard_impacts = {one.id: one.impact for one in causes if one.kind == "sender_uplink"}
        self.end_s = end_s
        self.odd_values = odd_values

    def plan(self, number: int) -> SimMeeting:
        """The meeting with that number."""
        schedule = self.schedule
        series = schedule.series(schedule.key(number))
        dice = Dice(schedule.seed, "meeting", number)
        start_s = schedule.start_s(number)
        end_s = start_s + int(60 * series.length_min * dice.between(0.82, 1.1))
        nobody = not series.webinar and not series.recurring and dice.chance(0.014)
        sessions = [] if nobody else self._sessions(dice, series, number, start_s, end_s)
        shares = tuple(_shares(dice, sessions))
        return SimMeeting(
            seed=schedule.seed,
            odd_values=self.odd_values,
            number=number,
            uuid=schedule.uuid(number),
            meeting_id=schedule.meeting_id(series.key),
            kind="webinar" if series.webinar else "meeting",
            topic=series.topic,
            host=series.host,
            start_s=start_s,
            end_s=end_s,
            running=False,
            sessions=tuple(sessions),
            shares=shares,
            ratings=tuple(_ratings(dice, sessions, end_s)),
            recorded=dice.chance(0.12),
        )

    def _sessions(
        self, dice: Dice, series: Series, number: int, start_s: int, end_s: int
    ) -> list[Session]:
        visits = self.attendance.visits(dice, series, start_s, end_s)
        sessions = [
            session for visit in visits for session in self._joins(dice, series, number, visit)
        ]
        sessions.sort(key=lambda one: (one.join_s, one.user_id))
        return self._with_bad_senders(sessions)

    def _joins(self, dice: Dice, series: Series, number: int, visit: Visit) -> Iterator[Session]:
        """The joins one visit becomes: two when the line broke in between."""
        draft = self._session(dice, series, number, visit)
        touches = self.troubles.of(draft, Dice(draft.seed, "trouble"))
        harm = trouble_of(replace(draft, touches=touches))
        chance = 0.012 + 0.18 * min(1.0, harm)
        parts = list(dropped(dice, visit, chance))
        if len(parts) == 1:
            yield replace(draft, touches=touches)
            return
        for part in parts:
            session = self._session(dice, series, number, part)
            yield replace(session, touches=self.troubles.of(session, Dice(session.seed, "trouble")))

    def _session(self, dice: Dice, series: Series, number: int, visit: Visit) -> Session:
        person, place = visit.person, visit.place
        weeks_ago = (self.end_s - visit.join_s) / WEEK_S
        app = person.kind in {"member", "guest"}
        hears_only = series.webinar and visit.role == "attendee"
        second_device = visit.device is person.mobile
        # The same for every join of a person, so that a rejoin goes where the first join went.
        habits = Dice(self.schedule.seed, "habits", number, visit.which)
        centre = self._data_centre(habits, series, visit)
        no_qos = visit.waiting or person.kind == "phone"
        seed = f"{self.schedule.seed}/{number}/{visit.which}/{visit.join_s}"
        # Of its own, so that the share of odd values changes nothing but odd values.
        own = Dice(seed, "milliseconds")
        return Session(
            seed=seed,
            person=person,
            device=visit.device,
            place=place,
            user_id=str(_FIRST_USER_ID + _USER_ID_STEP * visit.which),
            participant_uuid=_guid(self.schedule.seed, number, visit.which),
            role=visit.role,
            join_s=visit.join_s,
            join_ms=own.whole(1, 999) if own.chance(4 * self.odd_values) else 0,
            leave_s=visit.leave_s,
            left=True,
            leave_reason=_reason(dice, visit, webinar=series.webinar),
            waiting_room=visit.waiting,
            breakout=_breakout_id(number, visit.breakout) if visit.breakout else "",
            version=self.organisation.version(person, weeks_ago) if app else "",
            data_centre=centre,
            round_trip_ms=ROUND_TRIP_MS[place.region][centre] + place.access_ms,
            has_qos=not no_qos and not habits.chance(0.008),
            listed_in_qos=not no_qos,
            camera=not hears_only and habits.chance(person.camera_habit * _openness(series.size)),
            talks=not (hears_only or second_device),
            never_muted=visit.role == "host" and series.size > 2,
        )

    def _data_centre(self, habits: Dice, series: Series, visit: Visit) -> str:
        """The host's, or sometimes the one nearest to the person."""
        host = NEAREST[series.host.site.region if series.host.site else "eu"]
        return NEAREST[visit.place.region] if habits.chance(0.2) else host

    def _with_bad_senders(self, sessions: list[Session]) -> list[Session]:
        """Everybody who is in with a sender whose uplink is bad hears it."""
        bad = [
            (sender, touch)
            for sender in sessions
            for touch in sender.touches
            if touch.cause in self.heard_impacts and touch.direction == "sent"
        ]
        for sender, touch in bad:
            impact = self.heard_impacts[touch.cause].times(HEARD)
            sessions = [
                one
                if one.person.key == sender.person.key or one.breakout != sender.breakout
                else with_touches(
                    one, [found] if (found := heard(sender, touch, one, impact)) else []
                )
                for one in sessions
            ]
        return sessions


def _openness(size: int) -> float:
    """How much less people show themselves in large meetings."""
    return 1.0 if size <= 8 else 0.9 if size <= 20 else 0.6


def _shares(dice: Dice, sessions: Sequence[Session]) -> Iterator[Share]:
    if len(sessions) < 2 or not dice.chance(0.55):
        return
    able = [
        number
        for number, one in enumerate(sessions)
        if one.role != "attendee" or (one.person.kind == "member" and one.talks)
        if not one.waiting_room and one.device.model and one.leave_s - one.join_s > 300
    ]
    for number in sorted(dice.some(able, dice.whole(1, 2))):
        one = sessions[number]
        length_s = one.leave_s - one.join_s
        start_s = one.join_s + int(length_s * dice.between(0.05, 0.5))
        end_s = start_s + int((one.leave_s - start_s) * dice.between(0.2, 0.95))
        yield Share(number, dice.weighted(_CONTENTS), start_s, end_s)


def _ratings(dice: Dice, sessions: Sequence[Session], end_s: int) -> Iterator[Rating]:
    if not dice.chance(0.3):
        return
    rated: set[str] = set()
    for one in sessions:
        if not one.person.account_id or one.person.key in rated or not dice.chance(0.15):
            continue
        rated.add(one.person.key)
        good = not dice.chance(0.04 + 0.75 * min(1.0, trouble_of(one)))
        comment = "" if good else dice.pick(_COMPLAINTS)
        yield Rating(one.person, end_s + dice.whole(5, 90), good, comment)


def _reason(dice: Dice, visit: Visit, *, webinar: bool) -> str:
    """Zoom's words, now and then in the older form with a mark-up break."""
    short = visit.reason.replace("meeting", "webinar") if webinar else visit.reason
    plain = short.replace("$name", visit.person.name or "Guest")
    old_form = visit.reason in {ENDED, NETWORK} and dice.chance(0.15)
    if not old_form:
        return plain
    what = "webinar" if webinar else "meeting"
    return f"{visit.person.name or 'Guest'} left the {what}.<br>Reason: {plain}"


def _guid(*parts: object) -> str:
    code = hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest().upper()
    return f"{code[:8]}-{code[8:12]}-{code[12:16]}-{code[16:20]}-{code[20:32]}"


def _breakout_id(number: int, room: int) -> str:
    code = hashlib.sha256(f"breakout/{number}/{room}".encode()).digest()[:16]
    return base64.b64encode(code).decode("ascii")
