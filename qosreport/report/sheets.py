"""The style sheets with their fonts: texts of the package, the same for every page."""

import base64
import functools

from qosreport.report import assets

WEIGHTS = {400: "Regular", 500: "Medium", 600: "SemiBold"}


def screen_sheet() -> str:
    """Styles of every page on screen."""
    return font_faces("Inter", ".latin") + assets.read_text("css/screen.css")


@functools.cache
def print_sheet() -> str:
    """Styles of every page on paper; they travel beside the pages, not in them."""
    return font_faces("Inter Embedded", "") + assets.read_text("css/print.css")


def font_faces(family: str, subset: str) -> str:
    """The three weights as data: URLs, so that a page looks alike wherever it is opened."""
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:normal;'
        f"src:url(data:font/woff2;base64,{_font(name, subset)}) format('woff2')}}\n"
        for weight, name in WEIGHTS.items()
    )


def _font(name: str, subset: str) -> str:
    return base64.b64encode(assets.read_bytes(f"fonts/Inter-{name}{subset}.woff2")).decode()
