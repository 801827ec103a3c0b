r"""Bytes to objects: the envelope of a page, its items typed or raw, and one item alone.

A page is decoded once. Typed: straight into Structs; only when that is refused, item by item, and
the odd item field by field (`lenient`). Raw: each item's own bytes, found by how they begin
(`split_alike`), and as little of them typed as paging needs; only when they aren't what was found,
the page is decoded first. An item that can't be read, or has no key, costs itself: it is an
`Unreadable` among its neighbours. A page that is no JSON as a whole is an error at first, since
that may pass; when it comes so again, its items are read one by one (`split_page`).

Half a surrogate pair (`"\ud83d"`) is good JSON that no UTF-8 can hold. It becomes U+FFFD, in raw
items too: nothing else of an item's own bytes is ever changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from math import inf
from typing import Annotated, Any, Generic, Protocol, TypeVar

import msgspec

from reamaze_async.errors import DecodeError

from .lenient import salvage, without_half_pairs
from .parts import MALFORMED, Body, parts_of
from .request import Request
from .splitting import STAND_IN, split_alike, split_page
from .unreadable import Unreadable, read, unreadable
from .values import number_of

Item = TypeVar("Item")
Result_co = TypeVar("Result_co", covariant=True)

PAGE_SIZE = 30
"""Items on a page (documented), where a page doesn't say."""

LARGEST_COUNT = 2**53
"""What is larger counts nothing, and couldn't even be compared with a `float`."""


class Decode(Protocol[Result_co]):
    """Reads the body of a page."""

    def __call__(self, request: Request, body: bytes, *, splits: bool = False) -> Result_co:
        """Read a body.

        Args:
            request: what was asked.
            body: what came.
            splits: whether to read the items one by one if the page isn't JSON as a whole.
        """
        ...


Keys = Callable[[Sequence[Any]], list[str]]
"""Gives the keys of Structs: of all at once, which is cheaper than one by one."""

_Counts3 = tuple[int, int, int]
"""Page size, page count, total count."""


class PageBody(msgspec.Struct, Generic[Item], frozen=True, gc=False):
    """The body of a page.

    Attributes:
        size: items on a full page.
        pages: how many pages the list has.
        total: how many items it has.
        items: in order; what can't be read is an `Unreadable`.
        outlines: for each item an object with the attributes that paging needs.
        keys: what each item is told apart by, also one that can't be read.
        unreadable: the items that can't be read, by position.
        distinct: the keys as a set, if it was made already.
    """

    size: int
    pages: int
    total: int
    items: Sequence[Item]
    outlines: Sequence[Any]
    keys: Sequence[str]
    unreadable: Mapping[int, Unreadable] = msgspec.field(default_factory=dict)
    distinct: Set[str] | None = None

    def __repr__(self) -> str:
        return f"<PageBody of {self.size}: {self.pages} pages, {self.total} items in all>"

    @property
    def readable(self) -> tuple[Item, ...]:
        """The items that can be read."""
        return tuple(item for i, item in enumerate(self.items) if i not in self.unreadable)


