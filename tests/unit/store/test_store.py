import dataclasses
import datetime as dt
import pickle
import threading

import polars as pl
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from qosreport.store import Store, layout
from qosreport.tables import PULLED, SCORED, STREAMS, Column, Table
from tests.unit.store.support import (
    LOCAL,
    MONDAY,
    OTHER_POLICY,
    POLICY,
    PULLED_AT,
    WEEK,
    commit,
    content,
    files,
    listing,
    meeting_pages,
    meetings,
    parse,
    same,
    scores_of,
)

NEXT_WEEK = MONDAY + dt.timedelta(days=7)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s", mounts=LOCAL) as store:
        yield store


def reopened(store):
    store.close()
    return Store.open(store.root, mounts=LOCAL)


def expected(*batches):
    """What a store should hold after such meetings."""
    tables = [parse(pages) for pages in batches]
    return {
        name: pl.concat([found[name] for found in tables]).sort(table.key)
        for name, table in PULLED.items()
    }


# --- Committing ---


def test_what_was_committed_is_there_to_the_last_cell_also_after_a_restart(store):
    one, two = commit(store, "a", "b"), commit(store, "c", value=2.0)
    assert same(content(store), expected(one, two))
    with reopened(store) as again:
        assert same(content(again), expected(one, two))
        assert again.verify() == []


def test_raw_pages_come_back_byte_for_byte(store):
    pages = commit(store, "a", "b")
    assert store.raw_pages("a") == [page for page in pages if page.meeting_uuid == "a"]
    assert store.raw_pages("nobody") == []
    assert [page for batch in store.raw_batches() for page in batch] == pages


def test_an_empty_store_has_every_table_without_rows(store):
    for name, table in (PULLED | SCORED).items():
        frame = store.scan(name).collect() if name in PULLED else None
        frame = store.scan_scores(name, POLICY).collect() if frame is None else frame
        assert frame.schema == table.schema
        assert frame.is_empty()
    assert store.parts() == []
    with pytest.raises(KeyError):
        store.scan("weather")


def test_nothing_to_commit_is_no_commit(store):
    store.commit([], {})
    store.commit(meeting_pages("a"), {name: table.empty() for name, table in PULLED.items()})
    assert files(store.root) == set()
    assert store.raw_pages("a") == []


def test_pages_of_meetings_that_are_not_in_the_tables_are_not_kept(store):
    store.commit([*meeting_pages("a"), *meeting_pages("broken")], parse(meeting_pages("a")))
    assert meetings(store) == {"a"}
    assert store.raw_pages("broken") == []


def test_tables_may_lack_columns_and_be_fewer_than_all(store):
    tables = parse(meeting_pages("a"))
    store.commit(
        meeting_pages("a"),
        {"meetings": tables["meetings"].drop("topic"), "sessions": tables["sessions"]},
    )
    assert store.scan("meetings").collect()["topic"].to_list() == [None]
    assert store.scan("streams").collect().is_empty()


def test_meetings_lie_in_the_utc_week_of_their_start(store):
    last_second = dt.datetime(2026, 11, 15, 23, 59, 59, tzinfo=dt.UTC)
    pages = meeting_pages("sunday", start=last_second) + meeting_pages("monday", start=NEXT_WEEK)
    tokyo = last_second.astimezone(dt.timezone(dt.timedelta(hours=9)))
    pages += meeting_pages("tokyo", start=tokyo)
    store.commit(pages, parse(pages))
    assert {part.week: part.meetings for part in store.parts()} == {WEEK: 2, "2026-W47": 1}
    assert set(store.scan("meetings", [WEEK]).collect()["meeting_uuid"]) == {"sunday", "tokyo"}
    assert store.parts([]) == []
    assert [part.week for part in store.parts(["2026-W47", "2020-W01"])] == ["2026-W47"]
    found = [p.meeting_uuid for batch in store.raw_batches(["2026-W47"]) for p in batch]
    assert set(found) == {"monday"}


def test_a_meeting_without_a_start_lies_in_the_week_it_was_listed_in(store):
    store.ledger.note_listed([listing("blank", start_time=None, week="2026-W45")])
    commit(store, "blank", "unlisted", start=None)
    weeks = {
        part.week: set(part.scan("meetings").collect()["meeting_uuid"]) for part in store.parts()
    }
    assert weeks == {"2026-W45": {"blank"}, "2026-W47": {"unlisted"}}


