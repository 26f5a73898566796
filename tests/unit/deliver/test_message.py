import re
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.deliver.message import Letter, compose, header_text
from qosreport.settings.mail import Mailbox
from qosreport.store import Envelope
from tests.unit.deliver.support import ANNA, BO, BRIEF, DATE, FULL, SENDER

WEEKLY = Envelope("2026-W46", "weekly", ANNA)
HOSTILE = [
    "=?utf-8?q?=0D=0ABcc:_x@evil.example?=",
    "=?utf-8?b?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=",
    "a\r\nBcc: x@evil.example",
    "a\nBcc: x@evil.example\n\nbody",
    "a\u2028Bcc: x\u0085Cc: y\x0bTo: z\x00",
    "\u202eretsnom",
    "=\u200b?utf-8?q?=0D=0ABcc:_x?=",
    "==??utf-8?q?=0A?=",
]


def read(data):
    return message_from_bytes(data, policy=default)


def body(message, kind):
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_the_same_report_gives_the_same_bytes():
    assert compose(FULL, WEEKLY, SENDER) == compose(FULL, WEEKLY, SENDER)


def test_a_message_reads_as_it_was_written():
    message = read(compose(FULL, WEEKLY, SENDER))
    assert message["From"] == "Zoom quality <robot@tamarack.example>"
    assert message["To"] == ANNA
    assert message["Subject"] == "Week 46"
    assert message["Date"].datetime == DATE
    assert message["Auto-Submitted"] == "auto-generated"
    assert body(message, "plain") == FULL.text
    assert body(message, "html") == FULL.html
    (pdf,) = message.iter_attachments()
    assert pdf.get_content_type() == "application/pdf"
    assert pdf.get_filename() == "w.pdf"
    assert pdf.get_content() == FULL.pdf
    assert message.defects == []


def test_without_a_pdf_nothing_is_attached():
    assert list(read(compose(BRIEF, WEEKLY, SENDER)).iter_attachments()) == []


def test_each_recipient_and_week_has_a_message_id_of_its_own_and_keeps_it():
    others = [
        Envelope("2026-W46", "weekly", BO),
        Envelope("2026-W47", "weekly", ANNA),
        Envelope("2026-W46", "site Leeds", ANNA),
    ]
    ids = [read(compose(FULL, envelope, SENDER))["Message-ID"] for envelope in (WEEKLY, *others)]
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"<2026-W4[67]\.[0-9a-f]{24}@tamarack\.example>", one) for one in ids)
    assert read(compose(BRIEF, WEEKLY, SENDER))["Message-ID"] == ids[0]
    assert not any("anna" in one for one in ids)


def test_every_line_is_ascii_short_and_ends_as_mail_lines_do():
    letter = Letter("Wöche", "ü" * 3000 + "\n.\n", "<p>" + "日" * 3000 + "</p>", DATE)
    data = compose(letter, WEEKLY, SENDER)
    assert data.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert body(read(data), "plain") == letter.text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_makes_a_header_or_a_body(text):
    letter = Letter(text, "text\n", "<p>html</p>", DATE)
    data = compose(letter, WEEKLY, Mailbox(text, SENDER.address))
    head = data.partition(b"\r\n\r\n")[0].decode().replace("\r\n ", "")
    names = [line.partition(":")[0] for line in head.split("\r\n")]
    plain = compose(BRIEF, WEEKLY, SENDER).partition(b"\r\n\r\n")[0].decode().replace("\r\n ", "")
    assert names == [line.partition(":")[0] for line in plain.split("\r\n")]
    assert read(data)["To"] == ANNA


@given(st.text(max_size=300))
def test_a_cleaned_text_is_one_line_and_no_encoded_word(text):
    cleaned = header_text(text)
    assert cleaned.splitlines() in ([cleaned], [])
    assert "=?" not in cleaned
    assert len(cleaned) <= 150
    letter = Letter(text, "text\n", "<p>html</p>", DATE)
    assert read(compose(letter, WEEKLY, SENDER))["Subject"] == cleaned
