"""Zoom's values are strings with a unit: what a single text says, or which rule it breaks.

Nothing is judged here: a negative or absurd value is still what Zoom said. Grammar and spellings
seen in the wild: reference/zoom-api.md §5.1. Whole columns: `columns`.
"""

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal["kbps", "ms", "%", "fps", "dbm"]
"""What a number measures, named by the unit it is kept in."""

UNREADABLE = "unreadable"
WRONG_UNIT = "wrong-unit"
NOT_FINITE = "not-finite"
BAD_SIZE = "bad-size"
BAD_TIME = "bad-time"
UNKNOWN_WORD = "unknown-word"

# unit: (multiply by, divide by); both, so that each factor is exact.
_UNITS: dict[Kind, dict[str, tuple[float, float]]] = {
    "kbps": {"kbps": (1, 1), "bps": (1, 1e3), "mbps": (1e3, 1), "gbps": (1e6, 1)},
    "ms": {"ms": (1, 1), "s": (1e3, 1)},
    "%": {"%": (1, 1)},
    "fps": {"fps": (1, 1)},
    "dbm": {"dbm": (1, 1)},
}
UNIT_OF: Mapping[str, Kind] = {
    "bitrate": "kbps",
    "latency": "ms",
    "jitter": "ms",
    "avg_loss": "%",
    "max_loss": "%",
    "frame_rate": "fps",
}
"""What each field of a stream measures."""
_ANY_UNIT = {name: factor for units in _UNITS.values() for name, factor in units.items()}

BLANKS = frozenset({"", "-", "--", "n/a"})
_NUMBER = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)\s*(?P<unit>%|[a-z]*)",
    re.IGNORECASE,
)
_NOT_A_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity)\s*(?:%|[a-z]*)", re.IGNORECASE)
_COUNT = re.compile(r"[+]?([0-9]{1,18})(?:\.0*)?")
_SIZE = re.compile(r"([0-9]{1,9})\s*[*xX×]\s*([0-9]{1,9})")
_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s*"
    r"(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE | re.ASCII,
)
FIRST_INSTANT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LAST_INSTANT = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
LARGEST_COUNT = 2**53
_LONGEST_SHAPE = 40


class Reading(NamedTuple):
    """What a text says, or which rule it breaks; a blank says nothing and breaks none."""

    value: Any
    rule: str | None


BLANK = Reading(None, None)


def parse_number(text: str | None, kind: Kind | None = None) -> float | None:
    """The number in a text such as '27.15 Kbps', in the unit of its kind; None if there is none.

    Without a kind any unit known is accepted. A comma, a unit of another kind, NaN, infinity and
    what overflows a double are no numbers.
    """
    value: float | None = read_number(text, kind).value
    return value


def read_number(text: str | None, kind: Kind | None = None) -> Reading:
    """The same, with the rule that an unreadable text breaks."""
    stripped = (text or "").strip()
    if stripped.casefold() in BLANKS:
        return BLANK
    match = _NUMBER.fullmatch(stripped)
    if match is None:
        return Reading(None, NOT_FINITE if _NOT_A_NUMBER.fullmatch(stripped) else UNREADABLE)
    unit = match["unit"].casefold()
    factors = (_ANY_UNIT if kind is None else _UNITS[kind]).get(unit) if unit else (1.0, 1.0)
    if factors is None:
        return Reading(None, WRONG_UNIT)
    value = float(match["number"]) * factors[0] / factors[1]
    return Reading(value, None) if math.isfinite(value) else Reading(None, NOT_FINITE)


def read_size(text: str | None) -> Reading:
    """Width and height in '1280*720', in any spelling of the sign; '0*0' says nothing."""
    stripped = (text or "").strip()
    if stripped.casefold() in BLANKS:
        return BLANK
    match = _SIZE.fullmatch(stripped)
    if match is None:
        return Reading(None, BAD_SIZE)
    width, height = int(match[1]), int(match[2])
    if width == height == 0:
        return BLANK
    return Reading((width, height), None) if width and height else Reading(None, BAD_SIZE)


def read_instant(text: str | None) -> Reading:
    """An ISO 8601 instant with or without fraction and offset; without offset it is UTC.

    Only the years 2000 to 2099 are times of meetings; a leap second is the next minute's first.
    """
    stripped = (text or "").strip()
    if stripped.casefold() in BLANKS:
        return BLANK
    match = _INSTANT.fullmatch(stripped)
    if match is None:
        return Reading(None, BAD_TIME)
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    fraction = int((match[7] or "").ljust(6, "0")[:6])
    leap = second == 60
    try:
        moment = dt.datetime(
            year, month, day, hour, minute, second - leap, fraction, tzinfo=_zone(match["zone"])
        )
        moment = moment.astimezone(dt.UTC) + dt.timedelta(seconds=leap)
    except (ValueError, OverflowError):
        return Reading(None, BAD_TIME)
    known = FIRST_INSTANT <= moment < LAST_INSTANT
    return Reading(moment, None) if known else Reading(None, BAD_TIME)


def read_count(text: str | None) -> Reading:
    """A whole number that is not negative."""
    stripped = (text or "").strip()
    if stripped.casefold() in BLANKS:
        return BLANK
    match = _COUNT.fullmatch(stripped)
    value = int(match[1]) if match else -1
    return Reading(value, None) if 0 <= value <= LARGEST_COUNT else Reading(None, UNREADABLE)


def read_flag(text: str | None) -> Reading:
    """A JSON boolean, or a spelling of one."""
    word = (text or "").strip().casefold()
    if word in {"true", "yes", "1"}:
        return Reading(True, None)
    if word in {"false", "no", "0"}:
        return Reading(False, None)
    return BLANK if word in BLANKS else Reading(None, UNKNOWN_WORD)


def shape_of(text: str) -> str:
    """A text with digits as 9, letters as a and other signs outside ASCII as ?, cut short."""
    signs = "".join(_sign(character) for character in text[:_LONGEST_SHAPE])
    return signs + ("…" if len(text) > _LONGEST_SHAPE else "")


def _zone(text: str | None) -> dt.tzinfo:
    if text is None or text.upper() in {"Z", "UTC", "GMT"}:
        return dt.UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(-offset if text[0] == "-" else offset)


def _sign(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "a"
    return character if " " <= character <= "~" else "?"
