"""Who else can read a file of secrets: a mode alone does not tell."""

import os
from pathlib import Path

HANDED_OVER = (Path("/run/secrets"), Path("/run/credentials"))
"""Where Docker, Kubernetes and systemd mount what they hand to one container or service."""


def others_can_read(path: Path) -> bool:
    """Whether a file's mode opens it to others than root and whom root gave it to.

    A file of root's may be open to a group of this process, as Kubernetes makes it with fsGroup. A
    mount below /run/secrets or /run/credentials is seen by this container or service only, whatever
    the modes in it.

    Raises:
        OSError: It cannot be looked at.
    """
    status = path.stat()
    ours = status.st_uid == 0 and status.st_gid in {os.getegid(), *os.getgroups()}
    return bool(status.st_mode & (0o007 if ours else 0o077)) and not _is_handed_over(path)


def _is_handed_over(path: Path) -> bool:
    places = (one for one in (path, *path.parents) if {one, *one.parents} & {*HANDED_OVER})
    # Of a file, too: Docker mounts each by itself.
    return any(os.path.ismount(one) for one in places)
