import dataclasses
import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosreport.errors import StoreDamaged
from qosreport.store import raw
from qosreport.store.raw import RawPage

MOMENT = dt.datetime(2026, 11, 16, 6, 0, 0, 123456, tzinfo=dt.UTC)

pages = st.builds(
    RawPage,
    meeting_uuid=st.sampled_from(["a==", "/b//c==", "é"]),
    kind=st.sampled_from(["meeting", "webinar"]),
    endpoint=st.sampled_from(["qos", "participants"]),
    page=st.integers(1, 1000),
    participant_id=st.none() | st.just("16778240"),
    pulled_at=st.just(MOMENT),
    body=st.binary(max_size=200),
)


@settings(max_examples=25)
@given(st.lists(pages, min_size=1, max_size=12))
def test_pages_come_back_byte_for_byte(tmp_path_factory, given_pages):
    path = tmp_path_factory.mktemp("raw") / "x.parquet"
    path.write_bytes(raw.to_bytes(given_pages))
    for uuid in {page.meeting_uuid for page in given_pages}:
        assert raw.read_pages(path, uuid) == [p for p in given_pages if p.meeting_uuid == uuid]
    assert raw.pulled_at_of(path) == {page.meeting_uuid: MOMENT for page in given_pages}
    everything = [
        page for batch in raw.read_batches(path, raw.pulled_at_of(path)) for page in batch
    ]
    assert everything == given_pages


def test_an_instant_of_another_zone_is_the_same_instant(tmp_path):
    page = RawPage("a", "meeting", "qos", 1, None, MOMENT, b"")
    tokyo = dataclasses.replace(
        page, pulled_at=MOMENT.astimezone(dt.timezone(dt.timedelta(hours=9)))
    )
    (tmp_path / "x").write_bytes(raw.to_bytes([tokyo]))
    assert raw.read_pages(tmp_path / "x", "a") == [page]


def many(tmp_path, pages_of):
    path = tmp_path / "x.parquet"
    path.write_bytes(
        raw.to_bytes(
            [
                RawPage(f"m{m}", "meeting", "qos", n, None, MOMENT, bytes(1000))
                for m, count in enumerate(pages_of)
                for n in range(count)
            ]
        )
    )
    return path


def test_batches_are_whole_meetings_of_a_bounded_number_of_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(raw, "BATCH_PAGES", 10)
    path = many(tmp_path, [4, 4, 4, 30, 1, 1])
    batches = list(raw.read_batches(path, [f"m{m}" for m in range(6)]))
    assert [len(batch) for batch in batches] == [12, 30, 2]
    assert [{p.meeting_uuid for p in batch} for batch in batches] == [
        {"m0", "m1", "m2"}, {"m3"}, {"m4", "m5"}
    ]  # fmt: skip


def test_batches_are_bounded_by_bytes_too(tmp_path, monkeypatch):
    monkeypatch.setattr(raw, "BATCH_BYTES", 5000)
    path = many(tmp_path, [3, 3, 3, 3])
    assert [len(batch) for batch in raw.read_batches(path, {"m0", "m1", "m2", "m3"})] == [6, 6]


def test_only_the_wanted_meetings_are_handed_out(tmp_path):
    path = many(tmp_path, [2, 2, 2])
    assert [p.meeting_uuid for batch in raw.read_batches(path, {"m1"}) for p in batch] == [
        "m1",
        "m1",
    ]
    assert list(raw.read_batches(path, {"other"})) == []


@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "garbage"])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = many(tmp_path, [2])
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(
            {"cut": data[: len(data) // 2], "empty": b"", "garbage": b"x" * 500}[damage]
        )
    for read in (
        lambda: raw.read_pages(path, "m0"),
        lambda: list(raw.read_batches(path, {"m0"})),
        lambda: raw.pulled_at_of(path),
    ):
        with pytest.raises(StoreDamaged, match=r"x\.parquet"):
            read()


def test_a_raw_file_is_ordinary_parquet_that_anyone_can_read(tmp_path):
    frame = pl.read_parquet(many(tmp_path, [2, 1]))
    assert frame["body"].bin.size().to_list() == frame["bytes"].to_list() == [1000] * 3
