"""The only writer to stdout and stderr: paths, messages, progress, exit codes, crash log.

stdout is data: the paths of the files made, one a line. stderr is for people.
"""

import datetime as dt
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qosreport.errors import ExitCode, QosreportError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PROGRESS_LOG_SECONDS = 30


@dataclass(frozen=True)
class End:
    """How a run ended; no personal data."""

    command: str
    exit_code: int
    slug: str | None
    """Of the failure, if there was one: docs/messages.md."""
    files: int
    """Made."""
    gaps: int
    """Named."""
    seconds: float

    def line(self) -> str:
        """In words."""
        why = f" ({self.slug})" if self.slug else ""
        return (
            f"{self.command} ended after {self.seconds:,.0f} s with exit code {self.exit_code}"
            f"{why}: {self.files:,} file(s) made, {self.gaps:,} gap(s) named."
        )


class Console:
    """Writes what a run has to say, in the form its surroundings can use."""

    def __init__(
        self, *, quiet: bool = False, verbose: bool = False, as_json: bool = False
    ) -> None:
        self.quiet = quiet
        self.as_json = as_json
        self.run_id = os.urandom(6).hex()
        self.slug: str | None = None
        """Of the failure told of last."""
        self._progress: Progress | None = None
        self._log = logging.getLogger("qosreport")
        _set_up_logging(self._log, verbose=verbose, as_json=as_json, run_id=self.run_id)

    @property
    def terminal(self) -> bool:
        """Whether a person looks at stderr."""
        return sys.stderr.isatty() and not self.as_json

    def paths(self, paths: Iterable[Path]) -> None:
        """Print the files made, to stdout."""
        for path in paths:
            sys.stdout.write(f"{path}\n")
        sys.stdout.flush()

    def data(self, text: str) -> None:
        """Print what a command was asked for, to stdout."""
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """Tell how the run goes; silent with --quiet."""
        if not self.quiet:
            self._line(text, level="info")

    def details(self, lines: Sequence[tuple[str, str]]) -> None:
        """What stands under a sentence, labels in a column; silent with --quiet."""
        if self.quiet or not lines:
            return
        width = max(len(label) for label, _ in lines)
        before = ""
        for label, text in lines:
            before = label or before
            if self.as_json:
                self._line(f"{before}: {text}", level="info")
            elif self.terminal and "NO_COLOR" not in os.environ:
                self._line(f"  \x1b[1m{label:<{width}}\x1b[0m  {text}", level="info")
            else:
                self._line(f"  {label:<{width}}  {text}", level="info")

    def warn(self, text: str) -> None:
        """Tell of a gap; never silent."""
        self._line(f"warning: {text}", level="warning")

    def error(self, error: QosreportError) -> ExitCode:
        """Tell of an expected failure in one line; returns its exit code."""
        self.slug = error.slug
        self._line(f"error: {error.line()} [{error.slug}]", level="error", slug=error.slug)
        return error.exit_code

    def usage(self, text: str) -> ExitCode:
        """Tell what is wrong with the command line; returns its exit code."""
        self._line(f"error: {text} [usage]", level="error", slug="usage")
        return ExitCode.USAGE

    def crash(self, error: BaseException) -> ExitCode:
        """Tell of a bug in one line and write its crash log."""
        self.slug = "bug"
        path = _crash_log(error, self.run_id)
        self._line(
            f"error: this is a bug in qosreport ({type(error).__name__}); please report it with "
            f"{path}. Everything committed before is kept. [bug]",
            level="error",
            slug="bug",
        )
        return ExitCode.BUG

    def ended(self, end: "End", *, aloud: bool) -> None:
        """Close the log of a run; in words only if `aloud`, with --quiet only if it went wrong."""
        if self.quiet and end.exit_code == ExitCode.DONE:
            return
        if self.as_json:
            self._line(end.line(), level="info", event="ended", **vars(end))
        elif aloud:
            self._line(end.line(), level="info")

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar on a terminal, a log line every half minute elsewhere.

        Yields a function that takes how many of `total` are done.
        """
        if self.quiet or total == 0:
            yield lambda _done: None
        elif self.terminal:
            with _bar(label, total) as (bar, task):
                self._progress = bar
                try:
                    yield lambda done: bar.update(task, completed=done)
                finally:
                    self._progress = None
        else:
            yield self._progress_lines(label, total)

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table, to stdout: columns padded, numbers as they come."""
        lines = [list(headers), *(list(row) for row in rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.data("  ".join(cells).rstrip())

    def _progress_lines(self, label: str, total: int) -> Callable[[int], None]:
        last = dt.datetime.now(dt.UTC)

        def update(done: int) -> None:
            nonlocal last
            now = dt.datetime.now(dt.UTC)
            if done == total or (now - last).total_seconds() >= PROGRESS_LOG_SECONDS:
                last = now
                self._line(f"{label}: {done} of {total}", level="info")

        return update

    def _line(self, text: str, *, level: str, **fields: object) -> None:
        if self.as_json:
            text = json.dumps({**_stamp(self.run_id, level), "message": text, **fields})
        else:
            text = f"qosreport: {text}"
        if self._progress is not None:
            self._progress.console.print(text, markup=False, highlight=False)
        else:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


def guarded(console: Callable[[], Console], work: Callable[[], ExitCode]) -> ExitCode:
    """Run `work`; turn every way it can end into an exit code and at most one line."""
    try:
        return work()
    except QosreportError as error:
        return console().error(error)
    except KeyboardInterrupt:
        console().warn("interrupted; everything committed before is kept.")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of stdout went away (`| head`): not our trouble, and nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001 -- the last net: a bug becomes one line and a log
        return console().crash(error)


@contextmanager
def _bar(label: str, total: int) -> Iterator[tuple["Progress", "TaskID"]]:
    from rich.console import Console as RichConsole
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=RichConsole(stderr=True), transient=True
    ) as bar:
        yield bar, bar.add_task(label, total=total)


def _set_up_logging(log: logging.Logger, *, verbose: bool, as_json: bool, run_id: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("qosreport: %(message)s")
    handler.setFormatter(_JsonLines(run_id) if as_json else plain)
    log.handlers[:] = [handler]
    log.setLevel(logging.DEBUG if verbose else logging.WARNING)
    log.propagate = False
    # Libraries log URLs, style sheets, tracebacks of broken connections; none is for the operator.
    logging.basicConfig(handlers=[logging.NullHandler()])


class _JsonLines(logging.Formatter):
    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id

    def format(self, record: logging.LogRecord) -> str:
        stamp = _stamp(self.run_id, record.levelname.lower())
        return json.dumps({**stamp, "message": record.getMessage()})


def _stamp(run_id: str, level: str) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    return {"time": now, "level": level, "run_id": run_id}


def _crash_log(error: BaseException, run_id: str) -> Path:
    """Versions and the traceback, without values: frames, neither locals nor the message."""
    import platform
    import tempfile
    import traceback
    from importlib.metadata import version

    packages = ("qosreport", "polars", "requests", "weasyprint", "pydantic", "click")
    frames = traceback.extract_tb(error.__traceback__)
    lines = [
        f"run {run_id} at {dt.datetime.now(dt.UTC).isoformat(timespec='seconds')}",
        f"python {platform.python_version()} on {platform.platform()}",
        *(f"{name} {version(name)}" for name in packages),
        "",
        *(f"{frame.filename}:{frame.lineno} {frame.name}: {frame.line}" for frame in frames),
        # What it says may hold a name, a topic or a secret in any form: no mask knows them all.
        f"{type(error).__name__}, with {len(str(error))} characters that are left out",
    ]
    with tempfile.NamedTemporaryFile(
        "w", prefix="qosreport-crash-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write("\n".join(lines) + "\n")
    return Path(file.name)
