"""Pseudonyms: stable, readable, and of no use without the key."""

import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from qosreport.report.privacy import pseudonyms
from qosreport.report.refs import person_ref

KEY, OTHER = b"a key that is long", b"another long key .."
REFS = st.text("0123456789abcdef", min_size=12, max_size=12)


@given(REFS)
def test_a_name_is_short_readable_and_the_same_every_time(ref):
    name = pseudonyms.names(KEY, [ref])[ref]
    assert re.fullmatch(r"Person [0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", name)
    assert pseudonyms.names(KEY, [ref, "000000000000"])[ref].startswith(name)


@given(REFS)
def test_another_key_gives_another_name_and_another_reference(ref):
    assert pseudonyms.code(KEY, ref, 16) != pseudonyms.code(OTHER, ref, 16)
    assert pseudonyms.keyed(KEY, "person", ref) != pseudonyms.keyed(OTHER, "person", ref)
    assert pseudonyms.keyed(KEY, "person", ref) != pseudonyms.keyed(KEY, "machine", ref)


def test_nothing_of_it_is_a_plain_hash_of_the_address():
    ref = person_ref("ada@tamarack.example")
    plain = {hashlib.sha256(text.encode()).hexdigest() for text in (ref, "ada@tamarack.example")}
    keyed = pseudonyms.keyed(KEY, "person", ref)
    assert keyed != ref
    assert not any(digest.startswith(keyed) for digest in plain)


@given(st.sets(REFS, min_size=2, max_size=40))
def test_people_who_share_the_short_form_have_longer_ones(refs):
    names = pseudonyms.names(KEY, refs, letters=1)
    assert len(set(names.values())) == len(refs)
    for ref, name in names.items():
        assert name.startswith("Person " + pseudonyms.code(KEY, ref, 1))


@given(REFS, REFS)
def test_a_pseudonym_leads_back_to_its_person_only(ref, other):
    for letters in (pseudonyms.LETTERS, pseudonyms.LONGER):
        code = pseudonyms.code(KEY, ref, letters)
        for text in (code, f"Person {code}", code.lower(), code.replace("-", "")):
            assert pseudonyms.is_meant(KEY, text, ref)
            assert pseudonyms.is_meant(KEY, text, other) == (other == ref)
            assert not pseudonyms.is_meant(OTHER, text, ref)
    assert not pseudonyms.is_meant(KEY, "", ref)
    assert not pseudonyms.is_meant(KEY, pseudonyms.code(KEY, ref)[:4], ref)


def test_a_meeting_is_called_by_its_reference():
    assert pseudonyms.meeting_label("3f9ac2d1e548") == "Meeting 3f9a-c2d1"
