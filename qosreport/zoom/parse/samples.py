"""Per-minute QoS: from pages to long rows of numbers, still without their sessions.

A page is exploded twice (participants, then samples); each of Zoom's stream objects becomes rows
of one long frame, so that units are read once for all of them. Only what is long is built here;
`sessions` says which join an entry belongs to and `parse` puts both together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import polars as pl

from qosreport.tables import PRESSURE
from qosreport.zoom.parse.batch import Batch, Numbered, Rows, chunks, read_enveloped, read_rows
from qosreport.zoom.parse.columns import (
    INSTANTS,
    Plan,
    numbers,
    read_column,
    read_columns,
    read_sizes,
    words,
)
from qosreport.zoom.parse.decode import explode_rows
from qosreport.zoom.parse.forms import (
    CPU_FIELDS,
    PARTICIPANT_QOS,
    PICTURE_FIELDS,
    PRESSURE_FIELD,
    QOS,
    QOS_WITHOUT_DEVICE_LEGS,
    RSSI_FIELDS,
    STREAMS,
)
from qosreport.zoom.parse.values import UNIT_OF

MEASURES = {
    "bitrate": "bitrate_kbps",
    "latency": "latency_ms",
    "jitter": "jitter_ms",
    "avg_loss": "avg_loss_pct",
    "max_loss": "max_loss_pct",
    "frame_rate": "frame_rate_fps",
}
"""Zoom's field to the column of `streams`."""
SIZES = ("width_px", "height_px")
DEVICE_MEASURES = {
    **{
        field: f"{field.removesuffix('_cpu_usage').replace('_', '_cpu_', 1)}_pct"
        for field in CPU_FIELDS
    },
    PRESSURE_FIELD: "cpu_pressure",
    **{field: f"wifi_rssi_{field.removesuffix('_rssi')}_dbm" for field in RSSI_FIELDS},
}
"""Zoom's field to the column of `devices`."""
_STREAM_PLAN = Plan({field: numbers(UNIT_OF[field]) for field in MEASURES})
_DEVICE_PLAN = Plan(
    {
        **dict.fromkeys(CPU_FIELDS, numbers("%")),
        PRESSURE_FIELD: words(PRESSURE),
        **dict.fromkeys(RSSI_FIELDS, numbers("dbm")),
    }
)
_DEVICE_PARTS = {
    **dict.fromkeys(CPU_FIELDS, "cpu_usage"),
    PRESSURE_FIELD: "cpu_pressure_level",
    **dict.fromkeys(RSSI_FIELDS, "wifi_rssi"),
}
_STREAM_KEYS = pl.Series([stream.key for stream in STREAMS], dtype=pl.String)
_PLACES = [pl.Series("stream", [place], dtype=pl.UInt8) for place in range(len(STREAMS))]
_FILLED = {
    stream.key: pl.any_horizontal(
        pl.col(stream.key).struct.field(field) != "" for field in stream.fields
    )
    .arg_true()
    .implode()
    .alias(stream.key)
    for stream in STREAMS
}
"""The rows in which any field of a stream is filled."""
_DEVICE_LEGS = b"_device_"
_T = TypeVar("_T", "Samples", "_Texts")


@dataclass(frozen=True)
class Samples:
    """What QoS pages hold; entries and samples go by their place."""

    entries: pl.DataFrame
    """One row per entry: meeting, page, its fields as texts, instead of user_qos a fingerprint."""
    samples: pl.DataFrame
    """One row per sample: entry, sampled_at (null where it cannot be read), page."""
    streams: pl.DataFrame
    """One row per measured stream: sample, stream (place in STREAMS), the measures."""
    devices: pl.DataFrame
    """One row per sample with anything measured of the machine: sample, the measures."""
    envelopes: pl.DataFrame
    """One row per answer: meeting, total_records, the meeting's number."""


