"""The outbox against servers that refuse, break and die: each recipient gets each week once."""

from contextlib import suppress

import pytest

from qosreport import errors
from qosreport.deliver.mail import deliver, masked
from qosreport.deliver.smtp import Answer, Server
from tests.mailserver import Breaking, Inbox, mail_server
from tests.unit.deliver.support import (
    ANNA,
    BO,
    CYRUS,
    SENDER,
    message,
    now,
    outbox_in,
    settings,
    states,
)

EVERYBODY = (ANNA, BO, CYRUS)


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours may see it."""


class Scripted:
    """A server that gives answers in turn; an exception among them is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.taken = []
        self.closed = 0

    def send(self, message, *, before_dot):
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        before_dot()
        if answer == "killed":
            self.taken.append(message.envelope.recipient)
            raise Killed
        if answer.state == "sent":
            self.taken.append(message.envelope.recipient)
        return answer

    def close(self):
        self.closed += 1


def test_everybody_gets_a_message_of_their_own(tmp_path):
    with outbox_in(tmp_path, *EVERYBODY) as outbox, mail_server() as (inbox, port):
        done = deliver(outbox, settings(port), now)
        assert done.failure is None
        assert states(outbox) == dict.fromkeys(EVERYBODY, "sent")
    assert inbox.recipients() == sorted(EVERYBODY)
    for recipient, data in inbox.taken:
        others = set(EVERYBODY) - {recipient}
        assert not any(other.encode() in data for other in others)


def test_a_second_run_sends_nothing(tmp_path):
    with outbox_in(tmp_path, ANNA) as outbox, mail_server() as (inbox, port):
        for _ in range(3):
            outbox.queue([message(ANNA)], now())
            deliver(outbox, settings(port), now)
    assert inbox.recipients() == [ANNA]


def test_one_that_is_refused_and_one_that_is_put_off_do_not_hold_up_the_rest(tmp_path):
    inbox = Inbox(replies={("RCPT", ANNA): "550 5.1.1 nobody", ("DATA", BO): "451 4.3.0 later"})
    with outbox_in(tmp_path, *EVERYBODY) as outbox, mail_server(inbox) as (_, port):
        first = deliver(outbox, settings(port), now)
        assert states(outbox) == {ANNA: "refused", BO: "deferred", CYRUS: "sent"}
        assert first.failure is None
        reasons = {f.envelope.recipient: f.reason for f in outbox.fates()}
        assert reasons == {ANNA: "550 5.1.1", BO: "451 4.3.0", CYRUS: ""}
        deliver(outbox, settings(port), now)
        assert states(outbox) == {ANNA: "refused", BO: "sent", CYRUS: "sent"}
    assert inbox.recipients() == [BO, CYRUS]


def test_a_server_that_leaves_in_mid_run_is_asked_again_for_the_rest(tmp_path):
    inbox = Inbox(replies={("RCPT", ANNA): "421 4.3.2 shutting down"})
    with outbox_in(tmp_path, *EVERYBODY) as outbox, mail_server(inbox) as (_, port):
        deliver(outbox, settings(port), now)
        assert states(outbox) == {ANNA: "deferred", BO: "sent", CYRUS: "sent"}


@pytest.mark.parametrize("place", ["mail", "data"])
def test_a_break_before_the_dot_is_mended_by_the_next_run(place, tmp_path):
    with outbox_in(tmp_path, ANNA, BO) as outbox, Breaking(place) as server:
        deliver(outbox, settings(server.port), now)
        assert states(outbox) == {ANNA: "deferred", BO: "sent"}
        deliver(outbox, settings(server.port), now)
        assert states(outbox) == {ANNA: "sent", BO: "sent"}
    assert len(server.taken) == 2


