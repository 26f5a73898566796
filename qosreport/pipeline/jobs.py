"""The jobs: stages chained, their gaps named, what they found in a sentence.

A stage that fails late never discards what the ones before it made: when a pull stops half-way,
what is whole is reported, and the failure decides the exit code.
"""

from pathlib import Path

from qosreport.errors import QosreportError, Refused, StoreDamaged, TryLater, Unavailable
from qosreport.periods import Period
from qosreport.pipeline import due, forgetting, gather, retention, sentences, summary, whatif
from qosreport.pipeline import estimate as estimating
from qosreport.pipeline import evidence as about
from qosreport.pipeline import person as people
from qosreport.pipeline import pull as pulling
from qosreport.pipeline.delivery import NOBODY, Readers, deliver_week
from qosreport.pipeline.report import Maker
from qosreport.pipeline.run import Outcome, Run, partitions
from qosreport.pipeline.score import checked_policy, chosen_policy, score_parts
from qosreport.report.numbers.evidence import Subject
from qosreport.report.pdf_worker import PdfWorker
from qosreport.scoring import load_policy
from qosreport.store import Store
from qosreport.zoom.parse import parse_pages


def weekly(
    run: Run,
    period: Period | None,
    out: Path,
    worker: PdfWorker,
    *,
    offline: bool = False,
    readers: Readers = NOBODY,
) -> Outcome:
    """Pull, score and report a week, and bring it to its readers.

    What stops a week stands in the outcome; those after it are left to the next run.

    Args:
        run: Settings and clock.
        period: The week; without one the last complete one, after those that were missed.
        out: Directory for the files made.
        worker: Renders the PDFs.
        offline: Report what the store has.
        readers: Whom to bring it to.

    Raises:
        QosreportError: The settings cannot be, or the store cannot be used.
    """
    policy = checked_policy(run)
    readers = readers.of(run)
    with Store.open(run.settings.store.path, create=not offline) as store:
        unfinished = forgetting.resume(store, run, worker)
        todo = due.plan(store.weeks, run, out, only=period, offline=offline)
        outcome = Outcome(gaps=[*unfinished, *sentences.passed_over(todo.passed, run)])
        if not todo.make:
            outcome.summary = sentences.reported_before(todo.last)
            lacking = readers.lacking(store, run, todo.last.label)
            deliver_week(store, run, todo.last.label, out, readers=lacking, outcome=outcome)
        for number, week in enumerate(todo.make, 1):
            maker = Maker(out, policy, run, worker)
            outcome = outcome.followed_by(
                _week(store, week, maker, offline=offline, readers=readers)
            )
            rest = todo.make[number:]
            if rest and not outcome.reported_all:
                outcome.gaps.append(sentences.not_begun(rest))
                break
            if rest:
                run.narrator.say(outcome.summary)
        retention.remove(store, run, out, spare={*todo.make, todo.last})
        outcome.gaps += sentences.short_lived(retention.short_lived(run, todo.make))
    return outcome.with_brand(run.brand)


def _week(
    store: Store, period: Period, maker: Maker, *, offline: bool, readers: Readers
) -> Outcome:
    """One week, from Zoom to its readers; the ledger is told when it is begun and when done."""
    run, label = maker.run, period.label
    outcome = Outcome()
    in_series = not offline and due.counts(store.weeks, period, run)
    if in_series:
        due.begin(store.weeks, period, run)
    try:
        if not offline:
            _pull(store, period, run, outcome)
        _report(store, period, maker, outcome)
    except QosreportError as error:
        outcome.failure, outcome.reported_all = error, False
        return outcome
    handed_over = deliver_week(store, run, label, maker.out, readers=readers, outcome=outcome)
    if in_series and outcome.reported_all and handed_over:
        store.weeks.note(label, "done", run.clock.now())
    return outcome


def pull(run: Run, period: Period) -> Outcome:
    """Pull a period.

    Raises:
        QosreportError: What stopped it.
    """
    outcome = Outcome()
    with Store.open(run.settings.store.path) as store:
        _pull(store, period, run, outcome)
        states = store.ledger.states(period.start, period.end)
    outcome.gaps += sentences.incomplete(period.label, states.incomplete)
    return outcome


def score(run: Run, period: Period) -> Outcome:
    """Score a period by the policy of the settings.

    Raises:
        NoStore, NotPulled: There is nothing to score.
    """
    policy = chosen_policy(run)
    with Store.open(run.settings.store.path, create=False) as store:
        pulling.check_pulled(store, period, run)
        parts = score_parts(store, partitions(period), policy, run)
        found = gather.of_period(store, period, policy, run.places).tables
    return Outcome(summary=sentences.scored(found, policy, period, parts))


