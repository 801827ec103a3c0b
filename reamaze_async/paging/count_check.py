"""The count check: whether a list that stands still brings as many items as it counts.

Arrivals and departures that cancel out look like standing still, and may well bring fewer items.
So only such answers speak against a server as no drift explains: a page above the last that isn't
full, a page that repeats others whole (`page=` is ignored), fewer pages than the total fills.
Whoever reads the list twice need not be so careful, since what arrived is found the second time;
nor where more than a page is missing. And a list that things don't leave in the ordinary course
of things need not stand still: if its totals never fell, all that the first one counted must come.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import inf

from .page_read import PageRead


class CountCheck:
    """Compares what the accepted pages brought with what the list counts.

    Args:
        things_leave: whether items leave the list in the ordinary course of things.
    """

    def __init__(self, *, things_leave: bool = True) -> None:
        self._total: int | None = None
        self._stands_still = True
        self._never_falls = not things_leave
        self._rises: list[tuple[float, int]] = []
        self._size = self._reached = 0
        self._short: list[int] = []
        self._repeating: list[int] = []

    @property
    def stands_still(self) -> bool:
        """Whether all reads counted the same."""
        return self._stands_still

    def observe(self, read: PageRead) -> None:
        """Note the total that a read tells, accepted or not."""
        self._total = read.total if self._total is None else self._total
        self._size = max(self._size, read.size)
        self._stands_still = self._stands_still and read.total == self._total
        if self._never_falls:
            self._compare(read)

    def _compare(self, read: PageRead) -> None:
        """Note whether a total is smaller than one that surely came before it."""
        before = bisect_right(self._rises, (read.began, inf))
        if before and self._rises[before - 1][1] > read.total:
            self._never_falls = False
        elif not self._rises or read.total > self._rises[-1][1]:
            latest = self._rises[-1][0] if self._rises else read.ended
            self._rises.append((max(latest, read.ended), read.total))

    def accepted(self, read: PageRead, new: Sequence[int]) -> None:
        """Note an accepted read, and the positions of its new items."""
        if read.number <= self._reached:
            return
        self._reached = read.number
        repeats = len(read.keys) == read.size and not new
        if repeats or _contradicts_itself(read):
            self._short.append(read.number)
        elif len(new) < len(read.keys):
            self._repeating.append(read.number)

    def is_short(self, found: int) -> bool:
        """Whether the list stands still and counts more items than were found."""
        return self._stands_still and self._total is not None and found < self._total

    def missing(self, found: int, *, is_thorough: bool = False) -> list[int]:
        """The pages that brought too few items; none if nothing is missing.

        Args:
            found: how many items were found in all.
            is_thorough: whether the list was read more than once.
        """
        if self._never_falls and self._total is not None and found < self._total:
            return self._short or self._repeating or [self._reached]
        if not self.is_short(found):
            return []
        is_clear = is_thorough or (self._total or 0) - found > self._size
        return self._short or (is_clear and (self._repeating or [self._reached])) or []


def _contradicts_itself(read: PageRead) -> bool:
    if read.number < read.pages or read.is_empty_but_counted:
        return len(read.keys) < read.size
    return read.pages * read.size < read.total
