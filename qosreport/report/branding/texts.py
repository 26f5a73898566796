"""`brand.toml`: name, colours, foot, address for help."""

import difflib
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from qosreport.errors import BadBranding
from qosreport.report.branding.brand import PRODUCT

PAPER, PAPER_DARK = "#ffffff", "#121518"
"""The page itself: `--paper` of css/screen.css."""
LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3 (AA), text of normal size."""
COLOUR = re.compile("#[0-9A-Fa-f]{6}")
CORRECT = "Correct the file; docs/branding.md lists its keys."


class Texts(BaseModel):
    """What `brand.toml` may say; every key may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: str = Field(
        PRODUCT, min_length=1, max_length=60, description="Name over every page and message."
    )
    accent: str = Field(
        "",
        description="Colour of the name, the topics and the line below the head, as `#1f5f3a`; "
        "at least 4.5:1 against white.",
    )
    accent_dark: str = Field(
        "",
        description="The same on dark pages, at least 4.5:1 against `#121518`; without it they "
        "have no accent.",
    )
    logo_alt: str = Field(
        "Logo", min_length=1, max_length=100, description="What the logo says, in words."
    )
    foot: str = Field(
        "", max_length=200, description="A line at the end of every page and message."
    )
    support: str = Field(
        "",
        max_length=300,
        description="Where readers find help: `https://…` or `mailto:…`, at the end of every page "
        "and message.",
    )
    support_label: str = Field(
        "Help and questions", min_length=1, max_length=60, description="Words before that address."
    )

    @field_validator("*")
    @classmethod
    def _readable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line without control characters")
        return value.strip()

    @field_validator("accent", "accent_dark")
    @classmethod
    def _colour(cls, value: str) -> str:
        if value and not COLOUR.fullmatch(value):
            raise ValueError("must be a colour of six digits, as #1f5f3a")
        return value.lower()

    @field_validator("accent")
    @classmethod
    def _on_white(cls, value: str) -> str:
        return _legible(value, PAPER, "make it darker")

    @field_validator("accent_dark")
    @classmethod
    def _on_dark(cls, value: str) -> str:
        return _legible(value, PAPER_DARK, "make it lighter")

    @field_validator("support")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.hostname if parts.scheme == "https" else parts.scheme == "mailto"):
            raise ValueError("must begin with https:// or mailto:")
        return value


def read_texts(file: Path, text: str) -> Texts:
    """What the file says.

    Raises:
        BadBranding: It is no TOML, or a key or value cannot be.
    """
    try:
        return Texts(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadBranding(place=file, why=str(error), remedy=CORRECT) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, list(Texts.model_fields), n=1, cutoff=0.5)
            why = "there is no such key" + (f" (the nearest is {near[0]})" if near else "")
        raise BadBranding(place=f"{file}, {key}", why=why, remedy=CORRECT) from None


def contrast(one: str, other: str) -> float:
    """How well a colour stands out from another, 1 to 21 (WCAG 2.2, contrast ratio)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _legible(colour: str, paper: str, remedy: str) -> str:
    if colour and (ratio := contrast(colour, paper)) < LEAST_CONTRAST:
        raise ValueError(
            f"{colour} has a contrast of only {int(ratio * 10) / 10}:1 against the page ({paper}), "
            f"and it takes {LEAST_CONTRAST}:1: {remedy}"
        )
    return colour
