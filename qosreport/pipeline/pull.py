"""Zoom → store: list, then fetch, parse and commit what is not whole yet.

Workers fetch while one thread parses and commits, so that little is left to do after the last page.
Whatever stops a pull (a daily limit, the network, Ctrl-C), what was fetched by then is committed
first, and the next pull goes on from there.
"""

import datetime as dt
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

from qosreport.errors import NotPulled, OtherAccount, QosreportError, SkipMeeting
from qosreport.periods import Period, iso_week
from qosreport.pipeline.run import Run, partitions
from qosreport.settings import ZoomSettings
from qosreport.store import Listing, RawPage, Store
from qosreport.store.account import Owner
from qosreport.tables import Kind
from qosreport.zoom.client import Zoom
from qosreport.zoom.endpoints import ListedMeeting
from qosreport.zoom.parse import parse_pages

BATCH_PAGES = 192
"""Pages parsed together, some 20 MB: fewer cost more CPU, more cost memory."""
BATCHES_WAITING = 2
"""Batches fetched but not parsed yet; beyond that the workers wait, so that memory is bounded."""


@dataclass
class Pulled:
    """What one pull did."""

    listed: int = 0
    """Meetings Zoom listed in the period."""
    asked: int = 0
    """Meetings that were not whole in the store."""
    whole: int = 0
    """Of these, whole now."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Of these, not whole, by reason."""
    last_skipped: SkipMeeting | None = None
    """The last of them; of one meeting, why it is not whole."""
    gaps: list[str] = field(default_factory=list)
    """What the list itself may lack, in words."""


def kinds(settings: ZoomSettings) -> list[Kind]:
    """Which kinds of meeting a pull asks for."""
    return ["meeting", "webinar"] if settings.webinars else ["meeting"]


def extras(settings: ZoomSettings) -> set[str]:
    """Which further endpoints every pull asks."""
    wanted = {"sharing": settings.sharing, "satisfaction": settings.ratings}
    return {name for name, asked in wanted.items() if asked}


def pull(store: Store, period: Period, run: Run) -> Pulled:
    """Bring every meeting of the period that Zoom has and the store lacks.

    Raises:
        Refused, Unavailable, TryLater: What stopped the pull; what was fetched is committed.
    """
    result = Pulled()
    with connected(store, run) as zoom:
        zoom.check(kinds(run.settings.zoom))
        for kind in kinds(run.settings.zoom):
            result.listed += _list(store, zoom, kind, period, run=run, gaps=result.gaps)
        pending = store.ledger.pending(period.start, period.end, run.now)
        waiting = [_asked(listing, run.now) for listing in pending]
        result.asked = len(waiting)
        fetch(store, zoom, waiting, run=run, result=result, wanted=extras(run.settings.zoom))
    for week in partitions(period):
        store.compact(week)
    return result


def check_pulled(store: Store, period: Period, run: Run) -> None:
    """Whether that the store has no meeting of a period means that there was none.

    Raises:
        NotPulled: It does not: nobody asked Zoom.
    """
    end = min(period.end, run.now)
    known = store.ledger.states(period.start, period.end).listed
    if not known and not store.ledger.is_listed(period.start, end, "meeting"):
        dates = f"--from {period.first_day} --to {period.last_day}"
        wanted = f"--week {period.label}" if period.is_week else dates
        raise NotPulled(label=period.label, period=wanted)


@contextmanager
def connected(store: Store, run: Run) -> Iterator[Zoom]:
    """A client whose calls are counted in the ledger; what it brings is of its account.

    Raises:
        OtherAccount: The store is of another one.
    """
    ledger, settings = store.ledger, run.settings.zoom
    owner, account = Owner(ledger), settings.account_id or ""
    if owner.is_other(account):
        raise OtherAccount(path=run.settings.store.path)
    with Zoom(settings, spent=ledger.spent, spend=ledger.spend, clock=run.clock) as zoom:
        try:
            yield zoom
        finally:
            if zoom.is_accepted:
                owner.note(account)


def fetch(
    store: Store,
    zoom: Zoom,
    meetings: Sequence[ListedMeeting],
    *,
    run: Run,
    result: Pulled,
    wanted: set[str],
) -> None:
    """Fetch meetings and commit them whole; those that cannot be had are noted with their reason.

    Raises:
        Refused, Unavailable, TryLater: What stopped it; what was fetched is committed.
    """
    committing = _Committing(store, result)
    fetching = _Fetching(zoom, meetings, wanted, run.settings.zoom.workers)
    with run.narrator.progress("Pulling meetings", len(meetings)) as show:
        try:
            for done, (meeting, pages) in enumerate(fetching, 1):
                committing.add(meeting, pages)
                show(done)
        except (QosreportError, KeyboardInterrupt):
            for meeting, pages in fetching.stop():
                committing.add(meeting, pages)
            raise
        finally:
            committing.finish()


