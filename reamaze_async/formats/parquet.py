"""Parquet, by pyarrow: a schema of ours, Zstandard, row groups of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from reamaze_async.wire.schema import Column

from .table import Row, Table

ROWS = 500
"""Rows that are held as Python objects, which take many times the memory of Arrow's columns."""

BYTES = 16 * 2**20
"""Approximate size of a row group, in bytes."""

_TYPES: dict[str, Any] = {
    "text": pyarrow.string(),
    "json": pyarrow.string(),
    "integer": pyarrow.int64(),
    "boolean": pyarrow.bool_(),
    "instant": pyarrow.timestamp("us", "UTC"),
    "texts": pyarrow.list_(pyarrow.string()),
}


def schema_of(table: Table) -> Any:
    """The schema of a table, the same for every file."""
    return pyarrow.schema([(column.name, _type(column)) for column in table.columns])


def _type(column: Column) -> Any:
    if column.child is None or column.kind != "rows":
        return _TYPES[column.kind]
    fields = [(each.name, _type(each)) for each in column.child.columns]
    return pyarrow.list_(pyarrow.struct(fields))


def write(lines: Iterable[bytes], path: Path, table: Table) -> None:
    """Write lines as Parquet."""
    schema = schema_of(table)
    # Opened here: pyarrow takes no name that isn't UTF-8.
    with (
        path.open("wb") as opened,
        pyarrow.parquet.ParquetWriter(opened, schema, compression="zstd") as file,
    ):
        for batches in _groups(lines, table, schema):
            whole = pyarrow.Table.from_batches(batches)
            file.write_table(whole, row_group_size=whole.num_rows)


def _groups(lines: Iterable[bytes], table: Table, schema: Any) -> Iterator[list[Any]]:
    batches: list[Any] = []
    size = 0
    for rows in _some(lines, table):
        batches.append(_batch(rows, schema))
        size += batches[-1].nbytes
        if size >= BYTES:
            yield batches
            batches, size = [], 0
    if batches:
        yield batches


def _some(lines: Iterable[bytes], table: Table) -> Iterator[list[Row]]:
    """Batches of rows; fewer rows if they are made of much."""
    some: list[Row] = []
    size = 0
    for line in lines:
        some.append(table.row(line))
        size += len(line)
        if len(some) == ROWS or size >= BYTES // 4:
            yield some
            some, size = [], 0
    if some:
        yield some


def _batch(rows: list[Row], schema: Any) -> Any:
    columns = [
        pyarrow.array(_plain(cells, field.type), field.type)
        for cells, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    return pyarrow.record_batch(columns, schema=schema)


def _plain(cells: Sequence[Any], kind: Any) -> Sequence[Any]:
    """A column's cells; rows in them as dicts, of which pyarrow makes structs."""
    if not (pyarrow.types.is_list(kind) and pyarrow.types.is_struct(kind.value_type)):
        return cells
    names = [field.name for field in kind.value_type]
    return [[dict(zip(names, row, strict=True)) for row in cell] for cell in cells]
