"""Whatever is interrupted where: readers see whole reports only; the next run completes them."""

import datetime as dt
import json
from contextlib import suppress
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport import errors
from qosreport.deliver.archive import (
    INDEX,
    MAILED,
    SENTINEL,
    Archive,
    Fault,
    Manifest,
    Report,
    to_prune,
)
from qosreport.deliver.places import PART, Directory, open_place
from qosreport.settings import ArchiveSettings

SUNDAY = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)


@pytest.fixture(params=["directory", "memory"])
def place(request, tmp_path):
    return make_place(request.param, tmp_path)


def make_place(kind, tmp_path):
    if kind == "directory":
        return Directory(tmp_path / uuid4().hex)
    return open_place(ArchiveSettings(url=f"memory://{uuid4().hex}/zoom"))


def report(text="one", *, label="2026-W46", kind="weekly", end=SUNDAY):
    folder = "weeks" if kind == "weekly" else "meetings"
    files = {
        "page.html": f"<p>{text}</p>".encode(),
        "page.json": b"{}",
        "meetings/a.html": text.encode() * 50,
    }
    return Report(kind, f"{folder}/{label}", end, "page.html", files, {"text": text})


class Died(BaseException):
    """Stands for SIGKILL."""


class Dying:
    """A place at which the n-th change kills the run: before, after, or half done."""

    def __init__(self, place, at, how="before"):
        self.place, self.at, self.how = place, at, how
        self.changes = 0
        self.fired = False

    def read(self, name):
        return self.place.read(name)

    def names(self, under):
        return self.place.names(under)

    def modified(self, name):
        return self.place.modified(name)

    def put_new(self, name, data):
        return self._change(lambda d: self.place.put_new(name, d), data)

    def put(self, name, data):
        return self._change(lambda d: self.place.put(name, d), data)

    def delete(self, name):
        self._change(lambda _: self.place.delete(name), b"")

    def _change(self, do, data):
        self.changes += 1
        if self.changes != self.at:
            return do(data)
        self.fired = True
        if self.how == "half":
            do(data[: len(data) // 2])
        elif self.how == "after":
            do(data)
        raise Died


def make_index(archive):
    archive.point(INDEX, json.dumps([m.folder for m in archive.newest()]).encode())


def committed(place):
    return [(m.report, m.revision, m.entry["text"]) for m in Archive(place).revisions()]


def seen_is_whole(place):
    """Every report that can be seen is whole, and the index leads to such only."""
    archive = Archive(place)
    assert [fault for fault in archive.verify() if fault.what in {"missing", "changed"}] == []
    index = place.read(INDEX)
    try:
        folders = json.loads(index or b"[]")
    except ValueError:
        return  # half-written, where the place cannot do better; the next run writes it again
    assert set(folders) <= {manifest.folder for manifest in archive.revisions()}


# --- Bringing in ---


def test_a_report_is_there_with_its_manifest(place):
    archive = Archive(place)
    archive.open(known=False)
    manifest = archive.add(report())
    assert manifest.folder == f"weeks/2026-W46/r1-{manifest.digest[:8]}"
    assert archive.revisions() == [manifest]
    stored = json.loads(place.read(f"{manifest.folder}/manifest.json"))
    assert [file["name"] for file in stored["files"]] == [
        "meetings/a.html", "page.html", "page.json"
    ]  # fmt: skip
    assert stored["files"][1]["media_type"] == "text/html; charset=utf-8"
    assert list(archive.verify()) == []


def test_the_same_report_again_changes_nothing(place):
    Archive(place).add(report())
    before = {name: place.read(name) for name in place.names("")}
    counting = Dying(place, at=-1)
    Archive(counting).add(report())
    assert counting.changes == 0
    assert {name: place.read(name) for name in place.names("")} == before


def test_another_version_is_another_revision_and_the_first_one_stays(place):
    archive = Archive(place)
    for text in ("one", "two", "one"):
        archive.add(report(text))
    assert committed(place) == [
        ("weeks/2026-W46", 1, "one"), ("weeks/2026-W46", 2, "two"), ("weeks/2026-W46", 3, "one")
    ]  # fmt: skip
    assert [m.revision for m in archive.newest()] == [3]
    assert list(archive.verify()) == []


@pytest.mark.parametrize("how", ["before", "half", "after"])
@pytest.mark.parametrize("kind", ["directory", "memory"])
def test_a_run_killed_at_any_change_shows_nothing_half_and_the_next_completes_it(
    kind, how, tmp_path
):
    finished = False
    at = fired = 0
    while not finished:
        at += 1
        place = make_place(kind, tmp_path)
        Archive(place).add(report("older", label="2026-W45"))
        make_index(Archive(place))
        dying = Dying(place, at, how)
        with suppress(Died):
            archive = Archive(dying)
            archive.add(report("one"))
            make_index(archive)
        finished = not dying.fired
        fired += dying.fired
        seen_is_whole(place)
        assert ("weeks/2026-W45", 1, "older") in committed(place)
        archive = Archive(place)
        archive.add(report("one"))
        make_index(archive)
        assert committed(place) == [("weeks/2026-W45", 1, "older"), ("weeks/2026-W46", 1, "one")]
        assert list(archive.verify()) == []
        seen_is_whole(place)
    assert fired == 5, "three files, a manifest, an index"


def test_what_another_version_left_half_done_is_in_nobodys_way(place):
    dying = Dying(place, 3)
    with pytest.raises(Died):
        Archive(dying).add(report("half"))
    archive = Archive(place)
    archive.add(report("whole"))
    assert committed(place) == [("weeks/2026-W46", 1, "whole")]
    faults = list(archive.verify())
    assert {fault.what for fault in faults} == {"unfinished"}
    assert len(faults) == 2


def test_a_manifest_that_is_torn_is_no_manifest(place):
    archive = Archive(place)
    manifest = archive.add(report())
    name = f"{manifest.folder}/manifest.json"
    for torn in (b"", b"{}", place.read(name)[:-20]):
        place.put(name, torn)
        assert archive.revisions() == []
        assert Fault(name, "unreadable") in list(archive.verify())
    archive.add(report())
    assert archive.revisions() == [manifest]


def test_a_manifest_in_another_folder_is_none(place):
    manifest = Archive(place).add(report())
    data = place.read(f"{manifest.folder}/manifest.json")
    place.put("weeks/2026-W47/r1-00000000/manifest.json", data)
    assert Archive(place).revisions() == [manifest]


# --- What it is ---


def test_an_empty_place_becomes_an_archive_and_is_known_again(place):
    Archive(place).open(known=False)
    assert place.names("") == [SENTINEL]
    Archive(place).open(known=True)


def test_a_share_that_is_not_mounted_is_no_new_archive(place):
    with pytest.raises(errors.ArchiveForeign, match="mounted"):
        Archive(place).open(known=True)
    assert place.names("") == []


def test_a_place_with_other_files_is_left_alone(place):
    place.put("holiday.json", b"{}")
    with pytest.raises(errors.ArchiveForeign, match="other files"):
        Archive(place).open(known=False)


def test_an_archive_of_a_later_version_is_left_alone(place):
    place.put(SENTINEL, b'{"format": 99}')
    with pytest.raises(errors.ArchiveForeign, match="version"):
        Archive(place).open(known=False)


# --- Damage ---


@pytest.mark.parametrize("what", ["missing", "changed"])
def test_damage_is_found_and_named(place, what):
    archive = Archive(place)
    manifest = archive.add(report())
    name = f"{manifest.folder}/page.html"
    if what == "missing":
        place.delete(name)
    else:
        place.put(name, b"<p>onf</p>")
    assert list(archive.verify()) == [Fault(name, what)]


# --- Removing ---


def weeks(*labels):
    return [
        Manifest(
            kind="weekly", report=f"weeks/{label}", revision=1, digest="0" * 64, page="page.html",
            end=SUNDAY - dt.timedelta(weeks=back), files=(), entry={},
        )
        for back, label in enumerate(reversed(labels))
    ]  # fmt: skip


def pruned(manifests, last=None, days=None):
    return [name[6:] for name in to_prune(manifests, keep_last=last, keep_days=days, now=SUNDAY)]


def test_what_neither_rule_keeps_is_to_go():
    four = weeks("W43", "W44", "W45", "W46")
    assert pruned(four) == []
    assert pruned(four, last=2) == ["W43", "W44"]
    assert pruned(four, last=9) == []
    assert pruned(four, days=8) == ["W43", "W44"]
    assert pruned(four, last=1, days=15) == ["W43"]
    assert pruned(four, last=3, days=1) == ["W43"]
    assert pruned([], last=1) == []


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 90))
def test_both_rules_together_keep_what_either_keeps(count, last, days):
    manifests = weeks(*(f"W{n:02d}" for n in range(count)))
    both = set(pruned(manifests, last, days))
    assert both == set(pruned(manifests, last)) & set(pruned(manifests, days=days))


