import datetime as dt
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport import errors
from qosreport.zoom.endpoints import ENDPOINTS
from qosreport.zoom.listing import WINDOW_DAYS, list_items, list_meetings
from qosreport.zoom.pages import Page
from tests.unit.zoom.support import START, UNHURRIED, error, ok, on, zoom_client

NOW = START
MONDAY = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
WEEK = (MONDAY, MONDAY + dt.timedelta(days=7))
DAY = dt.timedelta(days=1)


def item(uuid, start="2026-11-11T14:00:00Z", **more):
    return {
        "uuid": uuid,
        "id": 93201235621,
        "topic": "Tämä on testi 会議 😀",
        "start_time": start,
        "end_time": "2026-11-11T15:00:00Z",
        "participants": 4,
        **more,
    }


def uuids(client, kind="meeting", start=WEEK[0], end=WEEK[1], now=NOW):
    return [m.uuid for m in client.list_meetings(kind, start, end, now=now)]


def test_past_and_past_one_are_both_asked_and_told_apart(client, account):
    account.listed = {("meeting", "past"): [item("a")], ("meeting", "pastOne"): [item("b")]}
    meetings = list(client.list_meetings("meeting", *WEEK, now=NOW))
    assert [(m.uuid, m.one_person) for m in meetings] == [("a", False), ("b", True)]
    assert [c.params["type"] for c in account.calls[1:]] == ["past", "pastOne"]
    assert client.calls == {"resource_intensive": 2}


def test_past_one_is_not_asked_when_the_settings_say_so_nor_for_webinars(httpserver, account):
    account.listed = {("webinar", "past"): [item("w")]}
    with zoom_client(httpserver, one_person_meetings=False) as zoom:
        assert uuids(zoom) == []
        assert uuids(zoom, "webinar") == ["w"]
    assert [c.params["type"] for c in account.calls[1:]] == ["past", "past"]
    assert account.calls[2].path == "/v2/metrics/webinars"


def test_the_request_is_as_zoom_wants_it(client, account):
    uuids(client)
    assert account.calls[1].target == (
        "/v2/metrics/meetings?type=past&from=2026-11-09&to=2026-11-16&page_size=300"
    )


def test_pages_are_followed_with_all_other_parameters_kept(client, account):
    account.listed = {("meeting", "past"): [item(f"m{n}") for n in range(650)]}
    assert len(uuids(client)) == 650
    pages = [c for c in account.calls[1:] if c.params["type"] == "past"]
    assert len(pages) == 3
    fixed = [{k: v for k, v in c.params.items() if k != "next_page_token"} for c in pages]
    assert fixed[0] == fixed[1] == fixed[2]


def test_only_what_starts_inside_the_period_is_kept(client, account):
    account.listed = {
        ("meeting", "past"): [
            item("before", "2026-11-08T23:59:59Z"),
            item("first", "2026-11-09T00:00:00Z"),
            item("last", "2026-11-15T23:59:59Z"),
            item("after", "2026-11-16T00:00:00Z"),
        ]
    }
    assert uuids(client) == ["first", "last"]


def test_a_blank_start_is_kept_and_marked(client, account):
    account.listed = {("meeting", "past"): [item("blank", "", end_time="", participants=0)]}
    (meeting,) = client.list_meetings("meeting", *WEEK, now=NOW)
    assert (meeting.start_time, meeting.end_time, meeting.participants_reported) == (None, None, 0)


def test_a_meeting_in_two_windows_types_or_pages_comes_once(client, account):
    rows = [item("a", "2026-10-20T10:00:00Z"), item("b", "2026-10-20T10:00:00Z"), item("a")]
    account.listed = {("meeting", "past"): rows, ("meeting", "pastOne"): rows}
    assert uuids(client, start=MONDAY - 40 * DAY) == ["a", "b"]


def windows(start, end, *, now=NOW, one_person=False):
    return list_meetings(None, "meeting", start, end, now=now, one_person=one_person)


@UNHURRIED
@given(
    start=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 11, 17)),  # noqa: DTZ001 -- hypothesis wants them bare
    length=st.timedeltas(dt.timedelta(minutes=1), dt.timedelta(days=200)),
)
def test_windows_cover_the_period_and_none_is_longer_than_zoom_allows(start, length):
    start = start.replace(tzinfo=dt.UTC)
    end = start + length
    listed = windows(start, end)
    spans = [(w.first, w.last) for w in listed.windows]
    begin = listed.skipped[1] if listed.skipped else start
    end = min(end, NOW)
    if begin >= end:
        assert spans == []
        return
    assert spans[0][0] == begin.date()
    # Even if Zoom leaves the last day out, all of the period is in.
    assert dt.datetime.combine(spans[-1][1], dt.time(), dt.UTC) >= end
    assert all((last - first).days < WINDOW_DAYS for first, last in spans)
    for (_, last), (first, _) in pairwise(spans):
        assert first == last - DAY


