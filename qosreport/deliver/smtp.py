"""One connection to a mail server, a message in phases, each failure with its meaning.

Before the final dot every failure is safe to repeat. After it, silence means that nobody knows.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from qosreport.deliver.oauth import TokenSource
from qosreport.errors import BadSetting, MailRefused, MailServerUnavailable, MailTlsFailure
from qosreport.settings import MailSettings
from qosreport.store import MailState, Message

DOT_PATIENCE = 10
"""So many times longer the end of a message is waited for: giving up there leaves a doubt."""
READY, WHOLE = 354, 250
CLOSING = 421
TOO_LARGE = 552
_LEADING_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class Answer:
    """What the server said to a message."""

    state: MailState
    reason: str = ""
    """Code of its answer, or how the connection broke; never its words, which may name people."""
    connected: bool = True
    """Whether the connection can take another message."""


class Server:
    """A mail server that has let us in."""

    def __init__(self, connection: smtplib.SMTP, settings: MailSettings) -> None:
        self._smtp = connection
        self._settings = settings
        self._in_message = False
        self.max_bytes = min(settings.max_bytes, _size_limit(connection) or settings.max_bytes)

    @classmethod
    def connect(cls, settings: MailSettings, tokens: TokenSource) -> Self:
        """Connect, encrypt, say who we are.

        Raises:
            MailServerUnavailable, MailTlsFailure: There is no connection that can be trusted.
            MailRefused: The server does not accept the credentials.
            MailTokenRefused, MailTokenUnavailable, MissingPackage: No token for XOAUTH2.
            MissingSetting, BadSetting: A setting is missing or cannot be.
        """
        host, port = settings.server
        context = _context(settings)
        token = tokens.token()
        try:
            connection = _opened(settings, context)
        except ssl.SSLError as error:
            raise MailTlsFailure(host=host, port=port, why=_tls_why(error)) from None
        except OSError as error:
            raise MailServerUnavailable(host=host, port=port, why=_why(error)) from None
        try:
            _authenticate(connection, settings, token)
        except smtplib.SMTPResponseException as error:
            connection.close()
            if error.smtp_code < 500:
                why = f"it answered the sign-in with {error.smtp_code}"
                raise MailServerUnavailable(host=host, port=port, why=why) from None
            what = "these credentials"
            code = error.smtp_code
            raise MailRefused(host=host, port=port, what_of_us=what, code=code) from None
        except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError) as error:
            connection.close()
            raise MailServerUnavailable(host=host, port=port, why=_why(error)) from None
        except smtplib.SMTPException:
            connection.close()
            why = f"the server offers no sign-in of the kind {settings.auth}"
            raise BadSetting(key="mail.auth", origin="mail server", why=why) from None
        return cls(connection, settings)

    def try_sender(self) -> None:
        """See that the server accepts the sender, without a message.

        Raises:
            MailRefused: It does not.
            MailServerUnavailable: It breaks off, or puts us off.
        """
        try:
            answer = self._announce(0)
            self._smtp.rset()
        except OSError as error:
            why = _why(error)
        else:
            if answer is None:
                return
            why = f"it answered {answer.reason} to the sender"
        host, port = self._settings.server
        raise MailServerUnavailable(host=host, port=port, why=why)

    def close(self) -> None:
        """Say goodbye, unless the server is still waiting for the rest of a message."""
        if not self._in_message:
            with suppress(OSError):
                self._smtp.quit()
        self._smtp.close()

    def send(self, message: Message, *, before_dot: Callable[[], None]) -> Answer:
        """Hand over a message; without its PDF if it is too large with it.

        Args:
            message: To one recipient.
            before_dot: Called when all but the final dot is sent; what it does must be durable.

        Raises:
            MailRefused: The server does not accept the sender, so it will take no message at all.
        """
        if message.full is not None and len(message.full) <= self.max_bytes:
            fate = self._hand_over(message, message.full, before_dot)
            if not (fate.state == "refused" and fate.reason.startswith(str(TOO_LARGE))):
                return fate
            if not fate.connected:
                return Answer("deferred", fate.reason, connected=False)
        return self._hand_over(message, message.brief, before_dot)

    def _hand_over(self, message: Message, data: bytes, before_dot: Callable[[], None]) -> Answer:
        smtp, patience_s = self._smtp, self._settings.timeout_s
        at_dot = False
        try:
            refusal = self._begin(message.envelope.recipient, len(data))
            if refusal is not None:
                return refusal
            self._in_message = True
            smtp.send(_LEADING_DOT.sub(b"..", data))
            if self._spoken_out_of_turn():
                raise smtplib.SMTPServerDisconnected
            before_dot()
            at_dot = True
            self._wait_at_most(patience_s * DOT_PATIENCE)
            smtp.send(b".\r\n")
            code, words = smtp.getreply()
            self._in_message = False
            self._wait_at_most(patience_s)
        except OSError as error:  # smtplib's own failures are such, too
            state: MailState = "unknown" if at_dot else "deferred"
            where = "after the final dot" if at_dot else "before the final dot"
            return Answer(state, f"the connection broke {where}: {_why(error)}", connected=False)
        if code == WHOLE:
            return Answer("sent")
        return _refused(code, words)

    def _spoken_out_of_turn(self) -> bool:
        """Whether the server hung up, or answered what is not ended yet.

        Without looking, a connection that broke before the dot would be noticed only after it.
        """
        if self._smtp.sock is None:
            return True
        self._wait_at_most(0)
        try:
            self._smtp.sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self._wait_at_most(self._settings.timeout_s)
        return True

    def _wait_at_most(self, seconds: float) -> None:
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    def _begin(self, recipient: str, size: int) -> Answer | None:
        """The commands before the message; what speaks against it."""
        refusal = self._announce(size)
        if refusal is not None:
            return refusal
        smtp = self._smtp
        code, words = smtp.rcpt(recipient)
        if code not in {250, 251}:
            return _refused(code, words)
        code, words = smtp.docmd("DATA")
        return None if code == READY else _refused(code, words)

    def _announce(self, size: int) -> Answer | None:
        """Whom the message is from, and its size; what speaks against it."""
        smtp, sender = self._smtp, self._settings.mailbox().address
        smtp.rset()
        options = [f"SIZE={size}"] if smtp.has_extn("size") else []
        code, words = smtp.mail(sender, options)
        if code >= 500 and code != TOO_LARGE:
            host, port = self._settings.server
            what = "mail.sender"
            raise MailRefused(host=host, port=port, what_of_us=what, code=_code(code, words))
        return None if code == WHOLE else _refused(code, words)


def _opened(settings: MailSettings, context: ssl.SSLContext) -> smtplib.SMTP:
    """A connection that is encrypted as it should be, and greeted."""
    host, port = settings.server
    connection = (
        smtplib.SMTP_SSL(host, port, timeout=settings.timeout_s, context=context)
        if settings.security == "tls"
        else smtplib.SMTP(host, port, timeout=settings.timeout_s)
    )
    try:
        connection.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
    except smtplib.SMTPNotSupportedError:
        connection.close()
        why = "it offers no STARTTLS, and nothing is sent in the clear"
        raise MailTlsFailure(host=host, port=port, why=why) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _context(settings: MailSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        why = f"the file cannot be read as certificates ({type(error).__name__})"
        raise BadSetting(key="mail.ca_file", origin="file", why=why) from None


def _authenticate(connection: smtplib.SMTP, settings: MailSettings, token: str | None) -> None:
    user = settings.user or ""
    if token is not None:
        if "XOAUTH2" not in connection.esmtp_features.get("auth", "").upper().split():
            raise smtplib.SMTPNotSupportedError
        blob = f"user={user}\x01auth=Bearer {token}\x01\x01"
        # A refusal comes as a challenge, to be answered by an empty line.
        connection.auth("XOAUTH2", lambda challenge=None: blob if challenge is None else "")
    elif settings.auth == "password":
        connection.login(user, settings.secret_named("mail.password"))


def _size_limit(connection: smtplib.SMTP) -> int:
    """What the server takes; 0 where it does not say or sets no limit."""
    said = connection.esmtp_features.get("size", "")
    return int(said) if said.isdecimal() else 0


def _refused(code: int, words: bytes) -> Answer:
    state: MailState = "refused" if code >= 500 else "deferred"
    return Answer(state, _code(code, words), connected=code != CLOSING and code > 0)


def _code(code: int, words: bytes) -> str:
    """The code, and the enhanced one behind it if there is one."""
    match = re.match(rb"[245]\.\d{1,3}\.\d{1,3}\b", words)
    return f"{code} {match[0].decode()}" if match else str(code)


def _tls_why(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold ({error.verify_message})"
    return f"no TLS could be agreed on ({error.reason or 'SSL error'})"


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it broke the connection"
    return (getattr(error, "strerror", None) or type(error).__name__).lower()
