"""The installed command tries every part before cron does, and makes nothing."""

import pytest

from qosreport.store import Envelope, Message, Store
from tests.e2e.support import STARTED, WITH_PDF, account, organisation, week
from tests.mailserver import HOST, Authority, Inbox, mail_server


def findings(result):
    """Level and text by subject; several of a subject in a row."""
    found = {}
    for line in result.out.splitlines():
        level, subject, text = line.split(None, 2)
        found.setdefault(subject, []).append((level, text))
    return found


def levels(result):
    return {subject: [level for level, _ in told] for subject, told in findings(result).items()}


def mail(port, **more):
    given = {"HOST": HOST, "PORT": str(port), "SENDER": "robot@tamarack.example",
             "RECIPIENTS": "anna@tamarack.example", **more}  # fmt: skip
    return {f"QOSREPORT_MAIL__{name}": value for name, value in given.items()}


def test_all_is_well_and_nothing_is_left_behind(pulled, tmp_path):
    authority = Authority()
    share = tmp_path / "share"
    share.mkdir()
    options = {"tls_context": authority.context(), "auth_required": True}
    with mail_server(**options) as (inbox, port):
        env = {
            **mail(port, SECURITY="starttls", CA_FILE=str(authority.file(tmp_path)),
                   AUTH="password", USER="robot@tamarack.example", PASSWORD="canary-password"),
            "QOSREPORT_ARCHIVE__URL": str(share),
            "QOSREPORT_PING__URL": "https://127.0.0.1:1/canary-ping",
            **WITH_PDF,
        }  # fmt: skip
        result = pulled.run("doctor", env=env)
    assert {level for told in levels(result).values() for level in told} == {"ok"}
    assert set(findings(result)) >= {
        "settings", "store", "token", "clock", "scopes", "plan", "pdf", "fonts", "mail", "archive",
        "ping",
    }  # fmt: skip
    ((_, told),) = findings(result)["mail"]
    assert "STARTTLS, signed in (password), sender accepted" in told
    assert inbox.taken == []
    assert list(share.iterdir()) == []
    assert "canary" not in result.out + result.err


def test_before_the_first_run_there_is_no_store_and_none_is_made(fresh):
    result = fresh.run("doctor")
    assert "the first run makes it" in result.out
    assert not fresh.store.exists()


def test_wrong_credentials_are_bad_and_the_rest_is_tried_all_the_same(fresh):
    env = {"QOSREPORT_ZOOM__CLIENT_SECRET": "canary-secret", **WITH_PDF}
    result = fresh.run("doctor", env=env, code=77)
    assert result.slug == "wrong-credentials"
    told = levels(result)
    assert told["token"] == ["bad"]
    assert told["clock"] == told["scopes"] == told["plan"] == ["warning"]
    assert told["pdf"] == ["ok"]
    assert "canary" not in result.out + result.err


@pytest.mark.parametrize(
    ("faults", "subject", "code", "slug"),
    [
        ("missing_scopes", "scopes", 77, "missing-scopes"),
        ("no_dashboard=list", "plan", 77, "no-dashboard"),
    ],
)
def test_what_zoom_refuses_is_bad(fresh, faults, subject, code, slug):
    with account(organisation(), faults) as server:
        result = fresh.copy(fresh.home / "refused", server).run("doctor", code=code)
    assert result.slug == slug
    assert levels(result)[subject] == ["bad"]
    assert levels(result)["token"] == ["ok"]


def test_a_mail_server_that_does_not_know_the_sender_is_bad(pulled):
    with mail_server(Inbox(replies={"MAIL": "553 5.7.1 not yours"})) as (_, port):
        result = pulled.run("doctor", env=mail(port, SECURITY="none"), code=77)
    assert result.slug == "mail-refused"
    assert levels(result)["mail"] == ["bad"]


def test_an_archive_that_is_gone_or_not_ours_is_bad_and_one_not_mounted_yet_a_warning(pulled):
    share = pulled.home / "share"
    env = {"QOSREPORT_ARCHIVE__URL": str(share)}
    result = pulled.run("doctor", env=env, code=1)
    assert levels(result)["archive"] == ["warning"]
    assert not share.exists()
    pulled.run("archive", "--week", week(), env=env)
    assert levels(pulled.run("doctor", env=env))["archive"] == ["ok"]
    share.rename(pulled.home / "away")
    assert pulled.run("doctor", env=env, code=73).slug == "archive-foreign"
    share.mkdir()
    (share / "other").touch()
    other = {"QOSREPORT_ARCHIVE__URL": f"{share}/"}
    assert pulled.run("doctor", env=other, code=73).slug == "archive-foreign"


def test_what_earlier_runs_left_is_named(pulled):
    with Store.open(pulled.store) as store:
        envelope = Envelope(week(), "weekly", "anna@tamarack.example")
        store.outbox.queue([Message(envelope, None, b"x")], STARTED)
        store.outbox.note(envelope, "unknown", STARTED)
        store.weeks.note(week(2), "begun", STARTED)
    result = pulled.run("doctor", code=1)
    told = findings(result)
    assert told["mail"][0] == (
        "warning",
        "1 message(s) may or may not have arrived; 'qosreport send' names them and what to do",
    )
    assert week(2) in told["weeks"][0][1]
    assert "anna" not in result.out


def test_a_store_in_use_is_a_warning(pulled):
    with Store.open(pulled.store):
        result = pulled.run("doctor", code=1)
    assert levels(result)["store"] == ["warning", "ok"]