def test_only_the_list_knows_who_was_alone(store):
    store.ledger.note_listed([listing("alone", one_person=True), listing("crowd")])
    commit(store, "alone", "crowd", "unlisted")
    found = dict(store.scan("meetings").select("meeting_uuid", "one_person").collect().rows())
    assert found == {"alone": True, "crowd": False, "unlisted": None}


def test_what_is_whole_is_not_asked_for_again(store):
    store.ledger.note_listed([listing("a"), listing("b")])
    commit(store, "a")
    end = MONDAY + dt.timedelta(days=7)
    assert [m.uuid for m in store.ledger.pending(MONDAY, end, PULLED_AT)] == ["b"]
    (known,) = store.ledger.find("a")
    assert (known.state, known.will_retry) == ("whole", False)


def test_a_meeting_on_demand_is_known_without_having_been_listed(store):
    commit(store, "a")
    (known,) = store.ledger.find("123")
    assert (known.uuid, known.start_time, known.state) == ("a", MONDAY, "whole")


def test_an_incomplete_meeting_is_there_and_asked_for_again_a_few_times(store):
    store.ledger.note_listed([listing("a")])
    end = MONDAY + dt.timedelta(days=7)
    for _ in range(5):
        assert store.ledger.pending(MONDAY, end, PULLED_AT)
        commit(store, "a", completeness="incomplete")
    assert not store.ledger.pending(MONDAY, end, PULLED_AT)
    assert meetings(store) == {"a"}
    commit(store, "a")
    assert store.ledger.states(MONDAY, end).whole == 1


# --- Superseding ---


def test_a_meeting_committed_again_supersedes_its_older_version(store):
    commit(store, "a", "b", "c")
    newer = commit(store, "b", value=9.0, people=1)
    kept = expected(meeting_pages("a") + meeting_pages("c"), newer)
    assert same(content(store), kept)
    old, new = store.parts()
    assert (old.superseded, old.meetings, new.superseded, new.meetings) == (("b",), 2, (), 1)
    assert store.raw_pages("b") == newer
    found = [page.meeting_uuid for batch in store.raw_batches() for page in batch]
    assert found == ["a", "a", "c", "c", "b", "b"]


def test_a_part_of_which_nothing_counts_any_more_is_gone_at_the_next_start(store):
    commit(store, "a")
    before = files(store.root)
    commit(store, "a", value=2.0)
    (part,) = store.parts()
    assert part.number == 2
    assert before < files(store.root)
    with reopened(store) as again:
        after = files(again.root)
        assert {path for path in before if path.startswith("raw")} < after
        assert not {path for path in before if path.startswith("tables")} & after
        assert again.verify() == []


def test_a_meeting_can_move_to_another_week(store):
    commit(store, "a", "b")
    commit(store, "a", start=NEXT_WEEK)
    assert {part.week: part.superseded for part in store.parts()} == {WEEK: ("a",), "2026-W47": ()}
    assert store.scan("meetings", [WEEK]).collect()["meeting_uuid"].to_list() == ["b"]


def test_committing_the_very_same_again_changes_nothing(store):
    pages = commit(store, "a", "b")
    before = content(store)
    store.commit(pages, parse(pages))
    assert same(content(store), before)
    assert len(store.parts()) == 1
    with reopened(store) as again:
        assert same(content(again), before)
        assert again.verify() == []


# --- Parts ---


def test_a_part_is_frozen_can_be_sent_away_and_says_what_is_in_it(store):
    commit(store, "a", "b", minutes=4, people=3)
    commit(store, "b", value=2.0)
    part = store.parts()[0]
    assert (part.meetings, part.minutes) == (1, 24)
    assert part.rows["streams"] == 48
    assert part.path("streams").endswith(".parquet")
    assert part.path("ratings") is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        part.week = "x"
    sent = pickle.loads(pickle.dumps(part))
    assert sent == part
    assert hash(sent) == hash(part)
    for name in PULLED:
        assert sent.scan(name).collect().equals(part.scan(name).collect())
    assert set(part.scan("streams").collect()["meeting_uuid"]) == {"a"}


def test_a_part_is_named_by_its_content(tmp_path):
    ids = []
    for name in ("one", "two"):
        with Store.open(tmp_path / name, mounts=LOCAL) as store:
            commit(store, "a", "b")
            ids.append(store.parts()[0].part_id)
            commit(store, "c")
            assert store.parts()[1].part_id != ids[0]
    assert ids[0] == ids[1]


