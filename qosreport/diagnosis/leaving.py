"""Why somebody left a meeting, in Zoom's words. Knows no tables."""

import re
from typing import Literal

Leave = Literal["lost", "ended", "removed", "left", "missing"]
"""missing is also what Zoom calls unknown."""

_KINDS: tuple[tuple[Leave, re.Pattern[str]], ...] = (
    ("missing", re.compile(r"unknown reason", re.IGNORECASE)),
    (
        "lost",
        re.compile(r"network|disconnect|connection (error|lost)|timed? ?out", re.IGNORECASE),
    ),
    (
        "ended",
        re.compile(r"host (ended|closed|started a new)|meeting minutes limit", re.IGNORECASE),
    ),
    ("removed", re.compile(r"removed", re.IGNORECASE)),
)


def kind_of(reason: str | None) -> Leave:
    """Which kind of leave Zoom's words speak of."""
    if reason is None:
        return "missing"
    return next((kind for kind, pattern in _KINDS if pattern.search(reason)), "left")


def is_drop(reason: str | None) -> bool:
    """Whether Zoom's words for a leave speak of a lost connection."""
    return kind_of(reason) == "lost"
