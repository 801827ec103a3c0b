"""Lists that come without the counts of pages: bare arrays, one answer for all, or pages alone.

Their envelopes are written anew with counts, so that a `PageDecoder` reads them like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from .decode import PAGE_SIZE, PageBody, PageDecoder
from .parts import MALFORMED, parts_of
from .request import Request
from .splitting import split_page

Item = TypeVar("Item")

Counts = tuple[int, int, int]
"""Items on a full page, pages, items."""

_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


def in_one_answer(_: int, found: int) -> Counts:
    """The counts of a list that one answer holds."""
    return max(1, found), min(1, found), found


def so_far(page: int, found: int) -> Counts:
    """The counts of a list by one page of it: what stands on this page and may stand above.

    A full page may be followed by another. More than a page at once are all.
    """
    if found > PAGE_SIZE:
        return in_one_answer(page, found)
    pages = page + 1 if found == PAGE_SIZE else page if found else page - 1
    return PAGE_SIZE, pages, (page - 1) * PAGE_SIZE + found


class CountingDecoder(Generic[Item]):
    """Reads lists that don't count themselves, with the three functions of a `PageDecoder`.

    Args:
        name: the key of the list, where it isn't a bare array.
        pages: reads what it is made into.
        count: gives the counts by the page's number and the number of its items.
    """

    def __init__(
        self, name: str, pages: PageDecoder[Item], count: Callable[[int, int], Counts]
    ) -> None:
        self._name = name
        self._pages = pages
        self._count = count
        self.outline: Callable[[bytes], Any] = pages.outline

    def typed(self, request: Request, body: bytes, *, splits: bool = False) -> PageBody[Item]:
        """The page with its items as Structs.

        Raises:
            DecodeError: it isn't such a page.
        """
        counted = self._counted(request, body, splits=splits)
        return self._pages.typed(request, counted, splits=splits)

    def raw(self, request: Request, body: bytes, *, splits: bool = False) -> PageBody[bytes]:
        """The page with each item's own bytes.

        Raises:
            DecodeError: it isn't such a page.
        """
        counted = self._counted(request, body, splits=splits)
        return self._pages.raw(request, counted, splits=splits)

    def total(self, request: Request, body: bytes) -> int:
        """How many items the list has, as far as this page tells.

        Raises:
            DecodeError: it isn't such a page.
        """
        return self._pages.total(request, self._counted(request, body))

    def _counted(self, request: Request, body: bytes, *, splits: bool = False) -> bytes:
        """The body with counts; as it came if it has them, or is no such list."""
        if body.lstrip().startswith(b"["):
            body = b'{"%b":%b}' % (self._name.encode(), body)
        items: Sequence[msgspec.Raw | bytes] | None = self._items(body)
        if items is None and splits:
            items = self._split(body)
        if items is None:
            return body
        size, pages, total = self._count(request.page or 1, len(items))
        counts = b'{"page_size":%d,"page_count":%d,"total_count":%d,' % (size, pages, total)
        return counts + b'"%b":[%b]}' % (self._name.encode(), b",".join(map(bytes, items)))

    def _split(self, body: bytes) -> Sequence[bytes] | None:
        """The items of a list that isn't JSON as a whole, because one of them isn't."""
        parts = split_page(body, self._name)
        is_counted = parts is not None and b'"page_count"' in parts[0]
        return None if parts is None or is_counted else parts[1]

    def _items(self, body: bytes) -> Sequence[msgspec.Raw] | None:
        try:
            parts = parts_of(body)
            is_counted = bytes(parts.get("page_count", b"null")) != b"null"
            return None if is_counted else _array(parts[self._name])
        except (KeyError, *MALFORMED):
            return None
