import unicodedata

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qosreport.zoom.parse.text import (
    LONGEST,
    clean_one,
    clean_reason,
    clean_text,
    clean_texts,
    names_nobody,
)


def cleaned(*texts):
    return clean_text(pl.Series(list(texts), dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Brightwell", "Ada Brightwell"),
        ("  Ada  ", "Ada"),
        ("", None),
        ("   ", None),
        (None, None),
        ("e\u0301", "é"),
        ("Zoë 漢字 عربي", "Zoë 漢字 عربي"),
        ("👩\u200d👩", "👩\u200d👩"),
        ("a\x00b\x07c", "abc"),
        ("a\tb\nc\u2028d\x85e", "a b c d e"),
        ("\ue000private", "private"),
        ("un\u0378assigned", "unassigned"),
        ("\U0010ffff!", "!"),
        ("\u200b\u202e", None),
        ("e\x00\u0301", "é"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("{{7*7}}", "{{7*7}}"),
    ],
)
def test_the_border_takes_away_what_is_never_shown_and_keeps_the_rest(text, expected):
    assert cleaned(text, "Ö") == [expected, "Ö"]


def test_a_long_text_is_cut_visibly_by_characters():
    assert cleaned("é" * 10_000) == ["é" * (LONGEST - 1) + "…"]
    assert cleaned("x" * LONGEST) == ["x" * LONGEST]


def test_a_lone_surrogate_goes_and_the_rest_of_the_name_stays():
    assert clean_one("Ada\udc80 B") == "Ada B"
    assert clean_one("\ud800") is None


@settings(max_examples=150)
@given(st.lists(st.none() | st.text(max_size=300), min_size=1, max_size=8))
@example([" \u0301"])
@example(["\u1100\x00\u1161"])
def test_what_crossed_the_border_is_clean_and_crosses_it_again_unchanged(texts):
    once = cleaned(*texts)
    assert cleaned(*once) == once
    for text in once:
        if text is None:
            continue
        assert 1 <= len(text) <= LONGEST
        assert text == text.strip()
        assert unicodedata.normalize("NFC", text) == text
        assert not any(unicodedata.category(sign) in {"Cc", "Co", "Cs"} for sign in text)


def test_columns_are_cleaned_each_by_itself():
    frame = pl.DataFrame({"plain": ["a ", None], "odd": ["\x00é", "x"]})
    assert clean_texts(frame).rows() == [("a", "é"), (None, "x")]
    assert clean_texts(frame.head(0)).schema == frame.schema


@pytest.mark.parametrize(
    ("reason", "names", "expected"),
    [
        ("Host ended the meeting.", ["Ada"], "Host ended the meeting."),
        ("Host ended the meeting.", ["Host"], "Host ended the meeting."),
        ("Ada left the meeting.", ["Ada"], "left the meeting."),
        (
            "Bram Osei left the meeting.<br>Reason: Network connection error.",
            ["Bram Osei"],
            "left the meeting. Reason: Network connection error.",
        ),
        ("Somebody else left the meeting.<BR/>Reason: x", [], "left the meeting. Reason: x"),
        ("Ada&#39;s iPad got disconnected from the meeting.", ["Ada's iPad"],
         "got disconnected from the meeting."),
        ("Bob left the meeting left the webinar", ["Bob left the meeting"], "left the webinar"),
        ("<b>Bo</b> left the meeting.", ["<b>Bo</b>"], "left the meeting."),
        ("Removed by Ada Brightwell", ["Ada", "Ada Brightwell"], "Removed by (name)"),
        ("one<br>two", [], "one; two"),
        ("Adamant refusal by Ada", ["Ada"], "Adamant refusal by (name)"),
        ("a &lt; b &amp; c", [], "a < b & c"),
        ("<br><br>", [], ""),
    ],
)  # fmt: skip
def test_a_leave_reason_is_about_the_reason_and_names_nobody(reason, names, expected):
    assert clean_reason(reason, names) == expected


@given(
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=4, max_size=30),
    st.sampled_from(["left the meeting.", "got disconnected from the meeting."]),
    st.sampled_from(["", "<br>Reason: Host ended the meeting."]),
)
def test_whoever_left_is_never_in_the_reason(name, verb, tail):
    reason = clean_reason(f"{name} {verb}{tail}", [name])
    assert reason.startswith(verb)
    assert len(reason) <= len(verb) + len(tail)


def test_reasons_of_zooms_own_words_need_no_names_looked_up():
    frame = pl.DataFrame({"reason": ["Host ended the meeting.", "Ada left the meeting.", None]})
    assert frame.select(names_nobody(pl.col("reason"))).to_series().to_list() == [True, False, None]
