"""A store that was lost, or is older than what it mailed, mails nothing again."""

import datetime as dt
import json
import shutil

import pytest

from qosreport.pipeline import send, witness
from qosreport.pipeline.run import Run
from qosreport.settings import ArchiveSettings, MailSettings, Settings, StoreSettings
from qosreport.store import Store
from tests.data.results import weeks
from tests.mailserver import HOST, mail_server

LABEL = "2026-W46"
ANNA, BO = "anna@tamarack.example", "bo@tamarack.example"
NOW = dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC)


@pytest.fixture
def out(tmp_path):
    week = weeks.every_week()["rich"]
    rows = [row.model_copy(update={"page": None}) for row in week.worst_meetings]
    document = week.model_copy(update={"worst_meetings": rows, "people": []})
    directory = tmp_path / "out"
    directory.mkdir()
    (directory / f"weekly-{LABEL}.json").write_text(document.model_dump_json(), "utf-8")
    (directory / f"weekly-{LABEL}.html").write_text("<p>week</p>", "utf-8")
    return directory


def run(tmp_path, port, *recipients, url=None):
    mail = MailSettings(
        host=HOST, port=port, security="none", sender="robot@tamarack.example",
        recipients=recipients,
    )  # fmt: skip
    settings = Settings(
        store=StoreSettings(path=tmp_path / "store"),
        mail=mail,
        archive=ArchiveSettings(url=str(url) if url else None),
    )
    return Run(settings, NOW, None)


def post(run, out):
    with Store.open(run.settings.store.path) as store:
        return send.post(store, run, LABEL, out)


def archive_in(directory):
    from qosreport.deliver.archive import Archive
    from qosreport.deliver.places import Directory

    directory.mkdir()
    Archive(Directory(directory)).open(known=False)
    return directory


def test_a_new_store_learns_from_the_note_beside_the_report(tmp_path, out):
    with mail_server() as (inbox, port):
        post(run(tmp_path, port, ANNA), out)
        shutil.rmtree(tmp_path / "store")
        posted = post(run(tmp_path, port, ANNA, BO), out)
        again = post(run(tmp_path, port, ANNA, BO), out)
    assert inbox.recipients() == [ANNA, BO], "each once"
    assert "1 message(s) of 2026-W46 are not mailed again" in posted.gaps[0]
    assert posted.summary == "Mail: 1 sent, 1 sent before."
    assert again.gaps == []


def test_a_new_store_on_a_new_machine_learns_from_the_archive(tmp_path, out):
    share = archive_in(tmp_path / "share")
    with mail_server() as (inbox, port):
        post(run(tmp_path, port, ANNA, url=share), out)
        shutil.rmtree(tmp_path / "store")
        shutil.rmtree(out / "mail")
        posted = post(run(tmp_path, port, ANNA, url=share), out)
    assert inbox.recipients() == [ANNA]
    assert len(posted.gaps) == 1
    told = (share / "weeks" / LABEL / "mailed.json").read_text("utf-8")
    assert "anna" not in told
    assert len(json.loads(told)["mailed"]) == 1


def test_without_either_it_mails_again(tmp_path, out):
    with mail_server() as (inbox, port):
        post(run(tmp_path, port, ANNA), out)
        shutil.rmtree(tmp_path / "store")
        shutil.rmtree(out / "mail")
        post(run(tmp_path, port, ANNA), out)
    assert inbox.recipients() == [ANNA, ANNA]


def test_what_was_not_sent_is_not_told(tmp_path, out):
    from tests.mailserver import Inbox

    with mail_server(Inbox(replies={("RCPT", ANNA): "450 later"})) as (inbox, port):
        post(run(tmp_path, port, ANNA, BO), out)
        shutil.rmtree(tmp_path / "store")
        post(run(tmp_path, port, ANNA, BO), out)
    assert inbox.recipients() == [ANNA, BO]


def test_an_archive_that_is_away_keeps_no_mail_back_and_is_named(tmp_path, out):
    (tmp_path / "share").write_text("no directory", "utf-8")
    with mail_server() as (inbox, port):
        posted = post(run(tmp_path, port, ANNA, url=tmp_path / "share"), out)
    assert inbox.recipients() == [ANNA]
    assert "is known to the store only" in posted.gaps[0]


def test_a_place_that_is_no_archive_is_told_nothing(tmp_path, out):
    (tmp_path / "share").mkdir()
    with mail_server() as (_, port):
        posted = post(run(tmp_path, port, ANNA, url=tmp_path / "share"), out)
    assert posted.gaps == []
    assert list((tmp_path / "share").iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"mailed": 3}', "\x00"])
def test_a_note_that_cannot_be_read_says_nothing(tmp_path, out, text):
    (beside, *_) = witness.witnesses(run(tmp_path, 1, ANNA), LABEL, out)
    beside.place().put(beside.name, text.encode())
    assert beside.sent() == frozenset()
    beside.tell(["a"])
    assert beside.sent() == {"a"}
