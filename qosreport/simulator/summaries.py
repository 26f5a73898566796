"""The QoS summary of a meeting: least, mean and greatest of every stream, per participant.

Only accounts with Zoom's QoS subscription (QSS) have it. In meetings Zoom's text says that input is
what the client received and output what it sent, for audio and video; for shares, and for
webinars, it is as on the Dashboard. So the names are exchanged here where Zoom says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qosreport.simulator.meetings import Session, SimMeeting
from qosreport.simulator.quality import PRESSURE, Samples, Stream, samples_of
from qosreport.simulator.rows import Row
from qosreport.simulator.surroundings import Scene

_EXCHANGED = {
    "audio_input": "audio_output",
    "audio_output": "audio_input",
    "video_input": "video_output",
    "video_output": "video_input",
}


def summary_rows(meeting: SimMeeting) -> Iterator[Row]:
    """One row per participant, with all joins of the same user id taken together."""
    scene = Scene(meeting)
    joins: dict[str, list[Session]] = {}
    for session in meeting.qos_sessions:
        joins.setdefault(session.user_id, []).append(session)
    for user_id, mine in joins.items():
        total = _Total()
        for session in mine:
            total.add(samples_of(session, scene.around(session), meeting.seed))
        person = mine[0].person
        yield {
            "id": person.account_id,
            "participant_id": user_id,
            "user_name": person.name,
            "email": person.email,
            "qos": total.types(exchange=meeting.kind == "meeting"),
        }


@dataclass
class _Measured:
    """All values of one stream."""

    audio: bool
    bitrate: list[int] = field(default_factory=list)
    latency: list[int] = field(default_factory=list)
    jitter: list[int] = field(default_factory=list)
    loss: list[int] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)
    fps: list[int] = field(default_factory=list)
    size: str = ""

    def add(self, stream: Stream) -> None:
        for start, end in stream.runs:
            self.bitrate += stream.bitrate_kbps[start:end]
            self.latency += stream.line.latency_ms[start:end]
            self.jitter += stream.line.jitter_ms[start:end]
            self.loss += stream.line.loss_tenths[start:end]
            self.peak += stream.line.peak_tenths[start:end]
            self.fps += (stream.frame_rate_fps or [])[start:end]
            if stream.size:
                self.size = stream.size[end - 1]

    def details(self) -> Row:
        made = _spread("bitrate", self.bitrate, "kbps") | _spread("latency", self.latency, " ms")
        made |= _spread("jitter", self.jitter, "ms")
        low, mean, high = min(self.loss), sum(self.loss) / len(self.loss), max(self.peak)
        made |= {
            "min_loss": f"{low / 10:.2f}%",
            "avg_loss": f"{mean / 10:.2f}%",
            "max_loss": f"{high / 10:.2f}%",
        }
        if not self.audio:
            made |= {"resolution": self.size} | _spread("frame_rate", self.fps, " fps")
        return made


class _Total:
    def __init__(self) -> None:
        self.streams: dict[str, _Measured] = {}
        self.zoom: list[int] = []
        self.system: list[int] = []
        self.pressure: list[int] = []

    def add(self, samples: Samples) -> None:
        for name, stream in samples.streams.items():
            measured = self.streams.setdefault(name, _Measured(name.startswith("audio")))
            measured.add(stream)
        self.zoom += samples.zoom_cpu_pct or []
        self.system += samples.system_cpu_pct or []
        self.pressure += samples.pressure or []

    def types(self, *, exchange: bool) -> list[Row]:
        made: list[Row] = []
        for name, measured in self.streams.items():
            if measured.bitrate:
                shown = _EXCHANGED.get(name, name) if exchange else name
                made.append({"type": shown, "details": measured.details()})
        if self.system:
            details = {
                "zoom_min_cpu_usage": f"{min(self.zoom)}%",
                "zoom_avg_cpu_usage": f"{sum(self.zoom) / len(self.zoom):.0f}%",
                "zoom_max_cpu_usage": f"{max(self.zoom)}%",
                "system_max_cpu_usage": f"{max(self.system)}%",
            }
            made.append({"type": "cpu_usage", "details": details})
        elif self.pressure:
            middle = sorted(self.pressure)[len(self.pressure) // 2]
            details = {
                "system_min_cpu_pressure_level": PRESSURE[min(self.pressure)],
                "system_avg_cpu_pressure_level": PRESSURE[middle],
                "system_max_cpu_pressure_level": PRESSURE[max(self.pressure)],
            }
            made.append({"type": "cpu_usage", "details": details})
        return made


def _spread(name: str, values: Sequence[int], unit: str) -> Row:
    return {
        f"min_{name}": f"{min(values)}{unit}",
        f"avg_{name}": f"{sum(values) / len(values):.2f}{unit}",
        f"max_{name}": f"{max(values)}{unit}",
    }
