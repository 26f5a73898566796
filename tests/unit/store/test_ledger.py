import datetime as dt
import os
import sqlite3
import stat
import threading

import pytest

from qosreport.errors import DiskTrouble, StoreDamaged, StoreForeign, StoreLocked
from qosreport.store import Ledger, Store, Window
from qosreport.store.base import telling
from qosreport.store.ledger import ATTEMPTS, NOT_ASKED
from qosreport.store.schema import MIGRATIONS
from tests.unit.store.support import LOCAL, MONDAY, PULLED_AT, WEEK, commit, listing

END = MONDAY + dt.timedelta(days=6)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    yield ledger
    ledger.close()


def pending(ledger, now=PULLED_AT):
    return [found.uuid for found in ledger.pending(MONDAY, END, now)]


def test_what_was_listed_is_remembered_to_the_last_field(tmp_path):
    given = listing("/a//b==", item=b'{"uuid": "\xff"}', one_person=True, end_time=None)
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        store.ledger.note_listed([given])
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        assert store.ledger.pending(MONDAY, END, PULLED_AT) == [given]
        assert store.ledger.listing("/a//b==") == given
        assert store.ledger.listing("other") is None


def test_pending_are_those_of_the_period_that_ended_a_while_ago_by_start(ledger):
    ledger.note_listed(
        [
            listing("late", start_time=MONDAY + HOUR),
            listing("early"),
            listing("before", start_time=MONDAY - HOUR),
            listing("after", start_time=END),
            listing("ended-just-now", end_time=PULLED_AT - dt.timedelta(minutes=9)),
            listing("ended-long-enough-ago", end_time=PULLED_AT - dt.timedelta(minutes=10)),
        ]
    )
    assert pending(ledger) == ["early", "ended-long-enough-ago", "late"]


def test_a_meeting_without_a_start_is_looked_for_where_it_was_listed(ledger):
    ledger.note_listed([listing("blank", start_time=None, end_time=None)])
    tuesday = MONDAY + dt.timedelta(days=1)
    ledger.note_listed([listing("window", start_time=None, end_time=None)], window_start=tuesday)
    assert pending(ledger) == ["blank", "window"]
    assert [m.uuid for m in ledger.states(tuesday, END).meetings] == ["window"]


@pytest.mark.parametrize("hours", range(-12, 15))
def test_a_start_that_is_blank_lies_in_its_week_by_every_clock(ledger, hours):
    ledger.note_listed([listing("blank", start_time=None)])
    zone = dt.timezone(dt.timedelta(hours=hours))
    monday = dt.datetime(2026, 11, 9, tzinfo=zone)
    states = ledger.states(monday, monday + dt.timedelta(days=7))
    assert states.listed == 1


def test_a_meeting_is_asked_for_again_until_it_is_given_up(ledger):
    ledger.note_listed([listing("a")])
    for attempt in range(1, ATTEMPTS + 1):
        assert pending(ledger) == ["a"]
        ledger.note_incomplete("a", "server-errors", retry=True)
        (known,) = ledger.find("a")
        assert (known.attempts, known.reason, known.state) == (attempt, "server-errors", "failed")
        assert known.will_retry is (attempt < ATTEMPTS)
    assert pending(ledger) == []


def test_a_meeting_that_cannot_be_had_is_not_asked_for_again_and_stays_named(ledger):
    ledger.note_listed([listing("a"), listing("b")])
    ledger.note_incomplete("a", "too-old", retry=False)
    assert pending(ledger) == ["b"]
    ledger.note_listed([listing("a"), listing("b")])
    assert pending(ledger) == ["b"]
    states = ledger.states(MONDAY, END)
    assert states.incomplete == {"too-old": 1, NOT_ASKED: 1}


def test_listing_again_brings_news_and_forgets_nothing(ledger):
    ledger.note_listed([listing("a", end_time=None, item=b"old")])
    ledger.note_listed([listing("a", start_time=None, participants_reported=None, item=b"new")])
    found = ledger.listing("a")
    assert (found.start_time, found.participants_reported) == (MONDAY, 2)
    assert (found.end_time, found.item) == (MONDAY + HOUR / 2, b"new")
    assert pending(ledger) == ["a"]


