"""Cuts long lists of rows into pages, with tokens, and with the faults pages can have."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qosreport.simulator import hostile
from qosreport.simulator.answers import PAGE_TOKEN_INVALID, Answer, invalid
from qosreport.simulator.endpoints import Endpoint
from qosreport.simulator.faults import EVERY_MEETING, Fault, Triggers, value_of
from qosreport.simulator.pages import page_head, page_json
from qosreport.simulator.tokens import PageTokens

Change = Callable[[dict[str, Any], str], None]


@dataclass(frozen=True)
class Listing:
    """A list of rows, made only as far as they are asked for."""

    name: str
    """Key of the rows in the answer."""
    total: int
    texts: Callable[[int, int], list[str]]
    """JSON of the rows from one number to another."""
    head: Mapping[str, Any] = field(default_factory=dict)
    """What else stands around the rows."""
    counted: bool = True
    """Whether the answer says how many rows and pages there are."""


@dataclass(frozen=True)
class Question:
    """What one request asked for, as far as pages and faults care."""

    endpoint: Endpoint
    uuid: str
    path: str
    params: Mapping[str, str]

    @property
    def what(self) -> str:
        """The list asked for: a page token is good for this one only."""
        rest = sorted(item for item in self.params.items() if item[0] != "next_page_token")
        return f"{self.path}?{rest}"


def page_size(question: Question) -> int | None:
    """Rows a page; none if the number asked for cannot be."""
    endpoint = question.endpoint
    text = question.params.get("page_size", str(endpoint.page_default))
    if not text.isdigit() or not 1 <= int(text) <= endpoint.page_max:
        return None
    return int(text)


class Pager:
    """Answers questions for pages."""

    def __init__(self, tokens: PageTokens, triggers: Triggers) -> None:
        self.tokens = tokens
        self.triggers = triggers

    def answer(self, question: Question, listing: Listing, now_s: float) -> Answer:
        """The page asked for."""
        size = page_size(question)
        if size is None:
            return invalid("page_size", f"Must be from 1 to {question.endpoint.page_max}.")
        asked = question.params.get("next_page_token", "")
        start = self._start(question, asked, now_s)
        if start is None:
            return PAGE_TOKEN_INVALID
        return self._page(question, listing, start, size, now_s)

    def _start(self, question: Question, asked: str, now_s: float) -> int | None:
        """Number of the page's first row; none if its token is no good."""
        if not asked:
            return 0
        name = question.endpoint.name
        if self.triggers.fires("page_token_expired", name, question.uuid):
            return None
        return self.tokens.place(question.what, asked, now_s)

    def _page(
        self, question: Question, listing: Listing, start: int, size: int, now_s: float
    ) -> Answer:
        stop, total = start + size, listing.total
        rows = self._rows(question, listing, start, min(stop, total))
        again = stop if stop < total else None
        if self._fires("empty_page", question):
            rows, again = [], start
        token = "" if again is None else self.tokens.issue(question.what, again, now_s)
        asked = question.params.get("next_page_token", "")
        if self._fires("page_token_loop", question):
            token = asked or self.tokens.issue(question.what, 0, now_s)
        if (more := self._value("total_too_high", question)) is not None:
            total += int(more)
        head = page_head(total, size, token) | dict(listing.head)
        if not listing.counted:
            head.pop("page_count")
            head.pop("total_records")
        self._odd_token(question, head)
        return Answer(200, page_json(head, listing.name, self.content(question, rows)))

    def _rows(self, question: Question, listing: Listing, start: int, stop: int) -> list[str]:
        if start and self._fires("overlap", question):
            start -= 1
        rows = listing.texts(start, stop)
        return rows[1:] if start and self._fires("rows_lost", question) else rows

    def _odd_token(self, question: Question, head: dict[str, Any]) -> None:
        form = self._value("page_token_odd", question)
        if form == "missing":
            head.pop("next_page_token")
        elif form is not None:
            head["next_page_token"] = {"null": None, "number": 20_261_116, "blank": " "}[form]

    def content(self, question: Question, rows: list[str]) -> list[str]:
        """The rows, made hostile or blank if that was asked for."""
        changes = self._changes(question)
        if not changes:
            return rows
        made = []
        for text in rows:
            row = json.loads(text)
            for fault, value, change in changes:
                if question.endpoint.name != "list" or fault.uuid in {None, row["uuid"]}:
                    change(row, value)
            made.append(hostile.as_text(row))
        return made

    def _changes(self, question: Question) -> list[tuple[Fault, str, Change]]:
        """What the faults of content do to each row of one answer."""
        name = question.endpoint.name
        uuid = EVERY_MEETING if name == "list" else question.uuid
        qos = name in {"qos", "participant_qos"}
        kinds: tuple[tuple[str, bool, Change], ...] = (
            ("hostile_names", True, lambda row, value: hostile.rename(row, value, _who(row))),
            ("hostile_values", qos, lambda row, value: hostile.spoil(row, value, _who(row))),
            ("blank_qos", qos, lambda row, _: hostile.blank(row)),
            ("no_qos", qos, lambda row, _: row.update(user_qos=[])),
            ("blank_times", name == "list", lambda row, _: hostile.timeless(row)),
        )
        return [
            (fault, value_of(field, fault), change)
            for field, fits, change in kinds
            if fits and (fault := self.triggers.fires(field, name, uuid))
        ]

    def _fires(self, name: str, question: Question) -> bool:
        return self.triggers.fires(name, question.endpoint.name, question.uuid) is not None

    def _value(self, name: str, question: Question) -> str | None:
        return self.triggers.value(name, question.endpoint.name, question.uuid)


def _who(row: Mapping[str, Any]) -> str:
    """The same for the same person in every answer about a meeting."""
    return f"{row.get('participant_uuid', '')}{row.get('uuid', '')}"
