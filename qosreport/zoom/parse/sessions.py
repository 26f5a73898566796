"""Joins of people: participants and QoS entries of the same join made one row of `sessions`.

Zoom tells of a join twice: the participants answer knows role, devices, leave reason and labels,
the QoS answer has the samples. Both carry user id and join time, one of them at times to the
millisecond, so joins less than a second apart are the same.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from qosreport.tables import ZOOM_LABEL
from qosreport.zoom.parse.batch import Batch
from qosreport.zoom.parse.columns import INSTANTS, Plan, read_columns, words
from qosreport.zoom.parse.forms import PARTICIPANTS, PERSON_FIELDS, ROLE_FIELDS
from qosreport.zoom.parse.rejects import CONFLICT, MISSING, WAITING_ROOM
from qosreport.zoom.parse.text import clean_reason, clean_text, clean_texts, names_nobody

KEY = ("meeting", "user_id", "join_time")
_SAME_JOIN = dt.timedelta(seconds=1) - dt.timedelta(microseconds=1)
_TIMES = Plan({"join_time": INSTANTS, "leave_time": INSTANTS})
_LABEL_PLAN = Plan(
    dict.fromkeys(("audio_quality", "video_quality", "screen_share_quality"), words(ZOOM_LABEL))
)
_PERSON_TEXTS = tuple(f for f in PERSON_FIELDS if f not in {"user_id", "join_time", "leave_time"})
LABELS = {
    "audio_quality": "zoom_audio_quality",
    "video_quality": "zoom_video_quality",
    "screen_share_quality": "zoom_share_quality",
}
"""Zoom's field to the column of the tables."""
_JOIN_COLUMNS = (*KEY, "qos", "waiting", "leave_time", *_PERSON_TEXTS, *ROLE_FIELDS)
_OTHER_NAMES = {f: f"{f}_qos" for f in ("leave_time", *_PERSON_TEXTS)}
_BOTH_SIDES = [
    *(pl.col(name) for name in (*KEY, "qos", "health", *ROLE_FIELDS)),
    pl.coalesce("leave_time", "leave_time_qos"),
    *(
        pl.when(pl.col(f) != "").then(pl.col(f)).otherwise(pl.col(f"{f}_qos")).alias(f)
        for f in _PERSON_TEXTS
    ),
]
"""What participants say, and where that is blank what QoS says."""
_PLAIN_COLUMNS = {
    "user_name": "name",
    "device": "device",
    "os": "os",
    "os_version": "os_version",
    "network_type": "network_type",
    "connection_type": "connection_type",
    "video_connection_type": "video_connection_type",
    "as_connection_type": "share_connection_type",
    "data_center": "data_center",
    "location": "location",
    "ip_address": "ip_address",
    "microphone": "microphone",
    "speaker": "speaker",
    "camera": "camera",
    "bo_mtg_id": "breakout_id",
    "health": "health",
}
"""Fields that are only cleaned, to the column of `sessions`."""


@dataclass(frozen=True)
class Sessions:
    """Joins, and which QoS entry belongs to which."""

    table: pl.DataFrame
    """As tables.SESSIONS but without has_qos, with `meeting`; sorted by its key."""
    of_entry: pl.Series
    """For each QoS entry the place of its join in the table, null where it has none."""


def session_id(meeting_uuid: str, user_id: str, join_time: dt.datetime) -> int:
    """The join as one integer: the first 8 bytes of a SHA-256, big-endian and signed.

    Hashed are meeting UUID, user id and join time as 2026-11-11T14:00:20.500000Z, with a NUL
    between, in UTF-8. Stable for ever: scores and links rest on it.
    """
    moment = join_time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return _hashed(f"{meeting_uuid}\0{user_id}\0{moment}")


