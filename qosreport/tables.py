"""Every table declared once: column, type, unit, key, nullability, meaning.

Instants are UTC. Percentages are 0-100. Missing is null, never 0 and never "". The data dictionary
in docs/architecture.md and every empty frame come from here. Design §3.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

import polars as pl

INSTANT = pl.Datetime("us", "UTC")
Kind = Literal["meeting", "webinar"]
KIND = pl.Enum(get_args(Kind))
COMPLETENESS = pl.Enum(["complete", "incomplete", "no_qos"])
ZOOM_LABEL = pl.Enum(["good", "fair", "poor", "bad"])
MEDIUM = pl.Enum(["audio", "video", "share"])
FLOW = pl.Enum(["input", "output"])
LEG = pl.Enum(["client", "crc_from", "crc_to", "rwg_from", "rwg_to"])
DIRECTION = pl.Enum(["sent", "received"])
PRESSURE = pl.Enum(["normal", "fair", "serious", "critical"])
RATING = pl.Enum(["good", "not_good"])
BANDS = ("Good", "Fair", "Poor", "Bad", "Unscored")
BAND = pl.Enum(BANDS)
"""In order from best to worst, then what could not be judged."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    unit: str = ""
    required: bool = False
    """Never null."""


@dataclass(frozen=True)
class Table:
    """One table: what a row is, what identifies it, its columns."""

    name: str
    row: str
    """One row per …"""
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    schema: pl.Schema = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", pl.Schema({c.name: c.dtype for c in self.columns}))

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with exactly this table's columns, in order and type; absent ones are null."""
        return frame.select(
            pl.col(c.name).cast(c.dtype)
            if c.name in frame.columns
            else pl.lit(None, dtype=c.dtype).alias(c.name)
            for c in self.columns
        )


def _measures(*names: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, pl.Float64, meaning, unit) for name, unit, meaning in names)


def _spread(name: str, unit: str, meaning: str) -> Iterator[Column]:
    for end, word in (("min", "Smallest"), ("avg", "Mean"), ("max", "Largest")):
        yield Column(f"{end}_{name}", pl.Float64, f"{word} {meaning}.", unit)


def _labels() -> tuple[Column, ...]:
    return tuple(
        Column(f"zoom_{medium}_quality", ZOOM_LABEL, f"Zoom's own label for {medium}.")
        for medium in ("audio", "video", "share")
    )


SESSION_ID = Column(
    "session_id",
    pl.Int64,
    "The session as one integer, for joins: first 8 bytes of SHA-256 over uuid, user id and join "
    "time, as a signed number.",
    required=True,
)
MEETING_UUID = Column("meeting_uuid", pl.String, "Zoom's UUID of this instance.", required=True)
SESSION_KEY = (
    SESSION_ID,
    MEETING_UUID,
    Column("user_id", pl.String, "Zoom's id of the person in this meeting only.", required=True),
    Column("join_time", INSTANT, "When this join began.", required=True),
)
SAMPLED_AT = Column(
    "sampled_at", INSTANT, "When Zoom took the sample; about one a minute.", required=True
)

MEETINGS = Table(
    "meetings",
    "instance of a meeting or webinar",
    ("meeting_uuid",),
    (
        MEETING_UUID,
        Column("meeting_id", pl.String, "Zoom's number, shared by all instances."),
        Column("kind", KIND, "Meeting or webinar.", required=True),
        Column("topic", pl.String, "Topic as shown by Zoom."),
        Column("host_name", pl.String, "Display name of the host."),
        Column("host_email", pl.String, "Address of the host."),
        Column("department", pl.String, "Department of the host in Zoom."),
        Column("start_time", INSTANT, "Start of the instance."),
        Column("end_time", INSTANT, "End of the instance."),
        Column("participants_reported", pl.Int64, "Participants by Zoom's list of meetings."),
        *_labels(),
        *(
            Column(f"has_{name}", pl.Boolean, f"Zoom: the meeting had {what}.")
            for name, what in (
                ("pstn", "telephone participants"),
                ("voip", "computer audio"),
                ("video", "video"),
                ("screen_share", "a screen share"),
                ("recording", "a recording"),
                ("sip", "H.323 or SIP rooms"),
                ("external_participant", "people from outside the account"),
            )
        ),
        Column("one_person", pl.Boolean, "Listed by Zoom as attended by one person only."),
        Column("pulled_at", INSTANT, "When the last of its pages was pulled.", required=True),
        Column(
            "completeness",
            COMPLETENESS,
            "complete; no_qos (whole, but Zoom gave no per-minute data); incomplete.",
            required=True,
        ),
        Column("completeness_reason", pl.String, "Why it is not complete; a slug of messages.md."),
    ),
)

