"""What may be written: each attribute's Python name, its place in the body, how it is checked.

An attribute that is left out (`UNSET`) isn't sent, None is sent as `null`, an empty list as one.
Nothing is added that wasn't given, and texts go to the letter, line breaks included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Any, TypeAlias, TypeVar

from msgspec import UNSET, UnsetType

from reamaze_async.errors import InvalidParameter
from reamaze_async.validation import (
    check_pairs,
    check_tag,
    choice,
    flag,
    invalid,
    is_number,
    is_whole,
    plain,
    text,
)

Value = TypeVar("Value")

Given: TypeAlias = Value | UnsetType | None
"""What an attribute may be given: a value, None for `null`, or `UNSET`, which sends nothing."""

Check = Callable[[str, Any], Any]
"""Checks a value and gives what is sent for it; raises `InvalidParameter`."""

Rule = Callable[[Mapping[str, Any]], None]
"""Checks attributes against each other; raises `InvalidParameter`."""

DEEPEST = 100
"""Objects inside each other at most."""

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a write.

    Attributes:
        name: in Python.
        check: checks a value that isn't None.
        sent: its place below the root of the body, dots between; by default its name.
        is_needed: whether null makes no sense, and something new can't be without it.
    """

    name: str
    check: Check
    sent: str = ""
    is_needed: bool = False


def body_of(
    fields: Sequence[Field], given: Mapping[str, Any], *, is_new: bool = False
) -> dict[str, Any]:
    """Check what was given, and lay it out as it is sent.

    Args:
        fields: what may be given.
        given: what was given.
        is_new: whether something is made, for which nothing that is needed may be left out.

    Raises:
        InvalidParameter: a value would be refused or misread.
        TypeError: a name that isn't in the table.
    """
    if unknown := given.keys() - {field.name for field in fields}:
        message = f"unexpected attribute: {', '.join(sorted(unknown))}"
        raise TypeError(message)
    body: dict[str, Any] = {}
    for field in fields:
        value = given.get(field.name, UNSET)
        if value is UNSET and field.is_needed and is_new:
            raise invalid(field.name, value, "can't be left out: give it a value.")
        if value is not UNSET:
            *parents, last = (field.sent or field.name).split(".")
            target = body
            for parent in parents:
                target = target.setdefault(parent, {})
            target[last] = _checked(field, value)
    return body


def _checked(field: Field, value: Any) -> Any:
    if value is not None:
        return field.check(field.name, value)
    if field.is_needed:
        raise invalid(field.name, value, "can't be null: give it a value.")
    return None


def is_given(value: Any) -> bool:
    """Whether an attribute has a value, neither left out nor null."""
    return value is not None and value is not UNSET


# --- checks of single values ------------------------------------------------------------------


def letters(name: str, value: Any) -> str:
    """A text that says something, to the letter."""
    given = any_text(name, value)
    if not given.strip():
        raise invalid(name, value, "is empty: give it a text.")
    return given


def any_text(name: str, value: Any) -> str:
    """A text, maybe an empty one, to the letter."""
    if not isinstance(value, str):
        raise invalid(name, value, "must be a string.")
    check_pairs(name, value)
    return plain(value)


def secret(name: str, value: Any) -> str:
    """A text that no error shows."""
    try:
        return letters(name, value)
    except InvalidParameter:
        message = f"{name} must be a string that isn't empty (its value isn't shown here)."
    raise InvalidParameter(message)


def slug_or_number(name: str, value: Any) -> str | int:
    """What the service knows by a slug or a number, sent as what it is."""
    return int(value) if is_whole(value) else text(name, value)


def mobile(name: str, value: Any) -> str:
    """A telephone number in E.164 (documented)."""
    if not isinstance(value, str) or not _E164.fullmatch(value):
        raise invalid(name, value, "must be in E.164, such as '+15551234567': digits alone.")
    return plain(value)


def zero_or_one(name: str, value: Any) -> int:
    """A truth value that is sent as a number."""
    return int(flag(name, value))


def flag_or_day(name: str, value: Any) -> bool | str:
    """True, False, or the day until which it holds."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, bool):
        raise invalid(name, value, "must be True, False, or a date: the last day of it.")
    return value


def moment(name: str, value: Any) -> str:
    """A moment as ISO 8601 with an offset: an aware `datetime`, or a string that holds one."""
    given = value
    if isinstance(value, str):
        try:
            given = datetime.fromisoformat(text(name, value))
        except ValueError as error:
            if isinstance(error, InvalidParameter):
                raise
            raise invalid(name, value, _NO_MOMENT) from None
    if not isinstance(given, datetime):
        raise invalid(name, value, _NO_MOMENT)
    if given.utcoffset() is None:
        raise invalid(name, value, "has no time zone: give it one, such as tzinfo=UTC.")
    return plain(value).strip() if isinstance(value, str) else given.isoformat()


_NO_MOMENT = "must be an aware datetime, or ISO 8601 such as '2026-01-31T09:00:00+01:00'."


def number_of(kind: type[IntEnum], *but: IntEnum) -> Check:
    """A member of an enumeration, or its number.

    Args:
        kind: the enumeration.
        but: members that only the service sets.
    """
    known = {int(member): member.name for member in kind if member not in but}

    def check(name: str, value: Any) -> int:
        if not (is_whole(value) or isinstance(value, kind)) or value not in known:
            listed = ", ".join(f"{number} {word}" for number, word in known.items())
            raise invalid(name, value, f"must be of {kind.__name__}, or a number: {listed}.")
        return int(value)

    return check


def word(*words: str) -> Check:
    """One of some words."""
    return lambda name, value: choice(name, value, words)


def texts(name: str, value: Any) -> list[str]:
    """A list of texts, each to the letter; maybe an empty list."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise invalid(name, value, "must be a list of strings.")
    return [letters(name, item) for item in value]


def tags(name: str, value: Any) -> list[str]:
    """A list of tags; maybe an empty list."""
    found = texts(name, value)
    for tag in found:
        check_tag(name, tag)
    return found


def mapping(name: str, value: Any) -> dict[str, Any]:
    """A mapping of what JSON can hold."""
    if not isinstance(value, Mapping):
        raise invalid(name, value, "must be a mapping.")
    found: dict[str, Any] = json_value(name, value)
    return found


def mappings(**checks: Check) -> Check:
    """A list of mappings, of whose entries some are checked.

    Args:
        **checks: by the entry's name.
    """

    def check(name: str, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise invalid(name, value, "must be a list of mappings.")
        found = [mapping(name, item) for item in value]
        for item in found:
            for key in checks.keys() & item.keys():
                checks[key](f"{name} {key}", item[key])
        return found

    return check


def json_value(name: str, value: Any, depth: int = DEEPEST) -> Any:
    """A value that JSON can hold, as it is; a `NaN` would become null, and other keys text."""
    if value is None or isinstance(value, bool):
        return value
    if is_number(value) or isinstance(value, IntEnum):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, str):
        return any_text(name, value)
    if depth and isinstance(value, Mapping):
        inside = ((any_text(f"{name} key", key), item) for key, item in value.items())
        return {key: json_value(name, item, depth - 1) for key, item in inside}
    if depth and isinstance(value, list | tuple):
        return [json_value(name, item, depth - 1) for item in value]
    raise invalid(name, value, "can't be sent as JSON: give texts, numbers, lists and mappings.")
