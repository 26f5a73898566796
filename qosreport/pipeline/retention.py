"""Removing what is older than the settings keep: raw pages, tables, report files."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from qosreport import periods
from qosreport.periods import Period
from qosreport.pipeline import files, front
from qosreport.pipeline.archive import FORMS
from qosreport.pipeline.editions import directories
from qosreport.pipeline.report import EVIDENCE, MEETINGS, PEOPLE
from qosreport.pipeline.run import Outcome, Run
from qosreport.report import html
from qosreport.settings import missing
from qosreport.store import Store

DOCUMENTS = (
    "weekly-*.json", f"{MEETINGS}/*.json", f"{PEOPLE}/*.json", f"{EVIDENCE}/*.json",
    "whatif-*.json",
)  # fmt: skip
"""Where the documents of an output directory lie."""


class _Head(BaseModel):
    model_config = ConfigDict(extra="ignore")
    end: dt.datetime


class _Dated(BaseModel):
    """As much of any document as says of which time it is."""

    model_config = ConfigDict(extra="ignore")
    head: _Head


@dataclass(frozen=True)
class Old:
    """What is older than it may be."""

    raw: list[str]
    """Weeks."""
    tables: list[str]
    """Weeks."""
    reports: list[Path]
    """Documents."""

    def lines(self) -> Iterator[str]:
        """One for each kind of thing and week or day."""
        yield from (f"raw pages of {week}" for week in self.raw if week not in self.tables)
        yield from (f"everything of {week}" for week in self.tables)
        yield from (f"report {path.with_suffix('')}" for path in self.reports)


def retain(run: Run, out: Path, *, delete: bool) -> Outcome:
    """Remove what the settings no longer keep; without `delete` only say what.

    Raises:
        MissingSetting: They keep everything.
        DiskTrouble: Something cannot be removed; the next run goes on.
    """
    if not run.settings.retention.configured:
        keys = [f"retention.{name}" for name in type(run.settings.retention).model_fields]
        raise missing(*keys, one_is_enough=True)
    with Store.open(run.settings.store.path, create=False) as store:
        old = _old(store, run, out)
        if delete:
            remove(store, run, out)
    if not delete:
        for line in old.lines():
            run.narrator.say(f"would remove {line}")
    return Outcome(summary=_summary(old, delete=delete))


def remove(store: Store, run: Run, out: Path, *, spare: Collection[Period] = ()) -> None:
    """Remove what the settings no longer keep; nothing where they keep everything.

    Args:
        store: With raw pages and tables.
        run: Settings and clock.
        out: Where the files of reports lie.
        spare: Whose reports stay, because they were only just made.

    Raises:
        DiskTrouble: Something cannot be removed; the next run goes on.
    """
    old = _old(store, run, out, spare)
    if old.raw:
        store.drop_raw(old.raw)
    if old.tables:
        store.drop_weeks(old.tables)
    for path in old.reports:
        # The document last: while it is there, a later run finds the rest.
        for form in sorted(FORMS, key=lambda form: form == "json"):
            files.remove(path.with_suffix(f".{form}"))
    for place in sorted({_home(path) for path in old.reports}):
        mode = next(mode for mode, one in directories(run.settings, out) if one == place)
        page = html.index_page(front.entries(place, mode), brand=run.brand)
        files.write(place / "index.html", page)


def short_lived(run: Run, made: Collection[Period]) -> list[str]:
    """Weeks made now whose reports the next run removes; the last complete one's always stays."""
    last = periods.week("last", zone=run.settings.report.timezone, now=run.now)
    bound = _before(run, run.settings.retention.reports_days)
    return [week.label for week in made if bound and week.end <= bound and week.end != last.end]


def _old(store: Store, run: Run, out: Path, spare: Collection[Period] = ()) -> Old:
    keep = run.settings.retention
    tables = _before(run, keep.tables_days)
    raw = _before(run, keep.raw_days)
    reports = _before(run, keep.reports_days)
    return Old(
        raw=store.older(raw, "raw") if raw else [],
        tables=store.older(tables) if tables else [],
        reports=sorted(_reports(run, out, reports, spare)) if reports else [],
    )


def _is_of(end: dt.datetime, spare: Collection[Period]) -> bool:
    return any(period.start < end <= period.end for period in spare)


def _before(run: Run, days: int | None) -> dt.datetime | None:
    return None if days is None else run.now - dt.timedelta(days=days)


def _reports(run: Run, out: Path, moment: dt.datetime, spare: Collection[Period]) -> Iterator[Path]:
    for _, place in directories(run.settings, out):
        for pattern in DOCUMENTS:
            for path in place.glob(pattern):
                end = _end(path)
                if end is not None and end <= moment and not _is_of(end, spare):
                    yield path


def _end(path: Path) -> dt.datetime | None:
    """Of the time that a document is of; None for what is no document."""
    try:
        return _Dated.model_validate_json(files.bytes_of(path) or b"").head.end
    except ValidationError:
        return None


def _home(path: Path) -> Path:
    """The output directory of a document."""
    return path.parent.parent if path.parent.name in {MEETINGS, PEOPLE, EVIDENCE} else path.parent


def _summary(old: Old, *, delete: bool) -> str:
    raw = len(set(old.raw) - set(old.tables))
    counts = (
        f"{len(old.tables):,} week(s) of tables, raw pages of {raw:,} more, "
        f"{len(old.reports):,} report(s)"
    )
    return f"{counts} removed." if delete else f"{counts} would be removed; add --delete to do it."
