"""Many meeting pages, from the tables of the parts that hold them."""

import pickle
from dataclasses import dataclass

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.errors import DiskTrouble, MissingFile
from qosreport.pipeline import pages
from qosreport.pipeline.gather import Scored
from qosreport.report.numbers.causes import WhyHere
from qosreport.report.numbers.meeting import Rules
from qosreport.report.numbers.weekly import Tables
from qosreport.report.privacy import FULL
from qosreport.report.result import Explained
from qosreport.scoring import engine
from qosreport.tables import PULLED
from tests.unit.report import one_meeting as one

NOTHING = WhyHere(
    Explained(poor_minutes=0, by_frame_rate=0, shared=0, own_lines=0, devices=0, undetermined=0),
    [],
)


@dataclass(frozen=True)
class Part:
    tables: dict[str, pl.DataFrame]

    def scan(self, table):
        return self.tables.get(table, PULLED[table].empty()).lazy()


def meeting(uuid, shift):
    """The meeting of `one_meeting` under another UUID."""
    found = {
        "meetings": one.rows_of(PULLED["meetings"], [one.MEETING]),
        "sessions": one.at_sites(one.rows_of(PULLED["sessions"], one.SESSIONS)),
        "streams": one.rows_of(PULLED["streams"], one.streams()),
        "devices": one.rows_of(PULLED["devices"], one.devices()),
    }
    moved = {name: frame.with_columns(meeting_uuid=pl.lit(uuid)) for name, frame in found.items()}
    return {
        name: frame.with_columns(pl.col("session_id") + shift)
        if "session_id" in frame.columns
        else frame
        for name, frame in moved.items()
    }


@pytest.fixture(scope="module")
def scored():
    """Two meetings in one part, a third in another."""
    held = [meeting("a", 0), meeting("b", 100), meeting("c", 200)]
    both = {name: pl.concat([held[0][name], held[1][name]]) for name in held[0]}
    parts = [Part(both), Part(held[2])]
    scores = [engine.score_part(part, one.POLICY) for part in parts]

    def every(frames, name):
        return pl.concat([frame[name] for frame in frames])

    return Scored(
        tables=Tables(
            **{
                name: every([part.tables for part in parts], name)
                for name in ("meetings", "sessions")
            },
            **{name: PULLED[name].empty() for name in ("ratings", "shares", "rejects")},
            **{
                name: every(scores, name)
                for name in ("participant_scores", "meeting_scores", "flags")
            },
            minute_scores=every(scores, "minute_scores").lazy(),
        ),
        streams=every([part.tables for part in parts], "streams").lazy(),
        devices=every([part.tables for part in parts], "devices").lazy(),
        parts=parts,
        part_minutes=[found["minute_scores"].lazy() for found in scores],
        listed=3,
        incomplete={},
        sources={},
    )


def made(scored, place, *uuids, veil=FULL):
    """Each page's files as (name, text), sorted by name."""
    rules = Rules(one.POLICY, "Europe/Berlin", "Brightwell & Osei")
    where = pages.Place(place, "../weekly.html", frozenset(), veil=veil)
    found = pages.pages(scored, dict.fromkeys(uuids, NOTHING), rules, [where])
    return [sorted((path.name, path.read_text("utf-8")) for path in paths) for paths in found]


def test_every_wanted_meeting_has_a_page_of_its_own_and_no_other(scored, tmp_path):
    found = made(scored, tmp_path, "c", "a")

    names = {name for page in found for name, _ in page}
    assert len(names) == 4
    assert {path.name for path in tmp_path.iterdir()} == names
    assert all("../weekly.html" in text for (_, text), _ in found)


def test_processes_make_the_same_pages(scored, tmp_path, monkeypatch):
    here = made(scored, tmp_path / "here", "a", "b", "c")
    monkeypatch.setattr(pages, "WORTH_PROCESSES", 1)

    assert made(scored, tmp_path / "there", "a", "b", "c") == here


def test_a_batch_of_one_makes_the_same_pages(scored, tmp_path, monkeypatch):
    together = made(scored, tmp_path / "together", "a", "b", "c")
    monkeypatch.setattr(pages, "BATCH", 1)

    assert made(scored, tmp_path / "alone", "a", "b", "c") == together


@given(st.integers(0, 5_000), st.integers(1, 4))
def test_batches_hold_every_meeting_once_and_are_of_about_one_size(meetings, processes):
    uuids = [str(i) for i in range(meetings)]

    batches = pages.shared_out(uuids, processes)

    assert [uuid for batch in batches for uuid in batch] == uuids
    sizes = [len(batch) for batch in batches]
    assert all(0 < size <= pages.BATCH for size in sizes)
    assert len(set(sizes[:-1])) <= 1
    assert len(batches) <= processes * -(-meetings // (pages.BATCH * processes))


def test_other_forms_of_the_same_document_are_linked_and_of_an_older_one_go(scored, tmp_path):
    ((page, document),) = made(scored, tmp_path, "a")
    pdf = (tmp_path / page[0]).with_suffix(".pdf")
    pdf.write_bytes(b"")
    assert pdf.name in made(scored, tmp_path, "a")[0][0][1]

    (tmp_path / document[0]).write_text("{}", "utf-8")
    assert pdf.name not in made(scored, tmp_path, "a")[0][0][1]
    assert not pdf.exists()


def test_a_full_disk_is_told_wherever_the_page_was_made(scored, tmp_path, monkeypatch):
    (tmp_path / "meetings").write_text("in the way")
    with pytest.raises(DiskTrouble):
        made(scored, tmp_path / "meetings", "a")
    monkeypatch.setattr(pages, "WORTH_PROCESSES", 1)
    with pytest.raises(DiskTrouble):
        made(scored, tmp_path / "meetings", "a")


def test_an_expected_failure_comes_back_from_a_process_as_it_was():
    error = MissingFile(name="page.js", places="/usr/share")
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.facts, back.line()) == (MissingFile, error.facts, error.line())
