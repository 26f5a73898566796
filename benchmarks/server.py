"""A simulated Zoom in a process of its own, so that its work is not counted as ours.

    python benchmarks/server.py MEETINGS LATENCY_S LIMITED

LIMITED is 1 to enforce the rates of a business account, else 0. Prints the environment that points
qosreport at it, and the meeting `bench_commands` reports; answers until its stdin ends; then prints
what it saw.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from measure import script

PEOPLE, MINUTES = 10, 60
PARTICIPANTS_A_PAGE, QOS_A_PAGE, MEETINGS_A_PAGE = 300, 10, 300
PAGES_A_MEETING = 4
"""More than there are on average."""


class Serving:
    """A running server, and after its end what it saw."""

    def __init__(self, greeting: dict[str, Any]) -> None:
        self.environment: dict[str, str] = greeting["environment"]
        self.meeting: dict[str, Any] = greeting["meeting"]
        self.seen: dict[str, Any] = {}


@contextmanager
def serving(meetings: int, *, latency_s: float = 0.0, limited: bool = False) -> Iterator[Serving]:
    """A server while the context is open."""
    process = subprocess.Popen(
        script("server.py", meetings, latency_s, int(limited)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        found = Serving(json.loads(process.stdout.readline()))
        try:
            yield found
        finally:
            process.stdin.close()
            found.seen = json.loads(process.stdout.readline())


def main(meetings: str, latency_s: str, limited: str) -> None:
    from qosreport.simulator import library, organisation
    from qosreport.simulator.limits import BUSINESS, UNLIMITED
    from qosreport.simulator.organisation import Simulation, SimulationSettings
    from qosreport.simulator.server import Server, last_monday, system_clock

    # Everything is made before the first call and kept: Zoom's answers cost this machine nothing.
    organisation.KEPT_MEETINGS = int(meetings)
    library.KEPT_PAGES = PAGES_A_MEETING * int(meetings)
    end = last_monday(system_clock())
    settings = SimulationSettings(meetings_per_week=int(meetings), weeks=1, last_week_end=end)
    simulation = Simulation(settings)
    limits = BUSINESS if limited == "1" else UNLIMITED
    greeting = {"meeting": _like_asked(simulation), "minimum": _least_calls(simulation)}
    with Server(
        simulation, latency_s=float(latency_s), plan_limits=limits, now=system_clock
    ) as server:
        _make_pages(simulation, server.account.library)
        print(json.dumps(greeting | {"environment": server.environment}), flush=True)
        sys.stdin.read()
        heavy = [one.time.timestamp() for one in server.requests if one.label == "heavy"]
        seen = {"least_calls": greeting["minimum"], "heavy_at_s": sorted(heavy)}
        print(json.dumps(server.stats() | seen), flush=True)


def _make_pages(simulation, library) -> None:
    from qosreport.simulator.endpoints import ENDPOINTS

    for meeting in simulation.everything():
        listing = library.rows(ENDPOINTS[meeting.kind]["qos"], meeting)
        for start in range(0, listing.total, QOS_A_PAGE):
            listing.texts(start, min(start + QOS_A_PAGE, listing.total))


def _like_asked(simulation) -> dict[str, Any]:
    """The meeting nearest to ten people for sixty minutes, and not smaller."""
    found = []
    for meeting in simulation.everything():
        minutes = sum(one.shown_samples for one in meeting.qos_sessions)
        people = len({one.person.key for one in meeting.qos_sessions})
        if meeting.kind == "meeting" and people >= PEOPLE and minutes >= PEOPLE * MINUTES:
            found.append((people - PEOPLE, minutes, meeting.uuid))
    spare, minutes, uuid = min(found)
    return {"uuid": uuid, "people": PEOPLE + spare, "minutes": minutes}


def _least_calls(simulation) -> dict[str, int]:
    """Calls a pull of everything cannot do without, by endpoint."""
    least = {"token": 1, "list": 0, "participants": 0, "qos": 0}
    listed = {"meeting": 0, "alone": 0, "webinar": 0}
    for meeting in simulation.everything():
        listed["alone" if meeting.one_person else meeting.kind] += 1
        least["participants"] += _pages(len(meeting.sessions), PARTICIPANTS_A_PAGE)
        least["qos"] += _pages(len(meeting.qos_sessions), QOS_A_PAGE)
    least["list"] = sum(_pages(many, MEETINGS_A_PAGE) for many in listed.values())
    return least


def _pages(rows: int, page_size: int) -> int:
    return max(1, -(-rows // page_size))


if __name__ == "__main__":
    main(*sys.argv[1:])
