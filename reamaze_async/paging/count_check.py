"""The count check: whether a list that stands still brings as many items as it counts.

A shortage is reported however small it is. Arrivals and departures that cancel out look like
standing still, and may well bring fewer items; `recount` finds out whether it is that. Some answers
speak against the server at once, since no drift explains them: a page above the last that isn't
full, a page that repeats others whole (`page=` is ignored), fewer pages than the total fills.

A list that things don't leave in the ordinary course of things need not stand still: if its totals
never fell, all that the first one counted must come.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import inf

from .page_read import PageRead

REMEMBERED = 64
"""How many pages that repeat items are remembered with their keys."""

IN_A_ROW = 8
"""After so many pages in a row that bring nothing new, beyond those that arrivals may have pushed
down, the list is taken to have no end."""


ALIKE = 2
"""By so much the totals of two answers about one list may differ in which nothing was counted in
between."""


class CountCheck:
    """Compares what the accepted pages brought with what the list counts.

    Attributes:
        total: what the first read counted; None before it.
        stands_still: whether all reads counted the same.
        before: the keys of pages that repeat items, and of those above them, by number.
        top: the keys of page 1, when it was accepted first.
    """

    def __init__(
        self, total: int | None = None, *, above: int = 0, things_leave: bool = True
    ) -> None:
        """Begin.

        Args:
            total: what the list counted when an earlier iteration read it; None: nothing is known.
            above: the page down to which an earlier iteration has come.
            things_leave: whether items leave the list in the ordinary course of things.
        """
        self.total: int | None = total
        self.stands_still: bool = True
        self.before: dict[int, Sequence[str]] = {}
        self.top: Sequence[str] = ()
        self._reached = above
        self._goes_on = above > 0
        self._above: tuple[int, Sequence[str]] | None = None
        self._short: list[int] = []
        self._repeating: list[int] = []
        self._twins = 0
        self._stale = 0
        self._least: float = inf
        self._most = 0
        self._never_falls = not things_leave
        self._rises: list[tuple[float, int]] = []

    def observe(self, read: PageRead) -> None:
        """Note the total that a read tells, accepted or not."""
        total = read.total
        if self.total is None:
            self.total = total
        elif self.total != total:
            self.stands_still = False
        if not self._least <= total <= self._most:
            self._note(total)
        if self._never_falls:
            self._compare(read)

    def is_alike(self, read: PageRead) -> bool:
        """Whether a page of another order may be one of this list, by its total; then note that."""
        alike = self._least - ALIKE <= read.total <= self._most + ALIKE
        if alike:
            self._note(read.total)
        return alike

    def _note(self, total: int) -> None:
        self._least, self._most = min(self._least, total), max(self._most, total)

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
        above, self._above, self._reached = self._above, (read.number, read.keys), read.number
        if read.number == 1:
            self.top = read.keys
        if len(new) == len(read.keys) and not _contradicts_itself(read):
            self._stale = 0
            return
        # One answer is one moment: what stands in it twice is counted twice.
        twins = len(read.keys) - len(read.distinct or set(read.keys))
        self._twins += twins
        # Before an iteration that goes on hours later, whole pages may have been pushed down.
        repeats = len(read.keys) == read.size and not new and not self._goes_on
        self._stale = self._stale + 1 if read.keys and not new else 0
        if repeats or _contradicts_itself(read):
            self._short.append(read.number)
        elif len(new) + twins < len(read.keys):
            self._repeating.append(read.number)
            if len(self.before) < REMEMBERED:
                self.before |= dict(page for page in (above, self._above) if page)

    def is_endless(self, found: int, size: int) -> bool:
        """Whether the same items come again and again, as from a server that ignores `page=`."""
        if self._stale <= IN_A_ROW:
            return False
        grown = self._most - (self.total or 0)
        return self._stale > IN_A_ROW + (found + grown) // max(1, size)

    def missing(self, found: int) -> int:
        """How many items are missing from a list that stands still.

        Args:
            found: how many items were found in all.
        """
        if not self.stands_still or self.total is None:
            return 0
        return max(0, self.total - found - self._twins)

    def has_lost(self, found: int) -> bool:
        """Whether fewer came than the first read counted, though nothing was seen to leave.

        Args:
            found: how many items were found in all.
        """
        return self._never_falls and found + self._twins < (self.total or 0)

    @property
    def is_contradicted(self) -> bool:
        """Whether answers contradict themselves, so that a recount is of no use."""
        return bool(self._short)

    @property
    def suspects(self) -> list[int]:
        """The pages around which something may be missing."""
        return self._short or self._repeating or [max(1, self._reached)]


def _contradicts_itself(read: PageRead) -> bool:
    if read.number < read.pages or read.is_empty_but_counted:
        return len(read.keys) < read.size
    return read.pages * read.size < read.total
