"""A store is of one Zoom account."""

import pytest

from qosreport.store import Store
from qosreport.store.account import Owner
from tests.unit.store.support import listing


@pytest.fixture
def owner(tmp_path):
    with Store.open(tmp_path / "store") as store:
        yield Owner(store.ledger)


def test_an_empty_store_is_of_nobody(owner):
    owner.note("mistyped")
    assert not owner.is_other("anybody")


def test_what_holds_meetings_is_of_the_first_account_for_good(owner):
    owner.ledger.note_listed([listing("a")])
    assert not owner.is_other("ours")
    owner.note("ours")
    owner.note("theirs")
    assert not owner.is_other("ours")
    assert owner.is_other("theirs")
    assert owner.is_other("")
