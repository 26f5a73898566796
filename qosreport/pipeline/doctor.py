"""Whether a run would work: every part that can fail is tried, without making anything.

One finding a line: how it stands, and what to do next. A check that cannot be made is said, too.
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from qosreport.deliver.archive import Archive
from qosreport.deliver.oauth import TokenSource
from qosreport.deliver.places import Directory, open_place
from qosreport.deliver.smtp import Server
from qosreport.errors import DiskTrouble, ExitCode, MissingScopes, QosreportError, StoreLocked
from qosreport.periods import Period, dates
from qosreport.pipeline import checks
from qosreport.pipeline.archive import ITSELF, target_of
from qosreport.pipeline.pull import extras, kinds
from qosreport.pipeline.run import Outcome, Run
from qosreport.report.pdf_worker import PdfWorker
from qosreport.scoring import engines
from qosreport.store import Store
from qosreport.zoom.auth import CLOCK_TOLERANCE_S
from qosreport.zoom.client import Zoom
from qosreport.zoom.limits import PLANS

Level = Literal["ok", "warning", "bad"]
FURTHER: Final = ("detail", "participant_qos", "sharing", "satisfaction")
"""Endpoints that only some commands and settings ask."""
LITTLE_BYTES, TOO_LITTLE_BYTES = 1_000_000_000, 100_000_000
"""Free space to warn of, and with which no run should begin: a week of a large account takes some
hundred megabytes."""
SCRIPTS: Final = {
    "Latin, Greek, Cyrillic": ("Łódź Ωμέγα Київ", "fonts-noto-core"),
    "Hebrew, Arabic, Devanagari, Thai": ("אבג عرب कखग กขค", "fonts-noto-core"),
    "Chinese, Japanese, Korean": ("健康 ひらがな 한국어", "fonts-noto-cjk"),
    "pictographs": ("🚲🎉", "fonts-noto-color-emoji"),
}
"""Names of people come in every script: a text of each, and the Debian package that covers it."""


@dataclass(frozen=True)
class Finding:
    """What one check came to."""

    level: Level
    subject: str
    text: str
    """How it stands; if it is not ok, what to do next."""
    failure: QosreportError | None = None

    def line(self) -> str:
        """As one line."""
        return f"{self.level:<8} {self.subject:<9} {self.text}"


Check = Callable[[], Iterator[Finding]]


def examine(run: Run, out: Path, worker: PdfWorker, tell: Callable[[str], None]) -> Outcome:
    """Try everything a weekly run needs; each finding is told as it comes.

    The first that is bad is the outcome's failure; those that want attention are its gap.
    """
    with ExitStack() as stack:
        store, *told = _opened(run, stack)
        every: list[Check] = [
            lambda: iter(told),
            partial(_settings, run),
            partial(_store, run, store),
            partial(_space, out, "output"),
            partial(_zoom, run, store),
            partial(_engine, run),
            partial(_pdf, run, worker),
            partial(_mail, run),
            partial(_archive, run, store),
            partial(_ping, run),
        ]
        found = [finding for check in every for finding in _told(check, tell)]
    return _outcome(found)


def _outcome(found: list[Finding]) -> Outcome:
    bad = [one for one in found if one.level == "bad"]
    wanting = [one for one in found if one.level != "ok"]
    summary = f"{len(found) - len(wanting)} of {len(found)} checks are ok."
    if not wanting:
        return Outcome(summary=summary)
    subjects = ", ".join(dict.fromkeys(one.subject for one in wanting))
    return Outcome(
        summary=summary,
        gaps=[f"{subjects}: see the lines above."],
        failure=bad[0].failure if bad else None,
    )


def _told(check: Check, tell: Callable[[str], None]) -> Iterator[Finding]:
    for finding in check():
        tell(finding.line())
        yield finding


def _guarded(subject: str, work: Callable[[], Finding]) -> Finding:
    try:
        return work()
    except QosreportError as error:
        return _failed(subject, error)


def _failed(subject: str, error: QosreportError) -> Finding:
    # One that would only leave a gap in a run, or that goes by itself, stops nothing.
    passing = error.exit_code == ExitCode.GAPS or isinstance(error, StoreLocked)
    return Finding("warning" if passing else "bad", subject, error.advice(), error)


# --- This machine ------------------------------------------------------------------------------


def _opened(run: Run, stack: ExitStack) -> tuple[Store | None, *tuple[Finding, ...]]:
    path = run.settings.store.path
    if not path.exists():
        return None, Finding("ok", "store", f"none at {path} yet; the first run makes it")
    try:
        return (stack.enter_context(Store.open(path, create=False)),)
    except QosreportError as error:
        return None, _failed("store", error)


def _settings(run: Run) -> Iterator[Finding]:
    try:
        checked = checks.check(run)
    except QosreportError as error:
        yield _failed("settings", error)
        return
    yield Finding("ok", "settings", checked.summary)
    for gap in checked.gaps:
        yield Finding("warning", "settings", gap)


def _store(run: Run, store: Store | None) -> Iterator[Finding]:
    if store is not None:
        ledger = store.ledger
        if ledger.is_sound():
            files = len(ledger.files())
            yield Finding("ok", "store", f"free, its ledger is sound, {files:,} files committed")
        else:
            path = store.root
            trouble = DiskTrouble(path=path, why="SQLite finds damage in its ledger")
            yield Finding(
                "bad", "store", f"{trouble.what.format(**trouble.facts)} Restore a backup.", trouble
            )
        yield from _left_over(run, store)
    yield from _space(run.settings.store.path, "store")


def _left_over(run: Run, store: Store) -> Iterator[Finding]:
    """What earlier runs left to be decided or done."""
    states = [fate.state for fate in store.outbox.fates()]
    for state, what in {
        "unknown": "may or may not have arrived; 'qosreport send' names them and what to do",
        "refused": "were refused; 'qosreport send --week …' names why and tries again",
        "deferred": "were put off; the next run tries again",
    }.items():
        if count := states.count(state):  # type: ignore[arg-type]  # one of the states
            yield Finding("warning", "mail", f"{count:,} message(s) {what}")
    begun = [label for label, state in store.weeks.states().items() if state == "begun"]
    if begun:
        text = f"{', '.join(begun)} not reported whole yet; the next 'qosreport weekly' goes on"
        yield Finding("warning", "weeks", text)
    due = store.deliveries(target_of(run)).due() if run.settings.archive.configured else []
    if due:
        text = f"{len(due):,} report(s) wait for it; the next run brings them"
        yield Finding("warning", "archive", text)


def _space(path: Path, subject: str) -> Iterator[Finding]:
    there = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:,.1f} GB free at {there}"
    if free < TOO_LITTLE_BYTES:
        trouble = DiskTrouble(path=path, why=f"only {free / 1e6:,.0f} MB are free")
        yield Finding("bad", subject, f"{text}; make room", trouble)
    elif free < LITTLE_BYTES:
        yield Finding("warning", subject, f"{text}; make room")
    else:
        yield Finding("ok", subject, text)


def _engine(run: Run) -> Iterator[Finding]:
    """Whether an engine elsewhere answers, with workers of the same versions."""
    choice = run.settings.score.chosen_engine
    if choice.kind == "local":
        return

    def trial() -> Finding:
        with engines.open_engine(choice):
            return Finding("ok", "engine", f"{choice} is there")

    yield _guarded("engine", trial)


def _pdf(run: Run, worker: PdfWorker) -> Iterator[Finding]:
    if not run.settings.report.pdf:
        yield Finding("ok", "pdf", "not wanted (report.pdf)")
        return

    def trial() -> Finding:
        worker.uncovered("a")
        return Finding("ok", "pdf", "Pango and WeasyPrint make a page")

    yield _guarded("pdf", trial)
    yield from _fonts(worker)


def _fonts(worker: PdfWorker) -> Iterator[Finding]:
    lacking: dict[str, str] = {}
    for scripts, (text, package) in SCRIPTS.items():
        try:
            if worker.uncovered(text):
                lacking[scripts] = package
        except QosreportError:
            yield Finding("warning", "fonts", "not tried, because no page could be made")
            return
    if lacking:
        packages = " ".join(dict.fromkeys(lacking.values()))
        text = f"none for {'; '.join(lacking)}: run 'apt-get install {packages}'"
        yield Finding("warning", "fonts", text)
    else:
        yield Finding("ok", "fonts", "every script tried has one")


# --- Zoom --------------------------------------------------------------------------------------


def _zoom(run: Run, store: Store | None) -> Iterator[Finding]:
    """Token, clock, scopes, plan; without a token, the others are said not to be tried."""
    ledger = store.ledger if store else None
    try:
        zoom = Zoom(
            run.settings.zoom,
            spent=ledger.spent if ledger else lambda _day: 0,
            spend=ledger.spend if ledger else lambda _day, _label, _calls: None,
            clock=run.clock,
        )
    except QosreportError as error:
        yield _failed("token", error)
        return
    with zoom:
        try:
            ahead_s = zoom.clock_ahead_s()
        except QosreportError as error:
            yield _failed("token", error)
            for subject in ("clock", "scopes", "plan"):
                yield Finding("warning", subject, "not tried, because Zoom gave no token")
            return
        yield Finding("ok", "token", "Zoom gives one for these credentials")
        yield _clock(ahead_s)
        yield from _scopes(zoom, run)
        yield _guarded("plan", lambda: _plan(zoom, run, store))


def _clock(ahead_s: float | None) -> Finding:
    if ahead_s is None:
        return Finding("warning", "clock", "not compared, because Zoom did not say the time")
    if abs(ahead_s) > CLOCK_TOLERANCE_S:
        text = f"{abs(ahead_s):,.0f} s {'ahead of' if ahead_s > 0 else 'behind'} Zoom's; set it"
        return Finding("warning", "clock", text)
    return Finding("ok", "clock", f"within {CLOCK_TOLERANCE_S:.0f} s of Zoom's")


def _scopes(zoom: Zoom, run: Run) -> Iterator[Finding]:
    try:
        zoom.check(kinds(run.settings.zoom))
    except QosreportError as error:
        yield _failed("scopes", error)
        return
    try:
        zoom.check(kinds(run.settings.zoom), also=FURTHER)
    except MissingScopes as error:
        text = f"every pull has what it needs; some options do not: {error.facts['scopes']}"
        yield Finding("warning", "scopes", text)
    else:
        wanted = ", ".join(sorted(extras(run.settings.zoom))) or "no extras"
        yield Finding("ok", "scopes", f"the app may read what pulls ask ({wanted})")


def _plan(zoom: Zoom, run: Run, store: Store | None) -> Finding:
    """One call of the list: an account without Dashboard refuses it. Zoom tells no plan."""
    settings = run.settings.zoom
    day = _yesterday(run)
    next(zoom.list_meetings("meeting", day.start, day.end, now=run.now), None)
    spent = store.ledger.spent(run.now.date()) if store else sum(zoom.calls.values())
    budget = int(PLANS[settings.plan].daily_calls * settings.budget_share)
    text = (
        f"the Dashboard answers; zoom.plan {settings.plan}, {spent:,} of {budget:,} calls of today "
        "spent by this store"
    )
    level: Level = "warning" if spent > budget * 0.9 else "ok"
    return Finding(level, "plan", text)


def _yesterday(run: Run) -> Period:
    day = (run.now - dt.timedelta(days=1)).date()
    return dates(day, day, zone="UTC", now=run.now)


# --- Readers -----------------------------------------------------------------------------------


def _mail(run: Run) -> Iterator[Finding]:
    settings = run.settings.mail
    if not settings.configured:
        yield Finding("ok", "mail", "not set up: nothing is mailed")
        return

    def sign_in() -> Finding:
        settings.check()
        server = Server.connect(settings, TokenSource(settings, run.clock.now))
        try:
            server.try_sender()
        finally:
            server.close()
        host, port = settings.server
        how = "in the clear" if settings.security == "none" else settings.security.upper()
        who = "without sign-in" if settings.auth == "none" else f"signed in ({settings.auth})"
        size = f"up to {server.max_bytes / 1e6:,.1f} MB a message"
        return Finding("ok", "mail", f"{host}:{port}, {how}, {who}, sender accepted, {size}")

    yield _guarded("mail", sign_in)


def _archive(run: Run, store: Store | None) -> Iterator[Finding]:
    settings = run.settings.archive
    if not settings.configured:
        yield Finding("ok", "archive", "not set up: nothing is archived")
        return
    known = store is not None and ITSELF in store.deliveries(target_of(run)).done()

    def probe() -> Finding:
        place = open_place(settings)
        if isinstance(place, Directory) and not place.root.exists() and not known:
            text = (
                f"{place.root} is not there: mount it if it is a share, else the first run makes it"
            )
            return Finding("warning", "archive", text)
        begun = Archive(place).probe(known=known)
        state = "begun" if begun else "empty yet"
        return Finding("ok", "archive", f"a file was written, read and removed ({state})")

    yield _guarded("archive", probe)


def _ping(run: Run) -> Iterator[Finding]:
    """The address is looked at, not asked: that would say that a run ended well."""
    settings = run.settings.ping
    if not settings.configured:
        yield Finding("ok", "ping", "not set up: no monitor is told")
        return

    def look() -> Finding:
        settings.address()
        return Finding("ok", "ping", "set up; asked at the end of 'weekly' only")

    yield _guarded("ping", look)