def test_streams_lie_sorted_by_join_and_time(store):
    commit(store, *(f"m{n}" for n in range(20)))
    streams = store.scan("streams").collect()
    assert streams.equals(streams.sort("session_id", "sampled_at", "medium", "flow", "leg"))


def test_files_hold_no_name_from_zoom(store):
    commit(store, "/../../etc/passwd", "a//b==")
    assert meetings(store) == {"/../../etc/passwd", "a//b=="}
    for path in files(store.root):
        assert "passwd" not in path
        assert path.count("/") == 2


# --- Files of earlier versions ---


def with_columns(table, *columns):
    return Table(table.name, table.row, table.key, columns)


def test_files_of_an_earlier_version_are_read_with_todays_columns(store, monkeypatch):
    commit(store, "old", "gone")
    commit(store, "gone", value=5.0)
    fewer = pl.Enum(["audio", "share"])
    today = with_columns(
        STREAMS,
        *(
            Column(c.name, {"bitrate_kbps": pl.Float32, "medium": fewer}.get(c.name, c.dtype), "")
            for c in STREAMS.columns
            if c.name != "jitter_ms"
        ),
        Column("new_measure", pl.Float64, "Came later."),
    )
    monkeypatch.setitem(PULLED, "streams", today)
    layout.fingerprint.cache_clear()
    try:
        frame = store.scan("streams").collect()
        part = store.parts()[0]
        assert part.older == {"streams"}
        assert set(part.scan("streams").collect()["meeting_uuid"]) == {"old"}
        commit_tables = {
            "streams": today.empty(),
            "meetings": parse(meeting_pages("new"))["meetings"],
        }
        store.commit(meeting_pages("new"), commit_tables)
        assert frame.schema == today.schema
        assert frame["new_measure"].null_count() == frame.height == 24
        assert set(frame["medium"]) == {"audio"}
        assert set(frame["bitrate_kbps"]) == {1.0, 5.0}
        assert store.scan("streams").collect().height == 24
    finally:
        layout.fingerprint.cache_clear()


# --- Scores ---


def put(store, policy=POLICY):
    for part in store.unscored_parts(policy):
        store.put_scores(part, policy, scores_of(part))


def test_scores_belong_to_a_part_and_a_policy(store):
    commit(store, "a")
    commit(store, "b")
    put(store)
    assert store.unscored_parts(POLICY) == []
    assert len(store.unscored_parts(OTHER_POLICY)) == 2
    assert store.scan_scores("minute_scores", POLICY).collect().height == 4
    assert store.scan_scores("meeting_scores", POLICY, [WEEK]).collect().height == 2
    assert store.scan_scores("meeting_scores", POLICY, ["2020-W01"]).collect().is_empty()
    assert store.scan_scores("flags", POLICY).collect().schema == SCORED["flags"].schema
    assert store.scan_scores("minute_scores", OTHER_POLICY).collect().is_empty()
    with reopened(store) as again:
        assert again.verify() == []
        assert again.unscored_parts(POLICY) == []


def test_scores_of_superseded_meetings_are_left_out(store):
    commit(store, "a", "b")
    put(store)
    commit(store, "b", people=1)
    assert len(store.unscored_parts(POLICY)) == 1
    assert store.scan_scores("minute_scores", POLICY).collect().height == 2
    put(store)
    frame = store.scan_scores("minute_scores", POLICY).collect()
    assert sorted(frame["session_id"]) == sorted(store.scan("sessions").collect()["session_id"])
    assert sorted(store.scan_scores("meeting_scores", POLICY).collect()["meeting_uuid"]) == [
        "a",
        "b",
    ]


def test_scores_put_again_replace_the_earlier_ones_under_new_names(store):
    commit(store, "a")
    (part,) = store.parts()
    store.put_scores(part, POLICY, scores_of(part))
    before = files(store.root)
    better = {
        name: frame.with_columns(score=pl.lit(1.0)) for name, frame in scores_of(part).items()
    }
    store.put_scores(part, POLICY, better)
    assert before < files(store.root)
    assert set(store.scan_scores("minute_scores", POLICY).collect()["score"]) == {1.0}
    with reopened(store) as again:
        assert len(files(again.root)) == len(before)
        assert set(again.scan_scores("minute_scores", POLICY).collect()["score"]) == {1.0}


