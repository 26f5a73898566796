"""What is made reaches its readers, or waits: archive first, then mail that links there."""

import datetime as dt
from contextlib import contextmanager

import pytest

from qosreport import errors
from qosreport.pipeline import archive as archiving
from qosreport.pipeline import delivery, send
from qosreport.pipeline.delivery import Readers, deliver_week
from qosreport.pipeline.run import Outcome, Run
from qosreport.settings import ArchiveSettings, MailSettings, Settings, StoreSettings
from qosreport.store import Store
from tests.data.results import weeks
from tests.mailserver import HOST, mail_server

LABEL = "2026-W46"
ANNA, NET = "anna@tamarack.example", "net@leeds.example"
NOW = dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC)
LINK = "https://reports.tamarack.example/zoom"


class Silent:
    def say(self, text):
        pass

    warn = say


@pytest.fixture(scope="module")
def document():
    week = weeks.every_week()["rich"]
    rows = [row.model_copy(update={"page": None}) for row in week.worst_meetings]
    return week.model_copy(update={"worst_meetings": rows, "people": []})


@pytest.fixture
def out(tmp_path, document):
    directory = tmp_path / "out"
    directory.mkdir()
    stem = directory / f"weekly-{LABEL}"
    stem.with_suffix(".json").write_text(document.model_dump_json(), "utf-8")
    stem.with_suffix(".html").write_text("<p>week</p>", "utf-8")
    stem.with_suffix(".pdf").write_bytes(b"%PDF-1.7 " * 100)
    return directory


def run_with(tmp_path, port=1, *, url=None, link="", **mail):
    given = {"host": HOST, "port": port, "security": "none", "sender": "robot@tamarack.example",
             "recipients": [ANNA], **mail}  # fmt: skip
    settings = Settings(
        store=StoreSettings(path=tmp_path / "store"),
        mail=MailSettings(**given),
        archive=ArchiveSettings(url=str(url) if url else None, link=link),
    )
    return Run(settings, NOW, Silent())


@contextmanager
def store_of(run):
    with Store.open(run.settings.store.path) as store:
        yield store


def delivered(run, out, outcome=None):
    outcome = outcome or Outcome(summary="Made.")
    with store_of(run) as store:
        deliver_week(store, run, LABEL, out, readers=Readers().of(run), outcome=outcome)
    return outcome


def test_the_same_report_gives_the_same_messages(tmp_path, out):
    run = run_with(tmp_path, sites={"Cardiff": [NET]})
    first, second = (list(send.messages(run, LABEL, out, link=LINK)) for _ in range(2))
    assert first == second
    assert [(m.envelope.edition, m.envelope.recipient) for m in first] == [
        ("weekly", ANNA), ("site Cardiff", NET)
    ]  # fmt: skip
    assert first[1].full is None, "a site's mail has no PDF"


def test_archive_comes_first_and_mail_links_there(tmp_path, out):
    with mail_server() as (inbox, port):
        outcome = delivered(run_with(tmp_path, port, url=tmp_path / "share", link=LINK), out)
    assert outcome.failure is None
    assert outcome.summary == "Made. Archive: 1 report in place. Mail: 1 sent."
    text = inbox.message().get_body(("plain",)).get_content()
    assert f"{LINK}/weeks/{LABEL}/index.html" in text
    assert (tmp_path / "share" / "weeks" / LABEL / "index.html").is_file()


def test_an_archive_that_fails_keeps_no_mail_back_and_is_not_linked_to(tmp_path, out):
    (tmp_path / "share").write_text("no directory", "utf-8")
    with mail_server() as (inbox, port):
        outcome = delivered(run_with(tmp_path, port, url=tmp_path / "share", link=LINK), out)
    assert isinstance(outcome.failure, errors.ArchiveUnavailable)
    assert inbox.recipients() == [ANNA]
    assert LINK not in inbox.message().get_body(("plain",)).get_content()


def test_what_the_archive_could_not_take_is_brought_by_the_next_run(tmp_path, out):
    (tmp_path / "share").write_text("no directory", "utf-8")
    run = run_with(tmp_path, url=tmp_path / "share")
    with store_of(run) as store:
        outcome = Outcome()
        delivery.shelve(store, run, archiving.week_name(LABEL), out, outcome)
        assert outcome.failure is not None
        deliveries = store.deliveries(archiving.target_of(run))
        assert deliveries.due() == [f"weeks/{LABEL}"]
        (tmp_path / "share").unlink()
        delivery.shelve(store, run, archiving.week_name(LABEL), out, Outcome())
        assert deliveries.due() == []
        assert archiving.is_shelved(deliveries, LABEL)


def test_what_waits_and_has_no_files_any_more_is_named(tmp_path, out):
    run = run_with(tmp_path, url=tmp_path / "share")
    with store_of(run) as store:
        store.deliveries(archiving.target_of(run)).note_due("weeks/2026-W40", NOW)
        outcome = Outcome()
        delivery.shelve(store, run, archiving.week_name(LABEL), out, outcome)
    (gap,) = outcome.gaps
    assert "weeks/2026-W40" in gap


def test_an_archive_that_has_all_is_not_asked_again(tmp_path, out):
    run = run_with(tmp_path, url=tmp_path / "share")
    every = Readers(mail=True, archive=True)
    with store_of(run) as store:
        assert every.lacking(store, run, LABEL) == every
        delivery.shelve(store, run, archiving.week_name(LABEL), out, Outcome())
        assert every.lacking(store, run, LABEL) == Readers(mail=True, archive=False)
        store.deliveries(archiving.target_of(run)).note_due("weeks/2026-W40", NOW)
        assert every.lacking(store, run, LABEL) == every
        assert delivery.NOBODY.lacking(store, run, LABEL) == delivery.NOBODY


def test_a_report_of_half_a_pull_is_not_mailed(tmp_path, out):
    stopped = Outcome(failure=errors.DailyLimit(resume="tomorrow"), reported_all=False)
    with mail_server() as (inbox, port):
        outcome = delivered(run_with(tmp_path, port), out, stopped)
    assert inbox.taken == []
    assert "half-way" in outcome.gaps[0]
    assert isinstance(outcome.failure, errors.DailyLimit)


def test_a_mail_server_that_is_away_is_the_outcomes_failure(tmp_path, out):
    outcome = delivered(run_with(tmp_path), out)
    assert isinstance(outcome.failure, errors.MailServerUnavailable)
    assert outcome.summary == "Made. Mail: 0 sent, 1 waiting."


def test_readers_are_those_the_settings_name(tmp_path):
    assert Readers().of(run_with(tmp_path)) == Readers(mail=True, archive=False)
    nobody = Run(Settings(), NOW, Silent())
    assert Readers().of(nobody) == delivery.NOBODY
    with pytest.raises(errors.MissingSetting, match=r"mail\.recipients"):
        Readers().of(run_with(tmp_path, recipients=[]))
