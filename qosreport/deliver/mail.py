"""The outbox → the mail server: every message once, each fate recorded before the next."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from qosreport.deliver.oauth import TokenSource
from qosreport.deliver.smtp import Answer, Server
from qosreport.errors import NotDelivered, SettingsError
from qosreport.settings import MailSettings
from qosreport.store import Envelope, Message, Outbox

Now = Callable[[], dt.datetime]


class Taker(Protocol):
    """Whatever takes messages: a mail server, or a test."""

    def send(self, message: Message, *, before_dot: Callable[[], None]) -> Answer:
        """Hand over a message."""

    def close(self) -> None:
        """Say goodbye."""


@dataclass
class Round:
    """What one round through the outbox came to."""

    sent: list[Envelope] = field(default_factory=list)
    tried: list[Envelope] = field(default_factory=list)
    """Those handed over, whatever came of it."""
    left: int = 0
    """Still waiting, because something stopped the round."""
    failure: NotDelivered | SettingsError | None = None
    """What stopped it."""


def deliver(
    outbox: Outbox,
    settings: MailSettings,
    now: Now,
    connect: Callable[[], Taker] | None = None,
) -> Round:
    """Send everything that waits, of whichever report.

    Args:
        outbox: Recovered, and filled.
        settings: The server and who sends.
        now: The clock.
        connect: Opens a connection; the settings' server by default.
    """
    connect = connect or (lambda: Server.connect(settings, TokenSource(settings, now)))
    waiting = outbox.waiting()
    done = Round()
    server: Taker | None = None
    try:
        for number, envelope in enumerate(waiting):
            try:
                server = server or connect()
                answer = _send(outbox, server, envelope, now)
            except (NotDelivered, SettingsError) as error:
                done.failure = error
                done.left = len(waiting) - number
                break
            done.tried.append(envelope)
            if answer.state == "sent":
                done.sent.append(envelope)
            if not answer.connected:
                server.close()
                server = None
    finally:
        if server is not None:
            server.close()
    return done


def _send(outbox: Outbox, server: Taker, envelope: Envelope, now: Now) -> Answer:
    def sending() -> None:
        outbox.note(envelope, "sending", now())

    try:
        answer = server.send(outbox.message(envelope), before_dot=sending)
    except NotDelivered:  # the server said no to all of us: it has not taken this one
        outbox.note(envelope, "pending", now())
        raise
    outbox.note(envelope, answer.state, now(), answer.reason)
    return answer


def masked(address: str) -> str:
    """An address in a message to the operator: enough to know it by, not enough to write to it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…{local[-1:]}@{domain}" if len(local) > 2 else f"…@{domain}"