def test_what_is_older_than_six_months_is_told_before_any_call(client, account):
    listed = client.list_meetings("meeting", MONDAY - 300 * DAY, WEEK[1], now=NOW)
    oldest = dt.datetime(2026, 5, 18, tzinfo=dt.UTC)
    assert listed.skipped == (MONDAY - 300 * DAY, oldest)
    assert listed.windows[0].first == oldest.date()
    assert account.calls == []


def test_a_period_wholly_too_old_or_in_the_future_asks_nothing(client, account):
    old = client.list_meetings("meeting", MONDAY - 300 * DAY, MONDAY - 290 * DAY, now=NOW)
    assert old.skipped == (MONDAY - 300 * DAY, MONDAY - 290 * DAY)
    assert list(old) == []
    assert list(client.list_meetings("meeting", NOW + DAY, NOW + 2 * DAY, now=NOW)) == []
    assert account.calls == []


@pytest.mark.parametrize(
    ("now", "oldest"),
    [
        (dt.datetime(2026, 8, 31, tzinfo=dt.UTC), dt.date(2026, 2, 28)),
        (dt.datetime(2028, 8, 31, tzinfo=dt.UTC), dt.date(2028, 2, 29)),
        (dt.datetime(2026, 3, 15, tzinfo=dt.UTC), dt.date(2025, 9, 15)),
        (dt.datetime(2027, 1, 1, tzinfo=dt.UTC), dt.date(2026, 7, 1)),
    ],
)
def test_six_months_ago_is_a_day_of_the_calendar(now, oldest):
    assert windows(now - 400 * DAY, now, now=now).windows[0].first == oldest


def test_an_item_is_kept_byte_for_byte(client, account):
    body = (
        '{ "page_size":300,"from":"2026-11-09","to":"2026-11-16","x":{"meetings":[1]},\n'
        ' "meetings" : [ {"uuid":"a", "topic":"会議 \\u00e9 \\ud83d", "id": 1.50,\n'
        ' "start_time":"2026-11-11T14:00:00Z"} ,{"uuid":"b","start_time":"",'
        '"n":' + "9" * 5000 + "} ],"
        ' "next_page_token":"","total_records":2 }'
    )
    raw = body.encode().replace("会".encode(), b"\xff\xfe")
    account.faults.append(on("list", lambda: _raw(raw), times=1))
    meetings = list(client.list_meetings("meeting", *WEEK, now=NOW))
    assert [m.uuid for m in meetings] == ["a", "b"]
    assert meetings[0].item.startswith(b'{"uuid":"a", "topic":"\xff\xfe')
    assert all(m.item in raw for m in meetings)
    assert all(m.item.endswith(b"}") for m in meetings)


