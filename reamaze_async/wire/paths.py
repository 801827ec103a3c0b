"""Paths: the keys that a caller gives, in their places in the path of an operation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from reamaze_async.validation import identifier, invalid, text

_PLACE = re.compile(r"\{(\w+)\}")


def fill(template: str, keys: Sequence[Any] = ()) -> str:
    """The path with its keys, each percent-encoded whole so that it stays one part of the path.

    Args:
        template: such as `/contacts/{identifier}/notes/{note_id}`; a key whose name ends in `id`
            may be a whole number.
        keys: one for each name, in their order.

    Raises:
        InvalidParameter: a key is empty, or would change the path.
    """
    given = iter(keys)
    return _PLACE.sub(lambda place: _part(place[1], next(given)), template)


def _part(name: str, key: Any) -> str:
    plain = identifier(name, key) if name.endswith("id") else text(name, key)
    if plain in (".", ".."):
        raise invalid(name, key, "names no item: give its key.")
    return quote(plain, safe="")


def names(template: str) -> tuple[str, ...]:
    """The names of the keys in a path's template."""
    return tuple(_PLACE.findall(template))
