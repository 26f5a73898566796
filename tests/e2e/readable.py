"""Everything that can be read in files, whatever they are packed in."""

import base64
import html
import io
import sqlite3
import zipfile
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import quote

import pikepdf
import polars as pl


def text_of(name, data):
    """A file as text: unpacked, unescaped, and as it lies there."""
    parts = [data.decode("utf-8", "replace"), data.decode("utf-16-le", "replace")]
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            parts += [file.read(one).decode("utf-8", "replace") for one in file.namelist()]
    elif name.endswith(".pdf"):
        parts += _pdf(data)
    elif name.endswith(".eml"):
        parts += _mail(data)
    elif name.endswith(".parquet"):
        parts += _parquet(data)
    return "\n".join([*parts, *map(html.unescape, parts)])


def _pdf(data):
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for one in pdf.attachments.values():
            yield one.get_file().read_bytes().decode("utf-8", "replace")
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream):
                yield _bytes(thing).decode("utf-8", "replace")
            yield from _strings(thing)


def _bytes(stream):
    try:
        return stream.read_bytes()
    except pikepdf.PdfError:
        return stream.read_raw_bytes()


def _strings(thing):
    if isinstance(thing, pikepdf.String):
        yield str(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key in thing.keys():  # noqa: SIM118 -- no mapping
            if isinstance(thing[key], pikepdf.String):
                yield str(thing[key])


def _mail(data):
    message = message_from_bytes(data, policy=default)
    yield from map(str, message.values())
    for part in message.walk():
        if not part.is_multipart():
            yield text_of(part.get_filename() or "part.txt", part.get_payload(decode=True) or b"")


def _parquet(data):
    frame = pl.read_parquet(io.BytesIO(data))
    for name, dtype in frame.schema.items():
        if dtype == pl.String:
            yield "\n".join(frame[name].drop_nulls())
        elif dtype == pl.Binary:
            yield "\n".join(one.decode("utf-8", "replace") for one in frame[name].drop_nulls())


def everything_below(directory, *, without=()):
    """Each file with its text, the names of files included."""
    for path in sorted(Path(directory).rglob("*")):
        if path.is_file() and not any(part in path.parts for part in without):
            yield path, f"{path.relative_to(directory)}\n{text_of(path.name, path.read_bytes())}"
            if path.name == "ledger.sqlite3":
                yield path, _sqlite(path)


def _sqlite(path):
    base = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return "\n".join(base.iterdump())
    finally:
        base.close()


def spellings(secret):
    """A secret plain, base64 (at any offset), URL- and hex-encoded."""
    raw = secret.encode()
    yield secret
    yield raw.hex()
    yield raw.hex().upper()
    yield quote(secret, safe="")
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw).decode()
        # What depends on the bytes before and after is left out.
        yield whole[4 if offset else 0 : len(whole) // 4 * 4 - 4]


def found_in(directory, words, *, without=()):
    """Files with one of the words in them, and which; nothing is what a test hopes for."""
    return {
        f"{path.relative_to(directory)}: {word}"
        for path, text in everything_below(directory, without=without)
        for word in words
        if word in text
    }
