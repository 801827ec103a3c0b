"""The table of all operations, and what the README shows of it.

`python -m reamaze_async.resources.table` prints it.
"""

from __future__ import annotations

from typing import Any

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


if __name__ == "__main__":
    print(markdown())  # noqa: T201 - it is what one asked for
