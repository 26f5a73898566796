import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.errors import PageTokenExpired, PageTokenLoop, UnreadablePage
from qosreport.zoom.endpoints import ENDPOINTS
from qosreport.zoom.pages import (
    Page,
    TokenExpired,
    Unreadable,
    json_object,
    pull_chain,
    pull_whole_chain,
    read_page,
)
from qosreport.zoom.transport import Answer
from tests.unit.zoom.support import START, UNHURRIED

LIST = ENDPOINTS["meeting", "list"]
PARTICIPANTS = ENDPOINTS["meeting", "participants"]
QOS = ENDPOINTS["meeting", "qos"]
SINGLE = ENDPOINTS["meeting", "participant_qos"]
SUMMARY = ENDPOINTS["meeting", "qos_summary"]
TINY = Path("tests/data/tiny")


def read(body, endpoint=QOS, content_type="application/json;charset=UTF-8"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_page(Answer(200, {"Content-Type": content_type}, body, START), endpoint)


def row(user_id="1", join_time="2026-11-11T14:00:00Z", **more):
    return {"user_id": user_id, "join_time": join_time, **more}


def test_the_tiny_meetings_pages_are_read():
    body = (TINY / "qos.json").read_bytes()
    page = read(body)
    assert page.body is body
    assert page.next_token is None
    assert page.total_records == 5
    truth = json.loads(body)["participants"]
    assert page.rows == tuple((r["user_id"], r["join_time"]) for r in truth)


# What a person may write into a name to be taken for the page's own structure.
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            '"next_page_token":"stolen"',
            'next_page_token":"stolen',
            "next_page_token",
            "user_id",
            '","user_id":"9","x":"',
            "total_records",
            '\\","next_page_token":"stolen","a":"\\',
            "}}}}]]]",
            "{{{{",
            "\\",
            '"',
            "\u2028\x00\x1f",
        ]
    ),
)


@UNHURRIED
@given(
    names=st.lists(HOSTILE, max_size=4),
    token=st.one_of(
        st.none(), st.just(""), st.text("abcXYZ019+/=\"\\:'é", min_size=1, max_size=20)
    ),
    total=st.integers(0, 10**6),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 1]),
    token_last=st.booleans(),
)
def test_searching_the_bytes_agrees_with_reading_the_json(
    *, names, token, total, ascii_only, indent, token_last
):
    rows = [row(str(number), user_name=name) for number, name in enumerate(names)]
    head = {"next_page_token": token, "total_records": total}
    body = {"participants": rows, **head} if token_last else {**head, "participants": rows}
    text = json.dumps(body, ensure_ascii=ascii_only, indent=indent)
    page = read(text.encode("utf-8", "surrogatepass"))
    assert page.next_token == (token or None)
    assert page.total_records == total
    assert page.rows == tuple((r["user_id"], r["join_time"]) for r in rows)


@UNHURRIED
@given(st.lists(HOSTILE, min_size=1, max_size=3), st.data())
def test_no_page_cut_short_is_taken_for_a_whole_one(names, data):
    rows = [row(user_name=name, user_qos=[{"audio_input": {}}]) for name in names]
    body = json.dumps({"next_page_token": "", "participants": rows}).encode()
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(Unreadable):
        read(body[:cut])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "an empty body"),
        (b"  \r\n", "an empty body"),
        (b"<html><body>Sign in</body></html>", "HTML"),
        (b"\n <!DOCTYPE html>", "HTML"),
        (b"null", "JSON of another shape"),
        (b"[]", "JSON of another shape"),
        (b'"x"', "JSON of another shape"),
        (b"5", "JSON of another shape"),
        (b"OK", "something that is not JSON"),
        (b"\x1f\x8b\x08", "something that is not JSON"),
        (b'{"participants":[', "a truncated body"),
        (b'{"participants":[{"user_id":"1"}', "a truncated body or broken JSON"),
        (b'{"code":300}', "JSON without 'participants'"),
        (b"{}", "JSON without 'participants'"),
        ('{"participants":[]}'.encode("utf-16"), "something that is not JSON"),
        (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "JSON nested too deeply"),
    ],
)
def test_what_is_no_page_is_named(body, kind):
    with pytest.raises(Unreadable) as caught:
        read(body)
    assert caught.value.kind == kind


