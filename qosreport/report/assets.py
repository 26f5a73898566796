"""Where the package's own templates, styles and fonts lie."""

from pathlib import Path

import qosreport
from qosreport.errors import MissingFile

LANDMARK = "_page.html"


def template_dir() -> Path:
    """The directory of templates: inside the installed package, or beside it in a checkout.

    Raises:
        MissingFile: Neither place holds them.
    """
    package = Path(qosreport.__file__).resolve().parent
    places = (package / "templates", package.parent / "templates")
    for place in places:
        if (place / LANDMARK).is_file():
            return place
    raise MissingFile(name="templates", places=" and ".join(str(place) for place in places))


def read_text(name: str) -> str:
    """A text file under the templates, as `css/screen.css`.

    Raises:
        MissingFile: There is no such file.
    """
    return read_bytes(name).decode("utf-8")


def read_bytes(name: str) -> bytes:
    """A file under the templates, as `fonts/Inter-Regular.woff2`.

    Raises:
        MissingFile: There is no such file.
    """
    path = template_dir() / name
    try:
        return path.read_bytes()
    except OSError:
        raise MissingFile(name=name, places=str(path.parent)) from None
