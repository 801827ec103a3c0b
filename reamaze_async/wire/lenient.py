"""Lenient decoding: an item is read field by field, so that one odd value costs one field at most.

Tried only after the typed decode refused an item. A time without offset is taken as UTC, a number
as a Unix time; a number in quotes is the number, and a number where text belongs its digits. Of a
list what fits is kept. What still doesn't fit, such as an empty string for a time or an object,
is as good as missing: the field gets its default. A field without a default (a conversation's
slug) must fit.

Of a map, as reports have them, each value is read by itself. A plain text in the place of a user or
an excerpt is one with just that text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

Item = TypeVar("Item")


def salvage(value: Any, kind: type[Item]) -> Item:
    """Make a Struct of the parts of decoded JSON that fit.

    Raises:
        msgspec.ValidationError: it isn't an object, or a needed field doesn't fit.
    """
    if isinstance(value, str) and value.strip() and (of_text := getattr(kind, "_of_text", None)):
        made: Item = of_text(value)
        return made
    if not (
        isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    ):
        return msgspec.convert(value, kind, strict=False)
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        if name not in value and field.required:
            message = f"Object missing required field `{name}`"
            raise msgspec.ValidationError(message)
        try:
            if name in value:
                fields[field.name] = _fit(value[name], field.type)
        except msgspec.ValidationError as error:
            if field.required:
                message = f"{error} - at `$.{name}`"
                raise msgspec.ValidationError(message) from None
    return kind(**fields)


def _fit(given: Any, kind: Any) -> Any:
    """Convert a value to a type, leniently.

    Raises:
        msgspec.ValidationError: there is no sensible way.
    """
    with suppress(msgspec.ValidationError):
        return msgspec.convert(given, kind)
    plain = _plain(kind)
    if plain is datetime:
        return _instant(given)
    if plain is str and isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    if get_origin(plain) is tuple and isinstance(given, list):
        return tuple(_fitting(given, get_args(plain)[0]))
    if get_origin(plain) is dict and isinstance(given, dict):
        return dict(_fitting_entries(given, get_args(plain)[1]))
    return salvage(given, plain)


def _fitting(values: list[Any], kind: Any) -> Iterator[Any]:
    for value in values:
        with suppress(msgspec.ValidationError):
            yield _fit(value, kind)


def _fitting_entries(entries: dict[str, Any], kind: Any) -> Iterator[tuple[str, Any]]:
    """Those that fit; one that doesn't is None, where None is allowed."""
    for key, value in entries.items():
        try:
            yield key, _fit(value, kind)
        except msgspec.ValidationError:
            if NoneType in get_args(kind):
                yield key, None


def _plain(kind: Any) -> Any:
    """A field's type without None and without annotations, if one type is left."""
    if get_origin(kind) in (Union, UnionType):
        parts = [part for part in get_args(kind) if part is not NoneType]
        kind = parts[0] if len(parts) == 1 else kind
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _instant(given: Any) -> datetime:
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(given, str):
            moment = datetime.fromisoformat(given.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(given, int | float) and not isinstance(given, bool):
            return datetime.fromtimestamp(given, UTC)
    message = f"Expected a time, got {given!r}"
    raise msgspec.ValidationError(message)


_ESCAPES = re.compile(
    rb"(\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)"  # a backslash, a whole pair
    rb"|\\u[dD][89a-fA-F].."
)


def without_half_pairs(json: bytes) -> bytes:
    """JSON with U+FFFD in place of escaped half surrogate pairs, which no UTF-8 can hold."""
    return _ESCAPES.sub(lambda found: found[1] or rb"\ufffd", json)