def prune(place):
    archive = Archive(place)
    archive.hide([m for m in archive.revisions() if m.report == "weeks/2026-W45"])
    make_index(archive)
    return archive.sweep()


def two_weeks(place):
    archive = Archive(place)
    for text in ("older", "oldest"):
        archive.add(report(text, label="2026-W45"))
    archive.add(report("one"))
    for label in ("2026-W45", "2026-W46"):
        archive.point(f"weeks/{label}/{INDEX}", b"pointer")
        archive.point(f"weeks/{label}/{MAILED}", b"{}")
    make_index(archive)
    place.put("weeks/2026-W45/notes.json", b"somebody's own")
    place.put("weeks/2026-W45/r9-12345678/half.html", b"unfinished")


def test_only_what_a_manifest_lists_is_removed(place):
    two_weeks(place)
    assert prune(place) == 6
    assert committed(place) == [("weeks/2026-W46", 1, "one")]
    left = [name for name in place.names("") if "W45" in name]
    assert left == ["weeks/2026-W45/notes.json", "weeks/2026-W45/r9-12345678/half.html"]
    assert place.read(f"weeks/2026-W46/{INDEX}") == b"pointer"


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("kind", ["directory", "memory"])
def test_a_removal_killed_at_any_change_shows_nothing_half_and_the_next_completes_it(
    kind, how, tmp_path
):
    finished = False
    at = 0
    while not finished:
        at += 1
        place = make_place(kind, tmp_path)
        two_weeks(place)
        dying = Dying(place, at, how)
        with suppress(Died):
            prune(dying)
        finished = not dying.fired
        whole = Archive(place)
        assert not [f for f in whole.verify() if f.what in {"missing", "changed"}]
        prune(place)
        assert committed(place) == [("weeks/2026-W46", 1, "one")]
        assert len([name for name in place.names("") if "W45" in name]) == 2
    assert at > 10


