"""The logo: a picture that can do nothing but be looked at."""

import base64
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from qosreport.errors import BadBranding
from qosreport.report.branding.css import outside

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_HEAD = struct.Struct(">8sI4sII")
LONGEST_SIDE_PX = 4000
ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler"}
"""Elements of SVG that run something, or bring a document of their own."""
SVG = "{http://www.w3.org/2000/svg}svg"
MARKUP = re.compile(r"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet", re.IGNORECASE)


def svg_url(file: Path, data: bytes) -> str:
    """An SVG as a data: URL.

    Raises:
        BadBranding: It is none, or holds something active or a reference outside itself.
    """
    try:
        text = data.decode("utf-8-sig")
        # Before any parser sees it: entities can grow beyond all memory.
        if found := MARKUP.search(text):
            raise _bad(file, f"it holds {found[0]}")
        root = ElementTree.fromstring(text)  # noqa: S314 -- no DOCTYPE, so no entities
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise _bad(file, f"it is no SVG in UTF-8 ({error})") from None
    if root.tag != SVG:
        raise _bad(file, "its root is no svg element of the SVG namespace")
    for element in root.iter():
        for what in _active(element):
            raise _bad(file, f"it holds {what}")
    return f"data:image/svg+xml;base64,{base64.b64encode(data).decode()}"


def png_url(file: Path, data: bytes) -> str:
    """A PNG as a data: URL.

    Raises:
        BadBranding: It is none, or too large to look at.
    """
    if len(data) < PNG_HEAD.size or not data.startswith(PNG_SIGNATURE) or b"IEND" not in data[-12:]:
        raise _bad(file, "it is no whole PNG")
    *_, kind, width_px, height_px = PNG_HEAD.unpack_from(data)
    if kind != b"IHDR" or not (
        0 < width_px <= LONGEST_SIDE_PX and 0 < height_px <= LONGEST_SIDE_PX
    ):
        raise _bad(file, f"its sides must be at most {LONGEST_SIDE_PX} pixels")
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _active(element: ElementTree.Element) -> Iterator[str]:
    """What of an element could run, or reach beyond the file."""
    tag = _local(element.tag)
    if tag.lower() in ACTIVE:
        yield f"a {tag} element"
    if tag == "style":
        yield from outside(element.text or "")
    for key, value in element.attrib.items():
        name = _local(key).lower()
        if name.startswith("on"):
            yield f"the handler {name}"
        elif name in {"href", "src"} and not value.strip().startswith(("#", "data:image/")):
            yield f"a reference outside itself ({name} of {tag})"
        else:
            yield from outside(value)


def _local(name: str) -> str:
    return str(name).rpartition("}")[2]


def _bad(file: Path, why: str) -> BadBranding:
    remedy = "Export the logo again, as a plain picture, or take a PNG."
    return BadBranding(place=file, why=why, remedy=remedy)
