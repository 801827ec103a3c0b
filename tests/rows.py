"""Rows of each format, read back as a user would."""

import csv
import gzip
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reamaze_async.formats import table_of
from reamaze_async.formats.table import Table
from reamaze_async.resources import NAMES, endpoint_of

Row = dict[str, Any]
ZSTD = "backports.zstd" if sys.version_info < (3, 14) else "compression.zstd"


def read_lines(text: bytes) -> list[Row]:
    """Of NDJSON."""
    return [{"raw": line.decode(errors="replace")} for line in text.split(b"\n")[:-1]]


def read_gzip(path: Path) -> list[Row]:
    """As `gzip -d` does."""
    return read_lines(gzip.decompress(path.read_bytes()))


def read_zstd(path: Path) -> list[Row]:
    """As `zstd -d` does."""
    return read_lines(pytest.importorskip(ZSTD).decompress(path.read_bytes()))


def read_csv(path: Path) -> list[Row]:
    """As a spreadsheet does."""
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_parquet(path: Path) -> list[Row]:
    """As pyarrow does."""
    return pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()


TABLES: dict[str, Table] = {
    name: table_of(endpoint_of(name).schema, endpoint_of(name).key_of) for name in NAMES
}
"""The table of each resource."""

CONVERSATIONS = TABLES["conversations"]


def read_sqlite(path: Path, name: str = "conversations", order: str = "rowid") -> list[Row]:
    """As SQLite does: a table, in some order."""
    with closing(sqlite3.connect(path)) as base:
        base.row_factory = sqlite3.Row
        assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        question = f"SELECT * FROM {name} ORDER BY {order}"
        return [dict(row) for row in base.execute(question)]


READERS: dict[str, Callable[[Path], list[Row]]] = {
    "ndjson.gz": read_gzip,
    "ndjson.zst": read_zstd,
    "csv": read_csv,
    "parquet": read_parquet,
    "sqlite": read_sqlite,
}