def test_score_files_carry_name_version_and_hash_of_the_policy(store):
    commit(store, "a")
    put(store)
    (path,) = [path for path in files(store.root) if "minute_scores" in path]
    facts = pl.read_parquet_metadata(store.root / path)
    assert (facts["policy"], facts["version"], facts["sha256"]) == (
        POLICY.name, POLICY.version, POLICY.sha256
    )  # fmt: skip


def test_scores_of_a_part_that_is_not_there_are_a_mistake(store):
    commit(store, "a")
    (part,) = store.parts()
    commit(store, "a", value=2.0)
    with pytest.raises(ValueError, match="not in the store"):
        store.put_scores(part, POLICY, scores_of(part))


# --- Compaction ---


def minutes_of(store):
    return [part.minutes for part in store.parts()]


def test_compaction_makes_few_files_of_many_and_changes_nothing_else(store):
    for n in range(12):
        commit(store, f"m{n:02d}", start=MONDAY + dt.timedelta(hours=n), minutes=5)
    before = content(store)
    store.compact(WEEK, target_rows=30)
    assert minutes_of(store) == [30, 30, 30, 30]
    assert same(content(store), before)
    with reopened(store) as again:
        assert same(content(again), before)
        assert again.verify() == []
        assert len([path for path in files(again.root) if path.endswith("streams.parquet")]) == 4
        assert len([path for path in files(again.root) if path.startswith("raw")]) == 12


def test_compaction_leaves_alone_what_is_large_enough_and_other_weeks(store):
    commit(store, "large", minutes=50)
    commit(store, "small")
    commit(store, "other", start=NEXT_WEEK)
    before = store.parts()
    store.compact(WEEK, target_rows=100)
    assert store.parts() == before
    commit(store, "small2")
    store.compact(WEEK, target_rows=100)
    assert store.parts()[0].part_id == before[0].part_id
    assert [(part.week, part.meetings) for part in store.parts()] == [
        (WEEK, 1), (WEEK, 2), ("2026-W47", 1)
    ]  # fmt: skip


def test_compaction_drops_superseded_meetings_for_good(store):
    commit(store, "a", "b", minutes=60)
    commit(store, "b", value=2.0, minutes=60)
    before = content(store)
    store.compact(WEEK, target_rows=100)
    assert all(part.superseded == () for part in store.parts())
    assert same(content(store), before)


def test_compaction_splits_a_part_that_is_too_large_by_its_meetings(store):
    commit(store, "a", "b", "c", "d", minutes=10)
    commit(store, "d", minutes=10, value=2.0)
    before = content(store)
    store.compact(WEEK, target_rows=40)
    assert sorted(minutes_of(store)) == [20, 20, 40]
    assert same(content(store), before)


def test_a_meeting_larger_than_the_target_stays_whole(store):
    commit(store, "a", "large", minutes=100)
    commit(store, "a", minutes=1)
    store.compact(WEEK, target_rows=10)
    assert sorted(minutes_of(store)) == [2, 200]


def test_compacting_again_changes_nothing(store):
    for n in range(4):
        commit(store, f"m{n}")
    store.compact(WEEK)
    before, there = store.parts(), files(store.root)
    store.compact(WEEK)
    assert (store.parts(), files(store.root)) == (before, there)
    store.compact("2020-W01")


def test_who_reads_while_files_are_merged_and_removed_goes_on_reading(store):
    for n in range(6):
        commit(store, f"m{n}")
    before = content(store)
    reader = Store.open(store.root, lock=False, mounts=LOCAL)
    parts = reader.parts()
    store.compact(WEEK)
    with reopened(store) as again:
        # The reader holds its files, though the ledger has no use for them any more.
        frames = pl.concat([part.scan("streams") for part in parts]).collect()
        assert frames.sort(STREAMS.key).equals(before["streams"])
        assert same(content(reader), before)
        assert same(content(again), before)
        old = files(again.root)
    reader.close()
    with Store.open(store.root, mounts=LOCAL) as again:
        assert files(again.root) < old
        assert same(content(again), before)


def test_readers_in_other_threads_always_see_whole_weeks(store):
    for n in range(6):
        commit(store, f"m{n}")
    rows = content(store)["streams"].height
    reader = Store.open(store.root, lock=False, mounts=LOCAL)
    stop, seen = threading.Event(), set()

    def read():
        while not stop.is_set():
            seen.add(reader.scan("streams").collect().height)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for n in range(6):
            store.compact(WEEK, target_rows=6 + n)
    finally:
        stop.set()
        thread.join()
    reader.close()
    assert seen == {rows}


# --- Rebuilding ---


