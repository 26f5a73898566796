import pytest

from qosreport import errors
from qosreport.deliver import smtp
from qosreport.deliver.smtp import Server
from tests.mailserver import HOST, Authority, Breaking, Inbox, mail_server
from tests.unit.deliver.support import ANNA, FULL, Letter, message, settings, with_password

BIG = Letter(FULL.subject, FULL.text, FULL.html, FULL.date, bytes(12_000_000), "big.pdf")


class Token:
    """Gives the same token, or none."""

    def __init__(self, value=None):
        self.value = value

    def token(self):
        return self.value


@pytest.fixture(scope="module")
def authority():
    return Authority()


def connect(chosen, token=None):
    return Server.connect(chosen, Token(token))


def send(port, one=None, *, marks=None, token=None, **more):
    server = connect(settings(port, **more), token)
    try:
        return server.send(
            one or message(ANNA), before_dot=lambda: marks.append(1) if marks is not None else None
        )
    finally:
        server.close()


# --- Letting in ---


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_message_goes_encrypted_and_arrives_as_it_was(security, authority, tmp_path):
    context = authority.context()
    options = {"ssl": context} if security == "tls" else {"tls_context": context}
    with mail_server(require_starttls=security == "starttls", **options) as (inbox, port):
        fate = send(port, security=security, ca_file=authority.file(tmp_path))
    assert fate.state == "sent"
    assert inbox.taken == [(ANNA, message(ANNA).full)]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("trouble", ["unknown authority", "wrong name"])
def test_a_certificate_that_does_not_hold_is_never_accepted(security, trouble, authority, tmp_path):
    context = authority.context("elsewhere.example" if trouble == "wrong name" else HOST)
    ca = authority.file(tmp_path) if trouble == "wrong name" else Authority().file(tmp_path)
    options = {"ssl": context} if security == "tls" else {"tls_context": context}
    with (
        mail_server(**options) as (inbox, port),
        pytest.raises(errors.MailTlsFailure, match="certificate"),
    ):
        connect(settings(port, security=security, ca_file=ca))
    assert inbox.taken == []


def test_a_server_without_starttls_gets_nothing_in_the_clear():
    with mail_server() as (inbox, port), pytest.raises(errors.MailTlsFailure, match="STARTTLS"):
        connect(settings(port, security="starttls"))
    assert inbox.taken == []


def test_a_password_is_told_to_a_server_that_is_trusted(authority, tmp_path):
    more = with_password(security="starttls", ca_file=authority.file(tmp_path))
    with mail_server(tls_context=authority.context(), auth_required=True) as (inbox, port):
        assert send(port, **more).state == "sent"
        with pytest.raises(errors.MailRefused, match="credentials") as caught:
            connect(settings(port, **{**more, "user": "nobody@tamarack.example"}))
    assert caught.value.exit_code == 77
    assert "canary" not in str(caught.value)
    assert len(inbox.taken) == 1


def test_a_token_is_told_by_xoauth2(authority, tmp_path):
    more = with_password(security="starttls", ca_file=authority.file(tmp_path))
    more["auth"] = "microsoft"
    with mail_server(tls_context=authority.context(), auth_required=True) as (inbox, port):
        assert send(port, token="canary-mail-token", **more).state == "sent"
        with pytest.raises(errors.MailRefused, match=r"code 535"):
            connect(settings(port, **more), "canary-expired")
    assert len(inbox.taken) == 1


def test_a_server_without_the_sign_in_wanted_is_named():
    with Breaking("never") as server, pytest.raises(errors.BadSetting, match=r"mail\.auth"):
        connect(settings(server.port), "a-token")


def test_a_server_that_is_not_there_is_unavailable():
    with Breaking("never") as server:
        port = server.port
    with pytest.raises(errors.MailServerUnavailable, match="refused"):
        connect(settings(port))


def test_a_server_that_hangs_up_or_stays_silent_is_unavailable():
    with Breaking("greeting") as server, pytest.raises(errors.MailServerUnavailable):
        connect(settings(server.port))


def test_certificates_that_are_none_are_a_setting_to_correct(tmp_path):
    file = tmp_path / "ca.pem"
    for text in (None, "no certificates"):
        if text:
            file.write_text(text, "utf-8")
        with pytest.raises(errors.BadSetting, match=r"mail\.ca_file"):
            connect(settings(1, security="tls", ca_file=file))


