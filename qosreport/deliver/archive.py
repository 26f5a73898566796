"""The archive: reports in revisions that are never overwritten, a manifest as the commit of each.

weeks/2026-W46/r1-3fa9c2d1/… and its manifest.json are a revision; without the manifest it is not
there. weeks/2026-W46/index.html and latest.json lead to the newest. Reports of single meetings lie
in meetings/2026-11-10-e548c78ea604/ alike. index.html is made from the manifests, never by hand.
"""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from qosreport.deliver.places import MEDIA_TYPES, PART, Place
from qosreport.errors import ArchiveForeign, ArchiveUnavailable

FORMAT: Literal[1] = 1
SENTINEL = "qosreport-archive.json"
"""Says that this is an archive: a share that is not mounted is not a new, empty one."""
MANIFEST, TOMBSTONE = "manifest.json", "tombstone.json"
LATEST, INDEX, MAILED = "latest.json", "index.html", "mailed.json"
"""What leads to the newest revision, for programs and readers; which mail of it was sent."""
_REVISION = re.compile(
    r"(?P<report>(?:weeks|meetings)/[\w.-]+)/r\d+-[0-9a-f]{8}/(?P<file>manifest|tombstone)\.json"
)
_INSIDE = re.compile(r"(?P<folder>(?:weeks|meetings)/[^/]+/r\d+-[0-9a-f]{8})/.+")
"""A file of a revision."""
_LEFT = re.compile(
    rf"((weeks|meetings)/[\w.-]+/(r\d+-[0-9a-f]{{8}}/(meetings/)?)?)?"
    rf"{re.escape(PART)}(doctor-)?[0-9a-f]{{16}}"
)
"""A file being written, as only we name them, where only our files lie."""
Kind = Literal["weekly", "meeting"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ArchivedFile(_Strict):
    """One file of a revision."""

    name: str
    """Below the revision's folder."""
    sha256: str
    size: int
    media_type: str


class Manifest(_Strict):
    """What a revision is and holds."""

    format: Literal[1] = FORMAT
    kind: Kind
    report: str
    """weeks/2026-W46, or meetings/ and the name of the meeting's page."""
    revision: int
    digest: str
    """SHA-256 over names and hashes of the files."""
    end: dt.datetime
    """Of the time it reports on."""
    page: str
    """The file to read first."""
    files: tuple[ArchivedFile, ...]
    entry: dict[str, Any]
    """What the index knows of it."""

    @property
    def folder(self) -> str:
        """Where it lies: the hash in the name keeps two versions from ever meeting."""
        return f"{self.report}/r{self.revision}-{self.digest[:8]}"


@dataclass(frozen=True)
class Report:
    """A report to be archived."""

    kind: Kind
    name: str
    """As `Manifest.report`."""
    end: dt.datetime
    page: str
    files: Mapping[str, bytes]
    """By name below the revision's folder."""
    entry: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """Something about an archive that is not as it should be."""

    name: str
    what: Literal["missing", "changed", "unreadable", "unfinished"]
    """unfinished: part of a revision that was never committed; a later run may complete it."""


class Archive:
    """An archive at a place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._parts: set[str] = set()
        """What listings came across that somebody writes, or once began to."""

    def open(self, *, known: bool) -> None:
        """See that it is one; begin it where nothing is.

        Args:
            known: It was written to before, so it must be there.

        Raises:
            ArchiveForeign: It is none, gone, or of another version.
            ArchiveUnavailable: It cannot be reached.
        """
        said = self._place.read(SENTINEL)
        ours = _Sentinel().model_dump_json().encode()
        if said is None:
            if known:
                why = "nothing is there, although reports were archived to it: is it mounted?"
                raise ArchiveForeign(why=why)
            if self._names(""):
                raise ArchiveForeign(why="other files are there")
            self._place.put(SENTINEL, ours)
        elif said != ours:
            raise ArchiveForeign(why=f"its {SENTINEL} is of another version")

    def probe(self, *, known: bool) -> bool:
        """Write a file, read it and remove it, seen by nobody; whether the archive is begun.

        Raises:
            ArchiveForeign: It is none, gone, or of another version.
            ArchiveUnavailable: It refuses one of these, or does not give back what it was given.
        """
        begun = self._place.read(SENTINEL) is not None
        if begun or known or self._names(""):
            self.open(known=known)
        name, data = f"{PART}doctor-{secrets.token_hex(8)}", secrets.token_bytes(64)
        self._place.put(name, data)
        same = self._place.read(name) == data
        self._place.delete(name)
        if not same or self._place.read(name) is not None:
            why = "a file is not read as it was written, or is not removed"
            raise ArchiveUnavailable(place="its root", why=why)
        return begun

    # --- Writing ---

    def add(self, report: Report) -> Manifest:
        """Bring a report in; the same as the newest revision is brought in already.

        Raises:
            ArchiveUnavailable: Not all of it could be written; nobody sees what was.
        """
        files, digest = _digested(report)
        newest = max(self.revisions(report.name), key=_age, default=None)
        if newest is not None and newest.digest == digest:
            return newest
        return self._commit(report, newest.revision + 1 if newest else 1, files, digest)

    def replace(self, old: Manifest, report: Report) -> Manifest:
        """Bring in another form of a revision under the same number, beside the old one.

        Raises:
            ArchiveUnavailable: Not all of it could be written; nobody sees what was.
        """
        files, digest = _digested(report)
        return self._commit(report, old.revision, files, digest)

    def _commit(
        self, report: Report, revision: int, files: tuple[ArchivedFile, ...], digest: str
    ) -> Manifest:
        manifest = Manifest(
            kind=report.kind,
            report=report.name,
            revision=revision,
            digest=digest,
            end=report.end,
            page=report.page,
            files=files,
            entry=dict(report.entry),
        )
        for name, data in report.files.items():
            self._bring(f"{manifest.folder}/{name}", data)
        self._bring(f"{manifest.folder}/{MANIFEST}", manifest.model_dump_json(indent=1).encode())
        return manifest

    def point(self, name: str, data: bytes) -> None:
        """Write a file that leads to others, if it says something else by now."""
        if self._place.read(name) != data:
            self._place.put(name, data)

    def _bring(self, name: str, data: bytes) -> None:
        """Write a file of a revision that is not committed: what is torn is written again."""
        if not self._place.put_new(name, data) and self._place.read(name) != data:
            self._place.put(name, data)

    # --- Reading ---

    def revisions(self, under: str = "") -> list[Manifest]:
        """Committed revisions (of one report), by report and age."""
        found = (self._manifest(name) for name in self._committed(under))
        return sorted((one for one in found if one is not None), key=lambda m: (m.report, _age(m)))

    def read(self, manifest: Manifest, name: str) -> bytes:
        """A file of a revision; empty if it is gone."""
        return self._place.read(f"{manifest.folder}/{name}") or b""

    def newest(self) -> list[Manifest]:
        """The newest revision of each report."""
        return list({manifest.report: manifest for manifest in self.revisions()}.values())

    def verify(self) -> Iterator[Fault]:
        """Read every file again and compare it with its manifest."""
        names = self._names("")
        listed: set[str] = set()
        for name in self._committed(""):
            manifest = self._manifest(name)
            if manifest is None:
                yield Fault(name, "unreadable")
                continue
            folder = name.removesuffix(f"/{MANIFEST}")
            listed.add(name)
            for file in manifest.files:
                whole = f"{folder}/{file.name}"
                listed.add(whole)
                data = self._place.read(whole)
                if data is None:
                    yield Fault(whole, "missing")
                elif hashlib.sha256(data).hexdigest() != file.sha256:
                    yield Fault(whole, "changed")
        for name in names:
            inside = _INSIDE.fullmatch(name)
            if inside and name not in listed and not _REVISION.fullmatch(name):
                yield Fault(name, "unfinished")

    def _committed(self, under: str) -> list[str]:
        matches = map(_REVISION.fullmatch, self._names(under))
        return [match[0] for match in matches if match and match["file"] == "manifest"]

    def _names(self, under: str) -> list[str]:
        """All files below a folder that are whole."""
        names = self._place.names(under)
        parts = {name for name in names if name.rpartition("/")[2].startswith(PART)}
        self._parts |= parts
        return [name for name in names if name not in parts]

    def _manifest(self, name: str) -> Manifest | None:
        data = self._place.read(name)
        try:
            manifest = Manifest.model_validate_json(data or b"")
        except ValidationError:
            return None
        return manifest if f"{manifest.folder}/{MANIFEST}" == name else None

    # --- Removing ---

    def hide(self, manifests: Sequence[Manifest]) -> None:
        """Take revisions out of sight: first a tombstone with what to remove, then no manifest.

        Raises:
            ArchiveUnavailable: It refuses; whatever was hidden stays so.
        """
        for manifest in manifests:
            data = manifest.model_dump_json(indent=1).encode()
            self._place.put(f"{manifest.folder}/{TOMBSTONE}", data)
            self._place.delete(f"{manifest.folder}/{MANIFEST}")

    def sweep(self) -> int:
        """Remove the files of hidden revisions, and what leads to reports that are gone; how many.

        Only files that a tombstone lists are touched; the tombstone goes last.
        """
        removed = 0
        kept = {manifest.report for manifest in self.revisions()}
        for name in self._names(""):
            match = _REVISION.fullmatch(name)
            if match is None or match["file"] != "tombstone":
                continue
            manifest = self._tombstone(name)
            if manifest is None:
                continue
            if manifest.report not in kept:
                for pointer in (INDEX, LATEST, MAILED):
                    self._place.delete(f"{manifest.report}/{pointer}")
            folder = name.removesuffix(f"/{TOMBSTONE}")
            for file in manifest.files:
                self._place.delete(f"{folder}/{file.name}")
                removed += 1
            self._place.delete(name)
        return removed

    def clear(self, before: dt.datetime | None = None) -> int:
        """Remove what writing that broke off left behind, of all that was listed; how many.

        Args:
            before: Only what was written before; what is newer, another run may be writing.
        """
        removed = 0
        for name in sorted(filter(_LEFT.fullmatch, self._parts)):
            written = self._place.modified(name)
            if written is not None and (before is None or written < before):
                self._place.delete(name)
                removed += 1
        self._parts.clear()
        return removed

    def clear_unfinished(self) -> int:
        """Remove the files of revisions that have no manifest; nobody sees them; how many.

        Another machine may be bringing such a revision just now: it is to bring it again.
        """
        names = self._names("")
        begun = {name.rpartition("/")[0] for name in names if _REVISION.fullmatch(name)}
        inside = (_INSIDE.fullmatch(name) for name in names)
        left = [match[0] for match in inside if match and match["folder"] not in begun]
        for name in left:
            self._place.delete(name)
        return len(left)

    def _tombstone(self, name: str) -> Manifest | None:
        folder = name.removesuffix(f"/{TOMBSTONE}")
        if self._place.read(f"{folder}/{MANIFEST}") is not None:
            return None  # died between tombstone and manifest: still in sight, so still kept
        try:
            manifest = Manifest.model_validate_json(self._place.read(name) or b"")
        except ValidationError:
            return None
        return manifest if manifest.folder == folder else None


class _Sentinel(_Strict):
    format: Literal[1] = FORMAT
    what: str = "archive of qosreport"


def to_prune(
    newest: Sequence[Manifest],
    *,
    keep_last: int | None,
    keep_days: int | None,
    now: dt.datetime,
) -> list[str]:
    """Reports that neither rule keeps, by name; none where there is no rule.

    Args:
        newest: The newest revision of each report.
        keep_last: So many of the newest weeks stay, and meetings that are not older.
        keep_days: Reports on the last so many days stay.
        now: When.
    """
    if keep_last is None and keep_days is None:
        return []
    ends = sorted({one.end for one in newest if one.kind == "weekly"}, reverse=True)
    bounds = []
    if keep_last is not None:
        if len(ends) <= keep_last:
            return []
        bounds.append(ends[keep_last])
    if keep_days is not None:
        bounds.append(now - dt.timedelta(days=keep_days))
    return sorted(one.report for one in newest if one.end <= min(bounds))


def _age(manifest: Manifest) -> tuple[int, str]:
    return manifest.revision, manifest.digest


def _digested(report: Report) -> tuple[tuple[ArchivedFile, ...], str]:
    """The files of a report, and the hash over all of them."""
    files = tuple(_described(name, data) for name, data in sorted(report.files.items()))
    together = "".join(f"{one.name}\0{one.sha256}\n" for one in files)
    return files, hashlib.sha256(together.encode()).hexdigest()


def _described(name: str, data: bytes) -> ArchivedFile:
    return ArchivedFile(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        media_type=MEDIA_TYPES[name.rpartition(".")[2]],
    )
