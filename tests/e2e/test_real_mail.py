"""The installed command and Debian's MTA: what lies in the mailbox is what was made."""

from email import message_from_bytes
from email.policy import default

import pytest

from tests import servers
from tests.e2e.support import wait_until, week
from tests.mailserver import HOST, Authority
from tests.wire import Wire

W = week()
BUFFERED = 8_000_000
"""More than the kernel takes from a sender before the receiver reads: a shorter message may have
been sent to its end, as far as the sender can tell, when the connection breaks."""
ANNA, BO, GONE = (f"{name}@tamarack.example" for name in ("anna", "bo", "gone"))


@pytest.fixture
def authority():
    return Authority()


def environment(port, authority, tmp_path, *recipients):
    given = {
        "HOST": HOST,
        "PORT": str(port),
        "SECURITY": "starttls",
        "CA_FILE": str(authority.file(tmp_path)),
        "SENDER": "Zoom quality <robot@tamarack.example>",
        "RECIPIENTS": ",".join(recipients),
        "MAX_MB": "30",
    }
    return {f"QOSREPORT_MAIL__{name}": value for name, value in given.items()}


def the_pdf_in(mailbox):
    """The attachment of the only message in a mailbox."""
    (data,) = mailbox
    (pdf,) = message_from_bytes(data, policy=default).iter_attachments()
    return pdf.get_content()


def made(command):
    return (command.home / "qosreport-out" / f"weekly-{W}.pdf").read_bytes()


def pad(command, size):
    """Make the PDF as much larger."""
    path = command.home / "qosreport-out" / f"weekly-{W}.pdf"
    path.write_bytes(path.read_bytes() + b"%" * size)


def test_the_pdf_in_the_mailbox_is_the_one_that_was_made(pulled, authority, tmp_path):
    with servers.exim(authority, "anna", "bo") as exim:
        env = environment(exim.port, authority, tmp_path, ANNA, BO, GONE)
        result = pulled.run("send", "--week", W, env=env, code=1)
        again = pulled.run("send", "--week", W, env=env, code=1)
        wait_until(lambda: exim.of("anna") and exim.of("bo") and not exim.waiting())
        assert the_pdf_in(exim.of("anna")) == made(pulled)
        assert the_pdf_in(exim.of("bo")) == made(pulled)
    assert "Mail: 2 sent" in result.err
    (warning,) = result.warnings
    assert "was refused (550" in warning
    assert "Mail: 0 sent, 2 sent before" in again.err


def test_a_connection_that_breaks_in_mid_message_ends_in_one_message(pulled, authority, tmp_path):
    with servers.exim(authority, "anna") as exim, Wire(exim.port) as wire:
        env = environment(wire.port, authority, tmp_path, ANNA)
        pad(pulled, BUFFERED)
        wire.break_after(BUFFERED // 8)
        result = pulled.run("send", "--week", W, env=env, code=1)
        assert wire.breaks
        assert "was put off" in result.warnings[0]
        wire.mend()
        pulled.run("send", "--week", W, env=env)
        wait_until(lambda: exim.of("anna") and not exim.waiting())
        assert the_pdf_in(exim.of("anna")) == made(pulled)
