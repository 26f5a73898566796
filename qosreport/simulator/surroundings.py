"""What of a meeting one join can see and hear: company, faces, shares."""

from collections.abc import Iterable
from dataclasses import dataclass

from qosreport.simulator.meetings import Session, SimMeeting

Runs = list[tuple[int, int]]
"""Half-open runs, in order: of samples, or of seconds since 1970."""


@dataclass(frozen=True)
class Surroundings:
    """What of the meeting around it a join's streams depend on, in seconds since 1970."""

    company: Runs
    """When somebody else was in."""
    faces: Runs
    """When somebody else's camera was on."""
    own_shares: Runs
    other_shares: Runs


class Scene:
    """A meeting, seen from any of its joins."""

    def __init__(self, meeting: SimMeeting) -> None:
        spans = [(one.join_s, one.leave_s) for one in meeting.joins]
        faces = [(one.join_s, one.leave_s) for one in meeting.joins if one.camera]
        self._company = at_least(2, spans)
        self._one_face = at_least(1, faces)
        self._two_faces = at_least(2, faces)
        self._shares = [
            (meeting.sessions[share.session], (share.start_s, share.end_s))
            for share in meeting.shares
        ]

    def around(self, session: Session) -> Surroundings:
        """What a join sees and hears. With the own camera on, a second one is somebody else's."""
        return Surroundings(
            company=self._company,
            faces=self._two_faces if session.camera else self._one_face,
            own_shares=[span for owner, span in self._shares if owner.seed == session.seed],
            other_shares=sorted(
                span for owner, span in self._shares if owner.user_id != session.user_id
            ),
        )


def at_least(count: int, spans: Iterable[tuple[int, int]]) -> Runs:
    """When at least so many of the spans hold."""
    edges = sorted(edge for start, end in spans for edge in ((start, 1), (end, -1)))
    runs: Runs = []
    holding = 0
    for moment, change in edges:
        before, holding = holding, holding + change
        if before < count <= holding:
            runs.append((moment, moment))
        elif holding < count <= before:
            runs[-1] = (runs[-1][0], moment)
    return [run for run in runs if run[0] < run[1]]
