import threading

import pytest

from qosreport.errors import BadFault
from qosreport.simulator.faults import (
    ABOUT,
    NO_FAULTS,
    Fault,
    Faults,
    Triggers,
    fault_names,
    parse_faults,
    value_of,
)


def test_every_fault_is_off_until_it_is_asked_for():
    assert {getattr(NO_FAULTS, name) for name in ABOUT} == {None}
    assert parse_faults("") == NO_FAULTS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("429_per_second=3", Faults(per_second_429=Fault(count=3))),
        ("html_error=participants", Faults(html_error=Fault(endpoint="participants"))),
        ("closed", Faults(closed=Fault())),
        ("429_per_second=3,html_error=participants",
         Faults(per_second_429=Fault(count=3), html_error=Fault(endpoint="participants"))),
        (" 5xx=qos:2:value=503 , closed=list ",
         Faults(server_error=Fault(count=2, endpoint="qos", value="503"),
                closed=Fault(endpoint="list"))),
        ("not_found=uuid=/a//b+c==:1", Faults(not_found=Fault(uuid="/a//b+c==", count=1))),
        ("unauthorized=skip=4:1", Faults(unauthorized=Fault(skip=4, count=1))),
        ("redirect=value=https://other.example/x",
         Faults(redirect=Fault(value="https://other.example/x"))),
        ("429_daily=value=http-date", Faults(daily_429=Fault(value="http-date"))),
    ],
)  # fmt: skip
def test_faults_are_read_from_the_command_line(text, expected):
    assert parse_faults(text) == expected


@pytest.mark.parametrize("name", fault_names())
def test_every_fault_can_be_asked_for_by_name_and_says_what_it_does(name):
    assert parse_faults(name) != NO_FAULTS
    assert fault_names()[name]


@pytest.mark.parametrize(
    ("text", "hint"),
    [("htlm_ok", "html_ok"), ("429_persecond", "429_per_second"), ("nothing-like-it", ""),
     ("closed=participant", "participants"), ("closed=3x", ""), ("closed=colour=red", ""),
     ("closed=skip=x", "")],
)  # fmt: skip
def test_what_is_no_fault_is_refused_with_the_nearest_name(text, hint):
    with pytest.raises(BadFault) as caught:
        parse_faults(text)
    assert (f"Did you mean {hint}?" in str(caught.value)) == bool(hint)


@pytest.mark.parametrize(
    "faults",
    [
        {"closed": Fault(endpoint="rooms")},
        {"server_error": Fault(value="404")},
        {"per_second_429": Fault(value="tomorrow")},
        {"drip": Fault(value="slowly")},
        {"hostile_names": Fault(value="rude")},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_fault_in_a_form_it_does_not_have_is_refused(faults):
    with pytest.raises(BadFault):
        Faults(**faults)


def test_a_fault_happens_as_often_as_asked_after_as_many_good_answers():
    triggers = Triggers(Faults(closed=Fault(skip=2, count=3)))
    fired = [triggers.fires("closed", "qos") is not None for _ in range(8)]
    assert fired == [False, False, True, True, True, False, False, False]
    assert triggers.fired["closed"] == 3


def test_a_fault_without_a_count_happens_for_ever():
    triggers = Triggers(Faults(closed=Fault()))
    assert all(triggers.fires("closed", "qos") for _ in range(50))


def test_an_endpoint_and_a_meeting_limit_a_fault_and_others_do_not_use_it_up():
    triggers = Triggers(Faults(closed=Fault(count=1, endpoint="qos", uuid="u")))
    assert triggers.fires("closed", "participants", "u") is None
    assert triggers.fires("closed", "qos", "v") is None
    assert triggers.fires("closed", "qos", "u")
    assert triggers.fires("closed", "qos", "u") is None


def test_only_a_fault_meant_for_it_hits_the_token_endpoint():
    assert Triggers(Faults(closed=Fault())).fires("closed", "token") is None
    assert Triggers(Faults(closed=Fault(endpoint="token"))).fires("closed", "token")
    assert Triggers(Faults(no_token=Fault())).fires("no_token", "token")
    assert Triggers(Faults(no_token=Fault())).fires("no_token", "qos") is None


def test_a_fault_that_must_agree_on_every_page_is_not_used_up_but_counted():
    triggers = Triggers(Faults(qos_gap=Fault(count=1)))
    assert [triggers.always("qos_gap", "qos") for _ in range(3)] == ["1", "1", "1"]
    assert triggers.fired["qos_gap"] == 3
    assert triggers.always("qos_gap", "token") is None


def test_a_value_is_the_usual_one_unless_another_is_asked_for():
    assert value_of("server_error", Fault()) == "500"
    assert value_of("server_error", Fault(value="503")) == "503"


def test_threads_together_use_a_fault_up_once():
    triggers, fired = Triggers(Faults(closed=Fault(count=10))), []

    def ask():
        fired.extend(triggers.fires("closed", "qos") is not None for _ in range(20))

    workers = [threading.Thread(target=ask) for _ in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sum(fired) == 10