def _raw(body):
    response = ok({})
    response.data = body
    return response


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@UNHURRIED
@given(
    items=st.lists(st.dictionaries(st.text(), JSON_VALUES, max_size=4), max_size=4),
    before=st.dictionaries(st.text(), JSON_VALUES, max_size=3),
    indent=st.sampled_from([None, 2]),
    ascii_only=st.booleans(),
)
def test_slices_of_a_page_are_its_items(items, before, indent, ascii_only):
    before = {key: value for key, value in before.items() if key != "meetings"}
    page = {**before, "meetings": items, "last": "]"}
    body = json.dumps(page, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    sliced = list_items(Page(body, START, None, None, ()), ENDPOINTS["meeting", "list"])
    assert [json.loads(piece.decode("utf-8", "surrogatepass")) for piece, _ in sliced] == items
    assert all(piece in body for piece, _ in sliced)


def test_items_without_a_uuid_are_counted(client, account):
    account.listed = {("meeting", "past"): [item(""), item("a"), item(None), "text", 5]}
    listed = client.list_meetings("meeting", *WEEK, now=NOW)
    assert [m.uuid for m in listed] == ["a"]
    assert [(g.reason, g.count) for g in listed.gaps] == [("unreadable-item", 4)]


def test_items_missing_by_zooms_count_are_asked_for_once_more_and_counted(client, account):
    account.listed = {("meeting", "past"): [item("a")]}
    account.total_records = 3
    listed = client.list_meetings("meeting", *WEEK, now=NOW)
    assert [m.uuid for m in listed] == ["a"]
    assert [(g.window.type, g.reason, g.count) for g in listed.gaps] == [
        ("past", "rows-missing", 2),
        ("pastOne", "rows-missing", 3),
    ]
    assert len(account.names()) == 4


def test_a_period_that_zoom_narrowed_is_noticed(client, account):
    def narrowed(call):
        if call.name != "list" or call.params["type"] != "past":
            return None
        return account.page(call, "meetings", [item("a")], **{"from": "2026-11-12", "to": "x"})

    account.faults.append(narrowed)
    listed = client.list_meetings("meeting", *WEEK, now=NOW)
    assert [m.uuid for m in listed] == ["a"]
    assert [(g.reason, g.count) for g in listed.gaps] == [("narrowed", 3)]


def test_a_last_day_in_the_future_is_not_taken_for_narrowing(client, account):
    def until_today(call):
        echo = {"from": call.params.get("from"), "to": NOW.date().isoformat()}
        return account.page(call, "meetings", [], **echo) if call.name == "list" else None

    account.faults.append(until_today)
    listed = client.list_meetings("meeting", NOW - 3 * DAY, NOW, now=NOW)
    assert list(listed) == []
    assert listed.gaps == []


def test_an_account_without_webinars_has_none(client, account):
    account.faults.append(on("list", lambda: error(400, 200, "Webinar plan is missing.")))
    listed = client.list_meetings("webinar", *WEEK, now=NOW)
    assert list(listed) == []
    assert [g.reason for g in listed.gaps] == ["not-available"]


def test_an_account_without_a_dashboard_is_another_thing(client, account):
    account.faults.append(on("list", lambda: error(400, 200, "No permission.")))
    with pytest.raises(errors.NoDashboard):
        uuids(client, "webinar")


def test_an_expired_token_begins_the_list_anew(client, account):
    account.listed = {("meeting", "past"): [item(f"m{n}") for n in range(700)]}
    expired = error(400, 300, "The next page token is invalid or expired.")
    account.faults.append(
        lambda call: expired if call.page_token and len(account.calls) == 4 else None
    )
    assert len(uuids(client)) == 700


def test_a_list_whose_tokens_never_last_stops_the_run(client, account):
    account.listed = {("meeting", "past"): [item(f"m{n}") for n in range(700)]}
    expired = error(400, 300, "The next page token is invalid or expired.")
    account.faults.append(lambda call: expired if call.page_token else None)
    with pytest.raises(errors.ZoomDown) as caught:
        uuids(client)
    assert caught.value.facts["last"] == "page-token-expired"


def test_a_list_that_loops_stops_the_run(client, account):
    def loop(call):
        if call.name != "list":
            return None
        return ok({"meetings": [item("a")], "next_page_token": "same"})

    account.faults.append(loop)
    with pytest.raises(errors.ZoomDown):
        uuids(client)
    assert len(account.names()) == 2


def test_a_window_is_read_whole_before_its_first_meeting_is_given_out(client, account):
    account.listed = {("meeting", "past"): [item(f"m{n}") for n in range(700)]}
    listed = client.list_meetings("meeting", *WEEK, now=NOW)
    next(listed)
    assert len(account.names()) == 3


UUID = "/tiny//Meeting+1234567=="


@pytest.mark.parametrize("reference", [UUID, "93201235621", "932 0123 5621", "932-0123-5621 "])
def test_a_meeting_is_found_by_uuid_or_number(client, account, reference):
    account.listed = {("meeting", "past"): [item(UUID)]}
    meeting = client.find(reference, "meeting")
    assert (meeting.uuid, meeting.kind, meeting.one_person) == (UUID, "meeting", False)
    assert json.loads(meeting.item)["uuid"] == UUID
    path = account.calls[-1].path
    twice = "%252Ftiny%252F%252FMeeting%252B1234567%253D%253D"
    assert path.removeprefix("/v2/metrics/meetings/") in {twice, "93201235621"}
    assert account.calls[-1].params == {"type": "past"}


def test_a_one_person_meeting_is_found_too(client, account):
    account.listed = {("meeting", "pastOne"): [item("alone")]}
    assert client.find("alone", "meeting").one_person
    assert [c.params["type"] for c in account.calls[1:]] == ["past", "pastOne"]


def test_a_running_meeting_is_found_only_as_such(client, account):
    account.listed = {("webinar", "live"): [item("now", end_time="")]}
    assert client.find("now", "webinar") is None
    assert client.find_live("now", "webinar").uuid == "now"
    assert [c.params["type"] for c in account.calls[1:]] == ["past", "live"]


@pytest.mark.parametrize("code", [3001, 1001])
def test_what_zoom_does_not_know_is_none(client, account, code):
    account.faults.append(on("detail", lambda: error(404, code)))
    assert client.find("x", "meeting") is None


@pytest.mark.parametrize("reference", ["", "..", " ", "a\nb"])
def test_what_cannot_be_a_meeting_is_not_asked_for(client, account, reference):
    assert client.find(reference, "meeting") is None
    assert account.calls == []


@pytest.mark.parametrize(
    ("code", "kind"), [(300, errors.MeetingNotAccessible), (12702, errors.MeetingTooOld)]
)
def test_what_zoom_has_but_does_not_give_is_told(client, account, code, kind):
    account.faults.append(on("detail", lambda: error(400, code, "No.")))
    with pytest.raises(kind):
        client.find("x", "meeting")
