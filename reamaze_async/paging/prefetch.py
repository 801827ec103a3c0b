"""Prefetch: which page to fetch next, and how far ahead of the consumer.

At most `concurrency` pages are in flight; pages in flight, held back and not yet taken are at most
twice as many. Pages are fetched in blocks for which there is room as a whole, so that neighbours
are read close together, also when the consumer is slow. While conversations leave, a block is
fetched from its lower end: a page read after its lower neighbour loses nothing by a departure.
"""

from __future__ import annotations

from collections import deque

from .frontier import Frontier

LEAD = 32
"""An unordered listing runs ahead of a late page by so many times what it may hold at most."""


class Prefetch:
    """The pages that are in flight or wait for the consumer.

    Attributes:
        concurrency: pages in flight at most.
        in_flight: pages that were asked for and haven't come.
        untaken: how many batches the consumer hasn't taken.
        repaired: how many pages were asked for again because of drift.
    """

    def __init__(self, concurrency: int, frontier: Frontier, *, ordered: bool) -> None:
        """Fetch for this frontier; if ordered, reads that it holds back take room too."""
        self.in_flight: list[int] = []
        self.untaken: int = 0
        self.repaired: int = 0
        self.concurrency: int = concurrency
        self._block_size = max(1, concurrency - 1)
        self._ordered = ordered
        self._block: deque[int] = deque()
        self.begin(frontier)

    def begin(self, frontier: Frontier, *, ahead: bool = True) -> None:
        """Fetch for another frontier: blocks ahead of it, or only the pages that it waits for."""
        self._frontier = frontier
        self._ahead = ahead
        self._block.clear()
        self._blocked = frontier.next + 1

    def next_wanted(self, last: int) -> int | None:
        """A page that the frontier waits for and that no block up to page `last` will contain."""
        frontier = self._frontier
        if frontier.wanted is not None:
            if not self.has_room():
                return None
            self.repaired += 1
            return frontier.take_wanted()
        number = frontier.next
        if number in self.in_flight or number in self._block or frontier.holds(number):
            return None
        comes_in_a_block = self._ahead and self._blocked <= number <= last
        return None if comes_in_a_block or not self.has_room() else number

    def next_in_block(self, last: int) -> int | None:
        """The next page of the current block, or of a new one that ends at page `last` or above."""
        frontier, block = self._frontier, self._block
        while self._ahead and (block or self._refill(last)):
            number = block[0]
            is_there = number in self.in_flight or frontier.holds(number)
            if frontier.next <= number <= last and not is_there:
                return block.popleft() if self.has_room() else None
            block.popleft()
        return None

    def _refill(self, last: int) -> bool:
        frontier, first, room = self._frontier, self._blocked, 2 * self.concurrency
        if frontier.retreating:
            return False
        if self._ordered and first > frontier.next + room:
            first = self._blocked = frontier.next
        end = first + self._block_size
        if end > last:
            end = last + 1
        if first >= end or end > frontier.next + LEAD * room + 1 or not self._fits(first, end):
            return False
        block = range(first, end)
        self._block.extend(reversed(block) if frontier.changes.is_falling else block)
        self._blocked = end
        return True

    def _fits(self, first: int, end: int) -> bool:
        """Whether there is room for a block; the page that the frontier waits for makes room."""
        frontier, most = self._frontier, 2 * self.concurrency - 1 - (end - first)
        while self._occupied() > most:
            if not first <= frontier.next < end or not frontier.drop_farthest():
                return False
        return True

    def has_room(self) -> bool:
        """Whether there is room for one more page, if need be by forgetting a held one."""
        if self._occupied() < 2 * self.concurrency:
            return True
        return self._ordered and self._frontier.drop_farthest()

    def _occupied(self) -> int:
        held = self._frontier.held() if self._ordered else 0
        return len(self.in_flight) + held + self.untaken
