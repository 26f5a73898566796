"""Where an archive lies: a directory, or whatever fsspec reaches by URL, behind five operations."""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from qosreport.errors import ArchiveUnavailable, BadSetting, MissingPackage
from qosreport.settings import ArchiveSettings
from qosreport.settings.archive import BACKENDS
from qosreport.settings.base import missing

PART = ".part-"
"""Begins the name of a file that is being written; nobody reads such."""
READ_ONLY, WRITABLE = 0o444, 0o666


class Place(Protocol):
    """Files by relative name, with slashes.

    Every method raises `ArchiveUnavailable` if the place refuses or cannot be reached.
    """

    def read(self, name: str) -> bytes | None:
        """A file; None if there is none."""

    def names(self, under: str) -> list[str]:
        """All files below a folder, sorted; none if there is no such folder."""

    def put_new(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet; False, and nothing done, if one is."""

    def put(self, name: str, data: bytes) -> None:
        """Write a file, in place of one that may be there."""

    def delete(self, name: str) -> None:
        """See that a file is not there."""


class Directory:
    """A directory, as a mounted share: files are there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        """A file; None if there is none."""
        path = self._path(name)
        with _telling(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def names(self, under: str) -> list[str]:
        """All files below a folder, sorted; unfinished ones left out."""
        top = self._path(under) if under else self.root
        with _telling(top):
            paths = (Path(folder) / one for folder, _, files in os.walk(top) for one in files)
            return sorted(
                path.relative_to(self.root).as_posix()
                for path in paths
                if not path.name.startswith(PART)
            )

    def put_new(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet, read-only; False if one is."""
        path = self._path(name)
        with _telling(path), self._written(path, data, READ_ONLY) as temporary:
            try:
                # A link is whole at once, and fails where a file is: a rename would replace it.
                os.link(temporary, path)
            except FileExistsError:
                return False
            except OSError:  # a share that knows no links
                if path.exists():
                    return False
                temporary.rename(path)
            _sync_directory(path.parent)
        return True

    def put(self, name: str, data: bytes) -> None:
        """Write a file, in place of one that may be there."""
        path = self._path(name)
        with _telling(path), self._written(path, data, WRITABLE) as temporary:
            temporary.replace(path)
            _sync_directory(path.parent)

    def delete(self, name: str) -> None:
        """See that a file is not there, nor a folder that it leaves empty."""
        path = self._path(name)
        with _telling(path):
            path.unlink(missing_ok=True)
            for folder in path.relative_to(self.root).parents[:-1]:
                with suppress(OSError):
                    (self.root / folder).rmdir()

    def _path(self, name: str) -> Path:
        return self.root / _checked(name)

    @contextmanager
    def _written(self, path: Path, data: bytes, mode: int) -> Iterator[Path]:
        """The data beside where it belongs, on the disk; gone afterwards unless it was renamed."""
        _make_directory(path.parent)
        temporary = path.with_name(f"{PART}{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            # Who else may read it is for the operator's umask to say.
            with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


class Remote:
    """Anything that fsspec reaches."""

    def __init__(self, files: Any, root: str, shown: str) -> None:  # noqa: ANN401 -- fsspec has no types
        self._files = files
        self._root = root.rstrip("/")
        self._shown = shown

    def read(self, name: str) -> bytes | None:
        """A file; None if there is none."""
        with _telling_remote(self._shown), _MayBeAbsent():
            return bytes(self._files.cat_file(self._path(name)))
        return None

    def names(self, under: str) -> list[str]:
        """All files below a folder, sorted."""
        top = self._path(under) if under else self._root
        found: list[str] = []
        with _telling_remote(self._shown), _MayBeAbsent():
            self._files.invalidate_cache()
            found = self._files.find(top)
        start = len(self._files._strip_protocol(self._root).rstrip("/")) + 1
        return sorted(path[start:] for path in found if PART not in path)

    def put_new(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet; False if one is."""
        path = self._path(name)
        with _telling_remote(self._shown):
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            try:
                self._files.pipe_file(path, data, mode="create")
            except FileExistsError:
                return False
            self._check_size(path, data)
        return True

    def put(self, name: str, data: bytes) -> None:
        """Write a file, in place of one that may be there: in one step where the place can."""
        path = self._path(name)
        with _telling_remote(self._shown):
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            replace = _replacing(self._files)
            if replace is None:
                self._files.pipe_file(path, data)
            else:
                temporary = f"{path.rpartition('/')[0]}/{PART}{secrets.token_hex(8)}"
                self._files.pipe_file(temporary, data)
                replace(temporary, path)
            self._check_size(path, data)

    def delete(self, name: str) -> None:
        """See that a file is not there."""
        with _telling_remote(self._shown), _MayBeAbsent():
            self._files.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{_checked(name)}"

    def _check_size(self, path: str, data: bytes) -> None:
        self._files.invalidate_cache()
        if self._files.size(path) != len(data):
            raise OSError("the file is not as long as what was written")


def open_place(settings: ArchiveSettings) -> Place:
    """Where the settings say the archive lies.

    Raises:
        MissingSetting: They do not say.
        MissingPackage: Its backend is not installed.
        BadSetting: A secret or a list of host keys cannot be read.
        ArchiveUnavailable: It cannot be reached.
    """
    if settings.url is None:
        raise missing("archive.url")
    parts = urlsplit(settings.url)
    if "://" not in settings.url or parts.scheme == "file":
        return Directory(Path(parts.path if parts.scheme == "file" else settings.url).expanduser())
    return _remote(settings, settings.url)


def _remote(settings: ArchiveSettings, url: str) -> Remote:
    parts = urlsplit(url)
    extra = BACKENDS[parts.scheme]
    shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    try:
        import fsspec

        options = {**settings.options, **_sign_in(settings, parts.scheme, parts.username)}
        with _telling_remote(shown):
            files, root = fsspec.core.url_to_fs(_for_fsspec(url), **options)
    except ImportError as error:
        what = f"an archive at {parts.scheme}://"
        package = getattr(error, "name", None) or "fsspec"
        raise MissingPackage(what_for=what, package=package, extra=extra or "s3") from None
    return Remote(files, root, shown)


def _for_fsspec(url: str) -> str:
    """The spelling of fsspec; a user in the URL is given by option."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host).geturl() if parts.username else url


def _sign_in(settings: ArchiveSettings, scheme: str, user: str | None) -> dict[str, object]:
    """User, password, key and host keys, as the backend names them."""
    if BACKENDS[scheme] not in {"sftp", "smb", "webdav"}:
        return {}
    user = settings.user or user
    secret = None
    if settings.password is not None or settings.password_file is not None:
        secret = settings.secret_named("archive.password")
    if BACKENDS[scheme] == "webdav":
        return {"auth": (user, secret)} if user and secret else {}
    given: dict[str, object] = {"username": user, "password": secret}
    if BACKENDS[scheme] == "sftp":
        given["host_key_policy"] = _host_keys(settings)
        if settings.key_file is not None:
            given["key_filename"] = str(settings.key_file)
    return {name: value for name, value in given.items() if value is not None}


def _host_keys(settings: ArchiveSettings) -> Any:  # noqa: ANN401 -- paramiko has no types
    """Accepts a host by its listed key only; fsspec by itself accepts any."""
    import paramiko

    file = settings.known_hosts.expanduser()
    try:
        known = paramiko.HostKeys(str(file))
    except OSError as error:
        why = f"{file} cannot be read ({type(error).__name__})"
        raise BadSetting(key="archive.known_hosts", origin="file", why=why) from None

    class Listed(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko has no types
        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:  # noqa: ANN401
            del client
            if not known.check(hostname, key):
                why = f"{file} does not list the key that {hostname} shows"
                raise BadSetting(key="archive.known_hosts", origin="SFTP host", why=why)

    return Listed()


def _checked(name: str) -> PurePosixPath:
    """A name that stays below the root; ours always do."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise ValueError(f"no name of a file in an archive: {name!r}")
    return path


def _make_directory(path: Path) -> None:
    """A directory and those above it, their names on the disk."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(exist_ok=True)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise ArchiveUnavailable(place=path, why=why) from error


def _replacing(files: Any) -> Callable[[str, str], None] | None:  # noqa: ANN401 -- no types
    """Gives one file the name of another, over SFTP and SMB; elsewhere what is put is put whole."""
    if hasattr(files, "ftp"):
        return cast("Callable[[str, str], None]", files.ftp.posix_rename)
    if files.protocol != "smb":
        return None
    from smbclient import replace

    def renamed(source: str, target: str) -> None:
        host = f"//{files.host}"
        replace(f"{host}{source}", f"{host}{target}", port=files._port)

    return renamed


class _MayBeAbsent:
    """Passes over that a file is not there: smbclient says so by number, the others by kind."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, FileNotFoundError):
            return True
        return isinstance(error, OSError) and error.errno == errno.ENOENT


@contextmanager
def _telling_remote(shown: str) -> Iterator[None]:
    """Each backend raises errors of its own, whose words may hold secrets: only kinds are told."""
    try:
        yield
    except (ImportError, BadSetting, MissingPackage):
        raise
    except Exception as error:
        raise ArchiveUnavailable(place=shown, why=type(error).__name__) from error