class PageDecoder(Generic[Item]):
    """Reads the pages of one kind of list.

    Args:
        name: the key of the list in the envelope.
        kind: the items' Struct.
        outline: a Struct with the few fields that paging needs of a raw item.
        keys: gives the keys of Structs of either kind.

    Attributes:
        fields: the names in JSON of what an item may have.
    """

    def __init__(self, name: str, kind: type[Item], outline: type[Any], keys: Keys) -> None:
        self.fields: Set[str] = _names(kind)
        self._name = name
        self._typed = _envelope_decoder(name, kind)
        self._rough = _envelope_decoder(name, msgspec.Raw)
        self._loose = _envelope_decoder(name, msgspec.Raw, count=Any)
        self._item = _tolerant(kind)
        self._strict_outline = msgspec.json.Decoder(outline).decode
        self._outline = _tolerant(outline)
        self._keys = keys

    def typed(self, request: Request, body: bytes, *, splits: bool = False) -> PageBody[Item]:
        """The page with its items as Structs.

        Raises:
            DecodeError: it isn't such a page; one odd item is no reason.
        """
        try:
            page = self._typed(body)
            items = page.items
            keys = self._keys(items)
            if "" not in (distinct := set(keys)):
                counts = page.page_size, page.page_count, page.total_count
                return PageBody(*counts, items, items, keys, distinct=distinct)
        except MALFORMED:
            pass
        counts, raws = self._split(request, body) if splits else self._envelope(request, body)
        items, keys, lost = self._read_each(self._item, request, raws, splits=splits)
        return PageBody(*counts, items, items, keys, lost)

    def raw(self, request: Request, body: bytes, *, splits: bool = False) -> PageBody[bytes]:
        """The page with each item's own bytes.

        Raises:
            DecodeError: it isn't such a page; one odd item is no reason.
        """
        if splits:
            counts, raws = self._split(request, body)
        elif (page := self._raw_at_once(body)) is not None:
            return page
        else:
            counts, raws = self._envelope(request, body)
            read(bytes.decode, request, body)  # What msgspec skips it doesn't check.
        outline = _in_utf_8(self._outline) if splits else self._outline
        outlines, keys, lost = self._read_each(outline, request, raws, splits=splits)
        items: list[Any] = [bytes(raw) for raw in raws]
        for position, one in lost.items():
            items[position] = one
        return PageBody(*counts, items, outlines, keys, lost)

    def _raw_at_once(self, body: bytes) -> PageBody[bytes] | None:
        """The page with each item's own bytes, if all is well with it."""
        with suppress(*MALFORMED):
            if (parts := split_alike(body, self._name)) is None:
                return None
            page, items = self._rough(parts[0]), parts[1]
            outlines = list(map(self._strict_outline, items))
            keys = self._keys(outlines)
            body.decode()  # What msgspec skips it doesn't check.
            if all(keys) and list(map(bytes, page.items)) == [STAND_IN]:
                counts = page.page_size, page.page_count, page.total_count
                return PageBody(*counts, items, outlines, keys)
        return None

    def _envelope(self, request: Request, body: bytes) -> tuple[_Counts3, Sequence[Body]]:
        """The counts of a page, and its items as bytes."""
        try:
            page = read(self._rough, request, body)
        except DecodeError as error:
            if error.is_garbled or (loose := self._loosely(request, body)) is None:
                raise
            return loose
        return (page.page_size, page.page_count, page.total_count), page.items

    def _loosely(self, request: Request, body: bytes) -> tuple[_Counts3, Sequence[Body]] | None:
        """Likewise where a count is in quotes, has a point or is missing; None if it is no page."""
        try:
            page = read(self._loose, request, body)
        except DecodeError:
            return None
        size = max(0, _count_of(page.page_size) or 0) or PAGE_SIZE
        total, pages = _count_of(page.total_count), _count_of(page.page_count)
        if total is None:
            return None
        # Of a list that seems empty the counts are all there is to believe.
        if not page.items and min(total, pages or 0) < 0 and (request.page or 1) == 1:
            return None
        if pages is None or pages < 0:
            pages = -(-total // size)
        return (size, max(0, pages), max(0, total)), page.items

    def _split(self, request: Request, body: bytes) -> tuple[_Counts3, Sequence[Body]]:
        """Counts and items of a page that isn't JSON as a whole."""
        parts = split_page(body, self._name)
        if parts is not None:
            with suppress(DecodeError):
                counts, _ = self._envelope(request, parts[0])
                return counts, [without_half_pairs(item) for item in parts[1]]
        return self._envelope(request, body)

    def _key(self, thing: Any) -> str:
        return self._keys([thing])[0]

    def outline(self, item: bytes) -> Any:
        """What paging needs of an item's own bytes; an `Unreadable` if it is without a key.

        Raises:
            msgspec.DecodeError: it is no object.
        """
        try:
            outline = self._outline(item)
            return outline if self._key(outline) else unreadable(item, "its key is empty", "$")
        except msgspec.ValidationError as error:
            keyless = unreadable(item, str(error), "$")
            if keyless.json is None:
                raise
            return keyless

    def item(self, item: bytes) -> Item:
        """An item from its own bytes, such as one that was stored.

        Raises:
            msgspec.DecodeError: it is no such item.
        """
        return self._item(item)

    def total(self, request: Request, body: bytes) -> int:
        """How many items the list has.

        Raises:
            DecodeError: the answer doesn't say.
        """
        total = _count_of(read(_counts, request, body).total_count)
        if total is None or total < 0:
            return read(_strict_counts, request, body).total_count
        return total

    def one(self, request: Request, body: bytes, wrapper: str) -> Item:
        """A single item, bare (documented) or under its root key (seen).

        A bare one may have a field of that name that is no object: a channel has.

        Raises:
            DecodeError: it is no such item.
        """
        parts = read(parts_of, request, body)
        if bytes(parts.get(wrapper, b"")).startswith(b"{"):
            return read(self._item, request, parts[wrapper], f"$.{wrapper}")
        return read(self._item, request, body)

    def _read_each(
        self,
        decode: Callable[[Body], Any],
        request: Request,
        raws: Sequence[Body],
        *,
        splits: bool,
    ) -> tuple[list[Any], list[str], dict[int, Unreadable]]:
        """Decode each item; what can't be decoded costs itself, unless it may pass."""
        with suppress(*MALFORMED):
            items = list(map(decode, raws))
            keys = self._keys(items)
            if all(keys):
                return items, keys, {}
        items, lost = [], {}
        for position, raw in enumerate(raws):
            place = f"$.{self._name}[{position}]"
            try:
                item = read(decode, request, raw, place)
                if not self._key(item):
                    lost[position] = item = unreadable(raw, "its key is empty", place)
            except DecodeError as error:
                if error.is_garbled and not splits:
                    raise
                lost[position] = item = unreadable(
                    raw,
                    error.reason,
                    error.place or place,
                    is_garbled=error.is_garbled,
                    turn=f"{request.page} {len(lost)}",
                )
            items.append(item)
        keys = [one.key if isinstance(one, Unreadable) else self._key(one) for one in items]
        return items, keys, lost


def check_json(request: Request, body: bytes) -> bytes:
    """The body itself, if it is JSON or empty.

    Raises:
        DecodeError: it is something else, such as a maintenance page.
    """
    if body.strip():
        read(_anything, request, body)
        read(bytes.decode, request, body)
    return body


# --- decoders: bytes in, an object out, or one of `MALFORMED` -----------------------------------


_Size = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_COUNT)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]


