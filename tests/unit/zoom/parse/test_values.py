import datetime as dt
import math

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qosreport.tables import RATING, ZOOM_LABEL
from qosreport.zoom.parse import values
from qosreport.zoom.parse.columns import (
    COUNTS,
    FLAGS,
    INSTANTS,
    Plan,
    numbers,
    read_column,
    read_columns,
    read_sizes,
    words,
)
from qosreport.zoom.parse.values import (
    BAD_SIZE,
    BAD_TIME,
    NOT_FINITE,
    UNKNOWN_WORD,
    UNREADABLE,
    WRONG_UNIT,
    parse_number,
    read_count,
    read_instant,
    read_number,
    read_size,
    shape_of,
)

KINDS = ("kbps", "ms", "%", "fps", "dbm")

VECTORS = [
    ("63 kbps", 63.0),
    ("0.3%", 0.3),
    ("4 %", 4.0),
    ("", None),
    ("12 fps", 12.0),
    ("-", None),
    ("27.15kbps", 27.15),
    ("27.15 Kbps", 27.15),
    ("5.15ms", 5.15),
    ("1,055 kbps", None),
    ("NaN", None),
]
"""The parse_num vectors of reference/scoring-vectors.json."""

UNITS = [
    ("1055 kbps", "kbps", 1055.0),
    ("6", "kbps", 6.0),
    ("64000 bps", "kbps", 64.0),
    ("1.2 Mbps", "kbps", 1200.0),
    ("1.2MBPS", "kbps", 1200.0),
    ("2 Gbps", "kbps", 2_000_000.0),
    ("34 ms", "ms", 34.0),
    ("36ms", "ms", 36.0),
    ("1.5 s", "ms", 1500.0),
    ("0ms", "ms", 0.0),
    ("0.0", "%", 0.0),
    ("100%", "%", 100.0),
    ("25 FPS", "fps", 25.0),
    ("-69", "dbm", -69.0),
    ("-50 dBm", "dbm", -50.0),
    ("-50dBm", "dbm", -50.0),
    ("  7 ms\t", "ms", 7.0),
    ("63\u00a0kbps", "kbps", 63.0),
    ("5e-05", "ms", 5e-05),
    ("+3 ms", "ms", 3.0),
    (".5 ms", "ms", 0.5),
]
REFUSED = [
    ("n/a kbps", "kbps", UNREADABLE),
    ("1,055 kbps", "kbps", UNREADABLE),
    ("0,3%", "%", UNREADABLE),
    ("12 ms", "kbps", WRONG_UNIT),
    ("12 kbps", "ms", WRONG_UNIT),
    ("50%", "fps", WRONG_UNIT),
    ("5 parsecs", "ms", WRONG_UNIT),
    ("NaN%", "%", NOT_FINITE),
    ("-Infinity", "ms", NOT_FINITE),
    ("1e999", "ms", NOT_FINITE),
    ("9" * 5000, "ms", NOT_FINITE),
    ("1e308 Gbps", "kbps", NOT_FINITE),
    ("\uff11\uff12 ms", "ms", UNREADABLE),
    ("1_000 ms", "ms", UNREADABLE),
    ("5 ms ms", "ms", UNREADABLE),
    ("ms", "ms", UNREADABLE),
    ("<string>", "ms", UNREADABLE),
]


