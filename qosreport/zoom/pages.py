"""What a page must be, what the client has to know of it, and chains of pages.

The parser reads pages in batches elsewhere. Here only the token of the next page, Zoom's count of
rows and the rows' keys are taken, by searching the bytes.

Why searching bytes is safe: inside a JSON string a quote is always written as backslash and quote.
So the bytes `"next_page_token"`, both quotes included, can only be a whole string whose content is
that word, never a part of a name that somebody chose to look like it; and a whole string that a
colon follows is a key. What is odd all the same (a key that comes twice or not at all, a value that
is no plain string, brackets that do not pair) is settled by reading the page as JSON.
"""

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from qosreport.errors import PageTokenExpired, PageTokenLoop, UnreadablePage
from qosreport.zoom.endpoints import Endpoint
from qosreport.zoom.transport import Answer

MAX_RESTARTS = 3
SPARE_PAGES = 10
"""Pages a chain may have beyond twice what Zoom's count of rows would fill."""
MAX_PAGES = 5_000

RowKey = tuple[str, ...]


class Unreadable(Exception):
    """An answer with status 200 that is not the page it should be."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class TokenExpired(Exception):
    """Zoom no longer knows the page token; the chain must begin anew."""


@dataclass(frozen=True)
class Page:
    """One page as it came, and what the client knows of it."""

    body: bytes
    received_at: dt.datetime
    next_token: str | None
    total_records: int | None
    rows: tuple[RowKey, ...]
    """Keys of its rows; empty where the endpoint's rows are not counted."""


@dataclass
class Chain:
    """All pages of one question."""

    pages: list[Page] = field(default_factory=list)
    rows: set[RowKey] = field(default_factory=set)

    def add(self, page: Page) -> None:
        """Take the next page in."""
        self.pages.append(page)
        self.rows.update(page.rows)

    @property
    def expected(self) -> int:
        """Rows by Zoom's own count; 0 if it gave none."""
        return max((page.total_records or 0 for page in self.pages), default=0)

    @property
    def short(self) -> bool:
        """Whether fewer rows came than Zoom counted."""
        return len(self.rows) < self.expected


def read_page(answer: Answer, endpoint: Endpoint) -> Page:
    """Check an answer and take from it what the client needs.

    Raises:
        Unreadable: It is not a page of this endpoint.
    """
    body, counted = answer.body, bool(endpoint.row_key)
    _check_shape(answer)
    _check_holds(body, endpoint)
    if endpoint.page_size is None:
        return Page(body, answer.received_at, None, None, ())
    return Page(
        body,
        answer.received_at,
        next_token=_next_token(body),
        total_records=_total_records(body) if counted else None,
        rows=_row_keys(body, endpoint) if counted else (),
    )


def pull_chain(ask: Callable[[str | None], Page], endpoint: Endpoint) -> Chain:
    """All pages back to back; an expired token begins the chain anew.

    Args:
        ask: Gets the page of a token, the first page for None.
        endpoint: What is asked.

    Raises:
        PageTokenExpired: The token expired again and again.
        PageTokenLoop: The same token came twice.
        UnreadablePage: There is no end to the pages.
    """
    for _ in range(1 + MAX_RESTARTS):
        try:
            return _one_chain(ask, endpoint)
        except TokenExpired:
            continue
    raise PageTokenExpired(restarts=MAX_RESTARTS)


def pull_whole_chain(ask: Callable[[str | None], Page], endpoint: Endpoint) -> Chain:
    """As `pull_chain`; if rows are missing by Zoom's own count, once more.

    Rows that shift while pages are read come twice or not at all. If both tries are short, the
    result is the second with those pages of the first that hold rows it lacks.
    """
    first = pull_chain(ask, endpoint)
    if not first.short:
        return first
    second = pull_chain(ask, endpoint)
    if second.short:
        for page in first.pages:
            if not second.rows.issuperset(page.rows):
                second.add(page)
    return second


def json_object(body: bytes) -> dict[str, Any]:
    """A page read as JSON, tolerant of what Python's own reader refuses in single values.

    Raises:
        Unreadable: It is no JSON object.
    """
    try:
        fields = json.loads(body.decode("utf-8-sig", "surrogateescape"), parse_int=_int)
    except RecursionError:
        raise Unreadable("JSON nested too deeply") from None
    except ValueError:
        raise Unreadable("a truncated body or broken JSON") from None
    if not isinstance(fields, dict):
        raise Unreadable("JSON of another shape")
    return fields


