"""Style of a brand: nothing in it may be loaded from anywhere."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tinycss2

from qosreport.errors import BadBranding

LOADING = {"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"}
"""Functions whose strings are addresses."""
CLOSING = "</"
"""Would end the style element that the sheet stands in."""


def check_sheet(file: Path, text: str) -> str:
    """The sheet, if a page with it stays self-contained.

    Raises:
        BadBranding: It cannot be read as CSS, or names something outside itself.
    """
    if CLOSING in text:
        raise _bad(str(file), f"it holds {CLOSING!r}, which no style needs")
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    for node, why in (*_errors(rules), *_faults(rules)):
        raise _bad(f"{file}, line {node.source_line}", why)
    return text


def outside(value: str) -> Iterator[str]:
    """What of some CSS reaches beyond the file it stands in, in words."""
    for _, why in _faults(tinycss2.parse_component_value_list(value)):
        yield why


def _errors(rules: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    for rule in rules:
        if rule.type == "error":
            yield rule, f"it is no CSS ({rule.message})"


def _faults(nodes: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    """Each node that loads something, with what is wrong with it."""
    for node in nodes:
        if "import" in (
            getattr(node, "lower_at_keyword", ""),
            node.type == "at-keyword" and node.lower_value,
        ):
            yield node, "it holds @import"
        elif node.type == "url" and not _inside(node.value):
            yield node, "it holds a url() that is neither data: nor #"
        elif node.type == "function":
            yield from _loading(node)
        for inner in (getattr(node, "prelude", None), getattr(node, "content", None)):
            yield from _faults(inner or ())


def _loading(function: Any) -> Iterator[tuple[Any, str]]:  # noqa: ANN401 -- tinycss2 publishes no types
    if function.lower_name in LOADING:
        for node in function.arguments:
            if node.type == "string" and not _inside(node.value):
                yield node, f"it holds a {function.lower_name}() that is neither data: nor #"
    yield from _faults(function.arguments)


def _inside(address: str) -> bool:
    return address.strip().lower().startswith(("data:", "#"))


def _bad(place: str, why: str) -> BadBranding:
    remedy = "Embed fonts and pictures as data:, and correct the rest."
    return BadBranding(place=place, why=why, remedy=remedy)
