"""What Zoom's answers look like: the parts of each that are read, every leaf as text.

Texts, because Zoom writes "63 kbps" where it means 63 and at times a number where it means text:
the reader casts either, and units are judged later. Which keys exist: reference/zoom-api.md §1.3
to §1.7; keys that are not here are not read, and keys Zoom does not document are counted.
"""

from dataclasses import dataclass, field

import polars as pl

TEXT = pl.String()
LIST = "participants"
"""The key of the list, in every answer about one meeting."""
AUDIO_FIELDS = ("bitrate", "latency", "jitter", "avg_loss", "max_loss")
PICTURE_FIELDS = (*AUDIO_FIELDS, "resolution", "frame_rate")
CPU_FIELDS = (
    "zoom_min_cpu_usage",
    "zoom_avg_cpu_usage",
    "zoom_max_cpu_usage",
    "system_max_cpu_usage",
)
PRESSURE_FIELD = "system_max_cpu_pressure_level"
RSSI_FIELDS = ("min_rssi", "avg_rssi", "max_rssi")


@dataclass(frozen=True)
class Stream:
    """One of Zoom's stream objects, and what the tables call it."""

    key: str
    """Zoom's key, as audio_device_to_crc."""
    medium: str
    flow: str
    leg: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The measures Zoom gives for it."""
        return AUDIO_FIELDS if self.medium == "audio" else PICTURE_FIELDS


_LEGS = {
    "input": ("input", "client"),
    "output": ("output", "client"),
    "device_from_crc": ("input", "crc_from"),
    "device_to_crc": ("output", "crc_to"),
    "device_from_rwg": ("input", "rwg_from"),
    "device_to_rwg": ("output", "rwg_to"),
}
STREAMS = tuple(
    Stream(f"{prefix}_{suffix}", medium, *_LEGS[suffix])
    for prefix, medium in (("audio", "audio"), ("video", "video"), ("as", "share"))
    for suffix in _LEGS
)
"""All 18, in the order of the tables: medium, then leg."""


def _struct(*names: str, **parts: pl.DataType) -> pl.Struct:
    return pl.Struct({**dict.fromkeys(names, TEXT), **parts})


def _sample(streams: tuple[Stream, ...]) -> pl.Struct:
    return _struct(
        "date_time",
        **{s.key: _struct(*s.fields) for s in streams},
        cpu_usage=_struct(*CPU_FIELDS),
        cpu_pressure_level=_struct(PRESSURE_FIELD),
        wifi_rssi=_struct(*RSSI_FIELDS, "rssi_unit"),
    )


PERSON_FIELDS = (
    "id",
    "participant_user_id",
    "user_id",
    "user_name",
    "email",
    "device",
    "os",
    "os_version",
    "browser_name",
    "browser_version",
    "client",
    "version",
    "network_type",
    "connection_type",
    "video_connection_type",
    "as_connection_type",
    "data_center",
    "location",
    "ip_address",
    "join_time",
    "leave_time",
    "microphone",
    "speaker",
    "camera",
)
ROLE_FIELDS = (
    "role",
    "status",
    "leave_reason",
    "bo_mtg_id",
    "audio_quality",
    "video_quality",
    "screen_share_quality",
)
MEETING_FIELDS = (
    "id",
    "topic",
    "host",
    "email",
    "dept",
    "start_time",
    "end_time",
    "participants",
    "audio_quality",
    "video_quality",
    "screen_share_quality",
    "has_pstn",
    "has_voip",
    "has_video",
    "has_screen_share",
    "has_recording",
    "has_sip",
    "has_external_participant",
)
SPREAD_FIELDS = tuple(
    f"{end}_{name}"
    for name in ("bitrate", "latency", "jitter", "loss", "frame_rate")
    for end in ("min", "avg", "max")
)


@dataclass(frozen=True)
class Form:
    """What is read of one endpoint's answer."""

    endpoint: str
    row: pl.Struct
    """One entry of its list."""
    bare: bool = False
    """The answer is one entry by itself, without an envelope around it."""
    numbered: bool = False
    """The envelope names the meeting's number."""
    telling: tuple[str, ...] = (LIST,)
    """Keys of which an answer has at least one, or it is something else."""
    schema: pl.Schema = field(init=False, compare=False)
    """The whole answer, a bare one as if it stood in an envelope."""

    def __post_init__(self) -> None:
        number = ("meeting_number", "webinar_number") if self.numbered else ()
        leaves = dict.fromkeys(("total_records", *number), TEXT)
        schema = pl.Schema({**leaves, LIST: pl.List(self.row)})
        object.__setattr__(self, "schema", schema)


