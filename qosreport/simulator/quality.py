"""What Zoom measured in one join, minute by minute, as numbers.

A join has one line with two directions; each stream of a direction shows that line with small
differences of its own. Every number follows from the join's own seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeVar

from qosreport.simulator.causes import NOISE
from qosreport.simulator.dice import Dice, Weighted
from qosreport.simulator.meetings import Session, Touch
from qosreport.simulator.surroundings import Runs, Surroundings
from qosreport.simulator.tapes import LENGTH, Tapes, record

SIZES = ("320*180", "640*360", "960*540", "1280*720")
SHARE_SIZE = "1920*1080"
PRESSURE = ("normal", "fair", "serious", "critical")
LOSS_MAX, LATENCY_MAX = 1000, 9000
"""Tenths of a per cent; ms."""
_ROUGHNESS = {"Wired": "calm", "Wifi": "lively", "Cellular": "rough"}
_SENT_SIZES = Weighted((1, 30), (2, 8), (3, 62))
_SEEN_SIZES = Weighted((0, 8), (1, 57), (2, 8), (3, 27))
_USUAL_KBPS = (170, 520, 800, 1180)
_USUAL_FPS = (21, 24, 25, 25)
"""By number in SIZES."""
_SOFTENED_FROM_LOSS_PCT = 3
"""Where Zoom sends smaller pictures."""

Way = Literal["sent", "received"]
Number = TypeVar("Number", int, float)


@dataclass
class Line:
    """One direction of a join's line, a number for every sample."""

    latency_ms: list[int]
    jitter_ms: list[int]
    loss_tenths: list[int]
    """Mean packet loss in tenths of a per cent."""
    peak_tenths: list[int]
    """Largest packet loss."""


@dataclass
class Stream:
    """One stream: numbers for every sample, of which those in `runs` were measured."""

    runs: Runs
    bitrate_kbps: list[int]
    line: Line
    size: list[str] | None = None
    """Picture size as Zoom prints it; none for audio."""
    frame_rate_fps: list[int] | None = None


@dataclass
class Samples:
    """Everything measured in one join."""

    count: int
    streams: dict[str, Stream] = field(default_factory=dict)
    """By Zoom's name, as audio_input; only those with anything measured."""
    zoom_cpu_pct: list[int] | None = None
    system_cpu_pct: list[int] | None = None
    pressure: list[int] | None = None
    """Numbers into PRESSURE, for browsers."""
    rssi_dbm: list[int] | None = None


_tapes_of = lru_cache(maxsize=4)(record)


def samples_of(session: Session, around: Surroundings, seed: int) -> Samples:
    """Everything measured in a join, to its planned end even if the meeting is still running.

    Args:
        session: The join.
        around: What of the meeting it sees and hears.
        seed: The simulation's, for the tapes of noise.
    """
    if not session.samples:
        return Samples(0)
    return _Measuring(session, around, _tapes_of(seed)).samples()


