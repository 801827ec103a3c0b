"""The resources of the API: a record and the verbs of each, loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reamaze_async.validation import invalid

if TYPE_CHECKING:
    from .endpoints import Endpoint

NAMES = (
    "conversations",
    "messages",
    "contacts",
    "channels",
    "articles",
    "response_templates",
    "staff",
    "satisfaction_ratings",
    "incidents",
    "systems",
)
"""All resources that are lists of things."""


def words_of(name: str) -> str:
    """What the items of a resource are called, for people."""
    return name.replace("_", " ")


def endpoint_of(name: str) -> Endpoint[Any]:
    """The record of a resource, by its name; hyphens count as underscores.

    Raises:
        InvalidParameter: there is none.
    """
    known = name.replace("-", "_") if isinstance(name, str) else None
    if known not in NAMES:
        raise invalid("resource", name, f"is none: use one of {', '.join(NAMES)}.")
    found: Endpoint[Any] = import_module(f".{known}", __name__).ENDPOINT
    return found
