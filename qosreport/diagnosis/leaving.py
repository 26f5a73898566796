"""Which of Zoom's words for a leave speak of a lost connection. Knows no tables."""

import re

LOST = r"(?i)network|disconnect|connection (error|lost)|timed? ?out"
"""A pattern that Python and polars read alike."""
ENDED = r"(?i)host (ended|closed|started a new)|meeting minutes limit"
REMOVED = r"(?i)removed"
UNKNOWN = r"(?i)unknown reason"
"""Zoom's own way of saying nothing."""

_LOST = re.compile(LOST)


def is_drop(reason: str | None) -> bool:
    """Whether Zoom's words for a leave speak of a lost connection."""
    return reason is not None and _LOST.search(reason) is not None
