"""A connection that breaks in the middle: a relay on loopback between a client and a server."""

import socket
import struct
import threading

HOST = "127.0.0.1"
CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing says "connection reset", as a cable that is pulled out ends up saying."""


class Wire:
    """Relays to a port, until as many bytes have gone to the server as it is told.

    Then every connection is reset, and every later one at once, until it is mended. The bytes up to
    the last one have gone through, so where it breaks is exact.
    """

    def __init__(self, port):
        self._target = port
        self._lock = threading.Lock()
        self._left = None
        self._open = set()
        self.breaks = 0
        """How many connections were reset, or refused while it was broken."""
        self._socket = socket.create_server((HOST, 0))
        # Little waits in the kernel's buffers, so that whoever sends much learns of the break.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK)
        self.port = self._socket.getsockname()[1]
        self._closing = False
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_exception):
        self._closing = True
        # A listening socket in accept() only wakes to a visitor.
        with socket.create_connection((HOST, self.port), timeout=5):
            pass
        self._threads[0].join()
        self._reset_all()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def break_after(self, bytes_sent):
        """Break when the client has sent so many bytes from now on."""
        with self._lock:
            self._left = bytes_sent

    def mend(self):
        """Let everything through again."""
        with self._lock:
            self._left = None

    def _accept(self):
        while True:
            near, _ = self._socket.accept()
            if self._closing:
                near.close()
                return
            if self._left == 0:
                self.breaks += 1
                _reset(near)
                continue
            far = socket.create_connection((HOST, self._target))
            for one in (near, far):
                # Else each waits for the other's acknowledgement, 40 ms a question.
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open |= {near, far}
            for way in ((near, far, self._allowed), (far, near, len)):
                thread = threading.Thread(target=self._relay, args=way, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _relay(self, source, target, allowed):
        try:
            while data := source.recv(CHUNK):
                passed = allowed(data)
                target.sendall(data[:passed])
                if passed < len(data):
                    self.breaks += 1
                    self._reset_all()
                    return
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the other way ended it

    def _allowed(self, data):
        """How many of these bytes still go through."""
        with self._lock:
            if self._left is None:
                return len(data)
            passed = min(self._left, len(data))
            self._left -= passed
            return passed

    def _reset_all(self):
        with self._lock:
            ended, self._open = self._open, set()
        for one in ended:
            _reset(one)


def _reset(connection):
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in recv()
    except OSError:
        pass
    connection.close()
