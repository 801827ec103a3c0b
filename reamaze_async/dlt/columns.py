"""Columns: what dlt is told of a table beforehand, so that it exists in full when it is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlt.common.schema.typing import TColumnSchema, TDataType

from reamaze_async.formats.table import Column, Person, Row, Table

GONE = "is_gone"
"""The column that marks rows to be deleted, which never stay."""

_TYPES: Mapping[str, TDataType] = {
    "text": "text",
    "json": "text",
    "integer": "bigint",
    "boolean": "bool",
    "instant": "timestamp",
}

_LISTS: Mapping[str, tuple[Column, ...]] = {
    "texts": (Column("value", "text"),),
    "people": (
        Column("id", "integer"),
        Column("name", "text"),
        Column("email", "text"),
        Column("is_staff", "boolean"),
    ),
}
"""The columns of the child table that each kind of list becomes."""


def hints_of(table: Table, key: str) -> list[TColumnSchema]:
    """The columns of a table for dlt, in order, with the one that marks what is to be deleted.

    Args:
        table: the table.
        key: the column that tells a row from others.
    """
    plain = [column for column in table.columns if column.kind in _TYPES]
    hints = [_hint(column, is_key=column.name == key) for column in plain]
    return [*hints, {"name": GONE, "data_type": "bool", "hard_delete": True}]


def child_hints_of(table: Table) -> dict[str, list[TColumnSchema]]:
    """The columns of a table's child tables, by the column that they stand for."""
    lists = (column for column in table.columns if column.kind in _LISTS)
    return {column.name: list(map(_hint, _LISTS[column.kind])) for column in lists}


def _hint(column: Column, *, is_key: bool = False) -> TColumnSchema:
    """A column for dlt: a dict of its own each time, since dlt changes it in place."""
    return {"name": column.name, "data_type": _TYPES[column.kind], "nullable": not is_key}


def record_of(table: Table, row: Row) -> dict[str, Any]:
    """A row as dlt takes it."""
    pairs = zip(table.columns, row, strict=True)
    return {column.name: _cell(cell) for column, cell in pairs}


def _cell(cell: Any) -> Any:
    if type(cell) is not tuple:
        return cell
    return [one._asdict() if isinstance(one, Person) else one for one in cell]


def gone(key: str, value: str) -> dict[str, Any]:
    """The record that deletes a row, and its children."""
    return {key: value, GONE: True}


def absent(table: Table, key: str) -> dict[str, Any]:
    """A record that is deleted as it comes: dlt makes child tables only for what has children."""
    children = {name: [{}] for name in child_hints_of(table)}
    texts = {column.name: [""] for column in table.columns if column.kind == "texts"}
    return gone(key, "") | children | texts
