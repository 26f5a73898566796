"""Answers read together: equal to reading each, or not at all."""

import datetime as dt

import polars as pl
import pytest

from qosreport.store.raw import RawPage
from qosreport.zoom.parse.decode import read_page, read_together
from qosreport.zoom.parse.forms import PARTICIPANTS

WHOLE = b'{"total_records": 1, "participants": [{"user_id": "1", "user_name": "Ada"}]}'


def page(body: bytes) -> RawPage:
    at = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
    return RawPage("m==", "meeting", "participants", 1, None, at, body)


def nothing(*_: str) -> None:
    raise AssertionError("nothing to note")


def test_whole_answers_are_read_as_one_by_one() -> None:
    pages = [page(WHOLE), page(b' {"participants": []}'), page(WHOLE.replace(b"Ada", b"Bo"))]
    singles = [read_page(one, PARTICIPANTS, nothing) for one in pages]
    together = read_together(pages, PARTICIPANTS)
    assert together is not None
    assert together.equals(pl.concat(singles))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"{}",
        b'{"participants": null}',
        b'[{"participants": []}]',
        WHOLE + b"," + WHOLE,
        WHOLE[:-1],
        WHOLE + b" x",
    ],
)
def test_one_odd_answer_sends_all_to_the_patient_way(body: bytes) -> None:
    assert read_together([page(WHOLE), page(body), page(WHOLE)], PARTICIPANTS) is None
