"""Documents in directories and the archive without one person, whatever interrupts."""

import datetime as dt
import json

import pytest

from qosreport.deliver.archive import Archive
from qosreport.deliver.message import digest_of
from qosreport.deliver.places import Place, open_place
from qosreport.errors import PersonNowhere
from qosreport.identity import Identity
from qosreport.pipeline import archive as archiving
from qosreport.pipeline import files, forgetting, witness
from qosreport.pipeline.forgetting import Errand
from qosreport.pipeline.run import Run
from qosreport.report.refs import machine_ref, person_ref
from qosreport.settings import ArchiveSettings, PrivacySettings, Settings, StoreSettings
from qosreport.store import Envelope, Message, Store
from tests.data.results import gatherings, weeks
from tests.unit.store.support import listing

LABEL = "2026-W46"
NOW = dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC)
EMAIL, KEY = "canary.osei@tamarack.example", "canary-account"
NAME = "Canary Osei"
REF = person_ref(KEY)
WHO = Identity(frozenset({KEY, EMAIL}), frozenset({EMAIL}), frozenset({NAME}))
BO = "bo@x.example"
MAILED = Envelope(LABEL, "weekly", EMAIL.title())
TRACES = (NAME, EMAIL, KEY, REF, digest_of(MAILED))


class Silent:
    def say(self, text):
        pass

    warn = say


class Worker:
    """Renders nothing: its PDF is the document that would be attached."""

    def render(self, job):
        return b"%PDF" + job.document


class Killed(BaseException):
    """The process is gone."""


def week():
    """The small week, with the person in every list."""
    found = weeks.every_week()["small"]
    rich = weeks.every_week()["rich"]
    own = rich.people[0].model_copy(update={"ref": REF, "name": NAME})
    machine = rich.machines[0].model_copy(
        update={"ref": machine_ref(KEY, "Mac"), "device": "Mac", "name": NAME, "person": None}
    )
    meeting = rich.worst_meetings[0].model_copy(
        update={"host": NAME, "topic": f"1:1 {NAME}", "page": f"meetings/{PAGE}.html"}
    )
    follow = next(row for row in rich.followup.rows if row.kind == "person")
    follow = follow.model_copy(update={"ref": REF, "person": REF, "name": NAME})
    followup = rich.followup.model_copy(update={"rows": [follow, *rich.followup.rows[:3]]})
    return found.model_copy(
        update={
            "people": [own, *rich.people[1:3]],
            "machines": [machine, *rich.machines[1:3]],
            "worst_meetings": [meeting, rich.worst_meetings[1].model_copy(update={"page": None})],
            "followup": followup,
        }
    )


def gathering():
    """Two people, one of them the person."""
    found = gatherings.every_meeting()["two"]
    first, *rest = found.participants
    own = first.model_copy(update={"person": REF, "name": NAME, "microphone": f"Headset of {NAME}"})
    return found.model_copy(update={"participants": [own, *rest], "host": NAME})


PAGE = f"2026-11-10-{gatherings.every_meeting()['two'].ref}"


def run_in(tmp_path, **privacy):
    settings = Settings(
        store=StoreSettings(path=tmp_path / "store"),
        archive=ArchiveSettings(url=str(tmp_path / "share")),
        privacy=PrivacySettings(**privacy),
    )
    return Run(settings, NOW, Silent())


def put(stem, document):
    stem.parent.mkdir(parents=True, exist_ok=True)
    text = document.model_dump_json(indent=1)
    for form in ("json", "html", "pdf"):
        stem.with_name(f"{stem.name}.{form}").write_text(text, "utf-8")


@pytest.fixture
def world(tmp_path):
    return world_in(tmp_path)


def world_in(tmp_path):
    """An output directory and an archive with the person in both, and mail that waits."""
    run, out = run_in(tmp_path), tmp_path / "out"
    put(out / f"weekly-{LABEL}", week())
    put(out / "meetings" / PAGE, gathering())
    (out / "mail").mkdir()
    (out / "mail" / "x.eml").write_text(NAME, "utf-8")
    with Store.open(run.settings.store.path) as store:
        archiving.shelve(store, run, archiving.week_name(LABEL), out)
        waiting = Message(Envelope(LABEL, "weekly", BO), None, NAME.encode())
        store.outbox.queue([waiting, Message(MAILED, None, b"")], NOW)
        store.outbox.note(MAILED, "sent", NOW)
        assert list(witness.tell(store.outbox, LABEL, witness.witnesses(run, LABEL, out))) == []
        store.ledger.note_fact(forgetting.UNDER_WAY, Errand(WHO, out).to_json())
    return run, out, tmp_path


