"""A directory → a brand, or one line that says what is wrong with it."""

import difflib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from qosreport.errors import BadBranding
from qosreport.report import assets
from qosreport.report.branding.brand import PLAIN, Brand, Partial
from qosreport.report.branding.css import check_sheet
from qosreport.report.branding.logo import png_url, svg_url
from qosreport.report.branding.partials import check_partials
from qosreport.report.branding.texts import Texts, read_texts

MOST_BYTES = 64 * 1024
"""Of one file: the logo and the style stand in every page."""
LOGO_SVG, LOGO_PNG, TEXTS, SHEET = "logo.svg", "logo.png", "brand.toml", "css/extra.css"
PARTIALS = "partials"
FRAMES = {"_page.html", "_print.html"}
"""They hold the content security policy and the document's head: nobody's to replace."""


def load_brand(directory: Path | None) -> Brand:
    """The brand in a directory; without one, pages as they are shipped.

    Raises:
        BadBranding: The directory or a file in it cannot be used.
    """
    if directory is None:
        return PLAIN
    files = dict(_files(directory))
    texts = _texts(directory, files)
    svg, png = files.get(LOGO_SVG), files.get(LOGO_PNG)
    logo = svg_url(directory / LOGO_SVG, svg) if svg is not None else ""
    if png is not None:
        url = png_url(directory / LOGO_PNG, png)
        logo = logo or url
    sheet = ""
    if SHEET in files:
        sheet = check_sheet(directory / SHEET, _text(directory / SHEET, files[SHEET]))
    partials = {
        PurePosixPath(name).name: Partial(directory / name, _text(directory / name, data))
        for name, data in files.items()
        if name.startswith(f"{PARTIALS}/")
    }
    check_partials(partials)
    return Brand(**texts.model_dump(), logo=logo, mail_logo=png, sheet=sheet, partials=partials)


def ours() -> list[str]:
    """The partials that may be replaced, in order of their names."""
    return sorted(
        path.name for path in assets.template_dir().glob("_*.html") if path.name not in FRAMES
    )


def _texts(directory: Path, files: dict[str, bytes]) -> Texts:
    if TEXTS not in files:
        return Texts()
    return read_texts(directory / TEXTS, _text(directory / TEXTS, files[TEXTS]))


def _files(directory: Path) -> Iterator[tuple[str, bytes]]:
    """Every file by its name below the directory; what nobody would read is refused."""
    if not directory.is_dir():
        remedy = "Correct report.branding; docs/branding.md says what the directory holds."
        raise BadBranding(place=directory, why="there is no such directory", remedy=remedy)
    allowed = [LOGO_SVG, LOGO_PNG, TEXTS, SHEET, *(f"{PARTIALS}/{name}" for name in ours())]
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory)
        if path.is_dir() or any(part.startswith(".") for part in name.parts):
            continue
        if name.as_posix() not in allowed:
            raise _unknown(path, name.as_posix(), allowed)
        yield name.as_posix(), _read(path)


def _unknown(path: Path, name: str, allowed: list[str]) -> BadBranding:
    if PurePosixPath(name).name in FRAMES:
        why = "it holds what keeps pages safe, and cannot be replaced"
    else:
        near = difflib.get_close_matches(name, allowed, n=1, cutoff=0.5)
        why = "nothing of that name is used" + (f" (the nearest is {near[0]})" if near else "")
    remedy = "Rename or remove it; docs/branding.md lists what the directory holds."
    return BadBranding(place=path, why=why, remedy=remedy)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        why = error.strerror or "unreadable"
        raise BadBranding(place=path, why=why, remedy="Let qosreport read it.") from None
    if len(data) > MOST_BYTES:
        why = f"it has {len(data):,} bytes, and {MOST_BYTES:,} are the most"
        raise BadBranding(place=path, why=why, remedy="Make it smaller: it stands in every page.")
    return data


def _text(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadBranding(
            place=path, why="it is no text in UTF-8", remedy="Save it as UTF-8."
        ) from None
