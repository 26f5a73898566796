"""What a brand brings to a page, checked before an object of this module exists."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qosreport.errors import PartialFailed

PRODUCT = "Zoom meeting quality"
LOGO_ID = "logo@qosreport"


@dataclass(frozen=True)
class Partial:
    """A partial that stands in for one of ours."""

    file: Path
    """Where it was read from, for messages."""
    source: str
    """Its text."""


@dataclass(frozen=True, eq=False)
class Brand:
    """How pages and mails show whose they are."""

    product: str = PRODUCT
    """Name over every page and message."""
    logo: str = ""
    """The logo of pages as a data: URL; empty for none."""
    logo_alt: str = ""
    """What the logo says, for those who do not see it."""
    mail_logo: bytes | None = field(default=None, repr=False)
    """The logo of mails as PNG: mail readers show no SVG."""
    accent: str = ""
    """Colour on white, as #1f5f3a; empty for none."""
    accent_dark: str = ""
    """Colour on the dark page; empty for none."""
    foot: str = ""
    """A line at the end of every page and message; may be empty."""
    support: str = ""
    """Address for help, https: or mailto:; may be empty."""
    support_label: str = ""
    """Words before the address."""
    sheet: str = field(default="", repr=False)
    """Style of its own, for screen and paper."""
    partials: Mapping[str, Partial] = field(default_factory=dict, repr=False)
    """By the name of ours that each stands in for."""
    faults: list[PartialFailed] = field(default_factory=list, repr=False)
    """Partials that failed while pages were made; grows as they are."""

    @property
    def mail_logo_id(self) -> str:
        """What the logo is called inside a message."""
        return LOGO_ID

    @property
    def support_text(self) -> str:
        """The address as it reads."""
        return self.support.removeprefix("mailto:").partition("?")[0]

    @property
    def shows(self) -> bool:
        """Whether pages need the styles of logo, accent and foot."""
        return bool(self.logo or self.accent or self.foot or self.support)

    @property
    def colours(self) -> str:
        """The accents as a style sheet; what is not set stays as it is."""
        if not self.accent:
            return ""
        dark = self.accent_dark or "initial"
        return (
            f":root{{--accent:{self.accent}}}\n"
            "@media screen and (prefers-color-scheme:dark)"
            f"{{:root{{--accent:{dark}}}}}\n"
        )

    def note(self, fault: PartialFailed) -> None:
        """Remember a partial that failed, once for each place in it."""
        if fault.facts["place"] not in {known.facts["place"] for known in self.faults}:
            self.faults.append(fault)


PLAIN = Brand()
"""No brand: pages as they are shipped."""