def test_rebuilding_from_raw_gives_equal_tables(store):
    for n in range(4):
        commit(store, f"m{n}", start=MONDAY + dt.timedelta(days=3 * n))
    commit(store, "m1", value=7.0)
    before = content(store)
    assert store.rebuild(parse) == 4
    assert same(content(store), before)
    assert {part.week: part.meetings for part in store.parts()} == {WEEK: 3, "2026-W47": 1}
    with reopened(store) as again:
        assert same(content(again), before)
        assert again.verify() == []


def test_rebuilding_takes_in_what_a_newer_parser_finds(store):
    commit(store, "a", "b")
    commit(store, "c", start=NEXT_WEEK)

    def newer(pages):
        tables = parse(pages)
        streams = tables["streams"].with_columns(latency_ms=pl.lit(30.0))
        return tables | {"streams": streams}

    put(store)
    assert store.rebuild(newer, [WEEK]) == 2
    latencies = dict(
        store.scan("streams")
        .group_by("meeting_uuid")
        .agg(pl.col("latency_ms").first())
        .collect()
        .rows()
    )
    assert latencies == {"a": 30.0, "b": 30.0, "c": None}
    assert [part.week for part in store.unscored_parts(POLICY)] == [WEEK]


def test_what_the_newer_parser_cannot_read_stays_as_it_was(store):
    commit(store, "a", "b")
    before = content(store)
    store.rebuild(lambda pages: parse([page for page in pages if page.meeting_uuid == "a"]))
    assert same(content(store), before)


def test_provenance_is_of_the_raw_files_and_not_of_how_tables_are_merged(store):
    commit(store, "a")
    commit(store, "b")
    before = store.sources(["a", "b", "never seen"])
    assert before.keys() == {"a", "b"}
    assert before["a"].sha256 != before["b"].sha256
    store.compact(WEEK)
    assert store.sources(["a", "b"]) == before


def test_how_many_calls_a_meeting_rests_on_is_not_said_when_its_raw_file_is_gone(store):
    commit(store, "a", "b")
    pages = store.raw_pages("a")
    assert store.sources(["a"])["a"].calls == sum(page.is_answer for page in pages) > 0
    for file in store.ledger.files(role="raw"):
        (store.root / file.path).unlink()
    assert store.sources(["a"])["a"].calls is None


# --- Any sequence of all of it ---


class StoreAndModel(RuleBasedStateMachine):
    """Whatever is done in whatever order, the store holds the latest version of each meeting."""

    @initialize(root=st.builds(dict))
    def begin(self, root):
        self.directory = self.make_directory()
        self.store = Store.open(self.directory / "s", mounts=LOCAL)
        self.model = {}
        self.count = 0

    @rule(
        uuids=st.sets(st.sampled_from("abcde"), min_size=1, max_size=3),
        week=st.integers(0, 1),
        people=st.integers(0, 2),
    )
    def commit(self, uuids, week, people):
        self.count += 1
        start = MONDAY + dt.timedelta(days=7 * week)
        facts = {"start": start, "people": people, "minutes": 2, "value": float(self.count)}
        commit(self.store, *sorted(uuids), **facts)
        self.model |= {uuid: meeting_pages(uuid, **facts) for uuid in uuids}

    @rule(week=st.sampled_from([WEEK, "2026-W47"]), rows=st.sampled_from([1, 6, 1000]))
    def compact(self, week, rows):
        self.store.compact(week, target_rows=rows)

    @rule()
    def rebuild(self):
        self.store.rebuild(parse)

    @rule()
    def score(self):
        put(self.store)

    @rule()
    def restart(self):
        self.store = reopened(self.store)

    @invariant()
    def it_holds_what_it_should(self):
        if not hasattr(self, "model"):
            return
        pages = [page for _, found in sorted(self.model.items()) for page in found]
        assert same(content(self.store), expected(pages))
        assert self.store.verify() == []
        scored = self.store.scan_scores("meeting_scores", POLICY).collect()
        assert set(scored["meeting_uuid"]) <= set(self.model)
        assert not scored["meeting_uuid"].is_duplicated().any()

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()


def test_any_sequence_of_commits_merges_and_restarts_holds_the_latest_version(tmp_path_factory):
    class InDirectory(StoreAndModel):
        def make_directory(self):
            return tmp_path_factory.mktemp("model")

    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        InDirectory, settings=settings(max_examples=8, stateful_step_count=10, deadline=None)
    )
