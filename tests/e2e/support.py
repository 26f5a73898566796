"""What the end-to-end tests share: simulated accounts, and the installed command run against them.

Every run is checked by itself: no traceback, no word about a participant, a token or the secret,
and exactly one error line where it fails.
"""

import datetime as dt
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from qosreport import periods
from qosreport.simulator import hostile
from qosreport.simulator.faults import parse_faults
from qosreport.simulator.organisation import Simulation, SimulationSettings
from qosreport.simulator.server import Server, last_monday, system_clock

COMMAND = Path(sys.executable).with_name("qosreport")
SLUG = re.compile(r" \[([\w-]+)\]$")
TIMEOUT_S = 180
SHORTEST_PRIVATE = 5
"""A shorter text, as a Zoom Room's number, may stand in a line by chance."""
LEAN = {
    "QOSREPORT_REPORT__WORST_PAGES": "4",
    "QOSREPORT_REPORT__PDF": "false",
    "QOSREPORT_REPORT__WORKBOOK": "false",
}
"""Each page, PDF and workbook takes its time; tests that look at them ask for them."""
WITH_PDF = {"QOSREPORT_REPORT__PDF": None}
ALL_FORMS = {**WITH_PDF, "QOSREPORT_REPORT__WORKBOOK": None}
"""As settings have it that say nothing of it."""
TOKEN_HEAD = "eyJzdiI6"
"""How every access token of a simulated account begins."""
STARTED = system_clock()
"""One moment for all, so that tests which run past midnight on a Sunday agree about the week."""


def week(back=1):
    """Label of the last complete week, or of one before."""
    return periods.iso_week(last_monday(STARTED) - dt.timedelta(weeks=back))


@lru_cache(maxsize=8)
def organisation(*, weeks=2, meetings=24, seed=None, ahead=0):
    """A simulated organisation whose last week is the last complete one, or one `ahead` of it."""
    end = last_monday(STARTED) + dt.timedelta(weeks=ahead)
    settings = {"meetings_per_week": meetings, "weeks": weeks, "last_week_end": end}
    return Simulation(SimulationSettings(**settings, seed=seed or with_odd_uuids(settings)))


@lru_cache(maxsize=1)
def small():
    """The smallest organisation there is, of one week."""
    return organisation(weeks=1, meetings=20, seed=3)


def with_odd_uuids(settings):
    """The first seed with UUIDs in its last week that begin with a slash, and that hold two."""
    for seed in range(1, 200):
        simulation = Simulation(SimulationSettings(**settings, seed=seed))
        numbers = simulation.schedule.numbers(simulation.end_s - 604_800, simulation.end_s)
        uuids = [simulation.schedule.uuid(number) for number in numbers]
        if any(uuid.startswith("/") for uuid in uuids) and any("//" in uuid for uuid in uuids):
            return seed
    raise AssertionError("no seed has such UUIDs")


def meetings_of(simulation, kind=None, back=1):
    """The meetings of the last week, or one before; of one kind if it is given."""
    start, end = simulation.end_s - 604_800 * back, simulation.end_s - 604_800 * (back - 1)
    every = (simulation.plan(number) for number in simulation.schedule.numbers(start, end))
    return [one for one in every if kind in {None, one.kind}]


@contextmanager
def account(simulation, faults="", **options):
    """A simulated account that answers on loopback, by the machine's clock unless told else."""
    options.setdefault("now", system_clock)
    with Server(simulation, faults=parse_faults(faults), **options) as server:
        yield server


def asked(server, endpoint):
    """How often each meeting was asked for, by its UUID, at one endpoint."""
    paths = [one.path for one in server.requests if one.endpoint == endpoint]
    return Counter(unquote(unquote(path.split("/")[4])) for path in paths)


def forget_requests(server):
    server.requests.clear()


@lru_cache(maxsize=8)
def private_words(simulation):
    """What must never be told: names, addresses, topics, credentials."""
    words = {"<script", "onerror=", "{{ 7*7", "display:none", hostile.NAMES["long"][0][:50]}
    for meeting in simulation.everything():
        words |= {meeting.topic, meeting.host.name, meeting.host.email, meeting.uuid}
        for session in meeting.sessions:
            words |= {session.person.name, session.person.email}
            words |= {session.place.public_address, session.place.internal_address}
    return frozenset(one for one in words if one and len(one) >= SHORTEST_PRIVATE)


