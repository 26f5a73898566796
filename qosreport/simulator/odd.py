"""The odd spellings and gaps that Zoom's answers show in the wild, sprinkled by the seed.

Respelling never changes a value; leaving out does, and is as rare.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from qosreport.simulator.dice import Dice, Weighted

VALUES_PER_SAMPLE = 30
"""About how many values a sample holds, to turn a share of values into a number of changes."""
_SHARE_OF_FIELDS = 4
"""How many fields of a participant's row can be odd."""
_MEASURES = ("bitrate", "latency", "jitter", "avg_loss", "max_loss", "frame_rate")

_MEASURED = re.compile(r'"[0-9.]+ ?(?:kbps|ms|%|fps)"')
"""A value with a unit, as it stands in the text of a sample."""

Json = dict[str, Any]


def sprinkle(texts: list[str], dice: Dice, share: float) -> None:
    """Makes that share of the values in these samples odd, in place."""
    if not texts:
        return
    for _ in range(dice.rounded(share * VALUES_PER_SAMPLE * len(texts))):
        at = dice.whole(0, len(texts) - 1)
        texts[at] = dice.weighted(_CHANGES)(texts[at], dice)


def as_object(count: int, dice: Dice, share: float) -> bool:
    """Whether a list of one sample is written as that sample alone, as in Zoom's older answers."""
    return count == 1 and dice.chance(min(0.5, 100 * share))


def private(row: Json, dice: Dice, share: float) -> None:
    """Blanks what Zoom withholds for privacy: name, address, place."""
    if dice.chance(_SHARE_OF_FIELDS * share):
        for name in dice.some(("user_name", "email", "ip_address", "location"), dice.whole(1, 4)):
            row[name] = ""


def person(row: Json, dice: Dice, share: float) -> None:
    """Makes a participant's row odd, with the chance that one of its fields is."""
    if dice.chance(_SHARE_OF_FIELDS * share):
        dice.pick(_PERSON_CHANGES)(row)


def respelt(text: str, dice: Dice) -> Any:  # noqa: ANN401 - text or a JSON number, as Zoom sends
    """Another spelling of a number with a unit."""
    unit = text.lstrip("0123456789.")
    number, unit = text.removesuffix(unit), unit.strip()
    styles = (
        f"{number}{unit}",
        f"{number} {unit}",
        f"{number} {unit[:1].upper()}{unit[1:]}",
        f"{float(number):.2f} {unit}",
        f"{float(number):.2f}{unit}",
        number,
        float(number) if "." in number else int(number),
    )
    return dice.pick(styles)


# The two commonest changes are made in the text: reading a sample and writing it again would take
# ten times as long.


def _respell(text: str, dice: Dice) -> str:
    return _with_other(text, dice, lambda value: json.dumps(respelt(value, dice)))


def _blank(text: str, dice: Dice) -> str:
    return _with_other(text, dice, lambda _: dice.pick(('""', '""', "null")))


def _with_other(text: str, dice: Dice, other: Callable[[str], str]) -> str:
    """The sample with one of its values with a unit replaced."""
    found = list(_MEASURED.finditer(text))
    if not found:
        return text
    value = dice.pick(found)
    return text[: value.start()] + other(value[0][1:-1]) + text[value.end() :]


def _in_object(change: Callable[[Json, Dice], None]) -> "Change":
    """A change of the object that a text stands for."""

    def changed(text: str, dice: Dice) -> str:
        sample = json.loads(text)
        change(sample, dice)
        return json.dumps(sample, ensure_ascii=False, separators=(",", ":"))

    return changed


def _drop_value(sample: Json, dice: Dice) -> None:
    streams = [one for one in sample.values() if isinstance(one, dict) and one.get("bitrate")]
    if streams:
        dice.pick(streams).pop(dice.pick(_MEASURES), None)


def _drop_stream(sample: Json, dice: Dice) -> None:
    names = [name for name, value in sample.items() if isinstance(value, dict)]
    sample.pop(dice.pick(names))


def _no_size(sample: Json, dice: Dice) -> None:
    for name in ("as_input", "as_output", "video_input", "video_output"):
        if sample.get(name, {}).get("resolution"):
            sample[name]["resolution"] = dice.pick(("0*0", "0*0", ""))
            return


def _unmeasured(sample: Json, _: Dice) -> None:
    """Delay and jitter 0: nothing was measured in that direction."""
    stream = sample.get("audio_input") or {}
    if stream.get("latency"):
        stream["latency"], stream["jitter"] = "0 ms", "0ms"


def _odd_signal(sample: Json, dice: Dice) -> None:
    signal = sample.get("wifi_rssi")
    if not signal:
        return
    if dice.chance(0.5):
        signal["max_rssi"], signal["min_rssi"] = signal["min_rssi"], signal["max_rssi"]
    else:
        signal["avg_rssi"] = str(signal["avg_rssi"])


def _new_key(sample: Json, dice: Dice) -> None:
    name, value = dice.pick((("video_codec", "AV1"), ("nack_count", 3), ("relay", {"hops": "1"})))
    sample[name] = value


Change = Callable[[str, Dice], str]
_CHANGES: Weighted[Change] = Weighted(
    (_respell, 62),
    (_blank, 9),
    (_in_object(_drop_value), 3),
    (_in_object(_drop_stream), 6),
    (_in_object(_no_size), 8),
    (_in_object(_unmeasured), 4),
    (_in_object(_odd_signal), 5),
    (_in_object(_new_key), 3),
)


def _whole_user_id(row: Json) -> None:
    row["user_id"] = int(row["user_id"])


def _old_spellings(row: Json) -> None:
    row["device"] = {"Windows": "WIN", "Mac": "MAC"}.get(row["device"], row["device"])
    row["mac_addr"] = f" {row['mac_addr']}" if row["mac_addr"] else ""


def _old_centre(row: Json) -> None:
    row["full_data_center"] = row["data_center"] + "United States (SC Top);"


def _new_fields(row: Json) -> None:
    row |= {"rc_reason": "", "beta_flags": ["x"], "network_quality": {"trend": "steady"}}


def _nulls(row: Json) -> None:
    row |= {"device_name": None, "internal_ip_addresses": None}


def _fine_leave_time(row: Json) -> None:
    if row.get("leave_time"):
        row["leave_time"] = row["leave_time"][:-1] + ".837Z"


_PERSON_CHANGES: tuple[Callable[[Json], None], ...] = (
    _whole_user_id, _old_spellings, _old_centre, _new_fields, _nulls, _fine_leave_time,
)  # fmt: skip
