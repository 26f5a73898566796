"""Parts: the committed tables of some whole meetings, the unit that scoring is spread over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

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

    def path(self, table: str) -> str | None:
        """The file of a table; None if it has no rows."""
        return self.paths.get(table)

    def scan(self, table: str) -> pl.LazyFrame:
        """A table without superseded meetings, in today's columns; empty if it has no rows.

        Raises:
            KeyError: There is no such table.
        """
        declared = table_named(table)
        path = self.paths.get(table)
        if path is None:
            return declared.empty().lazy()
        frame = scan_files([path], declared, older=table in self.older)
        return self.without_superseded(frame, declared)

    def without_superseded(self, frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
        """Rows of meetings that this part still stands for."""
        if not self.superseded:
            return frame
        names = list(self.superseded)
        if "meeting_uuid" in table.schema:
            return frame.filter(~pl.col("meeting_uuid").is_in(names))
        path = self.paths.get(SESSIONS.name)
        if path is None:
            return frame
        older = SESSIONS.name in self.older
        gone = scan_files([path], SESSIONS, older=older).filter(pl.col("meeting_uuid").is_in(names))
        return frame.join(gone.select("session_id"), on="session_id", how="anti")


def scan_files(paths: list[str], table: Table, *, older: bool) -> pl.LazyFrame:
    """Parquet files as one table; of files of an earlier version each column that still fits."""
    if not older:
        return pl.scan_parquet(
            paths,
            schema=table.schema,
            missing_columns="insert",
            extra_columns="ignore",
            glob=False,
            hive_partitioning=False,
        )
    return pl.concat(_conformed(path, table) for path in paths)


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


def _conformed(path: str, table: Table) -> pl.LazyFrame:
    frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    there = frame.collect_schema()
    return frame.select(
        _cast(name, there[name], dtype) if name in there else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in table.schema.items()
    )


def _cast(name: str, was: pl.DataType, dtype: pl.DataType) -> pl.Expr:
    if isinstance(was, pl.Enum) and was != dtype:
        return pl.col(name).cast(pl.String).cast(dtype, strict=False)
    return pl.col(name).cast(dtype, strict=False)