def test_a_report_brought_again_while_it_is_being_removed_stays(place):
    archive = Archive(place)
    manifest = archive.add(report())
    archive.hide([manifest])
    archive.add(report())
    assert archive.sweep() == 0
    assert archive.revisions() == [manifest]
    assert list(archive.verify()) == []


# --- Trying it ---


def test_a_trial_leaves_nothing_behind_and_says_whether_the_archive_is_begun(place):
    assert Archive(place).probe(known=False) is False
    assert place.names("") == []
    with pytest.raises(errors.ArchiveForeign, match="is it mounted"):
        Archive(place).probe(known=True)
    Archive(place).open(known=False)
    assert Archive(place).probe(known=True) is True
    assert place.names("") == [SENTINEL]


def test_a_trial_says_that_other_files_are_there(place):
    place.put("theirs.txt", b"x")
    with pytest.raises(errors.ArchiveForeign, match="other files"):
        Archive(place).probe(known=False)


@pytest.mark.parametrize("spoilt", ["read", "delete"])
def test_a_place_that_does_not_give_back_what_it_took_is_found(tmp_path, monkeypatch, spoilt):
    place = Directory(tmp_path)
    stay = {"read": lambda _name: None, "delete": lambda _name: None}
    monkeypatch.setattr(place, spoilt, stay[spoilt])
    with pytest.raises(errors.ArchiveUnavailable, match="not read as it was written"):
        Archive(place).probe(known=False)