SESSIONS = Table(
    "sessions",
    "join of a person; a rejoin is another row",
    ("meeting_uuid", "user_id", "join_time"),
    (
        *SESSION_KEY,
        Column(
            "person_key",
            pl.String,
            "The person across meetings: account user id, else address, else name in this meeting.",
            required=True,
        ),
        Column("name", pl.String, "Display name; null where Zoom withholds it."),
        Column("email", pl.String, "Address, lower case; null where Zoom withholds it."),
        Column("role", pl.String, "host, attendee or panelist."),
        Column("leave_time", INSTANT, "When this join ended."),
        Column("leave_reason", pl.String, "Zoom's words, without mark-up."),
        Column("device", pl.String, "Windows, Mac, iOS, Android, Phone, H.323/SIP, Web, …"),
        Column("os", pl.String, "Operating system."),
        Column("os_version", pl.String, "Its version."),
        Column("client_version", pl.String, "Version of the Zoom client."),
        Column("network_type", pl.String, "Wired, Wifi, Cellular, PPP, Others."),
        Column("connection_type", pl.String, "Transport of audio: UDP, TCP, SSL, …"),
        Column("video_connection_type", pl.String, "Transport of video."),
        Column("share_connection_type", pl.String, "Transport of the screen share."),
        Column("data_center", pl.String, "Zoom data centre."),
        Column("location", pl.String, "Place by Zoom's reckoning from the public address."),
        Column("ip_address", pl.String, "Public address."),
        Column("site", pl.String, "Site of the organisation; Zoom's location where none is known."),
        Column("microphone", pl.String, "Microphone."),
        Column("speaker", pl.String, "Speaker."),
        Column("camera", pl.String, "Camera."),
        Column("is_external", pl.Boolean, "No account user id: not signed in to this account."),
        Column("breakout_id", pl.String, "Breakout room, if the join was to one."),
        *_labels(),
        Column("health", pl.String, "Zoom's health word, where given."),
        Column("has_qos", pl.Boolean, "Zoom gave per-minute data for this join.", required=True),
    ),
)

STREAMS = Table(
    "streams",
    "session × sample instant × stream; a stream with nothing measured has no row",
    ("meeting_uuid", "user_id", "join_time", "sampled_at", "medium", "flow", "leg"),
    (
        *SESSION_KEY,
        SAMPLED_AT,
        Column("medium", MEDIUM, "audio, video or (screen) share.", required=True),
        Column(
            "flow",
            FLOW,
            "Zoom's own word; the policy's direction map makes sent or received of it. "
            "from-legs are input, to-legs output.",
            required=True,
        ),
        Column(
            "leg",
            LEG,
            "client; or the leg between Zoom and a room (crc) or web client (rwg).",
            required=True,
        ),
        *_measures(
            ("bitrate_kbps", "kbps", "Bit rate."),
            ("latency_ms", "ms", "Delay as Zoom measures it."),
            ("jitter_ms", "ms", "Variation of delay."),
            ("avg_loss_pct", "%", "Mean packet loss."),
            ("max_loss_pct", "%", "Largest packet loss in a short interval."),
        ),
        Column("width_px", pl.Int32, "Picture width.", "px"),
        Column("height_px", pl.Int32, "Picture height.", "px"),
        Column("frame_rate_fps", pl.Float64, "Frames a second.", "fps"),
    ),
)

