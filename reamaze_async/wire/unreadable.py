"""What can't be read: the error for a body, and what stands for an item among its neighbours."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec

from reamaze_async.errors import DecodeError

from .lenient import without_half_pairs
from .parts import MALFORMED, Body
from .request import Request
from .response import complaint

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item that can't be read, or that has no key.

    Attributes:
        key: stands for its key, and is the same wherever the same bytes come again; a value that
            says nothing of itself, such as `null`, is known by its page and by its turn there.
        reason: what is wrong with it.
        place: where in the page.
        json: its own bytes, if it is an object and lacks only a key; else None.
    """

    key: str
    reason: str
    place: str
    json: bytes | None = field(default=None, repr=False)


def unreadable(
    raw: Body, reason: str, place: str, *, is_garbled: bool = False, turn: str = ""
) -> Unreadable:
    """What stands for an item that can't be read; `turn` tells those apart that say nothing."""
    given = bytes(raw)
    is_object = given.startswith(b"{") and not is_garbled
    says_something = is_object or (is_garbled and given)
    known = given if says_something else given + turn.encode()
    # No key of an item begins like this one: keys are texts that people can read.
    key = f"\0{blake2b(known, digest_size=12).hexdigest()}"
    return Unreadable(key, reason, place, json=given if is_object else None)


def read(
    decode: Callable[[Any], Result], request: Request, body: Body, place: str | None = None
) -> Result:
    """Decode a body, or an item in it; half surrogate pairs are mended if they are in the way.

    Raises:
        DecodeError: it can't be decoded.
    """
    try:
        return decode(body)
    except MALFORMED as error:
        given = bytes(body)
        mended = without_half_pairs(given)
        if mended == given:
            raise _refusal(request, given, error, place) from None
    return read(decode, request, mended, place)


def _refusal(request: Request, body: bytes, error: Exception, place: str | None) -> DecodeError:
    if not isinstance(error, msgspec.ValidationError):
        reason = _look(body.strip(), error)
        return DecodeError(**request.facts, reason=reason, place=place, is_garbled=True)
    reason, _, inner = str(error).partition(" - at `$")
    said = "" if place else complaint(body)[0]
    return DecodeError(
        **request.facts,
        reason=re.sub(r"^[A-Z](?=[a-z])", lambda first: first[0].lower(), reason)
        + (f" (it says {said!r})" if said else ""),
        place=(place or "$") + inner.rstrip("`"),
    )


def _look(body: bytes, error: Exception) -> str:
    """What is wrong with a body that isn't JSON."""
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, UnicodeDecodeError) or "UTF-8" in str(error):  # msgspec from 0.22 on
        return "it isn't UTF-8"
    if not body:
        return "it is empty"
    return "it is HTML" if body.startswith(b"<") else "it isn't valid JSON"
