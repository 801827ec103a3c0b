"""The table of all operations and that of all columns, as the README shows them.

`python -m reamaze_async.resources.table` prints them.
"""

from __future__ import annotations

from typing import Any

from reamaze_async.wire.schema import Column, Schema

from . import NAMES, endpoint_of, reports
from .endpoints import Endpoint, Operation

ENDPOINTS: tuple[Endpoint[Any], ...] = tuple(map(endpoint_of, NAMES))
"""All resources that are lists of things."""

OPERATIONS: tuple[Operation, ...] = (
    *(operation for endpoint in ENDPOINTS for operation in endpoint.operations),
    *reports.OPERATIONS,
)
"""Every pair of method and path of the API."""

SEEN = " (seen only)"
"""Marks a pair that the reference's index doesn't have."""


def markdown() -> str:
    """The table as the README holds it."""
    head = ("| method and path | here | takes | answers with |", "| --- | --- | --- | --- |")
    return "\n".join((*head, *map(_row, OPERATIONS)))


def _row(operation: Operation) -> str:
    pair = f"`{operation.method} {operation.path}`{SEEN if operation.source == 'seen' else ''}"
    takes = ", ".join(f"`{name}`" for name in operation.takes)
    return f"| {pair} | `{operation.verb}` | {takes} | {operation.answer} |"


def columns() -> str:
    """The table of all columns as the README holds it."""
    head = ("| resource | columns |", "| --- | --- |")
    return "\n".join((*head, *(_columns(endpoint.schema) for endpoint in ENDPOINTS)))


def _columns(schema: Schema) -> str:
    return f"| `{schema.name}` | {', '.join(map(_column, schema.columns))} |"


def _column(column: Column) -> str:
    if column.child is None:
        return f"`{column.name}`"
    names = (column.child.owner, "position", *(each.name for each in column.child.columns))
    inside = ", ".join(f"`{name}`" for name in names)
    return f"`{column.name}` (table `{column.child.name}`: {inside})"


if __name__ == "__main__":
    print(markdown(), columns(), sep="\n\n")  # noqa: T201 - it is what one asked for
