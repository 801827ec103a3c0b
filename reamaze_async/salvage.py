"""The slow way to read an item: field by field, so that one odd value costs one field at most.

Tried only after the typed decode refused a page. A time without offset is taken as UTC, an empty
string for a time or an object as missing, a number in quotes as the number; what still doesn't
fit becomes the field's default. A field without a default (a conversation's slug) must fit.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

Item = TypeVar("Item")

_NOTHING = object()


def salvage(value: Any, kind: type[Item]) -> Item:
    """Make a Struct of decoded JSON, whatever of it fits.

    Raises:
        msgspec.ValidationError: it isn't an object, or a needed field doesn't fit.
    """
    if not isinstance(value, dict) or not issubclass(kind, msgspec.Struct):
        return msgspec.convert(value, kind)
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        given = value.get(field.encode_name, _NOTHING)
        if field.required:
            fields[field.name] = _needed(given, field.type, field.encode_name)
        elif (fitting := _fit(given, field.type)) is not _NOTHING:
            fields[field.name] = fitting
    return kind(**fields)


def _needed(given: Any, kind: Any, name: str) -> Any:
    if given is _NOTHING:
        message = f"Object missing required field `{name}`"
        raise msgspec.ValidationError(message)
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        message = f"{error} - at `$.{name}`"
        raise msgspec.ValidationError(message) from None


def _fit(given: Any, kind: Any) -> Any:
    """The value as this type, or `_NOTHING`."""
    if given is _NOTHING:
        return _NOTHING
    with suppress(msgspec.ValidationError):
        return msgspec.convert(given, kind)
    for choice in _choices(kind):
        fitting = _bend(given, choice)
        if fitting is not _NOTHING:
            return fitting
    return _NOTHING


def _choices(kind: Any) -> list[Any]:
    """The types that a field may have, without None and without annotations."""
    if get_origin(kind) in (Union, UnionType):
        return [c for part in get_args(kind) if part is not NoneType for c in _choices(part)]
    return [get_args(kind)[0] if get_origin(kind) is Annotated else kind]


def _bend(given: Any, kind: Any) -> Any:
    if kind is datetime:
        return _instant(given)
    if get_origin(kind) is tuple and isinstance(given, list):
        parts = (_fit(part, get_args(kind)[0]) for part in given)
        return tuple(part for part in parts if part is not _NOTHING)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(given, dict):
        return salvage(given, kind)
    if kind is str and isinstance(given, int | float):
        return msgspec.json.encode(given).decode()
    with suppress(msgspec.ValidationError):
        return msgspec.convert(given, kind, strict=False)
    return _NOTHING


def _instant(given: Any) -> Any:
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(given, int | float) and not isinstance(given, bool):
            return datetime.fromtimestamp(given, UTC)
        if isinstance(given, str):
            moment = datetime.fromisoformat(given.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _NOTHING
