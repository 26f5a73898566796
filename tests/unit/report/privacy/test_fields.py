"""Somebody decided on every text of every document."""

import importlib
import pkgutil

import pytest

from qosreport.report import result
from qosreport.report.privacy import fields
from qosreport.report.result.parts import Part


def every_part():
    for module in pkgutil.iter_modules(result.__path__):
        importlib.import_module(f"{result.__name__}.{module.name}")
    found, new = set(), {Part}
    while new:
        found |= new
        new = {kind for one in new for kind in one.__subclasses__()} - found
    listed = {kind for kind in found if kind.__module__.endswith("catalogue")}
    return sorted(found - listed - {Part}, key=lambda kind: kind.__name__)


IN_DOCUMENTS = [kind for kind in every_part() if kind.__module__.startswith(result.__name__)]


@pytest.mark.parametrize("kind", IN_DOCUMENTS, ids=lambda kind: kind.__name__)
def test_every_text_has_a_rule_and_every_rule_a_text(kind):
    assert fields.texts_of(kind) == set(fields.RULES.get(kind, {}))


def test_a_text_that_nobody_decided_on_stops_everything():
    class Other(Part):
        nickname: str | None

    with pytest.raises(KeyError, match=r"Other\.nickname"):
        fields.rules_of(Other(nickname="Bo"))


def test_lists_and_mappings_of_texts_count():
    class Lists(Part):
        many: list[str]
        named: dict[str, int]
        number: int | None

    assert fields.texts_of(Lists) == {"many", "named"}


def test_what_a_rule_refers_to_is_there():
    for kind, rules in fields.RULES.items():
        for rule in rules.values():
            assert not rule.of or rule.of in kind.model_fields, (kind, rule)
