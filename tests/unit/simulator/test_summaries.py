import pytest

from qosreport.simulator.organisation import summary_rows
from qosreport.simulator.pages import qos_rows
from tests.unit.simulator.judge import number
from tests.unit.simulator.support import organisation

PLAIN = organisation(meetings_per_week=60, weeks=1, odd_values=0)
TYPES = {
    "audio_input", "audio_output", "video_input", "video_output", "as_input", "as_output",
    "cpu_usage", *(f"{medium}_device_{way}_{gate}" for medium in ("audio", "video", "as")
                   for way in ("from", "to") for gate in ("crc", "rwg")),
}  # fmt: skip


def of(kind):
    return [one for one in PLAIN.everything() if one.kind == kind]


def exchanged(name, kind):
    """Zoom's name in the summary of what the Dashboard calls `name`."""
    other = {"input": "output", "output": "input"}
    medium, _, flow = name.rpartition("_")
    swap = kind == "meeting" and medium in {"audio", "video"} and flow in other
    return f"{medium}_{other[flow]}" if swap else name


@pytest.mark.parametrize("kind", ["meeting", "webinar"])
def test_the_summary_holds_least_mean_and_greatest_of_all_joins_of_a_person(kind):
    compared = 0
    for meeting in of(kind):
        samples = {}
        for row in qos_rows(meeting):
            samples.setdefault(row["user_id"], []).extend(row["user_qos"])
        for row in summary_rows(meeting):
            details = {one["type"]: one["details"] for one in row["qos"]}
            assert set(details) <= TYPES
            for name in ("audio_input", "audio_output", "video_output", "as_output"):
                streams = [one[name] for one in samples[row["participant_id"]]]
                rates = [number(one["bitrate"]) for one in streams if one["bitrate"]]
                if not rates:
                    continue
                found = details[exchanged(name, kind)]
                assert number(found["min_bitrate"]) == min(rates)
                assert number(found["max_bitrate"]) == max(rates)
                assert number(found["avg_bitrate"]) == pytest.approx(
                    sum(rates) / len(rates), abs=0.006
                )
                losses = [number(one["max_loss"]) for one in streams if one["bitrate"]]
                assert number(found["max_loss"]) == pytest.approx(max(losses))
                compared += 1
    assert compared > 20


def test_units_are_written_with_and_without_a_blank_in_one_object():
    row = next(row for one in of("meeting") for row in summary_rows(one) if row["qos"])
    details = row["qos"][0]["details"]
    assert details["avg_bitrate"].endswith("kbps")
    assert " " not in details["avg_bitrate"]
    assert " " in details["avg_latency"]


def test_every_participant_with_quality_has_one_row():
    for meeting in of("meeting"):
        ids = [row["participant_id"] for row in summary_rows(meeting)]
        assert ids == list(dict.fromkeys(one.user_id for one in meeting.qos_sessions))


def test_the_processor_is_summed_up_in_per_cent_or_pressure():
    found = [
        one["details"]
        for meeting in PLAIN.everything()
        for row in summary_rows(meeting)
        for one in row["qos"]
        if one["type"] == "cpu_usage"
    ]
    assert any("system_max_cpu_usage" in one for one in found)
    assert any("system_max_cpu_pressure_level" in one for one in found)
