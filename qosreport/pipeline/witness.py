"""What was mailed, as it is known outside the store: beside the report, and in the archive.

A store that was lost, or restored from an older backup, does not know what it mailed. Both places
are asked before a week is mailed, and told afterwards; who has none of them left mails again.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from qosreport.deliver.archive import MAILED, SENTINEL
from qosreport.deliver.message import digest_of
from qosreport.deliver.places import Directory, Place, open_place
from qosreport.errors import QosreportError
from qosreport.pipeline.archive import WEEKS, week_name
from qosreport.pipeline.run import Run
from qosreport.store import Outbox

_NOTE = re.compile(rf"(mail/weekly-|{WEEKS}/)(?P<label>[\w-]+)[./]{re.escape(MAILED)}")
ELSEWHERE = "mailed before, by a store that is gone"


@dataclass(frozen=True)
class Witness:
    """One place that knows which messages of a week were sent, by digest; no address."""

    place: Callable[[], Place]
    name: str
    needs: str | None = None
    """A file without which the place is not told anything."""

    def sent(self) -> frozenset[str]:
        """Digests of the messages sent; none if it cannot say."""
        data = self.place().read(self.name)
        try:
            return frozenset(map(str, json.loads(data or b"{}")["mailed"]))
        except (ValueError, KeyError, TypeError):
            return frozenset()

    def tell(self, digests: Collection[str]) -> None:
        """Add what was sent.

        Raises:
            QosreportError: It cannot be told.
        """
        place = self.place()
        known = self.sent()
        if known >= set(digests) or (self.needs is not None and place.read(self.needs) is None):
            return
        self.write(known | set(digests))

    def write(self, digests: Collection[str]) -> None:
        """Say that these were sent, and no others.

        Raises:
            QosreportError: It cannot be told.
        """
        facts = {"format": 1, "mailed": sorted(digests)}
        self.place().put(self.name, json.dumps(facts, indent=1).encode())


def witnesses(run: Run, label: str, out: Path) -> list[Witness]:
    """The places that know what was mailed of a week."""
    found = [Witness(lambda: Directory(out), f"mail/weekly-{label}.{MAILED}")]
    if run.settings.archive.configured:
        name = f"{week_name(label)}/{MAILED}"
        archive = Witness(lambda: open_place(run.settings.archive), name, needs=SENTINEL)
        found.append(archive)
    return found


def notes(run: Run, out: Path) -> Iterator[tuple[str, Witness]]:
    """Every note there is, with its week.

    Raises:
        ArchiveUnavailable: The archive refuses.
    """
    yield from _notes_at(Directory(out), "mail")
    if run.settings.archive.configured:
        yield from _notes_at(open_place(run.settings.archive), WEEKS)


def _notes_at(place: Place, folder: str) -> Iterator[tuple[str, Witness]]:
    for name in place.names(folder):
        if found := _NOTE.fullmatch(name):
            yield found["label"], Witness(lambda: place, name)


def believe(outbox: Outbox, run: Run, label: str, known_by: Collection[Witness]) -> Iterator[str]:
    """See that nothing of a week is mailed again that a witness knows of; what that was, in words.

    A witness that cannot be asked is passed over: the ledger is what counts.
    """
    waiting = [one for one in outbox.waiting() if one.label == label]
    if not waiting:
        return
    sent = frozenset[str]().union(*(_asked(one) for one in known_by))
    before = [one for one in waiting if digest_of(one) in sent]
    for envelope in before:
        outbox.note(envelope, "sent", run.clock.now(), ELSEWHERE)
    if before:
        yield (
            f"{len(before):,} message(s) of {label} are not mailed again: a note outside the store "
            "says that they were, the store did not know; was it restored from a backup?"
        )


def tell(outbox: Outbox, label: str, known_by: Collection[Witness]) -> Iterator[str]:
    """Tell the witnesses what is sent of a week; which could not be told, in words."""
    sent = [digest_of(f.envelope) for f in outbox.fates(label) if f.state == "sent"]
    for one in known_by if sent else ():
        try:
            one.tell(sent)
        except QosreportError as error:
            yield f"what was mailed of {label} is known to the store only: {error.line()}"


def _asked(one: Witness) -> frozenset[str]:
    try:
        return one.sent()
    except QosreportError:
        return frozenset()
