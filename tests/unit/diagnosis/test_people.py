import datetime as dt

import pytest

from qosreport.diagnosis.people import limiting, machines, names, people
from tests.unit.diagnosis.frames import LOW, NOON, joined, score, session


def found(sessions, scores, zone="UTC"):
    return people(joined(sessions, scores, zone), LOW)


def test_only_people_with_a_poor_connection_are_listed():
    sessions = [session(1, person="ada"), session(2, person="bram"), session(3, person="cleo")]
    scores = [score(1, "Poor"), score(2, "Fair"), score(3, "Bad", net_band="Good")]

    assert found(sessions, scores)["person_key"].to_list() == ["ada"]


def test_a_person_with_much_evidence_ranks_above_one_bad_call():
    sessions = [
        *(session(n, person="often", meeting=f"m{n}") for n in range(20)),
        session(50, person="once", meeting="m1"),
        *(session(100 + n, person=f"fine{n}", meeting=f"m{n % 20}") for n in range(60)),
    ]
    scores = [
        *(score(n, "Poor" if n < 16 else "Good") for n in range(20)),
        score(50, "Poor"),
        *(score(100 + n) for n in range(60)),
    ]

    rows = found(sessions, scores)

    assert rows["person_key"].to_list() == ["often", "once"]
    assert rows.select("k", "n").rows() == [(16, 20), (1, 1)]
    assert rows["pct"].to_list() == [80, 100]
    assert 50 < rows["shrunk_pct"][0] < 80
    assert rows["shrunk_pct"][1] < rows["shrunk_pct"][0]


def test_days_are_local_days_with_a_poor_connection():
    evening = dt.datetime(2026, 11, 11, 22, tzinfo=dt.UTC)
    sessions = [
        session(1, join=evening),
        session(2, join=evening + dt.timedelta(hours=3)),
        session(3, join=evening + dt.timedelta(days=3)),
    ]
    scores = [score(1, "Poor"), score(2, "Poor"), score(3, "Good")]

    assert found(sessions, scores, "UTC")["days"].item() == 2
    assert found(sessions, scores, "Europe/Athens")["days"].item() == 1


def test_the_place_is_that_of_most_poor_connections():
    wifi = {"site": "Cardiff", "network_type": "Wifi"}
    wired = {"site": "Leeds", "network_type": "Wired"}
    sessions = [
        *(session(n, **wifi) for n in range(2)),
        session(5, **wired),
        *(session(10 + n, **wired) for n in range(5)),
    ]
    scores = [
        score(0, "Poor"),
        score(1, "Poor"),
        score(5, "Poor"),
        *(score(10 + n) for n in range(5)),
    ]

    row = found(sessions, scores).row(0, named=True)

    assert (row["place"], row["network_type"], row["place_connections"]) == ("Cardiff", "Wifi", 2)


def test_harmed_minutes_are_of_all_connections_good_ones_too():
    scores = [score(1, "Poor", net_poor_minutes=5), score(2, "Good", net_poor_minutes=1)]

    assert found([session(1), session(2)], scores)["harmed_minutes"].item() == 6


@pytest.mark.parametrize(
    ("seen", "external"),
    [([True, True], True), ([True, False], False), ([True, None], None), ([None, None], None)],
)
def test_external_is_who_never_signed_in(seen, external):
    sessions = [session(n, is_external=value) for n, value in enumerate(seen)]

    assert found(sessions, [score(0, "Poor"), score(1)])["is_external"].item() == external


def test_what_limits_is_weighed_by_poor_minutes():
    received = {"limiting_direction": "received"}
    audio = {"limiting_stream": "audio_output", "limiting_reason": "emodel", **received}
    video = {"limiting_stream": "video_output", "limiting_reason": "avg_loss_pct", **received}
    rows = joined(
        [session(n) for n in range(3)],
        [
            score(0, poor_minutes=2, **video),
            score(1, poor_minutes=2, **video),
            score(2, poor_minutes=5, **audio),
        ],
    )

    row = limiting(rows, "person_key").row(0, named=True)

    assert (row["limiting_stream"], row["limiting_reason"]) == ("audio_output", "emodel")


