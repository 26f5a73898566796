"""The files of a report → the archive, and the archive's front page from its manifests."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

from pydantic import ValidationError

from qosreport.deliver.archive import INDEX, LATEST, Archive, Manifest, Report, to_prune
from qosreport.deliver.places import open_place
from qosreport.errors import ArchiveDamaged, OtherMode, ReportNotThere
from qosreport.pipeline import files
from qosreport.pipeline.editions import check_mode, directory
from qosreport.pipeline.report import MEETINGS
from qosreport.pipeline.run import Run
from qosreport.report import html
from qosreport.report.branding import Brand
from qosreport.report.privacy import mode_of
from qosreport.report.result import MeetingResult, WeeklyResult
from qosreport.report.result.catalogue import MeetingEntry, WeekEntry
from qosreport.report.view.catalogue import one_meeting_entry, week_entry
from qosreport.settings import PrivacyMode, missing
from qosreport.store import Deliveries, Store

FORMS: Final = ("html", "pdf", "xlsx", "json")
WEEKS: Final = "weeks"
ITSELF: Final = "the archive"
"""Stands among the deliveries once the archive was there: from then on it must be."""
LEFT_BEHIND: Final = dt.timedelta(days=1)
"""What is half written for longer, nobody is writing any more."""
Document = TypeVar("Document", WeeklyResult, MeetingResult)


@dataclass(frozen=True)
class Shelved:
    """What a run brought to the archive."""

    reports: int
    """Brought, or found there as they are."""
    missing: list[str]
    """Those that wait, and whose files are nowhere."""


@dataclass(frozen=True)
class Checked:
    """What comparing an archive with its manifests came to."""

    files: int
    """Those that are as they were brought."""
    gaps: list[str]
    """What was left unfinished, in words."""


def target_of(run: Run) -> str:
    """Which archive the settings name, without naming it."""
    return hashlib.sha256((run.settings.archive.url or "").encode()).hexdigest()[:16]


def week_name(label: str) -> str:
    """A week in the archive."""
    return f"{WEEKS}/{label}"


def meeting_name(stem: str) -> str:
    """A meeting in the archive, by the name of its page."""
    return f"{MEETINGS}/{stem}"


def shelve(store: Store, run: Run, name: str, out: Path) -> Shelved:
    """Bring a report to the archive, and those that earlier runs could not.

    Args:
        store: With the ledger of deliveries.
        run: Settings and clock.
        name: As `week_name` or `meeting_name`.
        out: Where the files of reports lie.

    Raises:
        ReportNotThere, OtherMode: There is no such report, or none in the archive's mode.
        ArchiveUnavailable, ArchiveForeign: It could not be brought; the next run tries again.
        MissingPackage, MissingSetting, BadSetting: There is no archive to bring it to.
    """
    deliveries = store.deliveries(target_of(run))
    shelf = Shelf.of(run, out)
    report = _report(name, shelf)
    deliveries.note_due(name, run.clock.now())
    archive = Archive(open_place(run.settings.archive))
    archive.open(known=ITSELF in deliveries.done())
    deliveries.note_done(ITSELF, run.clock.now())
    done = [name]
    archive.add(report)
    lost = []
    for earlier in deliveries.due():
        if earlier == name:
            continue
        waiting = _report_or_none(earlier, shelf)
        if waiting is None:
            lost.append(earlier)
        else:
            archive.add(waiting)
            done.append(earlier)
    make_index(archive, run.brand)
    archive.clear(run.clock.now() - LEFT_BEHIND)
    for one in done:
        deliveries.note_done(one, run.clock.now())
    return Shelved(len(done), lost)


def is_shelved(deliveries: Deliveries, label: str) -> bool:
    """Whether readers find the report of a week in the archive."""
    return week_name(label) in deliveries.done()


def make_index(archive: Archive, brand: Brand) -> None:
    """Make everything that leads to reports, from the manifests alone."""
    newest = archive.newest()
    for manifest in newest:
        folder = manifest.folder.rpartition("/")[2]
        page = f"{folder}/{manifest.page}"
        archive.point(f"{manifest.report}/{LATEST}", _latest(manifest, page))
        title = f"Report {manifest.report.rpartition('/')[2]}"
        pointer = html.archive_pointer(page, title)
        archive.point(f"{manifest.report}/{INDEX}", pointer.encode())
    listed = [
        html.Listed(manifest.folder, manifest.revision, entry)
        for manifest in newest
        if (entry := _entry(manifest)) is not None
    ]
    archive.point(INDEX, html.archive_page(listed, brand=brand).encode())


def verify(run: Run) -> Checked:
    """Compare every file of the archive with its manifest.

    Raises:
        ArchiveDamaged: Files are missing or changed.
        ArchiveUnavailable, MissingSetting: It cannot be read.
    """
    archive = Archive(open_place(run.settings.archive))
    archive.open(known=True)
    faults = list(archive.verify())
    damaged = [fault for fault in faults if fault.what != "unfinished"]
    for fault in damaged:
        run.narrator.warn(f"archive: {fault.name} is {fault.what}.")
    if damaged:
        raise ArchiveDamaged(count=len(damaged), first=damaged[0].name)
    unfinished = len(faults)
    gaps = [
        f"{unfinished:,} file(s) in the archive belong to no finished report; nobody sees them."
    ]
    return Checked(
        files=sum(len(manifest.files) for manifest in archive.revisions()),
        gaps=gaps if unfinished else [],
    )


def prune(run: Run, *, delete: bool) -> str:
    """Remove reports that no rule keeps; without `delete` only say which.

    Raises:
        MissingSetting: There is no rule, or no archive.
        ArchiveUnavailable: It refuses; the next run goes on where this one stopped.
    """
    settings = run.settings.archive
    if settings.keep_last is None and settings.keep_days is None:
        raise missing("archive.keep_last", "archive.keep_days", one_is_enough=True)
    archive = Archive(open_place(settings))
    archive.open(known=True)
    old = to_prune(
        archive.newest(),
        keep_last=settings.keep_last,
        keep_days=settings.keep_days,
        now=run.now,
    )
    if not delete:
        for name in old:
            run.narrator.say(f"would remove {name}")
        return f"{len(old):,} report(s) would be removed; add --delete to do it."
    gone = set(old)
    archive.hide([manifest for manifest in archive.revisions() if manifest.report in gone])
    # Before the files go, so that no link ever leads nowhere.
    make_index(archive, run.brand)
    removed = archive.sweep()
    archive.clear(run.now - LEFT_BEHIND)
    return f"{len(old):,} report(s) removed, {removed:,} files."


@dataclass(frozen=True)
class Shelf:
    """Where reports for the archive are taken from, and how they must be."""

    out: Path
    mode: PrivacyMode
    brand: Brand

    @classmethod
    def of(cls, run: Run, out: Path) -> Self:
        """That of a run."""
        mode = run.settings.privacy.archive
        return cls(directory(run.settings, out, mode), mode, run.brand)


def _report_or_none(name: str, shelf: Shelf) -> Report | None:
    try:
        return _report(name, shelf)
    except (ReportNotThere, OtherMode):
        return None


def _report(name: str, shelf: Shelf) -> Report:
    kind, _, label = name.partition("/")
    if kind == WEEKS:
        return _week(label, shelf)
    return _meeting(label, shelf)


def _week(label: str, shelf: Shelf) -> Report:
    stem = f"weekly-{label}"
    result = _read(WeeklyResult, shelf.out / f"{stem}.json", label, shelf)
    forms = _forms(shelf.out / stem)
    found = {f"{stem}.{form}": data for form, data in forms.items()}
    for page in sorted(_pages(result)):
        beside = (shelf.out / page).with_suffix("")
        # One that an earlier run left in another mode stays where it is.
        if _is_in(shelf.mode, beside.with_name(f"{beside.name}.json")):
            for form, data in _forms(beside).items():
                found[f"{page.rpartition('.')[0]}.{form}"] = data
    names = {form: f"{stem}.{form}" for form in forms}
    entry = week_entry(result, names).model_dump(mode="json")
    return Report("weekly", week_name(label), result.head.end, names["html"], found, entry)


def _pages(result: WeeklyResult) -> set[str]:
    """Pages of meetings that the weekly page leads to."""
    rows = [row.page for row in result.worst_meetings]
    links = [link.page for person in result.people for link in person.meetings]
    return {page for page in [*rows, *links] if page is not None}


def _meeting(stem: str, shelf: Shelf) -> Report:
    path = shelf.out / MEETINGS / stem
    result = _read(MeetingResult, path.with_name(f"{stem}.json"), stem, shelf)
    forms = _forms(path)
    # The page beside the weekly one leads back to it; here it stands by itself.
    others = tuple(form for form in FORMS[1:] if form in forms)
    forms["html"] = html.meeting_page(result, forms=others, brand=shelf.brand).encode()
    names = {form: f"{stem}.{form}" for form in forms}
    found = {names[form]: data for form, data in forms.items()}
    entry = one_meeting_entry(result, names).model_dump(mode="json")
    end = result.head.end
    return Report("meeting", meeting_name(stem), end, names["html"], found, entry)


def _forms(stem: Path) -> dict[str, bytes]:
    read = {form: files.bytes_of(stem.with_name(f"{stem.name}.{form}")) for form in FORMS}
    return {form: data for form, data in read.items() if data is not None}


def _read(kind: type[Document], path: Path, label: str, shelf: Shelf) -> Document:
    page = path.with_suffix(".html")
    try:
        if not page.exists():
            raise ReportNotThere(label=label, out=shelf.out)
        found = kind.model_validate_json(files.text_of(path) or "")
    except ValidationError:
        raise ReportNotThere(label=label, out=shelf.out) from None
    check_mode(found.head, shelf.mode, label=label, out=shelf.out, setting="privacy.archive")
    return found


def _is_in(mode: PrivacyMode, path: Path) -> bool:
    """Whether the meeting beside a weekly page is in this mode, as its document says."""
    try:
        return mode_of(MeetingResult.model_validate_json(files.text_of(path) or "").head) == mode
    except ValidationError:
        return False


def _latest(manifest: Manifest, page: str) -> bytes:
    facts = {
        "revision": manifest.revision,
        "page": page,
        "manifest": f"{page.partition('/')[0]}/manifest.json",
        "files": {file.name: file.sha256 for file in manifest.files},
    }
    return json.dumps(facts, indent=1).encode()


def _entry(manifest: Manifest) -> WeekEntry | MeetingEntry | None:
    """None for an entry of a later version: its report is there, only not in this index."""
    kind: type[WeekEntry | MeetingEntry] = WeekEntry
    if manifest.kind == "meeting":
        kind = MeetingEntry
    try:
        return kind.model_validate(manifest.entry)
    except ValidationError:
        return None
