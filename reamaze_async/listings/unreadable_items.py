"""Items that can't be read, or have no key: what is told of them when the list ends."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import msgspec

from reamaze_async.wire.request import Request
from reamaze_async.wire.unreadable import Unreadable

_logger = logging.getLogger("reamaze_async")

REMEMBERED = 100
"""Of so many items at most it is remembered what is wrong with them."""

TOLD = 3
"""Of so many at most it is told."""


class UnreadableItem(msgspec.Struct, frozen=True):
    """What is wrong with one item, and where it stands.

    Attributes:
        page: its page.
        place: its place on the page.
        reason: what is wrong with it.
        key: stands for its key.
    """

    page: int
    place: str
    reason: str
    key: str

    def __str__(self) -> str:
        return f"page {self.page} at {self.place}: {self.reason}"


class UnreadableItems(msgspec.Struct):
    """The items that can't be read, or have no key.

    Attributes:
        count: how many there are.
        pages: where they stand.
        first: the first ones.
    """

    count: int = 0
    pages: list[int] = []
    first: list[UnreadableItem] = []

    @property
    def keys(self) -> list[str]:
        """What stands for the keys of the first ones."""
        return [item.key for item in self.first]

    def add(self, page: int, items: Iterable[Unreadable]) -> None:
        """Note those of a page; what is known already isn't noted again."""
        for one in items:
            item = UnreadableItem(page, one.place, one.reason, one.key)
            if item in self.first:
                continue
            self.count += 1
            if page not in self.pages[-1:]:
                self.pages.append(page)
            if len(self.first) < REMEMBERED:
                self.first.append(item)

    def together(self, other: UnreadableItems) -> UnreadableItems:
        """These and others."""
        pages = sorted({*self.pages, *other.pages})
        return UnreadableItems(self.count + other.count, pages, self.first + other.first)

    def __str__(self) -> str:
        told = "; ".join(map(str, self.first[:TOLD])) + ("; ..." if self.count > TOLD else "")
        return f"{self.count} item{'' if self.count == 1 else 's'} can't be read ({told})"


def warn_of(request: Request, items: Iterable[Unreadable]) -> None:
    """Log what can't be read of a page that was asked for by itself."""
    lost = UnreadableItems()
    lost.add(request.page or 1, items)
    _logger.warning("%s %s: %s", request.method, request.path, lost)