DEVICES = Table(
    "devices",
    "session × sample instant",
    ("meeting_uuid", "user_id", "join_time", "sampled_at"),
    (
        *SESSION_KEY,
        SAMPLED_AT,
        *_measures(
            ("zoom_cpu_min_pct", "%", "Zoom's own processor use, smallest."),
            ("zoom_cpu_avg_pct", "%", "Zoom's own processor use, mean."),
            ("zoom_cpu_max_pct", "%", "Zoom's own processor use, largest."),
            ("system_cpu_max_pct", "%", "Processor use of the whole machine, largest."),
        ),
        Column("cpu_pressure", PRESSURE, "Browsers: largest pressure level instead of per cent."),
        *_measures(
            ("wifi_rssi_min_dbm", "dBm", "Wi-Fi signal, weakest."),
            ("wifi_rssi_avg_dbm", "dBm", "Wi-Fi signal, mean."),
            ("wifi_rssi_max_dbm", "dBm", "Wi-Fi signal, strongest."),
        ),
    ),
)

SUMMARIES = Table(
    "summaries",
    "participant × stream over a whole meeting, from qos_summary (QSS accounts only)",
    ("meeting_uuid", "user_id", "medium", "flow", "leg"),
    (
        MEETING_UUID,
        SESSION_KEY[2],
        Column("medium", MEDIUM, "audio, video or share.", required=True),
        Column("flow", FLOW, "Zoom's own word.", required=True),
        Column("leg", LEG, "As in streams.", required=True),
        *_spread("bitrate_kbps", "kbps", "bit rate"),
        *_spread("latency_ms", "ms", "delay"),
        *_spread("jitter_ms", "ms", "jitter"),
        *_spread("loss_pct", "%", "packet loss"),
        *_spread("frame_rate_fps", "fps", "frame rate"),
        Column("width_px", pl.Int32, "Picture width.", "px"),
        Column("height_px", pl.Int32, "Picture height.", "px"),
    ),
)

DEVICE_SUMMARIES = Table(
    "device_summaries",
    "participant over a whole meeting, from qos_summary (QSS accounts only)",
    ("meeting_uuid", "user_id"),
    (MEETING_UUID, SESSION_KEY[2], *DEVICES.columns[5:9]),
)

SHARES = Table(
    "shares",
    "content share",
    ("meeting_uuid", "user_id", "content", "start_time"),
    (
        MEETING_UUID,
        SESSION_KEY[2],
        Column("content", pl.String, "desktop, application, whiteboard, …"),
        Column("start_time", INSTANT, "Start of the share."),
        Column("end_time", INSTANT, "End of the share."),
    ),
)

RATINGS = Table(
    "ratings",
    "satisfaction rating",
    ("meeting_uuid", "account_user_id", "rated_at"),
    (
        MEETING_UUID,
        Column("account_user_id", pl.String, "Account id of the person who rated."),
        Column("email", pl.String, "Address of the person who rated."),
        Column("rated_at", INSTANT, "When."),
        Column("rating", RATING, "good or not_good."),
        Column("comment", pl.String, "What the person wrote."),
    ),
)

REJECTS = Table(
    "rejects",
    "meeting × field × kind of value that could not be read",
    ("meeting_uuid", "field", "rule", "shape"),
    (
        MEETING_UUID,
        Column("field", pl.String, "Zoom's field, as audio_input.latency.", required=True),
        Column("rule", pl.String, "Which rule it broke.", required=True),
        Column(
            "shape",
            pl.String,
            "The value with digits as 9 and letters as a: never personal data.",
            required=True,
        ),
        Column("values", pl.Int64, "How many such values.", required=True),
    ),
)

PULLED = {
    t.name: t
    for t in (
        MEETINGS, SESSIONS, STREAMS, DEVICES, SUMMARIES, DEVICE_SUMMARIES, SHARES, RATINGS, REJECTS,
    )
}  # fmt: skip
"""The tables made from raw pages, by name."""