def traces(root):
    """Files that hold any trace, and which."""
    return {
        f"{path.relative_to(root)}: {word}"
        for path in root.rglob("*")
        if path.is_file()
        for word in TRACES
        if word.encode() in path.read_bytes()
    }


def finish(run):
    with Store.open(run.settings.store.path) as store:
        return forgetting.finish(store, run, Worker())


def test_the_person_is_nowhere_and_the_rest_is(world):
    run, out, root = world
    assert len(traces(root)) > 20
    assert finish(run) == []
    assert traces(root) == set()
    document = json.loads((out / f"weekly-{LABEL}.json").read_text("utf-8"))
    before = week().model_dump(mode="json")
    changed = {key for key in before if document[key] != before[key]}
    assert changed == {"people", "machines", "worst_meetings", "followup"}
    assert len(document["people"]) == len(document["machines"]) == 2
    assert len(document["worst_meetings"]) == 2
    meeting = json.loads((out / "meetings" / f"{PAGE}.json").read_text("utf-8"))
    assert [one["band"] for one in meeting["participants"]] == [
        one.band for one in gathering().participants
    ]
    assert meeting["participants"][0]["name"] is None
    assert [path.name for path in (out / "mail").iterdir()] == [f"weekly-{LABEL}.mailed.json"]
    check_archive(run)


def check_archive(run):
    archive = Archive(open_place(run.settings.archive))
    assert list(archive.verify()) == []
    (manifest,) = archive.revisions()
    assert manifest.revision == 1
    with Store.open(run.settings.store.path) as store:
        assert store.outbox.waiting() == []
        assert store.ledger.fact(forgetting.UNDER_WAY) is None


def asked(run, out, text, *, delete=False):
    """What `forget` tells and says."""
    told = []
    made = forgetting.forget(run, text, out, Worker(), told.append, delete=delete)
    return told, made.summary


def test_whom_nobody_knows_is_no_success_and_nothing_changes(world):
    run, out, _ = world
    finish(run)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for text in ("qqq@other.test", "Nobody Such", EMAIL):
        for delete in (False, True):
            with pytest.raises(PersonNowhere) as caught:
                asked(run, out, text, delete=delete)
            assert text not in caught.value.line()
            assert "--weeks" not in caught.value.line()
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_whom_only_a_mail_or_a_list_names_is_found_and_confirmed(world):
    run, out, _ = world
    finish(run)
    other = "host@tamarack.example"
    with Store.open(run.settings.store.path) as store:
        store.outbox.queue([Message(Envelope(LABEL, "weekly", "bo@x.example"), None, b"")], NOW)
        store.ledger.note_listed([listing("a", item=json.dumps({"email": other}).encode())])
    for text in ("Bo@x.example", other):
        told, said = asked(run, out, text)
        assert told == [f"{text.lower()}  {person_ref(text.lower())}"]
        assert "0 report(s) name them. Nothing was changed" in said
    assert "forgotten" in asked(run, out, other, delete=True)[1]
    with pytest.raises(PersonNowhere):
        asked(run, out, other)


def test_mails_written_to_be_looked_at_are_not_counted_as_naming_anybody(world):
    run, out, _ = world
    finish(run)
    (out / "mail").mkdir(exist_ok=True)
    (out / "mail" / "x.eml").write_text("to somebody else", "utf-8")
    with pytest.raises(PersonNowhere):
        asked(run, out, "qqq@other.test")
    with Store.open(run.settings.store.path) as store:
        store.outbox.queue([Message(Envelope(LABEL, "weekly", "bo@x.example"), None, b"")], NOW)
    said = asked(run, out, "bo@x.example")[1]
    assert "0 report(s) name them. All 1 mail(s) of 'send --dry-run' go as well." in said


def test_of_what_was_mailed_only_what_the_person_got_is_known_no_more(world):
    run, out, _ = world
    others = digest_of(Envelope(LABEL, "weekly", BO))
    notes = [note for _, note in witness.notes(run, out)]
    assert len(notes) == 2, "beside the report, and in the archive"
    for note in notes:
        note.tell([others])
        assert note.sent() == {others, digest_of(MAILED)}
    finish(run)
    assert [note.sent() for note in notes] == [{others}] * 2


