"""Which meetings and webinars there were: windows of dates, pages, items byte for byte."""

import calendar
import datetime as dt
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from qosreport.errors import (
    MeetingNotFound,
    PageTokenExpired,
    PageTokenLoop,
    UnreadablePage,
    ZoomDown,
)
from qosreport.tables import Kind
from qosreport.zoom.caller import Caller, Ignored, Question
from qosreport.zoom.endpoints import (
    ENDPOINTS,
    Endpoint,
    ListedMeeting,
    Type,
    is_reference,
    modest_int,
)
from qosreport.zoom.pages import MAX_RESTARTS, Chain, Page, json_object, pull_whole_chain

WINDOW_DAYS = 28
"""First and last day counted. Zoom allows a month; February has 28 days."""
MONTHS_LISTED = 6
log = logging.getLogger(__name__)
DECODER = json.JSONDecoder(parse_int=modest_int)
SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Window:
    """Dates asked of the list, in GMT, with one type."""

    first: dt.date
    last: dt.date
    type: Type


@dataclass(frozen=True)
class ListGap:
    """Something the list may lack."""

    window: Window
    reason: str
    """rows-missing: fewer items than Zoom counted; narrowed: Zoom answered for other dates than it
    was asked; unreadable-item: an item without a UUID; not-available: the account has no webinars.
    """
    count: int
    """Items, or days for `narrowed`; 0 where nobody knows."""


@dataclass
class MeetingList:
    """The meetings of one kind that start in [start, end), as an iterator.

    A window's pages are pulled back to back before the first of its meetings is given out, so that
    no page token ages while the caller works. What a meeting's start is, Zoom sometimes leaves
    blank: such meetings are given out, too, for all the windows asked, with `start_time` None.

    Iterating raises what `Caller.get` raises; `ZoomDown` if the pages have no end.
    """

    kind: Kind
    start: dt.datetime
    end: dt.datetime
    skipped: tuple[dt.datetime, dt.datetime] | None
    """The part of [start, end) that is older than Zoom lists: half-open, known from the start."""
    windows: tuple[Window, ...]
    meetings: Iterator[ListedMeeting] = field(repr=False)
    gaps: list[ListGap] = field(default_factory=list)
    """Grows while iterating."""

    def __iter__(self) -> Iterator[ListedMeeting]:
        """Itself."""
        return self

    def __next__(self) -> ListedMeeting:
        """The next meeting."""
        return next(self.meetings)


def list_meetings(
    caller: Caller,
    kind: Kind,
    start: dt.datetime,
    end: dt.datetime,
    *,
    now: dt.datetime,
    one_person: bool,
) -> MeetingList:
    """List what starts in [start, end); see `MeetingList`."""
    oldest = dt.datetime.combine(_months_before(now, MONTHS_LISTED), dt.time(), dt.UTC)
    skipped = (start, min(end, oldest)) if start < oldest else None
    types = types_of(kind, one_person=one_person)
    windows = tuple(windows_of(max(start, oldest), min(end, now), types))
    listed = MeetingList(kind, start, end, skipped, windows, iter(()))
    listed.meetings = _meetings(caller, listed)
    return listed


def types_of(kind: Kind, *, one_person: bool) -> tuple[Type, ...]:
    """Which types of past instances are asked for; Zoom knows pastOne of meetings only."""
    return ("past", "pastOne") if one_person and kind == "meeting" else ("past",)


def find(
    caller: Caller, reference: str, kind: Kind, types: tuple[Type, ...]
) -> ListedMeeting | None:
    """The instance of a UUID, or the latest of a number; None if Zoom knows none (404).

    Args:
        caller: Asks.
        reference: UUID, or number in any grouping: 932 0123 5621.
        kind: Meeting or webinar.
        types: Asked one after the other until one is found.

    Raises:
        MeetingNotAccessible, MeetingTooOld: Zoom has it but does not give it.
    """
    wanted = re.sub(r"[\s-]", "", reference)
    wanted = wanted if wanted.isdecimal() else reference.strip()
    if not is_reference(wanted):
        return None
    endpoint = ENDPOINTS[kind, "detail"]
    for type_ in types:
        try:
            page = caller.get(Question(endpoint, meeting=wanted, params={"type": type_}))
        except MeetingNotFound:
            continue
        return ListedMeeting.from_item(
            page.body, kind=kind, one_person=type_ == "pastOne", pulled_at=page.received_at
        )
    return None


