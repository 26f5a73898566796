"""What jobs say on stderr, in plain words and numbers: no names, no typography."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from qosreport.periods import Period
from qosreport.pipeline.pull import Pulled
from qosreport.pipeline.run import Run
from qosreport.report.numbers.weekly import Tables
from qosreport.report.result import EvidenceResult, MeetingResult, PersonResult, WeeklyResult
from qosreport.scoring import Policy
from qosreport.store import Damage, Repaired, Store
from qosreport.tables import BANDS


def weekly(result: WeeklyResult) -> str:
    """What a week came to."""
    label = f"{result.head.label}{' to date' if result.head.to_date else ''}"
    if not result.volume.meetings:
        return f"{label}: no meetings."
    rate = next(figure.rate for figure in result.figures if figure.id == "poor_connections")
    if not rate.n:
        return f"{label}: {_n(result.volume.meetings, 'meeting')}, none of which could be scored."
    scored = _n(result.coverage.scored, "scored meeting")
    return (
        f"{label}: {rate.k:,} of {_n(rate.n, 'connection')} were poor ({rate.pct:.1f} %); "
        f"{result.meetings_affected:,} of {scored} rated Poor or Bad; "
        f"{_n(result.volume.harmed_minutes, 'participant-minute')} harmed."
    )


def meeting(result: MeetingResult) -> str:
    """What a meeting came to."""
    what = f"{result.head.label} {result.ref}{' (snapshot)' if result.live else ''}"
    if not result.classified:
        return f"{what}: {_n(result.connections, 'connection')}, none of which could be scored."
    return (
        f"{what}: {result.band}; {result.affected:,} of "
        f"{_n(result.classified, 'scored connection')} Poor or Bad; "
        f"{_n(result.harmed_minutes, 'participant-minute')} harmed."
    )


def person(result: PersonResult) -> str:
    """What a person's weeks came to."""
    what = f"{result.ref}, {_n(result.weeks, 'week')}"
    if not result.meetings_scored:
        return f"{what}: {_n(result.meetings, 'meeting')}, none of which could be scored."
    return (
        f"{what}: {result.meetings_poor:,} of {_n(result.meetings_scored, 'scored meeting')} poor; "
        f"{_n(result.poor.k, 'minute')} harmed; {_n(result.drops, 'drop')}."
    )


def evidence(result: EvidenceResult) -> str:
    """What a period says of a place."""
    return (
        f"{result.head.label} {result.place_kind} {result.ref}: "
        f"{_n(result.spells_known, 'spell')} of trouble, "
        f"{_n(result.harmed_minutes, 'participant-minute')} harmed."
    )


def pulled(result: Pulled, period: Period) -> str:
    """What a pull did."""
    before = result.listed - result.asked
    already = f", {before:,} whole before" if before > 0 else ""
    return (
        f"{period.label}: Zoom listed {_n(result.listed, 'meeting')}; "
        f"{result.whole:,} pulled{already}."
    )


def incomplete(label: str, reasons: Mapping[str, int]) -> Iterator[str]:
    """The gaps in a period's data: one line, if there are any."""
    total = sum(reasons.values())
    if total:
        by_reason = ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items()))
        yield (
            f"{label}: {_n(total, 'meeting')} not whole in the store ({by_reason}); "
            "the report lists them under coverage, docs/messages.md explains them."
        )


def shelved(reports: int) -> str:
    """What was brought to the archive."""
    return f"Archive: {_n(reports, 'report')} in place."


def not_shelved(names: Iterable[str], out: Path) -> Iterator[str]:
    """Reports that wait for the archive, and that nobody can bring there."""
    for name in names:
        yield f"{name} waits for the archive, and its files are not in {out}; make it again."


def archive_sound(files: int) -> str:
    """Nothing in the archive is damaged."""
    return f"All {_n(files, 'file')} of the archive are as they were brought there."


def reported_before(week: Period) -> str:
    """Why a run of `weekly` made nothing."""
    return (
        f"{week.label} is reported already, Zoom was not asked; 'qosreport weekly --week "
        f"{week.label}' makes it again."
    )


def passed_over(labels: Sequence[str], run: Run) -> Iterator[str]:
    """Missed weeks that nobody makes up: one line, if there are any."""
    if labels:
        which = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
        limit = run.settings.report.catch_up_weeks
        yield (
            f"{_n(len(labels), 'missed week')} ({which}) not made up, because "
            f"report.catch_up_weeks is {limit}; 'qosreport weekly --week {labels[0]}' makes one."
        )


def short_lived(labels: Sequence[str]) -> Iterator[str]:
    """Weeks older than reports are kept: one line, if there are any."""
    if labels:
        yield (
            f"{', '.join(labels)}: older than retention.reports_days keeps, so the next 'weekly' "
            "removes the report made now; copy it, or keep reports for longer."
        )


def not_begun(weeks: Sequence[Period]) -> str:
    """Weeks that wait because one before them could not be made whole."""
    labels = ", ".join(week.label for week in weeks)
    return f"{labels} not begun: the next run goes on with what stopped this one."


def mailed_later() -> str:
    """Why the report of an open week is not mailed."""
    return "Mail: when the week is over."


def dismissed(count: int, label: str) -> str:
    """What was decided about mail of unknown fate."""
    if not count:
        return f"No mail of {label} is of unknown fate."
    return f"{_n(count, 'message')} of {label} of unknown fate dismissed: never sent again."


def not_mailed(label: str) -> str:
    """Why a report is not mailed although it is made."""
    return (
        f"the report of {label} is not mailed, because the pull stopped half-way: run the "
        "command again, or mail it as it is with 'qosreport send'."
    )


def scored(tables: Tables, policy: Policy, period: Period, parts: int) -> str:
    """What scoring did and found."""
    bands = tables.meeting_scores["band"].value_counts()
    counts = dict(bands.iter_rows())
    found = ", ".join(f"{counts[band]:,} {band}" for band in BANDS if band in counts)
    return (
        f"{period.label}: {_n(parts, 'part')} scored by {policy.name} {policy.version}; "
        f"meetings: {found or 'none'}."
    )


def damage(found: Damage) -> str:
    """One damaged file."""
    what = {
        "missing": "is missing",
        "changed": "is not as it was committed",
        "unreadable": "cannot be read",
        "orphan": "is not in the ledger",
    }[found.kind]
    mend = "can be made again" if found.repairable else "must be pulled again"
    return f"{found.path} {what}; it {mend}."


def sound(store: Store) -> str:
    """Nothing is damaged."""
    return f"All {_n(len(store.ledger.files()), 'file')} of the store are as they were committed."


def repaired(done: Repaired) -> str:
    """What a repair did."""
    return (
        f"Tables of {_n(done.remade + done.adopted, 'meeting')} made again; scores of "
        f"{_n(done.unscored, 'part')} dropped, to be made by the next report."
    )


def lost(done: Repaired) -> str:
    """What a repair could not bring back."""
    return (
        f"the raw pages of {_n(len(done.lost), 'meeting')} are lost; "
        "the next pull asks Zoom for them again."
    )


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