def _one_chain(ask: Callable[[str | None], Page], endpoint: Endpoint) -> Chain:
    chain = Chain()
    seen: set[str] = set()
    page = ask(None)
    chain.add(page)
    while page.next_token is not None:
        if page.next_token in seen:
            raise PageTokenLoop
        if len(chain.pages) >= _most_pages(chain, endpoint):
            raise UnreadablePage(endpoint=endpoint.title, kind="an endless chain of pages")
        seen.add(page.next_token)
        page = ask(page.next_token)
        chain.add(page)
    return chain


def _most_pages(chain: Chain, endpoint: Endpoint) -> int:
    if not chain.expected or endpoint.page_size is None:
        return MAX_PAGES
    return min(MAX_PAGES, 2 * -(-chain.expected // endpoint.page_size) + SPARE_PAGES)


def _check_shape(answer: Answer) -> None:
    start, end = answer.body[:256].lstrip(b"\xef\xbb\xbf \t\r\n"), answer.body[-256:].rstrip()
    if not start:
        raise Unreadable("an empty body")
    if start.startswith(b"<"):
        raise Unreadable("HTML")
    if not start.startswith(b"{"):
        kind = answer.headers.get("Content-Type", "").split(";")[0].strip().casefold()
        is_json = start[:1] in b'["-0123456789tfn' and kind in {"", "application/json"}
        raise Unreadable("JSON of another shape" if is_json else "something that is not JSON")
    if not end.endswith(b"}"):
        raise Unreadable("a truncated body")


def _check_holds(body: bytes, endpoint: Endpoint) -> None:
    # The list is read item by item afterwards; one page of it is worth a closer look.
    if not endpoint.per_meeting and endpoint.page_size is not None:
        if not isinstance(json_object(body).get(endpoint.holds), list):
            raise Unreadable(f"JSON without a list of '{endpoint.holds}'")
        return
    if not _balanced(body):
        json_object(body)
    key = rb'"%s"\s*:' % endpoint.holds.encode()
    if re.search(key, body) is None and endpoint.holds not in json_object(body):
        raise Unreadable(f"JSON without '{endpoint.holds}'")


def _balanced(body: bytes) -> bool:
    """Whether brackets pair by number: they do not in a page cut off behind an inner bracket."""
    return body.count(b"{") == body.count(b"}")


VALUE = re.compile(rb'\s*:\s*("[^"\\\x00-\x1f]*"|-?\d{1,18}(?=[\s,}\]])|null)')
"""What follows a key: a string without escapes, a modest integer, or null."""


def _values(body: bytes, key: str) -> list[bytes] | None:
    """The values of a key wherever it stands, as they are written; None: look closer."""
    quoted = b'"' + key.encode() + b'"'
    values: list[bytes] = []
    at = body.find(quoted)
    while at >= 0:
        match = VALUE.match(body, at + len(quoted))
        if match is None:
            return None
        values.append(match[1])
        at = body.find(quoted, match.end())
    return values


def _next_token(body: bytes) -> str | None:
    values = _values(body, "next_page_token")
    if values is not None and len(values) == 1 and values[0].startswith(b'"'):
        token: object = values[0][1:-1].decode("utf-8", "replace")
    elif values == [b"null"]:
        token = None
    else:
        token = json_object(body).get("next_page_token")
    if token is None or token == "":
        return None
    if not isinstance(token, str) or not token.isprintable() or not token.strip():
        raise Unreadable("a page whose next_page_token is no text")
    return token


def _total_records(body: bytes) -> int | None:
    values = _values(body, "total_records")
    if values is not None and len(values) == 1:
        total: object = values[0].strip(b'"').decode("utf-8", "replace")
    elif values == []:
        return None
    else:
        total = json_object(body).get("total_records")
    return int(str(total)) if re.fullmatch(r"[0-9]{1,9}", str(total)) else None


def _row_keys(body: bytes, endpoint: Endpoint) -> tuple[RowKey, ...]:
    if not endpoint.row_key:
        return ()
    columns = [_column(body, name) for name in endpoint.row_key]
    # A page without a single key may be empty, or no page at all: that is worth a closer look.
    if all(columns) and len({len(column) for column in columns}) == 1:
        return tuple(zip(*columns, strict=True))
    rows = json_object(body).get(endpoint.holds)
    if not isinstance(rows, list):
        raise Unreadable(f"JSON without a list of '{endpoint.holds}'")
    # What is no object is a row all the same: unreadable, not missing.
    return tuple(
        tuple(str(row.get(name)) for name in endpoint.row_key)
        if isinstance(row, dict)
        else ("not an object", str(number))
        for number, row in enumerate(rows)
    )


def _column(body: bytes, key: str) -> list[str]:
    """The values of a key that every row has once, in the order of the rows; empty: look closer."""
    values = _values(body, key) or []
    if b"null" in values:
        return []
    return [value.strip(b'"').decode("utf-8", "replace") for value in values]


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else float("inf")
