"""Settings, letters and an outbox for the tests of delivery."""

import datetime as dt
from contextlib import contextmanager

from pydantic import SecretStr

from qosreport.deliver.message import Letter, compose
from qosreport.settings import MailSettings
from qosreport.settings.mail import Mailbox
from qosreport.store import Envelope, Ledger, Message, Outbox
from tests import mailserver

SENDER = Mailbox("Zoom quality", "robot@tamarack.example")
DATE = dt.datetime(2026, 11, 16, 6, 30, tzinfo=dt.UTC)
ANNA, BO, CYRUS = (f"{name}@tamarack.example" for name in ("anna", "bo", "cyrus"))
BRIEF = Letter("Week 46", "No PDF.\n", "<p>No PDF.</p>\n", DATE)
FULL = Letter("Week 46", "PDF.\n", "<p>PDF.</p>\n", DATE, b"%PDF-1.7 \x00\xff" * 200, "w.pdf")


def now():
    return DATE


def message(recipient, *, label="2026-W46", full=FULL, brief=BRIEF):
    envelope = Envelope(label, "weekly", recipient)
    with_pdf = compose(full, envelope, SENDER) if full else None
    return Message(envelope, with_pdf, compose(brief, envelope, SENDER))


def settings(port, **more):
    given = {
        "host": mailserver.HOST,
        "port": port,
        "security": "none",
        "sender": f"{SENDER.name} <{SENDER.address}>",
        "recipients": [ANNA],
        "timeout_s": 5,
    }
    return MailSettings(**{**given, **more})


def with_password(**more):
    return {"auth": "password", "user": mailserver.USER, "password": SecretStr("canary-password"),
            **more}  # fmt: skip


@contextmanager
def outbox_in(directory, *recipients, **options):
    """An outbox with a message for each recipient."""
    directory.mkdir(exist_ok=True)
    ledger = Ledger(directory / "ledger")
    try:
        outbox = Outbox(ledger)
        outbox.queue([message(one, **options) for one in recipients], DATE)
        yield outbox
    finally:
        ledger.close()


def states(outbox):
    return {fate.envelope.recipient: fate.state for fate in outbox.fates()}