def test_a_sender_is_tried_without_a_message():
    with mail_server() as (inbox, port):
        server = connect(settings(port))
        server.try_sender()
        server.close()
    assert inbox.taken == []


@pytest.mark.parametrize(
    ("said", "failure"),
    [("553 5.7.1 no", errors.MailRefused), ("451 4.3.0 later", errors.MailServerUnavailable)],
)
def test_a_sender_that_is_not_taken_is_told_by_code(said, failure):
    with mail_server(Inbox(replies={"MAIL": said})) as (_, port):
        server = connect(settings(port))
        with pytest.raises(failure, match=said[:3]):
            server.try_sender()
        server.close()


def test_a_server_that_breaks_off_at_the_sender_is_unavailable():
    with Breaking("mail") as breaking:
        server = connect(settings(breaking.port))
        with pytest.raises(errors.MailServerUnavailable, match="broke the connection"):
            server.try_sender()
        server.close()


# --- Handing over ---


def test_what_is_too_large_for_the_server_goes_without_the_pdf():
    with mail_server(data_size_limit=2000) as (inbox, port):
        assert send(port).state == "sent"
    assert inbox.taken == [(ANNA, message(ANNA).brief)]


def test_what_is_too_large_for_the_settings_goes_without_the_pdf():
    with mail_server() as (inbox, port):
        assert send(port, max_mb=0.002).state == "sent"
    assert inbox.taken == [(ANNA, message(ANNA).brief)]


@pytest.mark.parametrize("command", ["MAIL", "DATA"])
def test_what_the_server_finds_too_large_goes_without_the_pdf(command):
    with mail_server(Inbox(replies={command: "552 5.3.4 too big"})) as (inbox, port):
        assert send(port).state == "sent"
    assert inbox.taken == [(ANNA, message(ANNA).brief)]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        ("451 4.7.1 greylisted anna@tamarack.example", "deferred", "451 4.7.1"),
        ("450 busy", "deferred", "450"),
        ("554 5.7.1 no thanks anna", "refused", "554 5.7.1"),
    ],
)
def test_the_code_decides_and_the_servers_words_are_not_repeated(command, reply, state, reason):
    if command == "MAIL" and state == "refused":
        return
    with mail_server(Inbox(replies={command: reply})) as (inbox, port):
        fate = send(port)
    assert (fate.state, fate.reason) == (state, reason)
    assert inbox.taken == []


def test_a_sender_that_is_refused_stops_everything():
    with (
        mail_server(Inbox(replies={"MAIL": "550 5.7.60 not you"})) as (_, port),
        pytest.raises(errors.MailRefused, match=r"mail\.sender \(code 550 5\.7\.60\)"),
    ):
        send(port)


def test_lines_that_begin_with_a_dot_arrive_as_they_were():
    letter = Letter("Dots", ".\n..\n.x\n", "<p>.</p>", FULL.date)
    one = message(ANNA, full=None, brief=letter)
    with mail_server() as (inbox, port):
        send(port, one)
    text = inbox.message().get_body(("plain",)).get_content()
    assert text.replace("\r\n", "\n") == letter.text


@pytest.mark.parametrize("place", ["mail", "data", "body"])
def test_a_connection_that_breaks_before_the_dot_leaves_no_doubt(place):
    marks = []
    one = message(ANNA, full=BIG, brief=BIG)
    with Breaking(place) as server:
        fate = send(server.port, one, marks=marks, max_mb=50)
    assert server.broke == 1
    assert (fate.state, fate.connected, marks) == ("deferred", False, [])
    assert server.taken == []


@pytest.mark.parametrize("place", ["dot", "silent"])
def test_after_the_dot_nobody_knows(place, monkeypatch):
    monkeypatch.setattr(smtp, "DOT_PATIENCE", 0.01)
    marks = []
    with Breaking(place) as server:
        fate = send(server.port, marks=marks)
    assert server.broke == 1
    assert (fate.state, fate.connected, marks) == ("unknown", False, [1])
    assert len(server.taken) == 1, "it did arrive"


def test_a_mark_that_cannot_be_made_keeps_the_message_from_being_taken():
    def disk_full():
        raise errors.DiskTrouble(path="ledger", why="no space left on device")

    with Breaking("never") as server:
        connection = connect(settings(server.port))
        with pytest.raises(errors.DiskTrouble):
            connection.send(message(ANNA), before_dot=disk_full)
        connection.close()
    assert server.taken == []
