"""The report of a week → messages in the outbox → the mail server."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from qosreport.deliver.mail import deliver, masked
from qosreport.deliver.message import Letter, compose
from qosreport.errors import QosreportError, ReportNotThere, WeekStillOpen
from qosreport.pipeline import files, witness
from qosreport.pipeline.archive import is_shelved, target_of
from qosreport.pipeline.editions import check_mode, directory
from qosreport.pipeline.run import Run
from qosreport.report import mail
from qosreport.report.branding import Brand
from qosreport.report.result import WeeklyResult
from qosreport.store import Envelope, Fate, Message, Outbox, Store

WEEKLY = "weekly"
SITE = "site "
"""Begins the edition of one site; the name follows."""
NOT_WANTED = "no longer among the recipients"


@dataclass
class Posted:
    """What became of the mail of a report."""

    summary: str = ""
    gaps: list[str] = field(default_factory=list)
    failure: QosreportError | None = None


@dataclass(frozen=True)
class Again:
    """What of a week is sent once more because somebody asked for it."""

    refused: bool = True
    """For good, the last time."""
    unknown: bool = False
    """Perhaps arrived already."""
    recipient: str | None = None
    """Of the unknown: what this one was sent, only."""


NEVER_AGAIN = Again(refused=False)


def post(store: Store, run: Run, label: str, out: Path, *, again: Again = NEVER_AGAIN) -> Posted:
    """Mail the report of a week to everybody who has not got it, and what earlier runs left.

    Args:
        store: With its outbox.
        run: Settings and clock.
        label: The week.
        out: Where its files lie.
        again: What of this week's messages to send once more.

    Raises:
        ReportNotThere, WeekStillOpen, MissingSetting, BadSetting: Nothing can be sent.
        DiskTrouble: The ledger cannot be written.
    """
    run.settings.mail.check()
    outbox, now = store.outbox, run.clock.now
    died = outbox.recover(now())
    outbox.queue(messages(run, label, out, link=_link(store, run, label)), now())
    # After the queue took newer bytes: what may have arrived is sent as it was, or not at all.
    if again.unknown:
        outbox.settle("unknown", "pending", now(), label, again.recipient)
    if again.refused:
        outbox.settle("refused", "pending", now(), label)
    _withdraw(outbox, run)
    known_by = witness.witnesses(run, label, out)
    gaps = [*witness.believe(outbox, run, label, known_by)]
    done = deliver(outbox, run.settings.mail, now)
    gaps += witness.tell(outbox, label, known_by)
    concerned = {*died, *done.tried}
    fates = [
        f
        for f in outbox.fates()
        # Of unknown fate: named by every run until somebody decides.
        if f.envelope.label == label or f.envelope in concerned or f.state == "unknown"
    ]
    before = sum(f.state == "sent" and f.envelope not in done.sent for f in fates)
    return Posted(
        summary=_summary(len(done.sent), before, done.left),
        gaps=[*gaps, *(line for fate in fates for line in _gap(fate))],
        failure=done.failure,
    )


def dry_run(run: Run, label: str, out: Path) -> list[Path]:
    """Write the messages of a week beside its report, and send nothing.

    Raises:
        ReportNotThere, WeekStillOpen, MissingSetting, BadSetting: There are none.
        DiskTrouble: One cannot be written.
    """
    run.settings.mail.check()
    paths = []
    for message in messages(run, label, out, link=run.settings.archive.link_to_week(label)):
        envelope = message.envelope
        # No address in the name of a file.
        who = hashlib.sha256(f"{envelope.edition}\0{envelope.recipient}".encode()).hexdigest()
        full = message.full
        fits = full is not None and len(full) <= run.settings.mail.max_bytes
        place = directory(run.settings, out, run.settings.privacy.mail) / "mail"
        path = place / f"weekly-{label}-{who[:12]}.eml"
        paths.append(files.write(path, full if full is not None and fits else message.brief))
    return paths


def messages(run: Run, label: str, out: Path, *, link: str) -> Iterator[Message]:
    """One message for each recipient of the week's report.

    Args:
        run: Settings.
        label: The week.
        out: Where its files lie.
        link: Address of its page; empty where there is none.

    Raises:
        ReportNotThere: There is no report, or it cannot be read.
        OtherMode: It shows more or less of people than the mail may.
        WeekStillOpen: It is not final.
    """
    mode = run.settings.privacy.mail
    out = directory(run.settings, out, mode)
    result = _document(label, out)
    check_mode(result.head, mode, label=label, out=out, setting="privacy.mail")
    path = out / f"weekly-{label}.pdf"
    pdf = files.bytes_of(path)
    brand = run.brand

    def weekly(fate: mail.Pdf) -> Letter:
        view = mail.weekly_mail(result, pdf=fate, link=link, product=brand.product)
        return _letter(result, view, brand)

    absent: mail.Pdf = "not made" if run.settings.report.pdf else "not wanted"
    brief = weekly(absent if pdf is None else "too large")
    full = None
    if pdf is not None:
        full = replace(weekly("attached"), pdf=pdf, pdf_name=path.name)
    make = _maker(run)
    for recipient in run.settings.mail.recipients:
        yield make(Envelope(label, WEEKLY, recipient), full, brief)
    for site, recipients in run.settings.mail.sites.items():
        view = mail.site_mail(result, site, link=link, product=brand.product)
        letter = _letter(result, view, brand)
        for recipient in recipients:
            yield make(Envelope(label, SITE + site, recipient), None, letter)


def _withdraw(outbox: Outbox, run: Run) -> None:
    """Whoever was taken off the lists gets nothing that still waits, either."""
    settings = run.settings.mail
    wanted = {(WEEKLY, recipient) for recipient in settings.recipients}
    for site, recipients in settings.sites.items():
        wanted |= {(SITE + site, recipient) for recipient in recipients}
    for envelope in outbox.waiting():
        if (envelope.edition, envelope.recipient) not in wanted:
            outbox.note(envelope, "refused", run.clock.now(), NOT_WANTED)


def _link(store: Store, run: Run, label: str) -> str:
    """Where readers find the report; empty while it is not there."""
    settings = run.settings.archive
    if settings.configured and not is_shelved(store.deliveries(target_of(run)), label):
        return ""
    return settings.link_to_week(label)


def _maker(run: Run) -> Callable[[Envelope, Letter | None, Letter], Message]:
    sender = run.settings.mail.mailbox()

    def make(envelope: Envelope, full: Letter | None, brief: Letter) -> Message:
        with_pdf = compose(full, envelope, sender) if full is not None else None
        return Message(envelope, with_pdf, compose(brief, envelope, sender))

    return make


def _letter(result: WeeklyResult, view: mail.MailView, brand: Brand) -> Letter:
    return Letter(
        subject=view.subject,
        text=mail.as_text(view, brand),
        html=mail.as_html(view, brand),
        logo=brand.mail_logo,
        logo_id=brand.mail_logo_id,
        date=result.provenance.data_as_of or result.head.end,
    )


def _document(label: str, out: Path) -> WeeklyResult:
    text = files.text_of(out / f"weekly-{label}.json")
    try:
        result = WeeklyResult.model_validate_json(text or "")
    except ValidationError:
        raise ReportNotThere(label=label, out=out) from None
    if result.head.to_date:
        raise WeekStillOpen(label=label)
    return result


def _summary(sent: int, before: int, left: int) -> str:
    parts = [f"{sent:,} sent"]
    if before:
        parts.append(f"{before:,} sent before")
    if left:
        parts.append(f"{left:,} waiting")
    return f"Mail: {', '.join(parts)}."


def _gap(fate: Fate) -> Iterator[str]:
    """What the operator should know of a message; nothing if it is sent or still waits."""
    label, edition, recipient = fate.envelope.label, fate.envelope.edition, fate.envelope.recipient
    # The name of a site is the operator's own; an address is a person's.
    whom = f"{label} ({edition}) to {masked(recipient)}"
    if fate.state == "deferred":
        yield f"mail {whom} was put off ({fate.reason}); the next run tries again."
    elif fate.state == "refused":
        again = f"'qosreport send --week {label}' tries again"
        yield f"mail {whom} was refused ({fate.reason}); {again}."
    elif fate.state == "unknown":
        yield (
            f"mail {whom} may or may not have arrived: {fate.reason}. It is held; ask, then run "
            f"'qosreport send --week {label}' with --dismiss-unknown if it did, else with "
            "--resend-unknown."
        )
