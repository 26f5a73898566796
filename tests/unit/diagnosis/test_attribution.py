"""Attribution beyond the vectors: every threshold at its edge, and the order of elimination."""

import itertools

import pytest

from qosreport.diagnosis.attribution import attribute_minute


def person(name: str, **facts: object) -> dict:
    return {
        "id": name, "site": None, "dc": None, "sent_poor": False, "recv_poor": False,
        "device_poor": False, "cpu_high": False, "sending": False, **facts,
    }  # fmt: skip


def crowd(many: int, start: int = 0, **facts: object) -> list[dict]:
    return [person(f"p{i:02}", **facts) for i in range(start, start + many)]


SENDER = person("zz", sending=True, sent_poor=True)


@pytest.mark.parametrize(
    ("harmed", "fine", "blamed"),
    [(2, 2, True), (2, 3, False), (1, 0, False), (3, 3, True), (4, 5, False), (5, 0, True)],
)
def test_a_sender_is_blamed_for_two_and_half_of_those_who_listen(harmed, fine, blamed) -> None:
    people = [SENDER, *crowd(harmed, recv_poor=True), *crowd(fine, start=harmed)]
    found = attribute_minute(people)
    assert [found["p00"] == "remote_sender:zz"] == [blamed]


def test_only_a_poor_sender_can_be_blamed_and_two_cannot_be_told_apart() -> None:
    listeners = crowd(4, recv_poor=True)
    silent = person("zz", sent_poor=True)
    clean = person("zz", sending=True)
    other = person("zy", sending=True, sent_poor=True)
    for speakers in ([silent], [clean], [SENDER, other]):
        found = attribute_minute([*speakers, *listeners])
        assert not [c for c in found.values() if c.startswith("remote_sender")]


def test_who_sends_poorly_is_not_explained_by_a_sender() -> None:
    both = person("yy", recv_poor=True, sent_poor=True)
    found = attribute_minute([SENDER, both, *crowd(10, recv_poor=True)])
    assert found["p00"] == "remote_sender:zz"
    assert found["yy"] == "participant_access"
    assert found["zz"] == "participant_uplink"


@pytest.mark.parametrize(
    ("poor", "fine", "sites", "blamed"),
    [
        (3, 0, ("a", "b"), True),
        (2, 0, ("a", "b"), False),
        (4, 1, ("a", "b"), True),
        (3, 1, ("a", "b"), False),
        (7, 2, ("a", "b"), False),
        (3, 0, ("a", "a"), False),
        (3, 0, ("a", None), False),
    ],
)
def test_a_data_centre_takes_three_people_two_sites_and_four_in_five(poor, fine, sites, blamed):
    people = crowd(poor, dc="FR", recv_poor=True) + crowd(fine, start=poor, dc="FR")
    for one, site in zip(people, itertools.cycle(sites), strict=False):
        one["site"] = site
    elsewhere = crowd(20, start=30, dc="US")
    found = attribute_minute(people + elsewhere)
    assert (found["p00"] == "data_center:FR") is blamed
    assert len(found) == poor


@pytest.mark.parametrize(
    ("poor", "fine", "others_poor", "others", "blamed"),
    [
        (3, 0, 0, 0, True),
        (2, 0, 0, 9, False),
        (4, 1, 0, 5, True),
        (3, 1, 0, 5, False),
        (3, 0, 1, 5, True),
        (3, 0, 1, 4, False),
        (3, 0, 2, 9, False),
        (7, 2, 0, 5, False),
    ],
)
def test_a_site_takes_three_people_four_in_five_and_few_elsewhere(
    poor, fine, others_poor, others, blamed
) -> None:
    people = [
        *crowd(poor, site="Leeds", sent_poor=True),
        *crowd(fine, start=20, site="Leeds"),
        *crowd(others_poor, start=40, site="Porto", sent_poor=True),
        *crowd(others - others_poor, start=60, site="Porto"),
    ]
    assert (attribute_minute(people)["p00"] == "site:Leeds") is blamed


def test_a_wider_cause_is_taken_before_a_narrower_one() -> None:
    people = [
        *crowd(4, site="Leeds", dc="FR", recv_poor=True),
        *crowd(1, start=10, site="Porto", dc="FR", recv_poor=True),
        *crowd(9, start=20, site="Cardiff", dc="US"),
    ]
    assert set(attribute_minute(people).values()) == {"data_center:FR"}


def test_a_site_that_is_most_of_a_data_centre_is_not_the_data_centre() -> None:
    people = [
        *crowd(8, site="Leeds", dc="FR", recv_poor=True),
        person("well", site="Porto", dc="FR"),
    ]
    assert set(attribute_minute(people).values()) == {"site:Leeds"}


def test_what_a_wider_cause_explains_is_not_counted_against_others() -> None:
    people = [
        SENDER,
        *crowd(6, recv_poor=True),
        person("home", sent_poor=True, recv_poor=True),
    ]
    found = attribute_minute(people)
    assert found["home"] == "participant_access"  # 1 of 7 others is left, the sender


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"sent_poor": True}, "participant_uplink"),
        ({"recv_poor": True}, "participant_downlink"),
        ({"sent_poor": True, "recv_poor": True}, "participant_access"),
        ({"device_poor": True, "cpu_high": True}, "device"),
        ({"device_poor": True}, "undetermined"),
        ({"device_poor": True, "cpu_high": True, "recv_poor": True}, "participant_downlink"),
        ({"cpu_high": True}, None),
    ],
)
def test_one_person_in_trouble(facts, cause) -> None:
    found = attribute_minute([person("ada", **facts), *crowd(4)])
    assert found == ({} if cause is None else {"ada": cause})


@pytest.mark.parametrize(
    ("others", "others_poor", "cause"),
    [
        (1, 0, "undetermined"),
        (2, 0, "participant_uplink"),
        (5, 1, "participant_uplink"),
        (4, 1, "undetermined"),
    ],
)
def test_own_trouble_takes_others_of_whom_few_are_poor(others, others_poor, cause) -> None:
    people = [
        person("ada", sent_poor=True),
        *crowd(others_poor, sent_poor=True),
        *crowd(others - others_poor, start=20),
    ]
    assert attribute_minute(people)["ada"] == cause


def test_the_order_of_people_does_not_matter() -> None:
    people = [
        SENDER,
        *crowd(2, recv_poor=True, site="Leeds"),
        person("ada", sent_poor=True, recv_poor=True),
        person("bob", device_poor=True, cpu_high=True),
    ]
    expected = attribute_minute(people)
    for order in itertools.permutations(people):
        assert attribute_minute(order) == expected


def test_nobody_poor_is_nobody_explained() -> None:
    assert attribute_minute([]) == {}
    assert attribute_minute(crowd(3, cpu_high=True)) == {}
