"""What is hidden is nowhere: not in the document, and so in nothing made of it."""

import io
import itertools
import zipfile

import pytest

from qosreport import errors
from qosreport.report import html, mail, workbook
from qosreport.report.privacy import FULL, Veil, mode_of
from qosreport.report.privacy.fields import rules_of
from qosreport.report.refs import DIGITS
from qosreport.report.result.parts import Part
from tests.data.results import gatherings, places, weeks, whatif

KEY = b"a key that is long enough"
HIDDEN = Veil("pseudonymous", KEY)
GROUPS = Veil("aggregate")


HOW = {"drop", "name", "topic", "fellow"}


def planted(part, number=None):
    """The part with a mark of its own in every text that somebody decided to hide.

    References stay: what is made of them is looked at by itself.
    """
    number = number or itertools.count(1)
    changed = {}
    for field in type(part).model_fields:
        value = getattr(part, field)
        rule = rules_of(part).get(field)
        if isinstance(value, Part):
            changed[field] = planted(value, number)
        elif isinstance(value, list) and value and isinstance(value[0], Part):
            changed[field] = [planted(one, number) for one in value]
        elif (
            value is not None
            and rule is not None
            and rule.how in {"drop", "name", "topic", "fellow"}
        ):
            changed[field] = f"CANARY{next(number)}"
    return part.model_copy(update=changed)


def refs(part, how=("person", "machine")):
    """Every reference to a person or a machine."""
    for field, rule in rules_of(part).items():
        if rule.how in how and len(getattr(part, field) or "") == DIGITS:
            yield getattr(part, field)
    for field in type(part).model_fields:
        value = getattr(part, field)
        found = value if isinstance(value, list) else [value]
        for one in found:
            if isinstance(one, Part):
                yield from refs(one, how)


DOCUMENTS = {
    "week": weeks.every_week()["rich"],
    "meeting": gatherings.every_meeting()["leads"],
    "person": places.every_person()["mixed"].model_copy(update={"ref": "e5ada05e5ada"}),
    "evidence": places.every_evidence()["site"],
    "whatif": whatif.document(),
}


@pytest.fixture(params=DOCUMENTS)
def document(request):
    return planted(DOCUMENTS[request.param])


def test_full_is_the_document_itself(document):
    assert FULL.over(document) is document
    assert mode_of(document.head) == "full"


def test_pseudonymous_holds_nothing_of_anybody(document):
    shown = HIDDEN.over(document)
    text = shown.model_dump_json()
    assert "CANARY" not in text
    assert not [ref for ref in set(refs(document)) if ref in text]
    assert mode_of(shown.head) == "pseudonymous"
    assert type(document).model_validate_json(text) == shown


def test_pseudonymous_keeps_every_number(document):
    """Only texts differ, and none of those that are kept."""
    before, after = document.model_dump(mode="json"), HIDDEN.over(document).model_dump(mode="json")
    before["head"].pop("privacy"), after["head"].pop("privacy")
    pairs = list(zip(leaves(before), leaves(after), strict=True))
    different = {path[-1] for (path, one), (_, other) in pairs if one != other}
    assert all(isinstance(one, str) or one is None for (_, one), (_, o) in pairs if one != o)
    assert different <= {
        "name", "ref", "person", "topic", "host", "department", "meeting_id", "user_id",
        "microphone", "camera", "comment", "email",
    }  # fmt: skip


def leaves(tree, path=()):
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list):
        for value in tree:
            yield from leaves(value, path)
    else:
        yield path, tree


def test_a_person_has_one_pseudonym_in_every_document():
    week, meeting = (HIDDEN.over(DOCUMENTS[name]) for name in ("week", "meeting"))
    again = HIDDEN.over(DOCUMENTS["week"].model_copy(update={"people": []}))
    names = {row.ref: row.name for row in week.people}
    assert len(set(names.values())) == len(names) > 20
    assert [row.name for row in again.machines] == [row.name for row in week.machines]
    shared = {row.person: row.name for row in again.machines if row.person in names}
    assert shared
    assert shared.items() <= names.items()
    people = {(p.person, p.name) for p in meeting.participants}
    assert len(people) == len({p.person for p in DOCUMENTS["meeting"].participants})


def test_sharers_have_their_pseudonym_and_namesakes_none():
    meeting = DOCUMENTS["meeting"]
    whose = {p.name: p.person for p in meeting.participants if p.name}
    shown = HIDDEN.over(meeting)
    called = {p.person: p.name for p in shown.participants}
    assert meeting.shares[0].name in whose
    assert shown.shares[0].name in called.values()
    first, second, *rest = meeting.participants
    twins = [p.model_copy(update={"name": meeting.shares[0].name}) for p in (first, second)]
    both = HIDDEN.over(meeting.model_copy(update={"participants": [*twins, *rest]}))
    assert both.shares[0].name is None


def test_the_site_of_a_follow_up_keeps_its_name():
    rows = {row.kind: row for row in reversed(HIDDEN.over(DOCUMENTS["week"]).followup.rows)}
    sites = [row for row in DOCUMENTS["week"].followup.rows if row.kind == "site"]
    assert rows["site"].name == sites[0].name
    assert rows["person"].name.startswith("Person ")
    assert rows["machine"].name.startswith("Person ")


def made_of(document):
    """Everything that readers get, as text."""
    kind = document.kind
    if kind == "weekly":
        view = mail.weekly_mail(document, pdf="attached", link="")
        yield html.weekly_page(document)
        yield unzipped(workbook.weekly_workbook(document))
        yield html.index_page([html.weekly_entry(document, {"html": "x.html"})])
        yield mail.as_text(view)
        yield mail.as_html(view)
        for site in ("Leeds", "Nowhere"):
            yield mail.as_text(mail.site_mail(document, site, link=""))
    elif kind == "meeting":
        yield html.meeting_page(document)
        yield unzipped(workbook.meeting_workbook(document))
        yield html.index_page([html.meeting_entry(document, {"html": "x.html"})])
    elif kind == "person":
        yield html.person_page(document)
    elif kind == "evidence":
        yield html.evidence_page(document, stem="x")
    else:
        yield html.whatif_page(document)


def unzipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return "".join(file.read(name).decode("utf-8", "replace") for name in file.namelist())


def test_nothing_made_of_a_pseudonymous_document_names_anybody(document):
    planted_anywhere = 0
    for whole, hidden in zip(made_of(document), made_of(HIDDEN.over(document)), strict=True):
        planted_anywhere += "CANARY" in whole
        assert "CANARY" not in hidden
        assert not [ref for ref in set(refs(document)) if ref in hidden]
    assert planted_anywhere or document.kind == "evidence"


def test_nothing_made_of_an_aggregate_names_anybody(document):
    if document.kind == "person":
        with pytest.raises(errors.NoPersonPages):
            GROUPS.over(document)
        return
    shown = GROUPS.over(document)
    assert mode_of(shown.head) == "aggregate"
    assert not list(refs(shown))
    for text in (shown.model_dump_json(), *made_of(shown)):
        assert "CANARY" not in text
        assert not [ref for ref in set(refs(document)) if ref in text]


@pytest.mark.parametrize("name", weeks.every_week())
def test_every_week_has_a_page_in_every_mode(name):
    week = weeks.every_week()[name]
    for veil in (HIDDEN, GROUPS):
        if veil is GROUPS and 0 < week.volume.people < 5:
            with pytest.raises(errors.TooFewPeople):
                veil.over(week)
        else:
            assert html.weekly_page(veil.over(week))
