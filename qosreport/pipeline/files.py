"""Writing the files of a report: whole or not at all."""

import os
import tempfile
from pathlib import Path

from qosreport.errors import DiskTrouble


def write(path: Path, data: bytes | str) -> Path:
    """Put a file in place under its final name in one step.

    Readers see the old file or the new one, never half of one.

    Raises:
        DiskTrouble: It cannot be written; what was there before still is.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~UMASK)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        why = error.strerror or type(error).__name__
        raise DiskTrouble(path=path, why=why) from None
    return path


def text_of(path: Path) -> str | None:
    """What a file says; None if it is not there or cannot be read."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def bytes_of(path: Path) -> bytes | None:
    """What a file holds; None if it is not there or cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def remove(path: Path) -> None:
    """See that a file is not there.

    Raises:
        DiskTrouble: It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DiskTrouble(path=path, why=error.strerror or type(error).__name__) from None


def _umask() -> int:
    """The process's mask; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


UMASK = _umask()
"""Read once: files are written by several threads."""
