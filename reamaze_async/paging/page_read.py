"""What one page said, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from msgspec import Struct


class PageRead(Struct, frozen=True, gc=False):
    """What one page said, and when.

    Attributes:
        number: the page that was asked for, from 1.
        keys: the items' keys (slugs), in order.
        size: items on a full page.
        pages: how many pages the list had at that moment.
        total: how many items the list had at that moment.
        began: when the request was sent, in seconds of any steady clock.
        ended: when its answer was complete.
        items: the page's items, handed through untouched.
        marks: the items' sort keys, where the order itself moves (`sort=`); else empty.
        unreadable: what is wrong with the items that can't be read, by position; handed through.
        is_by_other_order: whether it is a page of the list in its other order.
        distinct: the keys as a set, if it was made already.
    """

    number: int
    keys: Sequence[str]
    size: int
    pages: int
    total: int
    began: float
    ended: float
    items: Any = None
    marks: Sequence[Any] = ()
    unreadable: Mapping[int, Any] | None = None
    is_by_other_order: bool = False
    distinct: Set[str] | None = None

    def __repr__(self) -> str:
        counted = f"{len(self.keys)} keys, {self.pages} pages, {self.total} in all"
        return f"<PageRead {self.number}: {counted}, {self.began} to {self.ended}>"

    def bare(self) -> PageRead:
        """The read without its items and marks, small enough to be remembered."""
        return PageRead(
            self.number, self.keys, self.size, self.pages, self.total, self.began, self.ended
        )

    def reaches(self, mark: Any) -> bool:
        """Whether its last item's sort key isn't above this one."""
        return bool(self.marks) and bool(self.marks[-1] <= mark)

    @property
    def is_last(self) -> bool:
        """Whether the list ended with this page when it was read.

        A full page whose total is smaller than what stands up to its end can't tell.
        """
        if not self.keys and self.is_past_the_end:
            return True
        if self.number < self.pages:
            return False
        return self.number * self.size <= self.total or len(self.keys) < self.size

    @property
    def is_past_the_end(self) -> bool:
        """Whether the page is empty and, by its own total, stands below the end of the list."""
        return not self.keys and (self.number - 1) * self.size >= self.total

    @property
    def is_empty_but_counted(self) -> bool:
        """Whether the page is empty although, by its own total, items stand on it."""
        return not self.keys and (self.number - 1) * self.size < self.total