def test_a_break_after_the_dot_is_held_until_somebody_decides(tmp_path):
    with outbox_in(tmp_path, ANNA, BO) as outbox, Breaking("dot") as server:
        deliver(outbox, settings(server.port), now)
        assert states(outbox) == {ANNA: "unknown", BO: "sent"}
        deliver(outbox, settings(server.port), now)
        outbox.queue([message(ANNA)], now())
        deliver(outbox, settings(server.port), now)
        assert states(outbox)[ANNA] == "unknown"
        assert len(server.taken) == 2
        outbox.settle("unknown", "pending", now(), "2026-W46")
        deliver(outbox, settings(server.port), now)
        assert states(outbox)[ANNA] == "sent"
    assert len(server.taken) == 3
    assert server.taken[0] == server.taken[2], "the same bytes, with the same Message-ID"


def test_a_run_that_dies_after_the_dot_sends_nothing_twice(tmp_path):
    server = Scripted("killed")
    with outbox_in(tmp_path, ANNA, BO) as outbox:
        with pytest.raises(Killed):
            deliver(outbox, settings(1), now, lambda: server)
        assert states(outbox) == {ANNA: "sending", BO: "pending"}
        outbox.recover(now())
        again = Scripted(Answer("sent"))
        deliver(outbox, settings(1), now, lambda: again)
        assert states(outbox) == {ANNA: "unknown", BO: "sent"}
    assert [*server.taken, *again.taken] == [ANNA, BO]


def test_a_server_that_cannot_be_had_leaves_everything_waiting(tmp_path):
    with Breaking("never") as server:
        port = server.port
    with outbox_in(tmp_path, *EVERYBODY) as outbox:
        done = deliver(outbox, settings(port), now)
        assert isinstance(done.failure, errors.MailServerUnavailable)
        assert done.left == 3
        assert states(outbox) == dict.fromkeys(EVERYBODY, "pending")


def test_a_sender_that_is_refused_leaves_everything_waiting(tmp_path):
    inbox = Inbox(replies={"MAIL": "550 5.7.60 not you"}, always=True)
    with outbox_in(tmp_path, *EVERYBODY) as outbox, mail_server(inbox) as (_, port):
        done = deliver(outbox, settings(port), now)
        assert isinstance(done.failure, errors.MailRefused)
        assert states(outbox) == dict.fromkeys(EVERYBODY, "pending")


def test_a_no_after_the_dot_leaves_no_doubt_even_if_the_next_no_is_for_all(tmp_path):
    inbox = Inbox(replies={"MAIL": [None, "550 5.7.60 not you"], "DATA": "552 5.3.4 too big"})
    with outbox_in(tmp_path, ANNA) as outbox, mail_server(inbox) as (_, port):
        done = deliver(outbox, settings(port), now)
        assert isinstance(done.failure, errors.MailRefused)
        assert states(outbox) == {ANNA: "pending"}
    assert inbox.taken == []


def test_no_server_is_asked_when_nothing_waits(tmp_path):
    def never():
        raise AssertionError("asked")

    with outbox_in(tmp_path) as outbox:
        assert deliver(outbox, settings(1), now, never).sent == []


@pytest.mark.parametrize("answer", [Answer("sent"), Answer("unknown", connected=False), "killed"])
def test_the_connection_is_closed_however_it_ends(answer, tmp_path):
    server = Scripted(answer)
    with outbox_in(tmp_path, ANNA) as outbox, suppress(Killed):
        deliver(outbox, settings(1), now, lambda: server)
    assert server.closed == 1


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("anna@tamarack.example", "a…a@tamarack.example"),
        ("ab@x.example", "…@x.example"),
    ],
)
def test_an_address_is_told_from_others_without_being_given_away(address, shown):
    assert masked(address) == shown


def test_the_server_of_the_settings_is_the_default(tmp_path, monkeypatch):
    asked = []
    server = Scripted(Answer("sent"))
    monkeypatch.setattr(Server, "connect", lambda *given: asked.append(given) or server)
    with outbox_in(tmp_path, ANNA) as outbox:
        deliver(outbox, settings(1, sender=SENDER.address), now)
    assert asked[0][0].sender == SENDER.address