def _verdict(name: str, of: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}poor_minutes", pl.Int64, f"Minutes with {of} below 3.00.", "min", True),
        Column(f"{name}mean_score", pl.Float64, f"Mean {of} of the scored minutes."),
        Column(f"{name}p10_score", pl.Float64, f"10th percentile of {of}, nearest rank."),
        Column(f"{name}pooled_score", pl.Float64, "0.5 × mean + 0.5 × P10, two decimals."),
        Column(f"{name}worst_window_score", pl.Float64, "Lowest mean of any five minutes."),
        Column(f"{name}longest_poor_run_min", pl.Int64, "Longest run of these.", "min", True),
        Column(f"{name}band", BAND, f"Verdict by {of}.", required=True),
        Column(f"{name}reasons", pl.List(pl.String), "Rules that set the band.", required=True),
    )


MINUTE = Column("minute", INSTANT, "The minute, by its first instant.", required=True)
_SCORE = "the estimate (eMOS), two decimals; null is unscored"

MINUTE_SCORES = Table(
    "minute_scores",
    "session × minute in which a sample was taken",
    ("session_id", "minute"),
    (
        SESSION_ID,
        MINUTE,
        Column("score", pl.Float64, f"Worst stream: {_SCORE}."),
        Column("net_score", pl.Float64, f"Worst stream without frame rate: {_SCORE}."),
        Column("score_sent", pl.Float64, f"Worst sent stream: {_SCORE}."),
        Column("score_received", pl.Float64, f"Worst received stream: {_SCORE}."),
        Column("net_score_sent", pl.Float64, f"Worst sent stream without frame rate: {_SCORE}."),
        Column("net_score_received", pl.Float64, f"Worst received without frame rate: {_SCORE}."),
        Column("audio_score", pl.Float64, f"Worst audio stream: {_SCORE}."),
        Column("video_score", pl.Float64, f"Worst video stream without frame rate: {_SCORE}."),
        Column("share_score", pl.Float64, f"Worst share stream: {_SCORE}."),
        Column("band", BAND, "Band of score.", required=True),
        Column("limiting_stream", pl.String, "Stream that set score, as video_input."),
        Column("limiting_reason", pl.String, "Component that set score, as fps_large."),
        Column("limiting_direction", DIRECTION, "Direction of the stream that set score."),
        Column("unscored_reason", pl.String, "Why there is no score; docs/scoring.md."),
        Column("out_of_range_samples", pl.Int64, "Samples outside the valid range.", "", True),
        Column("cpu_high", pl.Boolean, "Whole machine at or above the policy's high mark."),
        Column("cpu_cost", pl.Boolean, "Frame rate limited the minute while CPU was high."),
    ),
)

PARTICIPANT_SCORES = Table(
    "participant_scores",
    "session",
    ("session_id",),
    (
        *SESSION_KEY,
        Column("basis", pl.Enum(["minutes", "summary"]), "What it rests on.", required=True),
        Column("present_minutes", pl.Int64, "Minutes with any sample.", "min", True),
        Column("scored_minutes", pl.Int64, "Minutes that could be scored.", "min", True),
        Column("coverage_pct", pl.Float64, "Scored of present minutes.", "%"),
        *_verdict("", "the score"),
        *_verdict("net_", "the network score (no frame rate)"),
        *(
            Column(f"{medium}_{what}_minutes", pl.Int64, f"{text} {medium} minutes.", "min", True)
            for medium in ("audio", "video", "share")
            for what, text in (("scored", "Scored"), ("poor", "Poor"))
        ),
        Column("sent_poor_minutes", pl.Int64, "Minutes poor as sent, network score.", "min", True),
        Column("received_poor_minutes", pl.Int64, "Minutes poor as received.", "min", True),
        Column("limiting_stream", pl.String, "Stream that set most poor minutes."),
        Column("limiting_reason", pl.String, "Component that set most poor minutes."),
        Column("limiting_direction", DIRECTION, "Direction of that stream."),
        Column("cpu_minutes", pl.Int64, "Minutes with a CPU figure.", "min", True),
        Column("cpu_high_minutes", pl.Int64, "… with the machine at or above high.", "min", True),
        Column("cpu_elevated_minutes", pl.Int64, "… at or above elevated.", "min", True),
        Column("zoom_cpu_high_minutes", pl.Int64, "… with Zoom itself high.", "min", True),
        Column("cpu_longest_high_run_min", pl.Int64, "Longest run of high minutes.", "min", True),
        Column("cpu_cost_minutes", pl.Int64, "Minutes CPU likely cost frame rate.", "min", True),
        Column("system_cpu_peak_pct", pl.Float64, "Highest figure of the whole machine.", "%"),
        Column("zoom_cpu_mean_pct", pl.Float64, "Mean of Zoom's own mean figure.", "%"),
        Column("cpu_flags", pl.List(pl.String), "CPU flags raised.", required=True),
    ),
)

