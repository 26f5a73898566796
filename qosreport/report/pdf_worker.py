"""The renderer of PDFs: a child process that is bounded in time and memory.

Only the child knows WeasyPrint. This side imports nothing heavy either, so that the child can be
started first of all and load its libraries while the caller loads its own.
"""

import contextlib
import ctypes
import datetime as dt
import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from qosreport.errors import MissingFile, PdfNotMade
from qosreport.report.sheets import print_sheet

TIMEOUT_S = 120.0
MEMORY_BYTES = 2 * 1024**3
CPU_S = 1800
JOBS_BEFORE_RENEWAL = 50
"""What a renderer has taken it does not give back: after this many pages a fresh one is started."""
CHUNK_BYTES = 1 << 16
HEADER_BYTES = 1 << 16
LIBRARIES = {
    "libgobject-2.0.so.0": "libpangoft2-1.0-0",
    "libpango-1.0.so.0": "libpangoft2-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libpangoft2-1.0-0",
    "libfontconfig.so.1": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
"""What WeasyPrint loads, and the Debian package that brings it (each brings its fellows)."""
SECRET_PREFIX = "QOSREPORT_"  # noqa: S105 -- the prefix of settings kept from the child
CHILD = Path(__file__).with_name("pdf_child.py")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
WARM_UP = (
    '<html lang="en"><head><title>-</title></head><body><h1>A</h1><p>a <b>b</b> <i>c</i> '
    "<code>d</code> &#1050; &#1514; &#20581; &#128690; ■ ● ◆ … ’</p>"
    '<div style="columns:2"><p style="display:flex"><span>a</span></p></div>'
    "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    '<svg viewBox="0 0 9 9" width="9" height="9" role="img"><title>a</title>'
    '<path d="M0 0h9v9z"/><text x="1" y="8">1</text></svg></body></html>'
)
"""Some of everything: names come in every script, and the first of each loads a font."""


@dataclass(frozen=True)
class PdfJob:
    """One page to be rendered."""

    name: str
    """What it is, for messages: a label, never data from Zoom."""
    html: str
    sheet: str
    """Its styles, the same for all pages of a run."""
    document: bytes
    """The JSON it was made from, to be attached."""
    document_name: str
    stamp: dt.datetime
    """The only date in the file."""


class PdfWorker:
    """A child process that renders pages one after another.

    It is started at once, so that it can load its libraries while other work goes on. Use it from
    one thread.
    """

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, cpu_s: int = CPU_S) -> None:
        self._limits = (str(memory_bytes), str(cpu_s))
        self._jobs = 0
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._warming: threading.Thread | None = None
        self._closed = False
        self._starting = threading.Lock()
        self._start()

    def warm_up(self) -> None:
        """Render a page nobody wants, in the background: the first page of a child costs most."""

        def attempt() -> None:
            # What stands in the way of this page is told of the first that is wanted.
            with contextlib.suppress(PdfNotMade, MissingFile):
                self.render(_warm_up_job())

        self._warming = threading.Thread(target=attempt, daemon=True)
        self._warming.start()

    def render(self, job: PdfJob, *, timeout_s: float = TIMEOUT_S) -> bytes:
        """The page as PDF.

        Raises:
            PdfNotMade: It took too long or too much memory, or a library is missing; another page
                can still be tried.
        """
        return self._rendered(job, timeout_s)[1]

    def uncovered(self, text: str) -> int:
        """How many characters of a plain text no installed font covers.

        Raises:
            PdfNotMade: As `render`.
        """
        page = f'<html lang="en"><head><title>-</title></head><body><p>{text}</p></body></html>'
        job = PdfJob("a trial", page, print_sheet(), b"{}", "trial.json", EPOCH)
        return int(self._rendered(job, TIMEOUT_S)[0].get("replaced", 0))

    def _rendered(self, job: PdfJob, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        self._settle()
        deadline = time.monotonic() + timeout_s
        if self._process is None or self._jobs >= JOBS_BEFORE_RENEWAL:
            self._stop()
            self._start()
        try:
            if not self._jobs:
                self._greet(job.name, deadline)
            self._jobs += 1
            header, pdf = self._exchange(_request(job), deadline)
            _check(header, job.name)
        except TimeoutError:
            self._stop()
            why = f"it took longer than {timeout_s:g} s"
            raise PdfNotMade(name=job.name, why=why, remedy=_AGAIN) from None
        except (EOFError, OSError, ValueError):
            self._stop()
            why = "the renderer ended unexpectedly, perhaps out of memory"
            raise PdfNotMade(name=job.name, why=why, remedy=_AGAIN) from None
        return header, pdf

    def close(self) -> None:
        """End the child, whatever it does, for good."""
        with self._starting:
            self._closed = True
            if self._process is not None:
                self._process.kill()
        self._settle()
        self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _settle(self) -> None:
        """Wait until nothing is rendered in the background."""
        if self._warming is not None and self._warming is not threading.current_thread():
            self._warming.join()
            self._warming = None

    def _greet(self, name: str, deadline: float) -> None:
        """Wait until the child has loaded its libraries."""
        try:
            _check(self._exchange(b"", deadline)[0], name)
        except PdfNotMade:
            self._stop()
            raise

    def _start(self) -> None:
        """Have a child; `-P` keeps this directory, whose html.py is not Python's, off its path.

        Its fonts lie in a directory of its own, so that nothing stays behind when it is stopped.
        """
        with self._starting:
            if self._closed or not sys.executable:
                return
            self._scratch = tempfile.TemporaryDirectory(prefix="qosreport-pdf-")
            self._process = process = subprocess.Popen(  # noqa: S603 -- our own file, by this very Python
                [sys.executable, "-P", str(CHILD), *self._limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**_environment(os.environ), "TMPDIR": self._scratch.name},
            )
        for pipe in (process.stdin, process.stdout):
            os.set_blocking(_open(pipe).fileno(), False)

    def _stop(self) -> None:
        """Have no child."""
        process, self._process, self._jobs = self._process, None, 0
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                _open(pipe).close()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def _exchange(self, data: bytes, deadline: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer, whichever way the pipes fill up.

        Raises:
            TimeoutError: The deadline passed.
            EOFError: The child ended.
        """
        if self._process is None:
            raise EOFError
        source, target = _open(self._process.stdout), _open(self._process.stdin)
        left, got = memoryview(data), bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            if left:
                selector.register(target, selectors.EVENT_WRITE)
            while (answer := _answer(got)) is None:
                ready = selector.select(max(deadline - time.monotonic(), 0.0))
                if not ready:
                    raise TimeoutError
                for key, _ in ready:
                    if key.fileobj is source:
                        got += _read(source)
                        continue
                    left = left[target.write(left[:CHUNK_BYTES]) or 0 :]
                    if not left:
                        selector.unregister(target)
        return answer


def start_worker() -> PdfWorker:
    """A renderer that gets ready while the caller does something else."""
    worker = PdfWorker()
    worker.warm_up()
    return worker


def _warm_up_job() -> PdfJob:
    """A page with some of everything."""
    return PdfJob("warm-up", WARM_UP, print_sheet(), b"{}", "warm-up.json", EPOCH)


def missing_libraries() -> list[str]:
    """Debian packages to install before PDFs can be made; empty where all is there."""
    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return sorted(set(missing))


# --- The other side of the pipe ----------------------------------------------------------------

_AGAIN = "Read the HTML, or repeat the command on a machine with more memory or less load."
_REMEDIES = {
    "weasyprint": "Run 'pip install weasyprint'.",
    "denied": "This is a fault in qosreport: please report it.",
    "error": "This is a fault in qosreport or WeasyPrint: please report it.",
    "fonts": "Install fonts-dejavu-core and fonts-noto-core.",
}


def _check(header: Mapping[str, Any], name: str) -> None:
    """Raise what went wrong on the other side, if anything did."""
    if header.get("ok", True):
        return
    kind = header.get("kind", "")
    remedy = _REMEDIES.get(kind, _AGAIN)
    if kind == "libraries":
        packages = " ".join(missing_libraries() or sorted(set(LIBRARIES.values())))
        remedy = f"Run 'apt-get install {packages}'."
    raise PdfNotMade(name=name, why=header.get("why", "the renderer failed"), remedy=remedy)


def _request(job: PdfJob) -> bytes:
    html = job.html.encode("utf-8", "replace")
    sheet = job.sheet.encode()
    header = {
        "html": len(html),
        "sheet": len(sheet),
        "attachment": len(job.document),
        "attachment_name": job.document_name,
        "attachment_description": "Every number of this report, as JSON",
        "stamp": job.stamp.astimezone(dt.UTC).isoformat(),
    }
    return json.dumps(header).encode() + b"\n" + html + sheet + job.document


def _answer(got: bytearray) -> tuple[dict[str, Any], bytes] | None:
    """The header and body, once both are whole."""
    end = got.find(b"\n", 0, HEADER_BYTES)
    if end < 0:
        if len(got) >= HEADER_BYTES:
            raise ValueError("no header")
        return None
    header = json.loads(got[:end])
    size = header.get("pdf", 0) if isinstance(header, dict) else None
    if not isinstance(size, int):
        raise ValueError("no such header")
    body = got[end + 1 : end + 1 + size]
    return (header, bytes(body)) if len(body) == size else None


def _read(pipe: IO[bytes]) -> bytes:
    chunk: bytes | None = pipe.read(CHUNK_BYTES)
    if chunk == b"":
        raise EOFError
    return chunk or b""


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


def _environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The environment without our settings, which hold secrets the renderer has no use for."""
    return {key: value for key, value in outer.items() if not key.startswith(SECRET_PREFIX)}