def test_states_reconcile_whatever_becomes_of_meetings(tmp_path):
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        ledger = store.ledger
        ledger.note_listed([listing(uuid) for uuid in "abcde"])
        commit(store, "a")
        commit(store, "b", completeness="incomplete")
        ledger.note_incomplete("c", "not-found", retry=True)
        ledger.note_incomplete("d", "not-found", retry=False)
        ledger.note_incomplete("a", "server-errors", retry=True)
        states = ledger.states(MONDAY, END)
        assert (states.listed, states.whole) == (5, 1)
        assert states.incomplete == {NOT_ASKED: 1, "not-found": 2, "rows-missing": 1}
        assert states.listed == states.whole + sum(states.incomplete.values())
        assert states.data_as_of == PULLED_AT
        assert {m.uuid: m.state for m in states.meetings} == {
            "a": "whole", "b": "partial", "c": "failed", "d": "failed", "e": "listed"
        }  # fmt: skip
        assert pending(ledger) == ["b", "c", "e"]


def test_no_meetings_make_no_states(ledger):
    states = ledger.states(MONDAY, END)
    assert (states.listed, states.whole, states.incomplete, states.meetings) == (0, 0, {}, ())
    assert states.data_as_of is None


def test_instances_are_found_by_uuid_or_number_the_latest_first(ledger):
    ledger.note_listed(
        [
            listing("first"),
            listing("second", start_time=MONDAY + HOUR),
            listing("other", meeting_id="999"),
        ]
    )
    assert [found.uuid for found in ledger.find("123")] == ["second", "first"]
    assert [found.uuid for found in ledger.find("first")] == ["first"]
    assert ledger.find("nobody") == []


def test_windows_that_touch_a_period_are_told_in_order(ledger):
    week = dt.timedelta(days=7)
    given = [
        Window("meeting", MONDAY, END, PULLED_AT, 12),
        Window("webinar", MONDAY, END, PULLED_AT, 0),
        Window("meeting", MONDAY + week, END + week, PULLED_AT, 5),
    ]
    for window in given:
        ledger.note_window(window.kind, window.start, window.end, window.listed_at, window.count)
    ledger.note_window("meeting", MONDAY, END, PULLED_AT, 12)
    assert ledger.windows(MONDAY, END) == given[:2]
    assert ledger.windows(END, END + week) == given[2:]


def test_a_period_is_listed_if_lists_made_after_it_cover_it_without_a_break(ledger):
    week, day = dt.timedelta(days=7), dt.timedelta(days=1)
    later = END + week

    def listed(start, end, at):
        ledger.note_window("meeting", start, end, at, 0)
        return ledger.is_listed(MONDAY, END, "meeting")

    assert not listed(MONDAY, MONDAY + day, later)
    assert not listed(MONDAY + 2 * day, END, later)
    assert not listed(MONDAY + day, END, MONDAY + 1.5 * day)
    assert listed(MONDAY + day, MONDAY + 3 * day, later)
    assert not ledger.is_listed(MONDAY, END, "webinar")
    assert not ledger.is_listed(END, later, "meeting")


def test_calls_are_counted_by_day_and_label(tmp_path):
    day = dt.date(2026, 11, 16)
    ledger = Ledger(tmp_path / "l")
    for label, calls in (("heavy", 3), ("resource_intensive", 1), ("heavy", 4)):
        ledger.spend(day, label, calls)
    assert ledger.spent(day) == 8
    ledger.close()
    ledger = Ledger(tmp_path / "l")
    assert ledger.spent_by_label(day) == {"heavy": 7, "resource_intensive": 1}
    assert ledger.spent(day + dt.timedelta(days=1)) == 0
    assert ledger.read("PRAGMA synchronous") == [(2,)]
    ledger.close()


def test_many_threads_may_use_it_at_once(ledger):
    day = dt.date(2026, 11, 16)

    def work(number):
        for turn in range(20):
            ledger.spend(day, "heavy", 1)
            ledger.note_listed([listing(f"{number}-{turn}")])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.spent(day) == 160
    assert len(pending(ledger)) == 160


