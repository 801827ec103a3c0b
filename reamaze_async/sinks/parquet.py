"""Parquet, by pyarrow: a schema of ours, Zstandard, row groups of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from .table import Person, Row, Table

ROWS = 20_000
"""Rows in a row group at most."""

BYTES = 8 * 2**20
"""Bytes of JSON in a row group, about: what it takes in memory is a few times that."""

_PERSON = pyarrow.struct(
    [
        ("id", pyarrow.int64()),
        ("name", pyarrow.string()),
        ("email", pyarrow.string()),
        ("is_staff", pyarrow.bool_()),
    ]
)

_TYPES: dict[str, Any] = {
    "text": pyarrow.string(),
    "json": pyarrow.string(),
    "integer": pyarrow.int64(),
    "boolean": pyarrow.bool_(),
    "instant": pyarrow.timestamp("us", "UTC"),
    "texts": pyarrow.list_(pyarrow.string()),
    "people": pyarrow.list_(_PERSON),
}


def schema_of(table: Table) -> Any:
    """The schema of a table, the same for every file."""
    return pyarrow.schema([(column.name, _TYPES[column.kind]) for column in table.columns])


def write(lines: Iterable[bytes], path: Path, table: Table) -> None:
    """Write lines as Parquet."""
    schema = schema_of(table)
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for rows in _groups(lines, table):
            file.write_batch(_batch(rows, schema))


def _groups(lines: Iterable[bytes], table: Table) -> Iterator[list[Row]]:
    rows: list[Row] = []
    size = 0
    for line in lines:
        rows.append(table.row(line))
        size += len(line)
        if len(rows) >= ROWS or size >= BYTES:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _batch(rows: list[Row], schema: Any) -> Any:
    columns = [
        pyarrow.array([_plain(cell) for cell in cells], field.type)
        for cells, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    return pyarrow.record_batch(columns, schema=schema)


def _plain(cell: Any) -> Any:
    """A follower as the dict that pyarrow makes a struct of."""
    if type(cell) is tuple and cell and isinstance(cell[0], Person):
        return [person._asdict() for person in cell]
    return cell