MEETING_SCORES = Table(
    "meeting_scores",
    "instance of a meeting or webinar",
    ("meeting_uuid",),
    (
        MEETING_UUID,
        Column("sessions", pl.Int64, "Joins.", required=True),
        Column("classified", pl.Int64, "Joins with a band.", required=True),
        Column("affected", pl.Int64, "Joins Poor or Bad.", required=True),
        Column("net_affected", pl.Int64, "Joins Poor or Bad by the network score.", required=True),
        Column("affected_pct", pl.Float64, "Affected of classified.", "%"),
        Column("scored_minutes", pl.Int64, "Participant-minutes scored.", "min", True),
        Column("poor_minutes", pl.Int64, "Participant-minutes poor.", "min", True),
        Column("poor_minutes_pct", pl.Float64, "Poor of scored.", "%"),
        Column("score", pl.Float64, "Pooled scores, weighted by scored minutes, two decimals."),
        Column("worst_participant_score", pl.Float64, "Lowest pooled score."),
        Column("widespread_minutes", pl.Int64, "Minutes in which many were poor at once.", "min"),
        Column("band", BAND, "Verdict.", required=True),
    ),
)

FLAGS = Table(
    "flags",
    "session × code × stream",
    ("session_id", "code", "medium", "direction", "component"),
    (
        SESSION_ID,
        MEETING_UUID,
        Column("code", pl.String, "AUDIO_EMODEL, JITTER, LOSS_PEAK, LOSS, LATENCY, FPS, CPU_…",
               required=True),
        Column("medium", MEDIUM, "Null for CPU."),
        Column("direction", DIRECTION, "Null for CPU."),
        Column("component", pl.String, "Component below the threshold, as jitter_ms."),
        Column("worst_value", pl.Float64, "The worst value, in the code's unit."),
        Column("worst_at", INSTANT, "The minute of the worst value."),
        Column("worst_score", pl.Float64, "What the component alone scored then."),
        Column("unit", pl.String, "Unit of value and threshold.", required=True),
        Column("threshold", pl.Float64, "The policy's Fair/Poor edge, in the same unit."),
        Column("band", BAND, "Band the worst value earns by itself.", required=True),
        Column("source", pl.String, "Where the threshold is from.", required=True),
        Column("flagged_minutes", pl.Int64, "Minutes beyond the threshold.", "min", True),
        Column("longest_run_min", pl.Int64, "Longest run of them.", "min", True),
        Column("minutes", pl.List(INSTANT), "Which minutes, in order.", required=True),
        *_measures(
            ("loss_pct", "%", "E-model: mean loss in the worst minute."),
            ("latency_ms", "ms", "E-model: latency in the worst minute."),
            ("jitter_ms", "ms", "E-model: jitter in the worst minute."),
            ("delay_ms", "ms", "E-model: delay from mouth to ear in the worst minute."),
            ("cost_loss_r", "R", "E-model: what loss cost then."),
            ("cost_delay_r", "R", "E-model: what delay cost then."),
            ("rating_r", "R", "E-model: what was left of the policy's R0."),
        ),
    ),
)  # fmt: skip

SCORED = {t.name: t for t in (MINUTE_SCORES, PARTICIPANT_SCORES, MEETING_SCORES, FLAGS)}
"""The tables made by scoring, by name. Their files carry policy name, version and hash."""
