"""From several weeks of connections to the list of what to follow up."""

import polars as pl
import pytest

from qosreport.diagnosis import checks
from qosreport.diagnosis.followup import followup
from qosreport.diagnosis.weeks import back
from qosreport.scoring.policy import Stats
from tests.unit.diagnosis.frames import joined, score, session

STATS = Stats(
    min_sessions=4, min_meetings=2, confidence=0.95, fdr_q=0.1, min_effect_pp=2, min_ratio=1.5
)
WEEK = "2026-W02"
LABELS = [WEEK, *back(WEEK, 8)]
LIMIT = {
    "limiting_stream": "audio_output",
    "limiting_reason": "jitter_ms",
    "limiting_direction": "received",
}


class Days:
    """Connections of one week, each person's in meetings of their own."""

    def __init__(self):
        self.sessions, self.scores = [], []

    def add(self, person, poor, total, *, minutes=5, high=0, **facts):
        for i in range(total):
            number = len(self.sessions)
            bad = {"net_poor_minutes": minutes, "poor_minutes": minutes, **LIMIT}
            cpu = {"cpu_minutes": 10, "cpu_flags": ["CPU_SYSTEM_HIGH"], "cpu_high_minutes": 4,
                   "cpu_cost_minutes": minutes}  # fmt: skip
            self.sessions.append(session(number, person=person, meeting=f"m{i}", **facts))
            self.scores.append(
                score(
                    number,
                    "Poor" if i < poor else "Good",
                    **(bad if i < poor else {}),
                    **(cpu if i < high else {}),
                )
            )
        return self

    def frame(self, **columns):
        return joined(self.sessions, self.scores).with_columns(**columns)


def history(letters, person="ada", **facts):
    """Weeks of one person, the latest first: T trouble, f fine, ? one connection, - away."""
    what = {"T": (4, 8), "f": (0, 8), "?": (0, 1), "-": (0, 0)}
    return {
        label: Days().add(person, *what[letter], **facts).add("other", 0, 9).frame()
        for label, letter in zip(LABELS, letters, strict=False)
    }


@pytest.mark.parametrize(
    ("letters", "status", "weeks", "row", "week"),
    [
        ("T", "watch", 1, 1, "2026-W02"),
        ("TT", "new", 2, 2, "2026-W02"),
        ("TTTT", "continuing", 4, 4, "2026-W02"),
        ("fTT", "resolved", 2, 2, "2026-W01"),
        ("-TT", "absent", 2, 2, "2026-W01"),
        ("?TT", "unclear", 2, 2, "2026-W01"),
        ("-f-TT", None, None, None, None),
    ],
)
def test_a_persons_weeks_become_a_word(letters, status, weeks, row, week):
    found = followup(history(letters), WEEK, STATS)

    if status is None:
        assert found.is_empty()
        return
    one = found.row(0, named=True)
    assert (one["kind"], one["person_key"], one["status"]) == ("person", "ada", status)
    assert (one["weeks_in_trouble"], one["of_weeks"], one["weeks_in_row"]) == (weeks, 4, row)
    assert (one["trouble_week"], one["k"], one["n"], one["harmed_minutes"]) == (week, 4, 8, 20)


def test_the_weeks_before_new_year_are_found():
    assert LABELS[:3] == ["2026-W02", "2026-W01", "2025-W52"]
    assert back("2027-W01", 2) == ["2026-W53", "2026-W52"]


def test_empty_later_and_old_weeks_change_nothing():
    weeks = history("TTf")
    nobody = joined([], [])
    more = weeks | {LABELS[5]: nobody, "2026-W03": weeks[WEEK], "2024-W01": weeks[WEEK]}

    assert followup(more, WEEK, STATS).equals(followup(weeks, WEEK, STATS))


def test_the_first_week_and_an_empty_one_have_the_same_columns():
    empty = followup({WEEK: joined([], [])}, WEEK, STATS)

    assert empty.is_empty()
    assert empty.schema == followup(history("T"), WEEK, STATS).schema
    away = followup({WEEK: joined([], []), **history("-TT")}, WEEK, STATS)
    assert away["status"].to_list() == ["absent"]


def test_most_harm_stands_first_and_equals_in_a_stable_order():
    days = Days().add("small", 3, 9, minutes=1).add("large", 3, 9, minutes=9)
    days.add("twin b", 3, 9, minutes=4).add("twin a", 3, 9, minutes=4)
    frame = days.add("busy", 0, 9, minutes=4, high=3, device="Mac").add("other", 0, 90).frame()
    weeks = {LABELS[0]: frame, LABELS[1]: frame}

    found = followup(weeks, WEEK, STATS)

    assert found.select("kind", "person_key", "harmed_minutes").rows() == [
        ("person", "large", 27), ("machine", "busy", 12), ("person", "twin a", 12),
        ("person", "twin b", 12), ("person", "small", 3),
    ]  # fmt: skip
    reordered = {label: rows.reverse() for label, rows in weeks.items()}
    assert followup(reordered, WEEK, STATS).equals(found)


