import json
import sys

import pytest

from qosreport.simulator import hostile
from qosreport.simulator.faults import ABOUT


def row():
    streams = {"bitrate": "60 kbps", "latency": "30 ms", "jitter": "3 ms", "avg_loss": "0.0%",
               "max_loss": "0.0%"}  # fmt: skip
    samples = [{"date_time": "t", "audio_input": dict(streams), "cpu_usage": {"x": "1%"}}
               for _ in range(5)]  # fmt: skip
    return {"user_name": "Ada", "pc_name": "PC", "leave_reason": "Ada left.", "user_qos": samples}


@pytest.mark.parametrize("kind", hostile.NAMES)
def test_each_kind_of_name_replaces_names_and_survives_the_wire(kind):
    changed = row()
    hostile.rename(changed, kind, "salt")
    text = hostile.as_text(changed)
    assert text.isascii()
    assert json.loads(text)["user_name"] in hostile.NAMES[kind]
    assert json.loads(text.encode("utf-8"))["leave_reason"].startswith(changed["user_name"])


def test_all_kinds_are_those_the_fault_offers():
    assert set(ABOUT["hostile_names"].forms.split()) == {"all", *hostile.NAMES}
    assert set(ABOUT["hostile_values"].forms.split()) == {"all", *hostile.VALUES}


def test_the_same_salt_gives_the_same_name():
    names = []
    for salt in ("a", "a", "b", "c", "d", "e"):
        changed = row()
        hostile.rename(changed, "all", salt)
        names.append(changed["user_name"])
    assert names[0] == names[1]
    assert len(set(names)) > 1


def test_the_names_do_what_they_are_for():
    assert any("\udc80" in one for one in hostile.NAMES["surrogate"])
    assert max(map(len, hostile.NAMES["long"])) == 10_000
    assert any("\x00" in one for one in hostile.NAMES["nul"])
    assert any("\u202e" in one for one in hostile.NAMES["bidi"])
    with pytest.raises(UnicodeEncodeError):
        hostile.NAMES["surrogate"][0].encode("utf-8")


@pytest.mark.parametrize("kind", hostile.VALUES)
def test_each_kind_of_value_gets_into_the_samples(kind):
    changed = row()
    hostile.spoil(changed, kind, "salt")
    assert hostile.as_text(changed) != hostile.as_text(row())


def test_a_number_of_five_thousand_digits_is_written_as_a_number():
    assert hostile.as_text({"latency": "@@bare-number@@"}) == f'{{"latency":{"9" * 5000}}}'
    limit = sys.get_int_max_str_digits()
    assert 0 < limit < 5000


def test_blank_samples_are_there_and_say_nothing():
    changed = row()
    hostile.blank(changed)
    assert len(changed["user_qos"]) == 5
    for sample in changed["user_qos"]:
        assert set(sample["audio_input"].values()) == {""}
        assert sample["cpu_usage"] == {}


def test_a_single_sample_without_a_list_is_changed_too():
    changed = row()
    changed["user_qos"] = changed["user_qos"][0]
    hostile.blank(changed)
    assert set(changed["user_qos"]["audio_input"].values()) == {""}
