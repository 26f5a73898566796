"""Parts: the committed tables of some whole meetings, the unit that scoring is spread over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from qosreport.errors import StoreDamaged
from qosreport.store.layout import table_named
from qosreport.tables import SESSIONS, Table


@dataclass(frozen=True)
class Part:
    """Files of whole meetings, written once and never changed. Can be pickled and sent away."""

    part_id: str
    """From the content: the same part is the same everywhere."""
    week: str
    number: int
    """Of the commit that wrote it; parts are in the order of their numbers."""
    paths: Mapping[str, str] = field(hash=False)
    """Absolute path by table; a table without rows has no file."""
    rows: Mapping[str, int] = field(hash=False)
    """By table, superseded meetings included."""
    superseded: tuple[str, ...]
    """Meetings that a later part holds in a newer version: to be left out of this one."""
    meetings: int
    """Meetings that are not superseded."""
    minutes: int
    """Participant-minutes: different joins and instants of samples."""
    older: frozenset[str] = frozenset()
    """Tables whose file has columns of an earlier version."""
    contents: Mapping[str, bytes] = field(
        default_factory=dict, hash=False, compare=False, repr=False
    )
    """Files that the part brings along by table, for whoever cannot open the paths."""

    def with_contents(self, tables: Iterable[str]) -> "Part":
        """The same part with the files of some tables in it.

        Raises:
            StoreDamaged: One of them cannot be opened.
        """
        found = {}
        for table in set(tables) & self.paths.keys():
            try:
                found[table] = Path(self.paths[table]).read_bytes()
            except OSError:
                raise StoreDamaged(count=1, first=self.paths[table]) from None
        return replace(self, contents=found)

    def files(self, table: str) -> list[str] | list[bytes]:
        """What the table is read from: its path, or its file; nothing if it has no rows."""
        if table in self.contents:
            return [self.contents[table]]
        return [self.paths[table]] if table in self.paths else []

    def path(self, table: str) -> str | None:
        """The file of a table; None if it has no rows."""
        return self.paths.get(table)

    def scan(self, table: str) -> pl.LazyFrame:
        """A table without superseded meetings, in today's columns; empty if it has no rows.

        Raises:
            KeyError: There is no such table.
        """
        declared = table_named(table)
        files = self.files(table)
        if not files:
            return declared.empty().lazy()
        frame = scan_files(files, declared, older=table in self.older)
        return self.without_superseded(frame, declared)

    def without_superseded(self, frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
        """Rows of meetings that this part still stands for."""
        if not self.superseded:
            return frame
        names = list(self.superseded)
        if "meeting_uuid" in table.schema:
            return frame.filter(~pl.col("meeting_uuid").is_in(names))
        files = self.files(SESSIONS.name)
        if not files:
            return frame
        sessions = scan_files(files, SESSIONS, older=SESSIONS.name in self.older)
        gone = sessions.filter(pl.col("meeting_uuid").is_in(names))
        return frame.join(gone.select("session_id"), on="session_id", how="anti")


def scan_files(files: list[str] | list[bytes], table: Table, *, older: bool) -> pl.LazyFrame:
    """Parquet files, by their paths or as bytes, as one table.

    Of files of an earlier version each column that still fits.
    """
    if not older:
        return pl.scan_parquet(
            files,
            schema=table.schema,
            missing_columns="insert",
            extra_columns="ignore",
            glob=False,
            hive_partitioning=False,
        )
    return pl.concat(_conformed(file, table) for file in files)


def scan_parts(parts: Iterable[Part], table: Table) -> pl.LazyFrame:
    """One table of many parts, those without anything special in one go."""
    plain: list[str] = []
    frames: list[pl.LazyFrame] = []
    for part in parts:
        path = part.path(table.name)
        if path is None:
            continue
        if part.superseded or table.name in part.older:
            frames.append(part.scan(table.name))
        else:
            plain.append(path)
    if plain:
        frames.insert(0, scan_files(plain, table, older=False))
    return pl.concat(frames) if frames else table.empty().lazy()


def _conformed(file: str | bytes, table: Table) -> pl.LazyFrame:
    frame = pl.scan_parquet(file, glob=False, hive_partitioning=False)
    there = frame.collect_schema()
    return frame.select(
        _cast(name, there[name], dtype) if name in there else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in table.schema.items()
    )


def _cast(name: str, was: pl.DataType, dtype: pl.DataType) -> pl.Expr:
    if isinstance(was, pl.Enum) and was != dtype:
        return pl.col(name).cast(pl.String).cast(dtype, strict=False)
    return pl.col(name).cast(dtype, strict=False)
