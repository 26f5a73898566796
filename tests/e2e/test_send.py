"""The installed command and a mail server: who gets what, once, whatever happens."""

import time
from email import message_from_bytes
from email.policy import default

import pytest

from tests.e2e.support import WITH_PDF, week
from tests.mailserver import HOST, Authority, Breaking, Inbox, mail_server

W = week()
ANNA, BO, NET = "anna@tamarack.example", "bo@tamarack.example", "net@leeds.example"


def environment(port, **more):
    given = {
        "HOST": HOST,
        "PORT": str(port),
        "SECURITY": "none",
        "SENDER": "Zoom quality <robot@tamarack.example>",
        "RECIPIENTS": f"{ANNA},{BO}",
        **more,
    }
    return {f"QOSREPORT_MAIL__{name}": value for name, value in given.items()}


def by_recipient(inbox):
    return {to: message_from_bytes(data, policy=default) for to, data in inbox.taken}


def test_weekly_mails_each_recipient_once_with_the_very_pdf(pulled, tmp_path):
    authority = Authority()
    more = {
        "SECURITY": "starttls",
        "CA_FILE": str(authority.file(tmp_path)),
        "AUTH": "password",
        "USER": "robot@tamarack.example",
        "PASSWORD": "canary-password",
        "SITES": f'{{"Leeds (GB)": ["{NET}"]}}',
    }
    options = {"tls_context": authority.context(), "auth_required": True}
    with mail_server(**options) as (inbox, port):
        env = {**environment(port, **more), **WITH_PDF}
        first = pulled.run("weekly", "--week", W, "--offline", env=env)
        second = pulled.run("send", "--week", W, env=env)
    assert "Mail: 3 sent." in first.err
    assert "Mail: 0 sent, 3 sent before." in second.err
    assert inbox.recipients() == sorted([ANNA, BO, NET])
    messages = by_recipient(inbox)
    (pdf,) = messages[ANNA].iter_attachments()
    assert pdf.get_content() == first.made(f"{W}.pdf").read_bytes()
    assert list(messages[NET].iter_attachments()) == []
    assert "Leeds (GB)" in messages[NET].get_body(("plain",)).get_content()
    assert "canary-password" not in first.err + first.out
    assert not {ANNA, BO, NET} & set((first.err + second.err).split())


def test_no_send_means_no_mail(pulled):
    with mail_server() as (inbox, port):
        told = pulled.run("weekly", "--week", W, "--offline", "--no-send", env=environment(port))
    assert "Mail" not in told.err
    assert inbox.taken == []


def test_what_mail_lacks_is_said_before_anything_is_pulled(fresh):
    result = fresh.run("weekly", env={"QOSREPORT_MAIL__HOST": HOST}, code=78)
    assert "mail.sender" in result.error
    assert not fresh.store.exists()


def test_a_dry_run_writes_what_would_be_sent_and_asks_nobody(pulled):
    result = pulled.run("send", "--week", W, "--dry-run", env=environment(1))
    assert [path.suffix for path in result.paths] == [".eml", ".eml"]
    assert not any("anna" in path.name for path in result.paths)
    dry = {path.read_bytes() for path in result.paths}
    with mail_server() as (inbox, port):
        pulled.run("send", "--week", W, env=environment(port))
    assert {data for _, data in inbox.taken} == dry


def test_a_server_that_is_away_loses_no_report_and_gets_the_mail_later(pulled):
    with Breaking("never") as gone:
        port = gone.port
    result = pulled.run("weekly", "--week", W, "--offline", env=environment(port), code=69)
    assert result.slug == "mail-server-unavailable"
    assert result.made(f"{W}.html").exists()
    with mail_server() as (inbox, port):
        later = pulled.run("send", "--week", W, env=environment(port))
    assert "Mail: 2 sent." in later.err
    assert inbox.recipients() == [ANNA, BO]


def test_refused_and_put_off_are_named_and_tried_again(pulled):
    inbox = Inbox(replies={("RCPT", ANNA): "550 5.1.1 no", ("RCPT", BO): "450 4.2.0 later"})
    with mail_server(inbox) as (_, port):
        first = pulled.run("send", "--week", W, env=environment(port), code=1)
        second = pulled.run("weekly", "--week", W, "--offline", env=environment(port), code=1)
        third = pulled.run("send", "--week", W, env=environment(port))
    refused, put_off = first.warnings
    assert "a…a@tamarack.example was refused (550 5.1.1)" in refused
    assert "…@tamarack.example was put off (450 4.2.0)" in put_off
    assert len(second.warnings) == 1
    assert "Mail: 1 sent, 1 sent before." in third.err
    assert inbox.recipients() == [ANNA, BO]