def join_sessions(
    batch: Batch, participants: pl.DataFrame, entries: pl.DataFrame, hosts: Mapping[int, str]
) -> Sessions:
    """Make one row per join of the entries of both answers.

    Args:
        batch: Whose rejects take what has no user id or join time, and the waiting room.
        participants: Entries of the participants answers, as texts.
        entries: Entries of the QoS answers, as texts.
        hosts: Display name of the host by meeting: it may stand in a leave reason.
    """
    people = _people(batch, _identified(batch, participants, PARTICIPANTS.endpoint))
    streams = _identified(batch, entries.with_row_index("entry"), "qos")
    latest = _latest(streams).with_row_index("qos")
    joined = _matched(people, latest).sort(KEY).with_row_index("session")
    session_of_join = _nowhere(latest.height).scatter(
        joined["qos"].drop_nulls(), joined["session"].filter(joined["qos"].is_not_null())
    )
    join_of_entry = (
        latest["qos"]
        if latest.height == streams.height
        else streams.join(latest, on=KEY, how="left", maintain_order="left")["qos"]
    )
    of_entry = _nowhere(entries.height).scatter(streams["entry"], session_of_join[join_of_entry])
    return Sessions(_table(batch, joined, hosts), of_entry)


def _identified(batch: Batch, entries: pl.DataFrame, endpoint: str) -> pl.DataFrame:
    """The entries that say whose join they are about and when it began."""
    meetings = entries["meeting"]
    times = read_columns(entries, _TIMES)
    for field, column in times.items():
        batch.rejects.note_unread(column.unread, meetings, f"{endpoint}.{field}")
    batch.rejects.note_missing(times["join_time"], meetings, f"{endpoint}.join_time")
    users = clean_text(entries["user_id"])
    if users.null_count():
        nobody = meetings.filter(users.is_null())
        batch.rejects.note_rows(nobody, f"{endpoint}.user_id", MISSING)
    return entries.with_columns(
        users, *(column.values.alias(field) for field, column in times.items())
    ).drop_nulls(["user_id", "join_time"])


def _people(batch: Batch, entries: pl.DataFrame) -> pl.DataFrame:
    """One row per join; where Zoom gives several, the latest one, and the stay in the meeting."""
    status = pl.col("status").str.strip_chars().str.to_lowercase()
    entries = entries.with_columns((status == "in_waiting_room").fill_null(False).alias("waiting"))
    if entries["waiting"].any():
        waiting = entries.filter("waiting").unique(subset=KEY)["meeting"]
        batch.rejects.note_rows(waiting, f"{PARTICIPANTS.endpoint}.status", WAITING_ROOM)
        entries = entries.sort("waiting", descending=True, maintain_order=True)
    latest = _latest(entries)
    if latest.height < entries.height:
        different = entries.drop("page").unique()
        kept = different.unique(subset=[*KEY, "waiting"])
        surplus = (
            different["meeting"]
            .value_counts(name="rows")
            .join(kept["meeting"].value_counts(name="kept"), on="meeting")
        )
        for meeting, rows, joins in surplus.filter(pl.col("rows") > pl.col("kept")).iter_rows():
            batch.rejects.note(meeting, PARTICIPANTS.endpoint, CONFLICT, values=rows - joins)
    return latest


def _latest(entries: pl.DataFrame) -> pl.DataFrame:
    """Of entries about the same join the last."""
    if entries.select(pl.struct(KEY).n_unique()).item() == entries.height:
        return entries
    return entries.unique(subset=KEY, keep="last", maintain_order=True)


def _matched(people: pl.DataFrame, streams: pl.DataFrame) -> pl.DataFrame:
    """Both sides of each join in the meeting, the fields of participants first.

    `qos` is the row of streams, null where there is none.
    """
    people = people.join(streams.select(*KEY, "qos"), on=KEY, how="left", maintain_order="left")
    if people["qos"].null_count():
        people = _nearly_matched(people, streams)
    single = streams.join(people.select("qos"), on="qos", how="anti", maintain_order="left")
    both = pl.concat(
        [people.select(*_JOIN_COLUMNS), single.select(*KEY, "qos")], how="diagonal"
    ).filter(~pl.col("waiting").fill_null(value=False))
    other = streams.select("leave_time", "health", *_PERSON_TEXTS)[both["qos"]]
    return both.hstack(other.rename(_OTHER_NAMES)).select(_BOTH_SIDES)