def list_items(page: Page, endpoint: Endpoint) -> list[tuple[bytes, object]]:
    """The items of a list page: the bytes of each as they came, and what they say."""
    # Any bytes survive this and the way back; in UTF-8 it is the identity.
    text = page.body.decode("utf-8", "surrogateescape")
    at = _rows_at(text, endpoint.holds)
    items: list[tuple[bytes, object]] = []
    while text[at : at + 1] not in {"]", ""}:
        fields, behind = DECODER.raw_decode(text, at)
        items.append((text[at:behind].encode("utf-8", "surrogateescape"), fields))
        at = _skip(text, behind)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return items


def windows_of(start: dt.datetime, end: dt.datetime, types: tuple[Type, ...]) -> Iterator[Window]:
    """Windows of dates that cover [start, end), whether Zoom counts the last date in or not.

    Neighbours share a day for the same reason.
    """
    if start >= end:
        return
    first, last = start.date(), (end + dt.timedelta(days=1, microseconds=-1)).date()
    while True:
        until = min(last, first + dt.timedelta(days=WINDOW_DAYS - 1))
        for type_ in types:
            yield Window(first, until, type_)
        if until == last:
            return
        first = until - dt.timedelta(days=1)


def _meetings(caller: Caller, listed: MeetingList) -> Iterator[ListedMeeting]:
    seen: set[str] = set()
    for window in listed.windows:
        for meeting in _window(caller, listed, window):
            start = meeting.start_time
            inside = start is None or listed.start <= start < listed.end
            if inside and meeting.uuid not in seen:
                seen.add(meeting.uuid)
                yield meeting


def _window(caller: Caller, listed: MeetingList, window: Window) -> list[ListedMeeting]:
    endpoint = ENDPOINTS[listed.kind, "list"]
    chain = _chain(caller, endpoint, listed, window)
    meetings: list[ListedMeeting] = []
    unreadable = 0
    for page in chain.pages[:1]:
        _note_narrowing(page, listed, window)
    for page in chain.pages:
        for item, fields in list_items(page, endpoint):
            meeting = ListedMeeting.from_fields(
                fields,
                item=item,
                kind=listed.kind,
                one_person=window.type == "pastOne",
                pulled_at=page.received_at,
            )
            if meeting is None:
                unreadable += 1
            else:
                meetings.append(meeting)
    if unreadable:
        _note(listed, window, "unreadable-item", unreadable)
    if chain.short:
        _note(listed, window, "rows-missing", chain.expected - len(chain.rows))
    return meetings


def _chain(caller: Caller, endpoint: Endpoint, listed: MeetingList, window: Window) -> Chain:
    params: dict[str, str | int] = {
        "type": window.type,
        "from": window.first.isoformat(),
        "to": window.last.isoformat(),
        "page_size": endpoint.page_size or 0,
    }

    def ask(token: str | None) -> Page:
        return caller.get(Question(endpoint, params=params, page_token=token, lenient=True))

    try:
        return pull_whole_chain(ask, endpoint)
    except Ignored:
        _note(listed, window, "not-available", 0)
        return Chain()
    except (PageTokenExpired, PageTokenLoop, UnreadablePage) as error:
        # Of one meeting's pages these cost the meeting; without the list there is nothing to pull.
        attempts = 1 + MAX_RESTARTS if isinstance(error, PageTokenExpired) else 1
        raise ZoomDown(endpoint=endpoint.title, attempts=attempts, last=error.slug) from None


def _note(listed: MeetingList, window: Window, reason: str, count: int) -> None:
    listed.gaps.append(ListGap(window, reason, count))
    log.warning("Zoom's list of %ss: %s (%d).", listed.kind, reason, count)


def _note_narrowing(page: Page, listed: MeetingList, window: Window) -> None:
    """Zoom is known to move `from` silently where it finds a period too long."""
    fields = json_object(page.body)
    first, last = _date(fields.get("from")), _date(fields.get("to"))
    # A last day in the future is asked for only because it may not be counted in.
    until = min(window.last, page.received_at.date())
    cut = max(0, (first - window.first).days if first else 0)
    cut += max(0, (until - last).days if last else 0)
    if cut:
        _note(listed, window, "narrowed", cut)


def _date(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _months_before(now: dt.datetime, months: int) -> dt.date:
    """The same day so many months ago, or that month's last."""
    today = now.astimezone(dt.UTC).date()
    year, month0 = divmod(today.year * 12 + today.month - 1 - months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return dt.date(year, month0 + 1, min(today.day, last))


def _rows_at(text: str, key: str) -> int:
    """Where the first item of the top-level list `key` begins, or its closing bracket."""
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if name == key and text[at] == "[":
            return _skip(text, at + 1)
        _, at = DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return len(text)


def _skip(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at
