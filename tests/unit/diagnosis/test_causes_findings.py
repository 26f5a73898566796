"""Findings, spells and people from attributed minutes."""

import pytest

from qosreport.diagnosis.causes import findings, people, rows_of, spells
from tests.unit.diagnosis.causes_frames import POLICY, Week, at

TEN = range(10)


@pytest.fixture
def week():
    """Leeds fails twice, one sender harms three listeners, one laptop is slow."""
    found = Week()
    poor = [1, 2, 3, 40, 41]
    for n in range(3):
        found.join(f"leeds{n}", f"m{n}", range(60), received=poor, site="Leeds")
        found.join(f"x{n}", f"m{n}", range(60), site="Porto")
        found.join(f"y{n}", f"m{n}", range(60), site="Osaka", sent=[2] if n == 0 else [])
    found.join("sender", "s", TEN, sent=[5, 6])
    for n in range(3):
        found.join(f"l{n}", "s", TEN, received=[5, 6])
    found.join("laptop", "s", TEN, slow=[1], busy=[1])
    return found


def made(week):
    minutes, sessions, _ = week.tables()
    attributed = week.attributed()
    return attributed, minutes, sessions


def test_findings_are_ranked_by_harmed_minutes_and_cover_every_poor_minute(week):
    attributed, _, sessions = made(week)
    found = findings(attributed, sessions, POLICY)
    assert found["minutes"].sum() == attributed.height
    assert found["share_pct"].sum() == pytest.approx(100)
    assert found["minutes"].is_sorted(descending=True)
    site = found.row(0, named=True)
    assert (site["cause"], site["subject"], site["owner"]) == ("site", "Leeds", "site_network")
    assert (site["minutes"], site["people"], site["meetings"], site["days"]) == (15, 3, 3, 1)
    assert (site["first_minute"], site["last_minute"]) == (at(1), at(41))
    assert (site["poor_here"], site["people_here"], site["worst_person_minutes"]) == (15, 15, 5)
    assert site["poor_elsewhere"] == 1
    assert site["stands"] is True


def test_each_cause_has_its_subject_and_owner(week):
    attributed, _, sessions = made(week)
    found = findings(attributed, sessions, POLICY)
    named = {
        (row["cause"], row["subject_person_key"]): row["owner"] for row in found.rows(named=True)
    }
    assert named == {
        ("site", None): "site_network",
        ("remote_sender", "sender"): "person",
        ("participant_uplink", "sender"): "person",
        ("participant_uplink", "y0"): "person",
        ("device", "laptop"): "desktop_team",
    }


def test_a_shared_cause_that_is_mostly_one_person_does_not_stand():
    def stands(people_harmed):
        week = Week()
        for n in range(4):
            poor = range(4, 10) if n < people_harmed else []
            week.join(f"leeds{n}", f"m{n}", TEN if poor else [0], received=poor, site="Leeds")
            week.join(f"x{n}", f"m{n}", TEN)
            week.join(f"y{n}", f"m{n}", TEN)
        attributed, _, sessions = made(week)
        site = findings(attributed, sessions, POLICY).filter(subject="Leeds")
        return site["stands"].to_list()

    assert stands(2) == [False]
    assert stands(3) == [True]


def test_what_people_suffer_and_what_they_cause_are_separate_figures(week):
    attributed, _, sessions = made(week)
    found = {row["person_key"]: row for row in people(attributed, sessions).rows(named=True)}
    assert found["sender"]["suffered_minutes"] == found["sender"]["own_minutes"] == 2
    assert (found["sender"]["caused_minutes"], found["sender"]["caused_people"]) == (6, 3)
    assert (found["l0"]["suffered_minutes"], found["l0"]["own_minutes"]) == (2, 0)
    assert found["laptop"]["own_minutes"] == 1
    assert sum(row["suffered_minutes"] for row in found.values()) == attributed.height


def test_spells_end_with_a_pause_and_count_people_not_minutes(week):
    attributed, minutes, sessions = made(week)
    first, second = spells(attributed, rows_of(minutes, sessions, POLICY)).rows(named=True)
    assert (first["start"], first["end"], first["minutes"]) == (at(1), at(3), 3)
    assert (second["start"], second["end"], second["harmed_minutes"]) == (at(40), at(41), 6)
    assert (first["poor_people"], first["people"]) == (3, 3)
    # Six from elsewhere in Leeds' meetings, five in the sender's; y0 was poor by itself.
    assert (first["poor_people_elsewhere"], first["people_elsewhere"]) == (1, 11)
    assert (second["poor_people_elsewhere"], second["people_elsewhere"]) == (0, 6)


def test_nothing_attributed_is_nothing_found():
    week = Week()
    week.join("ada", "m", TEN)
    attributed, minutes, sessions = made(week)
    assert findings(attributed, sessions, POLICY).is_empty()
    assert people(attributed, sessions).is_empty()
    assert spells(attributed, rows_of(minutes, sessions, POLICY)).is_empty()


def test_lines_and_devices_can_be_one_finding_per_kind():
    week = Week()
    for n in range(2):
        week.join(f"up{n}", "m", TEN, sent=[n, 5])
        week.join(f"slow{n}", "m", TEN, slow=[3], busy=[3])
    for n in range(8):
        week.join(f"well{n}", "m", TEN)
    attributed, _, sessions = made(week)
    found = findings(attributed, sessions, POLICY, by_person=False)
    rows = {row["cause"]: row for row in found.rows(named=True)}
    assert set(rows) == {"participant_uplink", "device"}
    up = rows["participant_uplink"]
    assert (up["subject_person_key"], up["minutes"], up["people"], up["meetings"]) == (
        None, 4, 2, 1,
    )  # fmt: skip
    # Both are poor in minute 5, so each counts once, and is the other's one poor person of eleven.
    assert (up["poor_here"], up["people_here"]) == (4, 4)
    assert (up["poor_elsewhere"], up["people_elsewhere"]) == (2, 44)
    assert (rows["device"]["minutes"], rows["device"]["people"]) == (2, 2)
    assert len(findings(attributed, sessions, POLICY)) == 4