def _list(
    store: Store, zoom: Zoom, kind: Kind, period: Period, *, run: Run, gaps: list[str]
) -> int:
    """Note what Zoom lists; returns how many."""
    run.narrator.say(f"Asking Zoom for the {kind}s of {period.label}.")
    listed = zoom.list_meetings(kind, period.start, period.end, now=run.now)
    if listed.skipped is not None:
        first, last = (f"{moment:%Y-%m-%d}" for moment in listed.skipped)
        gaps.append(f"Zoom lists no {kind}s from {first} to {last}: over six months old.")
    batch = [listing_of(meeting, period.start) for meeting in listed]
    store.ledger.note_listed(batch, window_start=period.start)
    store.ledger.note_window(kind, period.start, period.end, run.now, len(batch))
    for gap in listed.gaps:
        where = f"{gap.window.first} to {gap.window.last}"
        count = f", {gap.count}" if gap.count else ""
        gaps.append(f"Zoom's list of {kind}s, {where}, may lack some ({gap.reason}{count}).")
    return len(batch)


def listing_of(meeting: ListedMeeting, window_start: dt.datetime) -> Listing:
    """A meeting for the ledger; one without a start is filed under its window's."""
    return Listing(
        uuid=meeting.uuid,
        meeting_id=meeting.meeting_id,
        kind=meeting.kind,
        start_time=meeting.start_time,
        end_time=meeting.end_time,
        participants_reported=meeting.participants_reported,
        one_person=meeting.one_person,
        week=iso_week(meeting.start_time or window_start),
        item=meeting.item,
        pulled_at=meeting.pulled_at,
    )


def _asked(listing: Listing, now: dt.datetime) -> ListedMeeting:
    return ListedMeeting(
        uuid=listing.uuid,
        meeting_id=listing.meeting_id,
        kind=listing.kind,
        one_person=listing.one_person,
        start_time=listing.start_time,
        end_time=listing.end_time,
        participants_reported=listing.participants_reported,
        item=listing.item,
        pulled_at=listing.pulled_at or now,
    )


Fetched = tuple[ListedMeeting, list[RawPage] | SkipMeeting]


class _Fetching:
    """Fetches meetings in many threads and gives them out as they come."""

    def __init__(
        self, zoom: Zoom, meetings: Iterable[ListedMeeting], wanted: set[str], workers: int
    ) -> None:
        self._zoom = zoom
        self._todo = iter(meetings)
        self._wanted = wanted
        self._ahead = 2 * workers
        self._workers = ThreadPoolExecutor(workers, "fetch")
        self._running: dict[Future[list[RawPage]], ListedMeeting] = {}

    def __iter__(self) -> Iterator[Fetched]:
        self._begin()
        while self._running:
            for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                yield self._result(future)
            self._begin()
        self._workers.shutdown()

    def stop(self) -> Iterator[Fetched]:
        """Begin no more, and give out what has come already."""
        self._zoom.stop()
        self._workers.shutdown(wait=True, cancel_futures=True)
        for future in list(self._running):
            if not future.cancelled() and not isinstance(future.exception(), QosreportError):
                yield self._result(future)

    def _begin(self) -> None:
        while len(self._running) < self._ahead:
            meeting = next(self._todo, None)
            if meeting is None:
                return
            future = self._workers.submit(self._zoom.fetch, meeting, extras=self._wanted)
            self._running[future] = meeting

    def _result(self, future: Future[list[RawPage]]) -> Fetched:
        meeting = self._running.pop(future)
        try:
            return meeting, [meeting.list_page(), *future.result()]
        except SkipMeeting as skipped:
            return meeting, skipped


class _Committing:
    """Parses and commits batches in one thread, while the others fetch."""

    def __init__(self, store: Store, result: Pulled) -> None:
        self._store = store
        self._result = result
        self._thread = ThreadPoolExecutor(1, "commit")
        self._waiting: deque[Future[None]] = deque()
        self._batch: list[RawPage] = []

    def add(self, meeting: ListedMeeting, pages: list[RawPage] | SkipMeeting) -> None:
        """Take one meeting; waits when too many batches wait already."""
        if isinstance(pages, SkipMeeting):
            self._skip(meeting.uuid, pages)
            return
        self._batch.extend(pages)
        if len(self._batch) >= BATCH_PAGES:
            while len(self._waiting) >= BATCHES_WAITING:
                self._waiting.popleft().result()
            self._submit()

    def finish(self) -> None:
        """Commit what is left."""
        self._submit()
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self._thread.shutdown(wait=True, cancel_futures=True)

    def _submit(self) -> None:
        if self._batch:
            self._waiting.append(self._thread.submit(self._commit, self._batch))
            self._batch = []

    def _commit(self, pages: list[RawPage]) -> None:
        parsed = parse_pages(pages)
        whole = [page for page in pages if page.meeting_uuid not in parsed.broken]
        self._store.commit(whole, parsed.tables)
        self._result.whole += parsed.tables["meetings"].height
        for uuid, why in parsed.broken.items():
            self._skip(uuid, why)

    def _skip(self, uuid: str, why: SkipMeeting) -> None:
        self._store.ledger.note_incomplete(uuid, why.slug, retry=why.retry)
        self._result.skipped[why.slug] += 1
        self._result.last_skipped = why
