"""The table of all operations, and what the README shows of it.

`python -m reamaze_async.resources.table` prints it.
"""

from __future__ import annotations

from typing import Any

from reamaze_async.validation import invalid

from . import (
    articles,
    channels,
    contacts,
    conversations,
    incidents,
    messages,
    reports,
    response_templates,
    satisfaction_ratings,
    staff,
    systems,
)
from .endpoints import Endpoint, Operation

ENDPOINTS: tuple[Endpoint[Any], ...] = (
    conversations.ENDPOINT,
    messages.ENDPOINT,
    contacts.ENDPOINT,
    channels.ENDPOINT,
    articles.ENDPOINT,
    response_templates.ENDPOINT,
    staff.ENDPOINT,
    satisfaction_ratings.ENDPOINT,
    incidents.ENDPOINT,
    systems.ENDPOINT,
)
"""All resources that are lists of things."""

_BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


def endpoint_of(name: str) -> Endpoint[Any]:
    """The resource of a name; hyphens count as underscores.

    Raises:
        InvalidParameter: there is none.
    """
    found = _BY_NAME.get(name.replace("-", "_")) if isinstance(name, str) else None
    if found is None:
        raise invalid("resource", name, f"is none: use one of {', '.join(_BY_NAME)}.")
    return found


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