def compare(run: Run, period: Period, policy: str, out: Path) -> Outcome:
    """Say what another policy would judge otherwise than that of the settings.

    Raises:
        UnknownPolicy, BadPolicy: There is no such policy.
    """
    made = whatif.compare(run, period, (checked_policy(run), load_policy(policy)), out)
    return made.with_brand(run.brand)


def report(
    run: Run, period: Period, out: Path, worker: PdfWorker, *, apart: bool = False
) -> Outcome:
    """Make the files of a period from what the store has; `apart`: in the policy's directory.

    Raises:
        NoStore, NotPulled: There is nothing to report.
    """
    policy = checked_policy(run)
    out = out / policy.name if apart else out
    outcome = Outcome()
    with Store.open(run.settings.store.path, create=False) as store:
        _report(store, period, Maker(out, policy, run, worker), outcome)
    return outcome.with_brand(run.brand)


def person(run: Run, who: str, out: Path, worker: PdfWorker, *, weeks: int) -> Outcome:
    """Report one person over the last weeks of the store.

    Raises:
        PersonNotKnown, SeveralPeople: Nobody is meant, or more than one.
    """
    policy = checked_policy(run)
    with Store.open(run.settings.store.path, create=False) as store:
        maker = Maker(out, policy, run, worker)
        result = people.find(store, who, weeks, policy, run, out=out)
        shown = maker.person(result)
    outcome = Outcome(maker.paths, sentences.person(shown), maker.gaps)
    return outcome.with_brand(run.brand)


def evidence(run: Run, wanted: Subject, period: Period, out: Path, worker: PdfWorker) -> Outcome:
    """Report what a period says of one site, provider or data centre.

    Raises:
        NoStore, NotPulled: There is nothing to report.
        PlaceNotKnown: Nobody was there.
    """
    policy = checked_policy(run)
    with Store.open(run.settings.store.path, create=False) as store:
        pulling.check_pulled(store, period, run)
        maker = Maker(out, policy, run, worker)
        result = about.evidence(store, wanted, period, policy, run)
        maker.evidence(result)
    outcome = Outcome(maker.paths, sentences.evidence(result), maker.gaps)
    return outcome.with_brand(run.brand)


def estimate(run: Run, period: Period) -> str:
    """What a pull of the period would cost, in words; asks Zoom nothing."""
    path = run.settings.store.path
    if not path.exists():
        return estimating.estimate(None, period, run)
    with Store.open(path, lock=False) as store:
        return estimating.estimate(store, period, run)


def verify(run: Run, *, repair: bool) -> Outcome:
    """Compare every file of the store with what was committed.

    Raises:
        StoreDamaged: Something differs, and no repair was asked for.
    """
    with Store.open(run.settings.store.path, create=False) as store:
        damages = store.verify()
        for damage in damages:
            run.narrator.warn(sentences.damage(damage))
        if not damages:
            return Outcome(summary=sentences.sound(store))
        if not repair:
            raise StoreDamaged(count=len(damages), first=damages[0].path)
        repaired = store.repair(lambda pages: parse_pages(pages).tables)
    gaps = [sentences.lost(repaired)] if repaired.lost else []
    return Outcome(summary=sentences.repaired(repaired), gaps=gaps)


def _pull(store: Store, period: Period, run: Run, outcome: Outcome) -> None:
    """Pull; what stops it is kept for the end if there is something to report all the same."""
    try:
        pulled = pulling.pull(store, period, run)
    except (Refused, TryLater, Unavailable) as error:
        outcome.failure = error
        outcome.reported_all = False
        return
    outcome.gaps += pulled.gaps
    outcome.summary = sentences.pulled(pulled, period)


def _report(store: Store, period: Period, maker: Maker, outcome: Outcome) -> None:
    states = store.ledger.states(period.start, period.end)
    if outcome.failure is not None and not states.whole:
        raise outcome.failure
    pulling.check_pulled(store, period, maker.run)
    # Earlier weeks scored by another policy would be no comparison.
    score_parts(store, gather.reach(period), maker.policy, maker.run)
    result = maker.weekly(gather.of_week(store, period, maker.policy, maker.run.places), period)
    maker.index()
    outcome.paths += maker.paths
    outcome.gaps += [*maker.gaps, *sentences.incomplete(period.label, states.incomplete)]
    outcome.summary = sentences.weekly(result)
    outcome.details = summary.weekly(result)