@dataclass(frozen=True)
class _Texts:
    """The same before anything is read."""

    entries: pl.DataFrame
    samples: pl.DataFrame
    """entry, meeting, page, date_time, and the fields of the machine."""
    streams: pl.DataFrame
    """sample, stream, its fields; only where anything stands in one."""
    envelopes: pl.DataFrame


def read_samples(batch: Batch) -> Samples:
    """All per-minute QoS of a batch, a few pages at a time."""
    parts: list[Samples] = []
    entries = samples = 0
    for texts, endpoint in _texts(batch):
        part = _after(_read(batch, texts, endpoint), entries, samples)
        parts.append(part)
        entries += part.entries.height
        samples += part.samples.height
    return _joined(Samples, parts)


def _after(part: Samples, entries: int, samples: int) -> Samples:
    """The part with its entries and samples numbered after so many others."""
    if not entries and not samples:
        return part
    return Samples(
        part.entries,
        part.samples.with_columns(pl.col("entry") + entries),
        part.streams.with_columns(pl.col("sample") + samples),
        part.devices.with_columns(pl.col("sample") + samples),
        part.envelopes,
    )


def _texts(batch: Batch) -> Iterator[tuple[_Texts, str]]:
    """The answers of both endpoints chunk by chunk, as texts."""
    pages = batch.pages[QOS.endpoint]
    for chunk in chunks(pages) if pages else ([],):
        split: dict[bool, list[Numbered]] = {False: [], True: []}
        bodies = pl.Series([page.body for _, page in chunk], dtype=pl.Binary)
        for numbered, has_legs in zip(chunk, bodies.bin.contains(_DEVICE_LEGS), strict=True):
            split[has_legs].append(numbered)
        client = read_enveloped(batch, QOS_WITHOUT_DEVICE_LEGS, split[False])
        parts = [_texts_of(client, QOS.endpoint)]
        if split[True]:
            legs = read_enveloped(batch, QOS, split[True])
            parts.append(_texts_of(legs, QOS.endpoint, parts[0]))
        yield _joined(_Texts, parts), QOS.endpoint
    if batch.pages[PARTICIPANT_QOS.endpoint]:
        single = read_rows(batch, PARTICIPANT_QOS)
        later = single.entries.with_columns(pl.col("page") + len(pages))
        texts = _texts_of(Rows(later, single.envelopes), PARTICIPANT_QOS.endpoint)
        yield texts, PARTICIPANT_QOS.endpoint


def _texts_of(rows: Rows, endpoint: str, before: _Texts | None = None) -> _Texts:
    """Samples and streams out of their entries, with places after those `before`."""
    first_entry, first_sample = (before.entries.height, before.samples.height) if before else (0, 0)
    texts, owners = explode_rows(rows.entries["user_qos"])
    samples = pl.DataFrame(
        [
            (owners + first_entry).cast(pl.UInt32).alias("entry"),
            rows.entries["meeting"][owners],
            rows.entries["page"][owners],
            texts["date_time"],
        ]
    ).hstack(
        texts.select(
            pl.col("cpu_usage").struct.unnest(),
            pl.col("cpu_pressure_level").struct.unnest(),
            pl.col("wifi_rssi").struct.unnest(),
        )
    )
    return _Texts(
        _with_fingerprint(rows.entries, endpoint),
        samples,
        _long(texts, first_sample),
        rows.envelopes,
    )


def _joined(kind: type[_T], parts: Sequence[_T]) -> _T:
    """Parts of the same kind, frame by frame."""
    if len(parts) == 1:
        return parts[0]
    frames = (
        pl.concat([getattr(part, field.name) for part in parts], how="diagonal")
        for field in fields(kind)
    )
    return kind(*frames)


def _with_fingerprint(entries: pl.DataFrame, endpoint: str) -> pl.DataFrame:
    """Instead of the samples, what tells two entries of the same join apart."""
    first = pl.col("user_qos").list.first().struct.field("date_time")
    return entries.with_columns(
        pl.col("user_qos").list.len().cast(pl.UInt32).alias("samples"),
        first.alias("first_sample"),
        pl.lit(endpoint).alias("endpoint"),
    ).drop("user_qos")


