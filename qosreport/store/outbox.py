"""The outbox: one row per message and recipient, so that nothing is mailed twice.

pending → sending → sent | deferred | refused | unknown; unknown → pending | dismissed. `sending` is
on the disk before the server is told that the message is whole: a run that dies there leaves a
message whose fate is unknown, and such a message is held until somebody decides.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from qosreport.store.ledger import Ledger, micros

MailState = Literal["pending", "sending", "sent", "deferred", "refused", "unknown", "dismissed"]
"""To be sent; under way; taken by the server; refused for now; for good; nobody knows; somebody
decided that it need not be sent."""
SETTLED: tuple[MailState, ...] = ("sent", "dismissed")
"""Never sent again, whatever is asked; their bytes are not kept."""
WAITING: tuple[MailState, ...] = ("pending", "deferred")
DROPPED = "its text was dropped when somebody was forgotten"
DIED = "the run ended while the server was taking it"


@dataclass(frozen=True)
class Envelope:
    """Which message to whom; the outbox knows each once."""

    label: str
    """Of the report: 2026-W46."""
    edition: str
    """weekly, or the site whose figures it holds."""
    recipient: str


@dataclass(frozen=True)
class Message:
    """A message to one recipient, as it goes over the wire."""

    envelope: Envelope
    full: bytes | None = field(repr=False)
    """With the PDF; None where there is none."""
    brief: bytes = field(repr=False)
    """Without it, and saying so."""


@dataclass(frozen=True)
class Fate:
    """What became of a message."""

    envelope: Envelope
    state: MailState
    reason: str
    """Why it is not sent; no personal data."""
    attempts: int


class Outbox:
    """The outbox in the ledger of a store."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def queue(self, messages: Iterable[Message], at: dt.datetime) -> None:
        """Take messages in, in one transaction.

        One that the server may have is left alone, unless its bytes were dropped; one that it
        certainly has not is replaced, for the report may have been made again since.
        """
        rows = [
            (*_key(m.envelope), "pending", "", 0, micros(at), m.full, m.brief) for m in messages
        ]
        with self._ledger.transaction():
            self._ledger.write(_QUEUE, rows)

    def recover(self, at: dt.datetime) -> list[Envelope]:
        """Whatever a run that died was sending is of unknown fate from now on; what that is."""
        died = [fate.envelope for fate in self.fates() if fate.state == "sending"]
        with self._ledger.transaction():
            self._ledger.write(
                "UPDATE outbox SET state = 'unknown', reason = ?, changed_at = ? "
                "WHERE state = 'sending'",
                [(DIED, micros(at))],
            )
        return died

    def settle(
        self,
        state: MailState,
        becomes: Literal["pending", "dismissed"],
        at: dt.datetime,
        label: str,
        recipient: str | None = None,
    ) -> int:
        """Decide what becomes of a report's messages in a state (to one recipient); how many."""
        found = [
            fate
            for fate in self.fates(label)
            if fate.state == state and recipient in {None, fate.envelope.recipient}
        ]
        for fate in found:
            self.note(fate.envelope, becomes, at, fate.reason)
        return len(found)

    def waiting(self) -> list[Envelope]:
        """What is to be sent, of all reports, the oldest first."""
        return [fate.envelope for fate in self.fates() if fate.state in WAITING]

    def message(self, envelope: Envelope) -> Message:
        """The bytes of a message that is not sent yet."""
        rows = self._ledger.read(f"SELECT full, brief FROM outbox {_WHERE}", *_key(envelope))  # noqa: S608 -- a constant
        return Message(envelope, *rows[0])

    def note(self, envelope: Envelope, state: MailState, at: dt.datetime, reason: str = "") -> None:
        """Remember what becomes of a message; on the disk when this returns.

        The bytes of one that is settled are not kept.
        """
        attempt = state == "sending"
        with self._ledger.transaction():
            self._ledger.write(
                f"UPDATE outbox SET state = ?, reason = ?, changed_at = ?, "  # noqa: S608 -- a constant
                f"attempts = attempts + ? {_WHERE}",
                [(state, reason, micros(at), attempt, *_key(envelope))],
            )
            if state in SETTLED:
                self._ledger.write(
                    f"UPDATE outbox SET full = NULL, brief = NULL {_WHERE}",  # noqa: S608 -- a constant
                    [_key(envelope)],
                )

    def forget(self, recipients: Collection[str], at: dt.datetime) -> int:
        """Drop the bytes of all that is not settled, and everything of some recipients; how many.

        What waits is made anew by the next `send`. What may have arrived stays held: whoever
        has it sent again has the newer bytes sent.
        """
        unsent = [fate.envelope for fate in self.fates() if fate.state not in SETTLED]
        held = [fate.envelope for fate in self.fates() if fate.state in {"unknown", "sending"}]
        with self._ledger.transaction():
            self._ledger.write(
                f"UPDATE outbox SET state = 'unknown', reason = ?, changed_at = ?, full = NULL, "  # noqa: S608 -- a constant
                f"brief = NULL {_WHERE}",
                [(DROPPED, micros(at), *_key(one)) for one in held],
            )
            self._ledger.write(
                f"DELETE FROM outbox {_WHERE}",  # noqa: S608 -- a constant
                [_key(one) for one in unsent if one not in held],
            )
            self._ledger.write(
                "DELETE FROM outbox WHERE lower(recipient) = ?", [(one,) for one in recipients]
            )
        return len(unsent)

    def fates(self, label: str | None = None) -> list[Fate]:
        """What became of all messages (of one report), by label, edition and recipient."""
        rows = self._ledger.read(
            "SELECT label, edition, recipient, state, reason, attempts FROM outbox "
            "WHERE ? IS NULL OR label = ? ORDER BY label, edition, recipient",
            label,
            label,
        )
        return [Fate(Envelope(*row[:3]), _state(row[3]), *row[4:]) for row in rows]


_WHERE = "WHERE label = ? AND edition = ? AND recipient = ?"
_QUEUE = """
INSERT INTO outbox (label, edition, recipient, state, reason, attempts, changed_at, full, brief)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (label, edition, recipient) DO UPDATE SET full = excluded.full, brief = excluded.brief
WHERE state IN ('pending', 'deferred', 'refused') OR (state = 'unknown' AND brief IS NULL)
"""


def _key(envelope: Envelope) -> tuple[str, str, str]:
    return envelope.label, envelope.edition, envelope.recipient


def _state(text: str) -> MailState:
    return next(state for state in get_args(MailState) if state == text)