def _nearly_matched(people: pl.DataFrame, streams: pl.DataFrame) -> pl.DataFrame:
    """Fill in `qos` where the join times of both sides differ by less than a second."""
    lone = people.filter(pl.col("qos").is_null()).select(*KEY)
    free = streams.join(people.select("qos"), on="qos", how="anti")
    if lone.is_empty() or free.is_empty():
        return people
    near = (
        free.select("qos", "meeting", "user_id", "join_time")
        .sort("join_time")
        .join_asof(
            lone.sort("join_time").with_columns(pl.col("join_time").alias("met")),
            on="join_time",
            by=["meeting", "user_id"],
            strategy="nearest",
            tolerance=_SAME_JOIN,
            check_sortedness=False,
        )
        .drop_nulls("met")
        .sort((pl.col("join_time") - pl.col("met")).abs(), "join_time")
        .unique(subset=["meeting", "user_id", "met"], keep="first", maintain_order=True)
    )
    found = near.select("meeting", "user_id", pl.col("met").alias("join_time"), "qos")
    people = people.join(found, on=KEY, how="left", maintain_order="left", suffix="_near")
    return people.with_columns(pl.coalesce("qos", "qos_near")).drop("qos_near")


def _table(batch: Batch, joined: pl.DataFrame, hosts: Mapping[int, str]) -> pl.DataFrame:
    uuids = pl.Series("meeting_uuid", batch.uuids, dtype=pl.String)[joined["meeting"]]
    cleaned = clean_texts(joined.select(*_PERSON_TEXTS, "role", "bo_mtg_id", "health"))
    moments = joined["join_time"].dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    ids = [
        _hashed(f"{uuid}\0{user}\0{moment}")
        for uuid, user, moment in zip(uuids, joined["user_id"], moments, strict=True)
    ]
    reasons = _reasons(joined, hosts)
    labels = read_columns(joined, _LABEL_PLAN)
    for field, column in labels.items():
        batch.rejects.note_unread(
            column.unread, joined["meeting"], f"{PARTICIPANTS.endpoint}.{field}"
        )
    return (
        joined.select(
            "session",
            "meeting",
            pl.Series("session_id", ids, dtype=pl.Int64),
            uuids,
            "user_id",
            "join_time",
            "leave_time",
            leave_reason=reasons,
            role=cleaned["role"].str.to_lowercase(),
            email=cleaned["email"].str.to_lowercase(),
            **{name: cleaned[field] for field, name in _PLAIN_COLUMNS.items()},
            **{LABELS[field]: column.values for field, column in labels.items()},
            account=cleaned["participant_user_id"],
            id=cleaned["id"],
            version=cleaned["version"],
            browser=cleaned["browser_name"],
            browser_version=cleaned["browser_version"],
            client=cleaned["client"],
        )
        .with_columns(pl.coalesce("account", "id"))
        .with_columns(
            _person_key().alias("person_key"),
            pl.col("account").is_null().alias("is_external"),
            pl.col("location").alias("site"),
            pl.coalesce(
                "version",
                pl.concat_str(
                    "browser", "browser_version", separator=" ", ignore_nulls=True
                ).replace("", None),
                "client",
            ).alias("client_version"),
        )
    )


def _person_key() -> pl.Expr:
    """Account id or address are a person's everywhere; a name only within one meeting."""
    return pl.coalesce(
        "account",
        "email",
        pl.concat_str(pl.lit("name:"), "meeting_uuid", pl.lit(":"), "name"),
        pl.concat_str(pl.lit("session:"), pl.col("session_id").cast(pl.String)),
    )


def _reasons(joined: pl.DataFrame, hosts: Mapping[int, str]) -> pl.Series:
    """Leave reasons without names; where Zoom's words are not known, without any of the meeting."""
    reason = pl.col("leave_reason")
    usual = reason.str.strip_prefix(pl.concat_str("user_name", pl.lit(" "), ignore_nulls=True))
    frame = joined.select(
        "meeting", "leave_reason", usual.alias("usual"), names_nobody(usual).alias("done")
    )
    rows = frame.select((~pl.col("done") & (reason != "")).arg_true()).to_series()
    if rows.is_empty():
        return clean_text(frame["usual"])
    names_of = {meeting: {host} for meeting, host in hosts.items()}
    for meeting, name in joined.select("meeting", "user_name").drop_nulls().iter_rows():
        names_of.setdefault(meeting, set()).add(name)
    texts = [
        clean_reason(text, names_of.get(meeting, ()))
        for meeting, text in frame[rows].select("meeting", "leave_reason").iter_rows()
    ]
    cleaned = frame["usual"].scatter(rows, pl.Series(texts, dtype=pl.String))
    return clean_text(cleaned)


def _nowhere(rows: int) -> pl.Series:
    return pl.Series([None], dtype=pl.UInt32).new_from_index(0, rows)


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