def test_a_message_of_unknown_fate_is_held_until_it_is_sent_again_on_purpose(pulled):
    with Breaking("dot") as server:
        env = environment(server.port, RECIPIENTS=ANNA)
        first = pulled.run("send", "--week", W, env=env, code=1)
        again = pulled.run("send", "--week", W, env=env, code=1)
        assert len(server.taken) == 1
        pulled.run("send", "--week", W, "--resend-unknown", env=env)
    for result in (first, again):
        (warning,) = result.warnings
        assert "may or may not have arrived" in warning
        assert "--resend-unknown" in warning
    assert len(server.taken) == 2
    assert server.taken[0] == server.taken[1]


def test_what_may_have_arrived_is_settled_for_one_recipient_alone(pulled):
    with Breaking("dot", times=2) as server:
        env = environment(server.port, RECIPIENTS=f"{ANNA},{BO}")
        first = pulled.run("send", "--week", W, env=env, code=1)
        assert len(first.warnings) == 2
        pulled.run("send", "--week", W, "--dismiss-unknown", "--recipient", ANNA, env=env)
        # Another report by now: what may have arrived goes as it was.
        path = pulled.home / "qosreport-out" / f"weekly-{W}.pdf"
        path.write_bytes(path.read_bytes() + b"%newer")
        pulled.run("send", "--week", W, "--resend-unknown", "--recipient", BO, env=env)
    assert len(server.taken) == 3
    assert server.taken[2] == server.taken[1]
    pulled.run("send", "--week", W, "--recipient", BO, env=env, code=2)


def test_what_did_arrive_is_dismissed_and_never_named_again(pulled):
    with Breaking("dot") as server:
        env = environment(server.port, RECIPIENTS=ANNA)
        pulled.run("send", "--week", W, env=env, code=1)
        told = pulled.run("send", "--week", W, "--dismiss-unknown", env=env)
        assert "1 message of" in told.err
        pulled.run("send", "--week", W, "--resend-unknown", env=env)
        assert len(server.taken) == 1
    result = pulled.run("send", "--dismiss-unknown", "--resend-unknown", env=env, code=2)
    assert "Give one of" in result.error


def test_a_run_killed_while_the_server_takes_its_mail_sends_it_no_second_time(pulled):
    with Breaking("silent") as server:
        env = environment(server.port, RECIPIENTS=ANNA)
        process = pulled.start("send", "--week", W, env=env)
        try:
            deadline_s = time.monotonic() + 60
            while not server.taken and time.monotonic() < deadline_s:
                time.sleep(0.01)
        finally:
            process.kill()
            process.communicate()
        assert len(server.taken) == 1
    with mail_server() as (inbox, port):
        env = environment(port, RECIPIENTS=f"{ANNA},{BO}")
        result = pulled.run("send", "--week", W, env=env, code=1)
    (warning,) = result.warnings
    assert "the run ended while the server was taking it" in warning
    assert inbox.recipients() == [BO]


def test_whoever_was_taken_off_the_list_gets_nothing_that_still_waits(pulled):
    inbox = Inbox(replies={("RCPT", ANNA): "450 4.2.0 later"})
    with mail_server(inbox) as (_, port):
        pulled.run("send", "--week", W, env=environment(port), code=1)
        result = pulled.run("send", "--week", W, env=environment(port, RECIPIENTS=BO), code=1)
    assert "no longer among the recipients" in result.warnings[0]
    assert inbox.recipients() == [BO]


def test_the_report_of_an_open_week_is_mailed_when_it_is_over(pulled):
    with mail_server() as (inbox, port):
        now = week(0)
        result = pulled.run("weekly", "--week", now, env=environment(port))
    assert "Mail: when the week is over." in result.err
    assert inbox.taken == []


def test_a_report_that_is_not_there_or_not_final_is_not_mailed(pulled):
    env = environment(1)
    assert pulled.run("send", "--week", week(2), env=env, code=2).slug == "report-not-there"
    path = pulled.home / "qosreport-out" / f"weekly-{W}.json"
    text = path.read_text("utf-8")
    assert '"to_date": false' in text
    path.write_text(text.replace('"to_date": false', '"to_date": true'), "utf-8")
    assert pulled.run("send", "--week", W, env=env, code=2).slug == "week-still-open"


@pytest.mark.parametrize("wanted", [True, False])
def test_without_a_pdf_the_mail_goes_and_says_so_if_there_should_be_one(pulled, wanted):
    (pulled.home / "qosreport-out" / f"weekly-{W}.pdf").unlink()
    link = {"QOSREPORT_ARCHIVE__LINK": "https://reports.tamarack.example/zoom/"}
    with mail_server() as (inbox, port):
        env = {**environment(port), **link, **(WITH_PDF if wanted else {})}
        pulled.run("send", "--week", W, env=env)
    text = inbox.message().get_body(("plain",)).get_content()
    assert ("could not be made this time" in text) == wanted
    assert "The whole report is behind the link above." in " ".join(text.split())
    assert f"https://reports.tamarack.example/zoom/weeks/{W}/index.html" in text
