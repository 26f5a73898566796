"""Runs commands in turn, each in a fresh process, and reads what the system says each one used.

This program itself stays small: what a process holds when it starts another counts for the other's
peak, too.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
Command = Sequence[str]


@dataclass(frozen=True)
class Used:
    """What one process used, together with the processes it waited for."""

    cpu_s: float
    """User and system."""
    wall_s: float
    peak_mb: float
    """Of the largest single process."""
    output: str
    """Its stdout."""


@dataclass(frozen=True)
class Runs:
    """All runs of one command."""

    runs: Sequence[Used]

    @property
    def cpu_s(self) -> float:
        """The least: whatever else the machine does can only add to it."""
        return min(used.cpu_s for used in self.runs)

    @property
    def wall_s(self) -> float:
        return min(used.wall_s for used in self.runs)

    @property
    def median_wall_s(self) -> float:
        return sorted(used.wall_s for used in self.runs)[len(self.runs) // 2]

    @property
    def peak_mb(self) -> float:
        return max(used.peak_mb for used in self.runs)

    @property
    def output(self) -> str:
        """The first run's; what is compared must not change from run to run."""
        return self.runs[0].output


def script(name: str, *arguments: object) -> Command:
    """A script of this directory as a command."""
    return [sys.executable, str(HERE / name), *map(str, arguments)]


def run(command: Command, environment: Mapping[str, str] | None = None) -> Used:
    """Run a command to its end; its stderr is shown only if it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun_s = time.monotonic()
        process = subprocess.Popen(
            command, stdout=out, stderr=err, env={**plain_environment(), **(environment or {})}
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - begun_s
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            sys.stderr.write(err.read().decode("utf-8", "replace"))
            raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
        cpu_s = used.ru_utime + used.ru_stime
        return Used(cpu_s, wall_s, used.ru_maxrss / 1024, out.read().decode())


def in_turn(commands: Mapping[str, Command], rounds: int) -> dict[str, Runs]:
    """Run commands A, B, A, B, …, so that a slower hour of the machine meets them alike."""
    found: dict[str, list[Used]] = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            used = run(command)
            found[name].append(used)
            say(
                f"  {number + 1}/{rounds} {name}: {used.cpu_s:.2f} CPU s, {used.wall_s:.2f} s, "
                f"{used.peak_mb:.0f} MB"
            )
    return {name: Runs(runs) for name, runs in found.items()}


def plain_environment() -> dict[str, str]:
    """The environment without any setting of qosreport's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("QOSREPORT_")}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