def test_it_is_as_durable_and_private_as_promised(ledger):
    assert ledger.read("PRAGMA journal_mode") == [("wal",)]
    assert ledger.read("PRAGMA synchronous") == [(2,)]
    assert ledger.read("PRAGMA secure_delete") == [(1,)]
    ledger.note_listed([listing("a")])
    for path in ledger.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_it_is_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        ledger = Ledger(tmp_path / "l")
        ledger.note_listed([listing("a")])
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        ledger.close()
    finally:
        os.umask(before)
    assert modes == {0o600}


def test_what_fails_inside_a_transaction_leaves_nothing(ledger):
    class Stop(Exception):
        pass

    def change():
        with ledger.transaction():
            ledger.write("INSERT INTO fact VALUES ('x', '1')")
            raise Stop

    with pytest.raises(Stop):
        change()
    assert ledger.read("SELECT * FROM fact") == []


def test_a_ledger_of_a_later_version_is_refused(tmp_path):
    Ledger(tmp_path / "l").close()
    base = sqlite3.connect(tmp_path / "l")
    base.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    base.close()
    with pytest.raises(StoreForeign, match=f"version {len(MIGRATIONS) + 1}"):
        Ledger(tmp_path / "l")


def test_a_data_base_of_another_program_is_refused(tmp_path):
    base = sqlite3.connect(tmp_path / "l")
    base.execute("CREATE TABLE theirs (x)")
    base.execute("PRAGMA user_version=1")
    base.close()
    with pytest.raises(StoreForeign, match="another program"):
        Ledger(tmp_path / "l")


def test_a_migration_that_was_interrupted_begins_anew(tmp_path):
    base = sqlite3.connect(tmp_path / "l", isolation_level=None)
    base.execute("BEGIN")
    base.execute(MIGRATIONS[0][0])
    base.close()
    ledger = Ledger(tmp_path / "l")
    ledger.note_listed([listing("a")])
    assert pending(ledger) == ["a"]
    ledger.close()


def test_what_is_no_data_base_is_damaged(tmp_path):
    (tmp_path / "l").write_bytes(b"not a data base" * 100)
    with pytest.raises(StoreDamaged):
        Ledger(tmp_path / "l")


def test_a_damaged_page_is_found(tmp_path):
    ledger = Ledger(tmp_path / "l")
    ledger.note_listed([listing(f"{n}", item=bytes(500)) for n in range(200)])
    ledger.close()
    data = bytearray((tmp_path / "l").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4096] = os.urandom(4096)
    (tmp_path / "l").write_bytes(data)
    ledger = Ledger(tmp_path / "l")
    assert not ledger.is_sound()
    ledger.close()


def test_a_reader_cannot_write(tmp_path):
    Ledger(tmp_path / "l").close()
    reader = Ledger(tmp_path / "l", read_only=True)
    with pytest.raises(DiskTrouble, match="read-only"):
        reader.note_listed([listing("a")])
    reader.close()


@pytest.mark.parametrize("path", ["l", "none/l"])
def test_a_reader_makes_no_ledger(tmp_path, path):
    with pytest.raises(DiskTrouble):
        Ledger(tmp_path / path, read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b", "50%", "what?", "né#1", "x;y"])
def test_odd_directories_hold_a_ledger_like_any_other(tmp_path, name):
    (tmp_path / name).mkdir()
    ledger = Ledger(tmp_path / name / "l")
    ledger.note_listed([listing("a")])
    ledger.close()
    assert [path.name for path in (tmp_path / name).iterdir()] == ["l"]


@pytest.mark.parametrize(
    ("message", "failure", "says"),
    [
        ("unable to open database file", DiskTrouble, "cannot be opened"),
        ("database or disk is full", DiskTrouble, "no space"),
        ("disk I/O error", DiskTrouble, "disk reports an error"),
        ("attempt to write a readonly database", DiskTrouble, "read-only"),
        ("database is locked", StoreLocked, "Another qosreport run"),
    ],
)
def test_what_sqlite_says_is_told_in_words_that_help(tmp_path, message, failure, says):
    def fail():
        with telling(tmp_path / "ledger.sqlite3"):
            raise sqlite3.OperationalError(message)

    with pytest.raises(failure, match=says):
        fail()


def test_a_mistake_of_ours_is_no_trouble_of_the_disk(ledger):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        ledger.read("SELECT * FROM nowhere")


def test_the_week_of_a_listing_is_kept(ledger):
    ledger.note_listed([listing("a")])
    assert ledger.listing("a").week == WEEK
