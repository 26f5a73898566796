"""Bringing what is made to its readers: first to the archive, then the mail that links there.

A delivery that fails never loses the report: it is made, and what could not be done waits.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from qosreport.errors import QosreportError, WeekStillOpen
from qosreport.pipeline import archive as archiving
from qosreport.pipeline import send as sending
from qosreport.pipeline import sentences
from qosreport.pipeline.run import Outcome, Run
from qosreport.store import Store


@dataclass(frozen=True)
class Readers:
    """Whom a command brings its reports to; nobody whom the settings do not name."""

    mail: bool = True
    archive: bool = True

    def of(self, run: Run) -> "Readers":
        """Those of them that the settings name, everything they take being set.

        Raises:
            MissingSetting, BadSetting: Mail is set up by halves.
        """
        settings = run.settings
        chosen = Readers(
            self.mail and settings.mail.configured, self.archive and settings.archive.configured
        )
        if chosen.mail:
            settings.mail.check()
        return chosen

    def lacking(self, store: Store, run: Run, label: str) -> "Readers":
        """Without the archive if it has a week's report already and nothing waits for it."""
        if not self.archive:
            return self
        deliveries = store.deliveries(archiving.target_of(run))
        has_all = archiving.is_shelved(deliveries, label) and not deliveries.due()
        return replace(self, archive=not has_all)


NOBODY = Readers(mail=False, archive=False)


def deliver_week(
    store: Store, run: Run, label: str, out: Path, *, readers: Readers, outcome: Outcome
) -> bool:
    """Bring a week's report to its readers; what goes wrong is noted in the outcome.

    Returns whether it is there, or waits for a later run to bring it.
    """
    if readers.archive:
        shelve(store, run, archiving.week_name(label), out, outcome)
    if not readers.mail:
        return True
    if outcome.failure is not None and not outcome.reported_all:
        outcome.gaps.append(sentences.not_mailed(label))
        return False
    try:
        posted = sending.post(store, run, label, out)
    except WeekStillOpen:
        outcome.summary = f"{outcome.summary} {sentences.mailed_later()}".strip()
        return True
    except QosreportError as error:
        outcome.failure = outcome.failure or error
        return False
    outcome.gaps += posted.gaps
    outcome.failure = outcome.failure or posted.failure
    outcome.summary = f"{outcome.summary} {posted.summary}".strip()
    return True


def shelve(store: Store, run: Run, name: str, out: Path, outcome: Outcome) -> None:
    """Bring one report to the archive; what goes wrong is noted in the outcome."""
    try:
        shelved = archiving.shelve(store, run, name, out)
    except QosreportError as error:
        outcome.failure = outcome.failure or error
        return
    outcome.gaps += sentences.not_shelved(shelved.missing, out)
    outcome.summary = f"{outcome.summary} {sentences.shelved(shelved.reports)}".strip()


def send(
    run: Run,
    label: str,
    out: Path,
    *,
    dry_run: bool = False,
    resend_unknown: bool = False,
    recipient: str | None = None,
) -> Outcome:
    """Mail the report of a week that is made; what was refused before is tried again.

    Args:
        run: Settings and clock.
        label: The week.
        out: Where its files lie.
        dry_run: Write the messages and send nothing.
        resend_unknown: Send again what may or may not have arrived.
        recipient: Send that again to this one only.

    Raises:
        NoStore: There is none that knows what was sent.
        QosreportError: Nothing could be sent.
    """
    brand = run.brand
    if dry_run:
        made = Outcome(sending.dry_run(run, label, out), "Nothing was sent.")
        return made.with_brand(brand)
    with Store.open(run.settings.store.path, create=False) as store:
        again = sending.Again(unknown=resend_unknown, recipient=recipient)
        posted = sending.post(store, run, label, out, again=again)
    outcome = Outcome([], posted.summary, posted.gaps, posted.failure)
    return outcome.with_brand(brand)


def dismiss(run: Run, label: str, *, recipient: str | None = None) -> Outcome:
    """Record that mail of a week whose fate is unknown is not to be sent again; asks nobody."""
    with Store.open(run.settings.store.path, create=False) as store:
        outbox, now = store.outbox, run.clock.now()
        outbox.recover(now)
        count = outbox.settle("unknown", "dismissed", now, label, recipient)
        return Outcome(summary=sentences.dismissed(count, label))


def archive(run: Run, label: str, out: Path) -> Outcome:
    """Bring the report of a week that is made to the archive, and what earlier runs could not.

    Raises:
        NoStore: There is none that knows what was brought.
    """
    outcome, brand = Outcome(), run.brand
    with Store.open(run.settings.store.path, create=False) as store:
        shelve(store, run, archiving.week_name(label), out, outcome)
    return outcome.with_brand(brand)


def prune(run: Run, *, delete: bool) -> Outcome:
    """Remove from the archive what no rule keeps; without `delete` only say what.

    Raises:
        QosreportError: It could not be done; the next run goes on.
    """
    brand = run.brand
    return Outcome(summary=archiving.prune(run, delete=delete)).with_brand(brand)


def verify(run: Run) -> Outcome:
    """Compare every file of the archive with its manifest.

    Raises:
        ArchiveDamaged: Something differs.
    """
    checked = archiving.verify(run)
    return Outcome(summary=sentences.archive_sound(checked.files), gaps=checked.gaps)