def test_a_name_is_the_most_common_one_and_blank_ones_do_not_count():
    rows = joined(
        [
            session(1),
            session(2),
            session(3),
            session(4, name="Ada B."),
            session(5, name="Ada Brightwell"),
            session(6, name="Ada Brightwell"),
            session(7, person="guest"),
        ],
        [],
    )

    assert names(rows).rows() == [("ada", "Ada Brightwell")]


HIGH = {"cpu_minutes": 10, "cpu_flags": ["CPU_SYSTEM_HIGH"]}


def test_machines_are_ranked_by_what_high_cpu_cost():
    sessions = [
        session(1, person="ada", device="Windows"),
        session(2, person="bram", device="Windows"),
        session(3, person="cleo", device="Mac"),
        session(4, person="dora", device="Mac"),
    ]
    scores = [
        score(1, cpu_cost_minutes=1, cpu_high_minutes=9, **HIGH),
        score(2, cpu_cost_minutes=4, cpu_high_minutes=4, **HIGH),
        score(3, cpu_cost_minutes=1, cpu_high_minutes=8, **HIGH),
        score(4, cpu_minutes=10, cpu_flags=["CPU_SYSTEM_ELEVATED"]),
    ]

    assert machines(joined(sessions, scores))["person_key"].to_list() == ["bram", "ada", "cleo"]


def test_a_persons_two_kinds_of_device_are_two_machines_and_no_kind_is_one():
    sessions = [
        session(1, device="Windows"),
        session(2, device="Windows"),
        session(3, device="Mac"),
        session(4, device=None, os="Haiku"),
        session(5, device="Windows"),
    ]
    scores = [*(score(n, **HIGH) for n in range(1, 5)), score(5, cpu_minutes=0)]

    rows = machines(joined(sessions, scores)).select("device", "os", "flagged", "measured")

    assert sorted(rows.rows(), key=str) == [
        ("Mac", None, 1, 1),
        ("Windows", None, 2, 2),
        (None, "Haiku", 1, 1),
    ]


def test_a_machines_figures_are_peaks_sums_and_weighed_means():
    facts = {"device": "Windows", "os": "Windows 11", "client_version": "6.2.5 (1)"}
    sessions = [session(1, **facts), session(2, join=NOON, **facts), session(3, **facts)]
    scores = [
        score(1, cpu_minutes=30, cpu_high_minutes=3, cpu_longest_high_run_min=3,
              zoom_cpu_high_minutes=1, system_cpu_peak_pct=99.0, zoom_cpu_mean_pct=10.0,
              cpu_flags=["CPU_SYSTEM_HIGH"]),
        score(2, cpu_minutes=10, cpu_high_minutes=2, cpu_longest_high_run_min=2,
              system_cpu_peak_pct=92.0, zoom_cpu_mean_pct=50.0),
        score(3, cpu_minutes=5, cpu_high_minutes=0),
    ]  # fmt: skip

    row = machines(joined(sessions, scores)).row(0, named=True)

    assert (row["flagged"], row["measured"]) == (1, 3)
    assert (row["high_minutes"], row["longest_run_min"], row["zoom_high_minutes"]) == (5, 3, 1)
    assert (row["system_peak_pct"], row["zoom_mean_pct"]) == (99.0, 20.0)
    assert (row["os"], row["release"]) == ("Windows 11", "6.2.5")


def test_a_machine_that_never_said_how_busy_zoom_was_has_no_mean():
    rows = machines(joined([session(1)], [score(1, **HIGH)]))

    assert rows["zoom_mean_pct"].item() is None


def test_nobody_at_all_makes_empty_lists():
    assert found([], []).height == 0
    assert machines(joined([], [])).height == 0


def test_people_never_judged_do_not_disturb_the_ranking():
    """Where people are alike all through, a rate of 0 of 0 has nothing to be drawn from."""
    people = ["ada", "ada", "bram", "bram", "never"]
    sessions = [session(n, person=name) for n, name in enumerate(people)]
    bands = ["Bad", "Bad", "Good", "Good", "Unscored"]
    scores = [score(n, band) for n, band in enumerate(bands)]

    assert found(sessions, scores).select("person_key", "shrunk_pct").rows() == [("ada", 100.0)]
