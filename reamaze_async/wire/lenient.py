"""Lenient decoding: an item is read field by field, so that one odd value costs one field at most.

Tried only after the typed decode refused an item. Single values are read as `values` reads them;
of a list what fits is kept. What still doesn't fit, such as an empty string for a time or an
object, is as good as missing: the field gets its default. A field without a default (a
conversation's slug) must fit.

Of a map, as reports have them, each value is read by itself. A plain text in the place of a user or
an excerpt is one with just that text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from enum import IntEnum
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from .values import amount_of, number_of, text_of, time_of, truth_of

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


_READERS: dict[Any, Callable[[Any], Any]] = {
    datetime: time_of,
    int: number_of,
    float: amount_of,
    bool: truth_of,
    str: text_of,
}


def _fit(given: Any, kind: Any) -> Any:
    """Convert a value to a type, leniently.

    Raises:
        msgspec.ValidationError: there is no sensible way.
    """
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        refusal = error
    plain = _plain(kind)
    if get_origin(plain) is tuple and isinstance(given, list):
        return tuple(_fitting(given, get_args(plain)[0]))
    if get_origin(plain) is dict and isinstance(given, dict):
        return dict(_fitting_entries(given, get_args(plain)[1]))
    is_enum = isinstance(plain, type) and issubclass(plain, IntEnum)
    read = _READERS.get(int if is_enum else plain)
    if read is None:
        return salvage(given, plain)
    if (value := read(given)) is None:
        raise refusal
    return plain(value) if is_enum else value


def _fitting(values: list[Any], kind: Any) -> Iterator[Any]:
    for value in values:
        with suppress(msgspec.ValidationError):
            yield _fit(value, kind)


def _fitting_entries(entries: dict[str, Any], kind: Any) -> Iterator[tuple[str, Any]]:
    """The entries that fit; of one that doesn't the name is kept, with nothing known of it."""
    for key, value in entries.items():
        try:
            yield key, _fit(value, kind)
        except msgspec.ValidationError:
            yield key, None if NoneType in get_args(kind) else salvage({}, kind)


def _plain(kind: Any) -> Any:
    """A field's type without None and without annotations, if one type is left."""
    if get_origin(kind) in (Union, UnionType):
        parts = [part for part in get_args(kind) if part is not NoneType]
        kind = parts[0] if len(parts) == 1 else kind
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


_ESCAPES = re.compile(
    rb"(\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)"  # a backslash, a whole pair
    rb"|\\u[dD][89a-fA-F].."
)


def without_half_pairs(json: bytes) -> bytes:
    """JSON with U+FFFD in place of escaped half surrogate pairs, which no UTF-8 can hold."""
    return _ESCAPES.sub(lambda found: found[1] or rb"\ufffd", json)
