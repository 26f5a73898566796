"""Where things lie in a store, and the Parquet form of its tables."""

import hashlib
import io
import re
from functools import cache
from pathlib import Path

import polars as pl

from qosreport.tables import PULLED, SCORED, Table

SENTINEL = "qosreport-store.json"
"""Says that this directory is a store: an unmounted disk is not a new, empty one."""
LEDGER = "ledger.sqlite3"
LOCK = "lock"
READERS = "readers"
RAW, TABLES, SCORES = "raw", "tables", "scores"
BRANCHES = (RAW, TABLES, SCORES)

ROW_GROUP = 131_072
"""Rows a row group of tables: small enough to skip, large enough to compress."""
_NUMBER = re.compile(r"(\d{6,})-")
_SORTED_BY_TIME = ("session_id", "sampled_at", "medium", "flow", "leg")


def table_named(name: str) -> Table:
    """The declaration of a table that the store keeps.

    Raises:
        KeyError: There is no such table.
    """
    return PULLED[name] if name in PULLED else SCORED[name]


def raw_name(week: str, number: int, data: bytes) -> str:
    """Path of a raw file below the store."""
    return f"{RAW}/week={week}/{number:06d}-{digest(data)[:16]}.parquet"


def table_name(week: str, number: int, part_id: str, table: str) -> str:
    """Path of a file of a part's table below the store."""
    return f"{TABLES}/week={week}/{number:06d}-{part_id}.{table}.parquet"


def score_name(week: str, number: int, part_id: str, policy_sha256: str, table: str) -> str:
    """Path of a file of a part's scores below the store; `number` makes it new each time."""
    return f"{SCORES}/week={week}/{number:06d}-{part_id}.{policy_sha256[:12]}.{table}.parquet"


def number_of(path: Path) -> int | None:
    """The number of the commit that wrote a file."""
    match = _NUMBER.match(path.name)
    return int(match[1]) if match else None


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@cache
def fingerprint(table: Table) -> str:
    """What columns a file has; one with others than today's is read column by column."""
    described = ";".join(
        f"{name}:{dtype.categories.to_list() if isinstance(dtype, pl.Enum) else dtype}"
        for name, dtype in table.schema.items()
    )
    return digest(described.encode())[:12]


def sorted_table(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows in the order in which the table is kept: by join and time, else by its key."""
    if "sampled_at" not in table.schema:
        return frame.sort([n for n in table.key if not isinstance(table.schema[n], pl.List)])
    # Every source has each join in order already, so that one key does.
    ordered = frame.sort("session_id", maintain_order=True)
    in_order = ordered.select(
        (pl.col("sampled_at") >= pl.col("sampled_at").shift())
        | (pl.col("session_id") != pl.col("session_id").shift())
    ).to_series()
    if in_order.all():
        return ordered
    return frame.sort([name for name in _SORTED_BY_TIME if name in table.schema])


def to_parquet(frame: pl.DataFrame, facts: dict[str, str] | None = None) -> bytes:
    """A table as a Parquet file, with facts about it in its metadata."""
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer, compression="zstd", statistics=True, row_group_size=ROW_GROUP, metadata=facts
    )
    return buffer.getvalue()
