"""The pool of connections: deadlines kept to the byte, a place to wait just before sending.

requests and urllib3 bound each single wait for a byte, not an exchange, and offer no moment between
"the connection stands" and "the request goes". Both are added here, on the classes they let one
replace.
"""

import contextlib
import http.client
import io
import socket
import threading
import weakref
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Connections:
    """The connections there are. Thread-safe."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()

    def add(self, connection: HTTPConnection) -> None:
        """Know one more."""
        with self._lock:
            self._all.add(connection)

    def shut_down(self) -> None:
        """End every one; whoever reads from one finds its end."""
        with self._lock:
            connections = list(self._all)
        for connection in connections:
            sock = connection.sock
            if sock is not None:
                with contextlib.suppress(OSError):
                    # The plain socket's own way, under TLS as well: TLS would first say goodbye.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Adapter(HTTPAdapter):
    """requests' adapter with pools of our own, for direct calls and for those by proxy."""

    def __init__(
        self,
        pool_maxsize: int,
        *,
        seconds_left: Callable[[], float],
        before_send: Callable[[], None],
    ) -> None:
        """Open nothing yet.

        Args:
            pool_maxsize: Connections kept for each host.
            seconds_left: How long this thread may wait for the next byte; raises TimeoutError.
            before_send: Called on an open connection, just before the request goes.
        """
        self.connections = Connections()
        self._pools = _pools(self.connections, seconds_left, before_send)
        super().__init__(pool_maxsize=pool_maxsize)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- requests' own signature
        """Give the pool manager our pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- requests' own signature
        """Give a proxy's pool manager our pools."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Deadlined(io.RawIOBase):
    """A socket's raw reader that gives each wait no more than what is left of the exchange."""

    def __init__(self, raw: io.RawIOBase, sock: Any, seconds_left: Callable[[], float]) -> None:  # noqa: ANN401 -- a socket, plain or TLS
        self._raw = raw
        self._sock = sock
        self._seconds_left = seconds_left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 -- any writable buffer
        self._sock.settimeout(self._seconds_left())
        return self._raw.readinto(buffer)

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
            super().close()


def _pools(
    live: Connections,
    seconds_left: Callable[[], float],
    before_send: Callable[[], None],
) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools for both schemes."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as the standard library calls it
            super().__init__(sock, *args, **kwargs)
            self.fp: io.BufferedReader = io.BufferedReader(
                _Deadlined(self.fp.detach(), sock, seconds_left)
            )

    class Connection(HTTPConnection):
        response_class = Response
        opening = False

        def connect(self) -> None:
            self.opening = True
            live.add(self)
            try:
                super().connect()
            finally:
                self.opening = False

        def send(self, data: Any) -> None:  # noqa: ANN401 -- as the standard library calls it
            # Not for what a proxy is told while the connection is being opened.
            if not self.opening:
                if self.sock is None:
                    self.connect()
                before_send()
            super().send(data)

    class Plain(Connection):
        pass

    class Tls(Connection, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
