"""The contract between numbers and pages: strict, frozen, and complete in JSON."""

import json

import pytest
from pydantic import ValidationError

from qosreport.report import result
from qosreport.report.result import SCHEMA_VERSION, Gap, MeetingResult, Part, WeeklyResult
from tests.unit.report import one_meeting
from tests.unit.report.build import weekly
from tests.unit.report.organisation import organisation


def models():
    return [
        thing
        for thing in vars(result).values()
        if isinstance(thing, type) and issubclass(thing, Part) and thing is not Part
    ]


def numbers(tree):
    """Every float anywhere in a JSON tree."""
    if isinstance(tree, float):
        yield tree
    for branch in (
        tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    ):
        yield from numbers(branch)


@pytest.mark.parametrize("document", [lambda: weekly(organisation()), one_meeting.build])
def test_numbers_have_at_most_six_decimals(document):
    tree = json.loads(document().model_dump_json())

    found = list(numbers(tree))
    assert len(found) > 50
    assert all(number == round(number, 6) for number in found)


@pytest.mark.parametrize("document", [lambda: weekly(organisation()), one_meeting.build])
def test_instants_are_utc_in_json(document):
    text = document().model_dump_json()

    assert '"start":"2026-11-' in text
    assert "+00:00" not in text
    assert "+01:00" not in text


def test_an_unknown_field_is_refused():
    with pytest.raises(ValidationError):
        Gap(unit="meetings", reason="x", count=1, colour="red")


def test_a_document_cannot_be_changed():
    gap = Gap(unit="meetings", reason="x", count=1)

    with pytest.raises(ValidationError):
        gap.count = 2


@pytest.mark.parametrize("model", models())
def test_every_part_says_what_it_is(model):
    assert model.__doc__
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "forbid"


def test_a_document_of_another_schema_version_is_refused():
    for model, document in (
        (WeeklyResult, weekly(organisation())),
        (MeetingResult, one_meeting.build()),
    ):
        tree = json.loads(document.model_dump_json())
        with pytest.raises(ValidationError):
            model.model_validate({**tree, "schema_version": SCHEMA_VERSION + 1})


def test_a_week_of_the_first_version_is_still_read():
    tree = json.loads(weekly(organisation()).model_dump_json(exclude={"explained", "findings"}))
    old = WeeklyResult.model_validate({**tree, "schema_version": 1})
    assert (old.explained, old.findings) == (None, [])