def test_a_byte_order_mark_does_no_harm():
    assert read(b'\xef\xbb\xbf{"participants":[],"next_page_token":"t"}').next_token == "t"


@pytest.mark.parametrize("token", [b'""', b"null"])
def test_a_blank_token_ends_the_chain(token):
    assert read(b'{"next_page_token":' + token + b',"participants":[]}').next_token is None


def test_a_missing_token_ends_the_chain():
    assert read({"participants": []}).next_token is None


@pytest.mark.parametrize("token", [5, 5.5, True, ["t"], {"t": 1}, " ", "\t", "a\nb", "\udc80"])
def test_a_token_that_is_no_text_makes_the_page_unreadable(token):
    with pytest.raises(Unreadable):
        read({"next_page_token": token, "participants": []})


@pytest.mark.parametrize(
    ("total", "expected"),
    [(0, 0), (25, 25), ("25", 25), (None, None), (-1, None), (2.5, None), ("many", None)],
)
def test_zooms_count_is_read_or_null(total, expected):
    assert read({"total_records": total, "participants": []}).total_records == expected


def test_a_count_of_thousands_of_digits_is_null():
    body = b'{"participants":[],"total_records":' + b"9" * 5000 + b"}"
    assert read(body).total_records is None


def test_rows_are_told_apart_however_oddly_they_are_written():
    rows = [
        row(16778240),
        row("a\\b"),
        {"user_id": "only"},
        {"join_time": "2026-11-11T14:00:00Z"},
        row(user_name="user_id"),
    ]
    assert len(set(read({"participants": rows}).rows)) == 5
    crossed = [row("a\\b"), row("2", "\u00e9\\")]
    assert len(set(read({"participants": crossed}).rows)) == 2


def test_a_key_of_the_same_name_further_in_is_not_the_pages_own():
    rows = [row(next_page_token="theirs", total_records=7)]
    page = read({"participants": rows, "next_page_token": "ours", "total_records": 1})
    assert (page.next_token, page.total_records) == ("ours", 1)


def test_rows_of_a_summary_are_not_counted():
    page = read({"participants": [{"participant_id": "1"}], "total_records": 9}, SUMMARY)
    assert page.rows == ()
    assert page.total_records is None


def test_a_list_must_hold_a_list():
    with pytest.raises(Unreadable):
        read({"meetings": None}, LIST)
    with pytest.raises(Unreadable):
        read(b'{"meetings":' + b"[" * 100_000 + b"]" * 100_000 + b"}", LIST)


