"""A document without one person: their own rows go, their name goes, every count stays."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from qosreport.identity import Identity
from qosreport.report.privacy.fields import rules_of
from qosreport.report.privacy.pseudonyms import LETTERS, LONGER, PERSON, code, keyed
from qosreport.report.refs import machine_ref, person_ref
from qosreport.report.result import (
    Disagreement,
    DropsOfPerson,
    FollowUp,
    MachineRow,
    MeetingResult,
    MeetingRow,
    Participant,
    PersonResult,
    PersonRow,
)
from qosreport.report.result.parts import Part

P = TypeVar("P", bound=Part)
_OWN_ROWS = (PersonRow, MachineRow, FollowUp, DropsOfPerson, Disagreement)


@dataclass(frozen=True)
class Gone:
    """Who is gone, as documents of every mode know them."""

    who: Identity
    key: bytes | None = None
    """For pseudonymous documents; without it they cannot be searched."""

    @cached_property
    def refs(self) -> frozenset[str]:
        """References to the person."""
        plain = {person_ref(key) for key in {*self.who.keys, *self.who.emails}}
        hidden = {keyed(self.key, "person", ref) for ref in plain} if self.key else set()
        return frozenset(plain | hidden)

    @cached_property
    def pseudonyms(self) -> frozenset[str]:
        """What pseudonymous documents call the person."""
        if self.key is None:
            return frozenset()
        plain = [person_ref(key) for key in {*self.who.keys, *self.who.emails}]
        return frozenset(
            PERSON + code(self.key, ref, length) for ref in plain for length in (LETTERS, LONGER)
        )

    def is_machine(self, ref: str, device: str | None) -> bool:
        """Whether a machine is theirs."""
        plain = {machine_ref(key, device) for key in {*self.who.keys, *self.who.emails}}
        hidden = {keyed(self.key, "machine", one) for one in plain} if self.key else set()
        return ref in plain | hidden

    def is_named(self, text: str) -> bool:
        """Whether a name or a free text means them."""
        named = self.who.is_name(text) or text in self.pseudonyms
        return named or self.who.is_mentioned(text)


def is_about(document: Part, gone: Gone) -> bool:
    """Whether the whole document is of the person, so that nothing of it can stay."""
    return isinstance(document, PersonResult) and _is_theirs(document, gone)


def without(part: P, gone: Gone) -> P:
    """A part, and all within it, without the person; an equal one if they are not in it."""
    changed: dict[str, Any] = {}
    for field in type(part).model_fields:
        value = getattr(part, field)
        if isinstance(value, Part):
            changed[field] = without(value, gone)
        elif isinstance(value, list) and value and isinstance(value[0], Part):
            changed[field] = [without(one, gone) for one in _others(value, gone)]
    changed |= dict.fromkeys(_texts(part, gone))
    changed |= {
        field: ""
        for field, value in changed.items()
        if value is None and type(part).model_fields[field].annotation is str
    }
    return part.model_copy(update=changed)


def _others(rows: Collection[Part], gone: Gone) -> list[Part]:
    return [row for row in rows if not (isinstance(row, _OWN_ROWS) and _is_theirs(row, gone))]


def _texts(part: Part, gone: Gone) -> Iterator[str]:
    """Fields whose text has to go."""
    theirs = _is_theirs(part, gone)
    for field, rule in rules_of(part).items():
        value = getattr(part, field)
        if not isinstance(value, str) or rule.how == "keep":
            continue
        own = theirs and rule.how in {"person", "name", "machine"}
        own = own or (theirs and isinstance(part, Participant))
        if own or (rule.how in {"drop", "topic", "fellow"} and gone.is_named(value)):
            yield field
    if isinstance(part, MeetingRow | MeetingResult) and part.host and gone.is_named(part.host):
        yield from ("department",) if isinstance(part, MeetingResult) else ()


def _is_theirs(part: Part, gone: Gone) -> bool:
    for field, rule in rules_of(part).items():
        value = getattr(part, field)
        if rule.how == "person" and value in gone.refs:
            return True
        if rule.how == "machine" and value is not None:
            device = getattr(part, "device", None)
            if gone.is_machine(value, device):
                return True
    return False
