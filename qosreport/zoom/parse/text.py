"""The one border every text from Zoom crosses: cleaned once, for good, before it is kept.

Names, topics and the like are typed by strangers. What leaves here is NFC, has no control,
private-use, surrogate or unassigned character, no blank at its ends and at most 256 characters;
a text without anything to see is null. Mark-up in it stays text: whoever shows it escapes it.
"""

import html
import re
from collections.abc import Collection

import polars as pl

LONGEST = 256
"""Characters kept for display; raw pages keep all."""

_PLAIN_ONLY = "[^ -~]"
_LINE_BREAKS = r"[\t\n\r\x0b\x0c\x{85}\x{2028}\x{2029}]"
_NEVER_SHOWN = r"[\p{Cc}\p{Co}\p{Cn}]"
_NOTHING_TO_SEE = r"^[\s\p{Z}\p{Cf}\p{M}]*$"
_SURROGATES = re.compile("[\ud800-\udfff]")

_BREAK_TAG = re.compile(r"<\s*/?\s*(?:br|p|div|li)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<\s*/?\s*[a-z][^<>]*>", re.IGNORECASE)
_WHO_LEFT = re.compile(
    r"^.*(?=\b(?:left|got disconnected from|was removed from) the (?:meeting|webinar)\b)",
    re.IGNORECASE | re.DOTALL,
)
_REASONS_WITHOUT_NAME = frozenset(
    {
        "host ended the meeting",
        "host closed the meeting",
        "host started a new meeting",
        "host ended the webinar",
        "host closed the webinar",
        "network connection error",
        "host did not join",
        "exceeded free meeting minutes limit",
        "removed by host",
        "unknown reason",
        "leave waiting room",
        "removed by host from waiting room",
        "left the meeting",
        "left the webinar",
        "got disconnected from the meeting",
        "got disconnected from the webinar",
    }
)
"""Zoom's fixed reasons (zoom-openapi, leave_reason), those with a name without it."""
_SOMEBODY = "(name)"


def clean_texts(texts: pl.DataFrame) -> pl.DataFrame:
    """Clean columns of texts; null for blank ones."""
    if texts.is_empty():
        return texts
    looks = texts.select(
        pl.all().str.contains(_PLAIN_ONLY).any().name.suffix("_odd"),
        (pl.all().str.len_chars().max() > LONGEST).name.suffix("_long"),
    ).row(0, named=True)
    return texts.select(
        _cleaned(name, odd=looks[f"{name}_odd"], long=looks[f"{name}_long"])
        for name in texts.columns
    )


def clean_text(texts: pl.Series) -> pl.Series:
    """Clean one column."""
    return clean_texts(texts.to_frame()).to_series()


def _cleaned(name: str, *, odd: bool | None, long: bool | None) -> pl.Expr:
    text = pl.col(name)
    if odd:
        text = (
            text.str.replace_all(_LINE_BREAKS, " ")
            .str.replace_all(_NEVER_SHOWN, "")
            .str.normalize("NFC")
            .str.replace_all(_NOTHING_TO_SEE, "")
        )
    text = text.str.strip_chars()
    if long:
        short = text.str.slice(0, LONGEST - 1).str.strip_chars_end() + "…"
        text = pl.when(text.str.len_chars() > LONGEST).then(short).otherwise(text)
    return pl.when(text != "").then(text).alias(name)


def clean_one(text: str) -> str | None:
    """Clean one text, which may hold lone surrogates; None if it is blank."""
    cleaned: str | None = clean_text(pl.Series("text", [without_surrogates(text)]))[0]
    return cleaned


def without_surrogates(text: str) -> str:
    """A text without lone surrogates, which no encoding can write."""
    return _SURROGATES.sub("", text)


def clean_reason(reason: str, names: Collection[str] = ()) -> str:
    """A leave reason without mark-up and without anybody's name.

    Args:
        reason: Zoom's words, such as 'Ada left the meeting.<br>Reason: Host ended the meeting.'
        names: Display names that may stand in it.
    """
    sentences = [_sentence(part, names) for part in _BREAK_TAG.split(reason)]
    joined = ""
    for sentence in filter(None, sentences):
        gap = "" if not joined else " " if joined[-1] in ".!?;:" else "; "
        joined += gap + sentence
    return joined


def names_nobody(reason: pl.Expr) -> pl.Expr:
    """Whether a reason is one sentence of Zoom's own without mark-up, so that it can stay."""
    fixed = pl.Series(sorted(_REASONS_WITHOUT_NAME))
    return reason.str.to_lowercase().str.strip_suffix(".").is_in(fixed.implode())


def _sentence(part: str, names: Collection[str]) -> str:
    plain = _without_subject(part)
    if _is_fixed(plain):
        return plain
    spellings = {s for name in names for s in (name.strip(), _plain(name)) if s and s in plain}
    for name in sorted(spellings, key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _SOMEBODY, plain)
    return plain


def _without_subject(part: str) -> str:
    """A sentence on who left without the who."""
    return _WHO_LEFT.sub("", _plain(part))


def _is_fixed(sentence: str) -> bool:
    bare = re.sub(r"^reason:\s*", "", sentence.strip().casefold()).rstrip(".! ")
    return bare in _REASONS_WITHOUT_NAME or not bare


def _plain(part: str) -> str:
    """Without tags, with entities as the signs they stand for, blanks single."""
    return " ".join(html.unescape(_TAG.sub(" ", part)).split())
