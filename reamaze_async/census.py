"""The census: whether a list that stands still brings as many items as it counts.

Arrivals and departures that cancel out look like standing still, and may well bring fewer items.
So only such answers speak against a server as no drift explains: a page above the last that isn't
full, a page that repeats others whole (`page=` is ignored), fewer pages than the total fills.
"""

from __future__ import annotations

from collections.abc import Sequence

from .drift import Read


class Census:
    """What the accepted pages amount to, each when it is first accepted."""

    def __init__(self) -> None:
        self._total: int | None = None
        self._stands_still = True
        self._reached = 0
        self._short: list[int] = []

    def observe(self, read: Read) -> None:
        """Note what any read counts."""
        self._total = read.total if self._total is None else self._total
        self._stands_still = self._stands_still and read.total == self._total

    def accepted(self, read: Read, fresh: Sequence[int]) -> None:
        """Note an accepted read, and which of its items are new."""
        if read.number <= self._reached:
            return
        self._reached = read.number
        repeats = len(read.keys) == read.size and not fresh
        if repeats or _contradicts_itself(read):
            self._short.append(read.number)

    def missing(self, found: int) -> list[int]:
        """Pages that brought too little, if so many items were found in all; else none."""
        is_owed = self._stands_still and self._total is not None and found < self._total
        return self._short if is_owed else []


def _contradicts_itself(read: Read) -> bool:
    if read.number < read.pages:
        return len(read.keys) < read.size
    return read.pages * read.size < read.total