def secrets_of(server):
    """The secret, the access tokens given out, and the page tokens asked with."""
    pages = {one.params.get("next_page_token", "") for one in server.requests}
    return {server.credentials.client_secret, TOKEN_HEAD, *filter(None, pages)}


@dataclass(frozen=True)
class Result:
    """How one run ended."""

    code: int
    out: str
    err: str
    seconds: float
    cwd: Path

    @property
    def paths(self):
        """The files printed, one a line, as paths that can be opened."""
        return [self.cwd / line for line in self.out.splitlines()]

    @property
    def lines(self):
        """What was told, whichever form it was told in."""
        lines = self.err.splitlines()
        told = (json.loads(line)["message"] if line.startswith("{") else "" for line in lines)
        return [
            f"qosreport: {message}" if message else line
            for message, line in zip(told, lines, strict=True)
        ]

    @property
    def errors(self):
        return [line for line in self.lines if line.startswith("qosreport: error: ")]

    @property
    def warnings(self):
        return [line for line in self.lines if line.startswith("qosreport: warning: ")]

    @property
    def error(self):
        """The one error line."""
        (line,) = self.errors
        return line

    @property
    def slug(self):
        return SLUG.search(self.error)[1]

    def made(self, name):
        """The one file of that name or ending that was made."""
        (path,) = (path for path in self.paths if path.name.endswith(name))
        return path

    def document(self, name=".json"):
        return json.loads(self.made(name).read_text("utf-8"))


@dataclass
class Command:
    """The installed command in a directory of its own, with nothing in its environment but this."""

    home: Path
    server: Server | None = None
    environment: dict = field(default_factory=dict)

    def copy(self, home, server=None):
        """The same with another directory that begins as a copy, and perhaps another server."""
        shutil.copytree(self.home, home, symlinks=True)
        return Command(home, server or self.server, dict(self.environment))

    @property
    def store(self):
        return self.home / "qosreport-data"

    def environ(self, **more):
        given = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            **LEAN,
            **(self.server.environment if self.server else {}),
            **self.environment,
            **more,
        }
        return {name: value for name, value in given.items() if value is not None}

    def start(self, *arguments, env=None, **options):
        """The running process."""
        return subprocess.Popen(
            [COMMAND, *map(str, arguments)],
            cwd=self.home,
            env=self.environ(**(env or {})),
            stdin=subprocess.DEVNULL,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    def run(self, *arguments, env=None, code=0, **options):
        """Run to the end; checks the exit code and what no run may do."""
        begun_s = time.monotonic()
        process = self.start(*arguments, env=env, **options)
        return self.finish(process, begun_s=begun_s, code=code)

    def finish(self, process, *, code=0, begun_s=0.0):
        """Wait for a process, and check what no run may do."""
        try:
            out, err = process.communicate(timeout=TIMEOUT_S)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        seconds = time.monotonic() - begun_s
        texts = (out.decode("utf-8"), err.decode("utf-8"))
        result = Result(process.returncode, *texts, seconds, self.home)
        self.check(result, code)
        return result

    def check(self, result, code):
        told = f"exit {result.code}\n{result.out}\n{result.err}\n{self.crash_logs()}"
        assert result.code == code, told
        assert "Traceback" not in result.err, told
        if code in {0, 130}:
            assert not result.errors, told
        elif code == 1:
            assert len(result.errors) <= 1, told
            assert result.errors or result.warnings, told
        else:
            assert len(result.errors) == 1, told
        if self.server is not None:
            both = result.out + result.err
            words = private_words(self.server.simulation) | secrets_of(self.server)
            found = [word for word in words if word in both]
            assert not found, told

    def crash_logs(self):
        return "\n".join(log.read_text("utf-8") for log in self.home.glob("qosreport-crash-*.log"))


def wait_until(condition, *, timeout_s=60.0):
    """Let another process get so far."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.01)


def shared(tmp_path_factory, name, make):
    """A directory made once for all workers of a test run; `make` fills it."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    place = root / name
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            making = root / f"{name}.making"
            making.mkdir()
            make(making)
            making.rename(place)
    return place