class _Measuring:
    """One join being measured. The order of drawing is part of the result."""

    def __init__(self, session: Session, around: Surroundings, tapes: Tapes) -> None:
        self.session = session
        self.around = around
        self.tapes = tapes
        self.count = session.samples
        self.dice = Dice(session.seed, "samples")
        self.line: dict[Way, Line] = {
            "sent": self._line("sent"),
            "received": self._line("received"),
        }

    def samples(self) -> Samples:
        made = Samples(self.count, dict(self._streams()))
        kind = self.session.person.kind
        if kind == "room":
            made.streams = dict(_legs(made.streams, "crc"))
            return made
        self._add_device(made)
        if kind == "web":
            spoken = {name: one for name, one in made.streams.items() if name[:2] != "as"}
            made.streams |= _legs(spoken, "rwg")
        return made

    def _streams(self) -> Iterator[tuple[str, Stream]]:
        session, around = self.session, self.around
        if session.talks:
            yield "audio_input", self._speech()
        if heard := self._within(around.company):
            yield "audio_output", Stream(heard, self._about(57, 4), self.line["received"])
        if session.camera:
            best = 1 if session.place.network_type == "Cellular" else _SENT_SIZES.at(self._point())
            yield "video_input", self._video("sent", self._camera_runs(), best)
        if seen := self._within(around.faces):
            yield "video_output", self._video("received", seen, _SEEN_SIZES.at(self._point()))
        if own := self._within(around.own_shares):
            yield "as_input", self._share("sent", own)
        if others := self._within(around.other_shares):
            yield "as_output", self._share("received", others)

    # --- pieces of tape

    def _point(self) -> float:
        return self.dice.random()

    def _cut(self, tape: Sequence[Number]) -> list[Number]:
        start = int(self.dice.random() * LENGTH)
        return list(tape[start : start + self.count])

    def _about(self, usual: int, step: int) -> list[int]:
        """Numbers around a usual one."""
        return [usual + step * x for x in self._cut(self.tapes.small)]

    # --- lines

    def _line(self, way: Way) -> Line:
        kind = _ROUGHNESS.get(self.session.place.network_type, "calm")
        base_ms = self.session.round_trip_ms + (way == "received") * 2 + self.dice.whole(0, 5)
        latency_ms = [base_ms + x for x in self._cut(self.tapes.latency[kind])]
        line = Line(latency_ms, self._cut(self.tapes.jitter[kind]), [], [])
        line.loss_tenths = self._cut(self.tapes.loss[kind])
        for touch in self.session.touches:
            if touch.direction in {way, "both"}:
                self._harm(line, touch)
        line.peak_tenths = [
            min(LOSS_MAX, int(x * factor) + 2) if x else 0
            for x, factor in zip(line.loss_tenths, self._cut(self.tapes.peak), strict=True)
        ]
        return line

    def _harm(self, line: Line, touch: Touch) -> None:
        """Adds a trouble to its samples, a little more or less of it in each."""
        wobble, impact = self._cut(self.tapes.wobble), touch.impact
        for at in range(touch.first, touch.last + 1):
            felt = wobble[at]
            more_ms = line.latency_ms[at] + int(impact.latency_ms * felt)
            more_tenths = line.loss_tenths[at] + int(10 * impact.loss_pct * felt)
            line.latency_ms[at] = min(LATENCY_MAX, more_ms)
            line.jitter_ms[at] += int(impact.jitter_ms * felt)
            line.loss_tenths[at] = min(LOSS_MAX, more_tenths)

    # --- sound

    def _speech(self) -> Stream:
        """What is sent of sound: nothing while muted, or the few bits that keep the way open."""
        sound, quiet = self._talk()
        rate = self._about(60, 3)
        for start, end in quiet:
            rate[start:end] = [1 + (x & 3) for x in rate[start:end]]
        return Stream(sound, rate, self.line["sent"])

    def _talk(self) -> tuple[Runs, Runs]:
        """Runs with any sound sent, and those of them that are next to silent."""
        if self.session.never_muted or any(
            touch.direction == "sent" and touch.cause != NOISE for touch in self.session.touches
        ):
            return [(0, self.count)], []
        habit = self.session.person.mute_habit
        blank_when_muted = self.dice.chance(0.6)
        sound: Runs = []
        quiet: Runs = []
        at, muted = 0, self.dice.chance(habit)
        while at < self.count:
            mean = 2 + 16 * (habit if muted else 1 - habit)
            end = min(self.count, at + 1 + int(self.dice.random() * 2 * mean))
            if not muted or not blank_when_muted:
                sound.append((at, end))
            if muted and not blank_when_muted:
                quiet.append((at, end))
            at, muted = end, not muted
        return sound, quiet

    # --- pictures

    def _camera_runs(self) -> Runs:
        """The camera is on throughout, or off for a while."""
        if self.count <= 12 or not self.dice.chance(0.15):
            return [(0, self.count)]
        off = self.dice.whole(2, self.count - 11)
        return [(0, off), (off + self.dice.whole(1, 9), self.count)]

    def _video(self, way: Way, runs: Runs, best: int) -> Stream:
        line, small = self.line[way], self.tapes.small
        rate = [int(_USUAL_KBPS[best] * x) for x in self._cut(self.tapes.rate)]
        size = [SIZES[best]] * self.count
        fps = [min(30, _USUAL_FPS[best] + x) for x in self._cut(small)]
        extra = self._cut(small)
        for touch in self.session.touches:
            part = slice(touch.first, touch.last + 1)
            if touch.direction == "device":
                middle = 8 - int(touch.impact.cpu_pct) // 20
                fps[part] = [max(2, middle + x // 2) for x in extra[part]]
                rate[part] = [x // 3 for x in rate[part]]
            elif touch.direction in {way, "both"} and (
                touch.impact.loss_pct > _SOFTENED_FROM_LOSS_PCT
            ):
                size[part] = [SIZES[max(0, best - 1)]] * len(size[part])
                fps[part] = [15 + x for x in extra[part]]
                rate[part] = [x // 2 for x in rate[part]]
        jitter_ms = [max(1, x + 4 + y) for x, y in zip(line.jitter_ms, extra, strict=True)]
        own = Line([x + 2 for x in line.latency_ms], jitter_ms, line.loss_tenths, line.peak_tenths)
        return Stream(runs, rate, own, size, fps)

    def _share(self, way: Way, runs: Runs) -> Stream:
        """A share: its jitter tells of still pictures rather than of the network."""
        line, rough = self.line[way], self._cut(self.tapes.jitter["rough"])
        jitter_ms = [x * x // 2 + 8 for x in rough]
        own = Line(line.latency_ms, jitter_ms, line.loss_tenths, line.peak_tenths)
        fps = [max(1, 6 + x) for x in self._cut(self.tapes.small)]
        return Stream(runs, self._about(150, 45), own, [SHARE_SIZE] * self.count, fps)

    # --- the device

    def _add_device(self, made: Samples) -> None:
        load = self._load()
        if self.session.person.kind == "web":
            made.pressure = [(x > 35) + (x > 65) + (x > 90) for x in load]
        else:
            made.system_cpu_pct = load
            share = self.dice.between(0.22, 0.42)
            made.zoom_cpu_pct = [max(1, int(x * share)) for x in load]
        if self.session.place.network_type == "Wifi":
            made.rssi_dbm = self._signal()

    def _load(self) -> list[int]:
        """Processor use of the whole machine, in per cent."""
        usual = self.session.device.load_pct + 9 * self.session.camera
        load = [min(97, max(3, usual + x)) for x in self._cut(self.tapes.load)]
        for touch in self.session.touches:
            if touch.direction == "device":
                felt = self._cut(self.tapes.small)
                for at in range(touch.first, touch.last + 1):
                    busy = max(90, int(load[at] + touch.impact.cpu_pct))
                    load[at] = min(100, busy + felt[at] % 4)
        return load

    def _signal(self) -> list[int]:
        """Strength of the Wi-Fi signal, in dBm."""
        signal = self._about(-self.dice.whole(44, 62), 1)
        for touch in self.session.touches:
            drop = int(touch.impact.rssi_drop_db)
            if drop:
                part = slice(touch.first, touch.last + 1)
                signal[part] = [max(-93, min(-76, x - drop)) for x in signal[part]]
        return signal

    # --- time

    def _within(self, spans: Runs) -> Runs:
        """The spans of time, in seconds, as runs of the join's samples."""
        first = self.session.first_minute
        runs: Runs = []
        for start_s, end_s in spans:
            start = max(0, start_s // 60 + 1 - first)
            end = min(self.count, end_s // 60 + 1 - first)
            if start >= end:
                continue
            if runs and start <= runs[-1][1]:
                runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
            else:
                runs.append((start, end))
        return runs


def _legs(streams: dict[str, Stream], gateway: str) -> Iterator[tuple[str, Stream]]:
    """The streams between Zoom and a room (crc) or browser (rwg), under Zoom's names for them."""
    ways = {"input": "from", "output": "to"}
    for name, stream in streams.items():
        medium, _, flow = name.rpartition("_")
        yield f"{medium}_device_{ways[flow]}_{gateway}", stream
