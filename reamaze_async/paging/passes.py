"""A pass: one reading of the list from page 1 downwards, and what only that reading knows.

What an iteration does next when a pass has ended is decided by the plan, in one place.
"""

from __future__ import annotations

from typing import Any

from .frontier import Frontier
from .page_read import PageRead


class Pass:
    """One reading of the list, or of its top alone.

    Attributes:
        frontier: what this pass accepts, and how far down it is.
        number: how often the whole list is being read, from 1.
        catch_up: which reading of the top this is, after the pass of that number; 0 is none.
        reads: answers that belong to this pass.
        top: the first mark on page 1, where the order moves; None until page 1 has come.
        since: the mark above which a later iteration, going on from here, has to catch up.
    """

    def __init__(
        self,
        frontier: Frontier,
        *,
        number: int = 1,
        catch_up: int = 0,
        began: float = 0.0,
        top: Any = None,
        since: Any = None,
    ) -> None:
        """Begin a pass.

        Args:
            frontier: a new one.
            number: how often the whole list is being read, from 1.
            catch_up: which reading of the top this is; 0: the whole list.
            began: answers to requests from before this instant belong to an earlier pass.
            top: the first mark on page 1, if an earlier iteration has read it.
            since: the mark above which there is something to catch up with, if that is known.
        """
        self.frontier: Frontier = frontier
        self.number: int = number
        self.catch_up: int = catch_up
        self.reads: int = 0
        self.top: Any = top
        self.since: Any = since
        self._began = began
        self._most_reads = 0

    def see_top(self, read: PageRead) -> None:
        """Note the first mark of a list whose order moves."""
        if read.number == 1 and self.top is None and read.marks:
            self.top = read.marks[0]
            self.since = self.top if self.since is None else self.since

    def takes(self, read: PageRead) -> bool:
        """Whether a read was asked for in this pass; if so it is counted."""
        if read.began < self._began:
            return False
        self.reads += 1
        self._most_reads = self._most_reads or 4 * read.pages + 100
        return True

    def is_endless(self) -> bool:
        """Whether it reads far more pages than the list has."""
        return self.reads > self._most_reads