def test_a_site_is_new_in_its_first_week_and_resolved_in_the_next():
    bad = Days()
    for i in range(12):
        bad.add(f"l{i}", 4, 10, site="Leeds").add(f"p{i}", 0, 10, site="Porto")
    good = Days()
    for i in range(12):
        good.add(f"l{i}", 0, 10, site="Leeds").add(f"p{i}", 0, 10, site="Porto")
    few = Days().add("l1", 0, 2, site="Leeds")

    def leeds(*frames):
        found = followup(dict(zip(LABELS, frames, strict=False)), WEEK, STATS)
        return found.filter(kind="site").select("site", "status", "harmed_minutes").rows()

    assert leeds(bad.frame()) == [("Leeds", "new", 240)]
    assert leeds(bad.frame(), bad.frame()) == [("Leeds", "continuing", 240)]
    assert leeds(good.frame(), bad.frame()) == [("Leeds", "resolved", 240)]
    assert leeds(few.frame(), bad.frame()) == [("Leeds", "unclear", 240)]
    assert leeds(good.frame(), good.frame(), bad.frame()) == []


def test_the_facts_are_those_of_the_poor_connections():
    days = Days().add("ada", 3, 3, network_type="Wifi", client_version="6.6.2 (1)")
    frame = days.add("ada", 0, 9, network_type="Wired").add("other", 0, 9).frame()

    one = followup({WEEK: frame}, WEEK, STATS).row(0, named=True)

    assert (one["network_type"], one["release"], one["next_check"]) == (
        "Wifi", "6.6.2", checks.CHECK_WIFI,
    )  # fmt: skip
    assert (one["limiting_stream"], one["limiting_direction"]) == ("audio_output", "received")
    assert one["rssi_dbm"] is None


@pytest.mark.parametrize(
    ("facts", "check"),
    [
        ({"network_type": "Wifi"}, "check_wifi"),
        ({"network_type": "Wired"}, "check_access_line"),
        ({"network_type": "PPP"}, "check_access_line"),
        ({"network_type": "Cellular"}, "check_mobile_signal"),
        ({"network_type": "Others"}, "ask_person"),
        ({"network_type": None}, "ask_person"),
        ({"network_type": "Wifi", "high": 2}, "check_cpu"),
        ({"network_type": "Wifi", "high": 1}, "check_wifi"),
        ({"network_type": "Wifi", "client_version": "6.6.11 (9)"}, "update_client"),
        ({"network_type": "Wifi", "site": "Leeds", "high": 4}, "ask_site_network"),
        ({"network_type": "Wired", "site": "Porto"}, "check_access_line"),
    ],
)
def test_the_next_check_of_a_person(facts, check):
    frame = Days().add("ada", 4, 8, **facts).frame()

    found = checks.of_people(frame, sites=["Leeds"], releases=["6.6.11"])

    assert found.select("person_key", "next_check").rows() == [("ada", check)]


@pytest.mark.parametrize(
    ("signal_dbm", "check"),
    [(-80.0, "check_wifi"), (-67.0, "check_access_line"), (-50.0, "check_access_line")],
)
def test_a_good_signal_clears_the_wifi(signal_dbm, check):
    frame = Days().add("ada", 4, 8, network_type="Wifi").frame(wifi_rssi_avg_dbm=signal_dbm)

    (row,) = checks.of_people(frame, sites=[], releases=[]).rows(named=True)

    assert (row["rssi_dbm"], row["next_check"]) == (signal_dbm, check)


def test_the_next_check_of_a_machine():
    high = {"cpu_minutes": 9, "cpu_flags": ["CPU_ZOOM_HIGH"]}
    who = {
        "ada": ({}, {"cpu_high_minutes": 5, "zoom_cpu_high_minutes": 5}),
        "bram": ({}, {"zoom_cpu_high_minutes": 5}),
        "cleo": ({"client_version": "6.6.11"}, {"cpu_high_minutes": 5}),
    }
    sessions = [session(i, person=p, **facts) for i, (p, (facts, _)) in enumerate(who.items())]
    scores = [score(i, **high, **cpu) for i, (_, cpu) in enumerate(who.values())]

    found = checks.of_machines(joined(sessions, scores), releases=["6.6.11"])

    assert dict(found.select("person_key", "next_check").iter_rows()) == {
        "ada": "check_cpu", "bram": "check_video_load", "cleo": "update_client",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wifi", "wired", "check"),
    [
        ((9, 20), (0, 20), "check_wifi"),
        ((9, 20), (2, 20), "check_wifi"),
        ((9, 20), (4, 20), "ask_site_network"),  # not 8 of 10 of them on Wi-Fi
        ((9, 20), (0, 9), "ask_site_network"),  # too few to compare with
        ((9, 90), (1, 10), "ask_site_network"),  # no worse than by wire
        ((0, 20), (9, 20), "ask_site_network"),
    ],
)
def test_the_next_check_of_a_site(wifi, wired, check):
    days = Days().add("ada", *wifi, site="Leeds", network_type="Wifi")
    frame = days.add("bram", *wired, site="Leeds", network_type="Wired").frame()

    found = checks.of_sites(frame, STATS)

    assert found.select("site", "next_check").rows() == [("Leeds", check)]


def test_a_worse_release_reaches_the_list():
    days = Days().add("ada", 3, 9, network_type="Wifi", client_version="6.6.11 (9)")
    frame = days.add("other", 0, 9).frame()

    found = followup({WEEK: frame}, WEEK, STATS, releases=["6.6.11"])

    assert found["next_check"].to_list() == ["update_client"]
    assert found.filter(pl.col("status") == "watch").height == 1
