"""How each backend of fsspec is reached: address, user, secret, host keys, and its own ways."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from qosreport.deliver.remote import Remote, Ways, telling
from qosreport.errors import BadSetting, MissingPackage
from qosreport.settings import ArchiveSettings
from qosreport.settings.archive import BACKENDS

WEBDAV_TIMEOUT_S: Final = 60
"""A server that stores a file elsewhere answers when it has done so; httpx waits for 5 s."""


def open_remote(settings: ArchiveSettings, url: str) -> Remote:
    """The place behind a URL.

    Raises:
        MissingPackage: Its backend is not installed.
        BadSetting: A secret or a list of host keys cannot be read.
        ArchiveUnavailable: It cannot be reached.
    """
    parts = urlsplit(url)
    extra = BACKENDS[parts.scheme]
    shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    try:
        import fsspec

        options = {**settings.options, **_sign_in(settings, parts.scheme, parts.username)}
        with telling(shown):
            if extra == "webdav":
                files, root = _webdav(url, options)
            else:
                files, root = fsspec.core.url_to_fs(_for_fsspec(url), **options)
            ways = _WAYS.get(extra, _plain)(files)
    except ImportError as error:
        what = f"an archive at {parts.scheme}://"
        package = getattr(error, "name", None) or "fsspec"
        raise MissingPackage(what_for=what, package=package, extra=extra or "s3") from None
    return Remote(files, root, shown, ways)


def _for_fsspec(url: str) -> str:
    """The spelling of fsspec; a user in the URL is given by option."""
    parts = urlsplit(url)
    # In abfs://container@account.dfs.core.windows.net/ it is no user.
    if parts.username is None or BACKENDS[parts.scheme] == "azure":
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


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


def _webdav(url: str, options: dict[str, object]) -> tuple[Any, str]:
    """Files of a server, and our folder there; fsspec knows no URL of WebDAV."""
    from webdav4.fsspec import WebdavFileSystem

    class Files(WebdavFileSystem):  # type: ignore[misc]  # webdav4 has no types
        def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:  # noqa: ANN401
            if mode == "create" and self.exists(path):
                raise FileExistsError(path)
            super().pipe_file(path, value, **more)

    parts = urlsplit(_for_fsspec(url))
    server = f"{parts.scheme.removeprefix('webdav+')}://{parts.netloc}"
    return Files(server, **{"timeout": WEBDAV_TIMEOUT_S, **options}), parts.path.strip("/")


# --- Their ways --------------------------------------------------------------------------------


def _plain(_files: object) -> Ways:
    return Ways()


def _of_sftp(files: Any) -> Ways:  # noqa: ANN401
    return Ways(folders=True, replace=files.ftp.posix_rename)


def _of_smb(files: Any) -> Ways:  # noqa: ANN401
    from smbclient import replace

    def renamed(source: str, target: str) -> None:
        host = f"//{files.host}"
        replace(f"{host}{source}", f"{host}{target}", port=files._port)

    return Ways(folders=True, replace=renamed)


def _of_webdav(files: Any) -> Ways:  # noqa: ANN401
    def renamed(source: str, target: str) -> None:
        files.client.move(source, target, overwrite=True)

    # It makes folders by itself before it writes.
    return Ways(replace=renamed)


# A cloud guesses no media type: a browser would save the pages instead of showing them.
_WAYS: Final[dict[str, Callable[[Any], Ways]]] = {
    "sftp": _of_sftp,
    "smb": _of_smb,
    "webdav": _of_webdav,
    "s3": lambda _: Ways(described=lambda kind: {"ContentType": kind}),
    "gcs": lambda _: Ways(described=lambda kind: {"content_type": kind}),
    "azure": lambda _: Ways(described=lambda kind: {"content_settings": {"content_type": kind}}),
}
"""By the extra that brings a backend."""
