"""What a write may be given: the body's root, the attributes, and what is wrong with them. Pure.

A form is a table: for each attribute what it must be. The reasons are worded as Rails words them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reamaze_async.sandbox import responses
from reamaze_async.sandbox.http import Incoming
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.times import bounds

BLANK = "can't be blank"
INVALID = "is invalid"
MISSING = "not found"
TAKEN = "has already been taken"
UNLISTED = "is not included in the list"

FIRST, LAST = -62_100_000_000_000, 253_370_000_000_000
"""About the ends of the calendar, in milliseconds since 1970, whatever the offset."""

Given = Mapping[str, Any]
Errors = dict[str, list[str]]
Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a write."""

    name: str
    check: Check
    """Whether a value that isn't null will do."""
    is_needed: bool = False
    """A new thing must have it, and an old one can't lose it."""
    reason: str = INVALID


@dataclass(frozen=True, slots=True)
class Form:
    """What one kind of thing may be given."""

    root: str | None
    """The key that the attributes stand under; None: flat."""
    fields: tuple[Field, ...]
    is_loose: bool = False
    """The attributes may come without their root, since Rails wraps them (seen)."""

    def accept(
        self, incoming: Incoming, *, is_new: bool, also: Callable[[Given], Errors] | None = None
    ) -> Given | Answer:
        """The attributes, or why they aren't taken: 400 or 422.

        Args:
            incoming: The request.
            is_new: Whether it makes something.
            also: Looks for what else is wrong, where each attribute by itself will do.
        """
        given = self.read(incoming)
        if given is None:
            return responses.BAD_REQUEST
        errors = self.errors(given, is_new=is_new) or (also(given) if also else {})
        return responses.unprocessable(errors) if errors else given

    def read(self, incoming: Incoming) -> Given | None:
        """The attributes, or None for a body that Rails would refuse."""
        body = json_of(incoming)
        if not isinstance(body, dict):
            return None
        if self.root is None or (self.is_loose and self.root not in body):
            return body
        under = body.get(self.root)
        return under if isinstance(under, dict) else None

    def errors(self, given: Given, *, is_new: bool) -> Errors:
        """What is wrong, by attribute."""
        return {
            field.name: [reason]
            for field in self.fields
            if (reason := _reason(field, given, is_new=is_new))
        }


def _reason(field: Field, given: Given, *, is_new: bool) -> str | None:
    value = given.get(field.name)
    is_blank = value is None or (isinstance(value, str) and not value.strip())
    if is_blank and field.is_needed:
        return BLANK if is_new or field.name in given else None
    if value in (None, ""):
        return None
    return None if field.check(value) else field.reason


def json_of(incoming: Incoming) -> object:
    """The body's JSON; None for what is none, or isn't called so."""
    if "json" not in incoming.headers.get("content-type", "").lower():
        return None
    try:
        return json.loads(incoming.body)
    except (ValueError, RecursionError):
        return None


# Checks


def is_text(value: object) -> bool:
    """A text."""
    return isinstance(value, str)


def is_flag(value: object) -> bool:
    """True or false, as JSON or as a number."""
    return value in (True, False)


def is_email(value: object) -> bool:
    """Something with an @ inside."""
    return isinstance(value, str) and "@" in value.strip("@")


def is_mobile(value: object) -> bool:
    """E.164: a plus, then 7 to 15 digits (documented)."""
    text = value if isinstance(value, str) else ""
    digits = text[1:]
    return text[:1] == "+" and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15


def is_url(value: object) -> bool:
    """An absolute address."""
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def is_moment(value: object) -> bool:
    """A time, or a day, that the account's clock can show."""
    found = bounds(value) if isinstance(value, str) else None
    return found is not None and FIRST <= found[0] <= LAST


def is_object(value: object) -> bool:
    """An object, whatever is in it."""
    return isinstance(value, dict)


def is_flat(value: object) -> bool:
    """An object without objects inside."""
    return isinstance(value, dict) and not any(isinstance(it, dict | list) for it in value.values())


def one_of(*values: object) -> Check:
    """One of these, and of their type: true is no 1."""
    return lambda value: any(value == it and type(value) is type(it) for it in values)


def list_of(check: Check) -> Check:
    """A list in which each thing will do."""
    return lambda value: isinstance(value, list) and all(map(check, value))
