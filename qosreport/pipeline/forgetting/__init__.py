"""Forgetting one person: in raw pages, tables, ledger, outbox, output directory and archive.

Who it is stands in the ledger until all is done, so that whatever interrupts, the next `forget` or
`weekly` finishes. Every step can be done again. What stays is what was measured of somebody whom
Zoom does not name: docs/privacy.md says what that means for numbers.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from qosreport.errors import PersonNotKnown, PersonNowhere, QosreportError
from qosreport.identity import Identity
from qosreport.pipeline.forgetting.documents import Workshop
from qosreport.pipeline.forgetting.notes import in_notes
from qosreport.pipeline.forgetting.places import in_archive, in_directories, written_mails
from qosreport.pipeline.forgetting.tables import forgotten as table_without
from qosreport.pipeline.forgetting.tables import is_hosted, is_theirs
from qosreport.pipeline.person import meant
from qosreport.pipeline.run import Outcome, Run
from qosreport.report.pdf_worker import PdfWorker
from qosreport.report.privacy.forgetting import Gone
from qosreport.report.refs import person_ref
from qosreport.store import Store
from qosreport.tables import MEETINGS, RATINGS
from qosreport.zoom.forgetting import forgotten as page_without
from qosreport.zoom.forgetting import forgotten_body

UNDER_WAY = "forgetting"
"""The fact in the ledger that says who, until all is done."""


@dataclass(frozen=True)
class Errand:
    """Whom to forget, and in which output directory."""

    who: Identity
    out: Path

    def to_json(self) -> str:
        """For the ledger."""
        return json.dumps({"who": self.who.to_json(), "out": str(self.out.absolute())})

    @classmethod
    def from_json(cls, text: str) -> "Errand":
        """As `to_json` wrote it."""
        held = json.loads(text)
        return cls(Identity.from_json(held["who"]), Path(held["out"]))


def forget(
    run: Run, text: str, out: Path, worker: PdfWorker, tell: Callable[[str], None], *, delete: bool
) -> Outcome:
    """Forget a person; without `delete` only say who it is and where they are.

    Args:
        run: Settings and clock.
        text: An address, a name or part of one, or a reference.
        out: Where files of reports lie.
        worker: Renders the PDFs that are made again.
        tell: Takes the person's address and reference, if nothing is deleted yet.
        delete: Do it.

    Raises:
        PersonNowhere, SeveralPeople: Nobody is meant, or more than one.
        QosreportError: It could not be finished; the next run goes on.
    """
    brand = run.brand
    with Store.open(run.settings.store.path, create=False) as store:
        if delete:
            finish(store, run, worker)
        who = identity_of(store, text)
        errand = Errand(who, out)
        shop = Workshop(Gone(who, _key(run)), brand, worker)
        found = _found(store, who)
        stored = is_stored(store, who)
        if not (delete and stored):
            reports = in_directories(run, out, shop, delete=False)
            if run.settings.archive.configured:
                reports += in_archive(store, run, shop, delete=False)
            noted = in_notes(store, run, out, who, delete=False)
            if not (stored or reports or noted):
                raise PersonNowhere
        if not delete:
            tell(_confirmed(who))
            text = f"{found}; {reports:,} report(s) name them. {_mails(run, out)}"
            return Outcome(
                summary=f"{text}Nothing was changed: add --delete to do it.", gaps=shop.gaps
            )
        store.ledger.note_fact(UNDER_WAY, errand.to_json())
        gaps = _do(store, run, errand, worker)
    return Outcome(summary=f"{found}: forgotten.", gaps=gaps)


def finish(store: Store, run: Run, worker: PdfWorker) -> list[str]:
    """Finish what an earlier run began to forget; what could not be made again.

    Raises:
        QosreportError: It still cannot be finished.
    """
    begun = store.ledger.fact(UNDER_WAY)
    return [] if begun is None else _do(store, run, Errand.from_json(begun), worker)


def resume(store: Store, run: Run, worker: PdfWorker) -> list[str]:
    """As `finish`, for runs that have other work: what cannot be finished yet is a gap."""
    try:
        return finish(store, run, worker)
    except QosreportError as error:
        return [f"somebody is still to be forgotten; the next run tries again: {error.line()}"]


def identity_of(store: Store, text: str) -> Identity:
    """Everything that the one person a text means is known by.

    Raises:
        PersonNowhere, SeveralPeople: Nobody is meant, or more than one.
    """
    address = text.strip().lower() if "@" in text else None
    sessions = store.scan("sessions")
    try:
        keys = meant(sessions, text, weeks=len({part.week for part in store.parts()}))
    except PersonNotKnown:
        if address is None:
            raise PersonNowhere from None
        # Somebody may have hosted, rated or got mail and never joined.
        keys = []
    rows = (
        sessions.filter(pl.col("person_key").is_in(keys)).select("email", "name").unique().collect()
    )
    emails = {*rows["email"].drop_nulls(), *([address] if address else [])}
    hosted = pl.col("host_email").str.to_lowercase().is_in(sorted(emails))
    hosts = store.scan("meetings").filter(hosted).select("host_name").unique().collect()
    names = {*rows["name"].drop_nulls(), *hosts["host_name"].drop_nulls()}
    return Identity(frozenset({*keys, *emails}), frozenset(emails), frozenset(names))


def is_stored(store: Store, who: Identity) -> bool:
    """Whether the store has anything to forget: in tables, in what Zoom listed, in the outbox."""
    if any(fate.envelope.recipient.lower() in who.emails for fate in store.outbox.fates()):
        return True
    if not store.scan("sessions").filter(is_theirs(who)).head(1).collect().is_empty():
        return True
    for name in (MEETINGS.name, RATINGS.name):
        frame = store.scan(name).collect()
        if not table_without(name, frame, who).equals(frame):
            return True
    return any(forgotten_body(item, who) != item for item in store.ledger.items())


def _do(store: Store, run: Run, errand: Errand, worker: PdfWorker) -> list[str]:
    who = errand.who
    shop = Workshop(Gone(who, _key(run)), run.brand, worker)
    store.rewrite(
        partial(page_without, who=who),
        partial(table_without, who=who),
        partial(forgotten_body, who=who),
    )
    store.outbox.forget((), run.clock.now())
    in_directories(run, errand.out, shop, delete=True)
    if run.settings.archive.configured:
        in_archive(store, run, shop, delete=True)
    in_notes(store, run, errand.out, who, delete=True)
    # Last: it says how the address was spelt in what was mailed.
    store.outbox.forget(who.emails, run.clock.now())
    store.ledger.note_fact(UNDER_WAY, None)
    store.ledger.compact()
    return [*shop.gaps, *_unsearched(run)]


def _found(store: Store, who: Identity) -> str:
    joins, meetings = (
        store.scan("sessions")
        .filter(is_theirs(who))
        .select(pl.len(), pl.col("meeting_uuid").n_unique())
        .collect()
        .row(0)
    )
    hosted = store.scan("meetings").filter(is_hosted(who)).select(pl.len()).collect().item()
    return f"{joins:,} connection(s) in {meetings:,} meeting(s), {hosted:,} hosted"


def _confirmed(who: Identity) -> str:
    """Whom a text was taken to mean: address and reference, as `person` lists them."""
    refs = sorted(person_ref(key) for key in who.keys - who.emails or who.keys)
    return f"{', '.join(sorted(who.emails)) or 'no address'}  {' '.join(refs)}"


def _mails(run: Run, out: Path) -> str:
    """What goes whoever it names; nothing where there is none."""
    count = len(written_mails(run, out))
    return f"All {count:,} mail(s) of 'send --dry-run' go as well. " if count else ""


def _key(run: Run) -> bytes | None:
    privacy = run.settings.privacy
    return privacy.secret() if privacy.key or privacy.key_file else None


def _unsearched(run: Run) -> list[str]:
    """Pseudonymous reports say who it was to whoever has the key."""
    if _key(run) is None and "pseudonymous" in run.settings.privacy.modes:
        return ["pseudonymous reports were not searched: privacy.key is not set."]
    return []
