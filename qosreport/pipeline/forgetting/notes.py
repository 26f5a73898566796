"""Notes outside the store of who was mailed what: cleaned of one person.

A note holds digests, and the digest of an address can be guessed by whoever knows the address.
"""

from pathlib import Path

from qosreport.deliver.message import digest_of
from qosreport.identity import Identity
from qosreport.pipeline import witness
from qosreport.pipeline.run import Run
from qosreport.pipeline.send import SITE, WEEKLY
from qosreport.store import Envelope, Store


def in_notes(store: Store, run: Run, out: Path, who: Identity, *, delete: bool) -> int:
    """Take what a person was mailed out of every note; how many notes know of them.

    While the outbox still knows them: it says how their address was spelt.

    Raises:
        ArchiveUnavailable: The archive refuses; a later run goes on.
    """
    mail = run.settings.mail
    envelopes = [fate.envelope for fate in store.outbox.fates()]
    wanted = {*mail.recipients, *(one for many in mail.sites.values() for one in many)}
    every = {*who.emails, *wanted, *(one.recipient for one in envelopes)}
    theirs = {address for address in every if address.lower() in who.emails}
    editions = {WEEKLY, *(SITE + site for site in mail.sites), *(one.edition for one in envelopes)}
    changed = 0
    for label, note in witness.notes(run, out):
        known = note.sent()
        sent = {digest_of(Envelope(label, edition, one)) for edition in editions for one in theirs}
        changed += bool(known & sent)
        if delete and known & sent:
            note.write(known - sent)
    return changed
