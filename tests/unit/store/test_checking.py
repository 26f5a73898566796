import datetime as dt
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qosreport.errors import StoreDamaged
from qosreport.store import Store
from qosreport.store.checking import RAW_DAMAGED
from qosreport.store.disk import TEMPORARY
from tests.unit.store.support import (
    LOCAL,
    MONDAY,
    POLICY,
    PULLED_AT,
    WEEK,
    commit,
    content,
    files,
    listing,
    meetings,
    parse,
    same,
    scores_of,
)

END = MONDAY + dt.timedelta(days=7)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A store with two weeks, scores and a superseded meeting; to be copied."""
    root = tmp_path_factory.mktemp("template") / "s"
    with Store.open(root, mounts=LOCAL) as store:
        store.ledger.note_listed([listing(uuid) for uuid in "abcd"])
        commit(store, "a", "b")
        commit(store, "b", "c", value=2.0)
        commit(store, "d", start=END)
        for part in store.parts():
            store.put_scores(part, POLICY, scores_of(part))
    return root


@pytest.fixture
def store(template, tmp_path):
    shutil.copytree(template, tmp_path / "s")
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        yield store


def paths(store, start, table=""):
    return [
        store.root / path
        for path in sorted(files(store.root))
        if path.startswith(start) and table in path
    ]


def found(store, **options):
    return {
        (
            damage.path.relative_to(store.root).as_posix(),
            damage.kind,
            damage.table,
            damage.repairable,
        )
        for damage in store.verify(**options)
    }


def name(store, path):
    return path.relative_to(store.root).as_posix()


def test_a_sound_store_has_no_damage(store):
    assert store.verify() == []


def flip(path, offset, bit=0):
    data = bytearray(path.read_bytes())
    data[offset % len(data)] ^= 1 << bit
    path.write_bytes(data)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(which=st.integers(0, 10**6), offset=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_any_flipped_bit_in_any_file_is_found_and_named(store, which, offset, bit):
    every = paths(store, "")
    path = every[which % len(every)]
    sound = path.read_bytes()
    flip(path, offset, bit)
    (damage,) = store.verify()
    path.write_bytes(sound)
    assert (damage.path, damage.kind) == (path, "changed")
    assert damage.repairable is (not name(store, path).startswith("raw"))


@pytest.mark.parametrize("branch", ["raw", "tables", "scores"])
def test_a_file_cut_short_emptied_or_gone_is_found(store, branch):
    path = paths(store, branch)[0]
    data = path.read_bytes()
    for cut in (0, 1, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:cut])
        assert [(d.path, d.kind) for d in store.verify()] == [(path, "changed")]
    path.unlink()
    assert [(d.path, d.kind) for d in store.verify()] == [(path, "missing")]


def test_a_file_that_cannot_be_read_is_found(store):
    path = paths(store, "tables", "streams")[0]
    path.unlink()
    path.mkdir()
    assert {(d.path, d.kind) for d in store.verify()} <= {(path, "unreadable"), (path, "changed")}
    assert store.verify()


def test_files_the_ledger_does_not_name_are_found(store):
    strange = [
        store.root / "raw" / f"week={WEEK}" / "notes.txt",
        store.root / "tables" / "x.parquet",
        store.root / "scores" / f"{TEMPORARY}x",
    ]
    for path in strange:
        path.write_text("?")
    assert {(d.path, d.kind) for d in store.verify()} == {(path, "orphan") for path in strange}


def test_a_check_of_some_weeks_reads_only_their_files(store):
    flip(paths(store, "tables/week=2026-W47", "streams")[0], 100)
    assert found(store, weeks=[WEEK]) == set()
    assert len(found(store, weeks=["2026-W47"])) == 1


def test_a_damaged_ledger_page_is_found(store):
    assert store.ledger.is_sound()
    store.ledger.note_listed([listing(f"{n}", item=bytes(900)) for n in range(100)])
    root = store.root
    store.close()
    path = root / "ledger.sqlite3"
    data = bytearray(path.read_bytes())
    data[-6000:-3000] = b"x" * 3000
    path.write_bytes(data)
    with Store.open(root, mounts=LOCAL) as again:
        damages = [(d.path.name, d.kind, d.table, d.repairable) for d in again.verify()]
    assert damages == [("ledger.sqlite3", "changed", None, False)]


def test_damaged_tables_are_made_again_from_raw_pages(store):
    before = content(store)
    flip(paths(store, f"tables/week={WEEK}", "streams")[0], 200)
    paths(store, f"tables/week={WEEK}", "meetings")[1].unlink()
    repaired = store.repair(parse)
    assert (repaired.remade, repaired.lost, repaired.adopted) == (3, (), 0)
    assert same(content(store), before)
    assert store.verify() == []
    assert {part.week for part in store.unscored_parts(POLICY)} == {WEEK}


def test_damaged_scores_are_dropped_to_be_made_again(store):
    before = content(store)
    flip(paths(store, "scores/week=2026-W47", "minute_scores")[0], 50)
    repaired = store.repair(parse)
    assert (repaired.unscored, repaired.remade) == (1, 0)
    assert [part.week for part in store.unscored_parts(POLICY)] == ["2026-W47"]
    assert same(content(store), before)
    assert store.verify() == []


def test_of_damaged_raw_pages_the_meetings_are_asked_for_again_and_their_tables_stand(store):
    before = content(store)
    flip(paths(store, "raw/week=2026-W47")[0], 50)
    (damage,) = store.verify()
    assert not damage.repairable
    repaired = store.repair(parse)
    assert repaired.lost == ("d",)
    assert same(content(store), before)
    assert store.verify() == []
    assert store.raw_pages("d") == []
    (known,) = store.ledger.find("d")
    assert (known.state, known.reason, known.will_retry) == ("partial", RAW_DAMAGED, True)
    commit(store, "d", start=END)
    assert store.ledger.find("d")[0].state == "whole"
    assert store.raw_pages("d")


def test_a_meeting_of_which_tables_and_raw_pages_are_lost_leaves_the_store_and_stays_named(store):
    for path in (
        *paths(store, "raw/week=2026-W47"),
        *paths(store, "tables/week=2026-W47", "streams"),
    ):
        flip(path, 60)
    repaired = store.repair(parse)
    assert (repaired.lost, repaired.remade) == (("d",), 0)
    assert meetings(store) == {"a", "b", "c"}
    (known,) = store.ledger.find("d")
    assert (known.state, known.will_retry) == ("failed", True)
    end = END + dt.timedelta(days=7)
    assert [m.uuid for m in store.ledger.pending(MONDAY, end, PULLED_AT)] == ["d"]
    assert store.verify() == []


def test_reading_damaged_raw_pages_says_which_file(store):
    path = paths(store, "raw/week=2026-W47")[0]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(StoreDamaged, match=path.name):
        store.raw_pages("d")
    with pytest.raises(StoreDamaged, match=path.name):
        list(store.raw_batches())
    with pytest.raises(StoreDamaged, match=path.name):
        store.rebuild(parse, ["2026-W47"])


def test_orphans_that_are_no_use_are_removed_by_repair(store):
    before = files(store.root)
    week = store.root / "raw" / f"week={WEEK}"
    (week / "000001-notparquet.parquet").write_text("?")
    (week / f"{TEMPORARY}x").write_text("?")
    shutil.copy(paths(store, "raw")[0], week / "000001-copy.parquet")
    assert len(store.verify()) == 3
    assert store.repair(parse).adopted == 0
    assert files(store.root) == before
    assert store.verify() == []


def test_a_repair_with_nothing_to_do_does_nothing(store):
    before = files(store.root)
    repaired = store.repair(parse)
    assert (repaired.remade, repaired.unscored, repaired.adopted, repaired.lost) == (0, 0, 0, ())
    assert files(store.root) == before


def test_an_old_orphan_does_not_replace_a_newer_version(store):
    older = store.root / "raw" / f"week={WEEK}" / "000001-older.parquet"
    shutil.copy(paths(store, "raw")[0], older)
    commit(store, "a", value=5.0, pulled=PULLED_AT + dt.timedelta(days=1))
    before = content(store)
    store.repair(parse)
    assert same(content(store), before)
