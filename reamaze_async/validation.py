"""Checks of single values that callers give. An error names the value and the remedy."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from enum import Enum
from math import isfinite
from reprlib import Repr
from typing import Any

from .errors import InvalidParameter

_short = Repr()
_short.maxstring = _short.maxother = _short.maxlong = 120


LARGEST = 10**600
"""From here on a number is too large to be written out, as Python may be told to bound that."""


def shown(value: Any) -> str:
    """A value's repr for error messages, shortened if it is long."""
    try:
        return _short.repr(value)
    except ValueError:  # Python 3.11 can't shorten a number of thousands of digits.
        return f"<{type(value).__name__} with a number that is too large to be shown>"


def invalid(name: str, value: Any, why: str) -> InvalidParameter:
    """The error for a value that can't be used, which says what to do instead."""
    return InvalidParameter(f"={shown(value)} {why}", name=name)


def is_plain(value: str) -> bool:
    """Whether a string holds no control characters."""
    return not any(unicodedata.category(character) == "Cc" for character in value)


def check_plain(name: str, value: str) -> None:
    """Refuse what can't be sent: control characters, and what no UTF-8 can hold.

    Raises:
        InvalidParameter: the string holds it.
    """
    if not is_plain(value):
        raise invalid(name, value, "holds control characters: remove them.")
    check_pairs(name, value)


def check_pairs(name: str, value: str) -> None:
    """Refuse half of a surrogate pair.

    Raises:
        InvalidParameter: the string holds one.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        why = "holds half of a surrogate pair, which no UTF-8 can hold: remove it."
        raise invalid(name, value, why) from None


def check_tag(name: str, value: str) -> None:
    """Refuse a tag that the server would take for several.

    Raises:
        InvalidParameter: there is a comma in it.
    """
    if "," in value:
        parts = [part.strip() for part in value.split(",")]
        why = f"holds a comma, which separates tags: for several give a sequence, {parts!r}."
        raise invalid(name, value, why)


_UNSEEN = re.compile(
    "[\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u3164\\ufe00-\\ufe0f\\uffa0]"
)
"""Letters and marks without a shape; other characters tell by their category."""


def unseen(value: str) -> int | None:
    """The place of the first character that nobody sees, a blank too; None if there is none."""
    for place, character in enumerate(value):
        category = unicodedata.category(character)
        if category in ("Cf", "Cs", "Zs", "Zl", "Zp") or _UNSEEN.match(character):
            return place
    return None


def plain(value: str) -> str:
    """The string itself of any kind of string, such as a member of an enum or a template's text."""
    return str.__str__(value)


def exact_text(name: str, value: Any) -> str:
    """A string that says something, as it is.

    Raises:
        InvalidParameter: it isn't one.
    """
    if not isinstance(value, str):
        raise invalid(name, value, "must be a string.")
    if not value.strip():
        raise invalid(name, value, "is empty: give it a value.")
    check_plain(name, value.strip())
    return plain(value)


def text(name: str, value: Any) -> str:
    """A string that says something, without white space around it.

    Raises:
        InvalidParameter: it isn't one.
    """
    return exact_text(name, value).strip()


def identifier(name: str, value: Any) -> str:
    """An id as text: a string that says something, or a whole number.

    Raises:
        InvalidParameter: it is neither.
    """
    return text(name, str(value) if is_whole(value) else value)


def choice(name: str, value: Any, words: Sequence[str]) -> str:
    """One of some words.

    Raises:
        InvalidParameter: it isn't.
    """
    if not isinstance(value, str) or value not in words:
        raise invalid(name, value, f"is unknown: use one of {', '.join(map(repr, words))}.")
    return plain(value)


def flag(name: str, value: Any) -> bool:
    """A truth value, and nothing that merely looks like one.

    Raises:
        InvalidParameter: it isn't `True` or `False`.
    """
    if not isinstance(value, bool):
        raise invalid(name, value, "must be True or False.")
    return value


def whole(name: str, value: Any, *, least: int) -> int:
    """A whole number of at least `least`.

    Raises:
        InvalidParameter: it isn't one.
    """
    if not is_whole(value) or value < least:
        raise invalid(name, value, f"must be a whole number from {least}.")
    return int(value)


def seconds(name: str, value: Any, *, zero: bool = False) -> float:
    """A finite span of time.

    Raises:
        InvalidParameter: it isn't a positive number (or 0, where that makes sense).
    """
    return _amount(name, value, "seconds", zero=zero)


def mebibytes(name: str, value: Any) -> float:
    """A finite size.

    Raises:
        InvalidParameter: it isn't a positive number.
    """
    return _amount(name, value, "MiB", zero=False)


def _amount(name: str, value: Any, unit: str, *, zero: bool) -> float:
    is_finite = is_number(value) and 0 <= value <= sys.float_info.max
    if not is_finite or (value == 0 and not zero):
        raise invalid(name, value, f"must be a {'' if zero else 'positive '}number of {unit}.")
    return float(value)


def share(name: str, value: Any) -> float:
    """Check a part of something, above 0 and at most 1."""
    if not is_number(value) or not 0 < value <= 1:
        raise invalid(name, value, "must be a number above 0 and at most 1.")
    return float(value)


def page_number(value: Any) -> int:
    """A page number, from 1.

    Raises:
        InvalidParameter: it isn't a positive whole number.
    """
    return whole("page", value, least=1)


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; `True` isn't, nor a member of an enum, nor 10 ** 5000."""
    is_one = isinstance(value, int) and not isinstance(value, bool | Enum)
    return is_one and abs(value) < LARGEST


def is_number(value: Any) -> bool:
    """Whether a value is a finite number, whole or not."""
    return is_whole(value) or (isinstance(value, float) and isfinite(value))