class _StrictCounts(msgspec.Struct, frozen=True):
    total_count: _Count


class _LooseCounts(msgspec.Struct, frozen=True):
    total_count: Any


_strict_counts = msgspec.json.Decoder(_StrictCounts).decode
_counts = msgspec.json.Decoder(_LooseCounts).decode
_anything = msgspec.json.Decoder(msgspec.Raw).decode


def _count_of(value: Any) -> int | None:
    """A count that is written loosely; None if it isn't one."""
    number = number_of(value)
    return None if number is None or abs(number) > LARGEST_COUNT else number


def _envelope_decoder(name: str, kind: Any, count: Any = None) -> Callable[[Body], Any]:
    """A decoder of pages; `count` is the type of the counts if they are read loosely."""
    # A negative or senseless count is read loosely, too.
    struct = msgspec.defstruct(
        "Envelope",
        [
            ("page_count", count, None) if count else ("page_count", _Count),
            ("total_count", count or _Count),
            ("items", list[kind], msgspec.field(name=name)),
            ("page_size", count or _Size, PAGE_SIZE),
        ],
        kw_only=True,
        gc=False,
    )
    return msgspec.json.Decoder(struct).decode


def _tolerant(kind: type[Item]) -> Callable[[Body], Item]:
    """A decoder of one kind of item: strict first, and lenient if that fails."""
    strict = msgspec.json.Decoder(kind).decode

    def decode(raw: Body) -> Item:
        try:
            return strict(raw)
        except msgspec.ValidationError:
            return salvage(_fields(raw, kind), kind)

    return decode


def _in_utf_8(decode: Callable[[Body], Item]) -> Callable[[Body], Item]:
    """The same decoder, for bytes that nobody has checked yet."""

    def check_and_decode(raw: Body) -> Item:
        bytes(raw).decode()
        return decode(raw)

    return check_and_decode


def _fields(raw: Body, kind: Any) -> Any:
    """An object's fields as plain values; what nobody asks for is left out, however odd it is."""
    fields = parts_of(raw)
    plain = {}
    for name in _names(kind) & fields.keys():
        with suppress(RecursionError):
            plain[name] = _plain(fields[name])
    return plain


def _names(kind: Any) -> Set[str]:
    """The names in JSON of what a Struct may have."""
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def _plain(raw: Body) -> Any:
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
