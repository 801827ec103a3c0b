r"""Bytes to objects: the envelope of a page, its items typed or raw, and one item alone.

A page is decoded once. Typed: straight into Structs; only when that is refused, item by item, and
the odd item field by field (`lenient`). Raw: each item's own bytes, and as little of it typed as
paging needs.

Half a surrogate pair (`"\ud83d"`) is good JSON that no UTF-8 can hold. It becomes U+FFFD, in raw
items too: nothing else of an item's own bytes is ever changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Generic, TypeVar

import msgspec

from reamaze_async.errors import DecodeError

from .lenient import salvage, without_half_pairs
from .request import Request
from .response import complaint

Item = TypeVar("Item")
Decode = Callable[[Request, bytes], Item]

_Body = bytes | msgspec.Raw
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class PageBody(Generic[Item]):
    """The body of a page.

    Attributes:
        size: items on a full page.
        pages: how many pages the list has.
        total: how many items it has.
        items: in order.
        outlines: for each item an object with the attributes that paging needs, such as its key.
    """

    size: int
    pages: int
    total: int
    items: Sequence[Item]
    outlines: Sequence[Any]


class PageDecoder(Generic[Item]):
    """Reads the pages of one kind of list.

    Args:
        name: the key of the list in the envelope.
        kind: the items' Struct.
        outline: a Struct with the few fields that paging needs of a raw item.
    """

    def __init__(self, name: str, kind: type[Item], outline: type[Any]) -> None:
        self._name = name
        self._typed = _envelope_decoder(name, kind)
        self._rough = _envelope_decoder(name, msgspec.Raw)
        self._item = _tolerant(kind)
        self._outline = _tolerant(outline)

    def typed(self, request: Request, body: bytes) -> PageBody[Item]:
        """The page with its items as Structs.

        Raises:
            DecodeError: it isn't such a page; one odd field is no reason.
        """
        try:
            page = self._typed(body)
            items = page.items
        except _MALFORMED:
            page = _read(self._rough, request, body)
            items = self._read_each(self._item, request, page)
        return PageBody(page.page_size, page.page_count, page.total_count, items, items)

    def raw(self, request: Request, body: bytes) -> PageBody[bytes]:
        """The page with each item's own bytes.

        Raises:
            DecodeError: it isn't such a page, or an item has no key.
        """
        page = _read(self._rough, request, body)
        _read(bytes.decode, request, body)  # What msgspec skips it doesn't check.
        outlines = self._read_each(self._outline, request, page)
        items = [bytes(raw) for raw in page.items]
        return PageBody(page.page_size, page.page_count, page.total_count, items, outlines)

    def outline(self, item: bytes) -> Any:
        """What paging needs of an item's own bytes.

        Raises:
            msgspec.DecodeError: it isn't such an item.
        """
        return self._outline(item)

    def total(self, request: Request, body: bytes) -> int:
        """How many items the list has.

        Raises:
            DecodeError: the answer doesn't say.
        """
        return _read(_counts, request, body).total_count

    def one(self, request: Request, body: bytes, wrapper: str) -> Item:
        """A single item, bare (documented) or under its root key (seen).

        A bare one may have a field of that name that is no object: a channel has.

        Raises:
            DecodeError: it is no such item.
        """
        parts = _read(_parts, request, body)
        if bytes(parts.get(wrapper, b"")).startswith(b"{"):
            return _read(self._item, request, parts[wrapper], f"$.{wrapper}")
        return _read(self._item, request, body)

    def _read_each(
        self, decode: Callable[[_Body], Item], request: Request, page: Any
    ) -> list[Item]:
        try:
            return list(map(decode, page.items))
        except _MALFORMED:
            place = f"$.{self._name}[%d]"
            return [_read(decode, request, raw, place % i) for i, raw in enumerate(page.items)]


def check_json(request: Request, body: bytes) -> bytes:
    """The body itself, if it is JSON or empty.

    Raises:
        DecodeError: it is something else, such as a maintenance page.
    """
    if body.strip():
        _read(_anything, request, body)
        _read(bytes.decode, request, body)
    return body


# --- decoders: bytes in, an object out, or one of `_MALFORMED` -----------------------------------


class _Counts(msgspec.Struct, frozen=True):
    total_count: int


_counts = msgspec.json.Decoder(_Counts).decode
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_anything = msgspec.json.Decoder(msgspec.Raw).decode


def _envelope_decoder(name: str, kind: Any) -> Callable[[_Body], Any]:
    struct = msgspec.defstruct(
        "Envelope",
        [
            ("page_count", int),
            ("total_count", int),
            ("items", list[kind], msgspec.field(name=name)),
            ("page_size", int, 30),
        ],
        kw_only=True,
        gc=False,
    )
    return msgspec.json.Decoder(struct).decode


def _tolerant(kind: type[Item]) -> Callable[[_Body], Item]:
    """A decoder of one kind of item: strict first, and lenient if that fails."""
    strict = msgspec.json.Decoder(kind).decode

    def decode(raw: _Body) -> Item:
        try:
            return strict(raw)
        except msgspec.ValidationError:
            return salvage(_plain(raw), kind)

    return decode


def _plain(raw: _Body) -> Any:
    """Decode to plain objects; by the standard library if a number is too large for msgspec."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return json.loads(bytes(raw), parse_int=_integer)


def _integer(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:  # Python bounds the number of digits.
        return inf


# --- what can't be decoded -----------------------------------------------------------------------


def _read(
    decode: Callable[[Any], Item], request: Request, body: _Body, place: str | None = None
) -> Item:
    """Decode a body, or an item in it; half surrogate pairs are mended if they are in the way.

    Raises:
        DecodeError: it can't be decoded.
    """
    try:
        return decode(body)
    except _MALFORMED as error:
        given = bytes(body)
        mended = without_half_pairs(given)
        if mended == given:
            raise _unreadable(request, given, error, place) from None
    return _read(decode, request, mended, place)


def _unreadable(request: Request, body: bytes, error: Exception, place: str | None) -> DecodeError:
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
