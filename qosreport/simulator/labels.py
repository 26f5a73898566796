"""Zoom's own words about quality, guessed from what troubled a join rather than from its samples.

Zoom does not publish its formula. These labels agree with the samples mostly, not always, so that
a comparison with them has something to find.
"""

from qosreport.simulator.dice import Dice
from qosreport.simulator.meetings import Session, SimMeeting, Touch

LABELS = ("good", "fair", "poor", "bad")
MEDIA = ("audio", "video", "screen_share")


def severity(touch: Touch) -> float:
    """About 1 where a minute turns poor."""
    impact = touch.impact
    return max(impact.loss_pct / 7, impact.jitter_ms / 75, impact.latency_ms / 480)


def trouble_of(session: Session) -> float:
    """How much of a join was poor, 0 to about 1; half-bad minutes count for half."""
    if not session.samples:
        return 0.0
    harmed = sum(
        (touch.last - touch.first + 1) * min(1.3, severity(touch)) for touch in session.touches
    )
    return harmed / session.samples


def session_labels(session: Session) -> tuple[str, str, str]:
    """Zoom's labels for audio, video and screen share; blank where there is nothing to label."""
    if not session.has_qos or not session.samples or session.waiting_room:
        return "", "", ""
    dice = Dice(session.seed, "labels")
    harm = trouble_of(session)
    grade = sum(harm > edge for edge in (0.05, 0.22, 0.6))
    audio = LABELS[_shifted(dice, grade)]
    video = LABELS[_shifted(dice, grade)] if session.person.kind != "phone" else ""
    share = LABELS[_shifted(dice, max(0, grade - 1))] if dice.chance(0.4) else ""
    return audio, video, share


def _shifted(dice: Dice, grade: int) -> int:
    """One off now and then."""
    step = dice.random()
    return min(3, max(0, grade + (step > 0.93) - (step < 0.07)))


def health(session: Session) -> tuple[str, list[str]]:
    """Zoom's health word, and the issues it lists."""
    labels = session_labels(session)
    worst = max((LABELS.index(label) for label in labels if label), default=0)
    issues = [
        name
        for name, label in zip(("audio", "video", "screen share"), labels, strict=True)
        if label in {"poor", "bad"}
    ]
    if any(touch.direction == "device" for touch in session.touches):
        issues.append("cpu")
    return ("Good", "Good", "Warning", "Critical")[worst], issues


def meeting_labels(meeting: SimMeeting) -> tuple[str, str, str]:
    """Zoom's labels for the whole meeting: the middle one of its joins, blank if there is none."""
    columns = zip(*(session_labels(one) for one in meeting.joins), strict=True)
    middles = []
    for column in columns:
        known = sorted(LABELS.index(label) for label in column if label)
        middles.append(LABELS[known[(len(known) - 1) // 2]] if known else "")
    audio, video, share = middles or ("", "", "")
    return audio, video, share
