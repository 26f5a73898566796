import json

from qosreport.simulator.pages import qos_rows
from qosreport.simulator.rows import participant_rows
from qosreport.simulator.truth import COLUMNS, write_truth
from tests.unit.simulator import judge
from tests.unit.simulator.support import organisation

SIMULATION = organisation(meetings_per_week=45, weeks=1, odd_values=0)
TRUTH = SIMULATION.truth()


def rows():
    for uuid, touched in TRUTH["touched"].items():
        for values in touched:
            yield uuid, dict(zip(TRUTH["columns"], values, strict=True))


def test_the_truth_holds_every_cause_with_its_parameters_and_the_settings():
    causes = {one["id"]: one for one in TRUTH["causes"]}
    assert set(causes) == {one.id for one in SIMULATION.causes} | {"noise"}
    for one in SIMULATION.causes:
        assert causes[one.id]["where"] == one.where
        assert causes[one.id]["strength"] == one.strength
    assert TRUTH["settings"]["seed"] == 1
    assert TRUTH["settings"]["last_week_end"] == "2026-11-16T00:00:00+00:00"
    assert TRUTH["columns"] == list(COLUMNS)


def test_networks_tell_sites_and_providers_apart():
    assert TRUTH["networks"]["198.51.100.0/28"] == "Leeds"
    assert "Northbeck Broadband" in TRUTH["providers"].values()
    assert not set(TRUTH["networks"]) & set(TRUTH["providers"])


def test_the_person_with_the_bad_uplink_can_be_found_by_account():
    sender = next(one for one in TRUTH["causes"] if one["kind"] == "sender_uplink")
    accounts = {one.account_id for one in SIMULATION.organisation.members}
    assert TRUTH["people"][sender["where"]] in accounts


def test_every_row_names_a_join_and_samples_that_are_in_the_answers():
    seen = set()
    joins = {
        (meeting.uuid, one["user_id"], one["join_time"]): one
        for meeting in SIMULATION.everything()
        for one in qos_rows(meeting)
    }
    for uuid, row in rows():
        join = joins[uuid, row["user_id"], row["join_time"]]
        stamps = [one["date_time"] for one in join["user_qos"]]
        assert row["first_minute"] in stamps
        assert row["last_minute"] in stamps
        assert row["first_minute"] <= row["last_minute"]
        assert row["direction"] in {"sent", "received", "both", "device"}
        assert row["cause"] in {one["id"] for one in TRUTH["causes"]}
        seen.add((row["direction"], row["cause"]))
    assert len(seen) > 6


def test_what_is_poor_is_in_the_truth():
    known = poor = 0
    touched = {}
    for uuid, row in rows():
        key = uuid, row["user_id"], row["join_time"]
        touched.setdefault(key, []).append((row["first_minute"], row["last_minute"]))
    for meeting in SIMULATION.everything():
        for row in qos_rows(meeting):
            spans = touched.get((meeting.uuid, row["user_id"], row["join_time"]), [])
            for sample in row["user_qos"]:
                score = judge.minute_score(sample)
                if score is not None and score < 3:
                    poor += 1
                    known += any(a <= sample["date_time"] <= b for a, b in spans)
    assert poor > 200
    assert known / poor > 0.99


def test_the_truth_is_the_same_however_often_it_is_asked_and_fits_the_participants():
    assert SIMULATION.truth() == TRUTH
    uuid = next(iter(TRUTH["touched"]))
    ids = {row["user_id"] for row in participant_rows(SIMULATION.meeting(uuid))}
    assert {values[0] for values in TRUTH["touched"][uuid]} <= ids


def test_the_file_reads_back_as_it_was(tmp_path):
    write_truth(TRUTH, tmp_path / "truth.json")
    text = (tmp_path / "truth.json").read_text("utf-8")
    assert json.loads(text) == TRUTH
    # One meeting a line, so that two files can be compared.
    assert len(text.splitlines()) >= len(TRUTH["touched"])


def test_a_quiet_organisation_knows_only_noise(tmp_path):
    truth = organisation(meetings_per_week=20, weeks=1, causes=()).truth()
    assert [one["id"] for one in truth["causes"]] == ["noise"]
    assert {row[5] for rows in truth["touched"].values() for row in rows} <= {"noise"}
    write_truth(truth | {"touched": {}}, tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_text("utf-8"))["touched"] == {}
