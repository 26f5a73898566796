"""Content that bites: names and values no honest participant has, and samples that say nothing.

They come only when asked for by a fault, never sprinkled.
"""

import json
from collections.abc import Iterator
from typing import Any

from qosreport.simulator.dice import Dice

Json = dict[str, Any]

NAMES: dict[str, tuple[str, ...]] = {
    "html": (
        "<img src=x onerror=alert(1)>",
        '"><script>alert(1)</script>',
        "<b>bold</b> &amp; </td></tr></table>",
        "]]> --> </title>",
    ),
    "css": (
        "</style><style>body{display:none}",
        "red;background:url(https://evil.example/x)",
        "expression(alert(1))",
    ),
    "jinja": ("{{ 7*7 }}", "{% include '/etc/passwd' %}", "{# gone #}{{ config }}"),
    "bidi": ("invoice\u202etxt.exe", "\u2067\u2067\u2067 open", "abc\u200f\u202ddef"),
    "surrogate": ("half \udc80 a sign", "\ud83d alone", "\udfff\ud800"),
    "long": ("Ж" * 10_000, "no break " * 1_100, "W" * 10_000),
    "nul": ("a\x00b", "bell\x07 and \x1b[31mred\x1b[0m", "line\nbreak\r\nInjected: yes", "\ue000"),
    "formula": ("=1+1", '=HYPERLINK("https://evil.example")', "@SUM(A1)", "-2+3", "\t=1"),
    "zalgo": ("z" + "\u0336\u0489" * 250, "Z" + "\u0300\u0301\u0302" * 170),
}
FIVE_THOUSAND = "9" * 5_000
_BARE = "@@bare-number@@"
"""Stands for a JSON number that Python's own writer refuses to write."""
VALUES: dict[str, tuple[Any, ...]] = {
    "negative": ("-5 ms", "-1%", -3),
    "huge": ("1e308 ms", "1e309 kbps", 1e308),
    "digits": (f"{FIVE_THOUSAND} kbps", _BARE),
    "nan": ("NaN%", "nan ms", float("nan"), float("inf"), "Infinity kbps"),
    "words": ("27 parsecs", "1,055 kbps", "½ ms", "٤٢ ms", {"value": 1}, [], True),
}
_STREAM_KEYS = ("bitrate", "latency", "jitter", "avg_loss", "max_loss")
_NAME_FIELDS = ("user_name", "device_name", "pc_name", "microphone", "location", "topic", "host")


def rename(row: Json, kinds: str, salt: str) -> None:
    """Gives a row hostile names; the same person gets the same in every answer."""
    chosen = list(_of(NAMES, kinds))
    for field in _NAME_FIELDS:
        if field in row:
            row[field] = Dice(salt, field).pick(chosen)
    if row.get("leave_reason"):
        row["leave_reason"] = f"{row.get('user_name', '')} left the meeting."


def spoil(row: Json, kinds: str, salt: str) -> None:
    """Puts impossible values into some of a row's samples, in place."""
    chosen = list(_of(VALUES, kinds))
    for number, sample in enumerate(_samples(row)):
        dice = Dice(salt, number)
        streams = [one for one in sample.values() if isinstance(one, dict) and "bitrate" in one]
        if streams and (number == 0 or dice.chance(0.4)):
            dice.pick(streams)[dice.pick(_STREAM_KEYS)] = dice.pick(chosen)


def blank(row: Json) -> None:
    """Empties every sample, in place."""
    for sample in _samples(row):
        for name, part in sample.items():
            if isinstance(part, dict):
                sample[name] = dict.fromkeys(part, "") if "bitrate" in part else {}


def timeless(item: Json) -> None:
    """Takes times and people from an item of a list, in place."""
    item |= {"start_time": "", "end_time": "", "duration": "", "participants": 0}


def as_text(value: object) -> str:
    """JSON of hostile content: escapes, so that half a surrogate pair survives the wire."""
    return json.dumps(value, separators=(",", ":")).replace(f'"{_BARE}"', FIVE_THOUSAND)


def _of(table: dict[str, tuple[Any, ...]], kinds: str) -> Iterator[Any]:
    for kind, values in table.items():
        if kinds in {"all", kind}:
            yield from values


def _samples(row: Json) -> list[Json]:
    found = row.get("user_qos", [])
    return [found] if isinstance(found, dict) else found
