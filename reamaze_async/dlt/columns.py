"""Columns: what dlt is told of a table beforehand, so that it exists in full when it is empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema

from reamaze_async.formats.table import Row, Table
from reamaze_async.wire.schema import Column

GONE = "is_gone"
"""The column that marks rows to be deleted; no row that stays has anything in it."""

_TYPES: Mapping[str, TDataType] = {
    "text": "text",
    "json": "text",
    "integer": "bigint",
    "boolean": "bool",
    "instant": "timestamp",
}
"""dlt's name of each kind of cell. JSON stays a text, as it came: databases rewrite their own."""

_VALUE = Column("value")
"""What dlt calls the only column of a child table of texts."""


def hints_of(table: Table, *, is_merged: bool) -> list[TColumnSchema]:
    """The columns of a table for dlt, in order.

    Args:
        table: the table.
        is_merged: whether rows are changed by their key, and deleted.
    """
    hints = [_hint(column) for column in table.columns if column.kind in _TYPES]
    for hint in hints:
        hint["nullable"] = hint["name"] != table.key
    return (
        [*hints, {"name": GONE, "data_type": "bool", "hard_delete": True}] if is_merged else hints
    )


def child_hints_of(table: Table) -> dict[str, list[TColumnSchema]]:
    """The columns of a table's child tables, by the column that they stand for."""
    return {column.name: list(map(_hint, _inner(column))) for column in _lists(table)}


def _lists(table: Table) -> list[Column]:
    return [column for column in table.columns if column.kind not in _TYPES]


def _inner(column: Column) -> Sequence[Column]:
    return column.child.columns if column.kind == "rows" and column.child else (_VALUE,)


def _hint(column: Column) -> TColumnSchema:
    """A column for dlt: a dict of its own each time, since dlt changes it in place."""
    return {"name": column.name, "data_type": _TYPES[column.kind]}


def record_of(table: Table, row: Row) -> dict[str, Any]:
    """A row as dlt takes it."""
    pairs = zip(table.columns, row, strict=True)
    return {column.name: _cell(column, cell) for column, cell in pairs}


def _cell(column: Column, cell: Any) -> Any:
    if column.kind in _TYPES:
        return cell
    if column.kind == "texts":
        return list(cell)
    names = [inner.name for inner in _inner(column)]
    return [dict(zip(names, each, strict=True)) for each in cell]


def gone(table: Table, key: str) -> dict[str, Any]:
    """The record that deletes a row, and its children."""
    return {table.key: key, GONE: True}


def placeholder(table: Table) -> dict[str, Any]:
    """A record that is deleted as it comes: dlt makes child tables only for what has children."""
    children: dict[str, Any] = {
        column.name: [dict.fromkeys(inner.name for inner in _inner(column))]
        for column in _lists(table)
    }
    children |= {column.name: [""] for column in _lists(table) if column.kind == "texts"}
    return gone(table, "") | children
