"""Bad items in good pages: what one thing looks like when something is wrong with it. Pure."""

from collections.abc import Callable
from enum import StrEnum

from reamaze_async.sandbox.encoding import JSON, encode

KEYS = ("slug", "_id", "id", "email", "mobile", "name", "created_at")
"""What may tell one thing from another."""

DEPTH = 100_000


class Flaw(StrEnum):
    """What may be wrong with one item."""

    NO_KEY = "no-key"
    """Nothing tells it from others: no slug, no id, no address, no date."""
    NULL_KEY = "null-key"
    """The same, with nulls in their place."""
    NULL = "null"
    """`null` in place of the item."""
    TEXT = "text"
    """A text in place of the item."""
    LIST = "list"
    """A list in place of the item."""
    EMPTY = "empty"
    """An item without any field."""
    NAN = "nan"
    """A bare `NaN` in one field, which is no JSON."""
    CONTROL = "control"
    """A raw control character in a string, which is no JSON."""
    NOT_JSON = "not-json"
    """Something that no reader takes for JSON, but that ends where it should."""
    BAD_UTF8 = "bad-utf8"
    """A string with bytes that are no UTF-8."""
    SURROGATE = "surrogate"
    """A string with half of a pair of surrogates, escaped."""
    NUL = "nul"
    """A string with an escaped NUL."""
    DEEP = "deep"
    """A field nested deeper than any decoder goes."""
    HUGE_NUMBER = "huge-number"
    """Numbers that fit nowhere."""
    HUGE_TEXT = "huge-text"
    """A field of two megabytes."""
    WRONG_TYPES = "wrong-types"
    """Every text is a number, every number a text, every object a list."""
    TWICE = "twice"
    """The item, and right behind it the same item."""


Spoil = Flaw | bytes | Callable[[JSON], object]
"""A flaw, the bytes themselves, or what makes another value of the item."""


def spoiled(encoded: bytes, item: JSON, spoil: Spoil) -> bytes:
    """The bytes that stand in the item's place.

    Args:
        encoded: The item as it should be.
        item: The same, before it was bytes.
        spoil: What is wrong.
    """
    if isinstance(spoil, bytes):
        return spoil
    if not isinstance(spoil, Flaw):
        return encode(spoil(dict(item)))
    if spoil in _REPLACED:
        return _REPLACED[spoil]
    if spoil in _ADDED:
        return encoded[:-1] + _ADDED[spoil]
    return encode(_CHANGED[spoil](item)) if spoil in _CHANGED else encoded + b"," + encoded


def _turned(value: object) -> object:
    match value:
        case None | bool():
            return "?"
        case int() | float():
            return str(value)
        case str():
            return len(value)
        case dict():
            return list(value.values())
    return {}


_REPLACED = {
    Flaw.NULL: b"null",
    Flaw.TEXT: b'"an item"',
    Flaw.LIST: b"[]",
    Flaw.EMPTY: b"{}",
    Flaw.NOT_JSON: b"<html>&nbsp;</html>",
}
_ADDED = {
    Flaw.NAN: b',"flaw":NaN}',
    Flaw.CONTROL: b',"flaw":"a\x01b\nc"}',
    Flaw.BAD_UTF8: b',"flaw":"\xff\xfe"}',
    Flaw.SURROGATE: b',"flaw":"\\ud83d"}',
    Flaw.NUL: b',"flaw":"a\\u0000b"}',
    Flaw.DEEP: b',"flaw":' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    Flaw.HUGE_NUMBER: b',"flaw":[1' + b"0" * 400 + b",1e999,-1e999]}",
    Flaw.HUGE_TEXT: b',"flaw":"' + b"x" * 2_000_000 + b'"}',
}
_CHANGED: dict[Flaw, Callable[[JSON], object]] = {
    Flaw.NO_KEY: lambda item: {name: it for name, it in item.items() if name not in KEYS},
    Flaw.NULL_KEY: lambda item: {name: None if name in KEYS else it for name, it in item.items()},
    Flaw.WRONG_TYPES: lambda item: {name: _turned(it) for name, it in item.items()},
}
