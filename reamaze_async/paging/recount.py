"""The recount: a list stood still and brought fewer items than it counts. Why?

Asked only then, from cheap to dear, until nothing is missing any more or it is explained:

1. **The top.** Page 1 once more. What is new at its head arrived while the list was read; that the
   total stayed means that as many left, unseen. That many items aren't missing at all.
2. **The seams.** The pages that repeat items, and those above them. If a page has moved as a whole,
   an arrival and a departure have cancelled out here, and nothing is lost. Else the order of some
   items isn't settled: each answer puts those of one sort key in another order, and what stood at a
   seam may be on neither side. Read again while that changes, they bring what is missing.
3. **Another order.** The whole list by another `sort=`, if there is one, until nothing is missing.
   What the first order always hides stands elsewhere in this one.

What is still missing then is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from .page_read import PageRead
from .walk import Walk

Stage = Literal["top", "seams", "other order", "over"]

ROUNDS = 8
"""How often the pages around repeated items are read again at most."""

TOGETHER = 4
"""Items that must have moved together at least: fewer may merely have changed places."""


class Recount:
    """Which pages to read again, and what they explain.

    Attributes:
        stage: what is being read.
        missing: how many items are missing, as far as nothing explains it.
        found: how many were found, by stage.
        has_repeats: whether pages have repeated items.
    """

    def __init__(
        self,
        missing: int,
        before: Mapping[int, Sequence[str]],
        top: Sequence[str] = (),
        *,
        has_other_order: bool,
    ) -> None:
        """Begin with the top.

        Args:
            missing: how many items are missing.
            before: the keys of pages that repeat items, and of those above them, by number.
            top: the keys of page 1, when it was read first.
            has_other_order: whether the list can be read in another order.
        """
        self.stage: Stage = "top"
        self.missing: int = missing
        self.found: dict[Stage, int] = {}
        self.has_repeats: bool = bool(before)
        self._before = dict(before)
        self._top = top
        self._arrivals: set[str] = set()
        self._has_other_order = has_other_order
        self._walk = Walk([1])
        self._rounds = 0
        self._has_moved = self._is_unsettled = False

    @property
    def is_over(self) -> bool:
        """Whether no more is to be read."""
        return self.stage == "over"

    @property
    def is_by_other_order(self) -> bool:
        """Whether the pages to be read are those of the other order."""
        return self.stage == "other order"

    def next_page(self) -> int | None:
        """The page to read now; None if there is none."""
        return self._walk.next_page()

    def failed(self) -> None:
        """Give up: a page can't be fetched."""
        self.stage = "over"

    def arrived(self, read: PageRead, new: Sequence[int]) -> Sequence[int]:
        """Note a read; go on to the next stage if due.

        Args:
            read: a page of the stage that is going on.
            new: the positions of items that haven't been handed out.

        Returns:
            The positions of those that were missing, to be handed out now.
        """
        self._walk.arrived(read)
        new = [position for position in new if read.keys[position] not in self._arrivals]
        if self.stage == "top":
            arrivals = arrivals_on(read.keys, self._top, new)
            self._arrivals.update(read.keys[position] for position in arrivals)
            self.missing -= self.missing if len(arrivals) == len(read.keys) else len(arrivals)
            new = new[len(arrivals) :]
        elif self.stage == "seams":
            self._compare(read)
        self.missing -= len(new)
        self.found[self.stage] = self.found.get(self.stage, 0) + len(new)
        self._next_stage(read)
        return new

    def _next_stage(self, read: PageRead) -> None:
        """Decide what comes after a read; all that can come after one is decided here."""
        if self.missing <= 0 or self._has_moved:
            self.missing, self.stage = 0, "over"
        elif self.stage == "top" and self._before:
            self._read_seams()
        elif not self._walk.is_over:
            return
        elif self.stage == "seams" and self._is_unsettled and self._rounds < ROUNDS:
            self._read_seams()
        elif self.stage != "other order" and self._has_other_order:
            self.stage = "other order"
            self._walk = Walk(range(1, read.pages + 1))
        else:
            self.stage = "over"

    def _read_seams(self) -> None:
        self.stage, self._is_unsettled = "seams", False
        self._rounds += 1
        self._walk = Walk(list(self._before))

    def _compare(self, read: PageRead) -> None:
        """Compare a page with what it was when it was read before."""
        before = self._before[read.number]
        # Arrivals on top have moved all pages by their number; another shift has another cause.
        self._has_moved |= moved_by(before, read.keys) not in (0, len(self._arrivals))
        self._is_unsettled |= list(before) != list(read.keys)
        self._before[read.number] = read.keys


def arrivals_on(now: Sequence[str], before: Sequence[str], new: Sequence[int]) -> Sequence[int]:
    """The positions of what has arrived on top of page 1, given those of all that is new on it.

    It stands above everything known, whose order has stayed.
    """
    places = {key: place for place, key in enumerate(before)}
    known = [places[key] for key in now if key in places]
    if known != sorted(known):
        return []
    return [position for index, position in enumerate(new) if position == index]


def moved_by(before: Sequence[str], now: Sequence[str]) -> int:
    """By how many places a page has moved down as a whole; 0 if it hasn't.

    A few items that changed places are no sign of it, nor are two pages with little in common.
    """
    places = {key: place for place, key in enumerate(before)}
    moves = [place - places[key] for place, key in enumerate(now) if key in places]
    is_whole = len(moves) >= TOGETHER and len(moves) * 2 > len(now) and len(set(moves)) == 1
    return moves[0] if is_whole else 0
