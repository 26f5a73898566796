"""Making a document again with some of its texts changed; everything else stays as it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from qosreport.report.privacy.fields import KEEP, rules_of
from qosreport.report.privacy.pseudonyms import keyed, meeting_label, names
from qosreport.report.result import Participant
from qosreport.report.result.parts import Part

P = TypeVar("P", bound=Part)


class Words(Protocol):
    """What stands for people."""

    def person(self, ref: str) -> str:
        """For a reference to a person."""

    def machine(self, ref: str) -> str:
        """For a reference to a machine."""

    def name(self, ref: str | None) -> str | None:
        """For the name of the person with this reference."""

    def fellow(self, name: str | None) -> str | None:
        """For the name of somebody in the meeting."""


@dataclass(frozen=True)
class Pseudonyms:
    """Every person by a pseudonym."""

    key: bytes
    names: Mapping[str, str]
    """By reference."""
    fellows: Mapping[str, str | None]
    """References by name; None for a name that several have."""

    def person(self, ref: str) -> str:
        """Another reference."""
        return keyed(self.key, "person", ref)

    def machine(self, ref: str) -> str:
        """Another reference."""
        return keyed(self.key, "machine", ref)

    def name(self, ref: str | None) -> str | None:
        """The pseudonym."""
        return None if ref is None else self.names[ref]

    def fellow(self, name: str | None) -> str | None:
        """The pseudonym, where one person in the meeting has the name."""
        return self.name(self.fellows.get(name)) if name is not None else None


class Nobody:
    """Nothing stands for anybody."""

    def person(self, ref: str) -> str:
        """Nothing."""
        del ref
        return ""

    machine = person

    def name(self, ref: str | None) -> str | None:
        """Nothing."""
        del ref
        return None

    fellow = name


def with_pseudonyms(document: P, key: bytes) -> P:
    """The document with pseudonyms for people, labels for topics, and nothing in free words."""
    parts = list(_parts(document))
    return rewritten(document, Pseudonyms(key, names(key, _people(parts)), _fellows(parts)))


def rewritten(part: P, words: Words) -> P:
    """A part, and all within it, with every text treated as `fields` says."""
    changed: dict[str, object] = {}
    rules = rules_of(part)
    for field in type(part).model_fields:
        value = getattr(part, field)
        if isinstance(value, Part):
            changed[field] = rewritten(value, words)
        elif isinstance(value, list) and value and isinstance(value[0], Part):
            changed[field] = [rewritten(one, words) for one in value]
        elif value is not None and rules.get(field, KEEP) != KEEP:
            changed[field] = _treated(part, field, value, words)
        elif value is None and rules.get(field, KEEP).how in {"name", "topic"}:
            # Whoever has no name is somebody all the same, and a meeting without a topic as well.
            changed[field] = _treated(part, field, value, words)
    return part.model_copy(update=changed)


def _treated(part: Part, field: str, value: str | None, words: Words) -> str | None:
    how, of = (rule := rules_of(part)[field]).how, rule.of
    if how == "name":
        return words.name(getattr(part, of))
    if how == "topic":
        return meeting_label(getattr(part, of))
    if how == "fellow":
        return words.fellow(value)
    if how in {"person", "machine"} and value is not None:
        return words.person(value) if how == "person" else words.machine(value)
    return "" if type(part).model_fields[field].annotation is str else None


def _parts(part: Part) -> Iterator[Part]:
    yield part
    for field in type(part).model_fields:
        value = getattr(part, field)
        if isinstance(value, Part):
            yield from _parts(value)
        elif isinstance(value, list) and value and isinstance(value[0], Part):
            for one in value:
                yield from _parts(one)


def _people(parts: Sequence[Part]) -> set[str]:
    """Every person that a document refers to."""
    return {
        ref
        for part in parts
        for field, rule in rules_of(part).items()
        if rule.how == "person" and (ref := getattr(part, field)) is not None
    }


def _fellows(parts: Sequence[Part]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for part in parts:
        if isinstance(part, Participant) and part.name is not None:
            known = found.setdefault(part.name, part.person)
            found[part.name] = part.person if known == part.person else None
    return found