@pytest.mark.parametrize(("text", "value"), VECTORS)
def test_parse_number_gives_what_the_reference_vectors_say(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(("text", "kind", "value"), UNITS)
def test_a_number_is_read_in_the_unit_of_its_kind_in_any_spelling(text, kind, value):
    assert parse_number(text, kind) == value


@pytest.mark.parametrize(("text", "kind", "rule"), REFUSED)
def test_what_is_no_number_of_its_kind_is_null_and_names_the_rule_it_breaks(text, kind, rule):
    assert read_number(text, kind) == (None, rule)


@pytest.mark.parametrize("text", [None, "", "  ", "-", "--", "N/A", "n/a"])
def test_blanks_are_null_and_break_no_rule(text):
    assert read_number(text, "ms") == (None, None)


def test_a_hostile_number_of_many_digits_is_refused_at_once():
    assert read_number("9" * 200_000 + "x", "ms").rule == WRONG_UNIT
    assert read_number("1" * 200_000 + "..", "ms").rule == UNREADABLE


numberish = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.integers(-(10**12), 10**12).map(str),
    st.from_regex(r"[+-]?[0-9]{0,4}\.?[0-9]{0,4}([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["nan", "inf", "-Infinity", "", "-", "n/a", "0x10", "1_0", "\uff11", "∞"]),
)
spellings = st.tuples(
    st.sampled_from(["", " ", "\t", "\u00a0"]),
    numberish,
    st.sampled_from(["", " ", "  ", "\u2009"]),
    st.sampled_from(
        ["", "kbps", "Kbps", "KBPS", "bps", "Mbps", "gbps", "ms", "MS", "s", "%", "%%", "fps",
         "dBm", "dbm", "kbps kbps", "\u017f", "\u212abps"]
    ),
    st.sampled_from(["", " ", "\n"]),
).map("".join)  # fmt: skip


@settings(max_examples=150)
@given(texts=st.lists(st.none() | spellings | st.text(max_size=12), min_size=1, max_size=25))
@example(texts=["63 kbps", "27.15kbps", "", None, "n/a kbps", "1.2 Mbps", "inf kbps"])
def test_a_column_reads_exactly_what_the_reader_of_single_texts_reads(texts):
    frame = pl.DataFrame({kind: pl.Series(texts, dtype=pl.String) for kind in KINDS})
    for kind, column in read_columns(frame, Plan({kind: numbers(kind) for kind in KINDS})).items():
        single = [read_number(text, kind) for text in texts]
        assert column.values.to_list() == [reading.value for reading in single]
        assert column.unread.rows() == [
            (row, reading.rule, shape_of(texts[row]))
            for row, reading in enumerate(single)
            if reading.rule
        ]


@given(st.floats(0, 1e9, allow_nan=False), st.sampled_from(["kbps", " kbps", " Kbps", "KBPS"]))
def test_every_finite_number_survives_the_round_trip_through_text(value, unit):
    assert parse_number(f"{value!r}{unit}", "kbps") == value


def test_nothing_that_was_said_is_lost_uncounted():
    texts = ["63 kbps"] * 1000 + ["7kbps"] * 5 + ["x"] * 3 + [""] * 10
    column = read_column(pl.Series(texts), numbers("kbps"))
    assert column.values.drop_nulls().len() + column.unread.height == 1008


SIZES = [
    ("1280*720", (1280, 720), None),
    ("640 * 360", (640, 360), None),
    ("1920x1080", (1920, 1080), None),
    ("1920X1080", (1920, 1080), None),
    ("1920×1080", (1920, 1080), None),
    ("0*0", None, None),
    ("", None, None),
    (None, None, None),
    ("1280*720*9", None, BAD_SIZE),
    ("1280*0", None, BAD_SIZE),
    ("720p", None, BAD_SIZE),
    ("-1280*720", None, BAD_SIZE),
    ("9999999999*1", None, BAD_SIZE),
]


@pytest.mark.parametrize(("text", "size", "rule"), SIZES)
def test_a_size_is_two_factors_in_any_spelling_and_zero_by_zero_is_none(text, size, rule):
    assert read_size(text) == (size, rule)


def test_a_column_of_sizes_agrees_with_the_reader_of_single_texts():
    texts = [text for text, _, _ in SIZES] * 2
    width, height, unread = read_sizes(pl.Series(texts, dtype=pl.String))
    assert (
        list(zip(width, height, strict=True)) == [size or (None, None) for _, size, _ in SIZES] * 2
    )
    assert unread["row"].to_list() == [i for i, t in enumerate(texts) if read_size(t).rule]
    assert width.dtype == height.dtype == pl.Int32


def test_a_column_of_nothing_but_nulls_has_no_sizes():
    width, height, unread = read_sizes(pl.Series([None, None], dtype=pl.String))
    assert width.to_list() == height.to_list() == [None, None]
    assert unread.is_empty()


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


INSTANTS_SAID = [
    ("2026-11-11T14:00:05Z", utc(2026, 11, 11, 14, 0, 5)),
    ("2026-11-11T14:00:20.500Z", utc(2026, 11, 11, 14, 0, 20, 500_000)),
    ("2026-11-11T14:00:20.123456789Z", utc(2026, 11, 11, 14, 0, 20, 123_456)),
    ("2026-11-11T16:00:05+02:00", utc(2026, 11, 11, 14, 0, 5)),
    ("2026-11-11T16:00:05+0200", utc(2026, 11, 11, 14, 0, 5)),
    ("2026-11-11T09:30:05-04:30", utc(2026, 11, 11, 14, 0, 5)),
    ("2026-11-11T14:00:05", utc(2026, 11, 11, 14, 0, 5)),
    ("2026-11-11 14:00:05", utc(2026, 11, 11, 14, 0, 5)),
    ("2026-11-11t14:00:05z", utc(2026, 11, 11, 14, 0, 5)),
    (" 2026-11-11T14:00:05Z ", utc(2026, 11, 11, 14, 0, 5)),
    ("2026-12-31T23:59:60Z", utc(2027, 1, 1)),
    ("2028-02-29T00:00:00Z", utc(2028, 2, 29)),
]
INSTANTS_REFUSED = [
    "2026-02-30T00:00:00Z", "2026-11-11T24:00:00Z", "2026-11-11T14:00:61Z", "2026-11-11",
    "1970-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59Z", "1762869605",
    "2026-11-11T14:00:05+99:00", "2026-11-11T14:00: 5Z", "+026-11-11T14:00:05Z",
    "\uff12\uff10\uff12\uff16-11-11T14:00:05Z", "tomorrow",
]  # fmt: skip


@pytest.mark.parametrize(("text", "moment"), INSTANTS_SAID)
def test_an_instant_is_read_with_or_without_fraction_offset_and_zone(text, moment):
    assert read_instant(text) == (moment, None)


@pytest.mark.parametrize("text", INSTANTS_REFUSED)
def test_what_is_no_instant_of_a_meeting_is_null_and_counted(text):
    assert read_instant(text) == (None, BAD_TIME)


instantish = st.one_of(
    st.integers(7300, 55_000).map(
        lambda days: (utc(1970, 1, 1) + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ),
    st.integers(0, 3_000_000_000_000).map(
        lambda ms: (utc(2000, 1, 1) + dt.timedelta(milliseconds=ms)).isoformat()
    ),
    st.sampled_from([text for text, _ in INSTANTS_SAID] + INSTANTS_REFUSED + ["", "-"]),
    st.text("0123456789-:TZ+ .", max_size=22),
)


@settings(max_examples=100)
@given(st.lists(st.none() | instantish, min_size=1, max_size=20))
def test_a_column_of_instants_agrees_with_the_reader_of_single_texts(texts):
    column = read_column(pl.Series(texts, dtype=pl.String), INSTANTS)
    single = [read_instant(text) for text in texts]
    assert column.values.to_list() == [reading.value for reading in single]
    assert column.unread["row"].to_list() == [i for i, r in enumerate(single) if r.rule]


def test_counts_are_whole_and_not_negative():
    texts = ["5", "0", "+7", "12.0", "", None, "-1", "1.5", "many", "9" * 30, "5 ms"]
    column = read_column(pl.Series(texts), COUNTS)
    assert column.values.to_list() == [5, 0, 7, 12] + [None] * 7
    assert column.unread["row"].to_list() == [6, 7, 8, 9, 10]
    assert [read_count(text).value for text in texts] == column.values.to_list()


def test_flags_are_json_booleans_or_spellings_of_them():
    texts = ["true", "false", "True", "NO", "1", "0", "", None, "maybe"]
    column = read_column(pl.Series(texts), FLAGS)
    expected = [True, False, True, False, True, False, None, None, None]
    assert column.values.to_list() == expected
    assert column.unread.rows() == [(8, UNKNOWN_WORD, "aaaaa")]


def test_words_are_read_in_any_case_and_others_are_counted():
    rating = read_column(
        pl.Series(["GOOD", "NOT GOOD", "not-good", "good", "", "-"]), words(RATING)
    )
    assert rating.values.to_list() == ["good", "not_good", "not_good", "good", None, None]
    assert rating.values.dtype == RATING
    label = read_column(pl.Series(["good", "superb", None]), words(ZOOM_LABEL))
    assert label.values.to_list() == ["good", None, None]
    assert label.unread.rows() == [(1, UNKNOWN_WORD, "aaaaaa")]


def test_columns_without_rows_are_read_to_columns_without_rows():
    read = read_columns(pl.DataFrame(schema={"a": pl.String}), Plan({"a": numbers("ms")}))
    assert read["a"].values.dtype == pl.Float64
    assert read["a"].values.is_empty()


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("n/a kbps", "a/a aaaa"),
        ("1,055 kbps", "9,999 aaaa"),
        ("Ada Brightwell", "aaa aaaaaaaaaa"),
        ("Žofie 漢字 ٣", "aaaaa aa 9"),
        ("a\x00b\u202e", "a?a?"),
        ("x" * 100, "a" * 40 + "…"),
    ],
)
def test_a_shape_tells_what_a_value_looks_like_and_never_the_value(text, shape):
    assert shape_of(text) == shape


@given(st.text(max_size=60))
def test_a_shape_holds_no_letter_but_a_and_no_digit_but_9(text):
    assert all(sign in "a9…?" or not sign.isalnum() for sign in shape_of(text))


def test_every_measure_of_a_stream_has_a_unit():
    assert set(values.UNIT_OF.values()) == {"kbps", "ms", "%", "fps"}
    assert math.isclose(parse_number("0.1 Mbps", "kbps"), 100.0)
