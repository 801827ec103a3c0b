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


def read_sqlite(path: Path) -> list[Row]:
    """As SQLite does."""
    with closing(sqlite3.connect(path)) as base:
        base.row_factory = sqlite3.Row
        assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return [dict(row) for row in base.execute("SELECT * FROM conversations ORDER BY rowid")]


READERS: dict[str, Callable[[Path], list[Row]]] = {
    "ndjson.gz": read_gzip,
    "ndjson.zst": read_zstd,
    "csv": read_csv,
    "parquet": read_parquet,
    "sqlite": read_sqlite,
}
