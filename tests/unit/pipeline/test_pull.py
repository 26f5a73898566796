"""Fetching and committing, with a stand-in for Zoom and another for the store."""

import datetime as dt
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace

import polars as pl
import pytest

from qosreport.errors import DailyLimit, MeetingNotFound, MeetingTooOld, PullStopped
from qosreport.pipeline import pull as pulling
from qosreport.pipeline.pull import Pulled, fetch
from qosreport.pipeline.run import Run
from qosreport.settings import Settings, ZoomSettings
from qosreport.store import RawPage
from qosreport.zoom.endpoints import ListedMeeting

NOW = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)


@dataclass
class Listener:
    shown: list = field(default_factory=list)

    def progress(self, _label, _total):
        return nullcontext(self.shown.append)


def listed(number):
    return ListedMeeting(
        uuid=f"m{number}",
        meeting_id=str(number),
        kind="meeting",
        one_person=False,
        start_time=NOW,
        end_time=NOW,
        participants_reported=1,
        item=b"{}",
        pulled_at=NOW,
    )


def page(uuid):
    return RawPage(
        meeting_uuid=uuid,
        kind="meeting",
        endpoint="participants",
        page=1,
        participant_id=None,
        pulled_at=NOW,
        body=b"{}",
    )


@dataclass
class FakeZoom:
    """Gives one page a meeting, or raises what it is told for it."""

    errors: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def fetch(self, meeting, *, extras):
        if self.stopped.is_set():
            raise PullStopped
        self.asked.append((meeting.uuid, frozenset(extras)))
        if meeting.uuid in self.errors:
            raise self.errors[meeting.uuid]
        return [page(meeting.uuid)]

    def stop(self):
        self.stopped.set()


@dataclass
class FakeStore:
    """Remembers what was committed, batch by batch, and what was noted."""

    batches: list = field(default_factory=list)
    noted: dict = field(default_factory=dict)

    @property
    def ledger(self):
        return self

    @property
    def committed(self):
        return sorted({page.meeting_uuid for batch in self.batches for page in batch})

    def commit(self, pages, _tables):
        self.batches.append(list(pages))

    def note_incomplete(self, uuid, reason, *, retry):
        self.noted[uuid] = (reason, retry)


@pytest.fixture
def broken(monkeypatch):
    """UUIDs that cannot be parsed, with why; everything else parses to one meeting each."""
    unreadable = {}

    def parse(pages):
        uuids = sorted({one.meeting_uuid for one in pages})
        whole = [uuid for uuid in uuids if uuid not in unreadable]
        tables = {"meetings": pl.DataFrame({"meeting_uuid": whole})}
        found = {uuid: unreadable[uuid] for uuid in uuids if uuid in unreadable}
        return SimpleNamespace(tables=tables, broken=found)

    monkeypatch.setattr(pulling, "parse_pages", parse)
    return unreadable


def fetched(zoom, store, count, *, workers=3, wanted=()):
    run = Run(Settings(zoom=ZoomSettings(workers=workers)), NOW, Listener())
    result = Pulled()
    meetings = [listed(number) for number in range(count)]
    fetch(store, zoom, meetings, run=run, result=result, wanted=set(wanted))
    return result, run.narrator.shown


def test_every_meeting_is_fetched_once_and_committed_whole(broken, monkeypatch):
    monkeypatch.setattr(pulling, "BATCH_PAGES", 8)
    zoom, store = FakeZoom(), FakeStore()
    result, shown = fetched(zoom, store, 30, wanted={"sharing"})
    assert sorted(uuid for uuid, _ in zoom.asked) == store.committed
    assert {extras for _, extras in zoom.asked} == {frozenset({"sharing"})}
    assert (result.whole, sum(result.skipped.values())) == (30, 0)
    assert shown == list(range(1, 31))
    assert len(store.batches) > 1, "batches are bounded"
    for batch in store.batches:
        uuids = [one.meeting_uuid for one in batch]
        assert all(uuids.count(uuid) == 2 for uuid in uuids), "its list item and its page"


def test_nothing_to_fetch_commits_nothing(broken):
    store = FakeStore()
    result, _ = fetched(FakeZoom(), store, 0)
    assert (result.whole, store.batches) == (0, [])


def test_meetings_that_cannot_be_had_are_noted_and_cost_nobody_else(broken):
    broken["m2"] = MeetingNotFound()
    zoom = FakeZoom({"m1": MeetingTooOld(), "m5": MeetingNotFound()})
    store = FakeStore()
    result, _ = fetched(zoom, store, 8)
    assert store.committed == ["m0", "m3", "m4", "m6", "m7"]
    assert store.noted == {
        "m1": ("too-old", False),
        "m2": ("not-found", True),
        "m5": ("not-found", True),
    }
    assert (result.whole, dict(result.skipped)) == (5, {"too-old": 1, "not-found": 2})
    assert isinstance(result.last_skipped, MeetingNotFound)


def test_what_came_before_a_limit_is_committed_and_no_more_is_asked(broken):
    zoom, store = FakeZoom({"m4": DailyLimit(resume="tomorrow")}), FakeStore()
    with pytest.raises(DailyLimit):
        fetched(zoom, store, 50, workers=1)
    assert zoom.stopped.is_set()
    assert {"m0", "m1", "m2", "m3"} <= set(store.committed)
    assert sorted(uuid for uuid, _ in zoom.asked if uuid != "m4") == store.committed
    assert len(zoom.asked) < 10


def test_a_store_that_cannot_be_written_ends_the_pull(broken, monkeypatch):
    class Full(Exception):
        """The disk is full."""

    def commit(_pages, _tables):
        raise Full

    store = FakeStore()
    monkeypatch.setattr(store, "commit", commit)
    with pytest.raises(Full):
        fetched(FakeZoom(), store, 40)
