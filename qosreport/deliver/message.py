"""A report as an e-mail message: the same report gives the same bytes."""

import datetime as dt
import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from qosreport.settings.mail import Mailbox
from qosreport.store import Envelope

LONGEST_HEADER = 150
DIGITS = 24


@dataclass(frozen=True)
class Letter:
    """What a message says, whoever gets it."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    date: dt.datetime
    """When the data was pulled: a clock of its own would make each message another one."""
    pdf: bytes | None = field(default=None, repr=False)
    pdf_name: str = ""
    logo: bytes | None = field(default=None, repr=False)
    """A PNG that the HTML shows as `cid:` and its id."""
    logo_id: str = ""


def compose(letter: Letter, envelope: Envelope, sender: Mailbox) -> bytes:
    """The message as it goes over the wire, lines ended by CRLF, all in ASCII.

    Raises:
        ValueError: An address or the name of the sender cannot stand in a header.
    """
    digest = digest_of(envelope)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(header_text(sender.name), addr_spec=sender.address)
    message["To"] = Address(addr_spec=envelope.recipient)
    message["Subject"] = header_text(letter.subject)
    message["Date"] = format_datetime(letter.date.astimezone(dt.UTC))
    message["Message-ID"] = message_id(envelope, sender)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.logo is not None:
        _, page = message.iter_parts()
        page.add_related(
            letter.logo, "image", "png", cid=f"<{letter.logo_id}>", disposition="inline"
        )
    if letter.pdf is not None:
        message.add_attachment(
            letter.pdf, maintype="application", subtype="pdf", filename=letter.pdf_name
        )
    _set_boundaries(message, digest)
    return message.as_bytes()


def digest_of(envelope: Envelope) -> str:
    """What a message is known by without its recipient's address."""
    parts = (envelope.label, envelope.edition, envelope.recipient)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGITS]


def message_id(envelope: Envelope, sender: Mailbox) -> str:
    """The same whenever this report is mailed to this recipient."""
    return f"<{envelope.label}.{digest_of(envelope)}@{sender.address.rpartition('@')[2]}>"


def header_text(text: str) -> str:
    """A text that can do nothing in a header but be read.

    No line ends, no control or bidirectional characters, and nothing that begins an encoded word:
    Python decodes those on the way in, with whatever line ends they hide (CVE-2024-6923).
    """
    plain = unicodedata.normalize("NFC", text)
    kept = "".join(" " if _unfit(c) else c for c in plain)
    while "=?" in kept:
        kept = kept.replace("=?", "= ?")
    return re.sub(r"\s+", " ", kept).strip()[:LONGEST_HEADER]


def _unfit(character: str) -> bool:
    return unicodedata.category(character)[0] in "CZ"


def _set_boundaries(message: EmailMessage, digest: str) -> None:
    parts = (part for part in message.walk() if part.is_multipart())
    for number, part in enumerate(parts):
        part.set_boundary(f"qosreport-{number}-{digest}")