def test_whom_only_a_note_knows_can_be_forgotten(world):
    run, out, _ = world
    finish(run)
    (note, _) = (note for _, note in witness.notes(run, out))
    note.tell([digest_of(Envelope(LABEL, "weekly", "new@x.example"))])
    assert "new@x.example" in asked(run, out, "new@x.example")[0][0]
    asked(run, out, "new@x.example", delete=True)
    assert note.sent() == frozenset()
    with pytest.raises(PersonNowhere):
        asked(run, out, "new@x.example")


def test_again_nothing_changes(world):
    run, out, root = world
    finish(run)
    there = {path: path.read_bytes() for path in (root / "share").rglob("*") if path.is_file()}
    with Store.open(run.settings.store.path) as store:
        store.ledger.note_fact(forgetting.UNDER_WAY, Errand(WHO, out).to_json())
    finish(run)
    assert there == {path: path.read_bytes() for path in there}


def kill_at(monkeypatch, number):
    """From the n-th change of any file of reports on, nothing more is done; how many there were."""
    done = 0

    def counted(real):
        def wrapped(*arguments, **options):
            nonlocal done
            done += 1
            if done > number:
                raise Killed
            return real(*arguments, **options)

        return wrapped

    place = type(open_place(ArchiveSettings(url="/tmp/x")))
    monkeypatch.setattr(files, "write", counted(files.write))
    monkeypatch.setattr(files, "remove", counted(files.remove))
    for name in ("put", "put_new", "delete"):
        monkeypatch.setattr(place, name, counted(getattr(place, name)))
    return lambda: done


def test_killed_between_and_inside_all_steps_the_next_run_finishes(tmp_path_factory, monkeypatch):
    number, killed = 0, True
    while killed:
        with monkeypatch.context() as patch:
            run, _, root = world_in(tmp_path_factory.mktemp("kill"))
            count = kill_at(patch, number)
            killed = False
            try:
                finish(run)
            except Killed:
                killed = True
            done = count()
        finish(run)
        assert traces(root) == set(), number
        check_archive(run)
        number += 1
    assert done == number - 1 > 15


def test_a_place_has_all_that_is_killed():
    """So that a new way to change an archive is killed, too."""
    calls = {name for name in vars(Place) if not name.startswith("_")}
    assert calls == {"read", "names", "modified", "put", "put_new", "delete"}


def test_pseudonymous_reports_are_searched_with_the_key_only(tmp_path):
    key = "a key that is long enough"
    run = run_in(tmp_path, files="pseudonymous", key=key)
    out = tmp_path / "out"
    from qosreport.report.privacy import Veil

    shown = Veil("pseudonymous", key.encode()).over(week())
    put(out / f"weekly-{LABEL}", shown)
    pseudonym = shown.people[0].name
    for settings, stays in ((run_in(tmp_path, files="pseudonymous"), True), (run, False)):
        with Store.open(run.settings.store.path) as store:
            store.ledger.note_fact(forgetting.UNDER_WAY, Errand(WHO, out).to_json())
            gaps = forgetting.finish(store, settings, Worker())
        assert bool(gaps) == stays
        assert (pseudonym in (out / f"weekly-{LABEL}.html").read_text("utf-8")) == stays


def test_a_document_of_another_version_is_named(world):
    run, out, _ = world
    (out / "weekly-2020-W01.json").write_text(json.dumps({"kind": "weekly", "x": NAME}), "utf-8")
    assert any("weekly-2020-W01.json" in gap for gap in finish(run))


def test_an_archive_that_is_away_is_a_gap_and_the_next_run_finishes(world):
    run, _, root = world
    (root / "share").rename(root / "away")
    with Store.open(run.settings.store.path) as store:
        (gap,) = forgetting.resume(store, run, Worker())
        assert "still to be forgotten" in gap
        assert not [word for word in TRACES if word in gap]
        assert store.ledger.fact(forgetting.UNDER_WAY)
        (root / "away").rename(root / "share")
        assert forgetting.resume(store, run, Worker()) == []
    assert traces(root) == set()


def test_an_errand_comes_back_from_the_ledger_as_it_was(tmp_path):
    errand = Errand(WHO, tmp_path)
    assert Errand.from_json(errand.to_json()) == errand
