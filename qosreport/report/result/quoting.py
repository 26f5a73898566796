"""How a figure on a page is called, so that it is found again in the document.

A name is a path through the document: fields by name; elements of a list by what tells them from
their fellows, `KEYS`. Fields of a key that are null are left out: `segments.site.Leeds`, and
`segments.site.` for connections of no known site.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from qosreport.report.result.parts import Part

LONGEST = 100
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "agreement.disagreements": ("meeting.ref", "person", "medium"),
    "agreement.labels": ("medium",),
    "changed": ("ref",),
    "changes": ("what", "ref"),
    "differences": ("key",),
    "figures": ("id",),
    "findings": ("cause", "subject", "person"),
    "followup.rows": ("kind", "ref|name"),
    "machines": ("ref",),
    "participants": ("ref",),
    "people": ("ref",),
    "reliability.by_place": ("name",),
    "reliability.meetings": ("meeting.ref",),
    "reliability.people": ("ref",),
    "segments": ("id",),
    "segments.rows": ("name",),
    "spells": ("span.first",),
    "visits": ("ref",),
    "worst_meetings": ("ref",),
}
"""What tells the elements of a list apart, by the list's own path; `|` is or, if null."""
WITHIN: Final = {"segments": "rows"}
"""Elements that are a list themselves: its name is left out."""


def quote(path: str, element: Part, *, of: str = "") -> str:
    """What an element of a list is called.

    Args:
        path: What the list is called.
        element: One of it.
        of: The list's path in `KEYS`, where elements of a list lie on the way.
    """
    return f"{path}.{_key(element, of or path)}"


def look_up(document: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 -- any figure
    """What a name means in a document as read from its JSON.

    Raises:
        KeyError: There is no such figure.
    """
    here: Any = document
    path, rest = "", name
    while True:
        if isinstance(here, list):
            step, here = _chosen(here, path, rest, name)
            if path in WITHIN:
                path, here = f"{path}.{WITHIN[path]}", here[WITHIN[path]]
        else:
            step = rest.partition(".")[0]
            path, here = f"{path}.{step}".lstrip("."), here[step]
        if len(rest) == len(step):
            return here
        rest = rest[len(step) + 1 :]


def _chosen(
    elements: list[dict[str, Any]], path: str, rest: str, name: str
) -> tuple[str, dict[str, Any]]:
    """The element a name goes on with, and its key; the longest: names may hold dots."""
    found = {_key(element, path): element for element in elements}
    fits = [one for one in found if rest == one or rest.startswith(f"{one}.")]
    if not fits:
        raise KeyError(name)
    longest = max(fits, key=len)
    return longest, found[longest]


def _key(element: Part | Mapping[str, Any], path: str) -> str:
    """What tells an element of a list from its fellows."""
    values = [
        next((v for one in fields.split("|") if (v := _at(element, one)) is not None), None)
        for fields in KEYS[path]
    ]
    return ".".join(_said(value) for value in values if value is not None)


def _said(value: object) -> str:
    """A value as it stands in a name: nothing that cannot be printed, and not without end."""
    text = f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, dt.datetime) else str(value)
    shown = text if text.isprintable() else "".join(c for c in text if c.isprintable())
    return shown[:LONGEST]


def _at(element: Part | Mapping[str, Any], field: str) -> Any:  # noqa: ANN401 -- any value
    value: Any = element
    for step in field.split("."):
        value = value[step] if isinstance(value, Mapping) else getattr(value, step)
    return value