def test_a_page_without_a_row_is_looked_at_closely():
    assert read({"participants": []}).rows == ()
    with pytest.raises(Unreadable):
        read(b'{"participants":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    with pytest.raises(Unreadable):
        read({"participants": {}})


def test_one_participant_is_an_object_of_its_own():
    page = read({"user_id": "1", "user_qos": []}, SINGLE)
    assert (page.next_token, page.rows) == (None, ())
    with pytest.raises(Unreadable):
        read({"participants": []}, SINGLE)


def test_json_is_read_with_absurd_numbers_and_broken_text():
    fields = json_object(b'{"a":' + b"9" * 5000 + b',"b":"\xff\\udc80","c":NaN}')
    assert fields["a"] == float("inf")
    assert fields["b"] == "\udcff\udc80"


class Pages:
    """Hands out pages by token and notes what was asked."""

    def __init__(self, *chains):
        self.chains = list(chains)
        self.asked = []

    def __call__(self, token):
        self.asked.append(token)
        if token is None:
            self.current = self.chains.pop(0) if len(self.chains) > 1 else self.chains[0]
            self.at = 0
        else:
            self.at += 1
        page = self.current[self.at]
        if isinstance(page, Exception):
            raise page
        return page


def page(rows=(), token=None, total=None):
    return Page(b"{}", START, token, total, tuple((r, "t") for r in rows))


def test_pages_are_asked_for_until_the_token_ends():
    ask = Pages([page("a", "1"), page("b", "2"), page("c")])
    chain = pull_chain(ask, QOS)
    assert ask.asked == [None, "1", "2"]
    assert chain.rows == {("a", "t"), ("b", "t"), ("c", "t")}


@pytest.mark.parametrize("where", [1, 2, 3, 4])
def test_a_token_expired_at_any_page_begins_the_chain_anew(where):
    whole = [page("a", "1"), page("b", "2"), page("c", "3"), page("d", "4"), page("e")]
    broken = [*whole[:where], TokenExpired()]
    ask = Pages(broken, whole)
    chain = pull_chain(ask, QOS)
    assert [p.rows for p in chain.pages] == [p.rows for p in whole]
    assert ask.asked == [None, *"1234"[:where], None, *"1234"]


def test_a_token_that_keeps_expiring_gives_the_meeting_up_after_three_restarts():
    ask = Pages([page("a", "1"), TokenExpired()])
    with pytest.raises(PageTokenExpired) as caught:
        pull_chain(ask, QOS)
    assert ask.asked.count(None) == 4
    assert caught.value.facts == {"restarts": 3}


@pytest.mark.parametrize("tokens", [["x", "x"], ["x", "y", "x"], ["x", "y", "z", "y"]])
def test_the_same_token_twice_is_a_loop(tokens):
    ask = Pages([page([str(n)], token) for n, token in enumerate(tokens)] + [page("z")])
    with pytest.raises(PageTokenLoop):
        pull_chain(ask, QOS)
    assert len(ask.asked) == len(tokens)


def test_empty_pages_with_new_tokens_for_ever_are_bounded():
    asked = []

    def ask(token):
        asked.append(token)
        return page((), str(len(asked)), total=25)

    with pytest.raises(UnreadablePage):
        pull_chain(ask, QOS)
    assert len(asked) == 2 * 3 + 10


def test_an_empty_page_with_a_token_is_not_the_end():
    chain = pull_chain(Pages([page("a", "1", 2), page((), "2", 2), page("b", None, 2)]), QOS)
    assert not chain.short


def test_a_whole_chain_is_pulled_once():
    ask = Pages([page("ab", "1", 3), page("c", None, 3)])
    assert len(pull_whole_chain(ask, QOS).pages) == 2
    assert ask.asked.count(None) == 1


def test_rows_missing_by_zooms_count_are_pulled_once_more():
    shifted = [page("ab", "1", 3), page("b", None, 3)]
    ask = Pages(shifted, [page("ab", "1", 3), page("c", None, 3)])
    chain = pull_whole_chain(ask, QOS)
    assert not chain.short
    assert len(chain.pages) == 2
    assert ask.asked.count(None) == 2


def test_two_short_tries_are_put_together_without_pages_that_add_nothing():
    first = [page("ab", "1", 9), page("c", None, 9)]
    second = [page("ab", "1", 9), page("d", None, 9)]
    chain = pull_whole_chain(Pages(first, second), QOS)
    assert [len(p.rows) for p in chain.pages] == [2, 1, 1]
    assert {key for key, _ in chain.rows} == set("abcd")
    assert chain.short


def test_a_count_that_is_simply_too_high_costs_one_more_try_only():
    ask = Pages([page("ab", None, 9)])
    assert len(pull_whole_chain(ask, QOS).pages) == 1
    assert ask.asked == [None, None]


def test_no_count_is_no_shortage():
    ask = Pages([page("ab")])
    pull_whole_chain(ask, QOS)
    assert ask.asked == [None]