_CLIENT_STREAMS = tuple(s for s in STREAMS if s.leg == "client")
_QOS_HEAD = ("health",)
_QOS_ROW = _struct(*PERSON_FIELDS, *_QOS_HEAD, user_qos=pl.List(_sample(STREAMS)))

LIST_ITEM = Form(
    "list_item", _struct(*MEETING_FIELDS), bare=True, telling=("id", "topic", "start_time")
)
PARTICIPANTS = Form("participants", _struct(*PERSON_FIELDS, *ROLE_FIELDS), numbered=True)
QOS = Form("qos", _QOS_ROW, numbered=True)
QOS_WITHOUT_DEVICE_LEGS = Form(
    "qos",
    _struct(*PERSON_FIELDS, *_QOS_HEAD, user_qos=pl.List(_sample(_CLIENT_STREAMS))),
    numbered=True,
)
"""The same for pages without room or web legs: a third less work."""
PARTICIPANT_QOS = Form("participant_qos", _QOS_ROW, bare=True, telling=("user_id", "user_qos"))
QOS_SUMMARY = Form(
    "qos_summary",
    _struct(
        "participant_id",
        qos=pl.List(
            _struct("type", details=_struct(*SPREAD_FIELDS, "resolution", *CPU_FIELDS)),
        ),
    ),
)
SHARING = Form(
    "sharing", _struct("user_id", details=pl.List(_struct("content", "start_time", "end_time")))
)
SATISFACTION = Form("satisfaction", _struct("user_id", "email", "date_time", "quality", "comment"))
ENDPOINTS = tuple(
    form.endpoint
    for form in (
        LIST_ITEM, PARTICIPANTS, QOS, PARTICIPANT_QOS, QOS_SUMMARY, SHARING, SATISFACTION,
    )
)  # fmt: skip

_ENVELOPE_KEYS = {
    "next_page_token", "page_count", "page_size", "total_records", LIST,
    "meeting_number", "webinar_number", "from", "to",
}  # fmt: skip
_ROW_KEYS = {
    *PERSON_FIELDS, *ROLE_FIELDS, "participant_uuid", "registrant_id", "customer_key",
    "device_name", "zoom_thin_client_plugin_version", "full_data_center",
    "internal_ip_addresses", "mac_addr", "harddisk_id", "pc_name", "domain", "sip_uri",
    "from_sip_uri", "share_application", "share_desktop", "share_whiteboard", "recording",
    "in_room_participants", "audio_call", "call_number", "call_type", "zoom_number", "groupId",
    "has_archiving", "optional_archiving", "total_jointime_cost", "aic_disclaimer", "rc_reason",
}  # fmt: skip
_SAMPLE_KEYS = {
    "user_qos", "health", "issue_list", "date_time", *PICTURE_FIELDS, *CPU_FIELDS,
    *RSSI_FIELDS, "rssi_unit", "wifi_rssi", "cpu_usage", "cpu_pressure_level",
    "system_min_cpu_pressure_level", "system_avg_cpu_pressure_level",
    "system_max_cpu_pressure_level", *(s.key for s in STREAMS),
}  # fmt: skip
_QOS_KEYS = frozenset(_ENVELOPE_KEYS | _ROW_KEYS | _SAMPLE_KEYS)

KNOWN_KEYS: dict[str, frozenset[str]] = {
    LIST_ITEM.endpoint: frozenset(
        {
            *MEETING_FIELDS, "uuid", "user_type", "duration", "has_3rd_party_audio",
            "has_archiving", "has_manual_captions", "has_automated_captions", "has_poll",
            "has_qa", "has_survey", "avg_jointime_cost", "custom_keys", "key", "value",
            "tracking_fields", "field", "session_key", "in_room_participants",
            "has_meeting_summary",
        }
    ),
    PARTICIPANTS.endpoint: frozenset(_ENVELOPE_KEYS | _ROW_KEYS),
    QOS.endpoint: _QOS_KEYS,
    PARTICIPANT_QOS.endpoint: _QOS_KEYS,
}  # fmt: skip
"""Every key Zoom documents, at any depth, of the answers that grow (zoom-api.md §5.6)."""
