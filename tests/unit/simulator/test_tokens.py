import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosreport.simulator.tokens import AccessTokens, PageTokens, credentials_of


def test_an_access_token_lives_almost_an_hour():
    tokens = AccessTokens(1)
    token = tokens.issue({"a", "b"}, 1000)
    assert tokens.scopes(token, 1000 + 3598) == {"a", "b"}
    assert tokens.scopes(token, 1000 + 3599) is None
    assert tokens.is_known(token)
    assert not tokens.is_known("x")
    assert tokens.scopes("x", 1000) is None


def test_several_access_tokens_are_good_at_once_and_differ():
    tokens = AccessTokens(1)
    both = [tokens.issue({"a"}, 0), tokens.issue({"b"}, 0)]
    assert both[0] != both[1]
    assert [tokens.scopes(one, 1) for one in both] == [{"a"}, {"b"}]


@given(st.text(), st.integers(0, 2**32 - 1), st.integers(0, 2**33))
def test_a_page_token_leads_to_its_place_for_a_quarter_of_an_hour(what, place, now_s):
    tokens = PageTokens(1)
    token = tokens.issue(what, place, now_s)
    assert tokens.place(what, token, now_s + 900) == place
    assert tokens.place(what, token, now_s + 901.5) is None


def test_a_page_token_is_good_for_its_own_list_only():
    tokens = PageTokens(1)
    token = tokens.issue("/a?type=past", 10, 0)
    assert tokens.place("/a?type=live", token, 0) is None
    assert PageTokens(2).place("/a?type=past", token, 0) is None


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "A" * 32, "A" * 400])
def test_an_invented_page_token_leads_nowhere(token):
    assert PageTokens(1).place("/a", token, 0) is None


def test_a_page_token_changed_in_one_sign_leads_nowhere():
    tokens = PageTokens(1)
    token = tokens.issue("/a", 10, 0)
    for place, sign in enumerate(token):
        other = token[:place] + ("A" if sign != "A" else "B") + token[place + 1 :]
        assert tokens.place("/a", other, 0) is None


def test_credentials_follow_from_the_seed():
    assert credentials_of(1) == credentials_of(1)
    assert credentials_of(1) != credentials_of(2)
    assert len({credentials_of(1).account_id, credentials_of(1).client_id}) == 2
