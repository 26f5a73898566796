"""Where documents lie: output directories and the archive, cleaned of one person."""

from datetime import date
from pathlib import Path

from qosreport.deliver.archive import Archive, Manifest, Report
from qosreport.deliver.places import open_place
from qosreport.periods import week_of
from qosreport.pipeline import files, front
from qosreport.pipeline.archive import FORMS, ITSELF, make_index, target_of
from qosreport.pipeline.editions import MAIL, directories
from qosreport.pipeline.forgetting.documents import Beside, Workshop
from qosreport.pipeline.report import EVIDENCE, PEOPLE
from qosreport.pipeline.retention import DOCUMENTS
from qosreport.pipeline.run import Run
from qosreport.report import html
from qosreport.report.result import MeetingResult, WeeklyResult
from qosreport.report.view.catalogue import one_meeting_entry, week_entry
from qosreport.settings import PrivacyMode
from qosreport.store import Store


def in_directories(run: Run, out: Path, shop: Workshop, *, delete: bool) -> int:
    """Clean an output directory, and those below it; how many documents change.

    Mails that were written only to be looked at all go: a PDF in one may name anybody.

    Raises:
        DiskTrouble: A file cannot be written or removed.
    """
    places = directories(run.settings, out)
    changed = sum(_in_directory(place, mode, shop, delete=delete) for mode, place in places)
    if delete:
        for path in written_mails(run, out):
            files.remove(path)
    return changed


def written_mails(run: Run, out: Path) -> list[Path]:
    """Mails that `send --dry-run` wrote below an output directory."""
    return [
        path
        for _, place in directories(run.settings, out)
        for path in sorted((place / MAIL).glob("*.eml"))
    ]


def _in_directory(place: Path, mode: PrivacyMode, shop: Workshop, *, delete: bool) -> int:
    changed = [
        path
        for pattern in DOCUMENTS
        for path in sorted(place.glob(pattern))
        if _in_file(path, place, shop, delete=delete)
    ]
    if delete and changed:
        page = html.index_page(front.entries(place, mode), brand=shop.brand)
        files.write(place / "index.html", page)
    return len(changed)


def _in_file(path: Path, place: Path, shop: Workshop, *, delete: bool) -> bool:
    cleaned = shop.clean(files.bytes_of(path) or b"", path.name)
    if cleaned is None or not cleaned.changed:
        return False
    if not delete:
        return True
    there = {form for form in FORMS if path.with_suffix(f".{form}").exists()}
    made: dict[str, bytes] = {}
    if cleaned.document is not None:
        beside = _beside(cleaned.document, place)
        made = shop.files(cleaned.document, there, stem=path.stem, beside=beside)
    # The document last: while it names the person, a later run begins again with these files.
    for form in sorted({*there, *made}, key=lambda form: form == "json"):
        target = path.with_suffix(f".{form}")
        if form in made:
            files.write(target, made[form])
        else:
            files.remove(target)
    return True


def _beside(document: object, place: Path) -> Beside:
    week_page = None
    up = ""
    if isinstance(document, MeetingResult):
        name = f"weekly-{week_of(date.fromisoformat(document.head.label))}.html"
        week_page = f"../{name}" if (place / name).exists() else None
        up = "../"
    pages = frozenset(
        f"{up}{page.relative_to(place).as_posix()}"
        for kind in (PEOPLE, EVIDENCE)
        for page in (place / kind).glob("*.html")
    )
    front_page = "../index.html" if (place / "index.html").exists() else None
    return Beside(week_page, front_page, pages)


def in_archive(store: Store, run: Run, shop: Workshop, *, delete: bool) -> int:
    """Clean every revision in the archive, and what leads to them; how many reports change.

    Each is written anew under its own number before the old one goes.

    Raises:
        ArchiveUnavailable, ArchiveForeign: It refuses; a later run goes on.
    """
    deliveries = store.deliveries(target_of(run))
    archive = Archive(open_place(run.settings.archive))
    archive.open(known=ITSELF in deliveries.done())
    old = []
    for manifest in archive.revisions():
        report = _without(archive, manifest, shop)
        if report is not None:
            old.append(manifest)
            if delete:
                archive.replace(manifest, report)
    if delete:
        archive.hide(old)
        make_index(archive, run.brand)
        archive.sweep()
        # A revision that was never finished may name anybody, and so may a page half written.
        archive.clear_unfinished()
        archive.clear()
    return len(old)


def _without(archive: Archive, manifest: Manifest, shop: Workshop) -> Report | None:
    """The report of a revision without the person; None if they are not in it."""
    held = {file.name for file in manifest.files}
    found: dict[str, bytes] = {}
    entry = dict(manifest.entry)
    for name in sorted(one for one in held if one.endswith(".json")):
        stem = name.removesuffix(".json")
        cleaned = shop.clean(archive.read(manifest, name), f"{manifest.folder}/{name}")
        if cleaned is None or not cleaned.changed or cleaned.document is None:
            continue
        document = cleaned.document
        forms = {form for form in FORMS if f"{stem}.{form}" in held}
        week = manifest.page if manifest.kind == "weekly" and "/" in stem else None
        beside = Beside(week_page=f"../{week}" if week else None)
        made = shop.files(document, forms, stem=stem.rpartition("/")[2], beside=beside)
        found |= {f"{stem}.{form}": data for form, data in made.items()}
        found |= {f"{stem}.{form}": b"" for form in forms - made.keys()}
        names = {form: f"{stem}.{form}" for form in made}
        if isinstance(document, WeeklyResult):
            entry = week_entry(document, names).model_dump(mode="json")
        elif isinstance(document, MeetingResult) and manifest.kind == "meeting":
            entry = one_meeting_entry(document, names).model_dump(mode="json")
    if not found:
        return None
    rest = {name: archive.read(manifest, name) for name in held - found.keys()}
    kept = {name: data for name, data in {**rest, **found}.items() if data}
    return Report(manifest.kind, manifest.report, manifest.end, manifest.page, kept, entry)
