"""From the weeks of one person, machine or site to a word: new, continuing, resolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Seen = Literal["trouble", "fine", "few", "absent"]
"""few: there, but too little to tell being well by."""
Status = Literal["new", "continuing", "resolved", "unclear", "absent", "watch"]


@dataclass(frozen=True)
class Rule:
    """In trouble in at least `least` of the latest `of` weeks, this one among them."""

    least: int
    of: int


@dataclass(frozen=True)
class Standing:
    """Where something stands this week."""

    status: Status
    weeks_in_trouble: int
    """Of the latest `of` weeks up to the one of its last trouble."""
    weeks_in_row: int
    """In trouble without a good week between, up to its last trouble; weeks it was not seen in are
    neither counted nor do they end the row."""
    weeks_ago: int
    """How long ago its last trouble was; 0 is this week."""


def standing(weeks: Sequence[Seen], rule: Rule) -> Standing | None:
    """Where something stands, from its weeks, the latest first; None if there is nothing to say.

    - new: flagged by the rule, and not in the `of` - 1 weeks before; continuing: in one of them;
    - watch: in trouble this week, not yet often enough to be flagged;
    - resolved: flagged when it was last judged, within `of` weeks, and well this week;
    - unclear, absent: flagged then; this week too little was seen of it to tell, or nothing.
    """
    if not weeks:
        return None
    if weeks[0] == "trouble":
        return _in_trouble(weeks, rule)
    earlier = range(1, min(rule.of + 1, len(weeks)))
    last = next((week for week in earlier if weeks[week] in {"trouble", "fine"}), None)
    if last is None or not _flagged(weeks, last, rule):
        return None
    words: dict[Seen, Status] = {"fine": "resolved", "few": "unclear", "absent": "absent"}
    return _standing(words[weeks[0]], weeks, last, rule)


def _in_trouble(weeks: Sequence[Seen], rule: Rule) -> Standing:
    if not _flagged(weeks, 0, rule):
        return _standing("watch", weeks, 0, rule)
    before = any(_flagged(weeks, week, rule) for week in range(1, min(rule.of, len(weeks))))
    return _standing("continuing" if before else "new", weeks, 0, rule)


def _flagged(weeks: Sequence[Seen], week: int, rule: Rule) -> bool:
    return weeks[week] == "trouble" and _count(weeks, week, rule) >= rule.least


def _count(weeks: Sequence[Seen], week: int, rule: Rule) -> int:
    return list(weeks[week : week + rule.of]).count("trouble")


def _standing(status: Status, weeks: Sequence[Seen], last: int, rule: Rule) -> Standing:
    row = 0
    for seen in weeks[last:]:
        if seen == "fine":
            break
        row += seen == "trouble"
    return Standing(status, _count(weeks, last, rule), row, last)
