"""Who is to be forgotten: everything that a person is known by. Knows no tables and no JSON."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

_PLACES = ("keys", "emails", "names")


@dataclass(frozen=True)
class Identity:
    """One person, by all that stands for them in the store. Never put into a message or a log."""

    keys: frozenset[str]
    """`person_key` of sessions: account ids, addresses, and names within one meeting."""
    emails: frozenset[str]
    """Lower case."""
    names: frozenset[str]
    """Display names as they were."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """As `to_json` wrote it."""
        held = json.loads(text)
        return cls(**{place: frozenset(held[place]) for place in _PLACES})

    def to_json(self) -> str:
        """For the ledger, until all is done."""
        return json.dumps({place: sorted(getattr(self, place)) for place in _PLACES})

    @cached_property
    def folded_names(self) -> frozenset[str]:
        """Names to compare with, whatever the case."""
        return frozenset(name.casefold() for name in self.names)

    def is_account(self, value: object) -> bool:
        """Whether an id or an address is theirs."""
        return isinstance(value, str) and (value in self.keys or value.lower() in self.emails)

    def is_name(self, value: object) -> bool:
        """Whether a display name is one of theirs; others may bear it, too."""
        return isinstance(value, str) and value.strip().casefold() in self.folded_names

    def is_mentioned(self, text: str) -> bool:
        """Whether a free text holds an address of theirs, or a name of two words or more.

        One word alone may be anybody's, or no name at all.
        """
        return self._pattern is not None and self._pattern.search(text) is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        full = [name for name in self.names if len(name.split()) > 1]
        needles = sorted({*full, *self.emails}, key=len, reverse=True)
        if not needles:
            return None
        either = "|".join(map(re.escape, needles))
        return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
