"""Bytes to objects: the envelope of a page, its items typed or raw, and one item alone.

A page is decoded once. Typed: straight into Structs; only when that is refused, item by item, and
the odd item field by field (`salvage`). Raw: each item's own bytes, and as little of it typed as
paging needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from .errors import DecodeError
from .salvage import salvage
from .wire import Request

Item = TypeVar("Item")

_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Content(Generic[Item]):
    """What a page's body holds.

    Attributes:
        size: items on a full page.
        pages: how many pages the list has.
        total: how many items it has.
        items: in order.
        outlines: of each item what paging needs, an object with its key among other attributes.
    """

    size: int
    pages: int
    total: int
    items: Sequence[Item]
    outlines: Sequence[Any]


class _Counts(msgspec.Struct, frozen=True):
    page_count: int
    total_count: int
    page_size: int = 30


class PageDecoder(Generic[Item]):
    """Reads the pages of one kind of list.

    Args:
        name: the key of the list in the envelope.
        kind: the items' Struct.
        outline: a Struct with the few fields that paging needs of a raw item.
    """

    def __init__(self, name: str, kind: type[Item], outline: type[Any]) -> None:
        self.name = name
        self.kind = kind
        self._typed = _envelope_decoder(name, kind)
        self._rough = _envelope_decoder(name, msgspec.Raw)
        self._item = msgspec.json.Decoder(kind)
        self._outline = msgspec.json.Decoder(outline)
        self._counts = msgspec.json.Decoder(_Counts)

    def typed(self, request: Request, body: bytes) -> Content[Item]:
        """The page with its items as Structs.

        Raises:
            DecodeError: it isn't such a page; one odd field is no reason.
        """
        try:
            page = self._typed.decode(body)
            items = page.items
        except msgspec.ValidationError:
            page = self._envelope(request, body)
            items = [self._odd(request, raw, place) for place, raw in enumerate(page.items)]
        except _MALFORMED as error:
            raise _unreadable(request, body, error) from None
        return Content(page.page_size, page.page_count, page.total_count, items, items)

    def raw(self, request: Request, body: bytes) -> Content[bytes]:
        """The page with each item's own bytes.

        Raises:
            DecodeError: it isn't such a page, or an item has no key.
        """
        page = self._envelope(request, body)
        outlines = [self._outlined(request, raw, place) for place, raw in enumerate(page.items)]
        items = [bytes(raw) for raw in page.items]
        return Content(page.page_size, page.page_count, page.total_count, items, outlines)

    def outline(self, item: bytes) -> Any:
        """What paging needs of an item's own bytes.

        Raises:
            msgspec.DecodeError: it isn't such an item.
        """
        return self._outline.decode(item)

    def total(self, request: Request, body: bytes) -> int:
        """How many items the list has.

        Raises:
            DecodeError: the answer doesn't say.
        """
        return int(_decode(self._counts, request, body).total_count)

    def one(self, request: Request, body: bytes, wrapper: str) -> Item:
        """A single item, bare (documented) or wrapped in an object (seen).

        Raises:
            DecodeError: it is no such item.
        """
        raw = _decode(_OBJECT, request, body)
        bare = raw.get(wrapper, b"") if len(raw) == 1 else b""
        try:
            return _read_item(self._item, self.kind, bytes(bare) or body)
        except msgspec.ValidationError as error:
            raise _misshapen(request, error) from None

    def _envelope(self, request: Request, body: bytes) -> Any:
        return _decode(self._rough, request, body)

    def _odd(self, request: Request, raw: msgspec.Raw, place: int) -> Item:
        try:
            return _read_item(self._item, self.kind, raw)
        except _MALFORMED as error:
            raise _misshapen(request, error, f"$.{self.name}[{place}]") from None

    def _outlined(self, request: Request, raw: msgspec.Raw, place: int) -> Any:
        try:
            return self._outline.decode(raw)
        except _MALFORMED as error:
            raise _misshapen(request, error, f"$.{self.name}[{place}]") from None


_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY = msgspec.json.Decoder(msgspec.Raw)


def _envelope_decoder(name: str, kind: Any) -> msgspec.json.Decoder[Any]:
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
    return msgspec.json.Decoder(struct)


def _read_item(
    decoder: msgspec.json.Decoder[Item], kind: type[Item], raw: bytes | msgspec.Raw
) -> Item:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        return salvage(msgspec.json.decode(raw), kind)


def check_json(request: Request, body: bytes) -> bytes:
    """The body itself, if it is JSON or empty.

    Raises:
        DecodeError: it is something else, such as a maintenance page.
    """
    if body.strip():
        _decode(_ANY, request, body)
    return body


def _decode(decoder: msgspec.json.Decoder[Any], request: Request, body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except _MALFORMED as error:
        raise _unreadable(request, body, error) from None


def _unreadable(request: Request, body: bytes, error: Exception) -> DecodeError:
    if isinstance(error, msgspec.ValidationError):
        return _misshapen(request, error)
    looks = "it is HTML" if body.lstrip()[:1] == b"<" else "it isn't valid JSON"
    if isinstance(error, RecursionError):
        looks = "it is nested too deep"
    elif isinstance(error, UnicodeDecodeError):
        looks = "it isn't UTF-8"
    return DecodeError(**request.facts, reason=looks, is_garbled=True)


def _misshapen(request: Request, error: Exception, place: str = "$") -> DecodeError:
    reason, _, inner = str(error).partition(" - at `$")
    return DecodeError(**request.facts, reason=_lower(reason), place=place + inner.rstrip("`"))


def _lower(text: str) -> str:
    return re.sub(r"^[A-Z](?=[a-z])", lambda first: first[0].lower(), text)


Decode = Callable[[Request, bytes], Item]
