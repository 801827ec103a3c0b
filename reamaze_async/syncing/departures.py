"""Departures: which rows have left the list, found by looking at few of its pages.

A page shows a stretch of the list at one moment. What the database holds within that stretch, and
the page doesn't, has left. What else has left shows in numbers: below the page the list has as
many items as its count says, the database so many rows; where two pages differ in that, something
between them has left (or is missing), and a page between them is looked at next. One departure
among `n` pages takes about `log2(n)` looks.

Arrivals while it looks don't matter, since all is counted from the bottom. Departures do, and so
do an arrival and a departure between two looks that cancel out: hence whoever searches compares the
counts in the end, and reads the whole list if they still differ. Nothing is taken for gone beyond
what the counts tell: a list in another order than the rows' would seem to have lost most of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Protocol


class Rows(Protocol):
    """The part of the database that a search needs; times are text that sorts."""

    def count(self) -> int:
        """How many rows there are."""
        ...

    def below(self, time: str) -> int:
        """How many rows are older than this time."""
        ...

    def between(self, newest: str | None, oldest: str | None) -> set[str]:
        """The keys of rows between two times, both included; None: no bound."""
        ...


@dataclass(frozen=True, slots=True)
class PageSample:
    """A page as it was at one moment; without times, an end of the list.

    Attributes:
        number: its number.
        keys: the items' keys.
        newest: the first item's time.
        oldest: the last item's time.
        below: how many items the list had below it.
    """

    number: int
    keys: frozenset[str]
    newest: str | None
    oldest: str | None
    below: int


class DepartureSearch:
    """Decides which page to look at, and tells which rows have left the list.

    For each page: store what is new on it, `add` its sample and remove the keys that this returns,
    then remove the keys that `between_neighbours` returns.

    Args:
        rows: the database.
        pages: how many pages the list has.
        total: how many items.

    Attributes:
        pages_left: how many pages it may still look at.
    """

    def __init__(self, rows: Rows, pages: int, total: int) -> None:
        self._rows = rows
        self._total = total
        ends = (0, total), (pages + 1, 0)
        self._samples = [
            PageSample(number, frozenset(), None, None, below) for number, below in ends
        ]
        self._settled: set[tuple[int, int]] = set()
        self.pages_left: int = int((log2(pages + 2) + 4) * max(1, abs(rows.count() - total)))

    def next_page(self) -> int | None:
        """The page to look at next; None if looking finds nothing more, or takes too many pages."""
        if self.pages_left <= 0:
            return None
        for above, lower in self._suspects():
            if lower.number - above.number > 1:
                self.pages_left -= 1
                return (above.number + lower.number) // 2
        return None

    def add(self, sample: PageSample) -> set[str]:
        """Add a sample; return the keys that have left the stretch of the list that it shows.

        Keys at its edges are spared: items of the same instant may stand on the next page.
        """
        self._samples = sorted([*self._samples, sample], key=lambda each: each.number)
        gone = self._rows.between(sample.newest, sample.oldest) - sample.keys
        return self._credible(gone - self._at(sample.newest) - self._at(sample.oldest))

    def _credible(self, gone: set[str]) -> set[str]:
        if len(gone) <= max(0, self._rows.count() - self._total):
            return gone
        self.pages_left = 0
        return set()

    def _at(self, time: str | None) -> set[str]:
        return self._rows.between(time, time)

    def between_neighbours(self) -> set[str]:
        """The keys that have left the list between two neighbouring pages."""
        gone: set[str] = set()
        for above, lower in self._suspects():
            if lower.number - above.number == 1:
                self._settled.add((above.number, lower.number))
                # By their counts, no item stood between the two.
                if above.oldest is None or above.below == lower.below + len(lower.keys):
                    between = self._rows.between(above.oldest, lower.newest)
                    gone |= between - self._around(above, lower)
        return self._credible(gone)

    def _around(self, *samples: PageSample) -> set[str]:
        """The keys on some pages, and those that may follow on a page of one single instant."""
        keys: set[str] = set()
        for sample in samples:
            keys |= sample.keys
            if sample.newest is not None and sample.newest == sample.oldest:
                keys |= self._at(sample.newest)
        return keys

    def _suspects(self) -> list[tuple[PageSample, PageSample]]:
        excess = [self._excess(sample) for sample in self._samples]
        return [
            (self._samples[i], self._samples[i + 1])
            for i in range(len(excess) - 1)
            if excess[i] != excess[i + 1]
            and (self._samples[i].number, self._samples[i + 1].number) not in self._settled
        ]

    def _excess(self, sample: PageSample) -> int:
        """How many more rows than items stand below a page."""
        if sample.oldest is not None:
            return self._rows.below(sample.oldest) - sample.below
        return self._rows.count() - self._total if sample.number == 0 else 0
