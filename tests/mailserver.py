"""Mail servers on loopback: aiosmtpd for what a server says, a scripted one for where it breaks."""

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

HOST = "127.0.0.1"
USER, PASSWORD, TOKEN = "robot@tamarack.example", "canary-password", "canary-mail-token"


@dataclass
class Inbox:
    """What a server took, and what it says to whom."""

    taken: list = field(default_factory=list)
    """Recipient and bytes, as they came."""
    replies: dict = field(default_factory=dict)
    """Answers by command (MAIL, RCPT, DATA), or by command and recipient; sent once each. Of a list
    one after the other, None for a yes."""
    always: bool = False
    """The answers above stand."""

    def recipients(self):
        return sorted(recipient for recipient, _ in self.taken)

    def message(self, number=0):
        return message_from_bytes(self.taken[number][1], policy=default)

    def reply(self, command, recipient=""):
        for key in ((command, recipient), command):
            said = self.replies.get(key)
            if isinstance(said, list):
                return said.pop(0) if said else None
            if said is not None:
                return said if self.always else self.replies.pop(key)
        return None


class Handler:
    """Puts what comes into the inbox."""

    def __init__(self, inbox):
        self.inbox = inbox

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        return self.inbox.reply("MAIL") or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        said = self.inbox.reply("RCPT", address)
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        said = self.inbox.reply("DATA", recipient)
        if said is None:
            self.inbox.taken.append((recipient, envelope.original_content))
        return said or "250 2.0.0 taken"


class Smtp(SMTP):
    """Knows XOAUTH2, too."""

    async def auth_XOAUTH2(self, server, args):  # noqa: N802
        import base64

        expected = f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01"
        good = len(args) == 2 and base64.b64decode(args[1]).decode() == expected
        if not good:
            # As the real ones do: a challenge that holds the error, to be answered by nothing.
            await server.challenge_auth(b'{"status":"401"}')
        return AuthResult(success=good, handled=False, auth_data=USER if good else None)


class Listening(Controller):
    """Takes a free port, and says which."""

    def __init__(self, handler, **options):
        self.smtp_options = options
        super().__init__(handler, hostname=HOST, port=0, ssl_context=options.pop("ssl", None))

    def factory(self):
        return Smtp(self.handler, **self.smtp_options)

    async def _bound(self):
        server = await self.loop.create_server(
            self._factory_invoker, host=HOST, port=0, ssl=self.ssl_context
        )
        self.port = server.sockets[0].getsockname()[1]
        return server

    def _create_server(self):
        return self._bound()


@dataclass(frozen=True)
class Authority:
    """A certificate authority that only its own file trusts."""

    ca: trustme.CA = field(default_factory=trustme.CA)

    def context(self, name=HOST):
        import ssl

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ca.issue_cert(name).configure_cert(context)
        return context

    def file(self, directory):
        path = directory / "ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return path


def _authenticate(_server, _session, _envelope, _mechanism, data):
    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(inbox=None, **options):
    """A server with an inbox; options as aiosmtpd's, `ssl` for TLS from the start.

    Yields its inbox and its port.
    """
    inbox = inbox if inbox is not None else Inbox()
    options.setdefault("authenticator", _authenticate)
    options.setdefault("hostname", "mail.tamarack.example")
    controller = Listening(Handler(inbox), **options)
    controller.start()
    try:
        yield inbox, controller.port
    finally:
        controller.stop()


class Breaking:
    """Speaks just enough SMTP to break off at a chosen place; counts what it took.

    Places: greeting, mail, data, body, dot (took it, says nothing), silent (took it, waits).
    """

    def __init__(self, place, *, times=1):
        self.place, self.times = place, times
        self.taken = []
        self.broke = 0
        self._socket = socket.create_server((HOST, 0))
        self.port = self._socket.getsockname()[1]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exception):
        self._done.set()
        # A listening socket in accept() only wakes to a visitor.
        with socket.create_connection((HOST, self.port), timeout=5):
            pass
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while not self._done.is_set():
            connection, _ = self._socket.accept()
            with connection, connection.makefile("rb") as lines:
                self._talk(connection, lines)

    def _breaks(self, place):
        if self.place != place or self.broke >= self.times:
            return False
        self.broke += 1
        return True

    def _talk(self, connection, lines):
        if self._done.is_set() or self._breaks("greeting"):
            return
        try:
            connection.sendall(b"220 hello\r\n")
            while line := lines.readline():
                verb = line[:4].upper()
                if verb == b"QUIT" or self._breaks(verb.decode().lower()):
                    return
                if verb == b"DATA" and not self._take(connection, lines):
                    return
                connection.sendall(b"250 2.0.0 fine\r\n")
        except OSError:
            return

    def _take(self, connection, lines):
        """Whether the connection goes on."""
        connection.sendall(b"354 go on\r\n")
        if self._breaks("body"):
            lines.read(1000)
            return False
        body = []
        while (line := lines.readline()) and line != b".\r\n":
            body.append(line)
        if not line:
            return False
        self.taken.append(b"".join(body))
        if self._breaks("silent"):
            self._done.wait(30)
        return not self._breaks("dot")