# --- What writing that broke off left behind ---


class Dated:
    """A place where everything was written at one moment."""

    def __init__(self, place, written):
        self.place, self.written = place, written

    def __getattr__(self, name):
        return getattr(self.place, name)

    def modified(self, name):
        return self.written if self.place.read(name) is not None else None


OURS = [
    f"{PART}0123456789abcdef",
    f"{PART}doctor-0123456789abcdef",
    f"weeks/2026-W46/{PART}0123456789abcdef",
    f"weeks/2026-W46/r1-01234567/{PART}0123456789abcdef",
    f"meetings/2026-11-10-e548c78ea604/r2-01234567/meetings/{PART}0123456789abcdef",
]
OTHERS = [
    f"{PART}0123456789abcde",
    f"{PART}0123456789abcdef.html",
    f"x{PART}0123456789abcdef",
    f"photos/{PART}0123456789abcdef",
    f"weeks/2026-W46/notes/{PART}0123456789abcdef",
    f"weeks/2026-W46/r1-01234567/notes/{PART}0123456789abcdef",
]


def littered(place):
    Archive(place).add(report())
    for name in (*OURS, *OTHERS):
        place.put(name, b"half")
    return set(place.names(""))


def test_what_is_half_written_is_no_file_of_the_archive(place):
    place.put(OURS[1], b"half")
    Archive(place).open(known=False)
    littered(place)
    assert list(Archive(place).verify()) == []


@pytest.mark.parametrize(("hours", "gone"), [(25, OURS), (23, [])])
def test_leftovers_go_when_they_are_old_and_ours(hours, gone, place):
    before = littered(place)
    archive = Archive(Dated(place, SUNDAY - dt.timedelta(hours=hours)))
    archive.newest()
    assert archive.clear(SUNDAY - dt.timedelta(days=1)) == len(gone)
    assert set(place.names("")) == before - set(gone)


def test_leftovers_of_any_age_go_where_no_moment_is_given(place):
    before = littered(place)
    archive = Archive(place)
    archive.newest()
    assert archive.clear() == len(OURS)
    assert set(place.names("")) == before - set(OURS)
    assert archive.clear() == 0


def test_of_revisions_only_those_without_a_manifest_are_unfinished(place):
    archive = Archive(place)
    manifest = archive.add(report())
    damaged = archive.add(report(label="2026-W45"))
    place.put(f"{damaged.folder}/manifest.json", b"{")
    whole = set(place.names(""))
    left = ["weeks/2026-W46/r7-01234567/x.html", "weeks/2026-W46/r7-01234567/meetings/y.json"]
    for name in (*left, f"{manifest.folder}x/notes.txt", "weeks/2026-W46/notes.txt"):
        place.put(name, b"x")
    assert archive.clear_unfinished() == len(left)
    assert whole <= set(place.names(""))
    assert not set(left) & set(place.names(""))
    assert place.read("weeks/2026-W46/notes.txt") == b"x"
    assert archive.clear_unfinished() == 0


def test_a_leftover_that_somebody_finished_meanwhile_is_none(place):
    littered(place)
    archive = Archive(place)
    archive.newest()
    for name in OURS:
        place.delete(name)
    assert archive.clear() == 0