def _long(texts: pl.DataFrame, first_sample: int) -> pl.DataFrame:
    """The streams in which anything stands, as texts, one below the other."""
    there = {
        place: stream
        for place, stream in enumerate(STREAMS)
        if stream.key in texts.columns and texts[stream.key].null_count() < texts.height
    }
    filled = texts.select(_FILLED[stream.key] for stream in there.values())
    parts = [_NO_STREAM_TEXTS]
    for place, stream in there.items():
        rows = filled[stream.key][0]
        parts.append(
            texts[stream.key]
            .struct.unnest()[rows]
            .hstack(
                [
                    (rows + first_sample).cast(pl.UInt32).alias("sample"),
                    _PLACES[place].new_from_index(0, len(rows)),
                ]
            )
        )
    return pl.concat(parts, how="diagonal")


def _read(batch: Batch, texts: _Texts, endpoint: str) -> Samples:
    """Numbers out of texts."""
    meetings = texts.samples["meeting"]
    times = read_column(texts.samples["date_time"], INSTANTS)
    batch.rejects.note_unread(times.unread, meetings, f"{endpoint}.date_time")
    batch.rejects.note_missing(times, meetings, f"{endpoint}.date_time")
    samples = texts.samples.select("entry", times.values.alias("sampled_at"), "page")
    return Samples(
        texts.entries,
        samples,
        _read_streams(batch, texts.streams, meetings),
        _read_devices(batch, texts.samples),
        texts.envelopes,
    )


def _read_streams(batch: Batch, texts: pl.DataFrame, meetings: pl.Series) -> pl.DataFrame:
    whose = meetings[texts["sample"]]
    keys = _STREAM_KEYS[texts["stream"]]
    columns = [texts["sample"], texts["stream"]]
    for field, column in read_columns(texts, _STREAM_PLAN).items():
        batch.rejects.note_unread(column.unread, whose, field, keys)
        columns.append(column.values.alias(MEASURES[field]))
    width, height, unread = read_sizes(texts["resolution"])
    batch.rejects.note_unread(unread, whose, "resolution", keys)
    columns += [width.alias(SIZES[0]), height.alias(SIZES[1])]
    return _measured(pl.DataFrame(columns), (*MEASURES.values(), *SIZES))


def _read_devices(batch: Batch, texts: pl.DataFrame) -> pl.DataFrame:
    columns = [pl.int_range(texts.height, dtype=pl.UInt32, eager=True).alias("sample")]
    for field, column in read_columns(_with_foreign_unit(texts), _DEVICE_PLAN).items():
        part = _DEVICE_PARTS[field]
        batch.rejects.note_unread(column.unread, texts["meeting"], f"{part}.{field}")
        columns.append(column.values.alias(DEVICE_MEASURES[field]))
    return _measured(pl.DataFrame(columns), tuple(DEVICE_MEASURES.values()))


def _with_foreign_unit(wifi: pl.DataFrame) -> pl.DataFrame:
    """Signal strengths with the unit beside them where it is not dBm, so that they are refused."""
    unit = pl.col("rssi_unit").str.strip_chars()
    foreign = (unit != "") & (unit.str.to_lowercase() != "dbm")
    if not wifi.select(foreign.any()).item():
        return wifi
    return wifi.with_columns(
        pl.when(foreign & (pl.col(field) != ""))
        .then(pl.concat_str(pl.col(field), pl.lit(" "), unit))
        .otherwise(pl.col(field))
        .alias(field)
        for field in RSSI_FIELDS
    )


def _measured(frame: pl.DataFrame, measures: Sequence[str]) -> pl.DataFrame:
    """The rows with anything measured."""
    return frame.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in measures))


_NO_STREAM_TEXTS = pl.DataFrame(
    schema={"sample": pl.UInt32, "stream": pl.UInt8, **dict.fromkeys(PICTURE_FIELDS, pl.String)}
)
